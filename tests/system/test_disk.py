# SPDX-License-Identifier: Apache-2.0
"""The disk fills up: polling and hearthctl go on, it says so, and it recovers by itself."""
import os
import subprocess

import pytest

import harness


@pytest.fixture
def small_disk():
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    folder = harness.Folder()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", folder.path],
                      stderr=subprocess.DEVNULL).returncode:
        folder.remove()
        pytest.skip("no tmpfs can be mounted here")
    yield folder.path
    subprocess.run(["umount", "-l", folder.path], check=True)
    folder.remove()


def test_disk_full(make_household, small_disk):
    h = make_household(period="2s", state=small_disk).start()
    s = h.subscriber
    s.wait(lambda: s.of("report"), "a first report", 40)
    ballast = os.path.join(small_disk, "ballast")
    with open(ballast, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"\0" * 4096)
        except OSError:
            pass
    h.home.tell("fault", "pool", "2074.0", 1)
    h.daemon.wait(lambda: "journal" in h.daemon.status.lower(), "STATUS names the journal", 90)
    asked = h.home.tell("stats")["probe"]["answers"]
    h.daemon.wait(lambda: h.home.tell("stats")["probe"]["answers"] > asked + 2, "polling goes on", 20)
    assert len(h.ctl.json("list", check=False)) == len(h.ids)
    assert [f for f in h.ctl.json("findings", check=False) if f["subject"] == "pool"]
    os.unlink(ballast)
    h.daemon.wait(lambda: "journal" not in h.daemon.status.lower(), "recovered by itself", 90)
    n = len(s.of("report"))
    s.wait(lambda: len(s.of("report")) > n, "reports again", 60)
    s.wait(lambda: any(m.json["event"] == "raised" and m.json.get("appliance") for m in s.of("event")), "the event of that time", 60)
