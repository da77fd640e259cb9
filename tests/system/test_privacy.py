# SPDX-License-Identifier: Apache-2.0
"""What leaves the house at the levels off, faults and full, and under which names."""
import os
import re
import signal
import subprocess

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


def suffixes(h, upstream):
    gateway = h.ctl.json("upstream", "show", upstream)["gateway"]
    return {t.split(gateway + "/")[1] for t in h.retained() if gateway in t}


def test_tightening_takes_back(make_household):
    """From full to faults while reports wait: none of them leaves any more, the broker is made to forget the
    documents, and the next event says what is missing. Then a removed appliance: its documents go too."""
    h = make_household(appliances=METERS, period="1s", upstreams={
        "cloud": {"Level": "full", "Planes": "event report state"},
        "home": {"Level": "full", "Planes": "event state"}}).start()
    s = h.subscriber
    s.wait(lambda: s.of("report"), "a report", 40)
    gateway = h.ctl.json("upstream", "show", "cloud")["gateway"]
    assert {"birth", "a/washer/state", "a/washer/meta"} <= suffixes(h, "cloud")
    h.way.set_cut(True)
    h.daemon.wait(lambda: h.ctl.json("upstream", "show", "cloud")["waiting"]["reports"] > 1, "reports waiting", 60)
    path = os.path.join(h.daemon.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    head, tail = text.split("[Upstream cloud]")
    harness.write(path, head + "[Upstream cloud]" + tail.replace("Level=full", "Level=faults", 1).replace(
        "Planes=event report state", "Planes=event", 1))
    os.unlink(os.path.join(h.daemon.etc, "appliances.d", "fridge.conf"))
    h.daemon.kill() # also without a reload that saw both
    n = len(s.of("report"))
    h.daemon.start()
    h.way.set_cut(False)
    harness.wait_for("only what faults lets out", lambda: suffixes(h, "cloud") == {"status", "info"}, 60, 0.5)
    harness.wait_for("the fridge forgotten", lambda: suffixes(h, "home") == {
        "status", "info", "a/washer/meta", "a/washer/state", "a/washer/availability"}, 60, 0.5)
    h.daemon.wait(lambda: h.ctl.json("upstream", "show", "cloud")["waiting"]["reports"] == 0, "the reports gone")
    assert len(s.of("report")) == n
    h.home.tell("unit", "sdm120", "off")
    s.wait(lambda: [m for m in s.of("event") if gateway in m.topic and m.json.get("withheld")], "what was withdrawn")
    # While brokers are made to forget, a reload would publish all of it again.
    h.way.set_cut(True)
    wiping = harness.popen([harness.program("hearthctl"), "--bus", h.ctl.bus_address, "wipe", "--yes"],
                           stdout=subprocess.DEVNULL)
    h.daemon.wait(lambda: "everything is being deleted" in h.daemon.text(), "the begin of it", 30)
    assert h.ctl.run("reload", check=False).returncode == 1
    h.way.set_cut(False)
    assert wiping.wait(90) == 0
