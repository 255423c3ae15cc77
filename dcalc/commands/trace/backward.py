"""The reverse half of a trace: adjoints in the order in which they are computed, with every contribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...backends.problem import Problem
from ...errors import DcalcError, Source, Span
from ...graph.build import Builder
from ...graph.graph import Graph
from ...graph.shapes import Places, name_of
from ...language import ast
from ...primitives import TABLE
from ...sweeps.reverse import Contribution as Handed
from ...sweeps.reverse import reverse
from ...sweeps.rules import Rules
from ..wengert import Wengert, seeds
from .traced import Adjoint, Contribution, Lazy, Quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def output_of(asked: Problem, seed: Sequence[float] | None, source: Source | None, span: Span) -> int:
    """The node whose adjoint is seeded. Raises DcalcError of kind shape where an array has no seed."""
    if not asked.shape:
        return asked.rows[0]
    if seed is None:
        example = "[" * len(asked.shape) + "1, …" + "]" * len(asked.shape)
        hint = f"--seed {example} gives the adjoints that its components start with; forward mode traces all of them"
        message = f"a reverse trace is of one output, this is {name_of(asked.shape)}"
        raise DcalcError("shape", message, source=source, span=span, hint=hint)
    return asked.output


def adjoints(
    steps: Wengert, asked: Problem, output: int, seed: Sequence[float] | None
) -> tuple[Sequence[Adjoint], list[tuple[str, float]]]:
    """The steps from the output back, and what the pass ends with: the derivatives in the inputs."""
    graph = asked.graph
    kept: dict[tuple[int, int], list[Handed]] = {}
    start = None if seed is None else seeds.constant(graph, seed, asked.shape)
    total = reverse(graph, output, asked.leaves, start, kept=kept).total
    total.setdefault(output, graph.const(1) if start is None else start)  # where it depends on no input
    handed: dict[int, list[tuple[int, list[Handed]]]] = {}  # argument -> who hands it what
    for (arg, user), given in kept.items():
        handed.setdefault(arg, []).append((user, given))
    lines = _Lines(steps, asked)
    zero = graph.const(0)

    def row(node: int) -> Adjoint:
        whole = lines.quantity(graph.full(total.get(node, zero), graph.shapes[node]))
        found = lines.of(node, handed.get(node, []))
        if found and not found[-1].part:
            found[-1] = found[-1]._replace(total=whole)
        name, own, formula = steps.names[node], steps.own.get(node, ""), steps.formula(node)
        bar = steps.adjoint_name(node)
        return Adjoint(name, own, formula, lines.quantity(node), bar, whole, found, node == output)

    ends: list[tuple[str, float]] = []
    for one in asked.variables:
        if one.node in total:
            numbers = asked.numbers(graph.full(total[one.node], one.shape))
            ends += zip([f"d/d{label}" for label in one.labels], numbers, strict=True)
    return Lazy(steps.order[::-1], row), ends


class _Lines:
    """Makes the contributions of one step after the other."""

    def __init__(self, steps: Wengert, asked: Problem) -> None:
        self.steps = steps
        self.asked = asked
        self.graph: Graph = asked.graph
        self.builder = Builder(self.graph)
        self.rules = Rules(self.builder)

    def quantity(self, node: int) -> Quantity:
        """A node's value."""
        return Quantity(self.asked.numbers(node), self.graph.shapes[node])

    def of(self, node: int, handed: list[tuple[int, list[Handed]]]) -> list[Contribution]:
        """The contributions to a step's adjoint, from the output back."""
        graph, steps = self.graph, self.steps
        lines: list[Contribution] = []
        running: int | None = None
        sums = _Sums(graph.shapes[node]) if any(graph.ops[user] == "index" for user, _ in handed) else None
        for user, given in handed:
            positions = self._positions(user, node)
            for position, (mask, value) in zip(positions, given, strict=len(given) > 1):
                if user not in steps.names:
                    continue
                index = graph.ops[user] == "index"
                shape = graph.shapes[user if index else node]
                counted = value if mask is None else self.builder.select(mask, value, self.builder.zero)
                counted = graph.full(counted, shape)
                formula: ast.Node | None = ast.Name(steps.adjoint_name(user)) if index else steps.handed(user, position)
                if formula is None:
                    continue
                if sums is not None:
                    after, first = sums.add(graph.attrs[user] if index else (), self.asked.value(counted))
                    total = self.quantity(counted)._replace(numbers=after)
                else:
                    first = running is None
                    running = counted if running is None else self.builder.add(running, counted)
                    total = self.quantity(running)
                picked = steps.formula(user) if index else None
                part = picked.children[1:] if picked is not None else ()
                partial = None if index else steps.partial(user, position)
                slope = self._slope(user, position) if partial is not None else 0.0
                taken = mask is None or any(self.asked.numbers(mask))
                name, given_now = steps.names[user], self.quantity(counted)
                lines.append(Contribution(name, part, formula, given_now, total, partial, slope, first, taken))
        return lines

    def _positions(self, user: int, node: int) -> list[int]:
        """Where a step has another one among its arguments and hands it something, in the order of the sweep."""
        graph = self.graph
        args = graph.args[user]
        positions = [k for k, arg in enumerate(args) if arg == node]
        entry = TABLE.get(graph.ops[user])
        if len(positions) == 1 or entry is None:
            return positions
        if entry.kind == "selection":
            _, first, second = self.rules.choice(entry, user)
            return list(dict.fromkeys(k for k in (first, second) if k is not None and k in positions))
        if entry.kind == "elementwise":
            return [k for k in positions if self.rules.partial(entry, user, k) != self.builder.zero]
        return [k for k in positions if self.steps.handed(user, k) is not None]

    def _slope(self, user: int, position: int) -> float:
        """The value of a local partial."""
        entry = TABLE[self.graph.ops[user]]
        if entry.kind == "selection":
            condition, first, _ = self.rules.choice(entry, user)
            return float(bool(self.asked.value(condition)) == (first == position))
        return float(self.asked.value(self.rules.partial(entry, user, position)))


class _Sums:
    """An array's adjoint as its parts are handed in."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        import numpy as np

        self.values: NDArray[np.float64] = np.zeros(shape)
        self.begun: NDArray[np.bool_] = np.zeros(shape, dtype=bool)

    def add(self, places: Places, value: float | NDArray[np.float64]) -> tuple[list[float], bool]:
        """Add to a part: what it has come to, row by row, and whether nothing had been there."""
        at = tuple(slice(*place) if isinstance(place, tuple) else place for place in places)
        first = not self.begun[at].any()
        self.begun[at] = True
        self.values[at] += value
        return self.values[at].ravel().tolist(), first
