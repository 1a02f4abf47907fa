#!/usr/bin/env python3
"""Writes core/generated/consent_names.h: for the names in core/consent_tags.h
and core/consent_attrs.h a perfect hash each.  Run by hand when a name is added
there; the result is kept in the repository, so that a build needs no Python,
and tests/unit/test_carrier.c fails where it is out of date."""

import pathlib
import random
import re

core = pathlib.Path(__file__).parent.parent / "ngx_consent_module/core"
mask = (1 << 64) - 1


def names(file, macro):
    text = (core / file).read_text()
    return re.findall(macro + r'\(\w+, "([^"]+)"', text)


def key(name):
    data = name.encode().ljust(16, b"\0")
    low = int.from_bytes(data[:8], "little")
    high = int.from_bytes(data[8:], "little")
    return (low + high * 31) & mask


def perfect(words, bits):
    random.seed(1)
    while True:
        factor = random.getrandbits(64) | 1
        slots = {(key(w) * factor & mask) >> (64 - bits) for w in words}
        if len(slots) == len(words):
            return factor


def table(prefix, words, bits):
    factor = perfect(words, bits)
    slots = [0] * (1 << bits)
    for number, word in enumerate(words, 1):
        slots[(key(word) * factor & mask) >> (64 - bits)] = number
    print(f"#define CONSENT_{prefix}_FACTOR  0x{factor:016x}u")
    print(f"#define CONSENT_{prefix}_BITS    {bits}\n")
    print(f"static const uint8_t  consent_{prefix.lower()}_slots[] = {{")
    for row in range(0, len(slots), 12):
        print("    " + ", ".join(f"{n:3}" for n in slots[row:row + 12])
              + ("," if row + 12 < len(slots) else ""))
    print("};")


print("/* Made by tools/names.py out of consent_tags.h and consent_attrs.h. */\n")
table("TAG", names("consent_tags.h", "CONSENT_TAG"), 10)
print("\n")
table("ATTR", names("consent_attrs.h", "CONSENT_ATTR"), 8)
