"""Simplification of arrays: the laws of matrices as text, and of every graph: no value and no shape changes."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph, check
from dcalc.graph.lower import lower
from dcalc.graph.shapes import ShapeError
from dcalc.graph.simplify import simplify
from dcalc.graph.to_ast import to_ast, to_program, tree_size
from dcalc.language import parse, unparse
from dcalc.sweeps.derivative import derivative

from .array_values import value

SHAPES: dict[str, tuple[int, ...]] = {
    "A": (3, 3), "B": (3, 3), "x": (3,), "y": (3,), "c": (), "d": (), "W": (2, 3), "b": (2,), "R": (1, 3), "C": (2, 1),
}  # fmt: skip
POINT = {
    name: np.random.default_rng(7 + k).uniform(0.3, 2.0, shape) * np.random.default_rng(k).choice([-1, 1], shape)
    for k, (name, shape) in enumerate(SHAPES.items())
}
NUMBERS = {name: value if SHAPES[name] else float(value) for name, value in POINT.items()}


def read(text: str) -> tuple[Graph, int]:
    again = lower(parse(text), None, shapes=SHAPES)
    assert again.output is not None
    return again.graph, again.output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # like terms and powers, whatever the shape; a shape never changes
        ("A @ x + A @ x", "2*(A @ x)"),
        ("x*x", "x^2"),
        ("A - A", "zeros(3, 3)"),
        ("x/x", "ones(3)"),
        ("x - x + c", "c*ones(3)"),
        ("0*A", "zeros(3, 3)"),
        ("2*ones(3, 3)*A", "2*A"),
        ("x*ones(3)", "x"),
        ("x*ones(2, 3)", "x*ones(2, 3)"),
        ("(c*ones(3))[2]", "c"),
        # what is linear lets numbers out
        ("sum(c*x)", "c*sum(x)"),
        ("A @ (2*x)", "2*(A @ x)"),
        ("transpose(c*A) @ x", "c*(transpose(A) @ x)"),
        ("sum(2*x + 2*y)", "2*sum(x + y)"),
        ("sum(x - c)", "sum(x) - 3*c"),
        ("sum(ones(3))", "3"),
        ("sum(transpose(A))", "sum(A)"),
        ("sum(outer(x, y))", "sum(x)*sum(y)"),
        ("det(2*A)", "8*det(A)"),
        ("inv(c*A)", "inv(A)/c"),
        # matrices
        ("transpose(transpose(A))", "A"),
        ("transpose(x)", "x"),
        ("transpose(A @ B)", "transpose(B) @ transpose(A)"),
        ("A @ B - B @ A", "A @ B - B @ A"),
        ("A @ zeros(3)", "zeros(3)"),
        ("A @ eye(3) @ x", "A @ x"),
        ("inv(inv(A))", "A"),
        ("det(transpose(A))", "det(A)"),
        ("det(A)*det(inv(A))", "1"),
        ("cofactor(A)/det(A)", "transpose(inv(A))"),
        ("x @ A", "transpose(A) @ x"),
        ("x @ transpose(A)", "A @ x"),
        ("x @ y - y @ x", "0"),
        ("transpose(x) @ A @ y", "x @ A @ y"),
        ("x @ transpose(A) @ y - y @ A @ x", "0"),
        ("transpose(A @ x) @ (A @ x)", "dot(A @ x, A @ x)"),
        ("A @ outer(x, y)", "outer(A @ x, y)"),
        ("outer(x, y) @ x", "x*(x @ y)"),
        ("diag(diag(x))", "x"),
        ("diag(x) @ y", "x*y"),
        ("eye(3)*x", "diag(x)"),
        ("solve(A, eye(3))", "inv(A)"),
        # parts
        ("A[1, :][2]", "A[1, 2]"),
        ("x[1..2][2]", "x[2]"),
        ("concat(x, b)[4..5]", "b"),
        ("[x[1], x[2], x[3]]", "x"),
        ("[2*x[1], 2*x[2], 2*x[3]]", "2*x"),
        ("[x[1], x[2]]", "[x[1], x[2]]"),
        ("[A[1, :] @ x, A[2, :] @ x, A[3, :] @ x]", "A @ x"),
        ("[x[1], 0, 0] + [0, c, 0]", "[x[1], c, 0]"),
        ("A @ [0, 1, 0]", "A[:, 2]"),
        ("sum(x*[0, 1, 0])", "x[2]"),
        ("exp(x - logsumexp(x))", "softmax(x)"),
    ],
)
def test_laws(text: str, expected: str) -> None:
    graph, node = read(text)
    (result,) = simplify(graph, [node])
    assert unparse(to_ast(graph, result)) == expected
    assert simplify(graph, [result]) == [result]
    assert graph.shapes[result] == graph.shapes[node]


@pytest.mark.parametrize(
    ("text", "variable", "expected"),
    [
        ("transpose(x) @ A @ x", "x", "transpose(A) @ x + A @ x"),
        ("x @ A @ x", "A", "outer(x, x)"),
        ("sum((W @ x - b)^2)", "x", "2*(transpose(W) @ (W @ x - b))"),
        ("sum((W @ x - b)^2)", "W", "2*outer(W @ x - b, x)"),
        ("sum(tanh(W @ x + b))", "x", "transpose(W) @ (1 - tanh(W @ x + b)^2)"),
        ("sum(relu(W @ x + b))", "W", "outer([W @ x + b >= 0], x)"),
        ("logsumexp(W @ x)", "x", "transpose(W) @ softmax(W @ x)"),
        ("-sum(y*log(softmax(x)))", "x", "softmax(x)*sum(y) - y"),
        ("tr(A @ B)", "A", "transpose(B)"),
        ("log(det(A))", "A", "transpose(inv(A))"),
        ("x @ inv(A) @ y", "A", "-outer(transpose(inv(A)) @ x, inv(A) @ y)"),
        ("sum(solve(A, x)^2)", "x", "2*solve(transpose(A), solve(A, x))"),
        ("max(x)", "x", "last_max(x)"),
        ("x[1]^2 + x[2]*x[3]", "x", "[2*x[1], x[3], x[2]]"),
        ("x[1]^2 + x[2]^2 + x[3]^2", "x", "2*x"),
        ("sum(x^n)", "x", "n*x^(n - 1)"),
        ("sum(A, axis=2) @ y", "A", "reshape(y, 3, 1)*ones(3, 3)"),
        # of arrays in arrays
        ("W @ x", "x", "W"),
        ("A @ B @ x", "x", "A @ B"),
        ("x^2", "x", "2*diag(x)"),
        ("sin(x)", "x", "diag(cos(x))"),
        ("sigmoid(W @ x + b)", "x", "diag(sigmoid(W @ x + b)*(1 - sigmoid(W @ x + b))) @ W"),
        ("softmax(x)", "x", "softmax(x)*(eye(3) - reshape(softmax(x), 3, 1))"),
        ("solve(A, x)", "x", "inv(A)"),
        ("[x[1]*x[2], x[2]^2]", "x", "[[x[2], x[1], 0], [0, 2*x[2], 0]]"),
    ],
)
def test_derivatives(text: str, variable: str, expected: str) -> None:
    graph, node = read(text)
    slope = derivative(graph, node, graph.input(variable, SHAPES[variable]), shown=True)
    (result,) = simplify(graph, [slope])
    assert unparse(to_ast(graph, result)) == expected


def test_many_places_become_one_vector() -> None:
    graph = Graph()
    v = graph.input("v", (40,))
    total = graph.const(0)
    for k in range(40):
        total = graph.emit("+", (total, graph.emit("^", (graph.index(v, (k,)), graph.const(2)))))
    (slope,) = simplify(graph, [derivative(graph, total, v, shown=True)])
    assert unparse(to_ast(graph, slope)) == "2*v"
    far = graph.emit("place", (graph.input("c"),), ((20,), (40,)))
    assert unparse(to_ast(graph, simplify(graph, [far])[0])) == "concat(zeros(20), [c], zeros(19))"


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
        assert after <= 4 * before + 20, f"{seed}: {unparse(to_ast(graph, node))}"


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


@pytest.mark.parametrize("form", ["as it stands", "simplified", "program"])
def test_the_text_has_the_same_value(form: str) -> None:
    for seed in SEEDS:
        graph, node = build(seed)
        expected = value_or_none(graph, node)
        if expected is None or not graph.depending(graph.reachable([node]), range(len(SHAPES))):
            continue
        if form == "simplified":
            (node,) = simplify(graph, [node])
        text = unparse(to_program(graph, [node]) if form == "program" else to_ast(graph, node))
        found = value(*read(text), POINT)
        assert found.shape == expected.shape, f"{seed}: {text}"
        scale = 1e-7 * (1 + np.max(np.abs(expected), initial=0))
        assert np.allclose(found, expected, rtol=1e-6, atol=scale), f"{seed}: {text}"


def test_the_text_of_a_derivative_has_its_value() -> None:
    """Formulas from the table's forms, of numbers and arrays in numbers and arrays."""
    seen = 0
    for seed in SEEDS:
        graph, node = build(seed)
        expected = value_or_none(graph, node)
        if expected is None or graph.size(node) > 9:
            continue
        if len(graph.shapes[node]) > 1:
            node = graph.emit("sum[]", (node,))
        inputs = [other for other in graph.reachable([node]) if graph.ops[other] == "input"]
        for leaf in inputs:
            slope = derivative(graph, node, leaf, shown=True)
            (wanted,) = evaluate(graph, [slope], NUMBERS)
            if not np.all(np.isfinite(wanted)) or np.max(np.abs(wanted)) > 1e9:
                continue
            (formula,) = simplify(graph, [slope])
            assert simplify(graph, [formula]) == [formula], f"{seed}: {unparse(to_ast(graph, formula))}"
            text = unparse(to_ast(graph, formula))
            again, output = read(text)
            assert again.shapes[output] == graph.shapes[slope]
            (found,) = evaluate(again, [output], NUMBERS)
            scale = 1e-7 * (1 + np.max(np.abs(wanted)))
            assert np.allclose(found, wanted, rtol=1e-6, atol=scale), f"{seed}: {text}"
            seen += 1
    assert seen > len(SEEDS) / 4
