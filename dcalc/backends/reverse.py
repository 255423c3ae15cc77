"""Reverse mode (adjoints; backpropagation): one sweep back from each output."""

from __future__ import annotations

from ..sweeps.reverse import gradient
from .forward import columns, outputs
from .problem import Problem
from .protocol import Derivative, Options, Part, count, evaluated, offsets, seed


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


class Reverse:
    """Adjoints from the output back."""

    name = "reverse"
    summary = "reverse mode: adjoints from the output back, a row of the Jacobian for each output"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One sweep for each output; of an array, one that is evaluated for each component."""
        return evaluated(problem, rows(problem), count(problem.m, "reverse pass"))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """A forward sweep of a reverse sweep (Griewank and Walther, section 5.1)."""
        parts, sweeps = columns(problem.graph, rows(problem), problem.leaves, 2)
        work = f"{count(problem.m, 'reverse pass')}, {count(sweeps, 'forward pass')} over them"
        return evaluated(problem, parts, work, 2)
