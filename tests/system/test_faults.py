# SPDX-License-Identifier: Apache-2.0
"""One bad device, and what it must not do: hurt the others, or get a wrong value published as good."""
import statistics
import time

import pytest

import harness
import truth

PERIOD_S = 2 # a time-out of half a second and its quarantine must leave room for it
HOUSEHOLD = {"period": "%ds" % PERIOD_S, "speed": 20}
QUIET = ("probe", "temperature", "fridge-air") # a healthy unit on the same line


def reachable(h, id_):
    return next(a for a in h.ctl.json("list") if a["id"] == id_)["reachable"]


def well(h, id_, timeout=150):
    """Every register answers again. Those that were refused three times are asked after a minute, and then
    after two."""
    def bad():
        return [r["attribute"] for r in h.ctl.json("status", id_, check=False)["readings"]
                if r["quality"] in ("unavailable", "stale")]
    h.daemon.wait(lambda: not bad(), "all readings of " + id_, timeout)


def disturbed(h, unit, replies, timeout=40):
    """Waits until UNIT has answered so many more times, or has at least been asked."""
    start = h.home.tell("stats")[unit]
    h.daemon.wait(lambda: h.home.tell("stats")[unit]["requests"] >= start["requests"] + replies,
                  "%d more requests to %s" % (replies, unit), timeout)


def others_on_time(h, since, unit=QUIET[0], point=QUIET[1]):
    """The answered reads of a healthy unit keep their period: none late by more than half of it, and one
    that has to wait for a time-out moves neither those after it nor their number."""
    gaps = truth.answered_gaps(h, unit, point, since)
    assert len(gaps) >= 3, gaps
    assert max(gaps) < 1.5 * PERIOD_S, gaps
    assert abs(statistics.median(gaps) - PERIOD_S) < 0.03 * PERIOD_S, gaps
    assert abs(sum(gaps) - len(gaps) * PERIOD_S) < 0.5 * PERIOD_S, gaps


@pytest.fixture(autouse=True)
def mended(shared):
    """What a test leaves broken when it fails is not the next one's concern."""
    yield
    for unit in ("sdm120", "pool"):
        shared.home.tell("disturb", unit, "none")
    for unit in ("sdm120", "vent"):
        shared.home.tell("unit", unit, "on")


@pytest.mark.parametrize("unit, id_, kind", [
    ("sdm120", "washer", "crc"), ("sdm120", "washer", "short"), ("sdm120", "washer", "noise"),
    ("sdm120", "washer", "foreign"), ("sdm120", "washer", "duplicate 300"),
    ("sdm120", "washer", "late 1200 every 3"), ("sdm120", "washer", "stale every 2"),
    ("sdm120", "washer", "exception 2"), ("sdm120", "washer", "exception 6"),
])
def test_spoilt_replies(shared, unit, id_, kind):
    spoil(shared, unit, id_, kind)


def spoil(shared, unit, id_, kind):
    shared.wait_answering()
    since = time.time()
    shared.home.tell("disturb", unit, *kind.split())
    disturbed(shared, unit, 4) # one fewer than make it a silent one, which is asked less often
    shared.daemon.wait(lambda: len(truth.answered_gaps(shared, *QUIET[:2], since)) >= 3, "healthy polls")
    shared.home.tell("disturb", unit, "none")
    others_on_time(shared, since)
    shared.daemon.wait(lambda: reachable(shared, id_), id_ + " back", 60)
    shared.wait_answering(timeout=60)
    well(shared, id_)


@pytest.mark.parametrize("unit, id_, byte", [("sdm120", "washer", 255)])
def test_half_dead(shared, unit, id_, byte):
    fill(shared, unit, id_, byte)


def fill(shared, unit, id_, byte):
    """Every register reads 0000 or ffff: an answer, but no value. Said once; gone with its cause."""
    shared.wait_answering(timeout=60)
    shared.home.tell("disturb", unit, "filled", str(byte))

    def misfit():
        return [f for f in shared.ctl.json("findings", id_, check=False) if f["code"] == "map-misfit"]
    shared.daemon.wait(misfit, "the finding", 60)
    # Health and problem are hearthd's own word, not read.
    good = [r for r in shared.ctl.json("status", id_, check=False)["readings"]
            if r["quality"] == "good" and r["attribute"] not in ("health", "problem")]
    assert not good, good
    shared.home.tell("disturb", unit, "none")
    shared.daemon.wait(lambda: not misfit(), "the finding gone", 60)
    shared.wait_answering(timeout=60)
    well(shared, id_)


def test_nothing_wrong_was_published(shared):
    """After all of the above: every value that came out was an answer of the unit, in order."""
    n = len(shared.subscriber.of("report"))
    shared.subscriber.wait(lambda: len(shared.subscriber.of("report")) > n + 1, "the last values", 60)
    compared, chain = truth.compare(shared)
    assert compared > 20 and not chain.missing()


def test_unit_off(shared):
    """Unreachable with a reason, within a few polls; the others keep their time; back by itself."""
    shared.wait_answering()
    since = time.time()
    shared.home.tell("unit", "sdm120", "off")
    shared.daemon.wait(lambda: not reachable(shared, "washer"), "washer unreachable", 30)
    status = shared.ctl.json("status", "washer", check=False)
    assert status["state"] == "unreachable"
    assert any(s["reason"] for s in status["sources"])
    value, quality = shared.value("washer", "rms_voltage")
    assert quality != "good"
    shared.daemon.wait(lambda: len(truth.answered_gaps(shared, *QUIET[:2], since)) >= 5, "healthy polls")
    others_on_time(shared, since)
    shared.home.tell("unit", "sdm120", "on")
    shared.daemon.wait(lambda: reachable(shared, "washer"), "washer back", 60)


def test_refusals_alone_are_not_well(shared):
    """It answers, but with exceptions to everything: reachable, and yet nobody knows how it is."""
    shared.wait_answering(timeout=60)
    shared.home.tell("disturb", "sdm120", "exception", "4")

    def state():
        return next(a for a in shared.ctl.json("list") if a["id"] == "washer")["state"]
    shared.daemon.wait(lambda: state() == "unknown", "washer unknown", 60)
    assert reachable(shared, "washer")
    shared.home.tell("disturb", "sdm120", "none")
    shared.daemon.wait(lambda: state() == "ok", "washer well", 60)
    well(shared, "washer")


def test_watchdog_was_fed_all_the_while(shared):
    fed = shared.daemon.fed
    shared.daemon.wait(lambda: shared.daemon.fed > fed, "a watchdog ping", 20)
    assert harness.rss(shared.daemon.pid)["Rss"] < (300000 if "asan" in harness.build_folder() else 16384)
