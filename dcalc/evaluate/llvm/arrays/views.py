"""A plan with arrays as values that are read through maps, for loops that compute them where they are read.

A map says where a value is read inside a loop nest: for each of its axes (loop axis, offset), or (-1, offset) where no
loop moves it. Slices, zeros around a part, broadcasts and transposes only change the map: nothing is copied for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from ....graph.exact import to_float
from ....graph.shapes import Shape
from ....primitives import TABLE
from ...plan import Plan, Step
from ..kernels import compiled

Map: TypeAlias = tuple[tuple[int, int], ...]

VIEWS = frozenset({"index", "place", "broadcast", "transpose", "reshape"})
REDUCTIONS = frozenset({"sum[]", "max[]", "min[]"})
#: A vector of more parts than these is put together by NumPy.
MOST_PARTS = 64
INF = float("inf")


class Node(NamedTuple):
    """A value: `op` is const, input, a view, a reduction, `alias` (the same numbers in another shape), `parts` (its
    arguments side by side along the first axis but `attr`), `numpy` (attr: the step), or an operation of IR."""

    op: str
    args: tuple[int, ...]
    attr: Any
    shape: Shape

    @property
    def computed(self) -> bool:
        """Whether it is an operation by component."""
        return self.op not in _OTHERS


_OTHERS = VIEWS | REDUCTIONS | {"const", "input", "alias", "parts", "numpy"}


class Values:
    """The values of a plan in order: `nodes[slot]`. Norms, dot products and the like are written out.

    guards: the slots of sums of squares that must lie within the range where nothing is lost.
    """

    def __init__(self, plan: Plan) -> None:
        self.nodes: dict[int, Node] = {}
        self.guards: list[int] = []
        self._next = plan.size
        for slot, constant in plan.constants:
            self.nodes[slot] = Node("const", (), to_float(constant), ())
        for given in plan.inputs:
            self.nodes[given.slot] = Node("input", (), given, given.shape)
        for step in plan.steps:
            self.nodes[step.slot] = self._node(step)

    def _new(self, op: str, args: tuple[int, ...], shape: Shape, attr: Any = None) -> int:
        slot, self._next = self._next, self._next + 1
        self.nodes[slot] = Node(op, args, attr, shape)
        return slot

    def _constant(self, value: float) -> int:
        return self._new("const", (), (), value)

    def _node(self, step: Step) -> Node:
        op, args, attr, shape, shapes = step.op, step.args, step.attr, step.shape, step.shapes
        if not shape and not any(shapes) and attr is None and compiled(op):
            return Node(op, args, None, ())
        if op in REDUCTIONS and shapes[0]:
            return Node(op, args, attr, shape)
        if op == "norm[]" and shapes[0]:
            squares = self._new("*", args * 2, shapes[0])
            total = self._new("sum[]", (squares,), shape, attr)
            self.guards.append(total)
            return Node("sqrt", (total,), None, shape)
        if op == "logsumexp[]" and shapes[0]:
            return self._logsumexp(args[0], shapes[0], attr, shape)
        if op == "@" and len(shapes[0]) == len(shapes[1]) == 1:
            return Node("sum[]", (self._new("*", args, shapes[0]),), None, ())
        if op == "outer":
            column = self._new("reshape", (args[0],), (*shapes[0], 1))
            return Node("*", (column, args[1]), None, shape)
        if op == "reshape":
            return Node("reshape" if _long(shape) == _long(shapes[0]) else "alias", args, None, shape)
        if op == "transpose" or op in ("index", "broadcast"):
            return Node(op, args, attr, shape)
        if op == "place":
            return Node(op, args, attr[0], shape)
        if op == "vector" and len(args) <= MOST_PARTS:
            rows = tuple(self._new("reshape", (arg,), (1, *shapes[0])) for arg in args)
            return Node("parts", rows, 0, shape)
        if op == "concat" and len(args) <= MOST_PARTS:
            return Node("parts", args, len(shape) + attr, shape)
        entry = TABLE.get(op)
        fits = entry is not None and entry.kind in ("elementwise", "selection") and attr is None and compiled(op)
        return Node(op, args, None, shape) if fits else Node("numpy", args, step, shape)

    def _logsumexp(self, u: int, whole: Shape, axis: int | None, shape: Shape) -> Node:
        """max + log1p(rest): the rest are the others' exponentials, and how often the maximum is there beyond once."""
        new = self._new
        kept = tuple(1 if axis is None or k == len(whole) + axis else n for k, n in enumerate(whole))
        most = new("max[]", (u,), shape, axis)
        wide = new("reshape", (most,), kept)
        is_most = new("==", (u, wide), whole)
        part = new("exp", (new("-", (u, wide), whole),), whole)
        others = new("if", (is_most, self._constant(0.0), part), whole)
        rest = new("sum[]", (others,), shape, axis)
        count = new("sum[]", (is_most,), shape, axis)
        more = new("+", (rest, new("-", (count, self._constant(1.0)), shape)), shape)
        finite = new("+", (most, new("log1p", (more,), shape)), shape)
        endless = new("==", (new("abs", (most,), shape), self._constant(INF)), shape)
        return Node("if", (endless, most, finite), None, shape)


def _long(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def identity(shape: Shape) -> Map:
    """Every axis by the loop of its number; an axis of length 1 stands still."""
    return tuple((-1, 0) if n == 1 else (k, 0) for k, n in enumerate(shape))


def aligned(where: Map, shape: Shape) -> Map:
    """The map of an argument of this shape that is broadcast to a value read at `where`."""
    last = where[len(where) - len(shape) :]
    return tuple((-1, 0) if n == 1 else one for n, one in zip(shape, last, strict=True))


def through(node: Node, position: int, shape: Shape, where: Map) -> Map:
    """Where an argument of `shape` is read for a view or an operation that is read at `where`."""
    op = node.op
    if op == "index":
        result, rest = [], list(where)
        for place in node.attr:
            if isinstance(place, tuple):
                axis, offset = rest.pop(0)
                result.append((axis, offset + place[0]))
            else:
                result.append((-1, place))
        return _still((*result, *rest), shape)
    if op == "place":
        moved = [(one, place) for one, place in zip(where, node.attr, strict=False)]
        kept = [(axis, offset - place[0]) for (axis, offset), place in moved if isinstance(place, tuple)]
        return _still((*kept, *where[len(node.attr) :]), shape)
    if op == "transpose":
        return where[::-1]
    if op == "reshape":
        long = iter([one for one, n in zip(where, node.shape, strict=True) if n != 1])
        return tuple((-1, 0) if n == 1 else next(long) for n in shape)
    return aligned(where, shape)


def _still(where: Sequence[tuple[int, int]], shape: Shape) -> Map:
    return tuple((-1, 0) if n == 1 else one for one, n in zip(where, shape, strict=True))


def bounds(node: Node, where: Map) -> list[tuple[int, int, int]]:
    """Of a `place` read at `where`: (loop axis, first, behind the last) where the part is; axis -1: an offset."""
    result = []
    for (axis, offset), place in zip(where, node.attr, strict=False):
        start, stop = place if isinstance(place, tuple) else (place, place + 1)
        if axis < 0:
            result.append((-1, int(start <= offset < stop), 0))
        else:
            result.append((axis, start - offset, stop - offset))
    return result
