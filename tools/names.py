#!/usr/bin/env python3
"""Writes core/generated/consent_names.h: for the names in core/consent_tags.h
and core/consent_attrs.h a perfect hash each, and tables of what tells most
other names from them, and from those that consent_html_quick.c looks for.  Run
by hand when a name or a carrier is added; the result is kept in the
repository, so that a build needs no Python, and tests/unit/test_carrier.c fails
where it is out of date."""

import pathlib
import random
import re
import string

core = pathlib.Path(__file__).parent.parent / "ngx_consent_module/core"
mask = (1 << 64) - 1


def told():
    text = (core / "consent_tags.h").read_text()
    return re.findall(r'CONSENT_TAG\(\w+, "([^"]+)",\s*[^)]*_IS_TOLD', text)


# Rows of consent_carriers.h: element and attribute, by their ids.  What
# <meta> holds counts only beside another attribute, which is rarer.
def rows():
    text = (core / "consent_carriers.h").read_text()
    return [(tag, "HTTP_EQUIV" if when == "REFRESH" else attr)
            for tag, attr, when in re.findall(
                r'^CONSENT_CARRIER\((\w+), (\w+), \w+, (\w+),', text, re.M)]


def ids(file, macro):
    text = (core / file).read_text()
    return dict(re.findall(macro + r'\((\w+), "([^"]+)"', text))


# Attributes that are asked for wherever they stand: those of any element, and
# some of elements that are so many that it is not worth the while to know them.
few = {"PING", "ATTRIBUTIONSRC", "BACKGROUND", "HTTP_EQUIV", "SRC"}
anywhere = {attr for tag, attr in rows() if tag == "NONE"} | few


def special():
    return {tag for tag, attr in rows() if tag != "NONE" and attr not in few}


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


# By a name's first letter in either case, a bit for the sum of its second byte
# and its length, as consent_known.h asks; what is 32 more or less does not
# count, so that the second letter may have either case, too.  "on*" stands
# for names of any length.
def dull(prefix, words):
    rows = dict.fromkeys(string.ascii_letters, 0xffffffff)
    for word in words:
        for size in range(32) if "*" in word else [len(word)]:
            for letter in word[0], word[0].upper():
                rows[letter] &= ~(1 << (ord(word[1]) + size) % 32)
    cells = [f"['{letter}'] = 0x{row:08x}u" for letter, row in rows.items()]
    print(f"\nstatic const uint32_t  consent_{prefix.lower()}_dull[256] = {{")
    for row in range(0, len(cells), 3):
        print("    " + ", ".join(cells[row:row + 3])
              + ("," if row + 3 < len(cells) else ""))
    print("};")


tags = ids("consent_tags.h", "CONSENT_TAG")
attrs = ids("consent_attrs.h", "CONSENT_ATTR")

print("/* Made by tools/names.py out of consent_tags.h, consent_attrs.h and\n"
      "   consent_carriers.h. */\n")
table("TAG", tags.values(), 10)
dull("TAG", sorted({*told(), *(tags[tag] for tag in special())}))
print("\n")
table("ATTR", attrs.values(), 8)
dull("ATTR", attrs.values())
dull("LOOK", sorted(attrs[attr] for attr in anywhere))
