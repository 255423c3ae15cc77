"""From the graph back to the language: the expression that a node computes, as a tree of `dcalc.language.ast`.

The tree shares the graph's sharing (its records are immutable), so making it is linear in the graph even where the
tree, written out, would have 2^1000 nodes. Ask `tree_size` before printing; `to_program` prints such a result with
its shared parts as definitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..language import RESERVED, ast
from ..primitives import ALIASES, TABLE
from .exact import Constant
from .graph import LOOPS, Graph
from .to_ast_arrays import along, is_array_operation, softmax, unrepeated, write

#: Words of the grammar and of `lower` that no definition may be called.
_TAKEN = frozenset({"e", "pi", "inf"})
#: Decimals with more digits than this are clearer as fractions.
MAX_DECIMALS = 15
#: Whole numbers with more digits than this are clearer with a power of ten, if they end in noughts.
MAX_WHOLE = 21


def is_truth(graph: Graph, node: int) -> bool:
    """Whether a node is a truth value: a comparison, and, or, not."""
    entry = TABLE.get(graph.ops[node])
    return entry is not None and entry.truth


def to_ast(
    graph: Graph,
    node: int,
    *,
    names: Mapping[int, str] | None = None,
    iverson: bool = True,
    decimals: bool = False,
    trees: Mapping[int, ast.Node] | None = None,
) -> ast.Node:
    """The expression that a node computes.

    names: nodes below it that print as a name. iverson: truth values where a number belongs are `[z >= 0]`; without,
    they stand bare. decimals: fractions such as 1/4 print as 0.25 (for texts that were written with decimals).
    trees: nodes that print as something else, such as an input that stands for a derivative.
    """
    writer = _Writer(graph, dict(names or {}), iverson, decimals)
    if trees:
        writer.stand(trees)
    return writer.expression(node)


def tree_size(graph: Graph, node: int) -> int:
    """The number of nodes of a node's tree, where every shared part counts as often as it is used."""
    sizes: dict[int, int] = {}
    for n in graph.reachable([node]):
        sizes[n] = 1 + sum([sizes[arg] for arg in graph.args[n]])
    return sizes[node]


def operations(graph: Graph, node: int) -> int:
    """The operations of a node's tree as it is written, where every shared part counts as often as it is used."""
    counts: dict[int, int] = {}
    for n in graph.reachable([node]):
        value = graph.attrs[n]
        if graph.args[n]:
            counts[n] = sum([counts[arg] for arg in graph.args[n]]) + 1
        elif graph.ops[n] == "const" and not isinstance(value, str):
            counts[n] = (value < 0) + (not isinstance(value, (int, float)))  # -x^(-1/2): signs and lines of fractions
        else:
            counts[n] = 0
    return counts[node]


def is_small(graph: Graph, node: int, most: int) -> bool:
    """Whether a node's tree has at most `most` nodes, none of them a loop. Looks at no more than those."""
    stack = [node]
    for _ in range(most):
        node = stack.pop()
        if graph.ops[node] in LOOPS:
            return False
        stack.extend(graph.args[node])
        if not stack:
            return True
    return False


def to_program(
    graph: Graph,
    outputs: Sequence[int],
    *,
    names: Mapping[int, str] | None = None,
    iverson: bool = True,
    decimals: bool = False,
    prefix: str = "t",
    least: int = 1,
) -> ast.Program:
    """A program that computes the outputs, with every part that is used twice defined once: `t1 = …; t2 = …; …`.

    Several outputs (of one shape) are a vector. names: what to call some nodes that are defined, rather than t1, t2, ….
    least: parts of fewer operations are written wherever they are used.
    """
    order = graph.reachable(outputs)
    users = dict.fromkeys(order, 0)
    for node in order:
        for arg in graph.args[node]:
            users[arg] += 1
    for node in outputs:
        users[node] += 1
    # A definition without an input on its right would bind an input (`a = 2`), so what depends on none is inlined.
    varies = graph.depending(order, [node for node in order if graph.ops[node] == "input"])
    inputs = {graph.attrs[node] for node in order if graph.ops[node] == "input"}
    given = names or {}
    taken = inputs | _TAKEN | RESERVED | set(given.values())
    statements: list[ast.Node] = []
    writer = _Writer(graph, {}, iverson, decimals)
    count = 0
    lengths: dict[int, int] = {}
    for node in order:
        lengths[node] = min(least, sum([lengths[arg] for arg in graph.args[node]]) + bool(graph.args[node]))
        if node not in varies or graph.ops[node] in ("input", "index"):
            continue
        name = given.get(node)
        if name is None:
            if users[node] < 2 or lengths[node] < least:
                continue
            count += 1
            while f"{prefix}{count}" in taken or f"{prefix}{count}" in TABLE or f"{prefix}{count}" in ALIASES:
                count += 1
            name = f"{prefix}{count}"
        statements.append(ast.Define(name, None, writer.expression(node)))
        writer.call(node, name)
    results = [writer.expression(node) for node in outputs]
    statements.append(results[0] if len(results) == 1 else ast.Vector(tuple(results)))
    return ast.Program(tuple(statements))


class _Writer:
    """Makes trees of one graph; what was made once is used again."""

    def __init__(self, graph: Graph, names: dict[int, str], iverson: bool, decimals: bool) -> None:
        self.graph = graph
        self.names = names
        self.iverson = iverson
        self.decimals = decimals
        self._bare: dict[int, ast.Node] = {}
        self._bracketed: dict[int, ast.Node] = {}

    def expression(self, root: int) -> ast.Node:
        """The tree of a node; the node itself is written out even where it has a name."""
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self._bare:
                continue
            if node in self.names and node != root:
                self._bare[node] = ast.Name(self.names[node])
                continue
            parts = self._parts(node, root)
            if ready:
                self._bare[node] = self._write(node, parts)
            else:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(parts))
        return self._number(root)

    def stand(self, trees: Mapping[int, ast.Node]) -> None:
        """Some nodes are written as these trees."""
        self._bare.update(trees)

    def call(self, node: int, name: str) -> None:
        """From now on a node that was written is known by a name."""
        self.names[node] = name
        self._bare[node] = self._bracketed[node] = ast.Name(name)

    def _parts(self, node: int, root: int) -> list[int]:
        """The nodes that a node is written with: its arguments, or those of a whole chain max(max(a, b), c)."""
        graph = self.graph
        op = graph.ops[node]
        if is_array_operation(op):
            return list(graph.args[node])
        args = list(unrepeated(graph, node))
        if op not in TABLE or not TABLE[op].folds or len(args) != 2:
            return args
        tail = [args[1]]
        first = args[0]
        while graph.ops[first] == op and first not in self.names:
            first, last = unrepeated(graph, first)
            tail.append(last)
        tail.append(first)
        tail.reverse()
        return tail

    def _write(self, node: int, parts: list[int]) -> ast.Node:
        graph = self.graph
        op, attr = graph.ops[node], graph.attrs[node]
        if op == "input":
            return ast.Name(attr)
        if op == "const":
            return constant(attr, self.decimals)
        if is_array_operation(op):
            return write(graph, node, tuple([self._number(part) for part in parts]))
        if op in ("and", "or", "not"):
            return ast.Call(op, tuple(self._bare[part] for part in parts))
        if op == "if":
            condition, held, other = parts
            return ast.Call("if", (self._bare[condition], self._number(held), self._number(other)))
        if op == "exp" and graph.shapes[node] and parts[0] not in self.names:
            inner = softmax(graph, node)
            if inner is not None and inner[0] in self._bare:
                return along("softmax", (self._number(inner[0]),), graph.shapes[node], inner[1])
        args = tuple(self._number(part) for part in parts)
        if attr is not None:
            args = (constant(attr, self.decimals), *args)
        return ast.Call(op, args)

    def _number(self, node: int) -> ast.Node:
        """A node's tree where a number belongs."""
        bare = self._bare[node]
        if not self.iverson or not is_truth(self.graph, node) or isinstance(bare, ast.Name):
            return bare
        known = self._bracketed.get(node)
        if known is None:
            known = self._bracketed[node] = ast.Iverson(bare)
        return known


def constant(value: Constant, decimals: bool = False) -> ast.Node:
    """A constant as it is written: `3`, `-3`, `1/2`, `pi`."""
    if isinstance(value, str):
        base, _, power = value.partition("^")  # of ε also a power
        return ast.Call("^", (ast.Name(base), ast.Number(power))) if power else ast.Name(base)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            name = ast.Name("nan" if value != value else "inf")
            return ast.Call("neg", (name,)) if value < 0 else name
        return _signed(repr(abs(value)), value < 0)
    if isinstance(value, int):
        return _signed(_digits(abs(value)), value < 0)
    if decimals:
        text = decimal(abs(value.numerator), value.denominator)
        if text is not None:
            return _signed(text, value < 0)
    return ast.Call("/", (_signed(_digits(abs(value.numerator)), value < 0), ast.Number(_digits(value.denominator))))


def _digits(value: int) -> str:
    """A whole number; one that is long because it ends in noughts with a power of ten: 1e300, 2.5e31."""
    text = str(value)
    short = text.rstrip("0")
    if len(text) <= MAX_WHOLE or len(short) > MAX_DECIMALS:
        return text
    return f"{short[0]}.{short[1:]}e{len(text) - 1}".replace(".e", "e")


def decimal(numerator: int, denominator: int) -> str | None:
    """The digits of a fraction that ends within MAX_DECIMALS digits after the point, or None."""
    for places in range(MAX_DECIMALS + 1):
        scaled, rest = divmod(numerator * 10**places, denominator)
        if not rest:
            digits = str(scaled).rjust(places + 1, "0")
            return digits[: len(digits) - places] + ("." + digits[len(digits) - places :] if places else "")
    return None


def _signed(text: str, negative: bool) -> ast.Node:
    number = ast.Number(text)
    return ast.Call("neg", (number,)) if negative else number
