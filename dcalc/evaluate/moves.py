"""How to compute, on arrays, the operations that only move numbers.

A maker gives the function that computes one step, for arguments of which some are batched: they have one more axis
before their own, one value for each point. The result is batched if one of the arguments is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.shapes import Places, size
from .plan import Step

Kernel = Callable[..., Any]
Maker = Callable[[Step, Sequence[bool]], Kernel]
#: Up to so many numbers, repeating them is faster than NumPy's way of not doing it.
SMALL = 4096


def count(values: Sequence[Any], batched: Sequence[bool]) -> int:
    """How many points the batched ones of some values are for."""
    return next(len(value) for value, many in zip(values, batched, strict=True) if many)


def key(places: Places) -> tuple[Any, ...]:
    """NumPy's subscript for what an index picks."""
    return tuple(slice(*place) if isinstance(place, tuple) else place for place in places)


def _vector(step: Step, batched: Sequence[bool]) -> Kernel:
    shape = step.shape
    if not any(batched):
        return lambda *parts: np.array(parts, dtype=np.float64)

    def many(*parts: Any) -> Any:
        result = np.empty((count(parts, batched), *shape))
        for k, part in enumerate(parts):
            result[:, k] = part
        return result

    return many


def _index(step: Step, batched: Sequence[bool]) -> Kernel:
    if batched[0]:
        whole = (slice(None), *key(step.attr))
        return lambda u: u[whole]
    if not step.shape:
        places = step.attr
        return lambda u: u.item(places)
    part = key(step.attr)
    return lambda u: u[part]


def _place(step: Step, batched: Sequence[bool]) -> Kernel:
    part, shape = key(step.attr[0]), step.shape
    whole = (slice(None), *part)

    def one(u: Any) -> Any:
        result = np.zeros(shape)
        result[part] = u
        return result

    def many(u: Any) -> Any:
        result = np.zeros((len(u), *shape))
        result[whole] = u
        return result

    return many if batched[0] else one


def _concat(step: Step, batched: Sequence[bool]) -> Kernel:
    axis = step.attr
    if not any(batched):
        return lambda *parts: np.concatenate(parts, axis)

    def many(*parts: Any) -> Any:
        points = count(parts, batched)
        full = [p if b else np.broadcast_to(p, (points, *p.shape)) for p, b in zip(parts, batched, strict=True)]
        return np.concatenate(full, axis)

    return many


def _reshape(step: Step, batched: Sequence[bool]) -> Kernel:
    shape = step.shape
    if batched[0]:
        return lambda u: u.reshape((len(u), *shape))
    if not shape:
        return lambda u: u.item() if step.shapes[0] else u
    return lambda u: np.reshape(u, shape)


def _broadcast(step: Step, batched: Sequence[bool]) -> Kernel:
    shape = step.shape
    if batched[0]:
        align = aligner(step, 0)
        return lambda u: np.broadcast_to(align(u), (len(u), *shape))
    if size(shape) > SMALL:
        return lambda u: np.broadcast_to(u, shape)

    def one(u: Any) -> Any:
        result = np.empty(shape)
        result[...] = u
        return result

    return one


def aligner(step: Step, position: int) -> Kernel:
    """Gives a batched argument the axes that it lacks against the result, behind the axis of the batch."""
    shape = step.shapes[position]
    missing = len(step.shape) - len(shape)
    if not missing:
        return lambda u: u
    new = (*(1,) * missing, *shape)
    return lambda u: u.reshape((len(u), *new))


def _transpose(step: Step, batched: Sequence[bool]) -> Kernel:
    rank = len(step.shape)
    if rank < 2:
        return lambda u: u
    if batched[0]:
        axes = (0, *range(rank, 0, -1))
        return lambda u: u.transpose(axes)
    return lambda u: u.T


def _diag(step: Step, batched: Sequence[bool]) -> Kernel:
    if len(step.shape) == 1:
        return lambda u: u.diagonal(0, -2, -1)
    n = step.shape[0]

    def one(u: Any) -> Any:
        result = np.zeros(n * n)
        result[:: n + 1] = u
        return result.reshape(n, n)

    def many(u: Any) -> Any:
        result = np.zeros((len(u), n * n))
        result[:, :: n + 1] = u
        return result.reshape(len(u), n, n)

    return many if batched[0] else one


def _places(where: Any) -> Any:
    """Positions that count from 1 as NumPy's."""
    return np.asarray(where).astype(np.int64) - 1 if np.ndim(where) else int(where) - 1


def _pick(step: Step, batched: Sequence[bool]) -> Kernel:
    if not batched[0]:
        return lambda u, where: u[_places(where)]
    if not batched[1]:
        return lambda u, where: u[:, int(where) - 1]
    return lambda u, where: u[np.arange(len(u)), _places(where)]


def _put(step: Step, batched: Sequence[bool]) -> Kernel:
    shape = step.shape

    def one(u: Any, where: Any) -> Any:
        result = np.zeros(shape)
        result[int(where) - 1] = u
        return result

    def many(u: Any, where: Any) -> Any:
        points = count((u, where), batched)
        result = np.zeros((points, *shape))
        result[np.arange(points), _places(where)] = u
        return result

    return many if any(batched) else one


MOVES: dict[str, Maker] = {
    "vector": _vector,
    "index": _index,
    "place": _place,
    "concat": _concat,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "diag": _diag,
    "pick": _pick,
    "put": _put,
}
