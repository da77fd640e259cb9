# SPDX-License-Identifier: Apache-2.0
"""A maker's serial port through the real daemon: the emulated air conditioner of emulators/cn105.py."""
import harness

HOUSEHOLD = {"airco": True, "appliances": ["washer"]}


def airco(h):
    return next(a for a in h.ctl.json("list") if a["id"] == "airco")


def becomes(h, attribute, value, timeout=30):
    def there():
        shown = [(r["value"], r["quality"]) for r in h.ctl.json("get", "airco")
                 if r["attribute"] == attribute] # none before it was read once
        return shown == [(value, "good")]
    harness.wait_for("%s = %r" % (attribute, value), there, timeout, 0.2)


def codes(h):
    return {f["code"] for f in h.ctl.json("findings", check=False) if f["state"] == "active"}


def test_values(shared):
    becomes(shared, "cooling_setpoint", 24)
    becomes(shared, "heating_setpoint", 24)
    becomes(shared, "system_mode", "cool")
    becomes(shared, "on_off", True)
    becomes(shared, "local_temperature", 26.5)
    becomes(shared, "outdoor_temperature", 31)
    becomes(shared, "operating_hours", 1136.6)
    becomes(shared, "compressor_frequency", 42)
    becomes(shared, "active_power", 640)
    becomes(shared, "energy_imported", 136)


def test_changes(shared):
    shared.airco.tell("set", "setpoint", 21.5)
    shared.airco.tell("set", "mode", "heat")
    shared.airco.tell("set", "outdoor", "none")
    becomes(shared, "heating_setpoint", 21.5)
    becomes(shared, "system_mode", "heat")
    harness.wait_for("no outdoor temperature",
                     lambda: shared.value("airco", "outdoor_temperature")[1] == "absent", 30, 0.2)


def test_bad_frames_become_no_value(shared):
    """Wrong checksums, cut frames, and rubbish in front: the next good frame is understood, and what is
    shown as good is what the unit held."""
    shared.airco.tell("corrupt", 2)
    shared.airco.tell("truncate", 2)
    shared.airco.tell("noise", 4)
    shared.airco.tell("set", "room", 19)
    seen = set()

    def there():
        value, quality = shared.value("airco", "local_temperature")
        if quality == "good":
            seen.add(value)
        return value == 19 and quality == "good"
    harness.wait_for("the new room temperature", there, 60, 0.1)
    assert seen <= {26.5, 19}


def test_query_that_the_unit_lacks(shared):
    """The purifier query stays without an answer: only its own attributes are missing."""
    shared.airco.tell("mute", "42")
    shared.airco.tell("set", "room", 23)
    becomes(shared, "local_temperature", 23)
    assert airco(shared)["reachable"]
    shared.airco.tell("mute", "none")


def test_fault_code(shared):
    shared.airco.tell("set", "error", 6999)
    harness.wait_for("finding 6999", lambda: "6999" in codes(shared), 60, 0.2)
    shared.airco.tell("set", "error", "none")
    harness.wait_for("6999 cleared", lambda: "6999" not in codes(shared), 90, 0.2)


def test_power_cut(shared):
    """Silent, then without its session: unreachable with a reason, asked to connect again, back."""
    shared.airco.tell("silence", "on")
    harness.wait_for("unreachable", lambda: not airco(shared)["reachable"], 60, 0.2)
    assert shared.value("airco", "local_temperature")[1] != "good"
    assert next(a for a in shared.ctl.json("list") if a["id"] == "washer")["reachable"]
    shared.airco.tell("forget")
    shared.airco.tell("silence", "off")
    harness.wait_for("back", lambda: airco(shared)["reachable"], 120, 0.2)
    becomes(shared, "local_temperature", 23, 60)
