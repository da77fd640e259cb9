# SPDX-License-Identifier: Apache-2.0
"""A disposable Debian 12 in qemu: a kernel and udev of its own, and USB serial adapters to pull.

The root file system is that of the systemd tests with udev added, copied onto a disk image; the
kernel is Debian's, cut down to what boots, to USB serial and to netem. Both are cached beside it. Software
emulation: a boot takes about a quarter of a minute, one core's work about ten times as long.

The far end of adapter N is a Unix socket, line(N): whoever connects to it is the appliance.
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "systemd"), os.path.join(HERE, "..")]
import harness # noqa: E402
import machine # noqa: E402

EXTRA = ("udev", "kmod")
FORMAT = 2 # of the cached kernel
BOOT_S, STOP_S = 180, 20
# Loaded by the initial file system, in the order modprobe gives; the rest is udev's matter.
BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic", "virtio_console")
KEEP = ("lib", "crypto", "arch/x86/crypto", "drivers/usb", "drivers/virtio", "drivers/block/virtio_blk.ko",
        "drivers/char/virtio_console.ko", "drivers/char/hw_random", "net/sched/sch_netem.ko", "fs/ext4", "fs/jbd2", "fs/mbcache.ko")
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
while read m; do $b insmod /m/$m; done </order
i=0; while [ ! -b /dev/vda ] && [ $i -lt 300 ]; do $b usleep 100000; i=$((i+1)); done
$b mount -t ext4 /dev/vda /root || $b poweroff -f
$b umount /proc /sys; $b mount --move /dev /root/dev
exec $b switch_root /root /sbin/init
"""
# Runs what the host asks for: a line of JSON each way.
AGENT = """import json, subprocess
with open("/dev/virtio-ports/agent", "r+b", buffering=0) as port:
    port.write(b"{}\\n")
    pending = b""
    while True:
        pending += port.read(65536) or b""
        while b"\\n" in pending:
            line, pending = pending.split(b"\\n", 1)
            done = subprocess.run(["/bin/sh", "-c", json.loads(line)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            port.write(json.dumps([done.returncode, done.stdout[-60000:]]).encode() + b"\\n")
"""
AGENT_UNIT = """[Unit]
After=multi-user.target
[Service]
ExecStart=/usr/bin/python3 /agent.py
Environment=LC_ALL=C.UTF-8 HOME=/root SYSTEMD_PAGER= SYSTEMD_COLORS=0
"""
TOOLS = (("qemu-system-x86_64", "qemu-system-x86"), ("mke2fs", "e2fsprogs"), ("cpio", "cpio"),
         ("modprobe", "kmod"), ("apt-get", "apt"))

Unavailable = machine.Unavailable


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        raise Unavailable("%s: %s" % (command[0], (done.stdout.strip().splitlines() or ["failed"])[-1]))
    return done.stdout


def kernel():
    """A folder with vmlinuz, initrd and lib/modules."""
    path = os.path.join(machine.cache_folder(), "kernel-%d" % FORMAT)
    if os.path.exists(os.path.join(path, ".complete")):
        return path
    shutil.rmtree(path, ignore_errors=True)
    for name in ("debs", "x", "keep", "initrd/bin", "initrd/m"):
        os.makedirs(os.path.join(path, name))
    print("fetching a kernel for the hot-plug test (once)", flush=True)
    package = next((line.split()[1] for line in run("apt-cache", "depends", "linux-image-amd64").splitlines()
                    if "Depends: linux-image-6" in line), None)
    if not package:
        raise Unavailable("apt knows no linux-image-amd64")
    run("apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package, "busybox-static",
        cwd=os.path.join(path, "debs"), timeout=600)
    tree = os.path.join(path, "x")
    for name in os.listdir(os.path.join(path, "debs")):
        run("dpkg-deb", "-x", os.path.join(path, "debs", name), tree)
    version, = os.listdir(os.path.join(tree, "lib/modules"))
    modules = os.path.join(tree, "lib/modules", version)
    kept = os.path.join(path, "keep/lib/modules", version)
    os.makedirs(os.path.join(kept, "kernel"))
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(os.path.join(modules, name), kept)
    for name in KEEP:
        src, dst = os.path.join(modules, "kernel", name), os.path.join(kept, "kernel", name)
        if os.path.isdir(src):
            shutil.copytree(src, dst)
        elif os.path.exists(src):
            os.makedirs(os.path.dirname(dst), exist_ok=True)
            shutil.copy(src, dst)
    run("depmod", "-b", os.path.join(path, "keep"), version)
    shown = run("modprobe", "-d", os.path.join(path, "keep"), "-S", version, "-a", "--show-depends", *BOOT_MODULES)
    order = list(dict.fromkeys(line.split()[1] for line in shown.splitlines() if line.startswith("insmod")))
    initrd = os.path.join(path, "initrd")
    for name in ("proc", "sys", "dev", "root"):
        os.mkdir(os.path.join(initrd, name))
    for file in order:
        shutil.copy(file, os.path.join(initrd, "m"))
    shutil.copy(os.path.join(tree, "bin/busybox"), os.path.join(initrd, "bin"))
    with open(os.path.join(initrd, "order"), "w") as f:
        f.writelines(os.path.basename(file) + "\n" for file in order)
    with open(os.path.join(initrd, "init"), "w") as f:
        f.write(INIT)
    os.chmod(os.path.join(initrd, "init"), 0o755)
    run("sh", "-c", "find . | cpio -o -H newc --quiet | gzip -1 >../initrd.img", cwd=initrd)
    shutil.copy(os.path.join(tree, "boot/vmlinuz-" + version), os.path.join(path, "vmlinuz"))
    for name in ("debs", "x", "initrd"):
        shutil.rmtree(os.path.join(path, name))
    open(os.path.join(path, ".complete"), "w").close()
    return path


class Vm:
    """with Vm(adapters=2) as vm: files go into vm.root, then vm.boot(), vm.run(...)

    PORTS: names of further ways in, /dev/virtio-ports/NAME inside; connect(NAME) is the other end.
    """

    def __init__(self, adapters, ports=()):
        self.adapters, self.ports, self.process, self.qmp = adapters, ports, None, None
        self.pending = b""

    def __enter__(self):
        for tool, package in TOOLS:
            if not shutil.which(tool) and not shutil.which(tool, path="/usr/sbin:/sbin"):
                raise Unavailable("needs %s (package %s)" % (tool, package))
        base, self.kernel = machine.tree(EXTRA), kernel()
        self.work = tempfile.mkdtemp(prefix="hearthd-vm.")
        self.root = os.path.join(self.work, "root")
        run("cp", "-a", base, self.root)
        run("cp", "-a", os.path.join(self.kernel, "keep/lib/modules"), os.path.join(self.root, "usr/lib/"))
        self.write("/agent.py", AGENT)
        self.write("/etc/systemd/system/agent.service", AGENT_UNIT)
        wants = os.path.join(self.root, "etc/systemd/system/multi-user.target.wants")
        os.makedirs(wants, exist_ok=True)
        os.symlink("/etc/systemd/system/agent.service", os.path.join(wants, "agent.service"))
        return self

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.root, path.lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def path(self, name):
        return os.path.join(self.work, name)

    def device(self, n):
        return {"driver": "usb-serial", "chardev": "line%d" % n, "id": "adapter%d" % n, "bus": "xhci.0",
                "serial": "HTH%d" % n, "always-plugged": True}

    def boot(self, plugged):
        self.make_disk()
        self.start(plugged)

    def make_disk(self):
        image = self.path("disk")
        size = int(run("du", "-sm", self.root).split()[0])
        run("mke2fs", "-q", "-t", "ext4", "-d", self.root, image, "%dM" % (size + size // 4 + 200),
            env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
        shutil.rmtree(self.root)

    def start(self, plugged=()):
        self.pending = b""
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "512", "-nodefaults",
                   "-no-user-config", "-display", "none", "-no-reboot", "-kernel", self.kernel + "/vmlinuz",
                   "-initrd", self.kernel + "/initrd.img", "-append",
                   "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off net.ifnames=0 random.trust_cpu=on",
                   "-serial", "file:" + self.path("console"), "-device", "virtio-rng-pci",
                   "-drive", "file=%s,if=virtio,format=raw,cache=unsafe" % self.path("disk"),
                   "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp"),
                   "-device", "qemu-xhci,id=xhci", "-device", "virtio-serial",
                   "-chardev", "socket,id=agent,path=%s,server=on,wait=off" % self.path("agent"),
                   "-device", "virtserialport,chardev=agent,name=agent"]
        for name in self.ports:
            command += ["-chardev", "socket,id=%s,path=%s,server=on,wait=off" % (name, self.path(name)),
                        "-device", "virtserialport,chardev=%s,name=%s" % (name, name)]
        for n in range(self.adapters):
            command += ["-chardev", "socket,id=line%d,path=%s,server=on,wait=off" % (n, self.path("line%d" % n))]
        for n in plugged:
            command += ["-device", ",".join(["usb-serial"] + ["%s=%s" % (k, "on" if v is True else v) for k, v in
                                                             self.device(n).items() if k != "driver"])]
        with open(self.path("qemu"), "wb") as log:
            self.process = harness.popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.agent = self.connect("agent")
        self.qmp = self.connect("qmp").makefile("rwb")
        self.qmp.readline()
        self.monitor("qmp_capabilities")
        self.agent.settimeout(BOOT_S)
        try:
            self.answer() # the agent's first line
        except (OSError, EOFError):
            raise Unavailable("the machine did not boot: " + self.console()) from None

    def console(self):
        text = b""
        for name in ("qemu", "console"):
            if os.path.exists(self.path(name)):
                with open(self.path(name), "rb") as f:
                    text += f.read()[-1000:]
        return text.decode(errors="replace")

    def connect(self, name):
        end = time.monotonic() + 20
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path(name))
                return s
            except OSError:
                s.close()
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Unavailable("qemu does not start: " + self.console()) from None
                time.sleep(0.05)

    def line(self, n):
        return self.connect("line%d" % n)

    def answer(self):
        while b"\n" not in self.pending:
            more = self.agent.recv(65536)
            if not more:
                raise EOFError
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def run(self, script, check=True, timeout=120):
        """A shell script inside; what it wrote."""
        self.agent.settimeout(timeout)
        self.agent.sendall(json.dumps(script).encode() + b"\n")
        code, out = self.answer()
        if check and code:
            raise AssertionError("%s\nexit %d: %s" % (script, code, out))
        return out

    def upload(self, path, data):
        """Bytes into a file inside, in pieces that a line of the agent's has room for."""
        self.run(": >%s" % path)
        for at in range(0, len(data), 45000):
            self.run("echo %s | base64 -d >>%s" % (base64.b64encode(data[at:at + 45000]).decode(), path))

    def wait(self, script, want, timeout=60):
        end = time.monotonic() + timeout
        while True:
            out = self.run(script, check=False)
            if want in out:
                return out
            if time.monotonic() > end:
                raise AssertionError("%s\nnot within %d s: %s; last: %s" % (script, timeout, want, out))
            time.sleep(0.2)

    def monitor(self, command, **arguments):
        self.qmp.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.qmp.flush()
        while True:
            said = json.loads(self.qmp.readline())
            if "return" in said:
                return said["return"]
            if "error" in said:
                raise AssertionError(said["error"]["desc"])

    def pull(self, n):
        self.monitor("device_del", id="adapter%d" % n)

    def plug(self, n):
        self.monitor("device_add", **self.device(n))

    def cut(self):
        """The power goes: what the machine had not given to its disk is gone."""
        self.process.kill()
        self.process.wait(STOP_S)
        self.agent.close()
        self.qmp.close()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_S)
        shutil.rmtree(self.work, ignore_errors=True)
