# SPDX-License-Identifier: Apache-2.0
"""hearthctl doctor, and that its bundle says nothing of whose home it is; secrets in no log, command line,
environment or core of a program that has them."""
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess

import harness
import pytest
import relay_peer as rp

SECRETS = ["客厅里的洗衣机", "Grandma", "mueller-household", "Nordstrasse", "broker.mueller.example", "10.20.30.40",
           "hunter2-in-a-comment", "A50285BI", "kept-for-mueller"]


@pytest.fixture(scope="module")
def home(request, findings_folder):
    try:
        h = harness.Household(seed=3, appliances=["washer"], way=False, upstreams={
            "cloud": {"Level": "faults", "Planes": "event"},
            "far": {"Url": "mqtts://broker.mueller.example:8883", "Username": "mueller-household"}})
    except harness.Missing as missing:
        pytest.skip(str(missing))
    h.relays.pop("far")
    configure = h.configure

    def personal():
        configure()
        harness.write(os.path.join(h.daemon.etc, "hearthd.conf.d", "90-own.conf"),
                      "# the password is hunter2-in-a-comment\n[Bus away]\nDevice=tcp:10.20.30.40:502\n"
                      "[Bus usb]\nDevice=rtu:/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0\nBaud=9600\n")
        harness.write(os.path.join(h.daemon.etc, "appliances.d", "kept-for-mueller.conf"),
                      harness.appliance_text("electrical_meter", {"": ("away", 9, "eastron-sdm120")},
                                             label="Grandma", extra="Location=Nordstrasse\nLabel[zh_CN]=客厅里的洗衣机\n"))
    h.configure = personal
    try:
        h.start(subscriber=False, answering=False)
        h.wait_answering(1, 60)
        yield h
    finally:
        h.stop()


def test_doctor(home):
    done = home.ctl.run("--json=short", "doctor", "--config", home.daemon.etc, check=False)
    assert done.returncode == 1, done.stderr
    rows = {(r["step"], r["name"]): r for r in json.loads(done.stdout)}
    assert rows["hearthd", ""]["ok"] and rows["Journal", ""]["ok"] and rows["Bus", "rs485"]["ok"]
    assert rows["Appliance", "washer"]["ok"] and not rows["Appliance", "kept-for-mueller"]["ok"]
    assert not rows["Upstream", "far"]["ok"] and "no-relay" in rows["Upstream", "far"]["state"]
    assert all(r["next"] for r in rows.values() if not r["ok"])
    # A machine without a clock chip and NTP: what that means is said.
    assert rows["Clock", ""]["ok"] == home.ctl.json("overview")["manager"]["clock_set"]
    assert rows["Flash", ""]["ok"] and home.ctl.json("overview")["manager"]["journal_bad_rows"] == 0
    assert rows["Clock", ""]["ok"] or "no date" in rows["Clock", ""]["next"]
    home.daemon.wait(lambda: home.ctl.json("upstream", "show", "cloud")["state"] == "connected", "connected", 60)
    shown = home.ctl.run("doctor", "--config", home.daemon.etc, "--lang=zh_CN", check=False).stdout
    assert "该怎么做" in shown and "检查电源" in shown


def test_flash_and_clock(home):
    """What the store's checksums found, and a time nobody vouches for: said, with what to do. And the contrary."""
    def rows():
        done = home.ctl.run("--json=short", "doctor", "--config", home.daemon.etc, check=False)
        return {(r["step"], r["name"]): r for r in json.loads(done.stdout)}
    conf = os.path.join(home.daemon.etc, "hearthd.conf.d", "95-clock.conf")
    assert home.daemon.stop() == 0
    journal = sqlite3.connect(os.path.join(home.daemon.state, "journal.db"))
    with journal:
        assert journal.execute("UPDATE meta SET crc = crc + 1").rowcount > 0
    journal.close()
    harness.write(conf, "[Daemon]\nClock=trusted\n")
    home.daemon.start()
    home.wait_answering(1, 60)
    home.daemon.wait(lambda: home.ctl.json("overview")["manager"]["journal_bad_rows"] > 0, "what was flipped is read", 30)
    flash, clock = (rows()[step, ""] for step in ("Flash", "Clock"))
    assert not flash["ok"] and "damaged" in flash["state"] and "keep a copy" in flash["next"]
    assert clock["ok"] and not clock["next"]
    shown = home.ctl.run("doctor", "--config", home.daemon.etc, "--lang=zh_CN", check=False).stdout
    assert "damaged" not in shown and "Flash" not in shown
    # A gateway without a clock chip starts in the past: before this version was made nothing is believed.
    assert home.daemon.stop() == 0
    os.unlink(conf)
    source = os.path.join(home.folder.path, "shift.c")
    shutil.copy(os.path.join(harness.HERE, "clockshift.c"), source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", source[:-1] + "so", source, "-ldl"], check=True)
    env = home.daemon.env
    home.daemon.env = dict(env, LD_PRELOAD=source[:-1] + "so", CLOCK_SHIFT=harness.write(
        os.path.join(home.folder.path, "shift"), str(-40 * 365 * 86400)),
        ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    home.daemon.start()
    home.wait_answering(1, 60)
    clock = rows()["Clock", ""]
    assert not clock["ok"] and clock["state"] == "not set" and "no date" in clock["next"]
    assert home.daemon.stop() == 0
    home.daemon.env = env
    home.daemon.start()
    home.wait_answering(1, 60)


def test_bundle(home):
    path = os.path.join(home.folder.path, "bundle.txt")
    done = home.ctl.run("doctor", "--bundle", path, "--config", home.daemon.etc)
    assert "Read it" in done.stdout
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, encoding="utf-8") as f:
        text = f.read()
    aliases = home.ctl.json("upstream", "show", "cloud")
    for word in [*SECRETS, aliases["gateway"], *aliases["aliases"].values()]:
        assert word not in text, word
    assert not re.search(r"\b%s\b" % re.escape(socket.gethostname()), text)
    # What helps is there, and the same name is the same everywhere.
    assert "eastron-sdm120" in text and "Baud=9600" in text and "[host-1]" in text and "by-id/[adapter]" in text
    assert "==== hearthctl status: exit" in text and "hearthd.conf.d/90-own.conf" in text
    names = {n for n in re.findall(r"\[appliance-\d\]", text)}
    assert len(names) == 2 and all(text.count(n) >= 3 for n in names)
    again = home.ctl.run("doctor", "--bundle", path, "--config", home.daemon.etc, check=False)
    assert again.returncode == 1 # never over another file
    assert home.ctl.run("doctor", "--bundle", check=False).returncode == 2


def test_no_readings_in_the_bundle(home):
    """What the household does is nobody's business: values stay at home."""
    home.daemon.wait(lambda: any(r["quality"] == "good" for r in home.ctl.json("get", "washer")), "a reading", 30)
    names = {r["attribute"] for r in home.ctl.json("get", "washer")}
    text = home.ctl.run("doctor", "--bundle", "-", "--config", home.daemon.etc).stdout
    assert len(names) >= 3 and not [n for n in names - {"problem"} if n in text]
    assert not re.search(r"\bproblem\b", text) # config_problems is another word


def test_a_program_with_secrets_leaves_none(tmp_path):
    """hearth-relay with key and password, wrong ones, at a port where nobody is: nothing of them in its log, its
    STATUS, its command line and environment; and no core when it dies."""
    try:
        folder, peer = str(tmp_path), rp.Peer(str(tmp_path / "sock"))
        for kind, text in (("password", "s3cret-Passw0rd\n"), ("key", "-----BEGIN PRIVATE KEY-----\nTopSecretKey\n"),
                           ("cert", "-----BEGIN CERTIFICATE-----\nnone\n")):
            harness.write(os.path.join(folder, "cloud." + kind), text, 0o400)
        relay = harness.Notified("hearth-relay", folder, [
            harness.program("hearth-relay"), "cloud", "--socket", peer.path, "--credentials", folder, "--log-level", "debug"])
    except harness.Missing as missing:
        pytest.skip(str(missing))
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        relay.start()
        peer.accept()
        listener = socket.create_server(("127.0.0.1", 0))
        said = []
        for url in ("mqtt://127.0.0.1:%d" % harness.free_port(), "mqtts://127.0.0.1:%d" % listener.getsockname()[1]):
            peer.settings(url, user="gateway")
            if url.startswith("mqtts"):
                link, _ = listener.accept()
                link.recv(4096)
                link.close()
            said += peer.reason(60)
        proc = "/proc/%d/" % relay.pid
        seen = relay.text() + relay.status + " ".join(said)
        for name in ("cmdline", "environ"):
            with open(proc + name, "rb") as f:
                seen += f.read().decode(errors="replace")
        for secret in ("s3cret", "Passw0rd", "TopSecret"):
            assert secret not in seen, secret
        with open(proc + "limits") as f:
            assert re.search(r"Max core file size\s+0\s+0", f.read())
        relay.send(signal.SIGKILL if "san" in harness.build_folder() else signal.SIGABRT)
        _, status = os.waitpid(relay.pid, 0)
        assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status)
        relay.popen.returncode = -os.WTERMSIG(status)
        listener.close()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
        if relay.popen.returncode is None:
            relay.kill()
        peer.end()
