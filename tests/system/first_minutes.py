#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The first five minutes of an installer: an empty configuration, a simulated home on one serial line, and
hearthctl on a terminal of 80 columns, in English and in Chinese. What it shows becomes
docs/first-five-minutes.md; with --check the document is compared with a new run. Figures that are measured
(times, counts, shares of the line) differ from run to run and are not compared."""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

import harness

HEAD = "<!-- made by tests/system/first_minutes.py -->\n\n"
DOCUMENT = os.path.join(harness.TOP, "docs", "first-five-minutes.md")
COLUMNS = 80
# A product of nobody: the registers are those of the probe on the line. Some cells say nothing.
TABLE = """name,register_type,address_0based,type,word_order,scale,offset,unit,access,min,max,enum,notes
temperature,input,1,s16,,0.1,0,°C,ro,-40,125,,
humidity,input,2,u16,,0.1,0,%,ro,0,100,,
shade,input,3,colour,,,,,ro,,,,
reset,holding,9,u16,,,,,wo,,,,pulse
"""
INTRO = {
    "en": ("The first five minutes", """An installer, a gateway with an RS-485 adapter, hearthd running, and nothing
configured. This is a recording: `tests/system/first_minutes.py` plays it against the simulated home of the
tests, once in English and once in Chinese ([below](#最初五分钟)), and writes this file; `--check`, which
the tests run, plays it again and compares. On a gateway the commands are typed with sudo."""),
    "zh_CN": ("最初五分钟", """安装人员面对一台接有 RS-485 适配器、hearthd 已运行而尚无任何配置的网关。以下是同一过程的中文记录；
在网关上，命令前加 sudo。"""),
}
# What is said before each command; None continues the one before.
STEPS = [
    ("Nothing is configured. hearthctl says what to do next.", "尚无任何配置，hearthctl 会提示下一步。", "overview"),
    ("Who is on the line? Ctrl-C, once the four that were wired up have answered.",
     "线路上有哪些电器？接好的四台都应答后，按 Ctrl-C 即可。", "scan"),
    ("The water heater first. It asks what the registers cannot tell, shows what it reads, and writes after a yes.",
     "先添加热水器：询问寄存器无法说明的事项，显示读数，确认后才写入文件。", "add"),
    ("What it says now, and each change as it comes.", "现在的读数，以及此后的每次变化。", "read"),
    ("How the line is used, what crosses it, and a recording that needs no appliance to be played again.",
     "线路的占用、线上的报文，以及一份无需电器即可重放的记录。", "bus"),
    ("Another name; id and history stay.", "换一个名称，标识和历史不变。", "rename"),
    ("Setting a value is off until the appliance's file allows it, and bounded then.",
     "默认不允许设置；在该电器的文件中启用后，仍受限值约束。", "set"),
    ("It falls silent: a finding, which goes when it is back.", "电器失去应答：产生一条记录，恢复后自动消除。", "findings"),
    ("An appliance without a profile: a table of its registers becomes one. What cannot be said is left out, by line.",
     "没有档案的电器：由寄存器表生成；无法表达的单元格按行列出并略去。", "profile"),
    ("Taken out again.", "移除。", "remove"),
]


class Terminal:
    """A command on a pseudo-terminal of 80 by 24."""

    def __init__(self, argv, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            harness.with_parent()
            os.chdir(cwd)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, COLUMNS, 0, 0))
            os.execve(argv[0], argv, dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm", NO_COLOR="1", TZ="UTC"))
        self.bytes = b""

    @property
    def text(self):
        return self.bytes.decode(errors="replace")

    def read(self, seconds):
        """False at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            got = os.read(self.fd, 4096)
        except OSError:
            got = b""
        self.bytes += got
        return bool(got)

    def until(self, pattern, timeout=60):
        end = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            if not self.read(0.2) or time.monotonic() > end:
                raise AssertionError("no %r in %s" % (pattern, self.text))

    def end(self, timeout=90):
        end = time.monotonic() + timeout
        while self.read(0.2):
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError("no end: " + self.text)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def seen(text):
    """What stays on the screen: without progress that was overwritten and without colours."""
    lines = [line.rstrip("\r").split("\r\x1b[K")[-1] for line in text.replace("^C", "").split("\n")]
    return "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*[mK]", "", "\n".join(lines)).split("\n")).rstrip()


class Session:
    """One language: a household of its own, and what was typed and shown."""

    def __init__(self, lang, hurry=False):
        self.lang, self.out, self.hurry = lang, [], hurry
        # The clock of the home stands nearly still, so that each run reads the same values.
        self.h = harness.Household(appliances=["none"], way=False, speed=1e-9, baud=0 if hurry else 9600,
                                   upstreams={"none": {"Level": "off", "Planes": "event"}})
        self.began = self.first_value = None

    def start(self):
        h = self.h
        h.home.start()
        h.bus.start()
        harness.write(os.path.join(h.daemon.etc, "hearthd.conf"), "[Daemon]\nFindingHoldOff=0s\n")
        if self.hurry: # what is read once a minute, and makes the recording wait
            with open(os.path.join(harness.TOP, "etc", "profiles", "midea-170l-dhw.profile"), encoding="utf-8") as f:
                points = re.findall(r"(?m)^\[Point \w+\]$", f.read())
            harness.write(os.path.join(h.daemon.etc, "profiles", "midea-170l-dhw.profile.d", "50-period.conf"),
                          "\n".join(point + "\nPeriod=2s" for point in points) + "\n")
        h.daemon.start()
        self.work = os.path.join(h.folder.path, "work")
        os.mkdir(self.work)
        self.began = time.monotonic()

    def plain(self, text):
        """As on a gateway: the usual places instead of those of a test."""
        h = self.h
        for here, usual in ((h.home.rtu, "/dev/ttyUSB0"), (h.daemon.etc, "/etc/hearthd"), (h.folder.path, "/tmp")):
            text = text.replace(here, usual)
        return text

    def type(self, *words, answers=(), stop=None, status=0):
        """Types a command; ANSWERS: (pattern, line); STOP: Ctrl-C when it was seen."""
        h = self.h
        fixed = ["--bus", h.bus.address, "--config", h.daemon.etc, "--vendor", os.path.join(harness.TOP, "etc"),
                 "--no-pager", "--lang", self.lang]
        t = Terminal([harness.program("hearthctl"), *fixed, *words], self.work)
        for pattern, line in answers:
            t.until(pattern)
            os.write(t.fd, line.encode() + b"\n")
        if stop:
            t.until(stop)
            t.read(0.3) # it may still be printing
            os.write(t.fd, b"\x03")
        code = t.end()
        if code != status:
            raise AssertionError("hearthctl %s: exit %d: %s" % (" ".join(words), code, t.text))
        shown = " ".join("'%s'" % w if " " in w else w for w in words)
        self.out.append(self.plain("$ hearthctl%s\n%s" % (" " + shown if words else "", seen(t.text))).rstrip())
        return t.text

    def say(self, line):
        self.out.append("$ " + self.plain(line))

    def good(self, id_, attribute):
        def is_good():
            readings = self.h.ctl.run("--json", "get", id_, attribute, check=False).stdout
            return '"good"' in readings
        harness.wait_for("%s of %s" % (attribute, id_), is_good, 60, 0.2)

    # the steps
    def overview(self):
        self.type()

    def scan(self):
        text = self.type("scan", self.h.home.rtu, stop=r"(?s)(8N1:\d+.*){4}%")
        self.addresses = re.findall(r"(rtu:\S+:)\d+", text)

    def add(self):
        zh = self.lang == "zh_CN"
        self.type("add", self.addresses[0] + "4", "--label", "浴室热水器" if zh else "Bathroom", "--id", "boiler",
                  answers=[(r"\]: $", ""), (r"\[Y/n\]", "y")])
        self.good("boiler", "local_temperature")
        self.first_value = time.monotonic() - self.began
        self.good("boiler", "heating_setpoint")

    def read(self):
        self.type("status", "boiler")
        self.type("get", "boiler", "local_temperature")
        self.type("watch", "boiler", stop="vendor.exhaust_temperature_tp")

    def bus(self):
        self.type("bus", "monitor", "rs485-0", "--count", "4")
        self.type("bus", "monitor", "rs485-0", "--record", "boiler.trace", "--appliance", "boiler")
        self.type("profile", "test", "midea-170l-dhw", "boiler.trace")
        self.type("bus", "status")

    def rename(self):
        self.type("rename", "boiler", "主卫热水器" if self.lang == "zh_CN" else "Upstairs bathroom")
        self.good("boiler", "heating_setpoint")
        self.type("list")

    def set(self):
        self.type("set", "boiler", "heating_setpoint", "64", status=1)
        path = os.path.join(self.h.daemon.etc, "appliances.d", "boiler.conf")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        harness.write(path, text.replace("[Appliance]\n", "[Appliance]\nControl=yes\n"))
        self.say("sudo sed -i '/^\\[Appliance\\]/a Control=yes' " + path)
        self.h.home.tell("writable", "dhw", "on")
        self.type("reload")
        self.good("boiler", "heating_setpoint")
        self.good("boiler", "water_heater_mode")
        self.type("set", "boiler")
        self.type("set", "boiler", "heating_setpoint", "90", status=1)
        self.type("set", "boiler", "heating_setpoint", "64", "--reason", "guests")

    def findings(self):
        h = self.h
        h.home.tell("unit", "dhw", "off")
        harness.wait_for("a finding", lambda: h.ctl.json("findings"), 90, 0.5)
        self.type("findings")
        h.home.tell("unit", "dhw", "on")
        harness.wait_for("no finding", lambda: not h.ctl.json("findings"), 90, 0.5)
        self.type("findings")

    def profile(self):
        harness.write(os.path.join(self.work, "attic.csv"), TABLE)
        folder = os.path.join(self.h.daemon.etc, "profiles")
        os.makedirs(folder, exist_ok=True)
        self.type("profile", "search", "midea")
        self.out.append("$ cat attic.csv\n" + TABLE.rstrip())
        self.type("profile", "new", "--from-csv", "attic.csv", "--name", "attic-probe", "--kind",
                  "temperature_humidity_sensor", "--output", folder)
        path = os.path.join(folder, "attic-probe.profile")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        harness.write(path, re.sub(r"(?m)^# (Attribute=.*) \?$", r"\1", text))
        self.say("sudo sed -i 's/^# \\(Attribute=.*\\) ?$/\\1/' " + path)
        self.type("profile", "check", "attic-probe")
        self.type("add", "rs485-0:3", "--profile", "attic-probe", "--id", "attic", answers=[(r"\[Y/n\]", "")])
        self.good("attic", "temperature")
        self.type("get", "attic")

    def remove(self):
        self.type("remove", "attic", answers=[(r"\[y/N\]", "y")])
        self.good("boiler", "heating_setpoint")
        self.type("list")

    def play(self):
        self.start()
        title, intro = INTRO[self.lang]
        parts = ["# " + title, intro]
        try:
            for en, zh, step in STEPS:
                self.out = []
                at = time.monotonic()
                getattr(self, step)()
                if os.environ.get("HEARTHD_STEPS"):
                    print("%-10s %5.1f s" % (step, time.monotonic() - at), file=sys.stderr)
                parts += [zh if self.lang == "zh_CN" else en, "```\n" + "\n".join(self.out) + "\n```"]
        except AssertionError as error:
            raise AssertionError("%s\n%s\n%s" % (error, "\n".join(self.out), self.h.daemon.tail())) from None
        finally:
            self.h.stop()
        return "\n\n".join(parts)


def compared(text):
    """Without what is measured and the blanks that follow its width."""
    text = re.sub(r"(?m)^(\$ hearthctl bus monitor \S+ --count \d+\n)(?:[^$].*\n)+", r"\1", text) # whose turn it is
    text = re.sub(r"(?m)^(hearthctl: .*)\n(?!\$|```)", r"\1", text) # broken where the path of the test ended
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "-", text) # where the clock is known
    text = re.sub(r"\b(\d+h )?\d+(\.\d+)?(us|ms|s|min)\b", "#", text)
    text = re.sub(r"(?<= )-(?= |$)", "#", text, flags=re.M) # not measured yet
    # hearthd's own word of an appliance: whether it has one already is a matter of moments, and so is its line
    text = re.sub(r"(?m)^.*\b(?:health|problem) .*\n", "", text)
    return re.sub(r"[ \t]+", "", re.sub(r"\d+", "#", text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the document, write nothing; a fast line")
    parser.add_argument("--lang", choices=list(INTRO), help="this alone; without --check to standard output")
    args = parser.parse_args()
    texts = []
    for lang in [args.lang] if args.lang else INTRO:
        s = Session(lang, args.check)
        texts.append(s.play())
        print("%s: %.1f s from an empty configuration to the first decoded value" % (lang, s.first_value),
              file=sys.stderr)
    try:
        with open(DOCUMENT, encoding="utf-8") as f:
            old = f.read()
    except FileNotFoundError:
        old = ""
    if not args.check:
        text = HEAD + "\n\n".join(texts) + "\n"
        if args.lang:
            print(text)
        elif compared(old) != compared(text):
            harness.write(DOCUMENT, text)
        return 0
    for text in texts:
        if compared(text) in compared(old):
            continue
        known = set(compared(old).split("\n"))
        print("not in docs/first-five-minutes.md, run tests/system/first_minutes.py:\n%s" % "\n".join(
            line for line in compared(text).split("\n") if line not in known), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
