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
from ..sweeps.derivative import derivative
from ..sweeps.kinks import kinks
from ..sweeps.rounding import rounding
from . import backend
from .agree import ROUNDINGS, close
from .derive import EQUALITY
from .problem import Problem, variable
from .protocol import Options
from .slip_rules import CHAIN
from .slips import Mutants, Slip, likeliest, mutants

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
#: A slip explains a claim if its derivative is the claim's to this part, at so many points, some of them
#: where the claim is right.
SAME = 1e-9
POINTS_OF_A_SLIP, POINTS_THAT_AGREE = 8, 3
#: Finite differences are asked at so many points, and heard where they are this sure.
POINTS_OF_A_DOUBT, DOUBT = 3, 1e-4
#: Steps that a doubt has to survive, in parts of the coordinate: shorter than those of the adaptive scheme.
SHORT_STEPS = (1e-10, 1e-11, 1e-12, 1e-13)
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
        work = sum(1 + max(map(size, (step.shape, *step.shapes))) // ARRAY for step in self.plan.steps)
        return max(FEWEST, min(MOST_POINTS, MOST_STEPS // max(work, 1)))

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
        if said >= sheet.points:
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


def doubted(graph: Graph, piece: Piece, judged: Judged, leaf: int, row: int) -> str | None:
    """What finite differences have against the derivative that a claim was held against; None where nothing.

    They know no rules: a false one in the table would be in everything else.
    """
    if graph.shapes[leaf] or graph.shapes[row]:
        return None
    told = sorted(judged.of("agree", "differ"), key=lambda s: s.found != "differ")[:POINTS_OF_A_DOUBT]
    found: list[str] = []
    for sample in told:
        problem = Problem(graph, row, (variable(graph, leaf),), sample.point)
        answer = backend("fd").jacobian(problem, Options())
        value = answer.entries[0][0][0]
        error = answer.estimates[0][0][0] if answer.estimates else math.inf
        size = max(abs(value), abs(sample.right))
        apart = abs(value - sample.right)
        sure = math.isfinite(value) and error < DOUBT * size and apart > 10 * error + DOUBT * size
        if sure and not _nearer(problem, value, sample.right):
            found.append(f"finite differences say {value:.10g}, the table's rules {sample.right:.10g}")
    return found[0] if len(found) > len(told) // 2 else None


def _nearer(problem: Problem, value: float, right: float) -> bool:
    """Whether steps far shorter than those that found `value` find `right`: sin(1e10*x) swings between all others."""
    (variable,) = problem.variables
    scale = abs(float(problem.point[variable.name])) or 1.0
    for step in SHORT_STEPS:
        quotient = backend("fd").jacobian(problem, Options("central", step * scale)).entries[0][0][0]
        if abs(quotient - right) < abs(quotient - value) / 10:
            return True
    return False


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


class Explained(NamedTuple):
    """Why a claim is wrong, as far as it can be told."""

    slip: Slip | None
    #: places of a large expression that were not tried
    left_out: bool = False


def explain(graph: Graph, piece: Piece, judged: Judged, leaf: int, others: Sequence[int], row: int) -> Explained:
    """The likeliest slip. leaf: what is differentiated in; others: further inputs; row: the number's own node."""
    usable = [s for s in judged.samples if s.found in ("differ", "agree")]
    differ = [sample for sample in usable if sample.found == "differ"]
    if len(differ) < 2:
        return Explained(None)
    # A slip leads to the claim where that is right, too: sqrt(x^2) and 1 differ by the sign on one side only.
    agree = [sample for sample in usable if sample.telling and sample.right][:POINTS_THAT_AGREE]
    told = [*differ[: POINTS_OF_A_SLIP - len(agree)], *agree]
    if graph.shapes[leaf] or graph.shapes[row]:
        return Explained(_of_arrays(graph, piece, leaf, others, row, told))
    elsewhere = _fitting(graph, piece, _in_others(graph, leaf, others, row), told)
    tried: Mutants = mutants(graph, row, leaf)
    found = likeliest(_fitting(graph, piece, tried.items, told))
    # In sin(b*x + c) who leaves out b has forgotten it, though that gives the derivative in c.
    if elsewhere and (found is None or found.kind != CHAIN):
        return Explained(elsewhere[0])
    if found is None:
        whole = _fitting(graph, piece, _of_other_order(graph, piece, leaf, row), told)
        found = whole[0] if whole else None
    return Explained(found, tried.left_out)


def _of_arrays(
    graph: Graph, piece: Piece, leaf: int, others: Sequence[int], row: int, told: Sequence[Sample]
) -> Slip | None:
    """What an array may be taken for the derivative by mistake: its transpose, that in another array, the value."""
    name, shape = graph.attrs[leaf], graph.shapes[piece.right]
    words = "this is the derivative transposed: its rows and columns are those of " + name
    candidates = []
    if len(shape) == 2 and shape[0] == shape[1]:
        candidates.append((Slip("transposed", words), graph.emit("transpose", (piece.right,))))
    for other in others:
        if other != leaf and graph.shapes[row] + graph.shapes[other] == shape:
            words = f"this is the derivative in {graph.attrs[other]}, not in {name}"
            candidates.append((Slip("wrong variable", words), derivative(graph, row, other)))
    if graph.shapes[row] == shape:
        candidates.append((Slip("not differentiated", "the claim is the expression itself, not its derivative"), row))
    for slip, node in candidates:
        sheet = Sheet(graph, piece._replace(right=node))
        if all(sheet.at(sample.point).found == "agree" for sample in told):
            return slip
    return None


def _in_others(graph: Graph, leaf: int, others: Sequence[int], row: int) -> list[tuple[Slip, int]]:
    """The derivatives in the other inputs."""
    found = []
    for other in others:
        if other != leaf and not graph.shapes[other]:
            words = f"this is the derivative in {graph.attrs[other]}, not in {graph.attrs[leaf]}"
            found.append((Slip("wrong variable", words), derivative(graph, row, other)))
    return found


def _of_other_order(graph: Graph, piece: Piece, leaf: int, row: int) -> list[tuple[Slip, int]]:
    """The expression itself and its derivatives of other orders."""
    first = derivative(graph, row, leaf)
    items = [(Slip("not differentiated", "the claim is the expression itself, not its derivative"), row)]
    if first != piece.right:
        return [*items, (Slip("order", "this is the first derivative"), first)]
    return [*items, (Slip("order", "this is the second derivative, not the first"), derivative(graph, first, leaf))]


def _fitting(graph: Graph, piece: Piece, candidates: Sequence[tuple[Slip, int]], told: Sequence[Sample]) -> list[Slip]:
    """The slips whose derivative is the claim at all points at which both have a value."""
    left = list(candidates)
    hits = [0] * len(candidates)
    places = {id(item): k for k, item in enumerate(left)}
    for sample in told:
        if not left:
            break
        plan = make_plan(graph, [node for _, node in left])
        if not plan.scalar:
            return []
        kept = []
        for item, value in zip(left, Scalar(plan).run(sample.point), strict=True):
            if not math.isfinite(value):
                kept.append(item)
            elif close(value, sample.yours, SAME * abs(sample.yours) + sample.tolerance):
                hits[places[id(item)]] += 1
                kept.append(item)
        left = kept
    return [slip for item in left if hits[places[id(item)]] >= min(3, len(told)) for slip in (item[0],)]


def is_integral(graph: Graph, piece: Piece, leaf: int, row: int, judged: Judged) -> bool:
    """Whether the claim's own derivative is the expression."""
    if graph.shapes[leaf] or graph.shapes[piece.claim]:
        return False
    told = [s for s in judged.samples if s.found in ("differ", "agree")][:POINTS_OF_A_SLIP]
    plan = make_plan(graph, [derivative(graph, piece.claim, leaf), row])
    if len(told) < 3 or not plan.scalar:
        return False
    pairs = [Scalar(plan).run(sample.point) for sample in told]
    return all(close(a, b, SAME * abs(b)) for a, b in pairs) and any(b for _, b in pairs)


def ratio(judged: Judged) -> float | None:
    """claim/right, where that is the same number at all points."""
    pairs = [(s.yours, s.right, s.tolerance) for s in judged.of("differ", "agree")]
    pairs = [(c, r, t) for c, r, t in pairs if c or r]
    if len(pairs) < 3 or not all(c and r for c, r, _ in pairs):
        return None
    first = pairs[0][0] / pairs[0][1]
    same = all(close(c, first * r, SAME * abs(c) + t) for c, r, t in pairs)
    return first if same else None


def halves(judged: Judged, name: str) -> str | None:
    """A claim that is right on one side of 0 only: "x > 0" where it is right."""
    signs = {}
    for found in ("differ", "agree"):
        values = [s.point[name] for s in judged.of(found)]
        if len(values) < 3 or not all(isinstance(value, float) and value for value in values):
            return None
        signs[found] = {value > 0 for value in values}
    if len(signs["agree"]) == len(signs["differ"]) == 1 and signs["agree"] != signs["differ"]:
        return f"{name} > 0" if signs["agree"] == {True} else f"{name} < 0"
    return None
