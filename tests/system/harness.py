# SPDX-License-Identifier: Apache-2.0
"""What the system tests and the demo are made of: the simulated home, a broker, a way to it that can
be cut, a private bus, hearthd, hearth-relay, hearthctl, and a subscriber that reads reports with a
decoder of its own. Everything waits for conditions with a deadline; nothing waits for time alone.
Every process ends with the one that started it."""
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import paho.mqtt.client as mqtt

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", ".."))
PYTHON = "/usr/bin/python3"
PR_SET_PDEATHSIG = 1
# What a sanitizer writes when it has found something: a test fails then, whatever else it saw.
SANITIZED = re.compile(r"ERROR: (Address|Leak)Sanitizer|(WARNING|FATAL): ThreadSanitizer|ThreadSanitizer:|"
                       r"runtime error:|(Address|Leak|Thread|UndefinedBehavior)Sanitizer: ")
_libc = ctypes.CDLL(None)


class Missing(Exception):
    """A program that is not built yet or not installed."""


def build_folder():
    return os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))


def program(name):
    for folder in ("daemon", "adapters", "relay", "share", "sign", "ctl", "."):
        path = os.path.join(build_folder(), folder, name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise Missing("no %s in %s (./dev build)" % (name, build_folder()))


def tool(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not path:
        raise Missing("no program %s here" % name)
    return path


def wait_for(what, condition, timeout=30, every=0.02):
    """The first true value of CONDITION()."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (timeout, what))
        time.sleep(every)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def with_parent():
    """In a child before exec(): it ends with the process that started it, however that ends. Where there are threads
    it is for tied() to do: Python's own code between fork() and exec() may wait for a lock that nobody holds any more."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tied(argv):
    """The same, done by a program that becomes ARGV."""
    return ["setpriv", "--pdeathsig", "KILL", *argv]


def popen(argv, **options):
    return subprocess.Popen(tied(argv), **options)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


class Process:
    """A child whose output is in a file; start() may be called again after it ended."""

    def __init__(self, name, folder, argv, env=None):
        self.name, self.argv, self.env = name, argv, env
        self.log = os.path.join(folder, name + ".log")
        self.popen = None

    def spawn(self, stdin=subprocess.DEVNULL, stdout=None):
        log = open(self.log, "ab")
        self.popen = popen(self.argv, stdin=stdin, stdout=stdout or log, stderr=log,
                           env=dict(os.environ, **(self.env or {})))
        log.close()
        return self

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen is not None and self.popen.poll() is None

    def send(self, number):
        self.popen.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=20):
        """Ends it and gives its exit status; one that does not end is a failure."""
        if self.popen is None:
            return None
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError("%s did not end within %d s; %s" % (self.name, timeout, self.tail()))
        self.check_sanitizers()
        return status

    def check_sanitizers(self):
        text = self.text()
        found = SANITIZED.search(text)
        if found:
            raise AssertionError("%s: a sanitizer's finding: %s" % (
                self.name, text[max(0, found.start() - 300):found.start() + 6000]))

    def kill(self):
        self.stop(signal.SIGKILL)

    def text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def tail(self, n=2000):
        state = "not started" if self.popen is None else "running" if self.running() else \
            "ended with %d" % self.popen.returncode
        return "%s (%s) said: …%s" % (self.name, state, self.text()[-n:])


class Home(Process):
    """The simulated appliances (home/home.py)."""

    def __init__(self, folder, seed=1, speed=1.0, baud=0):
        self.rtu, self.control = os.path.join(folder, "rtu"), os.path.join(folder, "home.sock")
        super().__init__("home", folder, [PYTHON, os.path.join(HERE, "home", "home.py"), "--rtu", self.rtu,
                                          "--control", self.control, "--seed", str(seed), "--speed",
                                          str(speed), "--baud", str(baud), "--with-parent",
                                          *(["--trace", os.environ["HEARTHD_TRACE"]]
                                            if "HEARTHD_TRACE" in os.environ else [])])

    def start(self):
        self.spawn(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.popen.stdout.readline()
        if not line:
            raise AssertionError(self.tail())
        self.units = json.loads(line)["ready"]
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.control)
        self.reader = self.socket.makefile("r")
        return self

    def tell(self, *words):
        self.socket.sendall((" ".join(map(str, words)) + "\n").encode())
        answer = json.loads(self.reader.readline())
        if not answer["ok"]:
            raise ValueError("home: %s: %s" % (" ".join(map(str, words)), answer["error"]))
        return answer.get("result")


class Airco(Process):
    """The air conditioner on a Mitsubishi CN105 socket (emulators/cn105.py), on a pseudo-terminal."""
    SCRIPT = os.path.join(HERE, "emulators", "cn105.py")

    def __init__(self, folder):
        self.link = os.path.join(folder, "cn105")
        super().__init__("cn105", folder, [PYTHON, self.SCRIPT, "--link", self.link])

    def start(self):
        self.spawn(stdin=subprocess.PIPE)
        wait_for("the air conditioner's pseudo-terminal", lambda: os.path.exists(self.link), 10)
        return self

    def tell(self, *words):
        self.popen.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self.popen.stdin.flush()


def Broker(folder, extra=""): # pylint: disable=invalid-name
    """The one the tests run against (brokers.py)."""
    import brokers
    return brokers.make(folder, extra)


class Bus(Process):
    """A private D-Bus on which everybody may do everything."""

    def __init__(self, folder):
        path = os.path.join(folder, "bus")
        self.address = "unix:path=" + path
        conf = write(os.path.join(folder, "bus.conf"), """<busconfig><type>custom</type><listen>%s</listen>
<auth>EXTERNAL</auth><policy context="default"><allow send_destination="*"/><allow receive_sender="*"/>
<allow own="*"/></policy></busconfig>\n""" % self.address)
        super().__init__("dbus-daemon", folder, [tool("dbus-daemon"), "--nofork", "--nopidfile",
                                                 "--config-file=" + conf])
        self.path = path

    def start(self):
        self.spawn()

        def listening():
            with socket.socket(socket.AF_UNIX) as s:
                return s.connect_ex(self.path) == 0
        wait_for("dbus-daemon listening", listening, 10)
        return self


class Notified(Process):
    """A service of Type=notify: knows whether it is ready and what its STATUS says."""

    def __init__(self, name, folder, argv, env=None):
        self.notify_path = os.path.join(folder, name + ".notify")
        super().__init__(name, folder, argv, dict(env or {}, NOTIFY_SOCKET=self.notify_path,
                                                  WATCHDOG_USEC="30000000"))
        self.env.pop("WATCHDOG_PID", None)
        self.socket = None
        self.ready, self.status, self.fed = False, "", 0

    def start(self, ready=True, timeout=30):
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(self.notify_path)
            threading.Thread(target=self.hear, daemon=True).start()
        self.ready, self.status = False, ""
        self.spawn()
        if ready:
            self.wait(lambda: self.ready, "READY of " + self.name, timeout)
        return self

    def hear(self):
        """Takes in what is notified, as it comes: a full queue would stop the service, as it would with a
        systemd that does not read."""
        while True:
            try:
                text = self.socket.recv(8192).decode(errors="replace")
            except OSError:
                return
            for line in text.split("\n"):
                self.ready |= line == "READY=1"
                self.fed += line == "WATCHDOG=1"
                if line.startswith("STATUS="):
                    self.status = line[7:]

    def wait(self, condition, what, timeout=30):
        def seen():
            if not self.running():
                raise AssertionError("%s ended with %s; %s" % (self.name, self.popen.returncode, self.tail()))
            return condition()
        try:
            return wait_for(what, seen, timeout)
        except AssertionError as error:
            raise AssertionError("%s; STATUS=%s; %s" % (error, self.status, self.tail())) from None


class Daemon(Notified):
    """hearthd with a configuration, state and run-time folder of its own."""

    def __init__(self, folder, bus_address="none", vendor=os.path.join(TOP, "etc"), state=None):
        self.etc = os.path.join(folder, "etc")
        self.state = state or os.path.join(folder, "state")
        self.runtime = os.path.join(folder, "run")
        for path in (self.etc, self.state, self.runtime):
            os.makedirs(path, mode=0o700, exist_ok=True)
        super().__init__("hearthd", folder, [
            program("hearthd"), "--config", self.etc, "--vendor", vendor, "--state", self.state,
            "--runtime", self.runtime, "--bus", bus_address, "--libexec", os.path.join(build_folder(), "sign")])

    def relay_socket(self, upstream):
        return os.path.join(self.runtime, "relay", upstream, "sock")


class Relay(Notified):
    def __init__(self, folder, daemon, upstream, credentials=None):
        super().__init__("relay-" + upstream, folder, [
            program("hearth-relay"), upstream, "--socket", daemon.relay_socket(upstream),
            *(["--credentials", credentials] if credentials else [])])


class Ctl:
    """hearthctl as a person calls it."""

    def __init__(self, bus_address, etc=None):
        self.bus_address, self.etc = bus_address, etc

    def run(self, *words, check=True, timeout=30, say=""):
        """SAY: what the person types."""
        argv = [program("hearthctl"), "--bus", self.bus_address, "--no-pager", *words]
        done = subprocess.run(tied(argv), input=say, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=timeout,
                              env=dict(os.environ, LC_ALL="C.UTF-8"))
        # 4: it worked, and an appliance is in fault
        if check and done.returncode not in (0, 4):
            raise AssertionError("hearthctl %s: exit %d: %s" % (" ".join(words), done.returncode, done.stderr))
        return done

    def json(self, *words, check=True, say=""):
        return json.loads(self.run("--json=short", *words, check=check, say=say).stdout)


class Way:
    """Between hearth-relay and the broker: passes bytes, can be cut, and reads along, so that a test
    knows which PUBLISH had its PUBACK."""

    def __init__(self, port):
        self.target, self.cut = port, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.links = set()
        self.bytes = [0, 0] # from the relay, to it: whole packets
        self.published, self.acked = [], set() # (topic, payload) in order, QoS 1; indices of those
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.cut:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            for s in (client, server):
                s.settimeout(None)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.links |= {client, server}
            state = {"version": 4, "waiting": {}}
            for a, b, see in ((client, server, self.see_up), (server, client, self.see_down)):
                threading.Thread(target=self.pump, args=(a, b, see, state), daemon=True).start()

    def pump(self, a, b, see, state):
        buffer = b""
        try:
            while data := a.recv(65536):
                buffer += data
                while packet := self.packet(buffer):
                    buffer = buffer[len(packet[2]):]
                    with self.lock:
                        self.bytes[see == self.see_down] += len(packet[2])
                        see(state, *packet[:2])
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.lock:
            self.links -= {a, b}
        a.close()

    @staticmethod
    def packet(buffer):
        """(first byte, body, whole) of the first MQTT packet, or None."""
        length = shift = 0
        for i, byte in enumerate(buffer[1:5]):
            length |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                end = 2 + i + length
                return (buffer[0], buffer[2 + i:end], buffer[:end]) if len(buffer) >= end else None
        return None

    def see_up(self, state, head, body):
        if head >> 4 == 1: # CONNECT
            state["version"] = body[6]
        elif head >> 4 == 3 and head & 6: # PUBLISH, QoS 1
            n = int.from_bytes(body[:2], "big")
            topic, at = body[2:2 + n].decode(), 2 + n
            packet_id, at = int.from_bytes(body[at:at + 2], "big"), at + 2
            if state["version"] == 5: # properties
                length = shift = 0
                while True:
                    byte, at = body[at], at + 1
                    length |= (byte & 127) << shift
                    shift += 7
                    if not byte & 128:
                        break
                at += length
            state["waiting"][packet_id] = len(self.published)
            self.published.append((topic, body[at:]))

    def see_down(self, state, head, body):
        if head >> 4 == 4: # PUBACK
            index = state["waiting"].pop(int.from_bytes(body[:2], "big"), None)
            if index is not None:
                self.acked.add(index)

    def close_links(self):
        with self.lock:
            links = list(self.links)
        for s in links:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def set_cut(self, cut):
        self.cut = cut
        if cut:
            self.close_links()

    def stop(self):
        self.listener.close()
        self.close_links()


class Message:
    def __init__(self, topic, payload, retained, kind, json_):
        self.topic, self.payload, self.retained = topic, payload, retained
        self.kind, self.json, self.at = kind, json_, time.time()

    @property
    def key(self):
        return self.json["epoch"], self.json["seq"]


def mqtt_version():
    import brokers
    return mqtt.MQTTv5 if brokers.kind().mqtt5 else mqtt.MQTTv311


class Subscriber:
    """Takes in everything below hearth/v1 and decodes it with Python's own zlib and json."""

    def __init__(self, port, prefix="hearth/v1", also=()):
        self.prefix, self.filters = prefix, [prefix + "/#", *also]
        self.messages, self.dictionaries, self.bad = [], {}, []
        self.waiting = [] # reports whose dictionary has not come yet
        self.condition = threading.Condition()
        self.connected = False
        self.listeners = []
        self.client = mqtt.Client(client_id="subscriber-%d" % os.getpid(), protocol=mqtt_version())
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = self.on_disconnect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()

    def on_connect(self, client, *_):
        client.subscribe([(f, 1) for f in self.filters])

    def on_subscribe(self, *_):
        with self.condition:
            self.connected = True
            self.condition.notify_all()

    def on_disconnect(self, *_):
        with self.condition:
            self.connected = False

    def decode(self, payload):
        """JSON text of a payload that may be deflated, with a dictionary or without."""
        if payload[:1] in b"{[":
            return json.loads(payload)
        d = zlib.decompressobj()
        try:
            return json.loads(d.decompress(payload, 1 << 20))
        except zlib.error:
            adler = int.from_bytes(payload[2:6], "big") if payload[1] & 0x20 else None
            if adler is None:
                raise
            if adler not in self.dictionaries:
                raise KeyError("dictionary %08x" % adler)
            d = zlib.decompressobj(zdict=self.dictionaries[adler])
            return json.loads(d.decompress(payload, 1 << 20))

    def on_message(self, client, userdata, m):
        levels = m.topic[len(self.prefix) + 1:].split("/")
        kind = levels[1] if len(levels) > 1 else ""
        with self.condition:
            if kind == "dict" and m.payload:
                self.dictionaries[zlib.adler32(m.payload)] = m.payload
                again, self.waiting = self.waiting, []
                for topic, payload, retained, k in again:
                    self.take(topic, payload, retained, k)
            if kind in ("report", "event", "repair", "birth", "info"):
                self.take(m.topic, m.payload, m.retain, kind)
            else:
                self.add(Message(m.topic, m.payload, m.retain, kind, None))
            self.condition.notify_all()

    def take(self, topic, payload, retained, kind):
        if not payload:
            return
        try:
            self.add(Message(topic, payload, retained, kind, self.decode(payload)))
        except KeyError:
            self.waiting.append((topic, payload, retained, kind))
        except (ValueError, zlib.error) as error:
            self.bad.append((topic, payload, str(error)))

    def add(self, message):
        self.messages.append(message)
        for f in self.listeners:
            f(message)

    def of(self, *kinds):
        with self.condition:
            return [m for m in self.messages if m.kind in kinds]

    def wait(self, condition, what, timeout=30):
        """The first true value of CONDITION(), asked after every message."""
        end = time.monotonic() + timeout
        with self.condition:
            while True:
                value = condition()
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("the subscriber did not see within %g s: %s; it has %s; undecoded: %s" % (
                        timeout, what, summary(self.messages), self.bad[:3]))
                self.condition.wait(min(left, 0.5))

    def wait_connected(self, timeout=20):
        return self.wait(lambda: self.connected, "its own subscription", timeout)

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


def retained(port, known=()):
    """{topic: payload} of what the broker keeps below hearth/v1; KNOWN: topics to be asked for by name where it must be."""
    import brokers
    s = Subscriber(port, also=() if brokers.kind().retained_wildcard else sorted(known))
    try:
        s.wait_connected()
        s.client.publish("hearth/v1/test/marker", b"x", qos=1) # comes behind all that is retained
        s.wait(lambda: s.of("marker"), "the end of the retained documents")
        return {m.topic: m.payload for m in s.messages if m.retained}
    finally:
        s.stop()


def summary(messages):
    n = {}
    for m in messages:
        n[m.kind] = n.get(m.kind, 0) + 1
    return n


def samples(message):
    """(appliance, attribute, seconds, value) of a report, in its order."""
    for appliance, attributes in message.json.get("a", {}).items():
        for name, series in attributes.items():
            t = message.json["t"]
            for i in range(0, len(series), 2):
                t += series[i]
                yield appliance, name, t, series[i + 1]


class Chain:
    """What relay.md asks of a receiver: drops an (epoch, seq) it has, and finds what is missing by
    prev, which names the message sent before on the same topic."""

    def __init__(self):
        self.seen = {}     # (epoch, seq): payload
        self.duplicates = 0
        self.changed = []  # keys that came again with other bytes
        self.by_topic = {} # (epoch, topic): {seq: prev}
        self.stated = set()

    def add(self, message):
        """True when it is new."""
        key = message.key
        for kind in ("lost", "withheld"):
            for first, last in message.json.get(kind, []):
                self.stated |= {(key[0], s) for s in range(first, last + 1)}
        if key in self.seen:
            self.duplicates += 1
            if self.seen[key] != message.payload:
                self.changed.append(key)
            return False
        self.seen[key] = message.payload
        self.by_topic.setdefault((key[0], message.topic), {})[key[1]] = message.json.get("prev", 0)
        return True

    def missing(self):
        """(epoch, topic, seq) that a later message names as sent before it, and nobody stated as lost.
        What came before the first message received is not asked for."""
        gone = []
        for (epoch, topic), prevs in self.by_topic.items():
            first = min(prevs)
            for seq, prev in prevs.items():
                if prev and prev >= first and prev not in prevs and (epoch, prev) not in self.stated:
                    gone.append((epoch, topic, prev))
        return gone


class Folder:
    """A short-named folder that goes with the test; shown when something failed."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="hearthd-", dir=os.environ.get("TMPDIR", "/tmp"))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


# ------------------------------------------------------------------------------------- a household

def faster(daemon, profile, period):
    """A drop-in that reads the quick points of a profile each PERIOD."""
    with open(os.path.join(TOP, "etc", "profiles", profile + ".profile"), encoding="utf-8") as f:
        sections = f.read().split("\n[")
    text = "[Profile]\nFaultPeriod=%s\n" % period
    for section in sections:
        head, _, body = section.partition("]\n")
        if head.startswith("Point ") and not ("\nPeriod=" in body and not "\nPeriod=5s" in body):
            text += "[%s]\nPeriod=%s\n" % (head, period)
    write(os.path.join(daemon.etc, "profiles", profile + ".profile.d", "50-period.conf"), text)


def appliance_text(kind, sources, extra="", maps=None, label=None):
    """A file of appliances.d/. SOURCES: {name or "": (bus, unit, profile)}."""
    text = "[Appliance]\nKind=%s\n%s%s" % (kind, "Label=%s\n" % label if label else "", extra)
    for name, (bus, unit, profile) in sources.items():
        text += "[Source%s]\nBus=%s\nProfile=%s\n" % (" " + name if name else "", bus, profile)
        text += "Unit=%d\n" % unit if unit is not None else "" # a serial socket has one appliance
    if maps:
        text += "[Map]\n" + "".join("%s=%s\n" % pair for pair in maps.items())
    return text


class Household:
    """Home, broker, bus, hearthd and its relays, wired together in one folder. Nothing is started before
    start(); stop() ends what runs, last started first."""
    APPLIANCES = { # id: (kind, {source: (bus, unit of the home, profile)}, label)
        "washer": ("electrical_meter", {"": ("rs485", "sdm120", "eastron-sdm120")}, "洗衣机"),
        "fridge": ("electrical_meter", {"": ("rs485", "pzem", "pzem-016")}, "厨房冰箱"),
        "fridge-air": ("temperature_humidity_sensor", {"": ("rs485", "probe", "xy-md02")}, "冰箱内部"),
        "boiler": ("water_heater", {"": ("rs485", "dhw", "midea-170l-dhw")}, "浴室热水器"),
        "pool": ("heat_pump", {"": ("pool", "pool", "phnix-pool-heatpump")}, "泳池热泵"),
        "vent": ("ventilation_unit", {"": ("vent", "vent", "komfovent-c6")}, "新风机"),
    }

    def __init__(self, seed=1, speed=1.0, baud=0, airco=False, appliances=None, report_interval="10s",
                 flush_interval="10s", upstreams=None, daemon_extra="", state=None, way=True, period=None):
        for name in ("hearthd", "hearth-relay", "hearthctl"):
            program(name) # or Missing, before there is anything to clean up
        self.folder = Folder()
        path = self.folder.path
        self.home = Home(path, seed, speed, baud)
        self.airco = Airco(path) if airco else None
        self.broker = Broker(path)
        self.bus = Bus(path)
        self.daemon = Daemon(path, self.bus.address, state=state)
        self.way = Way(self.broker.port) if way else None
        self.ctl = Ctl(self.bus.address)
        self.upstreams = upstreams or {"cloud": {"Level": "full", "Planes": "event report state"},
                                       "maker": {"Level": "faults", "Planes": "event"}}
        self.relays = {name: Relay(path, self.daemon, name) for name in self.upstreams}
        self.subscriber = None
        self.ids = appliances or list(self.APPLIANCES)
        self.options = (report_interval, flush_interval, daemon_extra)
        self.period = period # of quick points, instead of their profiles'

    def configure(self):
        """hearthd.conf and appliances.d/, as the home has come up."""
        report, flush, extra = self.options
        text = "[Daemon]\nFlushInterval=%s\nFindingHoldOff=0s\n%s" % (flush, extra)
        text += "[Bus rs485]\nDevice=rtu:%s\nBaud=9600\nParity=none\n" % self.home.rtu
        for name in ("pool", "vent"):
            text += "[Bus %s]\nDevice=%s\n" % (name, self.home.units[name]["device"])
        if self.airco:
            text += "[Bus cn105]\nDevice=serial:%s\n" % self.airco.link
        port = self.way.port if self.way else self.broker.port
        for name, keys in self.upstreams.items():
            keys = dict({"Url": "mqtt://127.0.0.1:%d" % port, "ReportInterval": report,
                         "MqttVersion": "5" if mqtt_version() == mqtt.MQTTv5 else "3.1.1"}, **keys)
            text += "[Upstream %s]\n" % name + "".join("%s=%s\n" % pair for pair in keys.items())
        write(os.path.join(self.daemon.etc, "hearthd.conf"), text)
        for name in self.ids:
            kind, sources, label = self.APPLIANCES[name]
            sources = {s: (bus, self.home.units[unit]["unit"], profile)
                       for s, (bus, unit, profile) in sources.items()}
            write(os.path.join(self.daemon.etc, "appliances.d", name + ".conf"),
                  appliance_text(kind, sources, label=label))
            for _, _, profile in sources.values():
                # The ventilation unit wants half a second between requests; the washer's meter has six
                # reads of one shape, which hearthd keeps as far apart.
                if self.period and name != "vent":
                    faster(self.daemon, profile, "4s" if name == "washer" else self.period)
        if self.airco:
            write(os.path.join(self.daemon.etc, "appliances.d", "airco.conf"), appliance_text(
                "room_air_conditioner", {"": ("cn105", None, "mitsubishi-cn105")}, label="客厅空调"))

    def count(self):
        return len(self.ids) + bool(self.airco)

    def start(self, relays=True, subscriber=True, answering=True):
        self.home.start()
        if self.airco:
            self.airco.start()
        self.broker.start()
        self.bus.start()
        if subscriber:
            self.subscriber = Subscriber(self.broker.port)
            self.subscriber.wait_connected()
        self.configure()
        self.daemon.start()
        if relays:
            for relay in self.relays.values():
                relay.start()
        if answering:
            self.wait_answering()
        return self

    def wait_answering(self, n=None, timeout=30):
        n = self.count() if n is None else n
        self.daemon.wait(lambda: "%d answering" % n in self.daemon.status, "%d answering" % n, timeout)

    def retained(self):
        """What a stranger finds at the broker: {topic: payload}. Where a wildcard brings nothing, of the topics that
        were ever seen here."""
        return retained(self.broker.port, {m.topic for m in self.subscriber.messages} if self.subscriber else ())

    def aliases(self, upstream="cloud"):
        """{id of an appliance: the name this upstream knows it by}."""
        shown = self.ctl.json("upstream", "show", upstream)
        return {id_: alias for id_, alias in shown["aliases"].items() if not id_.startswith("bus:")}

    def value(self, id_, attribute):
        """(value, quality) as hearthctl gives it."""
        for reading in self.ctl.json("get", id_, attribute):
            if reading["attribute"] == attribute:
                return reading["value"], reading["quality"]
        return None, None

    def stop(self, keep=False):
        bad = None
        for p in [*self.relays.values(), self.daemon]:
            try:
                p.stop()
            except AssertionError as error:
                bad = bad or error
        if self.subscriber:
            self.subscriber.stop()
        if self.way:
            self.way.stop()
        for p in (self.bus, self.broker, self.airco, self.home):
            if p is not None and p.popen is not None:
                p.kill()
        if not keep:
            self.folder.remove()
        if bad:
            raise bad


def rss(pid):
    """{"Pss": kB, "Rss": kB, "Private_Dirty": kB} of a process."""
    out = {}
    with open("/proc/%d/smaps_rollup" % pid) as f:
        for line in f:
            name, _, rest = line.partition(":")
            if rest.strip().endswith("kB"):
                out[name] = int(rest.split()[0])
    return out


if __name__ == "__main__":
    sys.exit("harness.py is used by the tests and demo.py")
