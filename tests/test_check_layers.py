# SPDX-License-Identifier: Apache-2.0
"""tests/check-layers against small trees with one breach each."""
import os
import subprocess
import sys

import pytest

SCRIPT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "check-layers")
PAGE = """# Architecture
| layer | files | may use |
|---|---|---|
| L2 | daemon/top | |
| L1 | daemon/left \\| daemon/right daemon/right-two | zlib |
| L1 | adapters/a | |
| L0 | daemon/util | libc |
| relay | relay/main relay/protocol | Paho; L0 |
| ctl | ctl/* | L0-L1 and adapters |

| header | only in |
|---|---|
| `zlib.h` | daemon/right.c |
| `systemd/sd-*.h` | daemon/top ctl/* |
"""
FILES = {
    "daemon/util.h": "#include <stdint.h>\n#include <sys/stat.h>\n",
    "daemon/left.h": '#include "util.h"\n',
    "daemon/right.h": "",
    "daemon/right.c": '#include "right.h"\n#include <zlib.h>\n#include "build-config.h"\n',
    "daemon/right-two.c": '#include "right.h"\n',
    "daemon/top.c": '#include "left.h"\n#include "../adapters/a.h"\n#include <systemd/sd-bus.h>\n',
    "adapters/a.h": '#include "../daemon/util.h"\n',
    "relay/main.c": '#include "protocol.h"\n#include "daemon/util.h"\n',
    "relay/protocol.h": "",
    "ctl/main.c": '#include "../daemon/left.h"\n#include "../adapters/a.h"\n',
}


def run(root, changes=None, page=PAGE):
    files = dict(FILES, **(changes or {}))
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs/ARCHITECTURE.md").write_text(page)
    done = subprocess.run([sys.executable, SCRIPT, str(root)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_sound_tree(tmp_path):
    assert run(tmp_path) == (0, "check-layers: 10 files, 0 breaches\n")


@pytest.mark.parametrize("name, text, line, rule", [
    ("daemon/util.h", '\n#include "left.h"\n', 2, "L0 may not include L1"),
    ("daemon/left.h", '#include "right.h"\n', 1, "siblings of L1"),
    ("daemon/left.h", '#include "../adapters/a.h"\n', 1, "rows of L1 do not know"),
    ("relay/main.c", '#include "../daemon/left.h"\n', 1, '"may use" of relay'),
    ("daemon/top.c", '#include "../relay/protocol.h"\n', 1, '"may use" of L2'),
    ("ctl/main.c", '#include "../daemon/top.h"\n', 1, "neither beside the file"),
    ("daemon/left.h", "# include <zlib.h>\n", 1, "<zlib.h> belongs in daemon/right.c only"),
    ("daemon/right.h", "#include <systemd/sd-bus.h>\n", 1, "belongs in daemon/top ctl/* only"),
    ("daemon/util.h", "#include <curl/curl.h>\n", 1, "a new library needs its place"),
    ("daemon/stray.c", "", 1, "not in the layer table"),
])
def test_breach(tmp_path, name, text, line, rule):
    status, out = run(tmp_path, {name: text})
    assert status == 1
    assert ("%s:%d: " % (name, line)) in out and rule in out
    assert out.endswith(", 1 breaches\n")


def test_page_without_tables(tmp_path):
    status, out = run(tmp_path, page="# Architecture\n")
    assert status == 2 and "no table" in out


# The same table, its rows L1 and ctl in several lines.
SPLIT = PAGE.replace("| L1 | daemon/left \\| daemon/right daemon/right-two | zlib |\n",
                     "| L1 | daemon/left | |\n"
                     "| | \\| daemon/right | zlib |\n"
                     "| | daemon/right-two | |\n").replace(
    "| ctl | ctl/* | L0-L1 and adapters |\n", "| ctl | ctl/main | L0-L1 |\n| | ctl/other | adapters |\n")


def test_row_of_several_lines(tmp_path):
    assert SPLIT.count("\n| | ") == 3
    assert run(tmp_path, page=SPLIT) == (0, "check-layers: 10 files, 0 breaches\n")


@pytest.mark.parametrize("name, text, rule", [
    ("daemon/left.h", '#include "right-two.h"\n#include "right.h"\n', "siblings of L1"),
    ("daemon/right-two.c", '#include "left.h"\n', "siblings of L1"),
    ("daemon/right-two.c", '#include "../adapters/a.h"\n', "rows of L1 do not know"),
    ("ctl/main.c", '#include "../relay/protocol.h"\n', '"may use" of ctl'),
])
def test_breach_in_a_row_of_several_lines(tmp_path, name, text, rule):
    status, out = run(tmp_path, {name: text, "daemon/right-two.h": ""}, SPLIT)
    assert status == 1 and rule in out


def test_line_without_a_row(tmp_path):
    status, out = run(tmp_path, page=PAGE.replace("| L2 | daemon/top | |", "| | daemon/top | |"))
    assert status == 1 and "daemon/top.c:1: not in the layer table" in out
