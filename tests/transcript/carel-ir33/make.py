# SPDX-License-Identifier: Apache-2.0
SETTINGS_F = [("unit", "fahrenheit")]
READS_F = (
    "coil 2,coil 5,coil 25,coil 32,coil 40,coil 41,coil 51,coil 54,coil 60,discrete 0,discrete 3,"
    "discrete 6,discrete 7,discrete 8,discrete 13,discrete 18,discrete 28,discrete 29,discrete 43,"
    "holding 400+2,holding 404+2,holding 413+2,holding 416+2,holding 417+2,holding 419+2,holding 420+2,"
    "holding 421+2,holding 422+2,holding 425+2,holding 427+2,holding 429+2,holding 430+2,holding 464+2,"
    "holding 467+2,holding 468+2,holding 469+2,holding 470+2,holding 472+2,holding 473+2,holding 477+2,"
    "holding 489+2,holding 495+2,holding 501+2,input 403+2,input 406+2,input 412+2"
)


def traces():
    yield Trace("carel-ir33", "fahrenheit", "rtu", 1, READS_F,
                "A controller set to Fahrenheit: temperatures, differences and limits of the possible.", SETTINGS_F).step(
        {"coil:41": 1, "holding:404": 392, "input:403": 410, "input:412": s16(-40), "holding:421": 36,
         "holding:419": s16(-18), "holding:422": 500, "holding:425": 320},
        {"vendor.temperature_units_5": "fahrenheit", "fridge.setpoint": 4, "fridge.temperature": 5,
         "evaporator.temperature": -20, "vendor.working_temperature_differential_rd": 2,
         "vendor.night_set_point_variation_r4": -1, "vendor.maximum_set_point_r2": 50,
         "vendor.minimum_set_point_r1": 32}, []).step(
        {"coil:41": 1, "input:403": 2301, "input:412": s16(-761)},
        {"fridge.temperature": "suspect:range", "evaporator.temperature": "suspect:range"})
