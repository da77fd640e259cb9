# SPDX-License-Identifier: Apache-2.0
"""hearth-relay alone, between a stand-in for hearthd and a real mosquitto."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
import pytest

import harness
import relay_peer as rp
from harness import wait_for
from relay_peer import ACK, DOWN, FORGET, FOR_GOOD, PUBLISH, QOS1, REFUSED, RETAINED, STATE, SUBSCRIBE

VERSIONS = pytest.mark.parametrize("version", [4, 5])


class Broker(harness.Process):
    def __init__(self, folder, listener="", extra="", port=None):
        self.folder, self.port = folder, port or harness.free_port()
        self.conf = harness.write(os.path.join(folder, "mosquitto.conf"),
                                  "user root\nper_listener_settings false\nlistener %d 127.0.0.1\n%s\npersistence false\n"
                                  "%s\n" % (self.port, listener, extra or "allow_anonymous true"))
        super().__init__("mosquitto", folder, [harness.tool("mosquitto"), "-c", self.conf])

    def start(self):
        self.spawn()

        def listening():
            assert self.running(), self.tail()
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for("mosquitto listening", listening, 10)
        return self


class Seen:
    """A subscriber that keeps everything."""

    def __init__(self, port, topic="#", setup=None, host="127.0.0.1"):
        self.messages, self.ready = [], threading.Event()
        self.client = mqtt.Client(protocol=mqtt.MQTTv5)
        if setup:
            setup(self.client)
        self.client.on_connect = lambda *_: self.client.subscribe(topic, 1)
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = lambda _c, _u, m: self.messages.append(m)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(host, port)
        self.client.loop_start()
        assert self.ready.wait(10)

    def wait(self, n, timeout=20):
        wait_for("%d messages" % n, lambda: len(self.messages) >= n, timeout)
        return self.messages

    def on(self, topic):
        return [m for m in self.messages if m.topic == topic]

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


class Stage:
    def __init__(self, tmp_path):
        self.folder, self.ends = str(tmp_path), []
        self.credentials = os.path.join(self.folder, "credentials")
        os.makedirs(self.credentials)
        self.peer = rp.Peer(os.path.join(self.folder, "relay", "cloud", "sock"))
        self.ends.append(self.peer.end)
        self.relay = None

    def broker(self, *args, **kw):
        b = Broker(os.path.join(self.folder), *args, **kw).start()
        self.ends.append(b.kill)
        return b

    def raw(self, handle):
        b = rp.RawBroker(handle)
        self.ends.append(b.end)
        return b

    def seen(self, *args, **kw):
        s = Seen(*args, **kw)
        self.ends.append(s.stop)
        return s

    def credential(self, kind, source=None, text=None):
        path = os.path.join(self.credentials, "cloud." + kind)
        if source:
            shutil.copy(source, path)
        else:
            harness.write(path, text)

    def start(self, env=None, accept=True):
        if self.relay is None:
            self.relay = harness.Notified("hearth-relay", self.folder, [
                harness.program("hearth-relay"), "cloud", "--socket", self.peer.path, "--credentials",
                self.credentials], env)
            self.ends.append(self.relay.kill)
        self.relay.start()
        if accept:
            self.peer.accept()
        return self.peer

    def end(self):
        for f in reversed(self.ends):
            f()
        if self.relay:
            text = self.relay.text()
            assert "Sanitizer" not in text and "runtime error:" not in text, self.relay.tail(6000)


@pytest.fixture
def stage(request, tmp_path):
    try:
        s = Stage(tmp_path)
    except harness.Missing as missing:
        pytest.skip(str(missing))
    yield s
    if request.node.report_call.failed and s.relay:
        print(s.relay.tail(4000))
    s.end()


@VERSIONS
def test_publishes_and_acknowledges(stage, version):
    broker = stage.broker()
    seen = stage.seen(broker.port)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, version=version)
    assert peer.connected() == 1
    payloads = [bytes([i]) * (1 + 1000 * i) for i in range(8)]
    for i, p in enumerate(payloads):
        peer.publish(i + 1, "t/x", p, QOS1 | (rp.DEFLATED if i else 0))
    peer.acks(range(1, 9))
    messages = seen.wait(8)
    assert [m.payload for m in messages] == payloads
    assert all(m.qos == 1 and not m.retain for m in messages)
    if version == 5:
        assert not hasattr(messages[0].properties, "UserProperty")
        assert messages[1].properties.ContentType == "application/json"
        assert messages[1].properties.UserProperty == [("content-encoding", "deflate")]
    # The largest, and retained.
    peer.publish(9, "t/large", b"x" * 65536, QOS1 | RETAINED)
    peer.acks([9])
    late = stage.seen(broker.port, "t/large")
    assert late.wait(1)[0].retain and len(late.messages[0].payload) == 65536
    stage.relay.wait(lambda: "Connected to 127.0.0.1" in stage.relay.status, "its STATUS")


@VERSIONS
def test_will_and_farewell(stage, version):
    broker = stage.broker()
    seen = stage.seen(broker.port, "g/status")
    will = ("g/status", "offline")
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, will=will, version=version)
    peer.connected()
    peer.publish(1, "g/status", b"online", QOS1 | RETAINED)
    peer.acks([1])
    seen.wait(1)
    stage.relay.kill()  # the broker says it
    assert seen.wait(2)[1].payload == b"offline"

    stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, will=will, version=version)
    peer.connected()
    peer.close()  # hearthd goes: the relay says it, and stays
    assert seen.wait(3)[2].payload == b"offline"
    peer.accept()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, will=will, version=version)
    peer.connected()
    assert stage.relay.stop() == 0  # so at its own end
    assert seen.wait(4)[3].payload == b"offline"
    assert [m.payload for m in seen.messages] == [b"online"] + [b"offline"] * 3
    # The last one is retained: who comes later sees it.
    assert stage.seen(broker.port, "g/status").wait(1)[0].payload == b"offline"


@VERSIONS
def test_broker_killed_and_restarted(stage, version):
    broker = stage.broker()
    seen = stage.seen(broker.port)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, version=version)
    first = peer.connected()
    peer.publish(1, "t", b"1")
    peer.acks([1])
    broker.kill()
    word, _ = peer.reason()
    assert word in ("closed", "refused")
    # Of no session: ignored, not queued.
    peer.publish(2, "t", b"2", session=first)
    assert peer.reason()[0] == "refused"
    seen.ready.clear()
    broker.start()
    assert seen.ready.wait(20)
    assert peer.connected() == first + 1
    peer.publish(3, "t", b"3", session=first)  # an older session's
    peer.publish(4, "t", b"4")
    peer.acks([4])
    seen.wait(2)
    assert [m.payload for m in seen.messages] == [b"1", b"4"]


def test_window_lost_with_the_broker_is_sent_again_by_its_owner(stage):
    """Killed in the middle of a stream, thrice: everything arrives, and only with the owner's bytes."""
    broker = stage.broker()
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, window=8)
    peer.connected()
    todo, acked, in_flight, sent, kills = list(range(1, 301)), set(), set(), 0, [60, 140, 220]
    end = time.monotonic() + 60
    while len(acked) < 300:
        assert time.monotonic() < end, len(acked)
        while todo and len(in_flight) < 8:
            id = todo.pop(0)
            peer.publish(id, "t", b"%d" % id)
            in_flight.add(id)
            sent += 1
        assert peer.read(0.2)
        lost = False
        while peer.words:
            word = peer.words.pop(0)
            if word.type == ACK:
                acked.add(word.id)
                in_flight.discard(word.id)
            lost |= word.type == STATE and word.a == rp.DISCONNECTED
        if kills and len(acked) >= kills[0]:
            kills.pop(0)
            broker.kill()
            broker.start()
            lost = True
        if lost:
            todo = sorted(in_flight) + todo
            in_flight.clear()
            peer.connected()
    assert sent - 300 <= 3 * 8


def test_relay_killed(stage):
    broker = stage.broker()
    seen = stage.seen(broker.port)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.connected()
    for i in range(1, 9):
        peer.publish(i, "t", b"%d" % i)
    stage.relay.kill()
    try:
        while peer.read(1):
            pass
    except OSError:
        pass
    acked = {w.id for w in peer.words if w.type == ACK}
    stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.connected()
    rest = [i for i in range(1, 9) if i not in acked]
    for i in rest:
        peer.publish(i, "t", b"%d" % i)
    peer.acks(rest)
    wait_for("all", lambda: {m.payload for m in seen.messages} == {b"%d" % i for i in range(1, 9)})


def test_messages_down(stage):
    broker = stage.broker()
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.send(SUBSCRIBE, p1=b"down/#")
    peer.connected()
    seen = stage.seen(broker.port, "down/#")  # the subscription is in place when its own is, or soon
    other = mqtt.Client(protocol=mqtt.MQTTv5)
    other.connect("127.0.0.1", broker.port)
    other.loop_start()
    stage.ends.append(other.loop_stop)
    other.publish("down/first", b"x" * 16384, 1, True)
    word = peer.expect(DOWN)
    assert word.p1 == b"down/first" and len(word.p2) == 16384
    other.publish("down/empty", b"", 1)
    assert peer.expect(DOWN).p1 == b"down/empty"
    other.publish("up/not-asked", b"x", 1)
    other.publish("down/too-large", b"x" * 16385, 1)
    other.publish("down/last", b"", 1)
    assert peer.expect(DOWN).p1 == b"down/last"
    # After a connect retained ones come marked as such.
    peer.send(FORGET)
    peer.connected()
    word = peer.expect(DOWN)
    assert word.p1 == b"down/first" and word.flags & RETAINED
    # A flood is bounded, and the relay lives.
    for i in range(5000):
        other.publish("down/flood", b"y" * 1000, 0)
    peer.publish(1, "t", b"1")
    peer.acks([1], 30)
    assert seen


def test_forget_drops_and_reconnects(stage):
    broker = stage.broker()
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    first = peer.connected()
    peer.send(FORGET)
    assert peer.reason()[0] == "forget"
    assert peer.connected() == first + 1


def tls_broker(stage, ca, cert, extra=""):
    return stage.broker("cafile %s\ncertfile %s\nkeyfile %s\n%s" % (ca.cert, cert[0], cert[1], extra))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    try:
        socket.getaddrinfo("localhost", None)
    except OSError:
        pytest.skip("the name localhost is not known here (no /etc/hosts?)")
    return rp.Authority(str(tmp_path_factory.mktemp("ca")))


@VERSIONS
def test_tls(stage, authority, version):
    broker = tls_broker(stage, authority, authority.sign("good", "DNS:localhost"))
    stage.credential("ca", authority.cert)
    peer = stage.start()
    peer.settings("mqtts://localhost:%d" % broker.port, version=version)
    peer.connected()
    for i in range(1, 9):
        peer.publish(i, "t", os.urandom(60000))
    peer.acks(range(1, 9))


def test_tls_address_in_the_certificate(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("byip", "IP:127.0.0.1"))
    stage.credential("ca", authority.cert)
    peer = stage.start()
    peer.settings("mqtts://127.0.0.1:%d" % broker.port)
    peer.connected()


def expect_refused(stage, url, reason, **kw):
    peer = stage.start()
    peer.settings(url, **kw)
    word, text = peer.reason()
    if word == "refused" and "::1 " in text: # localhost has that address first, and the broker has it not
        word, text = peer.reason()
    assert word == reason, (word, text)
    assert not any(s[0] == rp.CONNECTED for s in peer.states)
    return text


def test_tls_unknown_ca(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("good", "DNS:localhost"))
    stage.credential("ca", rp.Authority(os.path.join(stage.folder, "other"), "other").cert)
    expect_refused(stage, "mqtts://localhost:%d" % broker.port, "tls-untrusted")


def test_tls_no_ca_means_the_systems(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("good", "DNS:localhost"))
    expect_refused(stage, "mqtts://localhost:%d" % broker.port, "tls-untrusted")


def test_tls_wrong_host(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("else", "DNS:elsewhere.example"))
    stage.credential("ca", authority.cert)
    text = expect_refused(stage, "mqtts://localhost:%d" % broker.port, "tls-host")
    assert "localhost" in text


def test_tls_name_does_not_stand_for_the_address(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("good", "DNS:localhost"))
    stage.credential("ca", authority.cert)
    expect_refused(stage, "mqtts://127.0.0.1:%d" % broker.port, "tls-host")


def test_tls_expired(stage, authority):
    cert = authority.sign("old", "DNS:localhost", "20200101000000Z", "20210101000000Z")
    broker = tls_broker(stage, authority, cert)
    stage.credential("ca", authority.cert)
    expect_refused(stage, "mqtts://localhost:%d" % broker.port, "tls-expired")


def test_tls_not_yet_valid(stage, authority):
    cert = authority.sign("new", "DNS:localhost", "20450101000000Z", "20460101000000Z")
    broker = tls_broker(stage, authority, cert)
    stage.credential("ca", authority.cert)
    assert "clock" in expect_refused(stage, "mqtts://localhost:%d" % broker.port, "tls-not-yet-valid")


def test_tls_too_old(stage, authority):
    """A server that speaks TLS 1.1 at most: nothing is negotiated down."""
    cert, key = authority.sign("good", "DNS:localhost")
    port = harness.free_port()
    server = harness.Process("s_server", stage.folder, [
        harness.tool("openssl"), "s_server", "-accept", str(port), "-cert", cert, "-key", key, "-tls1_1", "-cipher",
        "ALL:@SECLEVEL=0", "-quiet"]).spawn()
    stage.ends.append(server.kill)
    wait_for("listening", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
    stage.credential("ca", authority.cert)
    expect_refused(stage, "mqtts://localhost:%d" % port, "tls-version")


def test_client_certificate(stage, authority):
    broker = tls_broker(stage, authority, authority.sign("good", "DNS:localhost"),
                        "require_certificate true\nuse_identity_as_username true")
    stage.credential("ca", authority.cert)
    url = "mqtts://localhost:%d" % broker.port
    expect_refused(stage, url, "tls-client-certificate")
    stage.relay.kill()
    stage.peer.close()
    cert, key = authority.sign("gateway", "DNS:gateway")
    stage.credential("cert", cert)
    stage.credential("key", key)
    stage.peer.states.clear()
    peer = stage.start()
    peer.settings(url)
    peer.connected()
    peer.publish(1, "t", b"x")
    peer.acks([1])


def test_key_without_certificate(stage, authority):
    stage.credential("key", authority.key)
    text = expect_refused(stage, "mqtts://localhost:1", "credentials")
    assert "cloud.cert" in text


@VERSIONS
def test_password(stage, version):
    passwd = harness.write(os.path.join(stage.folder, "passwd"), "")
    subprocess.run([harness.tool("mosquitto_passwd"), "-b", passwd, "gw", "s3cret-Pass"], check=True)
    os.chmod(passwd, 0o644)
    broker = stage.broker(extra="allow_anonymous false\npassword_file %s" % passwd)
    url = "mqtt://127.0.0.1:%d" % broker.port
    stage.credential("password", text="wrong-Pass\n")
    # mosquitto says no more than this for a wrong password.
    expect_refused(stage, url, "not-authorized", user="gw", version=version)
    stage.relay.kill()
    stage.peer.close()
    stage.credential("password", text="s3cret-Pass\n")  # rotated: the instance is restarted
    peer = stage.start()
    peer.settings(url, user="gw", version=version)
    peer.connected()
    with open("/proc/%d/cmdline" % stage.relay.pid, "rb") as f:
        assert b"Pass" not in f.read()
    assert "Pass" not in stage.relay.text()


def test_refused_publish_is_told(stage):
    acl = harness.write(os.path.join(stage.folder, "acl"), "topic write ok/#\ntopic read #\n")
    broker = stage.broker(extra="allow_anonymous true\nacl_file %s" % acl)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.connected()
    peer.publish(1, "no/x", b"1")
    peer.publish(2, "ok/x", b"2")
    word = peer.expect(REFUSED)
    assert (word.id, word.a, word.flags & FOR_GOOD) == (1, 0x87, 0)
    peer.publish(3, "ok/x", b"3")
    peer.acks([3])


def test_broker_limits(stage):
    broker = stage.broker(extra="allow_anonymous true\nmax_packet_size 2000\nmax_inflight_messages 2\n"
                                "retain_available false")
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.connected()
    peer.publish(1, "t", b"x" * 3000)
    word = peer.expect(REFUSED)
    assert (word.id, word.a, word.flags & FOR_GOOD) == (1, 0x95, FOR_GOOD)
    peer.publish(2, "t", b"x", QOS1 | RETAINED)
    assert peer.expect(REFUSED).id == 2
    for i in range(3, 11):  # more than the broker takes at a time
        peer.publish(i, "t", b"y" * 1000)
    peer.acks(range(3, 11))
    assert not any(s[1] for s in peer.states)


@pytest.mark.parametrize("version,code,reason", [
    (4, 1, "mqtt-version"), (4, 2, "client-id"), (4, 3, "server-busy"), (4, 4, "bad-credentials"),
    (4, 5, "not-authorized"), (5, 0x84, "mqtt-version"), (5, 0x85, "client-id"), (5, 0x86, "bad-credentials"),
    (5, 0x89, "server-busy"), (5, 0x8a, "not-authorized"), (5, 0x9f, "server-busy")])
def test_broker_refuses(stage, version, code, reason):
    def refuse(link):
        rp.read_packet(link)
        link.sendall(bytes([0x20, 3, 0, code, 0]) if version == 5 else bytes([0x20, 2, 0, code]))
        link.recv(100)
    broker = stage.raw(refuse)
    expect_refused(stage, "mqtt://127.0.0.1:%d" % broker.port, reason, version=version)
    if version == 4 and code in (3, 4):
        time.sleep(2.5)  # a busy one is asked again, one that refuses us is left alone for a quarter of an hour
        assert (broker.count > 1) == (reason == "server-busy")


@pytest.mark.parametrize("code,reason", [(0x8e, "taken-over"), (0x89, "server-busy"), (0x8b, "closed")])
def test_broker_says_goodbye(stage, code, reason):
    def goodbye(link):
        connack(link, 5)
        rp.read_packet(link)
        link.sendall(bytes([0xe0, 2, code, 0]))
        link.recv(100)
    broker = stage.raw(goodbye)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    peer.connected()
    peer.publish(1, "t", b"x")
    assert peer.reason()[0] == reason


def test_two_of_the_same_name(stage):
    broker = stage.broker()
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, client="same")
    peer.connected()
    other = mqtt.Client("same", protocol=mqtt.MQTTv5)
    other.connect("127.0.0.1", broker.port)
    other.loop_start()
    stage.ends.append(other.loop_stop)
    assert peer.reason()[0] in ("taken-over", "closed")


def test_nothing_listens(stage):
    expect_refused(stage, "mqtt://127.0.0.1:%d" % harness.free_port(), "refused")


def test_no_such_name(stage):
    expect_refused(stage, "mqtt://no-such-name.invalid", "dns")


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://h:0", "mqtt://h:99999", "mqtt://h/path", "mqtt://[::1",
                                 "mqtt://a b", "mqtt://u:p@host"])
def test_bad_url(stage, url):
    expect_refused(stage, url, "settings")


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
def test_captive_portal(stage, scheme):
    def portal(link):
        link.recv(4096)
        link.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n")
    broker = stage.raw(portal)
    expect_refused(stage, "%s://127.0.0.1:%d" % (scheme, broker.port), "portal-suspected")


def connack(link, version):
    rp.read_packet(link)
    link.sendall(b"\x20\x03\x00\x00\x00" if version == 5 else b"\x20\x02\x00\x00")


@VERSIONS
def test_acks_that_never_come(stage, version):
    got = []

    def mute(link):
        connack(link, version)
        while True:
            got.append(rp.read_packet(link))
    broker = stage.raw(mute)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, version=version, ack_timeout=5)
    peer.connected()
    peer.publish(1, "t", b"x")
    begun = time.monotonic()
    assert peer.reason()[0] == "ack-timeout"
    assert time.monotonic() - begun > 4
    assert peer.connected() == 2  # tries again
    assert sum(1 for first, _ in got if first >> 4 == 3) == 1  # and keeps nothing of its own


@VERSIONS
def test_acks_of_nothing(stage, version):
    """A wrong id, twice, and late: only the right one counts."""
    def odd(link):
        connack(link, version)
        while True:
            first, body = rp.read_packet(link)
            if first >> 4 == 3:
                n = struct.unpack(">H", body[:2])[0]
                id = body[2 + n:4 + n]
                link.sendall(b"\x40\x02\x7f\x7f")
                link.sendall((b"\x40\x02" + id) * 2)
    broker = stage.raw(odd)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, version=version)
    peer.connected()
    for i in range(1, 20):
        peer.publish(i, "t", b"x")
        peer.acks([i])
    assert peer.read(0.2)
    assert not [w for w in peer.words if w.type == ACK]


def test_packet_of_256_megabytes_announced(stage):
    def hostile(link):
        connack(link, 5)
        link.sendall(b"\x30\xff\xff\xff\x7f" + b"x" * 1000)
        time.sleep(20)
    broker = stage.raw(hostile)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, ack_timeout=5)
    peer.connected()
    peer.publish(1, "t", b"x")
    word = peer.reason()[0]
    assert word in ("ack-timeout", "closed")
    with open("/proc/%d/status" % stage.relay.pid) as f:
        peak = [int(line.split()[1]) for line in f if line.startswith("VmHWM")]
    if "asan" not in harness.build_folder():
        assert peak[0] < 40000, peak
    assert stage.relay.running()


@pytest.mark.parametrize("noise", [b"\x20\x7f", b"\xff" * 64, b"\x20\x02\x00\x63", b"\x00" * 16,
                                   b"\x20\x05\x00\x00\x02\x11\x00", b"\x90\x03\x00\x01\x00"])
def test_noise_for_an_answer(stage, noise):
    def noisy(link):
        rp.read_packet(link)
        link.sendall(noise)
        link.shutdown(socket.SHUT_WR)
        time.sleep(1)
    broker = stage.raw(noisy)
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    assert peer.reason(60)[0]
    assert stage.relay.running()


def test_silent_broker(stage):
    """Accepts, and says nothing: found out by the relay's own deadline."""
    broker = stage.raw(lambda link: time.sleep(60))
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port)
    begun = time.monotonic()
    word, text = peer.reason(60)
    assert 25 < time.monotonic() - begun < 50, text
    assert word == "timeout"


def test_frozen_broker_while_idle(stage):
    """Half-open, nothing under way: noticed within 1.5 keep-alives and a few seconds of Paho's own steps."""
    broker = stage.broker()
    peer = stage.start()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, keepalive=5)
    peer.connected()
    broker.send(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        peer.reason(40)
        assert time.monotonic() - begun < 7.5 + 8
    finally:
        broker.send(signal.SIGCONT)


def test_dead_resolver_does_not_stop_the_loop(stage, tmp_path):
    """getaddrinfo() that hangs (a preloaded one): the loop goes on, and says so."""
    source = harness.write(str(tmp_path / "hang.c"),
                           "#include <unistd.h>\nint getaddrinfo(const char *n, const char *s, const void *h, void **r)"
                           "{ for (;;) sleep(1000); }\n")
    library = str(tmp_path / "hang.so")
    subprocess.run([harness.tool("cc"), "-shared", "-fPIC", "-o", library, source], check=True)
    if "asan" in harness.build_folder() or "tsan" in harness.build_folder():
        pytest.skip("a sanitizer must be the first library")
    peer = stage.start(env={"LD_PRELOAD": library})
    peer.settings("mqtt://broker.example")
    time.sleep(1)
    peer.send(FORGET)  # answered although a look-up hangs
    assert peer.reason(2)[0] == "forget"
    assert peer.reason(40)[0] == "dns"
    begun = time.monotonic()
    assert stage.relay.stop() == 0
    assert time.monotonic() - begun < 2


def test_bad_words_from_hearthd(stage):
    broker = stage.broker()
    peer = stage.start()
    for word in (b"", b"\0" * 32, rp.HEAD.pack(rp.MAGIC, PUBLISH, 0, 1, 1, 5, 0, 0) + b"a/+/b",
                 rp.HEAD.pack(rp.MAGIC, rp.HELLO, 0, 0, 2, 0, 0, 0), rp.HEAD.pack(rp.MAGIC, rp.SETTINGS, 0, 0, 0, 5, 0, 0) + b"mqtt:",
                 b"y" * 100000):
        peer.link.send(word)
        wait_for("closed", lambda: not peer.read(0.05))
        peer.close()
        peer.accept()
    peer.settings("mqtt://127.0.0.1:%d" % broker.port, window=2)
    peer.connected()
    for i in range(1, 40):  # more than the window
        try:
            peer.publish(i, "t", b"x" * 60000)
        except OSError:
            break
    wait_for("closed", lambda: not peer.read(0.05))
    assert stage.relay.running()


def test_waits_for_hearthd_and_stops_at_once(stage):
    stage.peer.listener.close()
    os.unlink(stage.peer.path)
    stage.start(accept=False)
    stage.relay.wait(lambda: "Waiting for hearthd" in stage.relay.status, "STATUS")
    stage.peer = rp.Peer(stage.peer.path)
    stage.ends.append(stage.peer.end)
    stage.peer.accept(15)
    begun = time.monotonic()
    assert stage.relay.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 2


def test_usage():
    exe = harness.program("hearth-relay")
    assert subprocess.run([exe, "--version"], capture_output=True, text=True).stdout.startswith("hearth-relay ")
    for words in ([], ["a", "b"], ["../x"], ["X"], ["--nonsense", "a"], ["--log-level", "loud", "a"]):
        assert subprocess.run([exe, *words], capture_output=True).returncode == 2
