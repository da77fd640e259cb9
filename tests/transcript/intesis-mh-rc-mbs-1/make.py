# SPDX-License-Identifier: Apache-2.0
def traces():
    yield Trace("intesis-mh-rc-mbs-1", "codes", "rtu", 1, "holding 0-11,holding 22",
                "Nothing measured yet, states of the gateway, codes of the maker, and one that its list does not have.").step(
        {"holding:0": 1, "holding:1": 4, "holding:2": 2, "holding:3": 3, "holding:4": 255, "holding:5": s16(-12),
         "holding:6": 1, "holding:9": 4321, "holding:10": 1, "holding:11": 9, "holding:22": 213},
        {"on_off": "true", "system_mode": "cool", "fan_mode": "medium", "vendor.vane_position": 3,
         "cooling_setpoint": 25.5, "heating_setpoint": 25.5, "local_temperature": -1.2, "vendor.window_contact": "open",
         "operating_hours": 4321, "vendor.alarm_status": "yes", "fault_code": "9",
         "vendor.external_ambient_temperature": 21.3}, ["9"]).step(
        {"holding:4": 0x8000, "holding:5": 0x8000, "holding:22": 0x8000, "holding:11": s16(-4)},
        {"on_off": "false", "system_mode": "auto", "cooling_setpoint": "unavailable", "local_temperature": "unavailable",
         "vendor.external_ambient_temperature": "unavailable", "fault_code": "-4"}, ["-4"]).step(
        {"holding:11": 57}, {"fault_code": "57"}, ["57"]).step({"holding:11": s16(-1)}, {"fault_code": "-1"}, ["-1"])
    yield Trace("intesis-mh-rc-mbs-1", "fahrenheit", "rtu", 1, "holding 0-11,holding 22", "DIP switches set to °F.",
                [("temperature_scale", "fahrenheit")]).step(
        {"holding:0": [1, 1, 1, 0, 77, 68], "holding:22": 50},
        {"system_mode": "heat", "fan_mode": "low", "heating_setpoint": 25, "local_temperature": 20,
         "vendor.external_ambient_temperature": 50}, [])
