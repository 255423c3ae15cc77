"""Plans: slots, order, entries written out."""

from __future__ import annotations

import numpy as np
import pytest

from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar, evaluate
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE

from ..tools import graph_of, numbers


def test_only_what_is_live_is_computed_and_in_order() -> None:
    lowered = graph_of("a = sin(x)*y; b = exp(a); cos(y)*2")
    graph, output = lowered.graph, lowered.output
    assert output is not None
    plan = make_plan(graph, [output])
    assert [step.op for step in plan.steps] == ["cos", "*"]
    assert [given.name for given in plan.inputs] == ["y"]
    assert [value for _, value in plan.constants] == [2]
    assert plan.size == 4
    slots = [slot for slot, *_ in (*plan.inputs, *plan.constants, *plan.steps)]
    assert sorted(slots) == list(range(4))
    known = {slot for slot, *_ in (*plan.inputs, *plan.constants)}
    for step in plan.steps:
        assert set(step.args) <= known
        known.add(step.slot)


def test_components_of_a_vector_are_inputs() -> None:
    point = numbers({"v": (1.0, 2.0), "w": (3.0,), "A": ((1.0, 2.0), (3.0, 4.0))})
    lowered = graph_of("v[2]*w[1] + v[2] + A[2, 1]", point)
    assert lowered.output is not None
    plan = make_plan(lowered.graph, [lowered.output])
    assert sorted((given.name, given.places) for given in plan.inputs) == [("A", (1, 0)), ("v", (1,)), ("w", (0,))]
    assert plan.scalar
    (value,) = evaluate(lowered.graph, [lowered.output], point)
    assert value == 11 and type(value) is float


@pytest.mark.parametrize(
    ("text", "scalar"),
    [("x*2", True), ("v[1]*2", True), ("[x, 2]", False), ("v*2", False), ("sum(v)", False), ("v", False)],
)
def test_what_runs_without_numpy(text: str, scalar: bool) -> None:
    lowered = graph_of(text, {"x": 1.0, "v": (1.0, 2.0)})
    assert lowered.output is not None
    assert make_plan(lowered.graph, [lowered.output]).scalar == scalar


def test_a_formula_that_folds_to_fewer_numbers_keeps_the_shape() -> None:
    graph = Graph()
    zeros, v = graph.full(graph.const(0), (2, 3)), graph.input("v", (3,))
    nodes = [graph.emit("silu", (zeros,)), graph.emit("sech", (v,)), graph.emit("step", (graph.emit("*", (zeros, v)),))]
    nodes.append(graph.emit("leaky_relu", (v, graph.const(0))))
    nodes.append(graph.emit("sum[]", (graph.emit("silu", (zeros,)),), -1))
    for node, value in zip(nodes, evaluate(graph, nodes, {"v": np.array([-1.0, 0.0, 2.0])}), strict=True):
        assert value.shape == graph.shapes[node]
        assert value.dtype == np.float64 and value.flags.c_contiguous


def test_entries_without_a_kernel_are_written_out() -> None:
    lowered = graph_of("silu(x) + gelu(x)*silu(x)")
    assert lowered.output is not None
    ops = [step.op for step in make_plan(lowered.graph, [lowered.output]).steps]
    assert all(TABLE[op].value is None for op in ops)
    assert ops.count("exp") == 1  # the sigmoid inside of silu is shared
    assert {"silu", "gelu"} <= set(lowered.graph.ops)  # the user's graph keeps the user's words


@pytest.mark.parametrize("name", [e.name for e in TABLE.values() if e.value and e.kind != "composite"])
def test_every_formula_is_written_out_to_the_bottom(name: str) -> None:
    entry = TABLE[name]
    graph = Graph()
    args = tuple(graph.input(p) for p in entry.parameters[entry.static :])
    node = graph.emit(name, args, 2 if entry.static else None)
    plan = make_plan(graph, [node, node])
    assert plan.outputs[0] == plan.outputs[1]
    assert all(TABLE[step.op].value is None for step in plan.steps)


def test_the_same_output_twice_and_outputs_that_are_leaves() -> None:
    graph = Graph()
    x, c = graph.input("x"), graph.const("pi")
    assert evaluate(graph, [x, c, x], {"x": 2.5, "unused": 1.0}) == [2.5, pytest.approx(3.141592653589793), 2.5]
    assert evaluate(graph, [], {}) == []


def test_a_missing_input_is_a_key_error() -> None:
    graph = Graph()
    with pytest.raises(KeyError, match="x"):
        evaluate(graph, [graph.input("x")], {})


def test_a_plan_runs_again_from_the_start() -> None:
    lowered = graph_of("if(x > 0, log(x), y)")
    assert lowered.output is not None
    program = Scalar(make_plan(lowered.graph, [lowered.output]))
    results = [program.run({"x": x, "y": 7.0})[0] for x in (1.0, -1.0, 1.0, -1.0)]
    assert results == [0, 7, 0, 7]
