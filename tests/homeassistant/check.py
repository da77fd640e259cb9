#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check.py TOPIC [ATTRIBUTE...] < document.json

Finds what Home Assistant would drop or refuse in a discovery document, by facts.json: it drops keys it does
not know without a word, so an unknown key is an error here. With the ATTRIBUTEs of the state's topic, templates
may name no others. Prints one finding a line; exit 0 when there is none."""
import json
import pathlib
import re
import sys

FACTS = json.loads(pathlib.Path(__file__).with_name("facts.json").read_text(encoding="utf-8"))
TOPIC = re.compile(r"homeassistant/device/[a-zA-Z0-9_-]+/config")
STATE_NAMES = re.compile(r"value_json(?:\['([^']+)'\]|\.get\('([^']+)'\)|\.([a-z_]+))")
OWN = {"state", "problem", "health", "fault_code", "fault_text"}  # of status and health


def long_keys(value, table):
    return {table.get(k, k): v for k, v in value.items()}


class Check:
    def __init__(self, topic, document, attributes=None):
        self.found, self.attributes = [], attributes
        if not TOPIC.fullmatch(topic):
            self.say("document", "topic %r" % topic)
        self.document(long_keys(document, FACTS["short"]))

    def say(self, where, text):
        self.found.append("%s: %s" % (where, text))

    def known(self, where, value, keys):
        for k in value:
            if k not in keys:
                self.say(where, "key %r is unknown and would be dropped" % k)

    def document(self, d):
        facts = FACTS["document"]
        self.known("document", d, facts["required"] + facts["optional"])
        for k in facts["required"]:
            if not d.get(k):
                self.say("document", "%s is missing" % k)
        device = long_keys(d.get("device", {}), FACTS["device"]["short"])
        self.known("device", device, FACTS["device"]["keys"])
        if not device.get("identifiers"):
            self.say("device", "no identifiers")
        if not device.get("name"):
            self.say("device", "no name")
        for k, v in device.items():
            if k != "identifiers" and not isinstance(v, str):
                self.say("device", "%s is %r" % (k, v))
        origin = long_keys(d.get("origin", {}), FACTS["origin"]["short"])
        self.known("origin", origin, FACTS["origin"]["keys"])
        if not origin.get("name"):
            self.say("origin", "no name")
        self.availability("document", d, 2)
        if d.get("availability_mode") != "all":
            self.say("document", "gateway and appliance must both be there: availability_mode all")
        shared = {k: d[k] for k in facts["shared"] if k in d}
        ids = {}
        for name, component in d.get("components", {}).items():
            component = long_keys(component, FACTS["short"])
            self.component(name, component, shared)
            for key in ("unique_id", "default_entity_id"):
                value = component.get(key)
                if value is not None and (component["platform"], value) in ids:
                    self.say(name, "%s is that of %s" % (key, ids[component["platform"], value]))
                ids[component.get("platform"), value] = name

    def availability(self, where, d, least):
        items = d.get("availability", [])
        if "availability_topic" in d or not isinstance(items, list) or len(items) < least:
            self.say(where, "availability needs a list of %d" % least)
            return
        for item in items:
            item = long_keys(item, FACTS["short"])
            self.known(where + " availability", item, FACTS["availability"])
            self.topic(where + " availability", item.get("topic"))

    def topic(self, where, value):
        if not isinstance(value, str) or not value or re.search(r"[+#\0\s]", value) or len(value) > 255:
            self.say(where, "topic %r" % (value,))

    def component(self, name, c, shared):
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
            self.say(name, "name of a component")
        platform = c.pop("platform", None)
        facts = FACTS["platforms"].get(platform)
        if facts is None:
            self.say(name, "platform %r" % platform)
            return
        if not c:
            return  # removed
        self.known(name, c, facts["required"] + facts["optional"] + FACTS["common"])
        for k in facts["required"]:
            if k not in c and k not in shared:
                self.say(name, "%s is missing" % k)
        # Of a topic with a whole object only a template makes a state.
        template = "state_value_template" if platform == "fan" else "value_template"
        if "state_topic" in facts["required"] + facts["optional"] and template not in c and \
                re.search("/(state|health)$", c.get("state_topic", shared.get("state_topic", ""))):
            self.say(name, "would take the whole document for its state")
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", c.get("unique_id", "")):
            self.say(name, "unique_id %r" % c.get("unique_id"))
        if not re.fullmatch(platform + r"\.[a-z0-9_]+", c.get("default_entity_id", "")):
            self.say(name, "default_entity_id %r" % c.get("default_entity_id"))
        if "name" not in c or c["name"] == "":
            self.say(name, "no name")
        for k, v in c.items():
            if k.endswith("_topic"):
                self.topic(name, v)
            if k.endswith("_template"):
                self.template(name, k, v)
        if "availability" in c:
            self.availability(name, c, 1)
        self.category(name, platform, c)
        self.classes(name, platform, c, facts)
        getattr(self, platform, lambda *_: None)(name, c, facts)
        c["platform"] = platform

    def template(self, name, key, text):
        if not isinstance(text, str) or text.count("{{") != text.count("}}") or "{{" not in text or \
                text.count("{%") != text.count("%}"):
            self.say(name, "%s %r" % (key, text))
            return
        for found in STATE_NAMES.finditer(text):
            word = found[1] or found[2] or found[3]
            if word != "get" and self.attributes is not None and word not in self.attributes and word not in OWN:
                self.say(name, "%s names %r, which the state has not" % (key, word))

    def category(self, name, platform, c):
        category = c.get("entity_category")
        if category is not None and category not in FACTS["categories"]:
            self.say(name, "entity_category %r" % category)
        if category == "config" and platform in ("sensor", "binary_sensor"):
            self.say(name, "what only shows cannot be of the configuration")

    def classes(self, name, platform, c, facts):
        kind, unit, state = (c.get(k) for k in ("device_class", "unit_of_measurement", "state_class"))
        if platform not in ("sensor", "number"):
            if kind is not None and kind not in facts.get("classes", []):
                self.say(name, "device_class %r of a %s" % (kind, platform))
            return
        if kind is not None and kind not in FACTS["classes"]:
            self.say(name, "device_class %r" % kind)
        elif kind is not None:
            if unit not in FACTS["classes"][kind]["units"]:
                self.say(name, "unit %r of a %s" % (unit, kind))
            if state is not None and state not in FACTS["classes"][kind]["states"]:
                self.say(name, "state_class %r of a %s" % (state, kind))
        if state is not None and state not in ("measurement", "total", "total_increasing"):
            self.say(name, "state_class %r" % state)
        if unit == "":
            self.say(name, "an empty unit")

    def texts(self, name, key, c, least=1):
        value = c.get(key)
        if not isinstance(value, list) or len(value) < least or len(set(value)) != len(value) or \
                not all(isinstance(v, str) and v for v in value):
            self.say(name, "%s %r" % (key, value))
            return []
        return value

    def sensor(self, name, c, facts):
        if c.get("device_class") == "enum":
            self.texts(name, "options", c)
        if "options" in c and (c.get("device_class") != "enum" or "unit_of_measurement" in c or "state_class" in c):
            self.say(name, "options go with device_class enum, without unit and state_class")

    def select(self, name, c, facts):
        self.texts(name, "options", c)

    def number(self, name, c, facts):
        low, high, step = c.get("min", 1), c.get("max", 100), c.get("step", 1)
        if not low < high or step < 0.001:
            self.say(name, "min %r max %r step %r" % (low, high, step))
        if c.get("mode", "auto") not in ("auto", "box", "slider"):
            self.say(name, "mode %r" % c["mode"])

    def heat(self, name, c, facts):
        for mode in self.texts(name, "modes", c) if "modes" in c else []:
            if mode not in facts["modes"]:
                self.say(name, "mode %r" % mode)
        if c.get("precision", 0.1) not in facts["precision"] or c.get("temperature_unit", "C") not in "CF":
            self.say(name, "precision %r, unit %r" % (c.get("precision"), c.get("temperature_unit")))
        if not c.get("min_temp", 7) < c.get("max_temp", 35) or c.get("temp_step", 1) <= 0:
            self.say(name, "min_temp, max_temp, temp_step")
        if not any(k in c for k in c if k.endswith("command_topic")):
            self.say(name, "nothing of it can be changed")

    def water_heater(self, name, c, facts):
        self.heat(name, c, facts)

    def climate(self, name, c, facts):
        self.heat(name, c, facts)
        if "modes" not in c or "mode_state_topic" not in c:
            self.say(name, "without a mode's state the mode is taken for off")
        for key, topic in (("preset_modes", "preset_mode_command_topic"), ("fan_modes", "fan_mode_command_topic")):
            if (key in c) != (topic in c):
                self.say(name, "%s goes with %s" % (key, topic))
            elif key in c and "none" in self.texts(name, key, c):
                self.say(name, "none is a word of its own")
        for word in ("temperature", "temperature_low", "temperature_high", "mode"):
            if word + "_state_template" in c and word + "_state_topic" not in c:
                self.say(name, "%s: a template without its topic" % word)

    def fan(self, name, c, facts):
        if ("preset_modes" in c) != ("preset_mode_command_topic" in c):
            self.say(name, "preset_modes goes with preset_mode_command_topic")


def check(topic, document, attributes=None):
    return Check(topic, document, attributes).found


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = check(sys.argv[1], json.load(sys.stdin), set(sys.argv[2:]) or None)
    print("\n".join(found))
    sys.exit(bool(found))
