# SPDX-License-Identifier: Apache-2.0
"""Whatever a local caller may send over D-Bus: every method of every object with seeded random arguments, of the
right types and of wrong ones, and properties set to anything. hearthd lives, goes on answering, and grows by nothing
to speak of. The client is bytes of its own and shares no code with sd-bus."""
import os
import random
import re
import socket
import struct

import harness
import pytest

CALLS = 6000 if os.environ.get("HEARTHD_ALL") else 1500
SEED = int(os.environ.get("HEARTHD_SEED", 20250400))
STRINGS = ["", "washer", "pool", "cloud", "rs485", "voltage", "../../etc/passwd", "a/b", "%s%n%x", "\x1b[31m", "x" * 255,
           "y" * 70000, "客厅", "+", "#", "*", "0", "-1", "1e999", "nan", "null", "{\"a\":1}", "[[[[", "90s", "2h", "99999999d",
           "\n", "A=B\nC=D", "org.hearthd", "/", "debug"]
INTEGERS = [0, 1, 2, 7, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1]
SIZES = {"y": 1, "b": 4, "n": 2, "q": 2, "i": 4, "u": 4, "x": 8, "t": 8, "d": 8}
ALIGN = dict(SIZES, s=4, o=4, g=1, a=4, v=1, **{"(": 8, "{": 8, "h": 4})


def one_type(signature):
    """The first complete type of SIGNATURE."""
    if signature[0] == "a":
        return "a" + one_type(signature[1:])
    if signature[0] in "({":
        depth = 0
        for i, c in enumerate(signature):
            depth += (c in "({") - (c in ")}")
            if depth == 0:
                return signature[:i + 1]
    return signature[0]


def types(signature):
    out = []
    while signature:
        out.append(one_type(signature))
        signature = signature[len(out[-1]):]
    return out


class Writer:
    def __init__(self, rng):
        self.rng, self.data, self.room = rng, b"", 100000

    def pad(self, n):
        self.data += b"\0" * (-len(self.data) % n)

    def string(self, s):
        raw = s.encode()
        self.pad(4)
        self.data += struct.pack("<I", len(raw)) + raw + b"\0"

    def value(self, kind, depth=0):
        """Anything that is a KIND."""
        c = kind[0]
        self.pad(ALIGN[c])
        if c == "d":
            self.data += struct.pack("<d", self.rng.choice([0.0, -0.0, 1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf")]))
        elif c == "b":
            self.data += struct.pack("<I", self.rng.randrange(2))
        elif c in SIZES:
            self.data += (self.rng.choice(INTEGERS) % 2**(8 * SIZES[c])).to_bytes(SIZES[c], "little")
        elif c == "s":
            self.string(self.rng.choice(STRINGS) if len(self.data) < self.room else "")
        elif c == "o":
            self.string(self.rng.choice(["/", "/org/hearthd", "/org/hearthd/appliance/washer", "/x/y"]))
        elif c == "g":
            self.data += b"\1s\0"
        elif c == "v":
            inner = self.rng.choice(["s", "d", "i", "b", "as", "t"]) if depth < 3 else "y"
            self.data += bytes([len(inner)]) + inner.encode() + b"\0"
            self.value(inner, depth + 1)
        elif c == "a":
            at = len(self.data)
            self.data += b"\0\0\0\0"
            self.pad(ALIGN[kind[1]])
            begin = len(self.data)
            for _ in range(self.rng.choice([0, 0, 1, 2, 5, 200]) if depth < 2 else 0):
                if len(self.data) < self.room:
                    self.value(kind[1:], depth + 1)
            self.data = self.data[:at] + struct.pack("<I", len(self.data) - begin) + self.data[at + 4:]
        elif c in "({":
            for t in types(kind[1:-1]):
                self.value(t, depth + 1)
        return self


class Caller:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)
        self.s.settimeout(60)
        self.s.sendall(b"\0AUTH EXTERNAL %s\r\n" % str(os.geteuid()).encode().hex().encode())
        assert self.s.recv(512).startswith(b"OK")
        self.s.sendall(b"BEGIN\r\n")
        self.serial, self.buffer, self.replies, self.errors = 0, b"", 0, {}
        self.wait(self.send("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"))

    def send(self, to, path, interface, member, signature="", body=b""):
        self.serial += 1
        w = Writer(None)
        for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", to), (8, "g", signature)):
            if kind == "g" and not value:
                continue
            w.pad(8)
            w.data += bytes([code, 1]) + kind.encode() + b"\0"
            if kind == "g":
                w.data += bytes([len(value)]) + value.encode() + b"\0"
            else:
                w.string(value)
        head = struct.pack("<BBBBIII", ord("l"), 1, 0, 1, len(body), self.serial, len(w.data)) + w.data
        self.s.sendall(head + b"\0" * (-len(head) % 8) + body)
        return self.serial

    def wait(self, serial):
        """The body of the reply to SERIAL; others are counted on the way."""
        while True:
            while len(self.buffer) >= 16:
                body, _, n = struct.unpack("<III", self.buffer[4:16])
                start = 16 + n + (-n % 8)
                if len(self.buffer) < start + body:
                    break
                message, self.buffer = self.buffer[:start + body], self.buffer[start + body:]
                if message[1] not in (2, 3):
                    continue
                self.replies += 1
                if message[1] == 3:
                    name = re.search(rb"\x04\x01s\x00....([A-Za-z0-9_.]+)\x00", message[:start], re.S)
                    name = name.group(1).decode() if name else "?"
                    self.errors[name] = self.errors.get(name, 0) + 1
                at = message.find(b"\5\1u\0", 0, start)
                if struct.unpack("<I", message[at + 4:at + 8])[0] == serial:
                    return message[start:]
            data = self.s.recv(1 << 20)
            assert data, "the bus closed the connection"
            self.buffer += data

    def introspect(self, path):
        body = self.wait(self.send("org.hearthd", path, "org.freedesktop.DBus.Introspectable", "Introspect"))
        return body[4:-1].decode(errors="replace")


def members(caller, path="/org/hearthd", depth=0):
    """[(path, interface, method, signature)] and [(path, interface, property)] of everything there is."""
    xml, methods, properties = caller.introspect(path), [], []
    for interface, body in re.findall(r'<interface name="([\w.]+)">(.*?)</interface>', xml, re.S):
        for method, inner in re.findall(r'<method name="(\w+)"(?:/>|>(.*?)</method>)', body, re.S):
            methods.append((path, interface, method, "".join(
                t for t, d in re.findall(r'<arg type="([^"]+)"(?: name="[^"]*")? direction="(\w+)"', inner) if d == "in")))
        properties += [(path, interface, p) for p in re.findall(r'<property name="(\w+)"', body)]
    for child in re.findall(r'<node name="([^"]+)"', xml):
        if depth < 4:
            more = members(caller, path + "/" + child, depth + 1)
            methods, properties = methods + more[0], properties + more[1]
    return methods, properties


@pytest.fixture(scope="module")
def home(findings_folder):
    try:
        h = harness.Household(seed=5, appliances=["washer", "pool"], way=False)
    except harness.Missing as missing:
        pytest.skip(str(missing))
    try:
        yield h.start(subscriber=False)
    finally:
        h.stop()


def test_anything_from_a_local_caller(home):
    caller = Caller(home.bus.path)
    methods, properties = members(caller)
    # What deletes everything would end the test, as it should.
    ours = [m for m in methods if m[1].startswith("org.hearthd") and m[2] != "Wipe"]
    assert len(ours) > 20 and len(properties) > 20
    rng = random.Random(SEED)
    before = None
    for i in range(CALLS):
        what = rng.random()
        if what < 0.1:
            path, interface, name = rng.choice(properties)
            w = Writer(rng)
            w.string(interface)
            w.string(name)
            verb = rng.choice(["Get", "Set"])
            if verb == "Set":
                w.value("v")
            caller.send("org.hearthd", path, "org.freedesktop.DBus.Properties", verb,
                                 "ssv" if verb == "Set" else "ss", w.data)
        else:
            path, interface, name, signature = rng.choice(ours if what < 0.95 else methods)
            if what < 0.25: # wrong types
                signature = "".join(rng.choice(["s", "i", "u", "as", "v", "a{sv}", "d", "(su)"])
                                    for _ in range(rng.randrange(4)))
            w = Writer(rng)
            for t in types(signature):
                w.value(t)
            caller.send("org.hearthd", path, interface, name, signature, w.data)
        if i % 10 == 9:
            ping = caller.send("org.hearthd", "/org/hearthd", "org.freedesktop.DBus.Peer", "Ping")
            caller.wait(ping)
            assert home.daemon.running(), home.daemon.tail()
        if i == CALLS // 3:
            before = harness.rss(home.daemon.pid)["Rss"]
    after = harness.rss(home.daemon.pid)["Rss"]
    assert after - before < (131072 if "san" in harness.build_folder() else 8192), (before, after)
    assert caller.replies > CALLS / 2
    print(caller.replies, caller.errors)
    # Every no has a name of D-Bus's or of hearthd's own.
    assert all(e.startswith(("org.freedesktop.DBus.Error.", "org.hearthd.Error.")) for e in caller.errors), caller.errors
    home.wait_answering(2, 60)
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", home.daemon.text()), "control bytes in the log"
