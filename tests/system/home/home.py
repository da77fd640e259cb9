#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A home on loopback: a Modbus RTU bus on a pseudo-terminal with four units, and two Modbus TCP
devices, all answered by pymodbus.

Between hearthd and pymodbus stands a Line that cuts the bytes into frames, so that units can be
switched off and replies spoilt on the way, as a bad cable or a bad device does. The control socket
takes a command a line and answers a line of JSON:

  units                                   what there is, and where
  get UNIT POINT                          the value the unit would answer now
  set UNIT POINT VALUE | release UNIT POINT
  set UNIT BANK ADDRESS TYPE NUMBER       raw: set sdm120 input 12 f32 1234.5
  fault UNIT CODE 0|1                     REGISTER.BIT, or an alarm number in a slot (komfovent)
  writable UNIT on|off                    function 6 is taken; off at first
  freeze on|off                           no value moves
  unit UNIT on|off|gone                   off: silent; gone (TCP): nobody listens
  disturb UNIT KIND [ARG] [every N]       crc short noise foreign exception late duplicate stale tid filled none
  served UNIT POINT [SINCE]               what was really read: [[seconds, value], ...]
  stats                                   requests and answers a unit; replies still on their way
  quit
"""
import argparse
import asyncio
import collections
import json
import logging
import os
import random
import signal
import socket
import sys
import termios
import time
import tty

from pymodbus.datastore import ModbusServerContext
from pymodbus.interfaces import IModbusSlaveContext
from pymodbus.server import async_io
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

import facts
import model

BANKS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
SERVED_MAX = 20000 # reads remembered a unit
DISTURBANCES = ("crc", "short", "noise", "foreign", "exception", "late", "duplicate", "stale", "tid", "filled", "none")


class Clock:
    """Simulated seconds: wall seconds times a speed, or standing still."""

    def __init__(self, speed):
        self.speed, self.base, self.frozen = speed, time.monotonic(), None

    def now(self):
        if self.frozen is not None:
            return self.frozen
        return (time.monotonic() - self.base) * self.speed

    def freeze(self, on):
        if on and self.frozen is None:
            self.frozen = self.now()
        elif not on and self.frozen is not None:
            self.base = time.monotonic() - self.frozen / self.speed
            self.frozen = None


class Unit(IModbusSlaveContext):
    """One appliance: its points, what is pinned by hand, and what was read of it. pymodbus asks it
    through validate() and getValues(); only registers that hold a point can be read."""

    def __init__(self, name, profile, number, clock, seed):
        self.name, self.profile, self.number, self.clock = name, profile, number, clock
        self.points = facts.load(profile)
        self.moves = model.MOVES[profile]
        unknown = set(self.moves) - set(self.points)
        assert not unknown, "%s: no such points: %s" % (profile, unknown)
        self.seed = seed
        self.pinned = {}  # point name: value
        self.raw = {}     # (bank, address): word, over everything else
        self.at = collections.defaultdict(list) # (bank, address): points there
        for p in self.points.values():
            for i in range(p.words):
                self.at[p.bank, p.address + i].append(p)
        self.served = collections.deque(maxlen=SERVED_MAX) # (seconds, bank, first address, words)
        self.state, self.disturb, self.writable = "on", None, False
        self.requests = self.answers = 0

    def value(self, p):
        if p.name in self.pinned:
            return self.pinned[p.name]
        move = self.moves.get(p.name)
        return move(self.clock.now(), "%s/%s/%s" % (self.seed, self.name, p.name)) if move else 0

    def word(self, bank, address):
        if (bank, address) in self.raw:
            return self.raw[bank, address]
        word = 0
        for p in self.at[bank, address]:
            if p.type == "bit":
                word |= p.encode(self.value(p)) << p.bit
            else:
                word = p.encode(self.value(p))[address - p.address]
        return word

    def words(self, p):
        return [self.word(p.bank, p.address + i) for i in range(p.words)]

    # what pymodbus calls
    def validate(self, fx, address, count=1):
        if fx == 6:
            return self.writable and ("holding", address) in self.at
        return all((BANKS.get(fx), a) in self.at for a in range(address, address + count))

    def getValues(self, fx, address, count=1):
        if fx == 6: # pymodbus answers with what is there
            return [self.word("holding", address)]
        values = [self.word(BANKS[fx], a) for a in range(address, address + count)]
        self.served.append((time.time(), BANKS[fx], address, values))
        return values

    def setValues(self, fx, address, values):
        for i, value in enumerate(values): # pymodbus has asked validate() first
            self.raw["holding", address + i] = value

    def history(self, p, since):
        for at, bank, first, words in self.served:
            if bank == p.bank and at >= since and first <= p.address and \
                    p.address + p.words <= first + len(words):
                yield at, p.decode(words[p.address - first:p.address - first + p.words])

    def fault(self, code, on):
        if "." in code: # a bit
            address, bit = map(int, code.split("."))
            p = next(p for p in self.points.values() if (p.address, p.bit) == (address, bit))
            self.pinned[p.name] = int(on)
            return
        slots = ["active_alarm_%d" % i for i in range(1, 11)]
        codes = [c for c in (self.pinned.get(s, 0) for s in slots) if c and c != int(code)]
        codes = ([int(code)] if on else []) + codes
        for slot, value in zip(slots, codes + [0] * len(slots)):
            self.pinned[slot] = value
        self.pinned["active_alarm_count"] = len(codes)


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes((crc & 0xFF, crc >> 8))


class Disturbance:
    def __init__(self, kind, argument, every):
        self.kind, self.argument, self.every, self.count = kind, argument, every, 0


class Line:
    """What stands between a client and pymodbus. Subclasses cut frames; here is what happens to them."""

    def __init__(self, units, rng):
        self.units, self.rng, self.last = units, rng, {}
        self.trace = None # a file: what passes, a frame a line
        self.delayed = 0 # replies still to be sent

    def note(self, arrow, frame):
        if self.trace:
            print("%.4f %s %s" % (time.time(), arrow, frame.hex(" ")), file=self.trace, flush=True)

    def request(self, number):
        """The unit a request is for, or None when nobody may answer."""
        unit = self.units.get(number)
        if unit is None:
            return None
        unit.requests += 1
        return unit if unit.state == "on" else None

    def seal(self, number, pdu, head):
        raise NotImplementedError

    def reply(self, unit, pdu, head):
        """Yields (delay in seconds, bytes) for a reply of UNIT; HEAD is what seal() needs."""
        unit.answers += 1
        d, frame = unit.disturb, self.seal(unit.number, pdu, head)
        before = self.last.get(unit.number, frame)
        self.last[unit.number] = frame
        if d is not None:
            d.count += 1
        if d is None or d.count % d.every:
            yield 0, frame
        elif d.kind == "crc":
            at = self.rng.randrange(len(frame))
            yield 0, frame[:at] + bytes((frame[at] ^ 1 << self.rng.randrange(8),)) + frame[at + 1:]
        elif d.kind == "short":
            yield 0, frame[:-self.rng.randrange(1, len(frame))]
        elif d.kind == "noise":
            yield 0, bytes(self.rng.randrange(256) for _ in range(self.rng.randrange(1, 9))) + frame
        elif d.kind == "foreign":
            yield 0, self.seal(unit.number + 1, pdu, head)
        elif d.kind == "exception":
            yield 0, self.seal(unit.number, bytes((pdu[0] | 0x80, int(d.argument))), head)
        elif d.kind == "late":
            yield d.argument / 1000, frame
        elif d.kind == "duplicate":
            yield 0, frame
            yield d.argument / 1000, frame
        elif d.kind == "stale":
            yield 0, before
        elif d.kind == "filled": # half dead: every register reads the same
            yield 0, self.seal(unit.number, pdu[:2] + bytes((int(d.argument),)) * (len(pdu) - 2), head)
        elif d.kind == "tid": # TCP; on RTU the unit's number is all there is
            yield 0, bytes((frame[0] ^ 0x55,)) + frame[1:]


class RtuLine(Line):
    """hearthd's pty and pymodbus's pty with the frames passed between their master ends. With BAUD the
    wire takes its time; else it takes none."""

    def __init__(self, units, rng, link, baud):
        super().__init__(units, rng)
        self.baud, self.buffer, self.answer = baud, b"", b""
        self.pending = None # the unit pymodbus is answering for
        self.ours, ours_slave = os.openpty()
        self.theirs, theirs_slave = os.openpty()
        self.keep = (ours_slave, theirs_slave) # so that a master never sees an end of file
        for fd in self.keep:
            tty.setraw(fd, termios.TCSANOW)
        for fd in (self.ours, self.theirs):
            os.set_blocking(fd, False)
        self.server_port = os.ttyname(theirs_slave)
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(os.ttyname(ours_slave), link)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.ours, self.from_client)
        loop.add_reader(self.theirs, self.from_server)
        self.loop, self.silence = loop, None

    def seal(self, number, pdu, head):
        frame = bytes((number,)) + pdu
        return frame + crc16(frame)

    def wire_s(self, characters):
        return (characters + 3.5) * 10 / self.baud if self.baud else 0

    def from_client(self):
        self.buffer += os.read(self.ours, 512)
        if self.silence:
            self.silence.cancel()
        self.silence = self.loop.call_later(0.05, self.forget) # half a request is nothing after silence
        while len(self.buffer) >= 8: # every request of functions 1-6 has 8 bytes
            frame, self.buffer = self.buffer[:8], self.buffer[8:]
            self.note(">", frame)
            unit = self.request(frame[0])
            if unit is not None and crc16(frame[:6]) == frame[6:]:
                # turnaround 20 ms on a paced wire
                delay = self.wire_s(8) + (0.02 if self.baud else 0)
                self.loop.call_later(delay, self.to_server, unit, frame)

    def forget(self):
        self.buffer = b""

    def to_server(self, unit, frame):
        self.pending, self.answer = unit, b""
        os.write(self.theirs, frame)

    def from_server(self):
        self.answer += os.read(self.theirs, 512)
        a = self.answer
        if self.pending is None or len(a) < 5 or (not a[1] & 0x80 and len(a) < (8 if a[1] == 6 else a[2] + 5)):
            return
        for delay, frame in self.reply(self.pending, a[1:-2], None):
            self.delayed += 1
            self.loop.call_later(delay + self.wire_s(len(frame)), self.to_client, frame)
        self.pending, self.answer = None, b""

    def to_client(self, frame):
        self.delayed -= 1
        self.note("<", frame)
        try:
            os.write(self.ours, frame)
        except BlockingIOError:
            pass # nobody reads: the line is full, as a UART's buffer would be


class TcpLine(Line):
    """A listening port of one device before pymodbus's own."""

    def __init__(self, unit, rng, backend):
        super().__init__({unit.number: unit}, rng)
        self.unit, self.backend, self.server, self.port = unit, backend, None, 0
        self.writers = set()

    def seal(self, number, pdu, head):
        return head[:4] + (len(pdu) + 1).to_bytes(2, "big") + bytes((number,)) + pdu

    async def listen(self):
        self.server = await asyncio.start_server(self.client, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self):
        if self.server:
            self.server.close()
            self.server = None
        for writer in list(self.writers):
            writer.close()

    async def client(self, reader, writer):
        self.writers.add(writer)
        upper_reader, upper_writer = await asyncio.open_connection("127.0.0.1", self.backend)
        back = asyncio.create_task(self.answers(upper_reader, writer))
        try:
            while True:
                head = await reader.readexactly(7)
                pdu = await reader.readexactly(max(int.from_bytes(head[4:6], "big") - 1, 1))
                if self.request(head[6]) is not None:
                    upper_writer.write(head + pdu)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            back.cancel()
            self.writers.discard(writer)
            upper_writer.close()
            writer.close()

    async def answers(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while True:
                head = await reader.readexactly(7)
                pdu = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                for delay, frame in self.reply(self.unit, pdu, head):
                    loop.call_later(delay, lambda f=frame: writer.is_closing() or writer.write(f))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Home:
    RTU = (("sdm120", "eastron-sdm120", 1), ("pzem", "pzem-016", 2), ("probe", "xy-md02", 3),
           ("dhw", "midea-170l-dhw", 4))
    TCP = (("pool", "phnix-pool-heatpump", 16), ("vent", "komfovent-c6", 1))

    def __init__(self, args):
        self.args, self.clock = args, Clock(args.speed)
        self.rng = random.Random(args.seed)
        self.units, self.lines = {}, {}
        self.done = asyncio.Event()

    def unit(self, name):
        if name in self.units:
            return self.units[name]
        for unit in self.units.values(): # the number of a unit on the RTU bus
            if name.isdigit() and unit.number == int(name) and unit.name not in self.lines:
                return unit
        raise ValueError("no unit %s; there are: %s" % (name, " ".join(self.units)))

    async def start(self):
        def make(name, profile, number):
            self.units[name] = Unit(name, profile, number, self.clock, self.args.seed)
            return self.units[name]

        bus = {number: make(name, profile, number) for name, profile, number in self.RTU}
        self.rtu = RtuLine(bus, self.rng, self.args.rtu, self.args.baud)
        self.rtu.trace = self.args.trace and open(self.args.trace, "w", encoding="ascii")
        context = ModbusServerContext(slaves=bus, single=False)
        server = await async_io.StartAsyncSerialServer(
            context=context, framer=ModbusRtuFramer, port=self.rtu.server_port, baudrate=9600,
            ignore_missing_slaves=True, defer_start=True)
        await server.start()
        self.servers = [server]
        for name, profile, number in self.TCP:
            unit = make(name, profile, number)
            with socket.socket() as free: # a port that was free a moment ago
                free.bind(("127.0.0.1", 0))
                backend = free.getsockname()[1]
            server = await async_io.StartAsyncTcpServer(
                context=ModbusServerContext(slaves={number: unit}, single=False),
                framer=ModbusSocketFramer, address=("127.0.0.1", backend), defer_start=True)
            asyncio.create_task(server.serve_forever())
            await server.serving
            self.servers.append(server)
            self.lines[name] = TcpLine(unit, self.rng, backend)
            await self.lines[name].listen()
        await asyncio.start_unix_server(self.control, self.args.control)

    def describe(self):
        return {name: {"profile": u.profile, "unit": u.number, "state": u.state, "points": len(u.points),
                       "device": "tcp:127.0.0.1:%d" % self.lines[name].port if name in self.lines
                       else "rtu:" + self.args.rtu} for name, u in self.units.items()}

    async def command(self, verb, *a):
        if verb == "units":
            return self.describe()
        if verb == "stats":
            counts = {n: {"requests": u.requests, "answers": u.answers} for n, u in self.units.items()}
            return dict(counts, delayed=self.rtu.delayed)
        if verb == "freeze":
            return self.clock.freeze(a[0] == "on")
        if verb == "quit":
            return self.done.set()
        if verb not in ("get", "set", "release", "fault", "unit", "writable", "disturb", "served") or not a:
            raise ValueError("no command %s" % verb)
        unit = self.unit(a[0])
        if verb == "get":
            p = unit.points[a[1]]
            return {"value": p.decode(unit.words(p)), "words": unit.words(p)}
        if verb == "set" and len(a) == 3:
            unit.points[a[1]].encode(a[2]) # says now what is wrong with it
            unit.pinned[a[1]] = a[2]
        elif verb == "set":
            _, bank, address, kind, number = a
            for i, word in enumerate(facts.words_of(kind, float(number))):
                unit.raw[bank, int(address) + i] = word
        elif verb == "release":
            unit.pinned.pop(a[1], None)
        elif verb == "writable":
            unit.writable = a[1] == "on"
        elif verb == "fault":
            unit.fault(a[1], a[2] == "1")
        elif verb == "unit":
            if a[1] not in ("on", "off", "gone") or (a[1] == "gone" and unit.name not in self.lines):
                raise ValueError("unit %s on|off%s" % (unit.name, "|gone" if unit.name in self.lines else ""))
            line = self.lines.get(unit.name)
            if a[1] == "gone":
                await line.close()
            elif line is not None and line.server is None:
                await line.listen()
            unit.state = a[1]
        elif verb == "disturb":
            words, every = list(a[1:]), 1
            if "every" in words:
                every = int(words[words.index("every") + 1])
                words = words[:words.index("every")]
            if words[0] not in DISTURBANCES:
                raise ValueError("one of: " + " ".join(DISTURBANCES))
            argument = float(words[1]) if len(words) > 1 else {"exception": 2, "late": 700,
                                                              "duplicate": 300, "filled": 0}.get(words[0])
            unit.disturb = None if words[0] == "none" else Disturbance(words[0], argument, every)
        elif verb == "served":
            return list(unit.history(unit.points[a[1]], float(a[2]) if len(a) > 2 else 0))
        return None

    async def control(self, reader, writer):
        while line := await reader.readline():
            try:
                words = line.decode().split()
                answer = {"ok": True, "result": await self.command(*words)} if words else {"ok": True}
            except Exception as error: # the one who asked is told
                answer = {"ok": False, "error": "%s: %s" % (type(error).__name__, error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()


async def run(args):
    home = Home(args)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, home.done.set)
    await home.start()
    print(json.dumps({"ready": home.describe()}), flush=True)
    if args.with_parent: # a parent that was killed must not leave a home behind
        asyncio.get_running_loop().add_reader(0, lambda: os.read(0, 64) or home.done.set())
    await home.done.wait()


def main():
    parser = argparse.ArgumentParser(description="A simulated home on loopback.")
    parser.add_argument("--rtu", required=True, help="where to make the link to the pseudo-terminal")
    parser.add_argument("--control", required=True, help="where to make the control socket")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1, help="simulated seconds a second")
    parser.add_argument("--baud", type=int, default=0, help="let the RTU wire take its time")
    parser.add_argument("--trace", help="a file for the frames of the RTU bus")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    args = parser.parse_args()
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    asyncio.run(run(args))
    os._exit(0) # pymodbus's tasks do not end by being asked


if __name__ == "__main__":
    sys.exit(main())
