# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 203+2,holding 204-212,holding 208+2,holding 213-219,holding 222+2,holding 223-224,"
    "input 204-219,input 205-217,input 220-221,input 222+2,input 225+2,input 226+2,input 229+2"
)


def traces():
    yield Trace("wirenboard-wbe2-i-opentherm", "room-sensor-then-lockout", "rtu", 1, READS,
                "Status bits, values counted from −100, the display's code beside single fault bits.").step(
        {"holding:207": 1, "input:205": 1 << 1 | 1 << 3 | 1 << 8 | 1 << 9, "input:207": 52, "input:208": 47,
         "input:209": 35, "input:210": 1015, "input:211": 895, "input:212": 60, "input:213": 35, "input:214": 80,
         "input:215": 30, "input:216": 41, "input:220": 1355, "input:221": 973, "input:204": 193, "holding:203": 55,
         "holding:204": 50, "holding:205": 21, "holding:208": 1214, "holding:212": 1, "holding:222": 80,
         "holding:219": 1, "holding:223": 3},
        {"vendor.control_mode": "room_sensor", "vendor.boiler_status": "heating flame heating_enabled hot_water_enabled",
         "flame": "true", "heating_active": "true", "hot_water_active": "false", "vendor.heating_enabled": "true",
         "flow.temperature": 52, "hot_water.temperature": 47, "modulation": 35, "water.pressure": 150,
         "outdoor_temperature": -10.5, "return.temperature": 41, "vendor.solar_storage_temperature": 35.5,
         "vendor.solar_collector_temperature": -2.7, "software_version": 1.93, "flow_setpoint": 55,
         "hot_water.setpoint": 50, "vendor.hot_water_setpoint_highest": 60, "vendor.hot_water_setpoint_lowest": 35,
         "heating_setpoint": 21, "local_temperature": 21.4, "vendor.season": "winter",
         "vendor.algorithm": "standard", "vendor.boiler_make": "another", "fault_code": ""}, []).step(
        {"holding:207": 1, "input:205": 1, "input:206": 37, "input:229": 1 << 2 | 1 << 5, "input:210": 1003,
         "input:207": 151, "input:211": 0, "input:217": 1},
        {"flame": "false", "vendor.boiler_status": "fault", "fault_code": "37", "flow.temperature": "suspect:range",
         "outdoor_temperature": "suspect:range", "water.pressure": 30},
        ["37", "input:205.0", "input:229.2", "input:229.5", "input:217"]).step(
        {"holding:207": 2, "holding:205": 1, "holding:206": 12, "holding:208": 925, "input:210": 1015, "input:211": 930},
        {"vendor.control_mode": "outdoor_sensor", "local_temperature": "absent", "heating_setpoint": "absent",
         "vendor.outdoor_temperature_given": -7.5, "vendor.heating_on": "on", "vendor.climate_curve": 12,
         "vendor.heating_curve_mode": "absent"}, [])
