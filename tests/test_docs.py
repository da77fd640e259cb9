# SPDX-License-Identifier: Apache-2.0
"""docs/delivery.md and docs/security.md name only tests that exist."""
import os
import re

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
