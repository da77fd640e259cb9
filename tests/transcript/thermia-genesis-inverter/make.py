# SPDX-License-Identifier: Apache-2.0
SETTINGS_MEGA = [("model", "mega")]
READS_MEGA = (
    "coil 5-40,discrete 0-2,discrete 9-81,discrete 199-246,holding 0-58,input 1,input 4-13,input 15-18,"
    "input 19-26,input 36,input 39-41,input 43-44,input 48-53,input 54-66,input 68,input 82,"
    "input 86-90,input 94-96,input 98-100"
)


def traces():
    yield Trace("thermia-genesis-inverter", "mega", "tcp", 1, READS_MEGA,
                "The other model: other holes, and points that it does not have are not read.", SETTINGS_MEGA).step(
        {"coil:8": 1, "discrete:16": 1, "input:8": 3025, "input:9": 3510, "input:10": s16(-125), "input:13": s16(-1275),
         "input:48": u32(70000), "holding:23": 5300},
        {"hot_water_enabled": "true", "return.temperature": 30.25, "flow.temperature": 35.1,
         "brine_in.temperature": -1.25, "outdoor_temperature": -12.75, "compressor_hours": 70000, "tank.setpoint": 53},
        ["discrete:16"])
