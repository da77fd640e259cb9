# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 203+2,holding 204-205+1,holding 206+2,holding 208+2,input 204,input 205-215"
)
SETTINGS_OUTDOOR = [("control", "outdoor_sensor")]
READS_OUTDOOR = (
    "holding 203+2,holding 204-205+1,holding 206+2,holding 207+2,holding 208+2,input 204,input 205-215"
)


def traces():
    yield Trace("wirenboard-wbe2-i-ebus", "heating-then-fault", "rtu", 1, READS,
                "Millibars, values counted from −100, a code and a lost boiler.").step(
        {"input:206": 58, "input:207": 45, "input:208": 44, "input:209": 43, "input:210": 927, "input:211": 65,
         "input:212": 1480, "input:213": 455, "input:215": 3, "input:204": 121, "holding:204": 50, "holding:203": 60,
         "holding:205": 21, "holding:206": 1197, "holding:208": 0},
        {"flow.temperature": 58, "hot_water.temperature": 45, "return.temperature": 44,
         "vendor.external_storage_temperature": 43, "outdoor_temperature": -7.3,
         "vendor.hot_water_setpoint_highest": 65, "water.pressure": 148, "modulation": 45.5, "vendor.boiler_status": 3,
         "software_version": 1.21, "hot_water.setpoint": 50, "flow_setpoint": 60, "heating_setpoint": 21,
         "local_temperature": 19.7, "vendor.sensor_type": "room", "fault_code": ""}, []).step(
        {"input:205": 28, "input:214": 1, "input:212": s16(-1500), "input:210": 1900},
        {"fault_code": "28", "water.pressure": "suspect:range", "outdoor_temperature": "suspect:range"},
        ["28", "input:214"])
    yield Trace("wirenboard-wbe2-i-ebus", "outdoor-sensor", "rtu", 1, READS_OUTDOOR,
                "The same registers with the other control.", SETTINGS_OUTDOOR).step(
        {"holding:205": 1, "holding:206": 925, "holding:207": 7, "holding:208": 1, "input:210": 930, "input:212": 1480},
        {"vendor.heating_on": "on", "vendor.outdoor_temperature_given": -7.5, "vendor.climate_curve": 7,
         "vendor.sensor_type": "outdoor", "outdoor_temperature": -7}, [])
