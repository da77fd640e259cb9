# SPDX-License-Identifier: Apache-2.0
READS = (
    "coil 1,coil 2,coil 36,coil 38-39,coil 40,coil 42,coil 47,discrete 0,discrete 1,discrete 4-7,"
    "discrete 9-13,discrete 12,discrete 15-47,discrete 49-118,discrete 126-180,discrete 178-179,"
    "discrete 182-183,holding 0,holding 11-12,holding 188-196,holding 199-203,holding 204,holding 207,"
    "holding 209-210,holding 211,holding 215-216,holding 217,holding 263-264,holding 323,holding 325-330,"
    "holding 333-335"
)


def traces():
    yield Trace("sprsun-cgk040v3l", "winter-then-alarms", "tcp", 1, READS,
                "Tenths below zero, pressures in bar, one discrete input an alarm.").step(
        {"holding:188": [302, 351, s16(-125)[0], 782, s16(-8)[0], 215, 35, 487, s16(-158)[0]], "holding:199": [60, 58],
         "holding:203": [70, 68], "holding:207": 62, "holding:209": [1, 0, 52], "holding:215": [1, 781, 1],
         "holding:325": [2, 1, 7], "holding:333": [2310, 231, 10], "discrete:0": 1, "discrete:1": 1, "discrete:4": 1,
         "discrete:178": 1, "discrete:179": 1, "discrete:180": 1, "holding:0": 4, "holding:12": 2, "holding:323": 1,
         "coil:40": 1, "coil:42": 1, "coil:2": 1},
        {"return.temperature": 30.2, "flow.temperature": 35.1, "outdoor_temperature": -12.5,
         "discharge_temperature": 78.2, "suction_temperature": -0.8, "refrigerant.high_pressure": 2150,
         "refrigerant.low_pressure": 350, "tank.temperature": 48.7, "outdoor_coil_temperature": -15.8,
         "vendor.fan1_measured": 58, "compressor_load": 68, "compressor_frequency": 62, "vendor.status_2": "control",
         "vendor.protection": "ok", "vendor.superheat": 5.2, "vendor.pump_working_mode": "running",
         "vendor.status": "running", "vendor.software_version_3": 7, "active_power": 2310, "compressor_current": 10,
         "flow_switch": "true", "backup_heater": "false", "circulation_pump": "true", "compressor_running": "true",
         "vendor.operation_mode": "heating_and_hot_water", "system_mode": "heat", "vendor.fan_mode": "heating_curve",
         "vendor.electric_heater_mode": "hot_water_only", "on_off": "true", "hot_water_enabled": "true",
         "vendor.auto_start": "on"}, []).step(
        {"discrete:20": 1, "discrete:63": 1, "discrete:140": 1, "discrete:177": 1, "discrete:69": 1, "discrete:49": 1, "holding:0": 2,
         "holding:210": 3, "holding:217": 2},
        {"on_off": "false", "vendor.operation_mode": "hot_water", "system_mode": "vendor_2",
         "vendor.protection": "low_pressure", "vendor.status": "alarm_stop"},
        ["AL007", "AL051", "AL128", "AL174", "AL037", "AL057"])
