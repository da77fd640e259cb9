#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How good the diagnosis is: simulated appliances and recordings through the rules; writes docs/diagnosis-scores.md.

usage: bench.py [--full] [--half score|tune] [--kind KIND] [--show] [--page FILE] [--jobs N] [--gpl FOLDER]
Without --full a fixed tenth of the runs, and no page. --gpl: a folder with the GPL-3.0 pump recordings, which are no part of
this tree. Exits 1 where a false finding of urgent or danger was made, or a verdict changed because of a gap.
"""
import argparse
import datetime
import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import recordings
import sim
import split
from replay import ROOT, replay

SEVERITIES = ["info", "care", "service", "urgent", "danger"]
# Promised delay by severity, in days, once the rule is ready and the fault fully there (diagnosis.md).
PROMISE = {"danger": 5 / 1440, "urgent": 1 / 24, "service": 3.0, "care": 14.0, "info": 14.0}
DELAYS = {}


def promised(finding):
    """Days: of the rule's Delay=, else of its severity."""
    if not DELAYS:
        for f in (ROOT / "etc" / "rules").glob("*.rules"):
            for part in f.read_text(encoding="utf-8").split("\n[Rule ")[1:]:
                m = re.search(r"^Delay=(\w+)", part, flags=re.M)
                DELAYS[part.split("]")[0]] = m and {"danger": 5 / 1440, "urgent": 1 / 24, "service": 3.0, "slow": 14.0}[m[1]]
    return DELAYS.get(finding["rule"]) or PROMISE[finding["severity"]]


def day_of(run, text):
    t = datetime.datetime.fromisoformat(text) - datetime.datetime.fromisoformat(run.start + "T00:00:00+08:00")
    return t.total_seconds() / 86400


def cause_name(c):
    return c["id"].rsplit(".", 1)[-1]


def judge(job):
    """One run: what was confirmed when, against what was true. A plain dictionary, for the tables."""
    group, run = job
    f = run.fault
    kind = run.read_as[0] if run.read_as else run.kind + (split.METER if run.meter_only else "")
    rules, causes = split.FAULTS[kind].get(f.name, (set(), set())) if f else (set(), set())
    with tempfile.NamedTemporaryFile(suffix=".csv") as tmp:
        sim.make(run, tmp.name)
        lines, summary = replay(run.read_as[0] if run.read_as else run.kind, [tmp.name], period=run.period)
    out = {"kind": kind, "group": group, "seed": run.seed, "fault": f.name if f else None,
           "severity": f.severity if f else 0, "days": run.days, "rows": summary["rows"]["read"], "false": [], "wrong": [],
           "found": None, "first": None, "cleared": None, "ready": None, "pending": None, "bytes": summary["costs"]["state_bytes"],
           "verdict": sorted({x["rule"] for x in lines if x["state"] == "confirmed" and x["class"] != "warning"})}
    onset = f.onset if f else run.days
    for x in lines:
        day = day_of(run, x["t"])
        if x["rule"] in rules and out["ready"] is None and x["before"] == "not-ready":
            out["ready"] = day
        if x["state"] == "pending" and x["rule"] in rules and day >= onset and out["pending"] is None:
            out["pending"] = day
        if x["state"] == "cleared" and x["rule"] in rules and out["found"] is not None and out["cleared"] is None:
            out["cleared"] = day
        if x["state"] != "confirmed" or SEVERITIES.index(x["severity"]) < 1:
            continue
        finding = {"rule": x["rule"], "day": round(day, 4), "severity": x["severity"],
                   "causes": [cause_name(c) for c in x["cause"]], "evidence": x["evidence"]}
        after = f and f.repair is not None and day > f.repair + 1
        if day < onset or after:
            out["false"].append(finding)
        elif x["rule"] in rules:
            if out["found"] is None:
                out["found"] = finding
        elif not causes & set(finding["causes"][:3]):
            out["wrong"].append(finding)
        if day >= onset and not after and out["first"] is None:
            out["first"] = finding
    return out


def jobs_of(half, kinds, every):
    return [j for k in kinds for j in split.runs(half, k)][::every]


def twins(jobs):
    """Each lossy run without its losses."""
    return [("twin", replace(run, impair=sim.Impair())) for group, run in jobs if group == "lossy"]


def percent(n, of):
    return f"{100 * n / of:.0f} %" if of else "-"


def delays(rows):
    d = sorted(r["found"]["day"] - split.ONSET for r in rows if r["found"])
    return f"{d[len(d) // 2]:.2f} / {d[int(len(d) * 0.95)]:.1f}" if d else "-"


def in_time(r):
    """Urgent ones promise a delay from the moment their condition shows, a tank takes its time to cool; slow ones from the day
    the fault is fully there."""
    if r["found"]["severity"] in ("urgent", "danger"):
        return r["found"]["day"] <= (r["pending"] or split.ONSET) + promised(r["found"]) + 1e-6
    ramp = split.RAMPS.get(r["fault"], 0)
    start = max(split.ONSET + ramp, r["ready"] or 0)
    return r["found"]["day"] <= start + promised(r["found"]) + 1e-6


def tables(results):
    """The tables of the page, as lines, and the figures for the last JSON line."""
    out, total = [], {}
    by_kind = defaultdict(list)
    for r in results:
        by_kind[r["kind"]].append(r)
    out += ["| kind | appliance-years watched | false findings of care or above | a year | of urgent or danger | worst rules |",
            "|---|---|---|---|---|---|"]
    years_all = false_all = hard_all = 0
    for kind, rows in sorted(by_kind.items()) + [("all", results)]:
        rows = [r for r in rows if r["group"] != "twin"]
        years = sum((r["days"] if not r["fault"] else split.ONSET) for r in rows) / 365.25
        false = [x for r in rows for x in r["false"]]
        hard = [x for x in false if x["severity"] in ("urgent", "danger")]
        worst = defaultdict(int)
        for x in false:
            worst[x["rule"]] += 1
        names = ", ".join(f"{k} {v}" for k, v in sorted(worst.items(), key=lambda i: -i[1])[:3])
        out.append(f"| {kind} | {years:.1f} | {len(false)} | {len(false) / max(years, 1e-9):.2f} | {len(hard)} | {names} |")
        years_all, false_all, hard_all = years, len(false), len(hard)
    total.update(appliance_years=round(years_all, 2), false_per_year=round(false_all / max(years_all, 1e-9), 3), false_hard=hard_all)

    out += ["", "| kind | fault | severity | found | right cause first | in the first three | delay, median / 95 % (days) | "
            "in time | another rule spoke |", "|---|---|---|---|---|---|---|---|---|"]
    sums = defaultdict(lambda: [0, 0])
    for kind, rows in sorted(by_kind.items()):
        for fault in split.FAULTS[kind]:
            causes = split.FAULTS[kind][fault][1]
            for severity in (0.25, 0.5, 1.0):
                rs = [r for r in rows if r["group"] in ("fault", "repair", "meter", "dumb") and r["fault"] == fault and r["severity"] == severity]
                if not rs:
                    continue
                found = [r for r in rs if r["found"]]
                first = [r for r in found if r["first"] and r["first"]["causes"][:1] and r["first"]["causes"][0] in causes]
                three = [r for r in found if r["first"] and causes & set(r["first"]["causes"][:3])]
                timely = [r for r in found if in_time(r)]
                wrong = sum(len(r["wrong"]) for r in rs)
                out.append(f"| {kind} | {fault} | {severity} | {len(found)} of {len(rs)} | {percent(len(first), len(found))} | "
                           f"{percent(len(three), len(found))} | {delays(found)} | {percent(len(timely), len(found))} | {wrong} |")
                for key, n, of in ((f"found_{severity}", len(found), len(rs)), ("first", len(first), len(found)),
                                   ("three", len(three), len(found)), ("in_time", len(timely), len(found))):
                    sums[key][0] += n
                    sums[key][1] += of
    total.update({k: [n, of] for k, (n, of) in sums.items()})

    repaired = [r for r in results if r["group"] == "repair" and r["found"]]
    proven = [r for r in repaired if r["cleared"] is not None and r["cleared"] >= split.REPAIR]
    early = [r for r in results if r["found"] and r["cleared"] is not None and (r["group"] == "fault" or
             r["group"] == "repair" and r["cleared"] < split.REPAIR)]
    total.update(repair_proven=[len(proven), len(repaired)], repair_false=len(early))
    changed = []
    clean = {r["seed"]: r for r in results if r["group"] == "twin"}
    lossy = [r for r in results if r["group"] == "lossy" and r["seed"] in clean]
    for r in lossy:
        if r["verdict"] != clean[r["seed"]]["verdict"]:
            changed.append(f"{r['seed']}: {clean[r['seed']]['verdict']} became {r['verdict']}")
    total.update(lossy=len(lossy), changed_by_gaps=len(changed))
    out += ["", "| | |", "|---|---|",
            f"| real repairs proven | {len(proven)} of {len(repaired)} |",
            f"| cleared although the fault was there | {len(early)} ({', '.join(sorted({r['found']['rule'] for r in early}))}) |",
            f"| verdicts changed by 5 % lost polls and four gaps | {len(changed)} of {len(lossy)} |"]
    out += [f"| | {c} |" for c in changed]
    return out, total


def show(results):
    for r in results:
        f = r["found"]
        print(f"{r['group']:8}{r['seed']:58} ready {r['ready'] if r['ready'] is None else round(r['ready'], 1)} "
              f"found {f and (f['rule'], f['day'], f['causes'][:2])} cleared {r['cleared'] and round(r['cleared'], 1)}")
        for what in ("false", "wrong"):
            for x in r[what][:4]:
                ev = "; ".join(f"{c['of']} = {c['value']} {c['op']} {c['threshold']} {c['unit']}"
                               for c in x["evidence"]["comparisons"] if c["value"] is not None)
                print(f"    {what}: {x['rule']} day {x['day']} {x['severity']} {ev[:300]}")


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--full", action="store_true")
    a.add_argument("--every", type=int, metavar="N", help="each Nth run instead")
    a.add_argument("--half", choices=("score", "tune"), default="score")
    a.add_argument("--kind", action="append", choices=sorted(sim.KINDS))
    a.add_argument("--only", help="runs whose seed has this in it")
    a.add_argument("--show", action="store_true", help="every run")
    a.add_argument("--page", help="write the page here; docs/diagnosis-scores.md with --full")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--gpl", help="folder of the GPL-3.0 pump recordings")
    a.add_argument("--no-recordings", action="store_true")
    a.add_argument("--keep", metavar="FOLDER", help="keep what each kind gave there, and take from there what was kept before")
    o = a.parse_args()
    began = time.monotonic()
    results = []
    for kinds in [[k] for k in o.kind or sorted(sim.KINDS)] if o.keep else [o.kind or sorted(sim.KINDS)]:
        kept = o.keep and Path(o.keep) / f"{o.half}-{kinds[0]}.json"
        if kept and kept.exists():
            results += json.loads(kept.read_text(encoding="ascii"))
            continue
        jobs = jobs_of(o.half, kinds, o.every or (1 if o.full else 10))
        if o.only:
            jobs = [j for j in jobs if o.only in j[1].seed]
        jobs += twins(jobs)
        with multiprocessing.Pool(o.jobs) as pool:
            done = pool.map(judge, jobs, chunksize=1)
        results += done
        if kept:
            kept.write_text(json.dumps(done), encoding="ascii")
    lines, total = tables(results)
    if o.show:
        show(results)
    real = [] if o.no_recordings or o.only else recordings.tables(total, o.gpl)
    print("\n".join(lines + real))
    if o.full and o.half == "score" and not (o.kind or o.only or o.page):
        o.page = str(ROOT / "docs" / "diagnosis-scores.md")
    if o.page:
        recordings.write_page(o.page, lines, real, len(results), o.half,
                              "./dev bench diagnosis " + (f"--every {o.every}" if o.every else "--full"))
    total.update(half=o.half, runs=len(results), rows=sum(r["rows"] for r in results), seconds=round(time.monotonic() - began),
                 state_bytes_most=max((r["bytes"] for r in results), default=0))
    print(json.dumps(total))
    return 1 if o.half == "score" and (total["false_hard"] or total["changed_by_gaps"]) else 0


if __name__ == "__main__":
    sys.exit(main())
