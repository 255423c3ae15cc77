"""The chain rule of vector functions: J_y(x) = J_f(g(x))·J_g(x), with the shapes of the factors and of the product."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ...backends.problem import Problem, variable
from ...backends.result import Nested, nested
from ...errors import DcalcError
from ...graph.build import Builder
from ...graph.graph import LEAVES, Graph
from ...graph.path import cut_out
from ...graph.shapes import Shape
from ...graph.simplify import simplify
from ...graph.to_ast import is_small, to_ast
from ...language import ast, parse, source, unparse
from ...primitives import ALIASES, TABLE
from ...sweeps.derivative import derivative
from ...sweeps.steps import MARK, expand
from ..base import Ask, State
from ..diff import asked_for
from ..prepare import Prepared, prepare
from .named import own_names
from .steps import LARGEST


class Factor(NamedTuple):
    """A Jacobian: of what, in what, rows x columns, as a formula (None for a giant) and as numbers at a point."""

    of: str
    wrt: tuple[str, ...]
    shape: tuple[int, int]
    formula: ast.Node | None
    value: Nested | None


class Product(NamedTuple):
    """The factors from the value back to the inputs, what the values between them are, and the product."""

    factors: list[Factor]
    definitions: list[tuple[str, ast.Node | None]]
    product: Factor


def composed(state: State, ask: Ask) -> tuple[Prepared, Ask] | None:
    """The program with a name for the inner value where it ends in f(g(x)), functions of the user's; else None."""
    text = ask.operand
    assert text is not None
    tree = parse(text)
    last = tree.children[-1] if tree.children else tree
    inner = last.children[0] if _is_call(last) and len(last.children) == 1 else None
    if inner is None or not _is_call(inner):
        return None
    assert isinstance(last, ast.Call)
    taken = {"e", "pi", "inf"}
    for statement in tree.children:
        own = set(statement.parameters or ()) if isinstance(statement, ast.Define) else set()
        found = (one for one in statement.walk() if isinstance(one, (ast.Name, ast.Define, ast.Declare)))
        taken |= {one.name for one in found} - own
    taken |= set(state.names.nodes) | set(state.names.functions) | set(state.point) | set(ALIASES) | set(TABLE)
    name = next((one for one in (*_parameter(state, tree, last.function), "u", "v", "w", "z") if one not in taken), "")
    if not name:
        return None
    outer = ast.Call(last.function, (ast.Name(name),), last.span, last.at)
    program = ast.Program((*tree.children[:-1], ast.Define(name, None, inner), outer))
    again = ask._replace(operand=source(unparse(program)))
    try:
        return prepare(state, again), again
    except DcalcError:  # it is only for the steps: without the name they are longer
        return None


def _is_call(node: ast.Node) -> bool:
    if not isinstance(node, ast.Call) or node.primes or node.keywords:
        return False
    return node.function.isidentifier() and node.function not in TABLE and node.function not in ALIASES


def _parameter(state: State, tree: ast.Node, function: str) -> tuple[str, ...]:
    """What a function calls its argument."""
    for node in tree.children:
        if isinstance(node, ast.Define) and node.name == function and node.parameters:
            return node.parameters
    known = state.names.functions.get(function)
    return known.parameters if known else ()


def products(state: State, ask: Ask, prepared: Prepared, names: Sequence[str], name: str) -> list[Product]:
    """The products for the variables of these names: the numbers among them together, each vector alone."""
    numbers = bool(ask.get("at"))
    asked, _ = asked_for(prepared, list(names), numbers=numbers)
    graph = asked.graph
    leaves = [prepared.leaf(one) for one in names]
    reached = set(graph.reachable([asked.output]))
    groups = [[leaf for leaf in leaves if not graph.shapes[leaf] and leaf in reached]]
    groups += [[leaf] for leaf in leaves if len(graph.shapes[leaf]) == 1 and leaf in reached]
    found = []
    for group in groups:
        if group and len(graph.shapes[asked.output]) < 2:
            chain = _Chain(prepared, asked, group, name, numbers)
            made = chain.product() or chain.read_again(state, ask)
            found += [made] if made else []
    return found


class _Chain:
    """A value that depends on some inputs by way of named values only, one after the other."""

    def __init__(self, prepared: Prepared, asked: Problem, group: list[int], name: str, numbers: bool) -> None:
        self.prepared, self.group, self.name = prepared, group, name
        self.graph: Graph = asked.graph
        self.output = asked.output
        point = dict(asked.point)
        self.asked = Problem(self.graph, self.output, tuple(variable(self.graph, one) for one in group), point)
        self.numbers = numbers

    def product(self) -> Product | None:
        """The factors and their product; None where nothing lies between, or where all of it are numbers."""
        graph = self.graph
        between = self._between()
        shapes = [graph.shapes[node] for node in (self.output, *(node for node, _ in between))]
        if not between or not (any(shapes) or len(self.group) > 1 or graph.shapes[self.group[0]]):
            return None
        stands = {node: graph.input(f"{MARK}{name}", graph.shapes[node]) for node, name in between}
        real = {stand: node for node, stand in stands.items()}
        names = dict(zip(stands.values(), (name for _, name in between), strict=True))
        nodes = [self.output, *(node for node, _ in reversed(between))]
        labels = [self.name, *(name for _, name in reversed(between))]
        factors, definitions = [], []
        for (node, inner), label in zip(pairwise(nodes), labels, strict=False):
            cut = cut_out(graph, inner, stands[inner])
            assert cut is not None
            (body,) = graph.substitute([node], cut)
            factors.append(self._factor(label, body, [stands[inner]], real, names))
            definitions.append((label, self._tree(body, names)))
        factors.append(self._factor(labels[-1], nodes[-1], self.group, real, names))
        definitions.append((labels[-1], self._tree(nodes[-1], names)))
        whole = self._factor(self.name, self.output, self.group, real, names)
        return Product(factors, definitions, whole)

    def read_again(self, state: State, ask: Ask) -> Product | None:
        """The product by a vector that has an input for a component: the program is read with that vector free."""
        graph, lowered = self.graph, self.prepared.lowered
        for label, node in reversed(lowered.names.nodes.items()):
            if (
                node == self.output
                or graph.ops[node] != "vector"
                or len(graph.shapes[node]) > 1
                or cut_out(graph, node, node) is not None
            ):
                continue
            try:
                again = prepare(state, ask._replace(options={**ask.options, "wrt": [source(label)]}))
            except DcalcError:
                continue
            inner, leaf = again.lowered.freed.get(label), again.leaf(label)
            below = set(graph.reachable([again.output]))
            if inner is None or leaf not in below or again.lowered.conditions:
                continue
            if below.isdisjoint(self.group) and set(graph.reachable([inner])).issuperset(self.group):
                outer = self._factor(self.name, again.output, [leaf], {leaf: inner}, {})
                factors = [outer, self._factor(label, inner, self.group, {}, {})]
                definitions = [(self.name, self._tree(again.output, {})), (label, self._tree(inner, {}))]
                return Product(factors, definitions, self._factor(self.name, self.output, self.group, {}, {}))
        return None

    def _between(self) -> list[tuple[int, str]]:
        """The named values through which everything goes, from the inputs on."""
        graph = self.graph
        lowered = self.prepared.lowered
        labels = {**{node: name for name, node in lowered.names.nodes.items()}, **lowered.labels}
        order = graph.reachable([self.output])
        told = own_names(graph, labels, order, graph.depending(order, self.group), self.output)
        found: list[tuple[int, str]] = []
        names: set[str] = set()
        for node in sorted(labels):
            if node == self.output or graph.ops[node] in LEAVES or len(graph.shapes[node]) > 1:
                continue
            stand = graph.input(f"{MARK}{labels[node]}", graph.shapes[node])
            cut = cut_out(graph, node, stand)
            if cut is None or labels[node] in names:
                continue
            (without,) = graph.substitute([self.output], cut)
            below = set(graph.reachable([without]))
            made_of = set(graph.reachable([node]))
            outside = any(leaf in below for leaf in self.group)
            if stand in below and not outside and all(leaf in made_of for leaf in self.group):
                found.append((node, told.get(node, labels[node])))
                names.add(labels[node])
        return found

    def _tree(self, node: int, names: dict[int, str]) -> ast.Node | None:
        if not is_small(self.graph, node, LARGEST):
            return None
        trees = {one: ast.Name(name) for one, name in names.items()}
        return to_ast(self.graph, node, decimals=self.prepared.decimals, trees=trees)

    def _factor(self, of: str, node: int, leaves: Sequence[int], real: dict[int, int], names: dict[int, str]) -> Factor:
        """The Jacobian of a node in some inputs: numbers, each a column, or one vector."""
        graph = self.graph
        columns = sum(graph.size(leaf) for leaf in leaves)
        shape = (graph.size(node), columns)
        shown = self._jacobian(node, leaves, shown=True)
        (made,) = simplify(graph, [shown], decimals=self.prepared.decimals)
        value = None
        if self.numbers:
            exact = expand(Builder(graph), self._jacobian(node, leaves, shown=False), real)
            value = nested(self.asked.numbers(exact), shape)
        wrt = tuple(names.get(leaf) or str(graph.attrs[leaf]) for leaf in leaves)
        return Factor(of, wrt, shape, self._tree(made, names), value)

    def _jacobian(self, node: int, leaves: Sequence[int], *, shown: bool) -> int:
        graph = self.graph
        parts = [derivative(graph, node, leaf, shown=shown) for leaf in leaves]
        if graph.shapes[leaves[0]]:
            return parts[0]
        out: Shape = graph.shapes[node]
        if not out:
            return graph.vector(tuple(parts)) if len(parts) > 1 else parts[0]
        if len(parts) == 1:
            return parts[0]
        return graph.vector(
            tuple(graph.vector(tuple(graph.index(part, (k,)) for part in parts)) for k in range(out[0]))
        )
