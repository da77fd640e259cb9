# SPDX-License-Identifier: Apache-2.0
"""hearth-share: other readers get hearthd's fresh values, and nobody gets anything else."""
import os
import random
import shutil
import socket
import struct
import subprocess

import harness

GIVE = """import os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(8)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Share(harness.Notified):
    """hearth-share with a socket that was opened for it, as systemd does."""

    def __init__(self, h, bus):
        self.port = harness.free_port()
        super().__init__("share-" + bus, h.folder.path, [
            harness.PYTHON, "-c", GIVE, str(self.port), harness.program("hearth-share"), bus,
            "--socket", os.path.join(h.daemon.runtime, "share", bus, "sock")])


def connect(share):
    s = socket.create_connection(("127.0.0.1", share.port), timeout=10)
    return s


def ask(s, unit, pdu, transaction=7):
    s.sendall(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
    head = b""
    while len(head) < 7:
        got = s.recv(7 - len(head))
        if not got:
            raise ConnectionResetError
        head += got
    t, protocol, n, u = struct.unpack(">HHHB", head)
    assert (t, protocol, u) == (transaction, 0, unit)
    body = b""
    while len(body) < n - 1:
        body += s.recv(n - 1 - len(body))
    return body


def read(s, unit, function, address, count):
    return ask(s, unit, struct.pack(">BHH", function, address, count))


def make(make_household):
    h = make_household(appliances=["fridge", "fridge-air"], way=False, period="1s")
    configure = h.configure

    def with_share():
        configure()
        path = os.path.join(h.daemon.etc, "hearthd.conf.d", "share.conf")
        harness.write(path, "[Bus rs485]\nShare=yes\n")
    h.configure = with_share
    h.start()
    share = Share(h, "rs485")
    share.start()
    return h, share


def test_readers(make_household):
    h, share = make(make_household)
    try:
        unit = h.home.units["probe"]["unit"]
        s = connect(share)
        body = harness.wait_for("fresh values", lambda: (lambda b: b if b[0] == 4 else None)(
            read(s, unit, 4, 1, 2)), 30)
        raw = struct.unpack(">hH", body[2:])
        value, quality = h.value("fridge-air", "temperature")
        assert quality == "good" and abs(raw[0] / 10 - float(value)) < 1.0, (raw, value)
        # another reader, of other people
        from pymodbus.client import ModbusTcpClient
        c = ModbusTcpClient("127.0.0.1", port=share.port)
        assert c.connect()
        rr = c.read_input_registers(1, 2, slave=unit)
        assert not rr.isError() and abs(rr.registers[0] - raw[0]) < 20, rr
        meter = h.home.units["pzem"]["unit"]
        rr = harness.wait_for("fresh values of the meter", lambda: (lambda r: None if r.isError() else r)(
            c.read_input_registers(0, 3, slave=meter)), 30)
        assert 800 < rr.registers[0] < 2800, rr
        # what was never read, whom nobody asks, what is no read
        assert c.read_input_registers(500, 1, slave=meter).exception_code == 11
        assert c.read_input_registers(0, 1, slave=200).exception_code == 10
        assert c.write_register(0, 1, slave=meter).exception_code == 1
        assert c.write_coil(0, True, slave=meter).exception_code == 1
        c.close()
        if shutil.which("mbpoll"): # a third reader
            done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(share.port), "-a", str(unit), "-t", "3", "-r", "2",
                                   "-c", "1", "-1", "127.0.0.1"], capture_output=True, text=True, timeout=20)
            assert done.returncode == 0 and str(raw[0])[:2] in done.stdout, done.stdout
        # hearthd asked no more because of them: nothing of this reached the line
        requests = next(b for b in h.ctl.json("bus", "list") if b["id"] == "rs485")["requests"]
        for _ in range(500):
            read(s, unit, 4, 1, 2)
        after = next(b for b in h.ctl.json("bus", "list") if b["id"] == "rs485")["requests"]
        assert after - requests < 20
        # old values are none
        h.daemon.stop()
        harness.wait_for("exception 11", lambda: read(s, unit, 4, 1, 2) == b"\x84\x0b", 60)
        # and a hearthd that comes back is enough
        h.daemon.start()
        harness.wait_for("values again", lambda: read(s, unit, 4, 1, 2)[0] == 4, 60)
    finally:
        share.stop()


def test_hostile_readers(make_household):
    h, share = make(make_household)
    try:
        dice = random.Random(1)
        for _ in range(200):
            s = connect(share)
            try:
                s.sendall(bytes(dice.randrange(256) for _ in range(dice.randrange(1, 400))))
            except OSError:
                pass
            s.close()
        assert share.running()
        # eight at a time; the ninth is sent away
        harness.wait_for("all gone", lambda: can_read(share, 200) == b"\x84\x0a", 20)
        held = [connect(share) for _ in range(8)]
        for s in held:
            assert read(s, 200, 4, 0, 1) == b"\x84\x0a"
        ninth = connect(share)
        assert ninth.recv(1) == b""
        # one that sends and never takes does not stop the others
        held[0].setblocking(False)
        try:
            for _ in range(20000):
                held[0].send(struct.pack(">HHHBBHH", 1, 0, 6, 200, 4, 0, 1))
        except OSError:
            pass
        assert read(held[1], 200, 4, 0, 1) == b"\x84\x0a"
        # many requests in one piece, and one request in many
        held[2].sendall(struct.pack(">HHHBBHH", 1, 0, 6, 200, 4, 0, 1) * 20)
        got = b""
        while len(got) < 20 * 9:
            got += held[2].recv(4096)
        assert got == (struct.pack(">HHHB", 1, 0, 3, 200) + b"\x84\x0a") * 20
        for byte in struct.pack(">HHHBBHH", 1, 0, 6, 200, 4, 0, 1):
            held[3].sendall(bytes([byte]))
        assert held[3].recv(64).endswith(b"\x84\x0a")
        assert harness.rss(share.pid)["Rss"] < 16000
    finally:
        share.stop()


def can_read(share, unit):
    try:
        with connect(share) as s:
            return read(s, unit, 4, 0, 1)
    except OSError:
        return None


def test_needs_its_socket(make_household):
    h = make_household(appliances=[], way=False)
    done = subprocess.run([harness.program("hearth-share"), "rs485"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 78 and "ListenStream" in done.stderr
    done = subprocess.run([harness.program("hearth-share"), "../x"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    h.daemon.popen = None
