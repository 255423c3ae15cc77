"""Loops as nodes: what a round does is a graph of its own, which is run so many times.

`loop` (attr: a Loop; args: the states before the first round, then what every round is given) has as its value the
states after the last round, one behind the other in a vector. `back` (attr: a Back; args: those of the loop, then what
is carried backwards, then what else every round is given) goes through the rounds of a loop from the last one to the
first, with the states that the loop had before each: the reverse sweep of a loop is one. How it gets at those states
(by checkpoints) is the matter of `evaluate.loops`.

In the graphs of both the first nodes are the inputs: of a Loop's round the states, the round's number, and what is
given; of a Back's what is carried, the loop's states, the round's number, and what is given.
"""

from __future__ import annotations

import _thread
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from .graph import Graph
from .shapes import Shape, ShapeError, name_of, size

#: Loops that are remembered, so that what was compiled for one is found again.
REMEMBERED = 128


class Body:
    """The graph of a round with its inputs and results; equal to another one that does the same."""

    __slots__ = ("_hash", "_key", "graph", "results")

    def __init__(self, graph: Graph, results: tuple[int, ...]) -> None:
        #: not to be added to: sweeps take a copy
        self.graph = graph
        self.results = results
        kinds = tuple(type(attr) for attr in graph.attrs)
        # The places in the text count: messages name them.
        places = tuple(sorted(graph.origins.items(), key=lambda item: item[0]))
        self._key = (
            tuple(graph.ops),
            tuple(graph.args),
            tuple(graph.attrs),
            kinds,
            tuple(graph.shapes),
            results,
            places,
        )
        self._hash = hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Body) and self._hash == other._hash and bool(self._key == other._key)
        )


class _Rounds:
    """What Loop and Back have in common: a frozen description, equal where all of it is."""

    __slots__ = ("_hash", "_key", "made")

    def __init__(self, key: tuple[Any, ...]) -> None:
        self._key = (type(self).__name__, *key)
        self._hash = hash(self._key)
        #: what sweeps and engines have made of it
        self.made: dict[Any, Any] = {}

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, _Rounds) and self._hash == other._hash and bool(self._key == other._key)
        )


class Loop(_Rounds):
    """A loop of `rounds` rounds with the numbers `first`, `first + 1`, …: `count` states, and `given` other values."""

    __slots__ = ("body", "count", "first", "given", "rounds")

    def __init__(self, body: Body, count: int, given: int, first: int, rounds: int) -> None:
        super().__init__((body, count, given, first, rounds))
        self.body, self.count, self.given, self.first, self.rounds = body, count, given, first, rounds

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the arguments."""
        shapes = self.body.graph.shapes
        return [*shapes[: self.count], *shapes[self.count + 1 : self.count + 1 + self.given]]

    @property
    def carried(self) -> list[Shape]:
        """The shapes of what the value is made of."""
        return self.shapes[: self.count]


class Back(_Rounds):
    """A way back through the rounds of a loop: `count` values are carried, `given` others are the same for all rounds.

    of: where it is the reverse sweep of the loop, which of the loop's given values it has adjoints of, behind those of
    the states; None where it is no reverse sweep.
    """

    __slots__ = ("body", "count", "given", "loop", "of")

    def __init__(self, loop: Loop, body: Body, count: int, given: int, of: tuple[int, ...] | None) -> None:
        super().__init__((loop, body, count, given, of))
        self.loop, self.body, self.count, self.given, self.of = loop, body, count, given, of

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the arguments."""
        shapes = self.body.graph.shapes
        behind = self.count + self.loop.count + 1 + self.loop.given
        return [*self.loop.shapes, *shapes[: self.count], *shapes[behind : behind + self.given]]

    @property
    def carried(self) -> list[Shape]:
        """The shapes of what the value is made of."""
        return self.body.graph.shapes[: self.count]


_remembered: OrderedDict[_Rounds, _Rounds] = OrderedDict()
_lock = _thread.allocate_lock()


def remembered(one: Any) -> Any:
    """The one that is equal to this and was there before, else this one."""
    with _lock:
        known = _remembered.pop(one, one)
        _remembered[known] = known
        if len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
        return known


def infer(shapes: Sequence[Shape], attr: Loop | Back) -> Shape:
    """The shape of a loop's value. Raises ShapeError."""
    expected = attr.shapes
    for k, (shape, wanted) in enumerate(zip(shapes, expected, strict=True)):
        if shape != wanted:
            raise ShapeError(f"{name_of(shape)} in the place of {name_of(wanted)}", (k,))
    return (sum(map(size, attr.carried)),)


def input_name(place: int) -> str:
    """The name of an input of a round's graph: no user's name is such."""
    return f" {place}"


def frozen(graph: Graph, leaves: Sequence[int], results: Sequence[int]) -> Body:
    """The body whose inputs are the `leaves` of a graph, in their order, and whose results are these nodes.

    Raises KeyError where another input is reached.
    """
    target = Graph()
    place: dict[int, int] = {}
    for k, leaf in enumerate(leaves):
        place[leaf] = target.input(input_name(k), graph.shapes[leaf])
    stack, seen = list(results), set(leaves)
    order = []
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += graph.args[node]
    for node in sorted(order):
        if graph.ops[node] == "input":
            raise KeyError(graph.attrs[node])
        args = tuple([place[arg] for arg in graph.args[node]])
        place[node] = target.emit(graph.ops[node], args, graph.attrs[node])
        if node in graph.origins:
            target.origins.setdefault(place[node], graph.origins[node])
    return Body(target, tuple(place[node] for node in results))


def parts(graph: Graph, node: int, shapes: Iterable[Shape]) -> list[int]:
    """The values that a vector holds one behind the other, as nodes of these shapes."""
    found, start = [], 0
    for shape in shapes:
        stop = start + size(shape)
        if shape:
            found.append(graph.reshape(graph.index(node, ((start, stop),)), shape))
        else:
            found.append(graph.index(node, (start,)))
        start = stop
    return found


def joined(graph: Graph, nodes: Sequence[int], shapes: Sequence[Shape]) -> int:
    """Values of these shapes one behind the other, in a vector."""
    if not any(shapes):
        return graph.vector(tuple(nodes))
    flat = [graph.reshape(graph.full(node, shape), (size(shape),)) for node, shape in zip(nodes, shapes, strict=True)]
    return flat[0] if len(flat) == 1 else graph.emit("concat", tuple(flat), -1)
