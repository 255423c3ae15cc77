"""Determinants and cofactors of matrices, of one or of many in the last two axes of an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

#: Products between these are formed without loss.
SAFE = (1e-280, 1e280)
#: Matrices up to this size are eliminated here, larger ones by NumPy, whose determinant is exp(log|det|): 24 would be
#: 23.999999999999993, and the error grows with the logarithm. A large matrix has larger ones.
SMALL = 6
#: Whole numbers below this are what they look like.
WHOLE = 2.0**53


def determinant(u: Any) -> Any:
    """The determinants of matrices."""
    n = u.shape[-1]
    if n == 1:
        return u[..., 0, 0]
    if n > SMALL:
        return np.linalg.det(u)
    if u.ndim == 2:
        rows = u.tolist()
        if all(x.is_integer() and abs(x) < WHOLE for row in rows for x in row):
            return _exact([[int(x) for x in row] for row in rows])
        return _eliminate(rows)
    if n == 2:
        result = u[..., 0, 0] * u[..., 1, 1] - u[..., 0, 1] * u[..., 1, 0]
        if np.isfinite(result).all():
            return result
    return _eliminate_many(u.reshape(-1, n, n)).reshape(u.shape[:-2])


def _exact(rows: list[list[int]]) -> float:
    """Bareiss's elimination of whole numbers: every division comes out even."""
    sign, before = 1, 1
    while len(rows) > 1:
        place = next((k for k, row in enumerate(rows) if row[0]), None)
        if place is None:
            return 0.0
        pivot = rows[place]
        rows[place] = rows[0]
        sign = -sign if place else sign
        first, tail = pivot[0], pivot[1:]
        rows = [[(first * x - row[0] * y) // before for x, y in zip(row[1:], tail, strict=True)] for row in rows[1:]]
        before = first
    return float(sign * rows[0][0])


def _eliminate(rows: list[list[float]]) -> float:
    """Gauss's elimination with the largest pivot of each column."""
    if len(rows) == 2:
        (a, b), (c, d) = rows
        result = a * d - b * c
        if math.isfinite(result):
            return result
    if not all(math.isfinite(x) for row in rows for x in row):
        return math.nan
    # The product of the pivots is kept as mantissa and exponent: it may leave the range on its way.
    mantissa, exponent = 1.0, 0
    while rows:
        heads = [abs(row[0]) for row in rows]
        place = heads.index(max(heads))
        pivot = rows[place]
        first = pivot[0]
        if first == 0.0:
            return 0.0
        rows[place] = rows[0]
        part, power = math.frexp(-first if place else first)
        mantissa, exponent = mantissa * part, exponent + power
        tail = pivot[1:]
        rows = [[x - row[0] / first * y for x, y in zip(row[1:], tail, strict=True)] for row in rows[1:]]
    return float(np.ldexp(mantissa, exponent))


def _eliminate_many(u: Any) -> Any:
    """The same for an array of matrices."""
    rest = np.where(np.isfinite(u).all((1, 2), keepdims=True), u, np.nan)
    every = np.arange(len(u))
    mantissa, exponent = np.ones(len(u)), np.zeros(len(u), dtype=np.int64)
    while rest.shape[-1]:
        place = np.fabs(rest[:, :, 0]).argmax(1)
        pivot = rest[every, place]
        rest[every, place] = rest[:, 0]
        first = pivot[:, 0]
        part, power = np.frexp(np.where(place > 0, -first, first))
        mantissa, exponent = mantissa * part, exponent + power
        factors = rest[:, 1:, 0] / np.where(first == 0.0, 1.0, first)[:, None]
        rest = rest[:, 1:, 1:] - factors[:, :, None] * pivot[:, None, 1:]
    return np.ldexp(mantissa, exponent)


def small_cofactors(u: Any) -> Any:
    """The cofactors of matrices of size 1, 2 or 3."""
    n = u.shape[-1]
    if n == 1:
        return np.ones(u.shape)
    if u.ndim == 2:
        return np.array(_cofactors(u.tolist()))
    rows = [[u[..., i, j] for j in range(n)] for i in range(n)]
    return np.moveaxis(np.array(_cofactors(rows)), (0, 1), (-2, -1))


def _cofactors(rows: Any) -> Any:
    if len(rows) == 2:
        (a, b), (c, d) = rows
        return [[d, -c], [-b, a]]
    (a, b, c), (d, e, f), (g, h, i) = rows
    return [
        [e * i - f * h, f * g - d * i, d * h - e * g],
        [c * h - b * i, a * i - c * g, b * g - a * h],
        [b * f - c * e, c * d - a * f, a * e - b * d],
    ]


def cofactors_by_singular_values(u: Any) -> Any:
    """The cofactors of u = U diag(s) V^T: det(U) det(V^T) U diag(products of the other s) V^T."""
    left, s, right = np.linalg.svd(u)
    before, behind = np.ones(s.shape), np.ones(s.shape)
    before[..., 1:] = np.cumprod(s[..., :-1], -1)
    behind[..., :-1] = np.cumprod(s[..., :0:-1], -1)[..., ::-1]
    sign = np.rint(np.linalg.det(left) * np.linalg.det(right))
    return sign[..., None, None] * ((left * (before * behind)[..., None, :]) @ right)


def cofactors_along(u: Any, v: Any) -> Any:
    """The tangent of the cofactors of u along v: a polynomial, so it is there for singular matrices too."""
    n = u.shape[-1]
    if n == 1:
        return np.zeros(np.broadcast_shapes(u.shape, v.shape))
    if n == 2:
        return small_cofactors(v) + np.zeros(u.shape)
    if n == 3:
        # Each cofactor is u11*u22 - u12*u21 of the two rows and columns that follow, in a circle.
        next_, last = np.array([1, 2, 0]), np.array([2, 0, 1])
        corners = [(next_, next_), (next_, last), (last, next_), (last, last)]
        (a, b, c, d), (e, f, g, h) = ([x[..., i[:, None], j] for i, j in corners] for x in (u, v))
        return a * h + e * d - b * g - f * c
    # u = L diag(s) R: the same for a diagonal matrix, along b.
    if not np.isfinite(u).all():
        return np.full(np.broadcast_shapes(u.shape, v.shape), np.nan)
    left, s, right = np.linalg.svd(u)
    b = np.swapaxes(left, -1, -2) @ v @ np.swapaxes(right, -1, -2)
    here = np.eye(n, dtype=bool)
    others = np.where(here[:, None, :] | here[None, :, :], 1.0, s[..., None, None, :]).prod(-1)
    others[..., here] = 0.0
    along = -others * np.swapaxes(b, -1, -2)
    along[..., here] = (others @ np.diagonal(b, 0, -2, -1)[..., None])[..., 0]
    sign = np.rint(np.linalg.det(left) * np.linalg.det(right))
    return sign[..., None, None] * (left @ along @ right)
