# SPDX-License-Identifier: Apache-2.0
"""How the values of the simulated appliances move: pure functions of simulated seconds and a seed,
so that a run can be repeated."""
import math
import random


def _random(*key):
    return random.Random("/".join(map(str, key)))


def constant(value):
    return lambda t, key: value


def wave(base, amplitude, period_s, noise=0.0, every_s=5):
    """A slow sine with its own phase, and noise drawn anew every EVERY_S."""
    def at(t, key):
        phase = _random(key).random() * 2 * math.pi
        drawn = noise * (2 * _random(key, int(t // every_s)).random() - 1) if noise else 0
        return base + amplitude * math.sin(2 * math.pi * t / period_s + phase) + drawn
    return at


def counter(start, per_hour):
    return lambda t, key: start + per_hour * t / 3600


def cycle(*steps):
    """(value, seconds), over and over, starting somewhere in it."""
    whole = sum(s for _, s in steps)

    def at(t, key):
        t = (t + _random(key).random() * whole) % whole
        for value, seconds in steps:
            if t < seconds:
                return value
            t -= seconds
        return steps[-1][0]
    return at


def duty(on, off, period_s, share, noise):
    """ON with some noise for SHARE of each period, else OFF."""
    def at(t, key):
        busy = (t / period_s + _random(key).random()) % 1 < share
        return on + noise * (2 * _random(key, int(t // 4)).random() - 1) if busy else off
    return at


MOVES = {
    "eastron-sdm120": { # a washing machine behind a meter
        "voltage": wave(231, 3, 900, 0.4), "current": duty(8.6, 0.02, 1200, 0.4, 0.3),
        "active_power": duty(1960, 2.4, 1200, 0.4, 60), "apparent_power": duty(2010, 6, 1200, 0.4, 60),
        "reactive_power": wave(120, 30, 700), "power_factor": wave(0.96, 0.03, 800),
        "line_frequency": wave(50, 0.04, 300), "total_active_energy": counter(1873.412, 0.8)},
    "pzem-016": { # an old refrigerator behind a meter
        "voltage": wave(230, 3, 1100, 0.3), "current": duty(0.62, 0.02, 1500, 0.45, 0.03),
        "power": duty(112, 1.8, 1500, 0.45, 4), "energy": counter(412.377, 0.05),
        "frequency": wave(50, 0.06, 400), "power_factor": wave(0.78, 0.05, 900)},
    "xy-md02": { # a probe in that refrigerator
        "temperature": wave(4.5, 2.2, 1500, 0.06), "humidity": wave(62, 9, 2100, 0.4)},
    "midea-170l-dhw": {
        "power": constant(1), "mode": cycle((1, 7200), (2, 3600)), "target_temperature": constant(62),
        "tank_top_temperature_t5u": wave(58, 5, 5400), "tank_bottom_temperature_t5l": wave(47, 7, 5400),
        "condenser_temperature_t3": wave(60, 6, 1800), "outdoor_temperature_t4": wave(12, 5, 14400),
        "exhaust_temperature_tp": wave(74, 9, 1500), "suction_temperature_th": wave(9, 4, 1500),
        "heater_assist_substate": constant(0), "sanitize_substate": constant(0)},
    "phnix-pool-heatpump": {
        "power": constant(1), "mode": constant(1), "heating_target": constant(28),
        "circulation_pump_mode": constant(0), "pump_interval": constant(30),
        "cooling_target": constant(24), "current_setpoint": constant(28),
        "unit_state": constant(1), "unit_mode": cycle((1, 2400), (250, 180)),
        "inlet_water_temperature": wave(26.4, 0.8, 3600, 0.06),
        "outlet_water_temperature": wave(29.2, 1.1, 3600, 0.08),
        "ambient_temperature": wave(17, 4, 14400, 0.06),
        "compressor1_frequency": cycle((62, 900), (48, 900), (71, 600)),
        "fan1_speed": wave(820, 40, 600, 6), "fan1_state": constant(1),
        "compressor1_output": constant(1), "fan1_output": constant(1),
        "circulating_pump_output": constant(1), "four_way_valve_1": constant(1)},
    "komfovent-c6": {
        "power": constant(1), "current_mode": cycle((2, 5400), (3, 900), (1, 1800)),
        "normal_setpoint": constant(20.5), "normal_supply_flow": constant(180),
        "normal_extract_flow": constant(180), "status_fan": constant(1),
        "status_rotor": constant(1), "temperature_control": constant(0),
        "supply_temperature": wave(20.3, 0.7, 1800, 0.06), "extract_temperature": wave(22.1, 0.5, 3600, 0.06),
        "outdoor_temperature": wave(6, 4, 14400, 0.06), "water_temperature": wave(31, 4, 2400, 0.06),
        "exhaust_temperature": wave(9.5, 2, 3600, 0.06), "panel1_temperature": wave(21.8, 0.6, 3600),
        "supply_flow": wave(181, 4, 300), "extract_flow": wave(178, 4, 300),
        "supply_fan": wave(44, 3, 900), "extract_fan": wave(46, 3, 900),
        "heat_exchanger": wave(92, 7, 1800), "filter_impurity": counter(37, 0.02),
        "power_consumption": wave(74, 9, 900, 1), "heat_recovery": wave(610, 90, 3600, 4),
        "heat_exchanger_efficiency": wave(83, 3, 3600),
        "ahu_energy_day": counter(0.412, 0.07), "ahu_energy_month": counter(21.4, 0.07),
        "ahu_energy_total": counter(1411.2, 0.07), "recovered_energy_total": counter(9812.5, 0.6),
        "air_quality_1": wave(640, 120, 5400, 4), "firmware_version": constant(0x01432008)},
}
