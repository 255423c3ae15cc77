"""The emitter that sweeps use: constants are folded exactly, neutral elements are not emitted.

Only what is true of every value: `x*1`, `x + 0`, `x^1`, `if` with a known condition. A factor 0 is a
*structural* zero here (a partial that is 0 everywhere), never a number that happened to be 0.
"""

from __future__ import annotations

from typing import Any

from .exact import Constant, fold
from .graph import Graph


class Builder:
    """Emits into a graph, with folding."""

    __slots__ = ("graph", "one", "zero")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.zero = graph.const(0)
        self.one = graph.const(1)

    def const(self, value: Constant) -> int:
        """The node of a constant."""
        return self.graph.const(value)

    def value(self, node: int) -> Constant | None:
        """The constant that a node is, or None."""
        return self.graph.attrs[node] if self.graph.ops[node] == "const" else None

    def apply(self, op: str, args: tuple[int, ...], attr: Any = None) -> int:
        """The node for an operation of the table, folded where that is exact."""
        graph = self.graph
        ops = graph.ops
        for arg in args:
            if ops[arg] == "const":
                short = self._folded(op, args)
                return graph.emit(op, args, attr) if short is None else short
        if op == "*":
            pass  # the most frequent one
        elif op == "neg":
            if ops[args[0]] == "neg":
                return graph.args[args[0]][0]
        elif op == "if":
            if args[1] == args[2]:
                return args[1]
        elif op in ("+", "-") and ops[args[1]] == "neg":
            op, args = "-" if op == "+" else "+", (args[0], graph.args[args[1]][0])
        return graph.emit(op, args, attr)

    def _folded(self, op: str, args: tuple[int, ...]) -> int | None:
        """What an operation comes down to some of whose arguments are constants; None where it is to be emitted."""
        graph = self.graph
        for arg in args:
            if graph.ops[arg] != "const":
                break
        else:
            result = fold(op, [graph.attrs[arg] for arg in args])
            if result is not None:
                return graph.const(result)
        return self._neutral(op, args)

    def _neutral(self, op: str, args: tuple[int, ...]) -> int | None:
        """What an operation with one constant argument comes down to, if that is a simpler node."""
        if op == "if":
            condition = self.value(args[0])
            if condition is not None and not isinstance(condition, str):
                return args[1] if condition else args[2]
            return args[1] if args[1] == args[2] else None
        if len(args) != 2:
            return None
        u, v = args
        a, b = self.value(u), self.value(v)
        if op == "+":
            return v if a == 0 else u if b == 0 else None
        if op == "-":
            return u if b == 0 else self.neg(v) if a == 0 else None
        if op == "*":
            if a == 0 or b == 0:
                return self.zero
            if a == 1 or b == 1:
                return v if a == 1 else u
            if a == -1 or b == -1:
                return self.neg(v if a == -1 else u)
        if op == "/" and b == 1:
            return u
        if op == "^" and b == 1:
            return u
        if op == "^" and b == 0:
            return self.one
        return None

    def neg(self, u: int) -> int:
        """-u."""
        return self.apply("neg", (u,))

    def add(self, u: int, v: int) -> int:
        """u + v."""
        return self.apply("+", (u, v))

    def sub(self, u: int, v: int) -> int:
        """u - v."""
        return self.apply("-", (u, v))

    def mul(self, u: int, v: int) -> int:
        """u*v; a structural zero factor makes a structural zero."""
        return self.apply("*", (u, v))

    def div(self, u: int, v: int) -> int:
        """u/v."""
        return self.apply("/", (u, v))

    def either(self, u: int | None, v: int) -> int:
        """Whether one of two truth values holds; None is that of nothing yet."""
        return v if u is None or u == v else self.apply("or", (u, v))

    def select(self, condition: int, u: int, v: int) -> int:
        """u where the condition holds, v elsewhere; the other one is not looked at."""
        return self.apply("if", (condition, u, v))
