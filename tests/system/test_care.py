# SPDX-License-Identifier: Apache-2.0
"""What people do for an appliance: care that is due, the steps of a finding, a repair and its proof. The
knowledge and the rules are the test's own, quick ones; the home is simulated."""
import os
import pty
import select
import termios
import time

import pytest

import harness
import test_directory

KNOWLEDGE = """[Maintenance test.battery]
Kinds=temperature_humidity_sensor
Name=Change the battery
Name[zh_CN]=更换电池
Part=battery
Part[zh_CN]=电池
Text=Put a new battery in.
Text[zh_CN]=换上新电池。
Who=household
Danger=none
Minutes=5
Calendar=365d
Sources=a test

[Cause test.warm]
Kinds=temperature_humidity_sensor
Name=It is <warm> here
Name[zh_CN]=这里太热
Part=room
Part[zh_CN]=房间
Text=The room is warm.
Text[zh_CN]=房间太热。
Decide=Look at a thermometer.
Decide[zh_CN]=看温度计。
Who=electrician
Danger=electric
Minutes=5
Sources=a test
[Step test.warm 1]
Text=Open a window.
Text[zh_CN]=开窗。
Touches=none
Check=temperature < 30 °C
CheckFor=1s
Stop=temperature > 70 °C
[Step test.warm 2]
Text=Have the heater looked at.
Text[zh_CN]=请人检查取暖器。
Who=electrician
Touches=mains
"""

RULES = """[Rule test_warm]
On=temperature_humidity_sensor
Needs=temperature
Fault=temperature > 40 °C
For=5 s
Clear=temperature < 35 °C
ClearFor=5 s
Repair=temperature < 30 °C
RepairFor=16 s
Severity=care
Blame=warm:1
"""


HOUSEHOLD = dict(appliances=["fridge-air"], period="1s", daemon_extra="Clock=trusted\n",
                 upstreams={"cloud": {"Level": "full", "Planes": "event repair"}},
                 files={"knowledge/test.knowledge": KNOWLEDGE, "rules/test.rules": RULES})


def item(h):
    items = h.ctl.json("maintenance", "fridge-air")["items"]
    return next(i for i in items if i["item"] == "test.battery")


def test_maintenance(home):
    """A life of a year: begun, reset with a record, and still there after a restart."""
    home.daemon.wait(lambda: item(home)["state"] == "ok", "counted", 30)
    assert item(home)["done"] == [] and 364 < item(home)["days_left"] <= 365
    home.ctl.run("maintenance", "done", "fridge-air", "test.battery", "--note", "two AA", "--who", "electrician")
    done = item(home)["done"]
    assert len(done) == 1 and done[0]["who"] == "electrician"
    assert done[0]["by"] == "uid %d: two AA" % os.getuid() and done[0]["share"] == 0 and done[0]["at"] > 0
    assert home.daemon.stop() == 0
    home.daemon.start()
    home.wait_answering()
    home.daemon.wait(lambda: item(home)["done"] == done, "the record after the restart", 30)
    shown = home.ctl.run("maintenance", "fridge-air").stdout
    assert "Put a new battery in." in shown and "two AA" in shown
    assert "更换电池" in home.ctl.run("--lang=zh_CN", "maintenance").stdout
    bad = home.ctl.run("maintenance", "done", "fridge-air", "test.nothing", check=False)
    assert bad.returncode == 1 and "test.nothing" in bad.stderr
    bad = home.ctl.run("maintenance", "done", "fridge-air", "test.battery", "--who", "nobody", check=False)
    assert bad.returncode == 1 and "gas-fitter" in bad.stderr


def finding(h):
    for f in h.ctl.json("findings", "fridge-air", "--all", check=False):
        if f["code"] == "test_warm":
            return f
    return None


def verdict(h, number):
    return h.ctl.json("repair", "verify", number)["verdict"]


def test_guide_and_repair(home):
    """Steps that are watched; a claim that nothing bears out, a reset that is none, a repair that is one."""
    home.home.tell("set", "probe", "temperature", 50)
    home.daemon.wait(lambda: finding(home) and finding(home)["state"] == "active", "the finding", 60)
    number = str(finding(home)["id"])
    cause = home.ctl.json("guide", number)["causes"][0]
    assert cause["cause"] == "test.warm" and cause["first"] and [s["step"] for s in cause["steps"]] == [1, 2]
    shown = home.ctl.run("guide", number).stdout
    assert "Open a window." in shown and "call an electrician" in shown
    assert "heater" not in shown # not for the household
    assert "开窗" in home.ctl.run("--lang=zh_CN", "guide", number).stdout
    nothing = home.ctl.run("repair", "verify", number, check=False)
    assert nothing.returncode == 1 and "repair done" in nothing.stderr

    home.ctl.run("repair", "done", number, "--by", "<b>Firm</b>", "--part", "window", "--note=\"new\"")
    assert verdict(home, number) == "not-comparable-yet"
    home.daemon.wait(lambda: verdict(home, number) == "returned", "contradicted by the readings", 60)
    # The fault goes, its feature does not.
    home.home.tell("set", "probe", "temperature", 33)
    home.daemon.wait(lambda: finding(home)["state"] != "active", "gone", 60)
    home.daemon.wait(lambda: verdict(home, number) == "only-reset", "only reset", 60)
    assert "Only reset, not repaired" in home.ctl.run("repair", "verify", number).stdout
    home.home.tell("set", "probe", "temperature", 20)
    home.daemon.wait(lambda: verdict(home, number) == "verified", "verified", 60)
    page = home.ctl.json("repair", "verify", number)
    assert page["by"] == "<b>Firm</b>" and abs(page["after"][0]["value"] - 20) < 0.2
    assert abs(page["record"]["evidence"]["comparisons"][0]["value"] - 50) < 0.2
    text = home.ctl.run("repair", "verify", number).stdout
    assert "before 50" in text and "now 20" in text and "Verified" in text
    html = home.ctl.run("repair", "verify", number, "--print=html").stdout
    assert "&lt;b&gt;Firm&lt;/b&gt;" in html and "<b>" not in html and "&quot;new&quot;" in html
    assert "已核实" in home.ctl.run("--lang=zh_CN", "repair", "verify", number).stdout
    # It is in the record, over a restart too; and it comes back.
    assert home.daemon.stop() == 0
    home.daemon.start()
    home.wait_answering()
    home.daemon.wait(lambda: verdict(home, number) == "verified", "still verified", 60)
    home.home.tell("set", "probe", "temperature", 50)
    home.daemon.wait(lambda: verdict(home, number) == "returned", "returned", 60)


class Guide:
    """hearthctl guide on a terminal, as a person has it."""

    def __init__(self, h, number):
        self.master, slave = pty.openpty()
        attributes = termios.tcgetattr(slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.popen = harness.popen([harness.program("hearthctl"), "--bus", h.ctl.bus_address, "--no-pager", "guide",
                                    number], stdin=slave, stdout=slave, stderr=slave,
                                   env=dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb"))
        os.close(slave)
        self.text = ""

    def wait(self, word, timeout=60):
        """Reads until WORD has come; what came before it is gone."""
        end = time.monotonic() + timeout
        while word not in self.text:
            assert time.monotonic() < end, (word, self.text)
            if select.select([self.master], [], [], 1)[0]:
                try:
                    self.text += os.read(self.master, 4096).decode(errors="replace")
                except OSError:
                    break
        assert word in self.text, (word, self.text)
        before, self.text = self.text.split(word, 1)
        return before

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        code = self.popen.wait(60)
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.text += os.read(self.master, 4096).decode(errors="replace")
            except OSError:
                break
        os.close(self.master)
        return code


def steps_done(h, number):
    return [(s["cause"], s["step"], s["by"]) for s in h.ctl.json("findings", "show", number).get("steps_done", [])]


def test_guide_step_by_step(home):
    """On a terminal: a step is watched, seen to be done and recorded; danger ends it; a person may go on or stop."""
    home.home.tell("set", "probe", "temperature", 50)
    home.daemon.wait(lambda: finding(home) and finding(home)["state"] == "active", "the finding", 60)
    number = str(finding(home)["id"])
    home.daemon.wait(lambda: home.value("fridge-air", "health")[0] == "notice", "its health", 30)
    assert home.value("fridge-air", "problem")[0] in (True, "true", 1)
    guide = Guide(home, number)
    # What must be said before anything else comes before the first step.
    assert "not" in guide.wait("1. Open a window.")
    guide.wait("Watching; Enter goes on, q ends.")
    assert steps_done(home, number) == []
    home.home.tell("set", "probe", "temperature", 20)
    guide.wait("Done: the readings show it.")
    guide.wait("call an electrician")
    assert guide.end() == 0 and "heater" not in guide.text
    assert steps_done(home, number) == [("test.warm", 1, "readings")]

    home.home.tell("set", "probe", "temperature", 50)
    home.daemon.wait(lambda: home.value("fridge-air", "temperature")[0] > 49, "warm again", 30)
    guide = Guide(home, number)
    guide.wait("It was done before; the readings showed it.")
    guide.wait("Watching")
    guide.type("q\n")
    assert guide.end() == 0 and steps_done(home, number) == [("test.warm", 1, "readings")]
    guide = Guide(home, number)
    guide.wait("Watching")
    guide.type("\n")
    guide.wait("call an electrician")
    assert guide.end() == 0 and steps_done(home, number) == [("test.warm", 1, "person")]
    assert "Step done: test.warm 1 (a person said so)" in home.ctl.run("findings", "show", number).stdout

    guide = Guide(home, number)
    guide.wait("Watching")
    home.home.tell("set", "probe", "temperature", 80)
    guide.wait("Stop here")
    assert guide.end() == 4 and "electrician" not in guide.text
    # It outlives a restart.
    assert home.daemon.stop() == 0
    home.daemon.start()
    home.wait_answering()
    assert steps_done(home, number) == [("test.warm", 1, "person")]
    home.home.tell("set", "probe", "temperature", 20)
    home.daemon.wait(lambda: home.value("fridge-air", "health")[0] == "ok", "well again", 60)


def test_whom_to_call(home):
    """Contacts of a signed list that was verified stand where somebody has to be called, and nowhere before."""
    if not test_directory.SIGNIFY:
        pytest.skip("no signify here")
    number = str(finding(home)["id"])

    def shown():
        return [home.ctl.run(*words, check=False).stdout for words in (
            ("guide", number), ("repair", "request", "fridge-air", "--print"),
            ("repair", "request", "fridge-air", "--print=html"), ("--lang=zh_CN", "guide", number))]
    assert not any("5550" in text for text in shown())
    pins = os.path.join(home.daemon.etc, "directory.d")
    os.makedirs(pins)
    signer = test_directory.Signer(home.folder.path, "example")
    os.rename(signer.public, os.path.join(pins, "example.pub"))
    signer.public = os.path.join(pins, "example.pub")
    home.ctl.run("reload")
    good = signer.sign(test_directory.list_of(1).replace("Kinds=water_heater", "Kinds=temperature_humidity_sensor"))
    bad = test_directory.edited(good, b"5550 100", b"5550 666")
    assert home.ctl.run("service", "import", bad, check=False).returncode == 1
    assert not any("5550" in text for text in shown())
    home.ctl.run("service", "import", good)
    guide, page, html, zh = shown()
    assert "Whom to call:\n  Example repairs, +86 10 5550 100 (signed by example)" in guide
    assert "not part of what is sent" in page and "+86 10 5550 100" in page
    assert "<h2>Whom to call" in html and "5550 100" in html and "Somebody else" not in html
    assert "可联系：" in zh and "示例维修，+86 10 5550 100" in zh
    # It is for the reader: what would be sent has none of it.
    assert "5550" not in home.ctl.run("--json", "repair", "request", "fridge-air").stdout
