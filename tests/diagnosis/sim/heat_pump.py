# SPDX-License-Identifier: Apache-2.0
"""Air-to-water heat pump with hot water: weather-compensated flow, an inverter with a least speed, frost and defrost.

House: one mass with emitters. Heat Q = f Qref (1 + 0.022 (Tout-7) - 0.004 (Tflow-35)), COP from Carnot with an
efficiency. Frost grows with moist air near 0 °C and with a weak fan or little refrigerant; a defrost begins at a frost.
Faults: strainer (flow down by 70 % at 1), pump (the same, by its speed), refrigerant_leak, outdoor_fan, drain_ice,
min_power (three quarters of the radiators' valves closed at 1: what is left takes less than the least power),
coil_sensor (stuck). People: guests, holiday, setpoint.
"""
from .base import Column, Weather, poisson_hours

PARAMS = {"q": 7000.0, "least": 0.28, "loss": 160.0, "mass": 30e6, "flow": 13.0, "emitter": 480.0, "curve": 0.62, "eta": 0.42,
          "tank": 180.0, "tank_set": 48.0, "water": 130.0, "hysteresis": 5.0}
COLUMNS = [Column("active_power", 15, 10), Column("outdoor_temperature", 0.15, 0.1), Column("flow.temperature", 0.1, 0.1),
           Column("return.temperature", 0.1, 0.1), Column("flow.rate", 0.005, 0.01), Column("compressor_frequency", 0, 1),
           Column("compressor_running"), Column("defrosting"), Column("hot_water_heating"),
           Column("tank.temperature", 0.1, 0.1), Column("outdoor_coil_temperature", 0.2, 0.1),
           Column("circulation_pump"), Column("local_temperature", 0.05, 0.1)]


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    indoor, circuit, tank, frost = 21.0, 30.0, p["tank_set"], 0.0
    heating, on, dhw, defrost, speed, rest, stuck, coil = True, False, False, 0.0, 0.0, 0, None, 5.0
    flow_t = return_t = 30.0
    for _, t, day, hour in run.steps():
        out = w.outdoor(day)
        want = 21.0 + (1.5 if run.now("setpoint", day) else 0) - (4 if run.now("holiday", day) else 0)
        people = 0.0 if run.now("holiday", day) else 2.2 if run.now("guests", day) else 1.0
        if poisson_hours(r, 6 * people, hour) or (6.5 < hour < 8 and r.random() < people * 0.9 / 90):
            tank -= r.uniform(5, 28) * (tank - w.water(day)) / p["tank"]
        tank -= 1.6 * (tank - 20) * dt / (p["tank"] * 4186)
        target = min(55.0, max(24.0, 22 + p["curve"] * (want - out) + 2.5 * (want - indoor)))
        if out > 17 or indoor > want + 0.9:
            heating = False
        elif out < 15 and indoor < want + 0.2:
            heating = True
        if tank < p["tank_set"] - 6:
            dhw = True
        elif tank >= p["tank_set"]:
            dhw = False
        flow = p["flow"] * (1 - 0.7 * max(run.level("strainer", day), run.level("pump", day)))  # L/min
        mcp = flow / 60 * 4186
        leak, fan = run.level("refrigerant_leak", day), run.level("outdoor_fan", day)
        open_valves = 1 - 0.75 * run.level("min_power", day)
        litres, emitter = p["water"] * open_valves, p["emitter"] * open_valves
        pumping = heating or dhw
        q = power = 0.0
        rest -= dt / 60
        # what the machine controls and protects is its flow temperature
        if defrost > 0:
            defrost -= dt / 60
            q, power, speed = -1800.0, 900.0, 0.5
            frost = max(0.0, frost - 0.16 * dt / 60)
            if frost <= 0.02 + 0.35 * run.level("drain_ice", day):
                defrost = 0.0
            on, pumping = True, True
        elif not pumping:
            rest = 4 if on else rest
            on, speed = False, 0.0
        else:
            limit = 58.0 if dhw else target + p["hysteresis"]
            if on and flow_t > limit:
                on, rest = False, 3
            elif not on and rest <= 0 and (dhw or circuit < target - 4):
                on, speed = True, 0.5
            if on:
                goal = 0.8 if dhw else speed + 0.012 * (target - flow_t)
                speed += max(-0.12, min(0.12, goal - speed)) * min(2.0, dt / 60)
                speed = min(1.0, max(p["least"], speed))
                q = p["q"] * speed * (1 + 0.022 * (out - 7) - 0.004 * (flow_t - 35))
                q *= (1 - 0.4 * leak) * (1 - 0.25 * fan) * (1 - 0.35 * frost)
                lift = max(15.0, flow_t + 4 - (out - 8 - 6 * frost - 5 * fan - 4 * leak))
                power = q * lift / ((flow_t + 277) * p["eta"])
                wet = max(0.0, 1 - abs(out - 1) / 7) * w.c.humid
                frost += wet * 0.011 * speed * (1 + 2.2 * fan + 1.6 * leak) * dt / 60
                if frost > 1:
                    defrost = 9.0
            else:
                speed = 0.0
        given, a = 0.0, min(1.0, dt / 75)
        if pumping:
            power += 60
            half = q / mcp / 2
            if dhw and defrost <= 0:
                mean = tank + q / 900.0
                tank += q * dt / (p["tank"] * 4186)
            else:
                given = emitter * max(0.0, circuit - indoor)
                circuit += (q - given) * dt / (litres * 4186)
                mean = circuit
            flow_t += a * (mean + half - flow_t)
            return_t += a * (mean - half - return_t)
        else:
            given = 0.1 * emitter * max(0.0, circuit - indoor)
            circuit -= given * dt / (litres * 4186)
            flow_t += (22 - flow_t) * dt / 7200
            return_t += (22 - return_t) * dt / 7200
        gain = 350 + max(0.0, 900 * (1 - abs(hour - 13) / 4.5)) * 0.4
        indoor += dt * (given + gain - p["loss"] * (indoor - out)) / p["mass"]
        target_coil = out - 8 * (speed > 0) - 5 * frost if defrost <= 0 else 6.0
        coil += min(1.0, dt / 150) * (target_coil - coil)
        if run.level("coil_sensor", day) > 0:
            stuck = coil if stuck is None else stuck
        else:
            stuck = None
        running = int(on)
        yield (power + 12, out, flow_t, return_t, flow * 0.06 if pumping else 0.0, speed * 90 * running, running,
               int(defrost > 0), int(dhw), tank, coil if stuck is None else round(stuck, 1), int(pumping), indoor)


def columns(run):
    c = list(COLUMNS)
    if run.fault and run.fault.name == "coil_sensor":
        c[10] = Column("outdoor_coil_temperature", 0, 0.1)
    return c
