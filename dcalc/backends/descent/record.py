"""The steps that are kept: all, or fewer and fewer as they become many. Whoever takes them is given all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

#: Steps that are kept where not all are wanted: between half of them and all.
KEPT = 2_000
#: Numbers of steps that are kept.
MOST_NUMBERS = 2**23
#: Steps that are kept however many there are, where so many are kept.
MANY = 200
ROUND = [float(digit * 10**power) for power in range(9) for digit in (1, 2, 5)]
#: Columns before the parameters: the step's number, the loss, the gradient's and the step's length.
HEAD = 4


class Record:
    """Rows (k, loss, |grad|, |step|, *x). most: rows that are kept. sink: takes blocks of all rows as they come."""

    def __init__(self, n: int, most: int = KEPT, sink: Callable[[Numbers], None] | None = None) -> None:
        self.most = max(4, min(most, MOST_NUMBERS // (n + HEAD)))
        self.every = 1
        self.sink = sink
        self._blocks: list[Numbers] = []
        self._count = 0
        self._last: Numbers | None = None

    def add(self, rows: Numbers) -> None:
        """More rows, which are copied."""
        if not len(rows):
            return
        if self.sink is not None:
            self.sink(rows)
        self._last = rows[-1].copy()
        kept = self._thinned(rows).copy()
        self._blocks.append(kept)
        self._count += len(kept)
        while self._count > self.most:
            self.every *= 2
            self._blocks = [self._thinned(block) for block in self._blocks]
            self._count = sum(map(len, self._blocks))

    def _thinned(self, rows: Numbers) -> Numbers:
        """Those of every so many steps, and 1, 2, 5, 10, 20, …, which a table shows."""
        if self.every == 1 or not len(rows):
            return rows
        ks = rows[:, 0]
        first, last = int(ks[0]), int(ks[-1])
        if last - first == len(rows) - 1:  # one step after the other: looked at are those that are kept
            places = set(range(-first % self.every, len(rows), self.every))
            if self.most >= MANY:
                places.update(int(k) - first for k in ROUND if first <= k <= last)
            some: Numbers = rows[sorted(places)]
            return some
        wanted = ks % self.every == 0
        if self.most >= MANY:
            wanted[np.isin(ks, ROUND)] = True
        kept: Numbers = rows[wanted]
        return kept

    @property
    def rows(self) -> Numbers:
        """What is kept, the first and the last row always."""
        assert self._last is not None
        rows = np.concatenate(self._blocks) if self._blocks else self._last[None]
        if not len(rows) or rows[-1, 0] != self._last[0]:
            rows = np.concatenate([rows, self._last[None]])
        return rows
