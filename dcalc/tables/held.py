"""Results that are only looked at: the first and the last rows, as values."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from .journal import Result as Written
from .journal import Taken
from .parts import Chunk
from .text_writers import values_of
from .writer import Encoded, Result, Writer


class Rows(Writer):
    """Gives the rows of a part as lists of values: at most `most` of the first and of the last."""

    most = 10_000

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        size = chunk.size
        places = range(size) if size <= 2 * self.most else [*range(self.most), *range(size - self.most, size)]
        columns = [values_of(chunk.columns[name]) for name in self.names]
        absent, words = result.absent, result.words
        blocks = iter(result.blocks)
        block = next(blocks, None)
        start = 0
        rows: list[list[Any]] = []
        for k in places:
            while block is not None and k >= start + block.shape[1]:
                start += block.shape[1]
                block = next(blocks, None)
            own = [] if block is None else block[:, k - start].tolist()
            if absent is not None and absent[k]:
                own = [None] * len(own)
            rows.append([*(column[k] for column in columns), *own, words[k]])
        return Encoded([], size, rows)


class Held(Written):
    """Keeps the first and the last of all rows."""

    def __init__(self, first: int, last: int) -> None:
        self._most = first
        self.first: list[list[Any]] = []
        self._last: deque[list[Any]] = deque(maxlen=last)

    @property
    def last(self) -> list[list[Any]]:
        """The last rows, of those that are not among the first."""
        return list(self._last)

    def add(self, encoded: Encoded, sums: Sequence[int], taken: Taken) -> None:
        """See Result."""
        rows = encoded.extra or []
        room = self._most - len(self.first)
        self.first += rows[:room]
        self._last.extend(rows[room:])
