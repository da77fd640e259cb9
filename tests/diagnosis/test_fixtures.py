#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule of etc/rules on the ten kinds of series: what it says, and what it must not say.

usage: test_fixtures.py [HEARTHCTL] [--rule NAME] [--keep FOLDER]
"""
import argparse
import multiprocessing
import os
import random
import re
import sys
import tempfile
from pathlib import Path

import replay as r

START = "2025-03-03"  # a Monday


def series(fixture, mode):
    """(seconds, values) of every poll; the edge of a segment falls on the next poll."""
    out, t0, t = [], 0.0, 0.0
    for seconds, values in fixture.f(mode):
        while t < t0 + seconds - 1e-6:
            out.append((t, {k: v(t - t0) if callable(v) else v for k, v in values.items()}))
            t += fixture.period
        t0 += seconds
    return out


def stamp(t):
    t = round(t)
    day = 3 + t // 86400
    month = 3
    for n in (31, 30, 31, 30):
        if day <= n:
            break
        day, month = day - n, month + 1
    return f"2025-{month:02}-{day:02}T{t // 3600 % 24:02}:{t // 60 % 60:02}:{t % 60:02}+08:00"


def write(path, rows, without=None):
    gone = without if isinstance(without, tuple) else (without,)
    columns = [c for c in rows[0][1] if c not in gone]
    with open(path, "w", encoding="ascii") as f:
        f.write("time," + ",".join(columns) + "\n")
        for t, v in rows:
            cells = ("" if v.get(c) is None else f"{v[c]:.6g}" if isinstance(v[c], float) else str(v[c]) for c in columns)
            f.write(stamp(t) + "," + ",".join(cells) + "\n")


# What is done to a series. Random numbers have one seed.
def double(rows):
    return [x for row in rows for x in (row, row)]


def disorder(rows):
    out, rng = list(rows), random.Random(1)
    for i in range(2, len(out) - 4, 29):
        k = i + rng.randrange(1, 3)
        out[i], out[k] = out[k], out[i]
    return out


def irregular(rows):
    rng, period = random.Random(2), rows[1][0] - rows[0][0]
    return [(t + rng.uniform(0, 0.4) * period, v) for t, v in rows if rng.random() > 0.04]


def gap(rows):
    """5 % of the rows and two longer stretches are not there."""
    rng, n = random.Random(3), len(rows)
    holes = [(n * 3 // 10, n * 3 // 10 + n // 50 + 1), (n * 8 // 10, n * 8 // 10 + n // 40 + 1)]
    return [x for i, x in enumerate(rows) if rng.random() > 0.05 and not any(a <= i < b for a, b in holes)]


def told(lines, name):
    """States of the rule, in order, without what says only that it can or cannot be judged."""
    return [x["state"] for x in lines if x["rule"] == name and x["state"] in ("pending", "confirmed", "cleared")]


def confirmed_at(lines, name):
    return next((x["t"] for x in lines if x["rule"] == name and x["state"] == "confirmed"), None)


HOLDS = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, "==": float.__eq__, "!=": float.__ne__}


def unfounded(line):
    """What the evidence of a confirmed or cleared rule lacks, or says against itself; None."""
    e = line["evidence"]
    if not e["expression"] or not 0 <= e["coverage"] <= 1:
        return f"evidence {e}"
    known = [(b["of"], b["mean"]) for b in e.get("baselines", [])]
    if len(set(known)) < len(known):
        return f"the same twice: {known}"
    for c in e.get("comparisons", []):
        if c["value"] is None or c["threshold"] is None:
            continue
        value, threshold = float(c["value"]), float(c["threshold"])
        # Numbers are told to a few digits: at the edge both are right.
        edge = abs(value - threshold) <= 1e-3 * max(abs(value), abs(threshold))
        if c["holds"] != HOLDS[c["op"]](value, threshold) and not edge:
            return f"{c['of']} is {value}, {c['op']} {threshold}: {c['holds']}"
    if line["state"] != "confirmed":
        return None
    if line["sureness"] not in ("low", "medium", "high"):
        return f"sureness {line['sureness']}"
    if not any(c["holds"] for c in e.get("comparisons", [])) and re.search("[<>=]", e["expression"]):
        return f"nothing of {e['expression']} holds: {e.get('comparisons')}"
    if not line["cause"] or abs(sum(c["share"] for c in line["cause"]) - 1) > 0.01:
        return f"causes {line['cause']}"
    return None


def check(job):
    """All kinds of one rule: a list of what is wrong."""
    name, keep = job
    import fixtures
    fx, wrong, count = fixtures.RULES[name], [], 0
    folder = keep or tempfile.mkdtemp(prefix="hearth-fixture-")

    def run(what, rows, without=None):
        nonlocal count
        count += 1
        path = os.path.join(folder, f"{name}-{what}.csv")
        write(path, rows, without)
        try:
            lines, summary = r.replay(fx.kind, [path], period=fx.period)
        except r.Failed as e:
            wrong.append(f"{name} {what}: {e}")
            return [], []
        if not keep:
            os.unlink(path)
        for x in lines:
            why = unfounded(x) if x["rule"] == name and x["state"] in ("confirmed", "cleared") else None
            if why:
                wrong.append(f"{name} {what}: {x['state']} at {x['t']}: {why}")
        states = [x["state"] for x in summary["rules"] if x["rule"] == name and x.get("point", fx.needs) == fx.needs]
        return lines, states

    def expect(what, lines, confirm):
        got = told(lines, name)
        if ("confirmed" in got) != confirm:
            wrong.append(f"{name} {what}: {'not confirmed' if confirm else 'confirmed'}: {got}")
        return got

    mode = {m: series(fx, m) for m in fx.modes}
    for m in fx.modes:
        lines, _ = run(m, mode[m])
        got = expect(m, lines, m in ("fault", "over"))
        if m in ("normal", "off") and got:
            wrong.append(f"{name} {m}: speaks: {got}")
        if m == "fault":
            fault, when = got, confirmed_at(lines, name)
    lines, _ = run("duplicate", double(mode["fault"]))
    if told(lines, name) != fault or confirmed_at(lines, name) != when:
        wrong.append(f"{name} duplicate: {told(lines, name)} instead of {fault}")
    for what, f in (("out-of-order", disorder), ("irregular", irregular)):
        expect(what, run(what, f(mode["fault"]))[0], True)
        expect(what + "-normal", run(what + "-normal", f(mode["normal"]))[0], False)
    expect("gap-normal", run("gap-normal", gap(mode["normal"]))[0], False)
    # A confirmed fault, and then nothing is heard any more: it stays.
    cut = next((i for i, (t, _) in enumerate(mode["fault"]) if stamp(t) == when), len(mode["fault"]) - 1)
    last, values = mode["fault"][cut]
    silent = [(last + (i + 1) * fx.period, dict.fromkeys(values)) for i in range(int(36 * 3600 / fx.period))]
    lines, states = run("gap", mode["fault"][:cut + 1] + silent)
    if when and ("cleared" in told(lines, name) or "confirmed" not in states):
        wrong.append(f"{name} gap: {told(lines, name)}, at the end {states}")
    # The condition alone, and then a gap: nothing that was not there may complete it.
    lines, states = run("missing", mode["fault"], without=fx.needs)
    if told(lines, name) or set(states) - {"not-ready", "not-evaluable"}:
        wrong.append(f"{name} missing {fx.needs}: {told(lines, name)}, at the end {states}")
    if not keep:
        os.rmdir(folder)
    return wrong, count


def shipped():
    """Names of all rules, and of those that are contexts."""
    names, contexts = set(), set()
    for f in sorted((r.ROOT / "etc" / "rules").glob("*.rules")):
        for part in re.split(r"^\[", f.read_text(encoding="utf-8"), flags=re.M)[1:]:
            if m := re.match(r"Rule (\w+)\]", part):
                names.add(m[1])
                if re.search(r"^Kind=context", part, flags=re.M):
                    contexts.add(m[1])
    return names, contexts


def main():
    a = argparse.ArgumentParser()
    a.add_argument("hearthctl", nargs="?")
    a.add_argument("--rule", action="append")
    a.add_argument("--keep")
    o = a.parse_args()
    if o.hearthctl:
        os.environ["HEARTHCTL"] = o.hearthctl
        r.HEARTHCTL = Path(o.hearthctl)
    import fixtures
    names, contexts = shipped()
    wrong = [f"{n}: no fixture in tests/diagnosis/fixtures.py" for n in sorted(names - contexts - set(fixtures.RULES))]
    wrong += [f"{n}: a fixture, but no such rule" for n in sorted(set(fixtures.RULES) - names)]
    if o.keep:
        os.makedirs(o.keep, exist_ok=True)
    wanted = o.rule or sorted(set(fixtures.RULES) & names)
    with multiprocessing.Pool(min(4, os.cpu_count())) as pool:
        results = pool.map(check, [(n, o.keep) for n in wanted], chunksize=1)
    for w, _ in results:
        wrong += w
    print("\n".join(wrong))
    print(f"{len(wanted)} rules, {sum(n for _, n in results)} series, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
