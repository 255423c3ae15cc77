"""The steps of `explain` as data: rewrites become formulas, with their numbers where there is a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...backends.problem import Problem
from ...backends.result import Nested, nested
from ...graph.build import Builder
from ...graph.graph import Graph
from ...graph.simplify import simplify
from ...graph.to_ast import is_small, to_ast
from ...language import ast, unparse
from ...sweeps.forward import forward
from ...sweeps.steps import CHAIN, ELEMENTARY, FACTORS, MARK, PRODUCTS, TERMS, VARIABLE, Rewrite, Rewriter, expand

#: A formula whose tree has more nodes than this is left out of a step; the result is printed in any case.
LARGEST = 1_500
#: So many rounds are told one by one; what is left then is taken at once.
MOST_ROUNDS = 200
SIMPLIFY = "simplify"
STAGES = {TERMS: "term by term", FACTORS: "constant factors", ELEMENTARY: "elementary functions",
          PRODUCTS: "product or quotient", CHAIN: "chain rule"}  # fmt: skip


class Part(NamedTuple):
    """What u stands for in a rule, with its value and that of its derivative where there is a point."""

    name: str
    tree: ast.Node | None
    value: Nested | None
    slope: Nested | None


class Line(NamedTuple):
    """A rule and its subject: the pending derivative before and what it is after, with its value at a point."""

    rule: str
    subject: ast.Node | None
    before: ast.Node | None
    after: ast.Node | None
    #: the rule in general: what is differentiated, and its derivative
    statements: tuple[tuple[ast.Node, ast.Node], ...]
    parts: tuple[Part, ...]
    note: str
    value: Nested | None


class Step(NamedTuple):
    """A step: its rules' lines, and the whole derivative after it (None where that is a giant) with its value."""

    rule: str
    stage: str
    lines: list[Line]
    formula: ast.Node | None
    value: Nested | None
    note: str = ""


class Section(NamedTuple):
    """The derivative `symbol` of a formula, step by step. held: names that are constants in it."""

    symbol: ast.Node
    of: ast.Node | None
    held: list[str]
    steps: list[Step]


def total(name: str, variable: str) -> ast.Node:
    """df/dx, as the language writes it."""
    return ast.Call("diff", (ast.Name(name), ast.Name(variable)))


def partial(name: str, variable: str) -> ast.Node:
    """∂f/∂x: the derivative in one name with the others held constant."""
    return ast.Call("partial", (ast.Name(name), ast.Name(variable)))


def differential(inner: ast.Node) -> ast.Node:
    """d of something: its change along changes of the variables."""
    return ast.Call("d", (inner,))


class Bench:
    """What the sections of one derivative have in common: the variable, what inputs stand for, and the point.

    leaf: what is differentiated in. A derivative in an array is told by differentials.
    """

    def __init__(self, graph: Graph, leaf: int, problem: Problem | None, *, decimals: bool) -> None:
        self.graph, self.leaf, self.problem, self.decimals = graph, leaf, problem, decimals
        self.builder = Builder(graph)
        self.variable = str(graph.attrs[leaf])
        self.differential = bool(graph.shapes[leaf])
        #: inputs that stand for something: how they are written, and what they are over the true inputs
        self.trees: dict[int, ast.Node] = {}
        self.real: dict[int, int] = {}
        self.names: dict[int, str] = {}
        self.seed = self.builder.one
        if self.differential:
            self.seed = self.stand(graph.shapes[leaf], differential(ast.Name(self.variable)), None)

    def stand(self, shape: tuple[int, ...], tree: ast.Node, real: int | None) -> int:
        """A new input that is written as a tree. real: what it is over the true inputs, if that is one number."""
        made = self.graph.input(f"{MARK}{len(self.graph)}", shape)
        self.trees[made] = tree
        if isinstance(tree, ast.Name):
            self.names[made] = tree.name
        if real is not None:
            self.real[made] = real
        return made

    def tree(self, node: int) -> ast.Node | None:
        """A node's formula, None for a giant."""
        if not is_small(self.graph, node, LARGEST):
            return None
        return to_ast(self.graph, node, decimals=self.decimals, trees=self.trees)

    def value(self, node: int) -> Nested | None:
        """A node's value at the point; None where there is no point, or where it is made of differentials."""
        if self.problem is None:
            return None
        made = expand(self.builder, node, self.real)
        marked = (one for one in self.graph.reachable([made]) if self.graph.ops[one] == "input")
        if any(str(self.graph.attrs[one]).startswith(MARK) for one in marked):
            return None
        value: Nested = nested(self.problem.numbers(made), self.graph.shapes[made])
        return value

    # -- one derivative ------------------------------------------------------------------------------------------

    def derive(
        self, target: int, seeds: Mapping[int, int], wrt: str, held: Sequence[str] = ()
    ) -> tuple[list[Step], int]:
        """The steps from a target's derivative to its expanded formula; the last formula's node.

        held: names that are constants here alone, of a partial derivative: theirs are ∂y/∂x, for dy/dx is not 0.
        """
        rewriter = Rewriter(self.graph, target, seeds, self.names)
        steps: list[Step] = []
        large = False
        exact = forward(self.graph, [target], {leaf: {0: one} for leaf, one in seeds.items()}) if self.problem else {}
        self._write(rewriter, wrt, exact, held)
        for count, rewrites in enumerate(rewriter.rounds()):
            if count == MOST_ROUNDS:
                step, end = self._rest(rewriter, seeds)
                return [*steps, step], end
            self._write(rewriter, wrt, exact, held)
            lines = [self._line(rewriter, one) for one in rewrites]
            whole = rewriter.root if large else rewriter.whole()
            large = large or not is_small(self.graph, whole, LARGEST)
            rule = ", ".join(dict.fromkeys(one.rule for one in rewrites))
            stage = STAGES[rewrites[0].stage]
            formula = None if large else self.tree(whole)
            steps.append(Step(rule, stage, lines, formula, None if large else self.value(whole)))
        return steps, rewriter.whole()

    def _rest(self, rewriter: Rewriter, seeds: Mapping[int, int]) -> tuple[Step, int]:
        """Whatever is pending after very many steps, at once."""
        graph, left = self.graph, rewriter.open
        tangents = forward(graph, left, {leaf: {0: one} for leaf, one in seeds.items()}, shown=True)
        rest = {
            rewriter.pending[node]: graph.full(tangents.get(node, {}).get(0, self.builder.zero), graph.shapes[node])
            for node in left
        }
        end = rewriter.whole(rest)
        note = f"{len(left)} more derivatives, by the same rules"
        return Step("the same rules", "the rest", [], self.tree(end), self.value(end), note), end

    def _write(self, rewriter: Rewriter, wrt: str, exact: Mapping[int, Mapping[int, int]], held: Sequence[str]) -> None:
        """How new pending derivatives are written, and what they are at the point."""
        for node, made in rewriter.pending.items():
            if made in self.trees:
                continue
            inner = self.tree(node) or ast.Name("…")
            of = differential(inner) if self.differential else ast.Call("diff", (inner, ast.Name(wrt)))
            if isinstance(inner, ast.Name) and inner.name in held:
                of = partial(inner.name, wrt)
            self.trees[made] = of
            if self.problem is not None and not self.differential:
                if node not in exact and node in rewriter.active:  # a product without its constant factors
                    seeds = {leaf: {0: one} for leaf, one in rewriter.seeds.items()}
                    found: Mapping[int, int] = forward(self.graph, [node], seeds).get(node, {})
                else:
                    found = exact.get(node, {})
                slope = self.graph.full(found.get(0, self.builder.zero), self.graph.shapes[node])
                self.real[made] = expand(self.builder, slope, self.real)

    def _line(self, rewriter: Rewriter, one: Rewrite) -> Line:
        pending = rewriter.pending[one.node]
        parts = []
        for name, node in one.parts:
            slope = rewriter.pending.get(node)
            symbol = rewriter.seeds.get(node) if slope is None else slope
            parts.append(Part(name, self.tree(node), self.value(node), None if symbol is None else self.value(symbol)))
        return Line(
            one.rule, self.tree(one.node), self.trees[pending], self.tree(one.after), one.statements, tuple(parts),
            one.note, self.value(one.after),
        )  # fmt: skip

    def simplified(self, steps: list[Step], node: int) -> int:
        """The formula simplified, as a step of its own, where that makes it shorter."""
        (made,) = simplify(self.graph, [node], decimals=self.decimals)
        tree = self.tree(made)
        before = steps[-1].formula if steps else None
        if tree is not None and before is not None and len(unparse(tree)) >= len(unparse(before)):
            return node
        if tree is not None:
            rule = SIMPLIFY if steps or made != node else VARIABLE  # of x itself, or of a component of it, nothing else
            steps.append(Step(rule, SIMPLIFY if rule == SIMPLIFY else STAGES[ELEMENTARY], [], tree, self.value(made)))
        return made


def free_name(wanted: Sequence[str], taken: set[str]) -> str:
    """The first of some names that nothing is called yet, else the last one with a number."""
    for name in wanted:
        if name not in taken:
            return name
    count = 1
    while f"{wanted[-1]}_{count}" in taken:
        count += 1
    return f"{wanted[-1]}_{count}"
