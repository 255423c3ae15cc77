"""Where a value that is not finite was born, and what is no failure."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dcalc.backends.derive import Request, derive, value
from dcalc.errors import DcalcError
from dcalc.evaluate.failures import all_finite, first_failure, node_values, taken

from ..tools import Value, numbers, problem_of


def failure(text: str, **point: Value) -> DcalcError | None:
    problem = problem_of(text, **point)
    return first_failure(problem.graph, problem.rows, node_values(problem.graph, problem.rows, problem.point))


@pytest.mark.parametrize(
    ("text", "x", "message", "where"),
    [
        ("1 + log(x - 1)*2", 0.0, "log(-1) is not defined", "log(x - 1)"),
        ("sqrt(x) + log(x)", -1.0, "sqrt(-1) is not defined", "sqrt(x)"),
        ("log(x) + sqrt(x)", -1.0, "log(-1) is not defined", "log(x)"),
        ("2/(x - 1)", 1.0, "2/0 is not defined", "2/(x - 1)"),
        ("exp(exp(x))", 10.0, "is too large", "exp(exp(x))"),
        ("x^0.5", -8.0, "(-8)^0.5 is not defined", "x^0.5"),
        ("0*log(x)", 0.0, "log(0) is not defined", "log(x)"),
        ("a = log(x); b = a + 1; b^2", -1.0, "log(-1) is not defined", "log(x)"),
        ("f(t) = 1/t; f(x) + f(2)", 0.0, "1/0 is not defined", "1/t"),
        ("max(log(x), 1)", -1.0, "log(-1)", "log(x)"),
        ("asin(x)", 2.0, "asin(2) is not defined", "asin(x)"),
        ("x*1e400", 0.0, "this number is too large", "1e400"),
        ("if(log(x) > 0, 1, 2)", -1.0, "log(-1)", "log(x)"),
        ("if(x > 0, log(x), sqrt(x))", -1.0, "sqrt(-1)", "sqrt(x)"),
        ("x > -2 and log(x) > 1", -1.0, "log(-1)", "log(x)"),
        ("x > 0 or log(x) > 1", -1.0, "log(-1)", "log(x)"),
        ("mod(x, 0)", 1.0, "mod(1, 0)", "mod(x, 0)"),
        ("[x, 1/x, log(x)]", 0.0, "1/0", "1/x"),
        ("acosh(x) + 1", 0.5, "acosh(0.5)", "acosh(x)"),
    ],
)
def test_the_first_one_is_told_with_its_place(text: str, x: float, message: str, where: str) -> None:
    error = failure(text, x=x)
    assert error is not None
    assert error.kind == "domain"
    assert message in error.message
    assert error.source is not None and error.span is not None
    assert error.source.text[slice(*error.span)] == where


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("if(x > 0, log(x), 0)", {"x": -1.0}),
        ("if(x > 0, 1/x, if(x == 0, 7, log(-x)))", {"x": 0.0}),
        ("a = log(x); if(x > 0, a, 1)", {"x": -1.0}),
        ("if(x > 0 and log(x) < 1, log(x), x)", {"x": -1.0}),
        ("if(x <= 0 or log(x) < 1, x, 2)", {"x": -1.0}),
        ("if(not(x > 0) or log(x) < 1, x, 2)", {"x": -1.0}),
        ("x + 1", {"x": math.inf}),
        ("exp(-x) + 1/x", {"x": math.inf}),
        ("inf + x", {"x": 1.0}),
        ("atan(inf*x)", {"x": 1.0}),
        ("x + 1", {"x": math.nan}),
        ("v[1]", {"v": (1.0, math.inf)}),
    ],
)
def test_what_is_no_failure(text: str, point: dict[str, Value]) -> None:
    assert failure(text, **point) is None


@pytest.mark.parametrize("text", ["x - x", "0*x", "sin(x)", "x/x", "inf - x"])
def test_an_infinity_that_becomes_no_number_is_one(text: str) -> None:
    error = failure(text, x=math.inf)
    assert error is not None
    assert "is not defined" in error.message


def test_values_that_were_written_for_another_shape() -> None:
    for text, was, wrong, words in (
        ("x^2 + 1", 1.0, (1.0, 2.0), "x is a number here, but its value is a vector of 2"),
        ("x", 1.0, (1.0,), "x is a number here, but its value is a vector of 1"),
        ("x[1]", (1.0, 2.0), (1.0, 2.0, 3.0), "x is a vector of 2 here, but its value is a vector of 3"),
        ("x + 1", (1.0, 2.0), 1.0, "x is a vector of 2 here, but its value is a number"),
        ("x[1]", (1.0, 2.0), ((1.0, 2.0), (3.0, 4.0)), "x is a vector of 2 here, but its value is a 2x2 matrix"),
    ):
        problem = problem_of(text, x=was)
        with pytest.raises(DcalcError) as caught:
            node_values(problem.graph, problem.rows, numbers({"x": wrong}))
        assert caught.value.kind == "shape"
        assert caught.value.message == words


@pytest.mark.parametrize(
    ("text", "point", "message", "where"),
    [
        ("sum(sqrt(v))", {"v": (1.0, -1.0, -2.0)}, "sqrt(-1) is not defined, at component 2", "sqrt(v)"),
        ("1/A", {"A": ((1.0, 2.0), (0.0, 1.0))}, "1/0 is not defined, at component 2,1", "1/A"),
        ("v/w", {"v": (1.0, 2.0), "w": ((1.0, 1.0), (1.0, 0.0))}, "2/0 is not defined, at component 2,2", "v/w"),
        ("exp(v)", {"v": (1.0, 1e5)}, "exp(100000) is too large for floating point", "exp(v)"),
        ("log(v)", {"v": (math.inf, -1.0)}, "log(-1) is not defined, at component 2", "log(v)"),
        ("inv(A)", {"A": ((1.0, 2.0), (2.0, 4.0))}, "a singular matrix has no inverse", "inv(A)"),
        ("sum(inv(A))", {"A": ((1.0, 2, 3), (4, 5, 6), (7, 8, 9))}, "a singular matrix has no inverse", "inv(A)"),
        ("solve(A, v)", {"A": ((0.0, 0.0), (0.0, 0.0)), "v": (1.0, 1.0)}, "a singular matrix", "solve(A, v)"),
        ("2*sum(v)", {"v": (1e308, 1e308)}, "sum(v) is too large for floating point", "sum(v)"),
        ("v @ v", {"v": (1e200, 1.0)}, "v @ v is too large for floating point", "v @ v"),
        ("sum(v)", {"v": (math.inf, -math.inf)}, "sum(v) is not defined", "sum(v)"),
        ("if(v > 0, log(v), sqrt(v))", {"v": (1.0, -1.0)}, "sqrt(-1) is not defined, at component 2", "sqrt(v)"),
        ("if(v > 0, log(v), 0) + log(w)", {"v": (1.0, -1.0), "w": -2.0}, "log(-2) is not defined", "log(w)"),
        ("if(x > 0, v, log(v))", {"v": (1.0, -1.0), "x": -1.0}, "log(-1) is not defined, at component 2", "log(v)"),
        ("v > -2 and log(v) > 1", {"v": (1.0, -1.0)}, "log(-1) is not defined, at component 2", "log(v)"),
        ("polygamma(1, v)", {"v": (1.0, -1.0)}, "polygamma(1, -1) is not defined, at component 2", "polygamma(1, v)"),
        ("max(log(v))", {"v": (1.0, -1.0)}, "log(-1)", "log(v)"),
    ],
)
def test_in_arrays_the_component_is_told(text: str, point: dict[str, Value], message: str, where: str) -> None:
    if "polygamma" in text:
        pytest.importorskip("scipy")
    error = failure(text, **point)
    assert error is not None
    assert error.kind == "domain"
    assert error.message.startswith(message)
    assert error.source is not None and error.span is not None
    assert error.source.text[slice(*error.span)] == where


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("if(v > 0, log(v), 0)", {"v": (1.0, -1.0)}),
        ("sum(if(v > 0, 1/v, if(v == 0, 7, log(-v))))", {"v": (1.0, 0.0, -1.0)}),
        ("if(v > 0 and log(v) < 1, log(v), v)", {"v": (1.0, -1.0)}),
        ("if(v <= 0 or log(v) < 1, v, 2)", {"v": (1.0, -1.0)}),
        ("if(x > 0, v, log(v))", {"v": (1.0, -1.0), "x": 1.0}),
        ("max(v)", {"v": (1.0, math.inf)}),
        ("v + 1", {"v": (1.0, math.nan)}),
        ("norm(v)", {"v": (1.0, math.inf)}),
        ("norm(v)", {"v": (1e300, 1e300)}),
        ("logsumexp(v)", {"v": (1e300, -math.inf)}),
        ("det(A)", {"A": ((1.0, 2.0), (2.0, 4.0))}),
        ("1/v", {"v": (1.0, math.inf)}),
    ],
)
def test_what_is_no_failure_in_arrays(text: str, point: dict[str, Value]) -> None:
    assert failure(text, **point) is None


def test_of_an_array_of_choices_what_holds_for_a_component_is_taken() -> None:
    for v, ops in (((1.0, 2.0), {"sin"}), ((-1.0, -2.0), {"cos"}), ((1.0, -2.0), {"sin", "cos"})):
        problem = problem_of("if(v > 0, sin(v), cos(v))", v=v)
        live = taken(problem.graph, problem.rows, node_values(problem.graph, problem.rows, problem.point))
        assert {problem.graph.ops[node] for node in live} & {"sin", "cos"} == ops
    for text, v, there in (
        ("v > 0 and sin(v) > 0", (-1.0, -2.0), False),
        ("v > 0 and sin(v) > 0", (1.0, -2.0), True),
        ("v > 0 or sin(v) > 0", (1.0, 2.0), False),
        ("v > 0 or sin(v) > 0", (1.0, -2.0), True),
    ):
        problem = problem_of(text, v=v)
        live = taken(problem.graph, problem.rows, node_values(problem.graph, problem.rows, problem.point))
        assert any(problem.graph.ops[node] == "sin" for node in live) == there


def test_all_finite() -> None:
    assert all_finite(1.0) and all_finite(np.array([1.0, 1e308])) and all_finite(np.zeros(0))
    assert not any(map(all_finite, (math.inf, math.nan, np.array([[1.0, math.nan]]))))


def test_ieee_goes_on() -> None:
    for text, x, expected in (("1/x", 0.0, math.inf), ("log(x)", 0.0, -math.inf), ("exp(x)", 1000.0, math.inf)):
        problem = problem_of(text, x=x)
        with pytest.raises(DcalcError):
            value(problem)
        assert value(problem, ieee=True).value == expected
    problem = problem_of("log(x)", x=-1.0)
    assert math.isnan(value(problem, ieee=True).value)  # type: ignore[arg-type]
    derived = derive(problem, Request("grad", ieee=True))
    assert derived.entries == [[[-1.0]]]


@pytest.mark.parametrize("backend", ["fd", "forward", "reverse", "symbolic"])
def test_every_backend_refuses_a_value_that_is_none(backend: str) -> None:
    with pytest.raises(DcalcError, match="log"):
        derive(problem_of("log(x)", x=-1.0), Request("grad", backend))


def test_of_a_choice_only_the_active_branch_is_taken() -> None:
    problem = problem_of("if(x > 0, sin(y), cos(y)) + (x > 0 and y > 1)", x=-1.0, y=2.0)
    graph = problem.graph
    live = taken(graph, problem.rows, node_values(graph, problem.rows, problem.point))
    assert {graph.ops[node] for node in live} == {"+", "if", ">", "cos", "and", "input", "const"}
    assert sum(graph.ops[node] == ">" for node in live) == 1
