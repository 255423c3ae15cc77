"""One primitive as a program, through the real pipeline: graph, sweeps, evaluation on floats."""

from __future__ import annotations

import math
from collections.abc import Iterator

from oracle import Point

from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.graph.calls import formula
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower_formula
from dcalc.primitives import TABLE
from dcalc.primitives.entry import Primitive
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.reverse import gradient

Orders = tuple[int, ...]

#: Additive recurrence of the golden ratio's kin (Roberts, 2018): even coverage of any range, no seed to choose.
_RATIOS = {
    1: (0.6180339887498949,),
    2: (0.7548776662466927, 0.5698402909980532),
    3: (0.8191725133961645, 0.6710436067037893, 0.5497004779019703),
}

#: The entries that work on numbers; those for arrays have tests of their own (test_arrays).
NUMBERS = [entry for entry in TABLE.values() if not entry.shapes]


def samples(entry: Primitive, count: int) -> list[Point]:
    """Quasi-random points of an entry's sample range. A static parameter is the range's lower end."""
    ratios = _RATIOS[len(entry.sample)]
    points = []
    for k in range(1, count + 1):
        point = [
            low + (high - low) * math.modf(0.5 + k * ratio)[0]
            for (low, high), ratio in zip(entry.sample, ratios, strict=True)
        ]
        if entry.static:
            point[0] = entry.sample[0][0]
        points.append(tuple(point))
    return points


def points(entry: Primitive, count: int) -> list[Point]:
    """An entry's sample points and its extreme points."""
    return [*samples(entry, count), *entry.extreme]


def node_of(entry: Primitive, graph: Graph, leaves: list[int], attr: int | None = None) -> int:
    """The node of an entry applied to nodes; a composite is written out, as lowering does."""
    if entry.kind == "composite":
        assert entry.value is not None
        return lower_formula(graph, formula(entry.value), dict(zip(entry.parameters, leaves, strict=True)))
    return graph.emit(entry.name, tuple(leaves), attr)


class Program:
    """A primitive's value, gradient (by forward and by reverse mode) and Hessian (reverse over forward)."""

    def __init__(self, name: str, static: int | None = None) -> None:
        entry = TABLE[name]
        graph = Graph()
        self.names = entry.parameters[entry.static :]
        leaves = [graph.input(parameter) for parameter in self.names]
        value = node_of(entry, graph, leaves, static)
        one = len(leaves)
        unit = [tuple(int(i == k) for i in range(one)) for k in range(one)]
        self.outputs: list[tuple[Orders, str, int]] = [((0,) * one, "value", value)]
        reverse = gradient(graph, value, leaves)
        for i, leaf in enumerate(leaves):
            first = derivative(graph, value, leaf)
            self.outputs.append((unit[i], "forward", first))
            self.outputs.append((unit[i], "reverse", reverse[i]))
            for j, second in enumerate(gradient(graph, first, leaves)):
                orders = tuple(a + b for a, b in zip(unit[i], unit[j], strict=True))
                self.outputs.append((orders, "reverse over forward", second))
            self.outputs.append((tuple(2 * a for a in unit[i]), "forward over forward", derivative(graph, first, leaf)))
        self.program = Scalar(make_plan(graph, [node for _, _, node in self.outputs]))
        self.static = static

    def run(self, point: Point) -> Iterator[tuple[Orders, str, float]]:
        """(orders of the derivative, how it was got, its value) at a point; static parameters have order 0."""
        given = point[1:] if self.static is not None else point
        results = self.program.run(dict(zip(self.names, given, strict=True)))
        for (orders, how, _), result in zip(self.outputs, results, strict=True):
            yield ((0, *orders) if self.static is not None else orders), how, result
