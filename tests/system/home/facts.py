# SPDX-License-Identifier: Apache-2.0
"""What each simulated appliance has in its registers: read from facts/*.csv, which were written from
the public sources they name and share nothing with hearthd's own profiles."""
import csv
import os
import struct

WORDS = {"bit": 1, "u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2}
FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
RANGES = {"u16": (0, 0xFFFF), "s16": (-0x8000, 0x7FFF), "u32": (0, 0xFFFFFFFF),
          "s32": (-0x80000000, 0x7FFFFFFF)}


def words_of(kind, number, low_word_first=False):
    """NUMBER as register contents; out of range is held at the end of the range."""
    if kind != "f32":
        low, high = RANGES[kind]
        number = min(max(int(number), low), high)
    packed = struct.pack(FORMATS[kind], number)
    words = [packed[i] << 8 | packed[i + 1] for i in range(0, len(packed), 2)]
    return words[::-1] if low_word_first else words


def number_of(kind, words, low_word_first=False):
    words = words[::-1] if low_word_first else words
    packed = b"".join(struct.pack(">H", w) for w in words)
    return struct.unpack(FORMATS[kind], packed)[0]


class Point:
    """One quantity: where it is, and how the number in the register becomes a value."""

    def __init__(self, row):
        self.name, self.bank, self.type = row["name"], row["register_type"], row["type"]
        address, _, bit = row["address_0based"].partition(".")
        self.address, self.bit = int(address), int(bit) if bit else None
        self.low_word_first = row["word_order"] == "little"
        self.scale = float(row["scale"] or 1)
        self.offset = float(row["offset"] or 0)
        self.unit = row["unit"]
        self.enum = {}
        for part in row["enum"].split(";") if row["enum"] else []:
            code, _, name = part.partition("=")
            self.enum[name] = int(code)
        self.words = WORDS[self.type]

    def encode(self, value):
        """A value as register contents: [word, ...], or 0 or 1 for a bit."""
        if isinstance(value, str) and value in self.enum:
            value = self.enum[value]
        value = float(value)
        if self.type == "bit":
            return int(bool(value))
        raw = (value - self.offset) / self.scale
        return words_of(self.type, raw if self.type == "f32" else round(raw), self.low_word_first)

    def decode(self, words):
        if self.type == "bit":
            return words[0] >> self.bit & 1
        raw = number_of(self.type, words, self.low_word_first)
        if self.scale == 1 and self.offset == 0:
            return raw
        return round(raw * self.scale + self.offset, 6)


def load(profile):
    path = os.path.join(os.path.dirname(os.path.realpath(__file__)), "facts", profile + ".csv")
    with open(path, encoding="utf-8") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["name"]: Point(row) for row in rows}
