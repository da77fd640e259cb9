# SPDX-License-Identifier: Apache-2.0
READS = (
    "coil 0-10,holding 0-1,holding 2-4"
)


def traces():
    yield Trace("vakio-city-air", "winter", "rtu", 1, READS,
                "Air from outside below zero; one coil an alarm; a damper that is fitted, and one that is not.").step(
        {"coil:0": 1, "coil:1": 1, "coil:2": 1, "coil:3": 1, "coil:6": 1, "coil:8": 1, "holding:0": 4, "holding:1": 20,
         "holding:2": 2, "holding:3": 3, "holding:4": s16(-12)},
        {"on_off": "true", "mode": "auto", "vendor.air_heater": "on", "speed_setting": 4, "speed_current": 3,
         "outdoor_temperature": -12, "temperature_setpoint": 20, "vendor.air_damper": "installed",
         "vendor.air_damper_position": "opening"}, ["coil:6", "coil:8"]).step(
        {"coil:10": 1, "holding:0": 1, "holding:1": 10},
        {"on_off": "false", "mode": "manual", "vendor.air_heater": "off", "vendor.air_damper": "not_installed", "vendor.air_damper_position": "absent",
         "speed_setting": 1}, ["coil:10"])
