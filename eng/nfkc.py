#!/usr/bin/env python3
"""Writes src/Gateway.Smtp/Server/Auth/Nfkc.txt, the tables of NFKC, from the Unicode data of python3 (module unicodedata).

Usage: eng/nfkc.py            (run again for a newer Unicode version; the version is in the first line of the file)
"""
import hashlib, os, unicodedata as unicode

decompose, compose, classes = [], [], []
check = hashlib.sha256()
for code in range(0x110000):
    if 0xD800 <= code <= 0xDFFF:
        continue
    one = chr(code)
    # What the test computes too: each character alone, and between marks that must be sorted and joined. No plane behind these changes anything.
    for text in (one, "a\u0301" + one + "\u0323\u0301") if code < 0x30000 else ():
        check.update(unicode.normalize("NFKC", text).encode())
    if unicode.combining(one):
        classes.append(f"{code:X} {unicode.combining(one):X}")
    # Hangul syllables are computed (Unicode 15.0, section 3.12).
    if 0xAC00 <= code <= 0xD7A3:
        continue
    full = unicode.normalize("NFKD", one)
    if full != one:
        decompose.append(f"{code:X} " + " ".join(f"{ord(c):X}" for c in full))
    parts = unicode.decomposition(one)
    if parts and parts[0] != "<" and unicode.normalize("NFC", one) == one:
        first, second = parts.split()
        compose.append(f"{int(first, 16):X} {int(second, 16):X} {code:X}")


def lines(name, entries):
    line = name
    for entry in entries:
        if len(line) + len(entry) > 136:
            yield line
            line = name
        line += ";" + entry
    yield line


target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "Gateway.Smtp", "Server", "Auth", "Nfkc.txt")
with open(target, "w", encoding="ascii", newline="\n") as out:
    out.write(f"# NFKC of Unicode {unicode.unidata_version}, written by eng/nfkc.py; SHA-256 of what NfkcTests computes: {check.hexdigest()}\n")
    for name, entries in (("decompose", decompose), ("compose", compose), ("class", classes)):
        for line in lines(name, entries):
            out.write(line + "\n")
