"""Fewer changes of sign, and the same numbers to the last bit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.evaluate.batch import evaluate_batch
from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.evaluate.signs import with_fewer_signs
from dcalc.graph.graph import Graph

ENDS = (0.0, -0.0, 1.0, -1.0, 3.0, -2.5, float("inf"), float("-inf"), float("nan"), 5e-324)
OPS = ("neg", "neg", "+", "-", "*", "/", "abs", "^2", "^3", "^4", "^-1", "^-2", "max", "sin")


def graph_of(choices: list[tuple[str, int, int]]) -> tuple[Graph, list[int]]:
    graph = Graph()
    nodes = [graph.input("x"), graph.input("y")]
    for op, first, second in choices:
        u, v = nodes[first % len(nodes)], nodes[second % len(nodes)]
        if op.startswith("^"):
            nodes.append(graph.emit("^", (u, graph.const(int(op[1:])))))
        else:
            nodes.append(graph.emit(op, (u,) if op in ("neg", "abs", "sin") else (u, v)))
    return graph, nodes[-3:]


def bits(values: Any) -> Any:
    """The bits, of all nan alike."""
    values = np.array(values, dtype=np.float64)
    values[np.isnan(values)] = np.nan
    return values.view(np.int64)


@given(st.lists(st.tuples(st.sampled_from(OPS), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_same_bits(choices: list[tuple[str, int, int]]) -> None:
    graph, outputs = graph_of(choices)
    plan = make_plan(graph, outputs)
    fewer, slots, size = with_fewer_signs(plan.steps, dict(plan.constants), plan.outputs, plan.size)
    assert len(fewer) <= len(plan.steps)
    changed = plan._replace(steps=fewer, outputs=slots, size=size)
    for x, y in itertools.product(ENDS, ENDS):
        point = {"x": x, "y": y}
        expected, found = Scalar(plan).run(point), Scalar(changed).run(point)
        assert (bits(found) == bits(expected)).all(), (point, found, expected)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ([("neg", 0, 0), ("+", 1, 2)], 1),  # y + (-x)
        ([("neg", 0, 0), ("+", 2, 1)], 1),  # -x + y
        ([("neg", 0, 0), ("*", 2, 1), ("-", 0, 3)], 2),  # x - (-x)*y
        ([("neg", 0, 0), ("^2", 2, 0)], 1),
        ([("neg", 0, 0), ("sin", 2, 0)], 2),
    ],
)
def test_passes_are_saved(text: list[tuple[str, int, int]], count: int) -> None:
    graph, outputs = graph_of(text)
    plan = make_plan(graph, outputs[-1:])
    assert len(with_fewer_signs(plan.steps, dict(plan.constants), plan.outputs, plan.size)[0]) == count


@pytest.mark.parametrize("exponent", [2, 3, 4, -1, -2])
def test_powers_by_products(exponent: int) -> None:
    graph = Graph()
    node = graph.emit("^", (graph.input("x"), graph.const(exponent)))
    chance = np.random.default_rng(4)
    x = chance.choice([-1.0, 1.0], 5000) * 10.0 ** chance.uniform(-60, 60, 5000)
    (found,) = evaluate_batch(graph, [node], {}, {"x": x}, len(x), engine="array")
    exact = np.array([float(value) for value in x.astype(np.longdouble) ** exponent])
    assert (np.abs(found - exact) <= 2 * np.spacing(np.abs(exact))).all()
    ends = np.array([*ENDS, 1e200, -1e-200])
    (found,) = evaluate_batch(graph, [node], {}, {"x": ends}, len(ends), engine="array")
    with np.errstate(all="ignore"):
        expected = ends**exponent
    near = np.isfinite(expected) & (np.abs(expected) > 0)
    assert np.allclose(found[near], expected[near], rtol=4e-16, atol=0)
    assert (bits(found[~near]) == bits(expected[~near])).all()
