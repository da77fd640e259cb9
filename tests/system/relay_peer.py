# SPDX-License-Identifier: Apache-2.0
"""hearthd's end of the relay's socket, written from relay/protocol.h's text and sharing no code with it;
brokers that mosquitto cannot be made into; certificates."""
import os
import select
import socket
import struct
import subprocess
import threading
import time

import harness

HELLO, STATE, ACK, REFUSED, DOWN = 1, 2, 3, 4, 5
SETTINGS, PUBLISH, SUBSCRIBE, FORGET = 64, 65, 66, 67
DISCONNECTED, CONNECTING, CONNECTED = 0, 1, 2
RETAINED, QOS1, DEFLATED, FOR_GOOD = 1, 2, 4, 8
HEAD = struct.Struct("=IHHQIIII")
MAGIC = 0x48725231
SETTINGS_BODY = struct.Struct("=256s64s128s256s512sIIII")


class Word:
    def __init__(self, data):
        magic, self.type, self.flags, self.id, self.a, n1, n2, n3 = HEAD.unpack_from(data)
        assert magic == MAGIC and len(data) == HEAD.size + n1 + n2 + n3, data[:64]
        body = data[HEAD.size:]
        self.p1, self.p2, self.p3 = body[:n1], body[n1:n1 + n2], body[n1 + n2:]

    def __repr__(self):
        return "<%d a=%d id=%d %r %r>" % (self.type, self.a, self.id, self.p1, self.p2[:40])


class Peer:
    """Listens as hearthd does; the test says every word itself."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(4)
        self.link, self.words, self.session = None, [], 0
        self.states = []

    def accept(self, timeout=20):
        self.listener.settimeout(timeout)
        self.link, _ = self.listener.accept()
        self.words = []
        word = self.expect(HELLO)
        assert word.a == 2
        return self

    def close(self):
        if self.link:
            self.link.close()
            self.link = None

    def end(self):
        self.close()
        self.listener.close()

    def send(self, kind, id=0, a=0, flags=0, p1=b"", p2=b"", p3=b""):
        self.link.send(HEAD.pack(MAGIC, kind, flags, id, a, len(p1), len(p2), len(p3)) + p1 + p2 + p3)

    def settings(self, url, client="hearth-test", user="", will=None, version=5, keepalive=60, window=8,
                 ack_timeout=10):
        topic, payload = will or ("", "")
        self.send(SETTINGS, p1=SETTINGS_BODY.pack(
            url.encode(), client.encode(), user.encode(), topic.encode(), payload.encode(), version,
            keepalive, window, ack_timeout))

    def publish(self, id, topic, payload, flags=QOS1, content_type="application/json", session=None):
        self.send(PUBLISH, id, self.session if session is None else session, flags, topic.encode(),
                  payload, content_type.encode())

    def read(self, timeout=0.0):
        """Takes in what is there; false at the end of the connection."""
        while select.select([self.link], [], [], timeout)[0]:
            timeout = 0
            try:
                data = self.link.recv(1 << 18)
            except ConnectionResetError:
                data = b""
            if not data:
                return False
            word = Word(data)
            if word.type == STATE:
                self.states.append((word.a, word.p1.decode()))
                if word.a == CONNECTED:
                    self.session = word.id
            self.words.append(word)
        return True

    def expect(self, kind, timeout=20, **fields):
        """The next word of this kind (and with these fields); those before it are passed over."""
        end = time.monotonic() + timeout
        while True:
            for i, word in enumerate(self.words):
                if word.type == kind and all(getattr(word, k) == v for k, v in fields.items()):
                    del self.words[:i + 1]
                    return word
            assert time.monotonic() < end, "no %s %s: %s, states %s" % (kind, fields, self.words, self.states)
            assert self.read(0.1) or any(w.type == kind for w in self.words), "the relay went away"

    def connected(self, timeout=30):
        self.session = self.expect(STATE, timeout, a=CONNECTED).id
        return self.session

    def acks(self, ids, timeout=20):
        left, end = set(ids), time.monotonic() + timeout
        while left:
            word = self.expect(ACK, max(0.1, end - time.monotonic()))
            left.discard(word.id)

    def reason(self, timeout=30):
        """(word, text) of the next failure."""
        word = self.expect(STATE, timeout, a=DISCONNECTED)
        return word.p1.decode(), word.p2.decode()


class RawBroker(threading.Thread):
    """A TCP port that answers each connection by HANDLE(socket)."""

    def __init__(self, handle):
        super().__init__(daemon=True)
        self.handle, self.count = handle, 0
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        try:
            self.handle(link)
        except OSError:
            pass
        finally:
            link.close()

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_packet(link):
    """One MQTT packet: (first byte, body)."""
    def exactly(n):
        data = b""
        while len(data) < n:
            piece = link.recv(n - len(data))
            if not piece:
                raise OSError("closed")
            data += piece
        return data
    first, length, shift = exactly(1)[0], 0, 0
    while True:
        byte = exactly(1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            break
    return first, exactly(length)


class Authority:
    """A CA made with openssl, and what it signs."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        os.makedirs(folder, exist_ok=True)
        self.cert, self.key = self.path(name + ".pem"), self.path(name + ".key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                     "30", "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.cert)

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *words):
        subprocess.run([harness.tool("openssl"), *words], check=True, capture_output=True)

    def sign(self, name, san, start=None, end=None):
        """(certificate, key) for SAN ("DNS:localhost"); START and END as YYYYMMDDHHMMSSZ."""
        key, request, cert, ext = (self.path(name + s) for s in (".key", ".csr", ".pem", ".ext"))
        harness.write(ext, "subjectAltName=%s\n" % san)
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                     "-keyout", key, "-out", request)
        if start is None:
            self.openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                         "-days", "10", "-extfile", ext, "-out", cert)
        else:
            conf = harness.write(self.path("ca.conf"), "[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nnew_certs_dir=%s\n"
                                 "serial=%s\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"
                                 % (self.path("db"), self.folder, self.path("serial")))
            harness.write(self.path("db"), "")
            harness.write(self.path("serial"), "77\n")
            self.openssl("ca", "-batch", "-config", conf, "-in", request, "-cert", self.cert, "-keyfile", self.key,
                         "-startdate", start, "-enddate", end, "-extfile", ext, "-notext", "-out", cert)
        return cert, key
