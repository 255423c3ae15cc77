"""Operations on arrays as the language writes them: subscripts, axes counted from 1, zeros around a part."""

from __future__ import annotations

from ..language import ast
from ..primitives import TABLE
from .graph import MOVES, Graph
from .shapes import Places, Shape, broadcast, kept, size

#: So many rows at most are written one by one: [zeros(3), u, zeros(3)].
FEW_ROWS = 12


def is_array_operation(op: str) -> bool:
    """Whether an operation is written by this module: what is not elementwise."""
    return op in MOVES or (op in TABLE and TABLE[op].kind in ("reduction", "multilinear", "opaque"))


def unrepeated(graph: Graph, node: int) -> tuple[int, ...]:
    """The arguments of an elementwise node, each as what it repeats where the others give the node its shape."""
    args = list(graph.args[node])
    if graph.shapes[node]:
        for k, arg in enumerate(args):
            if graph.ops[arg] == "broadcast":
                args[k] = graph.args[arg][0]
                if broadcast([graph.shapes[other] for other in args]) != graph.shapes[node]:
                    args[k] = arg
    return tuple(args)


def softmax(graph: Graph, node: int) -> tuple[int, int | None] | None:
    """u and the axis where a node is exp(u - logsumexp(u)), with that axis kept."""
    (difference,) = graph.args[node]
    if graph.ops[node] != "exp" or graph.ops[difference] != "-":
        return None
    one, other = graph.args[difference]
    if graph.ops[other] == "reshape":
        (other,) = graph.args[other]
    if graph.ops[other] != "logsumexp[]" or graph.args[other] != (one,):
        return None
    axis = graph.attrs[other]
    shape = graph.shapes[graph.args[difference][1]]
    return (one, axis) if shape == kept(graph.shapes[one], axis) else None


def write(graph: Graph, node: int, parts: tuple[ast.Node, ...]) -> ast.Node:
    """An operation that is not elementwise, on trees of its arguments."""
    op, attr, args = graph.ops[node], graph.attrs[node], graph.args[node]
    if op == "vector":
        return ast.Vector(parts)
    if op == "index":
        return _index(parts[0], attr, graph.shapes[args[0]])
    if op == "broadcast":
        return _filled(graph, args[0], parts[0], attr)
    if op == "reshape":
        return _reshaped(parts[0], graph.shapes[args[0]], attr)
    if op == "concat":
        return _concat(parts, len(graph.shapes[node]) + attr)
    if op == "place":
        return _place(parts[0], *attr)
    if op == "diag" and len(graph.shapes[node]) == 2:
        inner = args[0]
        if graph.ops[inner] == "broadcast" and _is(graph, graph.args[inner][0], 1):
            return ast.Call("eye", (_whole(graph.shapes[node][0]),))
    if op == "sum[]" and attr is None and graph.ops[args[0]] == "diag" and len(graph.shapes[args[0]]) == 1:
        diagonal = parts[0]
        if isinstance(diagonal, ast.Call) and diagonal.function == "diag":
            return ast.Call("tr", diagonal.children)
    # x @ A @ y is one thing, (A @ x) @ y would look like it.
    looks_alike = op == "@" and not graph.shapes[node] and graph.ops[args[0]] == "@" and bool(parts[0].children)
    if looks_alike and len(graph.shapes[graph.args[args[0]][0]]) == 2:
        return ast.Call("dot", parts)
    entry = TABLE[op]
    return along(entry.word, parts, graph.shapes[args[0]], attr if entry.along else None)


def along(word: str, parts: tuple[ast.Node, ...], shape: Shape, axis: int | None) -> ast.Node:
    """A call of a function of an array of this shape, over all of its axes or along one."""
    if axis is None:
        return ast.Call(word, parts)
    return ast.Call(word, (*parts, _whole(len(shape) + axis + 1)), keywords=("axis",))


def _whole(number: int) -> ast.Node:
    return ast.Number(str(number))


def _is(graph: Graph, node: int, value: int) -> bool:
    return graph.is_const(node) and graph.attrs[node] == value


def _made(word: str, shape: Shape) -> ast.Node:
    return ast.Call(word, tuple(map(_whole, shape)))


def _filled(graph: Graph, node: int, part: ast.Node, shape: Shape) -> ast.Node:
    """A value repeated until it has a shape."""
    if size(shape) == graph.size(node):
        return _reshaped(part, graph.shapes[node], shape)
    if _is(graph, node, 0):
        return _made("zeros", shape)
    ones = _made("ones", shape)
    if _is(graph, node, 1):
        return ones
    if isinstance(part, ast.Call) and part.function == "/" and graph.is_const(node):
        above, below = part.children
        return ast.Call("/", (ones if above == _whole(1) else ast.Call("*", (above, ones)), below))
    return ast.Call("*", (part, ones))


def _index(base: ast.Node, places: Places, shape: Shape) -> ast.Node:
    subscripts: list[ast.Node] = []
    for axis, length in enumerate(shape):
        place = places[axis] if axis < len(places) else (0, length)
        if isinstance(place, int):
            subscripts.append(_whole(place + 1))
        elif place == (0, length):
            subscripts.append(ast.All())
        else:
            subscripts.append(ast.Range(_whole(place[0] + 1), _whole(place[1])))
    return ast.Index(base, tuple(subscripts))


def _reshaped(part: ast.Node, before: Shape, after: Shape) -> ast.Node:
    if not after:
        return ast.Index(part, (_whole(1),) * len(before)) if before else part
    if not before:
        for _ in after:
            part = ast.Vector((part,))
        return part
    return ast.Call("reshape", (part, *map(_whole, after)))


def _concat(parts: tuple[ast.Node, ...], axis: int) -> ast.Node:
    """Arrays one behind the other along an axis counted from 0."""
    if len(parts) == 1:
        return parts[0]
    if not axis:
        return ast.Call("concat", parts)
    return ast.Call("concat", (*parts, _whole(axis + 1)), keywords=("axis",))


def _place(part: ast.Node, places: Places, shape: Shape) -> ast.Node:
    """A part with zeros around it, put on axis by axis, the last one first."""
    places = (*places, *[(0, length) for length in shape[len(places) :]])
    for axis in reversed(range(len(shape))):
        place, length, behind = places[axis], shape[axis], shape[axis + 1 :]
        before = tuple(p[1] - p[0] for p in places[:axis] if isinstance(p, tuple))
        if isinstance(place, tuple):
            start, stop = place
        else:
            start, stop = place, place + 1
            if not before and (length <= FEW_ROWS and size(behind) <= FEW_ROWS * FEW_ROWS):
                nothing = _made("zeros", behind) if behind else _whole(0)
                part = ast.Vector((*[nothing] * start, part, *[nothing] * (length - stop)))
                continue
            part = ast.Call("reshape", (part, *map(_whole, (*before, 1, *behind)))) if before else ast.Vector((part,))
        parts = [part]
        if start:
            parts.insert(0, _made("zeros", (*before, start, *behind)))
        if stop < length:
            parts.append(_made("zeros", (*before, length - stop, *behind)))
        part = _concat(tuple(parts), len(before))
    return part
