# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 2999-3004+2,holding 3027-3032+2,holding 3053-3060+2,holding 3067-3068+2,holding 3109-3110+2,"
    "holding 3203-3210+2"
)


def s64(value):
    return words("q", value)


def traces():
    yield Trace("schneider-iem3000", "sixty-four-bits", "rtu", 1, READS,
                "Power in kW, energy in 64 bits beyond what 32 could hold.").step(
        {"holding:2999": f32(4.25) + f32(0.5) + f32(10.75), "holding:3027": f32(230.5) + f32(231.25) + f32(229.75),
         "holding:3053": f32(0.875) + f32(-0.125) + f32(2.5) + f32(3.25), "holding:3067": f32(-0.375),
         "holding:3109": f32(50.0), "holding:3203": s64(5000000500), "holding:3207": s64(1250)},
        {"l1.rms_current": 4.25, "l2.rms_current": 0.5, "l3.rms_current": 10.75, "l1.rms_voltage": 230.5,
         "l2.rms_voltage": 231.25, "l3.rms_voltage": 229.75, "l1.active_power": 875, "l2.active_power": -125,
         "l3.active_power": 2500, "active_power": 3250, "reactive_power": -375, "frequency": 50,
         "energy_imported": 5000000.5, "energy_exported": 1.25}, []).step(
        {"holding:3027": f32(float("nan")), "holding:3109": f32(50.0)[::-1]},
        {"l1.rms_voltage": "suspect:decode", "frequency": 0, "l2.rms_voltage": 0})
