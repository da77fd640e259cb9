# SPDX-License-Identifier: Apache-2.0
"""A broker that misbehaves, and what hearth-relay makes of it.

The broker is bytes and nothing else: MQTT 3.1.1 and 5 written from the standards' text, sharing no code
with the product nor with a library. Between it and the test stands a real hearth-relay; the test plays
hearthd by relay/protocol.h's text and holds a ledger: which message the broker got, which it
acknowledged, and what the relay said of it.

A behaviour is a coroutine (broker, link) for one connection while the broker is bad; when it returns with
the connection open, the broker goes on as a good one. Several relays run side by side, each through one
row after another without a restart, so that what one row leaks the next ones show.

Run as a program it prints the table of docs/hostile-peers.md.
"""
import asyncio
import os
import shutil
import socket
import struct
import sys
import tempfile
import time

import harness
from relay_peer import (ACK, CONNECTED, CONNECTING, DISCONNECTED, DOWN, FOR_GOOD, HELLO, PUBLISH, QOS1, REFUSED, RETAINED,
                        HEAD, MAGIC, SETTINGS, SETTINGS_BODY, STATE, SUBSCRIBE, Word)

LANES = 14
# Of rows in which an acknowledgement comes, behind whatever else: what a slow machine does in that time is no question here.
ACK_TIMEOUT = 120
# Within which all is well again after a good broker is back: seconds, on a machine that has time.
BACK = 90
CONNACK = {4: b"\x20\x02\x00\x00", 5: b"\x20\x03\x00\x00\x00"}


class Closed(Exception):
    pass


def text(s):
    s = s.encode() if isinstance(s, str) else s
    return struct.pack(">H", len(s)) + s


def varint(n):
    out = b""
    while True:
        n, low = n >> 7, n & 127
        out += bytes([low | (128 if n else 0)])
        if not n:
            return out


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


def connack(version, code=0, present=0, properties=b""):
    body = bytes([present, code])
    return packet(0x20, body + (varint(len(properties)) + properties if version == 5 else b""))


def puback(version, pid, code=None):
    return packet(0x40, struct.pack(">H", pid) + (b"" if code is None else bytes([code, 0])))


def publish(version, topic, payload=b"x", qos=0, pid=1, retain=0, properties=b""):
    body = text(topic) + (struct.pack(">H", pid) if qos else b"")
    body += varint(len(properties)) + properties if version == 5 else b""
    return packet(0x30 | qos << 1 | retain, body + payload)


class Link:
    """One connection from a relay."""

    def __init__(self, broker, reader, writer):
        self.broker, self.reader, self.writer = broker, reader, writer
        self.version, self.greeted = broker.version, False

    async def exactly(self, n):
        try:
            return await self.reader.readexactly(n)
        except (asyncio.IncompleteReadError, OSError):
            raise Closed() from None

    async def read(self):
        """(first byte, body) of the next packet."""
        first, length, shift = (await self.exactly(1))[0], 0, 0
        while True:
            byte = (await self.exactly(1))[0]
            length |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return first, await self.exactly(length)

    async def send(self, data):
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            raise Closed() from None

    async def connect(self):
        """The relay's CONNECT, as it must be: a clean start, and the version it was told."""
        first, body = await self.read()
        if first == 0xc0: # the relay looks what answers here: a probe, not a client
            raise Closed()
        assert first == 0x10 and body[:6] == b"\0\4MQTT" and body[6] == self.version and body[7] & 2, (first, body)

    async def greet(self, properties=b"", present=0):
        await self.connect()
        await self.send(connack(self.version, 0, present, properties))
        self.greeted = True

    async def next_publish(self):
        """(packet id, message) of the next QoS 1 PUBLISH; everything else is answered on the way."""
        while True:
            first, body = await self.read()
            if first >> 4 == 3:
                return self.broker.take(self.version, first, body)
            await self.answer(first, body)

    async def answer(self, first, body):
        kind = first >> 4
        if kind == 8: # SUBSCRIBE: of one filter
            await self.send(packet(0x90, body[:2] + (b"\0" if self.version == 5 else b"") + b"\1"))
        elif kind == 12:
            await self.send(b"\xd0\x00")
        elif kind == 14:
            raise Closed()

    async def ack(self, pid, message):
        """An acknowledgement that counts: the ledger has it before it leaves."""
        self.broker.acked.add(message)
        await self.send(puback(self.version, pid))

    async def close(self, reset=False):
        sock = self.writer.get_extra_info("socket")
        if reset and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.close()
        raise Closed()

    async def silent(self, seconds=3600):
        """Reads and says nothing, until the broker is good again or the relay hangs up."""
        end = time.monotonic() + seconds
        while self.broker.bad and time.monotonic() < end:
            try:
                if not await asyncio.wait_for(self.reader.read(65536), 0.2):
                    raise Closed()
            except asyncio.TimeoutError:
                pass
        raise Closed()

    async def stalled(self):
        """Does not even read."""
        while self.broker.bad:
            await asyncio.sleep(0.1)
        raise Closed()

    async def good(self):
        if not self.greeted:
            await self.greet()
        while True:
            pid, message = await self.next_publish()
            await self.ack(pid, message)


class Broker:
    def __init__(self, version, behave):
        self.version, self.behave, self.bad = version, behave, True
        self.got, self.order, self.acked, self.changed = {}, [], set(), []
        self.times, self.connections, self.server, self.tasks, self.errors = 0, 0, None, set(), []

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.add(asyncio.current_task())
        link = Link(self, reader, writer)
        try:
            if self.bad:
                await self.behave(self, link)
            await link.good()
        except (Closed, OSError):
            pass
        except asyncio.CancelledError:
            pass
        except Exception as error: # of the test itself
            self.errors.append(repr(error))
        finally:
            self.tasks.discard(asyncio.current_task())
            writer.close()

    async def end(self):
        self.server.close()
        for task in list(self.tasks):
            task.cancel()

    def take(self, version, first, body):
        """Notes a PUBLISH from the relay: (packet id, its message's number)."""
        n = struct.unpack(">H", body[:2])[0]
        at = 2 + n
        pid = struct.unpack(">H", body[at:at + 2])[0]
        at += 2
        if version == 5: # properties: a length in one byte is all the relay needs
            at += 1 + body[at]
        payload = body[at:]
        message = int(payload.split(b":", 1)[0])
        self.times += 1
        if message in self.got and self.got[message] != payload:
            self.changed.append(message)
        if message not in self.got:
            self.order.append(message)
        self.got[message] = payload
        return pid, message


# ----------------------------------------------------------------------------------- the behaviours

ROWS = []


class Row:
    def __init__(self, name, behave, says, versions=(4, 5), hold=None, **options):
        self.name, self.behave, self.says, self.versions = name, behave, says, versions
        self.hold, self.options = hold, options


def row(name, says, **options):
    """SAYS: the words with which the relay may end the connection; "" = it may stay connected."""
    def add(behave):
        ROWS.append(Row(name, behave, says.split("|"), **options))
        return behave
    return add


def sends(name, says, data, greet=True, publishes=0, end=None, **options):
    """Bytes (or a function of the version) after a number of publishes, then a good broker or END."""
    @row(name, says, **options)
    async def behave(broker, link):
        if greet:
            await link.greet()
        else:
            await link.connect()
        for _ in range(publishes):
            pid, message = await link.next_publish()
            await link.ack(pid, message)
        await link.send(data(link.version) if callable(data) else data)
        if end == "close":
            await asyncio.sleep(0.2)
            await link.close()
        if end == "silent":
            await link.silent()
        link.greeted = True


GONE = "closed|protocol|timeout"
# --- before CONNACK


@row("never a CONNACK", "timeout", alone=True)
async def never(broker, link):
    await link.silent()


@row("closes at once", GONE)
async def closes(broker, link):
    await link.close()


@row("resets at once", GONE)
async def resets(broker, link):
    await link.connect()
    await link.close(reset=True)


@row("CONNACK a byte at a time", "", hold=1.5)
async def dribbled(broker, link):
    await link.connect()
    for byte in connack(link.version):
        await link.send(bytes([byte]))
        await asyncio.sleep(0.2)
    link.greeted = True


sends("CONNACK with a length of five bytes", GONE, b"\x20\xff\xff\xff\xff\x7f", greet=False, end="silent", alone=True,
      versions=(5,))
sends("CONNACK shorter than announced, then the end", GONE, b"\x20\x7f\0\0", greet=False, end="close")
sends("CONNACK longer than it is", "closed|protocol|", lambda v: packet(0x20, b"\0\0" + b"\0" * 60), greet=False, hold=1)
sends("CONNACK of one byte", GONE, b"\x20\x01\x00", greet=False, end="close")
sends("CONNACK, empty", GONE, b"\x20\x00", greet=False, end="close")
sends("PUBACK before CONNACK", GONE, lambda v: puback(v, 1), greet=False, end="close")
sends("PUBLISH before CONNACK", GONE + "|", lambda v: publish(v, "down/x") + CONNACK[v], greet=False, end="close")
sends("CONNACK twice", "closed|protocol|", lambda v: CONNACK[v], hold=1)
sends("CONNACK with session present", "", lambda v: connack(v, 0, 1), greet=False, hold=0.5)
sends("CONNACK with all its flags set", "closed|protocol|", lambda v: connack(v, 0, 0xff), greet=False, hold=0.5)
@row("a web page", "portal-suspected")
async def web_page(broker, link):
    await link.exactly(2)
    await link.send(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n<html>")
    await asyncio.sleep(0.2)
    await link.close()


sends("256 MB announced for CONNACK", "timeout|closed", b"\x20\xff\xff\xff\x7f" + b"x" * 500, greet=False,
      end="silent", alone=True, versions=(4,))


def refuses(code, version):
    @row("CONNACK refuses: 0x%02x" % code, REFUSALS.get((version, code), "closed"), versions=(version,), quick=True)
    async def behave(broker, link):
        await link.connect()
        await link.send(connack(version, code))
        await link.silent(2)


REFUSALS = {(4, 1): "mqtt-version", (4, 2): "client-id", (4, 3): "server-busy", (4, 4): "bad-credentials",
            (4, 5): "not-authorized", (5, 0x81): "closed", (5, 0x84): "mqtt-version", (5, 0x85): "client-id",
            (5, 0x86): "bad-credentials", (5, 0x87): "not-authorized", (5, 0x88): "server-busy",
            (5, 0x89): "server-busy", (5, 0x8a): "not-authorized", (5, 0x8c): "not-authorized|closed|bad-credentials",
            (5, 0x90): "settings", (5, 0x95): "server-limits|closed", (5, 0x97): "server-busy",
            (5, 0x99): "server-limits|closed", (5, 0x9a): "server-limits|closed", (5, 0x9b): "server-limits|closed",
            (5, 0x9c): "server-busy", (5, 0x9d): "server-busy", (5, 0x9f): "server-busy"}
for v4 in (1, 2, 3, 4, 5, 6, 0x63, 0xff):
    refuses(v4, 4)
for v5 in (0x01, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
           0x9a, 0x9b, 0x9c, 0x9d, 0x9f, 0xff):
    refuses(v5, 5)

# --- properties of CONNACK (MQTT 5)


def property_row(name, says, properties, raw=None, **options):
    @row("CONNACK: " + name, says, versions=(5,), **options)
    async def behave(broker, link):
        await link.connect()
        await link.send(raw if raw is not None else connack(5, 0, 0, properties))
        link.greeted = True


property_row("property length past the packet", GONE + "|", b"", packet(0x20, b"\0\0\x40\x21\0\1"), hold=1)
property_row("property length of five bytes", GONE + "|", b"", packet(0x20, b"\0\0\xff\xff\xff\xff\xff"), hold=1)
property_row("string property past the packet", GONE + "|", b"", packet(0x20, b"\0\0\x05\x1f\xff\xff\x61\x62"), hold=1)
property_row("unknown property", GONE + "|", b"\x7e\1", hold=1)
property_row("a property of another packet", GONE + "|", b"\x0b\1", hold=1)
property_row("the same property twice", GONE + "|", b"\x21\0\5\x21\0\6", hold=1)
property_row("truncated property", GONE + "|", b"\x27\0\0", hold=1)
property_row("reason string that is no UTF-8", GONE + "|", b"\x1f" + text(b"\xff\xfe\0"), hold=1)
property_row("4000 user properties", GONE + "|", (b"\x26" + text("k") + text("v")) * 4000, hold=1)
property_row("receive maximum 1", "", b"\x21\0\1", hold=1)
property_row("receive maximum 0", "protocol", b"\x21\0\0")
property_row("packets of at most 10 bytes", "server-limits|", b"\x27\0\0\0\x0a", hold=1, too_large=True)
property_row("packets of at most 0 bytes", GONE + "|", b"\x27\0\0\0\0", hold=1)
property_row("no QoS 1", "server-limits", b"\x24\0")
property_row("maximum QoS 7", "server-limits|" + GONE + "|", b"\x24\7", hold=1)
property_row("no retained messages", "", b"\x25\0", hold=1)
property_row("another client identifier", "", b"\x12" + text("x" * 2000), hold=1)
property_row("an identifier for each answer, and topic aliases", "", b"\x1a" + text("r/") + b"\x22\xff\xff", hold=1)


@row("server keep-alive of 5 s", "", versions=(5,), hold=17, alone=True)
async def server_keepalive(broker, link):
    """It hangs up on who is silent for one and a half."""
    await link.greet(b"\x13\0\5")
    while broker.bad:
        try:
            first, body = await asyncio.wait_for(link.read(), 7.5)
        except asyncio.TimeoutError:
            await link.close()
        if first >> 4 == 3:
            await link.ack(*broker.take(5, first, body))
        else:
            await link.answer(first, body)


@row("moved to another server", "server-busy", versions=(5,), quick=True)
async def moved(broker, link):
    await link.connect()
    await link.send(connack(5, 0x9d, 0, b"\x1c" + text("evil.example:1883")))
    await link.silent(2)


sends("AUTH unasked", GONE + "|", packet(0xf0, b"\x18\x07\x15\0\1x\x16\0\1y"), versions=(5,), end="close")

# --- acknowledgements


@row("never a PUBACK", "ack-timeout", ack_timeout=5)
async def no_acks(broker, link):
    await link.greet()
    while broker.bad:
        await link.next_publish()


@row("PUBACK after 3 s", "", hold=4)
async def late_acks(broker, link):
    await link.greet()
    pid, message = await link.next_publish()
    await asyncio.sleep(3)
    await link.ack(pid, message)


@row("PUBACK twice", "", hold=1)
async def twice(broker, link):
    await link.greet()
    while broker.bad:
        pid, message = await link.next_publish()
        await link.ack(pid, message)
        await link.send(puback(link.version, pid))


@row("PUBACKs from the last to the first", "", hold=1)
async def reversed_acks(broker, link):
    await link.greet()
    held = [await link.next_publish() for _ in range(4)]
    for pid, message in reversed(held):
        await link.ack(pid, message)


@row("PUBACK of ids that nobody used", "ack-timeout", ack_timeout=5)
async def foreign(broker, link):
    await link.greet()
    while broker.bad:
        pid, _ = await link.next_publish()
        await link.send(b"".join(puback(link.version, (pid + 1000 + i) % 65535 + 1) for i in range(20)))


@row("PUBACK of id 0", "ack-timeout|closed|protocol", ack_timeout=5)
async def zero(broker, link):
    await link.greet()
    while broker.bad:
        await link.next_publish()
        await link.send(puback(link.version, 0))


@row("a flood of 50000 PUBACKs of nothing", "", hold=2)
async def flood_of_acks(broker, link):
    await link.greet()
    for _ in range(50):
        await link.send(puback(link.version, 0x7001) * 1000)


@row("PUBREC for PUBACK", "ack-timeout|closed|protocol", ack_timeout=5)
async def pubrec(broker, link):
    await link.greet()
    while broker.bad:
        pid, _ = await link.next_publish()
        await link.send(packet(0x50, struct.pack(">H", pid)))


def instead_of_puback(name, says, data, **options):
    """Another packet with the packet identifier of the message: the ledger does not take it for an acknowledgement."""
    @row(name, says, **options)
    async def behave(broker, link):
        await link.greet()
        while broker.bad:
            pid, _ = await link.next_publish()
            await link.send(data(link.version, struct.pack(">H", pid)))


def suback(version, pid, code, first=0x90):
    return packet(first, pid + (b"\0" if version == 5 else b"") + bytes([code]))


instead_of_puback("PUBCOMP for PUBACK", "protocol", lambda v, pid: packet(0x70, pid))
instead_of_puback("SUBACK for PUBACK", "protocol", lambda v, pid: suback(v, pid, 0))
instead_of_puback("UNSUBACK for PUBACK", "protocol", lambda v, pid: suback(v, pid, 0, 0xb0))
# In 3.1.1 Paho takes none of these two for the end of a publish.
instead_of_puback("SUBACK that refuses for PUBACK", "protocol", lambda v, pid: suback(v, pid, 0x80), versions=(5,))
instead_of_puback("PUBREC that refuses for PUBACK", "protocol", lambda v, pid: packet(0x50, pid + b"\x97\0"), versions=(5,))


@row("PUBACK of one byte", GONE + "|ack-timeout", ack_timeout=5)
async def short_puback(broker, link):
    await link.greet()
    while broker.bad:
        await link.next_publish()
        await link.send(b"\x40\x01\x00")


@row("half a PUBACK, then the end", "closed")
async def half_puback(broker, link):
    await link.greet()
    pid, _ = await link.next_publish()
    await link.send(puback(link.version, pid)[:3])
    await link.close()


@row("an acknowledgement a connection, then the end", "closed", hold=4, messages=4)
async def one_a_connection(broker, link):
    await link.greet()
    await link.ack(*await link.next_publish())
    await asyncio.sleep(0.05)
    await link.close()


@row("closes before each acknowledgement", "closed", hold=6, most_connections=9)
async def before_each(broker, link):
    await link.greet()
    await link.next_publish()
    await link.close()


def puback_code(code, refused):
    @row("PUBACK refuses: 0x%02x" % code if refused else "PUBACK with code 0x%02x" % code, "", versions=(5,), hold=0.3)
    async def behave(broker, link):
        await link.greet()
        for _ in range(2):
            pid, message = await link.next_publish()
            if not refused:
                broker.acked.add(message)
            await link.send(puback(5, pid, code))


puback_code(0x10, False)
for puback_refusal in (0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99, 0xff):
    puback_code(puback_refusal, True)


@row("PUBACK with a property length past the packet", GONE + "|ack-timeout|", versions=(5,), hold=1, ack_timeout=5)
async def puback_properties(broker, link):
    await link.greet()
    pid, message = await link.next_publish()
    broker.acked.add(message) # its id and its code are whole
    await link.send(packet(0x40, struct.pack(">H", pid) + b"\0\x40\x1f\0\1"))


# --- the connection itself

@row("stops reading", "ack-timeout|closed", ack_timeout=5, size=60000, messages=24, window=16)
async def stops_reading(broker, link):
    await link.greet()
    await link.stalled()


@row("stops reading and floods", "ack-timeout|closed", ack_timeout=5, size=60000, messages=24, window=16)
async def stops_and_floods(broker, link):
    await link.greet()
    data = publish(link.version, "down/flood", b"y" * 1000) * 20
    while broker.bad:
        await link.send(data)


@row("no PINGRESP", "closed", keepalive=5, alone=True)
async def no_ping(broker, link):
    await link.greet()
    while broker.bad:
        first, body = await link.read()
        if first >> 4 == 3:
            await link.ack(*broker.take(link.version, first, body))


sends("a flood of 20000 PINGRESPs", "", b"\xd0\0" * 20000, hold=1)
sends("PINGRESP with a body", GONE + "|", b"\xd0\x05hello", hold=1)
sends("closes within a packet", "closed", b"\x30\x7f\0\4down", publishes=1, end="close")
sends("a packet of 256 MB announced", "ack-timeout|closed", b"\x30\xff\xff\xff\x7f" + b"x" * 1000, end="silent",
      ack_timeout=5)
sends("a length of five bytes", "closed|ack-timeout", b"\x30\xff\xff\xff\xff\x7f" + b"x" * 100, end="silent", ack_timeout=5)
sends("a length longer than it need be", "closed|", b"\xd0\x80\x80\x00", hold=1, ack_timeout=5)


@row("a packet of 256 MB, sent at 2 MB/s", "ack-timeout|closed", ack_timeout=5)
async def dribbled_giant(broker, link):
    await link.greet()
    await link.send(b"\x30\xff\xff\xff\x7f\0\6down/x")
    while broker.bad:
        await link.send(b"z" * 200000)
        await asyncio.sleep(0.1)


for rogue_type, rogue_name in ((0, "reserved type 0"), (1, "CONNECT"), (8, "SUBSCRIBE"), (10, "UNSUBSCRIBE"),
                               (12, "PINGREQ"), (6, "PUBREL"), (14, "DISCONNECT"), (15, "type 15")):
    sends("%s to the client" % rogue_name, GONE + "|ack-timeout|", bytes([rogue_type << 4, 4]) + b"\0\1\0\0", hold=1,
          ack_timeout=5)
sends("noise", GONE + "|ack-timeout", bytes((i * 89 + 7) & 255 for i in range(4096)), publishes=1, end="silent",
      ack_timeout=5)
sends("SUBACK of nothing", "", lambda v: packet(0x90, b"\x7f\x7f" + (b"\0" if v == 5 else b"") + b"\0"), hold=0.5)


@row("SUBSCRIBE refused", "", hold=1)
async def subscribe_refused(broker, link):
    await link.greet()
    while broker.bad:
        first, body = await link.read()
        if first >> 4 == 3:
            await link.ack(*broker.take(link.version, first, body))
        elif first >> 4 == 8:
            await link.send(packet(0x90, body[:2] + (b"\0" if link.version == 5 else b"") + b"\x80"))


@row("SUBACK of no codes, of 200", "closed|", hold=1)
async def suback_lengths(broker, link):
    await link.greet()
    n = 0
    while broker.bad:
        first, body = await link.read()
        if first >> 4 == 3:
            await link.ack(*broker.take(link.version, first, body))
        elif first >> 4 == 8:
            n += 1
            await link.send(packet(0x90, body[:2] + (b"\0" if link.version == 5 else b"") + b"\1" * (200 * (n > 1))))


def goodbye(code, says):
    @row("DISCONNECT with 0x%02x" % code, says, versions=(5,), quick=True)
    async def behave(broker, link):
        await link.greet()
        await link.ack(*await link.next_publish())
        await link.send(bytes([0xe0, 2, code, 0]))
        await link.silent(2)


GOODBYES = {0x87: "not-authorized", 0x89: "server-busy", 0x8b: "server-busy|closed", 0x8e: "taken-over",
            0x90: "settings", 0x96: "server-busy",
            0x97: "server-busy", 0x9c: "server-busy", 0x9d: "server-busy", 0x9f: "server-busy", 0x93: "closed|server-limits", 0x95: "closed|server-limits"}
for bye in (0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
            0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2, 0xff):
    goodbye(bye, GOODBYES.get(bye, "closed|server-limits"))
sends("DISCONNECT with a lying property length", "closed|protocol", packet(0xe0, b"\x8e\x40\x1f\0\1"), versions=(5,),
      publishes=1, end="close")

# --- messages to us


def down(name, says, data, **options):
    wait = {"ack_timeout": 5} if "ack-timeout" in says else {}
    sends("message: " + name, says, data, publishes=1, **dict({"hold": 0.6}, **wait, **options))


down("of 16385 bytes", "", lambda v: publish(v, "down/large", b"x" * 16385))
down("of 1 MB", "", lambda v: publish(v, "down/large", b"x" * 1000000))
down("retained", "", lambda v: publish(v, "down/retained", b"r", retain=1))
down("QoS 3", GONE + "|ack-timeout|", lambda v: publish(v, "down/three", b"x", qos=3))
down("QoS 1 with id 0", "closed|", lambda v: publish(v, "down/zero", b"x", qos=1, pid=0))
down("2000 of QoS 2, never released", "closed|", lambda v: b"".join(
    publish(v, "down/two", b"x" * 500, qos=2, pid=i) for i in range(1, 2001)), hold=2)
down("20000 at once", "", lambda v: publish(v, "down/flood", b"x" * 100) * 20000, hold=2)
down("10000 of QoS 1 at once", "", lambda v: b"".join(
    publish(v, "down/flood", b"x" * 100, qos=1, pid=i) for i in range(1, 10001)), hold=2)
down("with wildcards for a topic", "closed|", lambda v: publish(v, "down/+/#"))
down("with no topic", "closed|", lambda v: publish(v, ""))
down("with NUL in its topic", "closed|", lambda v: publish(v, "down/a\0b"))
down("with control bytes in its topic", "closed|", lambda v: publish(v, "down/a\x1b[31m\nb"))
down("with a topic that is no UTF-8", "closed|", lambda v: publish(v, b"down/\xff\xc0\x80"))
down("with a surrogate in its topic", "closed|", lambda v: publish(v, b"down/\xed\xa0\x80"))
down("with a topic of 60000 bytes", "", lambda v: publish(v, "down/" + "t" * 60000))
down("with a topic past its end", "closed|ack-timeout|", lambda v: packet(0x30, b"\xff\xffdown/x"))
down("of a topic nobody asked for", "", lambda v: publish(v, "elsewhere/x"))
down("empty", "", lambda v: publish(v, "down/empty", b""))
down("of one byte", "closed|", lambda v: packet(0x30, b"\0"))
down("topic alias 0", "closed|", lambda v: publish(v, "", properties=b"\x23\0\0"), versions=(5,))
down("topic alias never named", "closed|", lambda v: publish(v, "", properties=b"\x23\0\5"), versions=(5,))
down("property length past the packet", "closed|", lambda v: packet(0x30, text("down/x") + b"\x7f\x01\1"), versions=(5,))
down("4000 user properties", "", lambda v: publish(v, "down/x", properties=(b"\x26" + text("k") + text("v")) * 4000),
     versions=(5,))
for down_name, down_properties in (
        ("a response topic with wildcards", b"\x08" + text("re/+/#")), ("an empty response topic", b"\x08\0\0"),
        ("a response topic that is no UTF-8", b"\x08" + text(b"re/\xff")), ("a response topic with NUL", b"\x08" + text("re\0x")),
        ("a response topic of 60000 bytes", b"\x08" + text("r" * 60000)), ("two response topics", (b"\x08" + text("re/x")) * 2),
        ("correlation data of 60000 bytes", b"\x08" + text("re/x") + b"\x09" + text(b"\xee" * 60000)),
        ("empty correlation data", b"\x08" + text("re/x") + b"\x09\0\0"), ("an expiry of 0 s", b"\x02\0\0\0\0"),
        ("an encoding that it has not", b"\x26" + text("content-encoding") + text("deflate")),
        ("subscription identifiers, a hundred", b"\x0b\x01" * 100)):
    down("with " + down_name, "closed|", lambda v, p=down_properties: publish(v, "down/x", properties=p), versions=(5,))


# ----------------------------------------------------------------------------------------- hearthd

class Owner:
    """hearthd's end of the socket: hands over messages, sends again what had no acknowledgement, and
    notes what the relay says."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.setblocking(False)
        self.listener.bind(path)
        self.listener.listen(4)
        self.link, self.case, self.gone, self.ids = None, None, 0, 0
        self.changed = asyncio.Condition()

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            self.link, _ = await loop.sock_accept(self.listener)
            self.link.setblocking(False)
            try:
                while data := await loop.sock_recv(self.link, 1 << 18):
                    self.on_word(Word(data))
                    async with self.changed:
                        self.changed.notify_all()
            except OSError:
                pass
            self.gone += 1
            self.link.close()
            self.link = None

    def send(self, kind, id=0, a=0, flags=0, p1=b"", p2=b"", p3=b""):
        self.link.send(HEAD.pack(MAGIC, kind, flags, id, a, len(p1), len(p2), len(p3)) + p1 + p2 + p3)

    def settings(self):
        c = self.case
        self.send(SETTINGS, p1=SETTINGS_BODY.pack(
            b"mqtt://127.0.0.1:%d" % c.broker.port, b"hearth-hostile", b"", b"", b"", c.broker.version,
            c.row.options.get("keepalive", 60), c.window, c.row.options.get("ack_timeout", ACK_TIMEOUT)))
        self.send(SUBSCRIBE, p1=b"down/#")

    def on_word(self, word):
        c = self.case
        if word.type == HELLO or c is None:
            return
        if not c.begun: # still of the row before
            c.begun = word.type == STATE and word.a == CONNECTING
            if not c.begun:
                return
        if word.type == STATE:
            c.state, c.in_flight = word.a, []
            if word.a == DISCONNECTED:
                c.said.append((word.p1.decode(), word.p2.decode()))
            elif word.a == CONNECTED:
                c.session = word.id
        elif word.type == ACK:
            if word.id not in c.in_flight:
                c.strange.append(word.id)
            elif word.id not in c.broker.acked:
                c.wrong.append(word.id)
            else:
                c.in_flight.remove(word.id)
                c.todo.remove(word.id)
        elif word.type == REFUSED:
            c.refused.append((word.id, word.a, word.flags & FOR_GOOD))
            if word.id not in c.in_flight:
                c.strange.append(word.id)
            else:
                c.in_flight.remove(word.id)
                c.todo.remove(word.id)
                if not word.flags & FOR_GOOD: # hearthd would wait for a quarter of an hour
                    c.todo.append(word.id)
        elif word.type == DOWN:
            topic = word.p1.decode()
            if "+" in topic or "#" in topic or "\0" in topic or len(word.p2) > 16384 or len(word.p1) > 255:
                c.strange.append(topic)
            reply, _, correlation = word.p3.partition(b"\0") # both within the bounds of relay/protocol.h
            if len(reply) > 255 or len(correlation) > 128 or b"+" in reply or b"#" in reply or not reply.decode().isprintable():
                c.strange.append(word.p3)
            c.down += 1
        self.pump()

    def pump(self):
        c = self.case
        while c.state == CONNECTED and len(c.in_flight) < c.window:
            waiting = [id for id in c.todo if id not in c.in_flight]
            if not waiting:
                return
            id = waiting[0]
            payload = b"%d:" % id + b"p" * (c.row.options.get("size", 200))
            try:
                self.send(PUBLISH, id, c.session, QOS1 | (RETAINED if id % 8 == 0 else 0), b"up/x", payload, b"text/plain")
            except BlockingIOError:
                asyncio.get_running_loop().call_later(0.02, self.pump)
                return
            c.in_flight.append(id)

    async def until(self, condition, timeout):
        """True when it came about."""
        try:
            async with self.changed:
                await asyncio.wait_for(self.changed.wait_for(condition), timeout)
            return True
        except asyncio.TimeoutError:
            return False


class Case:
    """One row at one version of MQTT."""

    def __init__(self, row_, version):
        self.row, self.version = row_, version
        self.said, self.strange, self.wrong, self.refused, self.down = [], [], [], [], 0
        self.state, self.session, self.in_flight, self.todo = None, 0, [], []
        self.window = row_.options.get("window", 4)
        self.kicked, self.back, self.failed, self.begun = False, None, None, False
        self.started = time.monotonic()

    def words(self):
        return {w for w, _ in self.said} - {"forget"}

    def faults(self):
        """What should not be, or nothing."""
        f = []
        if self.failed:
            f.append(self.failed)
        if self.broker.errors:
            f.append("the test's own: %s" % self.broker.errors)
        if self.wrong:
            f.append("acknowledged by the relay, never by the broker: %s" % self.wrong)
        if self.strange:
            f.append("words about what was not asked: %s" % self.strange[:5])
        if self.broker.changed:
            f.append("came again with other bytes: %s" % self.broker.changed)
        if self.todo:
            f.append("never acknowledged: %s" % self.todo)
        good = [id for id in self.ids if (id, FOR_GOOD) not in {(i, g) for i, _, g in self.refused}]
        if [id for id in good if id not in self.broker.got]:
            f.append("lost: %s" % [id for id in good if id not in self.broker.got])
        refused = {i for i, _, _ in self.refused}
        order = [id for id in self.broker.order if id not in refused]
        if order != sorted(order):
            f.append("out of order: %s" % order)
        if self.words() - set(self.row.says):
            f.append("said %s, not %s" % (self.said[:3], self.row.says))
        if "" not in self.row.says and not self.words():
            f.append("said nothing, and should %s" % self.row.says)
        # relay/event.h: 256 at once, then 50 a second, of each connection
        if self.down > self.broker.connections * 256 + 50 * (time.monotonic() - self.started):
            f.append("%d messages handed to hearthd" % self.down)
        if self.broker.connections > self.row.options.get("most_connections", 12):
            f.append("%d connections" % self.broker.connections)
        return f

    async def play(self, owner):
        r = self.row
        self.started = time.monotonic()
        self.broker = await Broker(self.version, r.behave).start()
        n = r.options.get("messages", 6)
        self.ids = list(range(owner.ids + 1, owner.ids + n + 1))
        owner.ids += n
        self.todo = list(self.ids)
        before, owner.case = owner.case, self
        owner.settings()
        if not await owner.until(lambda: self.begun, 10):
            self.failed = "the relay does not begin"
        if before:
            await before.broker.end()
        if r.hold:
            await asyncio.sleep(r.hold)
        elif not await owner.until(lambda: self.said, 90):
            self.failed = "the relay noticed nothing"
        self.broker.bad = False
        begun = time.monotonic()
        last = [id for id in self.ids]

        def done():
            return not self.todo and self.state == CONNECTED
        # A pause of minutes is the relay's right; the test asks anew, as a changed setting would.
        long = {"portal-suspected", "taken-over", "bad-credentials", "not-authorized", "client-id", "mqtt-version",
                "server-limits", "protocol"} & self.words()
        if not long and not r.options.get("quick") and await owner.until(done, BACK):
            self.back = time.monotonic() - begun
        if self.back is None and not done():
            if owner.link is None:
                await owner.until(lambda: owner.link is not None, 5)
            self.kicked = True
            self.todo += [id for id in last if id in {i for i, _, g in self.refused if g} and id not in self.todo and
                          r.options.get("too_large")]
            owner.settings()
            if not await owner.until(done, BACK):
                self.failed = "not back"
        return self


def memory(pid):
    out = {}
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(("VmRSS", "VmHWM")):
                out[line[:5]] = int(line.split()[1])
    return out["VmRSS"], out["VmHWM"]


class Lane:
    def __init__(self, folder, n, cases):
        self.folder, self.cases = os.path.join(folder, "lane%d" % n), cases
        os.makedirs(self.folder)
        self.faults, self.first, self.last, self.peak = [], None, None, None

    async def run(self):
        path = os.path.join(self.folder, "sock")
        owner = Owner(path)
        task = asyncio.ensure_future(owner.run())
        self.relay = harness.Process("hearth-relay", self.folder, [
            harness.program("hearth-relay"), "hostile", "--socket", path, "--credentials", self.folder]).spawn()
        try:
            await owner.until(lambda: owner.link is not None, 30)
            for case in self.cases:
                await case.play(owner)
                owner.case = case
                faults = case.faults()
                if not self.relay.running() or owner.gone:
                    faults.append("the relay ended: %s" % self.relay.tail())
                self.faults += ["%s, MQTT %s: %s" % (case.row.name, {4: "3.1.1", 5: "5"}[case.version], f) for f in faults]
                if not self.relay.running() or owner.gone:
                    return self
                rss, self.peak = memory(self.relay.pid)
                self.first, self.last = self.first or rss, rss
                case.peak = self.peak
        finally:
            task.cancel()
            if owner.case:
                await owner.case.broker.end()
            if self.relay.running():
                loop = asyncio.get_running_loop()
                try:
                    status = await loop.run_in_executor(None, self.relay.stop)
                    if status != 0:
                        self.faults.append("the relay ended with %s" % status)
                except AssertionError as error: # of a sanitizer, or it does not end
                    self.faults.append("%s after %s" % (error, [c.row.name for c in self.cases]))
            owner.listener.close()
        # One line for each change of the reason, not one for each attempt.
        if len(self.relay.text()) > 400 * (len(self.cases) * 6 + 10):
            self.faults.append("%d bytes of log" % len(self.relay.text()))
        return self


def lanes_of(cases, folder):
    alone = [c for c in cases if c.row.options.get("alone")]
    rest = [c for c in cases if not c.row.options.get("alone")]
    # The slow ones first, so that lanes end together.
    rest.sort(key=lambda c: -(c.row.hold or c.row.options.get("ack_timeout", 1)))
    lists = [[c] for c in alone] + [rest[i::LANES] for i in range(LANES)]
    return [Lane(folder, i, lane) for i, lane in enumerate(lists) if lane]


async def _play(folder, only):
    cases = [Case(r, v) for r in ROWS for v in r.versions if only is None or only in r.name]
    lanes = lanes_of(cases, folder)
    await asyncio.gather(*(lane.run() for lane in lanes))
    return cases, lanes


def play(only=None):
    """(cases, lanes) after all of it."""
    folder = tempfile.mkdtemp(prefix="hearthd-", dir=os.environ.get("TMPDIR", "/tmp"))
    try:
        return asyncio.run(_play(folder, only))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(cases, lanes):
    rows = {}
    for c in cases:
        rows.setdefault(c.row.name, {})[c.version] = c
    out = "| behaviour | MQTT | the relay says | sent again | back after |\n|---|---|---|---|---|\n"
    for name, versions in rows.items():
        cs = list(versions.values())
        said = sorted({w for c in cs for w in c.words()} | {"" for c in cs if not c.words()})
        again = max(c.broker.times - len(c.ids) for c in cs)
        back = max((c.back or 0) for c in cs)
        out += "| %s | %s | %s | %s | %s |\n" % (
            name, ", ".join("3.1.1" if v == 4 else "5" for v in sorted(versions)),
            ", ".join(w if w else "–" for w in said), again if again > 0 else "–",
            "asked anew" if any(c.kicked for c in cs) else "%.1f s" % back)
    peak = max(lane.peak for lane in lanes)
    out += "\n%d behaviours, %d runs; wrongly acknowledged 0, lost 0; largest resident set of a relay: %d KiB\n" % (
        len(rows), len(cases), peak)
    return out


if __name__ == "__main__":
    began = time.monotonic()
    played, ran = play(sys.argv[1] if len(sys.argv) > 1 else None)
    bad = [f for lane in ran for f in lane.faults]
    for f in bad:
        print("FAULT", f, file=sys.stderr)
    print("%.0f s" % (time.monotonic() - began), file=sys.stderr)
    if not bad or len(sys.argv) > 2:
        print(table(played, ran))
    sys.exit(bool(bad))
