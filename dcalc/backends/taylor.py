"""Taylor mode: the coefficients of a program along a line x + t·δ, prepared once for an order and run at points.

The lists of bound loops of `evaluate.series.bound` take programs of numbers; `Series` takes the rest (arrays, sin(x)/x
at 0), and knows why there is no series where there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from threading import Lock
from typing import Any

from ..errors import DcalcError
from ..evaluate.failures import all_finite
from ..evaluate.scalar import Point
from ..evaluate.series import Numbers, Series
from ..evaluate.series.bound import Bound, Moved, bound
from ..evaluate.series.recipes import Program
from ..evaluate.tracing import Tracer
from ..graph.graph import LEAVES, Graph
from .derive import describe
from .problem import Problem

#: The highest order: work grows with its square, of lgamma and the like with its cube.
MOST_ORDER = 500
#: A quotient by 0 loses orders; so many more are asked for to have them back.
MORE = 8
#: Behind coefficients above this a coefficient that is not finite has grown too large: a pole is near, not here.
LARGE = 1e200
#: The highest order that is tried with fractions, which may grow long.
MOST_EXACT = 60

#: Of each output its coefficients, from the value on.
Coefficients = list[list[Any]]


class Lines:
    """The coefficients of f(x + t·δ) in t, to an order of at least 1, for whatever x and δ.

    outputs: nodes of numbers. leaves: the inputs that move.
    """

    def __init__(self, graph: Graph, outputs: Sequence[int], leaves: Sequence[int], order: int) -> None:
        if order > MOST_ORDER:
            raise DcalcError("limit", f"order {order} is more than is computed, the limit is {MOST_ORDER}")
        self.graph = graph
        self.outputs = list(outputs)
        self.leaves = tuple(leaves)
        self.order = order
        self._program = Program(graph, leaves)
        self._bound: Bound | None = None
        self._lock = Lock()

    def at(self, point: Point, direction: Mapping[int, Any]) -> Coefficients:
        """The coefficients at a point. direction: leaf -> δ in its shape. DcalcError where there is no series."""
        made = self._bound
        if made is not None:
            found = self._run(made, point, direction)
            if found is not None:
                return found
        with self._lock:
            return self._with_care(point, direction)

    def exactly(self, point: Mapping[str, Any], direction: Mapping[int, Any]) -> Coefficients | None:
        """The same as Fractions; None where it has not been run at the point, or where they are not rational."""
        from ..evaluate.series.rational import values

        made = self._bound
        if made is None or self.order > MOST_EXACT:
            return None
        reals = values(self.graph, made.reals, point)
        if reals is None:
            return None
        try:
            return made.terms(reals, self._slopes(made, direction), Fraction(0))
        except (Moved, ZeroDivisionError):
            return None

    def _run(self, made: Bound, point: Point, direction: Mapping[int, Any]) -> Coefficients | None:
        try:
            found = made.floats(point, direction if made.plain else self._slopes(made, direction))
        except (Moved, ZeroDivisionError, OverflowError):
            return None
        for terms in found:
            if not math.isfinite(sum(terms)) and not all(map(math.isfinite, terms)):
                return None
        return found

    def _slopes(self, made: Bound, direction: Mapping[int, Any]) -> dict[int, Any]:
        """The slopes of the leaves, some of which are components of arrays."""
        graph = self.graph
        slopes: dict[int, Any] = {}
        for leaf in made.leaves:
            if leaf in direction:
                slopes[leaf] = direction[leaf]
            else:
                slopes[leaf] = float(direction[graph.args[leaf][0]][graph.attrs[leaf]])
        return slopes

    def _with_care(self, point: Point, direction: Mapping[int, Any]) -> Coefficients:
        tracer = Tracer(self.graph, point)
        made = bound(self._program, self.outputs, self.order, tracer.value)
        if made is not None:
            found = self._run(made, point, direction)
            if found is not None:
                self._bound = made
                return found
        return [self._series(output, tracer, direction) for output in self.outputs]

    def _series(self, output: int, tracer: Tracer, direction: Mapping[int, Any]) -> list[float]:
        seeds = {leaf: [tracer.value(leaf), slope] for leaf, slope in direction.items()}
        for order in (self.order, self.order + MORE):
            series = Series(self._program, seeds, order, Numbers(tracer))
            terms = [float(term) for term in series.of(output)]
            if not self._program.depends(output):
                terms += [0.0] * self.order
            if len(terms) > self.order or not all(map(math.isfinite, terms)):
                break
        if len(terms) <= self.order or not all(map(math.isfinite, terms)):
            raise self._failure(series, terms)
        return terms[: self.order + 1]

    def _failure(self, series: Series, terms: list[float]) -> DcalcError:
        """Where a coefficient that is not finite was born."""
        graph = self.graph
        hint = "choose another point"
        for node, mine in sorted(series.terms.items()):
            bad = next((k for k, term in enumerate(mine) if not all_finite(term)), None)
            if bad is None or graph.ops[node] in LEAVES or node not in graph.origins:
                continue
            source, span = graph.origins[node]
            what = describe(graph, node)
            if any(isinstance(term, float) and abs(term) > LARGE for term in mine[:bad]):
                words = f"{what}: its coefficient of order {bad} is too large for floating point (the limit is 1.8e308)"
                return DcalcError(
                    "domain", words, source=source, span=span, hint="take fewer orders, or scale the input"
                )
            words = f"its derivative of order {bad} is not finite" if bad else "it is not finite"
            return DcalcError(
                "domain", f"{what} has no Taylor series here: {words}", source=source, span=span, hint=hint
            )
        first = next((k for k, term in enumerate(terms) if not math.isfinite(term)), len(terms))
        message = f"there is no Taylor series of this order here: the coefficient of order {first} is not finite"
        return DcalcError("domain", message, hint=hint)


def lines_of(problem: Problem, order: int) -> Lines:
    """The lines of a problem's value, component by component, in its variables."""
    return Lines(problem.graph, problem.graph.components(problem.output), problem.leaves, order)
