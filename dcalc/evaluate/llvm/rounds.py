"""Rounds of a loop, compiled: the states stay in registers, one vector of points at a time.

    kernel(columns, given, record, stride, n, states)

columns: the addresses of what has a value for each round; given: the values that every round is given, and behind them
the first round's number; record: where the states before each round go, each state `stride` rounds long (0: nowhere);
n: how many rounds; states: read, and written at the end. All are vectors of as many points as the code is for. A way
back begins with the last round of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...graph.exact import to_float
from ...graph.loops import Body
from ..plan import Input, Plan, Step, make_plan
from ..rounds import puts_into
from .generate import Code
from .host import host
from .ir import Body as Text
from .ir import Module
from .kernels import compiled, emit
from .objects import load

Numbers = NDArray[np.float64]
#: Operations of a round up to which it is compiled: LLVM's time grows faster than a function does.
MOST = 4000
#: Rounds times operations of a stretch: a tenth of a second or so; and rounds, at least and at most.
WORK = 20_000_000
MOST_ROUNDS = 262_144
#: The least normal number. Below it the processor takes 50 times as long, and adjoints that fade never get to 0.
LEAST = 2.0**-1022


class Program(NamedTuple):
    """The code of a round, for vectors of points."""

    plan: Plan
    carried: int
    columns: int
    #: what is carried as numbers; and as arrays to which numbers are added: which it is, the steps that put them there
    registers: list[int]
    sums: list[tuple[int, list[Step]]]
    #: what every round is given: numbers, and arrays
    fixed: list[Input]
    arrays: list[Input]
    backwards: bool
    #: so many of what is carried, from the first, are 0 where they are less than the least normal number
    fading: int
    #: width -> what to call
    code: dict[int, Any]

    def loaded(self, width: int) -> Any:
        """The code for so many points at once."""
        known = self.code.get(width)
        if known is None:
            machine = host(width)
            assert machine is not None
            text = _text(self, width, avx512=machine.avx512 and width == 8)
            known = self.code[width] = load(text, machine)
        return known

    @property
    def single(self) -> bool:
        """Whether it is for single points only, since it reads arrays."""
        return bool(self.sums or self.arrays)


def program(body: Body, carried: int, columns: int, fading: int, *, backwards: bool) -> Program | None:
    """The program of a round, which is compiled when it is first run; None where a part of it has no form in IR."""
    plan = make_plan(body.graph, body.results)
    shapes = body.graph.shapes[: carried + columns]
    if len(plan.steps) > MOST or any(shapes[carried:]):
        return None
    sums = [(k, puts_into(plan, k) if backwards else []) for k in range(carried) if shapes[k]]
    inputs = [given for given in plan.inputs if int(given.name) > carried + columns]
    arrays = [given for given in inputs if given.shape]
    slots = {given.slot for given in arrays}
    added: set[int] = set()
    for k, puts in sums:
        if not puts or len(shapes[k]) != 1:
            return None
        added.update(step.slot for step in puts)
        added.update(_sum(plan, k))
    for step in plan.steps:
        if step.op == "pick" and step.args[0] in slots and not step.shape:
            continue
        if step.slot not in added and (step.shape or any(step.shapes) or not compiled(step.op)):
            return None
    registers = [k for k in range(carried) if not shapes[k]]
    fixed = [given for given in inputs if not given.shape]
    return Program(plan, carried, columns, registers, sums, fixed, arrays, backwards, fading, {})


def _sum(plan: Plan, state: int) -> set[int]:
    """The slots of the sum that an array becomes."""
    by_slot = {step.slot: step for step in plan.steps}
    found: set[int] = set()
    stack = [plan.outputs[state]]
    while stack:
        slot = stack.pop()
        if slot in by_slot and by_slot[slot].op == "+":
            found.add(slot)
            stack += by_slot[slot].args
    return found


def _text(of: Program, width: int, *, avx512: bool) -> Code:
    """The IR of the rounds for vectors of `width` points."""
    module = Module(width, avx512=avx512)
    b = Text(width, module)
    b.label = "loop"
    double, bytes_ = b.double, 8 * width
    head: list[str] = []
    values: dict[int, str] = {}
    constants: dict[int, float] = {}
    for slot, constant in of.plan.constants:
        constants[slot] = to_float(constant)
        values[slot] = b.constant(constants[slot])
    place = "%i" if not of.backwards else "%j"
    if of.backwards:
        b.lines.append("  %k = sub i64 %n, %i\n  %j = sub i64 %k, 1")
    count = len(of.registers)
    for k in range(count):
        head.append(f"  %sp{k} = getelementptr {double}, ptr %spill, i64 {k}")
        head.append(f"  %start{k} = load {double}, ptr %sp{k}, align {bytes_}")
    for k in range(of.columns + len(of.arrays) + len(of.sums)):
        head.append(f"  %cp{k} = getelementptr ptr, ptr %in, i64 {k}")
        head.append(f"  %column{k} = load ptr, ptr %cp{k}")
    for k, given in enumerate(of.fixed):
        head.append(f"  %gp{k} = getelementptr {double}, ptr %fixed, i64 {k}")
        head.append(f"  %given{k} = load {double}, ptr %gp{k}, align {bytes_}")
        values[given.slot] = f"%given{k}"
    pointers = {given.slot: f"%column{of.columns + k}" for k, given in enumerate(of.arrays)}
    for given in of.plan.inputs:
        k = int(given.name)
        if k in of.registers:
            values[given.slot] = f"%s{of.registers.index(k)}"
        elif of.carried <= k < of.carried + of.columns:
            at = b.do(f"getelementptr {double}, ptr %column{k - of.carried}, i64 {place}")
            values[given.slot] = b.do(f"load {double}, ptr {at}, align 8")
        elif k == of.carried + of.columns:
            head.append(f"  %fp = getelementptr {double}, ptr %fixed, i64 {len(of.fixed)}")
            head.append(f"  %first = load double, ptr %fp, align {bytes_}")
            number = b.do(f"sitofp i64 {place} to double")
            values[given.slot] = _spread(b, b.do(f"fadd double {number}, %first"))
    for step in of.plan.steps:
        if step.op == "pick":
            values[step.slot] = _spread(
                b, b.do(f"load double, ptr {_place(b, pointers[step.args[0]], values[step.args[1]])}")
            )
        elif not step.shape:
            exponent = constants.get(step.args[1]) if step.op == "^" else None
            values[step.slot] = emit(b, step.op, tuple(values[arg] for arg in step.args), exponent)
    for k, (_, puts) in enumerate(of.sums, of.columns + len(of.arrays)):
        for step in puts:
            at = _place(b, f"%column{k}", values[step.args[1]])
            number = b.do(f"extractelement {double} {values[step.args[0]]}, i64 0")
            total = b.do(f"fadd double {b.do(f'load double, ptr {at}')}, {number}")
            b.lines.append(f"  store double {total}, ptr {at}")
    results = [values[of.plan.outputs[k]] for k in of.registers]
    for k, which in enumerate(of.registers):
        if which < of.fading:
            fading = b.compare("olt", b.abs(results[k]), b.constant(LEAST))
            results[k] = b.select(fading, b.constant(0.0), results[k])
    lines = b.lines
    phis = [f"  %s{k} = phi {double} [ %start{k}, %start ], [ {result}, %behind ]" for k, result in enumerate(results)]
    stores = []
    for k in range(count):
        stores += [
            f"  %row{k} = mul i64 %stride, {k}",
            f"  %at{k} = add i64 %row{k}, %i",
            f"  %rp{k} = getelementptr {double}, ptr %out, i64 %at{k}",
            f"  store {double} %s{k}, ptr %rp{k}, align 8",
        ]
    ends = [
        f"  %end{k} = phi {double} [ %start{k}, %start ], [ {result}, %behind ]" for k, result in enumerate(results)
    ]
    module.define(
        "@kernel",
        "\n".join(
            [
                "define void @kernel(ptr noalias %in, ptr noalias %fixed, ptr noalias %out, i64 %stride, i64 %n, "
                'ptr noalias %spill) alignstack(64) "stackrealign" {',
                "start:",
                *head,
                "  %keep = icmp ne i64 %stride, 0",
                "  %some = icmp ne i64 %n, 0",
                "  br i1 %some, label %top, label %end",
                "top:",
                "  %i = phi i64 [ 0, %start ], [ %next, %behind ]",
                *phis,
                "  br i1 %keep, label %store, label %loop",
                "store:",
                *stores,
                "  br label %loop",
                "loop:",
                *lines,
                "  br label %behind",
                "behind:",
                "  %next = add i64 %i, 1",
                "  %more = icmp ult i64 %next, %n",
                "  br i1 %more, label %top, label %end",
                "end:",
                *ends,
                *(f"  store {double} %end{k}, ptr %sp{k}, align {bytes_}" for k in range(count)),
                "  ret void",
                "}",
            ]
        ),
    )
    return Code(module.text(), tuple(module.used), 0)


def _spread(b: Text, number: str) -> str:
    """A number in every lane."""
    lane = b.do(f"insertelement {b.double} poison, double {number}, i64 0")
    return b.do(f"shufflevector {b.double} {lane}, {b.double} poison, <{b.width} x i32> zeroinitializer")


def _place(b: Text, array: str, where: str) -> str:
    """The address of the number at a place of an array, counted from 1."""
    number = b.do(f"extractelement {b.double} {where}, i64 0")
    place = b.do(f"fptosi double {number} to i64")
    return b.do(f"getelementptr double, ptr {array}, i64 {b.do(f'sub i64 {place}, 1')}")


class Compiled:
    """Runs a program's rounds, see `evaluate.loops.Runner`. At many points it runs a vector of them after the other."""

    def __init__(self, of: Program, given: Sequence[Any], points: int) -> None:
        machine = host()
        assert machine is not None
        self.of, self.points = of, max(1, points)
        # (LLVM cannot do all it can with two numbers with one.)
        self.width = machine.width if points > 1 else 2
        self.groups = -(-self.points // self.width)
        self._code = of.loaded(self.width)
        values = [given[int(one.name) - of.carried - of.columns - 1] for one in of.fixed]
        numbers = [
            value if one.places is None else value.item(one.places) for one, value in zip(of.fixed, values, strict=True)
        ]
        self._given = self._spread([*numbers, 0.0])
        first = of.carried + of.columns + 1
        self._arrays = [np.ascontiguousarray(given[int(one.name) - first], dtype=np.float64) for one in of.arrays]
        self.stretch = max(64, min(MOST_ROUNDS, WORK // (len(of.plan.steps) + 4) // self.groups))

    def _spread(self, values: Sequence[Any]) -> Numbers:
        """Values of all points: a vector for each group and value, and the last point again where one is missing."""
        result = _aligned((self.groups, max(1, len(values)), self.width))
        for k, value in enumerate(values):
            column = np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1), (self.points,))
            padded = np.append(column, np.full(self.groups * self.width - self.points, column[-1]))
            result[:, k] = padded.reshape(self.groups, self.width)
        return result

    def start(self, values: Sequence[Any]) -> tuple[Numbers, list[Numbers]]:
        """The numbers as vectors, and the arrays, to be added to."""
        sums = [np.array(values[k], dtype=np.float64) for k, _ in self.of.sums]
        return self._spread([values[k] for k in self.of.registers]), sums

    def values(self, state: tuple[Numbers, list[Numbers]]) -> list[Any]:
        """The states as numbers and arrays, or columns of numbers."""
        found: dict[int, Any] = {}
        for place, k in enumerate(self.of.registers):
            column = state[0][:, place].reshape(-1)[: self.points]
            found[k] = column if self.points > 1 else float(column[0])
        found.update((k, total) for (k, _), total in zip(self.of.sums, state[1], strict=True))
        return [found[k] for k in range(self.of.carried)]

    def run(
        self, state: tuple[Numbers, list[Numbers]], columns: Any, first: int, rounds: int, record: bool = False
    ) -> tuple[tuple[Numbers, list[Numbers]], Any]:
        """See `evaluate.loops.Runner`."""
        of, width = self.of, self.width
        numbers, sums = state
        after = _aligned(numbers.shape)
        after[...] = numbers
        self._given[:, -1] = first
        kept = np.empty((self.groups, len(of.registers), rounds, width)) if record else None
        own = [array.ctypes.data for array in (*self._arrays, *sums)]
        addresses = np.array([*[0] * of.columns, *own, 0], dtype=np.int64)
        for group in range(self.groups):
            if columns is not None:
                mine = columns[group]
                addresses[: of.columns] = mine.ctypes.data + mine.strides[0] * np.arange(of.columns)
            out, stride = (kept[group].ctypes.data, rounds) if kept is not None else (after.ctypes.data, 0)
            self._code.call(
                addresses.ctypes.data,
                self._given[group].ctypes.data,
                out,
                stride,
                rounds,
                after[group].ctypes.data,
            )
        return (after, sums), kept


def _aligned(shape: tuple[int, ...]) -> Numbers:
    """An array of zeros that begins at a multiple of 64 bytes."""
    count = int(np.prod(shape))
    raw = np.zeros(count + 8)
    start = -raw.ctypes.data // 8 % 8
    return raw[start : start + count].reshape(shape)
