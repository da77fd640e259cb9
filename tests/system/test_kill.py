# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, seeded: nothing that was given as stored is missing, and what comes twice
is the same bytes."""
import os
import random
import time

import harness
import test_outage

KILLS = 200 if os.environ.get("HEARTHD_ALL") else 50
SEED = 20250102


def note_stored(h, promised):
    """What hearthctl gives as stored at this moment; the daemon may be gone just then."""
    shown = h.ctl.run("--json=short", "upstream", "show", "cloud", check=False)
    if shown.returncode == 0:
        import json
        shown = json.loads(shown.stdout)
        promised[shown["epoch"]] = max(promised.get(shown["epoch"], 0), shown["last_stored"])


def test_kill_at_any_moment(make_household):
    rng = random.Random(SEED)
    h = make_household(period="200ms", appliances=["washer", "pool"]).start()
    s, promised = h.subscriber, {}
    s.wait(lambda: s.of("event", "report"), "a first message", 60)
    fault = 0
    for i in range(2 * KILLS):
        # A fault that comes and goes makes an event, so that the store is busy at each kill.
        fault = not fault
        h.home.tell("fault", "pool", "2074.0", int(fault))
        time.sleep(rng.random() * 0.8) # the random moment itself
        note_stored(h, promised)
        victim = h.daemon if i % 2 == 0 else h.relays["cloud"]
        victim.kill()
        at = time.monotonic()
        victim.start()
        assert time.monotonic() - at < 10
    h.wait_answering(timeout=60)
    last = test_outage.settle(h)
    assert len(promised) == 1, "a kill cost the store: %s" % promised
    (epoch, stored), = promised.items()
    assert stored > KILLS / 4, "the store was idle: the test tries nothing"
    chain = harness.Chain()
    gw = test_outage.stored(h)["gateway"]
    for m in s.of("report", "event"):
        if "/%s/" % gw in m.topic:
            chain.add(m)
    missing = set(range(1, last + 1)) - {seq for e, seq in chain.seen if e == epoch} - \
        {seq for e, seq in chain.stated if e == epoch}
    assert not missing, "stored and never seen: %s" % sorted(missing)
    assert not chain.changed
    assert not s.bad
