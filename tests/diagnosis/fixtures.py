# SPDX-License-Identifier: Apache-2.0
"""Small series for every rule: what an appliance shows when it is well, when the fault is there, and at the edges.

A rule has one function. It gets a mode and answers the segments of a series: (seconds, values), values being numbers, words,
None (not answered) or functions of the seconds since the segment began. Modes:
  normal, fault, off     a healthy appliance, the fault, one that is switched off (after it was learned where there is learning)
  start                  the condition is there only as long as it lasts at every start, or for less than the rule waits
  under, over            just on this side of the threshold, and just beyond
  explained              the fault's signs with the context that explains them away, for rules with Unless=
The other kinds are made of these by test_fixtures.py: data gap, duplicate, out of order, irregular sampling, a missing point.
Appliances here are arithmetic without noise: thresholds are exact. How well a rule does in the field is for bench.py.
"""
MIN, H, D = 60, 3600, 86400

RULES = {}


class Fixture:
    def __init__(self, kind, period, needs, f, confirms=True):
        self.kind, self.period, self.needs, self.f, self.confirms = kind, period, needs, f, confirms
        self.modes = ["normal", "fault", "off", "start", "under", "over"]


def rule(name, kind, period, needs, explained=False):
    """NEEDS: the column, or the columns, without which the rule cannot be judged."""
    def add(f):
        RULES[name] = Fixture(kind, period, needs, f)
        if explained:
            RULES[name].modes.append("explained")
        return f
    return add


def times(n, *segments):
    return [s for _ in range(int(n)) for s in segments]


def pick(mode, **values):
    """The value of a mode; that of normal where it has none."""
    return values.get(mode, values["normal"])


# ---------------------------------------------------------------------------------------- common
@rule("data_lost", "heat_pump", 60, ("outdoor_temperature", "flow.temperature"))
def data_lost(mode):
    v = {"outdoor_temperature": 5.0, "flow.temperature": 30.0}
    gone = {**v, "outdoor_temperature": None}
    if mode == "off":  # comes and goes, as what only a programme has
        return [(6 * H, gone)] + times(6, (3 * H, v), (5 * H, gone)) + [(2 * H, v)]
    # 10 polls until it counts as lost, 15 min that it must last
    minutes = pick(mode, normal=0, fault=60, start=5, under=23, over=28)
    return [(2 * H, v), (minutes * MIN, gone), (2 * H, v)]


@rule("sensor_range", "heat_pump", 60, "flow.temperature")
def sensor_range(mode):
    v = {"flow.temperature": 30.0}
    bad = {"flow.temperature": pick(mode, normal=30.0, fault=-55.0, start=-55.0, under=-39.9, over=-40.1, off=12.0)}
    return [(2 * H, v), (1 * MIN if mode == "start" else H, bad), (H, v)]


@rule("sensor_stuck", "heat_pump", 300, "outdoor_coil_temperature")
def sensor_stuck(mode):
    def cycle(stuck):
        low = pick(mode, normal=-3.0, fault=5.0, over=4.5, under=4.4, start=5.0) if stuck else -3.0
        run, coil = (0, 5.0) if mode == "off" else (1, low)
        return [(H, {"compressor_running": run, "active_power": 1500.0 if run else 10.0, "outdoor_coil_temperature": coil}),
                (H, {"compressor_running": 0, "active_power": 10.0, "outdoor_coil_temperature": 5.0})]
    days = 1 if mode == "start" else 4
    return times(12, *cycle(False)) + times(12 * days, *cycle(True)) + times(18, *cycle(False))


@rule("short_cycling", "heat_pump", 30, "compressor_running")
def short_cycling(mode):
    def cycle(on, off):
        return [(on, {"compressor_running": 1}), (off, {"compressor_running": 0})]
    fast = {"normal": cycle(40 * MIN, 20 * MIN), "fault": cycle(180, 180), "start": cycle(180, 180),
            "under": cycle(330, 330), "over": cycle(240, 240)}.get(mode)
    if mode == "off":
        return [(3 * D, {"compressor_running": 0})]
    span = sum(s for s, _ in fast)
    hours = 5 if mode == "start" else 34
    slow = cycle(40 * MIN, 20 * MIN)
    return times(16, *slow) + times(hours * H / span, *fast) + times(10, *slow)


def heating_sessions(days, delta, settled=True, **more):
    """Four sessions of an hour a day; DELTA between flow and return, at once or after ten minutes."""
    v = {"outdoor_temperature": 2.5, "circulation_pump": 1, "defrosting": 0, **more}
    on = {**v, "compressor_running": 1, "flow.temperature": 35.0 + delta, "return.temperature": 35.0}
    late = {**on, "flow.temperature": 40.0}
    off = {**v, "compressor_running": 0, "flow.temperature": 30.0, "return.temperature": 29.5}
    hour = [(H, on)] if settled else [(8 * MIN, on), (52 * MIN, late)]
    return times(4 * days, *hour, (5 * H, off))


@rule("hp_low_flow", "heat_pump", 120, "return.temperature", explained=True)
def hp_low_flow(mode):
    learned = heating_sessions(6, 5.0)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "explained":
        return learned + heating_sessions(2, 16.0, circulation_pump=0)
    delta = pick(mode, normal=5.0, fault=16.0, start=16.0, under=11.9, over=12.4)
    return learned + heating_sessions(2, delta, mode != "start")


@rule("hp_flow_falls", "heat_pump", 120, "return.temperature", explained=True)
def hp_flow_falls(mode):
    def sessions(n, delta, settled=True, **more):
        out = []
        for i in range(n):
            day = {"compressor_frequency": 40.0 + 10 * (i % 3), "outdoor_temperature": 2.0 + (i // 4) % 3}
            part = heating_sessions(1, delta, settled)[:2 if settled else 3]
            out += [(s, {**v, **day, **more, **({"compressor_frequency": 0.0} if not v["compressor_running"] else {})})
                    for s, v in part]
        return out
    learned = sessions(28, 5.0)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "explained":
        return learned + sessions(8, 9.0, circulation_pump=0)
    return learned + sessions(8, pick(mode, normal=5.0, fault=9.0, start=9.0, under=6.1, over=6.6), mode != "start")


@rule("hp_defrost_more", "heat_pump", 60, "defrosting")
def hp_defrost_more(mode):
    def days(n, gap):
        v = {"outdoor_temperature": 12.0 if mode == "off" and n == 4 else 2.0}
        return times(n * D / gap, (6 * MIN, {**v, "defrosting": 1}), (gap - 6 * MIN, {**v, "defrosting": 0}))
    if mode == "off":
        return days(7, 3 * H) + [(4 * D, {"outdoor_temperature": 12.0, "defrosting": 0})]
    return days(7, 3 * H) + days(0.4 if mode == "start" else 4, pick(mode, normal=180, fault=60, start=60, under=180, over=160) * MIN)


# ------------------------------------------------------------------------------------- heat pump
@rule("hp_defrost_often", "heat_pump", 60, "defrosting")
def hp_defrost_often(mode):
    out = {"outdoor_temperature": 12.0 if mode == "off" else 2.0}
    every = pick(mode, normal=90, fault=25, start=25, under=45, over=39) * MIN

    def days(n, gap):
        return times(n * D / gap, (6 * MIN, {**out, "defrosting": 1}), (gap - 6 * MIN, {**out, "defrosting": 0}))
    return days(1, 90 * MIN) + (days(0.5, every) if mode == "start" else days(3, every)) + days(1, 90 * MIN)


def pump_sessions(n, late=False, below=6.0, hot=0.0, heater=0, defrosts=False):
    """An hour and a half in six: BELOW: K of the coil below the air, HOT: K of the gas beyond what is usual; LATE: in the first minutes alone;
    DEFROSTS: before each of them."""
    out = []
    for i in range(n):
        hz, air = 40.0 + 10 * (i % 3), 9.0 + (i // 4) % 4
        v = {"outdoor_temperature": air, "defrosting": 0, "return.temperature": 30.0}

        def on(below, hot, heater, v=v, hz=hz, air=air):
            return {**v, "compressor_running": 1, "compressor_frequency": hz, "flow.temperature": 32.0 + hz / 20, "backup_heater": heater,
                    "outdoor_coil_temperature": lambda t: air - below * hz / 50 - t / 4000, "discharge_temperature": 50.0 + hz / 2 + hot}
        off = {**v, "compressor_running": 0, "compressor_frequency": 0.0, "flow.temperature": 28.0, "backup_heater": 0,
               "outdoor_coil_temperature": air, "discharge_temperature": 28.0}
        out += [(6 * MIN, {**off, "defrosting": 1})] if defrosts else []
        out += [(12 * MIN, on(below, hot, heater)), (78 * MIN, on(6.0, 0.0, 0))] if late else [(90 * MIN, on(below, hot, heater))]
        out += [(270 * MIN, off)]
    return out


def pump_case(mode, defrosts=False, **fault):
    learned = pump_sessions(28, defrosts=defrosts)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    return learned + pump_sessions(14, mode == "start", defrosts=defrosts, **fault) + pump_sessions(2, defrosts=defrosts)


@rule("hp_outdoor", "heat_pump", 120, "outdoor_coil_temperature")
def hp_outdoor(mode):
    return pump_case(mode, True, below=pick(mode, normal=6.0, fault=10.0, start=10.0, under=7.0, over=8.0))


@rule("hp_discharge", "heat_pump", 120, "discharge_temperature")
def hp_discharge(mode):
    return pump_case(mode, hot=pick(mode, normal=0.0, fault=15.0, start=15.0, under=7.5, over=9.0))


@rule("hp_backup", "heat_pump", 120, "backup_heater")
def hp_backup(mode):
    # over a fifth of six hours in which it ran
    def some(n, minutes):
        on, off = pump_sessions(1)
        return times(n, (minutes * MIN, {**on[1], "backup_heater": 1}), ((90 - minutes) * MIN, on[1]), off) if minutes else times(n, on, off)
    minutes = pick(mode, normal=0, fault=45, start=3, under=17, over=20)
    if mode == "off":
        return some(60, 0) + [(2 * D, pump_sessions(1)[1][1])]
    return some(60, 0) + some(24, minutes) + some(10, 0)


@rule("hp_weak", "heat_pump", 120, "flow.rate", explained=True)
def hp_weak(mode):
    """HEAT: share of the heat it made at this speed; DRAW: of its power."""
    def sessions(n, heat=1.0, draw=1.0, coil=None, late=False):
        out = []
        for i in range(n):
            hz, air = 40.0 + 10 * (i % 3), 2.0 + (i // 4) % 4
            v = {"outdoor_temperature": air, "defrosting": 0, "circulation_pump": 1, "return.temperature": 30.0 + i % 2}
            spread = hz / 8.0
            on = {**v, "compressor_running": 1, "compressor_frequency": hz, "active_power": 25.0 * hz * draw, "flow.rate": 0.8,
                  "flow.temperature": v["return.temperature"] + spread * heat,
                  "outdoor_coil_temperature": coil if coil is not None else lambda t, a=air - 6 - i * 7 % 5 * 0.6: a - t / 2700}
            good = {**on, "flow.temperature": v["return.temperature"] + spread, "active_power": 25.0 * hz}
            off = {**v, "compressor_running": 0, "compressor_frequency": 0.0, "active_power": 10.0, "flow.rate": 0.0,
                   "flow.temperature": 28.0, "outdoor_coil_temperature": coil if coil is not None else air}
            out += [(12 * MIN, on), (78 * MIN, good)] if late else [(90 * MIN, on)]
            out += [(270 * MIN, off)]
        return out
    learned = sessions(28)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "start":
        return learned + sessions(16, 0.7, 0.75, late=True)
    if mode == "explained":
        # a coil sensor that stands still says nothing of frost
        return learned + sessions(24, 0.7, 0.75, coil=-5.0)
    heat = pick(mode, normal=1.0, fault=0.7, under=0.91, over=0.88)
    return learned + sessions(16, heat, heat)


# ---------------------------------------------------------------------------------------- boiler
@rule("boiler_pressure_low", "boiler", 60, "water.pressure")
def boiler_pressure_low(mode):
    v = {"water.pressure": 130.0, "flow.temperature": 30.0}
    bad = {"water.pressure": pick(mode, normal=130.0, fault=60.0, start=60.0, under=80.5, over=79.5)}
    return [(3 * H, v), (8 * MIN if mode == "start" else 2 * H, {**v, **bad}), (3 * H, v)]


@rule("boiler_vessel", "boiler", 300, "water.pressure")
def boiler_vessel(mode):
    rise = pick(mode, normal=40, fault=120, start=120, under=57, over=63)  # half as much again is 60

    def day(by):
        hot = 25.0 if mode == "off" else 65.0
        return times(4, (3 * H, {"water.pressure": 160.0 + (0 if mode == "off" else by), "flow.temperature": hot, "flame": 1}),
                     (3 * H, {"water.pressure": 160.0, "flow.temperature": 30.0, "flame": 0}))
    return day(40) + day(40) + (times(1 if mode == "start" else 5, *day(rise))) + day(40)


def burner_sessions(n, per_fire, settled=True, more=None):
    """Four sessions of an hour a day; PER_FIRE: kelvin between flow and return at full fire."""
    out = []
    for i in range(n):
        fire = 30.0 + 20 * (i % 3)
        v = {"outdoor_temperature": 2.5, "pump": 1, **(more or {})}
        on = {**v, "flame": 1, "modulation": fire, "return.temperature": 40.0, "flow.temperature": 40.0 + per_fire * fire / 100}
        well = {**on, "flow.temperature": 40.0 + 20.0 * fire / 100}
        out += [(H, on)] if settled else [(5 * MIN, on), (55 * MIN, well)]
        out += [(5 * H, {**v, "flame": 0, "modulation": 0.0, "return.temperature": 33.0, "flow.temperature": 33.5})]
    return out


@rule("boiler_flow_falls", "boiler", 60, "modulation", explained=True)
def boiler_flow_falls(mode):
    learned = burner_sessions(28, 20.0)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "explained":
        return learned + burner_sessions(8, 40.0, more={"pump": 0})
    if mode == "start":
        return learned + burner_sessions(8, 40.0, settled=False)
    # beyond 20 % of what it is, and 2 K
    return learned + burner_sessions(8, pick(mode, normal=20.0, fault=40.0, under=24.5, over=28.0))


@rule("boiler_hot_water", "boiler", 30, "hot_water.temperature")
def boiler_hot_water(mode):
    """Taps of ten minutes, small and large."""
    def taps(n, more, minutes=10):
        def tap(share):
            return {"flame": 1, "hot_water_active": 1, "modulation": share, "hot_water.temperature": 48.0,
                    "flow.temperature": 50.0 + 0.15 * share + more}
        off = {"flame": 0, "hot_water_active": 0, "modulation": 0, "hot_water.temperature": 40.0, "flow.temperature": 40.0}
        return [s for i in range(n) for s in ((minutes * MIN, tap((30.0, 60.0, 90.0)[i % 3])), (5 * H, off))]
    learned = taps(36, 0)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "start":
        return learned + taps(8, 20, minutes=2) + taps(6, 0)
    return learned + taps(10, pick(mode, normal=0, fault=20, under=7.6, over=10)) + taps(10, 0)


@rule("boiler_low_flow", "boiler", 120, "return.temperature", explained=True)
def boiler_low_flow(mode):
    def sessions(n, delta, settled=True, pump=1):
        v = {"outdoor_temperature": 2.5, "pump": pump}
        on = {**v, "flame": 1, "flow.temperature": 40.0 + delta, "return.temperature": 40.0}
        off = {**v, "flame": 0, "flow.temperature": 33.0, "return.temperature": 32.5}
        late = [(8 * MIN, on), (52 * MIN, {**on, "flow.temperature": 52.0})]
        return times(n, *([(H, on)] if settled else late), (5 * H, off))
    learned = sessions(24, 12.0)
    if mode == "off":
        return learned + [(2 * D, learned[-1][1])]
    if mode == "explained":
        return learned + sessions(8, 32.0, pump=0)
    return learned + sessions(8, pick(mode, normal=12.0, fault=32.0, start=32.0, under=24.8, over=25.3), mode != "start")


@rule("boiler_ignition", "boiler", 300, "ignition_failures")
def boiler_ignition(mode):
    more = pick(mode, normal=1, fault=12, start=5, under=5, over=6, off=0)
    return [(2 * D, {"ignition_failures": 3}), (H, {"ignition_failures": 3 + more // 2}), (D, {"ignition_failures": 3 + more})]


@rule("boiler_losing_water", "boiler", 600, "water.pressure")
def boiler_losing_water(mode):
    lost = pick(mode, normal=2.0, fault=45.0, start=8.0, under=12.0, over=40.0, off=0.0)  # kPa over 28 days
    days, out = 12, []
    for d in range(40):
        bar = 130.0 - lost * max(0, d - days) / 28
        out += [(12 * H, {"water.pressure": bar, "flow.temperature": 25.0, "flame": 0}),
                (12 * H, {"water.pressure": bar + (0 if mode == "off" else 30), "flow.temperature": 25.0 if mode == "off" else 55.0,
                          "flame": int(mode != "off")})]
    return out


# ------------------------------------------------------------------------------ water heater
WH = {"rms_voltage": 230.0, "heating_setpoint": 60.0, "ambient_temperature": 20.0}


def heating_cycles(n, power=2000.0, after=0.0, tank=55.0, demand="immersion_element1", hours=4):
    """N times half an hour of heating; the tank goes on rising by AFTER in the ten minutes behind it."""
    on = {**WH, "active_power": power, "local_temperature": lambda t: tank + 5 * t / 1800, "heat_demand": demand}
    rise = {**WH, "active_power": 0.0, "local_temperature": lambda t: tank + 5 + after * min(1, t / 500), "heat_demand": "0"}
    off = {**WH, "active_power": 0.0, "local_temperature": lambda t: tank + 5 + after - (5 + after) * t / (hours * H - 2400),
           "heat_demand": "0"}
    return times(n, (30 * MIN, on), (10 * MIN, rise), (hours * H - 40 * MIN, off))


@rule("ewh_element_open", "water_heater", 60, "heating_setpoint")
def ewh_element_open(mode):
    cold = {**WH, "local_temperature": pick(mode, normal=55.0, fault=45.0, start=45.0, under=52.2, over=51.7, off=30.0),
            "active_power": 2000.0 if mode == "normal" else 0.0, "heat_demand": "0" if mode == "off" else "immersion_element1"}
    return heating_cycles(6) + [(8 * MIN if mode == "start" else 2 * H, cold)] + heating_cycles(2)


@rule("ewh_element_half", "water_heater", 60, "active_power")
def ewh_element_half(mode):
    power = pick(mode, normal=2000.0, fault=1000.0, start=1000.0, under=1520.0, over=1480.0)
    learned = heating_cycles(30)
    if mode == "off":
        return learned + [(D, {**learned[-1][1], "local_temperature": 40.0})]
    if mode == "start":
        short = {**WH, "active_power": 1000.0, "local_temperature": 55.0, "heat_demand": "immersion_element1"}
        return learned + times(3, (6 * MIN, short), *heating_cycles(1))
    return learned + heating_cycles(6, power)


@rule("ewh_scale", "water_heater", 60, "rms_voltage")
def ewh_scale(mode):
    learned = heating_cycles(60)
    if mode == "off":
        return learned + [(3 * D, {**learned[-1][1], "local_temperature": 30.0})]
    # power by 3 %, and a tank that warms on when the element is off
    power = pick(mode, normal=2000.0, fault=1850.0, start=1850.0, under=1990.0, over=1900.0)
    after = pick(mode, normal=0.0, fault=2.0, start=2.0, under=2.0, over=1.0)
    return learned + heating_cycles(6 if mode == "start" else 120, power, after) + heating_cycles(12)


@rule("ewh_stays_cold", "water_heater", 120, "heating_setpoint")
def ewh_stays_cold(mode):
    """It is heated again as soon as it is 5 K colder, and does not tell that it calls for heat."""
    def days(n):
        on = {"heating_setpoint": 60.0, "active_power": 2000.0, "local_temperature": lambda t: 55 + 5 * t / 1800}
        off = {"heating_setpoint": 60.0, "active_power": 0.0, "local_temperature": lambda t: 60 - 5 * t / (210 * MIN)}
        return times(6 * n, (30 * MIN, on), (210 * MIN, off))
    cold = pick(mode, normal=55.0, fault=40.0, start=40.0, under=52.2, over=51.7)
    # who turned it off and left draws no water
    falls = {"heating_setpoint": 60.0, "active_power": 0.0,
             "local_temperature": lambda t: 60 - 35 * t / (2 * D) if mode == "off" else 60 - (60 - cold) * t / (20 * MIN)}
    stays = {"heating_setpoint": 60.0, "active_power": 0.0, "local_temperature": cold}
    if mode == "off":
        return days(16) + [(2 * D, falls)] + days(3)
    return days(16) + [(20 * MIN, falls), (40 * MIN if mode == "start" else 5 * H, stays)] + days(4)


@rule("ewh_hotter", "water_heater", 120, "heating_setpoint")
def ewh_hotter(mode):
    def days(n, top):
        on = {"heating_setpoint": 60.0, "active_power": 2000.0, "local_temperature": lambda t: 55 + (top - 55) * t / 1800}
        off = {"heating_setpoint": 60.0, "active_power": 0.0, "local_temperature": lambda t: top - (top - 55) * t / (330 * MIN)}
        return times(4 * n, (30 * MIN, on), (330 * MIN, off))
    if mode == "off":
        return days(16, 60) + [(3 * D, {"heating_setpoint": 40.0, "active_power": 0.0, "local_temperature": lambda t: 60 - 20 * t / (3 * D)})]
    return days(16, 60) + days(1 if mode == "start" else 6, pick(mode, normal=60, fault=70, start=70, under=64.6, over=66.5)) + days(4, 60)


@rule("ewh_sensor_still", "water_heater", 120, "local_temperature")
def ewh_sensor_still(mode):
    live = heating_cycles(6)
    at = pick(mode, normal=None, fault=55.0, start=55.0, under=34.8, over=35.2, off=20.0)
    still = {**WH, "active_power": 0.0, "heat_demand": "0", "local_temperature": at}
    return live * 2 if at is None else live + [(23 * H if mode == "start" else 3 * D, still)] + live * 2


@rule("ewh_overheat", "water_heater", 60, "local_temperature")
def ewh_overheat(mode):
    hot = pick(mode, normal=60.0, fault=86.0, start=86.0, under=79.9, over=80.2, off=20.0)
    return [(2 * H, {**WH, "local_temperature": 60.0, "active_power": 0.0}),
            (1 * MIN if mode == "start" else 30 * MIN, {**WH, "local_temperature": hot, "active_power": 0.0}),
            (2 * H, {**WH, "local_temperature": 60.0, "active_power": 0.0})]


@rule("ewh_night_loss", "water_heater", 60, "local_temperature")
def ewh_night_loss(mode):
    def cycles(n, fall):
        """FALL: K in 25 min, from 60 °C until it is heated again; a draw of 8 K in every third pause."""
        on = {"active_power": 2000.0, "local_temperature": lambda t: 55 + 5 * t / 1800}
        draw = {"active_power": 0.0, "local_temperature": lambda t: 60 - fall * 6 - 8 * t / 1800}

        def off(t):
            return 60.0 - fall * t / 1500
        out = []
        for i in range(n):
            out += [(30 * MIN, on), (150 * MIN, {"active_power": 0.0, "local_temperature": off})]
            out += [(30 * MIN, draw)] if i % 3 == 0 else []
        return out
    learned = cycles(8 * 14, 0.5)
    if mode == "off":
        return learned + [(3 * D, {"active_power": 0.0, "local_temperature": lambda t: 60 - 40 * min(1, t / D)})] + cycles(8, 0.5)
    more = pick(mode, normal=0.5, fault=1.4, start=1.4, under=0.7, over=0.8)
    return learned + cycles(6 if mode == "start" else 8 * 6, more) + cycles(8 * 3, 0.5)


@rule("ewh_night_energy", "water_heater", 300, "active_power")
def ewh_night_energy(mode):
    more = pick(mode, normal=0, fault=120, start=120, under=20, over=60, off=-25)  # W, all night

    def day(watts):
        return [(5 * H, {"active_power": max(0.0, 25.0 + watts)}), (19 * H, {"active_power": 80.0 if mode != "off" else 0.0})]
    return times(16, *day(0)) + times(1 if mode == "start" else 14, *day(more)) + times(3, *day(0))


@rule("ewh_reheat", "water_heater", 60, "active_power")
def ewh_reheat(mode):
    def cycles(n, more):
        return [s for i in range(n) for s in (((10 + i % 2 + more) * MIN, {"active_power": 2000.0}),
                                              ((70 + 20 * (i % 2) + 150 * (i % 5 == 4)) * MIN, {"active_power": 0.0}))]
    if mode == "off":
        return cycles(84, 0) + [(2 * D, {"active_power": 0.0})]
    return cycles(84, 0) + cycles(3 if mode == "start" else 60, pick(mode, normal=0, fault=3, start=3, under=1, over=2)) + cycles(12, 0)


def tank_days(days, rest=480, heats=10, pause=None):
    """Heatings of a tank and its rests, in minutes: draws by day, the longest rest at night. With PAUSE: all day long the same."""
    def heating(minutes, off):
        return [(minutes * MIN, {"active_power": 2000.0}), (off * MIN, {"active_power": 0.0})]
    if pause:
        return times(days * 1440 / (heats + pause), *heating(heats, pause))
    return times(days, *times(6, *heating(heats, (1440 - 7 * heats - rest) / 6)), *heating(heats, rest))


@rule("ewh_rests_short", "water_heater", 60, "active_power", explained=True)
def ewh_rests_short(mode):
    if mode == "off":
        return tank_days(12) + [(4 * D, {"active_power": 0.0})]
    if mode == "explained":
        return tank_days(12) + tank_days(5, heats=2, pause=15)
    rest = pick(mode, normal=0, fault=140, start=140, under=275, over=255)
    return tank_days(12) + (tank_days(1 if mode == "start" else 6, pause=rest) if rest else tank_days(6)) + tank_days(5)


@rule("ewh_by_cut_out", "water_heater", 60, "active_power")
def ewh_by_cut_out(mode):
    if mode == "off":
        return tank_days(10) + [(3 * D, {"active_power": 0.0})]
    heats = pick(mode, normal=0, fault=2, start=2, under=6, over=4)
    return tank_days(10) + (tank_days(0.5 if mode == "start" else 3, heats=heats, pause=15) if heats else tank_days(3)) + tank_days(4)


# ------------------------------------------------------------------------------------- fridge
def fridge(hours, duty=0.33, room=21.0, temp=4.0, power=85.0, defrost=True, door=0, off=False):
    """HOURS of cycles of half an hour, a defrost once in twelve hours."""
    out = []
    for h in range(int(hours)):
        v = {"fridge.temperature": temp, "ambient_temperature": room, "fridge.door_open": door}
        on, low = {**v, "active_power": 0.0 if off else power}, {**v, "active_power": 0.0 if off else 2.0}
        if defrost and h % 12 == 11 and not off:
            out += [(15 * MIN, {**v, "active_power": 180.0}), (45 * MIN * duty, on), (45 * MIN * (1 - duty), low)]
        else:
            out += times(2, (30 * MIN * duty, on), (30 * MIN * (1 - duty), low))
    return out


@rule("fridge_warm", "refrigerator", 120, "fridge.temperature")
def fridge_warm(mode):
    if mode == "off":
        return fridge(12) + fridge(12, temp=7.5, off=True)
    temp = pick(mode, normal=4.0, fault=14.0, start=14.0, under=7.9, over=8.1)
    return fridge(8) + fridge(3 if mode == "start" else 8, temp=temp) + fridge(8)


@rule("fridge_duty", "refrigerator", 120, "ambient_temperature", explained=True)
def fridge_duty(mode):
    if mode == "explained":
        return fridge(192) + [(s, {**v, "fridge.door_open": int(i % 3 == 0)}) for i, (s, v) in enumerate(fridge(192, 0.55))]
    if mode == "off":
        return fridge(192) + fridge(96, off=True)
    duty = pick(mode, normal=0.33, fault=0.55, start=0.55, under=0.333, over=0.40)
    return fridge(192) + fridge(20 if mode == "start" else 192, duty) + fridge(96)


@rule("fridge_capacity", "refrigerator", 120, "active_power", explained=True)
def fridge_capacity(mode):
    """Runs of about twenty minutes and rests that differ with the hour; with the fault the runs alone are longer."""
    def runs(hours, more, door=False):
        out, t, n = [], 0, 0
        while t < hours * H:
            rest = (36, 40, 44, 40)[int(t // H) % 4]
            ran = {36: 22, 40: 20, 44: 18}[rest] + more[n % len(more)]
            n += 1
            v = {"ambient_temperature": 21.0, "fridge.door_open": int(door and n % 2)}
            out += [(ran * MIN, {**v, "active_power": 85.0}), (rest * MIN, {**v, "active_power": 2.0})]
            t += (ran + rest) * MIN
        return out
    if mode == "off":
        return runs(168, [0]) + [(2 * D, {"ambient_temperature": 21.0, "fridge.door_open": 0, "active_power": 0.0})]
    more = pick(mode, normal=[0], fault=[6], start=[6], under=[0, 2], over=[2], explained=[6])
    return runs(168, [0]) + runs(16 if mode == "start" else 96, more, mode == "explained") + runs(72, [0])


@rule("fridge_no_defrost", "refrigerator", 120, "active_power")
def fridge_no_defrost(mode):
    if mode == "off":
        return fridge(336) + fridge(72, off=True)
    if mode == "normal":
        return fridge(384)
    hours = pick(mode, normal=0, fault=144, start=30, under=34, over=108)
    return fridge(336) + fridge(hours, 0.5, defrost=False) + fridge(24)


@rule("fridge_stands_still", "refrigerator", 120, "active_power")
def fridge_stands_still(mode):
    if mode == "off":  # never was on
        return fridge(240, off=True)
    return fridge(168) + fridge(pick(mode, normal=0, fault=24, start=5, under=5.5, over=7), off=True) + fridge(48)


# ---------------------------------------------------------------------------- a meter, a probe
def thermostat(hours, more=0, watts=100.0, rest=40):
    """A dumb appliance: 20 min on, REST min off, or MORE on."""
    return times(hours * 60 / (20 + more + rest), ((20 + more) * MIN, {"active_power": watts}), (rest * MIN, {"active_power": 1.0}))


@rule("meter_cycles_long", "electrical_meter", 120, "active_power")
def meter_cycles_long(mode):
    if mode == "off":
        return thermostat(216) + [(3 * D, {"active_power": 0.0})]
    more = pick(mode, normal=0, fault=10, start=10, under=0, over=4)
    return thermostat(216) + thermostat(16 if mode == "start" else 144, more) + thermostat(48)


@rule("meter_never_off", "electrical_meter", 120, "active_power")
def meter_never_off(mode):
    if mode == "off":  # never rests, and has a busy day
        return times(72, (H, {"active_power": 60.0}), (H, {"active_power": 100.0})) + [(2 * D, {"active_power": 95.0})]
    hours = pick(mode, normal=0, fault=48, start=22, under=24, over=26)
    return thermostat(144) + [(hours * H, {"active_power": 100.0})] + thermostat(24)


@rule("meter_stands_still", "electrical_meter", 120, "active_power")
def meter_stands_still(mode):
    if mode == "off":
        return [(7 * D, {"active_power": 0.0})]
    return thermostat(168) + [(pick(mode, normal=0, fault=24, start=5, under=5.5, over=7) * H, {"active_power": 0.0})] + thermostat(24)


@rule("meter_power_lower", "electrical_meter", 120, "active_power", explained=True)
def meter_power_lower(mode):
    if mode == "off":
        return thermostat(168) + [(3 * D, {"active_power": 0.0})]
    if mode == "explained":  # stands still, and what starts now and then takes little
        return thermostat(168) + [(10 * H, {"active_power": 0.0})] + times(7, (4 * MIN, {"active_power": 50.0}), (10 * H, {"active_power": 0.0}))
    watts = pick(mode, normal=100.0, fault=50.0, start=50.0, under=72.0, over=67.0)
    longer = 2000 / watts - 20  # the same work
    return thermostat(168) + thermostat(12 if mode == "start" else 96, longer, watts, 40 - longer) + thermostat(48)


def probe(hours, mean, swing=1.0):
    return times(hours, (30 * MIN, {"temperature": mean + swing}), (30 * MIN, {"temperature": mean - swing}))


@rule("probe_fridge_warm", "temperature_humidity_sensor", 300, "temperature")
def probe_fridge_warm(mode):
    if mode == "off":  # outdoors, from winter to spring
        return [x for d in range(45) for t in (-5, 5) for x in probe(12, 0.35 * d - 1 + t)]
    return probe(144, 4.0) + probe(3 if mode == "start" else 12, pick(mode, normal=4.0, fault=16.0, start=16.0, under=8.9, over=9.2)) + probe(12, 4.0)


@rule("probe_freezer_warm", "temperature_humidity_sensor", 300, "temperature")
def probe_freezer_warm(mode):
    if mode == "off":
        return probe(168, 4.0)
    return (probe(144, -19.0) + probe(3 if mode == "start" else 12, pick(mode, normal=-19.0, fault=2.0, start=2.0, under=-8.2, over=-7.8))
            + probe(12, -19.0))


# ------------------------------------------------------------------------------------- washer
def load(watts=2000.0, drain=90, mode="normal", setpoint=40.0, heat=20):
    v = {"operational_state": "running", "mode": mode, "temperature_setpoint": setpoint}
    return [(3 * MIN, {**v, "active_power": 15.0, "current_phase": "fill"}),
            (heat * MIN, {**v, "active_power": watts, "current_phase": "heat"}),
            (30 * MIN, {**v, "active_power": 150.0, "current_phase": "wash"}),
            (drain, {**v, "active_power": 35.0, "current_phase": "drain"}),
            (5 * MIN, {**v, "active_power": 300.0, "current_phase": "spin"})]


IDLE = {"operational_state": "stopped", "mode": "normal", "temperature_setpoint": 40.0, "active_power": 1.0, "current_phase": "idle"}


def loads(n, every=8 * H, **more):
    one = load(**more)
    return times(n, *one, (every - sum(s for s, _ in one), IDLE))


@rule("washer_no_heat", "laundry_washer", 60, "active_power", explained=True)
def washer_no_heat(mode):
    learned = loads(18)
    if mode == "off":  # waits for its start, or stands
        waits = (50 * MIN, {**load()[0][1], "active_power": 2.0})
        return learned + times(5, waits, *load(), (4 * H, IDLE)) + [(2 * D, IDLE)]
    if mode == "explained":
        return learned + loads(5, watts=150.0, setpoint=20.0)
    if mode == "start":
        return learned + loads(1, watts=150.0) + loads(3)
    return learned + loads(5, watts=pick(mode, normal=2000.0, fault=150.0, under=1480.0, over=1420.0))


@rule("washer_heat_gone", "laundry_washer", 60, "active_power", explained=True)
def washer_heat_gone(mode):
    def metered(n, **more):
        return [(t, {"active_power": v["active_power"]}) for t, v in loads(n, every=8 * H, **more)]
    learned = metered(18)
    if mode == "off":
        return learned + [(6 * D, {"active_power": 0.0})]
    if mode == "explained":  # cold programmes, which are short
        return learned + metered(12, heat=0)
    n = 3 if mode == "start" else 8
    return learned + metered(n, watts=pick(mode, normal=2000.0, fault=1000.0, start=1000.0, under=1480.0, over=1400.0)) + metered(2)


@rule("washer_drain_slow", "laundry_washer", 30, "current_phase")
def washer_drain_slow(mode):
    learned = loads(16)
    if mode == "off":
        return learned + [(D, IDLE)]
    if mode == "start":
        return learned + loads(1, drain=360) + loads(4)
    return learned + loads(4, drain=pick(mode, normal=90, fault=360, under=110, over=180)) + loads(2)


@rule("washer_heats_long", "laundry_washer", 60, "active_power")
def washer_heats_long(mode):
    if mode == "off":
        return loads(14) + [(2 * D, IDLE)]
    if mode == "start":
        return loads(14) + loads(1, heat=70) + loads(14)
    return loads(14) + loads(5, heat=pick(mode, normal=20, fault=70, under=56, over=58)) + loads(2)


# ----------------------------------------------------------------------------------- purifier
def draws(n, passage=0.05, rate=0.02, pressure=250.0, minutes=15, late=None, settled=2):
    v = {"inlet.dissolved_solids": 300.0, "inlet.temperature": 15.0, "inlet.pressure": pressure}
    off = {**v, "pump": 0, "flow.rate": 0.0, "outlet.dissolved_solids": 15.0}
    on = {**v, "pump": 1, "flow.rate": rate, "outlet.dissolved_solids": 300 * passage}
    if late is not None:
        return times(n, (settled * MIN, on), ((minutes - settled) * MIN, {**on, **late}), (3 * H - minutes * MIN, off))
    return times(n, (minutes * MIN, on), (3 * H - minutes * MIN, off))


@rule("purifier_membrane", "water_purifier", 30, "outlet.dissolved_solids")
def purifier_membrane(mode):
    learned = draws(4)
    if mode == "off":
        return learned + [(D, learned[-1][1])]
    if mode == "start":
        return learned + draws(8, 0.4, late={"outlet.dissolved_solids": 15.0}, settled=3)
    return learned + draws(8, pick(mode, normal=0.05, fault=0.4, under=0.115, over=0.205)) + draws(2)


@rule("purifier_clog", "water_purifier", 60, "inlet.temperature", explained=True)
def purifier_clog(mode):
    learned = draws(44)
    if mode == "off":
        return learned + [(D, learned[-1][1])]
    if mode == "explained":
        return learned + draws(8, rate=0.01, pressure=70.0)
    if mode == "start":
        return learned + draws(8, rate=0.01, late={"flow.rate": 0.02})
    return learned + draws(8, rate=pick(mode, normal=0.02, fault=0.01, under=0.0165, over=0.0155))


# -------------------------------------------------------------------------------- ventilation
VENT = {"supply.temperature": 17.0, "extract.temperature": 21.0, "outdoor_temperature": 1.0, "supply.flow": 180.0, "extract.flow": 180.0,
        "supply.fan_percent": 48.0, "extract.fan_percent": 48.0}
VENT_OFF = {**VENT, "supply.flow": 0.0, "extract.flow": 0.0, "supply.fan_percent": 0.0, "extract.fan_percent": 0.0,
            "supply.temperature": 21.0}


def vent(hours, recovery=0.8, first=None, **more):
    """Days of -4, 1 and 6 °C outdoors; the supply air as much warmer as the recovery says, and by 0.8 K from its fan."""
    out = []
    for h in range(0, int(hours), 6):
        t = (-4.0, 1.0, 6.0)[h // 24 % 3]
        v = {**VENT, "outdoor_temperature": t, "supply.temperature": t + recovery * (21 - t) + 0.8, **more}
        out += [(3 * H, {**v, **first}), (3 * H, v)] if first else [(6 * H, v)]
    return out


def vent_filter(mode, which):
    if mode == "off":
        return vent(192) + [(3 * D, VENT_OFF)]
    fan = pick(mode, normal=48.0, fault=60.0, start=60.0, under=51.5, over=52.7)
    return vent(192) + vent(12 if mode == "start" else 96, **{f"{which}.fan_percent": fan}) + vent(48)


@rule("ventilation_filter", "ventilation_unit", 300, "supply.flow")
def ventilation_filter(mode):
    return vent_filter(mode, "supply")


@rule("ventilation_filter_extract", "ventilation_unit", 300, "extract.flow")
def ventilation_filter_extract(mode):
    return vent_filter(mode, "extract")


@rule("ventilation_recovery", "ventilation_unit", 300, "outdoor_temperature", explained=True)
def ventilation_recovery(mode):
    if mode == "off":
        return vent(192) + [(3 * D, VENT_OFF)]
    if mode == "explained":
        # a full filter of the other side: less warm air comes to the exchanger
        return vent(192) + vent(48, **{"extract.fan_percent": 64.0}) + vent(48, 0.68, **{"extract.fan_percent": 64.0}) + vent(48)
    recovery = pick(mode, normal=0.8, fault=0.7, start=0.7, under=0.775, over=0.75)
    return vent(192) + vent(6 if mode == "start" else 96, recovery) + vent(48)


# ------------------------------------------------------------------------- air conditioner
AC = {"local_temperature": 26.0, "coil_temperature": 13.0, "supply_temperature": 15.0, "discharge_temperature": 60.0,
      "outdoor_temperature": 32.0, "outdoor_coil_temperature": 40.0, "compressor_frequency": 50.0, "active_power": 900.0,
      "system_mode": "cool", "cooling_setpoint": 26.0}
AC_OFF = {**AC, "coil_temperature": 26.0, "supply_temperature": 26.0, "discharge_temperature": 33.0,
          "outdoor_coil_temperature": 32.0, "compressor_frequency": 0.0, "active_power": 3.0, "system_mode": "off"}


def cooling(n, first=None, minutes=10, hours=1, **more):
    """N sessions of an hour, six hours apart, on days and at speeds that differ; FIRST: what the first MINUTES of each show."""
    out = []
    for i in range(n):
        day = {**AC, "compressor_frequency": 46.0 + 4 * (i % 3), "outdoor_temperature": 30.5 + (i // 4) % 3}
        warm = {k: v - 32 + day["outdoor_temperature"] for k, v in {**AC, **more}.items() if k == "outdoor_coil_temperature"}
        if first is not None:
            out += [(minutes * MIN, {**day, **warm, **first}), (hours * H - minutes * MIN, {**day, **warm})]
        else:
            out += [(hours * H, {**day, **more, **warm})]
        out += [((6 - hours) * H, {**AC_OFF, "outdoor_temperature": day["outdoor_temperature"]})]
    return out


def ac_case(mode, values, context=None):
    """VALUES by mode over a learned week."""
    learned = cooling(28)
    if mode == "off":
        return learned + [(D, AC_OFF)]
    if mode == "start":
        return learned + cooling(6, first=values["fault"])
    if mode == "explained":
        return learned + cooling(6, **{**values["fault"], **context})
    return learned + cooling(6, **values.get(mode, {})) + cooling(1)


@rule("ac_charge_low", "room_air_conditioner", 120, "discharge_temperature", explained=True)
def ac_charge_low(mode):
    return ac_case(mode, {"fault": {"discharge_temperature": 75.0, "supply_temperature": 17.0},
                          "under": {"discharge_temperature": 64.5, "supply_temperature": 16.0},
                          "over": {"discharge_temperature": 68.0, "supply_temperature": 16.0}},
                   # the outdoor fan's own signs
                   {"outdoor_coil_temperature": 66.0})


@rule("ac_filter", "room_air_conditioner", 120, "coil_temperature")
def ac_filter(mode):
    return ac_case(mode, {"fault": {"coil_temperature": 8.0, "supply_temperature": 10.0}, "under": {"coil_temperature": 11.6},
                          "over": {"coil_temperature": 11.2}})


@rule("ac_outdoor_coil", "room_air_conditioner", 120, "outdoor_temperature", explained=True)
def ac_outdoor_coil(mode):
    return ac_case(mode, {"fault": {"outdoor_coil_temperature": 44.0}, "under": {"outdoor_coil_temperature": 41.0},
                          "over": {"outdoor_coil_temperature": 41.9}}, {"outdoor_coil_temperature": 66.0})


@rule("ac_compressor", "room_air_conditioner", 120, "discharge_temperature")
def ac_compressor(mode):
    power = pick(mode, normal=0, fault=120.0, start=120.0, under=30.0, over=70.0)
    worn = {"coil_temperature": 15.0, "discharge_temperature": 55.0, "active_power": 900.0 - power}
    return ac_case(mode, {m: worn for m in ("fault", "under", "over")})


@rule("ac_outdoor_peak", "room_air_conditioner", 60, "outdoor_temperature", explained=True)
def ac_outdoor_peak(mode):
    """Runs of twelve minutes: too short to settle."""
    def short(n, rise):
        on = {**AC, "outdoor_coil_temperature": lambda t: 32.0 + rise * min(1, t / 300)}
        return times(n, (12 * MIN, on), (18 * MIN, AC_OFF))
    learned = short(48 * 6, 8.0)
    if mode == "off":
        return learned + [(D, AC_OFF)]
    if mode == "explained":
        # hours on end like this are judged otherwise
        return cooling(28) + cooling(4, outdoor_coil_temperature=66.0) + short(12, 40.0)
    return learned + short(3 if mode == "start" else 24, pick(mode, normal=8.0, fault=18.0, start=18.0, under=14.2, over=14.7)) + short(24, 8.0)


@rule("ac_coil_ice", "room_air_conditioner", 60, "coil_temperature")
def ac_coil_ice(mode):
    if mode == "off":
        return cooling(2) + [(D, {**AC_OFF, "coil_temperature": -3.0})]
    if mode == "start":
        return cooling(2) + cooling(3, first={"coil_temperature": -3.0}, minutes=12)
    return cooling(2) + cooling(2, coil_temperature=pick(mode, normal=13.0, fault=-3.0, under=0.2, over=-0.2)) + cooling(1)


@rule("ac_outdoor_fan", "room_air_conditioner", 120, "outdoor_temperature")
def ac_outdoor_fan(mode):
    if mode == "start":
        return cooling(24) + cooling(4, first={"outdoor_coil_temperature": 66.0}, minutes=8)
    return ac_case(mode, {"fault": {"outdoor_coil_temperature": 66.0}, "under": {"outdoor_coil_temperature": 56.9},
                          "over": {"outdoor_coil_temperature": 57.3}})


@rule("ac_weak", "room_air_conditioner", 180, "cooling_setpoint", explained=True)
def ac_weak(mode):
    """The highest speed of 30 days of cooling is known only after as many."""
    learned = times(32, (D, {**AC, "compressor_frequency": 90.0}))
    if mode == "off":
        return learned + [(D, AC_OFF)]
    room = pick(mode, normal=26.0, fault=31.0, start=31.0, under=28.9, over=29.2, explained=31.0)
    hours, rise = (1, 4) if mode == "start" else (8, 4)
    if mode == "explained":
        rise = 1  # a window: 5 K within an hour
    weak = {**AC, "compressor_frequency": 90.0, "local_temperature": room}
    rise = [(rise * H, {**weak, "compressor_frequency": 60.0, "local_temperature": lambda t, r=rise: 26 + (room - 26) * t / r / H})]
    return learned + times(4, (H, AC_OFF), *rise, (hours * H, weak), (11 * H, {**AC, "compressor_frequency": 90.0}))
