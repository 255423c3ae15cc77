"""Compiled programs over columns: what cannot be compiled is left to NumPy, between compiled parts, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...graph.exact import to_float
from ..plan import Step
from .generate import generate, make_job
from .host import Host, host
from .kernels import compiled
from .objects import Loaded, load
from .tape import Tape, fits, write

Numbers = NDArray[np.float64]
#: Points of a block at most where a block is copied or NumPy takes part, so that the cache holds it; else.
BLOCK = 8_192
LONG_BLOCK = 262_144
#: Bytes of results from which on they are written past the caches, which do not hold them: a store then need not read
#: what it overwrites. That is compiled anew: for it so many bytes, and more for each operation, have to be written.
STREAM = 16_000_000
STREAM_PRICE, STREAM_EACH = 190_000_000, 640_000
#: Vectors from which on a block is begun where its rows are aligned.
LONG = 32
#: Operations on all points of a block at most: a tenth of a second or so. Ctrl-C is heard between blocks.
BLOCK_WORK = 200_000_000


class Part(NamedTuple):
    """A part of a program: compiled code (`code`), or steps for NumPy.

    columns: the slots that it reads for every point. outputs: the slots that others need, in rows.
    """

    columns: list[int]
    fixed: list[int]
    outputs: list[int]
    code: Loaded | None
    spill: int
    steps: list[Step]
    #: of a long program: `code` is the interpreter of this
    tape: Tape | None = None


class Program:
    """Steps on numbers that differ from point to point, compiled for this machine.

    constants: (slot, constant) of all. columns: the slots given for every point; fixed: slots with one value.
    machine: this one by default; see `tape.interpreter`.
    """

    def __init__(self, constants: Sequence[tuple[int, Any]], columns: Sequence[int], fixed: Sequence[int],
                 steps: Sequence[Step], outputs: Sequence[int], machine: Host | None = None) -> None:  # fmt: skip
        machine = machine or host()
        assert machine is not None
        self.width = machine.width
        self.outputs = list(outputs)
        self.operations = len(steps)
        self.parts: list[Part] = []
        given = dict(constants)
        one = set(fixed)
        stages = [(True, list(steps))] if fits(steps) else _stages(steps)
        need: set[int] = set(outputs)
        for is_compiled, some in reversed(stages):
            made = {step.slot for step in some}
            used = dict.fromkeys(arg for step in some for arg in step.args if arg not in made)
            reads = [slot for slot in used if slot not in given and slot not in one]
            single = [slot for slot in used if slot in one]
            rows = [step.slot for step in some if step.slot in need]
            if is_compiled and len(stages) == 1:
                rows = list(outputs)  # written to where they belong; one may stand there twice, or be given
                rest = [slot for slot in dict.fromkeys(rows) if slot not in made and slot not in used]
                used.update(dict.fromkeys(rest))
                reads += [slot for slot in rest if slot not in given and slot not in one]
                single += [slot for slot in rest if slot in one]
            code, spill, tape, job = None, 0, None, None
            some_given = [(slot, given[slot]) for slot in used if slot in given] if is_compiled else []
            if is_compiled and fits(some):
                numbers = [(slot, to_float(constant)) for slot, constant in some_given]
                tape = write(numbers, reads, single, some, rows, machine)
                code = None if tape is None else tape.loaded
            if is_compiled and code is None:
                job = make_job(some_given, reads, single, some, rows)
                source = generate(job, machine.width, avx512=machine.avx512)
                code, spill = load(source, machine), source.spill
            need |= set(used)
            self.parts.insert(0, Part(reads, single, rows, code, spill, some, tape))
        self.whole = len(self.parts) == 1 and self.parts[0].code is not None
        self._machine = machine
        self._job = job if self.whole else None
        #: bytes of large results so far
        self._written = 0

    @cached_property
    def _streaming(self) -> Loaded | None:
        """The same for results that go past the caches."""
        assert self._job is not None
        machine = self._machine
        return load(generate(self._job, machine.width, avx512=machine.avx512, streaming=True), machine)

    def runner(self, columns: Mapping[int, Numbers], fixed: Sequence[Any], out: Numbers,
               kernels: Callable[[Step], Callable[..., Any]]) -> Callable[[int, int], None]:  # fmt: skip
        """A function (start, stop) that computes the points of a block into `out`, with buffers of its own.

        columns: float64 arrays. fixed: values by slot. kernels: NumPy's function for a step.
        """
        size = min(out.shape[1], self.block(columns) + self.width)
        direct = self.whole and out.strides[1] == 8 and out.shape[1] >= self.width
        runs = [_PartRun(part, self.width, fixed, max(size, self.width), kernels, direct) for part in self.parts]
        if direct:
            (single,) = runs
            if self._job is not None and out.nbytes >= STREAM:
                self._written += out.nbytes
                if self._written >= STREAM_PRICE + STREAM_EACH * self.operations:
                    single.streaming = self._streaming
            return lambda start, stop: single.run(columns, start, stop, out, start)
        final = {slot: run for run in runs for slot in run.part.outputs}

        def block(start: int, stop: int) -> None:
            rows: dict[int, Numbers] = {slot: column[start:stop] for slot, column in columns.items()}
            for run in runs:
                run.run(rows, 0, stop - start, run.rows, 0)
                rows.update((slot, run.rows[k, : stop - start]) for k, slot in enumerate(run.part.outputs))
            for k, slot in enumerate(self.outputs):
                out[k, start:stop] = rows[slot] if slot in final or slot in columns else fixed[slot]

        return block

    def block(self, columns: Mapping[int, Numbers]) -> int:
        """Points of a block: a multiple of the vectors' width."""
        direct = self.whole and all(column.flags.c_contiguous for column in columns.values())
        points = min(LONG_BLOCK if direct else BLOCK, BLOCK_WORK // max(1, self.operations))
        return max(64, points // 64 * 64)


def _stages(steps: Sequence[Step]) -> list[tuple[bool, list[Step]]]:
    """The steps by turns: (compiled?, steps). One turn, if all can be compiled."""
    turn: dict[int, int] = {}
    turns: dict[int, list[Step]] = {}
    for step in steps:
        can = compiled(step.op)
        # Even turns are compiled, odd ones NumPy's.
        at = max((turn.get(arg, 0) for arg in step.args), default=0)
        turn[step.slot] = at = at + (at % 2 == can)
        turns.setdefault(at, []).append(step)
    return [(at % 2 == 0, turns[at]) for at in sorted(turns)] or [(True, [])]


class _PartRun:
    """A part with the buffers of one thread."""

    def __init__(self, part: Part, width: int, fixed: Sequence[Any], size: int,
                 kernels: Callable[[Step], Callable[..., Any]], direct: bool) -> None:  # fmt: skip
        self.part, self.width = part, width
        #: the addresses of the columns, behind that of the tape if there is one
        self._head = 0 if part.tape is None else 1
        self.addresses = np.zeros(max(1, len(part.columns) + self._head), dtype=np.int64)
        self.fixed = np.array([fixed[slot] for slot in part.fixed] or [0.0], dtype=np.float64)
        self._copies: dict[int, Numbers] = {}
        self._size = size
        self.rows = np.empty((len(part.outputs), 0 if direct else size))
        spill = np.empty(part.spill + 64) if part.tape is None else part.tape.spill(width)
        self._spill = spill  # kept alive
        self._spill_address = -(-spill.ctypes.data // 64) * 64
        if part.tape is not None:
            self.addresses[0] = part.tape.instructions.ctypes.data
        self._values = fixed
        self._kernels = [] if part.code else [kernels(step) for step in part.steps]
        #: writes past the caches
        self.streaming: Loaded | None = None

    def run(self, columns: Mapping[int, Numbers], start: int, stop: int, out: Numbers, at: int) -> None:
        """The part's outputs at the points from `start` to `stop`, into rows of `out` from column `at` on."""
        if self.part.code is None:
            self._by_numpy(columns, start, stop, out, at)
            return
        count, head = stop - start, self._head
        for k, slot in enumerate(self.part.columns):
            column = columns[slot]
            if count >= self.width and column.strides[0] == 8:
                self.addresses[k + head] = column.ctypes.data + 8 * start
            else:
                copy = self._copies.get(slot)
                if copy is None:
                    copy = self._copies[slot] = np.ones(max(self._size, self.width))
                copy[:count] = column[start:stop]
                self.addresses[k + head] = copy.ctypes.data
        if count >= self.width:
            self._call_aligned(out.ctypes.data + 8 * at, out.strides[0] // 8, count)
            return
        few = np.empty((len(self.part.outputs), self.width))
        self._call(few.ctypes.data, self.width, self.width)
        out[:, at : at + count] = few[:, :count]

    def _call_aligned(self, out: int, stride: int, count: int) -> None:
        """All points; but for a few at both ends by vectors that lie in one line of the cache, if all rows can."""
        width = self.width
        if count < LONG * width or stride % width or out % 8:
            self._call(out, stride, count)
            return
        lead = -(out // 8) % width
        body = (count - lead) // width * width if self.streaming else count - lead
        if lead:
            self._call(out, stride, width)
            self.addresses[self._head :] += 8 * lead
        self._call(out + 8 * lead, stride, body, self.streaming)
        if lead + body < count:
            self.addresses[self._head :] += 8 * (count - lead - width)
            self._call(out + 8 * (count - width), stride, width)

    def _call(self, out: int, stride: int, count: int, code: Loaded | None = None) -> None:
        code = code or self.part.code
        assert code is not None
        code.call(self.addresses.ctypes.data, self.fixed.ctypes.data, out, stride, count, self._spill_address)

    def _by_numpy(self, columns: Mapping[int, Numbers], start: int, stop: int, out: Numbers, at: int) -> None:
        values: dict[int, Any] = {slot: columns[slot][start:stop] for slot in self.part.columns}
        with np.errstate(all="ignore"):
            for step, kernel in zip(self.part.steps, self._kernels, strict=True):
                args = [values[arg] if arg in values else self._values[arg] for arg in step.args]
                values[step.slot] = kernel(*args)
        for k, slot in enumerate(self.part.outputs):
            out[k, at : at + stop - start] = values[slot]
