"""Simplification costs what the graph is long, whatever its tree would be."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dcalc.graph.graph import Graph, check
from dcalc.graph.simplify import simplify
from dcalc.graph.to_ast import tree_size
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.reverse import gradient


def x(graph: Graph, position: int) -> int:
    return graph.input(f"x{position}")


def sum_left(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(1, count):
        node = graph.emit("+", (node, x(graph, i)))
    return node


def sum_right(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(1, count):
        node = graph.emit("-", (x(graph, i), node))
    return node


def like_terms(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(1, count):
        node = graph.emit("+", (node, graph.emit("*", (graph.const(i), x(graph, i % 7)))))
    return node


def product(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(1, count):
        node = graph.emit("*", (node, x(graph, i)))
    return node


def nested(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for _ in range(count):
        node = graph.emit("sin", (node,))
    return node


def horner(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(1, count // 4):
        node = graph.emit("+", (graph.emit("*", (node, x(graph, 0))), x(graph, i)))
    return node


def prefix_sums(graph: Graph, count: int) -> int:
    node, total = x(graph, 0), graph.const(0)
    for i in range(1, count // 4):
        node = graph.emit("+", (node, x(graph, i)))
        total = graph.emit("+", (total, graph.emit("*", (node, node))))
    return total


def harmonic_mean(graph: Graph, count: int) -> int:
    one = graph.const(1)
    node = graph.emit("/", (one, x(graph, 0)))
    for i in range(1, count):
        node = graph.emit("+", (node, graph.emit("/", (one, x(graph, i)))))
    return graph.emit("/", (graph.const(count), node))


def product_of_sums(graph: Graph, count: int) -> int:
    node = graph.const(1)
    for i in range(count // 4):
        exponential = graph.emit("exp", (x(graph, i),))
        total = graph.emit("+", (graph.emit("*", (x(graph, i), exponential)), exponential))
        node = graph.emit("*", (node, total))
    return node


def choices(graph: Graph, count: int) -> int:
    node = x(graph, 0)
    for i in range(count // 10):
        above = graph.emit(">", (node, x(graph, i)))
        node = graph.emit("if", (above, node, graph.emit("*", (node, x(graph, i)))))
    return node


@pytest.mark.parametrize(
    "make",
    [sum_left, sum_right, like_terms, product, nested, horner, prefix_sums, harmonic_mean, product_of_sums, choices],
)
def test_time_and_size_are_linear(make: Callable[[Graph, int], int]) -> None:
    graph = Graph()
    node = make(graph, 10_000)
    before = len(graph)
    started = time.process_time()
    (result,) = simplify(graph, [node])
    assert time.process_time() - started < 20  # quadratic work would be minutes; linear takes one second
    assert len(graph) < 6 * before
    assert len(graph.reachable([result])) <= before + 10


def logistic(graph: Graph, steps: int) -> int:
    node = graph.input("x")
    one, four = graph.const(1), graph.const(4)
    for _ in range(steps):
        node = graph.emit("*", (graph.emit("*", (four, node)), graph.emit("-", (one, node))))
    return node


def test_the_logistic_map_stays_linear() -> None:
    graph = Graph()
    node = logistic(graph, 30)
    nodes = len(graph)
    (result,) = simplify(graph, [node])
    assert tree_size(graph, result) > 2**30
    assert len(graph.reachable([result])) < 4 * nodes
    swept = derivative(graph, node, graph.input("x"))
    live = len(graph.reachable([swept]))
    assert len(graph.reachable(simplify(graph, [swept]))) < 3 * live
    (reverse,) = gradient(graph, node, [graph.input("x")])
    assert len(graph.reachable(simplify(graph, [reverse]))) < 3 * live
    check(graph)
