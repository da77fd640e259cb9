# SPDX-License-Identifier: Apache-2.0
READS = (
    "coil 0,holding 60+2,holding 61+2,holding 62+2,input 51+2,input 52+2,input 104-105,input 121+2"
)


def traces():
    yield Trace("wirenboard-wb-msgr", "clean-air-then-gas", "rtu", 1, READS,
                "Tens of ohms, thousandths of a ratio; a sensor whose resistance has fallen.").step(
        {"input:51": 2450, "holding:60": 1000, "input:52": 2450, "holding:61": 1100, "holding:62": 900,
         "input:121": 11950, "input:104": u32(90061)},
        {"relay": "false", "gas_leak": "false", "vendor.sensor_resistance": 24500, "vendor.reference_resistance": 10000,
         "vendor.resistance_ratio": 2.45, "vendor.high_threshold": 1.1, "vendor.low_threshold": 0.9,
         "vendor.supply_voltage": 11.95, "vendor.uptime": 90061}, []).step(
        {"coil:0": 1, "input:51": 850, "holding:60": 1000, "input:52": 850, "holding:61": 1100, "holding:62": 900},
        {"relay": "true", "gas_leak": "true", "vendor.resistance_ratio": 0.85})
