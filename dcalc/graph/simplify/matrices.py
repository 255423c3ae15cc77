"""Laws of matrices: transposes, products, parts of products, determinants and inverses.

Products of matrices are never exchanged; of two vectors the dot product is, and v @ A is written transpose(A) @ v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..shapes import Places, Shape
from .poly import Poly, constant, remembered
from .standing import argument, atom, full, is_one, numbers_out, unit

if TYPE_CHECKING:
    from .algebra import Algebra


#: Of larger literals the transpose is not written out.
SMALL = 12


def is_row(places: Places) -> bool:
    """Whether a part is one row of a matrix, or one component of a vector."""
    return len(places) == 1 and isinstance(places[0], int)


def is_column(places: Places, shape: Shape) -> bool:
    """Whether a part is one column of a matrix."""
    return len(places) == 2 and places[0] == (0, shape[0]) and isinstance(places[1], int)


def transposed(algebra: Algebra, root: int) -> int:
    """The node of a transposed array: a product's factors are transposed, in the other order."""
    graph = algebra.graph
    known: dict[int, int] = {}

    def below(node: int) -> tuple[int, ...]:
        return graph.args[node] if graph.ops[node] == "@" and len(graph.shapes[node]) == 2 else ()

    def make(node: int) -> int:
        op, args, shape, attr = graph.ops[node], graph.args[node], graph.shapes[node], graph.attrs[node]
        if len(shape) < 2:
            return node
        if op == "transpose":
            return args[0]
        if op == "@":
            return graph.emit("@", (known[args[1]], known[args[0]]))
        if op == "outer":
            return graph.emit("outer", (args[1], args[0]))
        if op == "diag":
            return node
        if op == "place" and len(shape) == 2 and (is_row(attr[0]) or is_column(attr[0], shape)):
            places = ((0, shape[1]), attr[0][0]) if is_row(attr[0]) else attr[0][1:]
            return graph.emit("place", args, (places, shape[::-1]))
        if op == "vector" and graph.size(node) <= SMALL and all(graph.ops[row] == "vector" for row in args):
            columns = zip(*[graph.args[row] for row in args], strict=True)
            return graph.vector(tuple([graph.vector(column) for column in columns]))
        if op == "broadcast" and not graph.shapes[args[0]]:
            return graph.full(args[0], shape[::-1])
        return graph.emit("transpose", (node,))

    return remembered(root, known, below, make)


def matmul(algebra: Algebra, one: int, other: int) -> Poly:
    """The product of two nodes, in the form that all equal products have."""
    graph = algebra.graph
    shapes, ops, args = graph.shapes, graph.ops, graph.args
    if len(shapes[other]) == 2 and len(shapes[one]) == 1:
        one, other = transposed(algebra, other), one
    if len(shapes[one]) == 1:
        return _dot(algebra, one, other)
    if is_eye(algebra, one):
        return algebra.poly(other)
    if is_eye(algebra, other):
        return algebra.poly(one)
    if ops[one] == "outer":
        left, right = args[one]
        if len(shapes[other]) == 1:
            return algebra.multiply(1, [(atom(left), 1), (_dot(algebra, right, other), 1)])
        right = full(algebra, matmul(algebra, transposed(algebra, other), right), shapes[other][1:])
        return atom(graph.emit("outer", (left, right)))
    if ops[other] == "outer":
        left, right = args[other]
        return atom(graph.emit("outer", (full(algebra, matmul(algebra, one, left), shapes[one][:1]), right)))
    place = unit(algebra, other)
    if place is not None:
        return algebra.poly(_column(algebra, one, place))
    if _is_ones(algebra, one) and len(shapes[other]) == 1:
        return atom(graph.emit("sum[]", (other,)))
    if ops[one] == "place" and len(shapes[other]) == 1:
        places, (part,) = graph.attrs[one][0], args[one]
        if is_row(places):
            row = _dot(algebra, part, other)
            return algebra.multiply(1, [(row, 1), (atom(_unit(algebra, places[0], shapes[one][0])), 1)])
        if is_column(places, shapes[one]):
            return algebra.product(1, [(graph.index(other, (places[1],)), 1), (part, 1)])
    if ops[one] == "diag" and len(shapes[other]) == 1:
        return algebra.product(1, [(args[one][0], 1), (other, 1)])
    if _is_ones(algebra, other) and len(shapes[other]) == 1:
        return atom(graph.emit("sum[]", (one,), -1))
    return atom(graph.emit("@", (one, other)))


def _unit(algebra: Algebra, place: int, length: int) -> int:
    graph = algebra.graph
    if length > SMALL:
        return graph.emit("place", (graph.const(1),), ((place,), (length,)))
    return graph.vector(tuple([graph.const(int(k == place)) for k in range(length)]))


def _column(algebra: Algebra, matrix: int, place: int) -> int:
    """A column of a matrix; of a product, the product with a column of its last factor."""
    graph = algebra.graph
    left: list[int] = []
    while graph.ops[matrix] == "@" and len(graph.shapes[matrix]) == 2:
        left.append(graph.args[matrix][0])
        matrix = graph.args[matrix][1]
    if graph.ops[matrix] == "transpose":
        node = graph.index(argument(algebra, matrix), (place,))
    else:
        node = graph.index(matrix, ((0, graph.shapes[matrix][0]), place))
    for factor in reversed(left):
        node = graph.emit("@", (factor, node))
    return node


def _is_ones(algebra: Algebra, node: int) -> bool:
    return algebra.graph.ops[node] == "broadcast" and is_one(algebra, argument(algebra, node))


def _dot(algebra: Algebra, one: int, other: int) -> Poly:
    """The dot product, in one order for both; u @ (A @ v) as u @ A @ v with an A that is not transposed."""
    graph = algebra.graph
    for node, left in ((one, other), (other, one)):
        place = unit(algebra, node)
        if place is not None:
            return algebra.poly(graph.index(left, (place,)))
        if _is_ones(algebra, node):
            return atom(graph.emit("sum[]", (left,)))
    forms = [node for node in (one, other) if graph.ops[node] == "@"]
    if len(forms) == 1:
        matrix, right = graph.args[forms[0]]
        left = other if forms[0] == one else one
        if graph.ops[matrix] == "transpose":
            left, matrix, right = right, argument(algebra, matrix), left
        if graph.ops[left] != "@" or graph.args[left] != (matrix, right):
            return atom(graph.emit("@", (graph.emit("@", (left, matrix)), right)))
        one = other = left
    return atom(graph.emit("@", (min(one, other), max(one, other))))


def is_eye(algebra: Algebra, node: int) -> bool:
    """Whether a node is an identity matrix."""
    graph = algebra.graph
    return graph.ops[node] == "diag" and len(graph.shapes[node]) == 2 and _is_ones(algebra, argument(algebra, node))


def diagonal(algebra: Algebra, poly: Poly) -> Poly:
    """A product with the identity matrix as a factor as a diagonal matrix: eye(3)*x is diag(x)."""
    graph = algebra.graph
    if len(poly) != 1:
        return poly
    ((key, value),) = poly.items()
    eye = next((base for base, exponent in key if is_eye(algebra, base) and exponent == 1), None)
    if eye is None or len(key) == 1:
        return poly
    outside, rest = numbers_out(algebra, {tuple(factor for factor in key if factor[0] != eye): value})
    node = algebra.node(rest)
    shape, length = graph.shapes[node], graph.shapes[eye][0]
    if shape == (length, 1):
        node = graph.reshape(node, (length,))
    elif shape != (length,):
        return poly
    return algebra.multiply(1, [(outside, 1), (atom(graph.emit("diag", (node,))), 1)])


def determinant(algebra: Algebra, poly: Poly, shape: Shape) -> Poly:
    """The determinant: numbers come out, transposes and inverses too."""
    if not poly:
        return {}
    graph = algebra.graph
    outside, rest = numbers_out(algebra, poly)
    node = full(algebra, rest, shape)
    exponent = 1
    while graph.ops[node] in ("transpose", "inv"):
        exponent = -exponent if graph.ops[node] == "inv" else exponent
        node = argument(algebra, node)
    inner = constant(1) if is_eye(algebra, node) else atom(graph.emit("det", (node,)))
    return algebra.multiply(1, [(algebra.power(outside, shape[0]), 1), (inner, exponent)])


def inverse(algebra: Algebra, node: int) -> int:
    """The inverse of a node; that of a transposed matrix is transposed."""
    graph = algebra.graph
    if is_eye(algebra, node):
        return node
    if graph.ops[node] == "transpose":
        return graph.emit("transpose", (_inverse_of(algebra, argument(algebra, node)),))
    return _inverse_of(algebra, node)


def _inverse_of(algebra: Algebra, node: int) -> int:
    graph = algebra.graph
    return argument(algebra, node) if graph.ops[node] == "inv" else graph.emit("inv", (node,))
