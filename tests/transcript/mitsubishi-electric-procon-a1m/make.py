# SPDX-License-Identifier: Apache-2.0
READS = (
    "coil 0,holding 0-2,input 0-1,holding 3"
)


V2 = "holding 9-12+2,holding 13"


def traces():
    yield Trace("mitsubishi-electric-procon-a1m", "firmware-1", "rtu", 1, READS,
                "The map of firmware 1: the digits of the code are hexadecimal, 9 to 11 are modes that can only be read.").step(
        {"coil:0": 1, "input:0": [235, 0x6999], "holding:0": [11, 215, 3, 7]},
        {"on_off": "true", "local_temperature": 23.5, "fault_code": "6999", "system_mode": "cool",
         "vendor.ata_drive_mode_exact": "i_see_cool", "cooling_setpoint": 21.5, "heating_setpoint": 21.5,
         "fan_mode": "low", "vendor.ata_fan_speed_exact": "weak", "vendor.ata_air_direction": "swing"}, ["6999"]).step(
        {"input:0": [s16(-55)[0], 0x8000], "holding:0": [4, 215, 6, 5]},
        {"on_off": "false", "local_temperature": -5.5, "fault_code": "", "system_mode": "vendor_4", "fan_mode": "high",
         "vendor.ata_air_direction": "position_5"}, []).step(
        {"input:0": [0, 0x5102]}, {"fault_code": "5102"}, ["5102"])
    yield Trace("mitsubishi-electric-procon-a1m", "firmware-2", "rtu", 1, V2, "What is known of the map of firmware 2.",
                [("firmware", "v2")]).step(
        {"holding:9": [0x6999, 214, 40001, 6999, 0]},
        {"vendor.fault_code_hex": 6999, "fault_code": "6999", "vendor.a1m_firmware_version": 214,
         "vendor.modbus_comms_counter": 40001, "vendor.system_type_detected": "air_to_air"}, ["6999"]).step(
        {"holding:9": [0x8000, 214, 40002, 8000, 0]}, {"fault_code": ""}, [])
