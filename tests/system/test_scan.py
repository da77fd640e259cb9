# SPDX-License-Identifier: Apache-2.0
"""scan, add, remove and rename against pymodbus, through hearthd and without it, with a person's terminal."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import harness

VENDOR = os.path.join(harness.TOP, "etc")


def argv(h, *words):
    return [harness.program("hearthctl"), "--bus", h.ctl.bus_address, "--config", h.daemon.etc, "--vendor", VENDOR,
            "--no-pager", *words]


def run(h, *words, timeout=120):
    return subprocess.run(argv(h, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=timeout, env=dict(os.environ, LC_ALL="C.UTF-8"))


class Terminal:
    """hearthctl on a pseudo-terminal, as a person sees it."""

    def __init__(self, h, *words, lang="C.UTF-8"):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            harness.with_parent()
            a = argv(h, *words)
            os.execve(a[0], a, dict(os.environ, LC_ALL=lang, TERM="xterm", COLUMNS="100"))
        self.text = ""

    def until(self, pattern, timeout=60):
        end = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("no %r in %s" % (pattern, self.text))
            try:
                got = os.read(self.fd, 4096)
            except OSError:
                got = b""
            if not got:
                raise AssertionError("ended without %r: %s" % (pattern, self.text))
            self.text += got.decode(errors="replace")
        return self

    def say(self, line):
        os.write(self.fd, line.encode() + b"\n")
        return self

    def end(self, timeout=60):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    got = os.read(self.fd, 4096)
                except OSError:
                    break
                if not got:
                    break
                self.text += got.decode(errors="replace")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def profile_of(h, name):
    return {u: p for _, sources, _ in h.APPLIANCES.values() for _, u, p in sources.values()}[name]


def found_by_unit(result):
    return {f["unit"]: f for f in result["found"]}


def test_scan_through_a_busy_bus(make_household):
    """One appliance is configured; the others on its line are found, and it keeps its period."""
    h = make_household(appliances=["fridge"], way=False, period="1s").start()
    units = {name: u["unit"] for name, u in h.home.units.items()}
    before = next(b for b in h.ctl.json("bus", "list") if b["id"] == "rs485")
    start = time.monotonic()
    done = run(h, "scan", "rs485", "--units", ",".join(str(u["unit"]) for u in h.home.units.values()) + ",77", "--json")
    assert done.returncode == 0, done.stderr
    found = found_by_unit(json.loads(done.stdout))
    assert units["pzem"] not in found
    for name in ("probe", "dhw", "sdm120"):
        f = found[units[name]]
        best = [m["profile"] for m in f["matches"][:max(1, f["alike"])]]
        print(name, units[name], [(m["profile"], m["certainty"], m["reason"]) for m in f["matches"][:3]])
        assert f["address"] == "rs485:%d" % units[name]
        assert profile_of(h, name) in [m["profile"] for m in f["matches"]], (name, f)
    assert set(found) == {units[n] for n in ("probe", "dhw", "sdm120")}
    seconds = time.monotonic() - start
    assert all(a["state"] == "ok" for a in h.ctl.json("list")), h.ctl.json("list")
    print("scan of 12 units beside a polled one: %.1f s" % seconds, before["load"])
    # settings of the line stay while an appliance is on it
    done = run(h, "scan", "rs485", "--baud", "19200")
    assert done.returncode == 1 and "settings stay" in done.stderr


def test_first_five_minutes(make_household):
    """No line, no appliance: scan a device, add what it shows, rename it, take it out again."""
    h = make_household(appliances=[], way=False, upstreams={"cloud": {"Level": "off", "Planes": "event"}})
    h.home.start()
    h.broker.start()
    h.bus.start()
    harness.write(os.path.join(h.daemon.etc, "hearthd.conf"), "[Daemon]\nFlushInterval=10s\n")
    h.daemon.start()
    unit = h.home.units["probe"]["unit"]
    device = "rtu:" + h.home.rtu
    t = Terminal(h, "scan", device, "--units", "%d-%d" % (unit, unit + 1), "--baud", "9600")
    t.until("found. Next: hearthctl add ")
    address = re.search(r"hearthctl add (\S+)", t.text)[1]
    assert t.end() == 0, t.text
    assert address.endswith(":%d" % unit)
    t = Terminal(h, "add", address, "--profile", "xy-md02", "--label", "厨房", "--id", "kitchen", lang="zh_CN.UTF-8")
    t.until(r"\[Y/n\]")
    assert "temperature" in t.text and "✓" in t.text and "rs485-0" in t.text, t.text
    t.say("y")
    assert t.end() == 0, t.text
    conf = open(os.path.join(h.daemon.etc, "appliances.d", "kitchen.conf")).read()
    assert "Bus=rs485-0\nUnit=%d\nProfile=xy-md02\n" % unit in conf and "Label=厨房" in conf
    assert os.stat(os.path.join(h.daemon.etc, "appliances.d", "kitchen.conf")).st_mode & 0o777 == 0o644
    assert not [f for f in os.listdir(os.path.join(h.daemon.etc, "appliances.d")) if f.startswith(".")]
    h.daemon.wait(lambda: "1 answering" in h.daemon.status, "1 answering")
    assert h.value("kitchen", "temperature")[1] == "good"
    # never twice
    done = run(h, "add", "rs485-0:%d" % unit, "--profile", "xy-md02", "--yes")
    assert done.returncode == 1 and "kitchen already" in done.stderr, done.stderr
    # a second one on the same line, by hand of a script
    other = h.home.units["pzem"]["unit"]
    done = run(h, "add", "rs485-0:%d" % other, "--profile", "pzem-016", "--yes")
    assert done.returncode == 0, done.stderr
    assert os.path.exists(os.path.join(h.daemon.etc, "appliances.d", "electrical-meter.conf")), done.stdout
    h.daemon.wait(lambda: "2 answering" in h.daemon.status, "2 answering")
    done = run(h, "rename", "kitchen", "冰箱旁")
    assert done.returncode == 0, done.stderr
    assert [a["label"] for a in h.ctl.json("list") if a["id"] == "kitchen"] == ["冰箱旁"]
    t = Terminal(h, "remove", "electrical-meter").until(r"\[y/N\]").say("y")
    assert t.end() == 0, t.text
    h.daemon.wait(lambda: "1 appliance" in h.daemon.status, "1 appliance")
    done = run(h, "remove", "electrical-meter", "--yes")
    assert done.returncode == 1


def test_ctrl_c_keeps_what_was_found(make_household):
    h = make_household(appliances=["fridge"], way=False).start()
    unit = h.home.units["probe"]["unit"]
    rest = ",".join(str(u) for u in range(100, 200))
    t = Terminal(h, "scan", "rs485", "--units", "%d,%s" % (unit, rest)).until(r"rs485:%d" % unit)
    os.write(t.fd, b"\x03")
    assert t.end() == 0, t.text
    assert "Stopped after" in t.text and "1 found" in t.text, t.text


def test_add_says_no(make_household):
    h = make_household(appliances=["fridge"], way=False).start()
    files = os.listdir(os.path.join(h.daemon.etc, "appliances.d"))
    unit = h.home.units["probe"]["unit"]
    for words, text in ((["rs485:99", "--profile", "xy-md02", "--yes"], "gave no value"),
                        (["rs485:99", "--yes"], "does not answer"),
                        (["nothing:5", "--yes"], "no bus"),
                        (["rs485", "--yes"], "needs an address"),
                        (["rs485:%d" % unit, "--profile", "no-such", "--yes"], "no-such"),
                        (["rs485:%d" % unit, "--profile", "xy-md02"], "--yes"),
                        (["rs485:%d" % unit, "--profile", "xy-md02", "--id", "fridge", "--yes"], "already"),
                        (["rs485:%d" % unit, "--id", "../x", "--yes"], "an id is")):
        done = run(h, "add", *words)
        assert done.returncode in (1, 2) and text in done.stderr, (words, done.stderr)
    # a label that the configuration refuses must not cost the appliance its file
    for label in ("a\x1b[31m", "x" * 129, "\n", " "):
        done = run(h, "add", "rs485:%d" % unit, "--profile", "xy-md02", "--label", label, "--yes")
        assert done.returncode == 2 and "a label is" in done.stderr, (label, done)
        done = run(h, "rename", "fridge", label)
        assert done.returncode == 2 and "a label is" in done.stderr, (label, done)
    assert h.ctl.json("list")[0]["state"] == "ok"
    done = run(h, "scan", h.home.rtu, "--units", "77") # a path is enough
    assert done.returncode == 0 and "Nobody answered" in done.stdout, done
    done = run(h, "scan", "/dev/no-such-adapter")
    assert done.returncode == 1 and "ls -l /dev/serial" in done.stderr, done
    # one that refuses every read is not called silent
    h.home.tell("disturb", "probe", "exception", 2)
    done = run(h, "add", "rs485:%d" % unit, "--profile", "xy-md02", "--yes")
    assert done.returncode == 1 and "has none of these registers" in done.stderr, done
    assert "does not answer" not in done.stdout, done
    h.home.tell("disturb", "probe", "none")
    t = Terminal(h, "add", "rs485:%d" % unit, "--profile", "xy-md02").until(r"\[Y/n\]").say("n")
    assert t.end() == 1
    assert os.listdir(os.path.join(h.daemon.etc, "appliances.d")) == files


def test_without_hearthd(make_household):
    """scan and add on a gateway on which nothing runs yet."""
    h = make_household(appliances=[], way=False)
    h.home.start()
    unit = h.home.units["dhw"]["unit"]
    device = "rtu:" + h.home.rtu
    done = run(h, "scan", device, "--units", str(unit), "--baud", "9600", "--parity", "N", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["complete"] and [f["unit"] for f in result["found"]] == [unit]
    address = result["found"][0]["address"]
    assert address == "%s,9600,8N1:%d" % (device, unit)
    done = run(h, "add", address, "--profile", "midea-170l-dhw", "--id", "boiler", "--yes")
    assert done.returncode == 0, done.stderr
    assert "does not run" in done.stdout
    assert "[Bus rs485-0]\nDevice=%s\nBaud=9600\nParity=none\nStopBits=1\n" % device in open(
        os.path.join(h.daemon.etc, "hearthd.conf.d", "rs485-0.conf")).read()
    # a TCP device answers through its own unit or through any
    device = h.home.units["pool"]["device"]
    done = run(h, "scan", device, "--units", "1-40", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["found"]
    assert h.home.units["pool"]["unit"] in [f["unit"] for f in found] or found[0]["any_unit"], found
    assert "phnix-pool-heatpump" in [m["profile"] for m in found[0]["matches"]], found
    h.bus.start() # for stop()
    h.daemon.popen = None
