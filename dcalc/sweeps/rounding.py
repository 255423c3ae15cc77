"""Running rounding bounds: how far the floating-point value of a node may be from the exact one.

b(y) = ε·|y| + Σᵢ |∂f/∂uᵢ|·b(uᵢ) (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., section 3.3),
with ε = 2⁻⁵³. The bound is another program over the same graph, so it costs no second set of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.build import Builder
from ..graph.exact import Constant, is_exact, to_float
from ..graph.graph import LEAVES, LOOPS, MOVES, Graph
from ..graph.shapes import size
from ..graph.template import template
from ..primitives import TABLE
from ..primitives.entry import Primitive
from . import loops, moves
from .rules import Rules

EPSILON = 2.0**-53


def _is_double(constant: Constant) -> bool:
    """Whether floating point holds a constant exactly."""
    return is_exact(constant) and to_float(constant) == constant


def rounding(
    graph: Graph, outputs: Sequence[int], *, rounded_inputs: bool = False, known: Mapping[int, int] | None = None
) -> list[int]:
    """The nodes of the bounds of the outputs' absolute rounding errors.

    rounded_inputs: whether inputs are off by a rounding themselves, as pi/2 is; else they are taken as exact. A bound
    may be of a smaller shape that broadcasts to its output's. known: the bounds of inputs that have any.
    """
    found = _Rounding(graph, rounded_inputs)
    found.bounds.update(known or {})
    return found.sweep(outputs)


class _Rounding:
    def __init__(self, graph: Graph, rounded_inputs: bool) -> None:
        self.graph = graph
        self.rounded_inputs = rounded_inputs
        self.builder = Builder(graph)
        self.rules = Rules(self.builder)
        self.epsilon = graph.const(EPSILON)
        self.bounds: dict[int, int] = {}

    def sweep(self, outputs: Sequence[int]) -> list[int]:
        graph, bounds = self.graph, self.bounds
        for node in graph.reachable(outputs):
            op = graph.ops[node]
            if op == "const":
                if not _is_double(graph.attrs[node]):
                    bounds[node] = self._own(node)
            elif op == "input" and self.rounded_inputs:
                bounds[node] = self._own(node)
            elif op in MOVES:
                if any(arg in bounds for arg in graph.args[node]):
                    bounds[node] = moves.tangent(self.builder, node, [bounds.get(arg) for arg in graph.args[node]])
            elif op in LOOPS:
                bounds[node] = loops.bound(self.builder, node, [bounds.get(arg) for arg in graph.args[node]])
            elif op not in LEAVES and not TABLE[op].truth:
                bounds[node] = self._bound(TABLE[op], node)
        return [bounds.get(output, self.builder.zero) for output in outputs]

    def _own(self, node: int) -> int:
        return self.builder.mul(self.epsilon, self._size(node))

    def _size(self, node: int) -> int:
        return self.builder.apply("abs", (node,))

    def _bound(self, entry: Primitive, node: int) -> int:
        builder, graph, bounds = self.builder, self.graph, self.bounds
        args = graph.args[node]
        if entry.kind == "selection":
            condition, first, second = self.rules.choice(entry, node)
            held = bounds.get(args[first], builder.zero) if first is not None else builder.zero
            other = bounds.get(args[second], builder.zero) if second is not None else builder.zero
            return builder.select(condition, held, other)
        if entry.kind == "elementwise":
            total = self._own(node)
            for position, arg in enumerate(args):
                if arg in bounds:
                    partial = self.rules.partial(entry, node, position)
                    if partial != builder.zero:
                        total = builder.add(total, builder.mul(self._size(partial), bounds[arg]))
            return total
        if entry.kind == "reduction":
            return self._reduction(entry, node)
        if entry.kind == "multilinear":
            return self._multilinear(entry, node)
        return self._opaque(entry, node)

    def _reduction(self, entry: Primitive, node: int) -> int:
        """Each of n numbers is in up to n - 1 roundings (Higham, section 4.2), weighted by its partial."""
        builder, graph = self.builder, self.graph
        (arg,) = graph.args[node]
        shape, axis = graph.shapes[arg], graph.attrs[node]
        partial = self._size(self.rules.partial(entry, node, 0))
        each = self.bounds.get(arg, builder.zero)
        if not entry.picks:
            length = size(shape) if axis is None else shape[axis]
            own = builder.mul(builder.mul(builder.const(length), self.epsilon), self._size(arg))
            each = builder.add(each, own)
        return builder.add(self._own(node), moves.total(builder, builder.mul(partial, each), shape, axis))

    def _multilinear(self, entry: Primitive, node: int) -> int:
        """A product of sizes bounds the product's error, times the number of terms of each sum."""
        builder, graph, args = self.builder, self.graph, self.graph.args[node]
        sizes = [self._size(arg) for arg in args]
        total = self.builder.zero
        for position, arg in enumerate(args):
            if arg in self.bounds:
                moved = list(sizes)
                moved[position] = graph.full(self.bounds[arg], graph.shapes[arg])
                total = builder.add(total, graph.emit(entry.name, tuple(moved), graph.attrs[node]))
        if len(args) > 1:
            terms = builder.mul(builder.const(max(graph.shapes[args[0]])), self.epsilon)
            total = builder.add(total, builder.mul(terms, graph.emit(entry.name, tuple(sizes), graph.attrs[node])))
        return total

    def _opaque(self, entry: Primitive, node: int) -> int:
        """The entry's own bound for one rounding of its arguments, times what their errors are in roundings."""
        builder, graph, args = self.builder, self.graph, self.graph.args[node]
        if not entry.rounding:
            return builder.zero
        names = (*entry.parameters, "y")
        shapes = tuple(graph.shapes[value] for value in (*args, node))
        unit = template(entry.rounding, names, None, shapes).emit(builder, (*args, node))
        factor = builder.mul(builder.const(4 * max(graph.shapes[args[0]])), self.epsilon)
        for arg in args:
            if arg in self.bounds:
                # The largest relative error of an argument's components, against its largest component.
                whole = graph.full(self.bounds[arg], graph.shapes[arg])
                relative = builder.div(
                    graph.emit("max[]", (whole,), None), graph.emit("max[]", (self._size(arg),), None)
                )
                factor = builder.add(factor, relative)
        return builder.mul(factor, unit)
