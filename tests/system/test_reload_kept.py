# SPDX-License-Identifier: Apache-2.0
"""A reload is a difference: what did not change does not notice, however often, and what did begins anew."""
import os
import socket
import threading

import pytest

import harness

HOUSEHOLD = {"appliances": ["washer", "fridge", "pool"], "period": "1s",
             "upstreams": {"cloud": {"Level": "full", "Planes": "event state"},
                           "maker": {"Level": "faults", "Planes": "event"}}}


class House:
    """What a worker or a connection begins anew shows in its counters: they only grow while it lives."""

    def __init__(self, h):
        self.h = h
        self.etc = h.daemon.etc
        self.seen = 0

    def file(self, id_):
        return os.path.join(self.etc, "appliances.d", id_ + ".conf")

    def edit(self, path, old, new):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        assert old in text, text
        harness.write(path, text.replace(old, new, 1))

    def reload(self, check=True):
        return self.h.ctl.run("reload", check=check)

    def worker(self, bus):
        """The kernel's name of its thread: another one is another worker."""
        task = "/proc/%d/task" % self.h.daemon.pid
        found = []
        for tid in os.listdir(task):
            with open(os.path.join(task, tid, "comm"), encoding="utf-8") as f:
                if f.read().strip() == ("bus-" + bus)[:15]:
                    found.append(tid)
        return found

    def requests(self, bus):
        return next(b for b in self.h.ctl.json("bus", "list") if b["id"] == bus)["requests"]

    def goes_on(self, bus):
        before = self.requests(bus)
        self.h.daemon.wait(lambda: self.requests(bus) > before, "polling of " + bus)
        return before

    def connections(self, upstream):
        return self.h.ctl.json("upstream", "show", upstream)["connections"]

    def mark(self):
        self.seen = len(self.h.subscriber.messages)

    def offline(self, what):
        """Who was said to be away since mark()."""
        return [m.topic for m in self.h.subscriber.messages[self.seen:]
                if m.topic.endswith(what) and m.payload == b"offline"]


@pytest.fixture
def house(shared):
    return House(shared)


def test_nothing_changed(house):
    """Not even a comment is a change; nobody connects anew."""
    h = house.h
    h.subscriber.wait(lambda: h.subscriber.of("info"), "info")
    workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
    assert all(len(v) == 1 for v in workers.values()), workers
    connections = {u: house.connections(u) for u in h.upstreams}
    house.mark()
    with open(house.file("pool"), "a", encoding="utf-8") as f:
        f.write("# a comment\n")
    requests = {bus: house.goes_on(bus) for bus in workers}
    house.reload()
    assert {bus: house.worker(bus) for bus in workers} == workers
    assert all(house.requests(bus) > n for bus, n in requests.items())
    assert {u: house.connections(u) for u in h.upstreams} == connections
    assert "3 answering" in h.daemon.status
    house.goes_on("rs485")
    assert not [m.topic for m in h.subscriber.messages[house.seen:] if m.topic.endswith(("/status", "/availability"))]


def test_a_label(house):
    """A word about an appliance concerns no line, not even its own; who shows the word is told it."""
    h = house.h
    workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
    requests = {bus: house.requests(bus) for bus in workers}
    connections = {u: house.connections(u) for u in h.upstreams}
    house.mark()
    house.edit(house.file("fridge"), "Label=厨房冰箱", "Label=地下室冰箱")
    house.reload()
    assert "3 answering" in h.daemon.status
    assert next(a for a in h.ctl.json("list") if a["id"] == "fridge")["label"] == "地下室冰箱"
    assert next(a for a in h.ctl.json("list") if a["id"] == "fridge")["state"] == "ok"
    h.subscriber.wait(lambda: [m for m in h.subscriber.messages
                               if m.topic.endswith("/meta") and "地下室冰箱".encode() in m.payload], "the new word")
    assert {bus: house.worker(bus) for bus in workers} == workers
    assert all(house.requests(bus) >= n for bus, n in requests.items())
    for bus in workers:
        house.goes_on(bus)
    assert not house.offline("/availability")
    # Who may not be told the word does not notice.
    assert house.connections("maker") == connections["maker"]


def test_one_line_alone(house):
    """A period of one appliance: its own line begins anew, the other does not, and no value goes away."""
    h = house.h
    workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
    requests = house.requests("rs485")
    house.mark()
    harness.write(os.path.join(house.etc, "profiles", "phnix-pool-heatpump.profile.d", "60.conf"),
                  "[Profile]\nFaultPeriod=2s\n")
    house.reload()
    assert "3 answering" in h.daemon.status or "2 answering" in h.daemon.status
    h.daemon.wait(lambda: house.worker("pool") and house.worker("pool") != workers["pool"], "another worker")
    h.wait_answering()
    assert house.worker("rs485") == workers["rs485"]
    assert house.requests("rs485") >= requests
    for bus in workers:
        house.goes_on(bus)
    assert not house.offline("/availability")


def test_a_bad_one_touches_nothing(house):
    h = house.h
    path = os.path.join(house.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
    connections = {u: house.connections(u) for u in h.upstreams}
    requests = house.goes_on("pool")
    harness.write(path, good + "[Bus x]\nDevice=carrier-pigeon\n")
    assert house.reload(check=False).returncode == 1
    h.daemon.wait(lambda: "reload refused" in h.daemon.status, "STATUS names it")
    assert {bus: house.worker(bus) for bus in workers} == workers
    assert house.requests("pool") >= requests
    assert {u: house.connections(u) for u in h.upstreams} == connections
    harness.write(path, good)
    house.reload()
    h.daemon.wait(lambda: "reload refused" not in h.daemon.status, "and that it is over")
    assert {bus: house.worker(bus) for bus in workers} == workers


def test_in_the_middle_of_an_exchange(house):
    """A line that takes requests and never answers is changed, and changed again, while one is under way: the
    other lines do not notice, and it is asked again by a new worker."""
    h = house.h
    path = os.path.join(house.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        def serve():
            links = []
            while True:
                try:
                    link, _ = mute.accept()
                except OSError:
                    return
                links.append(link) # kept open
                threading.Thread(target=listen, args=(link,), daemon=True).start()

        def listen(link):
            try:
                while (data := link.recv(300)):
                    asked.append(data[6])
            except OSError:
                pass
        threading.Thread(target=serve, daemon=True).start()
        harness.write(path, good + "[Bus mute]\nDevice=tcp:127.0.0.1:%d\n" % mute.getsockname()[1])

        def configure(unit):
            harness.write(house.file("mute"), harness.appliance_text(
                "electrical_meter", {"": ("mute", unit, "eastron-sdm120")}))
            house.reload()
        configure(1)
        workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
        for unit in (2, 3, 4):
            n = len(asked)
            h.daemon.wait(lambda n=n: len(asked) > n, "a request", 60)
            configure(unit) # at once: its answer is waited for
            h.daemon.wait(lambda unit=unit: unit in asked, "the new worker's request", 60)
            assert {bus: house.worker(bus) for bus in workers} == workers
        assert "3 answering" in h.daemon.status
        harness.write(path, good)
        os.unlink(house.file("mute"))
        house.reload()
        h.daemon.wait(lambda: not house.worker("mute"), "its end")
        for bus in workers:
            house.goes_on(bus)
        assert {bus: house.worker(bus) for bus in workers} == workers


def test_renamed(house):
    """The file has another name: another appliance, on a line begun anew; the other line goes on."""
    h = house.h
    workers = {bus: house.worker(bus) for bus in ("rs485", "pool")}
    os.rename(house.file("pool"), house.file("atub")) # sorted before the others: every number changes
    house.reload()
    h.wait_answering()
    assert {a["id"] for a in h.ctl.json("list")} == {"atub", "washer", "fridge"}
    assert house.worker("rs485") == workers["rs485"] and house.worker("pool") != workers["pool"]
    # What is measured goes to whom it is of, though the numbers have moved.
    for unit, id_, volts in (("sdm120", "washer", 241), ("pzem", "fridge", 219)):
        h.home.tell("set", unit, "voltage", str(volts))
        h.daemon.wait(lambda id_=id_, volts=volts: h.value(id_, "rms_voltage") == (volts, "good"), "its voltage", 60)
    os.rename(house.file("atub"), house.file("pool"))
    house.reload()
    h.wait_answering()
    assert house.worker("rs485") == workers["rs485"]
