"""Sparse Jacobians and Hessians: the pattern is found on the graph, columns share directions, entries are read off.

(Griewank and Walther, *Evaluating Derivatives*, 2nd ed., chapters 7 and 8; Gebremedhin, Manne and Pothen 2005.) One
forward sweep carries a direction for each colour, for a Hessian over one reverse sweep: each direction costs a small
multiple of the value. What is prepared holds for every point; only the arithmetic is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import DcalcError
from ..evaluate import engines
from ..evaluate.directions import Directions
from ..evaluate.plan import make_plan
from ..evaluate.scalar import Point
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.roll import roll
from ..graph.shapes import Shape, name_of, size
from ..progress import advance, stage
from ..sweeps.forward import forward
from ..sweeps.pattern import Pattern
from ..sweeps.reverse import gradient
from ..sweeps.sparsity import jacobian_pattern
from . import colouring
from .problem import Variable

Ints: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.float64]
#: Numbers of a value along all the directions that are taken at a time.
BLOCK = 2**22
#: Programs of so many nodes may be a loop that was written out.
LONG = 200
#: A reverse sweep costs so many times a forward one.
REVERSE = 1.5


class Way(NamedTuple):
    """How a derivative is compressed.

    colours: of each column (along rows: of each row). total: how many directions there are. along: whether they are of
    "columns" (tangents), "rows" (adjoints) or "both" (Hessian times vector).
    """

    colours: Ints
    total: int
    along: str


class Sparse:
    """A Jacobian or Hessian that is prepared: call `at` with points.

    kind: "jac" or "hess". The node's graph grows. DcalcError: shape where a Hessian is not of a number, limit where the
    pattern is too large.
    """

    def __init__(self, graph: Graph, output: int, variables: Sequence[Variable], kind: str) -> None:
        if kind == "hess" and graph.shapes[output]:
            message = f"a sparse Hessian is of a number, this is {name_of(graph.shapes[output])}"
            raise DcalcError("shape", message, hint="take one component, a sum of them, or hess without --sparse")
        if len(graph.reachable([output])) >= LONG:
            output = roll(graph, output)
        self.graph = graph
        self.output = output
        self.leaves = tuple(variable.node for variable in variables)
        self.kind = kind
        if kind == "hess":
            self._rows = gradient(graph, output, self.leaves)
            self.pattern = jacobian_pattern(graph, self._rows, self.leaves).symmetric
            colours = colouring.star(self.pattern)
            self.way = Way(colours, _count(colours), "both")
        else:
            self._rows = [output]
            self.pattern = jacobian_pattern(graph, self._rows, self.leaves)
            self.way = _shorter(self.pattern)
        self._places = _places(self.pattern, self.way)
        self._ready: Directions | None = None
        self._lock = Lock()
        #: seconds that runs have taken, and whether it is known if they are compiled
        self._spent, self._settled = 0.0, False

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return self.pattern.height, self.pattern.width

    @property
    def work(self) -> str:
        """In words, what a point takes."""
        what = {"columns": "tangent", "rows": "adjoint", "both": "Hessian-vector product"}[self.way.along]
        return f"{self.way.total} {what}{'s' if self.way.total != 1 else ''} in one sweep"

    def at(self, point: Point) -> Numbers | None:
        """The entries in the order of the pattern; None where a value on the way is not finite: see `guarded`."""
        try:
            return self._run(point, strict=True)
        except FloatingPointError:
            return None

    def guarded(self, point: Point) -> Numbers:
        """The entries where not all is finite: each comes from the columns that it is of, whatever others are."""
        return self._run(point, strict=False)

    # -- evaluation ------------------------------------------------------------------------------------------

    def _run(self, point: Point, *, strict: bool) -> Numbers:
        if strict and self._ready is not None:
            return self._again(self._ready, point)
        with stage("evaluating", self.way.total, "directions"):
            return self._in_blocks(point, strict=strict)

    def _in_blocks(self, point: Point, *, strict: bool) -> Numbers:
        products, seeds = self._products(masked=not strict)
        plan = make_plan(self.graph, [*products, self.output])
        widest = max([1, *(size(step.shape) for step in plan.steps), *(self.graph.size(seed) for seed in seeds)])
        block = max(1, BLOCK // widest)
        count, length = self.way.total, self._length
        result = np.zeros(len(self._places))
        for first in range(0, max(count, 1), block):
            last = min(first + block, count)
            directions = Directions(plan, self._directions(seeds, first, last))
            values = self._read(directions.run(point, strict=strict)[:-1], last - first)
            if last - first == count:
                if strict:
                    self._ready = directions
                return values.take(self._places)
            advance(last - first)
            mine = (self._places >= first * length) & (self._places < last * length)
            result[mine] = values.take(self._places[mine] - first * length)
        return result

    def _again(self, ready: Directions, point: Point) -> Numbers:
        """A run of what is prepared; what by now has cost as much as compiling it would is compiled."""
        if ready.compiled:
            with self._lock:  # it works in memory of its own
                return ready.entries(point)
        begun = perf_counter()
        values = self._assembled(ready.run(point)[:-1])
        self._spent += perf_counter() - begun
        wanted = engines.WANTED.get()
        if not self._settled and (wanted == "llvm" or (wanted is None and self._spent > self._price)):
            with self._lock:
                self._settled = True
                if not engines.unavailable():
                    ready.compile(self.way.total, range(len(ready.plan.outputs) - 1), self._assembled)
        return values

    def _assembled(self, parts: list[Any]) -> Numbers:
        """The entries from what all directions gave."""
        return self._read(parts, self.way.total).take(self._places)

    @property
    def _price(self) -> float:
        """Seconds that compiling takes."""
        assert self._ready is not None
        operations = self.way.total * len(self._ready.plan.steps)
        return (engines.LOADING + engines.price(operations)) / 1000

    @property
    def _length(self) -> int:
        """How many numbers one direction gives."""
        return self.pattern.width if self.way.along == "rows" else self.pattern.height

    def _products(self, *, masked: bool) -> tuple[list[int], list[int]]:
        """The nodes of what the directions give, and those of the seeds. masked: a seed of 0 hides its partials."""
        graph = self.graph
        if self.way.along == "rows":
            seed = graph.input(" seed", graph.shapes[self.output])
            mask = Builder(graph).apply("!=", (seed, graph.const(0))) if masked else None
            return gradient(graph, self.output, self.leaves, seed, mask), [seed]
        seeds = [graph.input(f" seed {leaf}", graph.shapes[leaf]) for leaf in self.leaves]
        masks = {}
        if masked:
            builder = Builder(graph)
            masks = {
                (leaf, 0): builder.apply("!=", (seed, graph.const(0)))
                for leaf, seed in zip(self.leaves, seeds, strict=True)
            }
        given = {leaf: {0: seed} for leaf, seed in zip(self.leaves, seeds, strict=True)}
        tangents = forward(graph, self._rows, given, spots=masks)
        zero = graph.const(0)
        return [graph.full(tangents.get(row, {}).get(0, zero), graph.shapes[row]) for row in self._rows], seeds

    def _directions(self, seeds: list[int], first: int, last: int) -> dict[str, Numbers]:
        """The seeds' values for some of the colours."""
        colours, graph = self.way.colours, self.graph
        whole = np.zeros((last - first, len(colours)))
        mine = np.flatnonzero((colours >= first) & (colours < last))
        whole[colours[mine] - first, mine] = 1.0
        result, start = {}, 0
        for seed in seeds:
            shape: Shape = graph.shapes[seed]
            part = whole[:, start : start + size(shape)]
            result[graph.attrs[seed]] = np.ascontiguousarray(part).reshape((last - first, *shape))
            start += size(shape)
        return result

    def _read(self, parts: list[Any], count: int) -> Numbers:
        """What the directions gave, a row for each."""
        if len(parts) == 1 and getattr(parts[0], "shape", ())[:1] == (count,) and self.graph.shapes[self._shown[0]]:
            whole: Numbers = parts[0].reshape(count, -1)
            return whole
        result = np.empty((count, self._length))
        start = 0
        for part, node in zip(parts, self._shown, strict=True):
            length = self.graph.size(node)
            held = np.asarray(part)
            batched = held.ndim > len(self.graph.shapes[node])
            result[:, start : start + length] = held.reshape((count, length) if batched else (1, length))
            start += length
        return result

    @property
    def _shown(self) -> Sequence[int]:
        """Nodes of the shapes that the directions give."""
        return self._rows if self.way.along == "columns" else self.leaves


def _count(colours: Ints) -> int:
    return int(colours.max(initial=-1)) + 1


def _shorter(pattern: Pattern) -> Way:
    """A Jacobian's columns or its rows, whichever takes less."""
    columns = colouring.columns(pattern)
    if _count(columns) <= 1:
        return Way(columns, _count(columns), "columns")
    rows = colouring.columns(pattern.transposed)
    if _count(columns) <= REVERSE * _count(rows):
        return Way(columns, _count(columns), "columns")
    return Way(rows, _count(rows), "rows")


def _places(pattern: Pattern, way: Way) -> Ints:
    """Where each entry stands in what the directions give, counted through row by row."""
    rows, columns, colours = pattern.rows, pattern.columns, way.colours
    if way.along == "rows":
        return colours[rows] * pattern.width + columns
    mine = colours[columns]
    if way.along == "columns":
        return mine * pattern.height + rows
    # Of a Hessian an entry is read where its column is the only one of its colour in the row, else beyond the diagonal.
    keys = rows * max(way.total, 1) + mine
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), bool)
    shared[order[1:]] |= same
    shared[order[:-1]] |= same
    shared &= rows != columns
    return np.where(shared, colours[rows] * pattern.width + columns, mine * pattern.width + rows)
