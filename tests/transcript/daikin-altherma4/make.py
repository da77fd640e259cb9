# SPDX-License-Identifier: Apache-2.0
READS = (
    "discrete 0-25,input 78,input 36-37,input 50-52,input 82,input 39-43,input 71-76,input 48,input 20-22,"
    "coil 0-2,holding 0-2,holding 57,holding 73-74,input 62-70,holding 8,holding 5-6,holding 55,holding 9,"
    "holding 75-78,holding 62-63,input 53-60,holding 12-15,holding 53-54,holding 65-68"
)


NONE = 32766


def traces():
    yield Trace("daikin-altherma4", "fault", "tcp", 1, READS,
                "Two characters and a number are one code; 32766 is no value; the limits of setpoints; every relay.").step(
        {"input:20": [1, 0x5534, 1], "input:36": [1, 1], "input:39": [3512, 3624, 3011, 4870, s16(-725)[0]],
         "input:48": 1855, "input:50": [148, 1, 0], "input:53": [2500, 5500, 500, 2200, NONE, NONE, NONE, NONE],
         "input:62": [3, 1, 3, 100, 0, 17, 55, 60, NONE], "input:71": [NONE, NONE, 3490, 3470, 5120, 4630], "input:78": 165,
         "input:82": 2, "holding:0": [40, 18, 1], "holding:5": [21, 25], "holding:8": [48, 45],
         "holding:12": [5500, 6000, 5000, 5100], "holding:53": [s16(-3)[0], 4], "holding:55": 2, "holding:57": 4500,
         "holding:62": [35, 20], "holding:65": [1, s16(-2)[0], 1, 0], "holding:73": [1, 2, 20, 26, 19, 27],
         "discrete:0": [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1],
         "coil:0": [1, 1, 0]},
        {"vendor.unit_abnormality": "fault", "fault_code": "U4", "vendor.three_way_valve": "hot_water",
         "running_mode": "heat", "vendor.leaving_water_temperature_phe": 35.12, "flow.temperature": 36.24,
         "return.temperature": 30.11, "tank.temperature": 48.7, "outdoor_temperature": -7.25, "flow.rate": 1.113,
         "active_power": 1480, "vendor.dhw_normal_operation": "operating",
         "vendor.space_heating_cooling_normal_operation": "idle", "min_heating_setpoint": 25, "max_heating_setpoint": 55,
         "min_cooling_setpoint": 5, "max_cooling_setpoint": 22,
         "vendor.leaving_water_add_heating_setpoint_lower": "absent", "vendor.disinfection_state": "heat_up",
         "vendor.holiday_mode": "on", "vendor.demand_response_mode": "recommended_on", "sg_ready": "recommended",
         "vendor.bypass_valve_position": 100, "vendor.circulation_pump_speed": 17,
         "vendor.mixing_valve_position_in_mixing_kit": "absent", "vendor.leaving_water_temperature_prephe_outdoor": 34.9,
         "tank_top.temperature": 51.2, "tank_bottom.temperature": 46.3, "water.pressure": 165,
         "vendor.unit_operation_mode": "space_heating", "heating_setpoint": 40, "cooling_setpoint": 18, "on_off": "true",
         "vendor.room_thermostat_heating_setpoint_main": 21, "tank.setpoint": 48, "vendor.dhw_keep_warm_setpoint": 45,
         "vendor.dhw_boost_setpoint_powerful": 55, "vendor.main_heating_offset": -3, "vendor.additional_heating_offset": 4,
         "vendor.smart_grid_operation_mode": 2, "vendor.imposed_power_limit": 4.5, "vendor.additional_heating_setpoint": 35,
         "vendor.weather_dependent_mode_add_vlt_cooling_offset": -2,
         "vendor.weather_dependent_mode_heating_main": "weather_dependent",
         "vendor.weather_dependent_mode_cooling_main": "constant", "vendor.thermostat_request_main": "heating",
         "vendor.thermostat_request_additional": "cooling", "vendor.room_thermostat_cooling_setpoint_additional": 27,
         "backup_heater": "true", "vendor.backup_heater_relay_2": "false", "vendor.backup_heater_relay_3": "true",
         "vendor.storage_tank": "true", "compressor_running": "true", "quiet_mode": "true", "disinfecting": "true",
         "defrosting": "true", "hot_water_heating": "true", "vendor.main_zone_running": "true",
         "vendor.additional_zone_running": "false", "circulation_pump": "true", "vendor.imposed_limit_acceptance": "true",
         "hot_water_enabled": "true", "vendor.main_zone_on_off": "true", "vendor.additional_zone_on_off": "false"},
        ["U4-01"]).step(
        {"input:20": [0, 0x5534, NONE], "input:37": NONE, "input:43": s16(-6001), "input:64": 4, "holding:2": 2},
        {"vendor.unit_abnormality": "none", "fault_code": "absent", "running_mode": "absent",
         "outdoor_temperature": "suspect:range", "vendor.demand_response_mode": "reduced", "sg_ready": "vendor_4",
         "on_off": "suspect:decode"}, []).step(
        {"input:20": [2, 0x4137, NONE]}, {"vendor.unit_abnormality": "warning", "fault_code": "A7"}, ["A7"])
