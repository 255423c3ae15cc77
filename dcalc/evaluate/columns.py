"""The interpreter for many points of numbers with NumPy: ufuncs over blocks, into buffers that are used again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..primitives import TABLE
from .array import bind
from .blocks import Block
from .plan import Step

Numbers = NDArray[np.float64]
#: Bytes of the second-level cache that the buffers of a thread may take, and points of a block: one thread has small
#: blocks; two that share Python's lock lose less in large ones.
CACHE = 2_700_000
BLOCK, SHARED_BLOCK, SMALLEST = 16_384, 65_536, 2_048

_UFUNCS: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "neg": np.negative,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
}
#: Entries whose NumPy function is not what their kernel is.
_OTHERS = frozenset({"sqrt", "relu", "if", "^"})


def _sqrt(u: Any, out: Numbers) -> None:
    np.sqrt(u, out=out)
    np.add(out, 0.0, out=out)  # never -0.0, as in the scalar kernel


def _ufunc(step: Step, constants: Mapping[int, Any]) -> Callable[..., Any] | None:
    """The function with an `out` that computes an elementwise step, None where there is none."""
    if step.op in _UFUNCS:
        return _UFUNCS[step.op]
    if step.op == "sqrt":
        return _sqrt
    if step.op == "^":
        exponent = constants.get(step.args[1])
        if exponent == 2:
            return lambda u, _, out: np.square(u, out=out)
        if exponent == -1:
            return lambda u, _, out: np.divide(1.0, u, out=out)
        return np.power
    entry = TABLE.get(step.op)
    if entry is None or entry.numpy is None or step.op in _OTHERS or step.attr is not None:
        return None
    function = getattr(np, entry.numpy, None)
    return function if isinstance(function, np.ufunc) else None


class Columns:
    """Steps on numbers that differ from point to point, as calls of NumPy over blocks.

    many: the slots that have a value for every point, the inputs' among them. outputs: the slots wanted.
    """

    def __init__(
        self, steps: Sequence[Step], many: set[int], constants: Mapping[int, Any], outputs: Sequence[int]
    ) -> None:
        self.outputs = list(outputs)
        self._many = many
        rows = {slot: k for k, slot in reversed(list(enumerate(outputs)))}
        made = {step.slot for step in steps}
        last = {arg: k for k, step in enumerate(steps) for arg in step.args}
        free: list[int] = []
        held: dict[int, int] = {}
        count = 0
        #: (slot, function, with out?, arguments, buffer: below 0 a row of the result, dead slots)
        self._steps: list[tuple[int, Callable[..., Any], bool, tuple[int, ...], int, tuple[int, ...]]] = []
        for k, step in enumerate(steps):
            function = _ufunc(step, constants)
            # A slot that nobody reads again (an output apart) gives its buffer back, to this very step if it may.
            dead = tuple(arg for arg in dict.fromkeys(step.args) if last[arg] == k and arg in made and arg not in rows)
            freed = [held.pop(arg) for arg in dead if arg in held]
            buffer = -1 - rows[step.slot] if step.slot in rows else None
            if function is None:
                batched = tuple(arg in many for arg in step.args)
                # Its result may be its very argument: that one's buffer is not used again.
                self._steps.append((step.slot, bind(step, batched), False, step.args, 0, dead))
                continue
            free += freed
            if buffer is None:
                if free:
                    buffer = held[step.slot] = free.pop()
                else:
                    buffer = held[step.slot] = count
                    count += 1
            self._steps.append((step.slot, function, True, step.args, buffer, dead))
        self._buffers = count
        self._made = made
        self.live = count + len(rows) + sum(slot not in made for slot in many)

    def block(self, threads: int) -> int:
        """Points of a block, so that what is live fits the cache."""
        most = SHARED_BLOCK if threads > 1 else BLOCK
        return max(SMALLEST, min(most, CACHE // 8 // max(1, self.live) // 64 * 64))

    def runner(self, columns: Mapping[int, Numbers], fixed: Sequence[Any], out: Numbers, size: int) -> Block:
        """A function that computes a block of at most `size` points into rows of `out`; it has its own buffers."""
        buffers = np.empty((self._buffers, size))
        # A NumPy number need not be converted at every call.
        start_values = [np.asarray(value, dtype=np.float64) if type(value) is float else value for value in fixed]
        steps, outputs, made, many = self._steps, self.outputs, self._made, self._many
        direct = {-1 - buffer for _, _, with_out, _, buffer, _ in steps if with_out and buffer < 0}

        def run(start: int, stop: int) -> None:
            values = start_values.copy()
            count = stop - start
            for slot, column in columns.items():
                values[slot] = column[start:stop]
            targets = [buffer[:count] for buffer in buffers]
            rows = [row[start:stop] for row in out]
            with np.errstate(all="ignore"):
                for slot, function, with_out, args, buffer, dead in steps:
                    if with_out:
                        target = values[slot] = targets[buffer] if buffer >= 0 else rows[-1 - buffer]
                        function(*[values[arg] for arg in args], out=target)
                    else:
                        values[slot] = function(*[values[arg] for arg in args])
                    for arg in dead:
                        values[arg] = None
            for k, slot in enumerate(outputs):
                if k not in direct:
                    rows[k][...] = values[slot] if slot in made or slot in many else fixed[slot]

        return run
