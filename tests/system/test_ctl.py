# SPDX-License-Identifier: Apache-2.0
"""hearthctl as people and scripts meet it: exit codes, tables in Chinese, JSON, what to try next."""
import fcntl
import glob
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import unicodedata

import pytest

import harness

HOUSEHOLD = {"appliances": ["fridge", "boiler"], "upstreams": {"cloud": {"Level": "faults"}}}


def hearthctl(*words, env=None):
    try:
        argv = [harness.program("hearthctl"), *words]
    except harness.Missing as missing:
        pytest.skip(str(missing))
    env = dict({"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **env or {})
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, env=env)


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cells(line):
    """[(first column on the screen, text)] of what stands between two blanks or more."""
    return [(columns(line[:m.start()]), m.group()) for m in re.finditer(r"\S+( \S+)*", line)]


def test_no_daemon(tmp_path):
    for words in ((), ("list",), ("status", "x"), ("upstream", "show", "x"), ("reload",), ("watch",)):
        done = hearthctl("--bus", "unix:path=%s/nothing" % tmp_path, *words)
        assert done.returncode == 3, words
        assert "Try: " in done.stderr and not done.stdout
    bus = harness.Bus(str(tmp_path))
    bus.start()
    try:
        done = hearthctl("--bus", bus.address, "list")
        assert done.returncode == 3
        assert "hearthd is not running" in done.stderr and "systemctl start hearthd" in done.stderr
    finally:
        bus.kill()


@pytest.mark.parametrize("words, says", [
    (["lsit"], 'did you mean "list"?'),
    (["upstream", "shwo"], 'did you mean "upstream show"?'),
    (["--colour"], 'unknown option "--colour"'),
    (["list", "--al"], 'unknown option "--al"'),
    (["list", "too", "much"], 'too many words: "too"'),
    (["--json=xml", "list"], "short, pretty or off"),
    (["--lang=de", "list"], "en or zh_CN"),
    (["--bus"], "--bus needs a value"),
    (["get"], "Usage: hearthctl get ID"),
    (["upstream"], '"upstream" needs one of: list, show'),
    (["profile", "nonsense"], '"profile" needs one of: '),
    (["findings", "show", "0"], "Usage: hearthctl findings show"),
])
def test_wrong_usage(words, says):
    done = hearthctl(*words)
    assert done.returncode == 2
    assert says in done.stderr and not done.stdout


def test_help_of_everything():
    for lang in ("en", "zh_CN"):
        shown = hearthctl("--help", "--lang", lang)
        assert shown.returncode == 0 and not shown.stderr
        verbs = re.findall(r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?: |$)", shown.stdout, re.M)
        assert {"list", "status", "upstream show", "config check"} <= set(verbs)
        for verb in verbs:
            one = hearthctl(*verb.split(), "--help", "--lang", lang)
            assert one.returncode == 0 and ("hearthctl " + verb) in one.stdout, verb
            # An example calls it, except that nothing calls "overview" by its name.
            assert re.search(r"^  (.* )?hearthctl( --?[a-z=/]+)* %s\b" % verb, one.stdout, re.M) or verb == "overview", verb
    group = hearthctl("repair", "--help")
    assert group.returncode == 0 and "repair verify-visit" in group.stdout and "scan" not in group.stdout
    assert hearthctl("nonsense", "--help").returncode == 2
    assert hearthctl("--version").stdout.startswith("hearthctl ")
    assert "用法" in hearthctl("--help", env={"LC_ALL": "zh_CN.UTF-8"}).stdout
    assert "Usage" in hearthctl("--help", env={"LC_ALL": "", "LANG": "de_DE.UTF-8"}).stdout


def test_completion_has_every_verb():
    """hearthctl.bash, asked as bash asks it: first words, second words, and the options of each verb."""
    if not os.path.exists("/bin/bash"):
        pytest.skip("no bash here")
    script = os.path.join(harness.TOP, "ctl", "hearthctl.bash")
    help_ = hearthctl("--help").stdout
    verbs = re.findall(r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?: |$)", help_, re.M)

    def asked(*words):
        done = subprocess.run(["/bin/bash", "-c", 'source "$0"; COMP_WORDS=(hearthctl "$@"); COMP_CWORD=$#; _hearthctl; '
                               'printf "%s\\n" "${COMPREPLY[@]}"', script, *words], capture_output=True, text=True, timeout=60,
                              env={"PATH": os.path.dirname(harness.program("hearthctl")) + ":" + os.environ["PATH"]})
        assert done.returncode == 0 and not done.stderr, done.stderr
        return set(done.stdout.split())
    assert {v.split()[0] for v in verbs} <= asked("")
    for first in {v.split()[0] for v in verbs if " " in v}:
        assert {v.split()[1] for v in verbs if v.startswith(first + " ")} <= asked(first, ""), first
    for verb in verbs:
        usage = hearthctl(*verb.split(), "--help").stdout.split("\n\n")[0]
        got = asked(*verb.split(), "--")
        for option in re.findall(r"--[a-z-]+", usage):
            assert option in got or any(g.startswith(option + "=") for g in got), (verb, option)


def test_what_hearthd_says_is_known_in_chinese():
    """Each error that hearthd words has its Chinese, and the table has nothing that hearthd does not say."""
    with open(os.path.join(harness.TOP, "ctl", "i18n-said.c"), encoding="utf-8") as f:
        pairs = re.findall(r'\{"((?:[^"\\]|\\.)*)",\s*"([^"]*)"\}', f.read())
    said, literals = set(), ""
    for path in sorted(glob.glob(os.path.join(harness.TOP, "daemon", "**", "*.c"), recursive=True)):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        literals += source
        for call in re.finditer(r"\bsd_bus_(?:error_setf?|error_set_const|reply_method_errorf)\(", source):
            for given in arguments(source, call.end())[1:]:
                said.update(text for text in re.findall(LITERAL, re.sub(r'"\s*"', "", given))
                            if not text.startswith('"org.'))

    def star(text):
        return re.sub(r"%[-.0-9]*(?:ll|z)?[sdu]", "*", text)
    known = {en for en, _ in pairs}
    assert len(said) > 50 and not {star(t[1:-1]) for t in said} - known
    literals = star(re.sub(r'"\s*"', "", literals))
    for en, zh in pairs:
        assert '"%s"' % en in literals, en
        assert en.count("*") == zh.count("*") <= 4, en


# What reads what people write, in the order of the table.
PROBLEMS = ["%s.c" % n for n in (
    "ini", "ini-get", "ini-folder", "config", "config-source", "config-appliance", "config-grant", "appliance-build",
    "profile-setting", "profile-load", "profile-point", "profile-points", "profile-fault", "profile-identify",
    "profile-repeat", "profile-write", "profile-expr", "check", "modbus", "mitsubishi-cn105", "profile-check")]


def literals(name):
    """Every string of a C file, neighbours joined, comments left out."""
    path, = [os.path.join(base, name) for top in ("daemon", "adapters", "ctl")
             for base, _, files in os.walk(os.path.join(harness.TOP, top)) if name in files]
    with open(path, encoding="utf-8") as f:
        tokens = [t for t in re.findall(r"/\*.*?\*/|//[^\n]*|%s|'(?:[^'\\]|\\.)*'|\w+|\s+|." % LITERAL, f.read(), re.S)
                  if not t.isspace() and not t.startswith(("/*", "//"))]
    out, joined = [], False
    for token in tokens:
        if token.startswith('"') and joined:
            out[-1] += token[1:-1]
        elif token.startswith('"'):
            out.append(token[1:-1])
        joined = token.startswith('"')
    return out


def test_problems_are_known_in_chinese():
    """Each sentence about a wrong file has its Chinese, and the table has nothing that no file says."""
    with open(os.path.join(harness.TOP, "ctl", "i18n-problem.c"), encoding="utf-8") as f:
        pairs = re.findall(r'\{"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\}', f.read())

    def star(text):
        return re.sub(r"%[-.0-9]*(?:ll|z)?[sdugX]|%\.\*s", "*", text.replace("%%", "\0")).replace("\0", "%")
    said = {star(t) for path in PROBLEMS for t in literals(path)}
    known = {en for en, _ in pairs}
    # A sentence, or a piece of one that is put in where a star stands. Names of files, keys and options are none.
    sentences = {t for t in said if re.search(r"[a-z]{2,}[,;:]? [a-z*]", t) and not re.fullmatch(
        r"(Bus|Source|Point|Settings) \*.*|[A-Z]\w+=.*|rtu:.*|serial:.*|, .*|.*of more than 4 registers|.*Read", t)}
    shape = [re.compile(".*".join(re.escape(p) for p in re.split(r"\*+", k)) + "$", re.S) for k in known]
    assert len(sentences) > 250
    assert not {t for t in sentences if not any(t in k for k in known) and not any(s.match(t) for s in shape)}
    assert len(known) == len(pairs)
    for en, zh in pairs:
        assert en.count("*") == zh.count("*") <= 8, en
        assert re.search("[\u4e00-\u9fff]", zh), en


def catalogue():
    """The tables of ctl_tr()."""
    folder, text = os.path.join(harness.TOP, "ctl"), ""
    for name in sorted(os.listdir(folder)):
        if re.fullmatch(r"i18n(-(?!said|problem)[a-z]+)?\.c", name):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                text += f.read()
    return text


def test_components_are_known_in_chinese():
    """What profiles call the part that fails."""
    folder, known = os.path.join(harness.TOP, "etc", "profiles"), catalogue()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            for component in re.findall("^Component=(.*)$", f.read(), re.M):
                assert '{"%s", "' % component in known, (name, component)


def test_problems_in_chinese(tmp_path):
    for text, expected in (
            ("[Bus b]\nDevice=rtu:/dev/x\nBaud=\"9600\"\nBaudd=1\n[Upstream u]\nUrl=x\n",
             ("hearthd.conf:3: Bus b.Baud: 错误：", "引号在此属于值的一部分", "是否指 Baud=？", "不是地址；请写 mqtts://")),
            ("[Bus b]\nDevice=rtu:/dev/x\n[Bus b]\n", ("hearthd.conf:3: 错误：小节 [Bus b] 已在第 1 行",))):
        (tmp_path / "hearthd.conf").write_text(text)
        done = hearthctl("--lang=zh_CN", "--config", str(tmp_path), "--vendor", os.path.join(harness.TOP, "etc"), "config", "check")
        for words in expected:
            assert words in done.stdout, (words, done.stdout)
        assert "error" not in done.stdout and "warning" not in done.stdout


def test_translations_have_the_same_conversions():
    pairs = re.findall(r'\{\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\s*\}', catalogue())
    assert len(pairs) > 100
    conversions = re.compile(r"%[-+ 0#]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")
    for en, zh in pairs:
        assert conversions.findall(en) == conversions.findall(zh), en
        assert en.endswith("\\n") == zh.endswith("\\n"), en
    assert len({en for en, _ in pairs}) == len(pairs)


LITERAL = r'"(?:[^"\\]|\\.)*"'


def arguments(text, at):
    """The arguments of a call in C whose parenthesis ends at AT."""
    depth, out, one = 0, [], ""
    while True:
        literal = re.compile(LITERAL).match(text, at)
        if literal:
            one, at = one + literal.group(), literal.end()
            continue
        c, at = text[at], at + 1
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return out + [one]
        if c == "," and depth == 0:
            out, one = out + [one], ""
        else:
            one += c


def test_every_text_is_translated():
    """Every text of a message or a header has its Chinese."""
    folder = os.path.join(harness.TOP, "ctl")
    sources = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".c") and not name.startswith("i18n"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                sources[name] = f.read()
    known = dict(re.findall(r"\{\s*(%s),\s*(%s)\s*\}" % (LITERAL, LITERAL), catalogue()))
    needed = {}
    for name, text in sources.items():
        for function, places in (("ctl_tr", [1]), ("ctl_say", [1]), ("ctl_error", [2, 3]), ("ctl_usage", [2])):
            for call in re.finditer(r"\b%s\(" % function, text):
                given = arguments(text, call.end())
                for part in (p for i in places if i < len(given)
                             for p in re.split(r'[?:](?=(?:[^"]*"[^"]*")*[^"]*$)', given[i])):
                    if re.fullmatch(r"\s*(%s\s*)+" % LITERAL, part):
                        needed['"%s"' % "".join(p[1:-1] for p in re.findall(LITERAL, part))] = name
        for table in re.findall(r"const char \*const headers\[\] = \{([^}]*)\}", text):
            needed.update(('"' + h[1:-1].lstrip(">!") + '"', name) for h in re.findall(LITERAL, table))
    # Not words: what stands for itself, and commands.
    bare = re.compile(r'"(\W|%[a-z]|hearthctl [a-z -]+$|systemctl |journalctl |--)*(rules FILE|period S|hearthctl [a-zA-Z0-9/ -]+|[a-z ]*-e -u hearthd|status [a-z ]+|dict|to=%s|LANG|URL)?"')
    missing = {t: n for t, n in needed.items() if t not in known and not bare.fullmatch(t)}
    assert len(needed) > 100 and not missing


@pytest.mark.parametrize("columns_of_terminal", [40, 80, 120])
def test_tables_fit_a_terminal(shared, columns_of_terminal):
    for lang in ("en", "zh_CN"):
        for words in ([], ["status", "boiler"], ["bus", "list"], ["upstream", "list"],
                      ["--help"] if columns_of_terminal >= 80 else ["get", "boiler"],
                      ["--vendor", os.path.join(harness.TOP, "etc"), "profile", "list"],
                      ["--vendor", os.path.join(harness.TOP, "etc"), "knowledge", "show", "strainer"],
                      ["maintenance", "boiler"], ["diagnose", "boiler"], ["privacy", "ledger"], ["doctor"]):
            master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns_of_terminal, 0, 0))
            argv = [harness.program("hearthctl"), "--bus", shared.bus.address, "--no-pager", "--lang", lang, *words]
            p = harness.popen(argv, stdin=subprocess.DEVNULL, stdout=slave,
                              env={"PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8"})
            os.close(slave)
            shown = b""
            try:
                while chunk := os.read(master, 65536):
                    shown += chunk
            except OSError: # the other side is closed
                pass
            os.close(master)
            assert p.wait(30) in (0, 4) or words == ["doctor"]
            assert b"\x1b[" in shown
            lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()
            assert lines
            for line in lines:
                assert columns(line) <= columns_of_terminal, line


def test_tables_are_aligned(shared):
    for lang in ("en", "zh_CN"):
        for words in (["list"], ["get", "boiler"], ["bus", "list"], ["upstream", "list"]):
            text = shared.ctl.run("--lang", lang, *words).stdout
            head, *rows = [cells(line) for line in text.splitlines()]
            assert rows
            for row in rows:
                # Each cell begins under its header, or ends with it where it is aligned to the right.
                for start, cell in row:
                    end = start + columns(cell)
                    assert any(start == s or end == s + columns(h) for s, h in head), (words, cell, text)
            assert not re.search(r"\s$", text.rstrip("\n"), re.M)
            bare = shared.ctl.run("--lang", lang, "--no-legend", *words).stdout
            assert len(bare.splitlines()) == len(rows)


def test_json(shared):
    listed = shared.ctl.json("list")
    assert [a["id"] for a in listed] == ["boiler", "fridge"]
    assert listed[1]["label"] == listed[1]["label_zh"] == "厨房冰箱"
    assert listed[1]["sources"][0]["profile"] == "pzem-016"
    status = shared.ctl.json("status", "fridge")
    by_name = {r["attribute"]: r for r in status["readings"]}
    assert isinstance(by_name["rms_voltage"]["value"], (int, float))
    assert by_name["rms_voltage"]["unit"] == "V" and by_name["rms_voltage"]["quality"] == "good"
    assert float(by_name["rms_voltage"]["text"]) == by_name["rms_voltage"]["value"]
    one = shared.ctl.json("get", "fridge", "rms_voltage")
    assert len(one) == 1 and one[0]["attribute"] == "rms_voltage"
    assert shared.ctl.run("get", "fridge", "rms_voltage").stdout.endswith(" V\n")
    for words in (["overview"], []):
        assert set(shared.ctl.json(*words)) == {"manager", "appliances", "buses", "upstreams", "findings"}
    pretty = shared.ctl.run("--json=pretty", "upstream", "show", "cloud").stdout
    assert pretty.count("\n") > 10
    assert set(json.loads(pretty)["waiting"]) == {"urgent", "events", "reports"}
    assert "\n" not in shared.ctl.run("list", "--json").stdout.rstrip("\n")


def test_full_disk():
    """What could not be written is no success."""
    for words in (("--help",), ("--json", "version")):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.program("hearthctl"), *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=30, env={"LC_ALL": "C.UTF-8"})
        assert done.returncode == 1 and "No space left" in done.stderr, words


def test_names_that_are_not_there(shared):
    for words, near in ((["status", "fride"], "fridge"), (["get", "fride"], "fridge"),
                        (["upstream", "show", "clod"], "cloud"), (["watch", "fride"], "fridge")):
        done = shared.ctl.run(*words, check=False)
        assert done.returncode == 1 and '"%s"?' % near in done.stderr and "Try: " in done.stderr
    assert shared.ctl.run("get", "fridge", "nothing", check=False).returncode == 1
    for near in ("rms_voltag", "voltage"):
        assert 'did you mean "rms_voltage"?' in shared.ctl.run("get", "fridge", near, check=False).stderr
    assert shared.ctl.run("log-level", "loud", check=False).returncode == 1
    assert shared.ctl.run("findings", "nobody", check=False).returncode == 1
    assert shared.ctl.run("findings", "show", "999999", check=False).returncode == 1


def test_watch(shared):
    """A change is seen as it comes; Ctrl-C ends it well."""
    argv = [harness.program("hearthctl"), "--bus", shared.bus.address, "--json", "watch", "fridge"]
    watch = harness.popen(argv, stdout=subprocess.PIPE, text=True)
    end = threading.Timer(60, watch.kill) # then readline() gives nothing, and that is no JSON
    end.start()
    try:
        assert json.loads(watch.stdout.readline())["appliance"] == "fridge" # as it is now
        shared.home.tell("set", "pzem", "voltage", "198.7")
        while True:
            reading = json.loads(watch.stdout.readline())
            assert reading["appliance"] == "fridge"
            if reading["attribute"] == "rms_voltage" and reading["value"] == 198.7:
                break
        watch.send_signal(signal.SIGINT)
        assert watch.wait(10) == 0
    finally:
        end.cancel()
        watch.kill()
        shared.home.tell("release", "pzem", "voltage")


def test_config_check_and_cat(shared, tmp_path):
    paths = ["--config", shared.daemon.etc, "--vendor", os.path.join(harness.TOP, "etc")]
    done = hearthctl(*paths, "config", "check")
    assert done.returncode == 0, done.stdout
    shown = hearthctl(*paths, "config", "cat").stdout
    assert "# %s/hearthd.conf\n" % shared.daemon.etc in shown and "Label=厨房冰箱" in shown
    assert "[Profile]" in hearthctl(*paths, "config", "cat", "pzem-016").stdout
    (tmp_path / "appliances.d").mkdir()
    (tmp_path / "hearthd.conf").write_text("[Bus b]\nDevice=rtu:/dev/x\n")
    (tmp_path / "appliances.d" / "a.conf").write_text("[Source m]\nBus=c\nUnit=1\nProfile=pzem-016\n\x1b=\n")
    paths[1] = str(tmp_path)
    done = hearthctl(*paths, "config", "check", "--json")
    checked = json.loads(done.stdout)
    assert done.returncode == 1 and not checked["ok"] and checked["appliances"] == 0
    assert checked["problems"][0]["line"] == 5
    (tmp_path / "appliances.d" / "a.conf").write_text("[Source m]\nBus=c\nUnit=1\nProfile=pzem-016\n")
    done = hearthctl(*paths, "config", "check")
    assert "a.conf:2: Source m.Bus: error:" in done.stdout
    (tmp_path / "hearthd.conf").write_text("[Bus b]\nDevice=rtu:/dev/x\n[Upstream u]\nUrl=x\n")
    done = hearthctl(*paths, "config", "check")
    assert done.returncode == 1 and "would not start" in done.stdout


def test_check_of_the_daemon_says_the_same(shared, tmp_path):
    """hearthd --check and hearthctl config check share what they find, the adapters' part too."""
    for folder in ("appliances.d", "profiles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "hearthd.conf").write_text("[Bus b]\nDevice=rtu:/dev/x\n")
    (tmp_path / "appliances.d" / "a.conf").write_text("[Source]\nBus=b\nUnit=1\nProfile=p\n")
    (tmp_path / "profiles" / "p.profile").write_text(
        "[Profile]\nKind=heat_pump\nName=p\nSource=s\n[Point t]\nRead=holding:70000\nType=s16\n"
        "Unit=degC\nAttribute=flow.temperature\n")
    paths = ["--config", str(tmp_path), "--vendor", str(tmp_path / "none")]
    ctl = hearthctl(*paths, "config", "check")
    daemon = subprocess.run([harness.program("hearthd"), *paths, "--check"], capture_output=True, text=True)
    assert daemon.returncode == 78 and ctl.returncode == 1
    assert "p.profile:6: Point t.Read: error: " in daemon.stderr
    assert daemon.stderr.splitlines() == ctl.stdout.splitlines()[:-1]
    assert daemon.stdout == "1 buses, 0 upstreams, 0 usable appliances; 1 errors\n"
