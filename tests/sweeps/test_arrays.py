"""Sweeps through arrays: what is broadcast, what moves, what an infinite partial may touch, what is not computed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dcalc.backends.forward import Forward
from dcalc.backends.problem import Problem, variable
from dcalc.backends.protocol import Options
from dcalc.backends.reverse import Reverse
from dcalc.backends.symbolic import Symbolic
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.build import Builder
from dcalc.graph.graph import Graph, check
from dcalc.sweeps.reverse import gradient

Make = Callable[[Graph, dict[str, int]], int]

SHAPES = {"a": (), "b": (1,), "v": (3,), "w": (3,), "R": (1, 3), "C": (2, 1), "M": (2, 3), "S": (3, 3), "T": (2, 2, 3)}


def emit(op: str, *names: str, attr: object = None) -> Make:
    """One operation on inputs."""
    return lambda graph, leaf: graph.emit(op, tuple(leaf[name] for name in names), attr)


def after(op: str, made: Make, attr: object = None) -> Make:
    """An operation on what another made."""
    return lambda graph, leaf: graph.emit(op, (made(graph, leaf),), attr)


PROGRAMS: dict[str, Make] = {
    "number and vector": emit("*", "a", "v"),
    "one and vector": emit("*", "b", "v"),
    "row and column": emit("*", "R", "C"),
    "vector and matrix": emit("/", "M", "v"),
    "matrix and array": emit("*", "M", "T"),
    "number and array": emit("+", "a", "T"),
    "powers": emit("^", "M", "v"),
    "larger of number and vector": emit("max", "a", "v"),
    "sum after broadcast": after("sum[]", emit("+", "a", "v")),
    "sum along an axis": after("sum[]", emit("*", "M", "v"), -2),
    "slices": after("index", emit("*", "M", "v"), ((0, 2), (1, 3))),
    "row": after("index", emit("*", "M", "C"), (1,)),
    "component": after("index", emit("*", "M", "M"), (1, 2)),
    "placed": after("place", emit("exp", "v"), ((1,), (2, 3))),
    "joined": lambda graph, leaf: graph.emit("concat", (leaf["M"], graph.emit("exp", (leaf["R"],))), -2),
    "joined sideways": lambda graph, leaf: graph.emit("concat", (leaf["M"], leaf["C"], leaf["M"]), -1),
    "stacked": lambda graph, leaf: graph.vector((leaf["v"], graph.emit("*", (leaf["v"], leaf["w"])), leaf["v"])),
    "reshaped": after("reshape", emit("*", "M", "M"), (3, 2)),
    "repeated": after("broadcast", emit("sin", "v"), (2, 3)),
    "repeated column": after("broadcast", emit("sin", "C"), (2, 2, 3)),
    "chosen": lambda graph, leaf: graph.emit("if", (graph.emit(">", (leaf["v"], leaf["w"])), leaf["M"], leaf["a"])),
    "norm of rows": after("norm[]", emit("*", "M", "v"), -1),
    "softmax": lambda graph, leaf: graph.emit(
        "exp", (graph.emit("-", (leaf["v"], graph.emit("logsumexp[]", (leaf["v"],)))),)
    ),
    "quadratic form": lambda graph, leaf: graph.emit(
        "@", (leaf["v"], graph.emit("@", (leaf["S"], graph.emit("tanh", (leaf["v"],)))))
    ),
}


def problem(name: str) -> Problem:
    """A program at random values."""
    graph = Graph()
    leaf = {key: graph.input(key, shape) for key, shape in SHAPES.items()}
    output = PROGRAMS[name](graph, leaf)
    rng = np.random.default_rng(7)
    point = {key: rng.uniform(0.5, 2.0, shape) if shape else 1.3 for key, shape in SHAPES.items()}
    used = [node for node in graph.reachable([output]) if graph.ops[node] == "input"]
    return Problem(graph, output, tuple(variable(graph, node) for node in used), point)


def differences(asked: Problem, h: float = 1e-6) -> np.ndarray:
    """The Jacobian by central differences, apart from all engines."""
    columns = []
    for one in asked.variables:
        for k in range(one.size):
            ends = []
            for sign in (1, -1):
                moved = np.array(asked.point[one.name], dtype=float)
                moved.flat[k] += sign * h
                point = {**asked.point, one.name: moved if one.shape else float(moved)}
                ends.append(np.ravel(evaluate(asked.graph, [asked.output], point)[0]))
            columns.append((ends[0] - ends[1]) / (2 * h))
    return np.array(columns).T


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_mode_is_the_difference_quotient(name: str) -> None:
    asked = problem(name)
    expected = differences(asked)
    for engine in (Forward(), Reverse(), Symbolic()):
        found = np.array(engine.jacobian(asked, Options()).entries[0])
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7, err_msg=engine.name)
    check(asked.graph)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_derivatives_agree_and_are_symmetric(name: str) -> None:
    found = [
        np.array(engine.hessian(problem(name), Options()).entries) for engine in (Forward(), Reverse(), Symbolic())
    ]
    for tensor in found:
        np.testing.assert_allclose(tensor, found[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(tensor, tensor.transpose(0, 2, 1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("engine", [Forward(), Reverse(), Symbolic()], ids=lambda engine: engine.name)
def test_an_infinite_partial_spoils_its_own_component_only(engine: Forward | Reverse | Symbolic) -> None:
    """sqrt(v) at [0, 4]: the zeros of the Jacobian are structural."""
    graph = Graph()
    leaf = graph.input("v", (2,))
    root = graph.emit("sqrt", (leaf,))
    for output, expected in (
        (root, [[np.inf, 0.0], [0.0, 0.25]]),
        (graph.emit("sum[]", (root,)), [[np.inf, 0.25]]),
        (graph.emit("reshape", (graph.emit("+", (root, root)),), (2, 1)), [[np.inf, 0.0], [0.0, 0.5]]),
    ):
        asked = Problem(graph, output, (variable(graph, leaf),), {"v": np.array([0.0, 4.0])})
        assert np.array(engine.jacobian(asked, Options()).entries[0]).tolist() == expected


def test_a_computed_zero_times_infinity_is_undefined() -> None:
    """sum(sqrt(v)^2) at 0 is reported as undefined: nothing is invented."""
    graph = Graph()
    leaf = graph.input("v", (2,))
    output = graph.emit("sum[]", (graph.emit("^", (graph.emit("sqrt", (leaf,)), graph.const(2))),))
    asked = Problem(graph, output, (variable(graph, leaf),), {"v": np.array([0.0, 4.0])})
    for engine in (Forward(), Reverse()):
        (row,) = engine.jacobian(asked, Options()).entries[0]
        assert np.isnan(row[0]) and row[1] == 1.0


def test_untaken_components_are_not_looked_at() -> None:
    """if(v > 0, sqrt(v), 0): the derivative is 0 where the root has none."""
    graph = Graph()
    leaf = graph.input("v", (3,))
    zero = graph.const(0)
    chosen = graph.emit("if", (graph.emit(">", (leaf, zero)), graph.emit("sqrt", (leaf,)), zero))
    asked = Problem(graph, graph.emit("sum[]", (chosen,)), (variable(graph, leaf),), {"v": np.array([-1.0, 0.0, 4.0])})
    for engine in (Forward(), Reverse()):
        assert engine.jacobian(asked, Options()).entries[0] == [[0.0, 0.0, 0.25]]


def test_the_gradient_in_the_input_never_computes_the_weights() -> None:
    """Backpropagation to the input of a layer needs W transposed, and no array of W's shape beside W itself."""
    graph = Graph()
    x, w1, w2 = graph.input("x", (2,)), graph.input("W1", (50, 2)), graph.input("W2", (50, 50))
    hidden = graph.emit("relu", (graph.emit("@", (w1, x)),))
    output = graph.emit("sum[]", (graph.emit("@", (w2, hidden)),))
    nodes = gradient(graph, output, [x])
    made = [node for node in graph.reachable(nodes) if node not in graph.reachable([output])]
    assert not any(graph.ops[node] == "outer" for node in made)
    assert max(graph.size(node) for node in made if graph.ops[node] != "transpose") <= 50


def test_adjoints_of_components_are_gathered() -> None:
    """The gradient of v[1]*v[3] is a vector of its parts, not a sum of sparse vectors."""
    graph = Graph()
    leaf = graph.input("v", (3,))
    product = Builder(graph).mul(graph.index(leaf, (0,)), graph.index(leaf, (2,)))
    (node,) = gradient(graph, product, [leaf])
    assert graph.ops[node] == "vector"
    assert graph.args[node] == (graph.index(leaf, (2,)), graph.const(0), graph.index(leaf, (0,)))


def test_parts_that_are_not_picked_are_not_looked_at() -> None:
    """v = sqrt(w); v[1] at [4, 0]: the root of the other component has an infinite partial."""
    graph = Graph()
    leaf = graph.input("w", (2,))
    output = graph.index(graph.emit("sqrt", (leaf,)), (0,))
    asked = Problem(graph, output, (variable(graph, leaf),), {"w": np.array([4.0, 0.0])})
    for engine in (Forward(), Reverse(), Symbolic()):
        assert engine.jacobian(asked, Options()).entries[0] == [[0.25, 0.0]]
