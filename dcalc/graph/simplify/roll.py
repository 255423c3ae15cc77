"""What is written out component by component, as one expression: [2*x[1], 2*x[2], 2*x[3]] is 2*x."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...primitives import TABLE
from .matrices import transposed
from .standing import unit

if TYPE_CHECKING:
    from ..graph import Graph
    from .algebra import Algebra

#: Larger expressions are left as they are.
LARGEST = 64
#: Parts of a longer array are only taken for a slice of it if they are so many: [x[2], x[3]] stays.
FEW = 4

Parts = tuple[int, ...]


def rolled(algebra: Algebra, parts: Parts) -> int | None:
    """The node that stands for the array whose parts along its first axis are these nodes; None if there is none."""
    if len(parts) < 2 or len(set(parts)) == 1:
        return None
    return _Roll(algebra).node(parts)


class _Roll:
    """A node that stands for parts has one axis more than they have: the first, of which they are the parts."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.graph: Graph = algebra.graph
        self.known: dict[Parts, int | None] = {}

    def node(self, root: Parts) -> int | None:
        stack = [root]
        while stack:
            parts = stack[-1]
            below = self._below(parts)
            missing = [other for other in below if other not in self.known]
            if missing and parts not in self.known:
                if len(self.known) + len(stack) > LARGEST:
                    return None
                stack += missing
                continue
            stack.pop()
            if parts not in self.known:
                self.known[parts] = self._make(parts, below)
            if self.known[parts] is None:
                return None
        return self.known[root]

    def _below(self, parts: Parts) -> list[Parts]:
        """The arguments of one and the same operation, in each of the parts."""
        ops, args, attrs = self.graph.ops, self.graph.args, self.graph.attrs
        first = parts[0]
        op = ops[first]
        if len(set(parts)) == 1 or op not in TABLE:
            return []
        if TABLE[op].kind not in ("elementwise", "selection") and op not in ("@", "solve"):
            return []
        if any(ops[part] != op or attrs[part] != attrs[first] for part in parts):
            return []
        sides = [args[part] for part in parts]
        shared = set(sides[0]).intersection(*sides[1:])
        if shared and len(sides[0]) == 2 and (op in "+*" or (op == "@" and not self.graph.shapes[first])):
            # Factors and terms come in any order; what all parts have comes first.
            one = min(shared)
            sides = [(one, side[1] if side[0] == one else side[0]) for side in sides]
        return list(zip(*sides, strict=True))

    def _make(self, parts: Parts, below: list[Parts]) -> int | None:
        graph = self.graph
        first = parts[0]
        if len(set(parts)) == 1:
            return first
        if below:
            made = [self.known[part] for part in below]
            args = tuple([node for node in made if node is not None])
            if graph.ops[first] in ("@", "solve"):
                return self._product(graph.ops[first], below, args)
            rank = len(graph.shapes[first])
            args = tuple(
                [
                    arg if len(set(part)) == 1 else self._aligned(arg, rank)
                    for arg, part in zip(args, below, strict=True)
                ]
            )
            return graph.emit(graph.ops[first], args, graph.attrs[first])
        if graph.ops[first] == "index":
            return self._part(parts)
        if all(unit(self.algebra, part) == k for k, part in enumerate(parts)):
            length = len(parts)
            if graph.shapes[first] == (length,):
                return graph.emit("diag", (graph.full(graph.const(1), (length,)),))
        return None

    def _part(self, parts: Parts) -> int | None:
        """Neighbouring parts of one array."""
        graph = self.graph
        base, places = graph.args[parts[0]][0], graph.attrs[parts[0]]
        start = places[0]
        if isinstance(start, tuple):
            return None
        for k, part in enumerate(parts):
            if graph.ops[part] != "index" or graph.args[part][0] != base:
                return None
            if graph.attrs[part] != (start + k, *places[1:]):
                return None
        stop = start + len(parts)
        if len(parts) < FEW and (start, stop) != (0, graph.shapes[base][0]):
            return None
        return graph.index(base, ((start, stop), *places[1:]))

    def _aligned(self, node: int, rank: int) -> int:
        """With axes of length 1 behind the first, so that the others meet those of parts of this rank."""
        shape = self.graph.shapes[node]
        return self.graph.reshape(node, (shape[0], *[1] * (rank + 1 - len(shape)), *shape[1:]))

    def _product(self, op: str, below: list[Parts], args: tuple[int, ...]) -> int | None:
        """Products of one matrix or vector, the same in all parts, with a vector of each."""
        graph = self.graph
        shapes = [graph.shapes[parts[0]] for parts in below]
        same = [len(set(parts)) == 1 for parts in below]
        moving = same.index(False)
        if same[moving - 1] is False or len(shapes[moving]) != 1:
            return None
        rows = graph.full(args[moving], (len(below[0]), *shapes[moving]))
        other = args[1 - moving]
        if op == "solve":
            columns = transposed(self.algebra, rows)
            return transposed(self.algebra, graph.emit("solve", (other, columns))) if moving else None
        return graph.emit("@", (rows, transposed(self.algebra, other) if moving else other))
