# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 4126-4127+2,holding 4136-4137+2,holding 8198-8217,holding 8234-8235+2,holding 8260-8261+2"
)


def traces():
    yield Trace("chint-dtsu666", "scaled-floats", "rtu", 1, READS,
                "Floats that still need a factor, and energies that do not; a meter that needs no factor.").step(
        {"holding:4126": f32(1234.5), "holding:4136": f32(0.75), "holding:8198": f32(2305.0) + f32(2312.5) + f32(2297.5),
         "holding:8204": f32(4250.0) + f32(500.0) + f32(10750.0), "holding:8210": f32(33340.0),
         "holding:8212": f32(9795.0) + f32(-1155.0) + f32(24700.0), "holding:8234": f32(-975.0),
         "holding:8260": f32(4998.0)},
        {"energy_imported": 1234.5, "energy_exported": 0.75, "l1.rms_voltage": 230.5, "l2.rms_voltage": 231.25,
         "l3.rms_voltage": 229.75, "l1.rms_current": 4.25, "l2.rms_current": 0.5, "l3.rms_current": 10.75,
         "active_power": 3334, "l1.active_power": 979.5, "l2.active_power": -115.5, "l3.active_power": 2470,
         "power_factor": -0.975, "frequency": 49.98}, []).step(
        {"holding:8198": f32(23050.0), "holding:8210": f32(float("inf")), "holding:8234": f32(1100.0)},
        {"l1.rms_voltage": "suspect:range", "active_power": "suspect:decode", "power_factor": "suspect:range"})
