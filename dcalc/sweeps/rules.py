"""One node's derivative facts, emitted from its entry of the table. Shared by every sweep."""

from __future__ import annotations

from ..graph.build import Builder
from ..graph.graph import STRUCTURAL
from ..graph.template import template
from ..primitives import TABLE
from ..primitives.entry import Primitive


class Rules:
    """The partials of a graph's nodes, each emitted at most once.

    shown: the textbook's forms instead of the accurate ones; only for formulas that are printed.
    """

    def __init__(self, builder: Builder, *, shown: bool = False) -> None:
        self.builder = builder
        self.graph = builder.graph
        self.shown = shown
        self._partials: dict[tuple[int, int], int] = {}

    def entry(self, node: int) -> Primitive | None:
        """The table's entry of a node, None for inputs, constants and the like."""
        op = self.graph.ops[node]
        return None if op in STRUCTURAL else TABLE[op]

    def formula(self, entry: Primitive, text: str, node: int, tangents: tuple[int, ...] = ()) -> int:
        """A formula of a node's entry: over its arguments, itself (y) and, if given, its arguments' tangents."""
        names, values = entry.parameters, self.graph.args[node]
        static = self.graph.attrs[node] if entry.static else None
        if static is not None:
            values = (self.graph.const(static), *values)
        if tangents:
            names += tuple("d" + name for name in entry.parameters[entry.static :])
        return template(text, (*names, "y"), static).emit(self.builder, (*values, *tangents, node))

    def partial(self, entry: Primitive, node: int, position: int) -> int:
        """The partial of an elementwise node with respect to its argument at `position`."""
        known = self._partials.get((node, position))
        if known is None:
            forms = entry.shown if self.shown and entry.shown else entry.d
            known = self.formula(entry, forms[position + entry.static], node)
            self._partials[node, position] = known
        return known

    def choice(self, entry: Primitive, node: int) -> tuple[int, int | None, int | None]:
        """Of a selection: its condition, and the positions of the arguments chosen where it holds and where not.

        None in the place of a position is the constant 0.
        """
        condition = self.formula(entry, entry.when, node)
        places = {name: k for k, name in enumerate(entry.parameters)}
        return condition, places.get(entry.choices[0]), places.get(entry.choices[1])
