"""The table's rules for arrays against 50-digit differentiation of functions written out with mpmath.

Iterates over the table: a new entry for arrays fails here until the oracle knows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE
from dcalc.sweeps.forward import forward
from dcalc.sweeps.one_sided import one_sided
from dcalc.sweeps.reverse import gradient
from dcalc.sweeps.rounding import rounding

ARRAYS = [entry for entry in TABLE.values() if entry.kind in ("reduction", "multilinear", "opaque")]
#: Shapes of arguments beside the entry's own: every rank that it has rules for.
MORE_SHAPES: dict[str, list[tuple[tuple[int, ...], ...]]] = {
    "@": [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 3), (3, 1))],
    "transpose": [((2, 3, 4),)],
    "diag": [((3, 3),), ((1,),)],
    "solve": [((3, 3), (3, 2)), ((1, 1), (1,))],
    "sum[]": [((4,),), ((2, 3, 2),)],
    "max[]": [((2, 3),)],
    "min[]": [((2, 3),)],
    "norm[]": [((2, 3),), ((1,),)],
    "logsumexp[]": [((2, 3),)],
    "det": [((1, 1),), ((2, 2),), ((4, 4),)],
    "inv": [((1, 1),), ((2, 2),)],
    "cofactor": [((1, 1),), ((2, 2),), ((4, 4),)],
    "cofactors_along": [((1, 1), (1, 1)), ((2, 2), (2, 2)), ((4, 4), (4, 4))],
}

Array = Any


def objects(value: Array) -> Array:
    """An array of mpmath numbers."""
    return np.vectorize(mpmath.mpf, otypes=[object])(value)


def inverse(a: Array) -> Array:
    """Gauss and Jordan, with pivots."""
    n = len(a)
    work = np.concatenate([a.copy(), objects(np.eye(n))], axis=1)
    for k in range(n):
        pivot = max(range(k, n), key=lambda row: abs(work[row, k]))
        work[[k, pivot]] = work[[pivot, k]]
        work[k] = work[k] / work[k, k]
        for row in range(n):
            if row != k:
                work[row] = work[row] - work[row, k] * work[k]
    return work[:, n:]


def determinant(a: Array) -> Array:
    """Leibniz's formula."""
    n = len(a)
    total = mpmath.mpf(0)
    for order in itertools.permutations(range(n)):
        sign = (-1) ** sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term = mpmath.mpf(sign)
        for i, j in enumerate(order):
            term *= a[i, j]
        total += term
    return total


def cofactors(a: Array) -> Array:
    """Minors with signs."""
    n = len(a)
    result = objects(np.zeros((n, n)))
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            result[i, j] = (-1) ** (i + j) * (determinant(minor) if n > 1 else mpmath.mpf(1))
    return result


def cofactors_along(u: Array, v: Array) -> Array:
    """The part of cofactors(u + v) that is linear in v: they are polynomials of degree n - 1."""
    n = len(u)
    if n == 1:
        return objects(np.zeros((1, 1)))
    if n == 2:
        return cofactors(v)
    if n == 3:
        return cofactors(u + v) - cofactors(u) - cofactors(v)
    assert n == 4
    return (cofactors(u + v) - cofactors(u - v)) / 2 - cofactors(v)


def along(function: Callable[[list[Any]], Any]) -> Callable[..., Array]:
    """A function of a list of numbers, over all of an array or along an axis."""

    def reduce(u: Array, axis: int | None = None) -> Array:
        if axis is None:
            return function(list(u.ravel()))
        moved = np.moveaxis(u, axis, -1)
        flat = moved.reshape(-1, moved.shape[-1])
        result = np.array([function(list(row)) for row in flat], dtype=object)
        return result.reshape(moved.shape[:-1])

    return reduce


ORACLE: dict[str, Callable[..., Array]] = {
    "@": lambda u, v: u.dot(v),
    "outer": np.outer,
    "transpose": np.transpose,
    "diag": np.diag,
    "sum[]": along(mpmath.fsum),
    "max[]": along(max),
    "min[]": along(min),
    "norm[]": along(lambda u: mpmath.sqrt(mpmath.fsum(x * x for x in u))),
    "logsumexp[]": along(lambda u: mpmath.log(mpmath.fsum(map(mpmath.exp, u)))),
    "det": determinant,
    "inv": inverse,
    "solve": lambda u, v: inverse(u).dot(v),
    "cofactor": cofactors,
    "cofactors_along": cofactors_along,
}


def cases() -> list[Any]:
    found = []
    for entry in ARRAYS:
        if entry.name in ("last_max", "last_min"):
            continue  # constant between the jumps, which are those of max and min
        for shapes in (entry.shapes, *MORE_SHAPES.get(entry.name, [])):
            rank = len(shapes[0])
            axes = [None, *range(-rank, 0)] if entry.kind == "reduction" and rank > 1 else [None]
            found += [pytest.param(entry, shapes, axis, id=f"{entry.name}-{shapes}-{axis}") for axis in axes]
    return found


def apply(name: str, args: list[Array], axis: int | None) -> Array:
    result = ORACLE[name](*args) if axis is None else ORACLE[name](*args, axis=axis)
    return np.asarray(result, dtype=object)


class Case:
    """A node over inputs at random values, with random directions and a random adjoint."""

    def __init__(self, entry: Any, shapes: Any, axis: int | None) -> None:
        self.name, self.axis = entry.name, axis
        rng = np.random.default_rng(len(repr((entry.name, shapes, axis))))
        self.values = [rng.normal(size=shape) for shape in shapes]
        self.directions = [rng.normal(size=shape) for shape in shapes]
        self.graph = Graph()
        self.leaves = [self.graph.input(f"u{k}", shape) for k, shape in enumerate(shapes)]
        self.node = self.graph.emit(entry.name, tuple(self.leaves), axis)
        self.given = [self.graph.input(f"d{k}", shape) for k, shape in enumerate(shapes)]
        self.weight = self.graph.input("g", self.graph.shapes[self.node])
        self.g = rng.normal(size=self.graph.shapes[self.node])
        self.point = {f"u{k}": value for k, value in enumerate(self.values)}
        self.point |= {f"d{k}": value for k, value in enumerate(self.directions)}
        self.point["g"] = float(self.g) if np.ndim(self.g) == 0 else self.g

    def number(self, node: int) -> Array:
        return np.asarray(evaluate(self.graph, [node], self.point)[0])

    def expected(self, order: int) -> Array:
        """The derivative along the directions, to 50 digits."""
        with mpmath.workdps(50):
            us, ds = [objects(v) for v in self.values], [objects(d) for d in self.directions]
            shape = self.graph.shapes[self.node]

            def at(t: Any) -> Array:
                return apply(self.name, [u + t * d for u, d in zip(us, ds, strict=True)], self.axis).reshape(-1)

            count = len(at(mpmath.mpf(0)))
            found = [mpmath.diff(lambda t, k=k: at(t)[k], 0, order) for k in range(count)]
            return np.array([float(x) for x in found]).reshape(shape)

    def tangent(self, node: int) -> int:
        seeds = {leaf: {0: seed} for leaf, seed in zip(self.leaves, self.given, strict=True)}
        found = forward(self.graph, [node], seeds).get(node, {}).get(0, self.graph.const(0))
        return self.graph.full(found, self.graph.shapes[node])


@pytest.mark.parametrize(("entry", "shapes", "axis"), cases())
def test_values_and_derivatives(entry: Any, shapes: Any, axis: int | None) -> None:
    case = Case(entry, shapes, axis)
    with mpmath.workdps(50):
        value = apply(entry.name, [objects(v) for v in case.values], axis)
    np.testing.assert_allclose(case.number(case.node), value.astype(float), rtol=1e-12, atol=1e-13)
    first = case.tangent(case.node)
    np.testing.assert_allclose(case.number(first), case.expected(1), rtol=1e-10, atol=1e-11)
    second = case.tangent(first)
    np.testing.assert_allclose(case.number(second), case.expected(2), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("entry", "shapes", "axis"), cases())
def test_adjoints_are_dual_to_tangents(entry: Any, shapes: Any, axis: int | None) -> None:
    case = Case(entry, shapes, axis)
    adjoints = gradient(case.graph, case.node, case.leaves, case.weight)
    left = float(np.sum(case.g * case.number(case.tangent(case.node))))
    right = sum(float(np.sum(case.number(a) * d)) for a, d in zip(adjoints, case.directions, strict=True))
    assert left == pytest.approx(right, rel=1e-11, abs=1e-11)
    # And of the adjoints again: the second order in reverse.
    for adjoint, direction in zip(adjoints, case.given, strict=True):
        whole = case.graph.full(adjoint, case.graph.shapes[direction])
        tangent = case.number(case.tangent(whole))
        back = gradient(case.graph, whole, case.leaves, direction)
        ahead = float(np.sum(tangent * case.point[case.graph.attrs[direction]]))
        behind = sum(float(np.sum(case.number(a) * d)) for a, d in zip(back, case.directions, strict=True))
        assert ahead == pytest.approx(behind, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("entry", "shapes", "axis"), cases())
def test_rounding_bounds_hold(entry: Any, shapes: Any, axis: int | None) -> None:
    case = Case(entry, shapes, axis)
    (bound,) = rounding(case.graph, [case.node])
    with mpmath.workdps(50):
        value = apply(entry.name, [objects(v) for v in case.values], axis)
        miss = np.asarray(objects(case.number(case.node)) - value, dtype=object)
        error = np.array([float(abs(x)) for x in miss.ravel()]).reshape(miss.shape)
    assert np.all(error <= 4 * case.number(case.graph.full(bound, case.graph.shapes[case.node])) + 1e-300)


@pytest.mark.parametrize("entry", [e for e in ARRAYS if e.one_sided], ids=lambda e: e.name)
def test_one_sided_derivatives_at_ties(entry: Any) -> None:
    """At a tie the difference quotient from each side, along each component."""
    graph = Graph()
    leaf, seed = graph.input("u", (4,)), graph.input("s", (4,))
    node = graph.emit(entry.name, (leaf,))
    u = np.zeros(4) if entry.name == "norm[]" else np.array([1.0, 2.0, 2.0, 1.0]) * (1 if entry.name == "max[]" else -1)
    for backward in (False, True):
        (made,) = one_sided(graph, [node], leaf, backward=backward, seed=seed)
        for k in range(4):
            direction = np.eye(4)[k]
            found = evaluate(graph, [made], {"u": u, "s": direction})[0]
            h = -1e-7 if backward else 1e-7
            ahead = float(apply(entry.name, [u + h * direction], None))
            assert found == pytest.approx((ahead - float(apply(entry.name, [u], None))) / h, abs=1e-6)


def test_ties_choose_the_last() -> None:
    graph = Graph()
    leaf = graph.input("u", (4,))
    for name, values in (("max[]", [1.0, 2.0, 2.0, 0.0]), ("min[]", [1.0, 0.0, 0.0, 2.0])):
        (made,) = gradient(graph, graph.emit(name, (leaf,)), [leaf])
        assert evaluate(graph, [made], {"u": np.array(values)})[0].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_determinant_of_a_singular_matrix() -> None:
    """Its derivative is the matrix of cofactors, which exists there too."""
    graph = Graph()
    leaf = graph.input("u", (2, 2))
    (made,) = gradient(graph, graph.emit("det", (leaf,)), [leaf])
    found = evaluate(graph, [made], {"u": np.array([[1.0, 2.0], [2.0, 4.0]])})[0]
    np.testing.assert_allclose(found, [[4.0, -2.0], [-2.0, 1.0]], atol=1e-14)


@pytest.mark.parametrize("entry", [entry for entry in TABLE.values() if entry.shapes], ids=lambda entry: entry.name)
def test_entries_for_arrays_are_complete(entry: Any) -> None:
    assert entry.doc and not entry.doc.endswith(".") and entry.rule and entry.latex
    assert len(entry.shapes) == entry.arity
    if entry.kind == "reduction":
        assert len(entry.d) == entry.arity == 1 and entry.name.endswith("[]") and entry.along
        assert bool(entry.kink) == bool(entry.one_sided)
    elif entry.kind == "composite":
        assert entry.value
    else:
        assert entry.adjoints and all(len(forms) == entry.arity for forms in entry.adjoints.values())
        assert len(entry.tangents) == (entry.arity if entry.kind == "opaque" else 0)


@pytest.mark.parametrize(
    "u",
    [
        [[1.0, 2.0], [2.0, 4.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0000000001]],
        [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [1.0, 0.0, 2.0, 0.0], [2.0, 2.0, 5.0, 4.0]],
    ],
    ids=["rank 1", "zero", "rank 2", "nearly singular", "4 x 4"],
)
def test_second_derivatives_of_a_determinant_need_no_inverse(u: Any) -> None:
    """Of a determinant that is 0, or nearly: the entries are those of matrices of n - 2 rows."""
    graph = Graph()
    n = len(u)
    leaf, seed = graph.input("u", (n, n)), graph.input("s", (n, n))
    (first,) = gradient(graph, graph.emit("det", (leaf,)), [leaf])
    (second,) = gradient(graph, first, [leaf], seed)
    with mpmath.workdps(50):
        for k in range(n * n):
            direction = np.zeros(n * n)
            direction[k] = 1.0
            direction = direction.reshape(n, n)
            found = evaluate(graph, [second], {"u": np.array(u), "s": direction})[0]
            expected = cofactors_along(objects(np.array(u)), objects(direction)).astype(float)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * max(1.0, np.abs(expected).max()))
