# SPDX-License-Identifier: Apache-2.0
"""A disposable Debian 12 with systemd as PID 1, in systemd-nspawn.

The root file system is made once by mmdebstrap and kept in $TESTBED_CACHE (~/.cache/hearthd-testbed),
keyed by its packages; a machine is an overlay above it. It has a network of its own (lo), and control
groups of its own, so that several can run side by side. Nothing is left behind but the cache.
"""
import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

PACKAGES = """systemd systemd-sysv dbus iproute2 procps util-linux login passwd
libsystemd0 libmodbus5 libserialport0 libsqlite3-0 zlib1g libjansson4 libssl3 libpaho-mqtt1.3
mosquitto mosquitto-clients python3 python3-pymodbus python3-serial-asyncio python3-paho-mqtt""".split()
FORMAT = 1 # of the cache
BOOT_S, STOP_S = 60, 15

# PID 1 before systemd: where the host has version 1 control groups, make their controllers writable,
# so that MemoryMax=, TasksMax= and DeviceAllow= are in force, and add the version 2 tree.
INIT = """#!/bin/sh
if [ -d /sys/fs/cgroup/memory ]; then
	for c in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$c" 2>/dev/null; done
	mount -o remount,rw /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/unified &&
		mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	mount -o remount,bind,ro /sys/fs/cgroup 2>/dev/null
fi
exec /sbin/init
"""
# A test machine asks nobody and starts nothing that no test asked for.
QUIET = """apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
mosquitto.service systemd-timesyncd.service getty@tty1.service""".split()


class Unavailable(Exception):
    """This computer cannot run such a machine; the text is the reason."""


def cache_folder():
    return os.environ.get("TESTBED_CACHE") or os.path.expanduser("~/.cache/hearthd-testbed")


def check_host():
    if os.geteuid() != 0:
        raise Unavailable("needs root")
    for tool, package in (("systemd-nspawn", "systemd-container"), ("mmdebstrap", "mmdebstrap"),
                          ("nsenter", "util-linux")):
        if not shutil.which(tool):
            raise Unavailable("needs %s (package %s)" % (tool, package))
    if subprocess.run(["unshare", "-m", "-p", "-f", "true"], stderr=subprocess.DEVNULL).returncode:
        raise Unavailable("no new name spaces may be made here")
    # In a container without CAP_NET_ADMIN the machine would come up without even a loopback.
    if subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], stderr=subprocess.DEVNULL).returncode:
        raise Unavailable("no network of its own can be set up for a machine here (CAP_NET_ADMIN)")
    if not os.path.isdir("/sys/fs/cgroup"):
        raise Unavailable("no control groups here")


def tree(extra=()):
    """The unpacked root file system with these further packages, made when it is not there yet."""
    check_host()
    folder = cache_folder()
    os.makedirs(folder, exist_ok=True)
    packages = PACKAGES + list(extra)
    key = hashlib.sha256(("%d %s" % (FORMAT, " ".join(packages))).encode()).hexdigest()[:12]
    path = os.path.join(folder, "nspawn-" + key)
    with open(os.path.join(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(os.path.join(path, ".complete")):
            return path
        shutil.rmtree(path, ignore_errors=True)
        print("making a root file system for the systemd tests in %s (once)" % folder, flush=True)
        made = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + ",".join(packages),
             "--aptopt=APT::Install-Recommends \"false\"", "--aptopt=Acquire::Retries \"3\"",
             "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
             "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", path],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
        if made.returncode:
            shutil.rmtree(path, ignore_errors=True)
            raise Unavailable("mmdebstrap: " + (made.stdout.strip().splitlines() or ["failed"])[-1])
        with open(os.path.join(path, "etc/machine-id"), "w") as f:
            f.write("0123456789abcdef0123456789abcdef\n")
        for base, _, names in os.walk(os.path.join(path, "etc/systemd/system")):
            for name in set(names) & set(QUIET):
                os.unlink(os.path.join(base, name))
        open(os.path.join(path, ".complete"), "w").close()
    return path


class Machine:
    """with Machine() as m: m.run("systemctl …")"""

    def __init__(self, binds=()):
        self.binds = binds # (source, place in the machine): read-only
        self.process = self.leader = None
        self.groups = []

    def __enter__(self):
        base = tree()
        self.work = tempfile.mkdtemp(prefix="hearthd-machine.")
        self.id = os.path.basename(self.work).replace(".", "-").replace("_", "x") # no name ends with a hyphen
        self.root = os.path.join(self.work, "root")
        for name in ("root", "upper", "overlay"):
            os.mkdir(os.path.join(self.work, name))
        mounted = subprocess.run(
            ["mount", "-t", "overlay", "-o", "lowerdir=%s,upperdir=%s/upper,workdir=%s/overlay" %
             (base, self.work, self.work), "overlay", self.root], stderr=subprocess.PIPE, text=True)
        try:
            if mounted.returncode: # an overlay above an overlay may be refused
                subprocess.run(["cp", "-a", base + "/.", self.root], check=True)
            init = os.path.join(self.root, "test-init")
            with open(init, "w") as f:
                f.write(INIT)
            os.chmod(init, 0o755)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def make_groups(self):
        v2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        parents = ["/sys/fs/cgroup"] if v2 else \
            [os.path.join("/sys/fs/cgroup", d) for d in os.listdir("/sys/fs/cgroup")]
        for parent in parents:
            group = os.path.join(parent, self.id)
            if not os.access(os.path.join(parent, "cgroup.procs"), os.W_OK):
                continue
            try:
                os.mkdir(group)
            except OSError:
                continue
            self.groups.append(group)
            if os.path.basename(parent).startswith("cpuset"): # empty ones take no process
                for name in ("cpuset.cpus", "cpuset.mems"):
                    with open(os.path.join(parent, name)) as f, open(os.path.join(group, name), "w") as g:
                        g.write(f.read())
                with open(os.path.join(group, "cgroup.clone_children"), "w") as f:
                    f.write("1")
        if not self.groups:
            raise Unavailable("no control group can be made here")
        return v2

    def boot(self):
        v2 = self.make_groups()
        binds = ["--bind-ro=%s:%s" % pair for pair in self.binds]
        enter = "".join("echo $$ >%s/cgroup.procs; " % shlex.quote(g) for g in self.groups)
        self.log = open(os.path.join(self.work, "console"), "wb")
        self.process = subprocess.Popen(
            ["sh", "-c", enter + 'exec "$@"', "sh", "systemd-nspawn", "-q", "-D", self.root, "-M", self.id,
             "--register=no", "--keep-unit", "--private-network", "--console=pipe", "--capability=all",
             "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO,CAP_WAKE_ALARM",
             "--system-call-filter=bpf", "--kill-signal=SIGRTMIN+3", *binds, "/test-init"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=dict(os.environ, SYSTEMD_NSPAWN_LOCK="0",
                     SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1" if v2 else "0"))
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end and self.process.poll() is None:
            self.leader = self.find_leader()
            if self.leader:
                state = self.run("systemctl is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return self
            time.sleep(0.05)
        raise Unavailable("the machine did not boot: " + self.console())

    def console(self):
        with open(os.path.join(self.work, "console"), "rb") as f:
            return f.read()[-1500:].decode(errors="replace")

    def find_leader(self):
        """The process that is PID 1 inside: a child of nspawn whose innermost pid is 1."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/status" % pid) as f:
                    status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            except OSError:
                continue
            if status.get("PPid") == str(self.process.pid) and status["NSpid"].split()[1:] == ["1"]:
                return pid
        return None

    def run(self, script, user="root", check=True, timeout=60):
        """A shell script inside; what it wrote is in .stdout."""
        command = ["nsenter", "-t", self.leader, "-m", "-u", "-i", "-n", "-p", "env", "-i",
                   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                   "HOME=/root", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"]
        command += ["runuser", "-u", user, "--"] if user != "root" else []
        done = subprocess.run(command + ["/bin/sh", "-c", script], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        if check and done.returncode:
            raise AssertionError("%s\nexit %d: %s" % (script, done.returncode, done.stdout))
        return done

    def wait(self, script, want=None, timeout=30):
        """Runs SCRIPT until it succeeds, and has WANT in its output; its output."""
        end = time.monotonic() + timeout
        while True:
            done = self.run(script, check=False)
            if done.returncode == 0 and (want is None or want in done.stdout):
                return done.stdout
            if time.monotonic() > end:
                raise AssertionError("%s\nnot within %d s, last: %s" % (script, timeout, done.stdout))
            time.sleep(0.1)

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.root, path.lstrip("/"))
        if self.leader: # the mounts of the machine are its own
            path = "/proc/%s/root/%s" % (self.leader, path[len(self.root) + 1:])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def kill_groups(self):
        """Whatever is left in our own control groups, by its id."""
        for group in self.groups:
            for base, _, _ in os.walk(group):
                with open(os.path.join(base, "cgroup.procs")) as f:
                    for pid in f.read().split():
                        try:
                            os.kill(int(pid), signal.SIGKILL)
                        except ProcessLookupError:
                            pass

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            if self.leader:
                self.run("systemctl --no-block poweroff", check=False)
            else:
                self.kill_groups()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill_groups()
                self.process.wait(5)
        for _ in range(50): # the kernel lets go a little later
            self.kill_groups()
            for group in self.groups:
                for base, _, _ in os.walk(group, topdown=False):
                    try:
                        os.rmdir(base)
                    except OSError:
                        pass
            if os.path.ismount(self.root):
                subprocess.run(["umount", self.root], stderr=subprocess.DEVNULL)
            if not os.path.ismount(self.root) and not any(map(os.path.isdir, self.groups)):
                break
            time.sleep(0.1)
        if not os.path.ismount(self.root):
            shutil.rmtree(self.work)
