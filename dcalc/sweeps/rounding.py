"""Running rounding bounds: how far the floating-point value of a node may be from the exact one.

b(y) = ε·|y| + Σᵢ |∂f/∂uᵢ|·b(uᵢ) (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., section 3.3),
with ε = 2⁻⁵³. The bound is another program over the same graph, so it costs no second set of rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.build import Builder
from ..graph.exact import Constant, is_exact, to_float
from ..graph.graph import Graph
from .rules import Rules

EPSILON = 2.0**-53


def _is_double(constant: Constant) -> bool:
    """Whether floating point holds a constant exactly."""
    return is_exact(constant) and to_float(constant) == constant


def rounding(graph: Graph, outputs: Sequence[int]) -> list[int]:
    """The nodes of the bounds of the outputs' absolute rounding errors; inputs are taken as exact."""
    builder = Builder(graph)
    rules = Rules(builder)
    epsilon = graph.const(EPSILON)
    bounds: dict[int, int] = {}

    def own(node: int) -> int:
        return builder.mul(epsilon, builder.apply("abs", (node,)))

    for node in graph.reachable(outputs):
        entry = rules.entry(node)
        if entry is None:
            if graph.ops[node] == "const" and not _is_double(graph.attrs[node]):
                bounds[node] = own(node)
            continue
        args = graph.args[node]
        if entry.truth:
            continue
        if entry.kind == "selection":
            condition, first, second = rules.choice(entry, node)
            held = bounds.get(args[first], builder.zero) if first is not None else builder.zero
            other = bounds.get(args[second], builder.zero) if second is not None else builder.zero
            bounds[node] = builder.select(condition, held, other)
            continue
        total = own(node)
        for position, arg in enumerate(args):
            if arg in bounds:
                partial = rules.partial(entry, node, position)
                if partial != builder.zero:
                    total = builder.add(total, builder.mul(builder.apply("abs", (partial,)), bounds[arg]))
        bounds[node] = total
    return [bounds.get(output, builder.zero) for output in outputs]
