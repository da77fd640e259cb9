# SPDX-License-Identifier: Apache-2.0
def traces():
    yield Trace("haier-ycj-a002", "alarm", "rtu", 1, "coil 0,holding 0-2,holding 3,input 0-1,input 2",
                "Numbers that nobody explains stay numbers; an alarm by its number.").step(
        {"coil:0": 1, "holding:0": 24, "holding:1": 2, "holding:2": 4, "holding:3": 1, "input:0": s16(-3),
         "input:1": 14, "input:2": 7},
        {"on_off": "true", "cooling_setpoint": 24, "heating_setpoint": 24, "vendor.air_conditioner_mode": 2,
         "vendor.fan_speed": 4, "vendor.indoor_unit_blocking_mode": 1, "local_temperature": -3, "fault_code": "14",
         "vendor.device_number": 7}, ["14"]).step(
        {"input:0": 81}, {"on_off": "false", "local_temperature": "suspect:range", "fault_code": ""}, [])
