"""Values of nodes as rational numbers, where they are some: a series over them is exact.

exp(0), sin(0), log(1), sqrt(4), 1/3 are rational, exp(1) is not. What is known of functions is the simplifier's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ...graph.exact import fold, is_exact
from ...graph.graph import STRUCTURAL, Graph
from ...primitives import TABLE

#: A point's number is taken for the fraction that it stands for if the denominator is not larger than this.
LARGEST = 100_000


def rational(number: float) -> Fraction | None:
    """The simplest fraction that this double stands for: 1/3 for 0.3333333333333333; None for pi."""
    if not abs(number) < 1e15:
        return None
    found = Fraction(number).limit_denominator(LARGEST)
    return found if float(found) == number else None


def values(graph: Graph, nodes: Sequence[int], point: Mapping[str, Any]) -> list[Fraction] | None:
    """The values of nodes at a point of rational numbers; None where one of them is not known to be rational."""
    known: dict[int, Fraction] = {}
    stack = list(reversed(nodes))
    while stack:
        node = stack[-1]
        if node in known:
            stack.pop()
            continue
        op, args = graph.ops[node], graph.args[node]
        wanted: Sequence[int] = args
        if op == "if":
            wanted = args[:1]
            if args[0] in known:
                side = args[1] if known[args[0]] else args[2]
                if side in known:
                    known[node] = known[side]
                else:
                    stack.append(side)
                continue
        missing = [arg for arg in wanted if arg not in known]
        if missing:
            stack += missing
            continue
        found = _value(graph, node, [known[arg] for arg in args], point)
        if found is None:
            return None
        known[node] = found
        stack.pop()
    return [known[node] for node in nodes]


def _value(graph: Graph, node: int, given: list[Fraction], point: Mapping[str, Any]) -> Fraction | None:
    op, attr = graph.ops[node], graph.attrs[node]
    if graph.shapes[node] or (op in STRUCTURAL and op not in ("const", "input")):
        return None
    if op == "const":
        return Fraction(attr) if is_exact(attr) else None
    if op == "input":
        found: Fraction | None = point.get(attr)
        return found
    if TABLE[op].static:
        return None
    return _applied(op, tuple(given), attr)


@lru_cache(maxsize=4096)
def _applied(op: str, given: tuple[Fraction, ...], attr: Any) -> Fraction | None:
    from ...graph.exact import shrink

    exact = [shrink(one) for one in given]
    found = fold(op, exact)
    if found is not None:
        return Fraction(found)
    from ...graph.simplify import simplify

    graph = Graph()
    node = graph.emit(op, tuple(graph.const(one) for one in exact), attr)
    (simple,) = simplify(graph, [node])
    constant = graph.attrs[simple] if graph.is_const(simple) else None
    return Fraction(constant) if constant is not None and is_exact(constant) else None
