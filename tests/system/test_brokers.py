# SPDX-License-Identifier: Apache-2.0
"""What docs/brokers.md says of the broker HEARTHD_BROKER names, and the whole road over it."""
import threading
import time

import paho.mqtt.client as mqtt
import pytest

import brokers
import harness


class Client:
    """Of MQTT 3.1.1, which every broker here speaks."""

    def __init__(self, port, id_, filters=(), will=None):
        self.got, self.gone, self.known, self.granted = [], None, threading.Event(), threading.Event()
        c = self.client = mqtt.Client(client_id=id_, protocol=mqtt.MQTTv311)
        c.on_connect = lambda *_: self.known.set()
        c.on_subscribe = lambda *_: self.granted.set()
        c.on_disconnect = self.on_disconnect
        c.on_message = lambda _c, _u, m: self.got.append((m.topic, m.payload, bool(m.retain)))
        if will:
            c.will_set(*will, qos=1, retain=True)
        c.connect("127.0.0.1", port)
        c.loop_start()
        assert self.known.wait(30)
        for f in filters:
            self.granted.clear()
            c.subscribe(f, qos=1)
            assert self.granted.wait(30)

    def on_disconnect(self, client, userdata, code):
        self.gone = code

    def publish(self, topic, payload, retain=False, timeout=30):
        """True: acknowledged; False: the broker ended the connection."""
        self.gone = None
        info = self.client.publish(topic, payload, qos=1, retain=retain)
        harness.wait_for("an acknowledgement or the end", lambda: info.is_published() or self.gone is not None, timeout)
        return info.is_published()

    def vanish(self):
        """Without a word, as a gateway that lost its power."""
        self.client.loop_stop()
        self.client._sock_close() # pylint: disable=protected-access

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(scope="module")
def broker():
    folder = harness.Folder()
    try:
        b = brokers.make(folder.path)
    except harness.Missing as missing:
        folder.remove()
        pytest.skip(str(missing))
    b.start()
    yield b
    b.stop()
    folder.remove()


@pytest.fixture
def client(broker):
    made = []

    def make(*args, **kw):
        made.append(Client(broker.port, "c%d" % (len(made) + int(time.monotonic() * 1000) % 100000), *args, **kw))
        return made[-1]
    yield make
    for c in made:
        c.stop()


def came(c, topic):
    harness.wait_for(topic, lambda: [g for g in c.got if g[0] == topic], 30)
    return [g for g in c.got if g[0] == topic][-1]


def fence(sender, receiver):
    """What was sent to RECEIVER before has come."""
    assert sender.publish("hearth/fence", "x")
    came(receiver, "hearth/fence")


def test_topics(client):
    s, p = client(["hearth/#"]), client()
    for topic, payload in (("hearth/v1/gw/a/ac-living/set/system_mode", b"cool"), ("hearth/v1/gw/report", bytes(60000))):
        assert p.publish(topic, payload)
        assert came(s, topic)[1] == payload
    with_dot = "hearth/v1/gw/a/ac-living/set/flow.temperature"
    acknowledged = p.publish(with_dot, b"1", timeout=30)
    assert acknowledged == (brokers.kind().dots != "closes")
    if acknowledged:
        came(s, with_dot if brokers.kind().dots == "kept" else with_dot.replace(".", "/"))


def test_retained(client):
    p = client()
    topic = "hearth/v1/gw/%s/status" % brokers.name()
    assert p.publish(topic, b"online", retain=True)
    exact, wide = client([topic]), client(["hearth/v1/gw/#"])
    assert came(exact, topic) == (topic, b"online", True)
    if brokers.kind().retained_wildcard:
        assert came(wide, topic) == (topic, b"online", True)
    else:
        fence(p, client(["hearth/fence"]))
        assert not [g for g in wide.got if g[2]]
    assert p.publish(topic, b"", retain=True)
    later = client([topic, "hearth/fence"])
    fence(p, later)
    assert not [g for g in later.got if g[0] == topic]


def test_will(client):
    topic = "hearth/v1/gw/will/status"
    s = client([topic])
    client(will=(topic, b"offline")).vanish()
    assert came(s, topic)[1] == b"offline"
    assert came(client([topic]), topic) == (topic, b"offline", True)


def test_same_identifier(broker):
    first = Client(broker.port, "same")
    second = Client(broker.port, "same")
    harness.wait_for("the first one ended", lambda: first.gone is not None, 30)
    for c in (first, second):
        c.stop()


def test_version_5(make_household):
    """Spoken, or refused with a word of its own; told by `upstream show`."""
    h = make_household(appliances=["fridge"], period="2s",
                       upstreams={"cloud": {"Level": "full", "MqttVersion": "5"}}).start(subscriber=False)
    want = ("connected", "") if brokers.kind().mqtt5 else ("disconnected", brokers.kind().refuses_5)

    def shown():
        u = h.ctl.json("upstream", "show", "cloud")
        return u["state"], u["reason"]
    h.daemon.wait(lambda: shown() == want, "upstream %s: %s" % want, 60)


def test_whole_road(make_household):
    """Readings, a fault as an event at once, retained topics, the Last Will; all of it decodes."""
    h = make_household(period="2s").start()
    s = h.subscriber
    s.wait(lambda: len(s.of("report")) >= 2, "two reports", 60)
    s.wait(lambda: {"status", "info", "birth", "a"} <= {m.kind for m in s.messages}, "retained topics", 60)
    h.home.tell("fault", "pool", "2074.0", 1)
    s.wait(lambda: [m for m in s.of("event") if m.json["event"] == "raised"], "the fault", 60)
    gw = h.ctl.json("upstream", "show", "cloud")["gateway"]
    h.relays["cloud"].kill()
    s.wait(lambda: [m for m in s.messages if m.topic.endswith(gw + "/status") and b'"offline"' in m.payload],
           "the Last Will", 60)
    assert not s.bad
