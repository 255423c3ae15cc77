"""An interpreter of array graphs of our own, in plain NumPy, for tests of what must not change a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dcalc.graph.exact import to_float
from dcalc.graph.graph import Graph

UNARY = {
    "neg": np.negative, "exp": np.exp, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "abs": np.abs, "sqrt": np.sqrt,
    "log": np.log, "sign": np.sign, "relu": lambda a: np.maximum(a, 0), "not": np.logical_not,
}  # fmt: skip
BINARY = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "max": np.maximum,
    "min": np.minimum, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal,
    "!=": np.not_equal, "and": np.logical_and, "or": np.logical_or, "logsumexp": np.logaddexp,
}  # fmt: skip


def _logsumexp(a: Any, axis: int | None) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(a - largest), axis=axis)) + np.squeeze(largest, axis)


REDUCTIONS = {
    "sum[]": lambda a, axis: np.sum(a, axis=axis),
    "max[]": lambda a, axis: np.max(a, axis=axis),
    "min[]": lambda a, axis: np.min(a, axis=axis),
    "norm[]": lambda a, axis: np.sqrt(np.sum(a * a, axis=axis)),
    "logsumexp[]": _logsumexp,
}


def _last(a: Any, axis: int | None, least: bool) -> Any:
    a = -a if least else a
    if axis is None:
        flat = _last(a.reshape(-1), -1, False)
        return flat.reshape(a.shape)
    turned = np.flip(a, axis)
    place = a.shape[axis] - 1 - np.argmax(turned, axis=axis)
    result = np.zeros_like(a)
    np.put_along_axis(result, np.expand_dims(place, axis), 1.0, axis)
    return result


def _subscript(places: Any) -> Any:
    return tuple(slice(*place) if isinstance(place, tuple) else place for place in places)


def _one(op: str, args: list[Any], attr: Any) -> Any:
    if op in UNARY:
        return UNARY[op](*args)
    if op in BINARY:
        return BINARY[op](*args)
    if op in REDUCTIONS:
        return REDUCTIONS[op](args[0], attr)
    if op in ("last_max", "last_min"):
        return _last(args[0], attr, op == "last_min")
    if op == "if":
        return np.where(args[0] != 0, args[1], args[2])
    if op == "index":
        return args[0][_subscript(attr)]
    if op == "place":
        result = np.zeros(attr[1])
        result[_subscript(attr[0])] = args[0]
        return result
    if op == "cofactor":
        return np.linalg.det(args[0]) * np.linalg.inv(args[0]).T
    if op == "solve":
        return np.linalg.solve(args[0], args[1][:, None])[:, 0] if args[1].ndim == 1 else np.linalg.solve(*args)
    plain = {
        "vector": lambda: np.stack(args),
        "concat": lambda: np.concatenate(args, attr),
        "reshape": lambda: np.reshape(args[0], attr),
        "broadcast": lambda: np.broadcast_to(args[0], attr),
        "@": lambda: args[0] @ args[1],
        "outer": lambda: np.outer(*args),
        "transpose": lambda: np.transpose(args[0]),
        "diag": lambda: np.diag(args[0]),
        "det": lambda: np.linalg.det(args[0]),
        "inv": lambda: np.linalg.inv(args[0]),
    }
    return plain[op]()


def value(graph: Graph, root: int, point: Mapping[str, Any]) -> Any:
    """The value of a node as an array of its shape; nan and infinities where NumPy has them."""
    known: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in graph.reachable([root]):
            op, attr = graph.ops[node], graph.attrs[node]
            if op == "input":
                known[node] = np.asarray(point[attr], dtype=float)
            elif op == "const":
                known[node] = np.asarray(to_float(attr))
            else:
                known[node] = np.asarray(_one(op, [known[arg] for arg in graph.args[node]], attr), dtype=float)
            assert known[node].shape == graph.shapes[node], op
    return known[root]
