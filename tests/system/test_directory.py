# SPDX-License-Identifier: Apache-2.0
"""Service directories as OpenBSD's signify signs them: taken in, refused, replaced keys, restarts, no clock."""
import contextlib
import datetime
import json
import os
import shutil
import subprocess
import time

import pytest

import harness

SIGNIFY = shutil.which("signify-openbsd") or shutil.which("signify")
HOUSEHOLD = dict(appliances=["boiler"], way=False, upstreams={"cloud": {"Level": "off"}}, daemon_extra="Clock=trusted\n")
YEAR = datetime.date.today().year


def list_of(version, expires=None, publisher="example", extra="", service="repair", phone="+86 10 5550 100"):
    return """[Directory]
Publisher=%s
Version=%d
Issued=2026-01-01
Expires=%s
%s
[Service %s]
Name=Example repairs
Name[zh_CN]=示例维修
Phone=%s
Makers=*
Kinds=water_heater
Regions=CN
[Service other]
Name=Somebody else
Mail=x@other.example
Makers=*
Kinds=refrigerator
Regions=*
""" % (publisher, version, expires or "%d-12-31" % (YEAR + 1), extra, service, phone)


class Signer:
    """A key of signify, and what it signs."""

    def __init__(self, folder, name):
        self.folder, self.name, self.n = folder, name, 0
        self.public, self.secret = (os.path.join(folder, name + e) for e in (".pub", ".sec"))
        subprocess.run([SIGNIFY, "-G", "-n", "-p", self.public, "-s", self.secret], check=True)

    def key_line(self):
        return open(self.public, encoding="utf-8").read().split("\n")[1]

    def sign(self, text):
        self.n += 1
        path = harness.write(os.path.join(self.folder, "list-%s-%d" % (self.name, self.n)), text)
        subprocess.run([SIGNIFY, "-S", "-e", "-s", self.secret, "-m", path, "-x", path + ".sig"], check=True)
        # signify itself takes it, so what is refused below is refused for what it says
        subprocess.run([SIGNIFY, "-V", "-e", "-q", "-p", self.public, "-x", path + ".sig", "-m", os.devnull], check=True)
        return path + ".sig"


@pytest.fixture(scope="module")
def signers(shared):
    if not SIGNIFY:
        pytest.skip("no signify here")
    pins = os.path.join(shared.daemon.etc, "directory.d")
    os.makedirs(pins)
    made = {name: Signer(shared.folder.path, name) for name in ("old", "new", "stranger")}
    shutil.copy(made["old"].public, os.path.join(pins, "example.pub"))
    harness.write(os.path.join(pins, "broken.pub"), "untrusted comment: x\nAAAA\n")
    shared.ctl.run("reload")
    return made


def services(h, *words):
    return [s["service"] for s in h.ctl.json("service", "list", *words)["services"]]


def publisher(h):
    found, = h.ctl.json("service", "list")["publishers"]
    return found


def refused(h, path, why, verb="import"):
    done = h.ctl.run("service", verb, path, check=False)
    assert done.returncode == 1 and why in done.stderr, done.stderr


def edited(path, old, new):
    text = open(path, "rb").read()
    assert old in text
    with open(path + ".edited", "wb") as f:
        f.write(text.replace(old, new, 1))
    return path + ".edited"


def test_directory(shared, signers):
    """A list goes in, only upward, and only whole."""
    h = shared
    assert publisher(h)["state"] == "none" and services(h) == []
    good = signers["old"].sign(list_of(5))
    assert h.ctl.json("service", "check", good)["version"] == 5
    assert services(h) == [] # checked is not taken
    assert h.ctl.json("service", "import", good)["services"] == 2
    assert services(h) == ["repair", "other"] and publisher(h)["version"] == 5 and publisher(h)["state"] == "good"
    assert services(h, "boiler") == ["repair"] and services(h, "boiler", "--region", "CN-31") == ["repair"]
    assert services(h, "boiler", "--region=DE") == []
    shown = h.ctl.run("service", "list").stdout
    assert "+86 10 5550 100" in shown and "示例维修" in h.ctl.run("--lang=zh_CN", "service", "list").stdout

    # The region is the configuration's, where it says one.
    conf = os.path.join(h.daemon.etc, "hearthd.conf")
    text = open(conf, encoding="utf-8").read()
    for region, found in (("CN-31", ["repair"]), ("DE", []), ("", ["repair"])):
        harness.write(conf, text.replace("Clock=trusted\n", "Clock=trusted\nRegion=%s\n" % region))
        h.ctl.run("reload")
        h.daemon.wait(lambda: publisher(h)["state"] == "good", "the list after a reload", 30)
        assert services(h, "boiler") == found and services(h, "boiler", "--region=*") == ["repair"]
        assert h.ctl.json("service", "list")["region"] == region
    for region in ("cn", "CN-", "CN-3100", "CN-a", "C1", "China", "CN 31", "CN-3\u00e9"):
        harness.write(conf, text.replace("Clock=trusted\n", "Clock=trusted\nRegion=%s\n" % region))
        assert h.ctl.run("reload", check=False).returncode == 1 and '"%s" is no region' % region in h.daemon.text()
    harness.write(conf, text)
    h.ctl.run("reload")
    h.daemon.wait(lambda: publisher(h)["state"] == "good", "the list", 30)

    plain = harness.write(os.path.join(h.folder.path, "plain"), list_of(6, phone="666"))
    refused(h, plain, "not signed")
    refused(h, signers["stranger"].sign(list_of(6, phone="666")), "not pinned")
    new = signers["old"].sign(list_of(6))
    refused(h, edited(new, b"+86 10", b"+86 11"), "signature is wrong")
    refused(h, edited(new, b"Kinds=", b"Kinds= "), "signature is wrong")
    # A bit anywhere behind the comment, the body of one with the signature of another, something more behind it.
    raw, other = (open(p, "rb").read() for p in (new, signers["old"].sign(list_of(7, phone="666"))))
    spoiled = [raw[:i] + bytes([raw[i] ^ 1 << i % 8]) + raw[i + 1:]
               for i in range(raw.index(b"\n"), len(raw), 29)]
    spoiled += [b"\n".join(raw.split(b"\n", 2)[:2] + other.split(b"\n", 2)[2:]), raw + other,
                raw + other[other.index(b"[Service"):]]
    for text in spoiled:
        path = os.path.join(h.folder.path, "spoiled")
        with open(path, "wb") as f:
            f.write(text)
        refused(h, path, "refused")
    for cut in (0, 10, 200, -1):
        path = harness.write(os.path.join(h.folder.path, "cut"), open(new, encoding="utf-8").read()[:cut])
        refused(h, path, "refused")
    refused(h, good, "accepted before")
    refused(h, signers["old"].sign(list_of(4, phone="666")), "older")
    refused(h, signers["old"].sign(list_of(6, expires="%d-01-01" % (YEAR - 1), phone="666")), "expired")
    refused(h, signers["old"].sign(list_of(6, publisher="somebody", phone="666")), "another publisher")
    refused(h, signers["old"].sign(list_of(6, phone="call 666")), "phone number")
    assert services(h) == ["repair", "other"] and publisher(h)["version"] == 5
    assert "666" not in h.ctl.run("service", "list").stdout

    # It is there after a restart, its version too.
    assert h.daemon.stop() == 0
    h.daemon.start()
    h.daemon.wait(lambda: publisher(h)["state"] == "good", "the kept list", 30)
    assert services(h) == ["repair", "other"]
    refused(h, signers["old"].sign(list_of(4)), "older")


def test_new_key(shared, signers):
    """The old key names its successor, which takes over with its first list; over a restart too."""
    h = shared
    refused(h, signers["new"].sign(list_of(10)), "not pinned")
    h.ctl.run("service", "import", signers["old"].sign(list_of(11, extra="NextKey=" + signers["new"].key_line())))
    h.ctl.run("service", "import", signers["old"].sign(
        list_of(12, extra="NextKey=" + signers["new"].key_line()))) # not used yet: both
    h.ctl.run("service", "import", signers["new"].sign(list_of(13, service="newer")))
    assert services(h)[0] == "newer" and publisher(h)["key_replaced"]
    refused(h, signers["old"].sign(list_of(14)), "not any more")
    assert h.daemon.stop() == 0
    h.daemon.start()
    h.daemon.wait(lambda: publisher(h)["state"] == "good", "the kept list", 30)
    refused(h, signers["old"].sign(list_of(14)), "not any more")
    refused(h, signers["new"].sign(list_of(13)), "accepted before")
    h.ctl.run("service", "import", signers["new"].sign(list_of(14, service="newest")))
    assert services(h)[0] == "newest"


YEARS_AGO = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, ts);
	if (id == CLOCK_REALTIME)
		ts->tv_sec -= 40L * 365 * 86400;
	return r;
}
"""


SLOW_DISK = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slowly(const char *name, int fd)
{
	usleep(1000000);
	return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
"""


@contextlib.contextmanager
def preloaded(h, source, state):
    """hearthd with a library made of SOURCE before libc, and its kept list in STATE; afterwards without it."""
    path = harness.write(os.path.join(h.folder.path, "preloaded.c"), source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", path[:-1] + "so", path, "-ldl"], check=True)
    env = h.daemon.env
    assert h.daemon.stop() == 0
    h.daemon.env = dict(env or {}, LD_PRELOAD=path[:-1] + "so",
                        ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    h.daemon.start()
    h.daemon.wait(lambda: publisher(h)["state"] == state, "the kept list", 60)
    yield
    assert h.daemon.stop() == 0
    h.daemon.env = env
    h.daemon.start()


def test_two_at_once(shared, signers):
    """An older list that comes while a newer one is being written to a slow disk does not take its place."""
    h = shared
    files = [signers["new"].sign(list_of(v)) for v in (16, 15)]
    with preloaded(h, SLOW_DISK, "good"):
        assert publisher(h)["version"] < 15
        argv = [harness.program("hearthctl"), "--bus", h.ctl.bus_address, "--json=short", "service", "import"]
        running = []
        for f in files:
            running.append(harness.popen([*argv, f], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
            time.sleep(0.3) # what is asserted holds in either order; in this one it could go wrong
        said = [p.communicate(timeout=60)[0] for p in running]
        taken = [json.loads(text)["version"] for text in said if text]
        assert taken and publisher(h)["version"] == max(taken)
    h.daemon.wait(lambda: publisher(h)["state"] == "good", "the kept list", 30)
    assert publisher(h)["version"] == max(taken)


def test_no_clock(shared, signers):
    """Without a clock nothing is taken, and what was taken says that nobody knows whether it still holds."""
    h = shared
    h.ctl.run("service", "import", signers["new"].sign(list_of(20)))
    with preloaded(h, YEARS_AGO, "expiry-not-checked"):
        assert services(h) == ["repair", "other"]
        assert "not checked" in h.ctl.run("service", "list").stdout
        refused(h, signers["new"].sign(list_of(21)), "clock")
    h.daemon.wait(lambda: publisher(h)["state"] == "good", "the clock again", 30)
    assert publisher(h)["version"] == 20


def test_expired(shared, signers):
    """A list that expires while it is kept is shown no more."""
    h = shared
    day = datetime.datetime.now(datetime.timezone.utc).date()
    h.ctl.run("service", "import", signers["new"].sign(list_of(30, expires=day.isoformat())))
    assert services(h) == ["repair", "other"] # this day still counts
    with preloaded(h, YEARS_AGO.replace("-=", "+="), "expired"):
        assert services(h) == [] and "expired" in h.ctl.run("service", "list").stdout
