# SPDX-License-Identifier: Apache-2.0
def traces():
    yield Trace("lg-pdrycb500-ac", "error", "rtu", 1, "coil 0,holding 0-1,holding 14,input 2,input 99",
                "3xxxx and 4xxxx numbers with holes; an error without a code; an unlisted mode.").step(
        {"coil:0": 1, "holding:0": 4, "holding:1": 225, "holding:14": 3, "input:2": 187, "input:99": 1},
        {"on_off": "true", "system_mode": "heat", "heating_setpoint": 22.5, "cooling_setpoint": 22.5,
         "fan_mode": "high", "local_temperature": 18.7, "vendor.error_alarm": "yes"}, ["input:99"]).step(
        {"holding:0": 1, "input:2": 401, "holding:1": 180},
        {"system_mode": "vendor_1", "local_temperature": "suspect:range", "cooling_setpoint": 18,
         "vendor.error_alarm": "no"}, [])
