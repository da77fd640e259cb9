# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 1000-1001,holding 1090,holding 1004-1005,holding 1008-1009,holding 1364-1365,holding 4122-4123,"
    "holding 1006,holding 74-75,holding 1032,holding 78-79,holding 1415-1416,holding 1748-1755"
)


def f32_low_first(value):
    return f32(value)[::-1]


def traces():
    yield Trace("idm-navigator", "hot-water", "tcp", 1, READS,
                "Floats with the low word first; -1.0 is not fitted; a module that is not there.").step(
        {"holding:74": f32_low_first(-0.25), "holding:78": f32_low_first(4.5), "holding:1000": f32_low_first(-7.25),
         "holding:1004": [0, 1, 2], "holding:1008": f32_low_first(41.5), "holding:1032": 47,
         "holding:1364": f32_low_first(-1.0), "holding:1415": f32_low_first(21.5), "holding:1090": 4,
         "holding:4122": f32_low_first(1.75), "holding:1748": f32_low_first(1000.5), "holding:1750": f32_low_first(1500.0),
         "holding:1752": f32_low_first(-1.0), "holding:1754": f32_low_first(499.5)},
        {"vendor.current_pv_surplus": -0.25, "vendor.current_pv_production": 4.5, "outdoor_temperature": -7.25,
         "fault_code": "", "vendor.operation_mode": "automatic", "on_off": "true", "vendor.smart_grid_status": 2,
         "buffer.temperature": 41.5, "tank.setpoint": 47, "local_temperature": "absent", "heating_setpoint": 21.5,
         "vendor.heat_pump_operation_mode": "hot_water", "running_mode": "off", "hot_water_heating": "true",
         "defrosting": "false", "active_power": 1750, "vendor.energy_heating": 1000.5, "thermal_energy": 1500,
         "vendor.energy_cooling": "absent", "vendor.energy_hot_water": 499.5}, []).step(
        {"holding:1004": [37, 4], "holding:1090": 8, "holding:1000": f32_low_first(float("nan")),
         "holding:1008": f32_low_first(131.0)},
        {"fault_code": "37", "vendor.operation_mode": "hot_water_only", "running_mode": "heat", "defrosting": "true",
         "outdoor_temperature": "suspect:decode", "buffer.temperature": "suspect:range",
         "active_power": "unavailable:exception"}, ["37"], {"holding:4122": 2})
