# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 9-12+2,holding 25-26,holding 27,holding 13"
)


def traces():
    yield Trace("mitsubishi-procon-a1m-atw", "legionella", "rtu", 1, READS,
                "A code in hexadecimal digits and in decimal; one mode that is three things.").step(
        {"holding:9": [0x6999, 214, 40001, 6999, 1], "holding:25": [1, 6, 1]},
        {"on_off": "true", "vendor.atw_system_state": "on", "vendor.atw_operating_mode": "legionella",
         "running_mode": "off", "hot_water_heating": "true", "disinfecting": "true",
         "vendor.atw_operating_mode_dhw": "eco", "vendor.fault_code_hex": 6999, "fault_code": "6999",
         "vendor.a1m_firmware_version": 214, "vendor.modbus_comms_counter": 40001,
         "vendor.system_type_detected": "air_to_water"}, ["6999"]).step(
        {"holding:9": [0x8000, 214, 40002, 8000, 255], "holding:25": [2, 7, 0]},
        {"on_off": "true", "vendor.atw_system_state": "emergency_run", "running_mode": "heat",
         "hot_water_heating": "false", "disinfecting": "false", "vendor.fault_code_hex": 8000, "fault_code": ""},
        []).step(
        {"holding:9": [0x5102, 0, 0, 5102, 1], "holding:25": [0, 8, 0]},
        {"on_off": "false", "running_mode": "vendor_8", "vendor.atw_operating_mode": "mode_1", "fault_code": "5102"},
        ["5102"])
