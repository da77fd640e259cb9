# SPDX-License-Identifier: Apache-2.0
"""hearthctl bus monitor against a line with pymodbus at its other end."""
import json
import os
import signal
import socket
import subprocess
import time

import harness

HOUSEHOLD = {"appliances": ["fridge", "fridge-air", "boiler"], "way": False, "period": "2s"}


def start_monitor(h, *words):
    argv = [harness.program("hearthctl"), "--bus", h.ctl.bus_address, "--config", h.daemon.etc, "--vendor",
            os.path.join(harness.TOP, "etc"), "bus", "monitor", *words]
    return harness.popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def monitor(h, *words, timeout=60):
    p = start_monitor(h, *words)
    out, err = p.communicate(timeout=timeout)
    return p.returncode, out, err


def test_frames_both_ways_with_profile_names(shared):
    status, out, err = monitor(shared, "rs485", "--json", "--count", "40")
    assert status == 0, err
    frames = [json.loads(line) for line in out.splitlines()]
    assert len(frames) == 40
    assert {f["direction"] for f in frames} == {"to", "from"}
    values = {}
    for request, reply in zip(frames, frames[1:]):
        if (request["direction"], reply["direction"]) != ("to", "from"):
            continue
        assert reply["unit"] == request["unit"], (request, reply)
        assert reply["hex"].split()[1] == request["hex"].split()[1]
        assert reply["error"] is None and reply["lost"] == 0
        assert reply["readings"], reply
        for r in reply["readings"]:
            values.setdefault(reply["source"], {})[r["point"]] = r
    assert len(values) >= 2, values.keys()
    # against what hearthd itself shows
    fridge = next(s for s in values if s.startswith("fridge"))
    shown = {r["attribute"]: r for r in shared.ctl.json("get", fridge.split("/")[0])}
    assert shown
    assert any(r["quality"] == "good" for v in values.values() for r in v.values())


def test_text_raw_and_one_unit(shared):
    status, out, err = monitor(shared, "rs485", "--count", "6")
    assert status == 0, err
    assert " > " in out and " < " in out and "request" in out and "reply" in out
    unit = json.loads(monitor(shared, "rs485", "--json", "--count", "1")[1])["unit"]
    status, out, err = monitor(shared, "rs485", "--raw", "--count", "4", "--unit", str(unit))
    assert status == 0, err
    lines = out.splitlines()
    assert len(lines) == 4
    assert all(line.split(" ")[2] == "%02X" % unit for line in lines), lines


def test_recorded_trace_is_played(shared, tmp_path):
    for id_ in ("fridge-air", "fridge"):
        appliance = next(a for a in shared.ctl.json("list") if a["id"] == id_)
        trace = str(tmp_path / (id_ + ".trace"))
        p = start_monitor(shared, "rs485", "--record", trace, "--appliance", id_)
        if id_ == "fridge-air": # one of its reads comes once an hour
            before = next(b for b in shared.ctl.json("bus", "list") if b["id"] == "rs485")["replies"]
            harness.wait_for("some rounds", lambda: next(b for b in shared.ctl.json(
                "bus", "list") if b["id"] == "rs485")["replies"] > before + 12, 60)
            p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=60)
        assert p.returncode == 0, err
        profile = appliance["sources"][0]["profile"]
        done = shared.ctl.run("--config", shared.daemon.etc, "--vendor", os.path.join(harness.TOP, "etc"),
                              "profile", "test", profile, trace)
        assert "good" in done.stdout, done.stdout
        text = open(trace).read()
        assert text.count("\n= ") >= 2, text
        # never over an existing file
        status, _, err = monitor(shared, "rs485", "--record", trace, "--appliance", id_)
        assert status == 1 and "exists" in err


def test_ctrl_c_and_bounds(shared):
    readers = [start_monitor(shared, "rs485", "--raw") for _ in range(4)]
    for p in readers:
        p.stdout.readline()
    status, _, err = monitor(shared, "rs485", "--count", "1")
    assert status == 1 and "look at bus" in err, err
    for p in readers:
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=10)
        assert p.returncode == 0, err
    # the places are free again
    harness.wait_for("a free place", lambda: monitor(shared, "rs485", "--count", "1")[0] == 0, 10)
    status, _, err = monitor(shared, "nothing", "--count", "1")
    assert status == 1 and "nothing" in err


def test_slow_reader_costs_nobody_anything(shared):
    p = start_monitor(shared, "rs485", "--json")
    p.stdout.readline()
    p.send_signal(signal.SIGSTOP)
    before = next(b for b in shared.ctl.json("bus", "list") if b["id"] == "rs485")["requests"]
    harness.wait_for("polling goes on",
                     lambda: next(b for b in shared.ctl.json("bus", "list") if b["id"] == "rs485")["requests"] > before + 20, 60)
    p.send_signal(signal.SIGCONT)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=10)
    assert p.returncode == 0
