"""One node's derivative facts, emitted from its entry of the table. Shared by every sweep."""

from __future__ import annotations

from ..graph.build import Builder
from ..graph.graph import STRUCTURAL
from ..graph.shapes import kept
from ..graph.template import Template, template
from ..primitives import TABLE
from ..primitives.entry import Primitive
from . import moves


class Rules:
    """The partials of a graph's nodes, each emitted at most once.

    shown: the textbook's forms instead of the accurate ones; only for formulas that are printed.
    """

    def __init__(self, builder: Builder, *, shown: bool = False) -> None:
        self.builder = builder
        self.graph = builder.graph
        self.shown = shown
        self._partials: dict[tuple[int, int], int] = {}
        self._templates: dict[tuple[str, int], Template] = {}

    def entry(self, node: int) -> Primitive | None:
        """The table's entry of a node, None for inputs, constants and what only moves numbers."""
        op = self.graph.ops[node]
        return None if op in STRUCTURAL else TABLE[op]

    def formula(self, entry: Primitive, text: str, node: int, tangents: tuple[int, ...] = ()) -> int:
        """A formula of a node's entry: over its arguments, itself (y) and, if given, its arguments' tangents.

        Of a reduction the axis is kept, at length 1.
        """
        names, values = entry.parameters, self.graph.args[node]
        static = self.graph.attrs[node] if entry.static else None
        if static is not None:
            values = (self.graph.const(static), *values)
        if tangents:
            names += tuple("d" + name for name in entry.parameters[entry.static :])
        if entry.kind in ("elementwise", "selection"):
            return template(text, (*names, "y"), static).emit(self.builder, (*values, *tangents, node))
        if tangents:
            shape = self.graph.shapes[values[0]]
            tangents = tuple(self.graph.full(one, shape) for one in tangents)
        return self._of_arrays(entry, text, node, (*names, "y"), (*values, *tangents, self.kept(entry, node, node)))

    def partial(self, entry: Primitive, node: int, position: int) -> int:
        """The partial of an elementwise node or a reduction with respect to its argument at `position`."""
        if entry.static or entry.kind != "elementwise":
            known = self._partials.get((node, position))
            if known is None:
                known = self._partials[node, position] = self.formula(entry, self._form(entry, position), node)
            return known
        form = self._templates.get((entry.name, position))
        if form is None:
            form = template(self._form(entry, position), (*entry.parameters, "y"))
            self._templates[entry.name, position] = form
        args = self.graph.args[node]
        if not form.nodes:
            return form.emit(self.builder, (*args, node))
        known = self._partials.get((node, position))
        if known is None:
            known = self._partials[node, position] = form.emit(self.builder, (*args, node))
        return known

    def _form(self, entry: Primitive, position: int) -> str:
        forms = entry.shown if self.shown and entry.shown else entry.d
        return forms[position + entry.static]

    def choice(self, entry: Primitive, node: int) -> tuple[int, int | None, int | None]:
        """Of a selection: its condition, and the positions of the arguments chosen where it holds and where not.

        None in the place of a position is the constant 0.
        """
        condition = self.formula(entry, entry.when, node)
        places = {name: k for k, name in enumerate(entry.parameters)}
        return condition, places.get(entry.choices[0]), places.get(entry.choices[1])

    def reduced(self, entry: Primitive, node: int, tangent: int, mask: int | None) -> tuple[int, int | None]:
        """The tangent of a reduction from that of its argument, and where it may be other than 0.

        mask: where the argument's tangent may be; None for everywhere.
        """
        builder, graph = self.builder, self.graph
        partial, shape = self.partial(entry, node, 0), graph.shapes[graph.args[node][0]]
        each = builder.select(partial, tangent, builder.zero) if entry.picks else builder.mul(partial, tangent)
        if mask is not None:
            each = builder.select(mask, each, builder.zero)
            mask = moves.total(builder, mask, shape, graph.attrs[node])  # where any of its terms may be
        return moves.total(builder, each, shape, graph.attrs[node]), mask

    def tangent(self, entry: Primitive, node: int, position: int, tangent: int) -> int:
        """What the tangent of one argument (of its full shape) adds to that of a multilinear or opaque node."""
        args = self.graph.args[node]
        if entry.kind == "multilinear":
            moved = (*args[:position], tangent, *args[position + 1 :])
            return self.graph.emit(entry.name, moved, self.graph.attrs[node])
        names = (*entry.parameters, "d" + entry.parameters[position], "y")
        return self._of_arrays(entry, entry.tangents[position], node, names, (*args, tangent, node))

    def adjoint(self, entry: Primitive, node: int, position: int, adjoint: int) -> int:
        """What a multilinear or opaque node with this adjoint (of its full shape) hands to an argument."""
        graph, args = self.graph, self.graph.args[node]
        ranks = ",".join(str(len(graph.shapes[arg])) for arg in args)
        forms = entry.adjoints.get(ranks) or entry.adjoints["*"]
        names = (*entry.parameters, "y", "g")
        return self._of_arrays(entry, forms[position], node, names, (*args, node, adjoint))

    def kept(self, entry: Primitive, node: int, value: int) -> int:
        """A value of a reduction's shape, with the reduction's axis kept."""
        if entry.kind != "reduction" or not self.graph.shapes[value]:
            return value
        (arg,) = self.graph.args[node]
        value = self.graph.full(value, self.graph.shapes[node])
        return self.graph.reshape(value, kept(self.graph.shapes[arg], self.graph.attrs[node]))

    def _of_arrays(
        self, entry: Primitive, text: str, node: int, names: tuple[str, ...], values: tuple[int, ...]
    ) -> int:
        shapes = tuple(self.graph.shapes[value] for value in values)
        axis = self.graph.attrs[node] if entry.along else None
        return template(text, names, None, shapes, axis).emit(self.builder, values)
