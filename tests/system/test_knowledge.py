# SPDX-License-Identifier: Apache-2.0
"""hearthctl knowledge list|show|check, as a person would call it; no daemon."""
import json
import os
import subprocess

import harness

VENDOR = os.path.join(harness.TOP, "etc")


def call(*words, config="/nonexistent"):
    return subprocess.run([harness.program("hearthctl"), "--vendor=" + VENDOR, "--config=" + str(config), *map(str, words)],
                          capture_output=True, text=True, timeout=60, env=dict(os.environ, LC_ALL="C.UTF-8"))


def test_list():
    everything = json.loads(call("--json", "knowledge", "list").stdout)
    assert len(everything["causes"]) >= 60
    boiler = json.loads(call("--json", "knowledge", "list", "boiler").stdout)
    ids = {c["id"] for c in boiler["causes"]}
    assert "boiler.electrode" in ids and "any.wiring" in ids and "ac.filter" not in ids
    assert {m["id"] for m in boiler["maintenance"]} >= {"boiler.service"}
    wrong = call("knowledge", "list", "boyler")
    assert wrong.returncode == 1 and 'did you mean "boiler"' in wrong.stderr


def test_gas_first():
    for lang, smell in (("en", "If you smell gas"), ("zh_CN", "如果闻到燃气味")):
        run = call("--lang", lang, "knowledge", "show", "boiler.pressure_low")
        assert run.returncode == 0
        lines = [line for line in run.stdout.splitlines() if line]
        assert lines[1].startswith(smell)


def test_show():
    assert "done when Flow temperature - Return temperature < 9 K" in call("knowledge", "show", "strainer").stdout
    cause = json.loads(call("--json", "knowledge", "show", "strainer").stdout)
    assert cause["id"] == "heat.strainer" and cause["expect_after"] == ["hp_low_flow"]
    assert [s["who"] for s in cause["steps"]] == ["household", "household", "plumber"]
    assert cause["steps"][0]["check"] and cause["steps"][0]["check_for_s"] == 1200
    several = call("knowledge", "show", "filter")
    assert several.returncode == 1 and "ac.filter, vent.filter" in several.stderr
    assert 'did you mean "ewh.scale"' in call("knowledge", "show", "ewh.scal").stderr
    assert call("knowledge", "show").returncode == 2
    assert "hepa_filter.condition" in call("knowledge", "show", "ac.filter_clean").stdout


def test_check(tmp_path):
    good = call("knowledge", "check")
    assert good.returncode == 0 and "no errors" in good.stdout, good.stdout + good.stderr
    path = tmp_path / "own.knowledge"
    path.write_text("[Cause own.thing]\nKinds=boiler\nName=a\nName[zh_CN]=a\nPart=a\nPart[zh_CN]=a\nText=a\nText[zh_CN]=a\n"
                    "Who=household\nDanger=none\nMinutes=5\nSources=me\nDecide=a\nDecide[zh_CN]=a\nExpectAfter=no_such_rule\n[Step own.thing 1]\n"
                    "Text=Unscrew the burner.\nText[zh_CN]=a\nTouches=gas\n", encoding="utf-8")
    bad = call("knowledge", "check", path)
    assert bad.returncode == 1
    for text in (f"{path}:15: ", 'there is no rule "no_such_rule"', f"{path}:17: ", '"unscrew" is nothing for a household',
                 f"{path}:19: ", "a household does not touch gas"):
        assert text in bad.stdout, bad.stdout


def test_own_files_hide_shipped_ones(tmp_path):
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "gas.knowledge").write_text("", encoding="utf-8")
    ids = {c["id"] for c in json.loads(call("--json", "knowledge", "list", config=tmp_path).stdout)["causes"]}
    assert "gas.leak" not in ids and "boiler.leak" in ids
