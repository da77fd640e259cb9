# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 6+2,holding 8-10,holding 12+2,holding 17+2,holding 32+2,holding 34-35+2,holding 80+2,"
    "holding 82+2,holding 130-131+2,holding 144-145+2"
)


def traces():
    yield Trace("bradford-white-ucg", "heating-then-lockout", "rtu", 1, READS,
                "Tenths of a degree, run times in 32 bits, a lockout code, and a tank that cannot be so hot.").step(
        {"holding:6": 9, "holding:8": 45, "holding:9": 3120, "holding:10": 512, "holding:12": 485, "holding:17": 600,
         "holding:32": 35, "holding:80": 2, "holding:82": 30, "holding:130": u32(70000), "holding:144": u32(131073)},
        {"vendor.demand_source": "hot_water_storage", "vendor.firing_rate": 45, "vendor.fan_speed": 3120,
         "vendor.flame_signal": 5.12, "local_temperature": 48.5, "heating_setpoint": 60,
         "vendor.burner_status": "standby_delay", "fault_code": "", "vendor.alarm_reason": "none",
         "vendor.appliance_status": "normal", "vendor.burner_hours": 70000, "operating_hours": 131073}, []).step(
        {"holding:6": 10, "holding:12": 1301, "holding:32": 1, "holding:34": 109, "holding:35": 1},
        {"vendor.demand_source": "vendor_a", "local_temperature": "suspect:range", "vendor.burner_status": "locked_out",
         "fault_code": "109", "vendor.alarm_reason": "lockout"}, ["109"])
