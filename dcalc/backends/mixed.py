"""A derivative of any mixed order at a point, by Taylor mode or by sweeping a program again and again.

Repeated sweeps hand the last derivative to a backend: what forward, reverse, symbolic and finite differences then
compute is the first derivative of the derivative one order lower, which is exact. Their programs grow with every
order; Taylor mode does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import factorial, prod
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.series.directions import indices, weight
from ..evaluate.series.truncated import term
from ..graph.build import Builder
from ..graph.shapes import Shape
from ..sweeps.forward import forward
from .derive import Request, derive
from .expansion import nested_series
from .problem import Problem, labels
from .products import along
from .result import Derived, Nested, Note, nested
from .taylor import MOST_ORDER, Lines

#: Nodes of a program that was swept again and again: for one backend, and for all of them, which simplify it, too.
MOST_NODES, MOST_COMPARED = 100_000, 2_000
#: From this order on Taylor mode is chosen.
HIGH = 3
#: Two exact methods agree within this part of the value, for each order, and their rounding bounds.
RELATIVE = 1e-12


class Part(NamedTuple):
    """A component of an input that is differentiated in so many times: leaf, its place in an array, label."""

    leaf: int
    place: int | None
    label: str
    order: int


class Method(NamedTuple):
    """What one method says: the numbers of the derivative, row by row, error estimates if it has any, its work."""

    name: str
    numbers: list[float]
    work: str
    estimates: list[float] | None = None


class Mixed(NamedTuple):
    """A derivative of mixed order. parts: by what, how often. value, shape: of the function."""

    parts: list[Part]
    value: list[float]
    shape: Shape
    methods: list[Method]
    disagreements: list[str]

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use: the derivative, in the value's shape."""
        found: Nested = nested(self.methods[-1].numbers, self.shape)
        return found


def parts_of(problem: Problem, orders: Sequence[tuple[str, int]]) -> list[Part]:
    """The components by their labels, `x` or `x[2]`. KeyError with one that there is not."""
    found = {}
    for variable in problem.variables:
        for k, label in enumerate(labels(variable.name, variable.shape)):
            found[label] = (variable.node, k if variable.shape else None)
    return [Part(*found[label], label, order) for label, order in orders]


def by_taylor(problem: Problem, parts: Sequence[Part]) -> Method:
    """The derivative by Taylor mode."""
    order = sum(part.order for part in parts)
    if order > MOST_ORDER:
        raise DcalcError("limit", f"order {order} is more than is computed, the limit is {MOST_ORDER}")
    outputs = problem.graph.components(problem.output)
    if len(parts) == 1:
        lines = Lines(problem.graph, outputs, [parts[0].leaf], order)
        found = lines.at(problem.point, _direction(problem, parts, (1,)))
        return Method("taylor", [_times(terms[order], parts) for terms in found], f"a series to order {order}")
    if all(part.place is None for part in parts):
        nest = nested_series(problem, outputs, [(part.leaf, part.order) for part in parts])
        if nest is not None:
            numbers = [_times(term(one, [part.order for part in parts]), parts) for one in nest]
            if all(map(math.isfinite, numbers)):
                words = f"series in {len(parts)} variables at once"
                return Method("taylor", numbers, words)
    leaves = list(dict.fromkeys(part.leaf for part in parts))
    lines = Lines(problem.graph, outputs, leaves, order)
    powers = tuple(part.order for part in parts)
    sums: list[list[float]] = [[] for _ in outputs]
    count = 0
    for direction in indices(len(parts), order):
        factor = weight(powers, direction)
        if not factor:
            continue
        count += 1
        for terms, total in zip(lines.at(problem.point, _direction(problem, parts, direction)), sums, strict=True):
            total.append(float(factor) * terms[order])
    numbers = [_times(math.fsum(total), parts) for total in sums]
    return Method("taylor", numbers, f"{count} series to order {order} along directions, interpolated")


def _direction(problem: Problem, parts: Sequence[Part], steps: Sequence[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for part, step in zip(parts, steps, strict=True):
        if part.place is None:
            found[part.leaf] = float(step)
            continue
        import numpy as np

        shape = problem.graph.shapes[part.leaf]
        array = found.setdefault(part.leaf, np.zeros(shape))
        array.reshape(-1)[part.place] = float(step)
    return found


def _times(coefficient: float, parts: Sequence[Part]) -> float:
    """A coefficient as the derivative that it stands for."""
    try:
        return coefficient * prod(factorial(part.order) for part in parts) + 0.0
    except OverflowError:
        return math.copysign(math.inf, coefficient) if coefficient else 0.0


def swept(problem: Problem, parts: Sequence[Part], most: int) -> Problem:
    """The program of the derivative one order lower, along the last of its inputs: its derivative is the answer."""
    graph, build = problem.graph, Builder(problem.graph)
    output = problem.output
    once = [part for part in parts for _ in range(part.order)]
    begun = len(graph)
    for part in once[:-1]:
        tangent, spots = graph.const(1), {}
        if part.place is not None:
            shape = graph.shapes[part.leaf]
            unit = [graph.const(int(k == part.place)) for k in range(graph.size(part.leaf))]
            tangent = graph.stacked(unit, shape)
            spots = {(part.leaf, 0): build.apply("!=", (tangent, graph.const(0)))}
        found = forward(graph, [output, *problem.conditions], {part.leaf: {0: tangent}}, spots=spots)
        output = graph.full(found.get(output, {}).get(0, graph.const(0)), problem.shape)
        if len(graph) - begun > most:
            message = f"sweeping {len(once)} times makes a program of more than {most} operations"
            raise DcalcError("limit", message, hint="--backend taylor takes any order")
    lower = Problem(graph, output, problem.variables, problem.point, problem.conditions, problem.bends, problem.tracer)
    last = once[-1]
    name = next(v.name for v in problem.variables if v.node == last.leaf)
    if last.place is None:
        return along(lower, {name: 1.0})
    import numpy as np

    direction = np.zeros(graph.shapes[last.leaf])
    direction.reshape(-1)[last.place] = 1.0
    return along(lower, {name: direction})


def by_sweeps(problem: Problem, parts: Sequence[Part], request: Request) -> tuple[Method, list[Note]]:
    """The derivative by repeated sweeps, the last one by the request's backend."""
    made = swept(problem, parts, MOST_NODES)
    how = request._replace(kind="jac" if made.shape else "grad")
    return _method(derive(made, how), parts)


def _method(found: Derived, parts: Sequence[Part]) -> tuple[Method, list[Note]]:
    order = sum(part.order for part in parts)
    before = f", behind {order - 1} forward sweep{'s' * (order > 2)}" if order > 1 else ""
    estimates = [row[0] for row in found.estimates[0]] if found.estimates else None
    numbers = [row[0] for row in found.entries[0]]
    kept = [note for note in found.notes if note.kind in ("range", "branch")]
    return Method(found.backend, numbers, found.work + before, estimates), kept


def by_all(problem: Problem, parts: Sequence[Part], request: Request) -> tuple[list[Method], list[str], list[Note]]:
    """All methods, and what does not agree. Sweeps that would grow too long are left out, with a note."""
    from .agree import ROUNDINGS, bounds_of, close, compare

    taylor = by_taylor(problem, parts)
    try:
        made = swept(problem, parts, MOST_COMPARED)
    except DcalcError as failure:
        return [taylor], [], [Note("work", f"only Taylor mode: {failure.message}")]
    how = request._replace(kind="jac" if made.shape else "grad", backend="all")
    compared = compare(made, how)
    methods = [_method(answer, parts)[0] for answer in compared.answers]
    order = sum(part.order for part in parts)
    bounds = [row[0] for row in bounds_of(made, how)[0]]
    words = list(compared.disagreements)
    exact = methods[-1]
    for k, (mine, other, bound) in enumerate(zip(taylor.numbers, exact.numbers, bounds, strict=True)):
        if not close(mine, other, RELATIVE * order * abs(other) + ROUNDINGS * order * bound):
            where = f"component {k + 1}: " if problem.shape else ""
            words.append(f"{where}taylor says {mine!r}, {exact.name} says {other!r}")
    return [*methods, taylor], words, [note for note in compared.notes if note.kind == "range"]
