"""What every backend offers, and the part that all exact ones share."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ..evaluate.scalar import evaluate
from .problem import Problem

Matrix = list[list[float]]

#: The schemes of finite differences, and the answers where there is no derivative; the first ones by default.
SCHEMES = ("adaptive", "central", "forward", "backward")
AT_KINK = ("lecture", "left", "right", "mean", "error")


class Options(NamedTuple):
    """What a request may ask of a backend. scheme and h are for finite differences."""

    scheme: str = "adaptive"
    h: float | None = None


class Derivative(NamedTuple):
    """What a backend answers. Rows are outputs, columns are inputs.

    entries: m x n for a Jacobian; m matrices of n x n for a Hessian. estimates: error estimates of the same shape
    (fd only). nodes: the graph's nodes of the entries (exact backends only). work: in words, what it took.
    sides: the left and right derivatives, as Jacobians, nan where they are not known well (fd only).
    """

    entries: list[Matrix]
    work: str
    nodes: list[list[list[int]]] | None = None
    estimates: list[Matrix] | None = None
    sides: tuple[Matrix, Matrix] | None = None


class Backend(Protocol):
    """A way to differentiate. Third parties offer one by the entry-point group `dcalc.backends`."""

    name: str
    summary: str

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """The m x n matrix of first derivatives, as `entries[0]`."""
        ...

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """The m matrices of second derivatives."""
        ...


def evaluated(problem: Problem, nodes: list[list[list[int]]], work: str) -> Derivative:
    """The answer of an exact backend: the numbers of the nodes that it emitted."""
    flat = [node for matrix in nodes for row in matrix for node in row]
    values = iter(evaluate(problem.graph, flat, problem.point))
    entries = [[[next(values) for _ in row] for row in matrix] for matrix in nodes]
    return Derivative(entries, work, nodes)


def count(number: int, noun: str) -> str:
    """`1 pass`, `3 passes`, `2 sweeps`."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number} {noun if number == 1 else plural}"
