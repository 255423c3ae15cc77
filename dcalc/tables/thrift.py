"""Thrift's compact protocol, as far as the foot of a Parquet file needs it: read into plain values and written again.

A struct is a dict from field number to (type, value), in the file's order; a list is (type of its items, items). What
is not understood is kept as it is. Source: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from typing import Any, TypeAlias

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Struct: TypeAlias = dict[int, tuple[int, Any]]
_INTEGERS = (I16, I32, I64)


class Reader:
    """Reads values from bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _signed(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def struct(self) -> Struct:
        """A struct."""
        found: Struct = {}
        field = 0
        while head := self._take(1)[0]:
            kind, step = head & 15, head >> 4
            field = field + step if step else self._signed()
            found[field] = kind, None if kind in (TRUE, FALSE) else self.value(kind)
        return found

    def value(self, kind: int) -> Any:
        """A value of a type; a truth value of a list is one byte."""
        if kind in _INTEGERS:
            return self._signed()
        if kind in (TRUE, FALSE, BYTE):
            return self._take(1)
        if kind == DOUBLE:
            return self._take(8)
        if kind == BINARY:
            return self._take(self._varint())
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            head = self._take(1)[0]
            count = head >> 4 if head >> 4 < 15 else self._varint()
            return head & 15, [self.value(head & 15) for _ in range(count)]
        raise ValueError(f"a value of type {kind} in a Parquet file's foot")


def _varint(value: int, out: bytearray) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def write(struct: Struct) -> bytes:
    """A struct as bytes."""
    out = bytearray()
    _struct(struct, out)
    return bytes(out)


def _struct(struct: Struct, out: bytearray) -> None:
    before = 0
    for field, (kind, value) in struct.items():
        if 0 < field - before < 16:
            out.append((field - before) << 4 | kind)
        else:
            out.append(kind)
            _varint(field << 1, out)
        before = field
        if kind not in (TRUE, FALSE):
            _value(kind, value, out)
    out.append(0)


def _value(kind: int, value: Any, out: bytearray) -> None:
    if kind in _INTEGERS:
        _varint(value << 1 if value >= 0 else (-value << 1) - 1, out)
    elif kind == BINARY:
        _varint(len(value), out)
        out += value
    elif kind == STRUCT:
        _struct(value, out)
    elif kind in (LIST, SET):
        items, own = value
        if len(own) < 15:
            out.append(len(own) << 4 | items)
        else:
            out.append(15 << 4 | items)
            _varint(len(own), out)
        for one in own:
            _value(items, one, out)
    else:
        out += value
