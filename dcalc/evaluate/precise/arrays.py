"""Operations on arrays of mpmath numbers (NumPy arrays of objects), by their definitions.

Each takes the arguments' values, the node's attribute and its shape. What is not here, and not in `values`, has
no reference: helpers that only derivatives are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp, mpf  # type: ignore[import-untyped]

from ...errors import DcalcError
from ...graph.shapes import Shape
from ..moves import key


def _vector(args: list[Any], attr: Any, shape: Shape) -> Any:
    result = np.empty(shape, dtype=object)
    for k, part in enumerate(args):
        result[k] = part
    return result


def _place(args: list[Any], attr: Any, shape: Shape) -> Any:
    result = np.full(shape, mpf(0), dtype=object)
    result[key(attr[0])] = args[0]
    return result


def _diag(args: list[Any], attr: Any, shape: Shape) -> Any:
    (u,) = args
    if len(shape) == 1:
        return u.diagonal()
    result = np.full(shape, mpf(0), dtype=object)
    for k, one in enumerate(u):
        result[k, k] = one
    return result


def _reduction(function: Callable[[list[Any]], Any]) -> Callable[[list[Any], Any, Shape], Any]:
    def reduce(args: list[Any], axis: int | None, shape: Shape) -> Any:
        u = np.asarray(args[0], dtype=object)
        if axis is None:
            return function(list(u.flat))
        result = np.empty(shape, dtype=object)
        moved = np.moveaxis(u, axis, -1)
        for place in np.ndindex(*shape):
            result[place] = function(list(moved[place]))
        return result if shape else result.item()

    return reduce


def _eliminated(u: Any, right: Any) -> tuple[Any, Any]:
    """The determinant of a matrix, and the solution for some right-hand sides: Gauss and Jordan, with pivots."""
    n = len(u)
    rows = np.concatenate([u, right], axis=1)
    det = mpf(1)
    for k in range(n):
        pivot = max(range(k, n), key=lambda row: abs(rows[row, k]))
        if not rows[pivot, k]:
            return mpf(0), None
        if pivot != k:
            rows[[k, pivot]] = rows[[pivot, k]]
            det = -det
        det *= rows[k, k]
        rows[k] = rows[k] / rows[k, k]
        for row in range(n):
            if row != k:
                rows[row] = rows[row] - rows[row, k] * rows[k]
    return det, rows[:, n:]


def _det(args: list[Any], attr: Any, shape: Shape) -> Any:
    return _eliminated(args[0], np.empty((len(args[0]), 0), dtype=object))[0]


def _solve(args: list[Any], attr: Any, shape: Shape) -> Any:
    u, v = args
    found = _eliminated(u, v.reshape(len(u), -1))[1]
    return np.full(shape, mp.nan, dtype=object) if found is None else found.reshape(shape)


def _inv(args: list[Any], attr: Any, shape: Shape) -> Any:
    identity = np.frompyfunc(mpf, 1, 1)(np.eye(shape[0]))
    return _solve([args[0], identity], attr, shape)


def _cofactor(args: list[Any], attr: Any, shape: Shape) -> Any:
    (u,) = args
    result = np.empty(shape, dtype=object)
    for i, j in np.ndindex(*shape):
        minor = np.delete(np.delete(u, i, 0), j, 1)
        result[i, j] = (-1) ** (i + j) * (_det([minor], None, ()) if len(minor) else mpf(1))
    return result


def _last(choose: Callable[..., Any]) -> Callable[[list[Any], Any, Shape], Any]:
    def last(args: list[Any], axis: int | None, shape: Shape) -> Any:
        if axis is not None:
            raise DcalcError("limit", "the place of an extremum along an axis has no 50-digit definition here")
        flat = list(args[0].flat)
        chosen = max(k for k, one in enumerate(flat) if one == choose(flat))
        return np.array([mpf(k == chosen) for k in range(len(flat))], dtype=object).reshape(shape)

    return last


KERNELS: dict[str, Callable[[list[Any], Any, Shape], Any]] = {
    "vector": _vector,
    "index": lambda args, places, shape: args[0][key(places)],
    "place": _place,
    "concat": lambda args, axis, shape: np.concatenate(args, axis),
    "reshape": lambda args, attr, shape: np.reshape(args[0], shape) if shape else np.asarray(args[0]).item(),
    "broadcast": lambda args, attr, shape: args[0],  # whoever asks makes it as large as the node is
    "transpose": lambda args, attr, shape: args[0].T,
    "diag": _diag,
    "@": lambda args, attr, shape: args[0] @ args[1],
    "outer": lambda args, attr, shape: args[0][:, None] * args[1][None, :],
    "sum[]": _reduction(mp.fsum),
    "max[]": _reduction(max),
    "min[]": _reduction(min),
    "norm[]": _reduction(lambda numbers: mp.sqrt(mp.fsum([one * one for one in numbers]))),
    "logsumexp[]": _reduction(lambda numbers: mp.log(mp.fsum([mp.exp(one) for one in numbers]))),
    "det": _det,
    "inv": _inv,
    "solve": _solve,
    "cofactor": _cofactor,
    "last_max": _last(max),
    "last_min": _last(min),
}
