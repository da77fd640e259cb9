# SPDX-License-Identifier: Apache-2.0
"""600 ms there and back, a tenth of the packets lost, 64 kbit/s: in a machine with a kernel of its own, because netem is in
few others. tests/system/test_network.py has what needs no netem."""
import json
import os
import shutil
import subprocess

import pytest

import vm as qemu

HERE = os.path.dirname(os.path.realpath(__file__))
SYSTEM = os.path.realpath(os.path.join(HERE, ".."))
TOP = os.path.realpath(os.path.join(SYSTEM, "..", ".."))
BUILD = os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))

pytestmark = pytest.mark.skipif(not os.environ.get("HEARTHD_ALL"), reason="boots a machine: ./dev test --all")


def test_far_slow_and_lossy():
    try:
        with qemu.Vm(adapters=0) as vm:
            subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True,
                           env=dict(os.environ, DESTDIR=vm.root), stdout=subprocess.DEVNULL)
            os.makedirs(os.path.join(vm.root, "srv/system"))
            for name in ("harness.py", "hostile_broker.py", "relay_peer.py", "far_link.py"):
                shutil.copy(os.path.join(SYSTEM, name), os.path.join(vm.root, "srv/system"))
            vm.boot(plugged=[])
            vm.run("ip link set lo up; modprobe sch_netem; tc qdisc add dev lo root netem delay 300ms loss 10% rate 64kbit")
            out = vm.run("cd /srv/system; HEARTHD_BUILD=/usr/lib/hearthd timeout 300 python3 far_link.py", timeout=320)
    except qemu.Unavailable as reason:
        pytest.skip("no machine here: %s" % reason)
    seen = json.loads(out.strip().splitlines()[-1])
    print(seen)
    assert seen["done"] and not seen["wrong"] and seen["order"] == list(range(1, 21))
    assert seen["connections"] <= 3 and seen["seconds"] > 5, seen
