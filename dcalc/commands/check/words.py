"""What `check` says in words: why a claim is wrong, where, and what holds at a kink."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...backends.agree import close
from ...backends.claims import Judged, Piece
from ...backends.derive import Survey, describe
from ...backends.explanations import Explained, explain, halves, is_integral, ratio
from ...backends.problem import Problem, variable
from ...backends.result import Note, nested_of
from ...backends.slip_rules import SIGN
from ...backends.slips import Slip
from ...backends.symbolic import partials
from ...errors import Source, Span
from ...evaluate.scalar import PointValue
from ...graph.build import Builder
from ...graph.graph import Graph
from ...graph.shapes import name_of
from ...graph.simplify import simplify
from ...graph.to_ast import is_small, to_ast
from ...language import unparse

#: A difference of more nodes than this says nothing to people.
MOST_DIFFERENCE = 24
#: What a claim may be off by, besides fractions, and what that means.
FACTORS = {
    math.pi / 180: "degrees: the derivative holds for radians",
    180 / math.pi: "degrees: the derivative holds for radians",
    math.log(10): "log(10): is the logarithm natural?",
    1 / math.log(10): "1/log(10): is the logarithm natural?",
    math.log(2): "log(2)",
    1 / math.log(2): "1/log(2)",
}
#: A factor nearer to 1 comes from a rounded constant.
ROUNDED = 1e-3


class Found(NamedTuple):
    """The likeliest slip: the rule, what is wrong, and where in the expression."""

    kind: str
    message: str
    source: Source | None = None
    span: Span | None = None


class Part(NamedTuple):
    """A piece with what its slips are sought in."""

    piece: Piece
    leaf: int
    row: int


def explained(graph: Graph, part: Part, judged: Judged, inputs: Sequence[int]) -> tuple[Found | None, list[str]]:
    """The likeliest slip, and what else can be said of the difference."""
    piece = part.piece
    hints: list[str] = []
    name = graph.attrs[part.leaf]
    why = Explained(None) if piece.conditions else explain(graph, piece, judged, part.leaf, inputs, part.row)
    found = in_words(graph, why.slip, part.leaf) if why.slip else None
    factor = ratio(judged)
    if found is None and is_integral(graph, piece, part.leaf, part.row, judged):
        found = Found("integral", "the claim is an integral of the expression, not its derivative")
    if found is None and factor is not None:
        found = _by_factor(factor)
    side = halves(judged, name)
    if side:
        hints.append(f"the claim is right where {side}")
    if found is None and factor is None and not piece.conditions:
        hints += _difference(graph, piece)
    if found is None and why.left_out:
        hints.append("the expression is large: slips were sought in its outer part only")
    return found, hints


def _by_factor(factor: float) -> Found:
    if close(factor, -1.0, 1e-9):
        return Found(SIGN, "the claim is the right derivative with the sign turned around")
    if close(factor, 1.0, ROUNDED):
        words = f"the claim is right but for {abs(factor - 1):.1e} of it: is a number in it rounded?"
        return Found("rounded", f"{words} Write 1/3, pi, sqrt(2)")
    return Found("constant factor", _factor(factor))


def _factor(factor: float) -> str:
    for value, words in FACTORS.items():
        if close(factor, value, 1e-9 * value):
            return f"the claim is the right derivative times {format(factor, '.6g')}: {words}"
    near = Fraction(factor).limit_denominator(100)
    exact = bool(near) and close(float(near), factor, 1e-9 * abs(factor))
    shown = str(near) if exact else format(factor, ".10g")
    return f"the claim is the right derivative times {shown}"


def _difference(graph: Graph, piece: Piece) -> list[str]:
    """claim - right, where that is short."""
    if graph.shapes[piece.right] or len(graph.reachable([piece.claim, piece.shown])) > 1000:
        return []
    (gap,) = simplify(graph, [Builder(graph).sub(piece.claim, piece.shown)])
    return [f"claim - right = {unparse(to_ast(graph, gap))}"] if is_small(graph, gap, MOST_DIFFERENCE) else []


def in_words(graph: Graph, slip: Slip, leaf: int) -> Found:
    """A slip with the expressions filled in, and its place."""
    words: dict[str, str] = {"x": graph.attrs[leaf]}
    if slip.node is None:
        return Found(slip.kind, slip.words)
    for name, node in zip(("f", "u", "v"), (slip.node, *graph.args[slip.node]), strict=False):
        words[name] = describe(graph, node)
        if f"{{d{name}}}" in slip.words:
            (made,) = simplify(graph, partials(graph, [node], leaf, shown=True))
            words[f"d{name}"] = describe(graph, made)
    message = slip.words.format(**words) + (", everywhere" if slip.everywhere else "")
    return Found(slip.kind, message, *graph.origins.get(slip.node, (None, None)))


def notes_on(graph: Graph, part: Part, judged: Judged, given: bool) -> list[Note]:
    """What is to be said of points at which the claim says nothing, or the derivative."""
    notes = []
    piece = part.piece
    undefined = judged.of("undefined")
    if judged.verdict == "proven" and len(judged.of("outside")) == len(judged.samples):
        message = f"{piece.label}: no point was found where the expression and its derivative are defined"
        notes.append(Note("domain", message))
    if undefined and judged.verdict != "wrong":
        one = undefined[0]
        message = (
            f"{piece.label}: the claim is not defined at {_where(one.point)}, where the derivative is {one.right:.10g}"
        )
        message += f" ({len(undefined)} such points)" if len(undefined) > 1 else ""
        notes.append(Note("domain", message, data={"point": {n: nested_of(v) for n, v in one.point.items()}}))
    if given and judged.samples[0].found == "kink":
        notes += _at_kink(graph, part, judged.samples[0].point)
    elif given and judged.samples[0].found == "outside":
        notes.append(Note("domain", f"{piece.label}: there is no derivative at the point that --at gives"))
    kinks = [s for s in judged.of("kink")[: None if not given else 1] if s is not judged.samples[0] or not given]
    if kinks:
        message = f"{piece.label}: {_where(kinks[0].point)} is a kink or next to one, such points are left out"
        notes.append(Note("kink", message))
    return notes


def _at_kink(graph: Graph, part: Part, point: dict[str, PointValue]) -> list[Note]:
    """The kink at the point of --at, with both sides, and which of them the claim is."""
    asked = Problem(graph, part.row, (variable(graph, part.leaf),), point, part.piece.conditions)
    survey = Survey(asked, ieee=True)
    notes = survey.kink_notes()
    if not notes or survey.sides is None or graph.shapes[part.piece.claim]:
        return notes
    (yours,), (right,) = asked.numbers(part.piece.claim), asked.numbers(part.piece.right)
    left, ahead = survey.sides[0][0][0], survey.sides[1][0][0]
    message = f"{part.piece.label}: the claim is {yours:.10g} at this kink, {place_of(yours, left, ahead, right)}"
    return [*notes, Note("kink", message, data={"yours": yours, "left": left, "right": ahead, "convention": right})]


def place_of(yours: float, left: float, right: float, convention: float, tolerance: float = 1e-9) -> str:
    """Where a number stands between the one-sided derivatives at a kink."""
    words = []
    for value, name in ((left, "the left-hand derivative"), (right, "the right-hand derivative")):
        if close(yours, value, tolerance):
            words.append(name)
    if close(yours, convention, tolerance):
        words.append("what the lectures' convention has")
    elif min(left, right) < yours < max(left, right):
        words.append("between the one-sided derivatives")
    if not close(yours, convention, tolerance):
        words.append(f"the lectures' convention has {convention:.10g}")
    return ", ".join(words)


def _where(point: Mapping[str, PointValue]) -> str:
    return ", ".join(f"{name} = {short(value)}" for name, value in point.items())


def short(value: PointValue) -> str:
    """A number, or the shape of an array."""
    return format(value, ".10g") if isinstance(value, (int, float)) else f"{name_of(value.shape)}"
