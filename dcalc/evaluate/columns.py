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
from .signs import with_fewer_signs

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


def _square(u: Any, _: Any, out: Numbers) -> None:
    np.square(u, out=out)


def _cube(u: Any, _: Any, out: Numbers) -> None:
    np.square(u, out=out)
    np.multiply(out, u, out=out)


def _fourth(u: Any, _: Any, out: Numbers) -> None:
    np.square(u, out=out)
    np.square(out, out=out)


def _inverse(u: Any, _: Any, out: Numbers) -> None:
    np.divide(1.0, u, out=out)


def _inverse_square(u: Any, _: Any, out: Numbers) -> None:
    np.divide(1.0, u, out=out)
    np.square(out, out=out)


#: Powers that a few products give within 1.5 ulp, in a fifth of the time.
_POWERS: dict[Any, Callable[..., Any]] = {2: _square, 3: _cube, 4: _fourth, -1: _inverse, -2: _inverse_square}
#: What reads its argument again after it has begun to write.
_APART = (_cube,)


def _ufunc(step: Step, constants: Mapping[int, Any]) -> Callable[..., Any] | None:
    """The function that computes an elementwise step into its last argument, None where there is none."""
    if step.op in _UFUNCS:
        return _UFUNCS[step.op]
    if step.op == "sqrt":
        return _sqrt
    if step.op == "^":
        return _POWERS.get(constants.get(step.args[1]), np.power)
    entry = TABLE.get(step.op)
    if entry is None or entry.numpy is None or step.op in _OTHERS or step.attr is not None:
        return None
    function = getattr(np, entry.numpy, None)
    if function in (np.maximum, np.minimum):  # they want it by its name
        return lambda u, v, out: function(u, v, out=out)
    return function if isinstance(function, np.ufunc) else None


class Columns:
    """Steps on numbers that differ from point to point, as calls of NumPy over blocks.

    many: the slots that have a value for every point, the inputs' among them. outputs: the slots wanted. size: how
    many slots there are.
    """

    def __init__(
        self, steps: Sequence[Step], many: set[int], constants: Mapping[int, Any], outputs: Sequence[int], size: int
    ) -> None:
        steps, outputs, self._size = with_fewer_signs(steps, constants, outputs, size)
        self.outputs = outputs
        many = {*many, *(step.slot for step in steps)}
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
            if function not in _APART:
                free += freed
                freed = []
            if buffer is None:
                if free:
                    buffer = held[step.slot] = free.pop()
                else:
                    buffer = held[step.slot] = count
                    count += 1
            free += freed
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
        start_values += [None] * (self._size - len(start_values))
        steps, outputs, made, many = self._steps, self.outputs, self._made, self._many
        direct = {-1 - buffer for _, _, with_out, _, buffer, _ in steps if with_out and buffer < 0}

        rows_of = [(slot, -1 - buffer) for slot, _, with_out, _, buffer, _ in steps if with_out and buffer < 0]
        # What a step writes to is known before it runs; only the columns and the rows move on from block to block.
        for slot, _, with_out, _, buffer, _ in steps:
            if with_out and buffer >= 0:
                start_values[slot] = buffers[buffer]
        inside = [(slot, buffer) for slot, _, with_out, _, buffer, _ in steps if with_out and buffer >= 0]

        def run(start: int, stop: int) -> None:
            values = start_values.copy()
            count = stop - start
            for slot, column in columns.items():
                values[slot] = column[start:stop]
            rows = [row[start:stop] for row in out]
            for slot, row in rows_of:
                values[slot] = rows[row]
            if count < size:
                for slot, buffer in inside:
                    values[slot] = buffers[buffer, :count]
            with np.errstate(all="ignore"):
                for slot, function, with_out, args, _, dead in steps:
                    if not with_out:
                        values[slot] = function(*[values[arg] for arg in args])
                        for arg in dead:
                            values[arg] = None
                    elif len(args) == 2:
                        function(values[args[0]], values[args[1]], values[slot])
                    elif len(args) == 1:
                        function(values[args[0]], values[slot])
                    else:
                        function(*[values[arg] for arg in args], values[slot])
            for k, slot in enumerate(outputs):
                if k not in direct:
                    rows[k][...] = values[slot] if slot in made or slot in many else fixed[slot]

        return run
