# SPDX-License-Identifier: Apache-2.0
"""hearthctl adapter decode on captured frames: what they say by their publishers' words."""
import json
import os
import subprocess

import harness
import pytest

PROFILE = os.path.join(harness.TOP, "etc", "profiles", "mitsubishi-cn105.profile")
SETTINGS = "FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8C"

# Published frames (echavet/MitsubishiCN105ESPHome tests and issues 196 and 646, esphome issue 17098,
# muart-group issue 1): direction, bytes, kind, some native fields, attributes of the common model.
FRAMES = [
    ("to-appliance", "FC 5A 01 30 02 CA 01 A8", "connect request", {}, {}),
    ("from-appliance", "FC 7A 01 30 01 00 54", "connect accepted", {}, {}),
    ("to-appliance", "FC 42 01 30 10 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 7B",
     "get 0x02 settings", {}, {}),
    ("from-appliance", SETTINGS, "get reply 0x02 settings",
     {"settings.power": 1, "settings.mode": 1, "settings.setpoint": 21.5, "settings.fan": 3,
      "settings.vane": 2, "settings.wide_vane": 3},
     {"on_off": True, "system_mode": "heat", "heating_setpoint": 21.5, "cooling_setpoint": 21.5,
      "fan_mode": "medium", "vendor.fan_speed": "speed_2", "vendor.vane": "position_2",
      "vendor.wide_vane": "centre"}),
    ("from-appliance", "FC 62 01 30 10 02 00 00 01 07 1C 00 00 00 00 03 A7 00 00 00 00 8D",
     "get reply 0x02 settings", {"settings.mode": 7, "settings.setpoint": 19.5, "settings.fan": 0},
     {"on_off": True, "system_mode": "fan_only", "heating_setpoint": 19.5, "fan_mode": "auto"}),
    ("from-appliance", "FC 62 01 30 10 03 00 00 0E 00 94 B0 B0 FE 42 00 01 0A 64 00 00 A9",
     "get reply 0x03 temperatures",
     {"temperatures.room": 24, "temperatures.outdoor": 10, "temperatures.runtime": 68196},
     {"local_temperature": 24, "outdoor_temperature": 10, "operating_hours": 1136.6}),
    ("from-appliance", "FC 62 01 30 10 06 00 00 00 01 00 08 05 50 00 00 42 00 00 00 00 B7",
     "get reply 0x06 operation",
     {"operation.operating": True, "operation.power": 8, "operation.energy": 136,
      "operation.compressor_frequency": 0},
     {"active_power": 8, "energy_imported": 136, "compressor_frequency": 0,
      "vendor.operating": "operating"}),
    ("from-appliance", "FC 62 01 30 10 04 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00 D9",
     "get reply 0x04 error", {"error.code": 8000, "error.short": ""}, {"vendor.error_short": ""}),
    ("from-appliance", "FC 62 01 30 10 09 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 53",
     "get reply 0x09 stage", {"stage.fan": 1, "stage.flags": 0},
     {"vendor.fan_stage": "low", "defrosting": False}),
    ("to-appliance", "FC 41 01 30 10 01 07 00 01 07 00 00 00 00 00 00 00 00 00 A7 00 C7",
     "set 0x01 settings",
     {"set.power": 1, "set.mode": 7, "set.setpoint": 19.5, "set.control": "power|mode|temperature"}, {}),
    ("to-appliance", "FC 41 01 30 10 07 01 1E AE 00 00 00 00 00 00 00 00 00 00 00 00 AA",
     "set 0x07 remote temperature", {"set.remote_temperature": 23}, {}),
    ("from-appliance", "FC 7B 01 30 10 C9 03 00 20 00 14 07 F5 8C 25 A0 BE 94 BE A0 BE 89",
     "capabilities",
     {"capabilities.cool_min": 16, "capabilities.cool_max": 31, "capabilities.heat_min": 10,
      "capabilities.heat_max": 31, "capabilities.auto_min": 16, "capabilities.auto_max": 31}, {}),
]


def run(*words):
    return subprocess.run([harness.program("hearthctl"), "adapter", *words], capture_output=True,
                          text=True, timeout=30, env=dict(os.environ, LC_ALL="C.UTF-8"))


def decode(*words):
    done = run("decode", "mitsubishi-cn105", *words)
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("direction,frame,kind,native,model", FRAMES)
def test_captured(direction, frame, kind, native, model):
    for options in ([], ["--direction", direction]):
        code, (line,) = decode(*options, frame)
        assert (code, line["frame"], line["checksum"], line["kind"]) == (0, frame, "ok", kind)
        assert native.items() <= line["readings"].items()
        assert isinstance(line["unknown"], list)
    code, (line,) = decode("--profile", PROFILE, frame)
    assert code == 0
    assert model.items() <= line["readings"].items()
    assert bool(model) == bool(line["readings"])
    assert line["faults"] == []
    other = "to-appliance" if direction == "from-appliance" else "from-appliance"
    code, (line,) = decode("--direction", other, frame)
    assert code == 1 and line["error"].startswith("byte 1: type ")


def test_many_frames_and_spellings():
    frames = [f[1] for f in FRAMES]
    code, lines = decode(*frames)
    assert code == 0 and [line["frame"] for line in lines] == frames
    # one argument, without blanks; and every byte an argument of its own
    for words in (["".join(frames).replace(" ", "")], " ".join(frames).split(),
                  [" ".join(frames).lower()]):
        code, lines = decode(*words)
        assert code == 0 and [line["frame"] for line in lines] == frames


def test_wrong_frames():
    code, (line,) = decode(SETTINGS[:-2] + "8D")
    assert code == 1
    assert line == {"frame": SETTINGS[:-2] + "8D", "error": "byte 21: checksum 8D, computed 8C"}
    # rubbish, a frame cut short, and good ones between
    code, lines = decode("00 FF " + SETTINGS + " FC 62 01 30 10 02 " + SETTINGS)
    assert code == 1
    assert ["error" in line for line in lines] == [True, False, True, False]
    assert lines[0]["error"] == "byte 0: 00, a frame starts with FC"
    code, (line,) = decode("FC 62 02 7A 10 26 00 00 01 00 00 01 01 15 7C 10 68 10 68 00 00 68")
    assert code == 1 and "air-to-water" in line["error"]
    for words in (["decode", "mitsubishi-cn105"], ["decode", "nothing", "FC"],
                  ["decode", "mitsubishi-cn105", "F"], ["decode", "mitsubishi-cn105", "xyz"],
                  ["decode", "mitsubishi-cn105", "--direction", "up", "FC"]):
        done = run(*words)
        assert done.returncode == 2 and done.stdout == "" and done.stderr


def frame(*payload):
    body = bytes([0xFC, 0x62, 0x01, 0x30, 16, *payload] + [0] * (16 - len(payload)))
    return (body + bytes([(0xFC - sum(body)) & 0xFF])).hex(" ").upper()


def test_faults_and_odd_values():
    _, (line,) = decode("--profile", PROFILE, frame(4, 0, 0, 0, 0x69, 0x99))
    assert [f["code"] for f in line["faults"]] == ["6999"]
    assert "ommunication" in line["faults"][0]["meaning"]
    _, (line,) = decode("--profile", PROFILE, frame(4, 0, 0, 0, 0x51, 0x02, 0, 0xC6))
    assert line["faults"] == [{"code": "5102"}]  # shown, and not guessed at
    _, (line,) = decode("--profile", PROFILE, frame(9, 0, 0, 1))
    assert [(f["code"], f["class"]) for f in line["faults"]] == [("filter", "maintenance")]
    _, (line,) = decode("--profile", PROFILE, frame(3, 0, 0, 0x20, 0, 1))
    assert line["readings"]["outdoor_temperature"] is None
    assert line["readings"]["local_temperature"]["quality"] == "suspect"
    # a mode nobody knows is not taken for one somebody does
    _, (line,) = decode("--profile", PROFILE, frame(2, 0, 0, 1, 5))
    assert line["readings"]["system_mode"] not in ("off", "auto", "cool", "heat", "fan_only", "dry")


def test_list():
    done = run("list", "--json")
    protocols = {p["name"]: p for p in json.loads(done.stdout)}
    assert {"modbus", "mitsubishi-cn105"} <= set(protocols)
    fields = {f["name"]: f for f in protocols["mitsubishi-cn105"]["fields"]}
    assert fields["settings.setpoint"] == {"name": "settings.setpoint", "type": "number", "unit": "°C"}
    assert "settings.setpoint" in run("list", "mitsubishi-cn105").stdout
