#!/usr/bin/python3
# SPDX-License-Identifier: CC0-1.0
"""Reads reports of hearth.report/2 as hearth-messages(7) describes them, and nothing else.

  columns.py CONFIG-DIR MESSAGES SERIES
  columns.py check BENCH-REPORT VENDOR-DIR     (all by itself; fails unless nothing is wrong)

CONFIG-DIR and SERIES as household.py made them, MESSAGES the reports of bench-report, a line each: at
the moment of every reading the receiver must hold what the register held. One line of JSON."""
import configparser
import json
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

# The model counts energy in kWh, these registers in Wh.
KWH = {"energy_imported": Decimal("0.001")}
CHANGE = re.compile(r"0|[a-z]|[A-Z]|\((-?\d+)\)")


class Receiver:
    """What is held of each attribute: value in steps, step, slope."""

    def __init__(self):
        self.held, self.last, self.series = {}, None, {}

    def value(self, key, t, v):
        self.series.setdefault(key, []).append((t, v))

    def column(self, key, moments, text):
        n, unit, slope = self.held.get(key, (None, None, 0))
        first = 0
        anchor = text.startswith("=")
        if anchor:
            value, _, rest = text[1:].partition("/")
            unit, _, text = rest.partition(";")
            unit, slope = Decimal(unit), 0
            n = int((Decimal(value) / unit).to_integral_value())
        elif unit is None:
            return False
        second = text.startswith("~")
        text = text[second:]
        if not second:
            slope = 0
        while text.startswith("."):
            text, first = text[1:], first + 1
        changes = []
        while text:
            m = CHANGE.match(text)
            c = m.group(0)
            changes.append(int(m.group(1)) if m.group(1) else 0 if c == "0" else
                           ord(c) - 96 if c.islower() else 64 - ord(c))
            text = text[m.end():]
        assert first + len(changes) <= len(moments)
        for k in range(first, len(moments)):
            d = changes[k - first] if k - first < len(changes) else 0
            slope = slope + d if second else d
            n += slope
            if slope or anchor and k == first:
                self.value(key, moments[k], n * unit)
        self.held[key] = (n, unit, slope if second else 0)
        return True

    def report(self, text):
        m = json.loads(text, parse_float=Decimal)
        if m["schema"] != "hearth.report/2":
            raise ValueError(m["schema"])
        if m["prev"] != self.last:
            self.held = {}
        self.last = m["seq"]
        missed = 0
        for appliance, groups in m.get("s", {}).items():
            for steps, names, columns in groups:
                moments = [m["t"] + sum(steps[:k + 1]) for k in range(len(steps))]
                names, columns = names.split(","), columns.split(",")
                assert len(names) == len(columns)
                for name, column in zip(names, columns):
                    if not self.column((appliance, name), moments, column):
                        missed += 1
        for appliance, attributes in m.get("a", {}).items():
            for name, series in attributes.items():
                t = m["t"]
                for dt, v in zip(series[::2], series[1::2]):
                    t += dt
                    self.value((appliance, name), t, Decimal(v))
                n, unit, _ = self.held.get((appliance, name), (None, None, 0))
                if unit:
                    self.held[appliance, name] = (int((Decimal(v) / unit).to_integral_value()), unit, 0)
        return missed


def attributes(folder):
    """{(appliance, point): (attribute, scale)}"""
    of = {}
    for name in os.listdir(os.path.join(folder, "profiles")):
        ini = configparser.ConfigParser(interpolation=None)
        ini.optionxform = str
        ini.read(os.path.join(folder, "profiles", name))
        bus, _, unit = name.removesuffix(".profile").rpartition("-")
        for s in ini.sections():
            if s.startswith("Point "):
                of[bus.split("-")[-1] + "-" + unit, s[6:]] = (ini[s].get("Attribute", "vendor." + s[6:]),
                                                            Decimal(ini[s].get("Scale", "1")) *
                                                            KWH.get(ini[s].get("Attribute"), 1))
    return of


def compare(folder, messages, series):
    receiver, missed = Receiver(), 0
    with open(messages, encoding="ascii") as f:
        for line in f:
            missed += receiver.report(line)
    of, start = attributes(folder), 1795001201
    at, read, wrong, late, none = {}, 0, 0, 0, 0
    with open(series, encoding="ascii") as f:
        for line in f:
            t, appliance, point, raw = line.split()
            name, scale = of[appliance, point]
            told = receiver.series.get((appliance, name), [])
            t, want = start + float(t), int(raw) * scale
            i = at.get((appliance, name), -1)
            while i + 1 < len(told) and told[i + 1][0] <= t + 1:
                i += 1
            at[appliance, name] = i
            read += 1
            none += i < 0
            if i < 0 or told[i][1] == want:
                continue
            # A time is right to a second: the value before may still stand.
            if i > 0 and told[i][0] >= t - 1 and told[i - 1][1] == want:
                late += 1
            else:
                wrong += 1
    return {"readings": read, "wrong": wrong, "within_a_second": late, "not_held": none, "columns_missed": missed}


def check(bench_report, vendor):
    household = os.path.join(os.path.dirname(os.path.realpath(__file__)), "household.py")
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, household]
        subprocess.run(run + ["config", folder, "--rtu", "/dev/null", "--tcp", "127.0.0.1:1", "127.0.0.1:2"], check=True)
        series, messages = os.path.join(folder, "series"), os.path.join(folder, "messages")
        with open(series, "w", encoding="ascii") as f:
            subprocess.run(run + ["series", "900"], stdout=f, check=True)
        for interval in ("60", "300"):
            with open(series, encoding="ascii") as f:
                subprocess.run([bench_report, folder, vendor, interval, "lossless", messages], stdin=f, check=True,
                               stdout=subprocess.DEVNULL)
            r = compare(folder, messages, series)
            print(json.dumps(r))
            assert r["readings"] == 440 * 90
            assert not (r["wrong"] or r["not_held"] or r["columns_missed"])


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check(*sys.argv[2:4])
    else:
        print(json.dumps(compare(*sys.argv[1:4])))
