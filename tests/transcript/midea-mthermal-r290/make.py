# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 100-140,holding 148-151,holding 180-186,holding 197-198,holding 141-146,holding 0-8,holding 191-196+2,"
    "holding 179,holding 152-178,holding 9,holding 212-213,holding 10,holding 237-238,holding 201-209,"
    "holding 275-276,holding 215-222,holding 224-235,holding 240-246,holding 255-268,holding 271,holding 279-288"
)


def traces():
    yield Trace("midea-mthermal-r290", "defrost", "rtu", 1, READS,
                "Two zones in one word, bits, long energies, sensors that are not there, a fault number without a table.").step(
        {"holding:0": [0b1110, 3, 28 << 8 | 35, 42, 50, 0x0104, 5 << 8 | 4, 1, 2, 1, 3],
         "holding:100": [62, 3, 870, 240, 30, 35, s16(-4)[0], s16(-7)[0], 71, s16(-12)[0], 36, 0x7FFF, 34, 38, 21, 48,
                         2480, 610, 9, 231, 41, 0x7FFF, 12345, 8, 14, 3, 2, 1],
         "holding:128": [1 << 1 | 1 << 10, 1 << 0 | 1 << 3 | 1 << 4 | 1 << 15, 47, 21, 65, 7, 38, 55, 36, 0x7FFF, 112, 5,
                         802, 0x7FFF, 1 << 1 | 1 << 15, *u32(7000012), *u32(21000034)],
         "holding:148": [812, 600, 212, 383, *u32(6553601), *u32(2), *u32(3), *u32(4), *u32(5), *u32(6), 351, *u32(7),
                         *u32(8), *u32(9), 290, *u32(10), *u32(11), *u32(12), 275, 13, 14, 15, 16, 17, 18, 19, 20],
         "holding:191": [s16(-3)[0], 805, 0x7FFF, s16(-15)[0], 100, 200, 860, 1 << 15 | 1 << 4],
         "holding:201": [25 << 8 | 24, 7 << 8 | 6, 60 << 8 | 65, 30 << 8 | 25, 60, 34, 65, 20, 30],
         "holding:212": [10, 15], "holding:215": [43, s16(-10)[0], 30, 5, s16(-5)[0], 65, 210, 15],
         "holding:271": 5, "holding:275": [85, 32], "holding:288": s16(-2)},
        {"vendor.power_room_temp_control": "false", "on_off": "true", "hot_water_enabled": "true",
         "vendor.power_zone2_flow_control": "true", "system_mode": "heat", "flow_setpoint": 35,
         "vendor.set_water_temp_t1s_zone2": 28, "heating_setpoint": 21, "tank.setpoint": 50,
         "vendor.function_setting_bits": 260, "vendor.weather_curve_zone1": 4, "vendor.weather_curve_zone2": 5,
         "vendor.forced_tank_heating": "on", "vendor.forced_tank_backup_heater": "off", "compressor_frequency": 62,
         "vendor.operating_mode": "heating", "running_mode": "heat", "expansion_valve_steps": 240,
         "return.temperature": 30, "flow.temperature": 35, "outdoor_coil_temperature": -4, "outdoor_temperature": -7,
         "discharge_temperature": 71, "suction_temperature": -12, "vendor.total_water_outlet_temperature_t1": 36,
         "vendor.system_total_water_outlet_temperature_t1b": "absent", "local_temperature": 21, "tank.temperature": 48,
         "refrigerant.high_pressure": 2480, "refrigerant.low_pressure": 610, "vendor.outdoor_unit_current": 9,
         "vendor.outdoor_unit_voltage": 231, "buffer.temperature": 41, "vendor.tbt2": "absent", "compressor_hours": 12345,
         "fault_code": "14", "vendor.fault_1": 3, "defrosting": "true", "vendor.status_bit_1_sg": "true",
         "vendor.status_bit_1_euv": "false", "backup_heater": "true", "circulation_pump": "true",
         "vendor.load_output_sv_1": "true", "vendor.load_output_defrost": "true", "vendor.dc_bus_voltage": 380,
         "vendor.climate_curve_t1s_calculated_value_2": "absent", "flow.rate": 1.12, "thermal_power": 8120, "active_power": 2120,
         "cop": 3.83, "real_time_dhw_heating_cop": "absent",
         "vendor.ability_of_hydraulic_module": 8.02, "vendor.tsolar": "absent", "vendor.slave_unit_1_online_status": "true",
         "vendor.slave_unit_2_online_status": "false", "vendor.slave_unit_15_online_status": "true",
         "energy_imported": 70000.12, "thermal_energy": 210000.34,
         "vendor.total_heating_energy_produced_system": 65536.01, "vendor.total_cop_in_heating_mode": 3.51,
         "vendor.total_dhw_power_consumed": 0.12, "vendor.total_cop_in_dhw_mode": 2.75,
         "vendor.tl_outdoor_refrigerant_pipe_temperature": -3, "vendor.pump_internal_pwm": 80.5,
         "vendor.t9i_second_phe_inlet_temperature": "absent", "vendor.t9o_second_phe_outlet_temperature": -1.5,
         "vendor.exv3_expansion_valve_openness": 200, "vendor.fan2_speed": 860, "vendor.status_tbh_enabled": "true",
         "vendor.status_heating_operation": "true", "hot_water_heating": "false",
         "vendor.temperature_upper_limit_of_t1s_cooling_zone_1": 24,
         "vendor.temperature_upper_limit_of_t1s_heating_zone_2": 60,
         "vendor.temperature_lower_limit_of_ts_setting": 17, "vendor.t4_dhw_min": -10,
         "vendor.built_in_circulating_pump_delay": 2.5, "vendor.gas_price": 0.85,
         "vendor.ta_adjustment_temperature": -2}, ["14"]).step(
        {"holding:0": [1, 4], "holding:101": 5, "holding:103": 481, "holding:107": s16(-61), "holding:198": 1 << 5,
         "holding:183": [250, 200, 90, 278]},
        {"on_off": "false", "vendor.power_room_temp_control": "true", "system_mode": "vendor_4",
         "vendor.operating_mode": "hot_water", "running_mode": "off", "hot_water_heating": "true",
         "expansion_valve_steps": "suspect:range", "outdoor_temperature": "suspect:range", "fault_code": "",
         "thermal_power": 2500, "active_power": 900, "cop": 2.78, "real_time_heating_cop": "absent"}, []).step(
        {"holding:101": 2, "holding:180": [520, 130, 400]},
        {"running_mode": "cool", "thermal_power": 5200, "active_power": 1300, "cop": 4}).step(
        {}, {"running_mode": "off", "thermal_power": "absent", "active_power": "absent"})
