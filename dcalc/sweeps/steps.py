"""A derivative step by step: pending derivatives are rewritten by one rule of the table after the other.

A derivative that is still to be taken is an input in its place; a rule turns it into an expression over the node's
arguments and their pending derivatives. The order is the lectures' strategy: term by term and constant factors, then
elementary functions, then products and quotients, then the chain rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..graph.build import Builder
from ..graph.graph import LEAVES, MOVES, Graph
from ..graph.template import template
from ..graph.to_ast import is_small, to_ast
from ..language import ast, unparse
from ..primitives import TABLE
from ..primitives.entry import Primitive
from . import moves
from .rules import Rules

#: The strategy's four stages, the first of them in its two parts.
TERMS, FACTORS, ELEMENTARY, PRODUCTS, CHAIN = range(5)
#: What rules are called that the table has under another operation or that concern no operation at all.
CONSTANT_FACTOR, EXPONENTIAL, CONSTANT = TABLE["neg"].rule, TABLE["exp"].rule, "constant rule"
VARIABLE, RECIPROCAL, COMPONENTS, LINEAR = (
    "the variable itself",
    "reciprocal rule",
    "component by component",
    "linearity",
)
#: How an input is called that stands for a pending derivative.
MARK = "\0"
#: A kink is told as a formula of at most so many nodes.
SMALL = 40


class Rewrite(NamedTuple):
    """One rule applied to one pending derivative.

    node: whose derivative it was. after: what it is now. wants: the nodes whose derivatives are pending in it.
    parts: what u, v of the rule stand for. statements: the rule in general, (u*v)' and what that is.
    """

    stage: int
    rule: str
    node: int
    after: int
    wants: tuple[int, ...]
    parts: tuple[tuple[str, int], ...] = ()
    statements: tuple[tuple[ast.Node, ast.Node], ...] = ()
    note: str = ""


def tangent(rules: Rules, node: int, given: Sequence[int | None]) -> int:
    """The textbook's tangent of a node from those of its arguments; None is the tangent of what is held constant."""
    builder, graph = rules.builder, rules.graph
    entry, args = rules.entry(node), graph.args[node]
    zero = builder.zero
    total = zero
    if entry is None:
        return moves.tangent(builder, node, given) if graph.ops[node] in MOVES else zero
    if entry.kind == "selection":
        condition, first, second = rules.choice(entry, node)
        held, other = (zero if k is None or given[k] is None else given[k] for k in (first, second))
        assert held is not None and other is not None
        total = builder.select(condition, held, other)
    elif entry.kind == "elementwise" and entry.shown_tangent and None not in given:
        names = (*entry.parameters, *(f"d{name}" for name in entry.parameters), "y")
        tangents = tuple(one for one in given if one is not None)
        total = template(entry.shown_tangent, names).emit(builder, (*args, *tangents, node))
    else:
        for position, one in enumerate(given):
            if one is not None:
                total = builder.add(total, _term(rules, entry, node, position, one))
    return graph.full(total, graph.shapes[node])


def _term(rules: Rules, entry: Primitive, node: int, position: int, one: int) -> int:
    """What one argument's tangent adds."""
    builder, graph = rules.builder, rules.graph
    if entry.kind == "reduction":
        return rules.reduced(entry, node, one, None)[0]
    if entry.kind != "elementwise":
        return rules.tangent(entry, node, position, graph.full(one, graph.shapes[graph.args[node][position]]))
    partial = rules.partial(entry, node, position)
    if graph.ops[partial] == "/" and graph.args[partial][0] == builder.one:
        return builder.div(one, graph.args[partial][1])  # u'/u is (1/u)*u'
    return builder.mul(partial, one)


class Rewriter:
    """The derivative of a target, rewritten round by round.

    seeds: leaf -> its tangent: the constant 1 for the variable itself, another input (a symbol) for what has a
    derivative of its own that is not looked into, such as dW. names: what inputs are called, if not as they are.
    """

    def __init__(
        self, graph: Graph, target: int, seeds: Mapping[int, int], names: Mapping[int, str] | None = None
    ) -> None:
        self.graph = graph
        self.names = names or {}
        self.builder = Builder(graph)
        self.rules = Rules(self.builder, shown=True)
        self.seeds = dict(seeds)
        self.active = graph.depending(graph.reachable([target]), self.seeds)
        inputs = (node for node in graph.reachable([target]) if graph.ops[node] == "input")
        #: names that the letters of rules are not to be confused with
        self.taken = {self._name(node) for node in inputs}
        self.variable = next((leaf for leaf, one in self.seeds.items() if one == self.builder.one), None)
        #: node -> the input that stands for its derivative, and the other way round
        self.pending: dict[int, int] = {}
        self.stands: dict[int, int] = {}
        #: pending derivative -> what it was rewritten to
        self.solved: dict[int, int] = {}
        self._known: dict[int, Rewrite] = {}
        self._first = len(graph)
        self.target = target
        self.root = self._of(target, [])
        self.open = [target] if self.root in self.stands else []

    def rounds(self) -> Iterator[list[Rewrite]]:
        """Every round's rewrites: those of the earliest stage that is open, of one kind."""
        while self.open:
            found = [self._rewrite(node) for node in self.open]
            stage = min(one.stage for one in found)
            chosen = [one for one in found if one.stage == stage]
            if stage >= PRODUCTS:
                chosen = [one for one in chosen if one.rule == chosen[0].rule]
            done = {one.node: one for one in chosen}
            for one in chosen:
                self.solved[self.pending[one.node]] = one.after
            following: dict[int, None] = {}
            for node in self.open:
                for new in done[node].wants if node in done else (node,):
                    if self.pending[new] not in self.solved:
                        following[new] = None
            self.open = list(following)
            yield chosen

    def whole(self, others: Mapping[int, int] | None = None) -> int:
        """The derivative as far as it is rewritten. others: what stands for some of the inputs."""
        return expand(self.builder, self.root, {**(others or {}), **self.solved}, 0 if others else self._first)

    # -- one rule ------------------------------------------------------------------------------------------------

    def _of(self, node: int, wants: list[int]) -> int:
        """What stands for a node's derivative."""
        if node in self.seeds and self.seeds[node] != self.builder.one:
            return self.seeds[node]
        if (
            self.graph.ops[node] == "index"
            and self.seeds.get(self.graph.args[node][0], self.builder.one) != self.builder.one
        ):
            return self.graph.index(self.seeds[self.graph.args[node][0]], self.graph.attrs[node])  # dv[1]
        known = self.pending.get(node)
        if known is None:
            known = self.graph.input(f"{MARK}{len(self.graph)}", self.graph.shapes[node])
            self.pending[node], self.stands[known] = known, node
        if node not in wants:
            wants.append(node)
        return known

    def _rewrite(self, node: int) -> Rewrite:
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._made(node)
        return known

    def _made(self, node: int) -> Rewrite:
        graph, builder = self.graph, self.builder
        if node in self.seeds:
            return Rewrite(ELEMENTARY, VARIABLE, node, self.seeds[node], ())
        if node not in self.active:
            return Rewrite(
                ELEMENTARY, CONSTANT, node, graph.full(builder.zero, graph.shapes[node]), (), note=self._held(node)
            )
        op = graph.ops[node]
        wants: list[int] = []
        if op in ("+", "-"):
            return self._terms(node, wants)
        if op == "*":
            found = self._factors(node, wants)
            if found is not None:
                return found
        args = graph.args[node]
        stage, rule = self._kind(node)
        if stage == ELEMENTARY:
            given = [self.seeds.get(arg) for arg in args]
        else:
            moving = [arg in self.active and not (op == "if" and k == 0) for k, arg in enumerate(args)]
            given = [self._of(arg, wants) if one else None for one, arg in zip(moving, args, strict=True)]
        after = tangent(self.rules, node, given)
        parts: list[tuple[str, int]] = []
        statement = self._statement(node, parts, variable=stage == ELEMENTARY)
        parts = parts if stage >= PRODUCTS else []
        return Rewrite(stage, rule, node, after, tuple(wants), tuple(parts), (statement,), self._kink(node))

    def _held(self, node: int) -> str:
        """Why something with a name in it is a constant."""
        graph = self.graph
        names = [self._name(one) for one in graph.reachable([node]) if graph.ops[one] == "input"]
        return f"{', '.join(names)} held constant" if names and self.variable is not None else ""

    def _name(self, leaf: int) -> str:
        return self.names.get(leaf) or str(self.graph.attrs[leaf])

    def _terms(self, root: int, wants: list[int]) -> Rewrite:
        """A sum and its inner sums at once, term by term."""
        graph, builder = self.graph, self.builder
        terms: list[tuple[int, int]] = []
        stack, ops = [(root, 1)], {graph.ops[root]: None}
        while stack:
            node, sign = stack.pop()
            inner = graph.ops[node] in ("+", "-") and node in self.active and node not in self.seeds
            if inner and (node == root or graph.shapes[node] == graph.shapes[root]):
                ops[graph.ops[node]] = None
                left, right = graph.args[node]
                stack += [(right, -sign if graph.ops[node] == "-" else sign), (left, sign)]
            elif node in self.active or not graph.shapes[root]:
                terms.append((node, sign))
        total: int | None = None
        for node, sign in terms:
            one = self._of(node, wants)
            if total is None:
                total = one if sign > 0 else builder.neg(one)
            else:
                total = builder.add(total, one) if sign > 0 else builder.sub(total, one)
        assert total is not None
        rule = ", ".join(TABLE[op].rule for op in sorted(ops))
        statements = tuple(self._statement(root, [], op=op) for op in sorted(ops))
        return Rewrite(TERMS, rule, root, graph.full(total, graph.shapes[root]), tuple(wants), (), statements)

    def _factors(self, root: int, wants: list[int]) -> Rewrite | None:
        """Constant factors of a product, all at once; None where there are none."""
        graph, builder = self.graph, self.builder
        held, others = [], []
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in self.active:
                held.append(node)
            elif graph.ops[node] == "*" and node not in self.seeds:
                stack += reversed(graph.args[node])
            else:
                others.append(node)
        if not held:
            return None
        constant, rest = held[0], others[0]
        for node in held[1:]:
            constant = builder.mul(constant, node)
        for node in others[1:]:
            rest = builder.mul(rest, node)
        if rest not in self.active:
            self.active |= graph.depending(graph.reachable([rest]), self.seeds)
        after = graph.full(builder.mul(constant, self._of(rest, wants)), graph.shapes[root])
        small = Graph()
        u, c = small.input("u"), small.input("c")
        made = (to_ast(small, small.emit("*", (c, u))), to_ast(small, small.emit("*", (c, small.input("u'")))))
        return Rewrite(FACTORS, CONSTANT_FACTOR, root, after, tuple(wants), (), (made,), self._held(constant))

    def _kind(self, node: int) -> tuple[int, str]:
        """The stage of a rule and its name."""
        graph, active = self.graph, self.active
        op, args = graph.ops[node], graph.args[node]
        entry = self.rules.entry(node)
        if entry is None:
            return TERMS, COMPONENTS
        moving = [arg in active for arg in args]
        elementary = all(arg == self.variable for arg in args if arg in active)
        outer = entry.rule
        if op == "neg":
            return FACTORS, outer
        if op in ("/", "@", "*", "outer"):
            if all(moving):
                return PRODUCTS, outer
            if op != "/" or moving[0]:
                return FACTORS, CONSTANT_FACTOR
            return (ELEMENTARY, RECIPROCAL) if elementary else (PRODUCTS, f"{RECIPROCAL}, chain rule")
        if entry.kind == "multilinear":
            return FACTORS, outer if len(args) == 1 else LINEAR
        if entry.kind == "reduction" and entry.d == ("1",):
            return TERMS, outer
        if op == "^" and moving[1]:
            outer = f"{outer} and {EXPONENTIAL}" if moving[0] else EXPONENTIAL
            if elementary and moving[0]:
                return CHAIN, outer
        if elementary and not graph.shapes[node]:
            return ELEMENTARY, outer
        if entry.kind == "selection" or outer == "chain rule":
            return CHAIN, outer if entry.kind == "selection" else f"chain rule, derivative of {entry.word}"
        return CHAIN, f"chain rule, {outer}"

    def _statement(
        self, node: int, parts: list[tuple[str, int]], *, op: str = "", variable: bool = False
    ) -> tuple[ast.Node, ast.Node]:
        """A rule in general, by the table's own tangent over u, v, … and constants c, …; fills in what u, v are."""
        source, small = self.graph, Graph()
        rules = Rules(Builder(small), shown=True)
        entry = TABLE.get(op or source.ops[node])
        plain = entry is not None and entry.kind in ("elementwise", "selection")
        active, constant = ((one for one in some if one not in self.taken) for some in ("uvwpqrst", "ckmabdg"))
        args: list[int] = []
        given: list[int | None] = []
        for position, arg in enumerate(source.args[node]):
            shape = () if plain else source.shapes[arg]
            moving = bool(op) or arg in self.active
            if not moving and source.is_const(arg) and source.attrs[arg] in (0, 1):
                args.append(small.const(source.attrs[arg]))
                given.append(None)
                continue
            if moving and variable:
                name = self._name(arg)
            elif moving:
                name = next(active, f"u{position}")
                parts.append((name, arg))
            else:
                power = source.ops[node] == "^" and position == 1
                name = "n" if power and "n" not in self.taken else next(constant, f"c{position}")
                name = name.upper() if len(shape) == 2 else name
            args.append(small.input(name, shape))
            slope = rules.builder.one if variable else small.input(f"{name}'", shape)
            given.append(slope if moving else None)
        if entry is None and source.ops[node] == "index":
            made = small.index(args[0], source.attrs[node])
        else:
            made = small.emit(op or source.ops[node], tuple(args), None if op else source.attrs[node])
        return to_ast(small, made), to_ast(small, tangent(rules, made, given))

    def _kink(self, node: int) -> str:
        """What has to be said where a rule has a convention."""
        entry = self.rules.entry(node)
        if entry is None:
            return ""
        if entry.name == "if":
            return "of the branch that is taken; the condition itself is not differentiated"
        if not entry.kink:
            return ""
        zero = self.rules.formula(entry, entry.kink, node)
        if self.graph.ops[zero] in LEAVES and zero not in self.active:
            return ""
        where = self._where(zero) if is_small(self.graph, zero, SMALL) else f"{entry.kink} == 0"
        return f"no derivative where {where}: there the formula follows the lectures' convention"

    def _where(self, zero: int) -> str:
        """Where something is 0, as one says it: u == v for u - v, and the case for what is 0 in one case only."""
        graph = self.graph
        op, args = graph.ops[zero], graph.args[zero]
        if op == "-":
            return f"{self._written(args[0])} == {self._written(args[1])}"
        if op == "if":
            case = self._written(args[0])
            case = case[1:-1] if case[0] == "[" and case[-1] == "]" else case
            zeros, never = [graph.attrs[one] if graph.is_const(one) else None for one in args[1:]], (None, 0)
            if zeros[0] == 0 and zeros[1] not in never:
                return case
            if zeros[1] not in never:
                return f"{case} and {self._written(args[1])} == 0"
            if zeros[0] not in never:
                return f"{self._written(args[2])} == 0, unless {case}"
        return f"{self._written(zero)} == 0"

    def _written(self, node: int) -> str:
        trees = {leaf: ast.Name(name) for leaf, name in self.names.items()}
        return unparse(to_ast(self.graph, node, trees=trees))


def expand(builder: Builder, root: int, replaced: Mapping[int, int], first: int = 0) -> int:
    """A node in which inputs are what they stand for, also in what those stand for; folded as sweeps do.

    first: nodes below this number have none of those inputs in them, except the inputs themselves.
    """
    graph = builder.graph
    new: dict[int, int] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in new:
            stack.pop()
            continue
        if node in replaced:
            below: tuple[int, ...] = (replaced[node],)
        else:
            below = () if node < first else graph.args[node]
        missing = [one for one in below if one not in new]
        if missing:
            stack += reversed(missing)
            continue
        stack.pop()
        args = tuple(new[one] for one in below)
        if node in replaced:
            new[node] = args[0]
        elif args == below:
            new[node] = node
        else:
            attr, op = graph.attrs[node], graph.ops[node]
            made = graph.remade(node, args) if op in MOVES else builder.apply(op, args, attr)
            new[node] = graph.full(made, graph.shapes[node])
    return new[root]
