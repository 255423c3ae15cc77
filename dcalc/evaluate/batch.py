"""The interpreter for many points: the same plan with one more axis in front, in blocks that bound the memory.

Plans of numbers are computed by compiled code or by NumPy over columns (see `engines`), those with arrays by NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph.exact import to_float
from ..graph.graph import Graph
from ..graph.shapes import size as size_of
from ..progress import advance, stage
from . import engines
from .array import bind, last_uses, read
from .blocks import in_blocks, processors
from .columns import Columns
from .moves import Kernel, key
from .plan import Plan, Step, make_plan
from .scalar import Point, Scalar

Numbers = NDArray[np.float64]
#: Points of a block at most, and numbers of its largest value (8 MB): the cache holds the small ones.
BLOCK = 16_384
BLOCK_NUMBERS = 2**20
#: Blocks for each thread, so that none waits long for another, and the points that one has at least.
SHARES, SHARE = 8, 8_192
#: Numbers of a line of the cache.
LINE = 8
#: What NumPy is done with so soon that threads only wait for each other's hold of the interpreter: two of them took
#: twice as long as one for Rosenbrock's function in ten variables, and half as long where a sine is among the steps.
QUICK = frozenset(("+", "-", "*", "/", "neg", "^", "abs", "max", "min", "sqrt", "if", "relu", "sign", "floor", "ceil"))
#: Operations times points from which on a second thread is worth its start.
WORK_OF_THREADS = 2_000_000


def evaluate_batch(
    graph: Graph,
    outputs: Sequence[int],
    point: Point,
    batch: Mapping[str, Numbers],
    size: int,
    *,
    engine: str | None = None,
    out: Numbers | None = None,
) -> list[Numbers]:
    """The values of nodes at `size` points: arrays of shape (size, *node's shape).

    batch: the inputs that differ from point to point, each of shape (size, *its shape). All others have the value of
    `point`; what depends on none of the batch is computed once. engine: one of `engines.ENGINES`, else chosen.
    Outputs that are numbers are rows of one block, which is `out` (a row each, float64) where it is given.
    A missing input is a KeyError with its name.
    """
    return Batch(make_plan(graph, outputs), batch).run(point, batch, size, engine=engine, out=out)


def at_one_point(plan: Plan, point: Point) -> list[float]:
    """The outputs of a plan of numbers at one point, by the engine that was asked for."""
    batch = {given.name: np.asarray(point[given.name], dtype=np.float64)[None] for given in plan.inputs}
    return [float(row[0]) for row in Batch(plan, batch).run(point, batch, 1)]


class Batch:
    """A plan with its kernels bound for given inputs that differ from point to point."""

    def __init__(self, plan: Plan, names: Mapping[str, Any]) -> None:
        self.plan = plan
        #: slots with a value for each point
        many = {given.slot for given in plan.inputs if given.name in names}
        once: list[Step] = []
        each: list[Step] = []
        largest = 1
        for step in plan.steps:
            if many.isdisjoint(step.args):
                once.append(step)
            else:
                each.append(step)
                many.add(step.slot)
                largest = max(largest, size_of(step.shape), *map(size_of, step.shapes))
        self.block = min(BLOCK, max(1, BLOCK_NUMBERS // largest))
        self._many = many
        self._each_steps = each
        # The outputs, and what the blocks read of what is computed once, live to the end.
        kept = {arg for step in each for arg in step.args if arg not in many}.union(plan.outputs)
        self._once = self._bound(once, kept)

    def _bound(self, steps: Sequence[Step], kept: Any) -> list[tuple[Step, Kernel, tuple[int, ...]]]:
        kernels: dict[Any, Kernel] = {}
        return [
            (step, self._kernel(step, kernels), dead) for step, dead in zip(steps, last_uses(steps, kept), strict=True)
        ]

    def _kernel(self, step: Step, kernels: dict[Any, Kernel] | None = None) -> Kernel:
        kernels = {} if kernels is None else kernels
        batched = tuple(arg in self._many for arg in step.args)
        signature = (step.op, step.attr, step.shapes, batched)
        kernel = kernels.get(signature)
        if kernel is None:
            kernel = kernels[signature] = bind(step, batched)
        return kernel

    @cached_property
    def _each(self) -> list[tuple[Step, Kernel, tuple[int, ...]]]:
        many = self._many
        bound = self._bound(self._each_steps, self.plan.outputs)
        return [(step, kernel, tuple(arg for arg in dead if arg in many)) for step, kernel, dead in bound]

    @cached_property
    def _columns(self) -> Columns:
        constants = {slot: to_float(constant) for slot, constant in self.plan.constants}
        return Columns(self._each_steps, self._many, constants, self.plan.outputs, self.plan.size)

    @cached_property
    def _program(self) -> Any:
        from .llvm.program import Program

        plan, many = self.plan, self._many
        constants = {slot for slot, _ in plan.constants}
        columns = [given.slot for given in plan.inputs if given.slot in many]
        fixed = [slot for slot in range(plan.size) if slot not in many and slot not in constants]
        return Program(plan.constants, columns, fixed, self._each_steps, plan.outputs)

    def run(
        self,
        point: Point,
        batch: Mapping[str, Numbers],
        size: int,
        *,
        engine: str | None = None,
        out: Numbers | None = None,
    ) -> list[Numbers]:
        """The outputs at every point. engine, out: see `evaluate_batch`."""
        plan, many = self.plan, self._many
        fixed: list[Any] = [None] * plan.size
        columns: dict[int, Numbers] = {}
        for slot, constant in plan.constants:
            fixed[slot] = to_float(constant)
        for slot, name, places, shape in plan.inputs:
            if slot in many:
                column = np.asarray(batch[name], dtype=np.float64)
                columns[slot] = column if places is None else column[(slice(None), *key(places))]
            else:
                fixed[slot] = read(point[name], places, shape)
        with np.errstate(all="ignore"):  # IEEE results; whoever asked looks for what is not finite
            _run(self._once, fixed)
            results, rows = _results(plan, size, out)
            choice = engines.choose(plan, size, engine, ready="_program" in self.__dict__)
            with stage("evaluating", size, "points"):
                if choice.name == "scalar":
                    self._one_by_one(point, batch, size, results)
                elif rows is not None and size:
                    self._of_numbers(choice, columns, fixed, size, rows)
                else:
                    self._of_arrays(columns, fixed, size, results)
        return results

    def compile_for(self, points: int) -> bool:
        """Compile it ahead of its runs, if it is worth that for so many points in all. Whether that is settled."""
        if "_program" in self.__dict__ or engines.WANTED.get() is not None:
            return True
        if engines.choose(self.plan, points).name != "llvm":
            return False
        self._compiled(asked=False)
        return True

    def _compiled(self, *, asked: bool) -> Any:
        """The compiled program; None where LLVM fails and was not asked for."""
        try:
            return self._program
        except (RuntimeError, OSError):
            if asked:
                raise
            return None

    def _of_numbers(
        self, choice: engines.Choice, columns: dict[int, Numbers], fixed: list[Any], size: int, rows: Numbers
    ) -> None:
        threads = processors() if size * len(self._each_steps) >= WORK_OF_THREADS else 1
        program = self._compiled(asked=choice.why == engines.ASKED) if choice.name == "llvm" else None
        if program is not None:
            length = program.block(columns)
            if threads > 1:
                length = min(length, max(SHARE, size // (SHARES * threads) // 64 * 64))
            in_blocks(lambda: program.runner(columns, fixed, rows, self._kernel), size, length, threads)
            return
        interpreter = self._columns
        if not any(step.op not in QUICK for step in self._each_steps):
            threads = 1
        length = min(interpreter.block(threads), size)
        in_blocks(lambda: interpreter.runner(columns, fixed, rows, length), size, length, threads)

    def _of_arrays(self, columns: dict[int, Numbers], fixed: list[Any], size: int, results: list[Numbers]) -> None:
        plan, many = self.plan, self._many
        for slot, result in zip(plan.outputs, results, strict=True):
            if slot not in many:
                result[...] = fixed[slot]
        for start in range(0, size, self.block):
            values = fixed.copy()
            for slot, column in columns.items():
                values[slot] = column[start : start + self.block]
            _run(self._each, values)
            for slot, result in zip(plan.outputs, results, strict=True):
                if slot in many:
                    result[start : start + self.block] = values[slot]
            advance(min(self.block, size - start))

    def _one_by_one(self, point: Point, batch: Mapping[str, Numbers], size: int, results: list[Numbers]) -> None:
        from .array import Array

        program = Scalar(self.plan) if self.plan.scalar else Array(self.plan)
        names = {given.name for given in self.plan.inputs} & set(batch)
        for k in range(size):
            if k % 64 == 63:
                advance(64)
            here = {name: batch[name][k] for name in names}
            given = {name: value if np.ndim(value) else float(value) for name, value in here.items()}
            for result, value in zip(results, program.run({**point, **given}), strict=True):
                result[k] = value


def _results(plan: Plan, size: int, out: Numbers | None) -> tuple[list[Numbers], Numbers | None]:
    """Where the outputs go; those of a plan of numbers are rows of one block, which is given too."""
    if not plan.scalar or any(plan.shapes):
        results = [np.empty((size, *shape)) for shape in plan.shapes]
        return results, None
    if out is None:
        out = rows_of(len(plan.outputs), size)
    elif out.shape != (len(plan.outputs), size) or out.dtype != np.float64 or not out.flags.c_contiguous:
        raise ValueError(f"out needs the shape {(len(plan.outputs), size)}, float64, row by row")
    return list(out), out


def rows_of(count: int, size: int) -> Numbers:
    """Rows of so many numbers, each beginning at a line of the cache."""
    stride = -(-size // LINE) * LINE
    whole = np.empty(count * stride + LINE)
    first = -(whole.ctypes.data // 8) % LINE
    return whole[first : first + count * stride].reshape(count, stride)[:, :size]


def _run(steps: Sequence[tuple[Any, Kernel, tuple[int, ...]]], values: list[Any]) -> None:
    for step, kernel, dead in steps:
        values[step.slot] = kernel(*[values[arg] for arg in step.args])
        for arg in dead:
            values[arg] = None
