#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Mitsubishi Electric air conditioner on its CN105 socket: a pseudo-terminal or a TCP port.

Shares no code with hearthd. Written from the public descriptions of the protocol (SwiCago/HeatPump,
echavet/MitsubishiCN105ESPHome, muart-group it-protocol). Like a real unit it says nothing before a
connect and never speaks first.

    cn105.py [--link PATH | --tcp PORT] [--control PATH] [--open] [--delay MS]

prints "ready DEVICE" (a path, or host:port), then takes commands, one a line, from standard input
and, with --control, from a Unix socket; each is answered by "ok", "error TEXT" or JSON:

    set KEY VALUE       see "get"; setpoint 21.5, mode cool, error 6999, error none ...
    get                 everything as JSON
    silence on|off      answers nothing
    mute CODE|none      does not answer this query (hex)
    late CODE MS        answers the next query CODE so much later
    corrupt N           the next N replies have a wrong checksum
    truncate N          the next N replies lack their last 5 bytes
    noise N             the next N replies have rubbish with start bytes before them
    swap N              the next N get replies are to the query before (a late one)
    dribble MS          pause between bytes
    forget              the session is lost, as after a loss of mains
    drop                closes the TCP connection
    counters            {"connects": n, "gets": {"02": n}, "sets": n, "bad": n}
    quit
"""
import argparse
import json
import os
import select
import socket
import sys
import termios
import time
import tty

MODES = {"heat": 1, "dry": 2, "cool": 3, "fan": 7, "auto": 8}
FANS = {"auto": 0, "quiet": 1, "1": 2, "2": 3, "3": 5, "4": 6}
SHORT_FIRST = "AbEFJLPU"
SHORT_SECOND = "0123456789ABCDEFOHJLPU"


def seal(body):
    """A frame's bytes without the checksum -> with it."""
    total = 0
    for b in body:
        total = (total + b) & 0xFF
    return bytes(body) + bytes([(0xFC - total) & 0xFF])


class Unit:
    """The appliance: its state in household terms, and its answers."""

    def __init__(self):
        self.state = {
            "power": 1, "mode": "cool", "setpoint": 24.0, "fan": "auto", "vane": 0,
            "wide_vane": 3, "adjust": 0, "isee": 0, "lock": 0, "humidity": 0,
            "room": 26.5, "outdoor": 31.0, "runtime": 68196,
            "error": "none", "short": "",
            "timer": 0, "on_set": 0, "off_set": 0, "on_left": 0, "off_left": 0,
            "hz": 42, "operating": 1, "watts": 640, "energy": 136.0,
            "flags": 0, "fan_stage": 3, "submode": 0,
            "purifier": 0, "night": 0, "circulator": 0,
            "coarse": 0,  # an old unit: whole degrees in encoding A only
        }
        self.connected = False
        self.needs_connect = True

    def set(self, key, value):
        old = self.state[key]
        if key == "mode":
            if value not in MODES:
                raise ValueError("mode is one of " + " ".join(MODES))
        elif key == "fan":
            if value not in FANS:
                raise ValueError("fan is one of " + " ".join(FANS))
        elif key == "error":
            if value != "none" and not (len(value) == 4 and value.isdigit()):
                raise ValueError("error is none or four digits")
        elif key == "short":
            if value in ("none", '""'):
                value = ""
            if value and not (len(value) == 2 and value[0] in SHORT_FIRST and value[1] in SHORT_SECOND):
                raise ValueError("short is a letter and a digit, or none")
        elif key == "outdoor" and value == "none":
            value = None
        elif value == "raw":
            raise ValueError("no value")
        else:
            value = float(value) if isinstance(old, float) or key == "outdoor" else int(value, 0)
        self.state[key] = value

    # -- payloads, 16 bytes each
    def payload(self, code):
        s = self.state
        p = bytearray(16)
        p[0] = code
        if code == 0x02:
            p[3] = s["power"]
            p[4] = MODES[s["mode"]] + (8 if s["isee"] else 0)
            whole = int(s["setpoint"])
            p[5] = (31 - whole) & 0x0F
            if s["setpoint"] != whole:
                p[5] |= 0x10
            p[6] = FANS[s["fan"]]
            p[7] = s["vane"]
            p[8] = s["lock"]
            p[10] = s["wide_vane"] | (0x80 if s["adjust"] else 0)
            if not s["coarse"]:
                p[11] = int(s["setpoint"] * 2) + 128
            p[12] = s["humidity"]
        elif code == 0x03:
            p[3] = max(0, min(0x1F, int(s["room"]) - 10))
            p[5] = 0 if s["outdoor"] is None else int(s["outdoor"] * 2) + 128
            if not s["coarse"]:
                p[6] = int(s["room"] * 2) + 128
            p[7] = 0xB0
            p[8] = 0xFE
            p[9] = 0x42
            p[11:14] = s["runtime"].to_bytes(3, "big")
        elif code == 0x04:
            word = "8000" if s["error"] == "none" else s["error"]
            p[4:6] = bytes.fromhex(word)
            if s["short"]:
                p[6] = SHORT_FIRST.index(s["short"][0]) << 5 | SHORT_SECOND.index(s["short"][1])
        elif code == 0x05:
            p[3] = s["timer"]
            for i, key in enumerate(("on_set", "off_set", "on_left", "off_left")):
                p[4 + i] = s[key] // 10
        elif code == 0x06:
            p[3] = s["hz"]
            p[4] = s["operating"]
            p[5:7] = s["watts"].to_bytes(2, "big")
            p[7:9] = (round(s["energy"] * 10) % 65536).to_bytes(2, "big")
            p[11] = 0x42
        elif code == 0x09:
            p[3] = s["flags"]
            p[4] = s["fan_stage"]
            p[5] = s["submode"]
        elif code == 0x42:
            p[1], p[2], p[3] = s["purifier"], s["night"], s["circulator"]
        else:
            return None
        return bytes(p)

    def apply(self, p):
        """A set of group 01: only what its control bits name."""
        s = self.state
        if p[0] != 0x01:
            return
        if p[1] & 0x01:
            s["power"] = p[3]
        if p[1] & 0x02:
            s["mode"] = {v: k for k, v in MODES.items()}.get(p[4], s["mode"])
        if p[1] & 0x04:
            s["setpoint"] = (p[14] - 128) / 2 if p[14] else 31 - (p[5] & 0x0F) + (0.5 if p[5] & 0x10 else 0)
        if p[1] & 0x08:
            s["fan"] = {v: k for k, v in FANS.items()}.get(p[6], s["fan"])
        if p[1] & 0x10:
            s["vane"] = p[7]


class Emulator:
    def __init__(self, unit, delay):
        self.unit = unit
        self.delay = delay
        self.silence = False
        self.muted = set()
        self.late = {}
        self.faults = {"corrupt": 0, "truncate": 0, "noise": 0, "swap": 0}
        self.dribble = 0.0
        self.buffer = b""
        self.out = []  # (when, bytes), in order of time
        self.last_get = 0x03
        self.counters = {"connects": 0, "gets": {}, "sets": 0, "bad": 0}

    def receive(self, data, now):
        self.buffer += data
        while True:
            start = self.buffer.find(b"\xfc")
            if start < 0:
                self.buffer = b""
                return
            self.buffer = self.buffer[start:]
            if len(self.buffer) < 5:
                return
            total = self.buffer[4] + 6
            if self.buffer[2:4] != b"\x01\x30" or total > 22:
                self.buffer = self.buffer[1:]
                continue
            if len(self.buffer) < total:
                return
            frame = self.buffer[:total]
            if seal(frame[:-1]) != frame:
                self.counters["bad"] += 1
                self.buffer = self.buffer[1:]
                continue
            self.buffer = self.buffer[total:]
            self.request(frame[1], frame[5:-1], now)

    def request(self, kind, payload, now):
        u = self.unit
        reply = None
        delay = self.delay
        if kind == 0x5A and payload == b"\xca\x01":
            self.counters["connects"] += 1
            if not self.silence:
                u.connected = True
            reply = seal([0xFC, 0x7A, 0x01, 0x30, 1, 0])
        elif not (u.connected or not u.needs_connect):
            return
        elif kind == 0x42:
            code = payload[0]
            name = "%02X" % code
            self.counters["gets"][name] = self.counters["gets"].get(name, 0) + 1
            answered = code
            if self.faults["swap"] > 0:
                self.faults["swap"] -= 1
                answered = self.last_get
            self.last_get = code
            body = u.payload(answered)
            if code in self.muted or body is None:
                return
            delay = self.late.pop(code, delay)
            reply = seal(bytes([0xFC, 0x62, 0x01, 0x30, 16]) + body)
        elif kind == 0x41:
            self.counters["sets"] += 1
            u.apply(payload)
            reply = seal(bytes([0xFC, 0x61, 0x01, 0x30, 16]) + bytes(16))
        if reply is None or self.silence:
            return
        self.send(self.damage(reply), now + delay)

    def damage(self, reply):
        if self.faults["corrupt"] > 0:
            self.faults["corrupt"] -= 1
            reply = reply[:-1] + bytes([reply[-1] ^ 0x55])
        if self.faults["truncate"] > 0:
            self.faults["truncate"] -= 1
            reply = reply[:-5]
        if self.faults["noise"] > 0:
            self.faults["noise"] -= 1
            reply = b"\x00\xfc\xfc\x62\x01\xfc\x62\x01\x30\x10\x02" + reply
        return reply

    def send(self, data, when):
        if self.dribble > 0:
            for i in range(len(data)):
                self.out.append((when + i * self.dribble, data[i:i + 1]))
        else:
            self.out.append((when, data))
        self.out.sort(key=lambda item: item[0])

    def command(self, line):
        """One line -> its answer; None for quit, "drop" closes the connection."""
        words = line.split()
        try:
            if not words:
                return ""
            verb, args = words[0], words[1:]
            if verb == "set":
                self.unit.set(args[0], args[1])
            elif verb == "get":
                return json.dumps(self.unit.state)
            elif verb == "counters":
                return json.dumps(self.counters)
            elif verb == "silence":
                self.silence = args[0] == "on"
            elif verb == "mute":
                self.muted = set() if args[0] == "none" else self.muted | {int(args[0], 16)}
            elif verb == "late":
                self.late[int(args[0], 16)] = float(args[1]) / 1000
            elif verb in self.faults:
                self.faults[verb] = int(args[0])
            elif verb == "dribble":
                self.dribble = float(args[0]) / 1000
            elif verb == "forget":
                self.unit.connected = False
            elif verb == "drop":
                return "drop"
            elif verb == "quit":
                return None
            else:
                return "error unknown command " + verb
        except (KeyError, ValueError, IndexError) as e:
            return "error %s" % e
        return "ok"


def open_pty(link):
    master, slave = os.openpty()
    tty.setraw(slave, termios.TCSANOW)  # and kept open: the line stays while a program comes and goes
    device = os.ttyname(slave)
    if link:
        tmp = "%s.%d" % (link, os.getpid())
        os.symlink(device, tmp)
        os.replace(tmp, link)
        device = link
    return master, slave, device


class Server:
    def __init__(self, args):
        self.unit = Unit()
        self.unit.needs_connect = not args.open
        self.emulator = Emulator(self.unit, args.delay / 1000)
        self.line = self.slave = self.listener = self.control = None
        self.clients = {}  # socket of a control client -> bytes so far
        self.stdin = b""
        self.stdin_open = True
        self.running = True
        if args.tcp is not None:
            self.listener = socket.create_server(("127.0.0.1", args.tcp))
            device = "127.0.0.1:%d" % self.listener.getsockname()[1]
        else:
            master, self.slave, device = open_pty(args.link)
            self.line = os.fdopen(master, "r+b", buffering=0)
        if args.control:
            if os.path.exists(args.control):
                os.unlink(args.control)
            self.control = socket.socket(socket.AF_UNIX)
            self.control.bind(args.control)
            self.control.listen(4)
        print("ready", device, flush=True)

    def close_line(self):
        if self.listener and self.line:
            self.line.close()
            self.line = None
            self.emulator.buffer = b""
            self.emulator.out.clear()

    def run(self):
        while self.running:
            now = time.monotonic()
            while self.emulator.out and self.emulator.out[0][0] <= now:
                data = self.emulator.out.pop(0)[1]
                if self.line:
                    try:
                        os.write(self.line.fileno(), data)
                    except OSError:
                        self.close_line()
                        break
            out = self.emulator.out
            wait = max(0.0, out[0][0] - now) if out else None
            watched = [f for f in (self.line, self.listener, self.control) if f] + list(self.clients)
            if self.stdin_open:
                watched.append(sys.stdin)
            for f in select.select(watched, [], [], wait)[0]:
                self.ready(f)

    def ready(self, f):
        if f is self.listener:
            self.close_line()
            self.line = self.listener.accept()[0]
        elif f is self.control:
            self.clients[self.control.accept()[0]] = b""
        elif f is sys.stdin:
            data = os.read(sys.stdin.fileno(), 4096)
            self.stdin_open = bool(data)
            self.stdin = self.commands(self.stdin + data, lambda t: print(t, flush=True))
        elif f in self.clients:
            data = f.recv(4096)
            if not data:
                del self.clients[f]
                f.close()
                return
            self.clients[f] = self.commands(
                self.clients[f] + data, lambda t: f.sendall(t.encode() + b"\n"))
        elif f is self.line:
            try:
                data = os.read(f.fileno(), 4096)
            except OSError:
                data = b""
            if data:
                self.emulator.receive(data, time.monotonic())
            else:
                self.close_line()

    def commands(self, data, answer):
        while b"\n" in data:
            line, data = data.split(b"\n", 1)
            result = self.emulator.command(line.decode(errors="replace"))
            if result is None:
                self.running = False
                result = "ok"
            if result == "drop":
                self.close_line()
                result = "ok"
            if result:
                answer(result)
        return data


def main():
    p = argparse.ArgumentParser(description="A Mitsubishi Electric air conditioner on CN105")
    p.add_argument("--link", help="a symbolic link to the pseudo-terminal")
    p.add_argument("--tcp", type=int, metavar="PORT", help="a TCP port instead; 0 = any")
    p.add_argument("--control", metavar="PATH", help="a Unix socket that takes commands")
    p.add_argument("--open", action="store_true", help="answers without a connect, as some units do")
    p.add_argument("--delay", type=float, default=60, metavar="MS", help="request to reply")
    Server(p.parse_args()).run()


if __name__ == "__main__":
    main()
