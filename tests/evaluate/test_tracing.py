"""The tracer: values of a growing graph, each computed once."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate import tracing
from dcalc.evaluate.scalar import evaluate
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph

from ..tools import graph_of, numbers


@pytest.mark.parametrize(
    "text",
    [
        "x^2 + sin(y)*silu(x) + polygamma(2, y)",
        "if(x > 2, log(x - 2), gelu(y)) + beta(x, y)",
        "A @ v + silu(v)*x",
        "[x, y, sum(A)] + transpose(A)[1, :]",
        "norm(v) + det(A) + A[2, 1]*v[1]",
        "solve(A, v) + inv(A) @ v",
        "v/0",
        "logsumexp(A, axis=1) + gelu(A[1, :])",
        "[[x, 1, 2], [y, y, 1], [1, 2, 3]] @ v",
    ],
)
def test_it_gives_what_an_evaluation_gives(text: str) -> None:
    pytest.importorskip("scipy")
    at = {"x": 1.5, "y": 0.3, "v": [1.0, 2.0, -1.0], "A": [[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [2.0, 2.0, 1.0]]}
    lowered = graph_of(text, at)
    graph, point = lowered.graph, numbers(at)
    nodes = graph.reachable([lowered.output])
    tracer = Tracer(graph, point)
    assert tracer.value(lowered.output) is tracer.value(lowered.output)
    for node, expected in zip(nodes, evaluate(graph, nodes, point), strict=True):
        value = tracer.value(node)
        assert type(value) is type(expected)
        assert np.array_equal(value, expected, equal_nan=True)
        assert np.shape(value) == graph.shapes[node]


def test_each_node_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    compute = Tracer.compute

    def counted(self: Tracer, node: int, given: list[Any]) -> Any:
        calls.append(self.graph.ops[node])
        return compute(self, node, given)

    monkeypatch.setattr(tracing.Tracer, "compute", counted)
    graph = Graph()
    x = graph.input("x")
    tracer = Tracer(graph, {"x": 0.5})
    sine = graph.emit("sin", (x,))
    both = graph.emit("*", (sine, sine))
    assert tracer.value(both) == math.sin(0.5) ** 2
    assert calls == ["input", "sin", "*"]
    more = graph.emit("+", (both, graph.emit("cos", (sine,))))
    assert tracer.value(more) == math.sin(0.5) ** 2 + math.cos(math.sin(0.5))
    assert calls == ["input", "sin", "*", "cos", "+"]
    tracer.value(sine)
    assert len(calls) == 5


def test_a_loop_costs_what_is_new() -> None:
    graph = Graph()
    x = node = graph.input("x")
    limit = graph.const(10)
    tracer = Tracer(graph, {"x": 0.5})
    start = time.process_time()
    for _ in range(30_000):
        node = graph.emit("*", (x, graph.emit("cos", (node,))))
        assert tracer.value(graph.emit("<", (node, limit))) == 1.0
    assert time.process_time() - start < 10  # quadratic work would be hours
    assert len(tracer.values) == len(graph)


def test_a_deep_graph_at_once() -> None:
    graph = Graph()
    node = graph.input("x")
    for _ in range(100_000):
        node = graph.emit("sin", (node,))
    assert 0 < Tracer(graph, {"x": 1.0}).value(node) < 0.01


def test_assumed_values_and_missing_inputs() -> None:
    graph = Graph()
    x, v = graph.input("x"), graph.input("v", (2,))
    node = graph.emit("*", (x, v))
    tracer = Tracer(graph, {})
    tracer.assume(x, 3.0)
    with pytest.raises(KeyError, match="v"):
        tracer.value(node)
    tracer.assume(v, np.array([1.0, 2.0]))
    assert tracer.value(node).tolist() == [3, 6]


def test_ieee_and_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    graph = Graph()
    x, v = graph.input("x"), graph.input("v", (2,))
    tracer = Tracer(graph, {"x": 0.0, "v": np.array([0.0, -1.0])})
    assert tracer.value(graph.emit("/", (graph.const(1), x))) == math.inf
    assert math.isnan(tracer.value(graph.emit("sum[]", (graph.emit("log", (v,)),))))
    assert (
        tracer.value(graph.emit("max[]", (graph.emit("exp", (graph.emit("*", (v, graph.const(-1000))),)),))) == math.inf
    )
    assert not recwarn.list


def test_numbers_need_no_numpy() -> None:
    code = """
import sys
from dcalc.evaluate.scalar import evaluate
from dcalc.evaluate.failures import first_failure, node_values
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph
g = Graph()
x = g.input('x')
node = g.emit('silu', (g.emit('sin', (x,)),))
assert Tracer(g, {'x': 1.0}).value(node) == evaluate(g, [node], {'x': 1.0})[0]
assert first_failure(g, [node], node_values(g, [node], {'x': 1.0})) is None
assert 'numpy' not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
