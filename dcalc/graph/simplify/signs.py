"""What is known about the sign of a value, for every value of the inputs: the side conditions of rewrites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..to_ast import is_truth
from .poly import Poly, Symbolic, remembered

if TYPE_CHECKING:
    from .algebra import Algebra

#: Positive wherever they are defined; not negative wherever they are defined.
_POSITIVE = frozenset(["exp", "exp2", "cosh", "sech", "sigmoid", "softplus"])
_NOT_NEGATIVE = frozenset(["abs", "sqrt", "relu", "step", "acos", "acosh", "hypot"])

#: What `sign` answers, besides None for what is not known.
POSITIVE, NOT_NEGATIVE = 2, 1


def holds(algebra: Algebra, values: dict[str, Poly], condition: str) -> bool:
    """Whether a condition ("u > 0", "u >= 0") is known to hold wherever its value is defined."""
    name, relation, _ = condition.split()
    return (sign(algebra, values[name]) or 0) >= (POSITIVE if relation == ">" else NOT_NEGATIVE)


def sign(algebra: Algebra, poly: Poly) -> int | None:
    """POSITIVE, NOT_NEGATIVE or None."""
    if not poly:
        return NOT_NEGATIVE
    best = NOT_NEGATIVE
    for key, value in poly.items():
        if value < 0:
            return None
        term = POSITIVE
        for base, exponent in key:
            own = _of_node(algebra, base)
            if not isinstance(exponent, Symbolic) and not isinstance(exponent, int):
                own = own or NOT_NEGATIVE  # a root is a number only of what is not negative
            elif isinstance(exponent, int) and exponent % 2 == 0:
                own = own or NOT_NEGATIVE
            if isinstance(exponent, Symbolic) and own != POSITIVE:
                return None
            if own is None:
                return None
            term = min(term, own)
        best = max(best, term)
    return best


def _of_node(algebra: Algebra, root: int) -> int | None:
    """Of a base; a loop down nested functions only through `sign`'s few levels."""
    graph = algebra.graph
    known = algebra.signs

    def below(node: int) -> list[int]:
        canon = algebra.canon.get(node)
        return [] if canon is None else [base for key in canon for base, _ in key if base != node]

    def make(node: int) -> int:
        op = graph.ops[node]
        if op in _POSITIVE or (op == "const" and graph.attrs[node] in ("pi", "e", "inf")):
            return POSITIVE
        if op == "const":
            value = graph.attrs[node]
            return POSITIVE if not isinstance(value, str) and value > 0 else 0
        if op in _NOT_NEGATIVE or is_truth(graph, node):
            return NOT_NEGATIVE
        canon = algebra.canon.get(node)
        if canon is None or ((node, 1),) in canon:
            return 0
        return sign(algebra, canon) or 0

    return remembered(root, known, below, make) or None
