# SPDX-License-Identifier: Apache-2.0
"""Storage water heater: two water nodes and an element node.

C_e dT_e/dt = P(V) - UA_e (T_e - T_l), 1/UA_e = 1/(hA) + d/(kA) with scale of thickness d, k = 0.9 W/mK, A = 0.025 m2.
P = P0 (V/V0)^2 / (1 + alpha dT). The thermostat's pocket is near the element and feels it a little.
Faults: element (open; below severity 1 the contact is loose: open for a share of the day), one_element (one of two
dead), scale (3 mm at 1), relay_welded, hot_tap_drips (3 L/h at 1), insulation (losses doubled at 1).
"""
import math

from .base import Column, Weather, poisson_hours

PARAMS = {"volume": 80.0, "power": 2000.0, "setpoint": 60.0, "hysteresis": 5.0, "loss": 1.6, "elements": 1, "volts": 225.0,
          "users": 2}
COLUMNS = [Column("active_power", 3, 1), Column("rms_voltage", 0.2, 0.1), Column("local_temperature", 0.1, 0.1),
           Column("heating_setpoint"), Column("ambient_temperature", 0.1, 0.1), Column("heat_demand")]
CP, ALPHA, K_SCALE, AREA, C_E = 4186.0, 1.0e-4, 0.9, 0.025, 500.0


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    top = low = p["setpoint"]
    element, on, sag, draws = low, False, 0.0, []
    c_top, c_low = 0.6 * p["volume"] * CP, 0.4 * p["volume"] * CP
    phase = r.uniform(0, 6)
    for _, t, day, hour in run.steps():
        room, cold = w.room(day), w.water(day)
        users = p["users"] * (0 if run.now("holiday", day) else 2 if run.now("guests", day) else 1)
        setpoint = p["setpoint"] + (-8 if run.now("setpoint", day) else 0)
        # L/min of hot water at 40 °C; a shower takes 7 min, a basin 1 min
        if poisson_hours(r, 1.0 * users, hour) or (6.5 < hour < 8 and r.random() < users * 0.3 / 90):
            draws.append([7.0, 6.0])
        if poisson_hours(r, 6.0 * users, hour):
            draws.append([1.0, 4.0])
        flow40 = sum(d[1] for d in draws)
        for d in draws:
            d[0] -= dt / 60
        draws = [d for d in draws if d[0] > 0]
        drip = 3.0 / 60 * run.level("hot_tap_drips", day)
        share = min(1.0, max(0.0, (40 - cold) / max(5.0, top - cold)))
        kg = (flow40 * share + drip) * dt / 60
        loss = p["loss"] * (1 + run.level("insulation", day))
        # cold enters below and pushes the lower water up
        low += kg * CP * (cold - low) / c_low
        top += kg * CP * (low - top) / c_top
        if top < low:
            mean = (top * c_top + low * c_low) / (c_top + c_low)
            top = low = mean
        top -= loss * 0.6 * (top - room) * dt / c_top
        low -= loss * 0.4 * (low - room) * dt / c_low
        sag += (r.gauss(0, 1.2) - sag * 0.05) * math.sqrt(dt / 60)
        volts = p["volts"] + 3 * math.sin(hour / 24 * 2 * math.pi + phase) + sag
        ua = 1 / (1 / 50.0 + 0.003 * run.level("scale", day) / (K_SCALE * AREA))
        pocket = low + 0.012 * (element - low)
        if pocket >= setpoint + 0.5:
            on = False
        elif pocket < setpoint - p["hysteresis"]:
            on = True
        welded = run.level("relay_welded", day) > 0
        limiter = low > 93  # the safety cut-out of the tank
        power = 0.0
        broken = run.level("element", day)
        if (on or welded) and not limiter and not (broken > 0 and (t / 10800) % 1 < broken):
            power = p["power"] * (volts / 230.0) ** 2 / (1 + ALPHA * max(0.0, element - low - 40))
            power *= 1 - (run.level("one_element", day) * 0.5 if p["elements"] == 2 else 0)
        target = low + power / ua
        decay = math.exp(-ua * dt / C_E)
        before, element = element, target + (element - target) * decay
        low += (power * dt - C_E * (element - before)) / c_low
        element += low - low
        yield power, volts, pocket, setpoint, room, "immersion_element1" if on else "0"


def columns(run):
    return COLUMNS
