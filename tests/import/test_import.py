#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What "hearthctl profile new" makes of tables, held against the tables with code of its own.

usage: test_import.py HEARTHCTL
"""
import csv
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import compare  # noqa: E402

CTL = ""

# File: points, and every (line, column) that is left out.
NASTY = {
    "access.csv": (6, {(3, "access"), (4, "access"), (7, "access")}),
    "addresses.csv": (20, {(n, "address_0based") for n in (8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)}),
    "bom-crlf.csv": (2, set()),
    "conditions.csv": (5, set()),
    "duplicates.csv": (4, {(3, None)}),
    "enums.csv": (18, {(n, "enum") for n in (4, 5, 6, 8, 9, 13, 15, 16, 19)}),
    "four-columns.csv": (2, {(3, "word_order")}),
    "header-order.csv": (2, {(1, None)}),
    "injection.csv": (3, {(2, "enum"), (8, "unit"), (8, "enum")}),
    "latin1.csv": (2, {(2, "unit"), (2, "notes")}),
    "names.csv": (8, set()),
    "odd-types.csv": (15, {(n, "type") for n in (4, 10, 14, 17, 18, 22, 23)} | {(21, "address_0based"), (24, "enum"), (25, "word_order")}),
    "quotes.csv": (3, {(4, None), (6, None), (7, "address_0based"), (8, None)}),
    "ranges.csv": (8, {(3, "min"), (4, "min"), (5, "min"), (6, "min"), (6, "max"), (8, "min")}),
    "scales.csv": (9, {(n, "scale") for n in (5, 8, 9, 10, 12, 15, 16)} | {(14, "offset")}),
    "semicolons.csv": (3, {(3, "scale"), (5, "enum")}),
    "sentinels.csv": (14, {(7, "notes"), (10, "notes"), (13, "notes")}),
    "shifted.csv": (3, {(2, None), (4, None), (6, None)}),
    "tabs.csv": (2, {(2, "enum")}),
    "units.csv": (16, {(9, "unit"), (10, "unit"), (13, "unit"), (16, "unit")}),
}
HOPELESS = ["empty.csv", "header-only.csv", "no-address.csv", "only-write-only.csv", "twice-named.csv", "utf16.csv"]
# Rows of these stand for no table that compare.py could read as it is.
UNREADABLE = {"latin1.csv", "quotes.csv", "shifted.csv", "injection.csv"}


def ctl(*args):
    return subprocess.run([CTL, *args], capture_output=True, text=True, timeout=30, check=False)


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Import(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def make(self, table, *args):
        run = ctl("profile", "new", "--from-csv", table, "--kind", "boiler", "--name", "made", "--output", self.dir.name, *args)
        return run, self.path("made.profile")

    def compare(self, table, profile, reports):
        with open(self.path("reports"), "w", encoding="utf-8") as f:
            f.write(reports)
        out = self.path("out")
        with open(out, "w", encoding="utf-8") as f:
            save, sys.stdout = sys.stdout, f
            try:
                r = compare.main(["", "--left-out", self.path("reports"), table, profile])
            finally:
                sys.stdout = save
        with open(out, encoding="utf-8") as f:
            return r, f.read()

    def test_tables(self):
        for name in sorted(os.listdir(os.path.join(HERE, "tables"))):
            with self.subTest(name):
                table = os.path.join(HERE, "tables", name)
                run, profile = self.make(table)
                self.assertEqual(run.returncode, 0, run.stderr)
                check = ctl("profile", "check", profile)
                self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
                r, text = self.compare(table, profile, run.stderr)
                self.assertEqual(r, 0, text)
                os.unlink(profile)

    def test_nasty(self):
        for name, (points, left_out) in NASTY.items():
            with self.subTest(name):
                table = os.path.join(HERE, "nasty", name)
                if os.path.exists(self.path("made.profile")):
                    os.unlink(self.path("made.profile"))
                run = ctl("profile", "new", "--from-csv", table, "--name", "made", "--output", self.dir.name, "--json")
                profile = self.path("made.profile")
                self.assertEqual(run.returncode, 0, run.stderr)
                got = json.loads(run.stdout)
                self.assertEqual(got["points"], points)
                self.assertEqual({(r["line"], r.get("column")) for r in got["reports"] if r["left_out"]}, left_out)
                self.assertEqual(got["left_out"], len(left_out))
                check = ctl("profile", "check", profile)
                self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
                kinds = [s[0] for s in compare.read_profile(profile)]
                self.assertEqual(kinds.count("Point"), points)
                self.assertEqual(set(kinds), {"Profile", "Point"})
                if name not in UNREADABLE:
                    lines = "".join("x:%d: %s:\n" % (r["line"], r.get("column") or "") for r in got["reports"])
                    r, text = self.compare(table, profile, lines)
                    self.assertEqual(r, 0, text)
                os.unlink(profile)

    def test_hopeless(self):
        for name in HOPELESS:
            with self.subTest(name):
                run, profile = self.make(os.path.join(HERE, "nasty", name))
                self.assertEqual(run.returncode, 1)
                self.assertIn("no point that can be used", run.stderr)
                self.assertFalse(os.path.exists(profile))

    def test_faults(self):
        faults = os.path.join(HERE, "nasty", "faults-mixed.csv")
        run, profile = self.make(os.path.join(HERE, "nasty", "mixed.csv"), "--faults", faults)
        self.assertEqual(run.returncode, 0, run.stderr)
        sections = {a: k for t, a, k, _ in compare.read_profile(profile) if t == "Fault"}
        self.assertEqual(set(sections), {"31", "F1 (0x0A)", "9.3", "coil:5", "IR17", "AL1"})
        self.assertEqual(sections["31"]["Value"], "31")
        self.assertEqual(sections["31"]["Meaning[zh_CN]"], "水流不足")
        self.assertEqual((sections["IR17"]["Read"], sections["IR17"]["Value"]), ("input:16", "1"))
        self.assertEqual(sections["AL1"]["Read"], "discrete:13")
        lines = {int(m[1]) for m in re.finditer(r"faults-mixed\.csv:(\d+): code:", run.stderr)}
        self.assertEqual(lines, {7, 8, 9, 10, 12, 15})

    def test_comparison_sees(self):
        """The comparison itself: one fact changed in a good profile has to be told."""
        table = os.path.join(HERE, "nasty", "sentinels.csv")
        run, profile = self.make(table)
        text = read(profile).decode()
        changes = [("Scale=0.1", "Scale=0.01"), ("Read=holding:1\n", "Read=holding:90\n"), ("Type=s16", "Type=u16"),
                   ("Absent=0x7FFF\n", ""), ("Unit=°C", "Unit=K"), ("Order=big", "Order=little"), ("Divide=2", "Divide=20")]
        for old, new in changes:
            with self.subTest(old):
                self.assertIn(old, text)
                with open(profile, "w", encoding="utf-8") as f:
                    f.write(text.replace(old, new, 1))
                self.assertEqual(self.compare(table, profile, run.stderr)[0], 1)
        table = os.path.join(HERE, "nasty", "enums.csv")
        os.unlink(profile)
        run, profile = self.make(table)
        text = read(profile).decode()
        for old, new in [("Enum=0:off 1:on", "Enum=0:on 1:off"), ("Enum=1:on 0:off", "Enum=1:on")]:
            with self.subTest(old):
                self.assertIn(old, text)
                with open(profile, "w", encoding="utf-8") as f:
                    f.write(text.replace(old, new, 1))
                self.assertEqual(self.compare(table, profile, run.stderr)[0], 1)

    def test_proposals(self):
        """What stands in comments as [Write] loads when a person takes the # away."""
        for name in ("tables/komfovent-c6.csv", "tables/nibe-s1155-s1255.csv", "tables/midea-170l-dhw.csv", "nasty/access.csv"):
            with self.subTest(name):
                run, profile = self.make(os.path.join(HERE, name))
                text, n = re.subn(r"(?m)^#(?=\[Write |(To|Type|Order|Scale|Divide|Offset|Unit|Enum|Min|Max|Fixed|ReadBack|"
                                  r"Confidence)=)", "", read(profile).decode())
                self.assertGreater(n, 2)
                with open(self.path("w.profile"), "w", encoding="utf-8") as f:
                    f.write(text)
                check = ctl("profile", "check", self.path("w.profile"))
                self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
                os.unlink(profile)

    def test_random(self):
        """Rows of the tables with a few cells changed, always the same ones: every fact is right or told."""
        columns = compare.HEAD.split(",")
        odd = {"register_type": ["coil", "holding", "input", "discrete", "memory"],
               "address_0based": ["{}", "{}.3", "{}.0:8", "{}.8-15", "{}-%d", "x", "65535", ""],
               "type": ["u8", "s8", "u16", "s16", "u32", "s32", "f32", "bit", "bool", "bcd16", "string[4]", "u64", "date", "int", "double"],
               "word_order": ["big", "little", "", "CDAB"], "scale": ["", "0.1", "1/207", "10", "x0.5", "0"],
               "offset": ["", "-15", "q"], "unit": ["", "degC", "kWh", "DM", "%"], "access": ["ro", "rw", "wo", ""],
               "min": ["", "0", "-10"], "max": ["", "100", "1"],
               "enum": ["", "0=off;1=on", "on=1 off=0", "0=a;1=b;255=not available", "32767=not available", "0=a1=b"],
               "notes": ["", "0x7FFF = not available", "doubtful", "-32768 = not available", "-999 = sensor fault", "on=1 off=0",
                         "255 = absent", "two characters in one register"]}
        rows = []
        for name in sorted(os.listdir(os.path.join(HERE, "tables"))):
            rows += [r.cells for r in compare.read_rows(os.path.join(HERE, "tables", name)) if r.place[1] == r.place[0]]
        table = self.path("t.csv")
        for seed in range(25):
            rng = random.Random(seed)
            out = []
            for i, cells in enumerate(rng.sample(rows, 30)):
                first = 100 + 10 * i
                row = [cells.get(c, "") for c in columns]
                row[:3] = ["p%d" % i, row[1], re.sub(r"^[^.]+", str(first), row[2])]
                for column in rng.sample(sorted(odd), rng.randrange(4)):
                    value = rng.choice(odd[column])
                    row[columns.index(column)] = value.replace("%d", str(first + 5)).format(first)
                out.append(row)
            with open(table, "w", encoding="utf-8", newline="") as f:
                csv.writer(f).writerows([columns] + out)
            with self.subTest(seed=seed):
                run, profile = self.make(table)
                self.assertEqual(run.returncode, 0, run.stderr)
                check = ctl("profile", "check", profile)
                self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
                r, text = self.compare(table, profile, run.stderr)
                self.assertEqual(r, 0, text)
            if os.path.exists(profile):
                os.unlink(profile)

    def test_output(self):
        table = os.path.join(HERE, "tables", "pzem-016.csv")
        run, profile = self.make(table)
        before = read(profile)
        run, profile = self.make(table)
        self.assertEqual(run.returncode, 1)
        self.assertIn("there already", run.stderr)
        self.assertEqual(read(profile), before)
        run = ctl("profile", "new", "--from-csv", table, "--kind=boiler", "--name=made", "--output=-")
        self.assertEqual((run.returncode, run.stdout.encode()), (0, before))
        run = ctl("--lang=zh_CN", "profile", "new", "--from-csv", table, "--output", "-")
        self.assertIn("采用 6 个测点", run.stderr)
        self.assertIn("# - Kind=", run.stdout)
        for args, code in ((["--from-csv", "/nonexistent.csv"], 1), ([], 2), (["--from-csv", table, "--kind", "toaster"], 1),
                           (["--from-csv", table, "--name", "A B"], 2), (["--from-csv"], 2), (["--frm", table], 2)):
            self.assertEqual(ctl("profile", "new", *args).returncode, code, args)


if __name__ == "__main__":
    CTL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
