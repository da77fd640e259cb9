# SPDX-License-Identifier: Apache-2.0
"""A bad configuration: at start exit 78 and where; at reload the old one stays."""
import os
import re
import shutil
import signal
import subprocess

import pytest

import harness

BAD = [ # what is appended to hearthd.conf, and what the complaint names
    ("[Bus x]\nDevice=carrier-pigeon\n", "Device"),
    ("[Bus x]\nDevice=tcp:127.0.0.1:1\nDevice=tcp:127.0.0.1:2\n", "Device"),
    ("no key here\n", ""),
    ("[Upstream u]\nUrl=http://example.org\n", "Url"),
    ("[Upstream u]\nUrl=mqtt://127.0.0.1:1\nLevel=everything\n", "Level"),
]


def daemon(folder, text):
    try:
        d = harness.Daemon(folder.path)
    except harness.Missing as missing:
        pytest.skip(str(missing))
    harness.write(os.path.join(d.etc, "hearthd.conf"), text)
    return d


@pytest.fixture
def folder():
    f = harness.Folder()
    yield f
    f.remove()


@pytest.mark.parametrize("text, key", BAD)
def test_bad_at_start(folder, text, key):
    d = daemon(folder, "[Daemon]\n" + text)
    d.start(ready=False)
    assert d.popen.wait(20) == 78
    assert not d.ready
    assert re.search(r"hearthd\.conf:\d+: .*%s" % key, d.text()), d.text()


def test_empty_configuration_is_valid(folder):
    d = daemon(folder, "")
    os.unlink(os.path.join(d.etc, "hearthd.conf"))
    d.start()
    d.wait(lambda: d.status, "a STATUS")
    assert d.stop() == 0


def test_bad_appliance_costs_itself_alone(make_household):
    h = make_household(appliances=["washer", "fridge"])
    h.home.start()
    h.bus.start()
    h.broker.start()
    h.configure()
    harness.write(os.path.join(h.daemon.etc, "appliances.d", "fridge.conf"),
                  "[Appliance]\nKind=electrical_meter\n[Source]\nBus=rs485\nUnit=2\nProfile=no-such-profile\n")
    h.daemon.start()
    h.daemon.wait(lambda: "1 answering" in h.daemon.status, "the other one answering")
    assert re.search(r"fridge\.conf:\d+: .*Profile", h.daemon.text()), h.daemon.text()


def test_bad_at_reload(make_household):
    """The old one stays in force, STATUS says so; a good one then is taken without a restart."""
    h = make_household(appliances=["washer", "fridge"]).start(relays=False, subscriber=False)
    path = os.path.join(h.daemon.etc, "hearthd.conf")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    for text, key in BAD:
        harness.write(path, good + text)
        h.daemon.send(signal.SIGHUP)
        h.daemon.wait(lambda: "config" in h.daemon.status.lower(), "STATUS names the configuration")
        assert re.search(r"hearthd\.conf:\d+: .*%s" % key, h.daemon.text())
        assert len(h.ctl.json("list")) == 2
        asked = h.home.tell("stats")["sdm120"]["answers"]
        h.daemon.wait(lambda: h.home.tell("stats")["sdm120"]["answers"] > asked, "polling goes on")
        harness.write(path, good)
        h.daemon.send(signal.SIGHUP)
        h.daemon.wait(lambda: "2 answering" in h.daemon.status and "config" not in h.daemon.status.lower(),
                      "the good one taken")
    os.unlink(os.path.join(h.daemon.etc, "appliances.d", "fridge.conf"))
    h.daemon.send(signal.SIGHUP)
    h.daemon.wait(lambda: h.daemon.status.startswith("1 appliance"), "one appliance fewer")


def test_a_storm_of_reloads(make_household):
    h = make_household(appliances=["washer", "fridge"]).start(relays=False, subscriber=False)
    for _ in range(1000):
        h.daemon.send(signal.SIGHUP)
    asked = h.home.tell("stats")["sdm120"]["answers"]
    h.daemon.wait(lambda: h.home.tell("stats")["sdm120"]["answers"] > asked + 1, "polling goes on")
    h.wait_answering()


def test_check_sees_what_costs_an_appliance(folder):
    """--check builds the appliances as the daemon would: a [Map] to nowhere is an error of both."""
    d = daemon(folder, "[Bus b]\nDevice=tcp:127.0.0.1:1\n")
    path = harness.write(os.path.join(d.etc, "appliances.d", "fridge.conf"), harness.appliance_text(
        "electrical_meter", {"": ("b", 1, "pzem-016")}, maps={"active_power": "main.no-such-point"}))
    done = subprocess.run([*d.argv, "--check"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 78 and "fridge.conf:8: Map.active_power" in done.stderr, done
    os.unlink(path)
    assert subprocess.run([*d.argv, "--check"], capture_output=True, timeout=20).returncode == 0


def test_closed_descriptors(folder):
    """Started without descriptors 0 to 2: what is opened later must not become the place of messages."""
    d = daemon(folder, "[Upstream u]\nUrl=mqtt://127.0.0.1:1\n")
    d.argv = ["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh", *d.argv]
    d.start()
    fds = {fd: os.readlink("/proc/%d/fd/%d" % (d.pid, fd)) for fd in (0, 1, 2)}
    assert set(fds.values()) == {"/dev/null"}, fds
    assert d.stop() == 0


def test_bus_daemon_that_takes_nothing(make_household):
    """dbus-daemon stops reading: signals are let go, and a stop does not wait for it. Not as root, who may have
    8 MB on the way."""
    if os.geteuid() != 0:
        pytest.skip("becoming nobody needs root")
    h = make_household(appliances=["pool", "vent"], period="200ms")
    h.home.start()
    h.bus.start()
    h.broker.start()
    h.configure()
    os.chmod(h.folder.path, 0o755)
    os.chmod(h.bus.path, 0o666)
    for folder in (h.daemon.etc, h.daemon.state, h.daemon.runtime):
        subprocess.run(["chown", "-R", "65534:65534", folder], check=True)
    # A clone below /root is out of nobody's reach.
    vendor, program = os.path.join(h.folder.path, "vendor"), os.path.join(h.folder.path, "program")
    shutil.copytree(os.path.join(harness.TOP, "etc", "profiles"), os.path.join(vendor, "profiles"))
    shutil.copy(h.daemon.argv[0], program)
    argv = [program, *h.daemon.argv[1:]]
    argv[argv.index("--vendor") + 1] = vendor
    h.daemon.argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *argv]
    umask = os.umask(0)
    try:
        h.daemon.start()
    finally:
        os.umask(umask)
    h.wait_answering()
    h.bus.send(signal.SIGSTOP)
    try:
        asked = h.home.tell("stats")["pool"]["answers"]
        h.daemon.wait(lambda: h.home.tell("stats")["pool"]["answers"] > asked + 800, "polling goes on", 120)
        assert h.daemon.stop(timeout=10) == 0
    finally:
        h.bus.send(signal.SIGCONT)


def page(*path):
    with open(os.path.join(harness.TOP, *path), encoding="utf-8") as f:
        return f.read()


def test_examples_of_pages(tmp_path):
    """The example of hearthd.conf(5), and those of README.md: each file under its name, all read by hearthd --check."""
    blocks = re.findall(r"^```\n(.*?)^```", page("docs", "man", "hearthd.conf.5.scd"), re.M | re.S)
    blocks = [b for b in blocks if b.startswith("# /etc/hearthd/")]
    files = {}
    for block in blocks:
        for name, text in re.findall(r"^# /etc/hearthd/(\S+)\n(.*?)(?=^# /etc/hearthd/|\Z)", block, re.M | re.S):
            files[name] = text
    assert "hearthd.conf" in files and any(n.startswith("appliances.d/") for n in files)
    readme = "".join(re.findall(r"^    (.*\n|\n)", page("README.md"), re.M))
    conf, = re.findall(r"^\[Bus .*?(?=\[Appliance\])", readme, re.M | re.S)
    appliance, = re.findall(r"^\[Appliance\].*?Profile=.*?\n", readme, re.M | re.S)
    for folder, tree in (("page", files), ("readme", {"hearthd.conf": conf, "appliances.d/boiler-bath.conf": appliance})):
        for name, text in tree.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([harness.program("hearthd"), "--check", "--config", str(tmp_path / folder), "--vendor", os.path.join(harness.TOP, "etc")],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        assert done.returncode == 0 and "; 0 errors" in done.stdout and ": " not in done.stdout, (folder, done.stdout)
