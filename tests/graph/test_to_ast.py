"""From the graph back to text."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from dcalc.errors import Source
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.graph.to_ast import constant, decimal, is_small, to_ast, to_program, tree_size
from dcalc.language import ast, parse, unparse


def graph_of(text: str, **shapes: tuple[int, ...]) -> tuple[Graph, int]:
    lowered = lower(parse(text), Source(text), shapes=shapes)
    assert lowered.output is not None
    return lowered.graph, lowered.output


def printed(text: str, **shapes: tuple[int, ...]) -> str:
    return unparse(to_ast(*graph_of(text, **shapes)))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "3",
        "-3",
        "1/2",
        "-1/2",
        "pi*x",
        "e^x",
        "-x^2",
        "(-x)^2",
        "x^-2",
        "x - (y - z)",
        "x/(y*z)",
        "x/y*z",
        "x/(y/z)",
        "x^(1/2)",
        "(1/2)^x",
        "(-2)^x",
        "x - 3",
        "sin(x)*cos(y)",
        "max(x, y, z)",
        "max(x, max(y, z))",
        "min(max(x, 0), 1)",
        "logsumexp(x, y, z)",
        "polygamma(2, x)",
        "if(x > 0, x, -x)",
        "if(x > 0 and not y > 0, x, 0)",
        "if([x > 0] == [y > 0], x, 0)",
        "[x > 0]",
        "x*[x >= 0]",
        "[x > 0]*[y > 0]",
        "[x > 0 or y > 0] + 1",
        "[not x > 0]*y",
        "[x, y + 1]",
        "atan2(y, x)",
    ],
)
def test_prints_what_was_written(text: str) -> None:
    assert printed(text) == text


def test_other_spellings_become_the_canonical_one() -> None:
    assert printed("x > 0") == "[x > 0]"
    assert printed("if([x > 0], 1, 2)") == "if(x > 0, 1, 2)"
    assert printed("max(max(x, y), z)") == "max(x, y, z)"
    assert printed("1 + 0.25*ln(x)") == "1 + 1/4*log(x)"
    assert printed("2*3 - 10") == "-4"


def test_components() -> None:
    assert printed("v[1] + v[2]*w", v=(2,)) == "v[1] + v[2]*w"
    assert printed("v*2", v=(2,)) == "v*2"


ARRAYS = {"A": (2, 3), "B": (3, 3), "x": (3,), "y": (3,), "b": (2,)}


@pytest.mark.parametrize(
    "text",
    [
        "A @ x + b",
        "B @ (B @ x)",
        "transpose(A) @ b",
        "x @ B @ x",
        "outer(b, x)",
        "diag(x)",
        "det(B)*inv(B)",
        "solve(B, x)",
        "tr(B)",
        "sum(x)",
        "sum(A, axis=2)",
        "max(A, axis=1)",
        "norm(x)*logsumexp(x)",
        "last_max(x)",
        "A[1, 2]",
        "A[1, :]",
        "A[:, 2..3]",
        "x[2..3]",
        "reshape(A, 3, 2)",
        "concat(x, b)",
        "concat(A, A, axis=2)",
        "eye(3) @ zeros(3, 3)",
        "c*ones(2, 3)",
        "x*ones(2, 3)",
        "[x, y]",
        "[[c, 1], [0, d]]",
        "x*[y > 0]",
        "softmax(x)",
        "softmax(A, axis=2)",
        "if(x > 0, x, 0)",
    ],
)
def test_prints_arrays_as_they_were_written(text: str) -> None:
    assert printed(text, **ARRAYS) == text


@pytest.mark.parametrize(
    ("places", "shape", "text"),
    [
        (((1, 4),), (7,), "concat(zeros(1), x, zeros(3))"),
        (((0, 3),), (4,), "concat(x, zeros(1))"),
        ((1,), (3, 3), "[zeros(3), x, zeros(3)]"),
        ((40,), (100, 3), "concat(zeros(40, 3), [x], zeros(59, 3))"),
        (((0, 3), 1), (3, 4), "concat(zeros(3, 1), reshape(x, 3, 1), zeros(3, 2), axis=2)"),
        (((1, 4), 0), (4, 1), "concat(zeros(1, 1), reshape(x, 3, 1))"),
        ((1, (0, 3)), (2, 4), "[zeros(4), concat(x, zeros(1))]"),
    ],
)
def test_zeros_around_a_part(places: tuple[object, ...], shape: tuple[int, ...], text: str) -> None:
    graph = Graph()
    node = graph.emit("place", (graph.input("x", (3,)),), (places, shape))
    assert unparse(to_ast(graph, node)) == text
    again = lower(parse(text), None, shapes={"x": (3,)})
    assert again.output is not None
    assert again.graph.shapes[again.output] == shape


def test_what_broadcasts_by_itself_is_not_repeated() -> None:
    graph = Graph()
    x, c = graph.input("x", (3,)), graph.input("c")
    node = graph.emit("+", (graph.emit("*", (graph.full(c, (3,)), x)), graph.full(graph.const(2), (3,))))
    assert unparse(to_ast(graph, node)) == "c*x + 2"
    twice = graph.emit("+", (graph.full(c, (3,)), graph.full(graph.const(2), (3,))))
    assert unparse(to_ast(graph, twice)) == "c + 2*ones(3)"
    assert unparse(to_ast(graph, graph.full(graph.const(Fraction(2, 3)), (3,)))) == "2*ones(3)/3"
    assert unparse(to_ast(graph, graph.full(c, (1, 1)))) == "[[c]]"


def test_programs_name_arrays() -> None:
    graph, output = graph_of("u = A @ x + b; sum(u*sin(u))", **ARRAYS)
    assert unparse(to_program(graph, [output])) == "t1 = A @ x + b; sum(t1*sin(t1))"


def test_without_iverson_brackets() -> None:
    graph, output = graph_of("x*[x > 0]")
    assert unparse(to_ast(graph, output, iverson=False)) == "x*(x > 0)"


def test_names_cut_the_tree() -> None:
    graph, output = graph_of("a = x^2; b = exp(a); max(max(a, b), a + b)")
    largest, total = graph.args[output]
    names = {largest: "m", graph.args[total][1]: "b"}
    text = unparse(to_ast(graph, output, names=names))
    assert text == "max(m, x^2 + b)"
    assert unparse(to_ast(graph, largest, names=names)) == "max(x^2, b)"


def test_decimals() -> None:
    graph, output = graph_of("0.25*x - 1/3 + y^-1.5")
    assert unparse(to_ast(graph, output, decimals=True)) == "0.25*x - 1/3 + y^-1.5"
    assert decimal(1, 8) == "0.125"
    assert decimal(5, 2) == "2.5"
    assert decimal(7, 1) == "7"
    assert decimal(1, 3) is None
    assert decimal(1, 2**40) is None


def test_constants_of_every_kind() -> None:
    assert [unparse(constant(c)) for c in (0, -7, Fraction(-2, 3), "pi", 1.5, -2.0, 1e300)] == [
        "0",
        "-7",
        "-2/3",
        "pi",
        "1.5",
        "-2.0",
        "1e+300",
    ]
    assert unparse(constant(float("-inf"))) == "-inf"
    assert unparse(constant(float("nan"))) == "nan"


def test_tree_size_is_exact() -> None:
    graph, output = graph_of("x*x + sin(x)")
    assert tree_size(graph, output) == 6
    assert is_small(graph, output, 6) and not is_small(graph, output, 5)


def logistic(graph: Graph, steps: int) -> int:
    node = graph.input("x")
    one, four = graph.const(1), graph.const(4)
    for _ in range(steps):
        node = graph.emit("*", (graph.emit("*", (four, node)), graph.emit("-", (one, node))))
    return node


def test_a_giant_tree_costs_what_its_graph_costs() -> None:
    graph = Graph()
    node = logistic(graph, 3000)
    started = time.process_time()
    tree = to_ast(graph, node)
    assert isinstance(tree, ast.Call)
    assert tree_size(graph, node) > 2**3000
    assert not is_small(graph, node, 1000)
    assert len(to_program(graph, [node]).children) == 3000
    assert time.process_time() - started < 1.0


def test_a_deep_tree() -> None:
    graph = Graph()
    node = graph.input("x")
    for _ in range(20_000):
        node = graph.emit("sin", (node,))
    assert unparse(to_ast(graph, node)).count("sin") == 20_000
    for _ in range(20_000):
        node = graph.emit("max", (node, graph.input("x")))
    assert len(to_ast(graph, node).children) == 20_001


def test_programs_define_what_is_shared() -> None:
    graph, output = graph_of("exp(x^2) + x^2*exp(x^2) + log(2)/log(2)")
    program = to_program(graph, [output])
    assert unparse(program) == "t1 = x^2; t2 = exp(t1); t2 + t1*t2 + log(2)/log(2)"
    again = lower(program, None, graph=graph)
    assert again.output == output


def test_programs_avoid_names_that_are_taken() -> None:
    graph, output = graph_of("(t1 + x)*sin(t1 + x) + t3")
    assert unparse(to_program(graph, [output])) == "t2 = t1 + x; t2*sin(t2) + t3"


def test_programs_of_several_outputs_and_given_names() -> None:
    graph, output = graph_of("sin(x)*y > 0")
    sine = graph.emit("sin", (graph.input("x"),))
    program = to_program(graph, [output, sine, output], names={sine: "s"})
    assert unparse(program) == "s = sin(x); t1 = [s*y > 0]; [t1, s, t1]"


def test_long_whole_numbers_that_end_in_noughts_have_a_power_of_ten() -> None:
    for text in ("1e300*x", "2.5e31*x", "x*(1/1e40)", "100000000000000000000*x", "1267650600228229401496703205376*x"):
        graph, output = graph_of(text)
        shown = unparse(to_ast(graph, output))
        assert shown == text
        assert lower(parse(shown), None, graph=graph).output == output
