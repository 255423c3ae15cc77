"""Forward and reverse sweeps against each other and against central differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.build import Builder
from dcalc.graph.graph import Graph, check
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.forward import forward
from dcalc.sweeps.reverse import gradient, reverse
from dcalc.sweeps.rounding import rounding

from ..tools import SMOOTH, Value, graph_of, points, problem_of, texts


def both(text: str, **point: Value) -> tuple[list[float], list[float]]:
    """The gradient by forward and by reverse mode."""
    problem = problem_of(text, **point)
    graph, (row,), leaves = problem.graph, problem.rows, problem.leaves
    ahead = [derivative(graph, row, leaf) for leaf in leaves]
    back = gradient(graph, row, leaves)
    check(graph)
    ends = (evaluate(graph, nodes, problem.point) for nodes in (ahead, back))
    found, other = ([x for value in values for x in np.ravel(value)] for values in ends)
    return found, other


@settings(max_examples=250, deadline=None)
@given(texts(4), points)
def test_forward_and_reverse_agree(text: str, point: dict[str, float]) -> None:
    problem = problem_of(text, **point)
    graph, (row,), leaves = problem.graph, problem.rows, problem.leaves
    ahead = [derivative(graph, row, leaf) for leaf in leaves]
    back = gradient(graph, row, leaves)
    bounds = rounding(graph, [*ahead, *back])
    n = len(leaves)
    values = evaluate(graph, [*ahead, *back, *bounds], point)
    for k in range(n):
        a, b, bound = values[k], values[n + k], values[2 * n + k] + values[3 * n + k]
        if math.isfinite(a) and math.isfinite(b) and math.isfinite(bound):
            assert abs(a - b) <= 1e-12 * abs(a) + 32 * bound


@settings(max_examples=150, deadline=None)
@given(texts(3, SMOOTH, conditions=False), points)
def test_smooth_expressions_against_central_differences(text: str, point: dict[str, float]) -> None:
    problem = problem_of(text, **point)
    graph, rows = problem.graph, problem.rows
    for leaf, name in zip(problem.leaves, problem.labels, strict=True):
        exact = evaluate(graph, [derivative(graph, rows[0], leaf)], point)[0]
        quotients = []
        for h in (2e-4, 1e-4):
            up, down = (evaluate(graph, rows, {**point, name: point[name] + s})[0] for s in (h, -h))
            quotients.append((up - down) / (2 * h))
        value = evaluate(graph, rows, point)[0]
        if not all(map(math.isfinite, (exact, value, *quotients))):
            continue
        if abs(quotients[1] - quotients[0]) <= 1e-3 * abs(quotients[1]):  # else the steps are too long
            extrapolated = (4 * quotients[1] - quotients[0]) / 3
            slack = abs(quotients[1] - quotients[0]) + 1e-9 * (1 + abs(value)) + 1e-7 * abs(exact)
            assert abs(exact - extrapolated) <= slack


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("x^2", {"x": -1.0}, [-2]),
        ("x^2", {"x": 0.0}, [0]),
        ("x^3", {"x": -2.0}, [12]),
        ("x^1", {"x": 0.0}, [1]),
        ("x^0", {"x": 0.0}, [0]),
        ("x^y", {"x": 0.0, "y": 2.0}, [0, 0]),
        ("x^y", {"x": 2.0, "y": 3.0}, [12, 8 * math.log(2)]),
        ("x^x", {"x": 2.0}, [4 * (1 + math.log(2))]),
        ("x*x*x", {"x": 2.0}, [12]),
        ("x - x", {"x": 2.0}, [0]),
        ("x/x", {"x": 2.0}, [0]),
        ("f(t) = t*x; f(f(x))", {"x": 2.0}, [12]),
        ("tanh(x)", {"x": 20.0}, [1.6993417021166355e-17]),
        ("log(exp(x)*exp(y))", {"x": 1.0, "y": 2.0}, [1, 1]),
        ("v[1]*v[2]*v[1]", {"v": (3.0, 4.0)}, [24, 9]),
    ],
)
def test_gradients(text: str, point: dict[str, Value], expected: list[float]) -> None:
    ahead, back = both(text, **point)
    assert ahead == pytest.approx(expected, rel=1e-15, abs=0)
    assert back == pytest.approx(expected, rel=1e-15, abs=0)


def test_a_power_with_a_constant_exponent_never_meets_a_logarithm() -> None:
    problem = problem_of("x^2 + x^3 + 2^3*x", x=-1.0)
    (row,), (leaf,) = problem.rows, problem.leaves
    derivative(problem.graph, row, leaf)
    gradient(problem.graph, row, [leaf])
    assert "log" not in problem.graph.ops


def test_one_input_touches_only_what_depends_on_it() -> None:
    problem = problem_of("(x*sin(y) + exp(z))*tan(w)", x=1.0, y=2.0, z=3.0, w=4.0)
    graph = problem.graph
    by_name = dict(zip(problem.labels, problem.leaves, strict=True))
    sweep = reverse(graph, problem.rows[0], [by_name["x"]])
    visited = {graph.ops[node] for node in sweep.total}
    assert visited == {"*", "+", "input"}
    assert not {"exp", "tan", "sin"} & visited
    before = len(graph)
    swept = forward(graph, problem.rows, {by_name["z"]: {0: graph.const(1)}})
    assert {graph.ops[node] for node in swept if node < before} == {"input", "exp", "+", "*"}
    assert not {"cos", "sec"} & set(graph.ops[before:])


def test_what_does_not_depend_has_no_tangent_and_no_adjoint() -> None:
    lowered = graph_of("if(x > 0, 2, 3) + floor(x)")
    graph, output = lowered.graph, lowered.output
    assert output is not None
    x = graph.input("x")
    assert derivative(graph, output, x) == graph.const(0)
    assert gradient(graph, output, [x, graph.input("other")]) == [graph.const(0)] * 2


def test_a_sweep_is_cut_at_its_seeds() -> None:
    lowered = graph_of("a = sin(x); a^2 + x")
    graph, output = lowered.graph, lowered.output
    assert output is not None
    a = lowered.names.nodes["a"]
    adjoint = reverse(graph, output, [a]).total
    assert "cos" not in graph.ops
    assert evaluate(graph, [adjoint[a]], {"x": 1.0}) == [2 * math.sin(1.0)]
    tangents = forward(graph, [output], {a: {0: graph.const(1)}})
    assert "cos" not in graph.ops
    assert evaluate(graph, [tangents[output][0]], {"x": 1.0}) == [2 * math.sin(1.0)]


def test_seeds_scale() -> None:
    lowered = graph_of("x^3")
    graph, output, x = lowered.graph, lowered.output, lowered.graph.input("x")
    assert output is not None
    five = graph.const(5)
    assert evaluate(graph, [reverse(graph, output, [x], five).total[x]], {"x": 2.0}) == [60]
    tangents = forward(graph, [output], {x: {0: five, 7: graph.const(1)}})[output]
    assert evaluate(graph, [tangents[0], tangents[7]], {"x": 2.0}) == [60, 12]


@settings(max_examples=60, deadline=None)
@given(texts(3, SMOOTH, conditions=False), points, st.booleans())
def test_second_derivatives_are_symmetric_and_agree(text: str, point: dict[str, float], reverse_first: bool) -> None:
    problem = problem_of(text, **point)
    graph, (row,), leaves = problem.graph, problem.rows, problem.leaves
    if len(leaves) < 2:
        return
    x, y = leaves[:2]
    if reverse_first:
        first = gradient(graph, row, [x, y])
        mixed = [derivative(graph, first[0], y), derivative(graph, first[1], x)]
    else:
        mixed = [derivative(graph, derivative(graph, row, x), y), gradient(graph, derivative(graph, row, y), [x])[0]]
    a, b, *bounds = evaluate(graph, [*mixed, *rounding(graph, mixed)], point)
    if all(map(math.isfinite, (a, b, *bounds))):
        assert abs(a - b) <= 1e-12 * abs(a) + 32 * sum(bounds)


def test_a_graph_of_a_hundred_thousand_nodes_sweeps_in_loops() -> None:
    graph = Graph()
    build = Builder(graph)
    x = node = graph.input("x")
    for k in range(50_000):
        node = build.apply("sin", (build.add(node, x),)) if k % 2 else build.mul(node, x)
    back = gradient(graph, node, [x])
    ahead = derivative(graph, node, x)
    a, b = evaluate(graph, [back[0], ahead], {"x": 1.0})
    assert a == pytest.approx(b, rel=1e-9)
