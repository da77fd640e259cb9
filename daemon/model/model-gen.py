#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""model-gen.py MODEL.CSV OUTPUT.C: checks the common model and writes it as constant C tables.

Unit numbers are the rows of the table in unit.c, which stands beside this file.
"""
import csv
import os
import re
import sys

COLUMNS = ("kind name priority access by type unit min max values deadband label_en label_zh ha_component ha_key "
           "ha_device_class ha_state_class ha_unit ha_category matter").split()
TYPES = {"number": "ATTR_NUMBER", "bool": "ATTR_BOOL", "enum": "ATTR_ENUM", "bits": "ATTR_BITS",
         "string": "ATTR_STRING", "timestamp": "ATTR_TIMESTAMP", "command": "ATTR_COMMAND"}
PRIORITIES = {"M": "ATTR_MANDATORY", "R": "ATTR_RECOMMENDED", "O": "ATTR_OPTIONAL"}
ORIGINS = {"": "ORIGIN_APPLIANCE", "hearthd": "ORIGIN_HEARTHD", "either": "ORIGIN_EITHER"}
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?\Z")
VALUE = re.compile(r"([a-z][a-z0-9_]*)=(\d{1,9})\Z")


class Bad(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Bad(text)


def read_units(path):
    """Name and aliases of every row of unit.c's table → its index."""
    units, index = {}, 0
    for line in open(path, encoding="utf-8"):
        m = re.match(r'\t\{"([^"]*)", DIM_\w+, [^"]*, "([^"]*)"\},', line)
        if not m:
            continue
        if index > 0:
            units[m.group(1)] = index
        index += 1
    need(index > 1, f"{path}: no table of units found")
    return units


def number(row, column):
    text = row[column]
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        raise Bad(f"{column}: “{text}” is no number") from None
    need(value == value and abs(value) != float("inf"), f"{column}: “{text}” is not finite")
    return value


def read_values(row):
    values, seen = [], set()
    for word in filter(None, row["values"].split(";")):
        m = VALUE.match(word)
        need(m, f"values: “{word}” is not name=number")
        name, value = m.group(1), int(m.group(2))
        need(name not in seen and value not in seen, f"values: “{word}” stands twice")
        need(row["type"] != "bits" or value < 63, f"values: bit {value} of “{name}” is beyond 62")
        seen |= {name, value}
        values.append((name, value))
    return values


def read_attr(row, units):
    need(NAME.match(row["name"]), f"name: “{row['name']}” is not attribute or component.attribute in lower case")
    for column, words in (("type", TYPES), ("priority", PRIORITIES), ("by", ORIGINS)):
        need(row[column] in words, f"{column}: “{row[column]}” is none of {' '.join(w or '(empty)' for w in words)}")
    need(row["access"] in ("r", "rw", "w"), f"access: “{row['access']}” is none of r rw w")
    need((row["access"] == "w") == (row["type"] == "command"), "access w and type command go together")
    need(row["unit"] == "" or row["unit"] in units,
         f"unit: “{row['unit']}” is not in daemon/model/unit.c (aliases do not count)")
    is_number = row["type"] == "number"
    need(is_number == (row["unit"] != ""), "unit: every number has one, nothing else does")
    low, high, deadband = number(row, "min"), number(row, "max"), number(row, "deadband")
    need(is_number or (low is None and high is None), "min, max: only a number has a range")
    need(low is None or high is None or low < high, f"min {row['min']} is not below max {row['max']}")
    need(deadband is not None and deadband >= 0, "deadband: must be 0 or more")
    values = read_values(row)
    need(not values or row["type"] in ("enum", "bits"), "values: only for enum and bits")
    need(row["type"] != "bits" or values, "values: bits need their names")
    need(row["label_en"] and row["label_zh"], "label_en and label_zh must both be there")
    row.update(low=low, high=high, step=deadband, list=values, unit_id=units.get(row["unit"], 0))
    return row


def read_model(path, units):
    kinds, attrs = {}, {}
    with open(path, encoding="utf-8", newline="") as f:
        lines = [(n, line) for n, line in enumerate(f, 1) if not line.startswith("#")]
    need(lines, f"{path}: empty")
    header = next(csv.reader([lines[0][1]]))
    if header != COLUMNS:
        raise Bad(f"{path}:{lines[0][0]}: the header must be {','.join(COLUMNS)}")
    for n, line in lines[1:]:
        try:
            fields = next(csv.reader([line.rstrip("\r\n")]), [])
            need(len(fields) == len(COLUMNS), f"{len(fields)} columns, {len(COLUMNS)} expected")
            row = dict(zip(COLUMNS, fields))
            kind = row["kind"]
            need(re.fullmatch(r"[a-z][a-z0-9_]*", kind), f"kind: “{kind}” is not a lower-case word")
            if row["type"] == "kind":
                need(kind not in kinds, f"kind {kind} stands twice")
                need(row["label_en"] and row["label_zh"], "label_en and label_zh must both be there")
                kinds[kind], attrs[kind] = row, {}
                continue
            need(kind in kinds, f"kind {kind} has no row of type kind before this one")
            need(row["name"] not in attrs[kind], f"{kind}.{row['name']} stands twice")
            need(kind == "common" or row["name"] not in attrs["common"], f"{row['name']} is a common attribute")
            attrs[kind][row["name"]] = read_attr(row, units)
        except Bad as e:
            raise Bad(f"{path}:{n}: {e}") from None
    need("common" in kinds, f"{path}: the kind common is missing")
    return kinds, attrs


def c_string(text):
    if text == "":
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def c_double(value):
    return "NAN" if value is None else repr(value)


def write_attr(out, row, values):
    out.append(f'\t{{ {c_string(row["name"])}, {TYPES[row["type"]]}, {PRIORITIES[row["priority"]]}, '
               f'{ORIGINS[row["by"]]}, {"true" if "w" in row["access"] else "false"}, {row["unit_id"]}, '
               f'{c_double(row["low"])}, {c_double(row["high"])}, {c_double(row["step"])}, {values}, '
               f'{len(row["list"])}, {c_string(row["label_en"])}, {c_string(row["label_zh"])}, '
               + ", ".join(c_string(row[c]) for c in COLUMNS[13:19]) + " },")


def write_model(kinds, attrs):
    out = ["/* Made from etc/model.csv by daemon/model/model-gen.py. */", '#include "daemon/model/model.h"', "#include <math.h>", ""]
    tables = {}  # equal lists of values are written once
    for kind in attrs:
        for row in attrs[kind].values():
            key = tuple(row["list"])
            if not key or key in tables:
                continue
            tables[key] = f"values_{len(tables)}"
            out.append(f"static const struct model_value {tables[key]}[] = {{")
            out += [f'\t{{ "{name}", {value} }},' for name, value in key]
            out.append("};")
    for kind in kinds:
        if kind == "common":
            continue
        out.append(f"static const struct model_attr attrs_{kind}[] = {{")
        for row in list(attrs["common"].values()) + list(attrs[kind].values()):
            write_attr(out, row, tables.get(tuple(row["list"]), "NULL"))
        out.append("};")
    out.append("const struct model_kind model_kinds[] = {")
    for kind, row in kinds.items():
        if kind == "common":
            continue
        out.append(f'\t{{ "{kind}", {c_string(row["label_en"])}, {c_string(row["label_zh"])}, '
                   f"attrs_{kind}, ARRAY_SIZE(attrs_{kind}) }},")
    out += ["};", "const size_t model_n_kinds = ARRAY_SIZE(model_kinds);", ""]
    return "\n".join(out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        units = read_units(os.path.join(os.path.dirname(os.path.abspath(__file__)), "unit.c"))
        text = write_model(*read_model(sys.argv[1], units))
    except Bad as e:
        sys.exit(f"{e}")
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    main()
