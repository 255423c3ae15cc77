"""Long programs as data: one compiled interpreter runs them all, so that nothing of them is compiled.

LLVM takes 40 to 200 µs for an operation, writing it onto a tape takes one. The interpreter reads an instruction (four
whole numbers), jumps to its operation, which works on vectors of `width` numbers as compiled code would, and goes on:
some 2 ns an instruction, for all the numbers of a vector at once. It is compiled when it is first needed and kept
among the objects.

    kernel(in, fixed, out, stride, n, spill)

is called as a compiled program is (see `generate`), but in[0] is the tape, the columns begin at in[1], and `spill`
holds the program's values, in which the constants stand already. An instruction is (operation + 256·third argument,
result, first argument, second argument), all of them places in `spill`; of `in` and `fixed` the first argument is the
column's number, of `out` the second is the row's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...collecting import paused
from ...graph.exact import to_float
from ..engines import LONG
from ..plan import Plan, Step
from .generate import Code
from .host import Host, host
from .ir import Body, Module
from .kernels import C_FUNCTIONS, OUTLINED, POWERS, compiled, emit, names
from .objects import Loaded, load

#: Places that an instruction can name.
MOST_PLACES = 2**24
_END, _IN, _FIXED, _OUT = range(4)
_PARAMETERS = "ptr %in, ptr %fixed, ptr %out, i64 %stride, i64 %n, ptr %spill"


@cache
def _numbers() -> dict[tuple[str, float | None], int]:
    """The operations' numbers, those of the powers that are but products with their exponents."""
    every: list[tuple[str, float | None]] = [(name, None) for name in sorted(names())]
    every += [("^", exponent) for exponent in sorted(POWERS)]
    return {one: k for k, one in enumerate(every, _OUT + 1)}


class Tape(NamedTuple):
    """A program: its instructions, the places and values of its constants, how many places it needs."""

    loaded: Loaded
    instructions: NDArray[np.int32]
    constants: list[tuple[int, float]]
    places: int
    #: where each slot's value stands, if that is asked for
    where: dict[int, int]

    def spill(self, width: int) -> NDArray[np.float64]:
        """The memory for the values, with the constants in it, for vectors of `width` numbers."""
        memory = np.empty((self.places + 1) * width + 8)
        begin = -memory.ctypes.data % 64 // 8
        values = memory[begin : begin + self.places * width].reshape(self.places, width)
        for place, value in self.constants:
            values[place] = value
        return values


def write(
    constants: Sequence[tuple[int, float]],
    columns: Sequence[int],
    fixed: Sequence[int],
    steps: Sequence[Step],
    outputs: Sequence[int],
    machine: Host,
    *,
    kept: bool = False,
) -> Tape | None:
    """A program on a tape, see `generate.Job`; None where it has too many values at a time.

    kept: whether each value has a place of its own, in which it can be read when the program has run.
    """
    numbers = _numbers()
    values = dict(constants)
    last: dict[int, int] = {}
    for k, step in enumerate(steps):
        for arg in step.args:
            last[arg] = k
    rows: dict[int, list[int]] = {}
    for row, slot in enumerate(outputs):
        rows.setdefault(slot, []).append(row)
    places: dict[int, int] = {}
    free: list[int] = []
    top = 0
    held: list[tuple[int, float]] = []
    for slot, value in constants:
        places[slot] = top
        held.append((top, value))
        last[slot] = -1  # never free
        top += 1
    tape: list[int] = []
    for kind, slots in ((_IN, columns), (_FIXED, fixed)):
        for k, slot in enumerate(slots):
            places[slot] = top
            tape += (kind, top, k, 0)
            top += 1
    for slot in rows.keys() & {*columns, *fixed, *values}:
        for row in rows[slot]:
            tape += (_OUT, 0, places[slot], row)
    for k, (slot, op, args, _, _, _) in enumerate(steps):
        if op == "^" and values.get(args[1]) in POWERS:
            number = numbers[op, values[args[1]]]
        else:
            number = numbers[op, None]
        a = places[args[0]]
        b = places[args[1]] if len(args) > 1 else 0
        if len(args) > 2:
            number += places[args[2]] * 256
        for arg in args:
            if last[arg] == k and not kept:
                free.append(places[arg])
                last[arg] = -1  # (it may stand there twice)
        if free:
            place = free.pop()
        else:
            place, top = top, top + 1
        places[slot] = place
        tape += (number, place, a, b)
        if slot in rows:
            for row in rows[slot]:
                tape += (_OUT, 0, place, row)
        if slot not in last and not kept:
            free.append(place)
    tape += (_END, 0, 0, 0)
    if top >= MOST_PLACES // 2:
        return None
    code = load(_code(machine.width, avx512=machine.avx512), machine)
    return Tape(code, np.array(tape, dtype=np.int32), held, top, places if kept else {})


@cache
def _code(width: int, *, avx512: bool) -> Code:
    """The interpreter."""
    module = Module(width, avx512=avx512)
    b = Body(width, module)
    numbers = _numbers()
    texts: list[str] = []
    for (op, exponent), number in numbers.items():
        b.lines, b.memo, b.label = [], {}, f"op{number}"
        arity = _arity(op, exponent)
        args = tuple(_load(b, word) for word in ("%a", "%b", "%c")[:arity])
        if op in C_FUNCTIONS or (op in OUTLINED and exponent is None):
            result = _call(b, op, arity, number)
        else:
            result = emit(b, op, args if exponent is None else (args[0], ""), exponent)
        b.lines.append(f"  store {b.double} {result}, ptr %place, align {8 * width}")
        texts += [f"op{number}:", *b.lines, "  br label %on"]
    switch = " ".join(f"i64 {number}, label %op{number}" for number in numbers.values())
    zeros = f"<{width} x i32> zeroinitializer"
    own = f"i64 {_END}, label %end i64 {_IN}, label %column_in i64 {_FIXED}, label %fixed_in i64 {_OUT}, label %row_out"
    text = (
        f"""define void @kernel({_PARAMETERS}) alignstack(64) "stackrealign" {{
start:
  %last = sub i64 %n, {width}
  %code = load ptr, ptr %in
  br label %vector
vector:
  %i = phi i64 [ 0, %start ], [ %further, %end ]
  br label %loop
loop:
  %pc = phi ptr [ %code, %vector ], [ %next, %on ]
  %next = getelementptr i32, ptr %pc, i64 4
  %pc1 = getelementptr i32, ptr %pc, i64 1
  %pc2 = getelementptr i32, ptr %pc, i64 2
  %pc3 = getelementptr i32, ptr %pc, i64 3
  %w0 = load i32, ptr %pc
  %w1 = load i32, ptr %pc1
  %w2 = load i32, ptr %pc2
  %w3 = load i32, ptr %pc3
  %word = zext i32 %w0 to i64
  %op = and i64 %word, 255
  %to = zext i32 %w1 to i64
  %a = zext i32 %w2 to i64
  %b = zext i32 %w3 to i64
  %place = getelementptr {b.double}, ptr %spill, i64 %to
  switch i64 %op, label %bad [ {own} {switch} ]
bad:
  unreachable
on:
  br label %loop
end:
  %behind = add i64 %i, {width}
  %over = icmp ugt i64 %behind, %last
  %further = select i1 %over, i64 %last, i64 %behind
  %done = icmp uge i64 %i, %last
  br i1 %done, label %return, label %vector
return:
  ret void
column_in:
  %k = add i64 %a, 1
  %inplace = getelementptr ptr, ptr %in, i64 %k
  %column = load ptr, ptr %inplace
  %inrow = getelementptr double, ptr %column, i64 %i
  %given = load {b.double}, ptr %inrow, align 8
  store {b.double} %given, ptr %place, align {8 * width}
  br label %on
fixed_in:
  %fixedplace = getelementptr double, ptr %fixed, i64 %a
  %single = load double, ptr %fixedplace
  %lane = insertelement {b.double} poison, double %single, i64 0
  %all = shufflevector {b.double} %lane, {b.double} poison, {zeros}
  store {b.double} %all, ptr %place, align {8 * width}
  br label %on
row_out:
  %rowat = mul i64 %b, %stride
  %rowi = add i64 %rowat, %i
  %target = getelementptr double, ptr %out, i64 %rowi
  %from = getelementptr {b.double}, ptr %spill, i64 %a
  %value = load {b.double}, ptr %from, align {8 * width}
  store {b.double} %value, ptr %target, align 8
  br label %on
"""
        + "\n".join(texts)
        + "\n}"
    )
    module.define("@kernel", text)
    return Code(module.text(), tuple(module.used), 0)


def _arity(op: str, exponent: float | None) -> int:
    from ...primitives import TABLE

    return 1 if exponent is not None else TABLE[op].arity


def _load(b: Body, word: str) -> str:
    if word == "%c":
        word = b.do("lshr i64 %word, 8")
    place = b.do(f"getelementptr {b.double}, ptr %spill, i64 {word}")
    return b.do(f"load {b.double}, ptr {place}, align {8 * b.width}")


def _call(b: Body, op: str, arity: int, number: int) -> str:
    """An operation in a function of its own."""
    inner = Body(b.width, b.module)
    places = tuple(f"%a{k}" for k in range(arity))
    result = emit(inner, op, places)
    given = ", ".join(f"{b.double} {place}" for place in places)
    lines = "\n".join(inner.lines)
    b.module.define(
        f"@f{number}",
        f"define internal {b.double} @f{number}({given}) noinline {{\nstart:\n{lines}\n  ret {b.double} {result}\n}}",
    )
    loaded = [line.split(" = ")[0].strip() for line in b.lines if " = load " in line]
    return b.do(f"call {b.double} @f{number}({', '.join(f'{b.double} {name}' for name in loaded)})")


def fits(steps: Sequence[Step]) -> bool:
    """Whether a program is long enough for a tape, and all of it can stand on one."""
    return len(steps) >= LONG and all(compiled(op) for op in {step.op for step in steps})


def interpreter(width: int) -> Host:
    """This machine with vectors of this width, 1 for one point."""
    machine = host(max(2, width))
    assert machine is not None
    return machine._replace(width=width)


class OnePoint:
    """A long plan of numbers on a tape, for one point after the other: `run(point)` gives the outputs.

    The same numbers as `scalar.Scalar` within a few ulp. May be called from several threads, one after the other.
    """

    def __init__(self, plan: Plan, tape: Tape) -> None:
        self.plan, self._tape = plan, tape
        self._values = tape.spill(1)
        self._given = np.zeros(max(1, len(plan.inputs)))
        self._out = np.zeros(max(1, len(plan.outputs)))
        addresses = np.array([tape.instructions.ctypes.data], dtype=np.int64)
        self._held = addresses
        self._call = partial(
            tape.loaded.call,
            addresses.ctypes.data,
            self._given.ctypes.data,
            self._out.ctypes.data,
            1,
            1,
            self._values.ctypes.data,
        )
        self._plain = [given.name for given in plan.inputs] if all(g.places is None for g in plan.inputs) else None
        self._lock = Lock()

    def run(self, point: Mapping[str, Any]) -> list[float]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        with self._lock:
            self._compute(point)
            return self._out[: len(self.plan.outputs)].tolist()  # type: ignore[no-any-return]

    @property
    def places(self) -> Mapping[int, int]:
        """Of an open tape, where each slot's value stands in `values`."""
        return self._tape.where

    @property
    def count(self) -> int:
        """How many values there are."""
        return self._tape.places

    def values(self, point: Mapping[str, Any]) -> NDArray[np.float64]:
        """Of an open tape all values at a point, also the constants. A missing input is a KeyError with its name."""
        with self._lock:
            self._compute(point)
            return self._values[:, 0].copy()

    def _compute(self, point: Mapping[str, Any]) -> None:
        if self._plain is not None:
            self._given[: len(self._plain)] = [point[name] for name in self._plain]
        else:
            for k, (_, name, places, _) in enumerate(self.plan.inputs):
                value = point[name]
                self._given[k] = value if places is None else value[places]
        self._call()


def one_point(plan: Plan) -> OnePoint | None:
    """A plan of numbers prepared for one point after the other; None where it is not long, or cannot be compiled."""
    return _prepared(plan, plan.outputs, kept=False)


def open_tape(plan: Plan) -> OnePoint | None:
    """The same for who reads `values` instead of outputs: no value gives its place to another one."""
    return _prepared(plan, (), kept=True)


def _prepared(plan: Plan, outputs: Sequence[int], *, kept: bool) -> OnePoint | None:
    if not plan.scalar or not fits(plan.steps):
        return None
    constants = [(slot, to_float(constant)) for slot, constant in plan.constants]
    fixed = [given.slot for given in plan.inputs]
    with paused:
        tape = write(constants, [], fixed, plan.steps, outputs, interpreter(1), kept=kept)
    return None if tape is None else OnePoint(plan, tape)
