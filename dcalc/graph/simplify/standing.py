"""Polys that stand for arrays: one of a smaller shape stands for any array that it broadcasts to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exact import Exact, to_float
from ..shapes import Places, Shape
from .poly import Poly, Symbolic, constant, magnitude, quotient, scaled

if TYPE_CHECKING:
    from .algebra import Algebra


def full(algebra: Algebra, poly: Poly, shape: Shape) -> int:
    """The node of an array of this shape."""
    return algebra.graph.full(algebra.node(poly), shape)


def atom(node: int) -> Poly:
    """A node that is not looked into."""
    return {((node, 1),): 1}


def argument(algebra: Algebra, node: int) -> int:
    """The first argument of a node."""
    return algebra.graph.args[node][0]


def numbers_out(algebra: Algebra, poly: Poly) -> tuple[Poly, Poly]:
    """A poly that is not 0 as a number (as far as one comes out) times an array."""
    shapes = algebra.graph.shapes
    node = algebra.node(poly)
    if not shapes[node]:
        return poly, constant(1)
    poly = algebra.poly(node)
    if len(poly) > 1:
        content: Exact = magnitude(algebra.primitive(node)[0])
        if all(value < 0 for value in poly.values()):
            content = -content
        return constant(content), scaled(poly, quotient(1, content))
    ((key, value),) = poly.items()
    outside = tuple(
        (base, exponent)
        for base, exponent in key
        if not shapes[base] and not (isinstance(exponent, Symbolic) and shapes[exponent.node])
    )
    rest = tuple(factor for factor in key if factor not in outside)
    # A minus sign that is written into a sum (1 - x) stays there.
    sign = -1 if value < 0 and not _is_negative(algebra, node) else 1
    # As one factor: what it is made of is looked into again.
    return {outside: value * sign}, algebra.poly(algebra.node({rest: sign}))


def _is_negative(algebra: Algebra, node: int) -> bool:
    """Whether a product is written with a minus sign in front."""
    graph = algebra.graph
    while graph.ops[node] in ("*", "/"):
        node = argument(algebra, node)
    return graph.ops[node] == "neg" or (graph.is_const(node) and to_float(graph.attrs[node]) < 0)


def is_one(algebra: Algebra, node: int) -> bool:
    """Whether a node is the constant 1."""
    return algebra.graph.is_const(node) and algebra.graph.attrs[node] == 1


def unit(algebra: Algebra, node: int) -> int | None:
    """Where a vector has its only 1 among zeros, if it is such a one."""
    graph = algebra.graph
    if len(graph.shapes[node]) != 1:
        return None
    if graph.ops[node] == "place":
        place = graph.attrs[node][0][0]
        return place if isinstance(place, int) and is_one(algebra, argument(algebra, node)) else None
    if graph.ops[node] != "vector":
        return None
    found = None
    for place, arg in enumerate(graph.args[node]):
        if not graph.is_const(arg) or graph.attrs[arg] not in (0, 1) or (found is not None and graph.attrs[arg]):
            return None
        found = place if graph.attrs[arg] else found
    return found


def seen_by(places: Places, shape: Shape, whole: Shape) -> Places:
    """The places of an index into what stands for an array of shape `whole`."""
    behind = len(whole) - len(shape)
    return tuple(
        [
            place if length == count else (0, 1) if isinstance(place, tuple) else 0
            for place, length, count in zip(places[behind:], shape, whole[behind:], strict=False)
        ]
    )
