"""Operations on arrays that are not elementwise: what is linear lets numbers out, a few laws of matrices.

A poly stands for an array of any shape that it broadcasts to: x - x is 0 whatever the shape of x, a `broadcast` is
what it repeats. Here, where it matters how often something is repeated, arguments get back their full shape.
Products of matrices are never exchanged; of two vectors the dot product is, and v @ A is transpose(A) @ v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...primitives import TABLE
from ..shapes import Places, Shape, size
from .matrices import determinant, inverse, is_eye, is_row, matmul, transposed
from .poly import FEW, Poly, Symbolic, accumulate, scaled
from .roll import rolled
from .standing import argument, atom, full, numbers_out, seen_by, unit

if TYPE_CHECKING:
    from .algebra import Algebra

#: Linear in every argument.
_LINEAR = frozenset(("sum[]", "transpose", "diag", "reshape", "index", "place", "@", "outer"))
#: Operations that only move or repeat numbers, as far as a sum over all of them can tell.
_SUMMED_THROUGH = frozenset(("transpose", "reshape", "place"))
#: A place in an array of at most so many numbers is written out: [0, u, 0].
SMALL = 12
#: Several such places in one larger array are, if they fill this part of it.
_FILLED = 4
_MOST = 1000


def apply(algebra: Algebra, op: str, args: list[Poly], shapes: list[Shape], attr: object = None) -> Poly:
    """An operation on polys that stand for arrays of these shapes."""
    if op == "broadcast" or (op == "vector" and len(args) == 1):
        return args[0]
    if op == "reshape" and _leads_with_ones(shapes[0], attr):
        return args[0]
    if op == "place" and args[0]:
        written = _placed(algebra, args[0], shapes[0], attr)
        if written is not None:
            return written
    if op in _LINEAR:
        return _linear(algebra, op, args, shapes, attr)
    if op == "det":
        return determinant(algebra, args[0], shapes[0])
    if op == "inv" and args[0]:
        outside, rest = numbers_out(algebra, args[0])
        node = full(algebra, rest, shapes[0])
        inner = algebra.poly(argument(algebra, node) if algebra.graph.ops[node] == "inv" else inverse(algebra, node))
        return algebra.multiply(1, [(outside, -1), (inner, 1)])
    if op == "solve":
        if not args[1]:
            return {}
        matrix = full(algebra, args[0], shapes[0])
        if is_eye(algebra, matrix):
            return args[1]
        if is_eye(algebra, full(algebra, args[1], shapes[1])):
            return algebra.poly(inverse(algebra, matrix))
        outside, rest = numbers_out(algebra, args[1])
        nodes = (matrix, full(algebra, rest, shapes[1]))
        return algebra.multiply(1, [(outside, 1), (atom(algebra.graph.emit(op, nodes)), 1)])
    full_args = tuple([full(algebra, arg, shape) for arg, shape in zip(args, shapes, strict=True)])
    if op in ("vector", "concat") and shapes[0] and not any(args):
        return {}
    if op == "vector":
        together = rolled(algebra, full_args)
        return algebra.poly(algebra.graph.vector(full_args) if together is None else together)
    if algebra.graph.ops[full_args[0]] == "reshape" and op.endswith("[]") and attr is None:
        full_args = algebra.graph.args[full_args[0]]
    along_all = op.endswith("[]") and len(shapes[0]) == 1
    return atom(algebra.graph.emit(op, full_args, None if along_all else attr))


def _leads_with_ones(shape: Shape, target: object) -> bool:
    """Whether a shape becomes the target by axes of length 1 in front."""
    assert isinstance(target, tuple)
    more = len(target) - len(shape)
    return more >= 0 and target == (1,) * more + shape


def _linear(algebra: Algebra, op: str, args: list[Poly], shapes: list[Shape], attr: object) -> Poly:
    if not all(args):
        return {}
    factors: list[tuple[Poly, int]] = []
    rests: list[Poly] = []
    for arg in args:
        outside, rest = numbers_out(algebra, arg)
        factors.append((outside, 1))
        rests.append(rest)
    if op == "@" or op == "outer":
        nodes = [full(algebra, rest, shape) for rest, shape in zip(rests, shapes, strict=True)]
        inner = _outer(algebra, *nodes) if op == "outer" else matmul(algebra, *nodes)
    else:
        inner = _unary(algebra, op, rests[0], shapes[0], attr)
    return algebra.multiply(1, [*factors, (inner, 1)])


def _outer(algebra: Algebra, one: int, other: int) -> Poly:
    graph = algebra.graph
    shape = (graph.size(one), graph.size(other))
    place = unit(algebra, one)
    if place is not None:
        return atom(graph.emit("place", (other,), ((place,), shape)))
    place = unit(algebra, other)
    if place is not None:
        return atom(graph.emit("place", (one,), (((0, shape[0]), place), shape)))
    return atom(graph.emit("outer", (one, other)))


def _unary(algebra: Algebra, op: str, poly: Poly, whole: Shape, attr: object) -> Poly:
    graph = algebra.graph
    node = algebra.node(poly)
    shape = graph.shapes[node]
    if op == "sum[]":
        return _sum(algebra, node, whole, attr)
    if not shape and (op in ("transpose", "reshape", "index") or (op == "diag" and len(whole) == 2)):
        return poly
    if op == "index":
        return _index(algebra, node, whole, attr)
    if op == "transpose":
        node = node if len(shape) == len(whole) else graph.full(node, whole)
        return algebra.poly(transposed(algebra, node))
    node = graph.full(node, whole)
    if op == "reshape":
        return algebra.poly(graph.reshape(node, attr))  # type: ignore[arg-type]
    if op == "diag" and len(whole) == 2:
        inner = graph.ops[node]
        if inner == "transpose":
            node = argument(algebra, node)
        elif inner == "diag":
            return algebra.poly(argument(algebra, node))
        elif inner == "outer":
            one, other = graph.args[node]
            return algebra.product(1, [(one, 1), (other, 1)])
        elif inner == "place" and is_row(graph.attrs[node][0]):
            return _at(algebra, graph.index(argument(algebra, node), graph.attrs[node][0]), graph.attrs[node][0], whole)
    return atom(graph.emit(op, (node,), attr))


# -- sums ------------------------------------------------------------------------------------------------------


def _sum(algebra: Algebra, node: int, whole: Shape, attr: object) -> Poly:
    """The sum of a node that stands for an array, over all axes or along one."""
    graph = algebra.graph
    shape = graph.shapes[node]
    if attr is None or len(whole) == 1:
        count = size(whole) // size(shape)
        while True:
            op = graph.ops[node]
            if op == "broadcast":
                count *= graph.size(node) // graph.size(argument(algebra, node))
            elif op not in _SUMMED_THROUGH and not (op == "diag" and len(graph.shapes[node]) == 2):
                break
            node = argument(algebra, node)
        return scaled(_total(algebra, node), count)
    assert isinstance(attr, int)
    if len(shape) < -attr:
        return scaled(algebra.poly(node), whole[attr])
    place = len(shape) + attr
    if shape[attr] == 1:
        return scaled(algebra.poly(graph.reshape(node, shape[:place] + shape[place + 1 :])), whole[attr])
    if len(shape) == 1:
        return atom(graph.emit("sum[]", (node,)))
    if graph.ops[node] == "transpose" and len(shape) == 2:
        node, attr = argument(algebra, node), -3 - attr
    return atom(graph.emit("sum[]", (node,), attr))


def _total(algebra: Algebra, node: int) -> Poly:
    """The sum over all axes of a node: of a product with a unit vector, one component."""
    graph = algebra.graph
    if not graph.shapes[node]:
        return algebra.poly(node)
    if graph.ops[node] == "outer":
        return algebra.multiply(1, [(_total(algebra, arg), 1) for arg in graph.args[node]])
    poly = algebra.poly(node)
    if 1 < len(poly) <= FEW:
        numbers = {key: value for key, value in poly.items() if not graph.shapes[algebra.node({key: 1})]}
        if numbers:  # sum(x - c) is sum(x) - 3*c
            rest = {key: value for key, value in poly.items() if key not in numbers}
            result = scaled(numbers, graph.size(node))
            accumulate(result, _sum(algebra, algebra.node(rest), graph.shapes[node], None))
            return result
    if len(graph.shapes[node]) == 1 and len(poly) == 1:
        ((key, value),) = poly.items()
        for factor in key:
            place = unit(algebra, factor[0]) if factor[1] == 1 else None
            if place is not None:
                others = algebra.node({tuple([other for other in key if other != factor]): value})
                if not graph.shapes[others]:
                    return algebra.poly(others)
                return _index(algebra, others, graph.shapes[node], (place,))
    return atom(graph.emit("sum[]", (node,)))


# -- parts -----------------------------------------------------------------------------------------------------


def _index(algebra: Algebra, node: int, whole: Shape, attr: object) -> Poly:
    assert isinstance(attr, tuple)
    places: list[int | tuple[int, int]] = []
    for place in seen_by(attr, algebra.graph.shapes[node], whole):
        # A slice of one in front stands for what is in it.
        single = isinstance(place, tuple) and place[1] - place[0] == 1 and all(isinstance(p, int) for p in places)
        places.append(place[0] if single and isinstance(place, tuple) else place)
    return algebra.poly(_part(algebra, node, tuple(places)))


def _part(algebra: Algebra, root: int, places: Places) -> int:
    """A part of a node; of a short elementwise expression, that expression of the parts of its arrays.

    A slice is taken of functions of one array only, where it makes nothing longer.
    """
    graph = algebra.graph
    most = 1 if any(isinstance(place, tuple) for place in places) else 2
    inside: list[int] = []
    stack = [root]
    while stack and len(inside) <= SMALL:
        node = stack.pop()
        if graph.ops[node] not in TABLE or TABLE[graph.ops[node]].kind not in ("elementwise", "selection"):
            continue
        arrays = [arg for arg in graph.args[node] if graph.shapes[arg]]
        inside.append(node)
        stack += arrays
        if len(arrays) > most:
            inside = []
            break
    if not inside or stack:
        return _taken(algebra, root, places)
    whole = graph.shapes[root]
    new: dict[int, int] = {}
    leaves = [arg for node in inside for arg in graph.args[node]]
    for node in sorted({*inside, *leaves}):
        if not graph.shapes[node]:
            new[node] = node
        elif node in inside:
            new[node] = graph.emit(graph.ops[node], tuple([new[arg] for arg in graph.args[node]]), graph.attrs[node])
        else:
            new[node] = _taken(algebra, node, seen_by(places, graph.shapes[node], whole))
    return new[root]


def _taken(algebra: Algebra, node: int, places: Places) -> int:
    """A part of a node, by one index where that was an index already, or a part of one of its parts."""
    graph = algebra.graph
    while True:
        if graph.ops[node] == "index":
            places = _composed(graph.attrs[node], places)
            node = argument(algebra, node)
        elif graph.ops[node] == "place" and places and isinstance(places[0], int) and is_row(graph.attrs[node][0]):
            if places[0] != graph.attrs[node][0][0]:
                return graph.const(0)
            node, places = argument(algebra, node), places[1:]
        elif graph.ops[node] == "concat":
            axis = len(graph.shapes[node]) + graph.attrs[node]
            if axis >= len(places):
                break
            place = places[axis]
            first, last = place if isinstance(place, tuple) else (place, place + 1)
            start = 0
            for arg in graph.args[node]:
                stop = start + graph.shapes[arg][axis]
                if start <= first and last <= stop:
                    break
                start = stop
            else:
                break
            inner = (first - start, last - start) if isinstance(place, tuple) else first - start
            places = (*places[:axis], inner, *places[axis + 1 :])
            node = arg
        else:
            break
    return graph.index(node, places)


def _composed(inner: Places, outer: Places) -> Places:
    """The places of v[inner][outer]."""
    result: list[int | tuple[int, int]] = []
    rest = list(outer)
    for place in inner:
        if isinstance(place, int) or not rest:
            result.append(place)
            continue
        then = rest.pop(0)
        first = place[0]
        result.append(first + then if isinstance(then, int) else (first + then[0], first + then[1]))
    return (*result, *rest)


def _placed(algebra: Algebra, poly: Poly, shape: Shape, attr: object) -> Poly | None:
    """Numbers with zeros around them, written out where that is short."""
    graph = algebra.graph
    assert isinstance(attr, tuple)
    places, whole = attr
    if not shape and size(whole) > SMALL:
        return atom(graph.emit("place", (algebra.node(poly),), attr))
    if size(whole) > SMALL or (shape and len(whole) > 1):
        return None
    node = algebra.node(poly)
    parts = [graph.const(0)] * size(whole)
    if not shape:
        parts[_offset(places, whole)] = node
    elif not graph.shapes[node] or (graph.ops[node] == "vector" and graph.shapes[node] == shape):
        for k in range(*places[0]):
            parts[k] = graph.index(node, (k - places[0][0],)) if graph.shapes[node] else node
    else:
        return None
    return atom(algebra.graph.stacked(parts, whole))


def _at(algebra: Algebra, number: int, places: Places, shape: Shape) -> Poly:
    """A vector with a number in one place, the rest 0."""
    whole = (places, shape[:1])
    written = _placed(algebra, algebra.poly(number), (), whole)
    return atom(algebra.graph.emit("place", (number,), whole)) if written is None else written


def _offset(places: Places, shape: Shape) -> int:
    offset = 0
    for place, length in zip(places, shape, strict=True):
        assert isinstance(place, int)
        offset = offset * length + place
    return offset


def joined(algebra: Algebra, poly: Poly) -> Poly:
    """A sum with its terms that are arrays written out as one: [x, 0] + 2*[0, y] is [x, 2*y]."""
    graph = algebra.graph
    found: dict[Shape, list[tuple[Poly, int]]] = {}
    others: Poly = {}
    for key, value in poly.items():
        arrays = [(base, exponent) for base, exponent in key if graph.shapes[base]]
        node = arrays[0][0] if len(arrays) == 1 and arrays[0][1] == 1 else -1
        if node >= 0 and _is_written_out(algebra, node):
            rest = tuple(factor for factor in key if factor[0] != node)
            if not any(isinstance(e, Symbolic) and graph.shapes[e.node] for _, e in rest):
                found.setdefault(graph.shapes[node], []).append(({rest: value}, node))
                continue
        others[key] = value
    result = others
    for shape, terms in found.items():
        if len(terms) == 1 or (size(shape) > SMALL and len(terms) * _FILLED < size(shape)):
            if len(found) == 1:
                return poly
            extra = [(algebra.multiply(1, [(factor, 1), (atom(node), 1)])) for factor, node in terms]
        else:
            extra = [atom(_added(algebra, terms, shape))]
        for term in extra:
            result = {**result, **term}
    return result


def _is_written_out(algebra: Algebra, node: int) -> bool:
    graph = algebra.graph
    if graph.ops[node] == "place":
        return not graph.shapes[argument(algebra, node)] and graph.size(node) <= _MOST
    while graph.ops[node] == "vector":
        if not graph.shapes[argument(algebra, node)]:
            return True
        if not all(graph.ops[arg] == "vector" for arg in graph.args[node]):
            return False
        node = argument(algebra, node)
    return False


def _added(algebra: Algebra, terms: list[tuple[Poly, int]], shape: Shape) -> int:
    graph = algebra.graph
    sums: list[Poly] = [{} for _ in range(size(shape))]
    for factor, node in terms:
        if graph.ops[node] == "place":
            parts = {_offset(graph.attrs[node][0], shape): argument(algebra, node)}
        else:
            parts = dict(enumerate(graph.components(node)))
        for place, part in parts.items():
            accumulate(sums[place], algebra.multiply(1, [(factor, 1), (algebra.poly(part), 1)]))
    return algebra.graph.stacked([algebra.node(total) for total in sums], shape)
