#!/usr/bin/env python3
"""Writes core/generated/consent_entities.h: the named character references
of WHATWG HTML, 13.5, sorted by name.  Run by hand when the standard adds one
(it has not since 2011); the result is kept in the repository, so that a build
needs no Python."""

import html.entities

print("/* Made by tools/entities.py; WHATWG HTML, 13.5.  Sorted by name. */\n")
print("static const consent_entity_t  consent_entities[] = {")

for name in sorted(html.entities.html5):
    text = html.entities.html5[name].encode("utf-8")
    escaped = "".join("\\%03o" % byte for byte in text)
    print('    { %d, %d, "%s", "%s" },' % (len(name), len(text), name, escaped))

print("};")
