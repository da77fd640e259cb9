# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, seeded: nothing that was given as stored is missing, and what comes twice
is the same bytes."""
import os
import random
import subprocess
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
        if not shown["epoch"]:
            return # it has only just started and promises nothing yet
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


def owed(h):
    """What the receiver knows of the pool's fault: its changes in the order of their numbers, equal ones once."""
    chain = harness.Chain()
    known = {}
    for m in h.subscriber.of("event"):
        if "code" in m.json and m.json["code"] == FAULT and m.json["gw"] == h.gateway:
            chain.add(m)
            known[m.key] = m.json["event"]
    assert not chain.changed, "sent again with other bytes: %s" % chain.changed
    return [known[key] for key in sorted(known) if known[key] in ("raised", "cleared")]


FAULT = "2074.0"


def test_killed_between_a_finding_and_its_event(make_household):
    """A fault comes or goes, and hearthd is ended while it stores that and what is to be told of it: at a
    chosen write, sync or truncation of its state directory, where the library of tests/cut can be loaded (not below
    ASan), by SIGKILL or as if by the power, else at a random moment. The next hearthd tells it, and none tells
    it twice."""
    rng = random.Random(SEED)
    shim = os.path.join(harness.build_folder(), "tests", "cut", "cut.so")
    shim = shim if os.path.exists(shim) else None
    h = make_household(period="200ms", appliances=["pool"], upstreams={"cloud": {"Level": "full", "Planes": "event"}}).start()
    h.gateway = test_outage.stored(h)["gateway"]
    armed = os.path.join(h.folder.path, "armed")
    points = list(range(1, 31)) if os.environ.get("HEARTHD_ALL") else [2, 5, 9, 14]
    h.daemon.stop()
    died = 0
    for i, at in enumerate(points):
        if shim:
            h.daemon.env.update(LD_PRELOAD=shim, CUT_DIR=h.daemon.state, CUT_AT=str(at), CUT_AFTER=armed,
                                CUT_MODE=("keep", "discard", "random")[i // 2 % 3], CUT_SEED=str(i))
        h.daemon.start()
        h.wait_answering()
        open(armed, "w").close()
        h.home.tell("fault", "pool", FAULT, int(i % 2 == 0))
        if shim:
            try:
                h.daemon.popen.wait(20)
                died += 1
            except subprocess.TimeoutExpired:
                h.daemon.kill() # there were not so many
        else:
            time.sleep(rng.uniform(0, 0.5)) # the random moment itself
            h.daemon.kill()
        os.remove(armed)
        h.daemon.env.pop("LD_PRELOAD", None)
        h.daemon.start()
        expected = (["raised", "cleared"] * len(points))[:i + 1]
        h.subscriber.wait(lambda: owed(h) == expected, "%s once, killed at %d" % (expected[-1], at), 60)
        h.daemon.kill()
    assert died >= len(points) / 2 or not shim
