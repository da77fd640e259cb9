# SPDX-License-Identifier: Apache-2.0
READS = (
    "input 0-17,input 52-53+2,input 70-71+2,input 72-75,input 346-357"
)


def traces():
    yield Trace("eastron-sdm630", "one-phase-feeds-back", "rtu", 1, READS,
                "A phase that feeds back; import and export of the phases; a float assembled wrongly.").step(
        {"input:0": f32(230.5) + f32(231.25) + f32(229.75), "input:6": f32(4.25) + f32(0.5) + f32(10.75),
         "input:12": f32(979.5) + f32(-115.5) + f32(2470.0), "input:52": f32(3334.0), "input:70": f32(49.75),
         "input:72": f32(1234.5), "input:74": f32(17.25), "input:346": f32(400.5) + f32(34.0) + f32(800.0),
         "input:352": f32(0.25) + f32(17.0) + f32(0.0)},
        {"l1.rms_voltage": 230.5, "l2.rms_voltage": 231.25, "l3.rms_voltage": 229.75, "l1.rms_current": 4.25,
         "l2.rms_current": 0.5, "l3.rms_current": 10.75, "l1.active_power": 979.5, "l2.active_power": -115.5,
         "l3.active_power": 2470, "active_power": 3334, "frequency": 49.75, "energy_imported": 1234.5,
         "energy_exported": 17.25, "l1.energy_imported": 400.5, "l2.energy_imported": 34, "l3.energy_imported": 800,
         "l1.energy_exported": 0.25, "l2.energy_exported": 17, "l3.energy_exported": 0}, []).step(
        {"input:4": f32(1000.5), "input:52": f32(float("nan")), "input:70": f32(-1.0)},
        {"l1.rms_voltage": 0, "l3.rms_voltage": "suspect:range", "active_power": "suspect:decode",
         "frequency": "suspect:range"})
