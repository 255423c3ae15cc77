"""In which order a user writes inputs that are multiplied: `b*x` stays `b*x`, though x may be older."""

from __future__ import annotations

from ..graph import Graph
from .poly import Factor

#: Longer products than this are not looked through.
LENGTH = 16


class TextOrder:
    """The orders of inputs in the products of a user's own text; read when first asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._orders: dict[frozenset[int], dict[int, int]] | None = None

    def of(self, factors: list[Factor]) -> list[Factor]:
        """Powers of inputs in the order of the text, if it multiplies these inputs; else as they come."""
        if self._orders is None:
            self._orders = self._read()
        places = self._orders.get(frozenset([base for base, _ in factors]))
        return factors if places is None else sorted(factors, key=lambda factor: places[factor[0]])

    def _read(self) -> dict[frozenset[int], dict[int, int]]:
        graph = self.graph
        orders: dict[frozenset[int], dict[int, int]] = {}
        for node in sorted(graph.origins):
            if graph.ops[node] != "*":
                continue
            found: dict[int, int] = {}
            stack = [node]
            for _ in range(LENGTH):
                if not stack:
                    break
                one = stack.pop()
                op, args = graph.ops[one], graph.args[one]
                if op in ("*", "/"):
                    stack += reversed(args)
                elif op in ("neg", "^"):
                    stack.append(args[0])
                elif op in ("input", "index"):
                    found.setdefault(one, len(found))
            if len(found) > 1:
                orders.setdefault(frozenset(found), found)
        return orders
