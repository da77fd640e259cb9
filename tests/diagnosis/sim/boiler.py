# SPDX-License-Identifier: Apache-2.0
"""Gas boiler: burner with modulation, radiators, a plate exchanger for hot water, a sealed circuit with a vessel.

Pressure: gas of the vessel, p V = const, over the expansion of the circuit's water; relief at 3 bar.
Faults: leak (0.15 bar a week at 1), bled_radiator (0.9 bar at once at 1), expansion_vessel (air cushion lost by 80 % at 1),
electrode (trials that fail: 60 % at 1), strainer (circuit flow down by 60 % at 1), setting (cycles: burner's least power).
A repair of a leak tops the circuit up. People: guests, holiday, setpoint.
"""
from .base import Column, Weather, poisson_hours

PARAMS = {"q": 24000.0, "least": 0.2, "loss": 180.0, "mass": 32e6, "flow": 14.0, "emitter": 320.0, "circuit": 110.0, "vessel": 12.0,
          "cold_bar": 1.3, "curve": 1.25}
COLUMNS = [Column("flame"), Column("modulation", 0, 1), Column("flow.temperature", 0.1, 0.1),
           Column("return.temperature", 0.1, 0.1), Column("water.pressure", 0.4, 1), Column("pump"),
           Column("outdoor_temperature", 0.15, 0.1), Column("hot_water_active"), Column("ignition_failures"),
           Column("burner_starts"), Column("local_temperature", 0.05, 0.1), Column("active_power", 1, 1)]


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r, dt = Weather(run), run.rng("people"), run.period
    indoor, circuit, flow_t, return_t, fire, trial = 20.5, 38.0, 40.0, 35.0, 0.0, 0
    heating, on, failures, starts, lost, tap, filled = True, False, 3, 812, 0.0, 0.0, False
    for _, t, day, hour in run.steps():
        out = w.outdoor(day)
        want = (20.5 if 6 <= hour < 22 else 18.0) + (1.5 if run.now("setpoint", day) else 0)
        want -= 4 if run.now("holiday", day) else 0
        people = 0.0 if run.now("holiday", day) else 2.0 if run.now("guests", day) else 1.0
        if tap <= 0 and poisson_hours(r, 10 * people, hour):
            tap = r.choice((1, 1, 2, 3, 8))
        dhw = tap > 0
        tap -= dt / 60
        if out > 18 or indoor > want + 0.6:
            heating = False
        elif out < 16 and indoor < want - 0.1:
            heating = True
        target = min(75.0, max(32.0, 24 + p["curve"] * (want - out) + 6 * (want - indoor)))
        flow = p["flow"] * (1 - 0.6 * run.level("strainer", day))
        mcp = flow / 60 * 4186
        least = p["least"] * (1 + 2.2 * run.level("setting", day))
        call = dhw or heating
        limit = 80.0 if dhw else target + 6
        if on and (not call or flow_t > limit):
            on, trial = False, 3
        elif not on and call and trial <= 0 and (dhw or flow_t < target - 4):
            if r.random() < 0.6 * run.level("electrode", day):
                failures += 1
                trial = 2
            else:
                on, starts, fire = True, starts + 1, max(least, 0.4)
        trial -= dt / 60
        if on:
            goal = 0.7 if dhw else fire + 0.008 * (target - flow_t)
            fire = min(1.0, max(least, goal))
        q = p["q"] * fire if on else 0.0
        pump = call or on
        a = min(1.0, dt / 60)
        if dhw:
            # the plate exchanger takes all; the radiators stand
            given, mean = 0.0, 24 + q / 700.0
        else:
            given = p["emitter"] * (1.0 if pump else 0.2) * max(0.0, circuit - indoor)
            circuit += (q - given) * dt / (p["circuit"] * 4186)
            mean = circuit
        if pump:
            flow_t += a * (mean + q / mcp / 2 - flow_t)
            return_t += a * (mean - q / mcp / 2 - return_t)
        else:
            flow_t += (20 + 0.5 * max(0.0, circuit - 20) - flow_t) * dt / 5400
            return_t += (20 + 0.5 * max(0.0, circuit - 20) - return_t) * dt / 5400
        indoor += dt * (given + 450 - p["loss"] * (indoor - out)) / p["mass"]
        f = run.fault
        if f and f.name in ("leak", "bled_radiator"):
            level = run.level(f.name, day)
            if f.repair is not None and day >= f.repair and not filled:
                lost, filled = 0.0, True
            lost += 0.15 / 7 * level * dt / 86400 if f.name == "leak" else 0.0
            if f.name == "bled_radiator" and level > 0:
                lost = 0.9 * level
        mean = circuit
        grown = p["circuit"] * 4.5e-4 * (mean - 20) * (1 + 0.004 * (mean - 20))
        cushion = p["vessel"] * (1 - 0.8 * run.level("expansion_vessel", day))
        bar = (p["cold_bar"] - lost + 1) * cushion / max(0.15 * cushion, cushion - max(0.0, grown)) - 1
        bar = max(0.0, min(3.0, bar))
        if bar < 0.5:
            on = False
        yield (int(on), 100 * fire if on else 0.0, flow_t, return_t, bar * 100, int(pump), out, int(dhw), failures, starts,
               indoor, 4 + 45 * pump + 40 * on)


def columns(run):
    return COLUMNS
