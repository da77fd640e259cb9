# SPDX-License-Identifier: Apache-2.0
"""What all simulated appliances share: weather, people, faults over time, sensors, the lossy way to the gateway.

A run is one appliance for some days. Its physics goes in steps of the period (60 s unless said), fast parts are
quasi-static. Units: °C, W, s, bar, L, L/min; powers are electrical unless a name says otherwise. Everything random
comes from generators named after the run's seed, so that a run is the same whoever makes it, and a lost poll does not
change the physics behind it.
"""
import datetime
import math
import random
from dataclasses import dataclass, field

DAY = 86400


def rng(seed, *names):
    return random.Random("/".join([str(seed), *names]))


@dataclass
class Climate:
    """Outdoor air: a year's mean and swing, a day's swing, and weather that lasts for days."""
    name: str
    mean: float
    year: float
    day: float
    weather: float = 2.5  # standard deviation of the slow part, K
    humid: float = 0.7  # relative humidity, 0 to 1
    water: float = 12.0  # cold mains water, yearly mean


@dataclass
class Fault:
    """severity 0..1 from the day of onset, reached over ramp days, gone at the day of repair."""
    name: str
    severity: float
    onset: float
    ramp: float = 0.0
    repair: float = None

    def level(self, day):
        if day < self.onset or (self.repair is not None and day >= self.repair):
            return 0.0
        if self.ramp <= 0:
            return self.severity
        return self.severity * min(1.0, (day - self.onset) / self.ramp)


@dataclass
class Impair:
    """The way to the gateway: share of polls lost one by one, and longer gaps."""
    lost: float = 0.0
    gaps: int = 0
    gap_hours: float = 6.0


@dataclass
class Run:
    kind: str
    seed: str
    climate: Climate
    days: int
    params: dict = field(default_factory=dict)
    fault: Fault = None
    people: list = field(default_factory=list)  # (what, first day, last day)
    start: str = "2025-01-15"
    period: float = 60.0
    impair: Impair = field(default_factory=Impair)
    meter_only: bool = False
    read_as: tuple = ()  # (kind, attribute, column): a meter or a probe that knows nothing of the appliance

    def rng(self, name):
        return rng(self.seed, self.kind, name)

    def level(self, name, day):
        return self.fault.level(day) if self.fault and self.fault.name == name else 0.0

    def now(self, what, day):
        return any(w == what and a <= day < b for w, a, b in self.people)

    def steps(self):
        """(step, seconds, day as a fraction, hour of the day) of every poll."""
        for i in range(int(self.days * DAY / self.period)):
            t = i * self.period
            yield i, t, t / DAY, t % DAY / 3600


class Weather:
    def __init__(self, run):
        c = self.c = run.climate
        self.run = run
        self.doy = datetime.date.fromisoformat(run.start).timetuple().tm_yday
        r = run.rng("weather")
        # One value a quarter day, correlated over about three days.
        x, self.slow = r.gauss(0, c.weather), []
        for _ in range(run.days * 4 + 8):
            x = 0.92 * x + math.sqrt(1 - 0.92 ** 2) * r.gauss(0, c.weather)
            self.slow.append(x)

    def outdoor(self, day):
        c, q = self.c, day * 4
        i = int(q)
        slow = self.slow[i] + (q - i) * (self.slow[i + 1] - self.slow[i])
        year = c.year * math.cos(2 * math.pi * (self.doy + day - 200) / 365.25)
        extra = 7.0 if self.run.now("heat_wave", day) else -8.0 if self.run.now("cold_morning", day) else 0.0
        return c.mean + year + slow + extra + c.day * math.cos(2 * math.pi * (day % 1 - 0.625))

    def water(self, day):
        return self.c.water + 0.35 * self.c.year * math.cos(2 * math.pi * (self.doy + day - 230) / 365.25)

    def room(self, day, spread=1.5):
        """A heated home: free-running above 21 °C in summer."""
        out = self.outdoor(day)
        return 20.5 + spread * math.sin(2 * math.pi * (day % 1 - 0.4)) * 0.5 + max(0.0, out - 18) * 0.45


def poisson_hours(r, rate, hour):
    """Whether something that happens RATE times a day happens in this minute, with people awake 6 to 23 h."""
    if hour < 6 or hour >= 23:
        return False
    return r.random() < rate / (17 * 60)


class Column:
    """What a sensor reports: noise (and an offset of its own of that size), resolution. 0 and 0: as it is."""
    __slots__ = ("name", "noise", "step", "least")

    def __init__(self, name, noise=0.0, step=0.0):
        self.name, self.noise, self.step = name, noise, step
        self.least = -99.0 if "temperature" in name else 0.0


def write_csv(run, columns, rows, path):
    """ROWS of true values, one a step; None is "not answered". Sensors add noise, an offset of their own and steps."""
    r, lost = run.rng("sensors"), run.rng("polls")
    offset = [r.gauss(0, c.noise) for c in columns]
    keep = [not (c.noise or c.step) for c in columns]
    first = datetime.date.fromisoformat(run.start)
    dates = [(first + datetime.timedelta(days=d)).isoformat() for d in range(run.days + 1)]
    minute = [f"T{m // 60:02}:{m % 60:02}:" for m in range(1440)]
    gaps = sorted((lost.uniform(1, run.days - 1), run.impair.gap_hours * lost.uniform(0.3, 2) / 24)
                  for _ in range(run.impair.gaps))
    gauss, per_day = r.gauss, DAY / run.period
    with open(path, "w", encoding="ascii") as f:
        f.write("time," + ",".join(c.name for c in columns) + "\n")
        for i, row in enumerate(rows):
            if run.impair.lost and lost.random() < run.impair.lost:
                continue
            day = i / per_day
            if gaps and any(a <= day < a + w for a, w in gaps):
                continue
            out = []
            for k, v in enumerate(row):
                if v is None:
                    out.append("")
                elif keep[k]:
                    out.append(f"{v:g}" if isinstance(v, float) else str(v))
                else:
                    c = columns[k]
                    v += offset[k] + gauss(0, c.noise) if c.noise else 0
                    if c.step:
                        v = round(v / c.step) * c.step
                    out.append(f"{max(v, c.least):.6g}")
            s = i * run.period % DAY
            date = dates[int(day)]
            f.write(f"{date}{minute[int(s // 60)]}{s % 60:02.0f}+08:00,{','.join(out)}\n")
