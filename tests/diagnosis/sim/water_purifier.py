# SPDX-License-Identifier: Apache-2.0
"""Reverse-osmosis purifier with a tank: membrane flow with pressure and temperature correction, salt passage, draws of a household.

Faults: membrane (salt passage; rejection 0.70 at 1), prefilter (resistance before the pump: flow down by 60 % at 1).
People: guests, holiday, low_pressure (mains pressure falls for hours).
"""
import math

from .base import Column, Weather, poisson_hours

PARAMS = {"flow": 0.35, "reject": 0.955, "salt": 280.0, "pressure": 250.0, "draws": 14}
COLUMNS = [Column("pump"), Column("flow.rate", 0.001, 0.001), Column("inlet.temperature", 0.1, 0.1),
           Column("inlet.pressure", 2, 1), Column("inlet.dissolved_solids", 2, 1),
           Column("outlet.dissolved_solids", 0.4, 1), Column("active_power", 1, 1)]


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    tank, on, idle, ran, salt = 8.0, False, 1e4, 0.0, p["salt"]
    for _, t, day, hour in run.steps():
        people = 0.0 if run.now("holiday", day) else 2.0 if run.now("guests", day) else 1.0
        if poisson_hours(r, p["draws"] * people, hour):
            tank -= r.uniform(0.3, 1.8)
        tank = max(0.0, tank)
        salt += 0.02 * (p["salt"] - salt) + r.gauss(0, 1.0)
        pressure = p["pressure"] + r.gauss(0, 6) - (20 if 18 < hour < 21 else 0)
        if run.now("low_pressure", day) and 8 <= hour < 20:
            pressure = 70 + r.gauss(0, 5)
        cold = w.water(day)
        if tank < 4:
            on = True
        elif tank >= 8:
            on = False
        if not on:
            idle, ran = (dt if ran else idle + dt), 0.0
            yield 0, 0.0, cold + 2, pressure, salt, 15.0, 2.0
            continue
        tcf = math.exp(2640 * (1 / 298.15 - 1 / (273.15 + cold)))
        clog = run.level("prefilter", day)
        flow = p["flow"] * tcf * (1 - 0.6 * clog)
        flow *= 0.8 + 0.2 * pressure / p["pressure"]
        passage = (1 - p["reject"]) + (0.30 - (1 - p["reject"])) * run.level("membrane", day)
        # standing water has crept through: the first litres are worse
        creep = 1 + 2.0 * math.exp(-ran / 90) * min(1.0, idle / 3600)
        ran += dt
        tank += flow * dt / 60
        yield 1, flow * 0.06, cold, pressure - 30 * (1 - clog), salt, salt * passage * creep, 34.0


def columns(run):
    return COLUMNS
