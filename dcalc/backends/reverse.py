"""Reverse mode (adjoints; backpropagation): one sweep back from each output."""

from __future__ import annotations

from ..sweeps.reverse import gradient
from .forward import columns, outputs
from .problem import Problem
from .protocol import Derivative, Options, Part, count, evaluated, offsets, seed
from .rows import Row

#: Operations from which on a gradient that is asked for once is computed without a graph of it.
LONG = 2_000


def rows(problem: Problem) -> list[Part]:
    """The derivatives of the outputs in the variables, a sweep for each part of the value."""
    graph, leaves = problem.graph, problem.leaves
    starts = offsets([graph.size(leaf) for leaf in leaves])
    parts = []
    for row in outputs(problem):
        mine = seed(graph, row.node, 0) if graph.shapes[row.node] else None
        found = gradient(graph, row.node, leaves, *(mine[:2] if mine else ()))
        for node, start in zip(found, starts, strict=True):
            parts.append(Part(node, (*row.start, start), 1, (mine,) if mine else ()))
    return parts


#: Stands among what backends emitted where a gradient was asked for already.
ONCE = "once"


def first_time(problem: Problem) -> bool:
    """Whether nothing was derived of this program at another point."""
    return problem.emitted is None or ONCE not in problem.emitted


def _at_once(problem: Problem) -> Row | None:
    """The gradient of a long expression of numbers that is asked for once; None where the sweep's graph is needed."""
    if problem.shape or problem.output < LONG or not first_time(problem):
        return None
    graph, leaves = problem.graph, problem.leaves
    order = graph.reachable([problem.output])
    if len(order) < LONG:
        return None
    from ..evaluate.adjoints import numeric_gradient, spread  # loads what short expressions do not need

    found = numeric_gradient(graph, problem.output, leaves, problem.values(order))
    if found is None:
        return None
    if problem.emitted is not None:
        problem.emitted[ONCE] = True
    row: list[float] = []
    for leaf in leaves:
        row += spread(graph, leaf, found)
    return row


class Reverse:
    """Adjoints from the output back."""

    name = "reverse"
    summary = "reverse mode: adjoints from the output back, a row of the Jacobian for each output"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One sweep for each output; of an array, one that is evaluated for each component."""
        row = _at_once(problem)
        if row is not None:
            return Derivative([[row]], count(1, "reverse pass"))
        return evaluated(problem, rows(problem), count(problem.m, "reverse pass"))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """A forward sweep of a reverse sweep (Griewank and Walther, section 5.1)."""
        parts, sweeps = columns(problem.graph, rows(problem), problem.leaves, 2)
        work = f"{count(problem.m, 'reverse pass')}, {count(sweeps, 'forward pass')} over them"
        return evaluated(problem, parts, work, 2)
