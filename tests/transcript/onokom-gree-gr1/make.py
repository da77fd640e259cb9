# SPDX-License-Identifier: Apache-2.0


def onokom(signature, serial):
    """What every ONOKOM gateway says of itself."""
    return {"holding:200": text("HW-2", 20), "holding:250": text("1.4.0", 16), "holding:270": u32(serial),
            "input:290": text(signature, 12), "input:400": text("2", 16), "coil:20": 1, "holding:110": 96}


def traces():
    yield Trace("onokom-gree-gr1", "heating", "rtu", 1,
                "coil 1+2,coil 20,coil 2,coil 4,coil 6-9,coil 41,coil 100,holding 1-11,holding 20,holding 30,"
                "holding 110-111,holding 200-219,holding 250-265,holding 270-271,input 104-105,input 124,"
                "input 290-301,input 400-415",
                "Five speeds onto three, frost outside, the comfort coils, an impossible room.").step(
        {**onokom("GR-1-MB-B", 70000), "coil:1": 1, "coil:2": 1, "coil:6": 1, "coil:9": 1, "holding:1": 1,
         "holding:2": 1, "holding:3": 1987, "holding:4": s16(-1250), "holding:5": 2100, "holding:6": 1, "holding:7": 5,
         "holding:8": 7, "holding:9": 2, "holding:10": 6, "holding:11": 3, "holding:20": s16(-2), "holding:111": 2,
         "input:104": u32(65537), "input:124": s16(-15)},
        {"on_off": "true", "system_mode": "heat", "vendor.active_mode": "heat", "local_temperature": 19.87,
         "outdoor_temperature": -12.5, "heating_setpoint": 21, "cooling_setpoint": 21, "running_mode": "heat",
         "fan_mode": "high", "vendor.smart_fan_speed": "turbo", "vendor.horizontal_vanes": "lowest",
         "vendor.vertical_vanes": "far_right", "swing": "rock_left_right", "eco_mode": "true", "ionizer": "true",
         "turbo_mode": "false", "quiet_mode": "false", "sleep_mode": "false", "display_light": "true",
         "serial_number": 70000, "software_version": "1.4.0", "hardware_version": "HW-2",
         "vendor.signature": "GR-1-MB-B", "vendor.uptime": 65537, "vendor.mcu_temperature": -1.5,
         "vendor.baud_rate": "b9600", "vendor.parity_bit": "even", "vendor.ac_connected": "true"}, []).step(
        {"holding:1": 6, "holding:2": 0, "holding:3": 8001, "holding:7": 1, "holding:8": 8, "holding:11": 1,
         "coil:7": 1, "coil:8": 1},
        {"on_off": "false", "system_mode": "vendor_6", "vendor.active_mode": "off",
         "local_temperature": "suspect:range", "fan_mode": "low", "vendor.smart_fan_speed": "vendor_8",
         "swing": "rock_left_right rock_up_down", "turbo_mode": "true", "sleep_mode": "true",
         "vendor.ac_connected": "false"}, [])
