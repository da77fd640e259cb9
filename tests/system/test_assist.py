# SPDX-License-Identifier: Apache-2.0
"""Assistance: what one upstream sees of one appliance for a time, and nothing before, after or beside it."""
import os
import time

import harness

HOUSEHOLD = dict(appliances=["fridge-air", "fridge"], period="2s", flush_interval="10s", daemon_extra="Clock=trusted\n",
                 upstreams={"maker": {"Level": "faults", "Planes": "event repair"},
                            "plain": {"Level": "faults", "Planes": "event"}})


def reports(h, upstream):
    gw = h.ctl.json("upstream", "show", upstream)["gateway"]
    return [m for m in h.subscriber.of("report") if m.json and m.json["gw"] == gw]


def of(h, upstream):
    return next((a for a in h.ctl.json("assist", "list") if a["upstream"] == upstream), None)


def info(h, upstream):
    gw = h.ctl.json("upstream", "show", upstream)["gateway"]
    return [m.json for m in h.subscriber.of("info") if m.json and m.json["gw"] == gw][-1]


def told(h, upstream, name):
    alias = h.aliases(upstream)["fridge-air"]
    return [s[3] for m in reports(h, upstream) for s in harness.samples(m) if s[0] == alias and s[1] == name]


def test_assist(shared):
    """Begun, seen everywhere, bounded by a restart, ended by hand."""
    h = shared
    h.home.tell("set", "probe", "temperature", 11)
    h.daemon.wait(lambda: abs(h.value("fridge-air", "temperature")[0] - 11) < 0.05, "the value before", 60)
    for words, why in ((("nothing", "--upstream", "maker", "--for", "2h"), "no appliance"),
                       (("fridge-air", "--upstream", "nobody", "--for", "2h"), "no upstream"),
                       (("fridge-air", "--upstream", "maker", "--for", "25h"), "a day"),
                       (("fridge-air", "--upstream", "maker", "--for", "10s"), "a minute")):
        bad = h.ctl.run("assist", "start", *words, check=False)
        assert bad.returncode == 1 and why in bad.stderr, bad.stderr
    assert h.ctl.run("assist", "start", "fridge-air", check=False).returncode == 2
    assert h.ctl.json("assist", "list") == [] and not reports(h, "maker")

    began = time.time()
    h.ctl.run("assist", "start", "fridge", "--upstream", "plain", "--for", "1min") # ends by itself, see below
    h.ctl.run("assist", "start", "fridge-air", "--upstream", "maker", "--for", "30min")
    h.home.tell("set", "probe", "temperature", 22)
    h.subscriber.wait(lambda: any(abs(v - 22) < 0.05 for v in told(h, "maker", "temperature")), "the new value", 60)
    shown = of(h, "maker")
    assert shown["upstream"] == "maker" and 1700 < shown["left_s"] <= 1800
    assert abs(shown["until"] - (began + 1800)) < 30
    # Visible wherever somebody looks.
    assert "assistance: maker" in h.ctl.run("list").stdout
    assert "maker sees all of it" in h.ctl.run("status", "fridge-air").stdout
    assert "fridge-air" in h.ctl.run("upstream", "show", "maker").stdout.split("Sees in full")[1].split("\n")[0]
    assert "full for 30 min (assist)" in h.ctl.run("privacy", "show", "maker").stdout
    assert "协助" in h.ctl.run("--lang=zh_CN", "list").stdout
    told_info = info(h, "maker")
    assert told_info["assist"] == [{"appliance": h.aliases("maker")["fridge-air"], "minutes_left": 30}]
    assert "report" in told_info["planes"] and told_info["level"] == "faults"
    assert info(h, "plain")["assist"][0]["appliance"] == h.aliases("plain")["fridge"]
    # This appliance alone, this upstream alone, and nothing from before.
    assert {a for m in reports(h, "maker") for a in m.json.get("a", {})} == {h.aliases("maker")["fridge-air"]}
    assert not any(abs(v - 11) < 0.05 for v in told(h, "maker", "temperature")[1:])
    assert all(s[2] >= began - 6 for m in reports(h, "maker") for s in harness.samples(m))
    # Over a restart: what is left, and no more.
    before = of(h, "maker")["left_s"]
    assert h.daemon.stop() == 0
    h.daemon.start()
    h.wait_answering()
    h.daemon.wait(lambda: h.ctl.json("assist", "list"), "assistance after the restart", 30)
    assert before - 60 < of(h, "maker")["left_s"] <= before
    h.home.tell("set", "probe", "temperature", 33)
    h.subscriber.wait(lambda: any(abs(v - 33) < 0.05 for v in told(h, "maker", "temperature")), "a value after it", 60)
    assert {a for m in reports(h, "maker") for a in m.json.get("a", {})} == {h.aliases("maker")["fridge-air"]}

    # The end: nothing more leaves, nor what waits.
    h.way.set_cut(True)
    h.home.tell("set", "probe", "temperature", 34)
    waiting = h.ctl.json("upstream", "show", "maker")["last_stored"]
    h.daemon.wait(lambda: h.ctl.json("upstream", "show", "maker")["last_stored"] > waiting, "a report that waits", 60)
    h.ctl.run("assist", "stop", "fridge-air")
    n = len(reports(h, "maker"))
    h.way.set_cut(False)
    h.subscriber.wait(lambda: "assist" not in info(h, "maker"), "the end in the info document", 90)
    assert "report" not in info(h, "maker")["planes"]
    h.daemon.wait(lambda: h.ctl.json("upstream", "show", "maker")["waiting"]["reports"] == 0, "what waited", 60)
    h.home.tell("set", "probe", "temperature", 35)
    h.daemon.wait(lambda: abs(h.value("fridge-air", "temperature")[0] - 35) < 0.05, "a value after the end", 60)
    number = h.ctl.json("repair", "request", "fridge-air", "--yes")["number"] # something that passes reports
    h.subscriber.wait(lambda: [m for m in h.subscriber.of("repair") if m.json], "the request", 60)
    assert h.ctl.json("repair", "list")[-1]["number"] == number
    assert len(reports(h, "maker")) == n and of(h, "maker") is None
    # The other one has ended by itself.
    h.daemon.wait(lambda: h.ctl.json("assist", "list") == [], "its end", 90)
    assert "assistance" not in h.ctl.run("list").stdout
    assert {a for m in reports(h, "plain") for a in m.json.get("a", {})} <= {h.aliases("plain")["fridge"]}
    assert all(s[2] <= began + 62 for m in reports(h, "plain") for s in harness.samples(m))
    assert h.ctl.run("assist", "stop", "fridge-air", check=False).returncode == 1


def test_loosened_later(shared):
    """What is read behind the end of assistance stays in the house, also when the level is full one day."""
    h = shared
    alias = h.aliases("maker")["fridge-air"]
    h.ctl.run("assist", "start", "fridge-air", "--upstream", "maker", "--for", "30min")
    h.ctl.run("reload") # its terms are stored while it goes on
    h.home.tell("set", "probe", "temperature", 41)
    h.subscriber.wait(lambda: any(abs(v - 41) < 0.05 for v in told(h, "maker", "temperature")), "a value of it", 60)
    h.ctl.run("assist", "stop", "fridge-air")
    h.home.tell("set", "probe", "temperature", 44)
    h.daemon.wait(lambda: abs(h.value("fridge-air", "temperature")[0] - 44) < 0.05, "a value behind it", 60)
    h.home.tell("set", "probe", "temperature", 46)
    h.daemon.wait(lambda: abs(h.value("fridge-air", "temperature")[0] - 46) < 0.05, "the next", 60)
    path = os.path.join(h.daemon.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        head, tail = f.read().split("[Upstream maker]")
    harness.write(path, head + "[Upstream maker]" + tail.replace("Level=faults", "Level=full", 1).replace(
        "Planes=event repair", "Planes=event report", 1))
    h.ctl.run("reload")
    h.home.tell("set", "probe", "temperature", 48)
    h.subscriber.wait(lambda: any(abs(v - 48) < 0.05 for v in told(h, "maker", "temperature")), "what is read now", 60)
    assert h.aliases("maker")["fridge-air"] == alias
    assert not any(43.9 < v < 44.1 for v in told(h, "maker", "temperature"))


def test_two(shared):
    """Of two that one upstream sees, one ends: nothing of it leaves any more, also not what waits; the other goes on."""
    h = shared
    alias = {i: h.aliases("plain")[i] for i in ("fridge-air", "fridge")}
    for i in alias:
        h.ctl.run("assist", "start", i, "--upstream", "plain", "--for", "30min")

    def of_air():
        return told(h, "plain", "temperature")
    h.home.tell("set", "probe", "temperature", 51)
    h.subscriber.wait(lambda: any(abs(v - 51) < 0.05 for v in of_air()), "both of them; " + h.daemon.tail(), 60)
    h.way.set_cut(True)
    waiting = h.ctl.json("upstream", "show", "plain")["last_stored"]
    h.home.tell("set", "probe", "temperature", 53)
    h.daemon.wait(lambda: abs(h.value("fridge-air", "temperature")[0] - 53) < 0.05, "the value", 60)
    h.daemon.wait(lambda: h.ctl.json("upstream", "show", "plain")["last_stored"] > waiting + 1, "reports that wait", 90)
    assert not any(abs(v - 53) < 0.05 for v in of_air())
    h.ctl.run("assist", "stop", "fridge-air", "--upstream", "plain")
    for temperature in (55, 57): # nothing from between leaves either when it begins again
        h.home.tell("set", "probe", "temperature", temperature)
        h.daemon.wait(lambda t=temperature: abs(h.value("fridge-air", "temperature")[0] - t) < 0.05, "the value", 60)
    h.ctl.run("assist", "start", "fridge-air", "--upstream", "plain", "--for", "30min")
    h.home.tell("set", "probe", "temperature", 59)
    n = len(reports(h, "plain"))
    h.way.set_cut(False)
    h.subscriber.wait(lambda: any(abs(v - 59) < 0.05 for v in of_air()), "the value behind it; " + h.daemon.tail(), 90)
    assert not any(52.9 < v < 55.1 for v in of_air())
    fresh = reports(h, "plain")[n:]
    assert any("withheld" in m.json for m in fresh) and any(alias["fridge"] in m.json.get("a", {}) for m in fresh)
    for i in alias:
        h.ctl.run("assist", "stop", i)
    assert h.ctl.json("assist", "list") == []
