# SPDX-License-Identifier: Apache-2.0
"""The installed service under a real systemd: start, watchdog, sandbox, D-Bus policy, relay.

One machine with hearthd installed by `meson install`, a home inside it (four units on a
pseudo-terminal, two Modbus TCP devices), and mosquitto.
"""
import json
import os
import re
import subprocess

import pytest

import machine

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))
UNITS = ("hearthd.service", "hearth-relay@.service", "hearth-share@.service")

HOME_UNIT = """[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c '/usr/bin/python3 /srv/home/home.py --rtu /run/rtu --control /run/home.sock --seed 7 \
 | while read line; do echo "$$line" >/run/home.json; chmod g+rw,o+rw /dev/pts/*; systemd-notify --ready; done'
"""
MOSQUITTO = """listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/test.passwd
"""
CONF = """[Daemon]
[Bus rtu]
Device=rtu:/run/rtu
Baud=9600
Parity=none
[Bus pool]
Device=tcp:%s
[Upstream cloud]
Url=mqtt://127.0.0.1:1883
Username=gateway
Level=full
Planes=event report state
ReportInterval=10s
"""
APPLIANCES = {
    "cellar-meter": ("electrical_meter", "rtu", 1, "eastron-sdm120"),
    "pool": ("heat_pump", "pool", 16, "phnix-pool-heatpump"),
}


def appliance(kind, bus, unit, profile):
    return "[Appliance]\nKind=%s\n[Source]\nBus=%s\nUnit=%d\nProfile=%s\n" % (kind, bus, unit, profile)


@pytest.fixture(scope="module")
def m():
    if not os.path.exists(os.path.join(BUILD, "hearthd")) and not os.path.exists(
            os.path.join(BUILD, "adapters", "hearthd")):
        pytest.skip("no hearthd in " + BUILD)
    try:
        with machine.Machine(binds=[(os.path.join(TOP, "tests/system/home"), "/srv/home")]) as made:
            subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True,
                           env=dict(os.environ, DESTDIR=made.root), stdout=subprocess.DEVNULL)
            made.write("/etc/systemd/system/home.service", HOME_UNIT)
            made.write("/etc/mosquitto/conf.d/test.conf", MOSQUITTO)
            made.write("/etc/credstore/hearthd.cloud.password", "hush-%d" % os.getpid(), 0o600)
            made.boot()
            made.run("systemd-sysusers; journalctl --update-catalog; busctl call org.freedesktop.DBus "
                     "/org/freedesktop/DBus org.freedesktop.DBus ReloadConfig")
            made.run("mosquitto_passwd -b -c /etc/mosquitto/test.passwd gateway hush-%d; "
                     "chmod a+r /etc/mosquitto/test.passwd; systemctl start mosquitto home" % os.getpid())
            home = json.loads(made.run("cat /run/home.json").stdout)["ready"]
            made.write("/etc/hearthd/hearthd.conf", CONF % home["pool"]["device"][4:])
            for name, what in APPLIANCES.items():
                made.write("/etc/hearthd/appliances.d/%s.conf" % name, appliance(*what))
            made.run("systemctl start hearthd hearth-relay@cloud || { journalctl -b -o cat -u hearthd | tail -20; exit 1; }")
            yield made
    except machine.Unavailable as reason:
        pytest.skip("no systemd machine here: %s" % reason)


def show(m, unit, *properties):
    text = m.run("systemctl show %s -p %s" % (unit, ",".join(properties))).stdout
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("unit", UNITS)
def test_exposure(unit, tmp_path):
    """systemd's own score of the sandbox is at most 1.5, as the units are installed."""
    name = unit.replace("@.", "@x.")
    with open(os.path.join(BUILD, "systemd", unit)) as f:
        (tmp_path / name).write_text(f.read())
    out = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(tmp_path / name)],
                         stdout=subprocess.PIPE, text=True).stdout
    score = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", out)[1])
    assert score <= 1.5


def test_ready_and_status(m):
    state = show(m, "hearthd", "ActiveState", "SubState", "User", "Result")
    assert (state["ActiveState"], state["SubState"], state["User"]) == ("active", "running", "hearthd")
    m.wait("systemctl show hearthd -p StatusText", "2 appliances, 2 answering")


def test_both_lines_answer_inside_the_sandbox(m):
    """The pseudo-terminal and Modbus TCP: the home counts the answers it gave."""
    ask = ("/usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/run/home.sock\"); "
           "s.sendall(b\"stats\\n\"); print(s.recv(65536).decode())'")
    before = json.loads(m.run(ask).stdout)["result"]
    m.wait("hearthctl --json=short list", '"cellar-meter"')
    for unit in ("sdm120", "pool"):
        count = before[unit]["answers"]
        m.wait(ask + " | /usr/bin/python3 -c 'import json, sys; "
               "sys.exit(json.load(sys.stdin)[\"result\"][\"%s\"][\"answers\"] <= %d)'" % (unit, count))


SEND = """python3 -c '
import socket
for address in ("127.0.0.1", "192.0.2.1"):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (address, 9))
        print("sent")
    except OSError as e:
        print(e.strerror)'"""


def test_internet_is_refused(m):
    """A process with the addresses of hearthd's unit cannot send to a public one; one without can."""
    m.run("ip route replace 192.0.2.0/24 dev lo")
    run = "systemd-run --wait --pipe -q -p User=hearthd %s"
    free = m.run(run % SEND).stdout.split("\n")
    assert free[:2] == ["sent", "sent"]
    with open(os.path.join(BUILD, "systemd", "hearthd.service")) as f:
        unit = f.read()
    assert "\nIPAddressDeny=any\n" in unit
    allowed = re.search(r"\nIPAddressAllow=(.*)\n", unit)[1].replace("localhost", "127.0.0.0/8").replace(
        "link-local", "169.254.0.0/16")
    options = " ".join("-p IPAddressAllow=%s" % a for a in allowed.split())
    held = m.run((run % "-p IPAddressDeny=any %s %s") % (options, SEND)).stdout.split("\n")
    assert held[:2] == ["sent", "Operation not permitted"]


def test_no_listening_socket(m):
    out = m.run("ss -H -tulpn").stdout
    assert not [line for line in out.splitlines() if "hearth" in line], out


def test_watchdog_ends_a_stopped_hearthd(m):
    m.run("mkdir -p /run/systemd/system/hearthd.service.d; printf '[Service]\\nWatchdogSec=3\\n' "
          ">/run/systemd/system/hearthd.service.d/fast.conf; systemctl daemon-reload; systemctl restart hearthd")
    before = show(m, "hearthd", "MainPID", "NRestarts")
    # A healthy one is fed for longer than the limit.
    m.run("sleep 4")
    assert show(m, "hearthd", "MainPID") == {"MainPID": before["MainPID"]}
    m.run("kill -STOP %s" % before["MainPID"])
    m.wait("systemctl show hearthd -p NRestarts,ActiveState", "NRestarts=%d\nActiveState=active" %
           (int(before["NRestarts"]) + 1), timeout=30)
    assert show(m, "hearthd", "MainPID")["MainPID"] != before["MainPID"]
    assert "watchdog" in m.run("journalctl -b -u hearthd -o cat").stdout.lower()
    m.run("rm -r /run/systemd/system/hearthd.service.d; systemctl daemon-reload; systemctl restart hearthd")
    m.wait("systemctl show hearthd -p StatusText", "2 answering")


def test_kill_is_survived(m):
    before = show(m, "hearthd", "NRestarts")["NRestarts"]
    m.run("systemctl kill -s KILL hearthd")
    m.wait("systemctl show hearthd -p NRestarts,ActiveState",
           "NRestarts=%d\nActiveState=active" % (int(before) + 1), timeout=10)
    m.wait("systemctl show hearthd -p StatusText", "2 answering")


CALL = "busctl --system call org.hearthd /org/hearthd %s %s"


def test_bus_policy(m):
    m.wait("busctl --system introspect org.hearthd /org/hearthd org.hearthd.Manager1", "Reload")
    m.run("useradd -r -G hearthd reader 2>/dev/null || true")
    refused = "Access denied|AccessDenied|not permitted|rejected send message|Permission denied"
    for user, ok in (("root", True), ("reader", False), ("nobody", False)):
        out = m.run(CALL % ("org.hearthd.Manager1", "Reload"), user=user, check=False)
        assert (out.returncode == 0) == ok, (user, out.stdout)
        if not ok:
            assert re.search(refused, out.stdout), out.stdout
    for user in ("root", "reader", "nobody"):
        m.run("busctl --system get-property org.hearthd /org/hearthd org.hearthd.Manager1 Version", user=user)
    for user in ("reader", "nobody"):
        out = m.run("timeout 5 /usr/bin/python3 - <<'X'\nimport subprocess, sys\nX\n"
                    "busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus "
                    "RequestName su org.hearthd 4", user=user, check=False)
        assert out.returncode != 0 and re.search(refused + "|not allowed", out.stdout), out.stdout


def test_reload_keeps_the_old_on_error(m):
    pid = show(m, "hearthd", "MainPID")
    m.run("cp /etc/hearthd/hearthd.conf /root/keep; printf '\\n[Bus rtu2]\\nDevice=carrier-pigeon\\n' "
          ">>/etc/hearthd/hearthd.conf; systemctl reload hearthd || true")
    m.wait("systemctl show hearthd -p StatusText", "configuration")
    assert show(m, "hearthd", "MainPID") == pid
    assert re.search(r"hearthd\.conf:\d+", m.run("journalctl -b -u hearthd -o cat").stdout)
    m.run("cp /root/keep /etc/hearthd/hearthd.conf; systemctl reload hearthd")
    m.wait("systemctl show hearthd -p StatusText", "2 answering")
    assert show(m, "hearthd", "MainPID") == pid


def test_bad_configuration_at_start(m):
    m.run("systemctl stop hearthd; cp /etc/hearthd/hearthd.conf /root/keep; "
          "echo 'no key here' >>/etc/hearthd/hearthd.conf; systemctl start hearthd || true")
    state = show(m, "hearthd", "ActiveState", "ExecMainStatus", "NRestarts")
    assert state["ActiveState"] == "failed" and state["ExecMainStatus"] == "78" and state["NRestarts"] == "0"
    m.run("cp /root/keep /etc/hearthd/hearthd.conf; systemctl reset-failed hearthd; systemctl start hearthd")
    m.wait("systemctl show hearthd -p StatusText", "2 answering")


def test_relay_in_its_sandbox(m):
    """Connected with the password of a credential; a report comes out at the broker."""
    m.wait("hearthctl --json=short upstream list", '"connected"')
    state = show(m, "hearth-relay@cloud", "ActiveState", "DynamicUser", "PrivateDevices")
    assert state == {"ActiveState": "active", "DynamicUser": "yes", "PrivateDevices": "yes"}
    out = m.run("timeout 40 mosquitto_sub -h 127.0.0.1 -u gateway -P hush-%d -t 'hearth/v1/+/report' -C 1 | wc -c" %
                os.getpid(), timeout=50).stdout
    assert int(out) > 20
    pid = show(m, "hearth-relay@cloud", "MainPID")["MainPID"]
    assert "hush" not in m.run("tr '\\0' '\\n' </proc/%s/environ; cat /proc/%s/cmdline; "
                               "journalctl -b -o cat -u hearthd -u 'hearth-relay@*'" % (pid, pid)).stdout


FLOOD = r"""
import socket, threading
def serve(s):
    # CONNACK, then 256 MB announced and sent as fast as they are taken
    s.recv(4096)
    try:
        s.sendall(bytes.fromhex("2003000000 30ffffff7f 0004") + b"down")
        while True:
            s.sendall(b"x" * 65536)
    except OSError:
        s.close()
listener = socket.create_server(("127.0.0.1", 1884))
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
"""


def test_relay_is_bounded_and_leaves_nothing_behind(m):
    """A broker that sends 256 MB in one packet: the relay stays below its MemoryMax and alive. Ended by a signal that
    makes cores, it leaves none; and no secret is in what hearthctl gathers for others."""
    state = show(m, "hearth-relay@cloud", "MemoryMax", "LimitCORE", "LimitAS")
    assert state == {"MemoryMax": "33554432", "LimitCORE": "0", "LimitAS": "67108864"}
    m.write("/srv/flood.py", FLOOD)
    m.write("/run/systemd/system/flood.service", "[Service]\nExecStart=/usr/bin/python3 /srv/flood.py\n")
    m.write("/etc/hearthd/hearthd.conf.d/flood.conf", "[Upstream flood]\nUrl=mqtt://127.0.0.1:1884\nKeepAlive=10s\n")
    m.run("systemctl daemon-reload; systemctl start flood; systemctl reload hearthd; systemctl start hearth-relay@flood")
    m.wait("journalctl -b -o cat -u hearth-relay@flood", "Not connected to 127.0.0.1", timeout=90)
    state = show(m, "hearth-relay@flood", "ActiveState", "NRestarts", "MainPID")
    peak = int(m.run("grep VmHWM /proc/%s/status" % state.pop("MainPID")).stdout.split()[1])
    assert state == {"ActiveState": "active", "NRestarts": "0"} and peak < 32768, (state, peak)
    m.run("systemctl kill -s ABRT hearth-relay@cloud")
    m.wait("journalctl -b -o cat -u hearth-relay@cloud", "status=6/ABRT")
    log = m.run("journalctl -b -o cat -u hearth-relay@cloud").stdout
    assert "code=killed, status=6/ABRT" in log and "dumped" not in log
    m.wait("hearthctl --json=short upstream show cloud", '"connected"')
    bundle = m.run("hearthctl doctor --bundle -").stdout
    assert "==== " in bundle and "hush" not in bundle and "eastron-sdm120" in bundle
    m.run("systemctl stop hearth-relay@flood flood; rm /etc/hearthd/hearthd.conf.d/flood.conf; systemctl reload hearthd")


READ = """/usr/bin/python3 -c '
import socket
s = socket.create_connection(("127.0.0.1", 1502), 5)
s.sendall(bytes([0, 1, 0, 0, 0, 6, 1, %d, 0, 0, 0, 2]))
print(s.recv(64).hex())'"""


def test_share_without_a_network(m):
    """Not there until it is asked for; then it answers through a socket that systemd opened, in a network
    name space with nothing in it."""
    assert m.run("systemctl start hearth-share@rtu.socket", check=False).returncode != 0
    m.write("/etc/systemd/system/hearth-share@rtu.socket.d/override.conf", "[Socket]\nListenStream=127.0.0.1:1502\n")
    m.write("/etc/hearthd/hearthd.conf.d/share.conf", "[Bus rtu]\nShare=yes\n")
    m.run("systemctl daemon-reload; systemctl reload hearthd; systemctl start hearth-share@rtu.socket")
    m.wait(READ % 4, "0001000000070104") # two registers of the meter: a float
    sockets = [line.split() for line in m.run("ss -H -tulpn").stdout.splitlines()]
    assert [s[4] for s in sockets if "hearth" in s[-1]] == ["127.0.0.1:1502"], sockets # where told, nowhere else
    state = show(m, "hearth-share@rtu", "ActiveState", "DynamicUser", "PrivateNetwork", "MainPID")
    pid = state.pop("MainPID")
    assert state == {"ActiveState": "active", "DynamicUser": "yes", "PrivateNetwork": "yes"}
    assert m.run(READ % 6).stdout.strip() == "000100000003018601" # no write
    inside = m.run("nsenter -t %s -n ss -Htuln; nsenter -t %s -n ip -o link" % (pid, pid)).stdout
    assert len(inside.strip().splitlines()) == 1 and "lo:" in inside, inside # nothing but a loopback
    m.run("systemctl stop hearth-share@rtu.socket hearth-share@rtu; rm /etc/hearthd/hearthd.conf.d/share.conf; "
          "systemctl reload hearthd")
    m.wait("systemctl show hearthd -p StatusText", "2 answering")


def test_scan_is_roots_and_the_monitor_the_groups(m):
    m.run("useradd -r -G hearthd reader 2>/dev/null || true")
    out = m.run("hearthctl scan rtu --units 2 --json", timeout=120).stdout
    assert json.loads(out)["found"][0]["unit"] == 2, out
    probe = CALL.replace("/org/hearthd ", "/org/hearthd/bus/rtu ") % ("org.hearthd.Scan1", "Probe yusyuay 2 0 N 1 200 5 3 0 0 0 1")
    m.run(probe)
    for user in ("reader", "nobody"):
        assert m.run(probe, user=user, check=False).returncode != 0
    for user, ok in (("root", True), ("reader", True), ("nobody", False)):
        out = m.run("timeout 30 hearthctl bus monitor rtu --count 2", user=user, check=False)
        assert (out.returncode == 0) == ok, (user, out.stdout)


def test_catalogue(m):
    """Every MESSAGE_ID of daemon/base/log.h is explained, in English and Chinese."""
    with open(os.path.join(TOP, "daemon", "base", "log.h")) as f:
        ids = re.findall(r'#define MSG_\w+\s+"([0-9a-f]{32})"', f.read())
    known = m.run("journalctl --list-catalog").stdout
    assert ids and not [i for i in ids if i not in known]
    for suffix in ("", ".zh_CN"):
        with open(os.path.join(TOP, "systemd", "hearthd%s.catalog" % suffix), encoding="utf-8") as f:
            assert sorted(re.findall(r"^-- ([0-9a-f]{32})", f.read(), re.M)) == sorted(ids)
