# SPDX-License-Identifier: Apache-2.0
"""What comes out at the subscriber is what the appliances answered, and soon enough."""
import json
import os
import time

import harness
import truth

HOUSEHOLD = {"period": "2s", "speed": 20} # 20 seconds of the home's life a second


def test_all_answer(shared):
    shared.wait_answering()
    listed = shared.ctl.json("list")
    assert sorted(a["id"] for a in listed) == sorted(shared.ids)
    assert all(a["reachable"] for a in listed)


def test_values_are_those_answered(shared):
    """Several reports of moving values: each value was answered by the unit, in that order."""
    s = shared.subscriber
    s.wait(lambda: len(s.of("report")) >= 3, "three reports", 60)
    compared, chain = truth.compare(shared)
    assert compared >= 3 * len(shared.ids)
    assert not chain.missing() and not chain.duplicates
    assert not s.bad


def test_every_pair_is_published(shared):
    want = {(id_, a) for id_ in shared.ids for a in truth.PAIRS[id_]}
    shared.subscriber.wait(lambda: not want - set(truth.published(shared)[0]), "a value of each pair", 60)


def test_a_change_is_seen_within_its_period(shared):
    """Set at the unit, seen by hearthctl within the point's period and by the subscriber in the next
    report."""
    before = len(shared.subscriber.of("report"))
    shared.home.tell("set", "pool", "outlet_water_temperature", 33.3)
    at = time.monotonic()

    def seen():
        return shared.value("pool", "flow.temperature")[0] == 33.3
    harness.wait_for("33.3 by hearthctl", seen, 2 * 2 + 1, every=0.1)
    took = time.monotonic() - at
    assert took < 2 * 2 + 1
    alias = shared.aliases()["pool"]

    def reported():
        return any(value == 33.3 and (a, n) == (alias, "flow.temperature")
                   for m in shared.subscriber.of("report")[before:]
                   for a, n, _, value in harness.samples(m))
    shared.subscriber.wait(reported, "33.3 in a report", 30)
    shared.home.tell("release", "pool", "outlet_water_temperature")


def test_messages_keep_to_their_schemas(shared):
    """Everything that is JSON names its schema and keeps to it."""
    import jsonschema
    validators, seen = {}, set()
    folder = os.path.join(harness.TOP, "etc", "schemas")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            schema = json.load(f)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        validators[schema["$id"].rpartition(":")[2]] = kind(schema)
    for m in shared.subscriber.of(*{m.kind for m in shared.subscriber.messages}):
        if m.json is not None or m.payload[:1] == b"{":
            content = m.json or json.loads(m.payload)
            # a state holds flat values and nothing else
            name = "hearth.state/1" if m.topic.endswith("/state") else content["schema"]
            validators[name].validate(content)
            seen.add(name.split(".")[1].split("/")[0])
    assert seen >= {"report", "birth", "info", "status", "meta", "state"}


def events_of(household, upstream, id_):
    alias = household.aliases(upstream)[id_]
    return [m.json for m in household.subscriber.of("event") if m.json.get("appliance") == alias]


def test_a_fault_becomes_a_finding_and_an_event(shared):
    """Locally and at both subscribers, raised once and cleared once, with the panel's own code."""
    s = shared.subscriber
    assert not events_of(shared, "cloud", "pool")
    shared.home.tell("fault", "pool", "2074.0", 1)
    finding = harness.wait_for("a finding", lambda: [
        f for f in shared.ctl.json("findings") if f["subject"] == "pool"], 20, every=0.2)[0]
    s.wait(lambda: events_of(shared, "cloud", "pool"), "the event", 20)
    (event,) = events_of(shared, "cloud", "pool")
    assert event["event"] == "raised" and event["code"] == finding["code"]
    assert event["meaning"]["en"] == finding["meaning"]["en"] != ""
    assert shared.ctl.run("status", "pool").returncode == 4
    shared.home.tell("fault", "pool", "2074.0", 0)
    s.wait(lambda: len(events_of(shared, "cloud", "pool")) == 2, "the event of its end", 20)
    assert events_of(shared, "cloud", "pool")[-1]["event"] == "cleared"
    s.wait(lambda: len(events_of(shared, "maker", "pool")) == 2, "both at the other upstream", 20)
    assert not [f for f in shared.ctl.json("findings") if f["subject"] == "pool"]


def test_a_stranger_at_the_faults_level_learns_nothing_else(shared):
    """A second upstream at level faults has events and its status, under names of its own."""
    s = shared.subscriber
    own = shared.ctl.json("upstream", "show", "maker")
    other = shared.ctl.json("upstream", "show", "cloud")
    assert own["gateway"] != other["gateway"]
    kinds = {m.kind for m in s.messages if m.topic.startswith("hearth/v1/%s/" % own["gateway"]) and m.payload}
    assert kinds and kinds <= {"status", "info", "event"}
    text = b"".join(m.payload for m in s.messages if m.topic.startswith("hearth/v1/%s/" % own["gateway"]))
    for name in shared.ids:
        assert ('"%s"' % name).encode() not in text and shared.APPLIANCES[name][2].encode() not in text
