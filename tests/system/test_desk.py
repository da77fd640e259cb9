# SPDX-License-Identifier: Apache-2.0
"""docs/examples/service-desk as an independent peer over a real broker: what it takes in, what it refuses, what
its answers become in the house, and readings as line protocol and CSV."""
import base64
import csv
import glob
import json
import os
import subprocess
import time

import pytest

import harness

DESK = os.path.join(harness.TOP, "docs", "examples", "service-desk", "desk.py")
HOUSEHOLD = dict(appliances=["fridge-air"], period="1s", way=False, daemon_extra="Clock=trusted\n",
                 upstreams={"maker": {"Level": "full", "Planes": "event report repair"}})


class Desk(harness.Process):
    def __init__(self, h):
        self.folder, self.options = os.path.join(h.folder.path, "desk"), []
        self.options = [harness.PYTHON, DESK, "--broker", "127.0.0.1:%d" % h.broker.port, "--folder", self.folder]
        self.files = {n: os.path.join(h.folder.path, "readings." + n) for n in ("line", "csv")}
        super().__init__("desk", h.folder.path, self.options + ["--line", self.files["line"], "--csv", self.files["csv"],
                                                                "--accept", "run"])

    def start(self):
        self.spawn()
        harness.wait_for("the desk's subscription", lambda: "ready" in self.text(), 30)
        return self

    def do(self, *words):
        return subprocess.run(self.options + list(words), stdout=subprocess.PIPE, check=True, text=True, timeout=60).stdout

    def requests(self):
        return [json.load(open(p, encoding="utf-8"))
                for p in glob.glob(os.path.join(self.folder, "requests", "*.json"))]


@pytest.fixture
def desk(shared):
    d = Desk(shared).start()
    yield d
    d.stop()


def test_desk(shared, desk):
    """A request, accepted by itself, an appointment, the visit, the end; and forged ones."""
    h = shared
    number = h.ctl.json("repair", "request", "fridge-air", "--yes", "--note", "warm \"inside\"")["number"]

    def state():
        return next(r for r in h.ctl.json("repair", "list") if r["number"] == number)
    h.daemon.wait(lambda: state()["state"] == "accepted", "the desk's answer; " + desk.tail(), 60)
    case, = desk.requests()
    request = case["packet"]["request"]
    assert request in desk.do("list") and case["packet"]["note"] == "warm \"inside\""
    code = case["packet"]["visit"]
    assert code not in desk.do("show", request) and code in desk.do("show", request, "--visit")
    assert code not in desk.text()
    desk.do("answer", request, "appointment", "--from", "2026-12-01T09:00", "--to", "2026-12-01T11:00", "--who", "Li",
            "--text", "We bring a fan.", "--zh", "我们带风扇来。")
    h.daemon.wait(lambda: state()["state"] == "appointment", "the appointment", 60)
    assert "We bring a fan." in h.ctl.run("repair", "show", str(number)).stdout
    assert state()["answers"][-1]["from"] == int(time.mktime((2026, 12, 1, 9, 0, 0, 0, 0, -1)))
    assert h.ctl.json("repair", "verify-visit", code)["good"]

    # Others write to the broker what the gateway never signed.
    message = next(m for m in h.subscriber.of("repair"))
    forged = dict(message.json, seq=message.json["seq"] + 1000)
    raw = base64.b64decode(forged["payload"])
    other = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], stdout=subprocess.PIPE, check=True).stdout
    key_file = harness.write(os.path.join(h.folder.path, "other.pem"), other.decode())
    their = raw.replace(request.encode(), b"f" * 32)
    harness.write(os.path.join(h.folder.path, "their"), their.decode())
    signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in",
                                os.path.join(h.folder.path, "their")], stdout=subprocess.PIPE, check=True).stdout
    public = subprocess.run(["openssl", "pkey", "-in", key_file, "-pubout", "-outform", "DER"],
                            stdout=subprocess.PIPE, check=True).stdout[-32:]

    def b64(x):
        return base64.b64encode(x).decode()
    for n, (bad, why) in enumerate([
            (dict(forged, payload=b64(raw.replace(b"warm", b"cold"))), "the signature is wrong"),
            (dict(forged, request="e" * 32), "request differs"),
            (dict(forged, payload=b64(their), sig=b64(signature), key=b64(public), request="f" * 32), "not by the key"),
            (dict(forged, sig="AAAA"), "wrong length"), ([], "")]):
        if isinstance(bad, dict):
            bad["seq"] += n
        h.subscriber.client.publish(message.topic, json.dumps(bad), qos=1).wait_for_publish(30)
        harness.wait_for("refusal %d: %s; %s" % (n, why, desk.tail()), lambda: desk.text().count("refused:") == n + 1, 30)
        assert why in desk.text().rsplit("refused:", 1)[1]
    assert len(desk.requests()) == 1

    desk.do("answer", request, "closed")
    h.daemon.wait(lambda: not state()["open"], "closed", 60)
    assert desk.do("list") == ""
    number = h.ctl.json("repair", "request", "fridge-air", "--yes")["number"]
    h.daemon.wait(lambda: state()["state"] == "accepted", "the second one", 60)
    h.ctl.run("repair", "cancel", str(number))
    harness.wait_for("the end at the desk", lambda: "cancelled by the household" in desk.text(), 30)


def test_readings(shared, desk):
    """What reports say is what hearthctl says, as line protocol and as CSV."""
    h = shared
    h.home.tell("set", "probe", "temperature", 31.5)
    alias = h.aliases("maker")["fridge-air"]

    def lines():
        try:
            return open(desk.files["line"], encoding="utf-8").read().split("\n")
        except FileNotFoundError:
            return []
    wanted = "appliance=%s temperature=31.5 " % alias
    found = harness.wait_for("the reading; " + desk.tail(), lambda: [l for l in lines() if wanted in l], 60)
    t = int(found[0].rsplit(" ", 1)[1])
    assert t % 1000000000 == 0 and abs(t / 1e9 - time.time()) < 120
    desk.stop()
    with open(desk.files["csv"], encoding="utf-8") as f:
        rows = [r for r in csv.reader(f) if r[2:] == [alias, "temperature", "31.5"]]
    assert rows and rows[0][0] == time.strftime("%FT%TZ", time.gmtime(t // 1000000000))
