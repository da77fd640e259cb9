# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 9-12+2,holding 300-305,holding 13"
)


def traces():
    yield Trace("mitsubishi-procon-a1m-lossnay", "bypass", "rtu", 1, READS,
                "A ventilation unit in bypass, supply air below zero; digits that are no code.").step(
        {"holding:9": [0x8000, 214, 7, 8000, 2], "holding:300": [1, 7, 1, 4, 215, s16(-21)[0]]},
        {"on_off": "true", "vendor.lossnay_operating_mode": "fan", "vendor.lossnay_ventilation_mode": "bypass",
         "vendor.lossnay_fan_speed": "speed_4", "temperature_setpoint": 21.5, "supply.temperature": -2.1,
         "vendor.system_type_detected": "lossnay", "fault_code": ""}, []).step(
        {"holding:9": [0xFFFF, 214, 7, 6999, 2], "holding:300": [0, 8, 3, 0, 400, 0]},
        {"on_off": "false", "vendor.lossnay_operating_mode": "auto", "vendor.lossnay_ventilation_mode": "vendor_3",
         "temperature_setpoint": 40, "vendor.fault_code_hex": "suspect:decode", "fault_code": "6999"}, ["6999"])
