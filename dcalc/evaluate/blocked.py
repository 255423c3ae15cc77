"""Operations on long vectors block by block, so that what is between them stays in the cache.

Operations by component on vectors of one length that need nothing of each other's sums are one pass over memory: slices
of what is there are read and sums are taken block by block, and parts are added to their places in a result.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.shapes import Shape

Numbers: TypeAlias = NDArray[np.float64]
#: Numbers of a block, and of a vector that is worth it.
BLOCK = 16_384
LONG = 2 * BLOCK
#: Operations of a pass at least.
LEAST = 3
_alone = [np.empty(1)]
#: What Python counts for an array that only a list holds.
ALONE = sys.getrefcount(_alone[0])


class Task(NamedTuple):
    """values[slot] = kernel(values of args). into: it takes, last, the array that it writes to."""

    slot: int
    kernel: Callable[..., Any]
    args: tuple[int, ...]
    shape: Shape
    into: bool
    #: arguments that may be written over
    over: tuple[int, ...] = ()
    op: str = ""
    #: of a sum of parts of a vector, and nothing else: where they begin
    starts: tuple[int, ...] = ()


def blocked(tasks: Sequence[Task], shapes: dict[int, Shape], wanted: set[int], fresh: int) -> tuple[list[Task], int]:
    """The tasks with those on long vectors made one for each pass, and the next free slot.

    shapes: of all values.
    """
    lengths = Counter(task.shape for task in tasks if task.into and len(task.shape) == 1 and not task.starts)
    if not lengths:
        return list(tasks), fresh
    shape, count = max(lengths.items(), key=lambda item: item[0][0] * item[1])
    if shape[0] < LONG or count < LEAST:
        return list(tasks), fresh
    inside = {
        task.slot for task in tasks if task.into and task.shape == shape and not task.starts and task.op != "place"
    }
    stage: dict[int, int] = {}
    ends: dict[int, list[Task]] = {}
    rest: dict[int, list[Task]] = {}
    passes: dict[int, list[Task]] = {}
    for task in tasks:
        if task.slot in inside:
            stage[task.slot] = max((stage.get(arg, 0) for arg in task.args), default=0)
            passes.setdefault(stage[task.slot], []).append(task)
            continue
        stage[task.slot] = max((stage.get(arg, 0) + (arg in inside) for arg in task.args), default=0)
        own = {stage[arg] for arg in task.args if arg in inside}
        whole = len(own) == 1 and all(arg in inside for arg in task.args)
        if whole and ((task.op == "sum[]" and not task.shape) or task.starts):
            ends.setdefault(own.pop(), []).append(task)
        else:
            rest.setdefault(stage[task.slot], []).append(task)
    result: list[Task] = []
    for k in range(max(stage.values(), default=0) + 1):
        result += rest.get(k, [])
        if k not in passes:
            continue
        absorbed = ends.get(k, [])
        mine = {task.slot for task in passes[k]}
        done = {task.slot for task in absorbed}
        read = {arg for task in tasks if task.slot not in mine and task.slot not in done for arg in task.args}
        kept = [task.slot for task in passes[k] if task.slot in read or task.slot in wanted]
        made = Pass(passes[k], absorbed, kept, shapes, shape[0])
        result.append(Task(fresh, made, made.given, (), False, (), "pass"))
        for place, slot in enumerate([*kept, *(task.slot for task in absorbed)]):
            result.append(Task(slot, _picker(place), (fresh,), shapes[slot], False, (), "pick"))
        fresh += 1
    return result, fresh


def _picker(place: int) -> Callable[[Any], Any]:
    return lambda found: found[place]


class Pass:
    """Tasks on vectors of `length` numbers, block by block; called with the values of `given`.

    Gives the values of `kept`, then those of `ends`: sums, and sums of parts in their places.
    """

    def __init__(self, tasks: Sequence[Task], ends: Sequence[Task], kept: Sequence[int], shapes: dict[int, Shape],
                 length: int) -> None:  # fmt: skip
        self._length = length
        made = {task.slot for task in tasks}
        self.given = tuple(dict.fromkeys(arg for task in tasks for arg in task.args if arg not in made))
        names = {slot: k for k, slot in enumerate([*self.given, *(task.slot for task in tasks)])}
        #: which of what is given goes block by block
        self._long = [k for k, slot in enumerate(self.given) if shapes[slot] == (length,)]
        last: dict[int, int] = {}
        for k, task in enumerate(tasks):
            last.update(dict.fromkeys(task.args, k))
        needed = {arg for task in ends for arg in task.args}
        full = {slot: k for k, slot in enumerate(kept)}
        free: list[int] = []
        place: dict[int, int] = {}
        count = 0
        #: (kernel, arguments, name, scratch or -1, full array or -1)
        self._steps: list[tuple[Callable[..., Any], tuple[int, ...], int, int, int]] = []
        for k, task in enumerate(tasks):
            dead = [arg for arg in dict.fromkeys(task.args) if arg in place and last[arg] == k and arg not in needed]
            over = [arg for arg in dead if arg in task.over]
            target = -1
            if task.slot not in full:
                if over:
                    target = place[over[0]]
                    dead.remove(over[0])
                elif free:
                    target = free.pop()
                else:
                    target, count = count, count + 1
                place[task.slot] = target
            free += [place[arg] for arg in dead]
            args = tuple(names[arg] for arg in task.args)
            self._steps.append((task.kernel, args, names[task.slot], target, full.get(task.slot, -1)))
        self._scratch = [np.empty(BLOCK) for _ in range(count)]
        self._count = len(names)
        self._sums = [names[task.args[0]] for task in ends if not task.starts]
        #: of each sum of parts where they begin, the last one first, and their names
        self._parts: list[tuple[list[int], list[int]]] = []
        for task in ends:
            if task.starts:
                pairs = sorted(zip(task.starts, [names[arg] for arg in task.args], strict=True), reverse=True)
                self._parts.append(([start for start, _ in pairs], [name for _, name in pairs]))
        self._order = [bool(task.starts) for task in ends]
        self._sizes: list[Shape] = [(length,)] * len(kept) + [task.shape for task in ends if task.starts]
        #: arrays that are given away: used again when nobody holds them
        self.arrays: list[Any] = [np.empty(size) for size in self._sizes]
        self._kept = len(kept)

    def __call__(self, *given: Any) -> list[Any]:
        """The values, at the next point."""
        arrays, length = self.arrays, self._length
        for k in range(len(arrays)):
            if sys.getrefcount(arrays[k]) > ALONE:
                arrays[k] = np.empty(self._sizes[k])
        values: list[Any] = [*given, *[None] * (self._count - len(given))]
        sums: list[list[Any]] = [[] for _ in self._sums]
        for result, (starts, _) in zip(arrays[self._kept :], self._parts, strict=True):
            result[: starts[0]] = 0.0
            result[starts[0] + length :] = 0.0
        reduce, add = np.add.reduce, np.add
        scratch = self._scratch
        for begin in range(0, length, BLOCK):
            end = min(length, begin + BLOCK)
            if end - begin < BLOCK:
                scratch = [one[: end - begin] for one in scratch]
            for k in self._long:
                values[k] = given[k][begin:end]
            for kernel, args, name, target, full in self._steps:
                out = scratch[target] if full < 0 else arrays[full][begin:end]
                if len(args) == 2:
                    kernel(values[args[0]], values[args[1]], out)
                elif len(args) == 1:
                    kernel(values[args[0]], out)
                else:
                    kernel(*[values[arg] for arg in args], out)
                values[name] = out
            for some, name in zip(sums, self._sums, strict=True):
                some.append(reduce(values[name]))
            for result, (starts, names) in zip(arrays[self._kept :], self._parts, strict=True):
                # Nobody has been yet where the last one goes.
                result[starts[0] + begin : starts[0] + end] = values[names[0]]
                for start, name in zip(starts[1:], names[1:], strict=True):
                    mine = result[start + begin : start + end]
                    add(mine, values[name], mine)
        totals = iter([float(reduce(np.array(some))) for some in sums])
        wholes = iter(arrays[self._kept :])
        return [*arrays[: self._kept], *[next(wholes) if whole else next(totals) for whole in self._order]]
