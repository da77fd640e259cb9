# SPDX-License-Identifier: Apache-2.0
"""docs/privacy.md, proved from the wire: one household whose names and numbers occur nowhere else, an upstream at
each level, and every byte that hearth-relay sends read along before it reaches the broker."""
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import brokers
import harness

LEVELS = {
    "none": {"Level": "off", "Planes": "event report state summary"},
    "fresh": {"Planes": None}, # as hearthd.conf(5) says of a new one
    "daily": {"Level": "daily"},
    "full": {"Level": "full", "Planes": "event report summary"},
    "home": {"Level": "full", "Planes": "event report state summary"},
}
PLANES = {"fresh": {"event"}, "daily": {"event", "summary"}, "full": {"event", "report", "summary"},
          "home": {"event", "report", "summary", "state"}}
HEAT_PUMP, METER, HIDDEN = "idmarker-pump", "idmarker-meter", "idmarker-hidden"
NAMES = re.compile("idmarker|Labelmarker|水牛标记|Roommarker|1987|pty-|/dev/|rs485|phnix-pool|eastron".encode())
# Household's numbers: a set point, a room's use of energy; never below full, and not even rounded at faults.
SET_POINT, POWER, VOLTAGE, ENERGY = 27.3, 1843.57, 231.37, 4321.77
RETURN_TEMPERATURE, OUTDOOR = 33.7, 17.3
EXACT = re.compile(rb"[^0-9.](27\.3|33\.7|17\.3|1843\.\d+|1844|231\.\d+|4321\.\d+)[^0-9]")
SWITCHED = {"none", "fresh", "daily", "full", "home"}


class Wire(threading.Thread):
    """A TCP port before the broker's: passes on, and keeps every byte that went up."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.up, self.connections, self.cut = port, [], 0, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links = []
        self.start()

    def run(self):
        while True:
            try:
                a, _ = self.listener.accept()
            except OSError:
                return
            if self.cut:
                a.close()
                continue
            b = socket.create_connection(("127.0.0.1", self.target))
            self.connections += 1
            chunks = []
            self.up.append(chunks)
            self.links += [a, b]
            threading.Thread(target=self.pump, args=(a, b, chunks), daemon=True).start()
            threading.Thread(target=self.pump, args=(b, a, None), daemon=True).start()

    @staticmethod
    def pump(a, b, keep):
        try:
            while data := a.recv(65536):
                if keep is not None:
                    keep.append(data)
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def set_cut(self, cut):
        self.cut = cut
        for s in self.links if cut else []:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def bytes(self):
        return b"".join(b"".join(chunks) for chunks in self.up)

    def packets(self, connection=None):
        """(type, flags, body) of everything that went up."""
        for chunks in self.up if connection is None else [self.up[connection]]:
            buffer = b"".join(chunks)
            while packet := harness.Way.packet(buffer):
                yield packet[0] >> 4, packet[0] & 15, packet[1]
                buffer = buffer[len(packet[2]):]

    def published(self):
        """(topic, payload, retained) in order."""
        out = []
        for kind, flags, body in self.packets():
            if kind != 3:
                continue
            n = int.from_bytes(body[:2], "big")
            topic, rest = body[2:2 + n].decode(), body[2 + n + (2 if flags & 6 else 0):]
            out.append((topic, rest[properties(rest):], bool(flags & 1)))
        return out

    def connects(self):
        """What each CONNECT says: client identifier, will topic and payload, user name."""
        out = []
        for kind, _, body in self.packets():
            if kind != 1:
                continue
            flags, at = body[7], 10
            at += properties(body[at:])
            fields = []
            client, at = text(body, at)
            if flags & 4:
                at += properties(body[at:])
                topic, at = text(body, at)
                payload, at = text(body, at)
                fields = [topic, payload]
            user = text(body, at)[0] if flags & 0x80 else None
            out.append((client, fields, user))
        return out


def properties(b):
    """The bytes of MQTT 5's properties, their length included."""
    if not brokers.kind().mqtt5:
        return 0
    length, at = varint(b)
    return at + length


def varint(b):
    value = shift = 0
    for i, byte in enumerate(b):
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, i + 1
    raise ValueError


def text(b, at):
    n = int.from_bytes(b[at:at + 2], "big")
    return b[at + 2:at + 2 + n].decode(), at + 2 + n


class House:
    def __init__(self, make):
        self.h = h = make(appliances=[], way=False, period="1s", upstreams=dict.fromkeys(LEVELS, {}))
        h.APPLIANCES = {HEAT_PUMP: ("heat_pump", {"": ("pool", "pool", "phnix-pool-heatpump")}, "Labelmarker"),
                        METER: ("laundry_washer", {"": ("rs485", "sdm120", "eastron-sdm120")}, "水牛标记"),
                        HIDDEN: ("electrical_meter", {"": ("rs485", "pzem", "pzem-016")}, "Labelmarker")}
        h.ids = [HEAT_PUMP, METER, HIDDEN]
        self.wires = {}
        self.shift_file = os.path.join(h.folder.path, "shift")
        self.shim = os.path.join(h.folder.path, "clockshift.so")
        subprocess.run([harness.tool("cc"), "-shared", "-fPIC", "-O1", "-o", self.shim,
                        os.path.join(harness.HERE, "clockshift.c"), "-ldl"], check=True)
        h.daemon.env.update(LD_PRELOAD=self.shim, CLOCK_SHIFT=self.shift_file, TZ="UTC")
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.set_time(23, 40)

    def set_time(self, hour, minute):
        """The gateway's time of day is that, today by its clock."""
        now = time.time()
        shift = hour * 3600 + minute * 60 - now % 86400
        harness.write(self.shift_file + ".new", "%d\n" % shift)
        os.rename(self.shift_file + ".new", self.shift_file)
        self.shift = shift

    def start(self):
        h = self.h
        h.broker.start()
        for name in LEVELS:
            self.wires[name] = Wire(h.broker.port)
        h.upstreams = {name: {k: v for k, v in dict(keys, Compression="none",
                                                    Url="mqtt://127.0.0.1:%d" % self.wires[name].port).items() if v}
                       for name, keys in LEVELS.items()}
        h.options = (h.options[0], h.options[1], "Clock=trusted\n")
        h.broker.start = lambda: h.broker
        h.start(relays=False, answering=False, subscriber=True)
        for unit, point, value in (("pool", "heating_target", SET_POINT), ("pool", "inlet_water_temperature", RETURN_TEMPERATURE),
                                   ("pool", "ambient_temperature", OUTDOOR), ("sdm120", "active_power", POWER),
                                   ("sdm120", "voltage", VOLTAGE), ("sdm120", "total_active_energy", ENERGY)):
            h.home.tell("set", unit, point, value)
        for id_ in h.ids:
            self.edit(id_, "[Appliance]\n", "[Appliance]\nLocation=Roommarker\nInstalled=1987-06\n")
        self.edit(HIDDEN, "[Appliance]\n", "[Appliance]\nLevel=off\n")
        with open(self.path(METER), "a", encoding="utf-8") as f:
            f.write("[Map]\n" + "".join("%s=main.%s\n" % pair for pair in (
                ("active_power", "active_power"), ("energy_imported", "total_active_energy"))))
        h.daemon.send(signal.SIGHUP)
        for relay in h.relays.values():
            if relay.name != "relay-none":
                relay.start()
        h.wait_answering(3, 60)
        return self

    def path(self, id_):
        return os.path.join(self.h.daemon.etc, "appliances.d", id_ + ".conf") if id_ else \
            os.path.join(self.h.daemon.etc, "hearthd.conf")

    def edit(self, id_, old, new):
        with open(self.path(id_), encoding="utf-8") as f:
            content = f.read()
        assert old in content, (old, content)
        harness.write(self.path(id_), content.replace(old, new, 1))

    def reload(self):
        before = self.h.daemon.text().count("configuration read again")
        self.h.daemon.send(signal.SIGHUP)
        self.h.daemon.wait(lambda: self.h.daemon.text().count("configuration read again") > before, "a reload", 60)

    def of(self, name, suffix):
        return [p for t, p, _ in self.wires[name].published() if t.endswith("/" + suffix) and p]

    def value(self, id_, attribute):
        return {r["attribute"]: r["value"] for r in self.h.ctl.json("get", id_, check=False)}.get(attribute)

    def wait(self, what, condition, timeout=60):
        return self.h.daemon.wait(condition, what, timeout)


@pytest.fixture(scope="module")
def house(request, findings_folder):
    import conftest
    if not shutil.which("cc"):
        pytest.skip("no C compiler here")
    made = []

    def make(**options):
        made.append(conftest._household(request, **options))
        return made[-1]
    h = House(make)
    try:
        yield h.start()
    finally:
        conftest._end(request, made[0])


def suffix(topic):
    return topic.split("/", 3)[3]


def test_each_level(house):
    """A fault, some readings, a midnight: then what each upstream got."""
    h = house.h
    house.wait("the set point is read", lambda: house.value(HEAT_PUMP, "heating_setpoint") == SET_POINT)
    house.wait("the power is read", lambda: house.value(METER, "active_power"))
    h.home.tell("fault", "pool", "2074.0", 1)
    for name in ("fresh", "daily", "full", "home"):
        house.wait("the event at " + name, lambda: house.of(name, "event"))
    h.home.tell("unit", "pzem", "off") # the hidden one falls silent
    house.wait("the silence at home", lambda: [f for f in h.ctl.json("findings", check=False) if f["subject_kind"] == "bus"])
    house.wait("both in reports", lambda: all(
        re.search(x, b"".join(house.of("full", "report"))) for x in (rb"[^0-9]184[34]", rb"[^0-9]27\.3")), 90)
    house.set_time(24, 5)
    for name in ("daily", "full", "home"):
        house.wait("the summary at " + name, lambda: house.of(name, "summary"), 90)
    check_wires(house)


def check_wires(house):
    wires, seen = house.wires, {}
    # off: nobody ever came
    assert wires["none"].connections == 0 and not wires["none"].bytes()
    assert "none" not in [u["id"] for u in house.h.ctl.json("upstream", "list")]
    for name in ("fresh", "daily", "full", "home"):
        published = wires[name].published()
        kinds = {suffix(t).split("/")[0] for t, _, _ in published}
        allowed = {"status", "info"} | ({"event"} if "event" in PLANES[name] else set()) | \
            ({"summary"} if "summary" in PLANES[name] else set()) | \
            ({"report", "birth", "dict"} if "report" in PLANES[name] else set()) | \
            ({"a"} if "state" in PLANES[name] else set())
        assert kinds <= allowed, (name, kinds)
        raw = wires[name].bytes()
        assert HIDDEN.encode() not in raw
        if name == "home":
            assert b"Labelmarker" in raw and b"Roommarker" in raw # or the test looks for nothing
        else:
            assert not NAMES.search(raw), (name, NAMES.search(raw))
        if name in ("full", "home"):
            assert EXACT.search(raw)
        else:
            assert not EXACT.search(raw), (name, raw[max(0, EXACT.search(raw).start() - 200):][:400])
        seen[name] = check_messages(name, published, house)
        for client, will, user in wires[name].connects():
            gateway = published[0][0].split("/")[2]
            assert client == "hearth-" + gateway and user is None
            assert not will or (will[0] == "hearth/v1/%s/status" % gateway and
                                set(json.loads(will[1])) == {"schema", "state", "version"})
    assert b"idmarker-pump" in wires["home"].bytes()
    # Nothing is equal that could be compared.
    for what in ("gateway", "epoch", "ids", "boots", "aliases"):
        for a in seen:
            for b in seen:
                assert a == b or not seen[a][what] & seen[b][what], (what, a, b)


MACHINE = {"return.temperature", "flow.temperature", "outdoor_temperature", "compressor_frequency", "fan_speed",
           "flow_switch", "compressor_running", "defrosting", "backup_heater"}


def times_of(value, path=""):
    """(path, number) of every time in a message."""
    if isinstance(value, dict):
        for k, v in value.items():
            if k == "t" and isinstance(v, int):
                yield path + ".t", v
            elif k == "boots":
                yield from ((path + ".boots", x) for x in v.values())
            elif k not in ("a",):
                yield from times_of(v, path + "." + k)


def check_messages(name, published, house):
    seen = {"gateway": set(), "epoch": set(), "ids": set(), "boots": set(), "aliases": set()}
    coarse = name in ("fresh", "daily")
    for topic, payload, retained in published:
        seen["gateway"].add(topic.split("/")[2])
        if not payload or suffix(topic).startswith(("dict/", "a/")):
            continue
        m = json.loads(payload)
        assert retained == (suffix(topic) in ("status", "info", "birth")), topic
        seen["epoch"].add(m.get("epoch", "e" + name))
        if "boot" in m:
            seen["boots"].add(m["boot"])
        if coarse:
            for where, t in times_of(m):
                assert t % 3600 == 0, (name, topic, where, t)
        if m["schema"] == "hearth.event/1":
            seen["ids"].add(m["id"])
            if name != "home" and "appliance" in m:
                seen["aliases"].add(m["appliance"])
            check_event(name, m)
        elif m["schema"] == "hearth.summary/1":
            check_summary(m, house)
        elif m["schema"] == "hearth.info/1":
            assert m["appliances"] in (0, 2), m # the hidden one is not counted
            assert set(m["planes"]) == PLANES[name]
            assert m["level"] == ("faults" if name == "fresh" else "full" if name == "home" else name)
    assert seen["ids"]
    return seen


def check_event(name, m):
    frame = m["frame"]
    if name == "fresh":
        assert set(frame) <= MACHINE, frame
    if name == "daily":
        assert "heating_setpoint" in frame or "appliance" not in m
    for attribute, z in frame.items():
        for key in ("v", "before", "after"):
            v = z.get(key)
            if not isinstance(v, (int, float)) or isinstance(v, bool) or name in ("full", "home"):
                continue
            if z.get("unit") in ("°C", "K"):
                assert v == round(v), (attribute, z)
            if z.get("unit") in ("W", "VA", "var"):
                assert v % 50 == 0, (attribute, z)
    if name == "full" and m["code"] and "heating_setpoint" in frame:
        assert frame["heating_setpoint"]["v"] == SET_POINT
    if name == "fresh" and m["event"] == "raised" and "appliance" in m:
        assert frame["return.temperature"]["v"] == round(RETURN_TEMPERATURE), frame


def check_summary(m, house):
    midnight = int(time.time() + house.shift) // 86400 * 86400
    assert m["t"] == midnight - 86400 and m["hours"] == 24, (m["t"], midnight)
    assert len(m["a"]) == 2, json.dumps(m)
    for a in m["a"].values():
        for attribute, z in a["v"].items():
            for key in ("min", "mean", "max", "sum"):
                if key in z and z.get("unit") == "°C":
                    assert z[key] == round(z[key]), (attribute, z)
                if key in z and z.get("unit") in ("W", "VA", "var"):
                    assert z[key] % 50 == 0, (attribute, z)
    pump = next(a["v"] for a in m["a"].values() if a["kind"] == "heat_pump")
    assert pump["heating_setpoint"]["max"] == 27
    washer = next(a["v"] for a in m["a"].values() if a["kind"] != "heat_pump")
    assert washer["active_power"]["max"] == 1850


def test_stranger(house):
    """What somebody who comes later finds at the broker is what was let out, and no more."""
    found = house.h.retained()
    gateways = {u["id"]: u["gateway"] for u in house.h.ctl.json("upstream", "list")}
    for name, gateway in gateways.items():
        kinds = {t.split(gateway + "/")[1].split("/")[0] for t in found if "/%s/" % gateway in t}
        assert kinds == {"status", "info"} | ({"birth"} if "report" in PLANES[name] else set()) | \
            ({"a"} if "state" in PLANES[name] else set()), (name, kinds)
    assert all(any("/%s/" % g in t for g in gateways.values()) for t in found)


def ledger(house, *words):
    return house.h.ctl.json("privacy", "ledger", *words)


def test_ledger_has_it_all(house):
    """Each message that was seen on the wire is in the ledger, byte for byte; each retained topic with at least as many
    documents, and the hash of the last; and each connection."""
    for name in ("fresh", "daily", "full", "home"):
        house.wait("acknowledged", lambda: not [e for e in ledger(house, name) if e["state"] == "waiting"])
        published = house.wires[name].published()
        entries = ledger(house, name)
        messages = {(e["topic"], e["seq"]): e for e in entries if "seq" in e}
        kept = {e["topic"]: e for e in entries if e["state"] == "retained"}
        n = 0
        for topic, payload, is_retained in published:
            if is_retained:
                assert topic in kept, topic
                continue
            e = messages[topic, json.loads(payload)["seq"]]
            assert e["bytes"] == len(payload) and e["state"] == "acknowledged"
            if n < 5:
                shown = house.h.ctl.run("privacy", "ledger", "--show", str(e["number"])).stdout
                assert shown.rstrip("\n") == payload.decode()
            n += 1
        assert n > 0
        for topic in {t for t, _, r in published if r}:
            documents = [p for t, p, r in published if r and t == topic]
            assert kept[topic]["times"] >= len(documents), (topic, kept[topic])
            if suffix(topic) in ("status", "birth"):
                assert kept[topic]["sha256"] == hashlib.sha256(documents[-1]).hexdigest()
        assert sum(e["times"] for t, e in kept.items() if t.startswith("$connect ")) >= house.wires[name].connections
    assert not ledger(house, "none")


def test_preview(house):
    """At each level what is shown has what that level lets out; and nothing leaves by it."""
    before = {name: len(w.bytes()) for name, w in house.wires.items()}
    for level, there, gone in (("off", (), ("status",)), ("faults", ("status", "info", "event"), ("summary", "report")),
                               ("daily", ("event", "summary"), ("report",)), ("full", ("event", "report", "birth"), ())):
        shown = house.h.ctl.run("--json=short", "privacy", "preview", "fresh", "--level", level).stdout
        suffixes = {suffix(m["topic"]) for m in json.loads(shown)["messages"]}
        assert set(there) <= suffixes and not suffixes & set(gone), (level, suffixes)
        assert not NAMES.search(shown.encode()), level
        assert bool(EXACT.search(shown.encode())) == (level == "full"), level
    shown = house.h.ctl.json("privacy", "preview", "fresh")
    real = json.loads(house.of("fresh", "event")[0])
    event = next(m["payload"] for m in shown["messages"] if suffix(m["topic"]) == "event")
    assert event["id"] == real["id"] and event["appliance"] == real["appliance"] and event["gw"] == real["gw"]
    assert set(event) == set(real) and event["frame"].keys() == real["frame"].keys()
    assert "什么都不发出" in house.h.ctl.run("--lang=zh_CN", "privacy", "preview", "none").stdout
    assert len(house.wires["none"].bytes()) == before["none"] == 0
    words = house.h.ctl.run("privacy", "show").stdout
    assert "faults: what is wrong, nothing else" in words and "Nobody" not in words
    shown = {u["id"]: u for u in house.h.ctl.json("privacy", "show")}
    assert shown["home"]["household_names"] and not shown["full"]["household_names"]
    assert {a["id"]: a["level"] for a in shown["full"]["appliances"]}[HIDDEN] == "off"
    assert house.h.ctl.run("privacy", "preview", "none", "--level=all", check=False).returncode == 1


def kinds(house, topics):
    """Topics with names taken out: "a/+/state", "dict/+", "report"."""
    out = set()
    for topic in topics:
        what = suffix(topic).split("/")
        if what[0] in ("a", "dict", "cmd"):
            what[1] = "+"
        out.add("/".join(what))
    return out


def shown_by_preview(house, name, level=None):
    """What "privacy preview" says: retained topics, kinds of all, and the schema of each kind."""
    shown = house.h.ctl.json("privacy", "preview", name, *(["--level", level] if level else []))
    schemas = {}
    for m in shown["messages"]:
        if isinstance(m["payload"], dict) and "schema" in m["payload"]:
            schemas[kinds(house, [m["topic"]]).pop()] = m["payload"]["schema"]
    return ({m["topic"] for m in shown["messages"] if m["retained"]},
            kinds(house, [m["topic"] for m in shown["messages"] + shown["later"]]), schemas)


def left(house, name):
    """The same of what was seen on the wire, and is still there."""
    published, schemas, kept = house.wires[name].published(), {}, {}
    for topic, payload, is_retained in published:
        kept[topic] = is_retained and payload
        if payload.startswith(b"{"):
            schemas[kinds(house, [topic]).pop()] = json.loads(payload).get("schema")
    return ({t for t, p in kept.items() if p}, kinds(house, [t for t, p in kept.items() if p != b""]),
            {k: v for k, v in schemas.items() if v})


def test_preview_is_what_leaves(house):
    """Each topic that the broker keeps is shown, and no other; every kind of message that left, in the schema it
    left in; and at a level that is asked for, what left where that level is in force."""
    for name in ("fresh", "daily", "full", "home"):
        (kept, said, schemas), (really_kept, really, real_schemas) = shown_by_preview(house, name), left(house, name)
        assert kept == really_kept, name
        assert really <= said, (name, really, said)
        assert {k: v for k, v in schemas.items() if k in real_schemas} == \
            {k: v for k, v in real_schemas.items() if k in schemas}
    assert shown_by_preview(house, "fresh", "faults")[1] == left(house, "fresh")[1]
    assert shown_by_preview(house, "fresh", "daily")[1] == left(house, "daily")[1]
    assert shown_by_preview(house, "fresh", "full")[1] == left(house, "full")[1] - {"summary"}
    # Names of the house are there only at its own upstream; what another one would get has none of them.
    for level in ("faults", "daily"):
        assert not NAMES.search(house.h.ctl.run("privacy", "preview", "home", "--level", level).stdout.encode()), level
    connection = house.h.ctl.json("privacy", "preview", "fresh")["connection"]
    said = house.wires["fresh"].connects()[-1]
    assert (connection["client_id"], connection.get("username")) == (said[0], said[2])
    assert connection["will"] == json.loads(said[1][1])
    # The other form of reports.
    house.edit(None, "[Upstream home]\n", "[Upstream home]\nReport=lossless\n")
    house.reload()
    before = len(house.of("home", "report"))
    house.wait("a report in columns", lambda: len(house.of("home", "report")) > before, 90)
    house.wait("it is shown", lambda: "report" in shown_by_preview(house, "home")[2])
    assert shown_by_preview(house, "home")[2]["report"] == "hearth.report/2" == \
        json.loads(house.of("home", "report")[-1])["schema"]
    house.edit(None, "Report=lossless\n", "")
    house.reload()
    before = len(house.of("home", "report"))
    house.wait("a report as before", lambda: len(house.of("home", "report")) > before, 90)


def test_tighter_appliance(house):
    """An event and reports wait when the household tightens one appliance for one upstream: the reports go, the event
    comes with less in it under a new number, and what is missing is stated as withheld."""
    h, wire = house.h, house.wires["full"]
    wire.set_cut(True)
    stored = h.ctl.json("upstream", "show", "full")["last_stored"]
    h.home.tell("fault", "pool", "2074.0", 0)
    h.home.tell("set", "pool", "ambient_temperature", 19.3)
    house.wait("read", lambda: house.value(HEAT_PUMP, "outdoor_temperature") == 19.3)
    # The same readings go to "home", so what it has got since waits here.
    house.wait("it is in a report", lambda: b"19.3" in b"".join(house.of("home", "report")))
    house.wait("waiting", lambda: (lambda w: w["reports"] > 0 and w["events"] + w["urgent"] > 0)(
        h.ctl.json("upstream", "show", "full")["waiting"]), 90)
    already = len(wire.published())
    house.edit(HEAT_PUMP, "[Source", "[Privacy]\nfull=faults\n[Source")
    house.reload()
    house.wait("withdrawn", lambda: re.search(r"tightened: [1-9]\d* waiting messages withdrawn, [1-9]", h.daemon.text()))
    wire.set_cut(False)
    house.wait("an event", lambda: [p for t, p, _ in wire.published()[already:] if suffix(t) == "event"])
    house.wait("a report of the other", lambda: [p for t, p, _ in wire.published()[already:] if suffix(t) == "report"])
    alias = h.aliases("full")[HEAT_PUMP]
    withheld = set()
    for topic, payload, is_retained in wire.published()[already:]:
        if not payload or suffix(topic) in ("status", "info"):
            continue
        m = json.loads(payload)
        for first, last in m.get("withheld", []):
            withheld |= set(range(first, last + 1))
        if m["schema"] == "hearth.event/1":
            if m.get("appliance") == alias:
                assert set(m["frame"]) <= MACHINE and not EXACT.search(payload), m
                assert all(t % 3600 == 0 for _, t in times_of(m))
        elif m["schema"] in ("hearth.report/1", "hearth.birth/1"):
            assert alias not in m.get("a", {}) and alias not in m.get("q", {}), m
            assert m.get("seq", stored + 1) > stored
    assert withheld and min(withheld) > stored
    # The other receivers are not touched by it.
    house.wait("home goes on", lambda: any(HEAT_PUMP in json.loads(p).get("a", {}) for p in house.of("home", "report")[-3:]))


def test_slip_of_the_pen_tightens(house):
    """A name that is no upstream holds for all of them, and is a warning."""
    house.edit(HEAT_PUMP, "full=faults\n", "hoome=daily\n")
    house.reload()
    shown = {u["id"]: u for u in house.h.ctl.json("privacy", "show")}
    assert {a["id"]: a["level"] for a in shown["home"]["appliances"]}[HEAT_PUMP] == "daily"
    assert "did you mean home?" in house.h.daemon.text()
    house.edit(HEAT_PUMP, "[Privacy]\nhoome=daily\n", "")
    house.reload()


def test_rotate(house):
    """New names for all of it; the old topics are gone, cleared under the old name; nothing links the two."""
    h, wire = house.h, house.wires["daily"]
    old = h.ctl.json("upstream", "show", "daily")
    old_ids = {json.loads(p)["id"] for p in house.of("daily", "event")}
    house.wait("connected", lambda: h.ctl.json("upstream", "show", "daily")["state"] == "connected")
    already, connections = len(wire.published()), wire.connections
    said = h.ctl.run("privacy", "rotate", "daily", timeout=60).stdout
    assert "client certificate" in said
    house.wait("new names", lambda: h.ctl.json("upstream", "show", "daily")["gateway"] not in ("", old["gateway"]))
    house.wait("published anew", lambda: [1 for t, p, r in wire.published()[already:] if suffix(t) == "status" and
                                          p and old["gateway"] not in t])
    new = h.ctl.json("upstream", "show", "daily")
    assert new["epoch"] != old["epoch"] and new["last_stored"] <= 1
    assert not set(new["aliases"].values()) & set(old["aliases"].values())
    assert not [t for t in h.retained() if old["gateway"] in t]
    # No connection knows both.
    for i in range(connections, wire.connections):
        raw = b"".join(wire.up[i])
        assert not (old["gateway"].encode() in raw and new["gateway"].encode() in raw)
    # A finding from now on has a name of its own.
    h.home.tell("fault", "pool", "2074.0", 1)
    house.wait("an event", lambda: [p for t, p, _ in wire.published()[already:] if suffix(t) == "event"])
    for p in [p for t, p, _ in wire.published()[already:] if suffix(t) == "event" and new["gateway"] in t]:
        m = json.loads(p)
        assert m["id"] not in old_ids and m["seq"] <= 5
    assert not [p for p in wire.published()[already:] if any(i.encode() in p[1] for i in old_ids)]


def test_off_takes_back(house):
    """From full to off: the broker forgets everything, then nobody comes any more."""
    h, wire = house.h, house.wires["home"]
    house.wait("connected", lambda: h.ctl.json("upstream", "show", "home")["state"] == "connected")
    gateway = h.ctl.json("upstream", "show", "home")["gateway"]
    assert [t for t in h.retained() if gateway in t]
    with open(house.path(None), encoding="utf-8") as f:
        content = f.read()
    head, tail = content.split("[Upstream home]")
    harness.write(house.path(None), head + "[Upstream home]" + tail.replace("Level=full", "Level=off", 1))
    reports = len(house.of("home", "report"))
    house.reload()
    harness.wait_for("forgotten", lambda: not [t for t in h.retained() if gateway in t], 60, 0.5)
    house.wait("said", lambda: "the broker keeps nothing of it" in h.daemon.text())
    assert len(house.of("home", "report")) == reports
    house.wait("DISCONNECT", lambda: b"".join(wire.up[-1]).endswith(b"\xe0\x00"))
    connections = wire.connections
    # What leaves after the last word of the old connection are empty payloads, and there is no will.
    assert wire.connects()[-1][1] == []
    last = [p for k, f, b in wire.packets(connections - 1) if k == 3 for p in [b]]
    assert last and all(p for p in last)
    n = len(b"".join(wire.up[-1]))
    h.home.tell("fault", "pool", "2074.0", 0)
    house.wait("the end of it, elsewhere", lambda: [p for p in house.of("full", "event") if b'"cleared"' in p][1:] or
               len(house.of("daily", "event")) > 1)
    assert wire.connections == connections and len(b"".join(wire.up[-1])) == n


def test_wipe(house):
    """Everything is gone, and a new life begins with new names; the configuration stays."""
    h = house.h
    old = {u["id"]: u["gateway"] for u in h.ctl.json("upstream", "list")}
    journal = os.path.join(h.daemon.state, "journal.db")
    inode = os.stat(journal).st_ino
    assert h.ctl.run("wipe", check=False).returncode == 2 # nobody to ask
    harness.write(os.path.join(h.daemon.state, "journal.db.bad-1"), "Labelmarker")
    pid = h.daemon.pid
    said = h.ctl.run("wipe", "--yes", timeout=90).stdout
    assert "journal.db" in said and "Not deleted: the configuration" in said
    house.wait("a new journal", lambda: os.path.exists(journal) and os.stat(journal).st_ino != inode or
               "was deleted" in h.daemon.text())
    house.wait("alive", lambda: h.ctl.run("upstream", "list", check=False).returncode == 0 and
               all(u["gateway"] not in ("", old[u["id"]]) for u in h.ctl.json("upstream", "list")))
    assert h.daemon.pid == pid and h.daemon.running()
    house.wait("publishing", lambda: {u["state"] for u in h.ctl.json("upstream", "list")} == {"connected"})
    assert not [t for t in h.retained() if any(g in t for g in old.values())]
    assert not [e for e in ledger(house) if any(g in e["topic"] for g in old.values())]
    kept = b""
    for name in os.listdir(h.daemon.state):
        with open(os.path.join(h.daemon.state, name), "rb") as f:
            kept += f.read()
    assert not [g for g in old.values() if g.encode() in kept] and b"Labelmarker" not in kept
    h.wait_answering(2, 60)
