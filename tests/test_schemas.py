#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_schemas.py SAMPLES-PROGRAM SCHEMAS-DIR

Every message that the composing code makes is valid by its schema; and the schemas refuse what is
broken, so that they could have found something."""
import copy
import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: python3-jsonschema is not installed")
    sys.exit(77)


def validators(folder):
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        name = schema["$id"].removeprefix("urn:hearthd:schema:")
        assert path.name == name.replace("/", ".") + ".schema.json", path
        found[name] = jsonschema.Draft202012Validator(schema)
    return found


def broken(name, message):
    """Changes that must be refused."""
    for key in list(message):
        if key == "kind" and name == "hearth.event/1":
            continue  # of an appliance only
        if key in ("schema", "seq", "event", "meaning", "times", "level", "state", "kind", "after"):
            less = copy.deepcopy(message)
            del less[key]
            yield f"without {key}", less
    if name == "hearth.command/1":
        for key in ("id", "expires", "actor"):
            yield f"without {key}", {k: v for k, v in message.items() if k != key}
        yield "an unknown member", dict(message, fro=1)
        yield "an id with a slash", dict(message, id="a/b")
        yield "an actor with an escape", dict(message, actor="a\x1b[2J")
        yield "a list as a value", dict(message, value=[1])
        yield "half a second", dict(message, **{"for": 0.5})
        yield "a name that is a path", dict(message, appliance="../x")
    if name == "hearth.answer/1":
        yield "without result", {k: v for k, v in message.items() if k != "result"}
        yield "an unknown result", dict(message, result="fine")
        yield "a long reason", dict(message, reason="x" * 201)
    if name != "hearth.state/1":
        yield "another schema", dict(message, schema="hearth.other/1")
    if name == "hearth.report/1" and "a" in message:
        yield "a series of one", dict(message, a={"x": {"y": [1]}})
        yield "negative dt", dict(message, a={"x": {"y": [-1, 2]}})
        yield "null as a value", dict(message, a={"x": {"y": [1, None]}})
        yield "a name with blanks", dict(message, a={"x y": {"y": [1, 2]}})
        yield "series without a time", {k: v for k, v in message.items() if k != "t"}
        yield "an unknown quality", dict(message, q={"x": {"y": [1, "bad"]}})
    if name == "hearth.report/2" and "s" in message:
        group = [[0, 10, 10], "x,y", "=21.8/0.1;0aB,~(44)0A"]
        yield "no moments", dict(message, s={"x": [[[]] + group[1:]]})
        yield "a group of two", dict(message, s={"x": [group[:2]]})
        yield "a column of blanks", dict(message, s={"x": [group[:2] + ["a b"]]})
        yield "an open bracket", dict(message, s={"x": [group[:2] + ["(12,a"]]})
        yield "columns without a time", {k: v for k, v in message.items() if k != "t"}
    if "seq" in message:
        yield "seq 0", dict(message, seq=0)
        yield "a range of one", dict(message, lost=[[1]])
        yield "a range of three", dict(message, lost=[[1, 2, 3]])
        yield "an epoch in capitals", dict(message, epoch="7F3A91C2")
    if "t" in message and name not in ("hearth.state/1", "hearth.progress/1"):
        yield "a boot without its clock", dict(message, boot="0123456789abcdef", clk=None)
    if name == "hearth.state/1":
        yield "a list as a value", {"x": []}


def main():
    found = validators(sys.argv[2])
    seen, refused = {}, 0
    lines = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        name, text = line.split("\t", 1)
        message = json.loads(text)
        found[name].validate(message)
        seen[name] = seen.get(name, 0) + 1
        for what, bad in broken(name, message):
            if found[name].is_valid(bad):
                print(f"{name}: accepted {what}: {json.dumps(bad)[:300]}")
                return 1
            refused += 1
    missing = sorted(set(found) - set(seen))
    if missing:
        print("no sample of", *missing)
        return 1
    print(f"{sum(seen.values())} messages of {len(seen)} schemas valid, {refused} broken ones refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
