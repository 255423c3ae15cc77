"""Products of derivatives with vectors, each as a derivative of another program, so that every backend computes them.

J·v is the derivative along a line, d/dt f(x + t·v) at t = 0; uᵀ·J is the gradient of u·f; H·v that of ∇f·v, which
a forward sweep gives (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., sections 3.1, 3.2 and 5.4). Each costs
a constant multiple of the value, however many inputs there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..evaluate.scalar import PointValue
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.shapes import Shape
from ..sweeps.forward import forward
from .problem import Problem, Variable
from .result import Compared, Derived, Nested, nested

#: The tangents of some inputs, by name; the others have none.
Direction = Mapping[str, PointValue]


class Product(NamedTuple):
    """A product of derivatives with a vector.

    kind: "jvp", "vjp" or "hvp". vector: the direction or the weights as they were asked for. value, shape: of the
    function. answer: the derivative of `through`: the function along the line, u·f, or ∇f·v.
    """

    kind: str
    vector: str
    value: list[float]
    shape: Shape
    answer: Derived | Compared

    @property
    def first(self) -> Derived:
        """The answer, an exact one of several."""
        return self.answer.answers[-1] if isinstance(self.answer, Compared) else self.answer

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use: a tangent in the value's shape, or a gradient."""
        found = self.first
        if self.kind != "jvp":
            return found.remembered
        tangent: Nested = nested([row[0] for row in found.entries[0]], self.shape)
        return tangent


def along(problem: Problem, direction: Direction) -> Problem:
    """f(x + t·v) as a function of t, at 0: its derivative is J·v, its two sides are those in the direction's sense."""
    graph, point = problem.graph, dict(problem.point)
    build = Builder(graph)
    name = _free(graph, "v")
    t = graph.input(name)
    point[name] = 0.0
    moved: dict[int, int] = {}
    for variable in problem.variables:
        if _moves(direction.get(variable.name)):
            tangent = _given(graph, point, variable, direction)
            moved[variable.node] = build.apply("+", (variable.node, build.apply("*", (t, tangent))))
    new: dict[int, int] = {}
    rows = graph.substitute([problem.output], moved, new)
    conditions = graph.substitute(problem.conditions, moved, new)
    zeros = graph.substitute([zero for _, zero in problem.bends], moved, new)
    bends = [(new.get(node, node), zero) for (node, _), zero in zip(problem.bends, zeros, strict=True)]
    line = Problem(graph, rows[0], (Variable(name, (), t),), point, tuple(conditions), bends)
    line.written = {node: old for old, node in new.items() if node != old and old not in moved}
    return line


def weighted(problem: Problem, weights: PointValue) -> Problem:
    """u·f, the sum of all components: its gradient is uᵀ·J."""
    graph, point = problem.graph, dict(problem.point)
    build = Builder(graph)
    u = graph.input(" weights", problem.shape)  # no user's name has a blank in it
    point[" weights"] = weights
    total = build.apply("*", (u, problem.output))
    total = build.apply("sum[]", (total,), None) if problem.shape else total
    return Problem(graph, total, problem.variables, point, problem.conditions, problem.bends)


def slope(problem: Problem, direction: Direction) -> Problem:
    """∇f·v, the tangent of a number along a direction: its gradient is H·v."""
    graph, point = problem.graph, dict(problem.point)
    build = Builder(graph)
    seeds: dict[int, dict[int, int]] = {}
    spots: dict[tuple[int, int], int] = {}
    for variable in problem.variables:
        if _moves(direction.get(variable.name)):
            tangent = _given(graph, point, variable, direction)
            seeds[variable.node] = {0: tangent}
            if variable.shape:
                spots[variable.node, 0] = build.apply("!=", (tangent, graph.const(0)))
    found = forward(graph, [problem.output, *problem.conditions], seeds, spots=spots)
    output = found.get(problem.output, {}).get(0, graph.const(0))
    return Problem(graph, output, problem.variables, point, problem.conditions, problem.bends)


def length(direction: Direction) -> float:
    """How long a direction is."""
    return math.hypot(*(number for value in direction.values() for number in _numbers(value)))


def scaled(direction: Direction, factor: float) -> dict[str, PointValue]:
    """A direction of another length."""
    return {name: value * factor for name, value in direction.items()}


def _given(graph: Graph, point: dict[str, PointValue], variable: Variable, direction: Direction) -> int:
    """The tangent of a variable as an input: no backend differentiates in it, and no array becomes constants."""
    name = f" along {variable.name}"
    point[name] = direction[variable.name]
    return graph.input(name, variable.shape)


def _moves(value: PointValue | None) -> bool:
    return value is not None and any(_numbers(value))


def _numbers(value: PointValue) -> Sequence[float]:
    if isinstance(value, (int, float)):
        return [value]
    numbers: list[Any] = value.ravel().tolist()
    return numbers


def _free(graph: Graph, name: str) -> str:
    """A name that no input has."""
    taken = {attr for op, attr in zip(graph.ops, graph.attrs, strict=True) if op == "input"}
    while name in taken:
        name += "_"
    return name
