#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_discovery.py SAMPLES-PROGRAM

Every kind of the model with every attribute, granted and not, passes check.py; each attribute is shown exactly
once; controls are there where they are granted and nowhere else; and check.py finds what is planted."""
import copy
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check  # noqa: E402

CONTROLS = {"switch", "select", "number", "button", "climate", "water_heater", "fan", "valve"}


def uses(component):
    """Attributes that a component reads or sets."""
    text = json.dumps(component)
    return {a or b or c for a, b, c in check.STATE_NAMES.findall(text)} | set(re.findall(r"/set/([^\"]+)\"", text))


def examine(sample):
    found = check.check(sample["topic"], copy.deepcopy(sample["payload"]), set(sample["attributes"]))
    components = sample["payload"]["cmps"]
    live = {k: c for k, c in components.items() if len(c) > 1}
    gone = {k: c["p"] for k, c in components.items() if len(c) == 1}
    for key, c in live.items():
        sets = bool(re.search(r"/set/", json.dumps(c)))
        if sets != (c["p"] in CONTROLS):
            found.append("%s: a %s that %s" % (key, c["p"], "sets" if sets else "sets nothing"))
        if sets and not sample["granted"]:
            found.append("%s: a control that is not granted" % key)
    shown = set().union(*(uses(c) for c in live.values()))
    for name in sample["shown"]:
        if name not in shown:
            found.append("%s is not shown" % name)
    if sample["granted"]:
        for name in sample["writable"]:
            if not any("/set/%s\"" % name.replace(".", "-") in json.dumps(c) for c in live.values()):
                found.append("%s cannot be set" % name)
    for key in gone:
        if key in live:
            found.append("%s is there and gone" % key)
    return found, live, gone


def names(live):
    return [c["name"] for c in live.values() if c["name"] is not None]


def plant(sample):
    """(what, document) with a mistake each."""
    def changed(path, value):
        d = copy.deepcopy(sample["payload"])
        at = d
        for k in path[:-1]:
            at = at[k]
        if value is None:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        return d
    for key, c in sample["payload"]["cmps"].items():
        if len(c) == 1:
            continue
        yield "a key with a slip", changed(["cmps", key, "stat_clas"], "measurement")
        yield "no unique_id", changed(["cmps", key, "uniq_id"], None)
        yield "a topic with a wildcard", changed(["cmps", key, "json_attr_t"], "a/+/b")
        yield "a wrong category", changed(["cmps", key, "ent_cat"], "settings")
        if "val_tpl" in c:
            yield "a name the state has not", changed(["cmps", key, "val_tpl"], "{{ value_json['nothing'] }}")
            yield "no template", changed(["cmps", key, "val_tpl"], None)
            yield "a template that is none", changed(["cmps", key, "val_tpl"], "{{ value_json['x'] }")
        if c.get("dev_cla") == "temperature":
            yield "a temperature in W", changed(["cmps", key, "unit_of_meas"], "W")
        if c.get("stat_cla") == "total_increasing" and "dev_cla" in c and c["dev_cla"] == "energy":
            yield "an energy that is measured", changed(["cmps", key, "stat_cla"], "measurement")
        if "ops" in c:
            yield "no options", changed(["cmps", key, "ops"], [])
        if c["p"] == "climate":
            yield "a mode nobody knows", changed(["cmps", key, "modes"], ["turbo"])
            yield "no mode's state", changed(["cmps", key, "mode_stat_t"], None)
        if c["p"] == "number":
            yield "min above max", changed(["cmps", key, "min"], 1000)
    yield "no origin", changed(["o"], None)
    yield "no identifiers", changed(["dev", "ids"], None)
    yield "one availability", changed(["avty"], sample["payload"]["avty"][:1])
    yield "any availability", changed(["avty_mode"], "any")
    yield "a key of another level", changed(["unique_id"], "x")


def too_large(program):
    """A document that the relay does not take is never published: none of a profile that is here is."""
    top = pathlib.Path(__file__).parents[2]
    most = re.search(r"#define RELAY_PAYLOAD_MAX +\((\d+) \* 1024\)", (top / "relay/protocol.h").read_text(encoding="utf-8"))
    most = int(most.group(1)) * 1024
    profiles = sorted(str(p) for p in (top / "etc/profiles").glob("*.profile"))
    sizes = [line.split() for line in subprocess.run([program, "sizes", *profiles], check=True, capture_output=True,
                                                     text=True).stdout.splitlines()]
    assert len(sizes) == len(profiles) > 40
    for n, path in sizes:
        if int(n) > most:
            print("%s: its document has %s bytes, more than %d" % (path, n, most))
    print("%d profiles, the largest document %d bytes of %d" % (len(sizes), max(int(n) for n, _ in sizes), most))
    return sum(int(n) > most for n, _ in sizes)


def main():
    lines = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout.splitlines()
    samples = [json.loads(line) for line in lines]
    bad, entities, planted = 0, {}, 0
    for s in samples:
        found, live, gone = examine(s)
        for text in found:
            print("%s granted=%s zh=%s: %s" % (s["kind"], s["granted"], s["zh"], text))
            bad += 1
        entities[s["kind"], s["granted"], s["zh"]] = (live, gone, s["bytes"])
    kinds = sorted({s["kind"] for s in samples})
    for k in kinds:
        (none, _, n0), (all_, gone, n1) = entities[k, False, False], entities[k, True, False]
        # What a grant brings replaces what it was: both are named, one of them gone.
        for key in set(none) - set(all_):
            if key not in gone:
                print("%s: %s stays behind when it is granted" % (k, key))
                bad += 1
        for key in set(all_) - set(none):
            if key not in entities[k, False, False][1]:
                print("%s: %s stays behind when its grant is withdrawn" % (k, key))
                bad += 1
        zh = names(entities[k, True, True][0])
        latin = [n for n in zh if not re.search(r"[\u4e00-\u9fff]", n) and not n.startswith(("vendor.", "Own", "own", "PM"))]
        if latin:
            print("%s: no Chinese name: %s" % (k, latin))
            bad += 1
        print("%-28s %3d entities shown, %3d with everything granted; %5d and %5d bytes" % (
            k, len(none), len(all_), n0, n1))
    for s in samples:
        if not s["zh"]:
            for what, document in plant(s):
                planted += 1
                if not check.check(s["topic"], document, set(s["attributes"])):
                    print("%s: not found: %s" % (s["kind"], what))
                    bad += 1
    print("%d kinds, %d documents, %d mistakes planted" % (len(kinds), len(samples), planted))
    bad += too_large(sys.argv[1])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
