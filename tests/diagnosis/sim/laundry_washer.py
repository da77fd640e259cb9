# SPDX-License-Identifier: Apache-2.0
"""Washing machine: a phase machine with water and heat balance, a few loads a week.

Faults: heater (share of power lost; open at 1), drain_filter (pump-out takes up to four times as long), relay (heats
longer: a thermostat that reads low), belt (motor power up).
People: guests (more loads), holiday (none), cold_programme.
"""
from .base import Column, Weather

PARAMS = {"heater": 2000.0, "water": 14.0, "motor": 180.0, "loads": 0.9, "drain_s": 75.0}
COLUMNS = [Column("active_power", 1, 1), Column("operational_state"), Column("current_phase"),
           Column("temperature_setpoint"), Column("mode"), Column("water_temperature", 0.2, 0.1)]
PROGRAMMES = (("normal", 40, 55), ("normal", 40, 60), ("whites", 60, 80), ("quick", 30, 25), ("delicate", 30, 40))


def load(run, p, r, w, day):
    """(seconds, power, phase, setpoint, mode, water temperature) of one load, piece by piece."""
    mode, temperature, minutes = r.choice(PROGRAMMES)
    if run.now("cold_programme", day) or r.random() < 0.06:
        mode, temperature = "quick", 20
    kg = r.uniform(0.55, 1.15) * p["water"]
    water = w.water(day) + 2
    heater = p["heater"] * (1 - run.level("heater", day))
    drain = p["drain_s"] * (1 + 3 * run.level("drain_filter", day)) * r.uniform(0.92, 1.08)
    motor = p["motor"] * (1 + 0.6 * run.level("belt", day))
    target = temperature + 10 * run.level("relay", day)
    yield 150, 15, "fill", temperature, mode, water
    heat = 0.0
    if target > water:
        # the drum and cloth take heat too; a machine gives up heating after 40 min and washes on
        need = kg * 1.35 * 4186 * (target - water)
        heat = min(2400.0, need / max(1.0, heater - 60))
        reached = water + (target - water) * min(1.0, heat * max(1.0, heater - 60) / need)
        for part in range(4):
            yield heat / 4, heater + motor * 0.4, "heat", temperature, mode, water + (reached - water) * (part + 1) / 4
        water = reached
    for _ in range(int(minutes / 5)):
        yield 240, motor * r.uniform(0.8, 1.2), "wash", temperature, mode, water
        yield 60, 8, "wash", temperature, mode, water
        water -= 0.4
    for _ in range(2 if mode != "whites" else 3):
        yield drain, 35, "drain", temperature, mode, water
        yield 150, 15, "fill", temperature, mode, water
        water = w.water(day) + 4
        yield 300, motor, "rinse", temperature, mode, water
    yield drain, 35, "drain", temperature, mode, water
    yield 360, motor * 2.4, "spin", temperature, mode, water


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    queue, left, wanted, day_before = [], 0.0, [], -1
    now = (0, 0, "idle", 40, "normal", 20.0)
    for _, t, day, hour in run.steps():
        if int(day) != day_before:
            day_before = int(day)
            rate = p["loads"] * (0 if run.now("holiday", day) else 2 if run.now("guests", day) else 1)
            wanted = sorted(r.uniform(7, 20) for _ in range(3) if r.random() < rate / 3)
        if not queue and wanted and hour >= wanted[0]:
            wanted.pop(0)
            queue = list(load(run, p, r, w, day))
            left = queue[0][0]
        if not queue:
            yield 1.0, "stopped", "idle", now[3], "normal", now[5]
            continue
        # power is the mean of the step, the phase that at its end
        energy, rest = 0.0, dt
        now = queue[0]
        while queue and rest > 0:
            now = queue[0]
            part = min(rest, left)
            energy += part * now[1]
            rest -= part
            left -= part
            if left <= 0:
                queue.pop(0)
                left = queue[0][0] if queue else 0.0
        power = energy / dt
        yield power, "running", now[2], now[3], now[4], now[5]


def columns(run):
    return COLUMNS
