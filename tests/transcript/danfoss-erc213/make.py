# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 99+2,holding 100+2,holding 101+2,holding 102+2,holding 103+2,holding 104+2,holding 112+2,"
    "holding 116+2,holding 124+2,holding 150+2,holding 213+2,holding 214+2,holding 999+2,holding 1000+2,"
    "holding 1001+2,holding 1002+2,holding 1003+2,holding 1004+2,holding 1010+2,holding 2001+2,"
    "holding 2002+2,holding 2006+2,holding 2034+2,holding 2035+2,holding 2036+2,holding 2500+2,"
    "holding 2509+2,holding 2510+2,holding 2511+2,holding 2529+2,holding 2532+2,holding 2555+2,"
    "holding 2582+2,holding 2646+2,holding 10001+2,holding 10017+2,holding 10018+2,holding 10019+2,"
    "holding 10027+2,holding 10028+2,holding 10037+2,holding 10054+2,holding 10083+2,holding 10084+2,"
    "holding 10085+2,holding 10086+2"
)


def traces():
    yield Trace("danfoss-erc213", "cooling-then-defrost", "rtu", 1, READS,
                "One value a request; hundredths of a degree, below zero too; counters in hundreds.").step(
        {"holding:2500": 400, "holding:2529": 537, "holding:1010": s16(-812), "holding:2646": 4125, "holding:2006": 3,
         "holding:2509": 1, "holding:2510": 1, "holding:2034": 1234, "holding:99": 400, "holding:116": 1,
         "holding:2002": 135, "holding:100": 200, "holding:102": s16(-3500), "holding:101": 5000, "holding:112": s16(-50),
         "holding:10018": 800, "holding:10019": s16(-3000), "holding:999": 1, "holding:1001": 8, "holding:10086": 270},
        {"vendor.actual_temperature_setpoint": 4, "fridge.temperature": 5.37, "evaporator.temperature": -8.12,
         "vendor.condenser_temperature_sensor": 41.25, "vendor.controller_state": 3, "compressor_running": "true",
         "fan_running": "true", "defrosting": "false", "vendor.relay_1_turn_on_counter": 123400, "fridge.setpoint": 4,
         "on_off": "true", "vendor.temperature_unit": "celsius", "software_version": 1.35, "vendor.differential_r01": 2,
         "vendor.minimum_temperature_setpoint_r02": -35, "vendor.maximum_temperature_setpoint_r03": 50,
         "vendor.calibration_of_sair_r09": -0.5, "vendor.high_temperature_alarm_limit_a13": 8,
         "vendor.low_temperature_alarm_limit_a14": -30, "vendor.defrost_type_d01": "electrical",
         "vendor.defrost_interval_d03": 8, "vendor.compressor_maximum_voltage_a75": 270}, []).step(
        {"holding:104": 1, "holding:2511": 1, "holding:2582": 1, "holding:2532": 1, "holding:999": 4},
        {"on_off": "false", "compressor_running": "false", "defrosting": "true", "vendor.alarm_relay_status": "on",
         "vendor.night_mode_active": "on", "vendor.temperature_unit": "vendor_1", "vendor.defrost_type_d01": "vendor_4"})
