"""The kernels of arrays against exact and known values, and at the ends of the range."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph

CHANCE = np.random.default_rng(3)
SHAPES = ((), (1,), (4,), (2, 3), (3, 1), (2, 3, 4))


def run(op: str, *args: Any, attr: Any = None) -> Any:
    """An operation on values, and that the result is what its node says."""
    graph = Graph()
    given = [np.array(arg, dtype=float) if np.ndim(arg) else float(arg) for arg in args]
    leaves = tuple(graph.input(f"x{k}", np.shape(arg)) for k, arg in enumerate(given))
    node = graph.emit(op, leaves, attr)
    (value,) = evaluate(graph, [node], {f"x{k}": arg for k, arg in enumerate(given)})
    if graph.shapes[node]:
        assert value.shape == graph.shapes[node] and value.dtype == np.float64 and value.flags.c_contiguous
    else:
        assert type(value) is float
    return value


def axes(shape: tuple[int, ...]) -> list[int | None]:
    return [None, *range(-len(shape), 0)]


@pytest.mark.parametrize(("shape", "axis"), [(shape, axis) for shape in SHAPES for axis in axes(shape)])
def test_reductions(shape: tuple[int, ...], axis: int | None) -> None:
    u = CHANCE.normal(size=shape)
    assert np.allclose(run("sum[]", u, attr=axis), u.sum(axis), rtol=1e-14)
    assert np.array_equal(run("max[]", u, attr=axis), u.max(axis))
    assert np.array_equal(run("min[]", u, attr=axis), u.min(axis))
    assert np.allclose(run("norm[]", u, attr=axis), np.sqrt((u * u).sum(axis)), rtol=1e-14)
    assert np.allclose(run("logsumexp[]", u, attr=axis), np.log(np.exp(u).sum(axis)), rtol=1e-13)
    for op, extremum in (("last_max", np.max), ("last_min", np.min)):
        assert np.array_equal(run(op, u, attr=axis), u == extremum(u, axis=axis, keepdims=True))


def test_of_several_extremal_components_the_last_one() -> None:
    assert run("last_max", [1, 3, 2, 3, 0]).tolist() == [0, 0, 0, 1, 0]
    assert run("last_min", [[0, 0], [0, 1]]).tolist() == [[0, 0], [1, 0]]
    assert run("last_max", [[2, 2], [1, 2]], attr=-1).tolist() == [[0, 1], [0, 1]]
    assert run("last_max", [[2, 2], [1, 2]], attr=-2).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e307])
def test_norms_neither_overflow_nor_underflow(scale: float) -> None:
    three, four = 3 * scale, 4 * scale
    assert run("norm[]", [three, four]) == pytest.approx(5 * scale, rel=1e-15, abs=1e-323)
    table = [[three, four], [0.0, 0.0], [1.0, 0.0]]
    expected = [pytest.approx(5 * scale, rel=1e-15, abs=1e-323), 0.0, 1.0]
    assert run("norm[]", table, attr=-1).tolist() == expected


def test_norms_of_what_is_not_finite() -> None:
    assert run("norm[]", [1, -math.inf]) == math.inf
    assert math.isnan(run("norm[]", [1, math.nan]))
    assert math.isnan(run("norm[]", [math.inf, math.nan]))
    assert run("norm[]", [1e308] * 4) == math.inf
    found = run("norm[]", [[1e200, 1.0], [math.inf, 1.0], [math.nan, 1.0]], attr=-1)
    assert found[:2].tolist() == [1e200, math.inf] and math.isnan(found[2])


@pytest.mark.parametrize("u", [[0, -40], [1e-3, -700, 2], [-0.6931471805599453] * 2, [1000, 1000], [-2000, -2001], [5]])
def test_logsumexp_keeps_its_digits(u: list[float]) -> None:
    with mpmath.workdps(50):
        expected = float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in u)))
    slack = 4e-16 * max(map(abs, u))
    if u == [0, -40]:
        slack = 1e-32
    assert run("logsumexp[]", u) == pytest.approx(expected, rel=1e-15, abs=slack)
    assert run("logsumexp[]", [u, u], attr=-1).tolist() == [pytest.approx(expected, rel=1e-15, abs=slack)] * 2


def test_logsumexp_of_infinities() -> None:
    inf = math.inf
    assert run("logsumexp[]", [-inf, -inf]) == -inf
    assert run("logsumexp[]", [-inf, 2.0]) == 2.0
    assert run("logsumexp[]", [inf, 2.0]) == inf
    assert run("logsumexp[]", [inf, -inf]) == inf
    assert math.isnan(run("logsumexp[]", [inf, math.nan]))
    found = run("logsumexp[]", [[-inf, -inf], [inf, 1], [math.nan, 1]], attr=-1)
    assert found[:2].tolist() == [-inf, inf] and math.isnan(found[2])


@pytest.mark.parametrize("op", ["sum[]", "max[]", "min[]"])
def test_no_number_is_passed_on(op: str) -> None:
    for u in itertools.permutations([1.0, math.nan, 2.0]):
        assert math.isnan(run(op, u))
        assert np.isnan(run(op, [u, [1, 2, 3]], attr=-1)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("a", "b"), [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((1, 1), (1, 1)), ((1,), (1,))]
)
def test_products(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    u, v = CHANCE.normal(size=a), CHANCE.normal(size=b)
    assert np.allclose(run("@", u, v), u @ v, rtol=1e-14)


def test_products_of_values_that_repeat_a_number() -> None:
    graph = Graph()
    x, v = graph.input("x"), graph.input("v", (90,))
    ones, wide = graph.full(x, (90, 90)), graph.full(v, (90, 90))
    point = {"x": 2.0, "v": np.arange(90.0)}
    value, other = evaluate(graph, [graph.emit("@", (ones, wide)), graph.emit("@", (wide, v))], point)
    assert np.array_equal(value, np.broadcast_to(180 * point["v"], (90, 90)))
    assert np.array_equal(other, np.full(90, (point["v"] ** 2).sum()))


def test_moves_of_vectors_and_matrices() -> None:
    assert run("outer", [1, 2], [3, 4, 5]).tolist() == [[3, 4, 5], [6, 8, 10]]
    assert run("transpose", [[1, 2, 3], [4, 5, 6]]).tolist() == [[1, 4], [2, 5], [3, 6]]
    assert run("transpose", [1, 2]).tolist() == [1, 2]
    assert run("transpose", np.arange(24.0).reshape(2, 3, 4))[3, 2, 1] == 23
    assert run("diag", [1, 2]).tolist() == [[1, 0], [0, 2]]
    assert run("diag", [[1, 2], [3, 4]]).tolist() == [1, 4]
    table = np.arange(12.0).reshape(3, 4)
    assert run("index", table, attr=(1, 2)) == 6
    assert run("index", table, attr=(1,)).tolist() == [4, 5, 6, 7]
    assert run("index", table, attr=((0, 2), 3)).tolist() == [3, 7]
    assert run("index", table, attr=((1, 3), (1, 3))).tolist() == [[5, 6], [9, 10]]
    assert run("place", [1, 2], attr=(((0, 2), 1), (3, 2))).tolist() == [[0, 1], [0, 2], [0, 0]]
    assert run("place", 5, attr=((1,), (3,))).tolist() == [0, 5, 0]
    assert run("concat", [1, 2], [3], attr=-1).tolist() == [1, 2, 3]
    assert run("concat", [[1], [2]], [[3], [4]], attr=-1).tolist() == [[1, 3], [2, 4]]
    assert run("concat", [[1], [2]], [[3]], attr=-2).tolist() == [[1], [2], [3]]
    assert run("vector", 1, 2, 3).tolist() == [1, 2, 3]
    assert run("vector", [1, 2], [3, 4]).tolist() == [[1, 2], [3, 4]]
    assert run("reshape", table, attr=(2, 6)).tolist() == table.reshape(2, 6).tolist()
    assert run("reshape", 3, attr=(1, 1)).tolist() == [[3]]
    assert run("reshape", [[3]], attr=()) == 3
    assert run("broadcast", [1, 2], attr=(2, 2)).tolist() == [[1, 2], [1, 2]]
    assert np.array_equal(run("broadcast", 7, attr=(80, 80)), np.full((80, 80), 7.0))


def test_elementwise_operations_broadcast() -> None:
    v, table = [1.0, 2.0, 3.0], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert run("+", v, table).tolist() == [[2, 4, 6], [5, 7, 9]]
    assert run("*", 2, v).tolist() == [2, 4, 6]
    assert run("^", v, 2).tolist() == [1, 4, 9]
    assert run("<", v, 2).tolist() == [1, 0, 0]
    assert run("-", [[1], [2]], [10, 20]).tolist() == [[-9, -19], [-8, -18]]
    assert run("if", [1, 0, math.nan], v, 0).tolist() == [1, 0, 3]
    assert run("if", 1, 5, v).tolist() == [5, 5, 5]
    assert run("if", 0, 5, v).tolist() == v
    assert run("if", 0, table, v).tolist() == [v, v]
    assert run("if", [1, 0, 1], 1, [math.nan, 2, math.nan]).tolist() == [1, 2, 1]
    assert run("silu", [[0.0]]).tolist() == [[0.0]]


def exact_det(rows: list[list[Fraction]]) -> Fraction:
    if not rows:
        return Fraction(1)
    return sum(
        (-1) ** k * head * exact_det([row[:k] + row[k + 1 :] for row in rows[1:]]) for k, head in enumerate(rows[0])
    ) + Fraction(0)


def exact(u: Any) -> tuple[float, Any, float]:
    """The determinant, the cofactors, and a bound of the determinant's size without cancellation."""
    rows = [[Fraction(x) for x in row] for row in np.asarray(u).tolist()]
    n = len(rows)
    cofactors = [
        [
            float((-1) ** (i + j) * exact_det([row[:j] + row[j + 1 :] for k, row in enumerate(rows) if k != i]))
            for j in range(n)
        ]
        for i in range(n)
    ]
    return float(exact_det(rows)), np.array(cofactors), float(np.abs(np.array(cofactors) * u).sum())


@pytest.mark.parametrize("n", range(1, 8))
def test_determinants_and_cofactors(n: int) -> None:
    for _ in range(5 if n < 6 else 1):
        u = CHANCE.normal(size=(n, n))
        det, cofactors, size = exact(u)
        assert run("det", u) == pytest.approx(det, rel=1e-15, abs=2e-16 * n * size)
        assert np.allclose(run("cofactor", u), cofactors, rtol=1e-13, atol=1e-14 * np.abs(cofactors).max())
        assert np.allclose(run("inv", u) * det, cofactors.T, rtol=1e-11, atol=1e-12 * np.abs(cofactors).max())


def test_whole_numbers_have_exact_determinants() -> None:
    assert run("det", [[1, 2], [3, 4]]) == -2
    assert run("det", [[1, 2, 3], [4, 5, 6], [7, 8, 9]]) == 0
    assert run("det", [[1, 2, 3], [4, 5, 6], [7, 8, 10]]) == -3
    assert run("det", np.diag([2, 3, 4])) == 24
    assert run("det", [[0, 1, 0], [1, 0, 0], [0, 0, 1]]) == -1
    for n in range(1, 7):
        u = CHANCE.integers(-9, 9, size=(n, n))
        assert run("det", u) == exact(u)[0]
    assert run("inv", [[1, 2], [3, 4]]).tolist() == [[-2, 1], [1.5, -0.5]]


def test_determinants_do_not_leave_the_range_on_the_way() -> None:
    assert run("det", np.diag([1e200, 1e200, 1e-200, 1e-200])) == pytest.approx(1, rel=1e-15)
    assert run("det", np.diag([1e-200, 1e-200, 1e200])) == pytest.approx(1e-200, rel=1e-15)
    assert run("det", np.full((2, 2), 1e200)) == 0
    assert run("det", np.diag([1e200, 1e200, 0.5])) == math.inf
    assert math.isnan(run("det", [[1, 2], [math.nan, 1]]))
    assert math.isnan(run("det", [[1, 2, 3], [math.nan, 1, 0], [0, 0, 0]]))


def singular(n: int, rank: int) -> Any:
    return CHANCE.normal(size=(n, rank)) @ CHANCE.normal(size=(rank, n))


@pytest.mark.parametrize("n", [3, 4, 5, 6])
@pytest.mark.parametrize("loss", [1, 2, 3])
@pytest.mark.parametrize("near", [0.0, 1e-12, 1e-5])
def test_cofactors_of_matrices_near_singular_ones(n: int, loss: int, near: float) -> None:
    u = singular(n, n - loss) + near * CHANCE.normal(size=(n, n))
    _, cofactors, _ = exact(u)
    scale = np.linalg.norm(u, 2) ** (n - 1)
    assert np.allclose(run("cofactor", u), cofactors, rtol=0, atol=1e-14 * scale)


def test_cofactors_are_those_of_the_definition() -> None:
    assert run("cofactor", [[7.0]]).tolist() == [[1]]
    assert run("cofactor", [[0.0]]).tolist() == [[1]]
    assert run("cofactor", [[1, 2], [3, 4]]).tolist() == [[4, -3], [-2, 1]]
    assert run("cofactor", np.zeros((4, 4))).tolist() == np.zeros((4, 4)).tolist()
    assert np.allclose(run("cofactor", np.diag([0.0, 2, 3, 4])), np.diag([24.0, 0, 0, 0]), rtol=1e-15)
    # Not of one size: rows and columns of 1e-30.
    u = np.diag([1.0, 1e-30, 2.0, 1e30]) @ CHANCE.normal(size=(4, 4)) @ np.diag([1e-10, 1.0, 1e10, 5.0])
    assert np.allclose(run("cofactor", u) / exact(u)[1], 1, rtol=1e-11)
    assert np.isnan(run("cofactor", np.full((4, 4), math.nan))).all()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 30])
def test_solutions(n: int) -> None:
    u, x, y = CHANCE.normal(size=(n, n)) + 3 * np.eye(n), CHANCE.normal(size=n), CHANCE.normal(size=(n, 2))
    assert np.allclose(run("solve", u, u @ x), x, rtol=1e-10, atol=1e-12)
    assert np.allclose(run("solve", u, u @ y), y, rtol=1e-10, atol=1e-12)
    assert np.allclose(run("inv", u) @ u, np.eye(n), atol=1e-10)


SINGULAR = [
    [[0.0]],
    [[1, 2], [2, 4]],
    [[0.1, 0.2], [0.2, 0.4]],
    [[0, 0], [0, 5]],
    [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    np.zeros((4, 4)),
    singular(5, 4),
    singular(20, 17),
]


@pytest.mark.parametrize("u", SINGULAR)
def test_a_singular_matrix_gives_no_numbers(u: Any) -> None:
    n = len(u)
    assert np.isnan(run("inv", u)).all()
    assert np.isnan(run("solve", u, np.ones(n))).all()
    assert np.isnan(run("solve", u, np.ones((n, 2)))).all()


def test_scaling_makes_no_matrix_singular() -> None:
    for n in (1, 2, 3, 4):
        for scales in ([1e-30, 1.0, 1e30, 1e3], [1e-200, 1e200, 1.0, 1.0]):
            u = np.diag(scales[:n])
            assert np.allclose(run("inv", u), np.diag(1 / np.array(scales[:n])), rtol=1e-15)
            assert np.allclose(run("solve", u, scales[:n]), 1, rtol=1e-15)
    for scale in (1e-180, 1e180):
        assert np.allclose(run("inv", np.array([[1, 2], [3, 4]]) * scale) * scale, [[-2, 1], [1.5, -0.5]], rtol=1e-14)


def test_infinite_and_missing_numbers_raise_nothing(recwarn: pytest.WarningsRecorder) -> None:
    for bad in (math.inf, -math.inf, math.nan):
        for n in (1, 2, 3, 5):
            u = np.eye(n)
            u[0, 0] = bad
            for op in ("det", "inv", "cofactor"):
                run(op, u)
            run("solve", u, np.ones(n))
            run("solve", np.eye(n), u[0])
    assert not recwarn.list
