"""Batches against one point after the other: every operation, whichever of its arguments differ."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate import batch as room
from dcalc.evaluate.batch import evaluate_batch
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph

from ..tools import graph_of

SHAPES: dict[str, tuple[int, ...]] = {"s": (), "v": (3,), "A": (3, 3), "B": (3, 2), "T": (2, 3, 4)}
SIZE = 5


def point_of(full: dict[str, Any], k: int) -> dict[str, Any]:
    return {name: value[k].copy() if value.ndim > 1 else float(value[k]) for name, value in full.items()}


@pytest.fixture(scope="module")
def many() -> tuple[Graph, list[int], dict[str, Any]]:
    """A node of every kind, and values of the inputs."""
    g = Graph()
    emit, one = g.emit, g.const(1)
    s, v, A, B, T = (g.input(name, shape) for name, shape in SHAPES.items())
    nodes = [s, v, A, one, emit("+", (v, A)), emit("*", (s, A)), emit("-", (T, s)), emit("/", (v, s))]
    nodes += [emit("if", (emit("<", (c, one)), a, b)) for c in (s, v, A) for a, b in ((A, s), (v, A), (s, one))]
    nodes += [emit("^", (A, g.const(2))), emit("silu", (A,)), emit("atan2", (s, v)), emit("erf", (B,))]
    for op in ("sum[]", "max[]", "min[]", "norm[]", "logsumexp[]", "last_max", "last_min"):
        for arg in (s, v, A, B, T):
            nodes += [emit(op, (arg,), axis) for axis in (None, *range(-len(g.shapes[arg]), 0))]
    nodes += [emit("@", pair) for pair in ((v, v), (v, A), (A, v), (A, A), (A, B), (v, B))]
    nodes += [emit(op, (A,)) for op in ("det", "inv", "cofactor")]
    nodes += [emit("solve", (A, other)) for other in (v, B, A)]
    nodes += [emit("outer", (v, v)), emit("diag", (v,)), emit("diag", (A,))]
    nodes += [emit("transpose", (arg,)) for arg in (v, A, B, T)]
    nodes += [g.vector(args) for args in ((s, one, s), (v, emit("diag", (A,))), (B, B))]
    nodes += [g.index(A, (1,)), g.index(A, (1, 2)), g.index(A, ((0, 2), 1)), g.index(T, (1, (1, 3)))]
    nodes += [emit("place", (g.index(A, ((0, 2), 1)),), (((0, 2), 1), (3, 3))), emit("place", (s,), ((1,), (4,)))]
    nodes += [emit("concat", (v, g.index(A, (0,))), -1), emit("concat", (A, B), -1), emit("concat", (A, A), -2)]
    nodes += [g.reshape(T, (6, 4)), g.reshape(s, (1, 1)), g.reshape(emit("+", (s, g.reshape(s, (1,)))), ())]
    nodes += [g.full(s, (3, 2)), g.full(v, (3, 3)), g.full(v, (2, 3, 3)), g.full(s, (70, 70)), g.full(B, (2, 3, 2))]
    chance = np.random.default_rng(1)
    full = {name: chance.normal(size=(SIZE, *shape)) for name, shape in SHAPES.items()}
    full["A"][2], full["A"][3] = 0.0, np.arange(9).reshape(3, 3)  # singular
    return g, nodes, full


@pytest.mark.parametrize("names", [c for k in range(len(SHAPES) + 1) for c in itertools.combinations(SHAPES, k)])
@pytest.mark.parametrize("block", [2, 16_384])
def test_a_batch_is_one_point_after_the_other(
    many: tuple[Graph, list[int], dict[str, Any]], names: tuple[str, ...], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, nodes, full = many
    monkeypatch.setattr(room, "BLOCK", block)
    first = point_of(full, 0)
    results = evaluate_batch(graph, nodes, first, {name: full[name] for name in names}, SIZE)
    for k in range(SIZE):
        here = point_of(full, k)
        values = evaluate(graph, nodes, {**first, **{name: here[name] for name in names}})
        for node, value, result in zip(nodes, values, results, strict=True):
            assert result.shape == (SIZE, *graph.shapes[node])
            assert np.allclose(result[k], value, rtol=1e-11, atol=1e-12, equal_nan=True), graph.ops[node]


def test_each_argument_of_a_product_may_differ_or_not() -> None:
    chance = np.random.default_rng(2)
    for a, b in (((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4))):
        for op in ("@", "outer") if len(a) == len(b) == 1 else ("@",):
            graph = Graph()
            node = graph.emit(op, (graph.input("u", a), graph.input("v", b)))
            full = {"u": chance.normal(size=(4, *a)), "v": chance.normal(size=(4, *b))}
            for names in (("u",), ("v",), ("u", "v")):
                first = {name: value[0] for name, value in full.items()}
                (result,) = evaluate_batch(graph, [node], first, {name: full[name] for name in names}, 4)
                for k in range(4):
                    u, v = (full[name][k if name in names else 0] for name in ("u", "v"))
                    assert np.allclose(result[k], u @ v if op == "@" else np.outer(u, v), rtol=1e-14)


def test_programs_of_numbers() -> None:
    lowered = graph_of("[x*y, 2, x, log(y)]")
    assert lowered.output is not None
    rows = lowered.graph.components(lowered.output)
    x = np.linspace(1, 2, 40_000)  # more than a block
    found = evaluate_batch(lowered.graph, rows, {"y": 3.0}, {"x": x}, len(x))
    for result, expected in zip(found, (3 * x, 2.0, x, np.log(3.0)), strict=True):
        assert result.shape == x.shape
        assert np.allclose(result, expected, rtol=1e-15)
    assert [r.shape for r in evaluate_batch(lowered.graph, rows, {"y": 3.0}, {"x": x[:0]}, 0)] == [(0,)] * 4
    assert [r.tolist() for r in evaluate_batch(lowered.graph, rows[:1], {"x": 2.0, "y": 3.0}, {}, 2)] == [[6, 6]]
    with pytest.raises(KeyError, match="y"):
        evaluate_batch(lowered.graph, rows, {}, {"x": x}, len(x))


def test_what_differs_nowhere_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 2)
    graph = Graph()
    x, A = graph.input("x"), graph.input("A", (2, 2))
    inverse = graph.emit("inv", (A,))
    calls = []
    monkeypatch.setattr(np.linalg, "inv", lambda u: calls.append(u.shape) or u)
    monkeypatch.setattr("dcalc.evaluate.linear._small_inverse", lambda u: None)
    node = graph.emit("sum[]", (graph.emit("*", (x, inverse)),))
    evaluate_batch(graph, [node], {"A": np.eye(2)}, {"x": np.arange(7.0)}, 7)
    assert calls == [(2, 2)]


def peak(run: Any) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_value_goes_after_its_last_use() -> None:
    graph = Graph()
    v = node = graph.input("v", (500, 500))  # 2 MB
    for _ in range(20):
        node = graph.emit("sin", (graph.emit("+", (node, v)),))
    node = graph.emit("sum[]", (node,))
    point = {"v": np.ones((500, 500))}
    assert peak(lambda: evaluate(graph, [node], point)) < 4 * 2_000_000
    # In a batch, too: 1000 points of 2 MB each, 40 values.
    s = graph.input("s")
    node = graph.emit("*", (s, v))
    for _ in range(20):
        node = graph.emit("sin", (graph.emit("+", (node, v)),))
    node = graph.emit("sum[]", (node,))
    assert peak(lambda: evaluate_batch(graph, [node], point, {"s": np.ones(20)}, 20)) < 60_000_000


@pytest.mark.parametrize(("text", "threads"), [("sin(x)*y + x/y", 3), ("(y - x^2)^2 + (1 - x)/y", 1)])
def test_threads_are_for_functions_that_numpy_takes_long_for(monkeypatch, text, threads):
    used = []
    whole = room.in_blocks
    monkeypatch.setattr(room, "processors", lambda: 3)
    monkeypatch.setattr(room, "in_blocks", lambda *how: (used.append(how[-1]), whole(*how)))
    lowered = graph_of(text)
    columns = {name: np.linspace(1, 2, 1_000_000) for name in "xy"}
    (found,) = evaluate_batch(lowered.graph, [lowered.output], {}, columns, 1_000_000, engine="array")
    x = y = columns["x"]
    expected = np.sin(x) * y + x / y if threads > 1 else (y - x**2) ** 2 + (1 - x) / y
    assert used == [threads]
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)
