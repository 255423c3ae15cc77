"""Zip archives whose members are stored as they are, written in any order: each member's place is known beforehand.

Python's zipfile writes members one behind the other. Source: APPNOTE.TXT of PKWARE, 4.3.7, 4.3.12, 4.3.14-16, 4.5.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

#: The polynomial of CRC-32, its lowest power first.
POLYNOMIAL = 0xEDB88320
ONE = 0x80000000
#: Versions of the form that are needed to read it, those that know large files; names are UTF-8; the first of 1980.
VERSION, UTF8, DAY = 45, 0x800, 0x21
LARGE, FULL, MANY = 1, 0xFFFFFFFF, 0xFFFF


class Entry(NamedTuple):
    """A member: what it is called, where it begins in the file, how many bytes it has, and their CRC."""

    name: str
    start: int
    size: int
    crc: int


def before(name: str) -> int:
    """Bytes of a member before its content."""
    return len(local(Entry(name, 0, 0, 0)))


def local(entry: Entry) -> bytes:
    """What stands before a member's content."""
    name = entry.name.encode()
    extra = struct.pack("<HHQQ", LARGE, 16, entry.size, entry.size)
    head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", VERSION, UTF8, 0, 0, DAY, entry.crc, FULL, FULL, len(name),
                       len(extra))  # fmt: skip
    return head + name + extra


def directory(entries: Sequence[Entry], at: int) -> bytes:
    """What an archive ends with. at: where it stands."""
    found = b""
    for entry in entries:
        name = entry.name.encode()
        extra = struct.pack("<HHQQQ", LARGE, 24, entry.size, entry.size, entry.start)
        found += struct.pack("<4s6H3I5H2I", b"PK\1\2", VERSION, VERSION, UTF8, 0, 0, DAY, entry.crc, FULL, FULL,
                             len(name), len(extra), 0, 0, 0, 0o600 << 16, FULL) + name + extra  # fmt: skip
    count, size = len(entries), len(found)
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, VERSION, VERSION, 0, 0, count, count, size, at)
    there = struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    return found + end + there + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, MANY, MANY, FULL, FULL, 0)


def crc(data: Sequence[Any]) -> int:
    """The CRC of bytes in pieces."""
    found = 0
    for one in data:
        found = zlib.crc32(one, found)
    return found


def joined(first: int, second: int, size: int) -> int:
    """The CRC of two runs of bytes behind each other, of their own. size: of the second.

    To put n zero bytes behind the first multiplies its CRC by x^(8n), and a CRC is linear.
    """
    return _times(_shift(size), first) ^ second


def _times(a: int, b: int) -> int:
    """The product of two polynomials over the bits, modulo POLYNOMIAL; the highest bit is the power 0."""
    found = 0
    while a:
        if a & ONE:
            found ^= b
        a = a << 1 & FULL
        b = b >> 1 ^ (POLYNOMIAL if b & 1 else 0)
    return found


@lru_cache(maxsize=64)
def _shift(size: int) -> int:
    """x^(8 size)."""
    found, power = ONE, ONE >> 8
    while size:
        if size & 1:
            found = _times(power, found)
        power = _times(power, power)
        size >>= 1
    return found
