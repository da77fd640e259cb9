# SPDX-License-Identifier: Apache-2.0
"""Commands from brokers, seen from the appliance: what is granted is done once and answered, everything else
is refused with a word, whatever is sent and whenever hearthd dies."""
import json
import os
import re
import signal
import threading
import time
import zlib

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import brokers
import harness
import test_write

CONF = """[Daemon]
Clock=trusted

[Bus lan]
Device=tcp:127.0.0.1:%d

[Upstream home]
Url=mqtt://127.0.0.1:%d
MqttVersion=@
Level=full
Planes=state
Commands=json plain

[Upstream cloud]
Url=mqtt://127.0.0.1:%d
MqttVersion=3.1.1
Prefix=cloud/v1
Level=full
Planes=report
Compression=none
Commands=json

[Upstream deaf]
Url=mqtt://127.0.0.1:%d
MqttVersion=@
Level=full
Planes=state
Prefix=deaf/v1
""".replace("@", "5" if brokers.kind().mqtt5 else "3.1.1")
TANK = """[Appliance]
Kind=water_heater
Control=yes

[Source]
Bus=lan
Profile=tank
Unit=1

[Control home]
Attributes=vendor.lamp vendor.target vendor.flags vendor.bell
Plain=vendor.lamp vendor.flags

[Control cloud]
Attributes=vendor.lamp

[Control deaf]
Attributes=vendor.lamp
Plain=vendor.lamp
"""


class Client:
    """One client that sends commands and collects the answers; in MQTT 5 where the broker has it."""

    def __init__(self, port):
        self.answers, self.other, self.condition, self.n = {}, [], threading.Condition(), 0
        self.client = mqtt.Client(client_id="commander-%d" % os.getpid(), protocol=harness.mqtt_version())
        self.client.on_connect = lambda c, *_: c.subscribe([("me/#", 1), ("+/v1/+/cmd/+/reply/#", 1),
                                                            ("hearth/v1/+/a/#", 1)])
        self.ready = threading.Event()
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.ready.wait(20)

    @staticmethod
    def name(correlation):
        return "me" + re.sub(r"[^a-z0-9-]", "", correlation.decode(errors="ignore"))

    def on_message(self, client, userdata, m):
        with self.condition:
            if not brokers.kind().mqtt5 and "/reply/me" in m.topic:
                self.answers.setdefault(m.topic.rsplit("/", 1)[1], []).append(json.loads(m.payload))
            elif m.topic.startswith("me/"):
                assert not m.retain
                self.answers.setdefault(getattr(m.properties, "CorrelationData", b""), []).append(
                    json.loads(m.payload))
            else:
                self.other.append((m.topic, m.payload))
            self.condition.notify_all()

    def publish(self, topic, payload, response="me/answers", correlation=None, retain=False, encoding=None):
        if not brokers.kind().mqtt5: # the answer goes to a client that the message names
            if correlation:
                payload = json.dumps(dict(json.loads(payload), client=self.name(correlation)))
            self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(20)
            return
        p = Properties(PacketTypes.PUBLISH)
        if response:
            p.ResponseTopic = response
        if correlation:
            p.CorrelationData = correlation
        if encoding:
            p.UserProperty = ("content-encoding", encoding)
        self.client.publish(topic, payload, qos=1, retain=retain, properties=p).wait_for_publish(20)

    def answer(self, correlation, timeout=60):
        if not brokers.kind().mqtt5:
            correlation = self.name(correlation)
        with self.condition:
            assert self.condition.wait_for(lambda: self.answers.get(correlation), timeout), self.answers
            return self.answers[correlation].pop(0)

    def ask(self, topic, payload, **options):
        """Publishes and waits for its answer."""
        self.n += 1
        correlation = b"\0\xff%d" % self.n
        self.publish(topic, payload if isinstance(payload, (bytes, str)) else json.dumps(payload),
                     correlation=correlation, **options)
        return self.answer(correlation)

    def reply(self, topic, timeout=60):
        with self.condition:
            assert self.condition.wait_for(lambda: any(t == topic for t, _ in self.other), timeout), self.other
            return json.loads(next(p for t, p in self.other if t == topic))

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


class Rig:
    def __init__(self, folder):
        self.tank = test_write.Tank()
        self.broker = harness.Broker(folder).start()
        self.bus = harness.Bus(folder).start()
        self.daemon = harness.Daemon(folder, self.bus.address)
        self.ctl = harness.Ctl(self.bus.address)
        etc = self.daemon.etc
        harness.write(os.path.join(etc, "profiles", "tank.profile"),
                      test_write.PROFILE.replace("Volatile=yes", "Volatile=yes\nPerHour=1000"))
        harness.write(os.path.join(etc, "hearthd.conf"), CONF % ((self.tank.port,) + (self.broker.port,) * 3))
        harness.write(os.path.join(etc, "appliances.d", "tank.conf"), TANK)
        self.relays = {u: harness.Relay(folder, self.daemon, u) for u in ("home", "cloud", "deaf")}
        self.status, self.birth = {}, None
        self.watch = mqtt.Client(client_id="watcher-%d" % os.getpid())
        self.watch.on_connect = lambda c, *_: c.subscribe([("+/v1/+/status", 1), ("cloud/v1/+/birth", 1)])
        self.watch.on_message = self.on_status
        self.watch.connect("127.0.0.1", self.broker.port)
        self.watch.loop_start()
        self.client = Client(self.broker.port)

    def on_status(self, client, userdata, m):
        levels = m.topic.split("/")
        if levels[3] == "birth":
            self.birth = m.payload
            return
        self.status[levels[0]] = (levels[2], json.loads(m.payload)["state"])

    def start(self, relays=("home", "cloud", "deaf")):
        self.daemon.start()
        for name in relays:
            if not self.relays[name].running():
                self.relays[name].start(ready=False)
        self.daemon.wait(lambda: self.reading() is not None, "a reading", 60)
        prefixes = {"home": "hearth", "cloud": "cloud", "deaf": "deaf"}
        harness.wait_for("all online", lambda: all(
            self.status.get(prefixes[n], ("", ""))[1] == "online" for n in relays) and all(
            u["state"] == "connected" for u in self.ctl.json("upstream", "list") if u["id"] in relays), 60)
        return self

    reading = lambda self: test_write.Rig.reading(self, "vendor.lamp")  # noqa: E731

    def base(self, prefix="hearth"):
        return "%s/v1/%s" % (prefix, self.status[prefix][0])

    def command(self, id_, attribute="vendor.lamp", value=True, **more):
        message = {"schema": "hearth.command/1", "id": id_, "expires": int(time.time()) + 300, "actor": "test",
                   "appliance": "tank", "attribute": attribute, "value": value}
        message.update(more)
        return {k: v for k, v in message.items() if v is not None}

    def set(self, *words, **more):
        return self.client.ask(self.base() + "/cmd/set", self.command(*words, **more))

    def kill(self):
        self.daemon.send(signal.SIGKILL)
        self.daemon.popen.wait(20)

    def stop(self):
        self.client.stop()
        self.watch.loop_stop()
        for relay in self.relays.values():
            relay.stop()
        self.daemon.stop()
        self.bus.stop()
        self.broker.stop()
        self.tank.listener.close()


def in_topic(attribute):
    """As hearth-messages(7) allows it, where a broker does not take the dot."""
    return attribute if brokers.kind().dots == "kept" else attribute.replace(".", "-")


def test_done_once_and_answered(rig):
    got = rig.set("once-1", "vendor.lamp", True, reason="看书", actor="app:安娜")
    assert (got["result"], got["id"], got["value"]) == ("confirmed", "once-1", "true"), got
    assert rig.tank.coils[5] == 1
    got = rig.set("once-1", "vendor.lamp", False)
    assert (got["result"], got["word"], got["first"]) == ("refused", "repeated", "confirmed")
    assert rig.tank.written(5, "coil") == [1]
    # What was answered is in the ledger, all of it as one entry.
    assert any(e["topic"] == rig.base() + "/cmd/reply" for e in rig.ctl.json("privacy", "ledger", "home"))
    # The record: who did it is the upstream; who says so, only a claim.
    row = rig.ctl.json("set", "--log", "tank")[0]
    assert (row["actor"], row["reason"]) == ("upstream home", "claimed by app:安娜: 看书")
    # The gate is in between: its bounds, its words.
    got = rig.set("once-2", "vendor.target", 80)
    assert (got["result"], got["word"]) == ("refused", "above-max") and "55.0 °C" in got["reason"]
    # For a time, and put back on its word.
    got = rig.set("once-3", "vendor.target", 50, **{"for": 3600})
    assert got["result"] == "confirmed", got
    assert rig.tank.holding[2] == 100
    time.sleep(1.1)
    clear = rig.command("once-4", "vendor.target", None)
    assert rig.client.ask(rig.base() + "/cmd/clear", clear)["result"] == "done"
    harness.wait_for("45 °C again", lambda: rig.tank.holding[2] == 90, 20)
    assert rig.client.ask(rig.base() + "/cmd/clear", clear)["word"] == "repeated"
    # Names in the topic; deflated; an action.
    names = {"appliance": None, "attribute": None}
    got = rig.client.ask(rig.base() + "/a/tank/set/" + in_topic("vendor.flags"), rig.command("once-5", value=9, **names))
    assert (got["result"], got["attribute"]) == ("confirmed", "vendor.flags")
    if brokers.kind().mqtt5:
        got = rig.client.ask(rig.base() + "/cmd/set", zlib.compress(json.dumps(
            rig.command("once-6", "vendor.flags", 3)).encode()), encoding="deflate")
        assert got["result"] == "confirmed"
    got = rig.set("once-7", "vendor.bell", None)
    assert got["result"] == "accepted" and rig.tank.written(7, "coil") == [1, 0]


def test_an_upstream_without_mqtt5(rig):
    """3.1.1 has no response topic; appliances have other names there."""
    base = rig.base("cloud")
    alias, = json.loads(rig.birth)["a"]

    def ask(id_, **more):
        message = rig.command(id_, client=id_, **more)
        rig.client.client.publish(base + "/cmd/set", json.dumps(message), qos=1)
        return rig.client.reply(base + "/cmd/set/reply/" + id_)
    assert ask("cloud-1", appliance="tank")["word"] == "no-such-appliance"
    got = ask("cloud-2", appliance=alias, value=False)
    assert (got["result"], got["appliance"]) == ("confirmed", alias)
    assert rig.ctl.json("set", "--log", "tank")[0]["actor"] == "upstream cloud"
    # What home may change, the cloud may not; bare values it may not send.
    assert ask("cloud-3", appliance=alias, attribute="vendor.flags", value=1)["word"] == "not-granted"
    n = len(rig.tank.writes)
    rig.client.publish(base + "/a/%s/set/%s" % (alias, in_topic("vendor.lamp")), "true")
    assert ask("cloud-4", appliance=alias, value=False)["result"] == "unchanged"
    assert len(rig.tank.writes) == n


def test_what_is_not_granted(rig):
    n = len(rig.tank.writes)
    assert rig.set("no-1", "vendor.mode", "eco")["word"] == "not-granted"
    assert rig.set("no-2", "vendor.lamp", True, appliance="fridge")["word"] == "no-such-appliance"
    if brokers.kind().mqtt5: # a bare value has an answer there alone
        got = rig.client.ask(rig.base() + "/a/tank/set/vendor-target", "50")
        assert (got["result"], got["word"]) == ("refused", "not-granted")
    # One without Commands= has not even subscribed.
    rig.client.publish(rig.base("deaf") + "/cmd/set", json.dumps(rig.command("no-3")), correlation=b"deaf")
    rig.client.publish(rig.base("deaf") + "/a/tank/set/" + in_topic("vendor.lamp"), "false",
                       correlation=b"deaf" if brokers.kind().mqtt5 else None)
    assert rig.set("no-4", "vendor.nothing", 1)["word"] == "not-granted"
    assert b"deaf" not in rig.client.answers and len(rig.tank.writes) == n


def test_hostile_messages(rig):
    brokers.needs("mqtt5") # an answer to what cannot be read has nowhere to go in 3.1.1
    n, base = len(rig.tank.writes), rig.base()
    now = int(time.time())
    cases = [
        (rig.command("h-1", expires=now - 5), "expired"),
        (rig.command("h-2", expires=now + 25 * 3600), "too-far-ahead"),
        (rig.command("h-3", epoch="00000000"), "stale"),
        (rig.command("h-4", fro=1), "unknown-member"),
        (rig.command("../../etc"), "bad-id"),
        (rig.command("h-5", actor="\x1b[2J"), "bad-actor"),
        (rig.command("h-6", attribute="../x"), "bad-name"),
        (rig.command("h-7", value=[1]), "bad-value"),
        ("{", "not-json"), ("[" * 9 + "]" * 9, "too-deep"), ("[" * 16000, "too-deep"), (b"", "not-json"),
        (zlib.compress(b"[" * (10 << 20), 9), "too-large"),
        (zlib.compress(b" " * 65537, 9), "too-large"),
        (zlib.compress(b"{}")[:-2], "not-deflated"),
        ('{"id":"h-8","id":"h-9"}', "not-json"), (b"\xff\xfe", "not-json")]
    for i, (payload, word) in enumerate(cases):
        got = rig.client.ask(base + "/cmd/set", payload)
        assert (got["result"], got["word"]) == ("refused", word), (i, got)
        assert len(got["reason"].encode()) <= 200
        time.sleep(0.2) # within the rate
    # Retained: refused each time it comes, and gone from the broker afterwards.
    rig.client.publish(base + "/cmd/set", json.dumps(rig.command("h-r")), retain=True, correlation=b"live")
    live = rig.client.answer(b"live")  # it came as it was published: not marked as retained then
    assert live["result"] in ("confirmed", "unchanged")
    n = len(rig.tank.writes)
    rig.relays["home"].stop()
    rig.relays["home"].start(ready=False)
    got = rig.client.answer(b"live")
    while got == live: # an answer may come twice: the relay ended before it was acknowledged
        got = rig.client.answer(b"live")
    assert (got["result"], got["word"]) == ("refused", "retained")
    rig.client.client.publish(base + "/cmd/set", b"", qos=1, retain=True)
    # Names that are none (control bytes mosquitto itself refuses: test-downlink.c), longer topics, verbs nobody knows: not taken at all, and nothing falls over.
    for topic in ("/cmd/reboot", "/cmd/..", "/a/../set/vendor.lamp", "/a/tank/set/%2e%2e", "/a/tank/set/a:b",
                  "/a/tank/set/" + "x" * 64, "/a//set/vendor.lamp"):
        rig.client.publish(base + topic, "true")
    # Too large for the relay; a response topic that would speak in our name.
    rig.client.publish(base + "/cmd/set", b" " * 17000)
    rig.client.publish(base + "/a/tank/set/vendor.target", "50", response=base + "/status", correlation=b"x")
    harness.wait_for("an answer elsewhere", lambda: any(
        t == base + "/cmd/set/reply/any" for t, _ in rig.client.other), 60)
    assert len(rig.tank.writes) == n


def test_bare_values(rig):
    brokers.needs("mqtt5") # nor has one to a bare value
    base = rig.base()
    time.sleep(2) # the rate again
    for value, raw in (("false", 0), ("true", 1)):
        got = rig.client.ask(base + "/a/tank/set/vendor.lamp", value)
        assert got["result"] in ("confirmed", "unchanged") and "id" not in got, got
        assert rig.tank.coils[5] == raw
    assert rig.ctl.json("set", "--log", "tank")[0]["reason"] == "a bare value"
    assert rig.client.ask(base + "/a/tank/set/vendor.lamp", "maybe")["word"] == "bad-value"
    # Without a response topic nobody is answered, and it is done all the same.
    rig.client.publish(base + "/a/tank/set/vendor.lamp", "false", response=None)
    harness.wait_for("dark", lambda: rig.tank.coils[5] == 0, 20)


def test_a_storm(rig):
    """5000 commands at once: a few are done, hearthd goes on, nothing is done twice."""
    base, before = rig.base(), len(rig.tank.written(3))
    for i in range(5000):
        rig.client.client.publish(base + "/cmd/set", json.dumps(rig.command("storm-%d" % i, "vendor.flags", i % 16)),
                                  qos=0)

    def over(): # what is beyond the rate is not answered
        rig.client.publish(base + "/cmd/refresh", json.dumps(rig.command("r", None, None, appliance=None)),
                           correlation=b"over")
        try:
            return rig.client.answer(b"over", 2)["result"] == "done"
        except AssertionError:
            return False
    harness.wait_for("the storm over", over, 120)
    assert len(rig.tank.written(3)) - before <= 48
    assert rig.daemon.running() and rig.relays["home"].running()
    shown = rig.ctl.json("upstream", "show", "home")
    assert ["tank", "vendor.lamp", "plain"] in shown["grants"] and shown["command_forms"] == "json plain"
    # The broker, the relay and hearthd each drop of it; what came this far and was too much is counted.
    assert dict(shown["messages_not_taken"]).get("rate", 0) > 0
    assert shown["commands_done"] > 0 and shown["commands_refused"] > (10 if brokers.kind().mqtt5 else 3)
    assert "tank vendor.lamp (json)" in rig.ctl.run("upstream", "show", "home").stdout
    assert "可更改" in rig.ctl.run("--lang", "zh_CN", "upstream", "show", "home").stdout
    assert rig.ctl.json("upstream", "show", "deaf")["command_forms"] == ""


def test_killed_at_any_time(rig):
    """SIGKILL between a command's steps: the same id again is never a second write."""
    base = rig.base()
    rig.relays["cloud"].stop()
    rig.relays["deaf"].stop()
    rig.kill() # what came of a storm before counts no more
    rig.start(relays=["home"])
    # For certain between the id and the write: it waits behind one whose answer does not come.
    rig.tank.mood = "mute"
    writes = len(rig.tank.written(5, "coil"))
    # another value than it has, or nothing would be written
    first = rig.command("kill-a", "vendor.flags", (rig.tank.holding[3] >> 4 & 15) ^ 8)
    second = rig.command("kill-b", "vendor.lamp", True)
    n = len(rig.tank.written(3))
    rig.client.publish(base + "/cmd/set", json.dumps(first), correlation=b"kill-a")
    rig.client.publish(base + "/cmd/set", json.dumps(second), correlation=b"kill-b")
    harness.wait_for("the first write", lambda: len(rig.tank.written(3)) > n, 20, every=0.002)
    rig.kill()
    rig.tank.mood = ""
    rig.start(relays=["home"])
    for correlation in (b"kill-a", b"kill-b"): # told by itself
        got = rig.client.answer(correlation)
        assert (got["result"], got["word"]) == ("unknown", "outcome-unknown"), got
    for message in (first, second):
        got = rig.client.ask(base + "/cmd/set", message)
        assert (got["result"], got["word"]) == ("unknown", "outcome-unknown"), got
    assert len(rig.tank.written(5, "coil")) == writes and len(rig.tank.written(3)) == n + 1
    # And wherever chance has it.
    for i, after in enumerate((0.0, 0.002, 0.005, 0.01, 0.02, 0.05)):
        value = (rig.tank.holding[3] >> 4 & 15) ^ 1 + i
        message = rig.command("kill-%d" % i, "vendor.flags", value)
        n = len(rig.tank.written(3))
        rig.client.publish(base + "/cmd/set", json.dumps(message), correlation=b"k%d" % i)
        time.sleep(after)
        rig.kill()
        done = len(rig.tank.written(3)) - n
        assert done <= 1
        rig.start(relays=["home"])
        got = rig.client.ask(base + "/cmd/set", message)
        total = len(rig.tank.written(3)) - n
        assert total <= 1, (after, got)
        if got["result"] == "unknown":
            assert total == done, (after, got) # never begun anew
        else: # it was not taken before the kill, or its end was known
            assert got["result"] == "confirmed" or got.get("word") == "repeated", (after, got)


def test_control_off_in_between(rig):
    """Switched off while one command is at the appliance and one waits behind it: each has its answer, and nothing more is
    written."""
    base, path = rig.base(), os.path.join(rig.daemon.etc, "appliances.d", "tank.conf")
    rig.tank.mood = "mute"
    n = len(rig.tank.writes)
    rig.client.publish(base + "/cmd/set", json.dumps(rig.command(
        "off-1", "vendor.flags", (rig.tank.holding[3] >> 4 & 15) ^ 4)), correlation=b"off-1")
    rig.client.publish(base + "/cmd/set", json.dumps(rig.command(
        "off-2", "vendor.lamp", not rig.tank.coils[5])), correlation=b"off-2")
    harness.wait_for("the first write", lambda: len(rig.tank.writes) > n, 20, every=0.002)
    harness.write(path, TANK.replace("Control=yes\n", ""))
    rig.ctl.run("reload")
    rig.tank.mood = ""
    first, second = (rig.client.answer(c) for c in (b"off-1", b"off-2"))
    assert (first["result"], first["word"]) == ("unknown", "outcome-unknown"), first
    assert second["result"] == "refused" and second["word"] in ("stopping", "control-off", "not-granted"), second
    assert rig.set("off-3", "vendor.lamp", True)["word"] in ("control-off", "not-granted")
    assert len(rig.tank.writes) == n + 1
    harness.write(path, TANK)
    rig.ctl.run("reload")
    rig.daemon.wait(lambda: rig.reading() is not None, "a reading", 60)
