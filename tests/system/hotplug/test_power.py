# SPDX-License-Identifier: Apache-2.0
"""The power goes, really: a machine with a kernel, a page cache and ext4 of its own is ended at random moments while the
driver of tests/cut stores all that a journal stores and tells this side, outside of the machine, what was given as stored.
At the next boot its check looks whether that is there. tests/cut does the same at every single operation, on a disk that a
library makes; this confirms that the library is right about kernels."""
import os
import random
import re
import shutil
import threading
import time

import pytest

import vm as qemu

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))
CUTS = int(os.environ.get("HEARTHD_CUTS", "6"))
SEED = int(os.environ.get("HEARTHD_SEED", "20260101"))
ROUNDS = 300 # more than any of them comes to; the driver has no room for more
# No systemd: what is to be tried begins five seconds after the power.
INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
mount -t proc p /proc; mount -t sysfs s /sys; mount -o remount,rw /
mkdir -p /dev/virtio-ports
for p in /sys/class/virtio-ports/*; do ln -sf ../${p##*/} /dev/virtio-ports/$(cat $p/name); done
exec python3 /agent.py
"""

pytestmark = pytest.mark.skipif(not os.environ.get("HEARTHD_ALL"), reason="boots a machine: ./dev test --all")


class Told(threading.Thread):
    """What the driver says, to the moment at which the power goes."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.bytes = sock, b""
        self.start()

    def run(self):
        while True:
            try:
                more = self.sock.recv(65536)
            except OSError:
                return
            if not more:
                return
            self.bytes += more


def check(vm, told):
    """What the check says of the disk after a cut."""
    vm.upload("/told", told)
    return vm.run("/cut --check /state </told; echo; rm -rf /state; mkdir -m 700 /state; sync", timeout=180)


def test_power_cut_under_load():
    rng, seen = random.Random(SEED), []
    try:
        with qemu.Vm(adapters=0, ports=("told",)) as vm:
            shutil.copy(os.path.join(BUILD, "tests", "cut", "cut"), os.path.join(vm.root, "cut"))
            os.remove(os.path.join(vm.root, "sbin/init"))
            vm.write("/sbin/init", INIT, 0o755)
            vm.make_disk()
            told = None
            for n in range(CUTS + 1):
                began = time.monotonic()
                vm.start()
                if told is not None:
                    said = check(vm, told.bytes)
                    print("cut %d after %.1f s, booted in %.1f s: %s" % (n, after, time.monotonic() - began, said.strip()))
                    seen.append(re.search(r"told (\d+), (\d+) blocks, (\d+) and (\d+) messages; 0 errors, 0 losses", said))
                    assert seen[-1], said
                else:
                    vm.run("mkdir -m 700 /state; sync")
                if n == CUTS:
                    break
                told = Told(vm.connect("told"))
                vm.run("/cut --child /state 3 %d 3>/dev/virtio-ports/told </dev/null >/dev/null 2>&1 & true" % ROUNDS)
                after = rng.uniform(0.5, 12)
                time.sleep(after) # the random moment itself
                vm.cut()
                told.join(10)
    except qemu.Unavailable as reason:
        pytest.skip("no machine here: %s" % reason)
    assert sum(int(m[3]) for m in seen) > 10 * CUTS, "the store was idle: the test tries nothing"
