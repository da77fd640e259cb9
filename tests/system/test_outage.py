# SPDX-License-Identifier: Apache-2.0
"""The broker goes and comes back; nothing stored is missing, and all of it comes in order."""
import brokers
import harness


def stored(h, upstream="cloud"):
    return h.ctl.json("upstream", "show", upstream)


def settle(h):
    """Nothing waits any more: everything stored by now was acknowledged."""
    last = stored(h)["last_stored"]
    h.daemon.wait(lambda: stored(h)["last_acked"] >= last and
                  sum(stored(h)["waiting"].values()) == 0, "the outbox empty", 60)
    return last


def everything_since(h, first, last):
    """The subscriber has every number of first..last once, after dropping equal ones."""
    s = h.subscriber
    gw = stored(h)["gateway"]

    def have():
        chain = harness.Chain()
        for m in s.of("report", "event"):
            if "/%s/" % gw in m.topic:
                chain.add(m)
        return chain

    s.wait(lambda: {seq for _, seq in have().seen} >= set(range(first, last + 1)),
           "every number of %d..%d" % (first, last), 30)
    chain = have()
    assert not chain.changed and not chain.missing()
    return chain


def in_order(h, kind="report"):
    """Reports came in the order of their numbers, when those that came again are dropped."""
    chain, order = harness.Chain(), []
    gw = stored(h)["gateway"]
    for m in h.subscriber.of(kind):
        if "/%s/" % gw in m.topic and chain.add(m):
            order.append(m.json["seq"])
    assert order == sorted(order)
    return order


def test_broker_away_for_a_minute(make_household):
    """A minute of reports and an event wait, and then come: events first, reports oldest first."""
    h = make_household(period="2s").start()
    s = h.subscriber
    s.wait(lambda: s.of("report"), "a first report", 40)
    h.way.set_cut(True)
    h.daemon.wait(lambda: stored(h)["state"] != "connected", "the loss noticed", 30)
    first = stored(h)["last_stored"]
    h.home.tell("fault", "pool", "2074.0", 1)
    # a minute of wall time in reports of 10 s: five stored while nobody could be told
    h.daemon.wait(lambda: stored(h)["last_stored"] >= first + 6, "six messages stored", 90)
    before = len(s.messages)
    h.way.set_cut(False)
    h.daemon.wait(lambda: stored(h)["state"] == "connected", "connected again", 60)
    last = settle(h)
    everything_since(h, 1, last)
    in_order(h)
    came = [m for m in s.messages[before:] if m.kind in ("event", "report") and m.json["seq"] > first]
    assert came[0].kind == "event"


def test_broker_killed_without_its_store(make_household):
    """Killed in the middle and started empty: whatever had no PUBACK comes again, retained topics too."""
    h = make_household(period="2s").start()
    s = h.subscriber
    s.wait(lambda: s.of("report"), "a first report", 40)
    for _ in range(3):
        seen = len(s.of("report"))
        h.way.set_cut(True)   # so that the subscriber is back before the relay is
        h.broker.kill()
        s.wait(lambda: not s.connected, "the subscriber's own connection lost")
        n = stored(h)["last_stored"]
        h.daemon.wait(lambda: stored(h)["last_stored"] > n, "a message stored meanwhile", 40)
        h.broker.start()
        s.wait_connected(30)
        h.way.set_cut(False)
        s.wait(lambda: len(s.of("report")) > seen, "reports again", 60)
    last = settle(h)
    chain = everything_since(h, 1, last)
    assert chain.seen
    # Who comes later finds what the empty broker was told again; not every broker gives it to a wildcard.
    base = "hearth/v1/%s/" % stored(h)["gateway"]
    exact = [] if brokers.kind().retained_wildcard else [base + "status", base + "info"]
    late = harness.Subscriber(h.broker.port, also=exact)
    try:
        late.wait(lambda: {m.topic.split("/")[3] for m in late.messages if m.retained and m.payload} >=
                  {"status", "info"}, "status and info retained", 20)
    finally:
        late.stop()


def test_daemon_stopped_in_order_loses_nothing(make_household):
    """SIGTERM: what was read and not yet flushed is flushed, and told after the next start."""
    h = make_household(period="2s").start()
    s = h.subscriber
    s.wait(lambda: s.of("report"), "a first report", 40)
    epoch = stored(h)["epoch"]
    assert h.daemon.stop() == 0
    h.daemon.start()
    h.wait_answering()
    assert stored(h)["epoch"] == epoch
    n = len(s.of("report"))
    s.wait(lambda: len(s.of("report")) > n, "a report after the restart", 40)
    everything_since(h, 1, settle(h))
