# SPDX-License-Identifier: Apache-2.0
"""Brokers to speak to, each on a loopback port and in a folder of its own. HEARTHD_BROKER names the one
that the tests take: mosquitto (as is), rabbitmq (with its MQTT plugin), nats (JetStream). What they do not
do alike stands in docs/brokers.md; KIND says of each what a test may expect."""
import os
import shutil
import signal
import socket
import subprocess

import pytest

import harness


class Kind:
    """mqtt5: speaks it; else refuses_5 is hearth-relay's word for how it refuses. retained_wildcard: a
    subscription with a wildcard brings retained messages. dots: a topic level with a dot is kept, becomes
    two levels (slash), or ends the connection (closes)."""
    WORDS = {"mqtt5": "no MQTT 5", "retained_wildcard": "no retained messages for a subscription with a wildcard"}

    def __init__(self, cls, mqtt5, retained_wildcard, dots, refuses_5=None):
        self.cls, self.mqtt5, self.retained_wildcard = cls, mqtt5, retained_wildcard
        self.dots, self.refuses_5 = dots, refuses_5


class Broker(harness.Process):
    """start() returns when it listens. After kill() it has lost its store."""
    seconds = 10

    def start(self):
        self.spawn()

        def listening():
            if not self.running():
                raise AssertionError(self.tail())
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        harness.wait_for(self.name + " listening", listening, self.seconds)
        return self


class Mosquitto(Broker):
    """Without a store; as strict as a stranger's would be."""

    def __init__(self, folder, extra=""):
        self.port = harness.free_port()
        conf = harness.write(os.path.join(folder, "mosquitto.conf"),
                             "listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n"
                             "max_inflight_messages 0\nmax_queued_messages 0\n%s%s" % (
                                 # one that changes its user forgets that it ends with its parent
                                 self.port, "user root\n" if os.geteuid() == 0 else "", extra))
        super().__init__("mosquitto", folder, [harness.tool("mosquitto"), "-c", conf])


class RabbitMQ(Broker):
    """RabbitMQ with rabbitmq_mqtt, one node; its own port mapper, which ends with it."""
    seconds = 90
    BIN = "/usr/lib/rabbitmq/bin/rabbitmq-server"

    def __init__(self, folder, extra=""):
        if not os.path.exists(self.BIN):
            raise harness.Missing("no rabbitmq-server (apt-get install rabbitmq-server)")
        self.port, self.mapper = harness.free_port(), harness.free_port()
        own = os.path.join(folder, "rabbitmq")
        os.makedirs(own, exist_ok=True)
        self.own = own
        conf = harness.write(os.path.join(own, "rabbitmq.conf"), """listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:%d
mqtt.allow_anonymous = true
mqtt.default_user = guest
mqtt.default_pass = guest
log.console = true
log.file = false
%s""" % (self.port, extra))
        plugins = harness.write(os.path.join(own, "plugins"), "[rabbitmq_mqtt].\n")
        super().__init__("rabbitmq", folder, [self.BIN], env={
            "HOME": own, "RABBITMQ_MNESIA_BASE": os.path.join(own, "mnesia"),
            "RABBITMQ_LOG_BASE": os.path.join(own, "log"), "RABBITMQ_ENABLED_PLUGINS_FILE": plugins,
            "RABBITMQ_NODENAME": "hearth%d@localhost" % self.port, "RABBITMQ_CONFIG_FILE": conf,
            "ERL_EPMD_PORT": str(self.mapper), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(harness.free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"})

    def machine(self):
        """The program itself: the script waits for it. Its command line names our folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if words and words[0].endswith(b"beam.smp") and self.own.encode() in words:
                found.append(int(pid))
        return found

    def end(self, number):
        for pid in self.machine():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        self.end(signal.SIGKILL)
        harness.Process.stop(self, signal.SIGKILL)
        harness.wait_for("rabbitmq gone", lambda: not self.machine(), 20)
        shutil.rmtree(os.path.join(self.own, "mnesia"), ignore_errors=True)

    def stop(self, number=signal.SIGTERM, timeout=60):
        if self.popen is None:
            return
        self.kill()
        mapper = "/usr/bin/epmd"
        if os.path.exists(mapper):
            subprocess.run([mapper, "-port", str(self.mapper), "-kill"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=20, check=False)


class Nats(Broker):
    """nats-server with JetStream, which its MQTT needs."""
    seconds = 30

    def __init__(self, folder, extra=""):
        self.port = harness.free_port()
        self.own = os.path.join(folder, "nats")
        conf = harness.write(os.path.join(self.own, "nats.conf"), """server_name: hearth
listen: "127.0.0.1:%d"
jetstream { store_dir: "%s" }
mqtt { listen: "127.0.0.1:%d" }
%s""" % (harness.free_port(), os.path.join(self.own, "store"), self.port, extra))
        super().__init__("nats-server", folder, [harness.tool("nats-server"), "-c", conf])

    def kill(self):
        harness.Process.stop(self, signal.SIGKILL)
        shutil.rmtree(os.path.join(self.own, "store"), ignore_errors=True)


KINDS = {"mosquitto": Kind(Mosquitto, True, True, "kept"),
         "rabbitmq": Kind(RabbitMQ, False, False, "slash", "closed"),
         "nats": Kind(Nats, False, True, "closes", "closed")}


def name():
    return os.environ.get("HEARTHD_BROKER", "mosquitto")


def kind():
    return KINDS[name()]


def needs(*capabilities):
    """Skips a test of what the broker lacks, by name."""
    for c in capabilities:
        if not getattr(kind(), c):
            pytest.skip("%s has %s" % (name(), Kind.WORDS[c]))


def version_key():
    """What [Upstream] says where the broker has no MQTT 5."""
    return "" if kind().mqtt5 else "MqttVersion=3.1.1\n"


def make(folder, extra=""):
    return kind().cls(folder, extra)
