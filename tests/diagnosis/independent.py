#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion: a layered tank and a combination boiler, written without a look at sim/, with other equations and other control.

usage: independent.py [HEARTHCTL]

What rules are tuned on shares its author's habits. Here stand appliances that once showed a rule to know only its own simulator: an
element whose power is cut by phase control, a tank that does not tell when it calls for heat, a burner that lights again every few
minutes in mild weather, a circuit read in tenths of a bar. Healthy ones must be silent; a fault must be named, and not before it began.
"""
import math
import random
import sys
import tempfile
from pathlib import Path

import replay as r

DAY, STEP = 86400, 30
WATER = 4186  # J/(kg K)
ONSET = 22  # day


def draws(rng, days, persons, away=()):
    """(begin, litres, seconds) of hot water."""
    out = []
    for day in range(days):
        for _ in range(0 if day in away else persons):
            if rng.random() < 0.75:
                hour = rng.gauss(6.8, 0.8) if rng.random() < 0.65 else rng.gauss(21, 1)
                out.append((day * DAY + hour * 3600, rng.uniform(20, 45), rng.uniform(240, 480)))
            out += [(day * DAY + rng.uniform(6.5, 23) * 3600, rng.uniform(0.5, 3), 60) for _ in range(5)]
    return sorted(out)


class Taps:
    def __init__(self, all_draws):
        self.waiting, self.open = all_draws[::-1], []

    def litres(self, t):
        """Drawn in the step that begins at T."""
        while self.waiting and self.waiting[-1][0] < t + STEP:
            _, litres, seconds = self.waiting.pop()
            self.open.append([seconds, litres / seconds])
        drawn = sum(rate * min(STEP, left) for left, rate in self.open)
        self.open = [[left - STEP, rate] for left, rate in self.open if left > STEP]
        return drawn


def outdoor(rng, days, mean, rise):
    """°C of each step's hour: a mean that rises by RISE over the time, weather of some days, day and night."""
    spell, hours = 0.0, []
    for hour in range(days * 24 + 1):
        if hour % 24 == 0:
            spell = 0.75 * spell + rng.gauss(0, 1.8)
        hours.append(mean + rise * hour / days / 24 + spell + 3.5 * math.cos(2 * math.pi * (hour % 24 - 15) / 24))
    return hours


def settle(layers):
    """Warm water does not stay below cold."""
    for top in range(1, len(layers)):
        k = top
        while k > 0 and layers[k - 1] > layers[k]:
            low = k - 1
            while low > 0 and layers[low - 1] > layers[k]:
                low -= 1
            mean = sum(layers[low:k + 1]) / (k + 1 - low)
            layers[low:k + 1] = [mean] * (k + 1 - low)
            k = low


def tank(seed, days, litres=100, watts=2000, phase_control=False, fault=None, away=()):
    """Six layers, an element in the second, its thermostat's sensor in the fourth with a lag of a minute and a half."""
    rng, layers, taps = random.Random(seed), [52.0] * 6, None
    taps = Taps(draws(rng, days, 3, away))
    mass, felt, calls, sticks = litres / 6, 52.0, False, False
    for t in range(0, days * DAY, STEP):
        ill = fault if t >= ONSET * DAY else None
        felt += (layers[3] - felt) * STEP / 90
        top = 69 if ill == "thermostat" else 55
        calls = felt < top - 6 or calls and felt <= top
        sticks = ill == "relay" and (felt < 85 if sticks else felt < 75)  # between them the cut-out
        volt = 231 + 2.5 * math.sin(t / DAY * 2 * math.pi) + rng.gauss(0, 0.4)
        power = watts * (volt / 230) ** 2 if (calls or sticks) and ill != "element" else 0.0
        if phase_control:
            power *= max(0.15, min(1.0, (top - felt + 1) / 4))
        power *= 0.5 if ill == "half" else 1
        drawn = taps.litres(t) / mass
        for i in range(5, 0, -1):
            layers[i] += drawn * (layers[i - 1] - layers[i])
        layers[0] += drawn * (12 - layers[0])
        layers[1] += power * STEP / mass / WATER
        for i in range(6):
            layers[i] -= 0.24 * (layers[i] - 20) * STEP / mass / WATER
        settle(layers)
        if t % 60 == 0:
            yield t, {"active_power": round(power), "local_temperature": round(felt * 2) / 2, "heating_setpoint": 55, "rms_voltage": round(volt)}


def boiler(seed, days, mean, rise, tenths=False, fault=None):
    """A circuit of 40 litres on weather-compensated flow, a burner that may light again after four minutes, a plate exchanger."""
    rng, circuit, room, plate = random.Random(seed), 40.0, 20.5, 50.0
    air, taps = outdoor(rng, days, mean, rise), Taps(draws(rng, days, 3))
    heats, burns, rest, share, spread, lost, tap_c = True, False, 0, 0.0, 5.0, 0.0, 20.0
    for t in range(0, days * DAY, STEP):
        ill, cold, hour = fault if t >= ONSET * DAY else None, air[t // 3600], t / 3600 % 24
        litres_h = taps.litres(t) / STEP * 3600
        taps_on, want = litres_h > 90, 26 + 1.1 * max(0, 20 - cold) - (6 if hour < 5.5 or hour > 22 else 0)
        heats = cold < 18 and room < (22 if heats else 21.5)
        rest -= STEP
        asked = taps_on or heats and (circuit < want + 3 if burns else circuit < want - 2 and rest <= 0)
        if burns and not asked:
            rest = 240
        burns = bool(asked)
        loss = 190 * max(0, circuit - room)
        if taps_on:
            passes = 700.0 if ill == "plate" else 1500.0  # W/K of the plate exchanger
            need = litres_h / 3600 * WATER * 37
            share = max(0.2, min(1.0, need / 24000, (82 - 41) * passes / 24000 if ill == "plate" else 1.0))
            plate += (41 + share * 24000 / passes - plate) * STEP / 60
            tap_c += (min(48, 11 + share * 24000 * 3600 / litres_h / WATER) - tap_c) * min(1, STEP / 30)
            flow, back = plate, plate - share * 24
        else:
            share = max(0.2, min(1.0, share + (want - circuit) * 0.012)) if burns else 0.0
            circuit += (share * 23000 - (loss if heats else loss / 3)) * STEP / (40 * WATER + 90000)
            spread += ((share * 24000 * 0.6 + loss * 0.4) / (900 / 3600 * WATER) - spread) * STEP / 90
            flow, back = circuit + spread / 2, circuit - spread / 2
            plate, tap_c = flow, tap_c - (tap_c - 20) * STEP / 900
        gain = 300 + (900 * max(0.0, math.sin((hour - 6) / 12 * math.pi)) if 6 < hour < 18 else 0)
        room += ((loss if heats and not taps_on else loss / 3) + gain - 170 * (room - cold)) * STEP / 3e7
        lost += 0.3 * STEP / DAY if ill == "leak" else 0
        gas = 4 * 1.9 / 2.3 + lost - 40 * (4e-6 * (circuit - 4) ** 2 + 6e-6 * (circuit - 4) - 0.0011)
        bar = 2.3 * (4 * 1.9 / 2.3) / gas - 1 + rng.gauss(0, 0.004)
        if t % 60 == 0:
            yield t, {"flow.temperature": round(flow * 2) / 2, "return.temperature": round(back * 2) / 2, "flame": int(burns),
                      "modulation": round(100 * share), "hot_water.temperature": round(tap_c * 2) / 2, "hot_water_active": int(taps_on),
                      "outdoor_temperature": round(cold * 2) / 2, "water.pressure": 10 * round(10 * bar) if tenths else round(100 * bar)}


# name: kind, series, the rule that has to speak (None: a healthy one) and the cause it has to name first
RUNS = {
    "tank": ("water_heater", tank(1, 36, away=range(20, 28)), None, None),
    "tank-phase-control": ("water_heater", tank(2, 36, litres=60, phase_control=True), None, None),
    "tank-element": ("water_heater", tank(3, 25, fault="element"), "ewh_stays_cold", "element"),
    "tank-half": ("water_heater", tank(4, 26, fault="half"), "ewh_element_half", "one_element"),
    "tank-thermostat": ("water_heater", tank(5, 28, fault="thermostat"), "ewh_hotter", "thermostat"),
    "boiler-spring": ("boiler", boiler(6, 36, 3, 9), None, None),
    "boiler-autumn-tenths": ("boiler", boiler(7, 36, 12, -8, tenths=True), None, None),
    "boiler-leak": ("boiler", boiler(8, 32, 4, 0, tenths=True, fault="leak"), "boiler_losing_water", "leak"),
    "boiler-plate": ("boiler", boiler(9, 32, 5, 0, fault="plate"), "boiler_hot_water", "plate_scale"),
}


def wrong(name, folder):
    """What is wrong with a run, a sentence; None."""
    kind, series, rule, cause = RUNS[name]
    path = folder / f"{name}.csv"
    with open(path, "w", encoding="ascii") as f:
        for i, (t, values) in enumerate(series):
            if i == 0:
                f.write("t_s," + ",".join(values) + "\n")
            f.write(f"{t}," + ",".join(str(v) for v in values.values()) + "\n")
    lines, _ = r.replay(kind, [path])
    told = [x for x in lines if x["state"] == "confirmed" and x["severity"] != "info"]
    early = [f"{x['rule']} on day {x['t'] / DAY:.1f}" for x in told if rule is None or x["t"] < ONSET * DAY]
    if early:
        return f"{name}: false: {', '.join(early)}"
    if rule is None:
        return None
    first = next((x for x in told if x["rule"] == rule), None)
    if not first:
        return f"{name}: {rule} was not confirmed, but {[x['rule'] for x in told]}"
    if first["cause"][0]["id"].rsplit(".", 1)[-1] != cause:
        return f"{name}: {rule} names {first['cause']}"
    return None


def main():
    if len(sys.argv) > 1:
        r.HEARTHCTL = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="hearth-independent-") as folder:
        bad = [x for x in (wrong(name, Path(folder)) for name in RUNS) if x]
    print("\n".join(bad + [f"{len(RUNS)} series, {len(bad)} wrong"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
