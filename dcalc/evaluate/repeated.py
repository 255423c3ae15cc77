"""A plan with arrays, prepared to be run at many points one after the other: `repeated(plan).run(point)`.

What works by component, moves numbers or sums them up is one pass over memory, compiled; products of matrices and
what has no form in IR are NumPy's, between the compiled parts. Without `fast` all is NumPy's, see `buffered`.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.shapes import Shape, size
from .array import Array, bind
from .blocked import ALONE
from .buffered import Buffered
from .engines import WANTED, unavailable
from .llvm.arrays import code_of
from .llvm.arrays.nests import Schedule
from .llvm.arrays.pieces import Root, TooLongError
from .llvm.host import host
from .llvm.objects import load
from .plan import Plan
from .reductions import SAFE
from .scalar import Point, Value

Numbers: TypeAlias = NDArray[np.float64]
#: Numbers of a line of the cache.
LINE = 8


class Repeated:
    """A plan compiled for this machine; call `run` with a point. TooLongError where that is not worth it.

    May be called from several threads, one after the other. The arrays in a result are the caller's: they are written
    to again only when nobody holds them any more.
    """

    def __init__(self, plan: Plan) -> None:
        machine = host()
        assert machine is not None
        self.plan = plan
        schedule = self.schedule = Schedule(plan)
        count = len(schedule.buffers)
        self._addresses = np.zeros(2 * count, dtype=np.int64)
        #: by buffer: the array that was given last
        self._held: list[Any] = [None] * count
        self._lock = Lock()
        self._slow: Array | None = None
        made = {schedule.home(slot)[0] for slot in plan.outputs if schedule.home(slot)}  # type: ignore[index]
        #: outputs that get new memory, for it is given away
        self._given = [root for root in made if root.shape and root.kind != "input"]
        self._lay_out()
        self._parts: list[Callable[[], None]] = []
        nests = sorted(schedule.nests, key=lambda nest: nest.level)
        tasks = [root for root in schedule.buffers if root.kind == "numpy"]
        levels = sorted({root.level for root in tasks})
        calls = []
        for level in [*levels, None]:
            mine = [nest for nest in nests if level is None or nest.level <= level]
            nests = nests[len(mine) :]
            if mine:
                calls.append(load(code_of(schedule, mine, machine), machine))
                self._parts.append(self._caller(calls[-1]))
            self._parts += [self._task(root) for root in tasks if root.level == level]
        self._calls = calls
        self._quiet = not tasks
        self._results = [self._result(slot, shape) for slot, shape in zip(plan.outputs, plan.shapes, strict=True)]

    def _lay_out(self) -> None:
        """Memory for everything but arrays that are given or given away, and the address of each part of it."""
        schedule = self.schedule
        places: list[tuple[int, int, Shape]] = []
        total = 0
        for root in schedule.buffers:
            if not (root.shape and root.kind == "input") and root not in self._given:
                places.append((root.buffer, total, root.shape))
                total += -(-size(root.shape) // LINE) * LINE
            if root.kind == "reduce":
                places.append((len(schedule.buffers) + root.buffer, total, root.shape))
                total += -(-size(root.shape) // LINE) * LINE
        memory = np.zeros(total + LINE)
        first = -(memory.ctypes.data // 8) % LINE
        memory = memory[first:]
        start = memory.ctypes.data
        #: by buffer: the array, or None where it is not here
        self._arrays: list[Any] = [None] * len(self._addresses)
        for buffer, place, shape in places:
            self._addresses[buffer] = start + 8 * place
            self._arrays[buffer] = memory[place : place + size(shape)].reshape(shape)
        buffers = {root.slot: root for root in schedule.buffers}
        inputs = [(given, buffers[given.slot]) for given in self.plan.inputs if given.slot in buffers]
        #: (name, its places, its cell) of numbers; (name, shape, buffer) of arrays
        self._numbers = [
            (given.name, given.places, self._arrays[root.buffer].reshape(1))
            for given, root in inputs if not given.shape
        ]  # fmt: skip
        self._fields = [(given.name, given.shape, root.buffer) for given, root in inputs if given.shape]
        self._guards = [self._arrays[buffers[slot].buffer] for slot in schedule.values.guards if slot in buffers]
        for root in self._given:
            self._arrays[root.buffer] = np.empty(root.shape)
            self._addresses[root.buffer] = self._arrays[root.buffer].ctypes.data
        self._owned = [root.buffer for root in self._given]
        self._shapes = {root.buffer: root.shape for root in self._given}

    def _caller(self, code: Any) -> Callable[[], None]:
        # The loops read their first argument alone, and each one takes ctypes a tenth of a microsecond.
        call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ctypes.cast(code.call, ctypes.c_void_p).value or 0)
        return partial(call, self._addresses.ctypes.data)

    def _task(self, root: Root) -> Callable[[], None]:
        """A step by NumPy."""
        arrays, step, buffer = self._arrays, self.schedule.values.nodes[root.slot].attr, root.buffer
        sources = [self._source(arg, transposed=turned) for arg, turned in self.schedule.operands(root.slot)]
        if step.op == "@":
            first, second = sources

            def product() -> None:
                np.matmul(first(), second(), arrays[buffer])

            return product
        kernel = bind(step, (False,) * len(step.args))

        def task() -> None:
            arrays[buffer][...] = kernel(*[source() for source in sources])

        return task

    def _source(self, slot: int, *, transposed: bool) -> Callable[[], Any]:
        """Gives a value as NumPy's kernels take it."""
        node, home, arrays = self.schedule.values.nodes[slot], self.schedule.home(slot), self._arrays
        if home is None:
            return lambda: node.attr
        buffer, shape = home[0].buffer, node.shape
        if transposed:
            return lambda: arrays[buffer].reshape(shape).T
        if home[0].shape == shape:
            return (lambda: arrays[buffer]) if shape else (lambda: arrays[buffer].item())
        return lambda: arrays[buffer].reshape(shape)

    def _result(self, slot: int, shape: Shape) -> Callable[[], Value]:
        node = self.schedule.values.nodes[slot]
        home = self.schedule.home(slot)
        arrays = self._arrays
        if home is None:
            return lambda: node.attr
        buffer = home[0].buffer
        if not shape:
            item: Callable[[], Value] = arrays[buffer].item
            return item
        if home[0].kind == "input":
            return lambda: np.array(arrays[buffer]).reshape(shape)
        if home[0].shape == shape:
            return lambda: arrays[buffer]
        return lambda: arrays[buffer].reshape(shape)

    def ordered(self, names: Sequence[str]) -> Callable[[Sequence[Any]], list[Value]]:
        """As `run`, for values in the order of `names`; the shortest way where the same arrays come again."""
        run = self.run

        def slowly(args: Sequence[Any]) -> list[Value]:
            return run(dict(zip(names, args, strict=True)))

        if self._numbers or self._guards or not self._quiet or len(self._parts) != 1 or len(self._owned) > 1:
            return slowly
        (part,), arrays, held, results = self._parts, self._arrays, self._held, self._results
        fields = [(names.index(name), buffer) for name, _, buffer in self._fields]
        (own,) = self._owned or (-1,)
        begin, end, references = self._lock.acquire, self._lock.release, sys.getrefcount

        def quickly(args: Sequence[Any]) -> list[Value]:
            if begin(False):
                try:
                    for k, buffer in fields:
                        if args[k] is not held[buffer]:
                            break
                    else:
                        if own < 0 or references(arrays[own]) <= ALONE:
                            part()
                            return [result() for result in results]
                finally:
                    end()
            return slowly(args)

        return quickly

    def run(self, point: Point) -> list[Value]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        arrays, addresses, held = self._arrays, self._addresses, self._held
        with self._lock:
            for name, places, cell in self._numbers:
                value: Any = point[name]
                cell[0] = value if places is None else value[places]
            for name, shape, buffer in self._fields:
                value = point[name]
                if value is not held[buffer]:  # else its numbers may be others, but they are where they were
                    mine = arrays[buffer] = np.ascontiguousarray(value, dtype=np.float64).reshape(shape)
                    addresses[buffer] = mine.ctypes.data
                    held[buffer] = value if np.may_share_memory(value, mine) else None
            for buffer in self._owned:
                if sys.getrefcount(arrays[buffer]) > ALONE:  # somebody has it still
                    arrays[buffer] = np.empty(self._shapes[buffer])
                    addresses[buffer] = arrays[buffer].ctypes.data
            if self._quiet:
                for part in self._parts:
                    part()
            else:
                with np.errstate(all="ignore"):
                    for part in self._parts:
                        part()
            for guard in self._guards:
                if not (SAFE[0] < guard.min() and guard.max() < SAFE[1]):
                    break
            else:
                return [result() for result in self._results]
            if self._slow is None:
                self._slow = Array(self.plan)
        return self._slow.run(point)


def repeated(plan: Plan) -> Repeated | Buffered:
    """A plan with arrays ready to be run: compiled where that can be done and was not refused by `engines.using`."""
    if WANTED.get() in (None, "llvm") and not unavailable():
        with contextlib.suppress(TooLongError, RuntimeError, OSError):  # the last two are LLVM's: there is NumPy
            return Repeated(plan)
    return Buffered(plan)
