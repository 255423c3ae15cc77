"""How to compute products and linear algebra on arrays and on batches of them.

A matrix without an inverse gives values that are no numbers, in a batch for its own point only; there are no
exceptions. So does one that rounding cannot tell from such a matrix: [[1,2,3],[4,5,6],[7,8,9]] as binary fractions
has an "inverse" of 1e16, of which no digit means anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .determinants import SAFE, cofactors_along, cofactors_by_singular_values, determinant, small_cofactors
from .moves import Kernel, Maker
from .plan import Step

#: sum of |inv(u)_ij*u_ji| over a row: changing row i of u by this part of itself can make u singular.
NO_DIGIT = 2.0**52
#: Beyond this size a solution is not held to it, for it would cost more than the solution itself.
HELD = 64
#: Up to here the cofactors are taken from the inverse.
REGULAR = 1e3


def _matmul(step: Step, batched: Sequence[bool]) -> Kernel:
    ranks = tuple(map(len, step.shapes))
    if not any(batched):
        return lambda u, v: _dense(u) @ _dense(v)
    many_u, many_v = batched
    if ranks == (1, 1):
        if many_u and many_v:
            return lambda u, v: np.einsum("bi,bi->b", u, v)
        return (lambda u, v: u @ _dense(v)) if many_u else (lambda u, v: v @ _dense(u))
    if ranks == (1, 2):
        if many_u and many_v:
            return lambda u, v: (u[:, None, :] @ v)[:, 0, :]
    elif ranks == (2, 1):
        if many_u and many_v:
            return lambda u, v: (u @ v[:, :, None])[:, :, 0]
        if many_v:
            return lambda u, v: _dense(v) @ _dense(u).T
    elif many_u and not many_v:
        # One large product instead of many small ones.
        return lambda u, v: (u.reshape(-1, u.shape[-1]) @ _dense(v)).reshape(*u.shape[:-1], v.shape[-1])
    return lambda u, v: _dense(u) @ _dense(v)


def _dense(u: Any) -> Any:
    """An array that repeats its numbers, with them written out: BLAS cannot read it as it is."""
    return np.ascontiguousarray(u) if 0 in u.strides else u


def _outer(step: Step, batched: Sequence[bool]) -> Kernel:
    return lambda u, v: u[..., :, None] * v[..., None, :]


def _inv(u: Any) -> Any:
    """The inverses of matrices; not a number where there is none."""
    n = u.shape[-1]
    if n == 1:
        return np.where(u == 0.0, np.nan, 1.0 / u)
    result = _small_inverse(u) if n == 2 else None
    if result is None:
        result = _each(np.linalg.inv, u)
    return _blank(result, _uncertainty(result, u))


def _small_inverse(u: Any) -> Any:
    """By Cramer's rule, which whole numbers like; None where a product is out of range."""
    a, b, c, d = u[..., 0, 0], u[..., 0, 1], u[..., 1, 0], u[..., 1, 1]
    products = np.fabs(a * d) + np.fabs(b * c)
    if not ((products > SAFE[0]) & (products < SAFE[1])).all():
        return None
    return np.swapaxes(small_cofactors(u), -1, -2) / np.asarray(a * d - b * c)[..., None, None]


def _uncertainty(inverse: Any, u: Any) -> Any:
    """How far a part of rounding in a row of u can be magnified: see NO_DIGIT. Scaling of rows and columns is none."""
    return np.fabs(inverse * np.swapaxes(u, -1, -2)).sum(-1).max(-1)


def _blank(result: Any, uncertainty: Any) -> Any:
    good = uncertainty < NO_DIGIT
    if not good.all():
        result = np.array(result)
        result[~good] = np.nan
    return result


def _each(function: Callable[..., Any], u: Any, *rest: Any) -> Any:
    """A function of NumPy on matrices, one by one if it raises for one of them."""
    try:
        return function(u, *rest)
    except np.linalg.LinAlgError:
        if u.ndim == 2:
            return np.full((rest[0] if rest else u).shape, np.nan)
        return np.array([_each(function, item, *(other[k] for other in rest)) for k, item in enumerate(u)])


def _solve(step: Step, batched: Sequence[bool]) -> Kernel:
    vector = len(step.shapes[1]) == 1
    many_u, many_v = batched

    def kernel(u: Any, v: Any) -> Any:
        columns = v[..., None] if vector else v
        n = u.shape[-1]
        if many_v and not many_u:  # one matrix, and all right-hand sides are its columns
            columns = columns.transpose(1, 0, 2).reshape(n, -1)
        elif many_u and not many_v:
            columns = np.broadcast_to(columns, (len(u), *columns.shape))
        result = _solution(u, columns)
        if many_v and not many_u:
            result = result.reshape(n, len(v), -1).transpose(1, 0, 2)
        return result[..., 0] if vector else result

    return kernel


def _solution(u: Any, columns: Any) -> Any:
    n = u.shape[-1]
    if n == 1:
        return np.where(u == 0.0, np.nan, columns / u)
    if n == 2:
        return _inv(u) @ columns
    if n > HELD:
        return _each(np.linalg.solve, u, columns)
    # The inverse beside it, which tells how much of the solution is known, is had for the same elimination.
    both = _each(np.linalg.solve, u, np.concatenate([columns, np.broadcast_to(np.eye(n), u.shape)], -1))
    count = columns.shape[-1]
    return _blank(both[..., :count], _uncertainty(both[..., count:], u))


def _cofactors(u: Any) -> Any:
    if u.shape[-1] <= 3:
        return small_cofactors(u)
    inverse, det = _inv(u), np.asarray(determinant(u))
    result = det[..., None, None] * np.swapaxes(inverse, -1, -2)
    # Near a singular matrix the inverse loses its digits, though the cofactors are well determined.
    size = np.fabs(det)
    good = (_uncertainty(inverse, u) < REGULAR) & (size > SAFE[0]) & (size < SAFE[1])
    poor = ~good & np.isfinite(u).all((-2, -1))
    if poor.any():
        result[poor] = _each(cofactors_by_singular_values, u[poor])
    return result


def _plain(function: Callable[..., Any]) -> Maker:
    return lambda step, batched: function


LINEAR: dict[str, Maker] = {
    "@": _matmul,
    "outer": _outer,
    "det": _plain(determinant),
    "inv": _plain(_inv),
    "solve": _solve,
    "cofactor": _plain(_cofactors),
    "cofactors_along": _plain(cofactors_along),
}
