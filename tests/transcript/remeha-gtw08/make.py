# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 128-129+2,holding 272+2,holding 275+2,holding 277+2,holding 279-280+2,holding 384+2,"
    "holding 385+2,holding 400-403+2,holding 532-533+2,holding 9230+2,holding 9231+2,holding 21020-21023+2"
)


def traces():
    yield Trace("remeha-gtw08", "blocked", "rtu", 1, READS,
                "Bit fields, no error, a board that is absent, and one that is blocked.").step(
        {"holding:128": 1, "holding:129": 0x0203, "holding:272": 45, "holding:275": 1 << 0 | 1 << 5 | 1 << 6,
         "holding:279": 1, "holding:280": 1 << 0 | 1 << 4, "holding:384": s16(-712), "holding:385": 1,
         "holding:400": 5523, "holding:401": 4118, "holding:402": 6231, "holding:403": 3510, "holding:532": 0xFFFF,
         "holding:533": 6, "holding:9230": 4125, "holding:9231": 2500, "holding:21020": 1, "holding:21021": 2,
         "holding:21022": 15, "holding:21023": 60},
        {"vendor.device_count": 1, "vendor.board_1_type": "2.3", "fault_code": "", "vendor.power_request": 45,
         "vendor.direct_zones_allowed": "true", "vendor.mixing_circuits_allowed": "false",
         "vendor.hot_water_allowed": "true", "vendor.heat_engine_active": "true", "flame": "true",
         "vendor.heat_pump_on": "false", "pump": "true", "hot_water_active": "true", "heating_active": "false",
         "outdoor_temperature": -7.12, "flow.temperature": 55.23, "return.temperature": 41.18,
         "flue.temperature": 62.31, "vendor.heat_pump_flow_temperature": 35.1, "vendor.cop": 4.125,
         "vendor.fallback_mode": "fallback_heat_demand", "vendor.fallback_config": "maintain_fallback",
         "vendor.fallback_period": 15, "vendor.board_1_error_class": "warning"}, []).step(
        {"holding:532": 0x010A, "holding:533": 3, "holding:279": 1 << 5 | 1 << 6 | 1 << 7, "holding:384": 8010},
        {"fault_code": "0x010A", "vendor.board_1_error_class": "blocking", "flame": "false",
         "vendor.water_pressure_low": "true", "outdoor_temperature": "suspect:range"},
        ["0x010A", "holding:279.5", "holding:279.6", "holding:279.7"]).step(
        {"holding:532": 0xFFFE}, {"fault_code": "absent"}, [])
