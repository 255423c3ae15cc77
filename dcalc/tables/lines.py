"""Tables that are lines of text: where the lines end, which pieces they make, and in which line a row stands."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import DcalcError
from .parts import Chunk, Piece, Position, Source

#: What standard input is called, and how it is asked for.
STDIN = "standard input"
DASH = "-"
#: Bytes of a piece; of a row at most; and of a file's beginning and end that tell whether it is the same.
BLOCK = 2**22
LEAST_BLOCK = 2**14
MOST_OF_A_ROW = 2**26
SEAL = 2**16
#: Bytes below which pyarrow is not loaded for the sake of its speed.
SMALL = 2**19
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def opened(path: str) -> BinaryIO:
    """A file to be read, or standard input for `-`. DcalcError where it cannot be."""
    if path == DASH:
        return sys.stdin.buffer
    try:
        found = Path(path).expanduser()
        if found.is_dir():
            raise DcalcError("usage", f"{path} is a folder", hint="name a file of points")
        return found.open("rb")
    except (OSError, RuntimeError, ValueError) as problem:
        words = getattr(problem, "strerror", None) or problem
        hint = "a table is the name of a file, - is standard input"
        raise DcalcError("usage", f"cannot read {path}: {words}", hint=hint) from None


def seal(file: BinaryIO) -> dict[str, Any] | None:
    """What tells whether a file is still the same: size, time, and a hash of its beginning and end. None for a pipe."""
    told = os.fstat(file.fileno())
    if not stat.S_ISREG(told.st_mode):
        return None
    parts = [os.pread(file.fileno(), SEAL, 0), os.pread(file.fileno(), SEAL, max(0, told.st_size - SEAL))]
    return {"size": told.st_size, "time": told.st_mtime_ns, "hash": sha256(b"".join(parts)).hexdigest()[:32]}


class Lines(Source):
    """A table whose rows are lines of a text, or end where lines end."""

    #: a row may go on behind the end of a line
    separator = ""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        self._file = opened(path)
        self._called = STDIN if path == DASH else path
        try:
            told = seal(self._file)
        except (OSError, ValueError):  # standard input that is no file
            told = None
        self._regular = told is not None and path != DASH
        #: what was read already; a pipe cannot be read again
        self._head = b""
        self._keep = True
        self._fill(b"", BLOCK)
        self._keep = False
        self._mark = len(BYTE_ORDER_MARK) if self._head.startswith(BYTE_ORDER_MARK) else 0
        if self._head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DcalcError("usage", f"{self._called} is UTF-16", hint="save it as UTF-8 text")
        start, names = self._header(self._head)
        super().__init__(self._called, names, rename)
        self._start = start
        self.total = told["size"] if self._regular and told else 0
        self.unit = "B" if self.total else "points"
        self.small = 0 < self.total < SMALL

    def _fill(self, data: bytes, size: int) -> bytes:
        """Data with more of the file behind it, until it is so long or the file ends."""
        parts, length = [data], len(data)
        while length < size:
            try:
                more = self._file.read(size - length)
            except OSError as problem:
                raise DcalcError("usage", f"cannot read {self._called}: {problem.strerror}") from None
            if not more:
                break
            parts.append(more)
            length += len(more)
            if self._keep:
                self._head += more
        return b"".join(parts)

    def _header(self, data: bytes) -> tuple[Position, Sequence[str]]:
        """Where the rows begin (byte, line), and the columns."""
        raise NotImplementedError

    def _end(self, data: bytes) -> int:
        """Behind the last row of some bytes that is whole; 0 where none is."""
        return data.rfind(b"\n") + 1

    def _count(self, data: bytes) -> int:
        """How many lines end in some bytes."""
        return data.count(b"\n")

    @property
    def block(self) -> int:
        """Bytes of a piece: no more than the rows that are allowed, as long as those at the beginning."""
        known = self._head[self._start[0] : self._start[0] + BLOCK // 16]
        length = max(1, len(known) // max(1, known.count(b"\n")))
        return max(LEAST_BLOCK, min(BLOCK, self.most * length))

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """See Source."""
        (byte, line) = start or self._start
        data = self._head[self._start[0] :]
        if start is not None:
            self._file.seek(byte)
            data = b""
        elif self._regular:
            self._file.seek(len(self._head))
        block = self.block
        while True:
            data = self._fill(data, block)
            # What was read ahead is cut as if it had not been.
            at_end = len(data) < block
            end = len(data) if at_end else self._end(data[:block])
            room = block
            while not end and not at_end:
                room *= 2
                if room > max(MOST_OF_A_ROW, 2 * block):
                    raise self._endless(line)
                data = self._fill(data, room)
                at_end = len(data) < room
                end = len(data) if at_end else self._end(data[:room])
            if at_end and data:
                self._hold_end(data, line)
            if end and data:
                mine, data = data[:end], data[end:]
                lines = self._count(mine)
                yield Piece((byte, line), (byte + len(mine), line + lines), line, mine)
                byte, line = byte + len(mine), line + lines
            if at_end:
                return

    def _endless(self, line: int) -> DcalcError:
        message = f"{self._called}:{line}: a row of more than {MOST_OF_A_ROW // 2**20} MB"
        return DcalcError("limit", message, hint="is this a file of text, and every quotation mark closed?")

    def _hold_end(self, data: bytes, line: int) -> None:
        """Refuse a last piece that breaks off."""

    def peek(self) -> Chunk | None:
        """See Source."""
        self._keep = True
        try:
            return super().peek()
        finally:
            self._keep = False

    def bytes_of(self, piece: Piece) -> bytes:
        """A piece's bytes."""
        if piece.data is not None:
            data: bytes = piece.data
            return data
        start, stop = piece.start[0], piece.stop[0]
        found = os.pread(self._file.fileno(), stop - start, start)
        if len(found) < stop - start:
            raise DcalcError("usage", f"{self._called} is shorter than it was")
        return found

    def text_of(self, piece: Piece) -> str:
        """A piece's text. DcalcError where it is not UTF-8."""
        data = self.bytes_of(piece)
        try:
            return data.decode()
        except UnicodeDecodeError as problem:
            line = piece.first + data.count(b"\n", 0, problem.start)
            raise DcalcError("usage", f"{self._called}:{line} is not UTF-8", hint="save it as UTF-8 text") from None

    def done(self, piece: Piece) -> int:
        """See Source."""
        return piece.stop[0] if self.total else 0

    def state(self) -> dict[str, Any] | None:
        """See Source."""
        return seal(self._file) if self._regular else None

    def close(self) -> None:
        """See Source."""
        if self._file is not sys.stdin.buffer:
            self._file.close()
