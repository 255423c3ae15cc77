"""Reverse mode (adjoints; backpropagation): one sweep back from each output."""

from __future__ import annotations

from ..sweeps.reverse import gradient
from .forward import columns
from .problem import Problem
from .protocol import Derivative, Options, count, evaluated


class Reverse:
    """Adjoints from the output back."""

    name = "reverse"
    summary = "reverse mode: adjoints from the output back, a row of the Jacobian for each output"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One sweep per output row."""
        rows, leaves = problem.rows, problem.leaves
        nodes = [gradient(problem.graph, row, leaves) for row in rows]
        return evaluated(problem, [nodes], count(len(rows), "reverse pass"))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """A forward sweep of a reverse sweep (Griewank and Walther, section 5.1)."""
        graph, leaves = problem.graph, problem.leaves
        nodes, sweeps = [], 0
        for row in problem.rows:
            matrix, more = columns(graph, gradient(graph, row, leaves), leaves)
            nodes.append(matrix)
            sweeps += more
        work = f"{count(len(nodes), 'reverse pass')}, {count(sweeps, 'forward pass')} over them"
        return evaluated(problem, nodes, work)
