# SPDX-License-Identifier: Apache-2.0


def onokom(signature, serial):
    """What every ONOKOM gateway says of itself."""
    return {"holding:200": text("HW-2", 20), "holding:250": text("1.4.0", 16), "holding:270": u32(serial),
            "input:290": text(signature, 12), "input:400": text("2", 16), "coil:20": 1, "holding:110": 96}


def traces():
    yield Trace("onokom-daikin-dk1", "cooling", "rtu", 1,
                "coil 1,coil 20,coil 2-4,coil 6-7,coil 9,coil 16,coil 100,holding 1-11,holding 31-32,holding 20,"
                "holding 30+2,holding 110-111,holding 200-219,holding 250-265,holding 270-271,input 104-105,input 124,"
                "input 290-301,input 400-415",
                "Two values of vanes only, a quiet outdoor unit, speeds of the indoor fan.").step(
        {**onokom("DK-1-MB-B", 1), "coil:1": 1, "coil:3": 1, "coil:4": 1, "coil:16": 1, "holding:1": 2, "holding:2": 2,
         "holding:3": 2604, "holding:4": 3350, "holding:5": 3200, "holding:6": 2, "holding:7": 3, "holding:8": 1,
         "holding:9": 1, "holding:11": 2, "holding:31": 110, "holding:32": 98, "coil:100": 1, "holding:30": 2450},
        {"on_off": "true", "system_mode": "cool", "local_temperature": 26.04, "outdoor_temperature": 33.5,
         "cooling_setpoint": 32, "running_mode": "cool", "fan_mode": "medium", "vendor.smart_fan_speed": "quiet",
         "vendor.horizontal_vanes": "swing", "vendor.vertical_vanes": "stop", "swing": "rock_up_down",
         "vendor.outdoor_quiet_mode": "true", "quiet_mode": "true", "vendor.screen_low_bright": "true",
         "display_light": "false", "vendor.target_fan_speed": 110, "vendor.current_fan_speed": 98,
         "vendor.external_air_temperature": 24.5, "vendor.allow_the_use_of_an_external_temperature_sensor": "yes"},
        []).step(
        {"holding:4": s16(-6001), "holding:9": 2},
        {"outdoor_temperature": "suspect:range", "vendor.horizontal_vanes": "vendor_2", "running_mode": "off"}, [])
