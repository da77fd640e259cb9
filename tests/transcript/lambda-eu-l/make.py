# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 1000,holding 1001,holding 1002,holding 1003,holding 1004,holding 1005,holding 1006,"
    "holding 1007,holding 1008,holding 1009,holding 1010,holding 1011,holding 1012,holding 1013,"
    "holding 1019,holding 1025,holding 1026,holding 1027,holding 1028,holding 1029,holding 1030,"
    "holding 1031,holding 1032,holding 2000,holding 2001,holding 2002,holding 2003,holding 2004,"
    "holding 2005,holding 5000,holding 5001,holding 5002,holding 5003,holding 5004,holding 5007,"
    "holding 1020-1021,holding 1015,holding 1022-1023,holding 1016,holding 1017,holding 1018,"
    "holding 2050,holding 5005,holding 5006,holding 5051,holding 5052,holding 5050,holding 1051,"
    "holding 1052,holding 1053,holding 1054,holding 1055,holding 1056,holding 1057,holding 1058,"
    "holding 1059"
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
         "vendor.hp1_operating_state": "defrost", "flow.temperature": 33.12, "return.temperature": 35.45,
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
         "vendor.hc1_mode": "unknown", "vendor.hp1_request_type": "vendor_5"}, ["42", "tank 7", "circuit 42"])
