# SPDX-License-Identifier: Apache-2.0
READS = (
    "input 24,holding 0,input 37,input 1-4,input 8-18,holding 1,holding 5,holding 14,input 33,input 38-41,"
    "input 44-45"
)


def traces():
    yield Trace("alpha-innotec-luxtronik", "frost", "tcp", 1, READS,
                "Temperatures below zero, one status that is four things, long energies, the same address in two banks.").step(
        {"input:1": [352, 301, 299, 487], "input:8": [712, s16(-12)[0], s16(-45)[0], 213, 0, 0, s16(-88)[0], 350,
                                                       s16(-30)[0], 205, s16(-154)[0]],
         "input:24": 214, "input:33": 41234, "input:37": 4, "input:38": [*u32(700005), *u32(200001)],
         "input:44": u32(900006), "holding:0": [s16(-154)[0], 330], "holding:5": 500, "holding:14": 2},
        {"flow.temperature": 35.2, "return.temperature": 30.1, "vendor.external_return": 29.9, "tank.temperature": 48.7,
         "discharge_temperature": 71.2, "brine_in.temperature": -1.2, "brine_out.temperature": -4.5,
         "local_temperature": 21.3, "vendor.solar_collector_temperature": -8.8,
         "vendor.solar_storage_tank_temperature": 35, "vendor.external_energy_source_temperature": -3,
         "vendor.supply_air_temperature": 20.5, "vendor.external_air_temperature": -15.4,
         "vendor.rbe_actual_room_temperature": 21.4, "operating_hours": 41234, "vendor.system_status": "defrost",
         "defrosting": "true", "running_mode": "heat", "hot_water_heating": "false", "vendor.heating_energy": 70000.5,
         "vendor.water_heat_energy": 20000.1, "thermal_energy": 90000.6, "outdoor_temperature": -15.4,
         "vendor.return_setpoint_temperature": 33, "tank.setpoint": 50, "vendor.smart_grid_control": "standard"}, []).step(
        {"input:37": 1, "input:1": 1301, "holding:14": 4, "holding:0": s16(-601)},
        {"vendor.system_status": "hot_water", "running_mode": "off", "hot_water_heating": "true", "defrosting": "false",
         "flow.temperature": "suspect:range", "vendor.smart_grid_control": "vendor_4",
         "outdoor_temperature": "suspect:range"}, [])
