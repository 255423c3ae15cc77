"""How derivatives follow numbers that only move: into vectors, out of them, to other shapes, to several places.

These operations are linear, and the reverse of each is another one of them (or a sum, where one number went to several
places). A tangent or adjoint may be of a smaller shape that broadcasts to its node's: a derivative of 1 in every
component is the number 1. It is made full only where its shape matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.build import Builder
from ..graph.shapes import Places, Shape, kept, size

#: A sparse adjoint of at most so many components is written as a vector of them.
FEW = 64


def tangent(builder: Builder, node: int, given: Sequence[int | None]) -> int:
    """The tangent of a moving node from those of its arguments; None is a tangent of 0."""
    graph = builder.graph
    op, args, attr = graph.ops[node], graph.args[node], graph.attrs[node]
    whole = [
        graph.full(builder.zero if one is None else one, graph.shapes[arg])
        for arg, one in zip(args, given, strict=True)
    ]
    if op == "index":
        return graph.index(whole[0], attr)
    if op == "reshape":
        return graph.reshape(whole[0], attr)
    if op in ("pick", "put"):  # where it is does not move
        whole[1] = args[1]
    return graph.emit(op, tuple(whole), attr)


def adjoints(builder: Builder, node: int, adjoint: int) -> list[int]:
    """What a moving node (but an index, see `gathered`) hands to each of its arguments of its adjoint."""
    graph = builder.graph
    op, args, attr, shape = graph.ops[node], graph.args[node], graph.attrs[node], graph.shapes[node]
    if op in ("pick", "put"):
        adjoint = graph.full(adjoint, shape)
        if op == "put":
            return [graph.emit("pick", (adjoint, args[1])), builder.zero]
        return [graph.emit("put", (adjoint, args[1]), graph.shapes[args[0]]), builder.zero]
    if op == "broadcast":
        return [unbroadcast(builder, adjoint, shape, graph.shapes[args[0]])]
    if not graph.shapes[adjoint]:
        return [adjoint] * len(args)
    adjoint = graph.full(adjoint, shape)
    if op == "vector":
        return [graph.index(adjoint, (k,)) for k in range(len(args))]
    if op == "place":
        return [graph.index(adjoint, attr[0])]
    if op == "reshape":
        return [graph.reshape(adjoint, graph.shapes[args[0]])]
    assert op == "concat"
    place, start, parts = len(shape) + attr, 0, []
    for arg in args:
        stop = start + graph.shapes[arg][place]
        parts.append(graph.index(adjoint, (*((0, n) for n in shape[:place]), (start, stop))))
        start = stop
    return parts


def gathered(builder: Builder, shape: Shape, parts: Mapping[Places, int]) -> int:
    """The adjoint of an array from those of its parts: zeros in all other places."""
    graph = builder.graph
    whole = all(len(places) == len(shape) and not any(isinstance(k, tuple) for k in places) for places in parts)
    if whole and (size(shape) <= FEW or 2 * len(parts) >= size(shape)):
        flat = [builder.zero] * size(shape)
        for places, part in parts.items():
            position = 0
            for length, k in zip(shape, places, strict=True):
                assert not isinstance(k, tuple)
                position = position * length + k
            flat[position] = part
        return graph.stacked(flat, shape)
    total: int | None = None
    for places, part in parts.items():
        one = graph.emit("place", (part,), (places, shape))
        total = one if total is None else builder.add(total, one)
    assert total is not None
    return total


def total(builder: Builder, node: int, shape: Shape, axis: int | None) -> int:
    """The sum over all or one axis of a value that stands for an array of this shape."""
    graph = builder.graph
    if not graph.shapes[node]:
        return builder.mul(builder.const(size(shape) if axis is None else shape[axis]), node)
    return graph.emit("sum[]", (graph.full(node, shape),), axis)


def unbroadcast(builder: Builder, node: int, shape: Shape, target: Shape) -> int:
    """What an adjoint of a broadcast value of `shape` comes to for the argument of shape `target`."""
    graph = builder.graph
    if shape == target:
        return node
    if not target or size(target) == 1:
        return graph.full(total(builder, node, shape, None), target)
    for axis in range(-len(shape), 0):
        extra = len(target) + axis < 0
        if extra or (target[axis] == 1 and shape[axis] != 1):
            node = total(builder, node, shape, axis)
            after = kept(shape, axis)
            if graph.shapes[node]:
                node = graph.reshape(node, after)
            shape = after
    return graph.reshape(node, target) if graph.shapes[node] else node
