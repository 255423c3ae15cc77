"""`f(points=…)` and its derivatives in Python: columns, arrays, data frames, Arrow tables."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dcalc import DcalcError, function

F = function("x^2*sin(y)")


def test_columns() -> None:
    x, y = np.linspace(0, 3, 7), np.linspace(1, 2, 7)
    answer = F.grad(points={"x": x, "y": y})
    assert len(answer) == 7
    assert answer.keys() == ["x", "y"]
    np.testing.assert_allclose(answer.value, x**2 * np.sin(y))
    np.testing.assert_allclose(answer["x"], 2 * x * np.sin(y))
    np.testing.assert_allclose(np.asarray(answer), np.stack([2 * x * np.sin(y), x**2 * np.cos(y)], 1))
    assert list(answer.columns) == ["value", "d/dx", "d/dy"]
    assert answer.counts == {"ok": 7, "kink": 0, "not finite": 0, "error": 0}
    assert repr(answer) == "<7 points: value, d/dx, d/dy>"
    np.testing.assert_allclose(F(points={"x": x, "y": y}).value, answer.value)
    np.testing.assert_allclose(np.asarray(F(points={"x": x, "y": y})), answer.value)


def test_what_is_the_same_everywhere() -> None:
    x = [0.5, 1, 2]
    expected = np.square(x) * np.sin(2)
    for answer in (F(points={"x": x, "y": 2}), F(points={"x": x}, y=2), F({"y": 2}, points={"x": x})):
        np.testing.assert_allclose(answer.value, expected)
    assert F.grad(points={"x": x}, y=2).keys() == ["x", "y"]
    assert F.grad(points={"x": x}, y=2, wrt="x").keys() == ["x"]
    np.testing.assert_allclose(F.grad(points={"x": x}, y=1).value, np.square(x) * np.sin(1))
    weights = function("w@[x, x^2]").grad(points={"x": x}, w=np.array([1.0, 2]), wrt="x")
    np.testing.assert_allclose(weights["x"], 1 + 4 * np.array(x))


def test_an_array_with_a_row_for_each_point() -> None:
    points = np.random.default_rng(3).uniform(0.1, 2, (6, 2))
    x, y = points.T
    np.testing.assert_allclose(F.grad(points=points)["y"], x**2 * np.cos(y))
    np.testing.assert_allclose(F.grad(points=points.tolist())["y"], x**2 * np.cos(y))
    hess = F.hess(points=points)
    assert np.asarray(hess).shape == (6, 2, 2)
    np.testing.assert_allclose(hess["x", "y"], 2 * x * np.cos(y))
    np.testing.assert_allclose(np.asarray(hess)[:, 1, 1], -(x**2) * np.sin(y))
    np.testing.assert_allclose(function("u^3").grad(points=x)["u"], 3 * x**2)
    np.testing.assert_allclose(F.grad(points=x[:, None], y=1.0)["x"], 2 * x * math.sin(1))


def test_arrays_at_each_point() -> None:
    v, a = np.arange(12.0).reshape(4, 3), np.arange(4.0)
    answer = function("a*v@v").grad(points={"v": v, "a": a})
    np.testing.assert_allclose(answer["v"], 2 * a[:, None] * v)
    assert np.asarray(answer).shape == (4, 4)
    jac = function("a*v").jac(points={"v": v, "a": a})
    assert jac.value.shape == (4, 3)
    np.testing.assert_allclose(jac["v"], a[:, None, None] * np.eye(3))
    np.testing.assert_allclose(jac["a"], v)
    hess = function("[x^2*y, y^3]").hess(points={"x": a, "y": a + 1})
    assert np.asarray(hess).shape == (4, 2, 2, 2)
    np.testing.assert_allclose(hess["y", "y"], np.stack([0 * a, 6 * (a + 1)], 1))


def test_derived_functions_and_programs() -> None:
    x = np.linspace(0.2, 2, 5)
    np.testing.assert_allclose(F.diff("x").grad(points={"x": x, "y": 0.3})["y"], 2 * x * math.cos(0.3))
    g = function("s = x; while s > 1 { s = s/2 }; s*x")
    np.testing.assert_allclose(g.grad(points={"x": [0.5, 1.5, 3, 5]})["x"], [1, 1.5, 1.5, 1.25])


def test_status() -> None:
    answer = function("abs(x)*log(y)").grad(points={"x": [0.0, 1, 2, 1], "y": [2.0, 0, 3, np.nan]})
    assert answer.status.tolist() == ["kink", "error", "ok", "not finite"]
    assert answer.errors[1].message == "log(0) is not defined"
    assert np.isnan(np.asarray(answer)[1]).all()
    assert "1 kink, 1 not finite, 1 error" in repr(answer)
    sides = function("abs(x)").grad(points={"x": [0.0, 2]}, at_kink="left")
    assert sides["x"].tolist() == [-1, 1]


@pytest.mark.parametrize("points", [{"x": [], "y": []}, {"x": np.zeros(0), "y": 1}, np.zeros((0, 2))])
def test_no_points(points: Any) -> None:
    answer = F.grad(points=points)
    assert (len(answer), np.asarray(answer).shape, answer.value.shape) == (0, (0, 2), (0,))


def test_data_frames() -> None:
    class Frame:  # as pandas and polars have them
        columns = ("id", "y", "x")

        def __getitem__(self, name: str) -> Any:
            return {"id": np.array(["a", "b"]), "x": np.array([1.0, 2]), "y": np.array([3, 4])}[name]

    np.testing.assert_allclose(F(points=Frame()).value, [math.sin(3), 4 * math.sin(4)])
    records = np.array([(1.0, 3), (2.0, 4)], dtype=[("x", float), ("y", int)])
    np.testing.assert_allclose(F(points=records).value, [math.sin(3), 4 * math.sin(4)])


def test_arrow() -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"id": ["a", "b", "c"], "x": [1, 2, None], "y": arrow.chunked_array([[3.0], [4.0, 5.0]])})
    answer = F.grad(points=table)
    assert answer.status.tolist() == ["ok", "ok", "not finite"]
    made = answer.to_arrow()
    assert made.column_names == ["id", "x", "y", "value", "d/dx", "d/dy", "status"]
    assert made["id"].to_pylist() == ["a", "b", "c"]
    np.testing.assert_allclose(made["d/dx"].to_numpy()[:2], [2 * math.sin(3), 4 * math.sin(4)])
    assert made["status"].to_pylist() == ["ok", "ok", "not finite"]
    assert F(points=table.to_batches()[0]).to_arrow().column_names == ["id", "x", "y", "value", "status"]
    assert F(points={"x": [1.0], "y": [2.0]}).to_arrow().column_names == ["value", "status"]
    lists = arrow.table({"v": arrow.array([[1.0, 2], [3, 4]], arrow.list_(arrow.float64(), 2)), "value": [1.0, 2]})
    answer = function("v@v*value").grad(points=lists)
    np.testing.assert_allclose(answer["v"], [[2, 4], [12, 16]])
    assert answer.to_arrow().column_names[:3] == ["v", "value", "value_"]
    for column, words in (({"x": ["a"], "y": [1]}, "holds string"), ({"x": [[1.0]], "y": [1]}, "list<")):
        with pytest.raises(DcalcError, match=words):
            F(points=arrow.table(column))
    assert function("b + 1")(points=arrow.table({"b": [True, False]})).value.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("points", "kind", "words"),
    [
        ({"x": [1, 2]}, "name", "no column y"),
        ({"x": [1, 2], "y": [1]}, "shape", "x has 2 rows, y has 1"),
        ({"x": ["a"], "y": [1]}, "usage", "the column x is not numbers"),
        ({"x": [1j], "y": [1]}, "usage", "the column x is not numbers"),
        ({"x": [1], "y": [None]}, "usage", "the column y is not numbers"),
        ({"x": 1, "y": 2}, "usage", "no column"),
        ({"x": [[1, 2], [3]], "y": [1, 2]}, "shape", "same shape"),
        ({"x": np.zeros((2, 0)), "y": [1, 2]}, "shape", "no components"),
        (np.zeros((3, 3)), "shape", "a column for each"),
        ([1, 2, 3], "shape", "a column for each"),
        ("abc", "usage", "not numbers"),
        (5, "shape", "a column for each"),
    ],
)
def test_points_that_do_not_fit(points: Any, kind: str, words: str) -> None:
    with pytest.raises(DcalcError, match=words) as caught:
        F.grad(points=points)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: F(points={"x": [1], "y": [2]}, y=2), "y is given twice"),
        (lambda: F({"y": 1}, points={"x": [1]}, y=2), "y is given twice"),
        (lambda: F.grad(points={"x": [1], "y": [2]}, backend="fd"), "works at one point"),
        (lambda: F.hess(points={"x": [1], "y": [2]}, sparse=True), "sparse is for one point"),
        (lambda: F.grad(points={"x": [1], "y": [2]}, wrt="z"), "no z"),
        (lambda: function("[x, x]").grad(points={"x": [1]}), "a gradient is of a number"),
        (lambda: F.grad(points={"x": [1], "y": [2]})["z"], "z"),
        (lambda: F.hess(points={"x": [1], "y": [2]})["x"], "pair of inputs"),
    ],
)
def test_errors(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((DcalcError, KeyError, TypeError), match=words):
        call()


def test_the_sign_of_zero_counts() -> None:
    f = function("atan2(y, x)")
    assert f(points={"x": [-1.0]}, y=0.0).value.tolist() == [math.pi]
    assert f(points={"x": [-1.0]}, y=-0.0).value.tolist() == [-math.pi]


def test_an_input_of_the_name_points() -> None:
    f = function("points^2")
    assert f(points=3) == 9
    assert f.grad(points=3).entries() == [6]


def test_a_function_that_was_used_can_be_sent() -> None:
    f = function("x^2")
    f.grad(points={"x": [1.0]})
    f.grad(x=1)
    f.compile("grad")
    assert pickle.loads(pickle.dumps(f))(x=3) == 9
