#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold a profile against the table of registers that it was made from.

usage: compare.py [--review] [--left-out FILE] TABLE.csv PROFILE

Shares no code with hearthd: a reader of its own for both files. For every point of the profile it looks
for rows of the table at the same place and compares type, order of words, the value that raw numbers
come to (scale, offset and unit together), names of values, and raw values that are none.

Without --review the profile is one that "hearthctl profile new" made: names of values must be the
table's, and every row must be a point, be write-only, or stand in FILE, which holds the reports. With
--review the profile was written by a person: it may name values in the words of the common model, and
rows without a point are only counted. Exit 1 when anything differs.
"""
import csv
import re
import struct
import sys
from collections import defaultdict
from fractions import Fraction

HEAD = "name,register_type,address_0based,type,word_order,scale,offset,unit,access,min,max,enum,notes"

# Unit: dimension, factor and offset to its base.
UNITS = {}
for dimension, names in {
    "temperature": {"°C degC ℃ C": (1, 0), "°F degF": (Fraction(5, 9), Fraction(-160, 9))},
    "difference": {"K": (1, 0)},
    "power": {"W": (1, 0), "kW": (1000, 0), "mW": (Fraction(1, 1000), 0)},
    "apparent": {"VA": (1, 0), "kVA": (1000, 0)},
    "reactive": {"var": (1, 0), "kvar": (1000, 0)},
    "energy": {"kWh": (1, 0), "Wh": (Fraction(1, 1000), 0), "MWh": (1000, 0)},
    "voltage": {"V": (1, 0), "mV": (Fraction(1, 1000), 0)},
    "current": {"A": (1, 0), "mA": (Fraction(1, 1000), 0)},
    "frequency": {"Hz": (1, 0)},
    "ratio": {"% %RH": (Fraction(1, 100), 0), "ratio": (1, 0)},
    "fraction": {"ppm": (1, 0), "ppb": (Fraction(1, 1000), 0)},
    "pressure": {"Pa": (1, 0), "hPa": (100, 0), "kPa": (1000, 0), "bar": (100000, 0), "MPa": (1000000, 0)},
    "flow": {"m³/h m3/h": (1, 0), "L/min l/min": (Fraction(6, 100), 0), "L/h l/h": (Fraction(1, 1000), 0),
             "L/s l/s": (Fraction(36, 10), 0)},
    "volume": {"m³ m3": (1000, 0), "L l": (1, 0)},
    "time": {"s": (1, 0), "ms": (Fraction(1, 1000), 0), "min": (60, 0), "h hr hour": (3600, 0), "d": (86400, 0)},
    "speed": {"rpm r/min 1/min": (1, 0), "rps": (60, 0)},
    "resistance": {"Ω ohm": (1, 0), "kΩ": (1000, 0)},
    "mass": {"kg": (1, 0), "t": (1000, 0), "g": (Fraction(1, 1000), 0)},
    "steps": {"steps": (1, 0)}, "count": {"count": (1, 0)}, "integral": {"°C·min": (1, 0)},
}.items():
    for words, (factor, offset) in names.items():
        for word in words.split():
            UNITS[word] = (dimension, Fraction(factor), Fraction(offset))

TYPES = {  # of a table: kind, bits
    "bit": ("bit", 1), "bool": ("bit", 1), "boolean": ("bit", 1), "u8": ("u", 8), "uint8": ("u", 8), "s8": ("s", 8),
    "int8": ("s", 8), "u16": ("u", 16), "uint16": ("u", 16), "word": ("u", 16), "s16": ("s", 16), "int16": ("s", 16),
    "u32": ("u", 32), "uint32": ("u", 32), "dword": ("u", 32), "dint": ("s", 32), "uint64": ("u", 64), "s32": ("s", 32), "int32": ("s", 32), "u64": ("u", 64),
    "s64": ("s", 64), "f32": ("f", 32), "float": ("f", 32), "float32": ("f", 32), "f64": ("f", 64), "double": ("f", 64),
    "bcd": ("bcd", 16), "bcd16": ("bcd", 16), "bcd32": ("bcd", 32), "enum": ("u", 16), "bitfield": ("u", 16)}
NONE_WORDS = (r"not available|unavailable|not initiali[sz]ed|absent|not fitted|sensor fail\w*|sensor fault|no value|n/a|"
              r"not connected|sensor error|no data|invalid")


def read_profile(path):
    """Sections in order: (type, argument, {key: value}, line)."""
    sections = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            if line[0] == "[":
                head = line[1:-1].split(None, 1)
                sections.append((head[0], head[1].strip() if len(head) > 1 else "", {}, number))
            else:
                key, value = line.split("=", 1)
                sections[-1][2][key.strip()] = value.strip()
    return sections


def number(text):
    return int(text, 16) if text.lower().startswith(("0x", "-0x")) else int(text)


def place(text):
    """"205.3", "10.8:8", "10.8-15", "13-177": first, last, bit, width."""
    m = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)(?:\.(\d+)(?::(\d+)|-(\d+))?|-(\d+))?", text.strip())
    if not m:
        return None
    first = number(m[1])
    bit = int(m[2]) if m[2] else None
    width = int(m[3]) if m[3] else int(m[4]) - bit + 1 if m[4] else None
    return first, int(m[5]) if m[5] else first, bit, width


def factor(text):
    if not text:
        return Fraction(1)
    text = text.strip().lstrip("x×*")
    m = re.fullmatch(r"([\d.]+)\s*\(?divisor\)?", text)
    if m:
        return 1 / Fraction(m[1])
    if "/" in text:
        a, b = text.split("/")
        return Fraction(a or "1") / Fraction(b)
    return Fraction(text)


class Row:
    def __init__(self, line, cells):
        self.line = line
        self.cells = cells
        self.bank = cells["register_type"].strip().lower()
        self.place = place(cells["address_0based"])
        self.type = cells["type"].strip().lower()
        self.notes = cells.get("notes") or ""
        self.name = cells["name"]

    def get(self, key):
        return (self.cells.get(key) or "").strip()

    def coding(self):
        """kind, bits of the raw value, registers or None."""
        m = re.match(r"(?:string|ascii)\W*(\d+)?\s*(chars?)?", self.type)
        if m:
            two = re.search(r"two .*(in one|per|a|each) register", self.notes, re.I)
            n = int(m[1]) if m[1] else self.place[1] - self.place[0] + 1
            if two and m[2]:
                n = (n + 1) // 2
            return "string2" if two else "string", 0, n
        kind, bits = TYPES[self.type]
        if self.place[3] and kind != "bit":
            bits = self.place[3]
        return kind, bits, None

    def enum(self):
        """raw: name, as the table means it; {} where the cell is empty or broken."""
        out = {}
        text = self.get("enum")
        parts = [p.strip() for p in text.split(";") if p.strip()]
        if len(parts) == 1 and parts[0].count("=") > 1:
            parts = parts[0].split()
        if not parts:
            for part in self.notes.split(";"):
                if re.fullmatch(r"\s*[a-z]+=\d+ [a-z]+=\d+\s*", part):
                    parts = part.split()
        for p in parts:
            m = re.fullmatch(r"(?:bit)?(-?(?:0x[0-9a-fA-F]+|\d+))\s*[=:]\s*([^=]+)", p)
            n = re.fullmatch(r"([^=]+?)\s*=\s*(-?\d+)", p)
            if m:
                out[number(m[1])] = m[2].strip()
            elif n:
                out[int(n[2])] = n[1].strip()
            else:
                return {}
        return out

    def none(self):
        """Raw values that are none, by the notes; as bit patterns."""
        out = set()
        for part in self.notes.split(";"):
            m = re.search(NONE_WORDS, part, re.I)
            if not m or not re.match(r"\s*(?:(?:-?\d|0x|nan)|(?:%s)\s*[=:])" % NONE_WORDS, part, re.I):
                continue
            part = re.sub(r"\(=[^)]*\)", "", part)
            for v in re.findall(r"-?0x[0-9a-fA-F]+|-?\d+\.\d+|-?\d+|\bnan\b", part, re.I):
                out.add(v.lower())
        return out


def slug(text):
    text = text.strip()
    text = re.sub(r"^-(?=\d)", "minus_", text)
    text = re.sub(r"^\+(?=\d)", "plus_", text)
    text = re.sub(r"^<(?=\d)", "below_", text)
    text = re.sub(r"^>(?=\d)", "above_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def bcd(raw):
    return int("%x" % raw) if re.fullmatch(r"[0-9]+", "%x" % raw) else raw


def signed(raw, kind, bits):
    """A raw value as the type has it: 65535 of s16 is -1, -1 of u16 is 65535."""
    if kind == "bcd":
        return bcd(raw if raw >= 0 else raw + (1 << bits))
    if kind == "s" and raw >= 1 << (bits - 1):
        return raw - (1 << bits)
    return raw + (1 << bits) if kind in "u" and raw < 0 else raw


def read_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        text = f.read()
    head = text.splitlines()[0] if text else ""
    sep = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(True), delimiter=sep)
    rows, names, before = [], None, 0
    for cells in reader:
        line, before = before + 1, reader.line_num
        cells = [c.strip() for c in cells]
        if names is None:
            names = [c.lower() for c in cells]
        elif any(cells) and [c.lower() for c in cells] != names:
            row = Row(line, dict(zip(names, cells + [""] * len(names))))
            row.extra = len(cells) > len(names) and any(cells[len(names):])
            rows.append(row)
    return rows


PROFILE_TYPES = {"bit": ("bit", 1), "u16": ("u", 16), "s16": ("s", 16), "u32": ("u", 32), "s32": ("s", 32), "u64": ("u", 64),
                 "s64": ("s", 64), "f32": ("f", 32), "f64": ("f", 64), "bcd16": ("bcd", 16), "bcd32": ("bcd", 32)}


class Point:
    def __init__(self, name, keys, line, shift=0, addressing="0"):
        self.name, self.keys, self.line = name, keys, line
        read = keys["Read"]
        if addressing == "modicon":
            digits = re.match(r"\d+", read)[0]
            bank = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}[digits[0]]
            read = "%s:%d%s" % (bank, int(digits[1:]) - 1, read[len(digits):])
        self.bank, where = read.split(":", 1)
        first, last, self.bit, self.width = place(where)
        self.first = first + shift - (1 if addressing == "1" else 0)
        t = keys.get("Type", "")
        if t in ("string", "string2"):
            self.kind, self.bits = t, 0
        else:
            self.kind, self.bits = PROFILE_TYPES[t]
            if self.width:
                self.bits = self.width
            elif self.bit is not None:
                self.bits = 1
        self.registers = int(keys["Length"]) if "Length" in keys else max(1, PROFILE_TYPES.get(t, ("", 16))[1] // 16)
        self.scale = Fraction(keys.get("Scale", "1")) / Fraction(keys.get("Divide", "1"))
        self.offset = Fraction(keys.get("Offset", "0"))
        self.enum = {}
        for key in ("Enum", "Bits"):
            for pair in keys.get(key, "").split():
                raw, name = pair.split(":", 1)
                self.enum[number(raw)] = name
        self.none = {v.lower() for key in ("Absent", "Unavailable", "SensorFault") for v in keys.get(key, "").split()}

    def key(self):
        return self.bank, self.first


def settings_of(sections):
    out = {}
    for kind, name, keys, _ in sections:
        if kind == "Setting":
            values = keys["Values"].split()
            m = re.fullmatch(r"(-?\d+)\.\.(-?\d+)", keys["Values"])
            if m:
                values = [str(i) for i in range(int(m[1]), int(m[2]) + 1)]
            out[name] = (values, keys["Default"])
    return out


def resolve(value, settings):
    """switch(setting.NAME, a, b) by the default."""
    m = re.fullmatch(r"switch\(setting\.(\w+)\s*,(.*)\)", value)
    if m and m[1] in settings:
        values, default = settings[m[1]]
        return [c.strip() for c in m[2].split(",")][values.index(default)]
    m = re.fullmatch(r"setting\.(\w+)", value)
    return settings[m[1]][1] if m and m[1] in settings else value


def points_of(path):
    sections = read_profile(path)
    settings = settings_of(sections)
    addressing = next((k.get("Addressing", "0") for t, _, k, _ in sections if t == "Profile"), "0")
    repeats = {a: {k: resolve(v, settings) for k, v in keys.items()} for t, a, keys, _ in sections if t == "Repeat"}
    points = []
    for kind, name, keys, line in sections:
        if kind != "Point":
            continue
        keys = {k: resolve(v, settings) for k, v in keys.items()}
        if not keys.get("Read"):
            continue
        if "Repeat" in keys:
            r = repeats[keys["Repeat"]]
            start = int(r.get("From", "1"))
            for i in range(max(1, int(r.get("Count", "1")))):
                points.append(Point(name.replace("{n}", str(start + i)), keys, line, i * number(r["Step"]), addressing))
        else:
            points.append(Point(name, keys, line, 0, addressing))
    return points, sections


def fits(row, p):
    """Whether the row is at the place of the point."""
    if row.place is None or row.bank != p.bank:
        return False
    first, last, bit, width = row.place
    if p.bank in ("coil", "discrete"):
        return first <= p.first <= last
    if p.first != first:
        return False
    if bit is None and row.type in ("u8", "s8", "uint8", "int8"):
        return p.bit in (None, 0)
    if row.type in ("bit", "bool", "boolean") and width:
        return p.bit is not None and bit <= p.bit < bit + width
    return bit == p.bit


def values(kind, bits):
    if kind == "f":
        return [Fraction(0), Fraction(1), Fraction(-5, 2)]
    top = 1 << (min(bits, 40) - (kind == "s"))
    return [Fraction(v) for v in (0, 1, top // 3, top - 1) + ((-1, -top) if kind == "s" else ())]


def compare(row, p, review, left_out=()):
    """What differs, as texts. LEFT_OUT: columns of the row that were reported."""
    out = []
    kind, bits, n = row.coding()
    if kind == "bit" and row.bank in ("holding", "input") and row.place[2] is None:
        kind, bits = "u", 16
    if kind in ("string", "string2"):
        if (p.kind, p.registers) != (kind, n):
            out.append("type %s, the table has %s of %d registers" % (p.keys.get("Type"), kind, n))
        return out
    if (p.kind, p.bits) != (kind, bits):
        # A whole register whose value is never beyond the low byte reads the same, but for a sign.
        same = review and (kind == p.kind == "u" or {kind, p.kind} <= {"bit", "u"} and {bits, p.bits} == {1})
        if not (same and {bits, p.bits} <= {8, 16} or {kind, p.kind} == {"bit", "u"} and bits == p.bits == 1):
            out.append("type %s of %d bits, the table has %s" % (p.keys.get("Type"), p.bits, row.type))
    order = {"big": "big", "little": "little", "abcd": "big", "cdab": "little", "badc": "big-swap", "dcba": "little-swap"}
    if bits > 16 and order.get(row.get("word_order").lower(), "?") != p.keys.get("Order", "big"):
        out.append("order %s, the table has %s" % (p.keys.get("Order", "big"), row.get("word_order") or "none"))
    scale, offset = factor(row.get("scale")), Fraction(row.get("offset") or "0")
    unit, have = row.get("unit"), p.keys.get("Unit", "")
    table_unit, point_unit = UNITS.get(unit), UNITS.get(have)
    if table_unit and have and not point_unit:
        out.append("unit %s is not known to this comparison" % have)
    elif table_unit and not have and not p.enum and kind != "bit":
        out.append("no unit, the table has %s" % unit)
    elif table_unit and point_unit and table_unit[0] != point_unit[0]:
        out.append("unit %s, the table has %s" % (have, unit))
    elif not p.enum and kind != "bit":
        if not unit or not have or not table_unit:
            table_unit = point_unit = (None, Fraction(1), Fraction(0))
        for raw in values(kind, bits):
            a = (raw * scale + offset) * table_unit[1] + table_unit[2]
            b = (raw * p.scale + p.offset) * point_unit[1] + point_unit[2]
            if abs(a - b) > abs(a) * Fraction(1, 10**6) + Fraction(1, 10**12):
                out.append("raw %s is %s %s, by the table %s %s" % (raw, float(raw * p.scale + p.offset), have,
                                                                   float(raw * scale + offset), unit))
                break
    told = ("enum" if row.get("enum") else "notes") in left_out
    names = {} if told else {signed(raw, kind, bits): text for raw, text in row.enum().items()}
    none = row.none() if "notes" not in left_out else set()
    for raw, name in p.enum.items():
        if raw not in names:
            if names:
                out.append("value %d=%s, which the table does not name" % (raw, name))
        elif not review:
            want = slug(names[raw])[:40].strip("_")
            if name != want and not re.fullmatch(re.escape(want[:34]) + r".{0,6}_m?\d+", name):
                out.append("value %d is %s, the table has %s" % (raw, name, names[raw]))
    no_fault = {number(v) for v in p.keys.get("NoFault", "").split()}
    boolean = review and not p.enum and set(names) == {0, 1}
    if p.keys.get("Fault") != "code" and not boolean:
        listed = {signed(number(v), kind, bits) for v in p.none if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", v)}
        for raw, name in names.items():
            if raw not in p.enum and raw not in listed and raw not in no_fault:
                out.append("value %d=%s of the table is not named" % (raw, name))

    def patterns(words):
        got = set()
        for v in words:
            if kind == "f" or "." in v or v == "nan":
                f = float("nan") if v == "nan" else float(v)
                if kind != "f":
                    got.add(signed(int(round((Fraction(v) - offset) / scale)), kind, bits))
                else:
                    got.add(struct.pack(">d", f).hex())
            else:
                got.add(signed(number(v), kind, bits))
        return got
    want, got = patterns(none), patterns(p.none)
    if want - got:
        out.append("raw %s is a value by the profile, none by the table" % sorted(want - got, key=str))
    if got - want - {signed(raw, kind, bits) for raw in row.enum()} and not review:
        out.append("raw %s is none by the profile, a value by the table" % sorted(got - want, key=str))
    low, high = row.get("min"), row.get("max")
    if p.keys.get("Possible") and not review:
        if p.keys["Possible"] != "%s..%s" % (low, high) or row.get("access") == "rw":
            out.append("Possible=%s, the table has %s..%s (%s)" % (p.keys["Possible"], low, high, row.get("access")))
    if row.get("access") in ("wo", "w"):
        out.append("the row is write-only, and the point is read")
    return out


def compare_writes(sections, points, rows):
    """What may be written against what the table allows; texts."""
    out = []
    settings = settings_of(sections)
    by_attribute = {}
    for p in points:
        by_attribute.setdefault(p.keys.get("Attribute", "vendor." + p.name), p)
        by_attribute.setdefault("vendor." + p.name, p)
    for kind, name, keys, line in sections:
        if kind != "Write":
            continue
        keys = {k: resolve(v, settings) for k, v in keys.items()}
        p = by_attribute.get(name)
        merged = dict(p.keys if p else {})
        merged.update({k: v for k, v in keys.items() if k != "Enum"})
        merged.pop("Repeat", None)
        if "To" in keys:
            merged["Read"] = keys["To"]
        if "Read" not in merged:
            out.append((line, name, "nothing says where it is written"))
            continue
        addressing = next((k.get("Addressing", "0") for t, _, k, _ in sections if t == "Profile"), "0")
        at = Point(name, merged, line, 0, addressing)
        if p and "To" not in keys:
            at.first = p.first
        found = [r for r in rows if fits(r, at)]
        if not found:
            out.append((line, name, "%s is not in the table" % merged["Read"]))
            continue
        if all(r.get("access") not in ("rw", "wo") for r in found):
            out.append((line, name, "%s is read-only in the table" % merged["Read"]))
        row = found[0]
        sure = keys.get("Confidence") != "low"
        if sure and re.search(r"doubtful|verify|do not write", row.notes, re.I):
            out.append((line, name, "the table doubts it: %s" % row.notes))
        for key, column, sign in (("Min", "min", 1), ("Max", "max", -1)):
            limit = row.get(column)
            if not limit or key not in keys:
                continue
            try:
                have = Fraction(keys[key])
            except ValueError:
                continue  # an expression
            if sign * (have - Fraction(limit)) < 0:
                out.append((line, name, "%s=%s is beyond the table's %s" % (key, keys[key], limit)))
        if not row.get("min") and "Min" in keys and sure and not row.enum():
            out.append((line, name, "Min=%s, Max=%s: the table has no bounds" % (keys["Min"], keys.get("Max"))))
        names = row.enum()
        for pair in keys.get("Enum", "").split():
            if names and number(pair.split(":")[0]) not in names:
                out.append((line, name, "writes %s, which the table does not name" % pair))
        if names and "Fixed" in keys and number(keys["Fixed"]) not in names:
            out.append((line, name, "writes %s, which the table does not name" % keys["Fixed"]))
    return out


def main(argv):
    review, left_out = "--review" in argv, defaultdict(set)
    if "--left-out" in argv:
        at = argv.index("--left-out")
        with open(argv[at + 1], encoding="utf-8") as f:
            for line in f:
                m = re.match(r".*?:(\d+): (?:(\w+):)?", line)
                if m:
                    left_out[int(m[1])].add(m[2])
        del argv[at:at + 2]
    table, profile = [a for a in argv[1:] if a != "--review"]
    rows = read_rows(table)
    points, sections = points_of(profile)
    by_place = defaultdict(list)
    bad, taken = 0, set()
    for row in rows:
        by_place[row.bank].append(row)
    for p in points:
        found = [r for r in by_place[p.bank] if fits(r, p)]
        best = None
        for row in found:
            try:
                differs = compare(row, p, review, left_out.get(row.line, set()))
            except (KeyError, ValueError, ZeroDivisionError) as e:
                differs = ["the row cannot be read: %r" % e]
            taken.add(row.line)
            # Of several rows at one place, one has to fit.
            if best is None or len(differs) < len(best[1]):
                best = (row, differs)
        if best is None:
            print("%s:%d: %s: %s is not in the table" % (profile, p.line, p.name, p.keys["Read"]))
            bad += 1
            continue
        for text in best[1]:
            print("%s:%d: %s: %s (%s:%d %s)" % (profile, p.line, p.name, text, table, best[0].line, best[0].name))
            bad += 1
    for line, name, text in compare_writes(sections, points, rows):
        print("%s:%d: [Write %s]: %s" % (profile, line, name, text))
        bad += 1
    missing = [r for r in rows if r.line not in taken and r.get("access") not in ("wo", "w")]
    if review:
        faults = [k.get("Read", "") for t, _, k, _ in sections if t == "Fault"]
        missing = [r for r in missing if "%s:%s" % (r.bank, r.get("address_0based")) not in faults]
        if missing:
            print("%s: %d of %d rows without a point: %s" % (profile, len(missing), len(rows), " ".join(r.name for r in missing)))
    else:
        for r in missing:
            if r.line not in left_out:
                print("%s:%d: %s: is no point, and nothing says so" % (table, r.line, r.name))
                bad += 1
    print("%s: %d points against %d rows, %d differences" % (profile, len(points), len(rows), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
