# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 0-3,holding 4-6"
)


def traces():
    yield Trace("beca-bht6000", "heating", "rtu", 1, READS,
                "Tenths of a degree, one of them below zero; switches as registers.").step(
        {"holding:0": [1, 215, 1, 1, 225, 180, 1]},
        {"system_mode": "heat", "local_temperature": 21.5, "vendor.manual_mode": "on", "running_mode": "heat",
         "heating_setpoint": 22.5, "vendor.weekly_program_setting_temperature": 18, "keypad_lockout": "lockout1"},
        []).step(
        {"holding:1": s16(-23), "holding:4": 50},
        {"system_mode": "off", "local_temperature": -2.3, "running_mode": "off", "heating_setpoint": 5,
         "vendor.manual_mode": "off", "keypad_lockout": "no_lockout"}).step(
        {"holding:0": 2, "holding:1": 32767},
        {"system_mode": "vendor_2", "local_temperature": "suspect:range"})
