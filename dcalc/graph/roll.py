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


def roll(graph: Graph, output: int) -> int:
    """The node of the same value over arrays; the node itself where nothing is alike."""
    return _Roll(graph, output).result


class _Roll:
    def __init__(self, graph: Graph, output: int) -> None:
        self.graph = graph
        #: (a number picked from an array, or rolled up) -> the array of one axis that it stands in, and where
        self.place: dict[int, tuple[int, int]] = {}
        #: node -> the node of the same value
        self.made: dict[int, int] = {}
        order = graph.reachable([output])
        self.kinds = self._kinds(order)
        self.uses = self._uses(order)
        members: dict[int, list[int]] = {}
        for node in order:
            if self.kinds[node] > 0:
                members.setdefault(self.kinds[node], []).append(node)
        self.members = {kind: nodes for kind, nodes in members.items() if len(nodes) >= LEAST}
        if not self.members:
            self.result = output
            return
        self._inner = self._within_sums(order)
        done: set[int] = set()
        for node in order:
            kind = self.kinds[node]
            if kind in self.members:
                if kind not in done:
                    done.add(kind)
                    self._together(self.members[kind])
            elif node not in self.made and node not in self.place and node not in self._inner:
                self.made[node] = self._alone(node)
        self.result = self._of(output)

    def _kinds(self, order: Sequence[int]) -> dict[int, int]:
        """Of each node a number that is the same for those alike; not above 0 for what is never rolled up."""
        graph = self.graph
        kinds: dict[int, int] = {}
        known: dict[Any, int] = {}
        for node in order:
            op, args = graph.ops[node], graph.args[node]
            if op == "index" and not graph.shapes[node] and graph.ops[args[0]] == "input":
                kinds[node] = -2 - 2 * args[0]
                flat = 0
                for length, k in zip(graph.shapes[args[0]], graph.attrs[node], strict=True):
                    flat = flat * length + k
                self.place[node] = (graph.reshape(args[0], (graph.size(args[0]),)), flat)
            elif op == "const":
                kinds[node] = 0
            elif graph.shapes[node] or op not in TABLE or TABLE[op].kind not in ("elementwise", "selection"):
                kinds[node] = -1 - 2 * node
            elif any(graph.shapes[arg] for arg in args):
                kinds[node] = -1 - 2 * node
            else:
                key = (op, graph.attrs[node], *[kinds[arg] for arg in args])
                kinds[node] = known.setdefault(key, len(known) + 1)
        return kinds

    def _uses(self, order: Sequence[int]) -> dict[int, int]:
        uses: dict[int, int] = {}
        for node in order:
            for arg in self.graph.args[node]:
                uses[arg] = uses.get(arg, 0) + 1
        return uses

    def _within_sums(self, order: Sequence[int]) -> set[int]:
        """Sums that are but a term of another one."""
        graph, inner = self.graph, set()
        for node in order:
            if self._is_sum(node):
                inner.update(arg for arg in graph.args[node] if self._is_sum(arg) and self.uses[arg] == 1)
        return inner

    def _is_sum(self, node: int) -> bool:
        return self.graph.ops[node] == "+" and not self.graph.shapes[node] and self.kinds[node] not in self.members

    def _of(self, node: int) -> int:
        """The node that a number or an array has become."""
        if node not in self.made:
            array, k = self.place[node]
            self.made[node] = self.graph.index(array, (k,))
        return self.made[node]

    def _together(self, nodes: list[int]) -> None:
        """Numbers that are alike, as one array; each alone where their arguments stand in no order."""
        graph = self.graph
        args: list[int] = []
        for column in zip(*[graph.args[node] for node in nodes], strict=True):
            array = self._of(column[0]) if len(set(column)) == 1 else self._gathered(column)
            if array is None:
                for node in nodes:
                    self.made[node] = self._remade(node)
                return
            args.append(array)
        made = graph.emit(graph.ops[nodes[0]], tuple(args), graph.attrs[nodes[0]])
        for k, node in enumerate(nodes):
            self.place[node] = (made, k)

    def _gathered(self, nodes: Sequence[int]) -> int | None:
        """An array of these numbers: of parts of arrays that are long enough, or of constants; None where it is neither."""
        graph = self.graph
        if all(graph.ops[node] == "const" for node in nodes):
            return graph.vector(tuple(nodes))
        if not all(node in self.place for node in nodes):
            return None
        runs = self._runs(nodes)
        if len(runs) * LEAST > len(nodes):
            return None
        parts = [graph.index(array, ((start, stop),)) for array, start, stop in runs]
        return parts[0] if len(parts) == 1 else graph.emit("concat", tuple(parts), -1)

    def _runs(self, nodes: Sequence[int]) -> list[tuple[int, int, int]]:
        """Numbers as parts of arrays: (array, start, stop)."""
        runs: list[tuple[int, int, int]] = []
        array, start, stop = -1, 0, 0
        for node in nodes:
            mine, k = self.place[node]
            if mine == array and k == stop:
                stop += 1
                continue
            if array >= 0:
                runs.append((array, start, stop))
            array, start, stop = mine, k, k + 1
        runs.append((array, start, stop))
        return runs

    def _alone(self, node: int) -> int:
        graph = self.graph
        if self._is_sum(node):
            return self._sum(node)
        args = graph.args[node]
        if graph.ops[node] == "vector" and len(args) >= LEAST and all(arg in self.place for arg in args):
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
            while end < len(terms) and terms[end] in self.place:
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
