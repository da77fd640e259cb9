# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 1000,holding 1001,holding 1002,holding 1003,holding 1004,holding 1005,holding 1006,"
    "holding 1007,holding 1008,holding 1009,holding 1010,holding 1011,holding 1012,holding 1013,"
    "holding 1015,holding 1016,holding 1017,holding 1018,holding 1019,holding 1020-1021,"
    "holding 1022-1023,holding 1025,holding 1026,holding 1027,holding 1028,holding 1029,holding 1030,"
    "holding 1031,holding 1032,holding 1051,holding 1052,holding 1053,holding 1054,holding 1055,"
    "holding 1056,holding 1057,holding 1058,holding 1059,holding 2000,holding 2001,holding 2002,"
    "holding 2003,holding 2004,holding 2005,holding 2050,holding 5000,holding 5001,holding 5002,"
    "holding 5003,holding 5004,holding 5005,holding 5006,holding 5007,holding 5050,holding 5051,"
    "holding 5052"
)
SETTINGS_TWO = [("heat_pumps", "2"), ("circuits", "0"), ("buffers", "1"), ("solar", "1"), ("word_order", "low_first")]
READS_TWO = (
    "holding 1000,holding 1001,holding 1002,holding 1003,holding 1004,holding 1005,holding 1006,"
    "holding 1007,holding 1008,holding 1009,holding 1010,holding 1011,holding 1012,holding 1013,"
    "holding 1015,holding 1016,holding 1017,holding 1018,holding 1019,holding 1020-1021,"
    "holding 1022-1023,holding 1025,holding 1026,holding 1027,holding 1028,holding 1029,holding 1030,"
    "holding 1031,holding 1032,holding 1051,holding 1052,holding 1053,holding 1054,holding 1055,"
    "holding 1056,holding 1057,holding 1058,holding 1059,holding 1100,holding 1101,holding 1102,"
    "holding 1103,holding 1104,holding 1105,holding 1106,holding 1107,holding 1108,holding 1109,"
    "holding 1110,holding 1111,holding 1112,holding 1113,holding 1115,holding 1116,holding 1117,"
    "holding 1118,holding 1119,holding 1120-1121,holding 1122-1123,holding 1125,holding 1126,"
    "holding 1127,holding 1128,holding 1129,holding 1130,holding 1131,holding 1132,holding 1151,"
    "holding 1152,holding 1153,holding 1154,holding 1155,holding 1156,holding 1157,holding 1158,"
    "holding 1159,holding 2000,holding 2001,holding 2002,holding 2003,holding 2004,holding 2005,"
    "holding 2050,holding 3000,holding 3001,holding 3002,holding 3003,holding 3004,holding 3005,"
    "holding 3006,holding 3007,holding 3008,holding 3009,holding 3050,holding 4000,holding 4001,"
    "holding 4002,holding 4003,holding 4004,holding 4005-4006,holding 4050,holding 4051"
)


def traces():
    yield Trace("lambda-eu-l", "defrost", "tcp", 1, READS,
                "One heat pump, one tank, one circuit; long counters, high word first; negative heat while defrosting.").step(
        {"holding:1000": 0, "holding:1002": 10, "holding:1003": 5, "holding:1004": 3312, "holding:1005": 3545,
         "holding:1006": 1250, "holding:1007": s16(-425), "holding:1008": s16(-780), "holding:1010": 5550,
         "holding:1011": s16(-35), "holding:1012": 1480, "holding:1013": s16(-237), "holding:1020": u32(1234567),
         "holding:1022": u32(5000000), "holding:1026": 6512, "holding:1028": s16(-312), "holding:1032": 4210,
         "holding:1051": 105, "holding:2001": 0, "holding:2002": 512, "holding:2003": 438, "holding:2005": 1,
         "holding:2050": 500, "holding:5001": 18, "holding:5002": 331, "holding:5004": 212, "holding:5006": 2,
         "holding:5007": 352, "holding:5050": s16(-15), "holding:5051": 215, "holding:5052": 245},
        {"vendor.hp1_error_state": "none", "fault_code": "", "vendor.hp1_state": "defrosting",
         "vendor.hp1_operating_state": "defrost", "defrosting": "true",
         "hot_water_heating": "false", "compressor_running": "true", "system_mode": "auto", "flow.temperature": 33.12, "return.temperature": 35.45,
         "flow.rate": 1.25, "vendor.hp1_source_in_temperature": -4.25, "vendor.hp1_source_out_temperature": -7.8,
         "compressor_load": 55.5, "thermal_power": -3500, "active_power": 1480, "cop": -2.37,
         "energy_imported": 1234.567, "thermal_energy": 5000, "discharge_temperature": 65.12,
         "suction_temperature": -3.12, "vendor.hp1_expansion_valve": 42.1, "vendor.hp1_hot_water_power_at_15": 10.5,
         "tank_top.temperature": 51.2, "tank_bottom.temperature": 43.8, "vendor.boil1_circulation_pump": "on",
         "tank.setpoint": 50, "vendor.hc1_operating_state": "standby_cooling", "vendor.hc1_flow_temperature": 33.1,
         "local_temperature": 21.2, "vendor.hc1_mode": "automatic", "flow_setpoint": 35.2,
         "vendor.hc1_flow_offset": -1.5, "heating_setpoint": 21.5, "cooling_setpoint": 24.5}, []).step(
        {"holding:1000": 4, "holding:1001": 42, "holding:1002": 30, "holding:2000": 7, "holding:5000": 42,
         "holding:5006": s16(-1), "holding:1015": 5},
        {"vendor.hp1_error_state": "fault", "fault_code": "42", "vendor.hp1_state": "fault_lock",
         "vendor.hc1_mode": "unknown", "system_mode": "vendor_ffffffff", "vendor.hp1_request_type": "vendor_5"}, ["42", "tank 7", "circuit 42"])
    yield Trace("lambda-eu-l", "two-heat-pumps", "tcp", 1, READS_TWO,
                "A second heat pump a hundred further, no circuit, counters with the low word first.", SETTINGS_TWO).step(
        {"holding:1004": 3312, "holding:1104": 4250, "holding:1020": u32_low_first(1234567),
         "holding:1120": u32_low_first(70000), "holding:1101": 17, "holding:2050": 500, "holding:3002": 415,
         "holding:3005": s16(-1), "holding:4002": 873, "holding:4005": u32_low_first(65537)},
        {"flow.temperature": 33.12, "vendor.hp2_flow_temperature": 42.5, "energy_imported": 1234.567,
         "vendor.hp2_electric_energy": 70000, "buffer.temperature": 41.5,
         "vendor.buff1_request_type": "invalid_request", "vendor.sol1_collector_temperature": 87.3,
         "vendor.sol1_energy": 65537, "fault_code": ""}, ["17"])
