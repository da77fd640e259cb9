# SPDX-License-Identifier: Apache-2.0
READS = (
    "input 1,input 1027-1028,input 5,input 2166-2167,input 16,input 2305-2306,input 26,input 7-14,input 39,"
    "input 2727-2728,input 87,input 140,input 142,input 1017,input 1046,input 1048,input 1052,input 1065,"
    "input 1075,input 1100,input 1975,input 2195,holding 56,input 1029,holding 195,input 1078,holding 697,"
    "input 1094,holding 2743,input 1102,holding 11-12,input 1104,input 1911,input 1976,holding 26,input 398-399,"
    "holding 34,input 1083-1084,holding 38,input 1087-1088,holding 762,input 1091-1092,holding 1042,"
    "input 1575-1576,input 1583-1586,holding 119"
)


FIXED = {
    "input:1": s16(-123), "input:5": 352, "input:7": [301, 523, 487, s16(-12)[0], s16(-45)[0], 378, 712, 341],
    "input:16": s16(-25), "input:26": 213, "input:39": 348, "input:87": 501, "input:140": 62, "input:142": 0,
    "input:1017": 360, "input:1027": [s16(150)[0], 20, 1], "input:1046": 615, "input:1048": 1480, "input:1052": 6200,
    "input:1065": 61, "input:1075": 1450, "input:1078": 1, "input:1094": 2, "input:1100": [1, 0, 55, 0, 60],
    "input:1911": 30, "input:1975": [0, 0], "input:2195": 0, "holding:26": 0x4207, "holding:34": 200, "holding:38": 550,
    "holding:56": 4, "holding:119": 12, "holding:195": 1, "holding:697": 0, "holding:762": 1, "holding:1042": 60,
    "holding:2743": 2}
LONG = {"input:398": 123456, "input:1083": 70000, "input:1087": 66000, "input:1091": 12, "input:1575": 655360,
        "input:1583": 100000, "input:1585": 200005, "input:2166": 70001, "input:2305": 187, "input:2727": 65537}
EXPECT = {
    "outdoor_temperature": -12.3, "flow.temperature": 35.2, "return.temperature": 30.1, "tank_top.temperature": 52.3,
    "tank.temperature": 48.7, "brine_in.temperature": -1.2, "brine_out.temperature": -4.5, "vendor.condenser_bt12": 37.8,
    "discharge_temperature": 71.2, "vendor.liquid_line_bt15": 34.1, "suction_temperature": -2.5, "local_temperature": 21.3,
    "vendor.external_supply_line_bt25": 34.8, "vendor.outgoing_hot_water_bt70": 50.1,
    "vendor.requested_compressor_frequency": 62, "flow_setpoint": 36, "vendor.power_internal_additional_heat": 1.5,
    "vendor.priority": "hot_water", "running_mode": "off", "hot_water_heating": "true", "compressor_frequency": 61.5,
    "vendor.compressor_power_input": 1480, "compressor_current": 6.2, "vendor.compressor_frequency_2": 61,
    "vendor.compressor_power_input_average": 1450, "compressor_starts": 70000, "compressor_hours": 66000,
    "hot_water_hours": 12, "compressor_running": "true", "vendor.heating_medium_pump_speed_gp1": 55,
    "vendor.brine_pump_speed_gp2": 60, "vendor.operating_mode_sg_ready": "low_price", "fault_code": "",
    "vendor.class_1_alarm": "no", "active_power": 70001, "vendor.energy_log_current_power_consumption": 1.87,
    "vendor.current_power": 655.37, "vendor.hot_water_including_int_add_heat": 65536,
    "vendor.hot_water_compressor_only": 10000, "vendor.heating_compressor_only": 20000.5, "vendor.degree_minutes": -6000.5,
    "vendor.heating_curve_climate_system_1": 7, "vendor.min_supply_climate_system_1": 20,
    "vendor.max_supply_climate_system_1": 55, "vendor.hot_water_demand_mode": "smart_control",
    "hot_water_enabled": "true", "vendor.hot_water_sg_ready": 1, "vendor.pulse_energy_meter_be6": 1234.56,
    "vendor.supply_air_fan_speed_normal_ers_1": 60, "vendor.time_between_filter_replacement": 12,
    "vendor.more_hot_water_status": 1, "vendor.operating_mode": 2}


def traces():
    low = {where: u32_low_first(value) for where, value in LONG.items()}
    high = {where: u32(value) for where, value in LONG.items()}
    yield Trace("nibe-s1155-s1255", "word-swap", "tcp", 1, READS,
                "Long values with the low word first, as menu 5.3.11 has it at first; two alarm numbers.").step(
        {**FIXED, **low, "holding:11": [-60005 & 0xFFFF, 0xFFFF]}, EXPECT, []).step(
        {**FIXED, **low, "input:1975": [183, 5], "input:142": 12, "input:2195": 1, "input:1028": 60, "input:26": 801},
        {"fault_code": "183", "vendor.non_module_specific_alarm_numbers": 5, "vendor.class_1_alarm": "yes",
         "running_mode": "cool", "hot_water_heating": "false", "local_temperature": "suspect:range"},
        ["183", "inverter 12"])
    yield Trace("nibe-s1155-s1255", "no-word-swap", "tcp", 1, READS, "The same with the high word first.",
                [("word_swap", "no")]).step(
        {**FIXED, **high, "holding:11": [0xFFFF, -60005 & 0xFFFF]}, EXPECT, [])
