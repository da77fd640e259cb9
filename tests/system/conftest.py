# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import harness # noqa: E402

SEED = 20250101


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + outcome.get_result().when, outcome.get_result())


def _household(request, **options):
    try:
        h = harness.Household(**dict({"seed": SEED}, **options))
    except harness.Missing as missing:
        pytest.skip(str(missing))
    return h


def _end(request, h):
    failed = request.session.testsfailed
    if failed:
        for p in (h.daemon, *h.relays.values(), h.home, h.broker):
            print("\n---- " + p.tail(4000))
    h.stop()


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
        for p in (h.daemon, *h.relays.values()):
            assert "Sanitizer" not in p.text() and "runtime error:" not in p.text(), p.tail(6000)


@pytest.fixture(scope="module")
def shared(request):
    """One household for all tests of a file."""
    h = _household(request, **getattr(request.module, "HOUSEHOLD", {}))
    try:
        yield h.start()
    finally:
        _end(request, h)
