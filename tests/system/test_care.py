# SPDX-License-Identifier: Apache-2.0
"""What people do for an appliance: care that is due, the steps of a finding, a repair and its proof. The
knowledge and the rules are the test's own, quick ones; the home is simulated."""
import os

import pytest

import harness

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
"""


@pytest.fixture(scope="module")
def home(request, findings_folder):
    import conftest
    h = conftest._household(request, appliances=["fridge-air"], period="1s", daemon_extra="Clock=trusted\n",
                            upstreams={"cloud": {"Level": "full", "Planes": "event"}})
    harness.write(os.path.join(h.daemon.etc, "knowledge", "test.knowledge"), KNOWLEDGE)
    try:
        yield h.start()
    finally:
        conftest._end(request, h)


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
