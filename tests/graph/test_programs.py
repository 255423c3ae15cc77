"""Lowering of programs: blocks, branches, loops, recursion, functions as values, tracing, budgets."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dcalc.errors import DcalcError, NeedsPointError
from dcalc.evaluate.scalar import evaluate
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative

from .program_tools import NEWTON, follow, formula, place, refused, value_at

LOGISTIC = "f(x, n) = { l = x; for k in 1..n { l = 4*l*(1 - l) }; l }; "
POWER = "power(x, n) = if n == 0 { 1 } else { x*power(x, n - 1) }; "


# ---- what needs no point


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (LOGISTIC + "f(x, 3)", 0.9943449599999999),
        (POWER + "power(x, 5)", 0.3**5),
        ("power(x, n) = if(n == 0, 1, x*power(x, n - 1)); power(x, 5)", 0.3**5),
        ("fact(n) = if n <= 1 { 1 } else { n*fact(n - 1) }; fact(5)*x", 36),
        ("even(n) = if n == 0 { 1 } else { odd(n - 1) }; odd(n) = if n == 0 { 0 } else { even(n - 1) }; even(8)", 1),
        ("f(x) = { y = x; if x < 0 { y = 0 }; y }; f(x) + f(-x)", 0.3),
        ("if x > 0 { y = x^2 } else { y = 1 }; y", 0.09),
        ("if x > 1 { 5 } else if x > 0 { 6 } else { 7 }", 6),
        ("y = if x > 0 { t = 2; t*x } else { 1 }; y", 0.6),
        ("s = x; for k in 1..3 { s = s*k }; s", 1.8),
        ("s = x; for u in [1, 2, x] { s = s + u }; s", 3.6),
        ("s = x; for row in [[1, 2], [3, 4]] { s = s + row[2] }; s", 6.3),
        ("s = x; for k in 1..10 { if k == 3 { break }; s = s + 1 }; s", 2.3),
        ("s = x; for k in 3..1 { s = 0 }; s", 0.3),
        ("f(x) = { for k in 1..10 { if k == 4 { return k*x } }; 0 }; f(x)", 1.2),
        ("f(x) = { k = 0; while k < 4 { k = k + 1 }; k*x }; f(x)", 1.2),
        ("f(x) = { x = 2*x; x = x + 1; x }; f(x)", 1.6),
        ("s = x; for k in 1..3 { for j in 1..k { if j == 2 { break }; s = s + j } }; s", 3.3),
        ("if x > 0 { x = -x }; x", -0.3),
        ("if x > 0 { for k in 1..2 { x = 2*x } } else { x = 0 }; x", 1.2),
        ("a = { t = x; t + 1 }; a*t", 0.39),
        ("for k in 1..3 { f(u) = k*u }; f(x)", 0.9),
        ("f(n) = { s = 0; for k in 1..n { s = s + k }; s }; f(3)*x", 1.8),
        ("[if(k == 2, x, k) for k in 1..3][2]", 0.3),
    ],
)
def test_without_a_point(text: str, value: float) -> None:
    lowered = formula(text)
    assert lowered.output is not None and lowered.conditions == []
    assert evaluate(lowered.graph, [lowered.output], {"x": 0.3}) == [pytest.approx(value, rel=1e-15)]


def test_only_the_branch_of_a_constant_condition_is_looked_at() -> None:
    assert formula("if(1 > 0, x, undefined(1))").output is not None
    assert formula("if 2 < 1 { undefined(1) } else { x }").output is not None
    lowered = formula("if(2 > 1, x, y)")
    assert lowered.output is not None and lowered.graph.ops[lowered.output] == "input"


def test_branches_that_only_assign_are_one_selection_for_each_name() -> None:
    lowered = formula("if x > 0 { y = x^2; z = 1 } else { y = -x; z = 1 }; y + z")
    assert lowered.graph.ops.count("if") == 1


def test_constants_that_do_not_fold_are_decided_by_their_value() -> None:
    lowered, _ = follow("if sin(1) > 0 { x } else { y }")
    assert [lowered.graph.attrs[n] for n in inputs_of(lowered.graph, [lowered.output or 0])] == ["x"]
    assert lowered.conditions == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (LOGISTIC + "f(x, n)", "n"),
        (POWER + "power(x, n)", "n == 0"),
        (NEWTON + "newton(a)", "abs(x^2 - a) > 1e-12"),
        ("f(x) = { if x > 0 { return 1 }; 2 }; f(y)", "x > 0"),
        ("v = [x, y]; v[i]", "i"),
        ("zeros(n)", "n"),
        ("if x > 0 { y = [1, 2] } else { y = 1 }; y", "x > 0"),
    ],
)
def test_what_depends_on_values_is_refused_without_a_point(text: str, where: str) -> None:
    with pytest.raises(NeedsPointError) as caught:
        formula(text)
    assert caught.value.kind == "domain"
    assert "--at" in (caught.value.hint or "")
    assert place(caught.value) == where
    with pytest.raises(NeedsPointError) as caught:
        follow(text)
    assert caught.value.kind == "name"


# ---- at a point


@pytest.mark.parametrize(
    ("text", "point", "value", "decisions"),
    [
        (LOGISTIC + "f(x, n)", {"x": 0.3, "n": 3.0}, 0.9943449599999999, 1),
        (LOGISTIC + "n = 2; f(x, n)", {"x": 0.3}, 0.5376, 1),
        (POWER + "power(x, n)", {"x": 2.0, "n": 5.0}, 32, 6),
        (NEWTON + "newton(a)", {"a": 2.0}, math.sqrt(2), 6),
        ("f(x) = { if x > 0 { return 1 }; x^2 }; f(y)", {"y": -3.0}, 9, 1),
        ("x = 1; while x < 100 { x = 2*x }; x", {}, 128, 0),
        ("s = 0*y; k = 1; while k < 10 { k = k*2; if k == 4 { break }; s = s + k }; s", {"y": 1.0}, 2, 0),
        ("v[i] + v[1..i][i]", {"v": [1.0, 2.0, 3.0], "i": 2.0}, 4, 1),
        ("sum(v[k]*x for k in 1..n)", {"v": [1.0, 2.0, 3.0], "n": 2.0, "x": 2.0}, 6, 1),
        ("if x > 0 { while x < 10 { x = 3*x } } else { x = 0 }; x", {"x": 2.0}, 18, 4),
        ("if x > 0 { y = [1, 2] } else { y = 1 }; sum(y)", {"x": -1.0}, 1, 1),
        ("f(x) = { while x > 1 { x = x/2 }; x }; f(8) + y", {"y": 1.0}, 2, 0),
    ],
)
def test_at_a_point(text: str, point: dict[str, Any], value: float, decisions: int) -> None:
    lowered, values = follow(text, **point)
    assert lowered.output is not None
    assert evaluate(lowered.graph, [lowered.output], values) == [pytest.approx(value, rel=1e-15)]
    assert len(lowered.conditions) == decisions
    for condition in lowered.conditions:
        names = [lowered.graph.attrs[n] for n in inputs_of(lowered.graph, [condition])]
        assert not any(name.startswith(" ") for name in names)


def test_a_branch_whose_function_is_traced_is_traced() -> None:
    text = NEWTON + "if(x > 0, newton(x), x) + if(y > 0, y, 0)"
    lowered, values = follow(text, x=4.0, y=1.0)
    assert lowered.output is not None
    assert evaluate(lowered.graph, [lowered.output], values) == [pytest.approx(3)]
    assert [lowered.graph.ops[n] for n in lowered.graph.args[lowered.output]][1] == "if"
    assert value_at(text, x=-4.0, y=1.0) == -3


def test_a_value_that_decided_cannot_be_changed_afterwards() -> None:
    error = refused("x = 1; y = 2*x; while y < 100 { y = 2*y }; x = 5; y")
    assert "another value" in error.message and place(error) == "x"
    assert value_at("x = 1; y = x^2; x = 5; while y < 100 { y = 2*y }; y") == 100


def test_names_of_a_program_that_was_followed_remember_its_decisions() -> None:
    graph = Graph()
    given = source("x = 3; y = x; while y < 100 { y = 2*y }; z = y + 1")
    lowered = lower(parse(given), given, graph=graph, differentiate=derivative, numbers=Tracer(graph, {}))
    lowered.names.point.clear()
    again = source("z + 1")
    for x, works in ((3.0, True), (3.1, True), (1.0, False)):
        tracer = Tracer(graph, {"x": x})
        if works:
            now = lower(parse(again), again, graph=graph, names=lowered.names, shapes={"x": ()}, numbers=tracer)
            assert len(now.conditions) == 7
        else:
            with pytest.raises(DcalcError, match="followed at another point"):
                lower(parse(again), again, graph=graph, names=lowered.names, shapes={"x": ()}, numbers=tracer)


# ---- names


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f(x) = { a = x; a }; a = 5; f(1)*a", 5),
        ("a = y; f(x) = { a = a + x; a }; f(1) + a", 7),
        ("f(x) = { g(u) = u*x; x = 10; g(2) }; f(3)", 6),
        ("f(n) = { g(k) = if k == 0 { 0 } else { k + g(k - 1) }; g(n) }; f(4)", 10),
        ("f(x) = { [x*k for k in 1..2][2] + x }; f(3)", 9),
        ("k = y; s = [k for k in 1..2]; s[2] + k", 5),
        ("apply(f, x) = f(x); apply(u -> u^2, y) + apply(sin, 0)", 9),
        ("apply(f, x) = f(x); g(x) = 2*x; apply(g, y)", 6),
        ("apply(f, u, v) = f(u, v); apply((a, b) -> a - b, y, 1) + apply(max, 1, y)", 5),
        ("twice(f) = f(f(y)); twice(u -> u + 1)", 5),
        ("compose(f, g, x) = f(g(x)); compose(u -> u + 1, u -> 2*u, y)", 7),
        ("f = u -> u^2; f(y)", 9),
        ("f(x) = { h = u -> u + x; h(1) }; f(y)", 4),
        ("f = u -> { t = u + 1; t*t }; f(y)", 16),
        ("g(f, n) = if n == 0 { 0 } else { f(n) + g(f, n - 1) }; g(k -> k*y, 3)", 18),
        ("f(x) = x; f(x) = { f = u -> 2*u; f(x) }; f(y)", 6),
    ],
)
def test_scopes_and_functions_as_values(text: str, value: float) -> None:
    assert value_at(text, y=3.0) == value


@pytest.mark.parametrize(
    ("text", "kind", "words", "where"),
    [
        ("break", "syntax", "break stands outside of a loop", "break"),
        ("return 2", "syntax", "return stands outside of a function", "return 2"),
        ("for k in 1..2 { return k }", "syntax", "return stands outside", "return k"),
        ("f(x) = { break; 1 }; f(1)", "syntax", "break stands outside", "break"),
        ("f(x) = { y = x }; 1 + f(2)", "name", "f gives no value", "f(2)"),
        ("f(x) = { if x > 0 { 1 } }; f(-2) + 1", "name", "f gives no value", "f(-2)"),
        ("if x > 0 { t = 2 }; t", "name", "after one branch of an `if` only", "t"),
        ("sum(u -> u)", "name", "a function is no value", "u -> u"),
        ("f(x) = u -> x; f(2)", "name", "a function is no value", "u -> x"),
        ("f(g) = g + 1; f(sin)", "name", "g is a function", "g"),
        ("f(g) = g(1, 2); f(u -> u)", "arity", "takes 1 argument, here it has 2", "g(1, 2)"),
        ("f(g) = g(1); f(2)", "name", "g is a variable, not a function", "g"),
        ("if [1, 2] > 1 { 1 } else { 2 }", "shape", "a condition is one truth value", "[1, 2] > 1"),
        ("while [1, 2] > 1 { x = 1 }", "shape", "a condition is one truth value", "[1, 2] > 1"),
        ("f(x, n) = x; f(1, m=2)", "arity", "f has no m= here", "2"),
        ("f(x) = { undefined(x) }; f(1)", "name", "there is no function undefined", "undefined"),
    ],
)
def test_programs_that_cannot_be(text: str, kind: str, words: str, where: str) -> None:
    error = refused(text, x=1.0)
    assert (error.kind, place(error)) == (kind, where)
    assert words in error.message


# ---- length


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        ("while 1 < 2 { }; 3", "this loop has not ended after 1000 steps", "while 1 < 2 { }"),
        ("x = 1; while x > 0 { x = x + 1 }; x", "this loop has not ended", "while x > 0 { x = x + 1 }"),
        ("s = 0; for k in 1..10^9 { s = s + k }; s", "this loop has not ended", "for k in 1..10^9 { s = s + k }"),
        ("f(x) = if x > 0 { f(x + 1) } else { 0 }; f(1)", "f has not ended after 1000 steps", "f(x + 1)"),
        ("f(x) = if(x > 0, f(x + 1), 0); f(y)", "f has not ended after 1000 steps", "f(x + 1)"),
        ("[k for k in 1..10^9]", "has not ended after 1000 steps", "[k for k in 1..10^9]"),
    ],
)
def test_what_does_not_end_is_an_error(text: str, words: str, where: str) -> None:
    error = refused(text, steps=1000, y=1.0)
    assert error.kind == "limit"
    assert words in error.message
    assert place(error) == where
    assert "--steps 10000" in (error.hint or "")


def test_calls_are_counted_in_depth() -> None:
    error = refused("f(x) = if x > 0 { f(x + 1) } else { 0 }; f(1)")
    assert "f is 100000 calls deep" in error.message
    assert value_at("f(n) = if n == 0 { 0 } else { 1 + f(n - 1) }; f(20000)") == 20000


def test_deep_programs_need_no_recursion() -> None:
    nested = "x"
    for _ in range(300):
        nested = f"if(x > 0, {nested}, 0)"
    assert value_at(nested, x=2.0) == 2
    blocks = "y = x"
    for _ in range(300):
        blocks = f"if x > 0 {{ {blocks} }} else {{ y = 0 }}"
    assert value_at(f"{blocks}; y", x=2.0) == 2


def test_a_long_loop_costs_what_it_does() -> None:
    lowered, _ = follow("x = a; while x < 20000 { x = x + 1 }; x", a=0.0)
    assert len(lowered.conditions) == 20001
    assert len(lowered.graph) < 50000
    lowered, _ = follow("f(a) = { x = a; for k in 1..3000 { g = u -> u^2; x = x - g'(x)/9 }; x }; f(a)", a=1.0)
    assert len(lowered.graph) < 40000


def test_many_levels_of_branches_that_fail_are_linear() -> None:
    text = "f(x, n) = if n == 0 { x } else { if x > n { f(x, n - 1) + 1 } else { f(x, n - 1) } }; f(x, 300)"
    assert value_at(text, x=10.5) == 20.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("s = 0; for k in 1..3 { s = s + x^k }; s", 14),
        ("s = 1; s = s*x; s", 2),
        ("y = 1; if x > 0 { y = x^2 }; y", 4),
        ("a = 2; f(u) = { if u > 0 { a = 3 }; a*u }; f(x)", 6),
        ("f(u) = u^3; g = f; g(x)", 8),
        ("g = sin; g(0) + x", 2),
        ("s = 0; for k in 1..3 { s = s + diff(exp(2*u), u, k) }; u = 0; s*x", 28),
    ],
)
def test_what_begins_with_a_value_and_is_built_on_is_no_input(text: str, value: float) -> None:
    point = {"x": 2.0} | ({"u": 0.0} if "diff" in text else {})
    lowered, values = follow(text, **point)
    assert lowered.output is not None
    assert evaluate(lowered.graph, [lowered.output], values) == [value]
    assert not {"s", "y", "g"} & {lowered.graph.attrs[node] for node in inputs_of(lowered.graph, [lowered.output])}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s = 0; for k in 1..4 { if k == 2 { continue }; s = s + k }; s", "there is no continue"),
        ("if log(0 - 1) > 0 { y = 1 } else { y = 2 }; y", "not a number"),
        ("x = 2*y; while x > 1 { x = x*x }; x", "too large for floating point"),
        ("f(v) = norm(v); f'([3, 4])", "a prime is for functions of a number"),
        ("f(u) = sum(grad(sum(u^2)*y)); f'([1, 2])", "name what grad differentiates in"),
        ("x = ones(1000000)*y; while sum(x) > 0 { x = x + 1 }; x", "numbers, the limit is"),
    ],
)
def test_no_silence_and_no_full_memory(text: str, words: str) -> None:
    assert words in refused(text, y=1.0).message


def test_an_expression_that_does_nothing_is_told() -> None:
    lowered, _ = follow("f(x) = { x + 1; x }; f(2)")
    assert lowered.notes == ["the value of x + 1 is not used"]


def test_too_many_rounds_are_refused_after_the_first():
    graph = Graph()
    with pytest.raises(DcalcError, match="has not ended after 1000000 steps"):
        lower(parse("l = x; for k in 1..2000000 { l = r*l*(1-l) }; l"), None, graph=graph)
    assert len(graph) < 50
