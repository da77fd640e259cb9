# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 50+2,holding 109+2,holding 116+2,holding 126+2,holding 200-201+2,holding 301-302+2,"
    "holding 305+2,holding 500+2,holding 1000+2,holding 1001-1004,holding 1105+2,holding 1200+2,"
    "holding 1500+2,holding 1700-1701+2,input 0-1+2,input 4+2,input 101-103+2,input 105+2,"
    "input 107-109+2,input 201-208,input 209+2,input 211-212+2,input 215+2,input 221-222+2,input 400-404,"
    "input 407+2,input 1000-1003,input 1100-1102+2,input 1103-1104+2,input 1203-1204+2,input 1600+2,"
    "input 1601+2,input 1604-1606+2,input 1701+2,input 3000+2"
)


def traces():
    yield Trace("nilan-cts602", "alarms", "rtu", 30, READS,
                "Hundredths of a degree below zero, alarm numbers in the low seven bits, two alarm lists.").step(
        {"holding:1000": 44, "input:0": 19, "input:1": 2, "input:4": 7, "input:101": 1, "input:201": s16(-725),
         "input:203": 2190, "input:204": 312, "input:205": 4105, "input:206": s16(-155), "input:207": 1850,
         "input:208": s16(-698), "input:211": 5210, "input:212": 4890, "input:215": 2145, "input:1203": 2150,
         "input:221": 4175, "input:222": 612, "input:400": 0x8002, "input:401": 0x80 | 19, "input:402": 0x5A1B,
         "input:403": 0x6A20, "input:404": 0x80 | 5, "input:1000": 1, "input:1001": 3, "input:1002": 9,
         "input:1003": 90, "input:1100": 2, "input:1101": 3, "input:1102": 2, "input:1103": 88, "input:1104": 2,
         "input:1204": 8750, "input:1701": 2, "input:1600": 4, "input:1601": 1, "input:1604": 600, "input:3000": 1,
         "holding:50": 30, "holding:109": 1, "holding:126": 1, "holding:200": 4550, "holding:201": 4700,
         "holding:1001": 1, "holding:1002": 3, "holding:1003": 2, "holding:1004": 2100, "holding:1105": 2,
         "holding:1700": 4500, "holding:1701": 5000, "holding:301": 59, "holding:302": 23, "holding:305": 26,
         "holding:1200": 3, "holding:1500": s16(-500)},
        {"vendor.control_type": "compact_p", "vendor.bus_version": 19, "software_version": 2,
         "vendor.input_air_filter": "on", "vendor.input_smoke": "off", "outdoor_temperature": -7.25, "extract.temperature": "absent",
         "exhaust.temperature": 3.12,
         "vendor.t5_condenser": 41.05, "vendor.t6_evaporator": -1.55, "supply.temperature": 18.5,
         "tank_top.temperature": 52.1, "tank_bottom.temperature": 48.9, "local_temperature": 21.45,
         "relative_humidity": 41.75, "carbon_dioxide": 612, "vendor.alarm_count": 2, "fault_code": "E19",
         "on_off": "true", "vendor.mode_actual": "auto", "vendor.control_state": "hot_water",
         "vendor.seconds_in_state": 90, "defrosting": "false", "speed_current": 2, "vendor.supply_fan_step": 3, "filter.remaining": 2,
         "heat_recovery_efficiency": 87.5, "vendor.bypass_open": "open", "compressor_running": "true",
         "vendor.alarm_relay": "on", "extract.fan_percent": 45.5, "supply.fan_percent": 47,
         "vendor.mode_request": "auto", "speed_setting": 2, "temperature_setpoint": 21,
         "vendor.filter_interval": "days_90", "vendor.hot_water_electric_setpoint": 45, "tank.setpoint": 50,
         "vendor.cooling_offset": "plus_2", "vendor.condenser_lowest": -5, "vendor.clock_minute": 59},
        ["E19", "E05", "E600"]).step(
        {"holding:1000": 13, "input:401": 85, "input:208": s16(-698), "input:203": 2190, "input:1002": 18},
        {"vendor.control_type": "comfort", "fault_code": "E85", "vendor.control_state": "vendor_12", "defrosting": "false",
         "on_off": "false", "outdoor_temperature": -6.98, "extract.temperature": 21.9,
         "tank_top.temperature": "absent", "compressor_running": "absent"}, ["E85"]).step(
        {"holding:1000": 13}, {"fault_code": ""}, [])
