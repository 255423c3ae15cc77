"""The gradient of a long expression without a graph of it, against complex steps and the sweep's graph."""

from __future__ import annotations

import cmath
import math
import random

import pytest

import dcalc
from dcalc.backends.reverse import LONG
from dcalc.evaluate.adjoints import numeric_gradient, spread
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.reverse import gradient


def at_once(text: str, shapes: dict[str, tuple[int, ...]] | None = None, **point):
    """(the gradient by numbers or None, the one by the graph, the names)."""
    given = source(text)
    lowered = lower(parse(given), given, shapes=shapes)
    graph, output = lowered.graph, lowered.output
    assert output is not None
    leaves = inputs_of(graph, [output])
    tracer = Tracer(graph, point)
    before = len(graph)
    found = numeric_gradient(graph, output, leaves, tracer.fill(graph.reachable([output])))
    assert len(graph) == before  # nothing was emitted
    row = None if found is None else [number for leaf in leaves for number in spread(graph, leaf, found)]
    return row, graph, gradient(graph, output, leaves), tracer


def test_every_partial_is_that_of_the_graph() -> None:
    text = "x^3*y^x/(1 + z^2) - exp(-x)*sin(y*z)*tanh(x) + sqrt(x + y)*log(z)^2 + atan2(x, y) - cos(x)/y + abs(z)"
    row, _, nodes, tracer = at_once(text, x=1.25, y=0.5, z=2.0)
    assert row == pytest.approx([tracer.value(node) for node in nodes], rel=1e-14)
    h = 1e-200

    def f(x, y, z):
        return (
            x**3 * y**x / (1 + z**2) - cmath.exp(-x) * cmath.sin(y * z) * cmath.tanh(x)
            + cmath.sqrt(x + y) * cmath.log(z) ** 2 + cmath.atan(x / y) - cmath.cos(x) / y + z
        )  # fmt: skip

    exact = [f(1.25 + h * 1j, 0.5, 2.0), f(1.25, 0.5 + h * 1j, 2.0), f(1.25, 0.5, 2.0 + h * 1j)]
    assert row == pytest.approx([value.imag / h for value in exact], rel=1e-13)


def test_components_of_arrays() -> None:
    row, *_ = at_once("x[1]*x[3] + sin(x[3])", {"x": (4,)}, x=__import__("numpy").array([2.0, 3.0, 5.0, 7.0]))
    assert row == pytest.approx([5, 0, 2 + math.cos(5), 0])


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("if(x > 0, x, y)*x", {"x": 1.0, "y": 2.0}),  # a selection's masks are the sweep's
        ("sum([x, y]*2)", {"x": 1.0, "y": 2.0}),  # arrays
        ("sqrt(x)*y", {"x": 0.0, "y": 1.0}),  # a partial that is no number
        ("x*y*z", {"x": 1.0, "y": 1e-200, "z": 1e-200}),  # products that were lost
    ],
)
def test_what_is_not_as_usual_is_left_to_the_graph(text: str, point: dict[str, float]) -> None:
    assert at_once(text, **point)[0] is None


def product(count: int) -> tuple[str, list[int]]:
    chance = random.Random(4)
    factors = [chance.randint(1, 5) for _ in range(count)]
    return "*".join(f"x{k}" for k in factors), factors


def test_long_expressions_by_the_command_and_again_at_other_points() -> None:
    text, factors = product(LONG + 500)
    f = dcalc.function(text)
    for step in (1.0, 0.5, 0.25):  # by numbers, by the graph, by what is kept of it
        point = {f"x{k}": 1 + k * step * 1e-4 for k in range(1, 6)}
        value = math.prod(point[f"x{k}"] for k in factors)
        found = f.grad(**point)
        assert found.value == pytest.approx(value, rel=1e-11)
        for k in range(1, 6):
            assert found[f"x{k}"] == pytest.approx(factors.count(k) * value / point[f"x{k}"], rel=1e-11)


def test_the_work_of_a_long_expression_grows_as_it_does() -> None:
    sizes = {}
    for count in (500, 5000):
        text, _ = product(count)
        given = source(text)
        lowered = lower(parse(given), given, graph=(graph := Graph()))
        assert lowered.output is not None
        gradient(graph, lowered.output, inputs_of(graph, [lowered.output]))
        sizes[count] = len(graph)
    assert sizes[5000] < 10.5 * sizes[500]
    assert sizes[5000] < 4.1 * 5000  # operations and inputs, and of each product two adjoints and a sum
