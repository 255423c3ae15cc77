"""The steps of a program by its names: each named value's derivative by those that it is made of, then all together.

Of several named numbers that is the chain rule of several variables, df/dt = ∂f/∂x·dx/dt + ∂f/∂y·dy/dt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...graph.graph import LEAVES, Graph
from ...graph.path import cut_out
from ...language import ast
from ...sweeps.forward import forward
from ...sweeps.steps import expand
from .steps import Bench, Section, Step, differential, partial, total

CHAIN_RULE = "chain rule of several variables"
INSERT, SUBSTITUTE = "put the derivatives in", "put the definitions in"

#: A program of more named values, as that of a long loop, is explained as one formula.
MOST_NAMED = 60


class Named(NamedTuple):
    """A named value between the variable and the result.

    leaf: the input in its place in others' bodies. body: what it is, over such inputs. symbol: the input that stands
    for its derivative.
    """

    name: str
    node: int
    leaf: int
    body: int
    symbol: int


class Outline(NamedTuple):
    """A value over its named parts. body: the value; named: in order of evaluation."""

    body: int
    named: list[Named]


def outline(bench: Bench, labels: Mapping[int, str], target: int) -> Outline:
    """The named values that a target's derivative goes through."""
    graph, leaf = bench.graph, bench.leaf
    order = graph.reachable([target])
    active = graph.depending(order, [leaf])
    names = own_names(graph, labels, order, active, target)
    if len(names) > MOST_NAMED:
        return Outline(target, [])
    shapes, places = graph.shapes, {}
    cuts: dict[int, int] = {}
    #: of a vector that was written as such: what stands for it and its parts
    own: dict[int, set[int]] = {}
    for node, name in names.items():
        stand = bench.stand(shapes[node], ast.Name(name), node)
        found = cut_out(graph, node, stand)
        if found is None or not any(one in active and one not in cuts for one in found):
            continue
        places[node] = stand
        if graph.ops[node] == "vector":
            own[node] = set(found) - set(cuts)
        for one, value in found.items():
            cuts.setdefault(one, value)
    bodies = _bodies(graph, [target, *places], cuts)
    for node, mine in own.items():
        (bodies[node],) = graph.substitute([node], {one: value for one, value in cuts.items() if one not in mine})
    reached = set(graph.reachable([bodies[target]]))
    kept = []
    for node in sorted(places, reverse=True):
        if places[node] in reached:
            kept.append(node)
            reached.update(graph.reachable([bodies[node]]))
    tangents = {}
    if kept and not bench.differential:
        tangents = forward(graph, kept, {leaf: {0: bench.builder.one}})
    named = []
    for node in reversed(kept):
        name = names[node]
        if bench.differential:
            symbol = bench.stand(shapes[node], differential(ast.Name(name)), None)
        else:
            one = graph.full(tangents.get(node, {}).get(0, bench.builder.zero), shapes[node])
            symbol = bench.stand(shapes[node], total(name, bench.variable), one)
        named.append(Named(name, node, places[node], bodies[node], symbol))
    return Outline(bodies[target], named)


def own_names(
    graph: Graph, labels: Mapping[int, str], order: list[int], active: set[int], target: int
) -> dict[int, str]:
    """The named nodes that matter, each with a name of its own: a loop may give one name to many."""
    reached = set(order)
    found: dict[int, str] = {}
    for node in sorted(labels):
        if node == target or graph.ops[node] in LEAVES or (graph.ops[node] == "index" and node not in active):
            continue
        if graph.ops[node] == "index" and graph.ops[graph.args[node][0]] == "input":
            continue
        if node in active or (graph.ops[node] == "vector" and node not in reached and node < target):
            found[node] = labels[node]
    inputs = {str(graph.attrs[node]) for node in order if graph.ops[node] == "input"}
    taken = inputs | set(labels.values())
    counts: dict[str, int] = {}
    for name in found.values():
        counts[name] = counts.get(name, 0) + 1
    last: dict[str, int] = {}
    for node, name in found.items():
        if counts[name] > 1 or name in inputs or name == labels.get(target):
            number = last.get(name, 0) + 1
            while f"{name}_{number}" in taken:
                number += 1
            last[name] = number
            found[node] = f"{name}_{number}"
            taken.add(found[node])
    return found


def _bodies(graph: Graph, wanted: list[int], cuts: Mapping[int, int]) -> dict[int, int]:
    """Each wanted node over the inputs that stand for others."""
    new: dict[int, int] = {}
    bodies: dict[int, int] = {}
    goals = set(wanted)
    for node in graph.reachable(wanted):
        args = tuple([new[arg] for arg in graph.args[node]])
        made = node if args == graph.args[node] else graph.remade(node, args)
        if node in goals:
            bodies[node] = made
        new[node] = cuts.get(node, made)
    return bodies


class Sections:
    """The sections of one derivative that goes through names."""

    def __init__(self, bench: Bench, found: Outline, name: str) -> None:
        self.bench, self.found, self.name = bench, found, name
        self.sections: list[Section] = []
        #: symbol -> the derivative that it stands for, over names and symbols
        self.results: dict[int, int] = {}

    def write(self) -> int:
        """All sections but the last; the value's derivative, over names and symbols."""
        for one in self.found.named:
            self.results[one.symbol] = self._derivative(one.name, one.body)
        return self._derivative(self.name, self.found.body)

    def _symbol(self, name: str) -> ast.Node:
        return differential(ast.Name(name)) if self.bench.differential else total(name, self.bench.variable)

    def _derivative(self, name: str, body: int) -> int:
        bench, graph = self.bench, self.bench.graph
        inputs = set(graph.reachable([body]))
        direct = [one for one in self.found.named if one.leaf in inputs]
        numbers = not graph.shapes[body] and not any(graph.shapes[one.leaf] for one in direct)
        several = len(direct) + (bench.leaf in inputs) > 1
        leaves = {one.leaf for one in direct} | {bench.leaf}
        plain = graph.ops[body] in ("+", "-") and leaves.issuperset(graph.args[body])  # a + b is clear as it stands
        if direct and numbers and several and not plain and not bench.differential:
            return self._several(name, body, direct, bench.leaf in inputs)
        seeds = {one.leaf: one.symbol for one in direct} | {bench.leaf: bench.seed}
        steps, end = bench.derive(body, seeds, bench.variable)
        end = bench.simplified(steps, end)
        self.sections.append(Section(self._symbol(name), bench.tree(body), [], steps))
        return end

    def _several(self, name: str, body: int, direct: list[Named], bare: bool) -> int:
        """The chain rule of several variables: a partial derivative for each of the names."""
        bench, graph = self.bench, self.bench.graph
        leaves = [(one.name, one.leaf, one.symbol) for one in direct]
        if bare:
            leaves.append((bench.variable, bench.leaf, bench.builder.one))
        exact = {leaf: forward(graph, [body], {leaf: {0: bench.builder.one}}) for _, leaf, _ in leaves}
        shown = rest = bench.builder.zero
        chain = Section(self._symbol(name), bench.tree(body), [], [])
        # The result's is the plan of it all.
        self.sections.insert(0 if body == self.found.body else len(self.sections), chain)
        for other, leaf, symbol in leaves:
            slope = exact[leaf].get(body, {}).get(0, bench.builder.zero)
            stand = bench.stand((), partial(name, other), expand(bench.builder, slope, bench.real))
            shown = bench.builder.add(shown, bench.builder.mul(stand, symbol))
            held = [third for third, _, _ in leaves if third != other]
            steps, end = bench.derive(body, {leaf: bench.builder.one}, other, held)
            end = bench.simplified(steps, end)
            self.sections.append(Section(partial(name, other), bench.tree(body), held, steps))
            rest = bench.builder.add(rest, bench.builder.mul(end, symbol))
        chain.steps.append(Step(CHAIN_RULE, "chain rule", [], bench.tree(shown), bench.value(shown)))
        return rest

    def together(self, end: int) -> tuple[list[Step], int]:
        """The last steps: the names' derivatives are put in, then the names' definitions."""
        bench = self.bench
        steps: list[Step] = []
        for rule, replaced in (
            (INSERT, self.results),
            (SUBSTITUTE, {one.leaf: one.body for one in self.found.named}),
        ):
            made = expand(bench.builder, end, replaced)
            if made != end:
                end = made
                steps.append(Step(rule, "put together", [], bench.tree(end), bench.value(end)))
        return steps, end
