# SPDX-License-Identifier: Apache-2.0
"""What a reload must not cost though every line and upstream begins anew: events, state documents, findings that
come to an end; and a stop."""
import os
import signal
import time

import harness
from test_disk import small_disk # noqa: F401

METERS = ["washer", "fridge"]
LOCAL = {"cloud": {"Level": "full", "Planes": "event state"}}


def reload(h):
    """Whole when the answer is there. Every line and upstream has a new key, and so begins anew."""
    reload.number += 1
    key = "X-Number=%d\n" % reload.number
    harness.write(os.path.join(h.daemon.etc, "hearthd.conf.d", "99-anew.conf"),
                  "[Daemon]\n" + key + "".join("[Bus %s]\n%s" % (bus, key) for bus in ("rs485", "pool", "vent")))
    n = h.daemon.text().count("configuration read again")
    h.daemon.send(signal.SIGHUP)
    h.daemon.wait(lambda: h.daemon.text().count("configuration read again") > n, "the reload")


reload.number = 0


def fill(folder):
    path = os.path.join(folder, "ballast")
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"\0" * 4096)
        except OSError:
            return path


def test_an_event_outlives_it(make_household, small_disk): # noqa: F811
    """Raised while the disk is full, told when it is not, though the upstream began anew in between."""
    h = make_household(appliances=["washer", "pool"], period="1s", state=small_disk).start()
    s = h.subscriber
    s.wait(lambda: s.of("info"), "info")
    ballast = fill(small_disk)
    h.home.tell("fault", "pool", "2074.0", 1)
    h.daemon.wait(lambda: "journal" in h.daemon.status.lower(), "STATUS names the journal", 90)
    h.daemon.wait(lambda: [f for f in h.ctl.json("findings", check=False) if f["subject"] == "pool"], "the finding")
    reload(h)
    time.sleep(1.1)
    reload(h)
    assert not s.of("event")
    os.unlink(ballast)
    for upstream in h.upstreams:
        gateway = h.ctl.json("upstream", "show", upstream)["gateway"]
        s.wait(lambda: [m for m in s.of("event") if "/%s/" % gateway in m.topic and m.json["event"] == "raised"],
               "the event at " + upstream, 60)
    h.wait_answering()
    events = [(m.topic, m.json["id"], m.json["event"]) for m in s.of("event")]
    assert len(events) == len(set(events)), events


def test_state_goes_on(make_household):
    """The documents of the state plane follow after a reload at any moment of their five seconds."""
    h = make_household(appliances=METERS, period="1s", upstreams=LOCAL).start()
    s = h.subscriber
    gateway = h.ctl.json("upstream", "show", "cloud")["gateway"]
    topic = "hearth/v1/%s/a/fridge/availability" % gateway

    def last():
        seen = [m.payload for m in s.messages if m.topic == topic]
        return seen[-1] if seen else None
    s.wait(lambda: last() == b"online", "the fridge online")
    for pause in (0.5, 2, 3.5):
        time.sleep(pause)
        reload(h)
        h.wait_answering()
        s.wait(lambda: last() == b"online", "the fridge online again")
        h.home.tell("unit", "pzem", "off")
        h.daemon.wait(lambda: "1 answering" in h.daemon.status, "the fridge off")
        s.wait(lambda: last() == b"offline", "the fridge offline")
        h.home.tell("unit", "pzem", "on")
        h.wait_answering()


def test_silence_of_what_is_removed_ends(make_household):
    h = make_household(appliances=METERS, period="1s").start()
    h.home.tell("unit", "pzem", "off")

    def silent():
        return [f for f in h.ctl.json("findings", check=False) if f["subject"] == "rs485"]
    h.daemon.wait(silent, "the silence of the fridge")
    os.unlink(os.path.join(h.daemon.etc, "appliances.d", "fridge.conf"))
    reload(h)
    h.daemon.wait(lambda: not silent(), "its end")
    s = h.subscriber
    s.wait(lambda: [m for m in s.of("event") if m.json["event"] == "cleared"], "its end upstream")
    h.daemon.stop()
    h.daemon.start()
    h.daemon.wait(lambda: "1 answering" in h.daemon.status, "the washer")
    assert not silent()


def test_a_stop_is_quick_and_takes_events_along(make_household):
    """Five lines that all wait for an answer cost one wait, and an event raised just before is stored."""
    h = make_household(appliances=METERS, period="1s")
    h.home.start()
    h.bus.start()
    h.broker.start()
    h.configure()
    import socket
    with open(os.path.join(h.daemon.etc, "hearthd.conf"), "a") as f, socket.create_server(("127.0.0.1", 0)) as mute:
        for i in range(6):
            f.write("[Bus t%d]\nDevice=tcp:127.0.0.%d:%d\n" % (i, i + 1, mute.getsockname()[1]))
            f.flush()
        for i in range(6):
            with open(os.path.join(h.daemon.etc, "appliances.d", "t%d.conf" % i), "w") as a:
                a.write("[Appliance]\nKind=electrical_meter\n[Source]\nBus=t%d\nUnit=1\nProfile=eastron-sdm120\n" % i)
        h.daemon.start()
        h.daemon.wait(lambda: "2 answering" in h.daemon.status, "the meters")
        begin = time.monotonic()
        assert h.daemon.stop() == 0
        assert time.monotonic() - begin < 5


def test_memory_stays_flat(make_household):
    """Large blocks that are mostly unused (the samples of each appliance) stay untouched."""
    h = make_household(period="1s").start()
    h.wait_answering()
    reload(h)
    before = harness.rss(h.daemon.pid)["Rss"]
    for _ in range(6):
        reload(h)
    h.wait_answering()
    if "asan" not in harness.build_folder():
        assert harness.rss(h.daemon.pid)["Rss"] < before + 1024
