# SPDX-License-Identifier: Apache-2.0
"""What leaves the house at the levels off, faults and full, and under which names."""
import os
import re
import signal

import harness

NAMES = re.compile(rb"washer|fridge|rs485|eastron|pzem|/dev/|%s" % "厨房|洗衣机".encode())
METERS = ["washer", "fridge"]


def payloads(h, upstream):
    """Everything the broker has got from UPSTREAM, topics included."""
    gateway = h.ctl.json("upstream", "show", upstream)["gateway"]
    return gateway, [(m.topic, m.payload) for m in h.subscriber.messages if "/%s/" % gateway in m.topic]


def set_level(h, id_, level):
    path = os.path.join(h.daemon.etc, "appliances.d", id_ + ".conf")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    harness.write(path, re.sub(r"(?m)^Level=.*\n", "", text).replace("[Appliance]\n", "[Appliance]\nLevel=%s\n" % level))


def test_faults_tells_no_names(make_household):
    """Planes=state without Level=full is no state plane: neither documents nor names of the house."""
    h = make_household(appliances=METERS, upstreams={"maker": {"Level": "faults", "Planes": "event state"}}).start()
    h.home.tell("unit", "sdm120", "off")
    h.subscriber.wait(lambda: h.subscriber.of("event"), "the silence of the washer")
    h.subscriber.wait(lambda: h.subscriber.of("info"), "info")
    gateway, seen = payloads(h, "maker")
    assert {t.split("/")[3] for t, _ in seen} <= {"status", "info", "event"}
    assert not [(t, p) for t, p in seen if NAMES.search(p) or NAMES.search(t.encode())]
    assert h.subscriber.of("info")[-1].json["planes"] == ["event"]


def test_off_says_nothing(make_household):
    """An appliance of Level=off: no event of its silence either, and it is not counted."""
    h = make_household(appliances=METERS, period="1s", upstreams={"maker": {"Level": "faults", "Planes": "event"}})
    h.start(relays=False, answering=False, subscriber=True)
    set_level(h, "washer", "off")
    h.daemon.send(signal.SIGHUP)
    h.relays["maker"].start()
    h.wait_answering()
    aliases = h.aliases("maker")
    h.home.tell("unit", "sdm120", "off")
    h.home.tell("unit", "pzem", "off")
    h.subscriber.wait(lambda: h.subscriber.of("event"), "the silence of the fridge")
    h.daemon.wait(lambda: len(h.ctl.json("findings", check=False)) == 2, "both findings at home")
    assert {m.json["appliance"] for m in h.subscriber.of("event")} == {aliases["fridge"]}
    assert h.subscriber.of("info")[-1].json["appliances"] == 1
