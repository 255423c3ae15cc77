"""How to compute reductions: over all axes of a value, or along one that counts from the end.

A value that is not a number is passed on. Neither norms nor logarithms of sums overflow on the way to their result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.shapes import size
from .moves import Kernel, Maker
from .plan import Step

#: A sum of squares between these has lost nothing: neither to overflow nor to underflow.
SAFE = (1e-280, 1e280)
#: Rows up to this length, where there are so many of them, are added up by a product with ones.
SHORT, MANY = 16, 64


def _along(function: Callable[[Any, int], Any]) -> Maker:
    """A maker from a function that reduces along the axis that it is given, of any array."""

    def maker(step: Step, batched: Sequence[bool]) -> Kernel:
        axis = step.attr
        if axis is not None:
            return lambda u: function(u, axis)
        if batched[0]:
            return lambda u: function(u.reshape(len(u), -1), -1)
        return lambda u: function(np.ravel(u), -1)

    return maker


def _sum(step: Step, batched: Sequence[bool]) -> Kernel:
    axis: Any = step.attr
    if axis is None and batched[0]:
        axis = tuple(range(1, 1 + len(step.shapes[0])))
    # What follows `axis`: dtype, out, keepdims.
    reduce = np.add.reduce
    if axis == -1 and not batched[0] and step.shapes[0][-1] <= SHORT and size(step.shape) >= MANY:
        ones, shape = np.ones(step.shapes[0][-1]), step.shape
        # NumPy takes ten nanoseconds and more to begin a row.
        return lambda u: (u.reshape(-1, len(ones)) @ ones).reshape(shape) if u.flags.c_contiguous else reduce(u, axis)
    return lambda u: reduce(u, axis)


def _extremum(ufunc: np.ufunc) -> Maker:
    def maker(step: Step, batched: Sequence[bool]) -> Kernel:
        axis: Any = step.attr
        if axis is None and batched[0]:
            axis = tuple(range(1, 1 + len(step.shapes[0])))
        reduce = ufunc.reduce
        return lambda u: reduce(u, axis)

    return maker


def _norm(u: Any, axis: int) -> Any:
    if u.ndim == 1:
        squared = float(u.dot(u))
        return math.sqrt(squared) if SAFE[0] < squared < SAFE[1] else float(_scaled_norm(u, -1))
    squares = np.add.reduce(np.square(u), axis)
    if SAFE[0] < squares.min(initial=1.0) and squares.max(initial=1.0) < SAFE[1]:
        return np.sqrt(squares)
    return _scaled_norm(u, axis)


def _scaled_norm(u: Any, axis: int) -> Any:
    largest = np.maximum.reduce(np.fabs(u), axis, keepdims=True, initial=0.0)
    # A power of two, so that scaling does not round; half of it, because 2^1024 is too large. The reciprocal of the
    # smallest power may be infinite: ldexp it is.
    exponent = np.frexp(np.where(np.isfinite(largest), largest, 1.0))[1]
    root = np.sqrt(np.add.reduce(np.square(np.ldexp(u, -exponent)), axis))
    return np.ldexp(root, np.squeeze(exponent, axis))


def _logsumexp(u: Any, axis: int) -> Any:
    # log(exp(m) + rest) = m + log1p(rest/exp(m)): accurate also where the result is near 0.
    place = np.expand_dims(u.argmax(axis), axis)
    largest = np.take_along_axis(u, place, axis)
    rest = np.exp(u - largest)
    np.put_along_axis(rest, place, 0.0, axis)
    largest = np.squeeze(largest, axis)
    return np.where(np.isinf(largest), largest, largest + np.log1p(np.add.reduce(rest, axis)))


def _logsumexp_of(step: Step, batched: Sequence[bool]) -> Kernel:
    if step.shape or batched[0]:
        return _along(_logsumexp)(step, batched)

    def one(u: Any) -> float:
        u = np.ravel(u)
        place = u.argmax()
        largest = u.item(place)
        if math.isinf(largest):
            return float(largest)
        rest = np.exp(u - largest)
        rest[place] = 0.0
        return float(largest + math.log1p(np.add.reduce(rest)))

    return one


def _last(argument: Callable[..., Any]) -> Maker:
    """1 at the last of the extremal components, 0 elsewhere."""

    def along(u: Any, axis: int) -> Any:
        place = u.shape[axis] - 1 - argument(np.flip(u, axis), axis)
        result = np.zeros(u.shape)
        np.put_along_axis(result, np.expand_dims(place, axis), 1.0, axis)
        return result

    def one(u: Any) -> Any:
        result = np.zeros(u.size)
        result[u.size - 1 - argument(u.ravel()[::-1])] = 1.0
        return result.reshape(u.shape)

    def maker(step: Step, batched: Sequence[bool]) -> Kernel:
        axis = step.attr
        if axis is not None:
            return lambda u: along(u, axis)
        return (lambda u: along(u.reshape(len(u), -1), -1).reshape(u.shape)) if batched[0] else one

    return maker


REDUCTIONS: dict[str, Maker] = {
    "sum[]": _sum,
    "max[]": _extremum(np.maximum),
    "min[]": _extremum(np.minimum),
    "norm[]": _along(_norm),
    "logsumexp[]": _logsumexp_of,
    "last_max": _last(np.argmax),
    "last_min": _last(np.argmin),
}
