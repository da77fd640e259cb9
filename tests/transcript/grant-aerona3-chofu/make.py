# SPDX-License-Identifier: Apache-2.0
READS = (
    "input 0-10+2,input 16-34,holding 2-28,holding 95-98,input 11-13,coil 1-32,holding 29-93,input 14"
)


def traces():
    holdings = [450 + 5 * i for i in range(92)]  # of 2 to 93, but for the enums below
    for address, value in {26: 1, 27: 0, 32: 60, 41: 2, 49: 4, 63: 12, 71: 3, 81: 1, 84: 2, 91: 1, 92: 2, 93: 1}.items():
        holdings[address - 2] = value
    yield Trace("grant-aerona3-chofu", "settings", "rtu", 1, READS,
                "Every setting; a sensor that is not fitted; the codes that nobody understands raise no fault.").step(
        {"input:0": [30, 62, 71, 15, 87, s16(-4)[0], s16(-7)[0], 32, s16(-12)[0], 35, 1, 210, 195, 3, 6],
         "input:16": [487, s16(-200)[0], 412, s16(-201)[0], 47, 32381, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 36, 213, 199],
         "holding:2": holdings, "holding:95": [1, 0, 210, 195], "coil:1": [1, 0, 1, 0, 1, 1, 1] + [1, 0] * 12 + [1]},
        {"return.temperature": 30, "compressor_frequency": 62, "discharge_temperature": 71, "active_power": 1500,
         "fan_speed": 870, "outdoor_coil_temperature": -4, "outdoor_temperature": -7,
         "vendor.water_pump_control_number_of_rotation": 3200, "suction_temperature": -12, "flow.temperature": 35,
         "system_mode": "heat", "vendor.room_target_zone1": 21, "vendor.room_target_zone2": 19.5,
         "vendor.selected_dhw_operating_mode": "force", "vendor.weekday": "sunday", "tank.temperature": 48.7,
         "vendor.outdoor_air_temperature_terminal_9_10": "absent", "buffer.temperature": 41.2,
         "vendor.mix_water_temperature_terminal_13_14": -20.1, "relative_humidity": 47,
         "vendor.current_error_code": 32381, "vendor.error_code_once_before": 1,
         "vendor.error_code_ten_times_before": 10, "vendor.plate_heat_exchanger_temp": 36, "local_temperature": 21.3,
         "vendor.indoor_slave_temp_actual": 19.9, "flow_setpoint": 45, "vendor.zone1_max_flow_heating": 45.5,
         "vendor.zone1_fixed_flow_cooling": 50, "vendor.hysteresis_heating": 55,
         "vendor.dhw_priority": "hot_water_first", "vendor.dhw_heat_source": "heat_pump_and_heater",
         "tank.setpoint": 58, "vendor.dhw_max_time": 60, "vendor.main_pump_type": "sniffing",
         "vendor.additional_pump_type": "by_room_temperature", "vendor.mixing_valve_runtime": 120,
         "vendor.backup_heater_type": "supplementary", "vendor.freeze_protection": "at_start",
         "vendor.ehs_type": "supplementary", "vendor.terminal_20_21": "remote_on_off",
         "vendor.terminal_24_25": "open_is_cooling", "vendor.terminal_47": "alarm", "vendor.ehs_integration": 890,
         "vendor.roomstat_master_on_off": 1, "heating_setpoint": 21, "vendor.room_set_point_target_slave_c": 19.5,
         "vendor.restart_after_blackout": "true", "vendor.zone1_heating_target": "fixed",
         "vendor.zone2_heating_target": "by_weather", "vendor.anti_legionella": "true",
         "vendor.controlled_by": "water_target", "vendor.frost_by_room": "true", "vendor.frost_by_outdoor": "false",
         "vendor.terminal_46": "true"}, []).step(
        {"input:0": 131, "input:6": s16(-61), "input:10": 2, "input:20": 101, "input:21": 513},
        {"return.temperature": "suspect:range", "outdoor_temperature": "suspect:range", "system_mode": "cool",
         "relative_humidity": "suspect:range", "vendor.current_error_code": 513}, [])
