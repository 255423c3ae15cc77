"""The way that a program takes: what can be decided for all points, what at this one, and when it is too long.

A condition that depends on no input is decided at once. One that does is decided by its value at the point, and
remembered: the graph is the program's on that path. While both branches of an `if` are tried, nothing is decided in
that way; asking is `Undecided`, and whoever tries gives up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from ..errors import DcalcError, NeedsPointError, Source
from ..language import ast
from ..primitives import TABLE
from .exact import fold, to_float
from .graph import LEAVES, STRUCTURAL, Graph
from .names import Decision
from .shapes import Shape, size

#: Statements, rounds of loops and calls of functions that a program may take, if the user does not say otherwise.
STEPS = 1_000_000
#: Nodes, and visits of the text, for each of these steps.
NODES_PER_STEP = 4
VISITS_PER_STEP = 10
#: Numbers that the arrays of all steps may hold: 8 bytes each, 2 GB. All are kept, since a derivative needs them.
MOST_HELD = 2**28
#: Nodes from which on branches are decided at the point rather than both taken.
MOST_UNROLLED = 1_000_000

WAY_OUT = "a formula for all values needs bounds that are constants and branches that only assign"


class Numbers(Protocol):
    """The values of nodes at the point. Asking for an input that has none is a KeyError."""

    def value(self, node: int) -> Any:
        """The value of a node: a float, or an array."""

    def assume(self, node: int, value: Any) -> None:
        """The value of a leaf that the point does not know."""


def cut_out(graph: Graph, node: int, leaf: int) -> dict[int, int] | None:
    """What stands for a node, and for the parts of one that was stacked, where an input is put in its place.

    None where a part is an input or a constant: that stands in other places too, which mean something else.
    """
    cuts: dict[int, int] = {}
    stack = [(node, leaf)]
    while stack:
        node, leaf = stack.pop()
        if graph.ops[node] in LEAVES:
            return None
        cuts[node] = leaf
        if graph.ops[node] == "vector":
            stack += [(part, graph.index(leaf, (k,))) for k, part in enumerate(graph.args[node])]
    return cuts


class Undecided(Exception):  # noqa: N818 (no failure: whoever tries goes another way)
    """Something depends on the point while both branches of an `if` are tried."""


class Path:
    """Decides, counts steps, and knows what placeholders stand for."""

    def __init__(self, graph: Graph, numbers: Numbers | None, steps: int) -> None:
        self.graph = graph
        self.numbers = numbers
        self.most_steps = steps
        self.steps = 0
        self.begun = self._weighed = len(graph)
        #: how many numbers the arrays hold that were made
        self._held = 0
        #: heights of the stacks where both branches of an `if` are being tried
        self.attempts: list[tuple[int, int, int, int]] = []
        #: placeholder -> the node that it stands for
        self.stands: dict[int, int] = {}
        self.decisions: list[Decision] = []
        #: how often anything was decided, for all points or at this one
        self.turns = 0
        self._varying = bytearray()
        self._decided: set[int] = set()
        self._pending: list[tuple[int, int]] = []
        #: leaves whose values at the point were used
        self.assumed: dict[int, int] = {}

    # -- what depends on what --------------------------------------------------------------------------------

    def varies(self, node: int) -> bool:
        """Whether a node depends on an input."""
        known, stands = self._varying, self.stands
        ops, args = self.graph.ops, self.graph.args
        for k in range(len(known), node + 1):
            if ops[k] == "input":
                known.append(known[stands[k]] if k in stands else 1)
            else:
                known.append(any([known[arg] for arg in args[k]]))  # noqa: C419 (a list is faster)
        return bool(known[node])

    def placeholder(self, node: int | None, shape: Shape = ()) -> int:
        """A new input that stands for a node; for any number where there is none."""
        graph = self.graph
        leaf = graph.input(f" {len(graph)}", shape if node is None else graph.shapes[node])  # no user's name is such
        if node is not None:
            self.stands[leaf] = node
            self._pending.append((leaf, node))
        return leaf

    def give(self, leaf: int, node: int) -> None:
        """The program gives an input a value."""
        self._pending.append((leaf, node))

    def resolve(self, node: int, new: dict[int, int], floor: int = 0) -> int:
        """A node with others in the place of some. new: those; what is found out is added to it.

        floor: no node below this one is made of any of them (a node is younger than what it is made of).
        """
        if node < floor or node in new:
            return new.get(node, node)
        graph = self.graph
        seen, stack = {node}, [node]
        while stack:
            for arg in graph.args[stack.pop()]:
                if arg >= floor and arg not in seen and arg not in new:
                    seen.add(arg)
                    stack.append(arg)
        for one in sorted(seen):
            args = tuple([new.get(arg, arg) for arg in graph.args[one]])
            if args == graph.args[one]:
                new[one] = one
                continue
            op, exact = graph.ops[one], None
            if op not in STRUCTURAL and graph.attrs[one] is None and all(graph.ops[arg] == "const" for arg in args):
                exact = fold(op, [graph.attrs[arg] for arg in args])
            result = new[one] = graph.remade(one, args) if exact is None else graph.const(exact)
            if one in graph.origins:
                graph.origins.setdefault(result, graph.origins[one])
        return new[node]

    def settle(self, placeholders: Sequence[int], mark: int, roots: list[int]) -> list[int]:
        """The roots without these placeholders (in the order in which they were made), and so the decisions since."""
        new: dict[int, int] = {}
        floor = placeholders[0]
        for leaf in placeholders:
            new[leaf] = self.resolve(self.stands[leaf], new, floor)
        for k in range(mark, len(self.decisions)):
            condition, held, bend = self.decisions[k]
            settled = self.resolve(condition, new, floor)
            if settled != condition:
                bend = None if bend is None else self.resolve(bend, new, floor)
                self.decisions[k] = Decision(settled, held, bend)
                if bend is None:
                    self._decided.add(settled)
        return [self.resolve(root, new, floor) for root in roots]

    # -- decisions -------------------------------------------------------------------------------------------

    def known(self, condition: int) -> bool | None:
        """Whether a condition holds at every point; None where inputs have a say in it."""
        graph = self.graph
        value: Any = None
        if graph.ops[condition] == "const":
            value = to_float(graph.attrs[condition])
        elif self.numbers is not None and not self.varies(condition):
            value = self._number(condition)
            self._hold_finite(condition)
        if value is None:
            return None
        self.turns += 1
        return bool(value)

    def decide(self, condition: int, what: str, place: ast.Node, source: Source | None) -> bool:
        """Whether a condition holds, at the point if need be. what: the construct, in words."""
        known = self.known(condition)
        if known is not None:
            return known
        held = bool(self._at_point(condition, what, place, source))
        self._hold_finite(condition)
        self._remember(condition, held)
        return held

    def _hold_finite(self, condition: int) -> None:
        """What a path is decided by has to be numbers: nan is less than nothing, and inf > 1 would never end."""
        graph = self.graph
        if graph.ops[condition] == "const" or self.numbers is None:
            return
        stack = [condition]
        while stack:
            node = stack.pop()
            op, args = graph.ops[node], graph.args[node]
            if op in ("and", "or") and bool(self._number(args[0])) == (op == "or"):
                stack.append(args[0])  # the other side is not looked at
            elif op in TABLE and TABLE[op].truth:
                stack += args
            elif args and not math.isfinite(value := self._number(node)):
                origin, span = graph.origins.get(node, (None, None))
                what = "not a number" if math.isnan(value) else "too large for floating point (the limit is 1.8e308)"
                message = f"this is {what}, and the path of the program depends on it"
                raise DcalcError("domain", message, source=origin, span=span, hint="ask before it is: x < 1e300, x > 0")

    def whole(self, node: int, place: ast.Node, source: Source | None) -> int | None:
        """The whole number that a node is, at the point if need be; None where it is none."""
        self.turns += 1
        if not self.varies(node):
            value = None if self.numbers is None else self._number(node)
            return int(value) if value is not None and float(value).is_integer() else None
        value = self._at_point(node, "this whole number", place, source)
        if not float(value).is_integer():
            return None
        condition = self.graph.emit("==", (node, self.graph.const(int(value))))
        if source is not None:
            self.graph.origins.setdefault(condition, (source, place.span))
        self._remember(condition, True)
        return int(value)

    def holds_still(self, decisions: tuple[Decision, ...]) -> bool:
        """Whether earlier decisions are as they were; they are then this program's too."""
        for condition, held, bend in decisions:
            if bend is None and condition not in self._decided:
                if self.numbers is None:
                    return False
                try:
                    if bool(self._number(condition)) != held:
                        return False
                except KeyError:
                    return False
                self._remember(condition, held)
        return True

    def bent(self, bends: Iterable[tuple[int, int]]) -> None:
        """Nodes that are differentiated here, each with a node whose zero says that it has no derivative."""
        self.decisions += [Decision(zero, False, node) for node, zero in bends]

    def spread(self, mark: int, leaf: int, parts: Sequence[int]) -> None:
        """What was `bent` since the mark over a placeholder of any number, over each of these in its place."""
        since = self.decisions[mark:]
        self.decisions[mark:] = [decision for decision in since if decision.bend is None]
        for part in parts:
            new = {leaf: part}
            self.bent((self.resolve(bend, new), self.resolve(zero, new)) for zero, _, bend in since if bend is not None)

    def bends(self) -> list[tuple[int, int]]:
        """Those of `bent`, as far as they are made of inputs."""
        graph, found = self.graph, []
        for decision in dict.fromkeys(self.decisions):
            if decision.bend is not None:
                below = graph.reachable([decision.condition, decision.bend])
                if not any(graph.ops[one] == "input" and graph.attrs[one].startswith(" ") for one in below):
                    found.append((decision.bend, decision.condition))
        return found

    def _remember(self, condition: int, held: bool) -> None:
        if condition not in self._decided:
            self._decided.add(condition)
            self.decisions.append(Decision(condition, held))

    def _at_point(self, node: int, what: str, place: ast.Node, source: Source | None) -> Any:
        if self.attempts:
            raise Undecided
        self.turns += 1
        try:
            if self.numbers is not None:
                return self._number(node)
        except KeyError:
            pass
        names = self._unknown(node)
        if not names:
            message = f"{what} depends on numbers that are not worked out here"
            raise NeedsPointError("domain", message, source=source, span=place.span, hint=WAY_OUT)
        verb = "has" if len(names) == 1 else "have"
        message = f"{what} depends on {', '.join(names)}, which {verb} no value"
        given = ",".join(f"{name}=…" for name in names)
        hint = f"eval and grad follow it at a point, --at {given}; {WAY_OUT}"
        kind = "name" if self.numbers is not None else "domain"
        failure = NeedsPointError(kind, message, source=source, span=place.span, hint=hint)
        failure.names = tuple(names)
        raise failure

    def _number(self, node: int) -> Any:
        assert self.numbers is not None
        pending, self._pending = self._pending, []
        for leaf, stands_for in pending:
            try:
                self.numbers.assume(leaf, self.numbers.value(stands_for))
                self.assumed[leaf] = stands_for
            except KeyError:  # told where it is asked for
                continue
        return self.numbers.value(node)

    def _unknown(self, node: int) -> list[str]:
        """The names of the inputs below a node that have no value."""
        graph = self.graph
        new: dict[int, int] = {}
        for leaf, stands_for in self.stands.items():
            if leaf < node:
                new[leaf] = self.resolve(stands_for, new)
        leaves = [leaf for leaf in graph.reachable([self.resolve(node, new)]) if graph.ops[leaf] == "input"]
        missing = []
        for leaf in leaves:
            try:
                if self.numbers is not None:
                    self._number(leaf)
                    continue
            except KeyError:
                pass
            missing.append(graph.attrs[leaf])
        named = [name for name in missing if not name.startswith(" ")]
        return named[:8]

    # -- length ----------------------------------------------------------------------------------------------

    def step(self) -> str | None:
        """Count a step. What to say where it is one too many."""
        self.steps += 1
        if self.steps > self.most_steps:
            return f"has not ended after {self.most_steps} steps"
        shapes = self.graph.shapes
        for node in range(self._weighed, len(shapes)):
            if shapes[node]:
                self._held += size(shapes[node])
        self._weighed = len(shapes)
        if self._held > MOST_HELD:
            return f"holds {self._held} numbers, the limit is {MOST_HELD}"
        made = len(self.graph) - self.begun
        return f"has made {made} operations" if made > NODES_PER_STEP * self.most_steps else None

    @property
    def crowded(self) -> bool:
        """Whether so much was written out that branches are better decided at the point."""
        return self.numbers is not None and len(self.graph) - self.begun > MOST_UNROLLED
