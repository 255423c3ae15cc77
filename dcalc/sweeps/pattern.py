"""Patterns: where a matrix may hold something other than 0, as sorted columns row by row; their unions and parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import DcalcError

Ints: TypeAlias = NDArray[np.int64]
#: Entries that a table may have: 8 bytes each.
MOST_ENTRIES = 50_000_000


class Pattern(NamedTuple):
    """The places of a matrix that may hold something other than 0.

    Of row k those are columns[starts[k]:starts[k + 1]], ascending. width: how many columns there are.
    """

    starts: Ints
    columns: Ints
    width: int

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    @property
    def rows(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(self.height), np.diff(self.starts))

    @property
    def transposed(self) -> Pattern:
        """Rows and columns exchanged."""
        return of_keys(np.sort(self.columns * self.height + self.rows), self.width, self.height)

    @property
    def symmetric(self) -> Pattern:
        """What it has on either side of the diagonal, on both."""
        other = self.transposed
        same = np.array_equal(other.starts, self.starts) and np.array_equal(other.columns, self.columns)
        return self if same else union([self, other])


def distinct(keys: Ints, *, ordered: bool = False) -> Ints:
    """Sorted, each once."""
    if not ordered:
        keys = np.sort(keys)
    if len(keys) < 2:
        return keys
    new = np.empty(len(keys), bool)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys if new.all() else keys[new]


def of_keys(keys: Ints, height: int, width: int) -> Pattern:
    """The pattern of sorted keys, row*width + column."""
    starts = np.searchsorted(keys, np.arange(height + 1) * width)
    return Pattern(starts, keys - np.repeat(np.arange(height) * width, np.diff(starts)), width)


def union(tables: Sequence[Pattern]) -> Pattern:
    """What is in any of some tables of one height."""
    height, width = tables[0].height, tables[0].width
    tables = [table for table in tables if len(table.columns)] or [tables[0]]
    if len(tables) == 1:
        return tables[0]
    return of_keys(distinct(np.concatenate([one.rows * width + one.columns for one in tables])), height, width)


def stacked(tables: Sequence[Pattern], width: int) -> Pattern:
    """The rows of tables one behind the other."""
    if len(tables) == 1:
        return tables[0]
    none = np.zeros(0, np.int64)
    lengths = np.concatenate([none, *[np.diff(table.starts) for table in tables]])
    return Pattern(summed(lengths), np.concatenate([none, *[table.columns for table in tables]]), width)


def picked(table: Pattern, rows: Ints) -> Pattern:
    """A table of some rows of another one, in that order."""
    lengths = np.diff(table.starts)[rows]
    starts = summed(lengths)
    _hold(int(starts[-1]))
    places = np.repeat(table.starts[:-1][rows] - starts[:-1], lengths) + np.arange(starts[-1])
    return Pattern(starts, table.columns[places], table.width)


def repeated(columns: Ints, height: int, width: int) -> Pattern:
    """The same row again and again."""
    _hold(len(columns) * height)
    return Pattern(np.arange(height + 1) * len(columns), np.tile(columns, height), width)


def _hold(count: int) -> None:
    if count > MOST_ENTRIES:
        message = (
            f"{count} dependences are too many to be written down (the limit is {MOST_ENTRIES}): this is not sparse"
        )
        raise DcalcError("limit", message, hint="differentiate in fewer inputs (--wrt), or take products with vectors")


def summed(lengths: Ints) -> Ints:
    """Where rows of these lengths begin, and the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
