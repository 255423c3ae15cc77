"""Where the numbers of a value and its derivatives stand in a row, and what they are called there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..errors import DcalcError
from ..graph.graph import Graph
from ..graph.shapes import Shape, size
from . import choose
from .forward import columns as tangents
from .forward import outputs
from .problem import Problem, labels
from .protocol import Part, hold_size
from .reverse import rows as adjoints

#: Numbers of a row at most.
MOST_TITLES = 100_000


def derivative_parts(problem: Problem, kind: str, name: str) -> list[Part]:
    """The derivative as nodes, by one backend."""
    graph, leaves = problem.graph, problem.leaves
    hold_size(problem.m, problem.n, 2 if kind == "hess" else 1)
    if name == "auto":
        name, _ = choose(problem.n, problem.m)
    if name == "symbolic":
        from .symbolic import first, second

        return second(problem) if kind == "hess" else first(problem)
    parts = adjoints(problem) if name == "reverse" else tangents(graph, outputs(problem), leaves)[0]
    return tangents(graph, parts, leaves, 2)[0] if kind == "hess" else parts


def extent(problem: Problem, kind: str) -> tuple[int, ...]:
    """How many outputs and inputs a derivative has along each of its axes."""
    return (problem.m, problem.n, problem.n) if kind == "hess" else (problem.m, problem.n)


def placed(graph: Graph, parts: Sequence[Part], lengths: tuple[int, ...], first: int) -> list[tuple[int, list[int]]]:
    """Parts as nodes with the places of their numbers in a row, from `first` on. Seeds go through all components."""
    steps = [size(lengths[k + 1 :]) for k in range(len(lengths))]
    found: list[tuple[int, list[int]]] = []
    for part in parts:
        base = first + sum(start * step for start, step in zip(part.start, steps, strict=True))
        for directions in product(*[range(graph.size(one.node)) for one in part.seeds]):
            at, given = base, {}
            for one, k in zip(part.seeds, directions, strict=True):
                at += k * steps[one.axis]
                given[one.node] = _basis(graph, graph.shapes[one.node], k)
            node = graph.substitute([part.node], given)[0] if given else part.node
            found.append((node, [at + k * steps[part.axis] for k in range(graph.size(node))]))
    return found


def _basis(graph: Graph, shape: Shape, k: int) -> int:
    """The array that is 1 at its k-th number and 0 elsewhere."""
    places = tuple(int(one) for one in np.unravel_index(k, shape))
    return graph.emit("place", (graph.const(1),), (places, shape))


def titles_of(kind: str, problem: Problem) -> list[str]:
    """The names of a row's numbers."""
    m, n = problem.m, problem.n
    if m * (1 + (0 if kind == "eval" else n**2 if kind == "hess" else n)) > MOST_TITLES:
        message = f"a row has more than {MOST_TITLES} numbers"
        raise DcalcError("limit", message, hint="differentiate in fewer inputs, or a number made of the outputs")
    values = labels("value", problem.shape)
    names = problem.labels
    titles = list(values)
    if kind == "eval":
        return titles
    for one in values:
        of = f" {one}" if problem.shape else ""
        if kind == "hess":
            titles += [f"d2{of}/d{a}2" if i == j else f"d2{of}/d{a} d{b}"
                       for i, a in enumerate(names) for j, b in enumerate(names)]  # fmt: skip
        else:
            titles += [f"d{of}/d{name}" for name in names]
    return titles
