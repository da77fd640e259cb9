# SPDX-License-Identifier: Apache-2.0
"""Bad chains, old protocols, revocation lists and wrong clocks: one hearth-relay goes from one server to the
next. Each has its machine word, nothing is ever sent to one that is not trusted, and the good ones beside
them connect."""
import os
import socket
import ssl
import threading
import time

import harness
import pytest
import relay_peer as rp

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


class Server(threading.Thread):
    """A TLS server that speaks just enough MQTT; remembers what came after a handshake."""

    def __init__(self, chain, old=False):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0") # what it has is for the relay to refuse
        if old:
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.context.load_cert_chain(*chain)
        self.got, self.connections = [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        try:
            with self.context.wrap_socket(link, server_side=True) as tls:
                while True:
                    first, body = rp.read_packet(tls)
                    self.got.append(first)
                    if first >> 4 == 1:
                        tls.sendall(b"\x20\x03\x00\x00\x00")
                    elif first >> 4 == 3:
                        n = int.from_bytes(body[:2], "big")
                        tls.sendall(b"\x40\x02" + body[2 + n:4 + n])
        except (OSError, ssl.SSLError):
            pass

    def end(self):
        self.listener.close()


class Authority(rp.Authority):
    def issue(self, name, ext="subjectAltName=IP:127.0.0.1", by=None, key=EC, digest="sha256", start=None, end=None):
        """(chain file, key) of NAME signed by BY, a (certificate, key), else by this one."""
        ca = by or (self.cert, self.key)
        keyfile, request, cert, extfile = (self.path(name + s) for s in (".key", ".csr", ".pem", ".ext"))
        harness.write(extfile, ext + "\n")
        self.openssl("req", *key, "-nodes", "-subj", "/CN=" + name, "-keyout", keyfile, "-out", request)
        conf = self.database(ca)
        begin = start or time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - 3600))
        self.openssl("ca", "-batch", "-config", conf, "-in", request, "-cert", ca[0], "-keyfile", ca[1], "-md", digest,
                     "-startdate", begin, "-enddate", end or "20491231235959Z", "-extfile", extfile, "-notext",
                     "-out", cert)
        return cert, keyfile

    def database(self, ca):
        """openssl ca's own files, one set a CA."""
        base = ca[0] + ".d"
        if not os.path.exists(base):
            os.makedirs(base)
            harness.write(base + "/db", "")
            harness.write(base + "/serial", "1001\n")
            harness.write(base + "/crlnumber", "01\n")
            harness.write(base + "/conf", "[ca]\ndefault_ca=d\n[d]\ndatabase=%s/db\nnew_certs_dir=%s\nserial=%s/serial\n"
                          "crlnumber=%s/crlnumber\ndefault_md=sha256\nunique_subject=no\npolicy=p\n[p]\n"
                          "commonName=supplied\n" % (base, base, base, base))
        return base + "/conf"

    def list(self, name, ca=None, revoked=(), start=None, end=None):
        """A revocation list of CA with the certificates REVOKED."""
        ca, out = ca or (self.cert, self.key), self.path(name + ".crl")
        conf = self.database(ca)
        for cert in revoked:
            self.openssl("ca", "-config", conf, "-cert", ca[0], "-keyfile", ca[1], "-revoke", cert)
        self.openssl("ca", "-config", conf, "-cert", ca[0], "-keyfile", ca[1], "-gencrl", "-out", out,
                     *(("-crl_lastupdate", start, "-crl_nextupdate", end) if start else ("-crldays", "30")))
        return out


class Stage:
    """A relay, hearthd's end of it, and the credentials it finds at its next attempt."""

    def __init__(self, folder, name):
        self.folder, self.name = os.path.join(folder, name), name
        self.credentials = os.path.join(self.folder, "credentials")
        os.makedirs(self.credentials)
        self.peer = rp.Peer(os.path.join(self.folder, "sock"))
        self.relay = harness.Process("relay-" + name, self.folder, [
            harness.program("hearth-relay"), "cloud", "--socket", self.peer.path, "--credentials", self.credentials]).spawn()
        self.peer.accept()

    def credential(self, kind, *sources):
        path = os.path.join(self.credentials, "cloud." + kind)
        if os.path.exists(path):
            os.unlink(path)
        if sources:
            text = "".join(open(s, encoding="ascii").read() for s in sources)
            harness.write(path, text)

    def go(self, server, ca, crl=(), host="127.0.0.1"):
        """To SERVER with these credentials; what was said before is over."""
        self.peer.settings("nowhere")
        while self.peer.reason()[0] != "settings":
            pass
        self.peer.words.clear()
        self.peer.states.clear()
        self.credential("ca", *([ca] if ca else []))
        self.credential("crl", *crl)
        self.peer.settings("mqtts://%s:%d" % (host, server.port))

    def refused(self, server, word, ca, crl=(), says=""):
        self.go(server, ca, crl)
        got, text = self.peer.reason()
        assert (got, says in text) == (word, True), (got, text)
        assert not server.got, "sent to a server that is not trusted: %s" % server.got
        assert all(s[0] != rp.CONNECTED for s in self.peer.states)
        server.end()

    def connects(self, server, ca, crl=()):
        self.go(server, ca, crl)
        self.peer.connected()
        self.peer.publish(1, "t", b"x" * 3000)
        self.peer.acks([1])
        server.end()

    def end(self):
        self.peer.end()
        assert self.relay.stop() == 0
        assert "Sanitizer" not in self.relay.text() and "runtime error" not in self.relay.text(), self.relay.tail(6000)


@pytest.fixture(scope="module")
def stage(findings_folder):
    folder = harness.Folder()
    try:
        harness.tool("openssl")
        s = Stage(folder.path, "main")
    except harness.Missing as missing:
        pytest.skip(str(missing))
    s.silent = Stage(folder.path, "silent") # half a minute goes by until it says why
    listener = socket.create_server(("127.0.0.1", 0))
    s.silent.peer.settings("mqtts://127.0.0.1:%d" % listener.getsockname()[1])
    yield s
    s.silent.end()
    s.end()
    listener.close()
    folder.remove()


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("ca")))


def ago(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400))


def test_a_good_chain(stage, ca):
    stage.connects(Server(ca.issue("good")), ca.cert)


def test_expired(stage, ca):
    stage.refused(Server(ca.issue("old", start=ago(30), end=ago(1))), "tls-expired", ca.cert)


def test_unknown_authority(stage, ca, tmp_path):
    other = Authority(str(tmp_path), "other")
    stage.refused(Server(ca.issue("good")), "tls-untrusted", other.cert)


def test_self_signed(stage, ca):
    cert, key = ca.path("self.pem"), ca.path("self.key")
    ca.openssl("req", "-x509", *EC, "-nodes", "-days", "30", "-subj", "/CN=self", "-addext",
               "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert)
    stage.refused(Server((cert, key)), "tls-untrusted", ca.cert, says="self")


def test_wrong_host(stage, ca):
    stage.refused(Server(ca.issue("elsewhere", "subjectAltName=DNS:elsewhere.example,IP:127.0.0.2")), "tls-host", ca.cert)


def test_no_name_at_all(stage, ca):
    stage.refused(Server(ca.issue("nobody", "basicConstraints=CA:FALSE")), "tls-host", ca.cert)


def test_issued_by_one_who_may_not(stage, ca):
    """A certificate that is no CA's has signed another."""
    middle = ca.issue("middle", "basicConstraints=CA:FALSE")
    leaf, key = ca.issue("leaf-of-middle", by=middle)
    chain = harness.write(ca.path("bad-chain.pem"), open(leaf).read() + open(middle[0]).read())
    stage.refused(Server((chain, key)), "tls-untrusted", ca.cert)


def test_for_clients_alone(stage, ca):
    stage.refused(Server(ca.issue("client", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=clientAuth")), "tls-untrusted",
                  ca.cert)


def test_intermediate_missing(stage, ca):
    middle = ca.issue("inter", "basicConstraints=critical,CA:TRUE")
    leaf, key = ca.issue("leaf-of-inter", by=middle)
    stage.refused(Server((leaf, key)), "tls-untrusted", ca.cert)
    chain = harness.write(ca.path("chain.pem"), open(leaf).read() + open(middle[0]).read())
    stage.connects(Server((chain, key)), ca.cert)


def test_weak_key(stage, ca):
    stage.refused(Server(ca.issue("weak", key=("-newkey", "rsa:1024"))), "tls-weak", ca.cert)


def test_weak_signature(stage, ca):
    stage.refused(Server(ca.issue("sha1", digest="sha1")), "tls-weak", ca.cert)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_protocol(stage, ca):
    stage.refused(Server(ca.issue("good"), old=True), "tls-version", ca.cert)


def test_clock_behind_and_set(stage, ca):
    """Not valid yet: said so with a hint at the clock, and tried again by itself until it is."""
    begin = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 4))
    server = Server(ca.issue("new", start=begin))
    stage.go(server, ca.cert)
    word, text = stage.peer.reason()
    assert word == "tls-not-yet-valid" and "clock" in text
    assert not server.got
    stage.peer.connected(60)
    server.end()


def test_revoked(stage, ca):
    bad, good = ca.issue("bad"), ca.issue("kept")
    stage.connects(Server(bad), ca.cert) # without a list nobody can know
    crl = ca.list("now", revoked=[bad[0]])
    stage.refused(Server(bad), "tls-revoked", ca.cert, [crl])
    stage.connects(Server(good), ca.cert, [crl])


def test_revoked_intermediate(stage, ca):
    """Each CA of the chain has its list; one that is missing is not taken for an empty one."""
    middle = ca.issue("inter2", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign")
    leaf, key = ca.issue("leaf-of-inter2", by=middle)
    chain = harness.write(ca.path("chain2.pem"), open(leaf).read() + open(middle[0]).read())
    above, below = ca.list("above"), ca.list("below", ca=middle)
    stage.connects(Server((chain, key)), ca.cert, [above, below])
    stage.refused(Server((chain, key)), "tls-revocation-list", ca.cert, [above])
    stage.refused(Server((chain, key)), "tls-revoked", ca.cert, [ca.list("above2", revoked=[middle[0]]), below])


def test_revocation_list_out_of_date(stage, ca):
    good = ca.issue("good2")
    old = ca.list("old", start=ago(30), end=ago(1))
    stage.refused(Server(good), "tls-revocation-list", ca.cert, [old], says="expired")
    ahead = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400))
    new = ca.list("new", start=ahead, end="20491231235959Z")
    stage.refused(Server(good), "tls-not-yet-valid", ca.cert, [new], says="clock")


def test_revocation_list_of_somebody_else(stage, ca, tmp_path):
    other = Authority(str(tmp_path), "other2")
    stage.refused(Server(ca.issue("good3")), "tls-revocation-list", ca.cert, [other.list("theirs")])


def test_revocation_list_that_is_none(stage, ca):
    stage.refused(Server(ca.issue("good4")), "credentials", ca.cert, [ca.cert], says="cloud.crl")


def test_revocation_with_the_systems_authorities(stage, ca):
    """Without NAME.ca the system's are used: the list does not make anything trusted."""
    stage.refused(Server(ca.issue("good5")), "tls-untrusted", None, [ca.list("own")])


def test_silent(stage):
    """Accepts TCP and answers nothing."""
    word, text = stage.silent.peer.reason(90)
    assert word == "timeout", text
    assert "TLS" in text
