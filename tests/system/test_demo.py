# SPDX-License-Identifier: Apache-2.0
"""The demo as a newcomer runs it: its last line, and that nothing is left."""
import json
import os
import signal
import subprocess

import pytest

import harness


def start(tmp_path, *args):
    for name in ("hearthd", "hearth-relay", "hearthctl"):
        try:
            harness.program(name)
        except harness.Missing as missing:
            pytest.skip(str(missing))
    return subprocess.Popen([harness.PYTHON, os.path.join(harness.HERE, "demo.py"), *args],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, TMPDIR=str(tmp_path)), start_new_session=True,
                            preexec_fn=child)


def child():
    harness.with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL) # which a shell has its background jobs ignore


def nothing_left(session, tmp_path):
    assert os.listdir(tmp_path) == []
    left = subprocess.run(["ps", "-s", str(session), "-o", "args="], stdout=subprocess.PIPE, text=True).stdout
    assert left.strip() == ""


def test_demo_by_seconds(tmp_path):
    demo = start(tmp_path, "--seconds", "45")
    out, err = demo.communicate(timeout=150)
    assert demo.returncode == 0, err
    result = json.loads(out.strip().splitlines()[-1])
    assert list(result) == ["appliances", "points", "reports", "values", "events", "lost", "duplicates"]
    assert result["appliances"] >= 6 and result["points"] >= 60 and result["reports"] >= 3
    assert result["values"] > result["points"] and result["events"] >= 2
    assert result["lost"] == 0 and result["duplicates"] == 0
    assert "finding: pool" in out and "unreachable" in out
    nothing_left(demo.pid, tmp_path)


def test_demo_by_interrupt(tmp_path):
    demo = start(tmp_path)
    for line in demo.stdout:
        if "hearthd: " in line:
            break
    os.kill(demo.pid, signal.SIGINT)
    out, err = demo.communicate(timeout=60)
    assert demo.returncode == 0, err
    assert json.loads(out.strip().splitlines()[-1])["lost"] == 0
    nothing_left(demo.pid, tmp_path)
