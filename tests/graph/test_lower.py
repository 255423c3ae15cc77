"""Lowering: what names, calls, vectors and numbers of a text become."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dcalc.errors import DcalcError
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import check
from dcalc.graph.lower import lower
from dcalc.language import ast

from ..tools import Value, graph_of, problem_of, value_of


def refused(text: str, **point: Value) -> DcalcError:
    with pytest.raises(DcalcError) as caught:
        graph_of(text, point)
    return caught.value


def place(error: DcalcError) -> str:
    """The text that the caret marks."""
    assert error.source is not None and error.span is not None
    return error.source.text[slice(*error.span)]


# ---- names


@pytest.mark.parametrize(
    ("program", "point", "value"),
    [
        ("x = 2; a = x^2; x = 3; a", {}, 9),
        ("x = 2; a = x^2; a = a + 1; x = 3; a", {}, 10),
        ("a = 2; a = a + 1; a", {}, 3),
        ("x = 2; a = x^2; x = y + 1; a + x", {"y": 3.0}, 8),
        ("x = 2; x = x; x", {}, 2),
        ("x = y; y + x", {"y": 3.0}, 6),
        ("a = x; a = a*2; a = a*2; a", {"x": 3.0}, 12),
        ("e = 3; e", {}, 3),
        ("pi = 3; 2*pi", {}, 6),
        ("e = x; e^2", {"x": 3.0}, 9),
        ("e", {"e": 5.0}, 5),
        ("e", {}, math.e),
        ("log = 2; log(1) + log", {}, 2),
        ("v = [1, 2]; w = 2*v; v = [3, 4]; w[1] + w[2]", {}, 14),
        ("v = [1, 2]; v = [1, 2, 3]; v[3]", {}, 3),
        ("f(x) = x; f = 3; f(f)", {}, 3),
    ],
)
def test_names(program: str, point: dict[str, Value], value: float) -> None:
    lowered = graph_of(program, point)
    check(lowered.graph)
    values: dict[str, Any] = dict(point)
    for name, node in lowered.names.point.items():
        numbers = [float(lowered.graph.attrs[n]) for n in lowered.graph.components(node)]
        values.setdefault(name, np.array(numbers) if lowered.graph.shapes[node] else numbers[0])
    assert lowered.output is not None
    assert evaluate(lowered.graph, [lowered.output], values) == [pytest.approx(value, rel=1e-15)]


def test_a_shadowed_constant_is_told_once() -> None:
    assert graph_of("e = 2; e + e").notes == ["e is your variable from here on, not the constant"]
    assert graph_of("e + pi").notes == []


def test_names_label_their_nodes() -> None:
    lowered = graph_of("a = x^2; b = a + 1; c = a; c*b")
    assert sorted(lowered.labels.values()) == ["a", "b"]
    assert lowered.defined is None
    assert graph_of("a = x^2").defined == "a"
    assert graph_of("f(x) = x").output is None


def test_equal_parts_are_one_node() -> None:
    lowered = graph_of("sin(x*y) + sin(x*y) + x*y")
    assert [lowered.graph.ops.count(op) for op in ("sin", "*", "+")] == [1, 1, 2]


@pytest.mark.parametrize("text", ["1e1 = 2", "e1 = 3; 2e1", "f(e1) = 2e1; f(3)", "e1 = x; 2.5E1"])
def test_a_number_that_looks_like_a_product_with_a_name(text: str) -> None:
    error = refused(text)
    assert error.kind == "syntax"
    if "one of your names" in error.message:
        assert "*e1" in (error.hint or "")


def test_a_number_whose_exponent_is_no_name_is_a_number() -> None:
    assert value_of("2e1 + 2e+1") == 40
    assert value_of("f(e2) = 2e1 + e2; f(1)") == 21
    assert value_of("f(e1) = e1; 2e1") == 20


# ---- functions


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("f(x) = x^2; f(3)", 9),
        ("f(x, y) = x - y; f(f(5, 2), 1)", 2),
        ("f(x) = a*x; a = y; f(2)", 6),
        ("f(x) = g(x) + 1; g(x) = 2*x; f(3)", 7),
        ("f(x) = x; f(x) = 2*x; f(3)", 6),
        ("f(e) = e; f(1) + e", 1 + math.e),
        ("f(pi) = 2*pi; f(2)", 4),
        ("y = 5; f(x) = x + y; y = 7; f(1)", 8),
        ("f(y) = y; y*f(2)", 6),
        ("sin(x) = x; sin(2)", 2),
        ("f(x) = x^2; f([1, 2])[2]", 4),
        ("f(v) = v[1]*v[2]; f([3, 4])", 12),
        ("f(x) = [x, x^2]; f(3)[2]", 9),
    ],
)
def test_functions(program: str, value: float) -> None:
    assert value_of(program, y=7.0 if "y = " in program else 3.0) == pytest.approx(value)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("f(x) = f(x - 1) + 1; f(3)", "f calls itself without end"),
        ("f(x) = g(x); g(x) = f(x); f(1)", "f calls itself without end"),
        ("f(x) = f'(x); f(1)", "f calls itself without end"),
        ("f(x) = g'(x); g(x) = f''(2*x); f(2)", "calls itself without end"),
        ("f(x) = x + f(f(x)); f(1)", "f calls itself without end"),
    ],
)
def test_recursion_is_refused_not_run(program: str, words: str) -> None:
    error = refused(program)
    assert error.kind == "limit"
    assert words in error.message


def test_calls_of_the_same_are_lowered_once() -> None:
    lines = ["f0(x) = sin(x) + x"]
    lines += [f"f{k}(x) = f{k - 1}(x)*f{k - 1}(x)" for k in range(1, 60)]
    lowered = graph_of("; ".join([*lines, "f59(x)"]))
    assert len(lowered.graph) < 100


def test_primes_of_the_same_are_lowered_once() -> None:
    lines = ["f0(x) = x"]
    lines += [f"f{k}(x) = f{k - 1}'(x) + f{k - 1}'(x) + x" for k in range(1, 40)]
    assert len(graph_of("; ".join([*lines, "f39(x)"])).graph) < 2000


def test_many_functions_that_call_each_other_by_primes_need_no_recursion() -> None:
    lines = ["f0(x) = sin(x)"]
    lines += [f"f{k}(x) = f{k - 1}'(2*x)*0 + x" for k in range(1, 400)]
    assert value_of("; ".join([*lines, "f399(x)"]), x=2.0) == 2.0


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        ("f(x) = x; 2 + f(1, 2)", "f takes 1 argument, here it has 2", "f(1, 2)"),
        ("f(x, y) = x; f(1)", "f takes 2 arguments, here it has 1", "f(1)"),
        ("max()", "max takes at least one argument, here it has none", "max()"),
        ("1 + sin(1, 2)", "sin takes 1 argument, here it has 2", "sin(1, 2)"),
        ("clip(1, 2)", "clip takes 3 arguments, here it has 2", "clip(1, 2)"),
        ("elu(1, 2, 3)", "elu takes 1 or 2 arguments, here it has 3", "elu(1, 2, 3)"),
        ("atan2(1)", "atan2 takes 2 arguments, here it has 1", "atan2(1)"),
    ],
)
def test_arity(text: str, words: str, where: str) -> None:
    error = refused(text)
    assert (error.kind, error.message, place(error)) == ("arity", words, where)


def test_an_unknown_function_is_told_before_its_arguments() -> None:
    error = refused("1 + sinn(cosn(x))")
    assert (error.kind, place(error)) == ("name", "sinn")
    assert "sin" in (error.hint or "")
    assert "x*(y+1)" in (refused("x(y+1)", x=1.0).hint or "")
    assert place(refused("2*sin + 1")) == "sin"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(3)", 3),
        ("max(1, 3, 2)", 3),
        ("min(3, 1, 2, 0)", 0),
        ("max([1, 3, 2])", 3),
        ("min([4, 2])", 2),
        ("logsumexp([0, 0])", math.log(2)),
        ("max([1, 5], 2)[1]", 2),
        ("leaky_relu(-100)", -1),
        ("leaky_relu(-100, 0.5)", -50),
        ("elu(1)", 1),
        ("clip(5, 0, 1)", 1),
        ("ln(e)", 1),
    ],
)
def test_defaults_and_folds(text: str, value: float) -> None:
    assert value_of(text) == pytest.approx(value)


def test_folds_keep_the_order_of_their_arguments() -> None:
    lowered = graph_of("max(z, y, x)")
    graph, top = lowered.graph, lowered.output
    assert top is not None
    inner, last = graph.args[top]
    names = [graph.attrs[n] for n in (*graph.args[inner], last)]
    assert names == ["z", "y", "x"]


@pytest.mark.parametrize("order", ["x", "-1", "1.5", "1001", "1/2", "pi"])
def test_a_static_order_is_a_whole_number(order: str) -> None:
    text = f"polygamma({order}, x)"
    error = refused(text, x=1.0)
    assert (error.kind, place(error)) == ("domain", order)


def test_static_orders_are_attributes() -> None:
    lowered = graph_of("polygamma(3 - 1, x)")
    assert lowered.output is not None
    assert lowered.graph.attrs[lowered.output] == 2
    assert graph_of("polygamma([0, 1], x)").graph.ops.count("polygamma") == 2


# ---- primes


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("f(t) = t^3; f'(x)", 12),
        ("f(t) = t^3; f''(x)", 12),
        ("f(t) = t^3; f'''(x)", 6),
        ("f(t) = t^3; f''''(x)", 0),
        ("f(t) = t^3; f'(2*x)", 48),
        ("f(t) = t^3; f'(f'(x))", 3 * 12**2),
        ("f(t) = t^3; f'(2)*f'(3)", 12 * 27),
        ("sin'(x)", math.cos(2)),
        ("sin''(x)", -math.sin(2)),
        ("ln'(x)", 0.5),
        ("abs'(-x)", -1),
        ("elu'(x)", 1),
        ("max'(x)", 1),
        ("f(t) = x*t; f'(x)", 2),
        ("f(x) = x*y; f'(x)", 5),
        ("f(t) = [t, t^2]; f'(x)[2]", 4),
        ("f(t) = t^2; f'([x, 3])[2]", 6),
        ("c = 3; f(t) = 7; f'(x) + c", 3),
        ("f(t) = if(t > 0, t^2, 0); f'(x) + f'(-x)", 4),
        ("f(x) = x^2; g(x) = f'(x)*x; g'(x)", 8),
    ],
)
def test_primes(program: str, value: float) -> None:
    problem = problem_of(program, x=2.0, y=5.0, c=3.0)
    check(problem.graph)
    assert value_of(program, x=2.0, y=5.0, c=3.0) == pytest.approx(value, rel=1e-14)


def test_no_perturbation_confusion() -> None:
    # d/dx (x * d/dy (x + y)) is 1; with one placeholder for both it would be 2 (Siskind and Pearlmutter, 2005).
    assert value_of("f(x) = x*g'(1); g(y) = a + y; f'(3)", a=4.0) == 1
    inner = "; ".join(["h(y) = a*y", "g(x) = x*h'(x)", "g'(a)"])
    assert value_of(inner, a=4.0) == 4
    # The argument of the inner prime is the outer placeholder.
    assert value_of("f(x) = x^3; g(x) = f'(x)*f'(x); g'(a)", a=2.0) == 2 * 12 * 12
    assert value_of("f(x) = x*f1'(x); f1(x) = x^2; f'(a) + f''(a)", a=3.0) == 4 * 3 + 4


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("f(x, y) = x; f'(1, 2)", "arity"),
        ("atan2'(x)", "arity"),
        ("x'(1)", "name"),
        ("f(t) = [t, t]; f'([1, 2])", "shape"),
        ("f(v) = v[1]; f'([1, 2])", "shape"),
    ],
)
def test_primes_that_cannot_be(text: str, kind: str) -> None:
    assert refused(text, x=1.0).kind == kind


# ---- vectors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v", [1, 2, 3]),
        ("v + 1", [2, 3, 4]),
        ("1 - v", [0, -1, -2]),
        ("v*v", [1, 4, 9]),
        ("v*[3, 2, 1]", [3, 4, 3]),
        ("-v", [-1, -2, -3]),
        ("v^2", [1, 4, 9]),
        ("2^v", [2, 4, 8]),
        ("sqrt(v^2)", [1, 2, 3]),
        ("max(v, 2)", [2, 2, 3]),
        ("if(x > 1, v, -v)", [1, 2, 3]),
        ("if(v > 1, v, 0)", [0, 2, 3]),
        ("clip(v, 1.5, 2.5)", [1.5, 2, 2.5]),
        ("polygamma(1, v*0 + 1) - pi^2/6", [0, 0, 0]),
        ("v[3]", 3),
        ("v[1 + 1]", 2),
        ("[x, x^2][2]", 4),
        ("(v + [x, x, x])[3]", 5),
        ("[x, v[1]]", [2, 1]),
        ("w = [x, 2*x]; w[2]", 4),
    ],
)
def test_vectors_go_component_by_component(text: str, value: object) -> None:
    if "polygamma" in text:
        pytest.importorskip("scipy")
    check(graph_of(text, {"v": (1.0, 2.0, 3.0)}).graph)
    assert value_of(text, v=(1.0, 2.0, 3.0), x=2.0) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("0 + [1, 2] + [1, 2, 3]", "0 + [1, 2]"),
        ("1 + v[4]", "4"),
        ("v[0]", "0"),
        ("v[-1]", "-1"),
        ("v[1.5]", "1.5"),
        ("v[inf]", "inf"),
        ("v[v]", "v"),
        ("1 + x[1]", "x[1]"),
        ("v[1, 2]", "v[1, 2]"),
        ("[[1, 2], [3]]", "[1, 2]"),
        ("[x, v]", "x"),
        ("max(v, 4, [1, 2])", "v"),
    ],
)
def test_shapes_that_do_not_fit(text: str, where: str) -> None:
    error = refused(text, v=(1.0, 2.0, 3.0), x=1.0)
    assert (error.kind, place(error)) == ("shape", where)


# ---- size


def test_deep_trees_are_ordinary() -> None:
    x: ast.Node = ast.Name("x")
    for k in range(100_000):
        x = ast.Call(("sin", "neg", "exp")[k % 3], (x,)) if k % 2 else ast.Call("+", (ast.Number("1"), x))
    lowered = lower(ast.Program((x,)), None)
    assert len(lowered.graph) > 100_000
    assert lowered.output is not None
    check(lowered.graph)


def test_constants_are_folded_and_nothing_else() -> None:
    lowered = graph_of("(2 + 3)*x + 0*x + x^1")
    ops = [op for op in lowered.graph.ops if op not in ("const", "input")]
    assert sorted(ops) == ["*", "*", "+", "+", "^"]  # the user's own steps stand in the trace
    assert value_of("9^9^9^9") == math.inf
    assert value_of("1/3 + 1/6 - 1/2") == 0


def test_the_place_of_a_node_is_its_first_in_the_text() -> None:
    lowered = graph_of("sin(x) + sin(x)*1e400")
    graph = lowered.graph
    places = {graph.ops[n]: source.text[slice(*span)] for n, (source, span) in graph.origins.items()}
    assert graph.origins[graph.ops.index("sin")][1] == (0, 6)
    assert places["*"] == "sin(x)*1e400"
    assert any(source.text[slice(*span)] == "1e400" for source, span in graph.origins.values())
