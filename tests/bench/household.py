#!/usr/bin/python3
# SPDX-License-Identifier: CC0-1.0
"""The bench household: 8 RTU units of 40 points on one bus, 2 Modbus TCP devices of 60, each wanted
every 10 s (tests/bench/home/*.tsv). What it holds at a moment is a function of the seed alone.

  household.py config DIR --rtu PTY --tcp HOST:PORT HOST:PORT [--broker PORT] [--level full]
                                  hearthd.conf, profiles and appliances
  household.py series SECONDS [--seed N] [--period 10]
                                  what a sweep each period reads: "t appliance point raw" a line
  household.py serve --rtu PTY --tcp PORT PORT [--seed N]
                                  answers it with pymodbus until the end of standard input; PTY is
                                  a link it makes to its own line of 9600 baud
"""
import argparse
import asyncio
import math
import os
import random
import sys
import time

HERE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "home")
RTU_UNITS, TCP_UNITS = range(1, 9), range(1, 3)
HOUR = 3600.0


class Point:
    def __init__(self, line):
        self.id, self.bus, unit, address, self.type, scale, self.kind = line.rstrip("\n").split("\t")
        self.unit, self.address, self.scale = int(unit), int(address), float(scale)
        self.words = 2 if self.type == "u32" else 1


def tsv(name):
    with open(os.path.join(HERE, name), encoding="ascii") as lines:
        return [line for line in lines if line.strip() and not line.startswith(("#", "id\t"))]


def points():
    return [Point(line) for line in tsv("map.tsv")]


def layout():
    """{(bus, unit): (largest read, [(first, last), ...])}"""
    ranges = {}
    for line in tsv("layout.tsv"):
        bus, unit, most, first, last = line.split()
        if not unit.isdigit():
            continue
        ranges.setdefault((bus, int(unit)), (int(most), []))[1].append((int(first), int(last)))
    return ranges


class Signal:
    """The raw value of one point at any moment, by seed; asked with rising time."""

    def __init__(self, point, seed):
        self.kind = point.kind
        self.random = random.Random(f"{seed}/{point.id}")
        r = self.random.uniform
        self.base, self.amplitude = r(18, 60), r(0.5, 4.5)
        self.period, self.phase = r(30, 180) * 60, r(0, 2 * math.pi)
        self.rate, self.total, self.last = r(0.02, 5), r(0, 1e6), 0.0
        self.states = int(r(2, 7))
        self.value, self.until = 0, 0.0

    def draw(self, t):
        """A new value when the last one has had its time."""
        if self.kind == "temp" and t >= self.until:
            self.value, self.until = self.random.uniform(-0.5, 0.5), t + self.random.uniform(2, 10)
        elif self.kind == "status" and t >= self.until:
            self.value, self.until = self.random.randrange(self.states), t + self.random.uniform(5, 60) * 60
        elif self.kind == "setpoint" and t >= self.until:
            self.value, self.until = self.random.randrange(180, 240), t + 4 * HOUR

    def at(self, t):
        self.draw(t)
        slow = math.sin(2 * math.pi * t / self.period + self.phase)
        if self.kind == "temp":
            return round((self.base + self.amplitude * slow) * 10 + self.value)
        if self.kind == "counter":
            self.total += self.rate * (1 + 0.3 * slow) * (t - self.last)
            self.last = t
            return int(self.total)
        if self.kind == "marker":
            return int(t / 23.7) % 65536
        return self.value


def appliance_id(bus, unit):
    return f"{bus}-{unit}"


# A household of this shape in terms of the common model: what has a place there takes it.
ATTRIBUTES = {"temp": ["flow.temperature", "return.temperature", "local_temperature", "outdoor_temperature",
                       "discharge_temperature", "suction_temperature", "outdoor_coil_temperature",
                       "tank.temperature"],
              "setpoint": ["heating_setpoint", "flow_setpoint"], "counter": ["energy_imported"]}
UNITS = {"temp": "°C", "setpoint": "°C", "counter": "Wh"}


def profile(bus, unit, mine, most, ranges):
    out = ["# made by tests/bench/household.py", "[Profile]", "Maker=bench", f"Model={bus} {unit}",
           "Kind=heat_pump", f"Name=Bench {bus} {unit}", "Source=tests/bench/home", "Confidence=high", "Version=1",
           "", "[Line]", "Baud=9600", "Parity=none", "StopBits=1", f"Unit={unit}", "Timeout=300ms", f"MaxRead={most}",
           "Readable=" + " ".join(f"holding:{a}-{b}" for a, b in ranges), ""]
    free = {kind: list(names) for kind, names in ATTRIBUTES.items()}
    for p in mine:
        out += [f"[Point p{p.address}]", f"Read=holding:{p.address}", "Type=" + {"i16": "s16"}.get(p.type, p.type),
                "Period=10s"]
        if p.scale != 1:
            out.append(f"Scale={p.scale}")
        if p.kind in UNITS:
            out.append("Unit=" + UNITS[p.kind])
        if p.kind == "counter":
            out.append("Total=yes")
        if free.get(p.kind):
            out.append("Attribute=" + free[p.kind].pop(0))
        out.append("")
    return "\n".join(out)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def make_config(a):
    ranges = layout()
    mine = {}
    for p in points():
        mine.setdefault((p.bus, p.unit), []).append(p)
    conf = ["[Bus rtu]", f"Device=rtu:{a.rtu}", "Baud=9600", "Parity=none", ""]
    for i, address in enumerate(a.tcp, 1):
        conf += [f"[Bus tcp{i}]", f"Device=tcp:{address}", ""]
    if a.broker:
        conf += ["[Upstream cloud]", f"Url=mqtt://127.0.0.1:{a.broker}", f"Level={a.level}", "Planes=event report",
                 f"ReportInterval={a.interval}", f"Report={a.report}", ""]
    write(os.path.join(a.dir, "hearthd.conf"), "\n".join(conf))
    for (bus, unit), list_of in mine.items():
        name = "bench-" + appliance_id(bus, unit)
        write(os.path.join(a.dir, "profiles", name + ".profile"), profile(bus, unit, list_of, *ranges[bus, unit]))
        line = "rtu" if bus == "rtu" else f"tcp{unit}"
        write(os.path.join(a.dir, "appliances.d", appliance_id(bus, unit) + ".conf"),
              f"[Appliance]\nLabel=Bench {bus} {unit}\n\n[Source main]\nBus={line}\nUnit={unit}\nProfile={name}\n")


def series(a):
    signals = [(appliance_id(p.bus, p.unit), f"p{p.address}", Signal(p, a.seed)) for p in points()]
    out = sys.stdout
    t = 0.0
    while t < a.seconds:
        for appliance, point, signal in signals:
            out.write(f"{t:g} {appliance} {point} {signal.at(t)}\n")
        t += a.period


def blocks(bus, unit, seed):
    """pymodbus' memory of one unit, whose registers are asked of the signals at each read."""
    from pymodbus.datastore import ModbusSlaveContext

    class Unit(ModbusSlaveContext):
        def __init__(self):
            super().__init__(zero_mode=True)
            self.most, self.ranges = layout()[bus, unit]
            self.start = time.monotonic()
            self.at = {}
            for p in points():
                if (p.bus, p.unit) == (bus, unit):
                    self.at[p.address] = (p, Signal(p, seed))

        def validate(self, function, address, count=1):
            return function == 3 and any(a <= address and address + count - 1 <= b for a, b in self.ranges)

        def getValues(self, function, address, count=1):
            t = time.monotonic() - self.start
            words = dict.fromkeys(range(address, address + count), 0)
            for first in range(address - 1, address + count):
                if first in self.at:
                    point, signal = self.at[first]
                    raw = signal.at(t)
                    parts = [raw >> 16 & 0xFFFF, raw & 0xFFFF] if point.words == 2 else [raw & 0xFFFF]
                    words.update({first + i: w for i, w in enumerate(parts) if first + i in words})
            return [words[i] for i in range(address, address + count)]

    return Unit()


class Wire:
    """A serial line of 9600 baud between two pseudo-terminals: a byte takes its time to pass."""

    def __init__(self, link, baud):
        import threading
        import tty
        self.ends = [os.openpty(), os.openpty()]
        for _, slave in self.ends:
            tty.setraw(slave)
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(os.ttyname(self.ends[0][1]), link)
        self.inner = os.ttyname(self.ends[1][1])
        for source, sink in ((0, 1), (1, 0)):
            threading.Thread(target=self.carry, args=(source, sink, 10.0 / baud if baud else 0), daemon=True).start()

    def carry(self, source, sink, byte_s):
        free = 0.0
        while True:
            data = os.read(self.ends[source][0], 512)
            free = max(free, time.monotonic()) + len(data) * byte_s
            time.sleep(max(0, free - time.monotonic()))
            os.write(self.ends[sink][0], data)


async def serve_all(a):
    from pymodbus.datastore import ModbusServerContext
    from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
    from pymodbus.transaction import ModbusRtuFramer

    wire = Wire(a.rtu, a.baud)
    rtu = ModbusServerContext(slaves={u: blocks("rtu", u, a.seed) for u in RTU_UNITS}, single=False)
    tasks = [asyncio.ensure_future(StartAsyncSerialServer(
        context=rtu, framer=ModbusRtuFramer, port=wire.inner, baudrate=9600, timeout=1, ignore_missing_slaves=True))]
    for u, port in zip(TCP_UNITS, a.tcp):
        context = ModbusServerContext(slaves={u: blocks("tcp", u, a.seed)}, single=False)
        tasks.append(asyncio.ensure_future(StartAsyncTcpServer(
            context=context, address=("127.0.0.1", int(port)), ignore_missing_slaves=True)))
    await asyncio.sleep(0.5)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    v = verbs.add_parser("config")
    v.add_argument("dir")
    v.add_argument("--rtu", required=True)
    v.add_argument("--tcp", nargs=2, required=True)
    v.add_argument("--broker", type=int)
    v.add_argument("--level", default="full")
    v.add_argument("--interval", default="300s")
    v.add_argument("--report", default="exception")
    v = verbs.add_parser("series")
    v.add_argument("seconds", type=float)
    v.add_argument("--seed", type=int, default=1)
    v.add_argument("--period", type=float, default=10)
    v = verbs.add_parser("serve")
    v.add_argument("--rtu", required=True)
    v.add_argument("--tcp", nargs=2, required=True)
    v.add_argument("--seed", type=int, default=1)
    v.add_argument("--baud", type=int, default=9600, help="0: as fast as it goes")
    a = parser.parse_args()
    if a.verb == "config":
        make_config(a)
    elif a.verb == "series":
        series(a)
    else:
        asyncio.run(serve_all(a))


if __name__ == "__main__":
    main()
