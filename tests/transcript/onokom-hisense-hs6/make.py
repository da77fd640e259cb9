# SPDX-License-Identifier: Apache-2.0


def onokom(signature, serial):
    """What every ONOKOM gateway says of itself."""
    return {"holding:200": text("HW-2", 20), "holding:250": text("1.4.0", 16), "holding:270": u32(serial),
            "input:290": text(signature, 12), "input:400": text("2", 16), "coil:20": 1, "holding:110": 96}


def traces():
    yield Trace("onokom-hisense-hs6", "dry", "rtu", 1,
                "coil 1,coil 20,coil 4,coil 7-8,coil 100,holding 1-3,holding 5-11,holding 21,holding 23,holding 32,"
                "holding 30,holding 110-111,holding 200-219,holding 250-265,holding 270-271,input 104-105,input 124,"
                "input 290-301,input 400-415",
                "The load of the compressor, a coil below zero and one that cannot be.").step(
        {**onokom("HS-6-MB-B", 4294967295), "coil:1": 1, "coil:7": 1, "holding:1": 4, "holding:2": 4,
         "holding:3": 2250, "holding:5": 1600, "holding:7": 3, "holding:8": 5, "holding:21": 100,
         "holding:23": s16(-325), "holding:32": 3},
        {"system_mode": "dry", "vendor.active_mode": "dry", "local_temperature": 22.5, "cooling_setpoint": 16,
         "fan_mode": "high", "vendor.smart_fan_speed": "turbo", "turbo_mode": "true", "sleep_mode": "false",
         "vendor.current_compressor_power": 100, "coil_temperature": -3.25, "vendor.current_fan_speed": 3,
         "serial_number": 4294967295, "vendor.signature": "HS-6-MB-B"}, []).step(
        {"holding:21": 101, "holding:23": 12001},
        {"vendor.current_compressor_power": "suspect:range", "coil_temperature": "suspect:range"}, [])
