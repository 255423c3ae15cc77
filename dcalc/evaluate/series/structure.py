"""Which nodes a series to an order needs, to which order each, and how they depend on each other, at a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...graph.graph import LOOPS
from .recipes import Program

#: Powers with larger whole exponents are not written out as products.
MOST_EXPONENT = 64
#: Nodes that a list may have: the chain of partials of a hard function is as long as the order.
MOST_NODES = 20_000
#: The factor of a partial that is -1; others are nodes.
MINUS = (-1,)


class Node(NamedTuple):
    """A node that depends on ε.

    kind: "seed", "sum", "product", "quotient", "partials", "flat". leaf: of a seed. parts: (argument, partial, factor),
    the factor as nodes that do not depend on ε, and -1. need: its last order. degree: of a polynomial in ε its degree,
    else more than any order.
    """

    kind: str
    op: str
    args: tuple[int, ...]
    parts: tuple[tuple[int, int, tuple[int, ...]], ...]
    need: int
    degree: int
    leaf: int = -1

    @property
    def needs(self) -> list[int]:
        """What it asks for."""
        return [*self.args, *(partial for _, partial, _ in self.parts)]

    @property
    def constants(self) -> list[int]:
        """The nodes whose values it may take."""
        return [*self.needs, *(one for _, _, factor in self.parts for one in factor if one >= 0)]


class Refused(Exception):  # noqa: N818 (no failure: `Series` takes it)
    """This is not for a list of bound loops."""


def structure(
    program: Program, outputs: Sequence[int], order: int, value: Callable[[int], Any] | None
) -> tuple[dict[int, Node], dict[int, bool], list[int]] | None:
    """The nodes by number, the conditions that were looked at, and the nodes that stand for the outputs.

    value: the values of nodes at the point; None where there is no point: then nothing may hang on one. None where it
    is not made of numbers.
    """
    finder = _Finder(program, order, value)
    try:
        results = [finder.alias(node) for node in outputs]
        for result in results:
            if program.depends(result):
                finder.find(result, order)
    except Refused:
        return None
    return finder.nodes(), finder.conditions, results


class _Finder:
    def __init__(self, program: Program, order: int, value: Callable[[int], Any] | None) -> None:
        self.program = program
        self.graph = program.graph
        self.build = program.rules.builder
        self.order = order
        self.value = value
        self.conditions: dict[int, bool] = {}
        self._alias: dict[int, int] = {}
        #: base -> the general powers of it that are known, as (exponent, node)
        self._powers: dict[int, list[tuple[int, int]]] = {}
        self._need: dict[int, int] = {}
        self._made: dict[int, Node] = {}

    def alias(self, node: int) -> int:
        """The node that has the same series: of a selection the chosen side, of a small power a product."""
        known = self._alias.get(node)
        if known is not None:
            return known
        begun, seen = node, []
        while self.program.depends(node) and node not in self._alias:
            seen.append(node)
            following = self._next(node)
            if following == node:
                break
            node = following
        node = self._alias.get(node, node)
        for one in [begun, *seen]:
            self._alias[one] = node
        return node

    def _next(self, node: int) -> int:
        graph, program = self.graph, self.program
        op, args = graph.ops[node], graph.args[node]
        if graph.shapes[node] or op in LOOPS:
            if op == "input":
                return node
            raise Refused
        if op == "^":
            return self._power(node, *args)
        recipe = program.recipe(node) if op not in ("+", "-", "*", "/", "neg", "input", "index") else None
        if recipe is None or recipe.kind != "choose":
            return node
        condition, first, second = recipe.args
        if graph.shapes[condition] or self.value is None:
            raise Refused
        held = bool(self.value(condition))
        self.conditions[condition] = held
        side = first if held else second
        return self.build.zero if side < 0 else side

    def _power(self, node: int, u: int, v: int) -> int:
        graph, build = self.graph, self.build
        exponent = graph.attrs[v] if graph.ops[v] == "const" else None
        if type(exponent) is int and abs(exponent) <= MOST_EXPONENT:
            made = build.one
            square, left = u, abs(exponent)
            while left:
                if left & 1:
                    made = build.mul(made, square)
                left >>= 1
                if left:
                    square = build.mul(square, square)
            return made if exponent >= 0 else build.div(build.one, made)
        if self.value is None:
            raise Refused
        real = self.value(u)
        if not real:
            if self.program.depends(u) and not self.program.depends(v):
                return node  # x^2.5 at 0 has some derivatives
            raise Refused
        family = self._powers.setdefault(u, [])
        for other, known in family:
            if build.sub(other, v) == build.one or (graph.ops[v] == "-" and graph.args[v] == (other, build.one)):
                return build.div(known, u)
        family.append((v, node))
        return node

    def find(self, output: int, order: int) -> None:
        """What an output needs, to which orders."""
        work = [(output, order)]
        while work:
            node, need = work.pop()
            if self._need.get(node, -1) >= need:
                continue
            self._need[node] = need
            if len(self._need) > MOST_NODES:
                raise Refused
            made = self._made.get(node)
            if made is None:
                made = self._made[node] = self._written(node)
            work += [(arg, need) for arg in made.args if self.program.depends(arg)]
            if need:
                work += [(partial, need - 1) for _, partial, _ in made.parts if self.program.depends(partial)]

    def _written(self, node: int) -> Node:
        graph, program = self.graph, self.program
        op, endless = graph.ops[node], self.order + 1
        recipe = program.recipe(node)
        args = tuple(self.alias(arg) for arg in graph.args[node])
        if any(graph.shapes[arg] for arg in args):
            if op == "index" and graph.ops[graph.args[node][0]] == "input":
                return Node("seed", op, (), (), 0, 1, node)
            raise Refused
        if recipe.kind == "seed":
            return Node("seed", op, (), (), 0, 1, node)
        if not any(map(program.depends, args)):  # selections have chosen what does not depend on ε
            return Node("flat", op, args, (), 0, endless)
        if op in ("+", "-", "neg"):
            return Node("sum", op, args, (), 0, endless)
        if op == "*":
            return Node("product", op, args, (), 0, endless)
        if op == "/":
            if program.depends(args[1]) and self.value is not None and not self.value(args[1]):
                raise Refused
            return Node("quotient", op, args, (), 0, endless)
        if recipe.kind == "flat":
            return Node("flat", op, args, (), 0, endless)
        if recipe.kind != "partials":
            raise Refused
        parts = []
        for arg, partial in recipe.parts:
            arg = self.alias(arg)
            if not program.depends(arg):
                continue
            partial, factor = self._stripped(self.alias(partial))
            parts.append((arg, partial, factor))
        return Node("partials" if parts else "flat", op, args, tuple(parts), 0, endless)

    def _stripped(self, partial: int) -> tuple[int, tuple[int, ...]]:
        """A partial as a node and a factor in front of it that does not depend on ε."""
        graph, program = self.graph, self.program
        minus, factors = False, []
        while program.depends(partial):
            op, args = graph.ops[partial], graph.args[partial]
            if op == "neg":
                minus, partial = not minus, self.alias(args[0])
            elif op == "*" and not program.depends(args[0]):
                factors.append(args[0])
                partial = self.alias(args[1])
            elif op == "*" and not program.depends(args[1]):
                factors.append(args[1])
                partial = self.alias(args[0])
            else:
                break
        return partial, (*factors, *(MINUS if minus else ()))

    def nodes(self) -> dict[int, Node]:
        """All that was found, with needs and degrees."""
        found = {node: made._replace(need=self._need[node]) for node, made in self._made.items()}
        degrees: dict[int, int] = {}
        endless = self.order + 1
        changed = True
        order = sorted(found)
        while changed:  # arguments mostly come first; products that were written out come later
            changed = False
            for node in order:
                degree = self._degree(found[node], degrees, endless)
                if degree < degrees.get(node, endless):
                    degrees[node], changed = degree, True
        return {node: made._replace(degree=degrees.get(node, endless)) for node, made in found.items()}

    def _degree(self, made: Node, degrees: dict[int, int], endless: int) -> int:
        if made.kind == "seed":
            return 1
        mine = [degrees.get(arg, endless) if self.program.depends(arg) else 0 for arg in made.args]
        if made.kind == "sum":
            return max(mine)
        if made.kind == "product":
            return min(sum(mine), endless)
        if made.kind == "quotient" and not mine[1]:
            return mine[0]
        return endless
