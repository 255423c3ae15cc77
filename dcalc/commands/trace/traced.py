"""What a trace is made of: rows of primals and tangents, or of primals and adjoints with their contributions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar, overload

from ...backends.result import Nested, Note, nested
from ...graph.shapes import Shape
from ...language import ast
from ..wengert.formulas import plus

T = TypeVar("T")


class Quantity(NamedTuple):
    """A value's numbers, row by row, and its shape."""

    numbers: Sequence[float]
    shape: Shape

    @property
    def nested(self) -> Nested:
        """A number, or nested lists."""
        value: Nested = nested(list(self.numbers), self.shape)
        return value

    @property
    def norm(self) -> float:
        """The root of the sum of the squares."""
        return math.hypot(*self.numbers)


class Row(NamedTuple):
    """A step of a forward trace, with a tangent for each seed; without a point there are formulas only.

    own: the user's name of what is numbered. formula: None for an input; derivative: None where there is no rule to
    follow. seeded: what the tangent's formula comes to with the seed, where no numbers are asked for.
    """

    name: str
    own: str
    formula: ast.Node | None
    value: Quantity | None
    tangent: str
    derivative: ast.Node | None
    tangents: list[Quantity]
    seeded: ast.Node | None = None


class Contribution(NamedTuple):
    """What one step hands to the adjoint of one of its arguments.

    step: which step. part: the subscripts of the part that it is for, none for all. formula, value: the contribution;
    total: what the adjoint (or that part of it) has come to. partial: the local partial, where that is a number, and
    its value. first: whether the adjoint was 0 there before. taken: False where a branch not taken hands nothing on.
    """

    step: str
    part: tuple[ast.Node, ...]
    formula: ast.Node
    value: Quantity
    total: Quantity
    partial: ast.Node | None
    slope: float
    first: bool
    taken: bool


class Adjoint(NamedTuple):
    """A step of a reverse trace: its primal, and its adjoint with all that contributes to it; of the output a seed."""

    name: str
    own: str
    formula: ast.Node | None
    value: Quantity
    adjoint: str
    total: Quantity
    contributions: list[Contribution]
    output: bool


class Lazy(Sequence[T]):
    """Rows that are made when they are looked at: people see a few of the 100 000 of a long program."""

    def __init__(self, nodes: Sequence[int], make: Callable[[int], T]) -> None:
        self._nodes = nodes
        self._make = make

    def __len__(self) -> int:
        return len(self._nodes)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self._make(node) for node in self._nodes[place]]
        return self._make(self._nodes[place])


class Trace(NamedTuple):
    """What `trace` answers.

    mode: as it was asked for. rows: in order of evaluation; of a reverse trace from the output back. subject: what is
    seeded or traced. seeds: a name for each tangent; given: (name, value) for each input that moves along one seed.
    pretty: plain names -> the textbook's. arrays: "full", "norm" or "auto". textbook: whether inputs are numbered.
    """

    mode: str
    rows: Sequence[Row] | Sequence[Adjoint]
    subject: str
    seeds: list[str]
    pretty: dict[str, str]
    arrays: str
    textbook: bool
    notes: list[Note]


def after(line: Contribution, adjoint: str) -> ast.Node:
    """What an adjoint is after a contribution, as Baydin's table has it: the contribution, or v̄ = v̄ + it."""
    return line.formula if line.first else plus(part_of(line, adjoint), line.formula)


def part_of(line: Contribution, adjoint: str) -> ast.Node:
    """The part of an adjoint that a contribution is for."""
    return ast.Index(ast.Name(adjoint), line.part) if line.part else ast.Name(adjoint)
