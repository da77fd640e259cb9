# SPDX-License-Identifier: Apache-2.0
"""What test_faults.py does to a unit on a serial line, done to devices on Modbus TCP."""
import time

import pytest

import test_faults as faults
import truth

HOUSEHOLD = faults.HOUSEHOLD
mended = faults.mended


@pytest.mark.parametrize("kind", ["tid", "foreign", "short", "late 1500", "duplicate 50", "exception 4"])
def test_spoilt_replies(shared, kind):
    faults.spoil(shared, "pool", "pool", kind)


@pytest.mark.parametrize("byte", [0, 255])
def test_half_dead(shared, byte):
    faults.fill(shared, "pool", "pool", byte)


def test_tcp_device_gone_and_back(shared):
    shared.wait_answering(timeout=60)
    since = time.time()
    shared.home.tell("unit", "vent", "gone")
    shared.daemon.wait(lambda: not faults.reachable(shared, "vent"), "vent unreachable", 30)
    shared.daemon.wait(lambda: len(truth.answered_gaps(shared, *faults.QUIET[:2], since)) >= 3, "healthy polls")
    faults.others_on_time(shared, since)
    shared.home.tell("unit", "vent", "on")
    shared.daemon.wait(lambda: faults.reachable(shared, "vent"), "vent back", 60)
    shared.wait_answering(timeout=60)


def test_nothing_wrong_was_published(shared):
    faults.test_nothing_wrong_was_published(shared)
