# SPDX-License-Identifier: Apache-2.0
"""A bus whose appliance misbehaves, and what hearthd makes of it.

The peer is bytes and nothing else: it shares no code with hearthd, nor with pymodbus. Unit 1 is the
one that misbehaves, unit 2 on the same line is healthy. Every register holds a number of its own, so
that a value that belongs to another request is seen as wrong, whatever it is.

A behaviour is a function (peer, request) that yields (delay in seconds, bytes); a request has .unit
.function .address .count .frame, and .right, the frame of the right answer. What it yields is written
to the line in that order.
"""
import json
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time
import tty

import harness

PERIOD = 0.4
TIMEOUT = 0.15
RANGES = {3: ((0, 9), (20, 25), (40, 47), (60, 60)), 4: ((0, 3), (100, 112))}


def value(function, address):
    return (address * 37 + function * 1009 + 11) & 0x7fff


def crc16(data):
    crc = 0xffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return struct.pack("<H", crc)


def profile():
    text = ("[Profile]\nKind=electrical_meter\nName=Hostile\nSource=made for a test\n[Line]\nTimeout=%dms\n"
            % (TIMEOUT * 1000))
    for function, bank in ((3, "holding"), (4, "input")):
        for first, last in RANGES[function]:
            for a in range(first, last + 1):
                text += "[Point %s_%d]\nRead=%s:%d\nType=u16\nPeriod=%dms\n" % (bank, a, bank, a, PERIOD * 1000)
                text += "Unit=°C\nScale=0.1\n" if a % 3 == 0 else ""
    return text


class Request:
    def __init__(self, peer, unit, pdu, frame, tid=0):
        self.unit, self.frame, self.tid = unit, frame, tid
        self.function, self.address, self.count = struct.unpack(">BHH", pdu[:5])
        self.data = b"".join(struct.pack(">H", value(self.function, a))
                             for a in range(self.address, self.address + self.count))
        self.right = peer.seal(self, bytes((self.function, len(self.data))) + self.data)


class Peer(threading.Thread):
    """One line: reads requests, answers them by the behaviour, writes what is due when it is due."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        self.behave, self.n, self.last, self.due = None, 0, None, []
        self.tick = None # called while the line is idle: what comes without being asked
        self.asked = {1: [], 2: []}
        self.ended = False

    def set(self, behave, tick=None):
        with self.lock:
            self.behave, self.tick, self.n, self.last = behave, tick, 0, None
            if behave is None:
                self.due = []

    def answer(self, request):
        with self.lock:
            if request.function == 3 and request.address == 0: # one read of each sweep stands for it
                self.asked.setdefault(request.unit, []).append(time.monotonic())
            behave = self.behave if request.unit == 1 else None
            known = all(any(a <= x <= b for a, b in RANGES.get(request.function, ()))
                        for x in range(request.address, request.address + request.count))
            if request.unit not in (1, 2):
                return
            if behave is None:
                out = [(0, request.right if known else self.exception(request, 2))]
            else:
                self.n += 1
                out = list(behave(self, request))
            self.last = request
            now = time.monotonic()
            for delay, data in out:
                now += delay
                self.due.append((now, data))

    def exception(self, request, code):
        return self.seal(request, bytes((request.function | 0x80, code)))

    def pump(self):
        """Writes what is due; the time until the next."""
        with self.lock:
            now = time.monotonic()
            ready = [d for d in self.due if d[0] <= now]
            self.due = [d for d in self.due if d[0] > now]
            if self.tick:
                ready += [(now, data) for data in self.tick(self)]
        for _, data in ready:
            self.write(data)
        with self.lock:
            return max(0.0, min([0.02] + [d[0] - time.monotonic() for d in self.due]))

    def stop(self):
        self.ended = True


class Rtu(Peer):
    def __init__(self, link, seed):
        super().__init__(seed)
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        os.symlink(os.ttyname(self.slave), link)
        self.buffer = b""
        self.start()

    def seal(self, request, pdu):
        return self.frame(request.unit, pdu)

    @staticmethod
    def frame(unit, pdu):
        body = bytes((unit,)) + pdu
        return body + crc16(body)

    def write(self, data):
        try:
            os.write(self.master, data)
        except OSError:
            pass # nobody reads: the line is full

    def run(self):
        while not self.ended:
            readable, _, _ = select.select([self.master], [], [], self.pump())
            if not readable:
                continue
            try:
                self.buffer += os.read(self.master, 4096)
            except OSError:
                continue
            while len(self.buffer) >= 8: # every request hearthd makes here has 8 bytes
                if crc16(self.buffer[:6]) == self.buffer[6:8]:
                    frame, self.buffer = self.buffer[:8], self.buffer[8:]
                    self.answer(Request(self, frame[0], frame[1:6], frame))
                else:
                    self.buffer = self.buffer[1:]


class Tcp(Peer):
    def __init__(self, seed):
        super().__init__(seed)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.conn, self.buffer, self.refuse = None, b"", False
        self.start()

    def seal(self, request, pdu):
        return self.mbap(request.tid, request.unit, pdu)

    @staticmethod
    def mbap(tid, unit, pdu, protocol=0, length=None):
        return struct.pack(">HHHB", tid, protocol, len(pdu) + 1 if length is None else length, unit) + pdu

    def close(self, reset=False):
        if self.conn:
            if reset:
                self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.conn.close()
        self.conn, self.buffer = None, b""

    def write(self, data):
        if data in (CLOSE, RESET):
            self.close(data is RESET)
        elif self.conn:
            try:
                self.conn.setblocking(False)
                self.conn.sendall(data)
            except OSError:
                pass

    def run(self):
        while not self.ended:
            wait = self.pump() # which may close the connection
            fds = [self.server] + ([self.conn] if self.conn else [])
            readable, _, _ = select.select(fds, [], [], wait)
            if self.server in readable:
                conn, _ = self.server.accept()
                if self.refuse:
                    conn.close()
                else:
                    self.close()
                    self.conn = conn
                    self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            elif self.conn in readable:
                try:
                    more = self.conn.recv(4096)
                except OSError:
                    more = b""
                if not more:
                    self.close()
                    continue
                self.buffer += more
                while len(self.buffer) >= 12:
                    tid, _, length, unit = struct.unpack(">HHHB", self.buffer[:7])
                    frame, self.buffer = self.buffer[:6 + length], self.buffer[6 + length:]
                    self.answer(Request(self, unit, frame[7:], frame, tid))


CLOSE, RESET = b"<close>", b"<reset>"


# ------------------------------------------------------------------------------------- behaviours

def silent(p, q):
    return ()


def late(seconds, every=1):
    def behave(p, q):
        yield (seconds if p.n % every == 0 else 0), q.right
    return behave


def duplicate(after):
    def behave(p, q):
        yield 0, q.right
        yield after, q.right
    return behave


def one_behind(p, q):
    """Each answer is that to the request before."""
    if p.last and p.last.unit == 1:
        yield 0, p.last.right


def unasked(p, q):
    yield 0, q.right
    for k in range(3):
        other = Request(p, 1, struct.pack(">BHH", q.function, (q.address + k + 1) % 100, q.count), b"", q.tid)
        yield 0.01, other.right


def bit_errors(share):
    def behave(p, q):
        data = bytearray(q.right)
        if p.rng.random() < share:
            data[p.rng.randrange(len(data))] ^= 1 << p.rng.randrange(8)
        yield 0, bytes(data)
    return behave


def bad_crc(p, q):
    yield 0, q.right[:-2] + bytes((q.right[-2] ^ 0x55, q.right[-1]))


def wrong_unit(p, q):
    yield 0, p.seal(Request(p, 77, q.frame[1:6] if isinstance(p, Rtu) else q.frame[7:12], b"", q.tid),
                    bytes((q.function, len(q.data))) + bytes(len(q.data)))


def wrong_function(p, q):
    yield 0, p.seal(q, bytes((7 - q.function, len(q.data))) + bytes(len(q.data)))


def byte_count(delta):
    def behave(p, q):
        yield 0, p.seal(q, bytes((q.function, len(q.data) + delta & 0xff)) + q.data)
    return behave


def registers(delta):
    """A sound frame with more or fewer registers than were asked for."""
    def behave(p, q):
        n = max(0, q.count + delta)
        yield 0, p.seal(q, bytes((q.function, 2 * n)) + bytes(range(2 * n & 0xff)) [:2 * n])
    return behave


def truncated(p, q):
    yield 0, q.right[:max(1, len(q.right) - 3)]


def oversized(p, q):
    yield 0, q.right + bytes(300)


def flood(p, q):
    yield 0, bytes(p.rng.randrange(256) for _ in range(4000))


def dribble(p, q):
    for byte in q.right:
        yield TIMEOUT / 4, bytes((byte,))


def exception(code, tail=b""):
    def behave(p, q):
        yield 0, p.exception(q, code) if not tail else p.seal(q, bytes((q.function | 0x80, code)) + tail)
    return behave


def exception_bare(p, q):
    yield 0, p.seal(q, bytes((q.function | 0x80,)))


def echo(p, q):
    yield 0, q.frame + q.right


def echo_only(p, q):
    yield 0, q.frame


def noise_before(p, q):
    yield 0, bytes(p.rng.randrange(256) for _ in range(p.rng.randrange(1, 9)))
    yield 0.005, q.right


def noise_after(p, q):
    yield 0, q.right
    yield 0.005, bytes(p.rng.randrange(256) for _ in range(p.rng.randrange(1, 9)))


def split(p, q):
    yield 0, q.right[:4]
    yield TIMEOUT / 3, q.right[4:]


def filled(byte):
    def behave(p, q):
        yield 0, p.seal(q, bytes((q.function, len(q.data))) + bytes((byte,)) * len(q.data))
    return behave


def stuck(byte):
    """The line holds one level: bytes without end, whoever asks."""
    return silent, lambda p: [bytes((byte,)) * 20]


def second_master(p):
    """Now and then somebody else asks unit 9, and unit 9 answers."""
    if p.rng.random() > 0.05:
        return []
    address, count = p.rng.randrange(100), p.rng.randrange(1, 9)
    return [p.frame(9, struct.pack(">BHH", 3, address, count)), p.frame(9, bytes((3, 2 * count)) + bytes(2 * count))]


def right(p, q):
    yield 0, q.right


def tcp_number(p, q):
    yield 0, p.mbap(q.tid ^ 0x55, q.unit, q.right[7:])


def tcp_protocol(p, q):
    yield 0, p.mbap(q.tid, q.unit, q.right[7:], protocol=7)


def tcp_length(length):
    def behave(p, q):
        yield 0, p.mbap(q.tid, q.unit, q.right[7:], length=length)
    return behave


def tcp_old_number(p, q):
    """The answer of the request before under its own number, then the right one."""
    if p.last and p.last.unit == 1:
        yield 0, p.last.right
    yield 0, q.right


def tcp_close(p, q):
    yield 0, CLOSE


def tcp_reset(p, q):
    yield 0, RESET


def tcp_close_in_reply(p, q):
    yield 0, q.right[:9]
    yield 0.02, CLOSE


def tcp_excess(p, q):
    yield 0, q.right + b"\x00\x01\x00"


BOTH = {
    "silent": silent,
    "late, every 3rd": late(1.5 * TIMEOUT, 3),
    "late, each": late(1.5 * TIMEOUT),
    "late by 1 s": late(1.0, 3),
    "doubled at once": duplicate(0),
    "doubled after 300 ms": duplicate(0.3),
    "one behind": one_behind,
    "3 unasked replies": unasked,
    "wrong unit": wrong_unit,
    "wrong function": wrong_function,
    "byte count too high": byte_count(+2),
    "byte count too low": byte_count(-2),
    "byte count odd": byte_count(+1),
    "a register fewer": registers(-1),
    "a register more": registers(+1),
    "no registers": registers(-125),
    "truncated": truncated,
    "oversized": oversized,
    "flood": flood,
    "dribbled": dribble,
    **{"exception %d" % n: exception(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)},
    "exception 0": exception(0),
    "exception 0x55": exception(0x55),
    "exception, long": exception(2, b"more"),
    "exception, bare": exception_bare,
    "echo, then the reply": echo,
    "echo alone": echo_only,
    "split in two": split,
    "all 0000": filled(0),
    "all ffff": filled(255),
}
RTU = {
    **BOTH,
    "1 % of frames with a bit error": bit_errors(0.01),
    "10 % of frames with a bit error": bit_errors(0.1),
    "30 % of frames with a bit error": bit_errors(0.3),
    "bad CRC": bad_crc,
    "noise before": noise_before,
    "noise after": noise_after,
    "line stuck at 00": stuck(0),
    "line stuck at ff": stuck(255),
    "two masters": (right, second_master),
}
TCP = {
    **BOTH,
    "wrong number": tcp_number,
    "wrong protocol": tcp_protocol,
    "length too long": tcp_length(200),
    "length too short": tcp_length(3),
    "length 0": tcp_length(0),
    "length 65535": tcp_length(65535),
    "the old reply first": tcp_old_number,
    "closes": tcp_close,
    "resets": tcp_reset,
    "closes in the reply": tcp_close_in_reply,
    "bytes behind the reply": tcp_excess,
}


BEHAVIOURS = {"rtu": RTU, "tcp": TCP}


# ------------------------------------------------------------------------------------- the rig

class Rig:
    """hearthd with one hostile RTU line and one hostile TCP connection."""

    def __init__(self, seed=1):
        self.folder = harness.Folder()
        link = os.path.join(self.folder.path, "line")
        self.peers = {"rtu": Rtu(link, seed), "tcp": Tcp(seed)}
        self.dbus = harness.Bus(self.folder.path).start()
        self.daemon = harness.Daemon(self.folder.path, self.dbus.address)
        etc = self.daemon.etc
        harness.write(etc + "/hearthd.conf", "[Daemon]\nFindingHoldOff=1s\n[Bus rtu]\nDevice=rtu:%s\nBaud=115200\n"
                      "Parity=none\n[Bus tcp]\nDevice=tcp:127.0.0.1:%d\n" % (link, self.peers["tcp"].port))
        harness.write(etc + "/profiles/hostile.profile", profile())
        for bus in self.peers:
            for unit, name in ((1, "bad"), (2, "good")):
                harness.write("%s/appliances.d/%s-%s.conf" % (etc, bus, name), harness.appliance_text(
                    "electrical_meter", {"": (bus, unit, "hostile")}))
        self.daemon.start()
        self.ctl = harness.Ctl(self.dbus.address)
        # What is published, from the first value on: [(time, appliance, attribute, quality, value)].
        self.seen = []
        self.watch = harness.popen([harness.program("hearthctl"), "--bus", self.dbus.address, "--no-pager",
                                    "--json=short", "watch"], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        self.daemon.wait(lambda: "4 answering" in self.daemon.status, "four units", 60)
        self.points = sum(b - a + 1 for ranges in RANGES.values() for a, b in ranges)
        self.daemon.wait(lambda: all(map(self.all_good, self.peers)), "all values", 30)

    def read(self):
        for line in self.watch.stdout:
            v = json.loads(line)
            if v.get("attribute", "").startswith("vendor."): # what is read; health is hearthd's own word
                self.seen.append((time.monotonic(), v["appliance"], v["attribute"], v["quality"], v.get("value")))

    def all_good(self, bus):
        return all(len([v for v in self.ctl.json("status", bus + unit, check=False)["readings"]
                        if v["quality"] == "good" and v["attribute"].startswith("vendor.")]) == self.points for unit in ("-bad", "-good"))

    def wrong(self):
        """Values published as good that no register holds."""
        bad = []
        for at, appliance, attribute, quality, v in self.seen:
            bank, _, address = attribute.rpartition(".")[2].partition("_")
            held = value(4 if bank == "input" else 3, int(address))
            if quality == "good" and abs(float(v) - (held / 10 if int(address) % 3 == 0 else held)) > 1e-6:
                bad.append((appliance, attribute, v))
        return bad

    def run(self, bus, name, seconds):
        """One row: wrong values, seconds until everything is good again once the cause is gone, and the
        period of the healthy unit while it lasted, as a share of what was asked for."""
        peer, behaviour = self.peers[bus], BEHAVIOURS[bus][name]
        behave, tick = behaviour if isinstance(behaviour, tuple) else (behaviour, None)
        before, began = len(self.wrong()), time.monotonic()
        peer.set(behave, tick)
        time.sleep(seconds)
        peer.set(None)
        ended = time.monotonic()
        self.daemon.wait(lambda: self.all_good(bus), "recovery from " + name, 90)
        recovered = max([at for at, appliance, _, quality, _ in self.seen
                         if appliance.startswith(bus) and at > ended] + [ended]) - ended
        with peer.lock:
            asked = [t for t in peer.asked[2] if began <= t <= ended]
        gaps = [b - a for a, b in zip(asked, asked[1:])]
        return {"bus": bus, "behaviour": name, "wrong": len(self.wrong()) - before, 
                "recovery_s": round(recovered, 2),
                "others_period": round(sum(gaps) / len(gaps) / PERIOD, 3) if gaps else None,
                "others_worst": round(max(gaps) / PERIOD, 2) if gaps else None}

    def rows(self, bus, names, seconds):
        return [self.run(bus, name, seconds) for name in names]

    def rss(self):
        return harness.rss(self.daemon.pid)["Rss"]

    def stop(self):
        self.watch.kill()
        self.watch.wait()
        self.watch.stdout.close()
        for peer in self.peers.values():
            peer.stop()
        self.daemon.stop()
        self.dbus.stop()
        self.folder.remove()


def table(seconds, rigs=4, seed=1):
    """Every row, on several rigs at a time; and how the memory of each daemon has grown, in KiB."""
    rows, grown, errors = [], [], []

    def work(k):
        try:
            rig = Rig(seed + k)
            try:
                before = rig.rss()
                parts = [threading.Thread(target=lambda bus=bus: part(rig, bus, k)) for bus in rig.peers]
                for t in parts:
                    t.start()
                for t in parts:
                    t.join()
                grown.append(rig.rss() - before)
            finally:
                rig.stop()
        except BaseException as error: # noqa: B902: told by the thread that waits
            errors.append(error)

    def part(rig, bus, k):
        try:
            rows.extend(rig.rows(bus, list(BEHAVIOURS[bus])[k::rigs], seconds))
        except BaseException as error: # noqa: B902
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(rigs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    order = {(bus, name): i for bus in BEHAVIOURS for i, name in enumerate(BEHAVIOURS[bus])}
    return sorted(rows, key=lambda r: (r["bus"], order[r["bus"], r["behaviour"]])), grown
