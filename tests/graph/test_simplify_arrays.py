"""Simplification of arrays: the laws of matrices as text, and of every graph: no value and no shape changes."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from typing import Any

import numpy as np

from dcalc.graph.graph import Graph, check
from dcalc.graph.shapes import ShapeError
from dcalc.graph.simplify import simplify
from dcalc.graph.to_ast import to_ast, tree_size
from dcalc.language import unparse
from array_values import value

SHAPES: dict[str, tuple[int, ...]] = {
    "A": (3, 3), "B": (3, 3), "x": (3,), "y": (3,), "c": (), "d": (), "W": (2, 3), "b": (2,), "R": (1, 3), "C": (2, 1),
}  # fmt: skip
POINT = {
    name: np.random.default_rng(7 + k).uniform(0.3, 2.0, shape) * np.random.default_rng(k).choice([-1, 1], shape)
    for k, (name, shape) in enumerate(SHAPES.items())
}

CONSTANTS = [0, 1, 2, -1, Fraction(1, 2)]
UNARY = ["neg", "exp", "sin", "tanh", "abs"]
SQUARE = ["transpose", "transpose", "diag", "diag", "inv", "inv", "det", "cofactor"]
BINARY = ["+", "+", "-", "-", "*", "*", "*", "/", "max", ">"]
PRODUCTS = ["@", "@", "@", "@", "outer", "outer", "solve"]
REDUCTIONS = ["sum[]", "sum[]", "sum[]", "max[]", "norm[]", "logsumexp[]", "last_max"]
SHAPED = [(3,), (2, 3), (3, 3), (2, 2, 3), (3, 1), (1, 3), (9,)]


def build(seed: int) -> tuple[Graph, int]:
    """A graph of a few operations whose shapes fit, made of the youngest nodes more often than of others."""
    rng = random.Random(seed)
    graph = Graph()
    nodes = [graph.input(name, shape) for name, shape in SHAPES.items()]
    wanted = len(nodes) + rng.randint(1, 12)
    for _ in range(400):
        if len(nodes) >= wanted:
            break
        try:
            made = _made(graph, rng, nodes)
        except ShapeError:
            continue
        if made is not None and graph.size(made) <= 60 and len(graph.shapes[made]) <= 3:
            nodes.append(made)
    return graph, nodes[-1]


def _made(graph: Graph, rng: random.Random, nodes: list[int]) -> int | None:
    def pick() -> int:
        return rng.choice(nodes[-3:]) if rng.random() < 0.5 else rng.choice(nodes)

    def slices(lengths: tuple[int, ...]) -> tuple[Any, ...]:
        ends = [sorted(rng.sample(range(n + 1), 2)) for n in lengths]
        return tuple(rng.choice([a, (a, b), (0, n)]) for (a, b), n in zip(ends, lengths, strict=True))

    node = pick()
    shape = graph.shapes[node]
    choice = rng.random()
    if choice < 0.05:
        return graph.const(rng.choice(CONSTANTS))
    if choice < 0.10:
        k = rng.randrange(3)
        unit = graph.vector(tuple(graph.const(int(k == j)) for j in range(3)))
        return rng.choice([unit, graph.emit("diag", (graph.full(graph.const(1), (3,)),))])
    if choice < 0.14:
        return graph.emit(rng.choice(UNARY), (node,))
    if choice < 0.32:
        return graph.emit(rng.choice(BINARY), (node, pick()))
    if choice < 0.34:
        return graph.emit("^", (node, graph.const(rng.choice([-1, 2, 3]))))
    if choice < 0.36:
        return graph.emit("if", (graph.emit(">", (node, graph.input("c"))), pick(), pick()))
    if choice < 0.39:
        return graph.full(node, rng.choice(SHAPED))
    if choice < 0.43:
        parts = [node, pick(), pick()] if rng.random() < 0.5 else rng.sample(nodes, 2)
        return graph.vector(tuple(parts))
    if not shape:
        return graph.emit("place", (node,), ((rng.randrange(6),), (6,))) if choice < 0.55 else None
    if choice < 0.55:
        return graph.emit(rng.choice(SQUARE), (node,))
    if choice < 0.73:
        other = pick()
        return graph.emit(rng.choice(PRODUCTS), (node, other)) if graph.shapes[other] else None
    if choice < 0.82:
        axis = rng.choice([None, *range(-len(shape), 0)])
        return graph.emit(rng.choice(REDUCTIONS), (node,), axis)
    if choice < 0.88:
        return graph.index(node, slices(shape)[: rng.randint(1, len(shape))])
    if choice < 0.91:
        whole = rng.choice([(6,), (20,), (3, 4), (2, 3, 3)])
        places = slices(whole)
        part = graph.index(graph.full(graph.const(0), whole), places)
        return graph.emit("place", (node,), (places, whole)) if graph.shapes[part] == shape else None
    if choice < 0.93:
        return graph.reshape(node, rng.choice([*SHAPED, (graph.size(node),)]))
    if choice < 0.97:
        other = pick()
        same = len(graph.shapes[other]) == len(shape)
        return graph.emit("concat", (node, other), rng.choice(range(-len(shape), 0))) if same else None
    # The same of every row, as a comprehension makes it.
    op, other = rng.choice(["+", "*", "@", "outer", "sin", "sum[]"]), pick()
    rows = [graph.index(node, (k,)) for k in range(shape[0])]
    if op in ("sin", "sum[]"):
        return graph.vector(tuple(graph.emit(op, (row,)) for row in rows)) if len(shape) > 1 else None
    if op in ("@", "outer") and (not graph.shapes[other] or len(shape) < 2):
        return None
    return graph.vector(tuple(graph.emit(op, rng.choice([(row, other)])) for row in rows))


#: Graphs of each test; more with N=… in the environment.
SEEDS = range(int(os.environ.get("N", 1500)))


def test_no_value_and_no_shape_changes() -> None:
    for seed in SEEDS:
        graph, node = build(seed)
        expected = value_or_none(graph, node)
        (result,) = simplify(graph, [node])
        check(graph)
        assert graph.shapes[result] == graph.shapes[node]
        if expected is not None:
            found = value(graph, result, POINT)
            scale = 1e-7 * (1 + np.max(np.abs(expected), initial=0))
            told = f"{seed}: {unparse(to_ast(graph, node))}  =>  {unparse(to_ast(graph, result))}"
            assert np.allclose(found, expected, rtol=1e-6, atol=scale), told


def test_simplifying_twice_is_simplifying_once() -> None:
    for seed in SEEDS:
        graph, node = build(seed)
        once = simplify(graph, [node])
        again = simplify(graph, once)
        assert again == once, f"{seed}: {unparse(to_ast(graph, once[0]))}  =>  {unparse(to_ast(graph, again[0]))}"


def test_little_grows() -> None:
    for seed in SEEDS:
        graph, node = build(seed)
        (result,) = simplify(graph, [node])
        before, after = tree_size(graph, node), tree_size(graph, result)
        assert after <= 2 * before + 12, f"{seed}: {unparse(to_ast(graph, node))}"


def value_or_none(graph: Graph, root: int) -> Any:
    """The value, or None where it or what it is made of is no number, or nearly singular."""
    for node in graph.reachable([root]):
        if graph.ops[node] in ("inv", "solve", "cofactor") and not well(graph, graph.args[node][0]):
            return None
        if graph.ops[node] in ("/", "^"):
            below = graph.args[node][graph.ops[node] == "/"]
            if np.min(np.abs(value_of(graph, below)), initial=1) < 1e-6:
                return None
    result = value_of(graph, root)
    return result if np.all(np.isfinite(result)) and np.max(np.abs(result), initial=0) < 1e9 else None


def value_of(graph: Graph, node: int) -> Any:
    try:
        return value(graph, node, POINT)
    except np.linalg.LinAlgError:
        return np.asarray(np.nan)


def well(graph: Graph, node: int) -> bool:
    matrix = value_of(graph, node)
    return bool(np.all(np.isfinite(matrix))) and matrix.ndim == 2 and bool(np.linalg.cond(matrix) < 1e5)
