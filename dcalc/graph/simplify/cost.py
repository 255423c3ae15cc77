"""How long a formula is: the operations that a reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .poly import Poly, Symbolic, remembered

if TYPE_CHECKING:
    from .algebra import Algebra

_LARGE = 1_000_000


def cost(algebra: Algebra, poly: Poly) -> int:
    """The operations of a poly as it is written: signs, operators and functions."""
    count = max(0, len(poly) - 1)
    signed = bool(poly)
    for key, value in poly.items():
        above = int(abs(value.numerator) != 1)
        below = int(value.denominator != 1)
        turns = False
        for base, exponent in key:
            count += size(algebra, base)
            if isinstance(exponent, Symbolic):
                above += 1
                count += 1 + size(algebra, exponent.node)
            else:
                above += exponent > 0
                below += exponent < 0
                count += abs(exponent) != 1
                turns = turns or (exponent == 1 and algebra.is_sum(base))
        count += max(0, above - 1) + below
        signed = signed and value < 0 and not turns
    return count + signed


def size(algebra: Algebra, root: int) -> int:
    """The operations in a node's tree, up to a bound."""
    known, args = algebra.sizes, algebra.graph.args
    if root in known:
        return known[root]

    def make(node: int) -> int:
        return min(_LARGE, sum([known[arg] for arg in args[node]]) + bool(args[node]))

    return remembered(root, known, args.__getitem__, make)
