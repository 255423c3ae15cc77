"""What results are shown as in every format: pairs, tables, formulas and lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ..backends.result import Nested
from ..language import ast
from .arrays import Array, array_of, is_shortened
from .duals import Duals


class Estimate(float):
    """A number of which two digits say enough to people: an error, a difference."""


class Seconds(float):
    """A time that was measured; people are told it in fitting units."""


class Count(int):
    """How many there are: a whole number, perhaps one of a thousand digits."""


class Equation(NamedTuple):
    """A name and what it is, in the textbook's style; the signs of equations below each other are aligned.

    The name may be missing, and so may the other side: a formula or words.
    """

    name: str
    side: ast.Node | str | None = None


class Phrase(NamedTuple):
    """Several cells in one, such as a pair: ("(", 1.5, ", ", 0.0, ")")."""

    parts: tuple[float | Array | str, ...]


#: A number, an array, a formula, an equation, words, or some of these together.
Cell: TypeAlias = float | Array | Duals | ast.Node | Equation | Phrase | str | None


class Pairs(NamedTuple):
    """Labels, each with a cell; `errors` holds the cells' error estimates or is empty.

    shortened: whether pairs are left out, so that people are told where to find them.
    """

    items: list[tuple[str, Cell]]
    errors: list[Cell] = []  # noqa: RUF012 (never changed)
    caption: str = ""
    shortened: bool = False


class Table(NamedTuple):
    """Rows under headers; shortened: whether some are left out.

    narrower: the same with less in it, for people whose lines end where this table goes on.
    """

    headers: list[str]
    rows: list[list[Cell]]
    caption: str = ""
    shortened: bool = False
    narrower: Table | None = None


class Lines(NamedTuple):
    """Words as they stand."""

    text: str


#: An empty line between blocks of text; other formats set blocks apart by themselves.
SPACE = Lines("")


class Formula(NamedTuple):
    """A formula alone, with the label that it has where several stand together."""

    label: str
    tree: ast.Node


class Picture(NamedTuple):
    """What is drawn of characters: draw(ascii) gives its lines, in plain ASCII where that is asked for.

    colored: the same with colours, of pictures that have some.
    """

    draw: Callable[[bool], str]
    colored: Callable[[bool], str] | None = None


View: TypeAlias = Pairs | Table | Lines | Formula | Picture


def cell_of(value: Nested) -> float | Array:
    """The cell of a value: a number, or an array where it is nested lists."""
    return value if isinstance(value, (int, float)) else array_of(value)


def shortened(view: View) -> bool:
    """Whether people are not shown all of it."""
    if isinstance(view, Pairs):
        cells = (content for _, content in view.items)
        return view.shortened or any(isinstance(c, Array) and is_shortened(c.shape) for c in cells)
    return isinstance(view, Table) and view.shortened
