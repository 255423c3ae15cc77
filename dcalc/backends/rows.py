"""Rows of a derivative: lists of numbers; where they are long, the arrays that they came in, unchanged.

A list of a million floats costs fifty times what computing them does, and one more copy as much as computing them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A list, a view of an array (`memoryview`), or several of these joined; all index, slice and iterate the same.
Row: TypeAlias = Sequence[float]
Matrix: TypeAlias = Sequence[Row]

#: From so many numbers on, rows stay arrays.
MANY = 10_000


class Joined(Sequence[float]):
    """Arrays one behind the other, as one sequence of numbers."""

    __slots__ = ("_pieces", "_starts")

    def __init__(self, pieces: Sequence[NDArray[np.float64]]) -> None:
        self._pieces = pieces
        self._starts = [0]
        for piece in pieces:
            self._starts.append(self._starts[-1] + len(piece))

    @property
    def pieces(self) -> Sequence[NDArray[np.float64]]:
        """The arrays, of one axis each."""
        return self._pieces

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            k = bisect_right(self._starts, start) - 1
            if step == 1 and start < stop <= self._starts[k + 1]:  # of one piece: no copy
                return self._pieces[k].data[start - self._starts[k] : stop - self._starts[k]]
            return self.__array__()[place].data
        place = range(len(self))[place]
        k = bisect_right(self._starts, place) - 1
        return float(self._pieces[k][place - self._starts[k]])

    def __iter__(self) -> Iterator[float]:
        for piece in self._pieces:
            yield from piece.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        import numpy as np

        joined = np.concatenate(self._pieces)
        return joined if dtype is None else joined.astype(dtype)


def rows_of(matrix: NDArray[np.float64]) -> Matrix:
    """The rows of a matrix."""
    listed: Matrix = [memoryview(row) for row in matrix] if matrix.size > MANY else matrix.tolist()
    return listed


def unbounded(row: Row) -> list[int]:
    """The places in a row that hold an infinity or no number."""
    if not isinstance(row, (memoryview, Joined)):
        return [] if all(map(math.isfinite, row)) else [k for k, x in enumerate(row) if not math.isfinite(x)]
    import numpy as np

    pieces = row.pieces if isinstance(row, Joined) else [np.asarray(row)]
    with np.errstate(all="ignore"):
        if all(math.isfinite(piece.sum()) for piece in pieces):  # an infinity or nan does not leave a sum again
            return []
    places: list[int] = np.flatnonzero(~np.isfinite(np.concatenate(pieces))).tolist()
    return places
