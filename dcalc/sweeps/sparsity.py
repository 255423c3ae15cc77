"""Which inputs each output depends on, and which pairs of inputs interact: found on the graph, before any number.

A sweep from the inputs on carries for each number the set of input components that it depends on (Griewank and
Walther, *Evaluating Derivatives*, 2nd ed., section 7.1). The facts are the table's: an argument whose partial is "0"
everywhere hands nothing on, a selection hands on both of its choices. What comes out holds at every point.

The Hessian's pattern is that of the Jacobian of the gradient as the reverse sweep writes it (compare Walther,
*Computing sparse Hessians with automatic differentiation*, ACM TOMS 34, 2008): linear operations leave constants
there, so that they make no pair interact.

Arrays have one table for all of their components. Sets of numbers are short tuples; a set that grows long is kept as
the union that it is made of, and is written out only where it is asked for, so that a long sum costs no square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..graph.graph import MOVES, Graph
from ..graph.shapes import Shape, kept, size
from ..primitives import TABLE
from .pattern import Ints, Pattern, distinct, of_keys, picked, repeated, stacked, summed, union

#: Sets of more members stay unions; where there are no more leaves than this, no set does: a long chain of operations
#: in few inputs would be a long chain of unions, walked for each component that asks.
FEW, FEW_LEAVES = 32, 256


class Union:
    """A long set of one number: what it is the union of, and its members once they were asked for."""

    __slots__ = ("members", "parts")

    def __init__(self, parts: Sequence[Members]) -> None:
        self.parts = parts
        self.members: Ints | None = None


#: The set of one number.
Members: TypeAlias = "tuple[int, ...] | Ints | Union"


def jacobian_pattern(graph: Graph, outputs: Sequence[int], leaves: Sequence[int]) -> Pattern:
    """Which components of the leaves the components of nodes depend on; both are counted through, row by row.

    It may hold more than there is, never less. Raises DcalcError of kind limit where it is too large to be written
    down.
    """
    width = sum(graph.size(leaf) for leaf in leaves)
    sweep = _Sweep(graph, leaves, width)
    sweep.run(graph.reachable(outputs))
    return stacked([sweep.table(node) for node in outputs], width)


class _Sweep:
    def __init__(self, graph: Graph, leaves: Sequence[int], width: int) -> None:
        self.graph = graph
        self.width = width
        self._few = width if width <= FEW_LEAVES else FEW
        #: node -> its set where it is a number, its table where it is an array; what depends on nothing is not here
        self.sets: dict[int, Members] = {}
        self.tables: dict[int, Pattern] = {}
        #: array leaves: the first component's number
        self.starts: dict[int, int] = {}
        self._unions: dict[tuple[int, ...], tuple[Pattern, list[Pattern]]] = {}
        start = 0
        for leaf in leaves:
            count = graph.size(leaf)
            if graph.shapes[leaf]:
                self.starts[leaf] = start
                self.tables[leaf] = Pattern(np.arange(count + 1), np.arange(start, start + count), width)
            else:
                self.sets[leaf] = (start,)
            start += count

    def run(self, order: Sequence[int]) -> None:
        """All nodes in order of evaluation."""
        graph, sets, tables = self.graph, self.sets, self.tables
        shapes, ops = graph.shapes, graph.ops
        for node in order:
            args = graph.args[node]
            if not args or node in sets or node in tables:
                continue
            places = _moving(ops[node])
            active = [arg for arg in (args if places is None else [args[k] for k in places])
                      if arg in sets or arg in tables]  # fmt: skip
            if not active:
                continue
            if shapes[node] or not all(arg in sets for arg in active):
                self._array(node, active)
            elif len(active) == 1:
                sets[node] = sets[active[0]]
            else:
                found = sets[active[0]]
                for arg in active[1:]:
                    found = _joined(found, sets[arg], self._few)
                sets[node] = found

    def members(self, node: int) -> Ints:
        """The set of a number, written out."""
        return _members(self.sets.get(node, ()))

    def table(self, node: int) -> Pattern:
        """The table of an array; of a number that of one row."""
        known = self.tables.get(node)
        if known is not None:
            return known
        if self.graph.shapes[node]:
            return Pattern(np.zeros(self.graph.size(node) + 1, np.int64), np.zeros(0, np.int64), self.width)
        found = self.members(node)
        return Pattern(np.array([0, len(found)]), found, self.width)

    # -- operations with arrays ------------------------------------------------------------------------------

    def _array(self, node: int, active: list[int]) -> None:
        graph = self.graph
        op, shape = graph.ops[node], graph.shapes[node]
        if op == "index" and not shape:
            self._number(node, active[0])
            return
        if op in _OWN:
            made = _OWN[op](self, node)
        elif TABLE[op].kind in ("elementwise", "selection"):
            made = self._united([self._spread(arg, shape) for arg in dict.fromkeys(active)])
        elif TABLE[op].kind == "reduction":
            made = self._reduced(self.table(active[0]), graph.shapes[active[0]], graph.attrs[node])
        else:  # of a function of arrays as such, everything depends on everything
            everything = _members(Union([self._all(arg) for arg in active]))
            made = repeated(everything, size(shape), self.width)
        if shape:
            self.tables[node] = made
        elif len(made.columns):
            self.sets[node] = made.columns if len(made.columns) > FEW else tuple(made.columns.tolist())

    def _number(self, node: int, arg: int) -> None:
        """A component that is picked from an array."""
        place = 0
        for length, k in zip(self.graph.shapes[arg], self.graph.attrs[node], strict=True):
            place = place * length + k
        if arg in self.starts:
            self.sets[node] = (self.starts[arg] + place,)
            return
        table = self.tables[arg]
        found = table.columns[table.starts[place] : table.starts[place + 1]]
        if len(found):
            self.sets[node] = found if len(found) > FEW else tuple(found.tolist())

    def _all(self, node: int) -> Members:
        return self.table(node).columns if self.graph.shapes[node] else self.sets.get(node, ())

    def _spread(self, node: int, shape: Shape) -> Pattern:
        """The table of a value that is broadcast to a shape."""
        own = self.graph.shapes[node]
        if own == shape:
            return self.table(node)
        if size(own) == 1:
            return repeated(self.table(node).columns, size(shape), self.width)
        numbers = np.arange(size(own)).reshape(own)
        return picked(self.table(node), np.broadcast_to(numbers, shape).ravel())

    def _united(self, tables: list[Pattern]) -> Pattern:
        """The union of tables, row by row; that of the same ones is found once."""
        distinct = list({id(table): table for table in tables}.values())
        if len(distinct) == 1:
            return distinct[0]
        key = tuple(sorted(map(id, distinct)))
        if key not in self._unions:  # the tables are kept beside it, so that no other one gets their names
            self._unions[key] = (union(distinct), distinct)
        return self._unions[key][0]

    def _reduced(self, table: Pattern, shape: Shape, axis: int | None) -> Pattern:
        """The table of a reduction over all axes or along one."""
        if axis is None or len(shape) == 1:
            columns = _members(Union([table.columns]))
            return Pattern(np.array([0, len(columns)]), columns, self.width)
        after = kept(shape, axis)
        target = np.broadcast_to(np.arange(size(after)).reshape(after), shape).ravel()
        keys = np.repeat(target, np.diff(table.starts)) * self.width + table.columns
        return of_keys(distinct(keys), size(after), self.width)

    # -- what only moves, and products -----------------------------------------------------------------------

    def vector(self, node: int) -> Pattern:
        """Values one behind the other."""
        args = self.graph.args[node]
        if not self.graph.shapes[args[0]] and len(args) > FEW:
            found = [self.sets.get(arg, ()) for arg in args]
            if all(isinstance(one, tuple) for one in found):  # without an array for each of them
                starts = np.zeros(len(args) + 1, np.int64)
                np.cumsum([len(one) for one in found], out=starts[1:])  # type: ignore[arg-type]
                return Pattern(starts, np.array([k for one in found for k in one], np.int64), self.width)  # type: ignore[union-attr]
        return stacked([self.table(arg) for arg in args], self.width)

    def index(self, node: int) -> Pattern:
        """A part of an array."""
        (arg,) = self.graph.args[node]
        shape, places = self.graph.shapes[arg], self.graph.attrs[node]
        table = self.table(arg)
        if len(shape) == 1:
            start, stop = places[0]
            starts = table.starts[start : stop + 1]
            return Pattern(starts - starts[0], table.columns[starts[0] : starts[-1]], self.width)
        return picked(table, _numbers(shape)[_key(places)].ravel())

    def place(self, node: int) -> Pattern:
        """An array within zeros."""
        places, shape = self.graph.attrs[node]
        table = self.table(self.graph.args[node][0])
        lengths = np.zeros(size(shape), np.int64)
        lengths[_numbers(shape)[_key(places)].ravel()] = np.diff(table.starts)  # in the same order
        return Pattern(summed(lengths), table.columns, self.width)

    def concat(self, node: int) -> Pattern:
        """Arrays one behind the other along an axis."""
        args, shapes = self.graph.args[node], self.graph.shapes
        parts, start = [], 0
        for arg in args:
            parts.append(_numbers(shapes[arg]) + start)
            start += size(shapes[arg])
        whole = stacked([self.table(arg) for arg in args], self.width)
        return picked(whole, np.concatenate(parts, self.graph.attrs[node]).ravel())

    def same(self, node: int) -> Pattern:
        """The same numbers in another shape."""
        return self.table(self.graph.args[node][0])

    def broadcast(self, node: int) -> Pattern:
        """A value that is repeated."""
        return self._spread(self.graph.args[node][0], self.graph.shapes[node])

    def transpose(self, node: int) -> Pattern:
        """Axes in reverse order."""
        (arg,) = self.graph.args[node]
        return picked(self.table(arg), _numbers(self.graph.shapes[arg]).T.ravel())

    def diag(self, node: int) -> Pattern:
        """A vector as a diagonal, or the diagonal of a matrix."""
        (arg,) = self.graph.args[node]
        table, n = self.table(arg), self.graph.shapes[arg][0]
        if len(self.graph.shapes[arg]) == 2:
            return picked(table, np.arange(n) * (n + 1))
        lengths = np.zeros(n * n, np.int64)
        lengths[:: n + 1] = np.diff(table.starts)
        return Pattern(summed(lengths), table.columns, self.width)

    def product(self, node: int) -> Pattern:
        """A matrix product: each number depends on its row and its column."""
        u, v = self.graph.args[node]
        left, right = self.graph.shapes[u], self.graph.shapes[v]
        rows, columns = self._reduced(self.table(u), left, -1), self._reduced(self.table(v), right, -len(right))
        m, n = (left[0] if len(left) == 2 else 1), (right[1] if len(right) == 2 else 1)
        return self._crossed(rows, columns, m, n)

    def outer(self, node: int) -> Pattern:
        """All products of two vectors."""
        u, v = (self.table(arg) for arg in self.graph.args[node])
        return self._crossed(u, v, u.height, v.height)

    def _crossed(self, rows: Pattern, columns: Pattern, m: int, n: int) -> Pattern:
        return union([picked(rows, np.repeat(np.arange(m), n)), picked(columns, np.tile(np.arange(n), m))])


_OWN: dict[str, Callable[[_Sweep, int], Pattern]] = {
    "vector": _Sweep.vector,
    "index": _Sweep.index,
    "place": _Sweep.place,
    "concat": _Sweep.concat,
    "reshape": _Sweep.same,
    "broadcast": _Sweep.broadcast,
    "transpose": _Sweep.transpose,
    "diag": _Sweep.diag,
    "@": _Sweep.product,
    "outer": _Sweep.outer,
}
_PLACES: dict[str, tuple[int, ...] | None] = {}


def _moving(op: str) -> tuple[int, ...] | None:
    """The positions of the arguments on which an operation's derivative depends; None for all."""
    if op not in _PLACES:
        _PLACES[op] = _moving_of(op)
    return _PLACES[op]


def _moving_of(op: str) -> tuple[int, ...] | None:
    if op in MOVES:
        return None
    entry = TABLE[op]
    if entry.kind == "selection":
        return tuple(entry.parameters.index(name) for name in entry.choices if name in entry.parameters)
    if entry.kind == "multilinear":
        return None
    facts = entry.tangents if entry.kind == "opaque" else entry.d[entry.static :]
    return tuple(k for k, fact in enumerate(facts) if fact != "0")


# -- sets and tables --------------------------------------------------------------------------------------------


def _joined(one: Members, other: Members, few: int) -> Members:
    """The union of two sets; of more members than few it is left to be written out when it is asked for."""
    if one is other:
        return one
    if isinstance(one, tuple) and isinstance(other, tuple):
        if one == other:
            return one
        found = {*one, *other}
        if len(found) <= few:
            return tuple(sorted(found))
    return Union([one, other])


def _members(found: Members) -> Ints:
    """A set, written out and sorted."""
    if isinstance(found, tuple):
        return np.array(found, np.int64)
    if not isinstance(found, Union):
        return found
    if found.members is None:
        seen, stack = {id(found)}, [found]
        few: set[int] = set()
        many: list[Ints] = []
        while stack:
            for part in stack.pop().parts:
                if isinstance(part, tuple):
                    few.update(part)
                elif not isinstance(part, Union):
                    many.append(part)
                elif part.members is not None:
                    many.append(part.members)
                elif id(part) not in seen:
                    seen.add(id(part))
                    stack.append(part)
        found.members = distinct(np.sort(np.concatenate([np.array(list(few), np.int64), *many])), ordered=True)
    return found.members


def _numbers(shape: Shape) -> Ints:
    return np.arange(size(shape)).reshape(shape)


def _key(places: Any) -> tuple[Any, ...]:
    return tuple(slice(*place) if isinstance(place, tuple) else place for place in places)
