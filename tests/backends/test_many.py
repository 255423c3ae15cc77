"""One expression at many points, held against closed forms, mpmath, the complex step, and single points."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from dcalc import DcalcError, function
from dcalc.backends.many import ERROR, KINK, MOST_ERRORS, NOT_FINITE, OK, Many
from dcalc.commands.recipe import Recipe
from dcalc.evaluate.engines import unavailable

ENGINES = ["scalar", "array", *([] if unavailable() else ["llvm"])]
RANDOM = np.random.default_rng(7)


def many(text: str, kind: str, *names: str, **how: Any) -> Many:
    return Recipe(text, kind, tuple((name, ()) for name in names), **how).many()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("backend", ["auto", "forward", "reverse", "symbolic"])
def test_gradients(engine: str, backend: str) -> None:
    x, y = RANDOM.uniform(0.1, 3, (2, 37))
    prepared = many("x^2*sin(y) + exp(-x)/y", "grad", "x", "y", backend=backend, engine=engine)
    assert prepared.titles == ["value", "d/dx", "d/dy"]
    rows = prepared.run({"x": x, "y": y}, 37)
    expected = [
        x**2 * np.sin(y) + np.exp(-x) / y,
        2 * x * np.sin(y) - np.exp(-x) / y,
        x**2 * np.cos(y) - np.exp(-x) / y**2,
    ]
    np.testing.assert_allclose(rows.block, expected, rtol=1e-13, atol=1e-14)
    assert not rows.status.any()


def test_against_mpmath() -> None:
    x = RANDOM.uniform(0.5, 4, 20)
    rows = many("lgamma(x)*atan(x)", "grad", "x").run({"x": x}, 20)
    with mpmath.workdps(30):
        for value, slope, one in zip(*rows.block, x, strict=True):
            f = lambda u: mpmath.loggamma(u) * mpmath.atan(u)  # noqa: E731
            assert math.isclose(value, float(f(one)), rel_tol=1e-13, abs_tol=1e-14)
            assert math.isclose(slope, float(mpmath.diff(f, one)), rel_tol=1e-12)


def test_against_the_complex_step() -> None:
    x = RANDOM.uniform(-2, 2, 50)
    rows = many("tanh(x)*exp(sin(3*x))", "grad", "x").run({"x": x}, 50)
    z = x + 1e-200j
    np.testing.assert_allclose(rows.block[1], (np.tanh(z) * np.exp(np.sin(3 * z))).imag / 1e-200, rtol=1e-12)


def test_hessians_and_jacobians() -> None:
    x, y = RANDOM.uniform(0.5, 2, (2, 9))
    hess = many("x^3*y", "hess", "x", "y")
    assert hess.titles == ["value", "d2/dx2", "d2/dx dy", "d2/dy dx", "d2/dy2"]
    np.testing.assert_allclose(
        hess.run({"x": x, "y": y}, 9).block, [x**3 * y, 6 * x * y, 3 * x**2, 3 * x**2, 0 * x], rtol=1e-14
    )
    jac = many("[x*y, x/y]", "jac", "x", "y")
    assert jac.titles[2:] == ["d value[1]/dx", "d value[1]/dy", "d value[2]/dx", "d value[2]/dy"]
    np.testing.assert_allclose(jac.run({"x": x, "y": y}, 9).block, [x * y, x / y, y, x, 1 / y, -x / y**2], rtol=1e-14)


def test_columns_of_arrays() -> None:
    v, x = RANDOM.normal(size=(5, 3)), RANDOM.normal(size=5)
    columns = {"v": v, "x": x}
    shapes = (("v", (3,)), ("x", ()))
    rows = Recipe("x*v@v", "grad", shapes).many().run(columns, 5)
    np.testing.assert_allclose(rows.block, [x * (v * v).sum(1), *(2 * x[:, None] * v).T, (v * v).sum(1)], rtol=1e-14)
    jac = Recipe("x*v", "jac", shapes).many()
    assert jac.titles[3:7] == ["d value[1]/dv[1]", "d value[1]/dv[2]", "d value[1]/dv[3]", "d value[1]/dx"]
    found = jac.run(columns, 5).block[3:].T.reshape(5, 3, 4)
    np.testing.assert_allclose(found[:, :, :3], x[:, None, None] * np.eye(3), rtol=1e-14)
    np.testing.assert_allclose(found[:, :, 3], v, rtol=1e-14)
    hess = Recipe("x*v@v", "hess", shapes).many().run(columns, 5).block[1:].T.reshape(5, 4, 4)
    np.testing.assert_allclose(hess[:, :3, :3], 2 * x[:, None, None] * np.eye(3), rtol=1e-14)
    np.testing.assert_allclose(hess[:, :3, 3], 2 * v, rtol=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_amiss_is_told_by_row(engine: str) -> None:
    x = np.array([1.0, -1, 0, 4, np.nan, 1000, -800])
    rows = many("1/(1 + exp(x)) + sqrt(x + 800)", "grad", "x", engine=engine).run({"x": x}, 7)
    # exp(1000) is too large although the value would be finite, as at one point; sqrt has no slope at 0; nan was given
    assert rows.status.tolist() == [OK, OK, OK, OK, NOT_FINITE, ERROR, NOT_FINITE]
    assert "exp(1000) is too large" in rows.errors[5].message
    assert rows.errors.keys() == {5}
    assert np.isnan(rows.block[:, 5]).all()
    assert rows.block[1, 6] == math.inf
    ieee = many("1/(1 + exp(x)) + sqrt(x + 800)", "grad", "x", engine=engine, ieee=True).run({"x": x}, 7)
    assert ieee.block[0, 5] == math.sqrt(1800)
    assert ERROR not in ieee.status


@pytest.mark.parametrize("engine", ENGINES)
def test_a_branch_that_is_not_taken_is_not_looked_at(engine: str) -> None:
    x = np.array([-1.0, 2.0, -3.0, 0.0])
    rows = many("if(x > 0, log(x), x) + if(x > 1 and log(x) > 0, abs(x - 5), 1)", "grad", "x", engine=engine).run(
        {"x": x}, 4
    )
    assert rows.status.tolist() == [OK, OK, OK, KINK]
    np.testing.assert_allclose(rows.block[1], [1, -0.5, 1, 1])


@pytest.mark.parametrize(("how", "slope"), [("lecture", 0), ("left", -1), ("right", 1), ("mean", 0), ("error", None)])
def test_kinks(how: str, slope: float | None) -> None:
    x, y = np.array([0.0, -2, 3, 0]), np.array([1.0, 1, 1, 0])
    rows = many("abs(x)*exp(y)", "grad", "x", "y", at_kink=how).run({"x": x, "y": y}, 4)
    expected = ERROR if slope is None else KINK
    assert rows.status.tolist() == [expected, OK, OK, expected]
    np.testing.assert_allclose(rows.block[1, 1:3], [-math.e, math.e])
    if slope is None:
        assert "abs(x) has a kink here" in rows.errors[0].message
        assert np.isnan(rows.block[:, 0]).all()
    else:
        np.testing.assert_allclose(rows.block[1, [0, 3]], [slope * math.e, slope])
        np.testing.assert_allclose(rows.block[2, [0, 3]], 0)


def test_kinks_of_arrays_and_of_second_derivatives() -> None:
    v = np.array([[1.0, 2], [0, 0], [0, 1]])
    rows = Recipe("norm(v) + sum(relu(v))", "grad", (("v", (2,)),)).many().run({"v": v}, 3)
    assert rows.status.tolist() == [OK, KINK, KINK]
    assert many("elu(x)", "hess", "x").run({"x": np.array([1.0, 0, -1])}, 3).status.tolist() == [OK, KINK, OK]
    assert many("elu(x)", "grad", "x").run({"x": np.array([1.0, 0, -1])}, 3).status.tolist() == [OK, OK, OK]
    refused = many("abs(x)", "hess", "x", at_kink="left").run({"x": np.array([1.0, 0])}, 2)
    assert refused.status.tolist() == [OK, ERROR]
    assert "no second derivative from one side" in refused.errors[1].message


@pytest.mark.parametrize(
    "text", ["log(x)*max(x, y)", "sqrt(x - y)/y", "(x*y)^y", "x/(x - y) + clip(x, 0, y)", "1e308*x*y"]
)
@pytest.mark.parametrize("kind", ["eval", "grad", "hess"])
def test_rows_are_as_single_points(text: str, kind: str) -> None:
    f = function(text)
    x, y = (one.ravel() for one in np.meshgrid([-2.0, 0, 1, 2], [-1.0, 0, 1, 2]))
    rows = many(text, kind, "x", "y").run({"x": x, "y": y}, len(x))
    for k, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        try:
            answer = f(x=a, y=b) if kind == "eval" else getattr(f, kind)(x=a, y=b)
        except DcalcError as problem:
            assert rows.status[k] == ERROR, (a, b)
            assert rows.errors[k].message == problem.message
            continue
        numbers = [answer] if kind == "eval" else [answer.value, *np.asarray(answer).ravel()]
        np.testing.assert_allclose(rows.block[:, k], numbers, rtol=1e-13, atol=1e-300)
        if kind != "eval":
            kinds = {note.kind for note in answer.notes}
            expected = NOT_FINITE if "non-finite" in kinds else KINK if "kink" in kinds else OK
            assert rows.status[k] == expected, (a, b, kinds)


def test_programs_follow_each_row() -> None:
    text = "s = x; n = 0; while s > 1 { s = s/2; n = n + 1 }; s*x + n"
    x = RANDOM.uniform(0, 5000, 6000)
    x[:3] = 1, 2, np.nan
    prepared = many(text, "grad", "x")
    rows = prepared.run({"x": x}, 6000)
    n = np.ceil(np.log2(np.maximum(np.nan_to_num(x, nan=0.5), 1)))
    np.testing.assert_allclose(rows.block, [x**2 / 2**n + n, 2 * x / 2**n], rtol=1e-14)
    assert rows.status[:4].tolist() == [KINK, KINK, NOT_FINITE, OK]
    assert len(prepared._paths) < 20, "a path is read once"
    again = prepared.run({"x": x[::-1]}, 6000)
    np.testing.assert_array_equal(again.block, rows.block[:, ::-1])
    recipe = Recipe("s = x; while s > 0 { s = s + 1 }; s", "grad", (("x", ()),), steps=1000)
    endless = recipe.many([{"x": 1.0}, {"x": -1.0}]).run({"x": np.array([-1.0, 1])}, 2)
    assert endless.status.tolist() == [OK, ERROR]
    assert endless.errors[1].kind == "limit"
    with pytest.raises(DcalcError, match="closed form"):
        many(text, "grad", "x", backend="symbolic")


def test_names_that_the_program_defines() -> None:
    x, y = RANDOM.uniform(0.5, 2, (2, 6))
    rows = many("a = x^2; b = a*y; sin(b) + a", "jac", "x", "y", wrt=("a", "b")).run({"x": x, "y": y}, 6)
    np.testing.assert_allclose(rows.block, [np.sin(x**2 * y) + x**2, np.ones(6), np.cos(x**2 * y)], rtol=1e-14)
    x[2] = -1
    rows = many("a = log(x); a^2", "grad", "x", wrt=("a",)).run({"x": x}, 6)
    assert rows.status.tolist() == [OK, OK, ERROR, OK, OK, OK]
    assert "log(-1) is not defined" in rows.errors[2].message


def test_constants_definitions_and_own_memory() -> None:
    recipe = Recipe(
        "f(x) + c*sum(w)", "grad", (("x", ()),), (("c", 2.0), ("w", (1.0, 2.0))), ("x",), definitions=("f(u) = u^3",)
    )
    prepared = recipe.many()
    x = RANDOM.normal(size=300_000)
    out = np.empty((2, 300_000))
    rows = prepared.run({"x": x}, 300_000, out)
    assert rows.block is out
    np.testing.assert_allclose(out, [x**3 + 6, 3 * x**2], rtol=1e-14)
    room = prepared.room(300_000)
    assert prepared.run({"x": x}, 300_000, room).block is room
    np.testing.assert_array_equal(room, out)
    wide = np.zeros((3, 300_000))  # what stands behind the block is not touched
    prepared.run({"x": x}, 300_000, wide[:2])
    assert not wide[2].any()
    with pytest.raises(ValueError, match="out needs"):
        prepared.run({"x": x}, 300_000, np.empty((3, 300_000)))


@pytest.mark.skipif(bool(unavailable()), reason="needs the extra fast")
def test_blocks_that_are_many_in_all_are_compiled_for() -> None:
    prepared = many("sin(x)*exp(x)/(1 + x^2)", "grad", "x")
    x = np.linspace(0, 1, 1000)
    first = prepared.run({"x": x}, 1000)
    assert not prepared._paths[0]._settled
    prepared.expected = 10**8
    again = prepared.run({"x": x}, 1000)
    assert prepared._paths[0]._settled
    np.testing.assert_allclose(again.block, first.block, rtol=1e-14)


def test_no_rows_and_many_bad_ones() -> None:
    prepared = many("log(x)", "grad", "x")
    assert prepared.run({"x": np.zeros(0)}, 0).block.shape == (2, 0)
    rows = prepared.run({"x": -np.ones(50_000)}, 50_000)
    assert (rows.status == ERROR).all()
    assert len(rows.errors) == MOST_ERRORS
    constant = many("3", "eval", "x").run({"x": np.zeros(4)}, 4)
    assert constant.block.tolist() == [[3.0] * 4]


@pytest.mark.parametrize(
    ("text", "kind", "how", "words"),
    [
        ("[x, y]", "grad", {}, "a gradient is of a number"),
        ("x + z", "grad", {}, "z has no value"),
        ("x + y", "trace", {}, "not computed at many points"),
        ("x + y", "grad", {"backend": "fd"}, "works at one point"),
        ("x + y", "grad", {"at_kink": "up"}, "is none"),
        ("x + y", "grad", {"wrt": ("q",)}, "has no q"),
        ("x + ", "grad", {}, "expected"),
    ],
)
def test_errors(text: str, kind: str, how: dict[str, Any], words: str) -> None:
    with pytest.raises(DcalcError) as caught:
        many(text, kind, "x", "y", **how)
    assert words in str(caught.value) + str(caught.value.hint) or words == "expected"


@pytest.mark.parametrize("text", ["w*x^2 + abs(x - w)", "if x > w { y = w*x^2 } else { y = x*w^3 }; y"])
def test_what_is_the_same_in_all_rows_may_move(text: str) -> None:
    """Many with w moved is Many prepared with that w; what was found of kinks and paths before does not stay."""
    x = np.array([-1.0, 0.5, 1.0, 2.0, 3.0])
    prepared = Recipe(text, "grad", (("x", ()),), (("w", 0.5),)).many([{"x": 1.0}])
    prepared.run({"x": x}, 5)
    for w in (1.0, 2.5, 0.5):
        prepared.move({"w": w})
        moved = prepared.run({"x": x}, 5)
        fresh = Recipe(text, "grad", (("x", ()),), (("w", w),)).many([{"x": 1.0}]).run({"x": x}, 5)
        same = moved.status == fresh.status
        assert np.array_equal(moved.block[:, same], fresh.block[:, same]) and same.all()
