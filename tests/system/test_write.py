# SPDX-License-Identifier: Apache-2.0
"""What hearthd writes to an appliance, seen from the appliance: a server that does as told, and one that
confirms and does something else. The gate, the record, and the value that is put back whatever ends
hearthd."""
import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
import tty

import pytest

import harness

PROFILE = """# SPDX-License-Identifier: CC0-1.0
[Profile]
Kind=water_heater
Name=Tank
Source=test
WhenGatewayGone=continues

[Line]
Unit=1
Timeout=500ms

[Point mode]
Read=holding:1
Type=u16
Enum=0:off 1:eco 2:boost
Period=500ms

[Point target]
Read=holding:2
Type=u16
Scale=0.5
Unit=°C
Period=500ms

[Point flags]
Read=holding:3.4:4
Type=u16
Period=500ms

[Point ratio]
Read=holding:10
Type=f32
Order=little
Period=500ms

[Point lamp]
Read=coil:5
Type=bit
Period=500ms

[Write vendor.mode]
Enum=1:eco 2:boost
Budget=3
LeastInterval=0s
PerHour=100
ReadBackAfter=100ms

[Write vendor.target]
Min=30
Max=switch(mode, 30 °C, 55 °C, 70 °C)
Step=0.5
If=mode == eco or mode == boost
Budget=1000
LeastInterval=1s
PerHour=100
ReadBackAfter=100ms
Before=holding:138=1
After=holding:138=0
Safe=before
MaxFor=2h

[Write vendor.flags]
Min=0
Max=15
Volatile=yes
LeastInterval=0s
ReadBackAfter=100ms

[Write vendor.ratio]
Min=0
Max=2
Volatile=yes
ReadBackAfter=100ms
With=holding:12=7

[Write vendor.lamp]
Volatile=yes
LeastInterval=0s
ReadBackAfter=100ms

[Write vendor.bell]
To=coil:7
Pulse=2s
Volatile=yes
LeastInterval=0s
"""


class Tank:
    """A Modbus TCP server that remembers every write. LIE: confirms by the book and keeps the old
    value. SWAP: confirms with another value. MUTE: writes are done and never answered."""

    def __init__(self):
        self.holding = {1: 1, 2: 90, 3: 0xA5C3, 10: 0, 11: 0, 12: 0, 138: 0}
        self.coils = {5: 0, 7: 0}
        self.writes = []
        self.mood = ""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            while True:
                head = client.recv(7, socket.MSG_WAITALL)
                if len(head) < 7:
                    return
                number, _, length, unit = struct.unpack(">HHHB", head)
                reply = self.answer(client.recv(length - 1, socket.MSG_WAITALL))
                if reply:
                    client.sendall(struct.pack(">HHHB", number, 0, len(reply) + 1, unit) + reply)
        except OSError:
            pass

    def put(self, bank, address, value):
        self.writes.append((time.monotonic(), "coil" if bank is self.coils else "holding", address, value))
        if self.mood != "lie" or address == 138:
            bank[address] = value

    def answer(self, pdu):
        function = pdu[0]
        address, word = struct.unpack(">HH", pdu[1:5])
        if function in (1, 3):
            bank = self.coils if function == 1 else self.holding
            values = [bank.get(address + i) for i in range(word)]
            if None in values:
                return bytes((function | 0x80, 2))
            if function == 1:
                return bytes((1, (word + 7) // 8)) + sum(v << i for i, v in enumerate(values)).to_bytes(
                    (word + 7) // 8, "little")
            return bytes((3, 2 * word)) + b"".join(struct.pack(">H", v) for v in values)
        if function == 5:
            self.put(self.coils, address, int(word == 0xFF00))
        elif function == 6:
            self.put(self.holding, address, word)
        elif function == 16:
            for i in range(word):
                self.put(self.holding, address + i, struct.unpack_from(">H", pdu, 6 + 2 * i)[0])
        else:
            return bytes((function | 0x80, 1))
        if self.mood == "mute":
            return b""
        if self.mood == "swap":
            return pdu[:3] + struct.pack(">H", word ^ 1)
        return pdu[:5]

    def written(self, address, bank="holding"):
        return [v for _, b, a, v in self.writes if (b, a) == (bank, address)]


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes((crc & 0xFF, crc >> 8))


def serve_line(tank, echoes):
    """The same tank on a serial line, here a pseudo-terminal; the line may give back what is sent on it."""
    master, slave = os.openpty()
    tty.setraw(slave)

    def run():
        while True:
            frame = os.read(master, 256)
            while select.select([master], [], [], 0.003)[0]:
                frame += os.read(master, 256)
            assert crc16(frame[:-2]) == frame[-2:]
            if echoes:
                os.write(master, frame)
                time.sleep(0.005)
            reply = tank.answer(frame[1:-2])
            if reply:
                os.write(master, frame[:1] + reply + crc16(frame[:1] + reply))
    threading.Thread(target=run, daemon=True).start()
    return "rtu:" + os.ttyname(slave)


class Rig:
    def __init__(self, folder, control=True, port=None, profile=PROFILE, line=None):
        self.tank = Tank()
        self.bus = harness.Bus(folder).start()
        self.daemon = harness.Daemon(folder, self.bus.address)
        self.ctl = harness.Ctl(self.bus.address)
        etc = self.daemon.etc
        harness.write(os.path.join(etc, "profiles", "tank.profile"), profile)
        harness.write(os.path.join(etc, "hearthd.conf"),
                      "[Bus lan]\nDevice=%s\n" % (serve_line(self.tank, line == "echo") if line else
                                                   "tcp:127.0.0.1:%d" % (port or self.tank.port)))
        harness.write(os.path.join(etc, "appliances.d", "tank.conf"),
                      "[Appliance]\nKind=water_heater\n%s[Source]\nBus=lan\nProfile=tank\nUnit=1\n"
                      % ("Control=yes\n" if control else ""))

    def start(self):
        self.daemon.start()
        self.daemon.wait(lambda: self.reading("vendor.target") is not None, "a reading", 15)
        return self

    def reading(self, attribute):
        done = self.ctl.run("--json=short", "get", "tank", check=False)
        if done.returncode not in (0, 4):
            return None
        for r in json.loads(done.stdout or "[]"):
            if r["attribute"] == attribute and r["quality"] == "good":
                return r["value"]
        return None

    def set(self, *words, outcome, word=None):
        done = self.ctl.run("--json=short", "set", "tank", *words, check=False, timeout=60)
        got = json.loads(done.stdout)
        assert got["outcome"] == outcome, (got, done.stderr)
        assert word is None or got["word"] == word, got
        assert done.returncode == (0 if outcome in ("confirmed", "accepted", "unchanged") else 1)
        return got

    def log(self):
        return self.ctl.json("set", "--log", "tank")

    def stop(self):
        self.daemon.stop()
        self.bus.stop()
        self.tank.listener.close()


@pytest.fixture
def rig(tmp_path):
    made = []

    def make(**options):
        made.append(Rig(str(tmp_path), **options))
        return made[-1].start()
    yield make
    for r in made:
        r.stop()


def test_off_by_default(rig):
    r = rig(control=False)
    got = r.set("vendor.target", "50", outcome="refused", word="control-off")
    assert "Control=yes" in got["text"] and got["text_zh"]
    assert not r.tank.writes


def test_each_shape(rig):
    r = rig()
    # Unlock, value, lock; put back by hand.
    r.set("vendor.target", "50", "--reason", "bath", outcome="confirmed")
    assert [(a, v) for _, _, a, v in r.tank.writes] == [(138, 1), (2, 100), (138, 0)]
    time.sleep(1.1)
    r.ctl.run("set", "tank", "vendor.target", "--clear")
    r.daemon.wait(lambda: r.tank.written(2) == [100, 90], "45 °C again", 10)
    r.daemon.wait(lambda: any(v["kind"] == "put-back" and v["outcome"] == "confirmed" for v in r.log()),
                  "the record of it", 10)
    # Bits of a register, the others kept; two registers and their neighbour in one request; a coil.
    r.set("vendor.flags", "9", outcome="confirmed")
    assert r.tank.holding[3] == 0xA593
    r.set("vendor.ratio", "1.5", outcome="confirmed")
    assert [r.tank.holding[i] for i in (10, 11, 12)] == [0, 0x3FC0, 7]
    r.set("vendor.lamp", "true", outcome="confirmed")
    assert r.tank.coils[5] == 1
    # A pulse has its end.
    r.set("vendor.bell", outcome="accepted")
    assert r.tank.written(7, "coil") == [1, 0]
    # Nothing is written that is so already.
    n = len(r.tank.writes)
    r.daemon.wait(lambda: r.reading("vendor.lamp") in (True, "true"), "the lamp seen", 10)
    r.set("vendor.lamp", "true", outcome="unchanged")
    assert len(r.tank.writes) == n
    log = r.log()
    assert [v["attribute"] for v in log if v["kind"] == "set"][-1] == "vendor.target"
    first = [v for v in log if v["kind"] == "set"][-1]
    assert (first["old"], first["asked"], first["raw"], first["outcome"], first["reason"]) == \
        ("45.0", "50.0", "100", "confirmed", "bath")
    assert first["actor"].startswith("uid ") and "ordered_us" in first


def test_bounds(rig):
    r = rig()
    assert "55.0 °C" in r.set("vendor.target", "60", outcome="refused", word="above-max")["text"]
    assert "30.0 °C" in r.set("vendor.target", "29", outcome="refused", word="below-min")["text"]
    assert "50.0 °C" in r.set("vendor.target", "50.2", outcome="refused", word="step")["text"]
    r.set("vendor.target", "50", "--for", "3h", outcome="refused", word="for-too-long")
    r.set("vendor.nothing", "1", outcome="refused", word="no-such-attribute")
    for number in ("0x2d", "1e999", "nan", "inf", " 45", "45,0", "\uff14\uff15", "+45", "45 K"): # none, or not by people
        r.set("vendor.target", number, outcome="refused", word="bad-value")
    for number in ("1e308", "9007199254740993", "-0"):
        r.set("vendor.target", number, outcome="refused")
    r.set("vendor.mode", "off", outcome="refused", word="bad-value")
    # The limit moves with the mode; the third write of a life of three is the last.
    r.set("vendor.mode", "boost", outcome="confirmed")
    r.daemon.wait(lambda: r.reading("vendor.mode") == "boost", "boost seen", 10)
    r.set("vendor.target", "60", outcome="confirmed")
    r.set("vendor.mode", "eco", outcome="confirmed")
    r.set("vendor.mode", "boost", outcome="confirmed")
    r.set("vendor.mode", "eco", outcome="refused", word="budget-spent")
    assert r.tank.written(1) == [2, 1, 2]
    listed = {v["attribute"]: v for v in r.ctl.json("set", "tank")}
    assert (listed["vendor.mode"]["left"], listed["vendor.mode"]["refused"]) == (0, "budget-spent")
    assert listed["vendor.target"]["active"] and listed["vendor.target"]["safe"] == "45.0"
    assert "Min" not in r.ctl.run("set", "tank").stdout
    assert "goes on with what was set last" in r.ctl.run("set", "tank").stdout
    assert "剩余写入" in r.ctl.run("--lang", "zh_CN", "set", "tank").stdout


def test_an_appliance_that_lies(rig):
    r = rig()
    r.tank.mood = "lie"
    assert r.set("vendor.lamp", "true", outcome="not-confirmed")["read"] == "false"
    r.tank.mood = "swap"
    # The echo is wrong, so what was done is not known; what is read back settles it.
    r.set("vendor.lamp", "true", outcome="confirmed")
    r.tank.mood = "mute"
    n = len(r.tank.writes)
    r.set("vendor.lamp", "false", outcome="confirmed")
    assert len(r.tank.writes) == n + 1 # never sent a second time


def test_put_back_at_a_stop(rig):
    r = rig()
    r.set("vendor.target", "50", "--for", "1h", outcome="confirmed")
    assert r.tank.holding[2] == 100
    r.daemon.stop()
    assert r.tank.holding[2] == 90
    # And not once more by the next start.
    n = len(r.tank.writes)
    r.start()
    time.sleep(2)
    assert len(r.tank.writes) == n


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3])
def test_put_back_after_a_kill(rig, after):
    """Killed at once after the wish, between its steps, or later: the next start puts it back."""
    r = rig()
    wish = threading.Thread(target=lambda: r.ctl.run("set", "tank", "vendor.target", "50", "--for", "1h",
                                                     check=False))
    wish.start()
    r.daemon.wait(lambda: r.tank.writes, "the first step", 10)
    time.sleep(after)
    r.daemon.send(signal.SIGKILL)
    r.daemon.popen.wait(10)
    wish.join()
    n = len(r.tank.written(2))
    r.start()
    r.daemon.wait(lambda: len(r.tank.written(2)) > n and r.tank.holding[2] == 90, "45 °C again", 20)
    r.daemon.wait(lambda: any(v["kind"] == "put-back" and v["outcome"] == "confirmed" for v in r.log()),
                  "the record of it", 10)


def test_killed_in_a_pulse(rig):
    r = rig()
    wish = threading.Thread(target=lambda: r.ctl.run("set", "tank", "vendor.bell", check=False))
    wish.start()
    r.daemon.wait(lambda: r.tank.coils[7] == 1, "the bell", 10)
    r.daemon.send(signal.SIGKILL)
    r.daemon.popen.wait(10)
    wish.join()
    assert r.tank.coils[7] == 1
    r.start()
    r.daemon.wait(lambda: r.tank.coils[7] == 0, "silence", 15)


HANGING_DISK = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static int hanging(const char *name, int fd)
{
	while (access(getenv("HANG"), F_OK) == 0)
		usleep(10000);
	return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return hanging("fsync", fd); }
int fdatasync(int fd) { return hanging("fdatasync", fd); }
"""


def test_a_disk_that_hangs(rig, tmp_path):
    """A wish was judged by what was read then. When the disk is back after longer than a write may wait, it is too old."""
    r = rig()
    assert r.daemon.stop() == 0
    source, hang = harness.write(str(tmp_path / "hang.c"), HANGING_DISK), str(tmp_path / "hang")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", source[:-1] + "so", source, "-ldl"], check=True)
    r.daemon.env.update(LD_PRELOAD=source[:-1] + "so", HANG=hang,
                        ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    r.start()
    harness.write(hang, "")
    wish = harness.popen([harness.program("hearthctl"), "--bus", r.ctl.bus_address, "--json=short", "set", "tank",
                          "vendor.lamp", "true"], stdout=subprocess.PIPE, text=True)
    time.sleep(6) # longer than a write waits for its bus (5 s)
    assert wish.poll() is None and not r.tank.writes
    os.unlink(hang)
    got = json.loads(wish.communicate(timeout=60)[0])
    assert (got["outcome"], got["word"]) == ("refused", "journal") and not r.tank.writes
    r.set("vendor.lamp", "true", outcome="confirmed")


def test_a_stop_ends_a_pulse(rig):
    r = rig()
    wish = threading.Thread(target=lambda: r.ctl.run("set", "tank", "vendor.bell", check=False))
    wish.start()
    r.daemon.wait(lambda: r.tank.coils[7] == 1, "the bell", 10)
    r.daemon.stop()
    wish.join()
    assert r.tank.written(7, "coil") == [1, 0]
    r.start()


def test_against_pymodbus(rig):
    """Somebody else's idea of the functions 5, 6, 15, 16 and 22."""
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
    from pymodbus.server import StartTcpServer
    port = harness.free_port()
    unit = ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, [0] * 200), co=ModbusSequentialDataBlock(0, [0] * 20),
                              zero_mode=True)
    for address, value in ((1, 1), (2, 90), (3, 0xA5C3)):
        unit.setValues(3, address, [value])
    threading.Thread(target=StartTcpServer, daemon=True, kwargs={
        "context": ModbusServerContext(slaves=unit, single=True), "address": ("127.0.0.1", port)}).start()
    r = rig(port=port, profile=PROFILE.replace("[Write vendor.flags]", "[Write vendor.flags]\nFunction=22").replace(
        "[Write vendor.lamp]", "[Write vendor.lamp]\nFunction=15"))
    r.set("vendor.flags", "9", outcome="confirmed")
    assert unit.getValues(3, 3) == [0xA593]
    r.set("vendor.ratio", "1.5", outcome="confirmed")
    assert unit.getValues(3, 10, 3) == [0, 0x3FC0, 7]
    r.set("vendor.lamp", "true", outcome="confirmed")
    assert unit.getValues(1, 5) == [True]
    r.set("vendor.bell", outcome="accepted")
    r.set("vendor.target", "52.5", outcome="confirmed")
    assert unit.getValues(3, 2) == [105]


@pytest.mark.parametrize("line", ["plain", "echo"])
def test_on_a_serial_line(rig, line):
    """Also where the adapter hears itself: the request that comes back is not the appliance's word."""
    r = rig(line=line)
    r.set("vendor.target", "50", outcome="confirmed")
    assert [(a, v) for _, _, a, v in r.tank.writes] == [(138, 1), (2, 100), (138, 0)]
    r.set("vendor.flags", "9", outcome="confirmed")
    assert r.tank.holding[3] == 0xA593
    r.set("vendor.ratio", "1.5", outcome="confirmed")
    r.set("vendor.lamp", "true", outcome="confirmed")
    r.tank.mood = "lie"
    r.set("vendor.lamp", "false", outcome="not-confirmed")


def test_a_reload_keeps_what_is_set(rig):
    r = rig()
    r.set("vendor.target", "50", "--for", "1h", outcome="confirmed")
    r.set("vendor.mode", "boost", outcome="confirmed")
    n = len(r.tank.writes)
    r.ctl.run("reload")
    r.daemon.wait(lambda: r.reading("vendor.target") is not None, "a reading", 15)
    listed = {v["attribute"]: v for v in r.ctl.json("set", "tank")}
    assert listed["vendor.target"]["active"] and listed["vendor.target"]["ends_in_us"] > 3500e6
    assert listed["vendor.mode"]["left"] == 2
    assert len(r.tank.writes) == n
    r.daemon.stop()
    assert r.tank.holding[2] == 90
    r.start()


def test_an_appliance_taken_out_while_something_is_set(rig):
    """It is said, nothing is forgotten, and it is put back when the appliance is there again."""
    r = rig()
    r.set("vendor.target", "50", "--for", "1h", outcome="confirmed")
    path = os.path.join(r.daemon.etc, "appliances.d", "tank.conf")
    os.rename(path, path + ".off")
    r.ctl.run("reload")
    r.daemon.wait(lambda: "while a value is set for a time" in r.daemon.text(), "a warning", 10)
    assert r.tank.holding[2] == 100
    os.rename(path + ".off", path)
    r.ctl.run("reload")
    r.daemon.wait(lambda: r.tank.holding[2] == 90, "45 °C again", 20)
