"""Why is a claimed derivative wrong: the likeliest slip, another variable or order; or is it dcalc that is wrong?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..evaluate.plan import make_plan
from ..evaluate.scalar import Scalar
from ..graph.graph import Graph
from ..sweeps.derivative import derivative
from . import backend
from .agree import close
from .claims import SAME, Judged, Piece, Sample, Sheet
from .problem import Problem, variable
from .protocol import Options
from .slip_rules import CHAIN
from .slips import Mutants, Slip, likeliest, mutants

#: A slip explains a claim if its derivative is the claim's to `claims.SAME`, at so many points, some of them
#: where the claim is right.
POINTS_OF_A_SLIP, POINTS_THAT_AGREE = 8, 3
#: Finite differences are asked at so many points, and heard where they are this sure.
POINTS_OF_A_DOUBT, DOUBT = 3, 1e-4
#: Steps that a doubt has to survive, in parts of the coordinate: shorter than those of the adaptive scheme.
SHORT_STEPS = (1e-10, 1e-11, 1e-12, 1e-13)


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
