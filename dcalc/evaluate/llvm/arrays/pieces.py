"""Values in memory, loop nests, and what a nest does with a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ....graph.shapes import Shape
from .views import Map

#: Results of one nest: more of them would read and write in too many places at once.
MOST_RESULTS = 12


class TooLongError(Exception):
    """The plan is not worth compiling."""


@dataclass(eq=False)
class Root:
    """A value in memory. natural: it stands there row by row. level: the nests that compute it."""

    slot: int
    kind: str  # store, reduce, parts, numpy, input
    shape: Shape
    natural: bool = False
    level: int = 0
    buffer: int = -1
    strides: tuple[int, ...] = ()


class Result(NamedTuple):
    """What a nest does with a value read at `where`: `how` is store, sum[], max[] or min[].

    strides, offset: where it goes, by the nest's axes. reduced: the axes that are not there any more.
    """

    root: Root
    value: int
    where: Map
    shape: Shape
    how: str
    reduced: frozenset[int] = frozenset()
    strides: tuple[int, ...] = ()
    offset: int = 0


@dataclass(eq=False)
class Nest:
    """Loops over axes of these lengths; `order`: from the outermost to the innermost."""

    level: int
    lengths: list[int]
    order: tuple[int, ...] = ()
    results: list[Result] = field(default_factory=list)
    #: for each axis where one part of it ends and another one begins
    cuts: list[set[int]] = field(default_factory=list)
    #: whether all its axes are one, since everything stands row by row
    flat: bool = False

    def takes(self, shape: Shape) -> bool:
        """Whether a value of this shape may be computed here, too: lengths are equal, or long and nearly so."""
        if len(self.results) >= MOST_RESULTS or len(shape) != len(self.lengths):
            return False
        return all(
            a == b or (min(a, b) > 64 and abs(a - b) <= max(a, b) // 8)
            for a, b in zip(shape, self.lengths, strict=True)
        )


def row_by_row(shape: Shape) -> tuple[int, ...]:
    """The strides of an array that stands row by row."""
    strides, step = [], 1
    for length in reversed(shape):
        strides.append(step)
        step *= length
    return tuple(reversed(strides))


def parts_of(nest: Nest) -> Iterator[list[tuple[int, int]]]:
    """The parts of a nest: (first, behind the last) for each axis."""
    found: list[list[tuple[int, int]]] = [[]]
    for cuts in nest.cuts:
        ends = sorted(cuts)
        found = [[*one, (a, b)] for one in found for a, b in pairwise(ends)]
    return iter(found)
