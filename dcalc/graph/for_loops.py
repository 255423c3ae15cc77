"""A long `for` loop as one node: what is lowered once is its round, with placeholders for what changes.

The first round is written out by the one who asks, so that all names that the loop assigns have a value and a shape;
and so is the last one: what a round assigns and no other one reads is its own matter until then. Where a round does
what a node cannot (it asks for values, leaves the loop, changes a shape, …), the loop is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Source
from ..language import ast
from . import duals
from .graph import Graph
from .loops import Loop, frozen, parts, remembered
from .names import Scope
from .operations import error
from .work import ASKED, Attempt, Signal, Work

if TYPE_CHECKING:
    from .lower import Lowering

#: From so many rounds on, and operations in all of them, a loop is one node.
LEAST_ROUNDS = 200
LEAST_WORK = 5_000
#: Rounds that loops may have for each of the steps that a program may take: nothing is written out.
ROUNDS_PER_STEP = 1000
#: What is looked at under a condition only is part of the round if it is so small.
SMALL = 64


def as_node(
    run: Lowering,
    node: ast.For | ast.While,
    name: str,
    items: range,
    names: Sequence[str],
    scope: Scope | None,
    source: Source | None,
) -> Work:
    """The rounds of these numbers as a node, whose parts the names are bound to; returns whether it was done.

    name: the one that has the round's number; of a `while` loop the round itself adds 1 to it. A name that the rounds
    assign, but do not read, keeps its value.
    """
    from .programs import _get, _put, _put_back

    graph, path = run.graph, run.path
    frame = run.top if scope is None else scope.frame
    before = {one: _get(run, scope, one) for one in (*names, name)}
    states = [before[one] for one in names]
    if frame.kept.intersection(before) or any(type(state) is not int for state in states):
        return False
    mark, decisions, steps = len(graph), len(path.decisions), path.steps
    leaves = [path.placeholder(None, graph.shapes[state]) for state in states]
    counter = path.placeholder(None)
    for one, leaf in zip((*names, name), (*leaves, counter), strict=True):
        _put(run, scope, one, leaf)
    failed = dict(run.failed)
    run.operations.counters[counter] = items
    end = yield Attempt((node.body, scope, source))
    del run.operations.counters[counter]
    if end is not ASKED:
        path.attempts.pop()
    results = [_get(run, scope, one) for one in names]
    counted = _get(run, scope, name)
    _put_back(run, scope, before)
    run.failed = failed
    if isinstance(node, ast.While) and counted != graph.find("+", (counter, graph.const(1))):
        return False
    fits = end is not ASKED and type(end) is not Signal and all(type(result) is int for result in results)
    if len(path.decisions) > decisions:  # something in it has no derivative somewhere: told only of what is written out
        del path.decisions[decisions:]
        fits = False
    if not fits or any(graph.shapes[u] != graph.shapes[v] for u, v in zip(states, results, strict=True)):
        return False
    rounds = len(items)
    read = _read(graph, mark, leaves, results)
    names = [names[k] for k in read]
    states, leaves, results = ([one[k] for k in read] for one in (states, leaves, results))
    if not states:
        return rounds * (len(graph) - mark) >= LEAST_WORK
    inside = _Inside(graph, mark, [*leaves, counter], results)
    if inside.size * rounds < LEAST_WORK or duals.units(graph, [*states, *results]):
        return False
    if rounds > ROUNDS_PER_STEP * path.most_steps:
        message = f"this loop has {rounds} rounds, the limit is {ROUNDS_PER_STEP * path.most_steps}"
        hint = f"if you can wait, allow more steps: --steps {-(-rounds // ROUNDS_PER_STEP)}"
        raise error("limit", message, node, source, hint)
    try:
        body = frozen(graph, [*leaves, counter, *inside.given], results)
    except KeyError:  # a placeholder of somebody else's
        return False
    path.steps = steps
    loop = remembered(Loop(body, len(states), len(inside.given), items[0], rounds))
    whole = graph.emit("loop", (*states, *inside.given), loop)
    run.operations.remember(whole, node.span, source)
    for one, part in zip(names, parts(graph, whole, loop.carried), strict=True):
        _bind(run, scope, one, part, node, source)
    return True


def counted(run: Lowering, node: ast.While, scope: Scope | None, source: Source | None) -> Work:
    """Of a `while` loop that counts up to a bound: (name, its values in the rounds that follow); else None."""
    from .programs import _get, _put

    graph = run.graph
    mentioned = {tree.name for tree in node.condition.walk() if isinstance(tree, ast.Name)}
    for name in assigned(node.body) or ():
        value = _get(run, scope, name)
        if name not in mentioned or type(value) is not int or type(graph.attrs[value]) is not int:
            continue
        decisions, counter = len(run.path.decisions), run.path.placeholder(None)
        _put(run, scope, name, counter)
        condition = yield Attempt((node.condition, scope, source))
        if condition is not ASKED:
            run.path.attempts.pop()
        _put(run, scope, name, value)
        if type(condition) is not int or len(run.path.decisions) > decisions:
            continue
        op, args = graph.ops[condition], graph.args[condition]
        if op in (">", ">="):
            op, args = "<" + op[1:], args[::-1]
        if op not in ("<", "<=") or args[0] != counter or type(graph.attrs[args[1]]) is not int:
            continue
        return name, range(graph.attrs[value], graph.attrs[args[1]] + (op == "<="))
    return None


def _read(graph: Graph, mark: int, leaves: Sequence[int], results: Sequence[int]) -> list[int]:
    """Which of the leaves the results are made of."""
    seen, stack = set(results), list(set(results))
    while stack:
        for arg in graph.args[stack.pop()]:
            if arg >= mark and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return [k for k, leaf in enumerate(leaves) if leaf in seen]


def _bind(run: Lowering, scope: Scope | None, name: str, value: Any, place: ast.Node, source: Source | None) -> None:
    if scope is None:
        run.bind(name, value, place, source)
    else:
        scope[name] = value


def assigned(body: ast.Node) -> list[str] | None:
    """The names that a loop's body assigns, in their order; None where it does what a node cannot."""
    names: dict[str, None] = {}
    stack = [(body, False)]
    while stack:
        tree, looping = stack.pop()
        kind = type(tree)
        if kind in (ast.Return, ast.While, ast.Declare) or (kind is ast.Break and not looping):
            return None
        if kind is ast.Lambda or kind is ast.Comprehension:
            continue
        if isinstance(tree, ast.Define):
            if tree.parameters is not None or type(tree.body) is ast.Lambda:
                return None
            names[tree.name] = None
        elif isinstance(tree, ast.For):
            names[tree.name] = None
            looping = True
        stack += [(child, looping) for child in reversed(tree.children)]
    return list(names)


class _Inside:
    """What of a graph belongs to the round, and what every round is given."""

    def __init__(self, graph: Graph, mark: int, leaves: Sequence[int], results: Sequence[int]) -> None:
        self.graph, self.mark = graph, mark
        self.leaves = set(leaves)
        self._changing: dict[int, bool] = {}
        self._order(results)
        always = self._always(results)
        #: the nodes that a round is given, oldest first
        self.given: list[int] = []
        #: how many operations a round is
        self.size = 0
        seen, stack, given = set(results), list(set(results)), set()
        while stack:
            node = stack.pop()
            if node in self.leaves or graph.ops[node] == "const":
                continue
            if not self._changing.get(node, False) and (
                graph.ops[node] == "input" or node in always or not self._is_small(node)
            ):
                given.add(node)
                continue
            self.size += 1
            for arg in graph.args[node]:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        self.given = sorted(given)

    def _order(self, results: Sequence[int]) -> None:
        """Find what depends on the placeholders: nothing older does."""
        graph, changing = self.graph, self._changing
        found, stack = set(results), list(set(results))
        while stack:
            for arg in graph.args[stack.pop()]:
                if arg >= self.mark and arg not in found:
                    found.add(arg)
                    stack.append(arg)
        for node in sorted(found):
            if node >= self.mark:
                args = graph.args[node]
                changing[node] = node in self.leaves or any([changing.get(arg, False) for arg in args])  # noqa: C419

    def _always(self, results: Sequence[int]) -> set[int]:
        """The nodes that are looked at in every round, whatever conditions say; of what does not change, its top."""
        graph = self.graph
        seen, stack = set(results), list(set(results))
        while stack:
            node = stack.pop()
            if not self._changing.get(node, False):
                continue
            args = graph.args[node]
            for arg in args[:1] if graph.ops[node] in ("if", "and", "or") else args:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return seen

    def _is_small(self, node: int) -> bool:
        """Whether a value is made of few numbers and operations."""
        graph = self.graph
        seen, stack = {node}, [node]
        while stack and len(seen) <= SMALL:
            one = stack.pop()
            if graph.shapes[one] or graph.ops[one] in ("loop", "back"):
                return False
            for arg in graph.args[one]:
                if arg not in seen and graph.args[arg]:
                    seen.add(arg)
                    stack.append(arg)
        return not stack
