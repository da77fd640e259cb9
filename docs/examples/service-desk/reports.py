# SPDX-License-Identifier: Apache-2.0
"""Readings out of hearth.report/1 and hearth.report/2, as hearth-messages(7) describes them. Nothing but Python's own
library, no files and no network: to be copied into other receivers. Whatever is wrong in a message raises BAD."""
import json
import re
import zlib
from decimal import Decimal

INFLATE_MAX = 1 << 20  # bytes of one message, as hearth-messages(7) advises
MOMENTS_MAX = 4096     # of one group of columns
VALUES_MAX = 1 << 18   # of one message: gateways make them of 48 KiB
T_MAX = 9000000000     # seconds: the year 2255
ALIAS = re.compile(r"[a-z0-9_-]{1,32}")
NAME = re.compile(r"[a-z0-9_.]{1,63}")
COLUMN = re.compile(r"(?:=(-?[0-9.]{1,38})/([0-9.]{1,38});)?(~?)(\.*)((?:[0a-zA-Z]|\(-?[0-9]{1,16}\))*)")
CHANGE = re.compile(r"[0a-zA-Z]|-?[0-9]+")
BAD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, zlib.error)


class NoDictionary(Exception):
    """Its dictionary has not come yet: try again when one has."""


def inflate(payload, dictionaries):
    """Text of a payload: JSON as it is, or a zlib stream with one of the DICTIONARIES (by their Adler-32) or without."""
    if payload[:1] == b"{":
        return payload
    if len(payload) < 6 or payload[0] & 15 != 8:
        raise ValueError("neither JSON nor zlib")
    stream = zlib.decompressobj()
    if payload[1] & 32: # FDICT: the next four bytes are the dictionary's Adler-32
        wanted = int.from_bytes(payload[2:6], "big")
        if wanted not in dictionaries:
            raise NoDictionary
        stream = zlib.decompressobj(zdict=dictionaries[wanted])
    text = stream.decompress(payload, INFLATE_MAX)
    if not stream.eof:
        raise ValueError("truncated, or larger than %d bytes" % INFLATE_MAX)
    return text


def parse(text):
    def no_number(word):
        raise ValueError("%s is no JSON" % word)
    return json.loads(text, parse_constant=no_number)


class Decoder:
    """Of one gateway. What columns go on from is in `state`, of JSON's own types: kept, it outlives the receiver."""

    def __init__(self, state=None):
        self.state = state or {"epoch": "", "seq": 0, "held": {}} # held: "APPLIANCE/NAME": [value, step, last change]
        self.aside = 0 # columns that go on from a report which never came

    def samples(self, report):
        """(boot, [(seconds, appliance, name, value)]); a quality is the value of NAME.quality. Seconds are Unix time; where boot
        is not None they count from that start of the gateway, whose date is in "boots" of this message or a later one."""
        if report["schema"] not in ("hearth.report/1", "hearth.report/2"):
            raise ValueError("schema %s is not known here" % report["schema"])
        start, boot = whole(report.get("t", 0)), report["boot"] if report.get("clk") == "boot" else None
        epoch, seq = str(report["epoch"]), whole(report["seq"])
        known = self.state["epoch"] == epoch
        if known and seq <= self.state["seq"]:
            return boot, [] # delivery is at least once
        held = dict(self.state["held"]) if known and report["prev"] == self.state["seq"] else {}
        out = []
        for appliance, groups in report.get("s", {}).items():
            for moments, names, columns in groups:
                times = list(running(start, moments))
                if len(times) > MOMENTS_MAX or names.count(",") != columns.count(","):
                    raise ValueError("a group is [moments, names, columns], as many of these as of those")
                for name, column in zip(names.split(","), columns.split(",")):
                    self.column(held, appliance, name, times, column, out)
        for key, suffix in (("a", ""), ("q", ".quality")):
            for appliance, attributes in report.get(key, {}).items():
                for name, series in attributes.items():
                    if len(series) % 2:
                        raise ValueError("a series is [dt, value, dt, value, ...]")
                    put(out, appliance, name + suffix, running(start, series[::2]), series[1::2])
                    old = held.get("%s/%s" % (appliance, name))
                    if old and not suffix and type(series[-1]) in (int, float):
                        held["%s/%s" % (appliance, name)] = [repr(series[-1]), old[1], 0]
        self.state = {"epoch": epoch, "seq": seq, "held": held}
        return boot, out

    def column(self, held, appliance, name, times, text, out):
        found = COLUMN.fullmatch(text)
        if not found:
            raise ValueError("%.60r is no column" % text)
        value, step, second, unknown, changes = found.groups()
        key, anchor = "%s/%s" % (appliance, name), step is not None
        if not anchor and key not in held:
            self.aside += 1
            return
        if not anchor:
            value, step, slope = held[key]
        step, slope = Decimal(step), slope if second and not anchor else 0
        n = (Decimal(value) / step).to_integral_value()
        changes = CHANGE.findall(changes)
        if len(unknown) + len(changes) > len(times) or unknown and not anchor or abs(n) > 10 ** 15:
            raise ValueError("column of %s does not fit its moments" % name)
        times, values, told = times[len(unknown):], [], []
        for i, t in enumerate(times):
            d = change(changes[i]) if i < len(changes) else 0
            slope = slope + d if second else d
            n += slope
            if slope or anchor and i == 0: # as many as changed, and the anchor's own
                told.append(t)
                values.append(n * step)
        put(out, appliance, name, told, values)
        held[key] = [format(n * step, "f"), format(step, "f"), slope if second else 0]


def whole(x):
    if type(x) is not int or not 0 <= x <= 1 << 63:
        raise ValueError("%.60r is no whole number" % (x,))
    return x


def running(t, steps):
    for step in steps:
        t += whole(step)
        if t > T_MAX:
            raise ValueError("%d is no time" % t)
        yield t


def change(c):
    return 0 if c == "0" else int(c) if not c.isalpha() else ord(c) - 96 if c.islower() else 64 - ord(c)


def put(out, appliance, name, times, values):
    if not ALIAS.fullmatch(appliance) or not NAME.fullmatch(name.removesuffix(".quality")):
        raise ValueError("%.60r %.60r: no name" % (appliance, name))
    for t, value in zip(times, values):
        if not isinstance(value, (int, float, str, Decimal)) or len(out) >= VALUES_MAX:
            raise ValueError("%.60r is no value, or one too many" % (value,))
        out.append((t, appliance, name, value))


def line_of(gw, t, appliance, name, value):
    """InfluxDB line protocol, for Telegraf's data_format = "influx"."""
    if isinstance(value, str):
        value = value.replace("\\", "\\\\").replace('"', '\\"')
        value = '"%s"' % re.sub(r"[\0-\x1f\x7f]", lambda c: "\\x%02x" % ord(c[0]), value)
    elif isinstance(value, bool):
        value = "true" if value else "false"
    return "hearth,gw=%s,appliance=%s %s=%s %d" % (gw, appliance, name, value, t * 1000000000)
