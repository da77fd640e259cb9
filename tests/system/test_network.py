# SPDX-License-Identifier: Apache-2.0
"""Real packets between two network namespaces: a slow and lossy link, a connection that is dead without a
word, a resolver that never answers. Needs root, veth, tbf and nft; what the kernel has not is a counted skip.
"""
import asyncio
import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import time

import harness
import hostile_broker as hb
import pytest
from relay_peer import DISCONNECTED, FORGET

CLONE_NEWNET = 0x40000000
RELAY, BROKER = "10.213.7.1", "10.213.7.2"
libc = ctypes.CDLL(None, use_errno=True)


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    if check and done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(words), done.stderr.strip()))
    return done


class Net:
    """Two namespaces and the wire between them."""

    def __init__(self):
        if os.geteuid() != 0:
            raise OSError("network namespaces need root")
        for name in ("ip", "nft", "tc"):
            harness.tool(name)
        self.r, self.b = ("hearthd-%d-%s" % (os.getpid(), c) for c in "rb")
        try:
            for name in (self.r, self.b):
                run("ip", "netns", "add", name)
                run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", self.r, "link", "add", "w0", "type", "veth", "peer", "name", "w0", "netns", self.b)
            for name, address in ((self.r, RELAY), (self.b, BROKER)):
                run("ip", "-n", name, "address", "add", address + "/24", "dev", "w0")
                run("ip", "-n", name, "link", "set", "w0", "up")
            for name in (self.r, self.b):
                self.nft(name, "add table inet t")
                self.nft(name, "add chain inet t in { type filter hook input priority 0; }")
        except OSError:
            self.end()
            raise

    def nft(self, name, text):
        run("ip", "netns", "exec", name, "nft", text)

    def slow(self, rate, delay):
        """Both ways; DELAY needs netem."""
        how = ("netem", "delay", delay, "rate", rate) if delay else ("tbf", "rate", rate, "burst", "2000", "latency",
                                                                     "2000ms")
        for name in (self.r, self.b):
            run("ip", "netns", "exec", name, "tc", "qdisc", "add", "dev", "w0", "root", *how)

    def lossy(self, percent):
        for name in (self.r, self.b):
            self.nft(name, "add rule inet t in iifname w0 numgen random mod 100 < %d drop" % percent)

    def cut(self):
        """Nothing comes through, and nobody is told."""
        for name in (self.r, self.b):
            self.nft(name, "add rule inet t in iifname w0 drop")

    def mend(self):
        for name in (self.r, self.b):
            self.nft(name, "flush chain inet t in")
            run("ip", "netns", "exec", name, "tc", "qdisc", "del", "dev", "w0", "root", check=False)

    def end(self):
        for name in (self.r, self.b):
            run("ip", "netns", "del", name, check=False)

    @contextlib.contextmanager
    def inside(self, name):
        """This thread is there; sockets made now stay there."""
        with open("/proc/thread-self/ns/net") as here, open("/var/run/netns/" + name) as there:
            assert libc.setns(there.fileno(), CLONE_NEWNET) == 0
            try:
                yield
            finally:
                assert libc.setns(here.fileno(), CLONE_NEWNET) == 0


class FarBroker(hb.Broker):
    """A good one, in the other namespace."""

    def __init__(self, net, version=5):
        super().__init__(version, None)
        self.net, self.bad = net, False

    async def start(self):
        with self.net.inside(self.net.b):
            listener = socket.create_server((BROKER, 0))
        self.server = await asyncio.start_server(self.serve, sock=listener, limit=1 << 20)
        self.port = listener.getsockname()[1]
        return self


class Owner(hb.Owner):
    host = BROKER

    def settings(self):
        c = self.case
        self.send(hb.SETTINGS, p1=hb.SETTINGS_BODY.pack(
            b"mqtt://%s:%d" % (self.host.encode(), c.broker.port), b"hearth-far", b"", b"", b"", c.broker.version,
            c.row.options.get("keepalive", 60), c.window, c.row.options.get("ack_timeout", 10)))


class Scene:
    """A relay in its namespace, hearthd's end of it here."""

    def __init__(self, net, tmp_path, **options):
        self.net = net
        self.folder = str(tmp_path)
        self.owner = Owner(os.path.join(self.folder, "sock"))
        self.relay = harness.Notified("hearth-relay", self.folder, [
            harness.tool("ip"), "netns", "exec", net.r, harness.program("hearth-relay"), "far", "--socket",
            os.path.join(self.folder, "sock"), "--credentials", self.folder])
        self.case = hb.Case(hb.Row("", None, [""], **options), 5)

    async def __aenter__(self):
        self.case.broker = await FarBroker(self.net).start()
        self.task = asyncio.ensure_future(self.owner.run())
        self.relay.start(ready=False)
        assert await self.owner.until(lambda: self.owner.link is not None, 30)
        self.owner.case = self.case
        return self

    def add(self, n):
        self.case.todo += range(self.owner.ids + 1, self.owner.ids + n + 1)
        self.owner.ids += n
        self.owner.pump()

    async def done(self, timeout):
        assert await self.owner.until(lambda: not self.case.todo, timeout), (
            self.case.todo, self.case.said, self.relay.tail())
        c = self.case
        assert not c.wrong and not c.strange and not c.broker.changed and c.broker.order == sorted(c.broker.order)

    async def __aexit__(self, *_):
        self.task.cancel()
        await self.case.broker.end()
        status = await asyncio.get_running_loop().run_in_executor(None, self.relay.stop)
        self.owner.listener.close()
        assert status == 0


@pytest.fixture(scope="module")
def net():
    try:
        harness.program("hearth-relay")
        n = Net()
    except (harness.Missing, OSError) as error:
        pytest.skip("no network of our own here: %s" % error)
    yield n
    n.end()


@pytest.fixture(autouse=True)
def whole(net):
    yield
    net.mend()


@pytest.mark.parametrize("delay", ["", "300ms"])
def test_slow_and_lossy(net, tmp_path, delay):
    """64 kbit/s, a tenth of the packets lost both ways: everything arrives on the connection that stands."""
    try:
        net.slow("64kbit", delay)
    except OSError as error:
        pytest.skip("this kernel has no %s: %s" % ("netem" if delay else "tbf", error))
    net.lossy(10)

    async def play():
        async with Scene(net, tmp_path, size=2000, window=8, ack_timeout=30) as s:
            s.owner.settings()
            s.add(20)
            await s.done(180)
            assert s.case.broker.connections <= 3, "reconnects instead of waiting"
            assert s.case.broker.times <= 20 + 8 * (s.case.broker.connections - 1)
    asyncio.run(play())


def test_dead_without_a_word(net, tmp_path):
    """Cut in the middle of a stream: noticed by its deadline, tried again while it lasts, and afterwards everything
    arrives."""
    async def play():
        async with Scene(net, tmp_path, size=300, window=4, ack_timeout=5) as s:
            s.owner.settings()
            s.add(10)
            await s.done(30)
            net.cut()
            s.add(10)
            begun = time.monotonic()
            assert await s.owner.until(lambda: s.case.said, 30)
            assert s.case.said[0][0] == "ack-timeout"
            assert 4 < time.monotonic() - begun < 15
            net.mend()
            await s.done(60)
            assert s.case.broker.connections <= 3
    asyncio.run(play())


def test_dead_while_idle(net, tmp_path):
    """Nothing under way: noticed within 1.5 keep-alives and a few seconds."""
    async def play():
        async with Scene(net, tmp_path, keepalive=5, ack_timeout=5) as s:
            s.owner.settings()
            s.add(1)
            await s.done(30)
            net.cut()
            begun = time.monotonic()
            assert await s.owner.until(lambda: s.case.state == DISCONNECTED, 40)
            assert time.monotonic() - begun < 7.5 + 8, s.case.said
            net.mend()
            s.add(5)
            await s.done(60)
    asyncio.run(play())


def test_pauses_grow_and_differ(tmp_path):
    """Two relays at a broker that hangs up: each pause is between half and all of 1.5^n s, and they are not the
    same for both."""
    async def attempts(n):
        times = []

        async def hang_up(reader, writer):
            times.append(time.monotonic())
            writer.close()
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        folder = str(tmp_path / str(n))
        owner = hb.Owner(os.path.join(folder, "sock"))
        task = asyncio.ensure_future(owner.run())
        relay = harness.Process("hearth-relay", folder, [harness.program("hearth-relay"), "far", "--socket",
                                                         os.path.join(folder, "sock")]).spawn()
        assert await owner.until(lambda: owner.link is not None, 30)
        case = hb.Case(hb.Row("", None, [""]), 5)
        case.broker = type("", (), {"port": server.sockets[0].getsockname()[1], "version": 5})
        owner.case = case
        owner.settings()
        marks = []
        while len(case.said) < 6:
            assert await owner.until(lambda: len(case.said) > len(marks), 40)
            marks.append(time.monotonic())
        task.cancel()
        server.close()
        await asyncio.get_running_loop().run_in_executor(None, relay.stop)
        return marks

    async def play():
        return await asyncio.gather(attempts(1), attempts(2))
    gaps = [[b - a for a, b in zip(m, m[1:])] for m in asyncio.run(play())]
    for pauses in gaps:
        for i, pause in enumerate(pauses):
            assert pause > 0.5 * 1.5 ** i, (i, gaps)
    assert gaps[0] != gaps[1]
    assert max(abs(a - b) for a, b in zip(*gaps)) > 0.02, gaps


class Pinger:
    """org.freedesktop.DBus.Peer.Ping over a bus, without a library."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)
        self.s.settimeout(30)
        self.s.sendall(b"\0AUTH EXTERNAL %s\r\n" % str(os.geteuid()).encode().hex().encode())
        assert self.s.recv(512).startswith(b"OK")
        self.s.sendall(b"BEGIN\r\n")
        self.serial, self.buffer = 0, b""
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def call(self, to, path, interface, member):
        self.serial += 1
        fields = b""
        for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", to)):
            fields += b"\0" * (-len(fields) % 8)
            fields += bytes([code, 1]) + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value.encode() + b"\0"
        head = struct.pack("<BBBBIII", ord("l"), 1, 0, 1, 0, self.serial, len(fields)) + fields
        begun = time.monotonic()
        self.s.sendall(head + b"\0" * (-len(head) % 8))
        while True:
            if len(self.buffer) >= 16:
                body, _, n = struct.unpack("<III", self.buffer[4:16])
                whole = 16 + n + (-n % 8) + body
                if len(self.buffer) >= whole:
                    message, self.buffer = self.buffer[:whole], self.buffer[whole:]
                    at = message.find(b"\5\1u\0")
                    if message[1] in (2, 3) and at >= 0 and \
                            struct.unpack("<I", message[at + 4:at + 8])[0] == self.serial:
                        return time.monotonic() - begun
                    continue
            self.buffer += self.s.recv(65536)

    def ping(self, to="org.hearthd"):
        return self.call(to, "/org/hearthd", "org.freedesktop.DBus.Peer", "Ping")


@pytest.fixture
def dead_resolver(net):
    """/etc/resolv.conf of the namespace names a server that takes everything and answers nothing."""
    folder = "/etc/netns/" + net.r
    os.makedirs(folder)
    harness.write(folder + "/resolv.conf", "nameserver %s\n" % BROKER)
    harness.write(folder + "/nsswitch.conf", "hosts: dns\n")
    net.nft(net.b, "add rule inet t in udp dport 53 drop")
    yield
    for name in ("resolv.conf", "nsswitch.conf"):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)


def test_dead_resolver_and_the_relay(net, dead_resolver, tmp_path):
    """The relay's loop answers while a look-up hangs, and says what is wrong."""
    async def play():
        async with Scene(net, tmp_path) as s:
            s.owner.host = "broker.example"
            s.owner.settings()
            took = []
            for _ in range(5):
                n = len(s.case.said)
                begun = time.monotonic()
                s.owner.send(FORGET)
                assert await s.owner.until(lambda: len(s.case.said) > n, 5)
                took.append(time.monotonic() - begun)
                await asyncio.sleep(0.2)
            assert sorted(took)[2] < 0.05, took
            assert {w for w, _ in s.case.said} <= {"forget", "dns"}
            assert await s.owner.until(lambda: s.case.said[-1][0] == "dns", 60)
    asyncio.run(play())


def test_dead_resolver_and_hearthd(net, dead_resolver, tmp_path):
    """A device and a broker by name, and nobody to ask: the main loop answers within 50 ms all the while. A machine
    that is busy otherwise is what the windows are for: a loop that waits for a name waits in each of them."""
    folder = harness.Folder()
    bus = harness.Bus(folder.path).start()
    daemon = harness.Daemon(folder.path, bus.address)
    daemon.argv = [harness.tool("ip"), "netns", "exec", net.r, *daemon.argv]
    harness.write(os.path.join(daemon.etc, "hearthd.conf"),
                  "[Daemon]\n[Bus far]\nDevice=tcp:meter.example:502\n[Upstream cloud]\nUrl=mqtt://broker.example\n")
    harness.write(os.path.join(daemon.etc, "appliances.d", "m.conf"),
                  harness.appliance_text("electrical_meter", {"": ("far", 1, "eastron-sdm120")}))
    relay = harness.Relay(folder.path, daemon, "cloud")
    relay.argv = [harness.tool("ip"), "netns", "exec", net.r, *relay.argv]
    try:
        daemon.start()
        relay.start()
        pinger = Pinger(bus.path)
        windows = []
        for _ in range(6):
            begun, window = time.monotonic(), []
            while time.monotonic() - begun < 1:
                window.append(pinger.ping())
                time.sleep(0.01)
            windows.append(max(window))
        assert min(windows) <= 0.05, windows
        assert sorted(windows)[3] <= 0.2 and max(windows) < 2, windows
        shown = harness.Ctl(bus.address).json("upstream", "show", "cloud")
        assert shown["state"] != "connected"
        assert daemon.stop() == 0
    finally:
        for p in (relay, daemon, bus):
            if p.popen is not None:
                p.kill()
        folder.remove()
