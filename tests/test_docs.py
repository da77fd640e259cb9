# SPDX-License-Identifier: Apache-2.0
"""Pages say what is there: tests, keys of files, other pages; and their examples are good."""
import glob
import os
import re
import shutil
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def known():
    """{file or module: its tests}, and all tests."""
    found, every = {}, set()
    for base, _, files in os.walk(os.path.join(TOP, "tests")):
        for name in files:
            if not name.endswith((".py", ".c")) or not name.startswith(("test_", "test-")):
                continue
            with open(os.path.join(base, name), encoding="utf-8") as f:
                text = f.read()
            tests = set(re.findall(r"^(?:def|static void) (test_\w+)\(", text, re.M))
            found.setdefault(name[5:name.rindex(".")], set()).update(tests)
            every |= tests | {name[:-3]}
    return found, every


def test_named_tests_exist():
    files, every = known()
    for page in ("delivery.md", "security.md"):
        with open(os.path.join(TOP, "docs", page), encoding="utf-8") as f:
            words = re.findall(r"`([^`\n]+)`", f.read())
        assert len(words) > 30
        for word in words:
            for test in re.findall(r"\btest_\w+", word):
                assert test in every or test.removeprefix("test_") in files, "%s: %s" % (page, word)
            for name, test in re.findall(r"\b(?:test_)?([a-z_]+)\.(test_\w+)", word):
                assert test in files.get(name, ()), "%s: %s" % (page, word)
            for name in re.findall(r"^unit/([a-z-]+)", word):
                assert name in files, "%s: %s" % (page, word)


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


# (page, heading): where the keys are that the program takes there: a file below daemon/, and which of its lists.
KEYS = {
    ("hearthd.conf", "[Daemon]"): ["config.c", 0],
    ("hearthd.conf", "[Journal]"): ["config.c", 1],
    ("hearthd.conf", "[Bus NAME]"): ["config.c", 2],
    ("hearthd.conf", "[Upstream NAME]"): ["config.c", 3],
    ("hearthd.conf", "[Appliance]"): ["config-appliance.c", 0],
    ("hearthd.conf", "[Control UPSTREAM]"): ["config-grant.c", 0],
    ("hearthd.conf", "[Source NAME]"): ["config-source.c", 0],
    ("hearthd.profile", "[Profile]"): ["profile-load.c", 0],
    ("hearthd.profile", "[Setting NAME]"): ["profile-setting.c", 0],
    ("hearthd.profile", "[Repeat NAME]"): ["profile-repeat.c", 0],
    ("hearthd.profile", "[Line]"): ["profile-load.c", 1],
    ("hearthd.profile", "[Point NAME]"): ["profile-point.c", 0, 1],
    ("hearthd.profile", "[Fault CODE]"): ["profile-fault.c", 0],
    ("hearthd.profile", "[Write ATTRIBUTE]"): ["profile-write.c", 0],
    ("hearthd.profile", "[Identify NAME]"): ["profile-identify.c", 0],
    ("hearthd.rules", "KEYS OF A RULE"): ["rule-load.c", 0],
    ("hearthd.knowledge", "[Cause GROUP.NAME]"): ["knowledge-load.c", 1],
    ("hearthd.knowledge", "[Step GROUP.NAME NUMBER]"): ["knowledge-load.c", 0],
    ("hearthd.knowledge", "[Maintenance GROUP.NAME]"): ["knowledge-item.c", 0],
}
FOLLOWED = {"When", "Repeat"} # of any section of a profile, before its keys are looked at


@pytest.mark.parametrize("page, heading", KEYS)
def test_keys(page, heading):
    """Every key that is taken is written down once, and none that is not taken."""
    name, *which = KEYS[page, heading]
    path, = glob.glob(os.path.join(TOP, "daemon", "**", name), recursive=True)
    lists = [re.findall(r'"(\w+)"', text) for text in re.findall(
        r"static const char \*const known\w*\[\] = \{(.*?)NULL\}", read(path), re.S)]
    # Lists of sections and others than of keys begin otherwise.
    lists = [keys for keys in lists if "Profile" not in keys[:1]]
    taken = set().union(*(lists[i] for i in which))
    part = re.split(r"^##? ", read("docs", "man", page + ".5.scd"), flags=re.M)
    part, = [p for p in part if p.startswith(heading + "\n")]
    said = []
    for line in re.findall(r"^\*[A-Z].*$", part, re.M):
        said += [k for k in re.findall(r"\*([A-Z]\w*)(?:=\w*)?=?\*(?!\[)", line)]
    assert len(said) == len(set(said)), sorted(k for k in said if said.count(k) > 1)
    if page == "hearthd.profile":
        taken |= FOLLOWED & set(said)
    # One that goes with another may stand in its paragraph.
    within = {k for k in taken - set(said) if "*%s=" % k in part}
    assert set(said) | within == taken, (set(said) ^ taken) - within


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}


def test_links():
    """Between pages: the file is there, and the heading. Manual pages that are named are there."""
    pages = glob.glob(os.path.join(TOP, "*.md")) + glob.glob(os.path.join(TOP, "docs", "**", "*.md"), recursive=True)
    manual = {os.path.basename(p)[:-len(".scd")] for p in glob.glob(os.path.join(TOP, "docs", "man", "*.scd"))}
    assert len(pages) > 40 and len(manual) > 10
    for page in pages:
        text = read(page)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match("[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            assert os.path.exists(target), (page, link)
            assert not anchor or anchor in anchors(read(target)), (page, link)
    for page in pages + glob.glob(os.path.join(TOP, "docs", "man", "**", "*.scd"), recursive=True):
        for name, section in re.findall(r"\*?\b((?:hearth|org\.hearthd)[\w.-]*?)\*?\((\d)\)", read(page)):
            assert "%s.%s" % (name, section) in manual, (page, name, section)


def test_pages_render():
    """On a terminal of 80 columns nothing is too wide."""
    if not shutil.which("scdoc") or not shutil.which("groff"):
        pytest.skip("no scdoc or groff here")
    for path in sorted(glob.glob(os.path.join(TOP, "docs", "man", "*.scd"))):
        made = subprocess.run(["scdoc"], input=read(path), stdout=subprocess.PIPE, check=True, text=True, timeout=60).stdout
        shown = subprocess.run(["groff", "-t", "-man", "-Tutf8", "-Kutf8", "-ww", "-rLL=78n"], input=made, stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, text=True, timeout=60)
        assert not shown.stderr, (path, shown.stderr)
