"""From a table to a table: pieces are read, computed and encoded by threads at once, and written in order.

Reading and encoding let go of Python's lock, and so do the engines: while one piece is computed the next is read and
the one before is encoded. At most a few pieces are in the memory at a time. `run_piece` does one alone, the same way.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from .. import progress
from ..backends.many import Many
from ..evaluate.blocks import processors
from .journal import Result as Written
from .journal import Taken, checksum
from .match import Input, values, wanted, what_is_wrong
from .parts import ERROR, KINK, NOT_FINITE, ROWS, STATUS, Chunk, Numbers, Piece, Source, Statuses
from .writer import Encoded, Result, Writer

#: Rows that failed and are told one by one; characters of a cell that are shown.
MOST_TOLD = 5
MOST_SHOWN = 40
#: Operations of a piece at most, and what a row of a program that is followed counts as.
MOST_WORK = 2**31
FOLLOWED = 2**17
#: Rows of such a program that are run at first before anybody looks whether to stop; and what time that should take.
FEW = 2**6
SHORT, LONG = 0.1, 0.4
#: Bytes of a row of text, about; rows where nobody knows how many there are.
LINE, UNKNOWN = 40, 2**20
#: A number as it is written in many countries.
DECIMAL_COMMA = re.compile(r"\s*[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?\s*")
#: Operations that an engine does in one thread (there are others at work), and rows at a time at least.
ALONE, LEAST = 1_500_000, 2**14


class Tally(NamedTuple):
    """How rows fared: how many had which status, and of the first that failed what is the matter."""

    counts: tuple[int, ...] = (0,) * len(STATUS)
    told: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many."""
        return sum(self.counts)

    @property
    def failed(self) -> int:
        """How many have no answer, or one that is not finite."""
        return sum(self.counts[NOT_FINITE:])

    def plus(self, other: Tally) -> Tally:
        """With those that follow."""
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Tally(counts, (*self.told, *other.told)[:MOST_TOLD])

    @classmethod
    def of(cls, data: Any) -> Tally:
        """From what a journal has kept."""
        return cls(tuple(data["counts"]), tuple(data["told"]))


class Job(NamedTuple):
    """What is done with every piece. sample: values that have an answer, put where a row has none to be computed."""

    source: Source
    inputs: Sequence[Input]
    many: Many
    writer: Writer
    sample: dict[str, Any]


def prepare_source(source: Source, inputs: Sequence[Input], many: Many) -> None:
    """Say what is wanted of a source, once it is known what becomes of a row."""
    source.want(wanted(inputs), len(many.titles))
    if many.engine is None:  # the same for all pieces: the engines differ in the last place
        rows = (source.total // (1 if source.unit == "points" else LINE)) or UNKNOWN
        many.engine = "array" if many.followed else many.choose(rows)
    steps = FOLLOWED if many.followed else max(1, many.steps)
    source.most = max(1, min(source.most, MOST_WORK // steps))


def first_rows(source: Source, inputs: Sequence[Input], most: int) -> list[dict[str, Any]]:
    """Values of the inputs at some of the first rows that are points."""
    source.want(wanted(inputs), 1)
    source.most = ROWS  # of a large group no more than that is read
    chunk = source.peek()
    if chunk is None:
        return []
    found, status = values(inputs, chunk)
    rows = np.flatnonzero(status == 0)[:most].tolist()
    return [{name: one[k] if one.ndim > 1 else float(one[k]) for name, one in found.items()} for k in rows]


class Stopped(Exception):  # noqa: N818 (no failure: somebody asked for it)
    """The work was ended by another thread."""


#: `Many` is not to be run by two threads; it has its own.
_one_at_a_time = threading.Lock()


def run_piece(job: Job, piece: Piece, stop: threading.Event | None = None) -> tuple[Encoded, list[int], Tally]:
    """Read, compute and encode one piece; the same bytes wherever it is done. With their checksums."""
    chunk = job.source.read(piece)
    if stop is not None and stop.is_set():
        raise Stopped
    result, tally = compute(job, chunk, stop)
    encoded = job.writer.encode(chunk, result)
    return encoded, checksum(encoded.data), tally


def compute(job: Job, chunk: Chunk, stop: threading.Event | None = None) -> tuple[Result, Tally]:
    """The results at a chunk's rows."""
    many = job.many
    columns, status = values(job.inputs, chunk)
    absent = np.flatnonzero(status)
    if absent.size:  # no number there: any point will do, what is found at it is not used
        for name, numbers in columns.items():
            columns[name] = numbers = numbers.copy()
            numbers[absent] = job.sample.get(name, 1.0)
    blocks: list[Numbers] = []
    errors: dict[int, str] = {}
    length = FEW if many.followed else min(many.block, max(LEAST, ALONE // max(1, many.steps)))
    first = 0
    while first < chunk.size:
        own = {name: numbers[first : first + length] for name, numbers in columns.items()}
        size = min(length, chunk.size - first)
        with _one_at_a_time:
            if stop is not None and stop.is_set():
                raise Stopped
            begun = perf_counter()
            rows = many.run(own, size, many.room(size))
            taken = perf_counter() - begun
        blocks.append(rows.block)
        here = status[first : first + size]
        status[first : first + size] = np.where(here, here, rows.status)
        errors.update({first + k: problem.message for k, problem in rows.errors.items()})
        first += size
        if many.followed:
            length = min(many.block, 2 * length) if taken < SHORT else max(1, length // 4) if taken > LONG else length
    if many.followed and len(blocks) > 1:  # how long they were hung on the time, which the bytes must not
        blocks = [np.concatenate(blocks, axis=1)]
    return Result(blocks, status), _tally(job, chunk, blocks, status, errors)


def _tally(job: Job, chunk: Chunk, blocks: list[Numbers], status: Statuses, errors: dict[int, str]) -> Tally:
    told: list[str] = []
    if not status.any():
        return Tally((len(status), *(0,) * (len(STATUS) - 1)))
    counts = np.bincount(status, minlength=len(STATUS)).tolist()
    if sum(counts[NOT_FINITE:]):
        for k in np.flatnonzero(status > KINK)[:MOST_TOLD].tolist():
            told.append(f"{chunk.place(k)}: {_trouble(job, chunk, blocks, status, errors, k)}")
    return Tally(tuple(counts), tuple(told))


def _trouble(job: Job, chunk: Chunk, blocks: list[Numbers], status: Statuses, errors: dict[int, str], k: int) -> str:
    if status[k] == NOT_FINITE:
        place = k
        for block in blocks:
            if place < block.shape[1]:
                row = block[:, place]
                title = int(np.flatnonzero(~np.isfinite(row))[0])
                return f"{job.many.titles[title]} is {row[title]}"
            place -= block.shape[1]
    if k in errors and k not in chunk.broken:
        return errors[k]
    if status[k] == ERROR and k not in chunk.broken:
        return "no answer"
    return what_is_wrong(job.inputs, chunk, k, _no_number)


def _no_number(found: Any) -> str:
    name, cell = found
    text = str(cell)
    shown = text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
    hint = " (decimals have a point: 1.5)" if DECIMAL_COMMA.fullmatch(text) else ""
    return f"{name} is no number: {shown}{hint}"


def run(job: Job, written: Written, what: str) -> Tally:
    """Do all pieces that are not done yet. On Ctrl-C and failures whoever called lets go of the result."""
    tally = Tally()
    for taken in written.taken:
        tally = tally.plus(Tally.of(taken.tally))
    if written.whole:
        return tally
    done = [0]
    threads = processors()
    stop = threading.Event()
    waiting: deque[tuple[Piece, Future[tuple[Encoded, list[int], Tally]]]] = deque()
    source = job.source
    pool = ThreadPoolExecutor(threads + 1, thread_name_prefix="dcalc-table")

    def take() -> None:
        nonlocal tally
        piece, future = waiting.popleft()
        encoded, sums, own = future.result()
        written.add(encoded, sums, Taken(piece.stop, {"counts": own.counts, "told": own.told}))
        tally = tally.plus(own)
        done[0] = source.done(piece) if source.total else tally.rows

    try:
        # The engines tell how far they are as well; the inner stage takes that.
        with progress.stage(what, source.total, source.unit, lambda: done[0]), progress.stage(what):
            for piece in source.pieces(written.start):
                waiting.append((piece, pool.submit(run_piece, job, piece, stop)))
                if len(waiting) > threads:
                    take()
            while waiting:
                take()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return tally
