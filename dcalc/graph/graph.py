"""The graph: a Wengert list in columns, with hash-consing.

A node is its number; its operation, arguments, attribute and value shape are entries of parallel lists.
Arguments name earlier nodes, so ascending order is an order of evaluation and every traversal is a loop.

Operations beside those of the table are leaves and such as only move numbers (their rules are in `sweeps.moves`):
`input` (attr: its name), `const` (attr: see `exact`), `vector` (stacks values of one shape), `index` (attr: see
`shapes.Places`), `place` (its reverse: zeros around the argument; attr: places and shape), `concat` (attr: axis from
the end), `reshape` and `broadcast` (attr: the new shape); in the rounds of loops `pick` (of an array and a number, the
part at that place along the first axis, counted from 1) and `put` (its reverse; attr: the shape). And there are loops
as nodes, see `loops`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, product
from typing import Any

from ..errors import Source, Span
from ..primitives import TABLE
from .exact import Constant
from .shapes import Places, Shape, infer, size

LEAVES = frozenset({"input", "const"})
MOVES = frozenset({"vector", "index", "place", "concat", "reshape", "broadcast", "pick", "put"})
#: Loops as nodes, see `loops`.
LOOPS = frozenset({"loop", "back"})
STRUCTURAL = LEAVES | MOVES | LOOPS
#: Answers of `reachable` that a graph remembers.
MOST_REACHED = 8


class Graph:
    """An append-only list of nodes; asking for a node that exists returns its number."""

    __slots__ = ("_known", "_reached", "args", "attrs", "looping", "ops", "origins", "shapes")

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.attrs: list[Any] = []
        self.shapes: list[Shape] = []
        #: node -> the place in a user's text that first asked for it
        self.origins: dict[int, tuple[Source, Span]] = {}
        #: the nodes that are loops
        self.looping: list[int] = []
        self._known: dict[tuple[Any, ...], int] = {}
        #: the last short answers of `reachable`, which stay true since a node never changes
        self._reached: dict[tuple[int, ...], list[int]] = {}

    def copy(self) -> Graph:
        """The same nodes, to go on from apart."""
        other = Graph()
        for column in Graph.__slots__:
            setattr(other, column, getattr(self, column).copy())
        return other

    def loops(self, outputs: Iterable[int]) -> list[int]:
        """The loops that the outputs are made of."""
        return sorted(set(self.looping).intersection(self.reachable(outputs))) if self.looping else []

    def __len__(self) -> int:
        return len(self.ops)

    def emit(self, op: str, args: tuple[int, ...] = (), attr: Any = None, shape: Shape = ()) -> int:
        """The node for this operation, new or known. `shape` is a leaf's; others' follow from their arguments.

        Raises ShapeError where the arguments' shapes do not fit together.
        """
        # The type is part of the key: 1 == 1.0 in Python, but an exact one is not a rounded one.
        key = (op, args) if attr is None and args else (op, args, attr, type(attr), shape)
        known = self._known.get(key)
        if known is not None:
            return known
        value = self._shape(op, args, attr) if args else shape
        node = len(self.ops)
        self._known[key] = node
        self.ops.append(op)
        self.args.append(args)
        self.attrs.append(attr)
        self.shapes.append(value)
        return node

    def _shape(self, op: str, args: tuple[int, ...], attr: Any) -> Shape:
        shapes = self.shapes
        if op in LOOPS:
            self.looping.append(len(self.ops))
        elif op not in MOVES:
            for arg in args:
                if shapes[arg]:
                    break
            else:
                return ()
        return infer(op, [shapes[arg] for arg in args], attr)

    def find(self, op: str, args: tuple[int, ...] = (), attr: Any = None, shape: Shape = ()) -> int | None:
        """The node for this operation if it exists."""
        return self._known.get((op, args) if attr is None and args else (op, args, attr, type(attr), shape))

    def const(self, value: Constant) -> int:
        """The node of a constant."""
        return self.emit("const", (), value)

    def input(self, name: str, shape: Shape = ()) -> int:
        """The node of an input. With another shape it is another node: in a session a name may change its shape."""
        return self.emit("input", (), name, shape)

    def vector(self, components: tuple[int, ...]) -> int:
        """The node that stacks values of one shape along a new first axis."""
        return self.emit("vector", components)

    def stacked(self, parts: Sequence[int], shape: Shape) -> int:
        """The array whose parts along the axes of `shape` are given row by row; the only part for ()."""
        rows = list(parts)
        for length in reversed(shape):
            rows = [self.vector(tuple(rows[k : k + length])) for k in range(0, len(rows), length)]
        return rows[0]

    def index(self, node: int, places: Places) -> int:
        """What an index picks: a part of a stacked value is the very node that was stacked."""
        while places and self.ops[node] == "vector" and not isinstance(places[0], tuple):
            node, places = self.args[node][places[0]], places[1:]
        if places and self.ops[node] == "vector" and isinstance(places[0], tuple):
            args = self.args[node][slice(*places[0])]
            return self.vector(tuple(self.index(arg, places[1:]) for arg in args))
        shape = self.shapes[node]
        while places and places[-1] == (0, shape[len(places) - 1]):
            places = places[:-1]
        return self.emit("index", (node,), places) if places else node

    def reshape(self, node: int, shape: Shape) -> int:
        """The same numbers in another shape."""
        if self.ops[node] == "reshape":
            (node,) = self.args[node]
        return node if self.shapes[node] == shape else self.emit("reshape", (node,), shape)

    def full(self, node: int, shape: Shape) -> int:
        """A value that stands for an array whose components repeat it, as that array."""
        return node if self.shapes[node] == shape else self.emit("broadcast", (node,), shape)

    def components(self, node: int) -> tuple[int, ...]:
        """The scalar nodes of a value, row by row: itself for a scalar."""
        shape = self.shapes[node]
        return tuple(self.index(node, places) for places in product(*map(range, shape))) if shape else (node,)

    def size(self, node: int) -> int:
        """How many numbers a node's value holds."""
        return size(self.shapes[node])

    def is_const(self, node: int) -> bool:
        """Whether a node is a constant."""
        return self.ops[node] == "const"

    def reachable(self, outputs: Iterable[int]) -> list[int]:
        """The nodes that the outputs are made of, in order of evaluation."""
        asked = tuple(outputs)
        known = self._reached.get(asked)
        if known is not None:  # of a small program the same is asked ten times
            return known.copy()
        seen = set(asked)
        stack = list(seen)
        arguments, add, push = self.args, seen.add, stack.append
        most = max(1000, (max(seen, default=0) + 1) // 8)
        while stack:
            for arg in arguments[stack.pop()]:
                if arg not in seen:
                    add(arg)
                    push(arg)
            if len(seen) > most:
                return self._marked(seen)
        found = sorted(seen)
        if len(self._reached) >= MOST_REACHED:
            self._reached.clear()
        self._reached[asked] = found
        return found.copy()

    def _marked(self, some: set[int]) -> list[int]:
        """`reachable` where it is a large part of the graph: marks in a row are quicker than a set."""
        top = max(some)
        marks = bytearray(top + 1)
        for node in some:
            marks[node] = 1
        for node, args in zip(range(top, -1, -1), reversed(self.args[: top + 1]), strict=True):
            if marks[node]:
                for arg in args:
                    marks[arg] = 1
        return list(compress(range(top + 1), marks))

    def depending(self, order: Sequence[int], leaves: Iterable[int]) -> set[int]:
        """Those of the nodes in `order` (ascending) that depend on one of the leaves."""
        active = set(leaves)
        arguments = self.args
        for node in order:
            if node not in active:
                for arg in arguments[node]:
                    if arg in active:
                        active.add(node)
                        break
        return active

    def remade(self, node: int, args: tuple[int, ...]) -> int:
        """The operation of a node on other arguments."""
        if self.ops[node] == "index":
            return self.index(args[0], self.attrs[node])
        return self.emit(self.ops[node], args, self.attrs[node])

    def substitute(
        self, outputs: Sequence[int], replacements: Mapping[int, int], made: dict[int, int] | None = None
    ) -> list[int]:
        """The outputs again, with some nodes replaced by others, which stand for the same places in a text.

        made: where every node's new one is kept, for others that are to be replaced alike.
        """
        new = {} if made is None else made
        new.update(replacements)
        for node in self.reachable(outputs):
            if node not in new:
                args = tuple(new[arg] for arg in self.args[node])
                new[node] = node if args == self.args[node] else self.remade(node, args)
                if node in self.origins:
                    self.origins.setdefault(new[node], self.origins[node])
        return [new[node] for node in outputs]


def check(graph: Graph) -> None:
    """Hold a graph to its own rules: order, arity, shapes, sharing. An AssertionError names the node."""
    seen: set[tuple[Any, ...]] = set()
    for node, (op, args, attr, shape) in enumerate(zip(graph.ops, graph.args, graph.attrs, graph.shapes, strict=True)):
        assert all(0 <= arg < node for arg in args), f"node {node}: an argument is not an earlier node"
        key = (op, args, attr, type(attr), shape)
        assert key not in seen, f"node {node}: {op} stands in the graph twice"
        seen.add(key)
        if op in LEAVES:
            assert not args and attr is not None, f"node {node}: a leaf with arguments or without a value"
            continue
        shapes = [graph.shapes[arg] for arg in args]
        inferred = infer(op, shapes, attr) if op in STRUCTURAL or any(shapes) else ()
        assert args and shape == inferred, f"node {node}: shape"
        if op in TABLE:
            entry = TABLE[op]
            assert entry.kind != "composite", f"node {node}: {op} should have been lowered"
            assert len(args) == entry.arity - entry.static, f"node {node}: {op} of {len(args)} arguments"
            assert entry.along or entry.static == (attr is not None), f"node {node}: {op} with attribute {attr}"
