# SPDX-License-Identifier: Apache-2.0
READS = (
    "input 0-5,input 12-23,input 40-41+2,input 49+2,input 51+2,input 52-53+2,input 78-79+2"
)


def s32_low_first(value):
    return words("i", value)[::-1]


def traces():
    yield Trace("carlo-gavazzi-ex3x0", "low-word-first", "rtu", 1, READS,
                "32 bits with the low word first, negative ones too; an impossible voltage and power factor.").step(
        {"input:0": s32_low_first(2305) + s32_low_first(2312) + s32_low_first(2297),
         "input:12": s32_low_first(4250) + s32_low_first(500) + s32_low_first(70000),
         "input:18": s32_low_first(9795) + s32_low_first(-1155) + s32_low_first(161000),
         "input:40": s32_low_first(169640), "input:49": s16(-975), "input:51": 499, "input:52": s32_low_first(1234567),
         "input:78": s32_low_first(65546)},
        {"l1.rms_voltage": 230.5, "l2.rms_voltage": 231.2, "l3.rms_voltage": 229.7, "l1.rms_current": 4.25,
         "l2.rms_current": 0.5, "l3.rms_current": 70, "l1.active_power": 979.5, "l2.active_power": -115.5,
         "l3.active_power": 16100, "active_power": 16964, "power_factor": -0.975, "frequency": 49.9,
         "energy_imported": 123456.7, "energy_exported": 6554.6}, []).step(
        {"input:0": [0, 1], "input:49": 1011},
        {"l1.rms_voltage": "suspect:range", "power_factor": "suspect:range"})
