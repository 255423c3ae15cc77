"""Numbers that are computed alike, rolled up into arrays: what a loop or a sum over i wrote out n times.

`x[2] - x[1]^2`, `x[3] - x[2]^2`, … become `x[2..n] - x[1..n-1]^2`, and the chain of their sums `sum(…)`. Numbers are
alike where they are made by the same operations from components of the same arrays and from constants. Their sum may
differ from the chain's by rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..primitives import TABLE
from .graph import Graph

#: So many alike are rolled up; and an array is put together of at most a part like this of its pieces.
LEAST = 8
#: The kind of all constants.
CONSTANT = 0
_ALIKE = frozenset(name for name, entry in TABLE.items() if entry.kind in ("elementwise", "selection"))


def roll(graph: Graph, output: int) -> int:
    """The node of the same value over arrays; the node itself where nothing is alike."""
    return _Roll(graph, output).result


class _Roll:
    def __init__(self, graph: Graph, output: int) -> None:
        self.graph = graph
        #: of a number that was picked from an array, or rolled up: the array of one axis that it stands in, and where
        self.home = [-1] * len(graph)
        self.rank = [0] * len(graph)
        #: an input -> the same numbers along one axis
        self._flats: dict[int, int] = {}
        #: node -> the node of the same value
        self.made: dict[int, int] = {}
        order = graph.reachable([output])
        kinds = self._kinds(order)
        groups: dict[int, list[int]] = {}
        for node in order:
            groups.setdefault(kinds[node], []).append(node)
        self.alike = [len(groups.get(kind, ())) >= LEAST for kind in range(max(groups) + 1)]
        self.alike[CONSTANT] = False
        self.kinds = kinds
        self._inner = self._within_sums(order, self._uses(order))
        # What the nodes of a kind are made of is of earlier kinds.
        for kind in sorted(groups):
            nodes = [node for node in groups[kind] if self.home[node] < 0 and node not in self._inner]
            if self.alike[kind] and nodes:
                self._together(nodes)
            else:
                for node in nodes:
                    self.made[node] = self._alone(node)
        self.result = self._of(output)

    def _kinds(self, order: Sequence[int]) -> list[int]:
        """Of each node a number that is the same for those alike, and above those of what they are made of."""
        graph = self.graph
        shapes, ops, arguments, attrs = graph.shapes, graph.ops, graph.args, graph.attrs
        kinds = [0] * len(graph)
        known: dict[Any, int] = {"const": CONSTANT}
        for node in order:
            op, args = ops[node], arguments[node]
            if op in _ALIKE and not shapes[node]:
                # (A number made of numbers: an operation by components makes an array of an array.)
                if len(args) == 2:
                    key: Any = (op, attrs[node], kinds[args[0]], kinds[args[1]])
                else:
                    key = (op, attrs[node], *[kinds[arg] for arg in args])
            elif op == "const":
                key = op
            elif op == "index" and not shapes[node] and ops[args[0]] == "input":
                key = ("pick", args[0])
                flat = 0
                for length, k in zip(shapes[args[0]], attrs[node], strict=True):
                    flat = flat * length + k
                self.home[node], self.rank[node] = self._flat(args[0]), flat
            else:
                key = ("node", node)
            kinds[node] = known.setdefault(key, len(known))
        return kinds

    def _flat(self, array: int) -> int:
        if array not in self._flats:
            self._flats[array] = self.graph.reshape(array, (self.graph.size(array),))
        return self._flats[array]

    def _uses(self, order: Sequence[int]) -> list[int]:
        uses, args = [0] * len(self.graph), self.graph.args
        for node in order:
            for arg in args[node]:
                uses[arg] += 1
        return uses

    def _within_sums(self, order: Sequence[int], uses: Sequence[int]) -> set[int]:
        """Sums that are but a term of another one."""
        graph = self.graph
        inner: set[int] = set()
        for node in order:
            if self._is_sum(node):
                inner.update(arg for arg in graph.args[node] if self._is_sum(arg) and uses[arg] == 1)
        return inner

    def _is_sum(self, node: int) -> bool:
        return self.graph.ops[node] == "+" and not self.graph.shapes[node] and not self.alike[self.kinds[node]]

    def _of(self, node: int) -> int:
        """The node that a number or an array has become."""
        if node not in self.made:
            self.made[node] = self.graph.index(self.home[node], (self.rank[node],))
        return self.made[node]

    def _together(self, nodes: list[int]) -> None:
        """Numbers that are alike, as one array; each alone where their arguments stand in no order."""
        graph = self.graph
        args: list[int] = []
        given = [graph.args[node] for node in nodes]
        for position in range(len(given[0])):
            column = [some[position] for some in given]
            same = column.count(column[0]) == len(column)
            array = self._of(column[0]) if same else self._gathered(column)
            if array is None:
                for node in nodes:
                    self.made[node] = self._remade(node)
                return
            args.append(array)
        made = graph.emit(graph.ops[nodes[0]], tuple(args), graph.attrs[nodes[0]])
        for k, node in enumerate(nodes):
            self.home[node], self.rank[node] = made, k

    def _gathered(self, nodes: Sequence[int]) -> int | None:
        """An array of these numbers: of constants, or of long parts of arrays; None where they are neither."""
        graph = self.graph
        if graph.ops[nodes[0]] == "const" and all(graph.ops[node] == "const" for node in nodes):
            return graph.vector(tuple(nodes))
        if any([self.home[node] < 0 for node in nodes]):  # noqa: C419 (a list is faster)
            return None
        runs = self._runs(nodes)
        if len(runs) * LEAST > len(nodes):
            return None
        parts = [graph.index(array, ((start, stop),)) for array, start, stop in runs]
        return parts[0] if len(parts) == 1 else graph.emit("concat", tuple(parts), -1)

    def _runs(self, nodes: Sequence[int]) -> list[tuple[int, int, int]]:
        """Numbers as parts of arrays: (array, start, stop)."""
        homes, ranks = [self.home[node] for node in nodes], [self.rank[node] for node in nodes]
        if homes.count(homes[0]) == len(homes) and ranks == list(range(ranks[0], ranks[0] + len(ranks))):
            return [(homes[0], ranks[0], ranks[-1] + 1)]
        runs: list[tuple[int, int, int]] = []
        array, start, stop = homes[0], ranks[0], ranks[0]
        for mine, k in zip(homes, ranks, strict=True):
            if mine != array or k != stop:
                runs.append((array, start, stop))
                array, start, stop = mine, k, k
            stop += 1
        runs.append((array, start, stop))
        return runs

    def _alone(self, node: int) -> int:
        graph = self.graph
        if self._is_sum(node):
            return self._sum(node)
        args = graph.args[node]
        if graph.ops[node] == "vector" and len(args) >= LEAST and all(self.home[arg] >= 0 for arg in args):
            runs = self._runs(args)
            if len(runs) * LEAST <= len(args):
                return self._gathered(args)  # type: ignore[return-value]
        return self._remade(node)

    def _remade(self, node: int) -> int:
        args = tuple([self._of(arg) for arg in self.graph.args[node]])
        return node if args == self.graph.args[node] else self.graph.remade(node, args)

    def _sum(self, node: int) -> int:
        """A chain of sums: neighbours in an array are added at once."""
        graph = self.graph
        terms: list[int] = []
        stack = [node]
        while stack:
            top = stack.pop()
            if top == node or top in self._inner:
                stack += reversed(graph.args[top])
            else:
                terms.append(top)
        total: int | None = None
        k = 0
        while k < len(terms):
            end = k
            while end < len(terms) and self.home[terms[end]] >= 0:
                end += 1
            found: list[int] = []
            for array, start, stop in self._runs(terms[k:end]) if end > k else ():
                if stop - start >= LEAST:
                    found.append(graph.emit("sum[]", (graph.index(array, ((start, stop),)),)))
                else:
                    found += [graph.index(array, (j,)) for j in range(start, stop)]
            if end == k:
                found.append(self._of(terms[k]))
                end = k + 1
            for one in found:
                total = one if total is None else graph.emit("+", (total, one))
            k = end
        assert total is not None
        return total
