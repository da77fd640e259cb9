# SPDX-License-Identifier: Apache-2.0
"""Who may call what over D-Bus: each method that the sources have stands in a table here, and the policy that is shipped gives exactly
that. A new method fails until somebody has decided. (That dbus-daemon takes the file: tests/system/systemd.)"""
import glob
import os
import re
import xml.etree.ElementTree as ET

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
EVERYONE, GROUP, CONTROL, ROOT = "everyone", "group hearthd", "group hearthd-control", "root alone"
# "Interface": who, or {"Method": who, None: who of all others}
TABLE = {
    "Manager1": {None: EVERYONE, "Reload": ROOT, "SetLogLevel": ROOT},
    "Findings1": GROUP, "Care1": GROUP, "Appliance1": GROUP, "History1": GROUP, "Monitor1": GROUP, "BusStatus1": GROUP,
    "Repair1": GROUP,
    "Diagnose1": {None: GROUP, "Forget": ROOT},
    "Directory1": {None: GROUP, "Import": ROOT},
    "Privacy1": {None: GROUP, "Rotate": ROOT, "Wipe": ROOT},
    "Assist1": {None: GROUP, "Start": CONTROL}, # it lets more out than the configuration says
    "Control1": CONTROL,
    "Scan1": ROOT,
}
# By hand, because a method that only the bus's policy keeps from others is open where that file is missing.
PRIVILEGED = {("Manager1", "Reload"), ("Manager1", "SetLogLevel"), ("Diagnose1", "Forget"), ("Directory1", "Import"),
              ("Privacy1", "Rotate"), ("Privacy1", "Wipe"), ("Scan1", "Probe")}


def methods():
    """{(interface, method): privileged} of the vtables."""
    text = ""
    for path in sorted(glob.glob(os.path.join(TOP, "daemon", "manager", "dbus", "*.c"))):
        with open(path, encoding="utf-8") as f:
            text += f.read()
    interfaces = {v: i for i, v in re.findall(r'NAME "\.(\w+)",\s*(\w+),', text)}
    found = {}
    for vtable, body in re.findall(r"const sd_bus_vtable (\w+)\[\] = \{(.*?)\n\};", text, re.S):
        assert vtable in interfaces, "%s is registered nowhere" % vtable
        for name, rest in re.findall(r'SD_BUS_METHOD\w*\(\s*"(\w+)",(.*?)\),\n', body, re.S):
            found[interfaces[vtable], name] = "SD_BUS_VTABLE_UNPRIVILEGED" not in rest
    return found


def allowed(policies, who, interface, member):
    """As dbus-daemon judges: the last rule that fits, of the default policy first, then of the caller's groups."""
    verdict = False
    for key in ({"context": "default"}, *[{"group": g} for g in who]):
        for policy in policies:
            if policy.attrib != key:
                continue
            for rule in policy:
                if rule.get("send_destination") == "org.hearthd" and \
                        rule.get("send_interface") in (None, interface) and rule.get("send_member") in (None, member):
                    verdict = rule.tag == "allow"
    return verdict


def test_no_core():
    """hearthd has visit codes and what households say, a relay keys and passwords."""
    units = glob.glob(os.path.join(TOP, "systemd", "*.service.in"))
    assert len(units) >= 3
    for path in units:
        with open(path, encoding="utf-8") as f:
            assert "\nLimitCORE=0\n" in f.read(), path


def test_every_method():
    policies = ET.parse(os.path.join(TOP, "systemd", "org.hearthd.conf")).getroot().findall("policy")
    found = methods()
    assert len(found) > 35 and {i for i, _ in found} <= set(TABLE)
    for (interface, member), privileged in found.items():
        row = TABLE[interface]
        who = row.get(member, row[None]) if isinstance(row, dict) else row
        name = "org.hearthd." + interface
        got = [allowed(policies, groups, name, member) for groups in ((), ("hearthd",), ("hearthd-control",))]
        assert got == [who == EVERYONE, who in (EVERYONE, GROUP), who in (EVERYONE, CONTROL) or interface == "Assist1"], \
            "%s.%s: %s" % (name, member, got)
        assert privileged == ((interface, member) in PRIVILEGED), "%s.%s" % (name, member)
        assert not privileged or who == ROOT
    for row, table in ((i, t) for i, t in TABLE.items() if isinstance(t, dict)):
        assert all((row, m) in found for m in table if m), "%s names methods that are none" % row
    # Properties can be read by all and set by nobody.
    properties = "org.freedesktop.DBus.Properties"
    assert allowed(policies, (), properties, "Get") and not allowed(policies, ("hearthd", "hearthd-control"), properties, "Set")
    assert not allowed(policies, ("hearthd", "hearthd-control"), "org.hearthd.Other1", "Any")
