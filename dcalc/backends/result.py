"""Answers: what was asked, the numbers, and what has to be said about them. Formatting is `dcalc.render`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from ..errors import Source, Span
from ..evaluate.scalar import PointValue
from ..graph.shapes import Shape
from .problem import Variable, labels_of
from .rows import Matrix

Nested: TypeAlias = "float | list[Nested]"


def nested(items: list[Any], shape: Shape) -> Any:
    """Items in nested lists of a shape, row by row; the only item for ()."""
    if not shape:
        return items[0]
    for length in shape[:0:-1]:
        items = [items[k : k + length] for k in range(0, len(items), length)]
    return items


def nested_of(value: PointValue) -> Nested:
    """A value of a point as a number or nested lists."""
    if isinstance(value, (int, float)):
        return value
    result: Nested = nested(value.ravel().tolist(), value.shape)
    return result


class Note(NamedTuple):
    """Something worth saying about an answer.

    kind: "kink" (no derivative here; `data` has left and right), "branch" (which choice is active), "non-finite"
    (a component of the derivative), "range" (a step of it over- or underflowed), "name" (about what a name means),
    "zero" (an input that is not used), "work" (what a backend took), "path" (a program was followed at the point).
    """

    kind: str
    message: str
    source: Source | None = None
    span: Span | None = None
    data: dict[str, Any] = {}  # noqa: RUF012 (never changed)


def unique(notes: Sequence[Note]) -> list[Note]:
    """Notes without those that say the same again."""
    return list({(note.kind, note.message): note for note in notes}.values())


class Value(NamedTuple):
    """The value of an expression: a float, or nested lists of floats for an array. name: what it was bound to."""

    value: Nested
    notes: list[Note]
    name: str | None = None

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use."""
        return self.value


class Derived(NamedTuple):
    """First or second derivatives at a point.

    kind: "grad", "jac" or "hess". value: m numbers, row by row, of a value of this shape. variables: what the
    columns stand for, each as many as it has numbers. entries: one m x n matrix (grad: m = 1), or m matrices of
    n x n for a Hessian.
    """

    kind: str
    value: list[float]
    shape: Shape
    variables: tuple[Variable, ...]
    entries: Sequence[Matrix]
    backend: str
    work: str
    notes: list[Note]
    estimates: list[Matrix] | None = None

    @property
    def labels(self) -> list[str]:
        """The names of the columns."""
        return labels_of(self.variables)

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use: a gradient as a vector or in its only input's shape, else a matrix."""
        rows: list[Any] = [list(map(list, matrix)) for matrix in self.entries]
        result: Nested = rows if self.kind == "hess" and self.shape else rows[0]
        if self.kind == "grad":
            (row,) = rows[0]
            result = nested(row, self.variables[0].shape) if len(self.variables) == 1 else row
        return result


class Compared(NamedTuple):
    """The answers of several backends side by side, and whether they agree.

    differences: for each entry, the largest relative difference between two backends. disagreements: in words.
    apart: the entries in which finite differences say nothing (a kink, an edge, no finite derivative).
    """

    answers: list[Derived]
    differences: Sequence[Matrix]
    disagreements: list[str]
    notes: list[Note]
    apart: list[str]

    @property
    def largest(self) -> float:
        """The largest relative difference of all."""
        return max((d for matrix in self.differences for row in matrix for d in row), default=0.0)

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use."""
        return self.answers[0].remembered
