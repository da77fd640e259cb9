# SPDX-License-Identifier: Apache-2.0
"""Workers and main under load, for the thread sanitizer: every unit as often as it may be asked, with
replies spoilt, reloads and callers in between."""
import signal


def test_busy_household(make_household):
    h = make_household(period="1s").start()
    for unit, kind in (("sdm120", "crc every 3"), ("pool", "late 600 every 4"), ("vent", "short every 5")):
        h.home.tell("disturb", unit, *kind.split())
    for i in range(12):
        h.ctl.json("list", check=False)
        h.ctl.json("bus", "list", check=False)
        if i % 4 == 0:
            h.daemon.send(signal.SIGHUP)
        n = h.home.tell("stats")["probe"]["answers"]
        h.daemon.wait(lambda: h.home.tell("stats")["probe"]["answers"] > n, "polling goes on", 60)
    for unit in ("sdm120", "pool", "vent"):
        h.home.tell("disturb", unit, "none")
    h.wait_answering(timeout=60)
    h.subscriber.wait(lambda: h.subscriber.of("report"), "a report", 60)
    assert h.daemon.stop() == 0
    assert h.relays["cloud"].stop() == 0
    assert "ThreadSanitizer" not in h.daemon.text() + h.relays["cloud"].text()
