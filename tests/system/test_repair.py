# SPDX-License-Identifier: Apache-2.0
"""A repair from the request to the door: the page, the signed packet, the desk's answers, the visit code and
where it must not be. The desk here is the test's own; examples/service-desk is another test's."""
import base64
import glob
import json
import os
import pty
import re
import stat
import subprocess

import pytest

import harness

RULES = """[Rule test_warm]
On=temperature_humidity_sensor
Needs=temperature
Fault=temperature > 40 °C
For=5 s
Clear=temperature < 35 °C
ClearFor=5 s
Severity=care
Blame=warm:3 window:1
"""
KNOWLEDGE = """[Cause test.warm]
Kinds=temperature_humidity_sensor
Name=It is <warm> here
Name[zh_CN]=这里太热
Part=heater
Part[zh_CN]=取暖器
Text=The room is warm.
Text[zh_CN]=房间太热。
Decide=Look at a thermometer.
Decide[zh_CN]=看温度计。
Who=electrician
Danger=electric
Minutes=5
ExpectAfter=test_warm
Sources=a test
[Step test.warm 1]
Text=Open a window.
Text[zh_CN]=开窗。
Touches=none
"""
UPSTREAMS = {"maker": {"Level": "faults", "Planes": "event repair"},
             "shop": {"Level": "faults", "Planes": "event repair"},
             "plain": {"Level": "full", "Planes": "event"}}


def openssl_verifies(key, signature, message, folder):
    """OpenSSL's own program as the second opinion."""
    der = bytes.fromhex("302a300506032b6570032100") + key # RFC 8410
    names = [os.path.join(folder, n) for n in ("key.der", "sig", "message")]
    for name, text in zip(names, (der, signature, message)):
        with open(name, "wb") as f:
            f.write(text)
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names[0], "-rawin",
                           "-in", names[2], "-sigfile", names[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


HOUSEHOLD = dict(appliances=["fridge-air", "boiler"], period="1s", daemon_extra="Clock=trusted\n",
                 upstreams=UPSTREAMS,
                 files={"knowledge/test.knowledge": KNOWLEDGE, "rules/test.rules": RULES})


def packets(h):
    return [m for m in h.subscriber.of("repair") if m.json]


def packet_of(message):
    return json.loads(base64.b64decode(message.json["payload"], validate=True))


def request(h, number):
    return next(r for r in h.ctl.json("repair", "list") if r["number"] == number)


def answer(h, message, **members):
    """What a desk sends to the gateway that sent MESSAGE."""
    topic = message.topic.rsplit("/", 1)[0] + "/cmd/repair"
    text = members.pop("raw", None) or json.dumps(dict(
        {"schema": "hearth.progress/1", "request": message.json["request"]}, **members))
    h.subscriber.client.publish(topic, text, qos=1).wait_for_publish(30)


def everywhere(h):
    """Every file hearthd and the programs around it wrote, but the broker's copy."""
    for pattern in ("state/**", "run/**", "etc/**", "*.log"):
        for path in glob.glob(os.path.join(h.folder.path, pattern), recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    yield path, f.read()


def forms_of(code):
    """A code as it could stand somewhere: with its dash, without, and in base64 at each of three places."""
    yield code.encode()
    yield code.replace("-", "").encode()
    for pad in range(3):
        text = base64.b64encode(b"x" * pad + code.encode())
        yield text[4 if pad else 0:-4]


def test_request(home, schemas):
    """From the page to the desk and back. One request, for an appliance in fault."""
    home.home.tell("set", "probe", "temperature", 50)
    home.daemon.wait(lambda: any(f["code"] == "test_warm" and f["state"] == "active"
                                 for f in home.ctl.json("findings", "fridge-air", check=False)), "the finding", 60)
    several = home.ctl.run("repair", "request", "fridge-air", "--print", check=False)
    assert several.returncode == 1 and "--upstream" in several.stderr
    refused = home.ctl.run("repair", "request", "fridge-air", "--upstream", "plain", "--print", check=False)
    assert refused.returncode == 1 and "Planes=" in refused.stderr
    assert home.ctl.run("repair", "request", "fridge-air", "--upstream", "maker", check=False).returncode == 2

    words = ["repair", "request", "fridge-air", "--upstream", "maker", "--note", "it <b>hums</b>", "--when",
             "Saturday", "--contact", "phone=555 0100", "--contact=name=Wang"]
    shown = home.ctl.run(*words, "--print").stdout
    for text in ("test_warm", "It is <warm> here", "75%", "heater", "Look at a thermometer.", "555 0100", "Saturday",
                 "it <b>hums</b>", "Temperature: 50 °C", "Temperature is 50 °C (a fault: > 40 °C)"):
        assert text in shown, (text, shown)
    html = home.ctl.run(*words, "--print=html").stdout
    assert "it &lt;b&gt;hums&lt;/b&gt;" in html and "<b>" not in html and html.startswith("<!DOCTYPE html>")
    assert "这里太热" in home.ctl.run("--lang=zh_CN", *words, "--print").stdout
    assert not packets(home) and home.ctl.json("repair", "list") == []
    key_file = os.path.join(home.daemon.state, "gateway.key")
    assert not os.path.exists(key_file) # made by the first signature

    draft = home.ctl.json(*words)
    assert "visit" not in draft and draft["contact"] == {"name": "Wang", "phone": "555 0100"}
    number = home.ctl.json(*words, "--yes")["number"]
    message = home.subscriber.wait(lambda: packets(home) and packets(home)[0], "the packet", 60)
    assert message.topic.endswith("/repair") and message.json["of"] == "hearth.repair/1"
    schemas("hearth.signed/1", message.json)
    raw, key = base64.b64decode(message.json["payload"]), base64.b64decode(message.json["key"])
    signature = base64.b64decode(message.json["sig"])
    assert openssl_verifies(key, signature, raw, home.folder.path)
    assert not openssl_verifies(key, signature, raw.replace(b"Saturday", b"Sunday "), home.folder.path)
    packet = json.loads(raw)
    schemas("hearth.repair/1", packet)
    code = packet.pop("visit")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code)
    # What was shown is what was sent, in the upstream's names and without those of the house.
    assert packet["request"] == message.json["request"] and packet["gw"] == message.json["gw"]
    assert packet["appliance"]["id"] == home.aliases("maker")["fridge-air"]
    assert b"fridge-air" not in raw and "冰箱".encode() not in raw
    finding = packet["findings"][0]
    event = home.subscriber.wait(lambda: [m for m in home.subscriber.of("event") if m.json["gw"] == packet["gw"]],
                                 "the event", 60)[0]
    assert finding["id"] == event.json["id"] and finding["code"] == "test_warm"
    assert abs(finding["frame"]["temperature"]["v"] - 50) < 0.2
    assert abs(finding["diagnosis"]["evidence"]["comparisons"][0]["value"] - 50) < 0.2
    assert [(c["cause"], c["share"]) for c in packet["likely"]] == [("test.warm", 0.75)]
    assert packet["likely"][0]["finding"] == finding["id"] and packet["likely"][0]["expect_silent"] == ["test_warm"]

    info = os.stat(key_file)
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert home.ctl.run("repair", "key").stdout.strip() == message.json["key"]
    home.daemon.wait(lambda: request(home, number)["state"] == "sent", "acknowledged", 60)
    again = home.ctl.run(*words, "--yes", check=False)
    assert again.returncode == 1 and "repair cancel %d" % number in again.stderr
    # The other upstream has had nothing.
    assert {m.json["gw"] for m in packets(home)} == {packet["gw"]}

    # The desk's answers, and those of somebody else.
    answer(home, message, status="accepted", t=1000, reference="A-77")
    home.daemon.wait(lambda: request(home, number)["state"] == "accepted", "accepted", 60)
    answer(home, message, status="appointment", t=2000, who="Li", appointment={"from": 1800000000, "to": 1800007200},
           text={"en": "We come <i>early</i>.", "zh": "我们早到。"})
    home.daemon.wait(lambda: request(home, number)["state"] == "appointment", "the appointment", 60)
    other = home.aliases("shop")
    assert other["fridge-air"] != packet["appliance"]["id"]
    for bad in ({"raw": "{"}, {"raw": "x" * 5000}, {"status": "closed", "t": 1500}, {"status": "sent", "t": 9000},
                {"status": "closed", "t": 9000, "request": "0" * 32}):
        answer(home, message, **bad)
    shop = home.ctl.json("upstream", "show", "shop")["gateway"]
    home.subscriber.client.publish("hearth/v1/%s/cmd/repair" % shop, json.dumps({
        "schema": "hearth.progress/1", "request": packet["request"], "status": "closed", "t": 9000}), qos=1)
    answer(home, message, status="accepted", t=3000, reference="last")
    home.daemon.wait(lambda: request(home, number)["answers"][-1]["reference"] == "last", "the last answer", 60)
    got = request(home, number)
    assert [a["status"] for a in got["answers"]] == ["accepted", "appointment", "accepted"] and got["open"]
    shown = home.ctl.run("repair", "show", str(number)).stdout
    assert "A-77" in shown and "We come <i>early</i>." in shown and "2027-01-15" in shown and "Saturday" in shown
    assert "我们早到。" in home.ctl.run("--lang=zh_CN", "repair", "show", str(number)).stdout
    assert "<i>" not in home.ctl.run("repair", "show", str(number), "--print=html").stdout

    # The visitor. A restart gives no new tries.
    for i, left in enumerate((4, 3)):
        wrong = home.ctl.run("repair", "verify-visit", check=False, say="0000-000%d\n" % i)
        assert wrong.returncode == 1 and "NOT" in wrong.stdout and "%d more" % left in wrong.stdout
    assert home.daemon.stop() == 0
    home.daemon.start()
    home.wait_answering()
    home.daemon.wait(lambda: home.ctl.run("repair", "list", check=False).returncode == 0, "requests read", 30)
    assert request(home, number)["wrong_codes"] == 2
    nonsense = home.ctl.run("repair", "verify-visit", check=False, say="hello\n")
    assert nonsense.returncode == 1 and request(home, number)["wrong_codes"] == 2
    # On a command line everybody on the machine could read it: not even looked at.
    for argument in (code, "0000-0000"):
        refused = home.ctl.run("repair", "verify-visit", argument, check=False)
        assert refused.returncode == 2 and "standard input" in refused.stderr and argument not in refused.stderr
    assert request(home, number)["wrong_codes"] == 2
    right = home.ctl.json("repair", "verify-visit", say=code.lower().replace("-", "") + "\r\n")
    assert right == {"good": True, "tries_left": 3} and request(home, number)["visited"] > 0
    for left in (2, 1, 0):
        assert home.ctl.json("repair", "verify-visit", check=False, say="0000-0000")["tries_left"] == left
    locked = home.ctl.run("repair", "verify-visit", check=False, say=code)
    assert locked.returncode == 1 and "new request" in locked.stderr

    # Somebody who helps is sent a bundle: the code is not in it, nor where others look at programs.
    bundle = home.ctl.run("doctor", "--bundle", "-", "--config", home.daemon.etc).stdout.encode()
    assert b"==== hearthctl status" in bundle
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (home.daemon.pid, name), "rb") as f:
            bundle += f.read()
    for form in forms_of(code):
        assert form not in bundle

    # The end; and the same key for what comes after.
    answer(home, message, status="closed", t=4000)
    home.daemon.wait(lambda: not request(home, number)["open"], "closed", 60)
    assert home.ctl.run("repair", "cancel", str(number), check=False).returncode == 1
    assert home.ctl.run("repair", "key").stdout.strip() == message.json["key"]
    # Neither shown nor kept: the journal's copy of the message went when the broker had it.
    shown = home.ctl.run("--json", "repair", "show", str(number)).stdout
    assert "*********" in shown
    for form in forms_of(code):
        assert form not in shown.encode()
        for path, text in everywhere(home):
            if not os.path.basename(path).startswith("journal.db"):
                assert form not in text, (path, form)
    # The privacy ledger has the bytes of what left, but for the code.
    entry = next(e for e in home.ctl.json("privacy", "ledger", "maker") if e["topic"] == message.topic)
    kept = home.ctl.run("privacy", "ledger", "--show", str(entry["number"])).stdout
    told = json.loads(kept)
    assert told["request"] == message.json["request"] and told["sig"] == message.json["sig"]
    assert base64.b64decode(told["payload"]) == raw.replace(code.encode(), b"*********")
    for form in forms_of(code):
        assert form not in kept.encode()


def test_cancel(home, schemas):
    """Taken back, and said so under the same key; what never was there cannot be."""
    before = len(packets(home))
    number = home.ctl.json("repair", "request", "boiler", "--upstream=shop", "--yes")["number"]
    message = home.subscriber.wait(lambda: packets(home)[before:], "the packet", 60)[0]
    packet = packet_of(message)
    schemas("hearth.repair/1", packet)
    assert packet["findings"] == [] and "contact" not in packet and "note" not in packet
    home.ctl.run("repair", "cancel", str(number))
    end = home.subscriber.wait(lambda: packets(home)[before + 1:], "its end", 60)[0]
    schemas("hearth.signed/1", end.json)
    schemas("hearth.cancel/1", packet_of(end))
    assert end.json["of"] == "hearth.cancel/1" and packet_of(end)["request"] == packet["request"]
    assert end.json["prev"] == message.json["seq"] and end.json["key"] == message.json["key"]
    assert request(home, number)["state"] == "cancelled"
    answer(home, message, status="accepted", t=100)
    assert home.ctl.run("repair", "cancel", "999", check=False).returncode == 1
    assert home.ctl.run("repair", "show", "999", check=False).returncode == 1
    assert request(home, number)["state"] == "cancelled" and request(home, number)["answers"] == []


def test_page_of_before(home):
    """A page that somebody looks at while names and levels may change is not sent with the old ones."""
    before = len(packets(home))
    ours, theirs = pty.openpty()
    p = harness.popen([harness.program("hearthctl"), "--bus", home.ctl.bus_address, "--no-pager", "repair", "request",
                       "boiler", "--upstream=maker"], stdin=theirs, stdout=theirs, stderr=theirs,
                      env=dict(os.environ, LC_ALL="C.UTF-8"))
    os.close(theirs)
    text = b""
    while b"[y/N]" not in text:
        text += os.read(ours, 4096)
    home.ctl.run("reload")
    os.write(ours, b"y\n")
    try:
        while more := os.read(ours, 4096):
            text += more
    except OSError: # its end is closed
        pass
    os.close(ours)
    assert p.wait(60) == 1 and b"once more" in text, text
    assert len(packets(home)) == before and not [r for r in home.ctl.json("repair", "list") if r["open"]]


def test_offline_and_broken_signer(home):
    """Without a connection a request waits, over a restart too; without a signature nothing leaves."""
    before = len(packets(home))
    home.way.set_cut(True)
    number = home.ctl.json("repair", "request", "boiler", "--upstream=maker", "--yes")["number"]
    assert request(home, number)["state"] == "queued"
    assert home.daemon.stop() == 0
    home.daemon.start()
    home.daemon.wait(lambda: home.ctl.run("repair", "list", check=False).returncode == 0, "requests read", 30)
    assert request(home, number)["state"] == "queued" and len(packets(home)) == before
    home.way.set_cut(False)
    home.subscriber.wait(lambda: packets(home)[before:], "the packet", 90)
    home.daemon.wait(lambda: request(home, number)["state"] == "sent", "acknowledged", 60)
    home.ctl.run("repair", "cancel", str(number))
    home.subscriber.wait(lambda: packets(home)[before + 1:], "its end", 60)

    key = os.path.join(home.daemon.state, "gateway.key")
    with open(key, "rb") as f:
        good = f.read()
    for bad in (b"", good[:-5], good.replace(b"\n", b" "), b"x" * 4096):
        with open(key, "wb") as f:
            f.write(bad)
        refused = home.ctl.run("repair", "request", "boiler", "--upstream=maker", "--yes", check=False)
        assert refused.returncode == 1 and "nothing was sent" in refused.stderr
        with open(key, "rb") as f:
            assert f.read() == bad # never replaced
    with open(key, "wb") as f:
        f.write(good)
    os.chmod(key, 0o644)
    assert home.ctl.run("repair", "request", "boiler", "--upstream=maker", "--yes", check=False).returncode == 1
    os.chmod(key, 0o600)
    assert len(packets(home)) == before + 2
    failed = [r["state"] for r in home.ctl.json("repair", "list")[-5:]]
    assert failed == ["failed"] * 5
