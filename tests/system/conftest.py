# SPDX-License-Identifier: Apache-2.0
import json
import os
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import harness # noqa: E402

SEED = 20250101
# Files that take long, the longest first: begun last they would be waited for alone.
LONG = ["test_faults", "test_faults_tcp", "test_bus", "test_hostile", "test_hostile_broker", "test_network", "test_tls", "test_outage", "test_reload", "test_airco",
        "test_kill", "test_ledger", "test_demo"]
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "lsan.supp")


def pytest_collection_modifyitems(items):
    def rank(item):
        name = item.path.stem
        return LONG.index(name) if name in LONG else len(LONG)
    items.sort(key=rank)


@pytest.fixture(scope="session")
def findings_folder():
    """Where every program of a sanitized build, however it was started, writes what was found in it; a
    finding ends the program. The options from outside come last and so hold."""
    folder = tempfile.mkdtemp(prefix="hearthd-found-")
    # What is freed is kept back up to quarantine_size_mb (256 by default): a daemon that grows by more leaks.
    for name, options in (("ASAN", "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:"
                           "quarantine_size_mb=32"),
                          ("UBSAN", "halt_on_error=1:print_stacktrace=1"),
                          ("TSAN", "halt_on_error=1:second_deadlock_stack=1"), ("LSAN", "print_suppressions=0:suppressions=" + SUPPRESSIONS)):
        os.environ[name + "_OPTIONS"] = "%s:%s:log_path=%s" % (
            options, os.environ.get(name + "_OPTIONS", ""), os.path.join(folder, name.lower()))
    yield folder
    try:
        raise_findings(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def raise_findings(folder):
    text = ""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8", errors="replace") as f:
            text += "%s: %s\n" % (name, f.read()[:6000])
        os.unlink(path)
    assert not text, "a sanitizer's finding: " + text


@pytest.fixture(autouse=True)
def no_findings(findings_folder):
    yield
    raise_findings(findings_folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + outcome.get_result().when, outcome.get_result())


def _household(request, files={}, **options):
    """FILES: what stands in its /etc/hearthd beside the configuration, by name."""
    try:
        h = harness.Household(**dict({"seed": SEED}, **options))
    except harness.Missing as missing:
        pytest.skip(str(missing))
    for name, text in files.items():
        harness.write(os.path.join(h.daemon.etc, name), text)
    return h


def _end(request, h):
    failed = request.session.testsfailed
    if failed:
        for p in (h.daemon, *h.relays.values(), h.home, h.broker):
            print("\n---- " + p.tail(4000))
    h.stop()


@pytest.fixture(scope="session")
def schemas():
    """schemas(NAME, message): it is valid by the schema of that name, as shipped."""
    jsonschema = pytest.importorskip("jsonschema")
    known = {}

    def check(name, message):
        if name not in known:
            path = os.path.join(harness.TOP, "etc", "schemas", name.replace("/", ".") + ".schema.json")
            with open(path, encoding="utf-8") as f:
                known[name] = jsonschema.Draft202012Validator(json.load(f))
        known[name].validate(message)
    return check


@pytest.fixture
def make_household(request):
    """make_household(**options): a household that is stopped at the end, and whose programs must not
    have been ended by a sanitizer."""
    made = []

    def make(**options):
        made.append(_household(request, **options))
        return made[-1]
    yield make
    for h in made:
        _end(request, h)


@pytest.fixture(scope="module")
def shared(request, findings_folder):
    """One household for all tests of a file."""
    h = _household(request, **getattr(request.module, "HOUSEHOLD", {}))
    try:
        yield h.start()
    finally:
        _end(request, h)
        raise_findings(findings_folder)


@pytest.fixture(scope="module")
def home(shared):
    return shared


@pytest.fixture(scope="module")
def rig(request, tmp_path_factory):
    """The file's own Rig(FOLDER), started."""
    try:
        r = request.module.Rig(str(tmp_path_factory.mktemp("rig")))
    except harness.Missing as missing:
        pytest.skip(str(missing))
    try:
        yield r.start()
    finally:
        r.stop()
