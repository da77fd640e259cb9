# SPDX-License-Identifier: Apache-2.0
"""Recordings of real devices through the rules, and the page of the scores.

Split by device, never by row: a device's own first days teach, its later days are judged; the heat pump's days teach in one
order and are judged in the other. The pump rig is GPL-3.0 and no part of this tree: --gpl FOLDER names a copy of it.
"""
import csv
import gzip
import random
import subprocess
import tempfile
from pathlib import Path

from replay import ROOT, replay

DATA = Path(__file__).resolve().parent / "data"
KINDS = {"fridge1": "refrigerator", "dishwasher1": "dishwasher", "washing-machine1": "laundry_washer", "water-heater1": "water_heater"}
POWER = ["active_power=power_w"]
HEAT_PUMP = ["active_power=indoor_power_w + outdoor_power_w", "outdoor_temperature=outdoor_c", "local_temperature=room_c",
             "cooling_setpoint=cooling_setpoint_c"]
AIRCO = HEAT_PUMP + ["supply_temperature=supply_c", "compressor_frequency=stage * 30"]
HEAT_PUMP = HEAT_PUMP + ["compressor_running=stage > 0"]


def unpack(folder):
    """The recordings as files."""
    for z in sorted(DATA.glob("*/*.csv.gz")):
        target = Path(folder) / z.parent.name / z.name[:-3]
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(gzip.decompress(z.read_bytes()))


def found(lines, only=None):
    """(file, day, rule) of confirmed findings, whatever their severity."""
    return [(Path(x["file"]).name, round(x["t"] / 86400, 2), x["rule"]) for x in lines
            if x["state"] == "confirmed" and (only is None or Path(x["file"]).name in only)]


def holed(path, out):
    """5 % of the rows lost one by one, and four gaps of two to nine hours; the same for everybody."""
    head, *rows = path.read_text(encoding="ascii").splitlines(keepends=True)
    rng = random.Random(path.name)
    days = len(rows) / 1440
    gaps = sorted((rng.uniform(0.5, days - 0.5) * 86400, rng.uniform(2, 9) * 3600) for _ in range(4))
    kept = [r for r in rows if rng.random() > 0.05 and not any(a <= float(r.split(",")[0]) < a + w for a, w in gaps)]
    out.write_text(head + "".join(kept), encoding="ascii")
    return out


def with_gaps(files, kind_of, maps, total, key):
    """How many recordings end with the same findings when polls are lost, which are lost to it, and which it made."""
    lost, made, period = [], [], 60
    with tempfile.TemporaryDirectory() as folder:
        for f in files:
            clean = {x[2] for x in found(replay(kind_of(f), [f], maps, period=period)[0])}
            gappy = {x[2] for x in found(replay(kind_of(f), [holed(f, Path(folder) / f.name)], maps, period=period)[0])}
            lost += [f"{f.stem} {r}" for r in sorted(clean - gappy)]
            made += [f"{f.stem} {r}" for r in sorted(gappy - clean)]
    total.update({key: {"of": len(files), "not_found": len(lost), "made": len(made)}})
    return [f"With 5 % lost polls and four gaps of two to nine hours: {len(files)} recordings, {len(made)} findings that were not there without "
            f"({', '.join(made) or 'none'}), {len(lost)} no longer reached within the recording ({', '.join(lost) or 'none'})."]


def appliance_power(folder, total):
    labels = {Path(r["file"]).name: r for r in csv.DictReader(open(DATA / "labels.csv", encoding="ascii"))}
    out = ["| recording | altered by | severity | found after (days) | by | before it began |", "|---|---|---|---|---|---|"]
    hit = of = below = false = 0
    for f in sorted((Path(folder) / "appliance-power").glob("*.csv")):
        device, row = f.name.split("-run")[0], labels[f.name]
        lines, _ = replay(KINDS[device], [f], POWER)
        severity = float(row["severity"] or 0)
        on = float(row["t_on_s"]) / 86400 if row["t_on_s"] else 1e9
        early = [x for x in found(lines) if x[1] < on]
        late = [x for x in found(lines) if x[1] >= on]
        false += len(early)
        if device != "dishwasher1" and severity >= 0.10:
            of += 1
            hit += bool(late) and late[0][1] - on <= 5
        elif late:
            below += 1
        out.append(f"| {f.name[:-4]} | {row['fault']} | {severity:g} | {round(late[0][1] - on, 2) if late else '-'} | "
                   f"{late[0][2] if late else ''} | {len(early)} |")
    total.update(meter_found=[hit, of], meter_false=false, meter_below=below)
    out += ["", f"Of severity 0.10 and more: {hit} of {of} within 5 days. Alarms on healthy days: {false}.", ""]
    files = sorted((Path(folder) / "appliance-power").glob("*.csv"))
    return out + with_gaps(files, lambda f: KINDS[f.name.split("-run")[0]], POWER, total, "meter_gaps")


def heat_pump_days(folder, total):
    days = sorted((Path(folder) / "ashp-cooling").glob("*.csv"))
    orders = {"01-05 teach 06-10": days, "06-10 teach 01-05": days[5:] + days[:5], "odd teach even": days[0::2] + days[1::2],
              "even teach odd": days[1::2] + days[0::2], "backwards": days[::-1]}
    count, out = 0, ["| order | as | findings | rules ready |", "|---|---|---|---|"]
    for name, order in orders.items():
        for kind, maps in (("heat_pump", HEAT_PUMP), ("room_air_conditioner", AIRCO)):
            lines, summary = replay(kind, order, maps)
            n = found(lines)
            count += len(n)
            ready = [x for x in summary["rules"] if x["ready"] and x["class"] in ("fault", "sensor")]
            out.append(f"| {name} | {kind} | {len(n)} {' '.join(sorted({x[2] for x in n}))} | {len(ready)} |")
    total.update(heat_pump_days_findings=count)
    out += [""] + with_gaps(days, lambda f: "heat_pump", HEAT_PUMP, total, "heat_pump_days_gaps")
    return out


def pump_rig(folder, total):
    """No rule is for a bare pump; as a heat pump's circuit it must stay silent too."""
    out, n = [], 0
    files = sorted(Path(folder).glob("*.csv"))
    files = [f for f in files if f.name.startswith(("run", "normal"))]
    for f in files:
        lines, _ = replay("boiler", [f], ["water.pressure=pressure_bar * 100 + 100", "flow.temperature=water_temp_c"], period=1)
        n += len(found(lines))
    total.update(pump_rig_findings=n, pump_rig_runs=len(files))
    return out + [f"{len(files)} runs of the rig, its loop read as a heating circuit: {n} findings. No rule is written for a bare pump."]


def tables(total, gpl=None):
    with tempfile.TemporaryDirectory() as folder:
        unpack(folder)
        out = ["", "## Recordings of real devices", "",
               "Behind a meter alone (Papaioannou et al., Energies 2024 17(17) 4529: real days, then real days of the same device "
               "whose ON phases were lengthened by arithmetic). The device's own first five days teach. Only detection and delay "
               "mean something here: the causes named in the set differ in the number of inserted minutes alone.", ""]
        out += appliance_power(folder, total)
        out += ["", "Ten healthy days of an air-source heat pump in climate chambers (NIST and Drexel, HILFT-ASHP): every finding "
                "would be false.", ""]
        out += heat_pump_days(folder, total)
        if gpl:
            out += ["", "Pump rig (SKAB v0.9, GPL-3.0, not part of this tree).", ""] + pump_rig(gpl, total)
    return out


INTRO = """# How good the diagnosis is

Made by `{command}` ({runs} simulated runs, half "{half}", {when}). What is tuned on and what is scored on:
[SPLIT.md](../tests/diagnosis/SPLIT.md). Simulators, faults and their severities: `tests/diagnosis/sim`. Recordings:
`tests/diagnosis/data`. Seeds are in `split.py`; the same command gives the same figures.

A false finding is a confirmed one of *care* or above, of any class, before a fault begins, in a run without one, or a day after its
repair. Healthy runs have guests, holidays, another set point, doors left open, warm food, cold programmes, a heat wave, cold mornings
and low water pressure in them. *Found* is confirmed, while the fault was there, by a rule that is about it. Simulators show that rules
and engine do what they mean; they are no field trial.

"""


def write_page(path, lines, real, runs, half, command="./dev bench diagnosis --full"):
    when = subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%cs"], stdout=subprocess.PIPE, text=True,
                          check=False).stdout.strip()
    notes = Path(__file__).resolve().parent / "scores-notes.md"
    text = INTRO.format(command=command, runs=runs, half=half, when=f"rules of {when}") + "\n".join(lines + real) + "\n"
    if notes.exists():
        text += "\n" + notes.read_text(encoding="utf-8")
    Path(path).write_text(text, encoding="utf-8")
