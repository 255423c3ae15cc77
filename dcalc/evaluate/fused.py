"""Operations by component, compiled: neighbours of one shape are one pass over memory for all directions at once.

A value that is not finite is seen in the pass by u - u, which is 0 for every other number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.shapes import Shape, size
from ..primitives import TABLE
from .llvm.kernels import compiled
from .llvm.program import Program
from .plan import Step

Numbers: TypeAlias = NDArray[np.float64]
#: Does a part of a run: reads values and sets others.
Task: TypeAlias = Callable[[list[Any]], None]
#: Operations of one pass, over all directions.
MOST = 2_000
#: Fewer are NumPy's.
LEAST = 4
#: Arrays shorter than this are NumPy's: vectors of the processor are not longer.
SHORT = 64


def tasks(
    steps: Sequence[tuple[Step, Callable[..., Any]]],
    many: set[int],
    moving: set[int],
    count: int,
    start: Sequence[Any],
    wanted: set[int],
) -> list[Task] | None:
    """The steps as tasks, some of them compiled; None where that is not worth it.

    many: the slots that have `count` values, one for each direction. moving: those that differ from run to run; all
    others have their values in `start`. wanted: slots that are read when all is done.
    """
    groups = _groups([step for step, _ in steps], many)
    if not any(_worth(shape, mine) for (_, shape), mine in groups.items()) or count * len(steps) > MOST:
        return None
    kernels = {step.slot: kernel for step, kernel in steps}
    result: list[Task] = []
    for (_, shape), mine in sorted(groups.items(), key=lambda item: item[0][0]):
        if not _worth(shape, mine):
            result += [_single(step, kernels[step.slot]) for step in mine]
            continue
        assert shape is not None
        own = {step.slot for step in mine}
        used = {arg for step, _ in steps if step.slot not in own for arg in step.args} | wanted
        result.append(_Group(mine, shape, many, moving, count, start, own & used))
    return result


def _groups(steps: Sequence[Step], many: set[int]) -> dict[tuple[int, Shape | None], list[Step]]:
    """(turn, shape) -> steps: even turns are compiled, a group for each shape; odd ones are NumPy's."""
    turns: dict[int, int] = {}
    groups: dict[tuple[int, Shape | None], list[Step]] = {}
    for step in steps:
        can = _fits(step, many)
        turn = max((turns.get(arg, 0) for arg in step.args), default=0)
        turn += turn % 2 == can
        turns[step.slot] = turn
        groups.setdefault((turn, step.shape if can else None), []).append(step)
    return groups


def _worth(shape: Shape | None, steps: Sequence[Step]) -> bool:
    return shape is not None and size(shape) >= SHORT and len(steps) >= LEAST


def _fits(step: Step, many: set[int]) -> bool:
    entry = TABLE.get(step.op)
    if entry is None or entry.kind not in ("elementwise", "selection") or step.attr is not None or not step.shape:
        return False
    fitting = all(shape == step.shape or (not shape and arg not in many)
                  for arg, shape in zip(step.args, step.shapes, strict=True))  # fmt: skip
    return fitting and compiled(step.op)


def _single(step: Step, kernel: Callable[..., Any]) -> Task:
    slot, args = step.slot, step.args

    def task(values: list[Any]) -> None:
        values[slot] = kernel(*[values[arg] for arg in args])

    return task


class _Group:
    """Steps of one shape as one compiled pass, with the memory that it works in."""

    def __init__(
        self,
        steps: Sequence[Step],
        shape: Shape,
        many: set[int],
        moving: set[int],
        count: int,
        start: Sequence[Any],
        wanted: set[int],
    ) -> None:
        names: dict[tuple[int, int], int] = {}

        def name(slot: int, direction: int) -> int:
            return names.setdefault((slot, direction if slot in many else -1), len(names))

        own = {step.slot for step in steps}
        outside = list(dict.fromkeys(arg for step in steps for arg in step.args if arg not in own))
        length = size(shape)
        constants: list[tuple[int, Any]] = []
        columns: dict[int, Numbers] = {}
        #: (slot, its buffer) of what is read anew in each run
        self._reads: list[tuple[int, Numbers]] = []
        for slot in outside:
            if slot not in moving and isinstance(start[slot], float):
                constants.append((name(slot, 0), start[slot]))
                continue
            buffer = np.empty((count, *shape) if slot in many else shape)
            if slot in moving:
                self._reads.append((slot, buffer))
            else:
                buffer[...] = start[slot]
            rows = buffer.reshape(-1, length)
            columns.update((name(slot, k), row) for k, row in enumerate(rows))
        body: list[Step] = []
        total: int | None = None
        fresh = -1
        for step in steps:
            for k in range(count if step.slot in many else 1):
                args = tuple(name(arg, k) for arg in step.args)
                body.append(Step(name(step.slot, k), step.op, args, None, (), ((),) * len(args)))
            if step.slot not in many:  # of what has directions the results tell
                mine = name(step.slot, 0)
                lost, sum_ = (fresh := fresh - 1), (fresh := fresh - 1)
                body.append(Step(lost, "-", (mine, mine), None, (), ((), ())))
                if total is not None:
                    body.append(Step(sum_, "+", (total, lost), None, (), ((), ())))
                total = lost if total is None else sum_
        outputs: list[int] = []
        self._writes: list[tuple[int, Numbers]] = []
        places = []
        for slot in sorted(wanted):
            these = [name(slot, k) for k in range(count if slot in many else 1)]
            places.append((slot, len(outputs), len(these)))
            outputs += these
        if total is not None:
            outputs.append(total)
        # Numbers of the slots as the program has them: none is below 0.
        shift = {slot: k for k, slot in enumerate(dict.fromkeys([*names.values(), *(step.slot for step in body)]))}
        body = [step._replace(slot=shift[step.slot], args=tuple(shift[arg] for arg in step.args)) for step in body]
        program = Program(
            [(shift[slot], value) for slot, value in constants],
            [shift[slot] for slot in columns],
            [],
            body,
            [shift[slot] for slot in outputs],
        )
        self._out = np.empty((len(outputs), length))
        for slot, first, rows_of in places:
            part = self._out[first : first + rows_of]
            self._writes.append((slot, part.reshape((count, *shape) if slot in many else shape)))
        self._lost = self._out[-1] if total is not None else None
        # All memory stays where it is: the call is always the same.
        (part_,) = program.parts
        assert part_.code is not None and program.whole
        given = {shift[slot]: column for slot, column in columns.items()}
        addresses = np.array([given[slot].ctypes.data for slot in part_.columns] or [0], dtype=np.int64)
        none, spill = np.zeros(1), np.empty(part_.spill + 64)
        self._held = (given, addresses, none, spill)
        above = -(-spill.ctypes.data // 64) * 64
        stride = self._out.strides[0] // 8
        self._call = part_.code.call
        self._with = (addresses.ctypes.data, none.ctypes.data, self._out.ctypes.data, stride, length, above)

    def __call__(self, values: list[Any]) -> None:
        for slot, buffer in self._reads:
            buffer[...] = values[slot]
        self._call(*self._with)
        if self._lost is not None and self._lost.any():  # nan is true
            raise FloatingPointError
        for slot, part in self._writes:
            values[slot] = part
