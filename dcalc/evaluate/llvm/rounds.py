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
from ..plan import Plan, make_plan
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


def compilable(body: Body) -> bool:
    """Whether all that a round does has a form in IR."""
    plan = make_plan(body.graph, body.results)
    return plan.scalar and len(plan.steps) <= MOST and all(compiled(step.op) for step in plan.steps)


class Program(NamedTuple):
    """The code of a round, for vectors of points."""

    plan: Plan
    carried: int
    columns: int
    given: int
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


def program(body: Body, carried: int, columns: int, fading: int, *, backwards: bool) -> Program:
    """The program of a round; it is compiled when it is first run."""
    graph = body.graph
    inputs = sum(op == "input" for op in graph.ops)
    return Program(
        make_plan(graph, body.results), carried, columns, inputs - carried - columns - 1, backwards, fading, {}
    )


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
    states = [f"%s{k}" for k in range(of.carried)]
    for k in range(of.carried):
        head.append(f"  %sp{k} = getelementptr {double}, ptr %spill, i64 {k}")
        head.append(f"  %start{k} = load {double}, ptr %sp{k}, align {bytes_}")
    for given in of.plan.inputs:
        k = int(given.name)
        if k < of.carried:
            values[given.slot] = states[k]
        elif k < of.carried + of.columns:
            k -= of.carried
            head.append(f"  %cp{k} = getelementptr ptr, ptr %in, i64 {k}")
            head.append(f"  %column{k} = load ptr, ptr %cp{k}")
            at = b.do(f"getelementptr {double}, ptr %column{k}, i64 {place}")
            values[given.slot] = b.do(f"load {double}, ptr {at}, align 8")
        elif k == of.carried + of.columns:
            head.append(f"  %fp = getelementptr {double}, ptr %fixed, i64 {of.given}")
            head.append(f"  %first = load double, ptr %fp, align {bytes_}")
            single = b.name()
            b.lines.append(f"  {single}.a = sitofp i64 {place} to double")
            b.lines.append(f"  {single}.b = fadd double {single}.a, %first")
            lane = b.do(f"insertelement {double} poison, double {single}.b, i64 0")
            values[given.slot] = b.do(
                f"shufflevector {double} {lane}, {double} poison, <{width} x i32> zeroinitializer"
            )
        else:
            k -= of.carried + of.columns + 1
            head.append(f"  %gp{k} = getelementptr {double}, ptr %fixed, i64 {k}")
            head.append(f"  %given{k} = load {double}, ptr %gp{k}, align {bytes_}")
            values[given.slot] = f"%given{k}"
    for step in of.plan.steps:
        exponent = constants.get(step.args[1]) if step.op == "^" else None
        values[step.slot] = emit(b, step.op, tuple(values[arg] for arg in step.args), exponent)
    results = [values[slot] for slot in of.plan.outputs]
    for k in range(of.fading):
        fading = b.compare("olt", b.abs(results[k]), b.constant(LEAST))
        results[k] = b.select(fading, b.constant(0.0), results[k])
    lines = b.lines
    phis = [f"  %s{k} = phi {double} [ %start{k}, %start ], [ {result}, %behind ]" for k, result in enumerate(results)]
    stores = []
    for k in range(of.carried):
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
                *(f"  store {double} %end{k}, ptr %sp{k}, align {bytes_}" for k in range(of.carried)),
                "  ret void",
                "}",
            ]
        ),
    )
    return Code(module.text(), tuple(module.used), 0)


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
        self._given = self._spread([*given, 0.0], of.given + 1)
        self.stretch = max(64, min(MOST_ROUNDS, WORK // (len(of.plan.steps) + 4) // self.groups))

    def _spread(self, values: Sequence[Any], count: int) -> Numbers:
        """Values of all points: a vector for each group and value, and the last point again where one is missing."""
        result = _aligned((self.groups, max(1, count), self.width))
        for k, value in enumerate(values):
            column = np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1), (self.points,))
            padded = np.append(column, np.full(self.groups * self.width - self.points, column[-1]))
            result[:, k] = padded.reshape(self.groups, self.width)
        return result

    def start(self, values: Sequence[Any]) -> Numbers:
        """The states as vectors."""
        return self._spread(values, self.of.carried)

    def values(self, state: Numbers) -> list[Any]:
        """The states as numbers, or columns of them."""
        columns = [state[:, k].reshape(-1)[: self.points] for k in range(self.of.carried)]
        return columns if self.points > 1 else [float(column[0]) for column in columns]

    def run(self, state: Numbers, columns: Any, first: int, rounds: int, record: bool = False) -> tuple[Numbers, Any]:
        """See `evaluate.loops.Runner`."""
        of, width = self.of, self.width
        after = _aligned(state.shape)
        after[...] = state
        self._given[:, -1] = first
        kept = np.empty((self.groups, of.carried, rounds, width)) if record else None
        addresses = np.zeros(max(1, of.columns), dtype=np.int64)
        for group in range(self.groups):
            if columns is not None:
                mine = columns[group]
                addresses[:] = mine.ctypes.data + mine.strides[0] * np.arange(of.columns)
            out, stride = (kept[group].ctypes.data, rounds) if kept is not None else (after.ctypes.data, 0)
            self._code.call(
                addresses.ctypes.data,
                self._given[group].ctypes.data,
                out,
                stride,
                rounds,
                after[group].ctypes.data,
            )
        return after, kept


def _aligned(shape: tuple[int, ...]) -> Numbers:
    """An array of zeros that begins at a multiple of 64 bytes."""
    count = int(np.prod(shape))
    raw = np.zeros(count + 8)
    start = -raw.ctypes.data // 8 % 8
    return raw[start : start + count].reshape(shape)
