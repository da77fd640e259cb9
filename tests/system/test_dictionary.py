# SPDX-License-Identifier: Apache-2.0
"""A report can be read for as long as it waits, whatever became of the names meanwhile."""
import os
import signal

import harness


def dictionaries(house):
    return {m.topic.rsplit("/", 1)[1] for m in house.subscriber.messages
            if "/dict/" in m.topic and m.payload}


def forgotten(house):
    return {m.topic.rsplit("/", 1)[1] for m in house.subscriber.messages
            if "/dict/" in m.topic and not m.payload}


def waiting(house):
    return house.ctl.json("upstream", "show", "cloud")["waiting"]["reports"]


def test_old_names_are_kept_while_a_report_needs_them():
    house = harness.Household(seed=5, appliances=["fridge", "fridge-air"], report_interval="10s", flush_interval="10s",
                              upstreams={"cloud": {"Level": "full", "Planes": "report"}}, way=False)
    try:
        house.start(relays=False)
        harness.wait_for("a report that waits", lambda: waiting(house) >= 1)
        # The household grows, and with it the names.
        house.ids.append("washer")
        house.configure()
        house.daemon.send(signal.SIGHUP)
        house.wait_answering(3)
        before = waiting(house)
        harness.wait_for("a report with the new names", lambda: waiting(house) > before)
        # Another life, and a broker that has never heard of either dictionary.
        house.daemon.stop()
        house.daemon.start()
        house.relays["cloud"].start()
        house.subscriber.wait(lambda: len(dictionaries(house)) == 2, "both dictionaries", 30)
        harness.wait_for("the outbox to drain", lambda: waiting(house) == 0)
        assert not house.subscriber.bad
        assert not house.subscriber.waiting # every report found its dictionary
        # Nothing needs the old one any more: the broker is told to forget it.
        house.daemon.stop()
        house.daemon.start()
        house.subscriber.wait(lambda: len(forgotten(house)) == 1, "the old dictionary to go", 30)
    finally:
        house.stop()
