"""Is a claimed derivative right? Proven by the simplifier, equal on samples, or a counterexample.

Two numbers are different where they are farther apart than their running rounding bounds allow; where those bounds are
wide the point says nothing and is left out, and so is a point on a kink or at the edge of floating point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..evaluate.failures import all_finite, taken
from ..evaluate.plan import make_plan
from ..evaluate.scalar import Point, PointValue, Scalar
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.shapes import size
from ..graph.simplify import simplify
from ..graph.simplify.expand import is_zero
from ..sweeps.kinks import kinks
from ..sweeps.rounding import rounding
from .agree import ROUNDINGS, close
from .derive import EQUALITY

#: Points that are looked at, points that a claim has to agree at, and what may be computed for that.
MOST_POINTS, FEWEST, MOST_STEPS = 60, 6, 1_500_000
#: So many numbers of an array take as long as one step.
ARRAY = 100
#: Bounds wider than this part of the numbers say nothing.
WIDE = 1e-6
#: Below this, numbers have lost digits that the bounds do not know of.
TINY = 1e-290
#: Functions that are never 0, and operations that are 0 only where an argument is: else they have underflowed.
NEVER_ZERO = frozenset(("exp", "exp2", "sech", "csch", "sigmoid", "erfc", "cosh"))
UNDERFLOW = frozenset(("*", "/", "^"))
#: Numbers closer than this are the same.
SAME = 1e-9
#: Expressions of more nodes are not proven: samples are enough to show a difference.
LARGEST_PROOF = 20_000


class Piece(NamedTuple):
    """One derivative and what is claimed of it. value: what is differentiated; inputs: all that may vary."""

    label: str
    value: int
    right: int
    #: the right one in the textbook's form, which is printed and which the simplifier reads
    shown: int
    claim: int
    inputs: tuple[int, ...]
    #: truth values that hold a traced program on its path
    conditions: tuple[int, ...] = ()


class Sample(NamedTuple):
    """What was found at a point.

    found: "agree", "differ", or why the point says nothing: "outside" (the expression or its derivative is not
    defined), "undefined" (the claim is not), "kink", "wide" (rounding), "path" (another path of the program).
    """

    point: dict[str, PointValue]
    found: str
    yours: float = math.nan
    right: float = math.nan
    tolerance: float = 0.0
    #: of arrays, which component
    component: int = 0

    @property
    def telling(self) -> bool:
        """Whether the numbers are known so well that agreement means something."""
        return self.found == "agree" and self.tolerance <= WIDE * max(abs(self.yours), abs(self.right))


class Judged(NamedTuple):
    """verdict: "proven", "equal" (on the samples), "wrong", "undecided"."""

    verdict: str
    samples: list[Sample]
    counterexample: Sample | None

    def of(self, *found: str) -> list[Sample]:
        """The samples with one of these findings."""
        return [sample for sample in self.samples if sample.found in found]


class Sheet:
    """The numbers of a piece at a point, by one plan for all points."""

    def __init__(self, graph: Graph, piece: Piece) -> None:
        self.graph, self.piece = graph, piece
        values = [piece.value, piece.right, piece.claim]
        own = set(graph.reachable([piece.value, piece.claim]))
        # What a rule asks of its arguments, to spare a corner its 0 times infinity, is no kink.
        self.kinks = [
            kink
            for kink in kinks(graph, values, piece.inputs)
            if kink.node in own or graph.ops[kink.node] not in EQUALITY
        ]
        zeros = [kink.zero for kink in self.kinks]
        order = graph.reachable([*values, *piece.conditions, *zeros])
        bounds = rounding(graph, [piece.right, piece.claim, *zeros])
        self._order = order
        self._bounds = bounds
        self.plan = make_plan(graph, [*order, *bounds])
        self._run: Callable[[Point], list[Any]]
        if self.plan.scalar:
            self._run = Scalar(self.plan).run
        else:
            from ..evaluate.array import Array

            self._run = Array(self.plan).run

    @cached_property
    def points(self) -> int:
        """How many points can be afforded."""
        return max(FEWEST, min(MOST_POINTS, MOST_STEPS // self._work))

    @cached_property
    def tries(self) -> int:
        """How many points can be afforded with those that say nothing."""
        return max(4 * FEWEST, 4 * MOST_STEPS // self._work)

    @cached_property
    def _work(self) -> int:
        """What a point takes: the plan's steps, and each node is looked at three times to see what its number tells."""
        steps = sum(1 + max(map(size, (step.shape, *step.shapes))) // ARRAY for step in self.plan.steps)
        return 1 + steps + 3 * len(self._order)

    def at(self, point: dict[str, PointValue], path: Sequence[float] | None = None) -> Sample:
        """What is found at a point. path: the conditions' values on the path that is held."""
        graph, piece = self.graph, self.piece
        found = self._run(point)
        values = dict(zip(self._order, found, strict=False))
        of_right, of_claim, *of_zeros = found[len(self._order) :]
        if path is not None and [values[one] for one in piece.conditions] != list(path):
            return Sample(point, "path")
        mine = taken(graph, [piece.value, piece.right], values)
        if not all(all_finite(values[node]) for node in mine):
            return Sample(point, "outside")
        theirs = taken(graph, [piece.claim], values)
        for kink, bound in zip(self.kinks, of_zeros, strict=True):
            if (kink.node in mine or kink.node in theirs) and _touches(values[kink.zero], bound):
                return Sample(point, "kink")
        if not all_finite(values[piece.claim]):
            return Sample(point, "undefined", math.nan, _first(values[piece.right]))
        if not all(all_finite(values[node]) and self._in_range(node, values) for node in mine | theirs):
            return Sample(point, "wide")
        return _compared(point, values[piece.right], of_right, values[piece.claim], of_claim)

    def _in_range(self, node: int, values: Mapping[int, Any]) -> bool:
        """Whether a value has all its digits: not next to 0, and not 0 where it cannot be."""
        value, op = values[node], self.graph.ops[node]
        if isinstance(value, (int, float)):
            if value:
                return abs(value) >= TINY
            return op not in NEVER_ZERO and (op not in UNDERFLOW or not all(values[arg] for arg in self._factors(node)))
        zero = value == 0
        if (~zero & (abs(value) < TINY)).any() or (op in NEVER_ZERO and zero.any()):
            return False
        if op in UNDERFLOW:
            for arg in self._factors(node):
                zero = zero & (values[arg] != 0)
            return not zero.any()
        return True

    def _factors(self, node: int) -> tuple[int, ...]:
        """The arguments of which one is 0 where a product or power is."""
        return self.graph.args[node] if self.graph.ops[node] == "*" else self.graph.args[node][:1]

    def path(self, point: dict[str, PointValue]) -> list[float]:
        """The conditions' values at the point that the program was followed at."""
        values = dict(zip(self._order, self._run(point), strict=False))
        return [values[one] for one in self.piece.conditions]


def _first(value: Any) -> float:
    return value if isinstance(value, float) else float(value.ravel()[0])


def _touches(zero: Any, width: Any) -> bool:
    """Whether a number, or one of an array, may be 0 but for rounding."""
    if isinstance(zero, (int, float)) and isinstance(width, (int, float)):
        return abs(zero) <= ROUNDINGS * width
    return bool((abs(zero) <= ROUNDINGS * width).any())


def _compared(point: dict[str, PointValue], right: Any, of_right: Any, yours: Any, of_yours: Any) -> Sample:
    """Two values with their rounding bounds. Of arrays, a component that differs, or the largest one."""
    k = 0
    if not isinstance(right, (int, float)) or not isinstance(yours, (int, float)):
        import numpy as np

        r, c, bound = np.broadcast_arrays(right, yours, np.add(of_right, of_yours))
        if not r.size:
            return Sample(point, "agree")
        tolerances = ROUNDINGS * bound
        sizes = np.maximum(abs(r), abs(c))
        apart = (abs(c - r) > tolerances) | ~np.isfinite(tolerances)
        clear = apart & (tolerances <= WIDE * sizes)
        k = int(np.argmax(np.where(clear, sizes, -1.0) if clear.any() else np.where(apart, np.inf, sizes)))
        right, yours = float(r.ravel()[k]), float(c.ravel()[k])
        tolerance = float(tolerances.ravel()[k])
    else:
        tolerance = ROUNDINGS * (of_right + of_yours)
    if math.isfinite(tolerance) and close(yours, right, tolerance):
        return Sample(point, "agree", yours, right, tolerance, k)
    clear = tolerance <= WIDE * max(abs(yours), abs(right))
    return Sample(point, "differ" if clear else "wide", yours, right, tolerance, k)


def judge(graph: Graph, piece: Piece, points: Iterable[dict[str, PointValue]]) -> Judged:
    """Proof, samples, verdict."""
    sheet = Sheet(graph, piece)
    samples: list[Sample] = []
    path: list[float] | None = None
    said = 0
    for point in points:
        if piece.conditions and path is None:
            path = sheet.path(point)
        sample = sheet.at(point, path)
        samples.append(sample)
        said += sample.found in ("agree", "differ", "undefined")
        if said >= sheet.points or len(samples) >= sheet.tries:
            break
    differ = [sample for sample in samples if sample.found == "differ"]
    if differ:
        return Judged("wrong", samples, differ[0])
    if not piece.conditions and proven(graph, piece):
        return Judged("proven", samples, None)
    agree = [sample for sample in samples if sample.found == "agree"]
    zero = graph.is_const(piece.right) and graph.attrs[piece.right] == 0
    known = [sample for sample in agree if sample.telling or (zero and sample.tolerance < SAME)]
    everywhere = [sample for sample in samples if sample.found == "undefined"]
    if not agree and everywhere:
        return Judged("wrong", samples, everywhere[0])
    vanishes = len(agree) >= 2 * FEWEST and all(s.right == 0 and s.tolerance < SAME for s in agree)
    return Judged("equal" if known or vanishes else "undecided", samples, None)


def proven(graph: Graph, piece: Piece) -> bool:
    """Whether the simplifier makes the same of both, or nothing of their difference."""
    if len(graph.reachable([piece.shown, piece.claim])) > LARGEST_PROOF:
        return False
    builder = Builder(graph)
    shape = graph.shapes[piece.right]
    shown, claim = graph.full(piece.shown, shape), graph.full(piece.claim, shape)
    right, yours, gap = simplify(graph, [shown, claim, builder.sub(shown, claim)])
    while graph.ops[gap] == "broadcast":
        (gap,) = graph.args[gap]
    nothing = graph.is_const(gap) and graph.attrs[gap] == 0
    return right == yours or nothing or (not shape and is_zero(graph, gap))
