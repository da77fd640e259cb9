# SPDX-License-Identifier: Apache-2.0
"""docs/examples/service-desk as an independent peer over a real broker: what it takes in, what it refuses, what
its answers become in the house, and readings as line protocol and CSV."""
import base64
import csv
import glob
import importlib
import json
import os
import re
import subprocess
import sys
import time
import types
import zlib

import pytest

import brokers
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
    if not brokers.kind().retained_wildcard: # a desk that comes later finds nothing: there it comes first
        shared.relays["maker"].stop()
        shared.relays["maker"].start()
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
    assert h.ctl.json("repair", "verify-visit", say=code)["good"]

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


def decoded(folder, messages, name):
    """What hearthctl makes of the MESSAGES, (payload, dictionaries): lines."""
    files = []
    for n, m in enumerate(messages):
        files.append(os.path.join(folder, "%s-%04d" % (name, n)))
        with open(files[-1], "wb") as f:
            f.write(m)
    out = subprocess.run([harness.program("hearthctl"), "report", "decode", "--to=line", *files], stdout=subprocess.PIPE,
                         check=True, timeout=60, text=True)
    return out.stdout.splitlines()


def number_lines(lines):
    """1.50 and 1.5 are the same."""
    def same(line):
        head, _, rest = line.partition("=") # gw=
        names, value, t = re.fullmatch(r"(.*?)=([^=]*|\".*\") ([0-9]+)", rest[rest.index(" "):]).groups()
        return head + rest[:rest.index(" ")] + names, value if value[0] in "\"tf" else float(value), t
    return [same(l) for l in lines]


def test_lossless(shared, desk):
    """Columns of hearth.report/2: what the desk's own decoder makes of them is what hearthctl makes of the same
    messages, value for value, over a restart of the desk too."""
    h, before = shared, len(desk.text())
    path = os.path.join(h.daemon.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        harness.write(path, f.read().replace("Level=full", "Level=full\nReport=lossless"))
    h.ctl.run("reload")

    def published():
        return sorted((m.json for m in h.subscriber.of("report") if m.json["schema"] == "hearth.report/2"),
                      key=lambda m: m["seq"])

    def taken():
        try:
            with open(os.path.join(desk.folder, "columns", published()[-1]["gw"]), encoding="utf-8") as f:
                return json.load(f)["seq"]
        except FileNotFoundError: # the first is on its way
            return -1
    for n, temperature in enumerate((30.0, 30.5)):
        h.home.tell("set", "probe", "temperature", temperature)
        count = len(published())
        h.subscriber.wait(lambda n=count: len(published()) > n, "reports with columns", 60)
        harness.wait_for("the same at the desk; " + desk.tail(), lambda: taken() == published()[-1]["seq"], 60)
        if n == 0:
            desk.stop()
            desk.start()

    def groups():
        return [g for m in published() for of in m.get("s", {}).values() for g in of]
    h.subscriber.wait(lambda: any(not c.startswith("=") for g in groups() for c in g[2].split(",")),
                      "a column that does not begin anew", 90)
    # What changes seldom stands as pairs beside the columns.
    assert any("temperature" in of for m in published() for of in m.get("a", {}).values()) or \
        any("temperature" in g[1].split(",") for g in groups())
    messages = published()
    wanted = number_lines(decoded(h.folder.path, [json.dumps(m).encode() for m in messages], "lossless"))
    harness.wait_for("the desk; " + desk.tail(), lambda: taken() >= messages[-1]["seq"], 60)
    with open(desk.files["line"], encoding="utf-8") as f:
        got = number_lines(f.read().splitlines())
    first = len(got) - got[::-1].index(wanted[-1]) - len(wanted)
    assert len(wanted) > 10 and got[first:first + len(wanted)] == wanted
    assert "left aside" not in desk.text()[before:] and "refused" not in desk.text()[before:]


@pytest.fixture(scope="module")
def reports():
    sys.path.insert(0, os.path.dirname(DESK))
    yield importlib.import_module("reports")
    sys.path.pop(0)


def report(seq, prev=None, epoch="7f3a91c2", schema="hearth.report/2", **more):
    return dict({"schema": schema, "gw": "gw", "epoch": epoch, "seq": seq, "prev": seq - 1 if prev is None else prev,
                 "t": 1795001200}, **more)


def column(*texts, moments=(0, 10, 10, 11, 9), of="ac"):
    names = ["local_temperature", "energy_imported", "power"][:len(texts)]
    return {"s": {of: [[list(moments), ",".join(names), ",".join(texts)]]}}


def test_columns(reports, tmp_path):
    """Every form of a column, as hearthctl reads it."""
    stream = [
        report(1, **column("=21.8/0.1;0a0B", "=100/1;~(44)0a", "=0.5/0.25;..b0A")),
        report(2, **column("a", "b0(-3)", "Z(-300)z")), # go on; a change of the change ends
        report(3, **column("", "~a0", "=7/1;")),
        report(4, **column("0", "~0", "=-7.50/0.5;~A"), a={"ac": {"mode": [3, "cool", 4, "heat \"x\""], "on": [1, True]}}),
        report(5, a={"ac": {"energy_imported": [1, 300, 2, 301.0]}}, q={"ac": {"power": [60, "stale", 1, "unavailable:no-reply"]}}),
        report(6, **column("a", "~a")), # no value since, and one from a series
        report(9, 7, **column("a", "a", "=1/1;a")), # something is missing: left aside until anew
        report(10, 9, **column("=3/1;", "a", "b")),
        report(1, 0, "00000001", **column("a", "=1/0.001;a")), # another epoch
        report(2, 1, "00000001", "hearth.report/1", a={"ac": {"power": [0, 1.5, 7, -3]}}),
    ]
    decoder, lines = reports.Decoder(), []
    for message in stream:
        boot, rows = decoder.samples(reports.parse(json.dumps(message)))
        assert boot is None
        for t, appliance, name, value in rows:
            lines.append(reports.line_of("gw", t, appliance, name, value))
        decoder = reports.Decoder(json.loads(json.dumps(decoder.state)))
        assert decoder.samples(message) == (None, []) # a second time
    wanted = decoded(str(tmp_path), [json.dumps(m).encode() for m in stream], "m")
    assert number_lines(lines) == number_lines(wanted) and len(wanted) > 40
    assert "hearth,gw=gw,appliance=ac power=-7.5 1795001200000000000" not in lines # -7.5 - 0.5
    assert lines[0] == "hearth,gw=gw,appliance=ac local_temperature=21.8 1795001200000000000"
    assert "hearth,gw=gw,appliance=ac local_temperature=21.7 1795001231000000000" in lines


def test_hostile_reports(reports):
    """Whatever is wrong is refused by one of the errors the desk expects, at once."""
    good = column("=1/1;a")
    bad = [None, [], {}, report(1, schema="hearth.report/3"), report(-1), report(1, t=-1), report(1, t=1 << 70), report(True),
           report(1, s=[]), report(1, s={"ac": 1}), report(1, s={"../x": good["s"]["ac"]}), report(1, s={"ac": [[[0], "a b", "=1/1;"]]}),
           report(1, **column("=1/0;")), report(1, **column("=1.2.3/1;")), report(1, **column("=./1;")), report(1, **column("=1/1;!")),
           report(1, **column("=1/1;" + "a" * 6)), report(1, **column("=1/1;......")), report(1, **column("=%d/1;" % 10 ** 16)),
           report(1, **column("=1/1;a", moments=[0, -1])), report(1, **column("=1/1;a", moments=[1 << 40])),
           report(1, **column("=1/1;a", moments=[1.5])), report(1, **column("=1/1;a", moments=range(5000))),
           report(1, s={"ac": [[[0], "a,b", "=1/1;a"]]}), report(1, a={"ac": {"x": [1]}}), report(1, a={"ac": {"x": [0, None]}}),
           report(1, a={"ac": {"x\ny=1": [0, 1]}}), report(1, a={"ac": {"x": [0, {}]}}), report(1, clk="boot", a={"ac": {"x": [0, 1]}})]
    for message in bad:
        with pytest.raises(reports.BAD):
            reports.Decoder().samples(message)
    names = ",".join("a%d" % i for i in range(3000))
    bomb = report(1, s={"ac": [[[1] * 4000, names, ",".join(["=1/1;~a"] * 3000)]]}) # 12 million values
    for text in (b"[" * 500000, b'{"a":' * 100000, b'{"t":NaN}', b"\xff", b"{" + b"1" * 9000):
        with pytest.raises(reports.BAD):
            reports.parse(text)
    with pytest.raises(reports.BAD):
        reports.Decoder().samples(bomb)
    for payload in (b"", b"x", zlib.compress(b" " * (2 << 20)), zlib.compress(b"{}")[:-3]):
        with pytest.raises(reports.BAD):
            reports.inflate(payload, {})
    assert reports.line_of("gw", 1, "ac", "x", 'a"\\\n\x1b') == 'hearth,gw=gw,appliance=ac x="a\\"\\\\\\x0a\\x1b" 1000000000'


def test_hostile_broker(reports, tmp_path, capsys):
    """The desk itself, without a broker: nothing a stranger publishes ends it, leaves its folder or speaks for another
    gateway; and what waits for a dictionary or for the date is lost by none of it."""
    line = str(tmp_path / "line")
    desk = importlib.import_module("desk").Desk(types.SimpleNamespace(
        folder=str(tmp_path / "desk"), line=line, csv=None, prefix="hearth/v1", accept=False))

    def hear(topic, payload):
        payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        desk.on_message(None, None, types.SimpleNamespace(topic="hearth/v1/" + topic, payload=payload))
    event = dict(report(1), schema="hearth.event/1", event="raised", code="\x1b[2J", severity="danger")
    bad = [("other/event", event), ("gw/event", dict(event, epoch="../../x1")), ("gw/event", dict(event, seq="../x")),
           ("../event", dict(event, gw="..")), ("gw/event", []), ("gw/event", {}), ("gw/event", b"[" * 200000),
           ("gw/report", dict(report(1), a=[])), ("gw/report", dict(report(2), lost=5)), ("gw/repair", report(3)),
           ("gw/repair", dict(report(4), payload="e30=", key="", sig=""))]
    for n, message in enumerate(bad):
        hear(*message)
        assert capsys.readouterr().err.count("refused: ") == 1, (n, message)
    hear("gw/event", dict(event, seq=10))
    assert "\x1b" not in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "desk" / "events").iterdir()] == ["gw-7f3a91c2-10.json"]

    names = b'"local_temperature"'
    deflate = zlib.compressobj(zdict=names)
    hear("gw/report", deflate.compress(json.dumps(dict(report(5), a={"ac": {"x": [1, 1]}})).encode()) + deflate.flush())
    deflate = zlib.compressobj(zdict=names)
    hear("gw/report", deflate.compress(b"{}") + deflate.flush()) # waits beside it, and is none
    hear("gw/dict/x", names)
    assert capsys.readouterr().err.count("refused: ") == 1
    hear("gw/report", dict(report(6), t=50, clk="boot", boot="0" * 16, a={"ac": {"x": [1, 2]}}))
    assert "without a date" in capsys.readouterr().err
    hear("gw/event", dict(event, seq=7, boots={"0" * 16: 1795000000.25}))
    with open(line, encoding="utf-8") as f:
        assert [l.split()[1:] for l in f] == [["x=1", "1795001201000000000"], ["x=2", "1795000051000000000"]]
