"""Operations by component, compiled: neighbours of one shape are one pass over memory for all directions at once.

A value that is not finite is seen in the pass by u - u, which is 0 for every other number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.graph import MOVES
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
#: Sums of so many terms are gathered.
MOST_LAYERS = 6
#: Arrays shorter than this are NumPy's: vectors of the processor are not longer.
SHORT = 64


class Fused(NamedTuple):
    """A run in parts. memory: what the compiled ones write to, and a 0 behind it. slots: those that the tasks set.

    gathered: the places in memory whose sums are the entries that were asked for, if they are such.
    """

    tasks: list[Task]
    memory: Numbers
    slots: set[int]
    gathered: list[NDArray[np.int64]] | None

    def entries(self) -> Numbers:
        """What was asked for, once the tasks are done."""
        assert self.gathered is not None
        first, *more = self.gathered
        found = self.memory.take(first)
        for places in more:
            found += self.memory.take(places)
        return found


def fused(
    steps: Sequence[tuple[Step, Callable[..., Any]]],
    many: set[int],
    moving: set[int],
    count: int,
    start: Sequence[Any],
    wanted: set[int],
    parts: Sequence[int],
    assemble: Callable[[list[Any]], Numbers],
) -> Fused | None:
    """The steps as tasks, some of them compiled; None where that is not worth it.

    many: the slots that have `count` values, one for each direction. moving: those that differ from run to run; all
    others have their values in `start`. wanted: slots that are read when all is done, beside `parts`, of which
    `assemble` makes the entries.
    """
    groups = _groups([step for step, _ in steps], many)
    worth = {key: mine for key, mine in groups.items() if _worth(key[1], mine)}
    if not worth or count * len(steps) > MOST:
        return None
    kernels = {step.slot: kernel for step, kernel in steps}
    inside = {step.slot: key for key, mine in worth.items() for step in mine}
    read = {arg for step, _ in steps for arg in step.args if inside.get(arg) != inside.get(step.slot, ())}
    kept = {key: sorted({step.slot for step in mine} & (read | wanted | set(parts))) for key, mine in worth.items()}
    # Where each of these stands in memory.
    places: dict[int, NDArray[np.int64]] = {}
    rows: dict[Any, tuple[int, int]] = {}
    total = 0
    for key, mine in worth.items():
        common, begin = mine[0].shape, total
        for slot in kept[key]:
            own = (count, *common) if slot in many else common
            places[slot] = np.arange(total, total + size(own)).reshape(own)
            total += size(own)
        total += size(common)  # the sum of u - u
        rows[key] = begin, total
    memory = np.zeros(total + 1)
    gathered = _gathered(steps, many, places, parts, assemble, total)
    needed = wanted if gathered is not None else wanted | set(parts)
    made: list[tuple[Task, set[int]]] = []
    for (turn, shape), mine in sorted(groups.items(), key=lambda item: item[0][0], reverse=True):
        if (turn, shape) in worth:
            assert shape is not None
            begin, end = rows[turn, shape]
            out = memory[begin:end].reshape(-1, size(shape))
            made.append(
                (_Group(mine, shape, many, moving, count, start, kept[turn, shape], out), set(kept[turn, shape]))
            )
            needed = needed.union(*[step.args for step in mine])
            continue
        for step in reversed(mine):
            if step.slot in needed:
                made.append((_single(step, kernels[step.slot]), {step.slot}))
                needed = needed.union(step.args)
    return Fused([task for task, _ in reversed(made)], memory, set().union(*[slots for _, slots in made]), gathered)


def _gathered(
    steps: Sequence[tuple[Step, Callable[..., Any]]],
    many: set[int],
    places: dict[int, NDArray[np.int64]],
    parts: Sequence[int],
    assemble: Callable[[list[Any]], Numbers],
    nothing: int,
) -> list[NDArray[np.int64]] | None:
    """Where in memory the entries stand, as several layers to be added, where behind the groups numbers only move.

    The kernels that move numbers move their places (plus 1; 0 is no place).
    """
    layers: dict[int, list[Numbers]] = {
        slot: [(where + 1).astype(np.float64)] for slot, where in places.items() if slot in many
    }
    for step, kernel in steps:
        if step.slot in places or step.slot not in many or not all(arg in layers for arg in step.args):
            continue
        given = [layers[arg] for arg in step.args]
        if step.op == "+" and step.shapes[0] == step.shapes[1]:
            layers[step.slot] = [*given[0], *given[1]]
        elif step.op in MOVES:
            depth = max(map(len, given))
            full = [some + [np.zeros_like(some[0])] * (depth - len(some)) for some in given]
            layers[step.slot] = [kernel(*row) for row in zip(*full, strict=True)]
        if len(layers.get(step.slot, ())) > MOST_LAYERS:
            return None
    if not parts or not all(part in layers for part in parts):
        return None
    depth = max(len(layers[part]) for part in parts)
    result = []
    for k in range(depth):
        row = [layers[part][k] if k < len(layers[part]) else np.zeros_like(layers[part][0]) for part in parts]
        found = assemble(row).astype(np.int64) - 1
        if not k or (found >= 0).any():
            result.append(np.where(found < 0, nothing, found))
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
        kept: Sequence[int],
        out: Numbers,
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
        for slot in kept:
            these = [name(slot, k) for k in range(count if slot in many else 1)]
            places.append((slot, len(outputs), len(these)))
            outputs += these
        outputs += [] if total is None else [total]
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
        self._out = out[: len(outputs)]
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
