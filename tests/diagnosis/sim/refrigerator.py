# SPDX-License-Identifier: Apache-2.0
"""Fridge-freezer: fridge air and food, freezer, one evaporator with frost, a defrost heater by compressor hours.

Capacity falls with frost and with condensing temperature. Faults: door_seal (infiltration of warm, wet air),
condenser_dust (less heat given off), refrigerant (capacity), defrost_heater (never defrosts), compressor (dead at 1,
weak below). People: guests, holiday, door_open (left ajar for hours), warm_food.
"""
from .base import Column, Weather, poisson_hours

PARAMS = {"ua_fridge": 0.95, "ua_freezer": 0.55, "power": 85.0, "capacity": 150.0, "defrost_w": 180.0, "defrost_h": 9.0,
          "setpoint": 4.0, "hysteresis": 1.4, "food": 60e3, "openings": 25, "standby": 2.0}
COLUMNS = [Column("active_power", 0.6, 0.1), Column("fridge.temperature", 0.1, 0.1),
           Column("freezer.temperature", 0.1, 0.1), Column("ambient_temperature", 0.1, 0.1), Column("fridge.door_open")]


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    air, food, freezer = p["setpoint"], p["setpoint"] + 0.3, -18.0
    on, frost, hours, defrost, opened, ajar, surge = False, 0.2, r.uniform(0, 8), 0.0, 0, 0.0, 0
    for i, t, day, hour in run.steps():
        room = w.room(day) + (0.5 if 17 < hour < 20 else 0)
        openings = p["openings"] * (0.02 if run.now("holiday", day) else 1.8 if run.now("guests", day) else 1)
        if opened == 0 and poisson_hours(r, openings, hour):
            opened = 1
            if r.random() < (0.5 if run.now("warm_food", day) else 0.04):
                food += r.uniform(0.5, 2.0) * (2.0 if run.now("warm_food", day) else 1.0)
        if run.now("door_open", day) and 18 <= hour < 21:
            opened = 1
        seal, leak = run.level("door_seal", day), run.level("refrigerant", day)
        # open: warm, wet air changes in a minute; a seal leaks all the time
        ua_air = p["ua_fridge"] + 0.75 * seal + (6.0 if opened else 0)
        wet = (0.4 * seal + 0.35 * (1 if opened else 0) + 0.012) * (room + 273 > 0)
        dust, weak = run.level("condenser_dust", day), run.level("compressor", day)
        lift = 1 - 0.014 * (room - 22) - 0.22 * dust
        capacity = p["capacity"] * lift * (1 - 0.45 * leak) * (1 - weak) * max(0.15, 1 - 0.55 * frost)
        power = p["standby"]
        demand = air > p["setpoint"] + p["hysteresis"] or freezer > -16.5
        satisfied = air < p["setpoint"] - p["hysteresis"] * 0.6 and freezer < -18.5
        cool = 0.0
        if defrost > 0:
            heat = 0 if run.level("defrost_heater", day) > r.random() else p["defrost_w"]
            power += heat
            defrost -= dt / 60
            frost = max(0.0, frost - heat / 180.0 * 0.035 * dt / 60)
            if heat and frost <= 0.01 and defrost < 12:  # the coil itself is warmed too
                defrost = 0.0
            freezer += 0.03 * (heat > 0) * dt / 60
            on = False
        else:
            if on and satisfied:
                on = False
            elif not on and demand:
                on, surge = True, 1
            if on:
                hours += dt / 3600
                cool = capacity
                power += p["power"] * (1 + 0.008 * (room - 22) + 0.18 * dust - 0.15 * leak) * (1.1 if surge else 1)
                if weak >= 1:
                    power = p["standby"]
                surge = 0
            if hours > p["defrost_h"]:
                hours, defrost = 0.0, 24.0
        frost += wet * 0.00055 * dt / 60 * (1 if on else 0.4)
        # a damper: what the freezer has enough of goes to the fridge
        share = 0.85 if freezer < -20.5 else min(0.8, max(0.2, (air - p["setpoint"] + 3) / 6))
        to_air = share * cool
        air += dt * (ua_air * (room - air) + 2.5 * (food - air) - to_air) / 12e3
        food += dt * 2.5 * (air - food) / p["food"]
        freezer += dt * (p["ua_freezer"] * (room - freezer) - (cool - to_air) * 0.75) / 25e3
        power += 12 if opened else 0  # lamp
        was, opened = opened, 0
        yield power, air, freezer, room, was


def columns(run):
    return COLUMNS
