#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A service desk for gateways that run hearthd, small enough to copy from. It takes in events, requests for a
repair and reports from an MQTT broker, checks signatures, keeps what came in a folder, writes readings as line
protocol or CSV, and answers requests. Debian: python3-paho-mqtt, openssl (3.0). See README.md.

  desk.py run [--line FILE|-] [--csv FILE|-] [--accept]      until Ctrl-C
  desk.py list                                               requests that are not closed
  desk.py show REQUEST [--visit]                             one of them; --visit: with the code for the visitor
  desk.py answer REQUEST accepted|appointment|declined|closed [--from T] [--to T] [--who W] [--text T] [--zh T]
"""
import argparse
import base64
import csv
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zlib

import paho.mqtt.client as mqtt

import reports

ID = re.compile(r"[0-9a-f]{32}\Z")
UNDATED_MAX = 100000 # readings of one start of a gateway


def say(text):
    """What strangers sent commands no terminal."""
    text = re.sub(r"[\0-\x1f\x7f-\x9f]", lambda c: "\\x%02x" % ord(c[0]), text)
    print(time.strftime("%F %T"), text, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------------- messages

def verified(message):
    """The payload of a hearth.signed/1, or ValueError. First the signature, then the JSON."""
    raw, key, signature = (base64.b64decode(message[k], validate=True) for k in ("payload", "key", "sig"))
    if len(key) != 32 or len(signature) != 64:
        raise ValueError("key or signature has a wrong length")
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": bytes.fromhex("302a300506032b6570032100") + key, # RFC 8410, section 4
                 "sig": signature, "raw": raw}
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key",
                               "-in", "raw", "-sigfile", "sig"], cwd=folder, capture_output=True)
    if done.returncode != 0:
        raise ValueError("the signature is wrong")
    packet = json.loads(raw)
    for name in ("gw", "request"):
        if packet[name] != message[name]:
            raise ValueError("%s differs inside and outside" % name)
    if packet["schema"] != message["of"]:
        raise ValueError("it is no %s" % message["of"])
    return packet


# ------------------------------------------------------------------------------------------- desk

class Desk:
    def __init__(self, options):
        self.options = options
        self.dictionaries, self.waiting = {}, []
        self.seen = set() # (gateway, epoch, seq): delivery is at least once
        self.last = {}    # (topic, epoch): seq, to find what never came
        self.undated = {} # (gateway, boot): readings whose date a later message may tell
        for folder in ("requests", "events", "keys", "columns", "dictionaries"):
            os.makedirs(self.path(folder), mode=0o700, exist_ok=True)
        # The broker clears old ones, and may still hold reports that were made with them.
        for name in os.listdir(self.path("dictionaries")):
            with open(self.path("dictionaries", name), "rb") as f:
                self.dictionaries[int(name, 16)] = f.read()
        self.line = self.open(options.line)
        self.csv = csv.writer(self.open(options.csv)) if options.csv else None

    def path(self, *parts):
        return os.path.join(self.options.folder, *parts)

    @staticmethod
    def open(name):
        return None if not name else sys.stdout if name == "-" else open(name, "a", 1, encoding="utf-8", newline="")

    def keep(self, path, content):
        with open(path + ".new", "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            json.dump(content, f, ensure_ascii=False, indent=1)
        os.replace(path + ".new", path)

    def on_message(self, client, _, m):
        parts = m.topic[len(self.options.prefix) + 1:].split("/")
        if len(parts) == 3 and parts[1] == "dict":
            self.take_dictionary(m.payload)
            waiting, self.waiting = self.waiting, []
            for message in waiting:
                self.try_to_take(client, *message)
        elif len(parts) == 2:
            self.try_to_take(client, parts[0], parts[1], m.topic, m.payload)

    def try_to_take(self, client, *message):
        try:
            self.take(client, *message)
        except reports.NoDictionary:
            self.waiting = (self.waiting + [message])[-1000:]
        except reports.BAD as error: # whatever strangers may send
            say("refused: %s: %s" % (message[2], error))

    def take_dictionary(self, payload):
        if 0 < len(payload) <= 4096 and zlib.adler32(payload) not in self.dictionaries:
            self.dictionaries[zlib.adler32(payload)] = payload
            with open(self.path("dictionaries", "%08x" % zlib.adler32(payload)), "wb") as f:
                f.write(payload)

    def is_new(self, topic, message):
        key = (message["gw"], message["epoch"], message["seq"])
        if key in self.seen:
            return False
        last = self.last.get((topic, message["epoch"]))
        stated = any(a <= message["prev"] <= b for a, b in message.get("lost", []) + message.get("withheld", []))
        if last is not None and message["prev"] > last and not stated:
            say("%s: something before message %d never came" % (topic, message["seq"]))
        if len(self.seen) > 100000: # a second one changes nothing, but is said again
            self.seen.clear()
        self.seen.add(key)
        self.last[topic, message["epoch"]] = max(message["seq"], last or 0)
        return True

    def take(self, client, gw, kind, topic, payload):
        message = reports.parse(reports.inflate(payload, self.dictionaries))
        if message["gw"] != gw or not reports.ALIAS.fullmatch(gw):
            raise ValueError("it is not of the gateway of its topic")
        if not re.fullmatch("[0-9a-f]{8}", message["epoch"]) or type(message["seq"]) is not int:
            raise ValueError("epoch or seq is none")
        if not self.is_new(topic, message):
            return
        if kind == "event":
            say("event %s %s: %s %s (%s)" % (gw, message.get("appliance", ""), message["event"],
                                             message["code"], message["severity"]))
            self.keep(self.path("events", "%s-%s-%d.json" % (gw, message["epoch"], message["seq"])), message)
        elif kind == "report":
            self.take_report(gw, message)
        elif kind == "repair":
            self.take_repair(client, topic, message)
        for boot, start in message.get("boots", {}).items():
            self.write(gw, int(start), self.undated.pop((gw, boot), []))

    def take_report(self, gw, message):
        path = self.path("columns", gw)
        try:
            with open(path, encoding="utf-8") as f:
                decoder = reports.Decoder(json.load(f))
        except (OSError, ValueError): # none yet, or the power went: they begin anew within the hour
            decoder = reports.Decoder()
        boot, rows = decoder.samples(message)
        if boot is None:
            self.write(gw, 0, rows)
        else: # the gateway did not know the time yet: a later message will, perhaps
            say("report of %s: %d readings without a date yet, its clock was not set" % (gw, len(rows)))
            self.undated[gw, boot] = (self.undated.pop((gw, boot), []) + rows)[-UNDATED_MAX:]
            if len(self.undated) > 64:
                del self.undated[next(iter(self.undated))]
        if decoder.aside:
            say("report of %s: %d columns left aside until they begin anew" % (gw, decoder.aside))
        self.keep(path, decoder.state)

    def write(self, gw, start, rows):
        for t, appliance, name, value in rows:
            if self.line:
                print(reports.line_of(gw, start + t, appliance, name, value), file=self.line, flush=True)
            if self.csv:
                at = datetime.datetime.fromtimestamp(start + t, datetime.timezone.utc)
                self.csv.writerow([at.strftime("%FT%TZ"), gw, appliance, name, value])

    def known_key(self, gw, key):
        """The first key of a gateway is believed, and from then on that one alone. Who wants more writes the file
        from what "hearthctl repair key" says in the house."""
        path = self.path("keys", gw)
        if not os.path.exists(path):
            say("gateway %s: first seen with key %s" % (gw, key))
            self.keep(path, key)
        with open(path, encoding="utf-8") as f:
            return json.load(f) == key

    def take_repair(self, client, topic, message):
        packet = verified(message)
        if not ID.match(packet["request"]):
            raise ValueError("request is no name")
        if not self.known_key(packet["gw"], message["key"]):
            raise ValueError("signed, but not by the key of gateway %s" % packet["gw"])
        path = self.path("requests", packet["request"] + ".json")
        if packet["schema"] == "hearth.cancel/1":
            case = self.load(packet["request"]) if os.path.exists(path) else None
            if not case or case["packet"]["gw"] != packet["gw"]:
                raise ValueError("not the gateway's own request")
            self.keep(path, dict(case, status="cancelled"))
            say("request %s: cancelled by the household" % packet["request"])
            return
        if os.path.exists(path):
            return
        self.keep(path, {"status": "new", "topic": topic, "packet": packet, "answers": []})
        codes = ", ".join(f["code"] for f in packet["findings"]) or "no finding"
        part = packet["likely"][0]["part"].get("en", "") if packet["likely"] else ""
        say("request %s: %s of %s: %s; likely part: %s" % (packet["request"], packet["appliance"]["kind"], packet["gw"],
                                                           codes, part or "not known"))
        if self.options.accept:
            self.answer(client, packet["request"], "accepted", {"reference": packet["request"][:8].upper()})

    def load(self, request):
        if not ID.match(request):
            raise ValueError("a request is 32 hexadecimal digits")
        with open(self.path("requests", request + ".json"), encoding="utf-8") as f:
            return json.load(f)

    def answer(self, client, request, status, more):
        case = self.load(request)
        t = max([int(time.time())] + [a["t"] + 1 for a in case["answers"]]) # later than the one before
        answer = dict({"schema": "hearth.progress/1", "request": request, "status": status, "t": t}, **more)
        topic = case["topic"].rpartition("/")[0] + "/cmd/repair"
        sent = client.publish(topic, json.dumps(answer, ensure_ascii=False), qos=1)
        self.keep(self.path("requests", request + ".json"), dict(case, status=status, answers=case["answers"] + [answer]))
        return sent

    # ------------------------------------------------------------------------------------- commands

    def connect(self, client_id, clean):
        o = self.options
        # A fixed name and an old session: what comes while the desk is down waits at the broker.
        version = [mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, "CallbackAPIVersion") else [] # Paho 2
        client = mqtt.Client(*version, client_id=client_id, clean_session=clean)
        if o.user:
            client.username_pw_set(o.user, os.environ.get("DESK_PASSWORD"))
        if o.ca:
            client.tls_set(o.ca)
        host, _, port = o.broker.rpartition(":")
        client.connect(host, int(port))
        return client

    def on_connect(self, client, _, flags, code):
        if code != 0:
            say("the broker refuses: %s" % mqtt.connack_string(code))
            return
        client.subscribe([("%s/+/%s" % (self.options.prefix, t), 1) for t in ("dict/+", "event", "repair", "report")])

    def run(self):
        client = self.connect(self.options.client_id, False)
        client.on_message = self.on_message
        client.on_connect = self.on_connect
        client.on_subscribe = lambda *_: say("ready")
        client.loop_forever(retry_first_connection=True)

    def list(self):
        for name in sorted(os.listdir(self.path("requests"))):
            if not name.endswith(".json"):
                continue
            case = self.load(name[:-5])
            if case["status"] not in ("closed", "declined", "cancelled"):
                p = case["packet"]
                print(p["request"], case["status"], p["gw"], p["appliance"]["kind"],
                      " ".join(f["code"] for f in p["findings"]))

    def show(self):
        case = self.load(self.options.request)
        if not self.options.visit:
            case["packet"].pop("visit", None)
        json.dump(case, sys.stdout, ensure_ascii=False, indent=1)
        print()

    def command_answer(self):
        o, more = self.options, {}
        if o.who:
            more["who"] = o.who
        if o.text or o.zh:
            more["text"] = {k: v for k, v in (("en", o.text), ("zh", o.zh)) if v}
        if o.begin:
            when = [datetime.datetime.fromisoformat(t).astimezone().timestamp() for t in (o.begin, o.end) if t]
            more["appointment"] = dict(zip(("from", "to"), map(int, when)))
        client = self.connect("", True)
        client.loop_start()
        self.answer(client, o.request, o.status, more).wait_for_publish(30)
        client.disconnect()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--broker", default="localhost:1883", help="HOST:PORT")
    p.add_argument("--prefix", default="hearth/v1")
    p.add_argument("--folder", default="desk", help="where everything is kept")
    p.add_argument("--client-id", default="service-desk")
    p.add_argument("--user", help="with $DESK_PASSWORD")
    p.add_argument("--ca", help="TLS, with these authorities")
    p.add_argument("--line", help="readings as line protocol to this file, or - for standard output")
    p.add_argument("--csv", help="readings as CSV to this file, or -")
    p.add_argument("--accept", action="store_true", help="answer every good request with accepted")
    commands = p.add_subparsers(dest="command", required=True)
    commands.add_parser("run")
    commands.add_parser("list")
    show = commands.add_parser("show")
    show.add_argument("request")
    show.add_argument("--visit", action="store_true")
    answer = commands.add_parser("answer")
    answer.add_argument("request")
    answer.add_argument("status", choices=["accepted", "appointment", "declined", "closed"])
    answer.add_argument("--from", dest="begin", help="2026-12-01T09:00")
    answer.add_argument("--to", dest="end")
    for name in ("--who", "--text", "--zh"):
        answer.add_argument(name)
    options = p.parse_args()
    desk = Desk(options)
    try:
        {"run": desk.run, "list": desk.list, "show": desk.show, "answer": desk.command_answer}[options.command]()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as error:
        sys.exit("desk.py: %s" % error)


if __name__ == "__main__":
    main()
