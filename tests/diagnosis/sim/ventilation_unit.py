# SPDX-License-Identifier: Apache-2.0
"""Balanced ventilation with heat recovery: fans against ducts and filters, a plate exchanger.

Units with constant flow raise their fans as a filter clogs; others lose flow. Recovery = NTU / (1 + NTU) of the smaller
stream. Faults: filter (resistance up fourfold at 1), exchanger (fouled: NTU down by 60 %), bypass (stuck open), supply_fan
(weak). People: guests (boost), holiday (low).
"""
from .base import Column, Weather

PARAMS = {"flow": 180.0, "ntu": 4.5, "constant_flow": True, "fan": 48.0, "watts": 55.0}
COLUMNS = [Column("supply.temperature", 0.1, 0.1), Column("extract.temperature", 0.1, 0.1),
           Column("outdoor_temperature", 0.15, 0.1), Column("exhaust.temperature", 0.1, 0.1),
           Column("supply.flow", 1.5, 1), Column("extract.flow", 1.5, 1), Column("supply.fan_percent", 0.2, 1),
           Column("extract.fan_percent", 0.2, 1), Column("active_power", 1, 1), Column("mode")]


def simulate(run):
    p = {**PARAMS, **run.params}
    w, r = Weather(run), run.rng("people")
    boost = 0.0
    for _, t, day, hour in run.steps():
        out, room = w.outdoor(day), w.room(day) + 0.3
        mode, speed = "normal", 1.0
        if run.now("holiday", day):
            mode, speed = "low", 0.6
        if boost <= 0 and 6 < hour < 22 and r.random() < (6 if run.now("guests", day) else 2) / 960:
            boost = 30
        boost -= run.period / 60
        if boost > 0 and mode == "normal":
            mode, speed = "boost", 1.35
        clog = 1 + 3.0 * run.level("filter", day)
        # filters are a third of the resistance of the whole path
        factor = (0.67 + 0.33 * clog) ** 0.5
        fan, flow = p["fan"] * speed, p["flow"] * speed
        fan_s, flow_s = fan, flow
        if p["constant_flow"]:
            fan_s = min(100.0, fan * factor)
            flow_s = flow * min(1.0, 100.0 / (fan * factor))
        else:
            flow_s = flow / factor
        flow_s *= 1 - 0.5 * run.level("supply_fan", day)
        ntu = p["ntu"] * (1 - 0.6 * run.level("exchanger", day))
        c = min(flow_s, flow) / max(flow_s, flow)
        e = (1 - 2.718281828 ** (-ntu * (1 - c))) / (1 - c * 2.718281828 ** (-ntu * (1 - c))) if c < 0.999 else ntu / (1 + ntu)
        bypass = max(run.level("bypass", day), 1.0 if out > 16 and room > 23 and room > out else 0.0)
        heat = e * (1 - bypass) * min(flow_s, flow) * (room - out)
        supply, exhaust = out + heat / flow_s + 0.8, room - heat / flow
        watts = p["watts"] * ((fan_s / p["fan"]) ** 2.6 + (fan / p["fan"]) ** 2.6) / 2 + 6
        yield supply, room, out, exhaust, flow_s, flow, fan_s, fan, watts, mode


def columns(run):
    return COLUMNS
