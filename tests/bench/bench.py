#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The figures of the bench household: counts and ratios first, what depends on the machine marked so.
Nothing here passes or fails. Aims are printed beside the figures.

  bench.py [bus|hostile|broker|report|diagnose|live]... [--seconds N] [--interval S] [--json]
"""
import argparse
import columns
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "system"))
HOUSEHOLD = os.path.join(HERE, "household.py")
BUILD = os.environ.get("HEARTHD_BUILD", os.path.join(TOP, "build", "dev"))


def program(name):
    return os.path.join(BUILD, "tests", "bench", name)


def household(*words, **kw):
    return subprocess.run(["/usr/bin/python3", HOUSEHOLD, *words], check=True, **kw)


def show(rows, title):
    print("\n" + title)
    for name, value, aim in rows:
        print("  %-52s %14s   %s" % (name, value, aim))


def bench_bus(a, out):
    if not os.path.exists(program("bench-bus")):
        print("\nbus: bench-bus is not built")
        return
    r = subprocess.run([program("bench-bus"), os.path.join(HERE, "home")], check=True, capture_output=True, text=True)
    out["bus"] = json.loads(r.stdout.splitlines()[-1])
    v = out["bus"]
    rows = [("RTU: requests a sweep", "%.2f" % v["rtu_requests_a_sweep"], "least 57"),
            ("RTU: line time a sweep", "%.3f s" % v["rtu_line_s_a_sweep"], "least 3.396 s"),
            ("RTU: line time to the least possible", "%.4f" % v["rtu_line_to_least"], "aim 1.01"),
            ("TCP: requests a sweep", "%.2f" % v["tcp_requests_a_sweep"], "least 14"),
            ("nothing known of holes: learned after", "%.1f s" % v["holes_learned_after_s"], ""),
            ("  requests until then", "%d" % v["holes_requests_until_learned"], ""),
            ("  of them beyond what the sweeps took", "%d" % v["holes_requests_beyond_sweeps"], ""),
            ("  then line time to the least possible, tests included", "%.4f" % v["holes_then_line_to_least"], "aim 1.01"),
            ("saturated: values a second of what the wire allows", "%.4f" % v["saturated_share_of_possible"], "aim 0.98")]
    rows += [("others' rate, %s units off, each %s" % (k.split("_")[1] + " of 8", k.split("_")[5]), "%.4f" % v[k],
              "aim 0.97") for k in v if k.endswith("_others_rate")]
    rows += [("values wrong", "%d" % sum(v[k] for k in v if k.endswith("values_wrong")), "aim 0"),
             ("CPU of the worker per 1000 values (this machine)", "%.2f ms" % v["worker_cpu_ms_per_1000_values"], "")]
    show(rows, "Bus, virtual time, 8 units at 9600 baud and 2 on TCP, each value wanted every 10 s")


def bench_hostile(a, out):
    """The table of docs/hostile-peers.md."""
    import hostile
    rows, grown = hostile.table(seconds=20 * hostile.PERIOD)
    out["hostile"] = {"rows": rows, "grown_kib": grown}
    print("\nHostile peers: unit 1 misbehaves for %g s, unit 2 on the same line is healthy; period %g s, time-out %g s"
          % (20 * hostile.PERIOD, hostile.PERIOD, hostile.TIMEOUT))
    print("| line | behaviour | wrong values | back after | others' period, mean | worst |")
    print("|---|---|---|---|---|---|")
    for r in rows:
        print("| %s | %s | %d | %s | %.3f | %.2f |" % (
            r["bus"], r["behaviour"], r["wrong"], "%.1f s" % r["recovery_s"], r["others_period"] or 0, r["others_worst"] or 0))
    print("\nwrong values in all: %d; resident memory grew by %s KiB" % (
        sum(r["wrong"] for r in rows), ", ".join(map(str, grown))))


def bench_diagnose(a, out):
    r = subprocess.run([program("bench-diagnose"), os.path.join(TOP, "etc", "rules")], check=True,
                       capture_output=True, text=True)
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    out["diagnose"] = lines
    rows = [("rule files read, %d rules" % lines[0]["rules"], "%.1f ms" % lines[0]["files_ms"], "")]
    for v in lines[1:]:
        if v["functions"] == 0:
            continue
        count = v["instructions_per_sample"]
        rows += [("%s: %d rules, %d nodes, state" % (v["kind"], v["rules"], v["nodes"]),
                  "%.1f kB" % (v["state_bytes"] / 1e3), ""),
                 ("  load; instructions a sample", "%.1f ms; %s" % (v["load_ms"], count or "not counted here"), ""),
                 ("  samples a second (this machine, one core)", "%d" % v["samples_per_s"], "aim 50000")]
    show(rows, "Diagnosis: the rules that are shipped, each kind with every point it may have")


def bench_broker(a, out):
    """The second table of docs/hostile-peers.md."""
    import hostile_broker
    cases, lanes = hostile_broker.play()
    out["broker"] = {"faults": [f for lane in lanes for f in lane.faults]}
    print("\n" + hostile_broker.table(cases, lanes))
    for fault in out["broker"]["faults"]:
        print("NOT AS IT SHOULD BE: " + fault)


def compressing(v):
    return [("  compressing a report: heap, the most", "%.0f kB" % (v["compressing_heap"] / 1e3), ""),
            ("  compressing a report: CPU (this machine)", "%.2f ms" % v["compressing_ms_per_message"], "")]


def bench_report(a, out):
    with tempfile.TemporaryDirectory() as folder:
        household("config", folder, "--rtu", "/dev/null", "--tcp", "127.0.0.1:1", "127.0.0.1:2")
        series = os.path.join(folder, "series")
        with open(series, "w", encoding="ascii") as f:
            household("series", "3600", stdout=f)
        rows, lossless, messages = [], [], os.path.join(folder, "messages")
        for interval in (60, 300):
            with open(series, encoding="ascii") as f:
                r = subprocess.run([program("bench-report"), folder, os.path.join(TOP, "etc"), str(interval)],
                                   stdin=f, check=True, capture_output=True, text=True)
            v = json.loads(r.stdout)
            out["report_%d" % interval] = v
            aim = "aim 45 kB lossless" if interval == 300 else ""
            rows += [("PUBLISH payload an hour, reports each %d s" % interval, "%.1f kB" % (v["payload_per_hour"] / 1e3), aim),
                     ("  without the dictionary of names", "%.1f kB" % (v["payload_without_dictionary_per_hour"] / 1e3), ""),
                     ("  the same as JSON", "%.1f kB" % (v["json_per_hour"] / 1e3), ""),
                     ("  values told of %d read" % v["readings"], "%d" % v["values"], ""),
                     ("  history blocks an hour", "%.1f kB" % (v["history_per_hour"] / 1e3), ""),
                     ("  CPU of steps 5-8 per 1000 readings (this machine)", "%.2f ms" % v["cpu_ms_per_1000_readings"], ""), *compressing(v)]
            with open(series, encoding="ascii") as f:
                r = subprocess.run([program("bench-report"), folder, os.path.join(TOP, "etc"), str(interval), "lossless",
                                    messages], stdin=f, check=True, capture_output=True, text=True)
            v = out["lossless_%d" % interval] = json.loads(r.stdout)
            held = out["lossless_%d_held" % interval] = columns.compare(folder, messages, series)
            lossless += [("PUBLISH payload an hour, reports each %d s" % interval, "%.1f kB" % (v["payload_per_hour"] / 1e3), aim),
                         ("  the same as JSON", "%.1f kB" % (v["json_per_hour"] / 1e3), ""),
                         ("  readings a receiver has wrong, of %d" % held["readings"], "%d" % held["wrong"], "0"),
                         ("  CPU of steps 5-8 per 1000 readings (this machine)", "%.2f ms" % v["cpu_ms_per_1000_readings"], ""), *compressing(v)]
        show(rows, "Reports, virtual time, by exception with the model's deadbands")
        show(lossless, "Reports, virtual time, Report=lossless: every change of every register")


def cpu_ms(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000.0 / os.sysconf("SC_CLK_TCK")


def written(pid):
    """Bytes the journal's thread gave to write(): what reaches the disk is this or less."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/comm" % (pid, task), encoding="ascii") as f:
            if f.read().strip() != "journal":
                continue
        with open("/proc/%d/task/%s/io" % (pid, task), encoding="ascii") as f:
            total += int(dict(line.split(": ") for line in f)["wchar"])
    return total


def median(v):
    return sorted(v)[len(v) // 2] if v else float("nan")


def event_delays(broker_port, folder):
    """Bus to MQTT: from the moment the appliance answers with a code to the event at a subscriber."""
    from harness import Household, write
    house = Household(seed=3, report_interval="300s", appliances=["pool"], way=False,
                      upstreams={"cloud": {"Level": "faults", "Planes": "event"}})
    try:
        write(os.path.join(house.daemon.etc, "profiles", "phnix-pool-heatpump.profile.d", "fast.conf"),
              "[Profile]\nFaultPeriod=1s\n")
        house.start()
        delays = []
        for i in range(10):
            before = len(house.subscriber.of("event"))
            house.home.tell("fault", "pool", "2074.0", str((i + 1) % 2))
            start = time.monotonic()
            house.subscriber.wait(lambda: len(house.subscriber.of("event")) > before, "event", 20)
            delays.append(time.monotonic() - start)
        return delays
    finally:
        house.stop()


def turns(daemon):
    """[CPU ms, ms] of the longest turn of hearthd's main loop so far (loopwatch.c)."""
    with open(daemon.env["LOOPWATCH"], encoding="utf-8") as f:
        return [int(us) / 1e3 for us in f.read().split()]


def watch_turns(daemon, folder):
    library = os.path.join(folder, "loopwatch.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "loopwatch.c"), "-ldl"], check=True)
    daemon.env.update(LD_PRELOAD=library, LOOPWATCH=os.path.join(folder, "turns"))


def bench_live(a, out):
    from harness import Broker, Daemon, Folder, Relay, Subscriber, Way, free_port, rss, wait_for
    folder = Folder()
    path = folder.path
    rtu, ports = os.path.join(path, "rtu"), [free_port(), free_port()]
    server = subprocess.Popen(["/usr/bin/python3", HOUSEHOLD, "serve", "--rtu", rtu, "--tcp", *map(str, ports)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    broker = Broker(path)
    daemon = Daemon(path)
    relay = Relay(path, daemon, "cloud")
    subscriber = way = None
    try:
        assert server.stdout.readline().strip() == "ready"
        broker.start()
        subscriber = Subscriber(broker.port)
        subscriber.wait_connected()
        way = Way(broker.port)
        household("config", daemon.etc, "--rtu", rtu, "--tcp", *("127.0.0.1:%d" % p for p in ports),
                  "--broker", str(way.port), "--interval", "%ds" % a.interval, "--report", a.report)
        watch_turns(daemon, path)
        start = time.monotonic()
        daemon.start()
        ready = time.monotonic() - start
        relay.start()
        daemon.wait(lambda: "10 answering" in daemon.status, "10 answering", 60)
        wait_for("the first report", lambda: subscriber.of("report"), a.interval + 30)
        cpu0, disk0, t0 = cpu_ms(daemon.pid), written(daemon.pid), time.monotonic()
        relay0, wire0, told0 = cpu_ms(relay.pid), sum(way.bytes), len(way.published)
        while time.monotonic() - t0 < a.seconds:
            time.sleep(0.5)
        span = time.monotonic() - t0
        cpu, disk = cpu_ms(daemon.pid) - cpu0, written(daemon.pid) - disk0
        relay_cpu = cpu_ms(relay.pid) - relay0
        wire, told = sum(way.bytes) - wire0, way.published[told0:]
        reports = [p for topic, p in told if topic.endswith("/report")]
        memory, relay_memory = rss(daemon.pid), rss(relay.pid)
        turn = turns(daemon)
        for _ in range(3):
            daemon.send(signal.SIGHUP)
            time.sleep(2)
        reload_turn = turns(daemon)
        values = span / 10 * 440
        v = out["live"] = {
            "seconds": round(span, 1), "ready_ms": round(ready * 1e3, 1),
            "cpu_ms_per_1000_values": round(cpu / values * 1000, 2),
            "relay_cpu_ms_per_1000_values": round(relay_cpu / values * 1000, 2),
            "hearthd": memory, "relay": relay_memory, "written_per_day_mb": round(disk / span * 86400 / 1e6, 1),
            "reports": len(reports), "report_payload_per_hour": round(sum(map(len, reports)) / span * 3600),
            "payload_per_hour": round(sum(len(p) for _, p in told) / span * 3600),
            "wire_per_hour": round(wire / span * 3600),
            "longest_turn_ms": turn, "longest_turn_reload_ms": reload_turn,
            "event_delay_s": round(median(event_delays(broker.port, path)), 3)}
        show([("hearthd: CPU per 1000 values read", "%.1f ms" % v["cpu_ms_per_1000_values"], "aim 30 ms"),
              ("hearth-relay: CPU per 1000 values read", "%.1f ms" % v["relay_cpu_ms_per_1000_values"], ""),
              ("hearthd: PSS", "%.2f MB" % (memory["Pss"] / 1024), "aim 6 MB"),
              ("hearthd: private dirty", "%.2f MB" % (memory["Private_Dirty"] / 1024), "aim 2.5 MB"),
              ("hearthd: RSS", "%.2f MB" % (memory["Rss"] / 1024), ""),
              ("hearth-relay: PSS", "%.2f MB" % (relay_memory["Pss"] / 1024), "aim 6 MB"),
              ("hearth-relay: RSS", "%.2f MB" % (relay_memory["Rss"] / 1024), ""),
              ("given to the disk, reports each %d s" % a.interval, "%.1f MB/day" % v["written_per_day_mb"], "aim 20 MB at 300 s"),
              ("PUBLISH payload of %d reports, %s" % (len(reports), a.report),
               "%.1f kB/h" % (v["report_payload_per_hour"] / 1e3), "aim 45 kB/h lossless at 300 s"),
              ("  of every message", "%.1f kB/h" % (v["payload_per_hour"] / 1e3), ""),
              ("  whole MQTT packets, both ways", "%.1f kB/h" % (v["wire_per_hour"] / 1e3), ""),
              ("longest turn of the main loop: CPU", "%.1f ms" % turn[0], "aim 50 ms"),
              ("  time, others' turns included", "%.1f ms" % turn[1], ""),
              ("  with reloads: CPU", "%.1f ms" % reload_turn[0], "aim 50 ms"),
              ("  with reloads: time, others' turns included", "%.1f ms" % reload_turn[1], ""),
              ("start to READY", "%.0f ms" % v["ready_ms"], "aim 100 ms"),
              ("bus to MQTT, an event (polled each 1 s)", "%.2f s" % v["event_delay_s"], "")],
             "Live for %.0f s on this machine (pymodbus, mosquitto)" % span)
    finally:
        for p in (relay, daemon):
            if p.popen is not None:
                p.stop()
        if subscriber:
            subscriber.stop()
        if way:
            way.stop()
        if broker.popen is not None:
            broker.kill()
        server.kill()
        folder.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"bus": bench_bus, "hostile": bench_hostile, "broker": bench_broker, "report": bench_report, "diagnose": bench_diagnose,
             "live": bench_live}
    parser.add_argument("part", nargs="*", choices=[[], *parts], default=[])
    parser.add_argument("--seconds", type=float, default=60, help="how long the live part measures")
    parser.add_argument("--interval", type=int, default=60, help="of the live part's reports; 300 is a gateway's")
    parser.add_argument("--report", choices=("exception", "lossless"), default="exception", help="of the live part")
    parser.add_argument("--json", action="store_true", help="and all figures as one line of JSON, last")
    a = parser.parse_args()
    out = {}
    for part in a.part or parts:
        parts[part](a, out)
    if a.json:
        print(json.dumps(out))


if __name__ == "__main__":
    main()
