"""The interpreters for one point and for many: the same plan, the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.rounding import rounding

from ..tools import graph_of, points, texts

np = pytest.importorskip("numpy")
ULPS = 4
POINTS = [{"x": x, "y": y, "z": 1.3} for x in (-1.5, -0.0, 0.0, 0.7, 2.0) for y in (-2.0, 0.25, 0.0, 1.0)]


def both(graph: Graph, outputs: Sequence[int], where: list[dict[str, float]]) -> list[tuple[list[float], list[float]]]:
    from dcalc.evaluate.batch import evaluate_batch

    program = Scalar(make_plan(graph, outputs))
    batch = {name: np.array([point[name] for point in where]) for name in where[0]}
    columns = np.array(evaluate_batch(graph, outputs, {}, batch, len(where))).T.tolist()
    return [(program.run(point), column) for point, column in zip(where, columns, strict=True)]


def same(a: float, b: float, ulps: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= ulps * math.ulp(max(abs(a), abs(b)))


@pytest.mark.parametrize("name", [e.name for e in TABLE.values() if e.kind in ("elementwise", "selection")])
def test_each_entry_at_its_extreme_points(name: str) -> None:
    entry = TABLE[name]
    pytest.importorskip("scipy")
    graph = Graph()
    names = entry.parameters[entry.static :]
    node = graph.emit(name, tuple(graph.input(n) for n in names), 2 if entry.static else None)
    corners = [-math.inf, -2.0, -0.0, 0.0, 0.5, 1.0, math.inf, math.nan]
    given = [tuple(p[entry.static :]) for p in entry.extreme]
    given += [tuple(corners[(k + 3 * i) % len(corners)] for i in range(len(names))) for k in range(len(corners))]
    where = [dict(zip(names, p, strict=True)) for p in given]
    ulps = 64 if entry.value else ULPS  # a formula may cancel: the kernels in it are compared elsewhere
    for point, (scalar, column) in zip(where, both(graph, [node], where), strict=True):
        a, b = scalar[0], column[0]
        assert same(a, b, ulps) or abs(a - b) <= 1e-14, (point, a, b)


@settings(max_examples=120, deadline=None)
@given(texts(3), st.lists(points, min_size=1, max_size=3))
def test_expressions_and_their_derivatives(text: str, where: list[dict[str, float]]) -> None:
    lowered = graph_of(text)
    graph, output = lowered.graph, lowered.output
    assert output is not None
    nodes = [output, derivative(graph, output, graph.input("x"))]
    bounds = rounding(graph, nodes)
    for scalar, column in both(graph, [*nodes, *bounds], where):
        for k in range(2):
            a, b, bound = scalar[k], column[k], scalar[2 + k]
            if math.isfinite(bound) and math.isfinite(a) and math.isfinite(b):
                assert same(a, b, ULPS) or abs(a - b) <= 16 * bound
            elif math.isfinite(bound):
                assert same(a, b, ULPS)


def test_neither_warns(recwarn: pytest.WarningsRecorder) -> None:
    lowered = graph_of("[1/x, log(x), sqrt(x - 1), exp(1000*y), x^y, gamma(x)]")
    assert lowered.output is not None
    pytest.importorskip("scipy")
    for scalar, column in both(lowered.graph, lowered.graph.components(lowered.output), POINTS):
        assert all(same(a, b, 16) for a, b in zip(scalar, column, strict=True))
    assert not recwarn.list
