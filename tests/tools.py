"""What the tests of the middle rooms share: texts as graphs and problems, and expressions made by choices."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dcalc.backends.problem import Problem, variable
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph
from dcalc.graph.lower import Lowered, inputs_of, lower
from dcalc.language import parse, source
from dcalc.primitives import TABLE
from dcalc.sweeps.derivative import derivative

Value = float | Sequence[Any]
Choose = Callable[[Sequence[Any]], Any]

#: What a random expression is made of; digamma and its kin need SciPy.
ENTRIES = [
    entry
    for entry in TABLE.values()
    if entry.kind != "composite"
    and not entry.shapes
    and not (entry.helper or entry.truth or entry.static or entry.name == "if")
    and entry.name not in ("gamma", "lgamma", "digamma", "beta")
]
SMOOTH = [e for e in ENTRIES if not e.kink and e.kind == "elementwise" and e.name not in ("atan2", "hypot")]
LEAVES = ("x", "y", "x", "y", "z", "1", "2", "3", "0.5", "1.25")


def graph_of(text: str, point: Mapping[str, Value] | None = None) -> Lowered:
    """A program's graph; the point tells which inputs are arrays."""
    shapes = {name: np.shape(value) for name, value in (point or {}).items()}
    given = source(text)
    return lower(parse(given), given, graph=Graph(), shapes=shapes, differentiate=derivative)


def problem_of(text: str, **point: Value) -> Problem:
    """A program at a point, differentiated in all of the point's inputs that it has, in the point's order."""
    lowered = graph_of(text, point)
    assert lowered.output is not None
    graph = lowered.graph
    reached = {graph.attrs[n]: n for n in inputs_of(graph, [lowered.output])}
    variables = tuple(variable(graph, reached[name]) for name in point if name in reached)
    return Problem(graph, lowered.output, variables, numbers(point))


def numbers(point: Mapping[str, Value]) -> dict[str, Any]:
    """A point as the rooms take it: floats and arrays."""
    return {name: np.array(value, dtype=float) if np.ndim(value) else value for name, value in point.items()}


def value_of(text: str, **point: Value) -> Any:
    """A program's value: a number, or a list for a vector."""
    problem = problem_of(text, **point)
    value = evaluate(problem.graph, [problem.output], problem.point)[0]
    return value if isinstance(value, float) else value.tolist()


def expression(choose: Choose, depth: int, entries: Sequence[Any] = ENTRIES, *, conditions: bool = True) -> str:
    """An expression over x, y, z as a text."""
    if depth == 0 or choose(range(7)) == 0:
        return str(choose(LEAVES))
    if conditions and choose(range(8)) == 0:
        u, v, a, b = (expression(choose, depth - 1, entries) for _ in range(4))
        condition = f"{u} {choose(('<', '<=', '>', '>='))} {v}"
        if choose(range(3)) == 0:
            condition = f"({condition}) {choose(('and', 'or'))} not (x > y)"
        return f"if({condition}, {a}, {b})"
    entry = choose(entries)
    args = [
        expression(choose, depth - 1, entries, conditions=conditions) for _ in range(entry.arity - len(entry.defaults))
    ]
    if entry.symbol and len(args) == 2:
        return f"({args[0]}){entry.symbol}({args[1]})"
    if entry.symbol:
        return f"(-({args[0]}))"
    return f"{entry.name}({', '.join(args)})"


def seeded(
    seed: int, count: int, depth: int = 3, entries: Sequence[Any] = ENTRIES
) -> list[tuple[str, dict[str, float]]]:
    """Expressions, each with a point; now and then one on a kink."""
    chance = random.Random(seed)
    result = []
    for _ in range(count):
        text = expression(chance.choice, chance.randint(1, depth), entries)
        point = {name: round(chance.uniform(-2, 3), 2) for name in "xyz"}
        if chance.random() < 0.2:
            point["x"] = 0.0
        result.append((text, point))
    return result


@st.composite
def texts(draw: st.DrawFn, depth: int = 3, entries: Sequence[Any] = ENTRIES, conditions: bool = True) -> str:
    """The same expressions for Hypothesis."""
    return expression(lambda items: draw(st.sampled_from(list(items))), depth, entries, conditions=conditions)


#: Coordinates without noise in the digits; kinks are hit.
coordinates = st.sampled_from([-2.0, -1.5, -1.0, -0.3, 0.0, 0.25, 0.7, 1.0, 1.6, 2.0, 3.0])
points = st.fixed_dictionaries(dict.fromkeys("xyz", coordinates))
