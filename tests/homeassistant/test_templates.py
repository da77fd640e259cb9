#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_templates.py SAMPLES-PROGRAM

Evaluates every template of every discovery document as Home Assistant would, on states that hearthd makes of
registers, and takes the result as the entity would take it: each value must arrive as what it is, an unknown one as unknown.
Every payload that an entity can send, through its template where it has one, must be a value that hearthd takes.

What an entity does with a text is from Home Assistant's documentation and source of 2025 (components/mqtt): a text that is none
of its words is logged and dropped, so that the entity goes on showing the value before it. Exit 77 without jinja2."""
import collections
import datetime
import json
import re
import subprocess
import sys

try:
    import jinja2
    import jinja2.meta
    import jinja2.nodes
    import jinja2.sandbox
except ImportError:
    print("no jinja2 here")
    sys.exit(77)


class Dropped(Exception):
    """Home Assistant logs it and keeps what it had."""


def ha_round(value, precision=0, method="common"):
    """Home Assistant's own: with no digits behind the point an integer."""
    assert method == "common"
    value = round(float(value), precision)
    return int(value) if precision == 0 else value


# Templates see nothing but the message, and an attribute that is not there is our mistake.
ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
ENVIRONMENT.filters["round"] = ha_round
FILTERS = {"round", "int"}


def compiled(template):
    tree = ENVIRONMENT.parse(template)
    assert jinja2.meta.find_undeclared_variables(tree) <= {"value", "value_json"}, template
    used = {n.name for n in tree.find_all(jinja2.nodes.Filter)}
    assert used <= FILTERS, (used, template)
    return ENVIRONMENT.from_string(template)


CACHE, PARSED = {}, {}


def render(template, **variables):
    if template not in CACHE:
        CACHE[template] = compiled(template)
    return CACHE[template].render(**variables).strip()


def incoming(component, key, payload):
    """What the entity makes of PAYLOAD, JSON or not, by the template at KEY."""
    if key not in component:
        return payload
    if payload not in PARSED:
        try:
            PARSED[payload] = json.loads(payload)
        except ValueError:
            PARSED[payload] = None
    return render(component[key], value=payload, value_json=PARSED[payload])


# ---- what entities do with a text

def number(text, least=None, most=None):
    if text == "None":
        return None
    try:
        value = float(text)
    except ValueError:
        raise Dropped("%r is no number" % text)
    if least is not None and not least <= value <= most:
        raise Dropped("%r is outside of %g to %g" % (text, least, most))
    return value


def one_of(text, words):
    if text == "None":
        return None
    if text not in words:
        raise Dropped("%r is none of %s" % (text, words))
    return text


def sensor(c, text):
    if c.get("dev_cla") == "enum":
        return one_of(text, c["ops"])
    if c.get("dev_cla") == "timestamp":
        if text == "None":
            return None
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        assert moment.tzinfo, text
        return text
    if "unit_of_meas" in c or "stat_cla" in c or "sug_dsp_prc" in c:
        return number(text)
    assert len(text) <= 255, text # Home Assistant's bound of a state
    return None if text == "None" else text


def on_off(c, text, on="ON", off="OFF"):
    words = {c.get("pl_on", on): True, c.get("pl_off", off): False}
    return words[one_of(text, list(words))] if text != "None" else None


def whole_percent(text):
    value = number(text, 0, 100)
    if value is not None and not re.fullmatch(r"\d+", text):
        raise Dropped("%r is no whole number" % text)
    return value


STATES = { # platform: (key of the template, what the entity makes of it)
    "sensor": [("val_tpl", sensor)],
    "binary_sensor": [("val_tpl", on_off)],
    "switch": [("val_tpl", on_off)],
    "select": [("val_tpl", lambda c, t: one_of(t, c["ops"]))],
    "number": [("val_tpl", lambda c, t: number(t, c["min"], c["max"]))],
    "button": [],
    "climate": [("mode_stat_tpl", lambda c, t: one_of(t, c["modes"])),
                ("temp_stat_tpl", lambda c, t: number(t)), ("temperature_low_state_template", lambda c, t: number(t)),
                ("temperature_high_state_template", lambda c, t: number(t)), ("curr_temp_tpl", lambda c, t: number(t)),
                ("curr_hum_tpl", lambda c, t: number(t)),
                ("act_tpl", lambda c, t: one_of(t, ["idle", "cooling", "heating", "off", "fan", "drying"])),
                ("fan_mode_stat_tpl", lambda c, t: one_of(t, c["fan_modes"])),
                ("pr_mode_val_tpl", lambda c, t: one_of(t, ["none", *c["pr_modes"]]))],
    "water_heater": [("mode_stat_tpl", lambda c, t: one_of(t, c["modes"])),
                     ("temp_stat_tpl", lambda c, t: number(t)), ("curr_temp_tpl", lambda c, t: number(t))],
    "fan": [("stat_val_tpl", on_off), ("pct_val_tpl", lambda c, t: whole_percent(t)),
            ("pr_mode_val_tpl", lambda c, t: one_of(t, c["pr_modes"]))],
    "valve": [("val_tpl", lambda c, t: one_of(t, ["open", "closed", "opening", "closing"]))],
}
NAME = re.compile(r"value_json(?:\['([^']+)'\]|\.get\('([^']+)'\))")


def named(template):
    return [a or b for a, b in NAME.findall(template)]


class Test:
    def __init__(self, samples, quiet=False):
        self.quiet, self.bad, self.n, self.sent, self.templates = quiet, 0, 0, collections.Counter(), set()
        self.back = [] # (kind, attribute, value, where)
        self.states = {s["kind"]: [[(json.dumps(state, ensure_ascii=False), state) for state in s[word]]
                                   for word in ("states", "healths")] for s in samples if "states" in s}

    def say(self, where, text):
        self.bad += 1
        if not self.quiet:
            print("%s: %s" % (where, text))

    # -- what is shown

    def examine(self, sample):
        document = sample["payload"]
        for key, c in document["cmps"].items():
            if len(c) == 1:
                continue
            where = "%s%s%s %s" % (sample["kind"], " granted" if sample["granted"] else "", " zh" if sample["zh"] else "", key)
            handled = STATES[c["p"]]
            templates = {k for k in c if k.endswith(("_tpl", "_template"))}
            unknown = templates - {k for k, _ in handled} - {"cmd_tpl", "mode_cmd_tpl"}
            if unknown:
                self.say(where, "nobody knows what %s is for" % unknown)
            for template, take in handled:
                if template in c:
                    self.shown(sample, where, c, template, take)
            self.availability(sample, where, c)
            self.commands(sample, where, c)

    def shown(self, sample, where, c, template, take):
        states, healths = self.states[sample["kind"]]
        topic = c.get("stat_t", sample["payload"]["stat_t"])
        if topic.endswith("/unread"):
            return
        seen = {}
        for payload, state in healths if topic.endswith("/health") else states:
            self.n += 1
            self.templates.add(c[template])
            try:
                text = incoming(c, template, payload)
                got = take(c, text)
            except (Dropped, AssertionError, jinja2.TemplateError) as dropped:
                self.say(where, "%s: %s, of %s" % (template, dropped, {n: state.get(n) for n in named(c[template])}))
                continue
            names = named(c[template])
            value = state.get(names[0])
            wrong = self.compare(c, template, value, got, state)
            if wrong:
                self.say(where, "%s: %r becomes %r: %s" % (template, {n: state.get(n) for n in names}, got, wrong))
            if isinstance(value, str) and got is not None and len(names) == 1 and c["p"] in ("sensor", "select"):
                if seen.setdefault(got, value) != value:
                    self.say(where, "%r stands for %r and %r" % (got, seen[got], value))

    @staticmethod
    def compare(c, template, value, got, state):
        """Why GOT is not what VALUE says; NULL when it is."""
        p = c["p"]
        if template == "pct_val_tpl":
            return None if got == (None if value is None or not 0 <= value <= 100 else round(value)) else "the percentage"
        if isinstance(value, bool):
            return None if got is value or p in ("climate", "water_heater") else "yes or no"
        if isinstance(value, (int, float)):
            if p == "number" and not c["min"] <= value <= c["max"]:
                return None if got is None else "not shown, for it cannot be set"
            return None if got == value else "the number"
        if value is None:
            # Text that is not there is "-" where unknown and none are the same to people.
            known = [n for n in named(c[template]) if state.get(n) is not None]
            return None if got is None or known or got == "-" or template == "mode_stat_tpl" \
                else "unknown"
        if p == "sensor" and c.get("dev_cla") == "enum":
            return None if (got is None) == (value == "" or value.startswith("vendor_")) else "an option"
        return None

    def availability(self, sample, where, c):
        for a in c.get("avty", sample["payload"]["avty"]):
            for online in (True, False):
                if a["t"].endswith("/status"):
                    payload = json.dumps({"schema": "hearth.status/1", "state": "online" if online else "offline"})
                else:
                    payload = "online" if online else "offline"
                text = incoming(a, "val_tpl", payload)
                self.n += 1
                if text != ("online" if online else "offline"):
                    self.say(where, "availability by %s is %r" % (a["t"], text))

    # -- what is set

    def commands(self, sample, where, c):
        for topic, payloads in self.payloads(c):
            if topic not in c:
                continue
            attribute = c[topic].split("/set/")[1].replace("-", ".")
            for payload in payloads:
                self.sent[c["p"]] += 1
                self.back.append((sample["kind"], attribute, payload, "%s %s" % (where, topic)))

    @staticmethod
    def payloads(c):
        """(topic, what Home Assistant sends there)."""
        def through(template, values):
            return [render(c[template], value=v) if template in c else str(v) for v in values]
        def temperatures(least, most):
            return ["%s" % v for v in (float(least), float(most), (least + most) / 2)]
        on = [c.get("pl_on", "ON"), c.get("pl_off", "OFF")]
        p = c["p"]
        if p == "switch":
            yield "cmd_t", on
        elif p == "button":
            yield "cmd_t", [c.get("pl_prs", "PRESS")]
        elif p == "select":
            yield "cmd_t", through("cmd_tpl", c["ops"])
        elif p == "number":
            yield "cmd_t", through("cmd_tpl", [int(v) if float(v).is_integer() else v
                                               for v in (c["min"], c["max"], c["min"] + c["step"])])
        elif p == "climate":
            yield "mode_cmd_t", through("mode_cmd_tpl", c["modes"])
            yield "pow_cmd_t", on
            for topic in ("temp_cmd_t", "temp_lo_cmd_t", "temp_hi_cmd_t"):
                if topic in c:
                    yield topic, temperatures(c["min_temp"], c["max_temp"])
            yield "fan_mode_cmd_t", c.get("fan_modes", [])
            yield "pr_mode_cmd_t", c.get("pr_modes", [])
        elif p == "water_heater":
            yield "pow_cmd_t", on
            yield "temp_cmd_t", temperatures(c["min_temp"], c["max_temp"])
        elif p == "fan":
            yield "cmd_t", on
            yield "pct_cmd_t", ["0", "1", "50", "100"]
            yield "pr_mode_cmd_t", c.get("pr_modes", [])
        elif p == "valve":
            yield "cmd_t", [c["payload_open"], c["payload_close"]]

    def ask(self, program):
        """Everything that was sent, to what hearthd does with it."""
        lines = "".join("%s\t%s\t%s\n" % row[:3] for row in self.back)
        answers = subprocess.run([program, "downlink"], input=lines, check=True, capture_output=True, text=True).stdout.splitlines()
        assert len(answers) == len(self.back)
        for (_, attribute, value, where), answer in zip(self.back, answers):
            if answer != "ok":
                self.say(where, "%r to %s: %s" % (value, attribute, answer))


def self_test(program):
    """Mistakes are found."""
    assert incoming({"val_tpl": "{{ value_json['x'] }}"}, "val_tpl", '{"x":null}') == "None"
    for template in ("{{ value_json['missing'] }}", "{{ value_json.x | from_json }}", "{{ states('sensor.x') }}"):
        try:
            incoming({"val_tpl": template}, "val_tpl", '{"x":1}')
        except (AssertionError, jinja2.TemplateError):
            continue
        raise AssertionError(template)
    answers = subprocess.run([program, "downlink"], check=True, capture_output=True, text=True, input=
                             "room_air_conditioner\tsystem_mode\theat_cool\nroom_air_conditioner\ton_off\tON\n"
                             "room_air_conditioner\tsystem_mode\tauto\nroom_air_conditioner\tnothing\t1\n").stdout.split("\n")
    assert answers[0] != "ok" and answers[1] != "ok" and answers[2] == "ok" and answers[3] != "ok", answers


PLANTED = [ # (platform, key, what is put there, with the attribute that was named)
    ("number", "val_tpl", "{{ value_json['%s'] }}"), ("number", "val_tpl", "{{ value_json['%s'] or 0 }}"),
    ("select", "val_tpl", "{{ value_json['%s'] }}"), ("select", "cmd_tpl", "{{ value }}x"),
    ("fan", "pct_val_tpl", "{{ value_json['%s'] }}"), ("fan", "pr_mode_val_tpl", "{{ value_json['%s'] }}"),
    ("climate", "mode_cmd_tpl", "{{ value }}"), ("climate", "mode_stat_tpl", "{{ value_json['%s'] }}"),
    ("climate", "fan_mode_stat_tpl", "{{ value_json['%s'] }}"), ("climate", "curr_temp_tpl", "{{ value_json['%s'] or '' }}"),
    ("water_heater", "mode_stat_tpl", "{{ value_json['%s'] }}"), ("valve", "val_tpl", "{{ value_json['%s'] }}"),
    ("switch", "val_tpl", "{{ value_json['%s'] }}"), ("switch", "pl_on", "ON"), ("button", "pl_prs", "GO"),
    ("binary_sensor", "val_tpl", "{{ 'ON' if value_json['%s'] else 'OFF' }}"),
    ("sensor", "val_tpl", "{{ value_json['%s']|string|length }}"),
]


def plant(samples, program):
    """Each of them is found."""
    missed = 0
    for platform, key, text in PLANTED:
        for s in samples:
            found = [(k, c) for k, c in s["payload"]["cmps"].items() if c["p"] == platform and key in c]
            if "states" in s and found:
                break
        name, c = found[-1]
        changed = json.loads(json.dumps(s))
        changed["payload"]["cmps"] = {name: dict(c, **{key: text % named(c[key])[0] if "%s" in text else text})}
        test = Test([changed], quiet=True)
        test.examine(changed)
        test.ask(program)
        if not test.bad:
            print("not found: %s of a %s: %s" % (key, platform, text))
            missed += 1
    return missed


def main():
    self_test(sys.argv[1])
    lines = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout.splitlines()
    samples = [json.loads(line) for line in lines]
    test = Test(samples)
    for s in samples:
        test.examine(s)
    test.ask(sys.argv[1])
    print("%d documents, %d templates, %d evaluations, %d payloads sent: %s" % (
        len(samples), len(test.templates), test.n, len(test.back), dict(test.sent)))
    return 1 if plant(samples, sys.argv[1]) or test.bad else 0


if __name__ == "__main__":
    sys.exit(main())
