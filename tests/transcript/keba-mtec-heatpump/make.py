# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 1,holding 15-16,holding 8,holding 603-608,holding 10,holding 401-405,holding 601,holding 705-710,"
    "holding 703,holding 718-719,holding 1502,holding 11-12,holding 2,holding 17-18,holding 4-7,holding 711-713,"
    "holding 1500,holding 700-702,holding 407,holding 610"
)


def traces():
    yield Trace("keba-mtec-heatpump", "defrost-then-error", "tcp", 1, READS,
                "Every module; totals above 32767; the error state of the heat pump.").step(
        {"holding:1500": [4, 0, s16(-71)[0]], "holding:700": [40000, 50000, 33000, 3], "holding:705": [
            352, 5200, 1480, s16(-15)[0], s16(-42)[0], 301, 80, 65, 1], "holding:718": [73, 380],
         "holding:401": [487, 500, 3, 600, 1], "holding:407": 45, "holding:601": 412, "holding:603": [
             398, 350, 300, 180, 1, 0], "holding:610": 550, "holding:1": [213, 215], "holding:4": [
             215, 180, s16(-15)[0], 5, 3], "holding:10": [47, 1, 0], "holding:15": [341, 299, 55, 1]},
        {"system_mode": "auto", "vendor.system_operating_mode": "full_auto", "outdoor_temperature": -7.1,
         "operating_hours": 40000, "thermal_energy": 50000, "energy_imported": 33000,
         "vendor.heat_pump_heat_pump_state": "defrost", "defrosting": "true", "flow.temperature": 35.2,
         "thermal_power": 5200, "active_power": 1480, "brine_in.temperature": -1.5, "brine_out.temperature": -4.2,
         "return.temperature": 30.1, "vendor.heat_pump_source_circulation_pump": 80,
         "vendor.heat_pump_heat_circulation_pump": 65, "on_off": "true", "vendor.heat_pump_operating_mode": "on",
         "compressor_load": 73, "flow_setpoint": 38, "tank_top.temperature": 48.7, "tank.setpoint": 50,
         "hot_water_enabled": "true", "vendor.dhw_tank_operating_mode": "heat_up",
         "vendor.dhw_tank_target_excess_energy_temperature": 60, "vendor.dhw_tank_heat_request": "on",
         "vendor.dhw_tank_reduced_set_temperature": 45, "buffer.temperature": 41.2,
         "vendor.buffer_tank_middle_temperature": 39.8, "vendor.buffer_tank_backup_temperature": 35,
         "vendor.buffer_tank_min_temperature_set": 30, "vendor.buffer_tank_cool_temperature_set": 18,
         "vendor.buffer_tank_heat_request": "on", "vendor.buffer_tank_cool_request": "off",
         "vendor.buffer_tank_target_excess_heat_temperature": 55, "local_temperature": 21.3,
         "vendor.circuit_1_current_set_room_temperature": 21.5, "heating_setpoint": 21.5,
         "vendor.circuit_1_room_set_temperature_reduced": 18, "vendor.circuit_1_room_offset_temperature": -1.5,
         "vendor.circuit_1_operating_mode": "party", "vendor.circuit_1_heat_request": "paused",
         "relative_humidity": 47, "vendor.circuit_1_cool_request_set_external": "on",
         "vendor.circuit_1_heat_request_set_external": "off", "vendor.circuit_1_circuit_flow_temperature": 34.1,
         "vendor.circuit_1_circuit_reflux_temperature": 29.9, "vendor.circuit_1_mixer_position": 55,
         "vendor.circuit_1_circuit_pump": 1}, []).step(
        {"holding:703": 8, "holding:1500": 1, "holding:713": 0, "holding:1502": s16(-601), "holding:10": 101},
        {"vendor.heat_pump_heat_pump_state": "error", "defrosting": "false", "system_mode": "off",
         "vendor.system_operating_mode": "hot_water", "on_off": "false", "outdoor_temperature": "suspect:range",
         "relative_humidity": "suspect:range"}, ["Error"])
