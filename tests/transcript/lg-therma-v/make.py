# SPDX-License-Identifier: Apache-2.0
READS = (
    "discrete 0-16,input 0-13,input 35,coil 0-4,holding 0-2,holding 4,holding 8-9,coil 5,input 9997-9998"
)


def traces():
    yield Trace("lg-therma-v", "hot-water", "rtu", 33, READS,
                "Single bits, tenths with a sign, a flow status that is 1 in fault, a code, whole degrees of targets.").step(
        {"coil:0": [1, 1, 0, 0, 0], "discrete:1": [1, 0, 1, 1, 1, 1, 0], "discrete:10": [1, 0, 1, 1], "input:0": [
            14, 2, 352, 401, 455, 487, s16(-32)[0], 213, 187, 300, 199, 0, s16(-125)[0], 16], "input:35": 2340,
         "input:9997": [0x84, 3], "holding:0": [4, 0, 35], "holding:4": s16(-3), "holding:8": [50, 3]},
        {"on_off": "true", "hot_water_enabled": "true", "quiet_mode": "false", "flow_switch": "true",
         "circulation_pump": "true", "vendor.external_water_pump": "false", "compressor_running": "true",
         "defrosting": "true", "hot_water_heating": "true", "disinfecting": "true", "vendor.silent_mode_status": "false",
         "backup_heater": "true", "vendor.backup_heater_step2": "false", "vendor.dhw_boost_heater": "true",
         "vendor.error_status": "true", "fault_code": "CH14", "running_mode": "heat", "return.temperature": 35.2,
         "flow.temperature": 40.1, "vendor.backup_heater_outlet_temp": 45.5, "tank.temperature": 48.7,
         "vendor.solar_collector_temp": -3.2, "local_temperature": 21.3, "flow.rate": 1.122,
         "vendor.flow_temp_circuit2": 30, "vendor.room_air_temp_circuit2": 19.9, "outdoor_temperature": -12.5,
         "water.pressure": 160, "active_power": 2340, "vendor.product_group": 132, "vendor.product_info": "monobloc",
         "system_mode": "heat", "vendor.control_method": "water_outlet_temp", "flow_setpoint": 35,
         "vendor.auto_mode_shift": -3, "tank.setpoint": 50, "sg_ready": "recommended",
         "vendor.energy_state": "on_recommended"}, ["CH14"]).step(
        {"discrete:0": 1, "input:1": 1, "holding:0": 1, "holding:9": 8},
        {"flow_switch": "false", "running_mode": "cool", "system_mode": "vendor_1", "fault_code": "",
         "sg_ready": "vendor_8", "vendor.energy_state": "super_saving"}, [])
    yield Trace("lg-therma-v", "tenths", "rtu", 1, READS, "A model whose targets are in tenths; no electrical power there.",
                [("target_temperature_scale", "tenths")]).step(
        {"holding:0": [3, 1, 355], "holding:4": 5, "holding:8": [485, 2], "input:9997": [0x80, 0]},
        {"system_mode": "auto", "flow_setpoint": 35.5, "tank.setpoint": 48.5, "vendor.auto_mode_shift": 5,
         "vendor.control_method": "water_inlet_temp", "sg_ready": "normal", "vendor.product_info": "split",
         "active_power": "unavailable:exception"}, [], {"input:35": 2})
