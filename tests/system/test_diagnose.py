# SPDX-License-Identifier: Apache-2.0
"""hearthctl diagnose replay: recorded series through the rules, as a person would call it."""
import json
import os
import subprocess

import harness
import pytest

RULES = os.path.join(harness.TOP, "etc")
OWN = """# SPDX-License-Identifier: CC0-1.0
[Rule high]
On=boiler
Needs=flow.temperature
Fault=flow.temperature > 80 °C
For=10 min
Clear=flow.temperature < 70 °C
ClearFor=20 min
Severity=care
Blame=pump:3 setting:1
"""


def replay(*words, ok=True):
    run = subprocess.run([harness.program("hearthctl"), "--vendor=" + RULES, "--config=/nonexistent", "diagnose",
                          "replay", *map(str, words)], capture_output=True, text=True, timeout=60,
                         env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert (run.returncode == 0) == ok, run.stderr
    return run.stderr if not ok else [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture
def series(tmp_path):
    rules = tmp_path / "own.rules"
    rules.write_text(OWN, encoding="utf-8")

    def write(rows, name="a.csv", head="t_s,flow.temperature"):
        path = tmp_path / name
        path.write_text("\n".join([head] + [",".join(str(c) for c in row) for row in rows]) + "\n")
        return path
    write.rules = rules
    write.path = tmp_path
    return write


def states(lines, rule="high"):
    return [line["state"] for line in lines if line.get("rule") == rule]


def fixture(kind):
    """One of the ten: rows of (t, value)."""
    normal, fault = 60, 85
    rows = [(60 * i, fault if 60 <= i < 120 else normal) for i in range(240)]
    if kind == "normal":
        rows = [(t, normal) for t, _ in rows]
    elif kind == "off":
        rows = [(t, 20) for t, _ in rows]
    elif kind == "start-up delay":  # nine minutes above: not long enough
        rows = [(60 * i, fault if 60 <= i < 69 else normal) for i in range(240)]
    elif kind == "boundary":
        rows = [(t, 80 if v == fault else v) for t, v in rows]
    elif kind == "gap":  # what is missing hides neither the fault nor its end
        rows = [r for r in rows if not (65 <= r[0] / 60 < 85)]
    elif kind == "duplicate":
        rows = [r for r in rows for _ in range(2)]
    elif kind == "out of order":
        rows = [r for i in range(0, 240, 4) for r in (rows[i + 1], rows[i], rows[i + 3], rows[i + 2])]
    elif kind == "irregular":
        rows = [(t + (t // 60 * 7919) % 41 - 20, v) for t, v in rows]
        rows[0] = (0, normal)
    elif kind == "missing point":
        rows = [(t, "") for t, _ in rows]
    return rows


@pytest.mark.parametrize("kind, expected", [
    ("normal", ["pass"]),
    ("fault", ["pass", "pending", "confirmed", "cleared"]),
    ("off", ["pass"]),
    ("start-up delay", ["pass", "pending", "pass"]),
    ("boundary", ["pass"]),
    ("gap", ["pass", "pending", "not-evaluable", "pending", "confirmed", "cleared"]),
    ("duplicate", ["pass", "pending", "confirmed", "cleared"]),
    ("out of order", ["pass", "pending", "confirmed", "cleared"]),
    ("irregular", ["pass", "pending", "confirmed", "cleared"]),
    ("missing point", []),
])
def test_fixtures(series, kind, expected):
    lines = replay("--kind", "boiler", "--csv", series(fixture(kind)), "--rules", series.rules, "--period", 60,
                   "--summary")
    assert states(lines[:-1]) == expected
    rows = lines[-1]["rows"]
    assert rows["doubled"] == (240 if kind == "duplicate" else 0)
    assert rows["late"] == (120 if kind == "out of order" else 0)
    if kind == "missing point":
        assert lines[-1]["rules"][0]["state"] == "not-ready"


def test_line(series):
    lines = replay("--kind", "boiler", "--csv", series(fixture("fault")), "--rules", series.rules)
    line = [x for x in lines if x["state"] == "confirmed"][0]
    assert line["file"].endswith("a.csv") and line["t"] == 70 * 60
    assert line["severity"] == "care" and line["sureness"] in ("low", "medium", "high")
    assert line["cause"] == [{"id": "pump", "share": 0.75}, {"id": "setting", "share": 0.25}]
    [atom] = line["evidence"]["comparisons"]
    assert atom["of"] == "flow.temperature" and atom["value"] == 85 and atom["threshold"] == 80
    assert atom["unit"] == "°C" and atom["holds"] is True


def test_map_and_period(series):
    rows = [(600 * i, 358.15 if 6 <= i < 24 else 330, i % 2) for i in range(48)]
    path = series(rows, head="t_s,kelvin,comp hz")
    run = subprocess.run([harness.program("hearthctl"), "diagnose", "replay", "--kind=boiler", "--csv", path,
                          "--map", "flow.temperature=kelvin - 273.15", "--rules", series.rules],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "600 s" in run.stderr
    assert "confirmed" in run.stdout
    error = replay("--kind", "boiler", "--csv", path, "--map", "flow.temperature=kelvn", "--rules", series.rules,
                   ok=False)
    assert "kelvin" in error
    error = replay("--kind", "boiler", "--csv", path, "--map", "flow.temperature=3 bar", "--rules", series.rules,
                   ok=False)
    assert "bar" in error


def test_points_of_its_own(series):
    """A rule may speak of a point that only the map makes; numbers become truth."""
    series.rules.write_text("[Rule idle]\nOn=heat_pump\nSeverity=info\nFault=not compressor and defrosting\n"
                            "Clear=compressor\n", encoding="utf-8")
    path = series([(60 * i, 0, 1) for i in range(10)], head="t_s,comp_hz,frost")
    lines = replay("--kind", "heat_pump", "--csv", path, "--map", "compressor=comp_hz > 0",
                   "--map", "defrosting=frost", "--rules", series.rules)
    assert states(lines, "idle") == ["confirmed"]


def test_map_of_names(series):
    """A recording of a machine that only cools has no column for that; and a slip in an attribute's name is told."""
    series.rules.write_text("[Rule cools]\nOn=room_air_conditioner\nSeverity=info\nFault=system_mode == cool\nClear=system_mode == off\n",
                            encoding="utf-8")
    path = series([(60 * i, 40 if i > 4 else 0) for i in range(10)], head="t_s,hz")
    for text, expect in (("cool", ["confirmed"]), ("3", ["confirmed"]), ("switch(hz > 0, off, cool)", ["confirmed"]), ("off", [])):
        lines = replay("--kind", "room_air_conditioner", "--csv", path, "--map", f"system_mode={text}", "--rules", series.rules)
        assert [x for x in states(lines, "cools") if x != "pass"] == expect, text
    assert "write one of off" in replay("--kind", "room_air_conditioner", "--csv", path, "--map", "system_mode=col", "--rules",
                                        series.rules, ok=False)
    run = subprocess.run([harness.program("hearthctl"), "diagnose", "replay", "--kind=room_air_conditioner", "--csv", path,
                          "--map", "active_powr=hz", "--rules", series.rules], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and 'is "active_power" meant?' in run.stderr


def test_words_and_dates(series):
    """Columns of names, RFC 3339 times with an offset, local hours."""
    series.rules.write_text("[Rule night]\nOn=laundry_washer\nSeverity=info\n"
                            "Fault=current_phase == drain and local_hour() < 3\nClear=current_phase == wash\n",
                            encoding="utf-8")
    rows = [("2026-01-01T%02d:%02d:00+08:00" % (h, m), "drain" if m < 30 else "wash")
            for h in range(6) for m in range(0, 60, 10)]
    lines = replay("--kind", "laundry_washer", "--csv", series(rows, head="time,current_phase"),
                   "--rules", series.rules)
    assert states(lines, "night") == ["confirmed", "cleared"] * 3
    assert lines[2]["t"] == "2026-01-01T01:00:00+08:00"


def test_several_files_and_state(series):
    """Two files in one run are the same as two runs with the state carried over; between them is a gap."""
    half = [(60 * i, 85) for i in range(6)]
    a, b = series(half, "a.csv"), series(half + [(60 * i, 85) for i in range(6, 30)], "b.csv")
    both = replay("--kind", "boiler", "--csv", a, "--csv", b, "--rules", series.rules)
    # The gap is no proof: ten minutes begin anew in the second file.
    confirmed = [x for x in both if x["state"] == "confirmed"]
    assert [(os.path.basename(x["file"]), x["t"]) for x in confirmed] == [("b.csv", 600)]
    state = series.path / "state"
    first = replay("--kind", "boiler", "--csv", a, "--rules", series.rules, "--state-out", state)
    second = replay("--kind", "boiler", "--csv", b, "--rules", series.rules, "--state-in", state)
    assert first + second == both
    state.write_bytes(state.read_bytes()[:-1])
    assert "state" in replay("--kind", "boiler", "--csv", b, "--rules", series.rules, "--state-in", state, ok=False)


def test_clock_set_back(series):
    """A clock that is set back by more than a few rows begins a new recording; nothing is lost after it."""
    rows = [(60 * i, 60) for i in range(30)] + [(60 * i, 85) for i in range(30)]
    lines = replay("--kind", "boiler", "--csv", series(rows), "--rules", series.rules, "--summary")
    assert states(lines[:-1]) == ["pass", "not-evaluable", "pending", "confirmed"]
    assert lines[-1]["rows"] == {"read": 60, "late": 0, "doubled": 0, "set_back": 1, "bad": 0}


def test_known_points(series):
    """Points that follow from others are there without any file."""
    series.rules.write_text("[Rule on]\nOn=heat_pump\nSeverity=info\nFault=compressor\n", encoding="utf-8")
    path = series([(60 * i, 40 if i > 5 else 0) for i in range(10)], head="t_s,compressor_frequency")
    lines = replay("--kind", "heat_pump", "--csv", path, "--rules", series.rules)
    assert states(lines, "on") == ["pass", "confirmed"]


def test_hostile_files(series):
    bad = series.path / "bad.csv"
    for text in (b"", b"t_s\n", b"\xff\xfe,a\n1,2\n", b"t_s,flow.temperature\n"):
        bad.write_bytes(text)
        replay("--kind", "boiler", "--csv", bad, "--rules", series.rules, ok=False)
    bad.write_bytes(b"t_s,flow.temperature\n0,60\nnonsense,60\n60,sixty\n120,60,61,62\n180,nan\n\n240,1e999\n300,60\n")
    lines = replay("--kind", "boiler", "--csv", bad, "--rules", series.rules, "--period", 60, "--summary")
    assert lines[-1]["rows"] == {"read": 5, "late": 0, "doubled": 0, "set_back": 0, "bad": 2}
    assert "did you mean" in replay("--kind", "boilr", "--csv", bad, ok=False)


def test_profile(series):
    lines = replay("--profile", os.path.join(harness.TOP, "etc", "profiles", "phnix-pool-heatpump.profile"),
                   "--csv", series([(60 * i, 30) for i in range(60)]), "--summary")
    assert lines[-1]["kind"] == "heat_pump"
    assert any(r["rule"] == "sensor_range" and r["point"] == "flow.temperature" for r in lines[-1]["rules"])


def test_shipped_rules_check():
    run = subprocess.run([harness.program("hearthctl"), "--vendor=" + RULES, "--config=/nonexistent", "diagnose",
                          "check"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert not run.stderr
