# SPDX-License-Identifier: Apache-2.0
"""The ledger of delivery with real processes: hearthd, hearth-relay and mosquitto are killed at random moments,
the broker without its store, the connection is cut and acknowledgements are lost on their way, by a seed. The way
between relay and broker keeps the books: what was published, what was acknowledged. Afterwards everything that
was stored was acknowledged, every event is with its receiver (Receipts=yes: the broker forgets), nothing came in another order within its topic, and whatever came twice was the
same bytes. tests/unit/test-ledger.c plays thousands of seeds on virtual time."""
import json
import os
import random
import socket
import time
import zlib

import harness
import test_outage

SEEDS = 200 if os.environ.get("HEARTHD_ALL") else 20
FIRST = 20250300


class LossyWay(harness.Way):
    """Passes whole packets down, and may keep PUBACKs for itself: those were never given."""
    lose = False

    def pump(self, a, b, see, state):
        if see == self.see_up:
            return super().pump(a, b, see, state)
        buffer = b""
        try:
            while data := a.recv(65536):
                buffer += data
                out = b""
                while packet := self.packet(buffer):
                    buffer = buffer[len(packet[2]):]
                    if self.lose and packet[0] >> 4 == 4:
                        continue
                    out += packet[2]
                    with self.lock:
                        see(state, *packet[:2])
                b.sendall(out)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.lock:
            self.links -= {a, b}
        a.close()


def disturb(h, rng):
    """One thing that goes wrong."""
    what = rng.choice(["hearthd", "relay", "broker", "cut", "acks"])
    if what == "hearthd":
        h.daemon.kill()
        h.daemon.start()
    elif what == "relay":
        h.relays["cloud"].kill()
        h.relays["cloud"].start()
    elif what == "broker":
        h.broker.kill()
        time.sleep(rng.random() * 0.3)
        h.broker.start()
    elif what == "cut":
        h.way.set_cut(True)
        time.sleep(rng.random() * 0.3)
        h.way.set_cut(False)
    else: # lost with the connection that would have brought them
        h.way.lose = True
        time.sleep(rng.random() * 0.6)
        h.way.set_cut(True)
        h.way.lose = False
        h.way.set_cut(False)
    return what


def books(h, alias):
    """What the way saw of messages: [(topic's last word, json, payload, acknowledged)] in order."""
    reader = harness.Subscriber.decode
    out = []
    with h.way.lock:
        published, acked = list(h.way.published), set(h.way.acked)
    dictionaries = type("", (), {"dictionaries": {}})()
    for topic, payload in published:
        if "/dict/" in topic and payload:
            dictionaries.dictionaries[zlib.adler32(payload)] = payload
    for i, (topic, payload) in enumerate(published):
        kind = topic.rsplit("/", 1)[1]
        if "/%s/" % alias in topic and kind in ("event", "report"):
            out.append((kind, reader(dictionaries, payload), payload, i in acked))
    return out


class Receiver(harness.Subscriber):
    """Confirms each event, each copy anew, as hearth-messages(7) asks of it."""

    def add(self, message):
        super().add(message)
        if message.kind == "event" and not message.retained:
            receipt = {"schema": "hearth.receipt/1", "epoch": message.json["epoch"], "seq": [message.json["seq"]]}
            self.client.publish(message.topic.rsplit("/", 1)[0] + "/receipt", json.dumps(receipt), 1)


def test_ledger(make_household):
    h = make_household(period="200ms", appliances=["washer", "pool"], report_interval="10s", flush_interval="10s",
                       upstreams={"cloud": {"Level": "full", "Planes": "event report", "Receipts": "yes"}})
    h.way = LossyWay(h.broker.port)
    h.start(subscriber=False)
    h.subscriber = Receiver(h.broker.port)
    h.subscriber.wait_connected()
    h.daemon.wait(lambda: test_outage.stored(h)["last_stored"] > 0, "a first message", 60)
    epoch, fault, done = test_outage.stored(h)["epoch"], False, {}
    for seed in range(FIRST, FIRST + SEEDS):
        rng = random.Random(seed)
        for _ in range(2):
            fault = not fault # an event, so that something is under way
            h.home.tell("fault", "pool", "2074.0", int(fault))
            time.sleep(rng.random() * 0.5) # the random moment itself
            what = disturb(h, rng)
            done[what] = done.get(what, 0) + 1
    h.wait_answering(timeout=60)
    # What went out while the receiver was away is sent again 10 s after a new connection, not 2 minutes after the copy.
    h.subscriber.wait_connected(60)
    h.way.set_cut(True)
    h.way.set_cut(False)
    last = test_outage.settle(h)
    shown = test_outage.stored(h)
    assert shown["epoch"] == epoch, "a kill cost the store"
    assert last > SEEDS / 2, "the store was idle: the test tries nothing (%d messages)" % last
    first, acked, stated, order = {}, set(), set(), {"event": [], "report": []}
    for kind, message, payload, is_acked in books(h, shown["gateway"]):
        seq = message["seq"]
        assert message["epoch"] == epoch
        assert first.setdefault(seq, payload) == payload, "%d came again with other bytes" % seq
        if seq not in order[kind]:
            order[kind].append(seq)
        if is_acked:
            acked.add(seq)
        for a, b in message.get("lost", []):
            stated |= set(range(a, b + 1))
    assert not set(range(1, last + 1)) - acked - stated, "stored, and neither acknowledged nor stated as lost"
    assert not stated
    for kind, seqs in order.items():
        assert seqs == sorted(seqs), (kind, seqs)
    here = {m.json["seq"] for m in h.subscriber.of("event")}
    assert set(order["event"]) <= here, "stored, and the receiver has it not: %s" % (set(order["event"]) - here)
    assert len(done) == 5, done
    print("%d messages, %d PUBLISH, %s" % (last, len(h.way.published), done))
