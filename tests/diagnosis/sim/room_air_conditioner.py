# SPDX-License-Identifier: Apache-2.0
"""Split inverter air conditioner, cooling: effectiveness-NTU coils, quasi-static; the room is air and mass.

Capacity Q0 f (1 + 0.028 (Te-8) - 0.009 (Tc-46)), power Q (Tc-Te)/(Te eta). Less charge dries part of the evaporator
and superheats the suction gas; filter and fan scale the air flow (UA ~ flow^0.6).
Faults: filter, indoor_fan, refrigerant_leak (-42 % at 1), outdoor_coil (dirt), outdoor_fan (slows; stands at 1),
compressor (worn), room_sensor (drifts 4 K at 1).
"""
from .base import Column, Weather

PARAMS = {"q0": 3400.0, "hz_max": 95.0, "hz_min": 18.0, "air": 480.0, "ua_e": 290.0, "ua_c": 420.0, "eta": 0.42,
          "ua_room": 95.0, "c_air": 0.35e6, "c_mass": 4.5e6, "setpoint": 26.0, "gain": 350.0, "from": 8.0, "to": 23.5}
COLUMNS = [Column("active_power", 8, 1), Column("local_temperature", 0.12, 0.1), Column("coil_temperature", 0.15, 0.1),
           Column("supply_temperature", 0.15, 0.1), Column("discharge_temperature", 0.4, 1),
           Column("outdoor_temperature", 0.15, 0.1), Column("outdoor_coil_temperature", 0.2, 0.1),
           Column("compressor_frequency", 0, 1), Column("cooling_setpoint"), Column("system_mode")]


def state(p, hz, room, out, flow, loss, dirt, out_fan, worn):
    """Te, Tc, supply, discharge, power, cooling of a running machine."""
    f = hz / p["hz_max"] * (1 - 0.25 * worn)
    ua_e = p["ua_e"] * flow ** 0.6 * (1 - 0.50 * loss / 0.42)
    c_air = p["air"] * 0.335 * flow  # W/K
    ua_c = p["ua_c"] * (1 - 0.40 * dirt) * max(0.06, out_fan) ** 0.6
    te, tc, q, power = room - 15, out + 12, 0.0, 0.0
    for _ in range(5):
        q = max(0.0, p["q0"] * f * (1 + 0.028 * (te - 8) - 0.009 * (tc - 46)) * (1 - 0.10 * loss / 0.42))
        # damp coil: a quarter of the heat is water, it raises the coil's effective conductance
        e = 1 - 2.718281828 ** (-ua_e / c_air)
        te = 0.5 * te + 0.5 * (room - 0.75 * q / (e * c_air))
        power = q * max(8.0, tc - te + 6) / ((te + 273) * p["eta"]) * 1.35
        tc = 0.5 * tc + 0.5 * min(75.0, out + (q + power) / ua_c)
    supply = room - 0.75 * q / c_air
    superheat = 5 + 32 * loss / 0.42
    discharge = tc + 12 + 0.55 * superheat + 0.18 * (tc - te) - 12 * worn * 0.3
    return te, tc, supply, discharge, power, q


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    air = mass = 27.0
    hz, integral, on, coil, supply, dis, oc, power, loss_q = 0.0, 0.0, False, 27.0, 27.0, 30.0, 30.0, 3.0, 0.0
    wait, home, day_before, used = 0, True, -1, 0.0
    for _, t, day, hour in run.steps():
        out = w.outdoor(day)
        if int(day) != day_before:
            day_before = int(day)
            start = p["from"] + r.uniform(-1.5, 3)
            stop = p["to"] + r.uniform(-2, 0.4)
            home = r.random() > 0.08
        guests = run.now("guests", day)
        want = home and start <= hour < stop and not run.now("holiday", day)
        setpoint = p["setpoint"] + (-2 if run.now("setpoint", day) else 0)
        opened = run.now("door_open", day) and 15 <= hour < 17
        sensor = air + 4.0 * run.level("room_sensor", day)
        gain = p["gain"] * (2.5 if guests else 1) + max(0, 600 * (1 - abs(hour - 14) / 5)) * (0.4 + 0.6 * r.random())
        if not want:
            on, integral = False, 0.0
        elif not on and wait <= 0 and sensor > setpoint + 0.6:
            on, integral = True, 0.35
        elif on and sensor < setpoint - 1.0:
            on, wait = False, 4
        wait -= dt / 60
        q = 0.0
        if on:
            err = sensor - setpoint
            integral = min(1.0, max(0.0, integral + 0.010 * err * dt / 60))
            goal = p["hz_min"] + (p["hz_max"] - p["hz_min"]) * min(1.0, max(0.0, integral + 0.25 * err))
            hz += max(-8.0, min(8.0, goal - hz)) * min(1.0, dt / 60)
            hz = max(p["hz_min"], hz)
            flow = (1 - 0.5 * run.level("filter", day)) * (1 - 0.32 * run.level("indoor_fan", day))
            loss = 0.42 * run.level("refrigerant_leak", day)
            fan = 1 - run.level("outdoor_fan", day)
            te, tc, sup, d, pw, q = state(p, hz, air, out, flow, loss, run.level("outdoor_coil", day), fan,
                                          run.level("compressor", day))
            if tc >= 68:  # high pressure: the machine slows itself down
                hz = max(p["hz_min"], hz - 12)
                integral *= 0.7
            a = 1 - 2.718281828 ** (-dt / 150)
            coil, supply = coil + a * (te - coil), supply + a * (sup - supply)
            dis, oc = dis + a * 0.6 * (d - dis), oc + a * (tc - oc)
            power = pw + 35
        else:
            hz, power = 0.0, 3.0
            a = 1 - 2.718281828 ** (-dt / 900)
            coil, supply = coil + a * (air - coil), supply + a * (air - supply)
            dis, oc = dis + a * (out - dis), oc + a * (out - oc)
        ua = p["ua_room"] + (120 if opened else 0)
        for _ in range(2):
            air += dt / 2 * (ua * (out - air) * 0.45 + 260 * (mass - air) + gain - 0.75 * q) / p["c_air"]
        mass += dt * (260 * (air - mass) + ua * 0.55 * (out - mass)) / p["c_mass"]
        yield power, sensor, coil, supply, dis, out, oc, hz, setpoint, "cool" if want else "off"


def columns(run):
    return COLUMNS
