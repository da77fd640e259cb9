#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""./dev demo: a home on this machine, read by hearthd and reported to a broker, with a fault and a unit
that goes silent on the way. Ends by Ctrl-C or after --seconds, and leaves nothing behind."""
import argparse
import json
import os
import shutil
import signal
import sys
import time

import harness

FAULT = ("pool", "2074.0") # a unit of the home and a bit of its fault registers
SILENT = "probe"           # a unit on the line that three others share
SHOWN = { # id: the attributes of the common model in the table
    "washer": ("active_power", "rms_voltage", "energy_imported"),
    "fridge": ("active_power", "energy_imported"),
    "fridge-air": ("temperature", "relative_humidity"),
    "boiler": ("local_temperature", "water_heater_mode", "outdoor_temperature"),
    "pool": ("flow.temperature", "return.temperature", "compressor_frequency", "running_mode"),
    "vent": ("supply.temperature", "extract.temperature", "mode", "active_power"),
    "airco": ("local_temperature", "system_mode", "cooling_setpoint", "fan_mode"),
}


class Screen:
    """A table that is drawn anew on a terminal with the last events below it; plain lines elsewhere."""
    LINES = 12

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.news, self.began = [], time.monotonic()

    def say(self, text):
        line = "%4d s  %s" % (time.monotonic() - self.began, text)
        self.news = (self.news + [line])[-self.LINES:]
        if not self.terminal:
            print(line, flush=True)

    def draw(self, table):
        if self.terminal:
            width = shutil.get_terminal_size().columns
            print("\033[H\033[2J" + "\n".join(line[:width - 1] for line in [*table, "", *self.news]), flush=True)
        else:
            print("\n".join(table), flush=True)


def number(value):
    return "%g" % value if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


class Demo:
    def __init__(self, seconds):
        self.seconds, self.screen = seconds, Screen()
        self.household = harness.Household(
            seed=20, speed=30, airco=True, period="3s", daemon_extra="Clock=trusted\n", # half a minute of the home's life a second
            upstreams={"cloud": {"Level": "full", "Planes": "event report state"},
                       "maker": {"Level": "faults", "Planes": "event repair"}})
        self.chain = harness.Chain()
        self.n = dict.fromkeys(("appliances", "points", "reports", "values", "events"), 0)
        self.names, self.gateways = {}, {}

    def learn_names(self):
        """Which random name at the broker is whose: only hearthctl here knows."""
        for upstream in self.household.upstreams:
            shown = self.household.ctl.json("upstream", "show", upstream)
            self.gateways[shown["gateway"]] = upstream
            self.names.update({alias: id_ for id_, alias in shown["aliases"].items()
                                   if not id_.startswith("bus:")})

    def name(self, alias):
        if alias not in self.names: # one is made when it is first needed
            try:
                self.learn_names()
            except AssertionError: # hearthd is being stopped
                pass
        return self.names.get(alias, alias)

    def take(self, m):
        """A message at the subscriber, on its own thread."""
        if m.kind not in ("report", "event") or not self.chain.add(m):
            return
        if m.kind == "report":
            values = list(harness.samples(m))
            self.n["reports"] += 1
            self.n["values"] += len(values)
            first = "  ".join("%s %s=%s" % (self.name(a), name, number(v))
                              for a, name, _, v in values[:3])
            self.screen.say("report %d: %d values in %d bytes: %s …" % (
                m.json["seq"], len(values), len(m.payload), first))
        else:
            self.n["events"] += 1
            e = m.json
            self.screen.say("event %d at %s: %s %s %s %s" % (
                e["seq"], self.gateways.get(e["gw"], e["gw"]),
                self.name(e["appliance"]) if e.get("appliance") else e.get("subject"),
                e["event"], e.get("code", ""), e.get("meaning", {}).get("en", "")))

    def table(self):
        h = self.household
        rows = [("APPLIANCE", "STATE", "VALUES")]
        points = 0
        listed = h.ctl.json("list", check=False)
        for a in listed:
            readings = h.ctl.json("get", a["id"], check=False)
            points += len(readings)
            by_name = {r["attribute"]: r for r in readings}
            shown = []
            for name in SHOWN.get(a["id"], ()):
                r = by_name.get(name)
                if r is not None:
                    shown.append("%s %s" % (name, number(r["value"]) + r.get("unit", "")
                                            if r["quality"] == "good" else "(%s)" % r["quality"]))
            rows.append((a["id"], a["state"], "   ".join(shown)))
        self.n["appliances"], self.n["points"] = len(listed), points
        findings = ["finding: %s %s %s" % (f["subject"], f["code"], f.get("meaning", {}).get("en", ""))
                    for f in h.ctl.json("findings", check=False)]
        return ["%-12s %-12s %s" % r for r in rows] + findings

    def schedule(self):
        """(second, what is said, command to the home), over and over when it has no end."""
        end = self.seconds or 100
        return [
            (0.25 * end, "the pool heat pump's board now reports a fault (register %s)" % FAULT[1],
             ("fault", *FAULT, 1)),
            (0.45 * end, "the probe in the fridge is pulled off the line", ("unit", SILENT, "off")),
            (0.80 * end, "the fault of the heat pump is gone", ("fault", *FAULT, 0)),
            (0.85 * end, "the probe is back", ("unit", SILENT, "on")),
        ], end

    def run(self):
        h = self.household
        self.ask = "%s --bus %s findings" % (
            os.path.relpath(harness.program("hearthctl")), h.bus.address)
        self.screen.say("starting: a home, mosquitto, D-Bus, hearthd, two relays")
        h.start(answering=False)
        self.learn_names()
        h.subscriber.listeners.append(self.take)
        h.wait_answering()
        self.screen.say("hearthd: " + h.daemon.status)
        self.screen.say("ask it from another terminal: " + self.ask)
        self.screen.say("its broker, for docs/examples/service-desk: --broker 127.0.0.1:%d" % h.broker.port)
        began, drawn, steps = time.monotonic(), -99.0, []
        every = 2 if self.screen.terminal else 10
        rounds = 0
        while True:
            now = time.monotonic() - began
            if self.seconds and now >= self.seconds:
                break
            if not steps and not (self.seconds and rounds):
                plan, length = self.schedule()
                steps = [(rounds * length + at, text, command) for at, text, command in plan]
                rounds += 1
            while steps and steps[0][0] <= now:
                _, text, command = steps.pop(0)
                self.screen.say("in the home: " + text)
                h.home.tell(*command)
            for p in (h.daemon, *h.relays.values()):
                if not p.running():
                    raise AssertionError(p.tail())
            if now - drawn >= every:
                hint = ["", "in another terminal: " + self.ask] if self.screen.terminal else []
                self.screen.draw(self.table() + hint)
                drawn = now
            time.sleep(0.2)
        self.table() # the last counts

    def result(self):
        return dict(self.n, lost=len(self.chain.missing()), duplicates=self.chain.duplicates)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0, help="end after so long; default: by Ctrl-C")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        demo = Demo(args.seconds)
    except harness.Missing as missing:
        sys.exit("demo: %s" % missing)
    status = 0
    try:
        demo.run()
    except KeyboardInterrupt:
        status = 130 if args.seconds else 0
    except AssertionError as error:
        print("demo: %s" % error, file=sys.stderr)
        status = 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN) # a second Ctrl-C must not leave half of it running
        demo.household.stop()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]: # a hearthctl that Ctrl-C cut short
                pass
        except ChildProcessError:
            pass
    if not status:
        print(json.dumps(demo.result(), separators=(",", ":")))
    return status


if __name__ == "__main__":
    sys.exit(main())
