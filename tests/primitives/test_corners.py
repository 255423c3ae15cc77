"""Corners: powers, kinks and their one-sided derivatives, and where the textbook's formula would lose its digits."""

from __future__ import annotations

import math

import pytest
from mpmath import mp, mpf
from oracle import VALUES, Point
from programs import node_of

from dcalc.errors import Source
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.language import parse
from dcalc.primitives import TABLE
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.one_sided import one_sided
from dcalc.sweeps.reverse import gradient

inf, nan = math.inf, math.nan


def derivatives(text: str, x: float, orders: int = 2) -> list[float]:
    """The value and the derivatives in x, by forward mode; reverse mode must say the same of the first."""
    lowered = lower(parse(text, "expression"), Source(text))
    graph, output = lowered.graph, lowered.output
    assert output is not None
    leaf = graph.input("x")
    nodes = [output]
    for _ in range(orders):
        nodes.append(derivative(graph, nodes[-1], leaf))
    *results, by_reverse = evaluate(graph, [*nodes, gradient(graph, output, [leaf])[0]], {"x": x})
    assert by_reverse == results[1] or (math.isnan(by_reverse) and math.isnan(results[1]))
    return results


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("x^0", 0.0, [1, 0, 0]),
        ("x^0", -2.0, [1, 0, 0]),
        ("x^1", 0.0, [0, 1, 0]),
        ("x^2", 0.0, [0, 0, 2]),
        ("x^2", -1.0, [1, -2, 2]),
        ("x^3", -2.0, [-8, 12, -12]),
        ("(-2)^3*x", 1.0, [-8, -8, 0]),
        ("x^-1", -2.0, [-0.5, -0.25, -0.25]),
        ("x^-2", 0.0, [inf, -inf, inf]),
        ("x^0.5", 0.0, [0, inf, -inf]),
        ("x^1.5", 0.0, [0, 0, inf]),
        ("x^2.5", 0.0, [0, 0, 0]),
        ("0^x", 2.0, [0, 0, 0]),
        ("0^x", 0.5, [0, 0, 0]),
        ("0^x", 0.0, [1, -inf, 0]),
        ("2^x", 0.0, [1, math.log(2), math.log(2) ** 2]),
        ("1^x", 5.0, [1, 0, 0]),
        ("x^x", 1.0, [1, 1, 2]),
        ("x^x", 0.0, [1, -inf, inf]),
        ("x^(x + 1)", 0.0, [0, 1, -inf]),
        ("x^(x + 2)", 0.0, [0, 0, 2]),
        ("(-8)^(x/3)", 1.0, [nan, nan, nan]),
        ("x^(1/3)", 0.0, [0, inf, -inf]),
        ("cbrt(x)", -8.0, [-2, 1 / 12, 1 / 144]),
        ("cbrt(x)", 0.0, [0, inf, nan]),
        ("sqrt(x)", 0.0, [0, inf, -inf]),
        ("sqrt(-x)", 0.0, [0, -inf, -inf]),
        ("asin(x)", 1.0, [math.pi / 2, inf, inf]),
        ("asin(x)", -1.0, [-math.pi / 2, inf, -inf]),
        ("acos(x)", 1.0, [0, -inf, -inf]),
        ("acosh(x)", 1.0, [0, inf, -inf]),
        ("atan2(x, -1)", 0.0, [math.pi, -1, 0]),
        ("hypot(x, 0)", 0.0, [0, 0, nan]),
        ("hypot(x, 0)", -3.0, [3, -1, 0]),
        ("logsumexp(x, -inf)", 2.0, [2, 1, 0]),
        ("logsumexp(x)", 2.0, [2, 1, 0]),
        ("sigmoid(x)", -800.0, [0, 0, 0]),
        ("softplus(x)", 800.0, [800, 1, 0]),
        ("log1p(x)", 1e-18, [1e-18, 1, -1]),
        ("expm1(x)", 1e-18, [1e-18, 1, 1]),
        ("hypot(x, 1e200)", 1e200, [math.sqrt(2) * 1e200, math.sqrt(0.5), math.sqrt(0.125) * 1e-200]),
        ("mod(x, 3)", -1.0, [2, 1, 0]),
        ("mod(7, x)", 2.0, [1, -3, 0]),
        ("if(x > 0, sqrt(x), 0)", 0.0, [0, 0, 0]),
        ("if(x > 0, sqrt(x), 0)", -1.0, [0, 0, 0]),
        ("beta(x, 2)", 1e-6, [999999.0000009999, -1e12 + 1 - 2e-6, 2e18]),
    ],
)  # fmt: skip
def test_value_and_two_derivatives(text: str, x: float, expected: list[float]) -> None:
    results = derivatives(text, x)
    assert results == pytest.approx(expected, rel=2e-15, abs=1e-300, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("max(x, 2*x)", 0.0, 2),
        ("max(2*x, x)", 0.0, 1),
        ("min(x, 2*x)", 0.0, 2),
        ("min(2*x, x)", 0.0, 1),
        ("max(x, 0)", 0.0, 0),
        ("relu(x)", 0.0, 1),
        ("relu(-x)", 0.0, -1),
        ("leaky_relu(x)", 0.0, 1),
        ("leaky_relu(x)", -1.0, 0.01),
        ("elu(x)", 0.0, 1),
        ("elu(x, 3)", 0.0, 1),
        ("step(x)", 0.0, 0),
        ("abs(x)", 0.0, 0),
        ("sign(x)", 0.0, 0),
        ("floor(x)", 2.0, 0),
        ("ceil(x)", 2.0, 0),
        ("round(x)", 0.5, 0),
        ("mod(x, 2)", 4.0, 1),
        ("clip(x, 0, 1)", 0.0, 0),
        ("clip(x, 0, 1)", 1.0, 0),
        ("clip(x, 0, 1)", 0.5, 1),
        ("hypot(x, x)", 0.0, 0),
        ("max(x, 3, 2*x)", 1.0, 0),
        ("max(x, -3, 2*x)", 1.0, 2),
        ("max(x)", 1.0, 1),
    ],
)
def test_conventions_at_a_kink(text: str, x: float, expected: float) -> None:
    assert derivatives(text, x, 1)[1] == expected


#: Points at which an entry has its kink, to be left in every direction.
AT_KINK: dict[str, list[Point]] = {
    "hypot": [(0.0, 0.0)],
    "unit": [(0.0, 0.0)],
    "atan2": [(0.0, -2.0), (0.0, 0.0)],
    "abs": [(0.0,)],
    "sign": [(0.0,)],
    "step": [(0.0,)],
    "floor": [(0.0,), (3.0,), (-2.0,)],
    "ceil": [(0.0,), (3.0,), (-2.0,)],
    "round": [(0.5,), (1.5,), (-0.5,), (-1.5,)],
    "mod": [(4.0, 2.0), (-3.0, 0.5), (3.0, -1.5), (0.0, 2.0)],
    "max": [(1.0, 1.0), (0.0, 0.0)],
    "min": [(1.0, 1.0), (0.0, 0.0)],
    "relu": [(0.0,)],
    "leaky_relu": [(0.0, 0.25)],
    "elu": [(0.0, 2.0)],
}
DIRECTIONS: dict[int, list[Point]] = {
    1: [(1.0,), (-1.0,), (0.5,)],
    2: [
        *[(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, 2.0)],
        *[(2.0, 1.0), (-1.0, 3.0), (2.0, -1.0), (-1.0, -1.0)],
    ],
}
TINY = mpf(10) ** -40


def value_at(name: str, point: list[mpf]) -> mpf:
    """The oracle, with the values that dcalc gives at the corners that mathematics leaves open."""
    if name == "unit" and not any(point):
        return mpf(0)
    return VALUES[name](*point)


def test_every_kink_has_a_point() -> None:
    assert set(AT_KINK) == {entry.name for entry in TABLE.values() if entry.kink and not (entry.truth or entry.shapes)}


@pytest.mark.parametrize("name", AT_KINK)
def test_one_sided_derivatives(name: str) -> None:
    """Along a direction: what the sweep finds is the limit of one-sided quotients; not a number where there is none."""
    entry = TABLE[name]
    for point in AT_KINK[name]:
        for direction in DIRECTIONS[entry.arity]:
            graph = Graph()
            t = graph.input("t")
            moved = []
            for k in range(entry.arity):  # point + direction·t
                step = graph.emit("*", (graph.input(f"d{k}"), t))
                moved.append(graph.emit("+", (graph.input(f"x{k}"), step)))
            output = node_of(entry, graph, moved)
            (node,) = one_sided(graph, [output], t)
            given = {"t": 0.0}
            given |= {f"x{k}": x for k, x in enumerate(point)} | {f"d{k}": x for k, x in enumerate(direction)}
            value, result = evaluate(graph, [output, node], given)
            with mp.workdps(100):
                here = [mpf(x) for x in point]
                beyond = [x + TINY * d for x, d in zip(here, direction, strict=True)]
                quotient = (value_at(name, beyond) - value_at(name, here)) / TINY
                assert value == pytest.approx(float(value_at(name, here)), rel=1e-15)
                if abs(quotient) > 1e20:
                    assert math.isnan(result), (point, direction, result)
                else:
                    assert result == pytest.approx(float(quotient), rel=1e-14, abs=1e-14), (point, direction)


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("abs(x)", 0.0, -1, 1),
        ("relu(x)", 0.0, 0, 1),
        ("max(x, 2*x)", 0.0, 1, 2),
        ("floor(x)", 1.0, nan, 0),
        ("ceil(x)", 1.0, 0, nan),
        ("round(x)", 0.5, 0, nan),
        ("round(x)", 1.5, nan, 0),
        ("step(x)", 0.0, nan, 0),
        ("sign(x)", 0.0, nan, nan),
        ("mod(x, 3)", 6.0, nan, 1),
        ("mod(x, -3)", 6.0, 1, nan),
        ("mod(6, x)", 3.0, -2, nan),
        ("hypot(x, 2*x)", 0.0, -math.sqrt(5), math.sqrt(5)),
        ("leaky_relu(x)", 0.0, 0.01, 1),
        ("elu(x, 2)", 0.0, 2, 1),
        ("if(x >= 1, x^2, x)", 1.0, 1, 2),
        ("atan2(x, -1)", 0.0, nan, -1),
        ("clip(x, 0, 1)", 1.0, 1, 0),
    ],
)
def test_left_and_right(text: str, x: float, left: float, right: float) -> None:
    lowered = lower(parse(text, "expression"), Source(text))
    graph, output = lowered.graph, lowered.output
    assert output is not None
    leaf = graph.input("x")
    nodes = [*one_sided(graph, [output], leaf, backward=True), *one_sided(graph, [output], leaf)]
    assert evaluate(graph, nodes, {"x": x}) == pytest.approx([left, right], rel=1e-15, nan_ok=True)


def test_smooth_where_the_pieces_fit() -> None:
    """elu with alpha = 1 and leaky_relu with slope 1 have no kink at 0."""
    from dcalc.sweeps.kinks import kinks

    for text, expected in [("elu(x)", 1), ("elu(x, 2)", 0), ("leaky_relu(x, 1)", 1), ("leaky_relu(x)", 0)]:
        lowered = lower(parse(text, "expression"), Source(text))
        graph, output = lowered.graph, lowered.output
        assert output is not None
        found = kinks(graph, [output], [graph.input("x")])
        assert evaluate(graph, [kink.zero for kink in found], {"x": 0.0}) == [expected]
