"""A program as a function of one of its inputs: its values and derivatives at many points at once.

A closed form is one batch. What depends on values is followed at a point, and all points that take the same path are
one batch again.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...backends.derive import describe
from ...backends.problem import Problem
from ...backends.symbolic import partials
from ...errors import DcalcError
from ...evaluate.batch import Batch
from ...evaluate.plan import make_plan
from ...progress import stage
from ...sweeps.kinks import kinks

Numbers = NDArray[np.float64]
#: Paths that a program is followed on at most: each is a program of its own.
MOST_PATHS = 100
#: Operations that all paths may have together: at each new point they are computed to find the path that it is on.
MOST_STEPS = 25_000
#: Nodes of all programs that failed, which were read for nothing: some seconds.
MOST_FAILED = 400_000
#: A failure of more nodes is dear: failures alike on both sides of this part of the range are one between them.
DEAR, COARSE = 1000, 1 / 32


class Path:
    """The values of nodes as functions of one input, on one path through the program.

    orders: how many derivatives are wanted, the value itself counted. Calling it with n points gives numbers of shape
    (orders, m, n), m the components of the value. Outside the domain they are nan or infinite.
    """

    #: whether there were more paths than are followed
    too_many = False

    def __init__(self, problem: Problem, orders: int, *, zeros: bool) -> None:
        self.problem = problem
        graph = problem.graph
        (variable,) = problem.variables
        rows: Sequence[int] = problem.rows
        nodes = list(rows)
        for _ in range(orders - 1):
            rows = partials(graph, rows, variable.node)
            nodes += rows
        self.orders, self.m = orders, problem.m
        self._name = variable.name
        self._sizes = [graph.size(node) for node in nodes]
        self._nodes = self._batch(nodes)
        #: where the program may have a kink: the expressions whose zeros are one, and the operations they belong to
        found = kinks(graph, nodes[: 2 * len(problem.rows)], [variable.node]) if zeros else []
        places: dict[int, int] = {}
        for kink in found:
            places.setdefault(kink.zero, kink.node)  # the first one is the user's own, abs(x) before its sign(x)
        self._zeros = self._batch(list(places))
        #: of each zero, the operation that it belongs to, in words
        self.words = [
            describe(graph, node).strip("[]") for zero, node in places.items() for _ in range(graph.size(zero))
        ]
        self._conditions = self._batch(problem.conditions)
        self._truths = [bool(problem.value(node)) for node in problem.conditions]
        #: operations that a point takes
        self.steps = sum(len(batch.plan.steps) for batch in (self._nodes, self._zeros, self._conditions))

    def _batch(self, nodes: Sequence[int]) -> Batch:
        return Batch(make_plan(self.problem.graph, nodes), {self._name: None})

    def _run(self, batch: Batch, xs: Numbers) -> list[Numbers]:
        return batch.run(self.problem.point, {self._name: xs}, len(xs))

    def __call__(self, xs: Numbers) -> Numbers:
        """Values and derivatives."""
        parts = self._run(self._nodes, xs)
        columns = [part.reshape(len(xs), size) for part, size in zip(parts, self._sizes, strict=True)]
        result: Numbers = np.concatenate(columns, axis=1).T.reshape(self.orders, self.m, len(xs))
        result[1:, np.isnan(result[0])] = np.nan  # 1/x goes on where log(x) ends, and is no derivative there
        return result

    def zeros(self, xs: Numbers) -> Numbers:
        """Numbers of shape (len(words), n), one row for each that is 0 at a kink."""
        parts = [part.reshape(len(xs), -1).T for part in self._run(self._zeros, xs)]
        result: Numbers = np.concatenate([np.empty((0, len(xs))), *parts])
        return result

    def taken(self, xs: Numbers) -> NDArray[np.bool_]:
        """At which points the program takes this path."""
        result = np.ones(len(xs), dtype=np.bool_)
        for truth, held in zip(self._truths, self._run(self._conditions, xs), strict=True):
            result &= (held != 0) == truth
        return result


class Followed:
    """A program whose path depends on its input: it is followed anew wherever no known path leads.

    follow: reads the program at a value of the input.
    """

    def __init__(self, follow: Callable[[float], Problem], first: Problem, orders: int) -> None:
        self._follow = follow
        self.orders, self.m = orders, first.m
        self._graph = first.graph
        self._paths = [Path(first, orders, zeros=False)]
        self._failed: dict[float, DcalcError] = {}
        #: the places that were looked at and what the program said there, "" where it has a value; in order
        self._seen: list[tuple[float, str]] = []
        self._range = self._spacing = 0.0
        self._spent = 0
        self.words: list[str] = []
        #: whether places were taken for failures because their neighbours are
        self.presumed = False
        #: whether to follow it everywhere would take too long
        self.too_long = False
        #: whether there were more paths than are followed
        self.too_many = False

    @property
    def paths(self) -> int:
        """How many paths are known."""
        return len(self._paths)

    @property
    def steps(self) -> int:
        """Operations that a point takes where no path is known."""
        return sum(path.steps for path in self._paths)

    @property
    def tried(self) -> int:
        """At how many places it was found to fail."""
        return len(self._failed)

    @property
    def failure(self) -> DcalcError | None:
        """What went wrong at some point, if anything did."""
        return next(iter(self._failed.values()), None)

    def __call__(self, xs: Numbers) -> Numbers:
        """Values and derivatives; nan where the program fails."""
        result = np.full((self.orders, self.m, len(xs)), np.nan)
        left = np.ones(len(xs), dtype=np.bool_)
        if not self._range and len(xs) > 1:
            self._range = float(xs[-1] - xs[0])
            self._spacing = self._range / (len(xs) - 1)
        with stage("following the program", len(xs), "places", lambda: len(xs) - int(left.sum())):
            self._follow_all(xs, result, left)
        return result

    def _follow_all(self, xs: Numbers, result: Numbers, left: NDArray[np.bool_]) -> None:
        """The values at the places that are left, into the result."""
        later = _coarse_first(len(xs))
        known = 0
        while left.any():
            for path in self._paths[known:]:
                where = np.flatnonzero(left)
                mine = where[path.taken(xs[where])]
                if len(mine):
                    result[:, :, mine] = path(xs[mine])
                    left[mine] = False
                    for x in xs[mine]:
                        insort(self._seen, (float(x), ""))
            known = len(self._paths)
            while left.any():
                while not left[later[-1]]:
                    later.pop()
                k = later.pop()
                path_at = self._path(float(xs[k]))
                left[k] = False
                if path_at is not None:
                    result[:, :, k] = path_at(xs[k : k + 1])[:, :, 0]
                    self._paths.append(path_at)
                    break

    def _path(self, x: float) -> Path | None:
        if x in self._failed:
            return None
        if self._fails_around(x):
            self.presumed = True
            return None
        self.too_long |= self._spent > MOST_FAILED or self.steps > MOST_STEPS
        self.too_many |= len(self._paths) >= MOST_PATHS
        if self.too_long or self.too_many:
            return None
        return self._follow_at(x)

    def _follow_at(self, x: float) -> Path | None:
        try:
            problem = self._follow(x)
        except DcalcError as failure:
            if failure.kind not in ("domain", "limit"):
                raise
            self._failed[x] = failure
            self._spent += len(self._graph.ops)
            insort(self._seen, (x, failure.message))
            return None
        insort(self._seen, (x, ""))
        if self.steps + 4 * self.orders * len(problem.conditions) > MOST_STEPS:
            self.too_long = True
            return None
        if problem.m != self.m:
            return None
        return Path(problem, self.orders, zeros=False)

    def _fails_around(self, x: float) -> bool:
        """Whether the program failed alike at two near places with nothing but x between them."""
        place = bisect(self._seen, (x, ""))
        if not 0 < place < len(self._seen):
            return False
        (low, before), (high, after) = self._seen[place - 1 : place + 1]
        near = COARSE * self._range if len(self._graph.ops) > DEAR else 1.5 * self._spacing
        return before == after != "" and high - low <= near

    def zeros(self, xs: Numbers) -> Numbers:
        """None: where a path ends, the values themselves show whether anything bends there."""
        return np.empty((0, len(xs)))


def _coarse_first(count: int) -> list[int]:
    """The numbers below count, so that from the last to the first they lie ever closer: both ends, the middle, …"""
    bits = count.bit_length()
    order = sorted(range(count), key=lambda k: int(f"{k:0{bits}b}"[::-1], 2), reverse=True)
    return [*order, count - 1] if count else order


Function = Path | Followed
