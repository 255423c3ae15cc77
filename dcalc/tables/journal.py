"""Results under way: parts go to a file beside the target, a journal beside it says which of them are whole.

`FILE` is written as `.FILE.dcalc-part`, with `.FILE.dcalc-journal`: a line that describes the work, and a line for each
part that was written: where the source goes on, the part's length and its checksum. When all parts are there the file
is closed by its foot, forced to the disk and renamed; until then FILE is what it was. An interrupted run leaves both.
The next one begins anew, or with `resume` behind the last part whose bytes have their checksum.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ..errors import DcalcError
from .atomic import cannot_write, mode_of
from .lines import DASH
from .parts import Position
from .writer import Encoded, Placed, Writer

FORM = 2
#: Bytes that are looked through at a time.
BLOCK = 2**22


class Taken(NamedTuple):
    """What the journal says of a part: where the source goes on behind it, and how its rows fared."""

    stop: Position
    tally: Mapping[str, Any]


class Result:
    """A result that is being written: to a stream as it comes, or as `Kept` has it."""

    #: the parts of an earlier run
    taken: Sequence[Taken] = ()
    #: where the source goes on behind them; None: at its beginning
    start: Position | None = None
    #: an earlier run had written all of it
    whole = False
    #: a part could not be written: nothing is wrong with those before it
    failed = False

    def add(self, encoded: Encoded, sums: Sequence[int], taken: Taken) -> None:
        """Write a part."""
        raise NotImplementedError

    def finish(self) -> None:
        """All parts are there."""

    def leave(self, *, keep: bool) -> str:
        """Stop before the end. keep: what was written may be gone on with. Says where it is, "" for nowhere."""
        return ""

    def stopped(self, problem: BaseException) -> BaseException:
        """Stop before the end because of a problem; that, or one like it which tells what is kept, is to be raised."""
        refused = isinstance(problem, DcalcError) and problem.kind != "internal"
        kept = self.leave(keep=not refused or self.failed)
        words = f"what is done is kept in {kept}; the same command with --resume goes on with it" if kept else ""
        if kept and isinstance(problem, DcalcError):
            problem.hint = words
        elif kept and isinstance(problem, KeyboardInterrupt):
            return KeyboardInterrupt(f"interrupted; {words}")
        return problem


def result_at(target: str, writer: Writer, work: Mapping[str, Any], *, resume: bool) -> Result:
    """A result to write. work: describes it all, the state of the source included. Raises DcalcError."""
    path = os.path.realpath(os.path.expanduser(target))  # noqa: PTH111 (a link goes on pointing where it did)
    special = target == DASH or (os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode))  # noqa: PTH110, PTH116
    if not special:
        return Kept(target, path, writer, work, resume=resume)
    if resume:
        raise DcalcError("usage", f"{target} cannot be resumed", hint="--out FILE names a file that can")
    if writer.converts or writer.placed or writer.head(1) != writer.head(2):
        raise DcalcError("usage", "this format cannot be written to a stream", hint="--out FILE names a file")
    if os.path.isdir(path) and target != DASH:  # noqa: PTH112
        raise DcalcError("usage", f"{target} is a folder", hint="--out names a file")
    return Stream(target, writer)


class Stream(Result):
    """Standard output, a device or a pipe."""

    def __init__(self, target: str, writer: Writer) -> None:
        self._target, self._writer = target, writer
        self._placed: list[Placed] = []
        try:
            self._file: BinaryIO = sys.stdout.buffer if target == DASH else open(target, "wb")  # noqa: PTH123, SIM115
        except OSError as problem:
            raise cannot_write(target, problem) from None
        self._at = 0
        self._write([writer.head(0)])

    def _write(self, data: Sequence[Any]) -> None:
        try:
            for one in data:
                self._at += memoryview(one).nbytes
                self._file.write(one)
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise cannot_write("standard output" if self._target == DASH else self._target, problem) from None

    def add(self, encoded: Encoded, sums: Sequence[int], taken: Taken) -> None:
        """See Result."""
        self._placed.append(Placed(self._at, encoded.size, encoded.rows, encoded.extra))
        self._write(encoded.data)

    def finish(self) -> None:
        """See Result."""
        self._write([self._writer.foot(self._placed)])
        if self._target != DASH:
            self._file.close()


class Kept(Result):
    """A file, with a journal of its parts."""

    def __init__(self, target: str, path: str, writer: Writer, work: Mapping[str, Any], *, resume: bool) -> None:
        self._target, self._path, self._writer = target, path, writer
        folder, base = os.path.split(path)
        self.part = os.path.join(folder, f".{base}.dcalc-part")  # noqa: PTH118
        self._journal_path = os.path.join(folder, f".{base}.dcalc-journal")  # noqa: PTH118
        self._placed: list[Placed] = []
        self._rows = 0
        try:
            self._journal = locked(self._journal_path, target)
            known = lines_of(self._journal) if resume else []
            if known:
                hold_same(self._journal, target, known[0].get("work"), work)
            self._file = open(self.part, "r+b" if os.path.exists(self.part) else "w+b", buffering=0)  # noqa: PTH110, PTH123, SIM115
            if known and not self._is_done(known[-1]):
                self._go_on(known)
            elif not known:
                self._begin(work)
        except OSError as problem:
            if not resume and hasattr(self, "_file"):
                self.leave(keep=False)
            raise cannot_write(target, problem) from None

    def _begin(self, work: Mapping[str, Any]) -> None:
        for file in (self._journal, self._file):
            file.seek(0)
            file.truncate()
        head = self._writer.head(0)
        self._write([(0, head)])
        self._at = len(head)
        self._note({"dcalc": FORM, "work": work, "head": len(head)})

    def _is_done(self, last: Mapping[str, Any]) -> bool:
        """Whether all was done but taking the journal away."""
        size = last.get("done")
        try:
            self.whole = size is not None and os.stat(self._path).st_size == size and not os.stat(self.part).st_size  # noqa: PTH116
        except OSError:
            self.whole = False
        if self.whole:
            self.taken = self._known(lines_of(self._journal))
        return self.whole

    def _known(self, lines: Sequence[Mapping[str, Any]]) -> list[Taken]:
        return [Taken(tuple(line["stop"]), line["tally"]) for line in lines if "stop" in line]

    def _go_on(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Keep the parts that are as they were written, and nothing behind them."""
        self._at = lines[0]["head"]
        kept = []
        for line in lines[1:]:
            if "stop" not in line:
                break
            places = self._places(line["rows"], line["sizes"])
            if not _is_written(self._file, places, line["sizes"], line["sums"]):
                break
            self._placed.append(Placed(self._at, line["size"], line["rows"], line["extra"]))
            self._at += line["size"]
            self._rows += line["rows"]
            kept.append(line)
        if not self._writer.placed:
            self._file.truncate(self._at)
        self._write([(0, self._writer.head(0))])
        self._journal.seek(0)
        self._journal.truncate()
        for line in (lines[0], *kept):
            self._note(line)
        self.taken = self._known(kept)
        self.start = self.taken[-1].stop if kept else None

    def _note(self, line: Mapping[str, Any]) -> None:
        note(self._journal, line)

    def _write(self, data: Iterable[tuple[int, Any]]) -> None:
        """Write bytes at places."""
        for place, one in data:
            left = memoryview(one).cast("B") if memoryview(one).nbytes else memoryview(b"")
            self._file.seek(place)
            while left.nbytes:
                left = left[self._file.write(left) :]

    def _places(self, rows: int, sizes: Sequence[int]) -> list[int]:
        """Where the pieces of the next part go."""
        if self._writer.placed:
            return self._writer.places(self._rows, rows, sizes)
        return list(accumulate(sizes, initial=self._at))[:-1]

    def add(self, encoded: Encoded, sums: Sequence[int], taken: Taken) -> None:
        """See Result."""
        try:
            size, sizes = encoded.size, [memoryview(one).nbytes for one in encoded.data]
            self._write(zip(self._places(encoded.rows, sizes), encoded.data, strict=True))
            self._note({"stop": taken.stop, "size": size, "rows": encoded.rows, "sums": sums, "extra": encoded.extra,
                        "sizes": sizes, "tally": taken.tally})  # fmt: skip
        except OSError as problem:
            self.failed = True
            raise cannot_write(self._target, problem) from None
        self._placed.append(Placed(self._at, size, encoded.rows, encoded.extra))
        self._at += size
        self._rows += encoded.rows

    def finish(self) -> None:
        """See Result."""
        try:
            if not self.whole:
                self._close()
            self._journal.close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._journal_path)  # noqa: PTH108
            if self.whole:
                os.unlink(self.part)  # noqa: PTH108
        except OSError as problem:
            self.failed = True
            raise cannot_write(self._target, problem) from None

    def _close(self) -> None:
        """Put the file together, and in the target's place."""
        writer, whole = self._writer, self.part
        if writer.placed:
            self._write(writer.frame(self._placed))
        else:
            self._write([(self._at, writer.foot(self._placed)), (0, writer.head(self._rows))])
        if writer.converts:
            whole = f"{self.part}.whole"
            with open(whole, "wb") as file:  # noqa: PTH123
                writer.convert(self._file, file, self._placed)
                file.flush()
                os.fsync(file.fileno())
        else:
            os.fsync(self._file.fileno())
        self._file.close()
        os.chmod(whole, mode_of(self._path))  # noqa: PTH101
        self._note({"done": os.stat(whole).st_size})  # noqa: PTH116
        os.replace(whole, self._path)  # noqa: PTH105
        if whole != self.part:
            os.unlink(self.part)  # noqa: PTH108

    def leave(self, *, keep: bool) -> str:
        """See Result."""
        with contextlib.suppress(OSError):
            self._file.close()
        if not keep or not self._placed:
            for path in (self.part, f"{self.part}.whole", self._journal_path):
                with contextlib.suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
        with contextlib.suppress(OSError):
            self._journal.close()
        return self.part if keep and self._placed else ""


def locked(path: str, target: str) -> Any:
    """The journal of a target, which nobody else has: two runs must not write to one file."""
    while True:
        file = open(path, "r+b" if os.path.exists(path) else "w+b")  # noqa: PTH110, PTH123, SIM115
        try:
            import fcntl
        except ImportError:  # a system without locks
            return file
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            message = f"another dcalc is writing {target}"
            raise DcalcError("usage", message, hint="wait for it, or name another file") from None
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):  # noqa: PTH116
                return file
        file.close()  # it was taken away in between


def hold_same(journal: Any, target: str, before: Any, now: Mapping[str, Any]) -> None:
    """Refuse to go on with other work, or with a source that has changed."""
    if before == json.loads(json.dumps(now)):
        return
    journal.close()
    changed = [name for name in now if not isinstance(before, dict) or before.get(name) != now[name]]
    what = f"{now.get('points', 'the source')} has changed since"
    if changed != ["source"]:
        what = f"its {', '.join(name for name in changed if name != 'source') or 'work'} was another"
    hint = f"without --resume {target} is begun anew"
    raise DcalcError("usage", f"what was begun of {target} cannot be gone on with: {what}", hint=hint)


def note(journal: Any, line: Mapping[str, Any]) -> None:
    """Write a line into a journal."""
    text = json.dumps(line).encode()
    journal.write(b"%08x %s\n" % (zlib.crc32(text), text))
    journal.flush()


def lines_of(file: BinaryIO) -> list[dict[str, Any]]:
    """The lines of a journal as far as they are whole."""
    found: list[dict[str, Any]] = []
    file.seek(0)
    for line in file:
        crc, _, text = line.partition(b" ")
        if not text.endswith(b"\n") or crc != b"%08x" % zlib.crc32(text[:-1]):
            break
        found.append(json.loads(text))
    return found if found and found[0].get("dcalc") == FORM else []


def checksum(data: Sequence[Any]) -> list[int]:
    """What tells whether bytes were written: for each block of them the sum of its words, and a CRC of the rest.

    A page that was not written, or half, changes the sum; a CRC of all would cost as much as computing a gradient.
    """
    sums = []
    for one in data:
        whole = memoryview(one).cast("B") if memoryview(one).nbytes else memoryview(b"")
        for start in range(0, whole.nbytes, BLOCK):
            sums.append(_sum(whole[start : start + BLOCK]))
    return sums


def _sum(block: memoryview) -> int:
    end = block.nbytes - block.nbytes % 8
    words = np.frombuffer(block[:end], "<u8")
    return (int(words.sum(dtype=np.uint64)) + zlib.crc32(block[end:]) + block.nbytes) % 2**64


def _is_written(file: BinaryIO, places: Sequence[int], sizes: Sequence[int], sums: Sequence[int]) -> bool:
    """Whether the bytes of a file, written as pieces of these sizes at these places, have the sums that they had."""
    found = []
    for place, size in zip(places, sizes, strict=True):
        file.seek(place)
        for start in range(0, size, BLOCK):
            data = file.read(min(BLOCK, size - start))
            found.append(_sum(memoryview(data)) if data else -1)
    return found == list(sums)
