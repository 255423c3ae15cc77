"""Series of one number in one ε, prepared once: a list of inner loops that are bound to a program, order and path.

`Series` asks for terms one by one and takes everything; here the terms that an order needs are known beforehand, so
that what remains is to run down a list. Nodes that ask for each other (sin and cos; tan and 1 + tan^2) are computed
term by term together, all others in one go. What the recurrences are made of is the `Program`'s, from the one table:

- a partial that is a multiple of another node is that node and a factor;
- a power with a small whole exponent is a product, and u^(v - 1) is u^v/u, so that powers are their own partials and
  cost O(n²) like exp;
- of a selection the side that holds at the point is all there is; at a point where another one holds (`Moved`), the
  list is prepared anew.

Terms are floats, or Fractions where all real parts are rational. What is not here (arrays, loops as nodes, a divisor
without a real part) is refused by `bound`, for `Series` to take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...graph.graph import Graph
from ..plan import make_plan
from ..scalar import Point, Scalar
from .inner import Terms, Whole, pair_of, single_of, together, weigh, weigh_one, whole
from .recipes import Program
from .structure import Node, structure


class Moved(Exception):  # noqa: N818 (no failure: the list is for another path)
    """A selection chooses the other side here."""


class Bound:
    """The recurrences of some nodes' series, to an order, bound. Made by `bound`.

    reals: the nodes whose values at the point it starts from.
    """

    __slots__ = (
        "_conditions",
        "_ends",
        "_leaves",
        "_run",
        "_size",
        "_steps",
        "graph",
        "leaves",
        "order",
        "plain",
        "reals",
    )

    def __init__(
        self,
        graph: Graph,
        found: Mapping[int, Node],
        order: int,
        conditions: Mapping[int, bool],
        outputs: Sequence[int],
    ) -> None:
        self.graph = graph
        self.order = order
        beside = [one for node in found.values() for one in node.constants]
        self.reals = list(dict.fromkeys([*found, *beside, *conditions, *outputs]))
        slots = {node: k for k, node in enumerate(self.reals)}
        #: of each output its slot, and whether it depends on ε
        self._ends = [(slots[node], node in found) for node in outputs]
        self._conditions = [(slots[node], held) for node, held in conditions.items()]
        self._leaves = [(node.leaf, slots[one]) for one, node in found.items() if node.kind == "seed"]
        #: the leaves that it asks slopes of; plain: none of them is a component of an array
        self.leaves = [leaf for leaf, _ in self._leaves]
        self.plain = all(graph.ops[leaf] != "index" for leaf in self.leaves)
        self._steps, self._size = bind(found, slots, order)
        plan = make_plan(graph, self.reals)
        self._run = Scalar(plan).run if plan.scalar else None

    def floats(self, point: Point, slopes: Mapping[int, float]) -> list[list[float]]:
        """The terms of the outputs at a point, along a direction: leaf -> its slope. ZeroDivisionError, Moved."""
        if self._run is None:
            from ..tracing import Tracer

            tracer = Tracer(self.graph, point)
            return self.terms([tracer.value(node) for node in self.reals], slopes, 0.0)
        return self.terms(self._run(point), slopes, 0.0)

    def terms(self, reals: Sequence[Any], slopes: Mapping[int, Any], zero: Any) -> list[list[Any]]:
        """The same from the values of `reals`, which may be other numbers than floats; zero: 0 as a term."""
        for slot, truth in self._conditions:
            if bool(reals[slot]) is not truth:
                raise Moved
        terms: Terms = list(reals)
        terms += [None] * (self._size - len(terms))
        rest = [zero] * (self.order - 1)
        for leaf, slot in self._leaves:
            terms[slot] = [reals[slot], slopes[leaf], *rest]
        for step in self._steps:
            step(terms)
        last = self.order + 1
        return [terms[slot][:last] if varies else [reals[slot], zero, *rest] for slot, varies in self._ends]


def bound(program: Program, outputs: Sequence[int], order: int, value: Callable[[int], Any] | None) -> Bound | None:
    """The recurrences of some nodes' series to an order of at least 1; None where `Series` has to take it.

    value: the values of nodes at the point, which say what selections choose; None where there is no point.
    """
    made = structure(program, outputs, order, value)
    if made is None:
        return None
    nodes, conditions, results = made
    return Bound(program.graph, nodes, order, conditions, results)


# ---- binding


def bind(found: Mapping[int, Node], slots: Mapping[int, int], order: int) -> tuple[list[Whole], int]:
    """The steps, in order, and how many slots they work on."""
    count = len(slots)
    weighted: dict[int, int] = {}  # node -> the slot of 1·u[1], 2·u[2], …
    for node in found.values():
        for arg, _, _ in node.parts:
            if arg in found and found[arg].degree != 1 and arg not in weighted:
                weighted[arg] = count
                count += 1
    steps: list[Whole] = []
    numbers = list(range(1, order + 1))
    for group in groups(found):
        alone = len(group) == 1
        if alone:
            (one,) = group
            if found[one].kind != "seed":
                steps.append(whole(found, one, slots, weighted))
            if one in weighted:
                steps.append(weigh(slots[one], weighted[one], numbers))
            continue
        pair = pair_of(found, group, slots, weighted)
        if pair is not None:
            steps.append(pair)
            steps += [weigh(slots[one], weighted[one], numbers) for one in group if one in weighted]
            continue
        singles = []
        for one in group:
            singles.append((single_of(found, one, slots, weighted), found[one].need))
            if one in weighted:
                singles.append((weigh_one(slots[one], weighted[one]), found[one].need))
        mine = [slots[one] for one in group]
        steps.append(together(singles, mine, [weighted[one] for one in group if one in weighted]))
    return steps, count


def groups(found: Mapping[int, Node]) -> list[list[int]]:
    """Nodes that ask for each other, each group behind those that it asks for (Tarjan's algorithm).

    Within a group a node stands behind those that it asks for at the same order.
    """
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    inside: set[int] = set()
    result: list[list[int]] = []
    for root in found:
        if root in number:
            continue
        work = [(root, iter(found[root].needs))]
        number[root] = low[root] = len(number)
        stack.append(root)
        inside.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in found:
                    continue
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    inside.add(other)
                    work.append((other, iter(found[other].needs)))
                    break
                if other in inside:
                    low[node] = min(low[node], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    at = stack.index(node)
                    group, stack[at:] = stack[at:], []
                    inside.difference_update(group)
                    result.append(_sorted(found, group))
    return result


def _sorted(found: Mapping[int, Node], group: list[int]) -> list[int]:
    """A group so that arguments come first."""
    mine, done = set(group), dict[int, None]()
    for root in group:
        stack = [root]
        while stack:
            node = stack[-1]
            missing = [arg for arg in found[node].args if arg in mine and arg not in done and arg != node]
            if missing and len(stack) <= len(mine):
                stack += missing
            else:
                done[stack.pop()] = None
    return list(done)
