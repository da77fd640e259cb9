# SPDX-License-Identifier: Apache-2.0
"""One line of four units at 9600 baud, one of them dead: the plan of the bus on a real pseudo-terminal,
against pymodbus."""
import os
import re
import time

import harness
import truth

PERIOD_S = 2
TIMEOUT_S = 1.05 # of the dead unit: what one request to it may cost the others, once
UNITS = ["washer", "fridge", "fridge-air", "boiler"]
# Not the meter of the washer: its home has holes between values of one length, and one shape of request
# waits for the late replies to the one before.
HEALTHY = {"probe": "temperature", "dhw": "tank_top_temperature_t5u"}
DEAD, DEAD_ID = "pzem", "fridge"


def every(household, period_s):
    """Reads every point each PERIOD_S: a drop-in over each profile (Period= of a source only slows)."""
    for _, sources, _ in household.APPLIANCES.values():
        for _, _, profile in sources.values():
            with open(os.path.join(harness.TOP, "etc", "profiles", profile + ".profile"), encoding="utf-8") as f:
                points = re.findall(r"^\[(Point [^\]]+)\]", f.read(), re.M)
            harness.write(os.path.join(household.daemon.etc, "profiles", profile + ".profile.d", "10-fast.conf"),
                          "".join("[%s]\nPeriod=%ds\n" % (point, period_s) for point in points))


def start(make_household, dead=False):
    h = make_household(appliances=UNITS, baud=9600, way=False)
    every(h, PERIOD_S)
    if dead:
        h.home.start()
        h.home.tell("unit", DEAD, "off")
        h.home.start = lambda: h.home
    h.start(answering=not dead)
    return h


def wait_gaps(h, unit, n, since):
    h.daemon.wait(lambda: len(truth.answered_gaps(h, unit, HEALTHY[unit], since)) >= n, "%d polls" % n, 90)
    return truth.answered_gaps(h, unit, HEALTHY[unit], since)


def mean(v):
    return sum(v) / len(v)


def reachable(h, id_):
    return next(a for a in h.ctl.json("list") if a["id"] == id_)["reachable"]


def others_keep_their_period(h, since, n):
    for unit in HEALTHY:
        gaps = wait_gaps(h, unit, n, since)
        assert abs(mean(gaps) - PERIOD_S) <= 0.03 * PERIOD_S, (unit, gaps)
        assert max(gaps) < PERIOD_S + TIMEOUT_S + 0.5, (unit, gaps)


def test_one_of_four_dies_and_returns(make_household):
    h = start(make_household)
    time_on = time.time()
    others_keep_their_period(h, time_on, 5)
    h.home.tell("unit", DEAD, "off")
    died = time.time()
    h.daemon.wait(lambda: not reachable(h, DEAD_ID), "%s unreachable" % DEAD_ID, 30)
    asked = h.home.tell("stats")[DEAD]["requests"]
    # The dying itself is in this window, then silence with a probe each ten periods.
    others_keep_their_period(h, died, 15)
    assert h.home.tell("stats")[DEAD]["requests"] - asked <= 5
    h.home.tell("unit", DEAD, "on")
    # One probe, a gap for it, one period.
    h.daemon.wait(lambda: reachable(h, DEAD_ID), "%s back" % DEAD_ID, 12 * PERIOD_S + 5)


def test_one_of_four_is_off_at_start(make_household):
    h = start(make_household, dead=True)
    h.wait_answering(3, 10)
    h.daemon.wait(lambda: h.home.tell("stats")[DEAD]["requests"] >= 5, "%s given up" % DEAD, 30)
    others_keep_their_period(h, time.time(), 11)
    assert not reachable(h, DEAD_ID)
    h.home.tell("unit", DEAD, "on")
    h.daemon.wait(lambda: reachable(h, DEAD_ID), "%s there" % DEAD_ID, 12 * PERIOD_S + 5)
