# SPDX-License-Identifier: Apache-2.0
SETTINGS_MEGA = [("model", "mega")]
READS_MEGA = (
    "coil 5-58,discrete 0-2,discrete 9-81,discrete 199-246,holding 0-58,holding 59-73,holding 305-320,"
    "input 1,input 4-13,input 15-18,input 19-26,input 36,input 39-41,input 43-44,input 47-53,"
    "input 54-66,input 68,input 82,input 85-100,input 103-106,input 117-118,input 143-144,input 152-156,"
    "input 160-163,input 170-171,input 173"
)


def traces():
    yield Trace("thermia-genesis-inverter", "mega", "tcp", 1, READS_MEGA,
                "The other model: other holes, and points that it does not have are not read.", SETTINGS_MEGA).step(
        {"coil:8": 1, "discrete:16": 1, "input:8": 3025, "input:9": 3510, "input:10": s16(-125), "input:13": s16(-1275),
         "input:48": u32(70000), "holding:23": 5300, "coil:55": 1,
         "discrete:213": 1, "discrete:65": 1, "input:91": 1187, "input:104": 0x7FFF, "input:118": s16(-215), "input:153": 1,
         "holding:306": 1850},
        {"hot_water_enabled": "true", "return.temperature": 30.25, "flow.temperature": 35.1,
         "brine_in.temperature": -1.25, "outdoor_temperature": -12.75, "compressor_hours": 70000, "tank.setpoint": 53,
         "vendor.enable_brine_pump_when_cooling_mix_valve_2": "true", "vendor.hot_gas_circulation_pump": "true",
         "vendor.dew_point_room": 11.87, "vendor.cooling_tank_temperature": "absent",
         "vendor.surplus_heat_supply_line_temperature": -2.15, "vendor.legacy_heat_pump_compressor_running": 1,
         "vendor.mix_valve_2_cooling_setpoint": 18.5},
        ["discrete:16", "discrete:65"])
