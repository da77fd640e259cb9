# SPDX-License-Identifier: Apache-2.0
"""What Home Assistant sees of a real hearthd over a real broker: one device an appliance, checked by the strict
checker; controls where they are granted; everything again when it has started; nothing left behind."""
import json
import os
import sys
import threading
import time

import paho.mqtt.client as mqtt
import pytest

import brokers
import harness
import test_write

sys.path.insert(0, os.path.join(harness.HERE, "..", "homeassistant"))
import check  # noqa: E402

CONF = """[Daemon]
Clock=trusted
Language=%s
FindingHoldOff=0s

[Bus lan]
Device=tcp:127.0.0.1:%d

[Upstream home]
Url=mqtt://127.0.0.1:%d
Level=full
Planes=%s
Commands=plain
""" + brokers.version_key()
PROFILE = """[Profile]
Kind=room_air_conditioner
Name=Split
Maker=Maker
Source=test

[Line]
Unit=1
Timeout=500ms

[Point power]
Read=coil:5
Type=bit
Attribute=on_off
Period=500ms

[Point mode]
Read=holding:1
Type=u16
Enum=1:cool 2:heat 3:dry 4:auto
Attribute=system_mode
Period=500ms

[Point target]
Read=holding:2
Type=u16
Scale=0.5
Unit=°C
Attribute=cooling_setpoint
Period=500ms

[Point room]
Read=holding:3
Type=u16
Scale=0.01
Unit=°C
Attribute=local_temperature
Period=500ms

[Point error]
Read=holding:138
Type=u16
Fault=code
Code=E%d
Period=500ms

[Fault E7]
Value=7
Meaning=Fan blocked
Meaning[zh_CN]=风机堵转
Severity=service
Source=test

[Write on_off]
Volatile=yes
LeastInterval=0s
PerHour=1000
ReadBackAfter=100ms

[Write system_mode]
Enum=1:cool 2:heat 3:dry 4:auto
Volatile=yes
LeastInterval=0s
PerHour=1000
ReadBackAfter=100ms

[Write cooling_setpoint]
Min=16
Max=30
Step=0.5
Volatile=yes
LeastInterval=0s
PerHour=1000
ReadBackAfter=100ms
"""
AC = """[Appliance]
Label=Living room
Label[zh_CN]=客厅空调
Location=客厅
Control=yes

[Source]
Bus=lan
Profile=split
Unit=1
"""
GRANT = """
[Control home]
Plain=on_off system_mode cooling_setpoint
"""


class HomeAssistant:
    """As far as MQTT goes: takes in discovery, follows the topics it names, presses what it finds."""

    def __init__(self, port):
        self.topics, self.times, self.condition = {}, {}, threading.Condition()
        self.client = mqtt.Client(client_id="homeassistant-%d" % os.getpid())
        self.client.on_connect = lambda c, *_: c.subscribe([("homeassistant/#", 1), ("hearth/#", 1)])
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def on_message(self, client, userdata, m):
        with self.condition:
            self.topics[m.topic] = m.payload
            self.times.setdefault(m.topic, []).append(time.monotonic())
            self.condition.notify_all()

    def wait(self, what, condition, timeout=60):
        with self.condition:
            assert self.condition.wait_for(condition, timeout), (what, sorted(self.topics.items()))
            return condition()

    def documents(self):
        return {t: json.loads(p) for t, p in self.topics.items() if t.startswith("homeassistant/device/") and p}

    def device(self):
        topic = self.wait("a device", lambda: next(iter(self.documents()), None))
        return topic, self.documents()[topic]

    def component(self, name):
        return self.device()[1]["cmps"][name]

    def value(self, name):
        return json.loads(self.topics[self.device()[1]["stat_t"]])[name]

    def publish(self, topic, payload, **more):
        self.client.publish(topic, payload, qos=1, **more).wait_for_publish(20)

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


class Rig:
    def __init__(self, folder):
        self.tank = test_write.Tank()
        self.tank.holding.update({1: 1, 2: 50, 3: 2150, 138: 0})
        self.broker = harness.Broker(folder).start()
        self.bus = harness.Bus(folder).start()
        self.daemon = harness.Daemon(folder, self.bus.address)
        self.relay = harness.Relay(folder, self.daemon, "home")
        self.ctl = harness.Ctl(self.bus.address)
        self.write("profiles/split.profile", PROFILE)
        self.configure()
        self.ha = HomeAssistant(self.broker.port)

    def write(self, name, text):
        harness.write(os.path.join(self.daemon.etc, name), text)

    def configure(self, language="en", planes="event discovery", ac=AC + GRANT):
        self.write("hearthd.conf", CONF % (language, self.tank.port, self.broker.port, planes))
        path = os.path.join(self.daemon.etc, "appliances.d", "ac.conf")
        if ac:
            self.write("appliances.d/ac.conf", ac)
        elif os.path.exists(path):
            os.unlink(path)
        if self.daemon.running():
            time.sleep(1.1)  # reloads closer than that wait for the next tick
            self.ctl.run("reload")

    def start(self):
        self.daemon.start()
        self.relay.start(ready=False)
        return self

    def stop(self):
        self.ha.stop()
        self.relay.stop()
        self.daemon.stop()
        self.bus.stop()
        self.broker.stop()
        self.tank.listener.close()


def test_one_device_that_passes_the_checker(rig):
    topic, document = rig.ha.device()
    state = rig.ha.wait("the state", lambda: rig.ha.topics.get(document["stat_t"]))
    assert check.check(topic, json.loads(rig.ha.topics[topic]), set(json.loads(state))) == []
    device = document["dev"]
    assert (device["name"], device["mf"], device["sa"]) == ("Living room", "Maker", "客厅")
    gw = document["stat_t"].split("/")[2]
    assert topic == "homeassistant/device/hearth_%s_ac/config" % gw
    # Both must be there: the gateway, and the appliance.
    topics = [a["t"] for a in document["avty"]]
    assert topics == ["hearth/v1/%s/status" % gw, "hearth/v1/%s/a/ac/availability" % gw]
    assert json.loads(rig.ha.topics[topics[0]])["state"] == "online"
    rig.ha.wait("online", lambda: rig.ha.topics.get(topics[1]) == b"online")
    climate = document["cmps"]["climate_climate"]
    assert climate["modes"] == ["off", "cool", "heat", "dry", "heat_cool"]
    assert (climate["min_temp"], climate["max_temp"], climate["temp_step"]) == (16, 30, 0.5)


def test_it_is_set_from_there(rig):
    climate = rig.ha.component("climate_climate")
    rig.ha.publish(climate["temp_cmd_t"], "22.5")
    harness.wait_for("22.5 °C", lambda: rig.tank.holding[2] == 45, 30)
    rig.ha.publish(climate["mode_cmd_t"], "auto")  # heat_cool, by the template
    harness.wait_for("auto", lambda: rig.tank.holding[1] == 4, 30)
    # It was off: another mode has switched it on. Off, among the modes, is its switch.
    harness.wait_for("on", lambda: rig.tank.coils[5] == 1, 30)
    rig.ha.wait("on as told", lambda: rig.ha.value("on_off") is True)
    n = len(rig.tank.written(1))
    rig.ha.publish(climate["mode_cmd_t"], "off")
    harness.wait_for("off", lambda: rig.tank.coils[5] == 0, 30)
    rig.ha.wait("off as told", lambda: rig.ha.value("on_off") is False)
    assert len(rig.tank.written(1)) == n
    rig.ha.publish(climate["temp_cmd_t"], "35")  # above Max=
    rig.ha.publish(climate["temp_cmd_t"], "24", retain=True)  # it comes live first, that is not retained
    harness.wait_for("24 °C", lambda: rig.tank.holding[2] == 48, 30)
    assert 70 not in rig.tank.written(2)
    rig.ha.publish(climate["temp_cmd_t"], "", retain=True)
    assert any("discovery" in u["leaves"] for u in rig.ctl.json("privacy", "show"))
    actors = {v["actor"] for v in rig.ctl.json("set", "--log", "ac")}
    assert actors == {"upstream home"}


def test_faults_are_shown(rig):
    topic = rig.ha.component("binary_sensor_problem")["stat_t"]
    rig.ha.wait("well", lambda: json.loads(rig.ha.topics.get(topic, b"{}")).get("problem") is False)
    rig.tank.holding[138] = 7
    told = rig.ha.wait("a problem", lambda: json.loads(rig.ha.topics[topic]) if json.loads(
        rig.ha.topics[topic])["problem"] else None)
    assert told == {"health": "warning", "problem": True, "fault_code": "E7", "fault_text": "Fan blocked"}
    rig.tank.holding[138] = 0
    rig.ha.wait("well again", lambda: not json.loads(rig.ha.topics[topic])["problem"])


def test_preview_has_all_of_it(rig):
    """What the household is shown is what the broker keeps, topic by topic; and byte for byte what holds still."""
    def differs():
        shown = {m["topic"]: m for m in rig.ctl.json("privacy", "preview", "home")["messages"] if m["retained"]}
        kept = {t: p for t, p in rig.ha.topics.items() if p and not t.endswith("/event") and "/set/" not in t}
        return set(shown) ^ set(kept) or {
            t for t, m in shown.items() if t.endswith(("/config", "/health", "/meta", "/status")) and
            (m["payload"], m["bytes"]) != (json.loads(kept[t]), len(kept[t]))}
    harness.wait_for("the same", lambda: not differs(), 60, 1)
    shown = rig.ctl.json("privacy", "preview", "home")
    assert {m["topic"].rsplit("/", 1)[1] for m in shown["messages"] if m["retained"]} == \
        {"status", "info", "meta", "state", "availability", "health", "config"}


def test_again_when_it_has_started(rig):
    topic, document = rig.ha.device()
    before = {t: len(rig.ha.times[t]) for t in (topic, document["stat_t"])}
    start = time.monotonic()
    for _ in range(3):  # three at once are one
        rig.ha.publish("homeassistant/status", "online")
    rig.ha.wait("all of it again", lambda: all(len(rig.ha.times[t]) > n for t, n in before.items()))
    assert rig.ha.times[topic][-1] - start < 60
    rig.ha.publish("homeassistant/status", "offline")
    rig.ha.publish("homeassistant/status", "x" * 1000)
    time.sleep(6)
    assert len(rig.ha.times[topic]) == before[topic] + 1


def test_without_a_grant_it_only_shows(rig):
    rig.configure(language="zh_CN", ac=AC)
    rig.ha.wait("no climate", lambda: len(rig.ha.component("climate_climate")) == 1)
    topic, document = rig.ha.device()
    assert check.check(topic, json.loads(rig.ha.topics[topic])) == []
    assert document["dev"]["name"] == "客厅空调"
    assert "/set/" not in json.dumps(document)
    assert document["cmps"]["sensor_local_temperature"]["name"] == "室内温度"
    n = len(rig.tank.writes)
    rig.ha.publish(document["stat_t"].replace("/state", "/set/cooling_setpoint"), "20")
    time.sleep(1)
    assert len(rig.tank.writes) == n


def test_nothing_stays(rig):
    topic, document = rig.ha.device()
    health = document["cmps"]["binary_sensor_problem"]["stat_t"]
    rig.configure(planes="event state", ac=AC)
    rig.ha.wait("the plane gone", lambda: rig.ha.topics[topic] == b"" and rig.ha.topics[health] == b"")
    assert rig.ha.topics[document["stat_t"]] != b""
    rig.configure(planes="discovery", ac=AC)
    rig.ha.wait("back", lambda: rig.ha.topics[topic] != b"")
    rig.configure(planes="discovery", ac=None)
    rig.ha.wait("the appliance gone", lambda: not any(
        rig.ha.topics[t] for t in (topic, health, document["stat_t"])))
