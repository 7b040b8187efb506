"""Writes ../unicode.bin and ../compatible.bin: Unicode's decompositions and combining classes, packed for
unicode.go.

Each has sections after their lengths; all numbers are varints of 7 bits a byte, signed ones in zigzag.
The first four of unicode.bin are the canonical decompositions: the characters (each less the one before
it), how many each becomes, the first of these (less the first one before), and the others. Then come runs
of one combining class (first character less the one before, length, class), and the characters that are
not composed again (each less the one before). The four of compatible.bin are the full compatibility
decompositions, of characters that have no canonical one.

    python3 -m venv venv && venv/bin/pip install unicodedata2==17.0.0
    venv/bin/python core/token/testdata/unicode.py

17.0 is also the version of Go's own package unicode. `--check` prints, for each normal form, a digest
over all characters and many sequences, which TestNormalForms compares with its own.
"""

import hashlib
import pathlib
import sys

import unicodedata2 as ucd

HERE = pathlib.Path(__file__).parent
EVERY = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def unsigned(n):
    out = bytearray()
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def signed(n):
    return unsigned(n << 1 if n >= 0 else (-n << 1) - 1)


def columns(table):
    """Four columns, since bytes of one kind beside each other compress best."""
    chars, lengths, firsts, rests = b"", b"", b"", b""
    last, first = 0, 0
    for c, mapping in table:
        chars += unsigned(c - last)
        lengths += unsigned(len(mapping))
        firsts += signed(mapping[0] - first)
        rests += b"".join(unsigned(r) for r in mapping[1:])
        last, first = c, mapping[0]
    return [chars, lengths, firsts, rests]


def tables():
    canonical, compatible, classes = [], [], []
    for c in EVERY:
        parts = ucd.decomposition(chr(c)).split()
        if not 0xAC00 <= c <= 0xD7A3 and parts:  # Hangul syllables follow from their numbers
            if parts[0].startswith("<"):
                compatible.append((c, [ord(x) for x in ucd.normalize("NFKD", chr(c))]))
            else:
                canonical.append((c, [int(x, 16) for x in parts]))
        k = ucd.combining(chr(c))
        if k and classes and classes[-1][0] + classes[-1][1] == c and classes[-1][2] == k:
            classes[-1][1] += 1
        elif k:
            classes.append([c, 1, k])
    excluded = [c for c, m in canonical if len(m) == 2 and ucd.normalize("NFC", chr(c)) != chr(c)]
    return canonical, compatible, classes, excluded


def write():
    canonical, compatible, classes, excluded = tables()
    runs, last = b"", 0
    for c, n, k in classes:
        runs += unsigned(c - last) + unsigned(n) + unsigned(k)
        last = c
    pairs, last = b"", 0
    for c in excluded:
        pairs += unsigned(c - last)
        last = c
    for name, sections in ("unicode.bin", columns(canonical) + [runs, pairs]), ("compatible.bin", columns(compatible)):
        (HERE.parent / name).write_bytes(b"".join(unsigned(len(s)) + s for s in sections))


def sequences():
    """Every character alone, and between others that it may join with or be ordered against."""
    for c in EVERY:
        if 0x3400 <= c < 0xA000 or 0x20000 <= c < 0x2F800 or 0x32000 <= c < 0xE0000 or c >= 0xE1000:  # which no normal form changes
            continue
        yield chr(c)
        yield "e" + chr(c) + "\u0301\u0323"
    marks = [chr(c) for c in EVERY if ucd.combining(chr(c))]
    for i, m in enumerate(marks):
        yield "a" + m + marks[(7 * i + 3) % len(marks)] + marks[(13 * i + 5) % len(marks)] + "\u1100\u1161\u11a8"


def check():
    for form in "NFD", "NFC", "NFKD", "NFKC":
        h = hashlib.sha256()
        for s in sequences():
            h.update(ucd.normalize(form, s).encode() + b"\n")
        print(form, h.hexdigest())


check() if "--check" in sys.argv else write()
