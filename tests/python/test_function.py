"""dcalc in Python."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import dcalc
from dcalc import DcalcError, function
from dcalc.backends.protocol import Options


def refused(call: Any) -> DcalcError:
    with pytest.raises(DcalcError) as caught:
        call()
    return caught.value


# ---- values


def test_values() -> None:
    f = function("x^2*sin(y)")
    assert f(x=1, y=2) == math.sin(2)
    assert f({"x": 1, "y": 2}) == f({"x": 1}, y=2) == f(x=1, y=2)
    assert function("3")() == 3
    assert function("e = 2; e^x")(x=3) == 8
    assert type(f(x=1, y=2)) is float


def test_values_of_arrays() -> None:
    value = function("[x, x^2]")(x=3)
    assert (value.dtype, value.tolist()) == (np.float64, [3, 9])
    assert function("A @ B")(A=[[1, 2], [3, 4]], B=[[1], [1]]).tolist() == [[3], [7]]
    assert function("2*T")(T=np.ones((2, 1, 3))).shape == (2, 1, 3)
    assert type(function("sum(v)")(v=[1, 2])) is float
    given = np.ones(2)
    value = function("v")(v=given)
    value[0] = 7
    assert given.tolist() == [1, 1], "an answer is no window on what was given"


def test_a_function_tells_its_text_and_inputs() -> None:
    f = function("b*x + a")
    assert (f.text, str(f), repr(f)) == ("b*x + a", "b*x + a", "dcalc.function('b*x + a')")
    assert f.inputs == ["b", "x", "a"]
    assert function("x = 3; x*y").inputs == ["x", "y"]
    assert function("2 + 2").inputs == []


def test_inputs_with_awkward_names() -> None:
    f = function("at_kink + wrt2*backend")
    assert f({"at_kink": 1, "backend": 2, "wrt2": 3}) == 7
    assert f.grad({"at_kink": 1, "backend": 2, "wrt2": 3}).entries() == [1, 3, 2]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("12", "usage"),
        (b"1", "usage"),
        (None, "usage"),
        (1j, "usage"),
        ({}, "usage"),
        ([["1"]], "usage"),
        ([[1, 2], [3]], "shape"),
        ([1, [2]], "shape"),
        ([[], []], "shape"),
        ([[10**400]], "domain"),
        ([1j], "usage"),
        ([[None]], "usage"),
        (np.array(["a"]), "usage"),
        (np.array([object()]), "usage"),
        (np.zeros((0, 3)), "shape"),
        (["1"], "usage"),
        ([1, None], "usage"),
        (object(), "usage"),
        ([], "shape"),
        (10**400, "domain"),
        ([10**400], "domain"),
    ],
)
def test_what_is_no_value(given: Any, kind: str) -> None:
    assert refused(lambda: function("x")(x=given)).kind == kind


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: function("sin("), "syntax", "not closed"),
        (lambda: function(""), "syntax", "nothing"),
        (lambda: function("f(x) = x"), "syntax", "defines a function"),
        (lambda: function("sinn(x)"), "name", "sinn"),
        (lambda: function("sin(1, 2)"), "arity", "sin"),
        (lambda: function("x")(), "name", "x has no value"),
        (lambda: function("x")(1), "usage", "by name"),
        (lambda: function("x")({"x": 1}, x=2), "usage", "x is given twice"),
        (lambda: function("log(x)")(x=-1), "domain", "log(-1)"),
        (lambda: function("log(x)").grad(x=-1), "domain", "log(-1)"),
        (lambda: function("v[1]")(v=1), "shape", "no components"),
        (lambda: function("v[3]")(v=[1, 2]), "shape", "subscript"),
        (lambda: function("[x, x]").grad(x=1), "shape", "gradient is of a number"),
        (lambda: function("x").grad(x=1, wrt="y"), "name", "no y"),
        (lambda: function("x").grad(x=1, wrt=["x", "x"]), "usage", "twice"),
        (lambda: function("x").grad(x=1, backend="foo"), "usage", "backend foo"),
        (lambda: function("x").grad(x=1, at_kink="foo"), "usage", "foo"),
        (lambda: function("x").grad(x=1, backend="fd", options=Options("foo")), "usage", "scheme foo"),
        (lambda: function("x").diff("y"), "name", "no input y"),
        (lambda: function("x*y").diff(), "usage", "name of an input"),
        (lambda: function("3").diff(), "usage", "name of an input"),
        (lambda: function("3").diff("x"), "name", "no input x"),
        (lambda: function("v^2").diff("v")(v=[1, 2]), "shape", "v is a vector of 2 here, but diff took it as a number"),
        (lambda: function("2*W").grad(W=np.eye(2)), "shape", "this is a 2x2 matrix"),
        (lambda: function("A @ B")(A=np.eye(2), B=np.eye(3)), "shape", "a 2x2 matrix @ a 3x3 matrix"),
        (lambda: function("x").diff("x", order=0), "usage", "order"),
        (lambda: function("x").diff("x", order=-1), "usage", "order"),
        (lambda: function("x").diff("x", order=1.5), "usage", "order"),
        (lambda: function("abs(x)").grad(x=0, at_kink="error"), "domain", "kink"),
        (lambda: function("f(x) = f(x); f(1)"), "limit", "calls itself"),
    ],
)
def test_errors(call: Any, kind: str, words: str) -> None:
    error = refused(call)
    assert error.kind == kind
    assert words in error.message
    assert words in str(error) or error.message in str(error)


def test_an_error_leaves_the_function_as_it_was() -> None:
    f = function("log(x)")
    refused(lambda: f(x=-1))
    assert f(x=1) == 0


# ---- derivatives


def test_gradients() -> None:
    g = function("x^2*sin(y)").grad(x=1, y=2)
    assert g.value == math.sin(2)
    assert g.entries() == [2 * math.sin(2), math.cos(2)]
    assert (g["x"], g["y"]) == tuple(g.entries())
    with pytest.raises(KeyError):
        g["z"]
    assert g.agree


def test_the_order_of_the_columns() -> None:
    f = function("x + 2*y + 3*z")
    assert f.grad(z=0, x=0, y=0).entries() == [3, 1, 2]
    assert f.grad(z=0, x=0, y=0, wrt=["y", "z"]).entries() == [2, 3]
    assert f.grad(z=0, x=0, y=0, wrt="x,z").entries() == [1, 3]
    answer = f.grad(x=0, y=0, z=0, unused=1)
    assert answer["unused"] == 0
    assert any("does not depend on unused" in note.message for note in answer.notes)


def test_jacobians_and_hessians() -> None:
    f = function("[x^2, x*y]")
    assert f.jac(x=1, y=2).entries() == [[2, 0], [2, 1]]
    assert f.jac(x=1, y=2).value.tolist() == [1, 2]
    assert f.hess(x=1, y=2).entries() == [[[2, 0], [0, 0]], [[0, 1], [1, 0]]]
    assert function("x^2*y").hess(x=1, y=2).entries() == [[4, 2], [2, 0]]
    with pytest.raises(TypeError):
        f.hess(x=1, y=2)["x"]
    with pytest.raises(TypeError):
        f.jac(x=1, y=2)["x", "y"]
    assert f.jac(x=1, y=2)["x"].tolist() == [2, 2]
    assert function("x*y").jac(x=1, y=2)["x"] == 2
    assert f.hess(x=1, y=2)["x", "y"].tolist() == [0, 1]
    assert function("x^2*y").hess(x=1, y=2)["x", "x"] == 4


def test_vector_inputs() -> None:
    f = function("v[1]^2*v[2] + s")
    g = f.grad(v=[1, 2], s=3)
    assert g.entries() == [4, 1, 1]
    assert list(g["v"]) == [4, 1]
    assert g["s"] == 1
    assert f.hess(v=(1, 2), s=3, wrt="v").entries() == [[4, 2], [2, 0]]
    assert function("2*v").jac(v=range(3)).entries() == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]
    assert function("2*v")(v=(x for x in [1, 2])).tolist() == [2, 4]
    assert function("2*v")(v=[Fraction(1, 2), 2**70]).tolist() == [1, 2.0**71]


# A network's layer: the numbers are those of the lectures' rows, W y + b.
LAYER = {"W": [[1, 2], [3, 4], [5, 6]], "y": [1, -1], "b": [1, 2, 3]}


def test_derivatives_in_arrays_have_their_shapes() -> None:
    loss = function("sum((W @ y + b)^2)")
    g = loss.grad(LAYER)
    assert g["W"].tolist() == [[0, 0], [2, -2], [4, -4]]
    assert (g["y"].tolist(), g["b"].tolist()) == ([26, 32], [0, 2, 4])
    assert g.entries() == [0, 0, 2, -2, 4, -4, 26, 32, 0, 2, 4]
    assert np.asarray(g).shape == (11,)
    assert np.asarray(loss.grad(LAYER, wrt="W")).shape == (3, 2)
    assert np.asarray(loss.grad(LAYER, wrt="b")).shape == (3,)
    with pytest.raises(KeyError):
        g["z"]
    j = function("W @ y + b").jac(LAYER)
    assert j["W"].shape == (3, 3, 2)
    assert j["W"][1].tolist() == [[0, 0], [1, -1], [0, 0]]
    assert j["y"].tolist() == LAYER["W"]
    assert np.asarray(j).shape == (3, 11)
    assert function("W").jac(W=np.eye(2))["W"].shape == (2, 2, 2, 2)
    h = loss.hess(LAYER, wrt=["y", "b"])
    assert h["y", "b"].tolist() == [[2, 6, 10], [4, 8, 12]]
    assert np.asarray(h).shape == (5, 5)
    assert np.asarray(function("[v @ v, 1]").hess(v=[1, 2]))[0].tolist() == [[2, 0], [0, 2]]
    assert function("W").hess(W=np.eye(2))["W", "W"].shape == (2, 2, 2, 2, 2, 2)


@pytest.mark.parametrize("backend", ["fd", "forward", "reverse", "symbolic", "all"])
def test_backends_in_arrays(backend: str) -> None:
    f = function("sum(sigmoid(W @ y + b))")
    answer = f.grad(LAYER, backend=backend)
    assert answer.agree
    s = 1 / (1 + np.exp(-np.array([0.0, 1.0, 2.0])))
    assert answer["b"] == pytest.approx(s * (1 - s), rel=1e-8)
    assert answer["W"] == pytest.approx(np.outer(s * (1 - s), [1, -1]), rel=1e-8)


def test_declared_shapes() -> None:
    f = function("W: 3x2; y: 2; W @ y")
    assert f.inputs == ["W", "y"]
    assert f(W=LAYER["W"], y=[1, 1]).tolist() == [3, 7, 11]
    error = refused(lambda: f(W=LAYER["W"], y=[1, 1, 1]))
    assert error.kind == "shape"


@pytest.mark.parametrize("backend", ["fd", "forward", "reverse", "symbolic", "auto", "all"])
def test_backends(backend: str) -> None:
    f = function("x^2*exp(y)")
    point = {"x": 1.5, "y": 0.5}
    e = math.exp(0.5)
    assert f.grad(point, backend=backend).entries() == pytest.approx([3 * e, 2.25 * e], rel=1e-9)
    hessian = f.hess(point, backend=backend).entries()
    assert hessian == [pytest.approx(row, rel=1e-5) for row in ([2 * e, 3 * e], [3 * e, 2.25 * e])]


def test_of_all_backends_the_entries_are_an_exact_ones() -> None:
    answer = function("abs(x)").grad(x=1e-9, backend="all")
    assert answer.entries() == [1]
    answer = function("max(x, y)").grad(x=1, y=1, backend="all")
    assert answer.entries() == [0, 1]
    assert answer.agree


def test_kinks() -> None:
    f = function("abs(x) + y")
    assert [f.grad(x=0, y=1, at_kink=mode).entries() for mode in ("lecture", "left", "right", "mean")] == [
        [0, 1],
        [-1, 1],
        [1, 1],
        [0, 1],
    ]
    (note,) = f.grad(x=0, y=1).notes
    assert note.kind == "kink"
    assert "left -1, right 1" in str(f.grad(x=0, y=1))


def test_infinities_and_no_numbers() -> None:
    assert function("1/x")(x=math.inf) == 0
    assert function("sqrt(x)").grad(x=0).entries() == [math.inf]
    assert math.isnan(function("sqrt(x)^2 + y").grad(x=0, y=1).entries()[0])
    assert math.isnan(function("x + 1")(x=math.nan))  # type: ignore[arg-type]


# ---- symbolic derivatives


def test_derivatives_as_functions() -> None:
    f = function("x^2*sin(y)")
    assert str(f.diff("x")) == "2*x*sin(y)"
    assert f.diff("x")(x=3, y=1) == 6 * math.sin(1)
    assert f.diff("x", "y")(x=3, y=1) == pytest.approx(6 * math.cos(1), rel=1e-15)
    assert f.diff("x", order=2)(x=3, y=1) == pytest.approx(2 * math.sin(1), rel=1e-15)
    assert function("x^3").diff()(x=2) == 12
    assert f.diff("y").grad(x=3, y=1)["x"] == pytest.approx(6 * math.cos(1), rel=1e-15)
    assert f.diff("x").diff("x").diff("x")(x=1, y=1) == 0
    assert function("[x^2, x*y]").diff("x")(x=3, y=4).tolist() == [6, 4]
    assert function("a = x^2; a*y").diff("x")(x=3, y=4) == 24
    assert function("f(t) = t^2; f'(x)").diff("x")(x=3) == 2


def test_derivatives_in_arrays_as_functions() -> None:
    f = function("x: 3; A: 3x3; x @ A @ x").diff("x")
    x, A = np.array([1.0, 2.0, 3.0]), np.arange(9.0).reshape(3, 3)
    assert f(x=x, A=A) == pytest.approx((A + A.T) @ x)
    assert f.diff("x")(x=x, A=A) == pytest.approx(A + A.T)
    assert f.jac(x=x, A=A, wrt="x")["x"] == pytest.approx(A + A.T)


@pytest.mark.parametrize(
    ("text", "x", "oracle"),
    [
        ("tanh(x)", 20.0, lambda x: mpmath.sech(x) ** 2),
        ("sigmoid(x)", -700.0, lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)) ** 2),
        ("sigmoid(x)", 40.0, lambda x: mpmath.exp(-x) / (1 + mpmath.exp(-x)) ** 2),
        ("softsign(x)", 1e8, lambda x: 1 / (1 + x) ** 2),
        ("expm1(x)", 1e-18, mpmath.exp),
        ("asin(x)", 1 - 2.0**-50, lambda x: 1 / mpmath.sqrt((1 - x) * (1 + x))),
        ("erf(x)", 5.0, lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)),
    ],
)
def test_numbers_of_a_derivative_are_accurate_where_the_textbook_form_is_not(text: str, x: float, oracle: Any) -> None:
    with mpmath.mp.workdps(60):
        exact = oracle(mpmath.mpf(x))
    derivative = function(text).diff("x")
    found = derivative(x=x)
    assert abs(found - exact) <= 1e-13 * max(1, abs(x)) * abs(exact)
    again = derivative.grad(x=x).entries()[0]
    assert again == pytest.approx(function(text).diff("x", order=2)(x=x), rel=1e-12)


def test_what_tanh_prints_is_the_textbook_form() -> None:
    derivative = function("tanh(x)").diff("x")
    assert str(derivative) == "1 - tanh(x)^2"
    assert derivative(x=20) == pytest.approx(1.6993417021166355e-17, rel=1e-14)
    assert function(str(derivative))(x=20) == 0  # and the form itself loses it


# ---- printing and NumPy


def test_answers_print_as_on_the_command_line(dcalc: Any) -> None:
    f = function("max(y*z, y+2*x)")
    printed = dcalc(["grad", f.text, "--at", "x=2,y=3,z=-1"])
    assert str(f.grad(x=2, y=3, z=-1)).splitlines() == printed.out.splitlines()
    g = function("[x^2, x*y]")
    for kind in ("jac", "hess"):
        printed = dcalc([kind, g.text, "--at", "x=2,y=3"])
        assert str(getattr(g, kind)(x=2, y=3)).splitlines() == printed.out.splitlines()
    printed = dcalc(["grad", "abs(x)", "--at", "x=0"])
    assert str(function("abs(x)").grad(x=0)).splitlines() == [*printed.out.splitlines(), *printed.err.splitlines()]
    assert repr(f.grad(x=2, y=3, z=-1)) == str(f.grad(x=2, y=3, z=-1))


def test_latex() -> None:
    assert function("x^2")._repr_latex_() == "${x}^{2}$"
    assert r"\sin" in function("sin(x)")._repr_latex_()
    assert r"\sin" in function("cos(x)").diff("x")._repr_latex_()
    for answer in (
        function("x^2*y").grad(x=1, y=2),
        function("[x, y]").jac(x=1, y=2),
        function("x^2*y").hess(x=1, y=2),
        function("x^2").grad(x=1, backend="all"),
    ):
        text = answer._repr_latex_()
        assert text.count("{") == text.count("}")
        assert text.count(r"\begin") == text.count(r"\end") > 0


def test_numpy_in_and_out() -> None:
    f = function("v[1]^2*v[2]")
    answer = f.grad(v=np.array([1.0, 2.0]))
    array = np.asarray(answer)
    assert array.dtype == np.float64
    assert array.tolist() == [4, 1]
    assert np.asarray(answer, dtype=np.float32).dtype == np.float32
    assert np.asarray(f.hess(v=np.array([1, 2]))).tolist() == [[4, 2], [2, 0]]
    assert np.asarray(function("[x^2, x*y]").hess(x=1, y=2)).shape == (2, 2, 2)
    assert np.asarray(function("[x^2, x*y]").jac(x=np.float32(1), y=np.int64(2))).tolist() == [[2, 0], [2, 1]]
    assert (array @ np.asarray(answer)).item() == 17
    for value in (np.float64(2), np.array(2.0), np.int8(2), np.bool_(True)):
        assert isinstance(function("x*3")(x=value), float)
    assert f(v=np.array([[1, 2], [3, 4]], dtype=np.int8)).tolist() == [3, 16]
    assert f(v=np.array([[1.0, 0.0], [2.0, 0.0]])[:, 0]) == 2
    assert refused(lambda: f(v=np.array([]))).kind == "shape"
    assert refused(lambda: f(v=np.array(["a", "b"]))).kind == "usage"


def test_the_package_offers_what_it_says() -> None:
    assert dcalc.function is function
    assert issubclass(DcalcError, Exception)


def test_inputs_are_known_before_their_shapes_and_paths():
    assert dcalc.function("sum(relu(W @ x))").inputs == ["W", "x"]
    assert dcalc.function("f(n) = { while n > 1 { n = n/2 }; n }; f(y) + pi").inputs == ["y"]


def test_a_gradient_as_a_mapping():
    gradient = dcalc.function("sum(W @ x)").grad(W=np.ones((2, 2)), x=[1, 2])
    assert list(gradient) == ["W", "x"]
    assert dict(gradient)["W"].tolist() == [[1, 2], [1, 2]]


def test_a_program_that_is_followed():
    root = dcalc.function("r(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = (x + a/x)/2 }; x }; r(a)")
    assert root(a=2) == pytest.approx(2**0.5)
    assert root.grad(a=2)["a"] == pytest.approx(0.5 / 2**0.5)
    with pytest.raises(dcalc.DcalcError):
        root.diff("a")


def test_other_forms_are_functions():
    f = dcalc.function("(x + 1)^2*y - y")
    assert str(f.factor()) == "x*y*(x + 2)"
    assert str(f.expand()) == "x^2*y + 2*x*y"
    assert str(f.collect("y")) == "y*(x^2 + 2*x)"
    assert str(f.subs(x=0.5)) == "1.25*y"
    assert str(dcalc.function("x + y").subs(x="y", y="2*x").simplify()) == "y + 2*x"
    assert f.factor().grad(x=1, y=2)["x"] == f.grad(x=1, y=2)["x"] == 8
    with pytest.raises(dcalc.DcalcError, match="by which input"):
        f.collect()
