# SPDX-License-Identifier: Apache-2.0
"""USB adapters pulled and plugged, with a kernel, udev and systemd of their own.

The line is named by /dev/serial/by-id. It is pulled in the middle of a reply; another adapter takes
its number; it comes back under a new one.
"""
import os
import re
import struct
import subprocess
import threading

import pytest

import vm as qemu

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))
BY_ID = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_HTH%d-if00-port0"
CONF = "[Daemon]\n[Bus cellar]\nDevice=rtu:%s\nBaud=9600\nParity=none\n" % (BY_ID % 0)
APPLIANCE = "[Appliance]\nKind=%s\n[Source]\nBus=cellar\nUnit=1\nProfile=xy-md02\nPeriod=1s\n"

pytestmark = pytest.mark.skipif(not os.environ.get("HEARTHD_ALL"), reason="boots a machine: ./dev test --all")


def crc16(data):
    crc = 0xffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class Probe(threading.Thread):
    """A temperature and humidity board at the far end of a line: unit 1, two input registers."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.requests, self.halve, self.halved = sock, 0, False, threading.Event()
        self.start()

    def run(self):
        pending = b""
        while True:
            try:
                more = self.sock.recv(4096)
            except OSError:
                return
            if not more:
                return
            pending += more
            while len(pending) >= 8:
                request, pending = pending[:8], pending[8:]
                if crc16(request[:6]) != request[6:]:
                    pending = b""
                    break
                self.requests += 1
                count = request[5]
                reply = bytes((request[0], request[1], 2 * count)) + struct.pack(">%dH" % count, *range(215, 215 + count))
                reply += crc16(reply)
                if self.halve:
                    self.sock.sendall(reply[:4])
                    self.halved.set()
                else:
                    self.sock.sendall(reply)


@pytest.fixture(scope="module")
def vm():
    try:
        with qemu.Vm(adapters=2) as made:
            subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True,
                           env=dict(os.environ, DESTDIR=made.root), stdout=subprocess.DEVNULL)
            kind = re.search(r"^Kind=(.*)$", open(os.path.join(TOP, "etc/profiles/xy-md02.profile")).read(), re.M)[1]
            made.write("/etc/hearthd/hearthd.conf", CONF)
            made.write("/etc/hearthd/appliances.d/cellar.conf", APPLIANCE % kind)
            made.boot(plugged=[0])
            yield made
    except qemu.Unavailable as reason:
        pytest.skip("no machine here: %s" % reason)


def cpu_ticks(vm):
    fields = vm.run("cat /proc/$(systemctl show -P MainPID hearthd)/stat").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def stamps(vm, pattern):
    """Monotonic seconds of the journal's lines that hold PATTERN."""
    out = vm.run("journalctl -b -o short-monotonic --no-hostname | grep -E '%s'" % pattern, check=False)
    return [float(re.match(r"\[\s*([0-9.]+)\]", line)[1]) for line in out.splitlines() if line.startswith("[")]


def open_ttys(vm):
    return vm.run("ls -l /proc/$(systemctl show -P MainPID hearthd)/fd | grep ttyUSB", check=False)


def test_pulled_in_mid_reply_and_back_under_another_number(vm):
    first = Probe(vm.line(0))
    vm.wait("ls /dev/serial/by-id", "HTH0")
    vm.run("systemd-sysusers; systemctl reload dbus; udevadm settle; systemctl start hearthd")
    vm.wait("hearthctl --json=short get cellar", "21.5", timeout=90)
    assert "ttyUSB0" in open_ttys(vm)

    # Pulled while half a reply is on the line.
    first.halve = True
    assert first.halved.wait(60)
    vm.pull(0)
    vm.wait("hearthctl bus list", "down")
    pulled, down = stamps(vm, "USB disconnect")[-1], stamps(vm, "Bus cellar is down")[-1]
    print("line down %.2f s after the kernel saw the adapter go" % (down - pulled))
    assert down - pulled <= 1
    assert open_ttys(vm) == ""
    assert "cellar" in vm.run("journalctl -b -o cat -u hearthd | grep 'is down'")
    before = cpu_ticks(vm)
    vm.run("sleep 5")
    assert cpu_ticks(vm) - before < 100 # of 500: no spin, on a core that emulation makes ten times slower

    # Another adapter takes its number: a foreign line, which must never be asked.
    stranger = Probe(vm.line(1))
    vm.plug(1)
    vm.wait("ls -l " + BY_ID % 1, "ttyUSB0")
    vm.run("sleep 3")
    assert stranger.requests == 0

    first.halve = False
    asked = first.requests
    vm.plug(0)
    vm.wait("ls -l " + BY_ID % 0, "ttyUSB1")
    vm.wait("hearthctl bus list", "up")
    vm.wait("hearthctl --json=short get cellar", '"good"')
    plugged, up = stamps(vm, "ttyUSB1")[-1], stamps(vm, "Bus cellar is up")[-1]
    print("polling again %.2f s after the kernel named the adapter" % (up - plugged))
    assert up - plugged <= 5
    assert first.requests > asked and stranger.requests == 0
    assert "ttyUSB1" in open_ttys(vm)
