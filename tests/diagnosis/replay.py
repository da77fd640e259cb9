# SPDX-License-Identifier: Apache-2.0
"""hearthctl diagnose replay, as a function."""
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("HEARTHD_BUILD", ROOT / "build" / "dev"))
if not (BUILD / "ctl" / "hearthctl").exists():
    BUILD = ROOT / "build"
HEARTHCTL = BUILD / "ctl" / "hearthctl"


class Failed(Exception):
    pass


def replay(kind, files, maps=(), period=None, rules=None, state_in=None, state_out=None):
    """(transitions, summary): the printed lines, parsed."""
    cmd = [str(HEARTHCTL), "--config", "/nonexistent", "--vendor", str(ROOT / "etc"), "diagnose", "replay",
           "--kind", kind, "--summary"]
    for f in files:
        cmd += ["--csv", str(f)]
    for m in maps:
        cmd += ["--map", m]
    for name, value in (("--period", period), ("--rules", rules), ("--state-in", state_in), ("--state-out", state_out)):
        if value is not None:
            cmd += [name, str(value)]
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    # 4: an appliance in fault
    if p.returncode not in (0, 4):
        raise Failed(f"{' '.join(cmd)}: {p.returncode}\n{p.stdout[:1000]}{p.stderr}")
    lines = [json.loads(x) for x in p.stdout.splitlines()]
    return lines[:-1], lines[-1]
