"""Is my derivative right? A claimed formula against the right one: proof, samples, counterexample, likeliest slip."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ...backends.claims import Judged, Piece, Sample, judge
from ...backends.explanations import doubted
from ...backends.problem import labels
from ...backends.result import Nested, Note, nested_of, unique
from ...backends.samples import around, points
from ...backends.symbolic import partials, readable
from ...errors import EXIT_FAILED, DcalcError, Source, suggestion
from ...evaluate.scalar import PointValue
from ...graph.exact import to_float
from ...graph.graph import Graph
from ...graph.lower import inputs_of
from ...graph.shapes import Shape, name_of, size
from ...graph.simplify import simplify
from ...language import ast, parse
from ...language.figures import raised
from ...progress import stage
from ..base import Ask, Output, State
from ..prepare import Prepared, cut, derivatives_in, names_of, no_input, prepare
from ..reading import read
from .words import Found, Part, explained, notes_on, short

#: Components that are judged one by one, with a slip each.
MOST_PIECES = 36
#: Numbers of an expression near which a claim is tried.
LEAST, MOST_LANDMARK = 3.0, 1e12
#: From the best verdict to the worst; the whole has that of its worst part.
VERDICTS = ("proven", "equal", "undecided", "wrong")
#: `dy/dx = …` and `f'(x) = …`, as people write a derivative; the language defines names only.
_EQUATION = re.compile(r"[^=<>!{;]*['′’/][^=<>!{;]*=(?!=)")


class Counterexample(NamedTuple):
    """A point where the claim is wrong; yours is nan where the claim is not defined."""

    point: dict[str, Nested]
    yours: float
    right: float
    #: of an array, the component: `[1,2]`
    component: str = ""


class Component(NamedTuple):
    """One derivative of the claim. counts: how many of the points told what (see `claims.Sample.found`)."""

    label: str
    verdict: str
    #: the right one; None of a program that is followed at a point
    formula: ast.Node | None
    claim: ast.Node
    counterexample: Counterexample | None
    slip: Found | None
    hints: list[str]
    counts: dict[str, int]
    #: at the point that --at gave: (yours, right), None where neither is known there
    given: tuple[float, float] | None


class Claim(NamedTuple):
    """What `check --claim` answers. ranges: from where to where each input was tried; point: that of --at."""

    items: list[Component]
    ranges: dict[str, tuple[float, float]]
    point: dict[str, Nested]

    @property
    def verdict(self) -> str:
        """That of the worst component."""
        return max((item.verdict for item in self.items), key=VERDICTS.index)


def check_claim(state: State, ask: Ask) -> Output:
    """Prepare, read the claim in the same graph, judge each component."""
    if "tolerance" in ask.options:
        raise DcalcError("usage", "a formula is right or wrong: tolerance is for numbers", hint="--grad x=0.33")
    prepared = prepare(state, ask)
    graph, notes = prepared.graph, prepared.notes
    origins = dict(graph.origins)
    text: Source = ask.get("claim")[0]
    if len(ask.get("claim")) > 1:
        raise DcalcError("usage", "claim one formula at a time", source=ask.get("claim")[1], hint='--claim "[f, g]"')
    names = derivatives_in(prepared, ask)
    if not names:
        raise no_input(prepared, ask)
    (output,) = cut(prepared, [prepared.output], [one.name for one in names_of(ask.get("wrt", []))])
    claim, conditions = _claimed(prepared, ask, text, names, output)
    conditions += cut(prepared, prepared.lowered.conditions, names)
    parts = _parts(prepared, ask, text, names, output, claim, tuple(conditions))
    inputs = inputs_of(graph, [output, claim, *(prepared.leaf(name) for name in names)])
    shapes = {graph.attrs[node]: graph.shapes[node] for node in inputs}
    landmarks = _landmarks(graph, [output, claim])
    candidates, held, given = _points(prepared, shapes, names, landmarks, traced=bool(conditions))
    graph.origins.update(origins)
    items, ranges = [], _Ranges(shapes)
    for k, part in enumerate(parts):
        with stage("judging", len(parts), "components", lambda done=k: done):  # type: ignore[misc]
            judged = judge(graph, part.piece, candidates())
        doubt = doubted(graph, part.piece, judged, part.leaf, part.row) if ask.get("order", 1) == 1 else None
        if doubt is not None:
            judged = judged._replace(verdict="undecided", counterexample=None)
            notes.append(Note("doubt", f"{part.piece.label}: {doubt}: a rule of dcalc may be false, please report it"))
        ranges.add(judged.samples)
        items.append(_component(graph, part, judged, inputs, given, prepared.decimals))
        notes += notes_on(graph, part, judged, given)
    if conditions:
        notes.append(
            Note("path", "a program is followed at the point: no proof, and only points on the same path count")
        )
    elif held:
        shown = ", ".join(f"{name} = {short(held[name])}" for name in held)
        notes.append(Note("point", f"{shown} is held, as --at has it; the other inputs were varied"))
    point = {name: nested_of(prepared.point[name]) for name in shapes if name in prepared.point} if given else {}
    result = Claim(items, ranges.found, point)
    status = 0 if VERDICTS.index(result.verdict) < VERDICTS.index("undecided") else EXIT_FAILED
    return Output([result], unique(notes), status)


def _claimed(prepared: Prepared, ask: Ask, text: Source, names: list[str], output: int) -> tuple[int, list[int]]:
    """The claim's node in the graph of the expression, and the conditions that it was followed by."""
    graph = prepared.graph
    known = prepared.lowered.names.copy()
    for name in names:
        known.nodes.pop(name, None)
    try:
        tree = parse(text)
    except DcalcError as failure:
        if _EQUATION.match(text.text):
            failure.hint = f'the claim is what stands on the right: --claim "{text.text.partition("=")[2].strip()}"'
        raise
    lowered = read(tree, text, graph, known, prepared.point, steps=ask.get("steps"))
    if lowered.output is None:
        raise DcalcError("syntax", "this claim has no value", source=text, span=tree.span, hint="claim a formula")
    reached = {graph.attrs[node] for node in inputs_of(graph, [output])}.union(names, prepared.given)
    for node in inputs_of(graph, [lowered.output]):
        name = graph.attrs[node]
        if name not in reached:
            span = next((n.span for n in tree.walk() if isinstance(n, ast.Name) and n.name == name), tree.span)
            hint = suggestion(name, sorted(reached), f"it has {', '.join(sorted(reached))}")
            raise DcalcError("name", f"the expression has no {name}", source=text, span=span, hint=hint)
    return lowered.output, list(lowered.conditions)


def _parts(
    prepared: Prepared, ask: Ask, text: Source, names: list[str], output: int, claim: int, conditions: tuple[int, ...]
) -> list[Part]:
    """The derivative and the claim, component by component where these are few numbers."""
    graph = prepared.graph
    leaves = [prepared.leaf(name) for name in names]
    out, of_claim = graph.shapes[output], graph.shapes[claim]
    order = ask.get("order", 1)
    if len(leaves) > 1 and (order > 1 or any(graph.shapes[leaf] for leaf in leaves)):
        hint = f"for example --wrt {names[0]}"
        raise DcalcError(
            "usage", f"which of {', '.join(names)} is the claim the derivative in?", source=text, hint=hint
        )
    wanted = (*out, len(leaves)) if len(leaves) > 1 else out + graph.shapes[leaves[0]] * order
    if of_claim == (*wanted, 1) and len(leaves) == 1 and not graph.shapes[leaves[0]]:
        of_claim = wanted  # the gradient in one input
    if of_claim != wanted:
        raise _misshapen(text, names, of_claim, wanted, out)
    if graph.shapes[leaves[0]] or size(wanted) > MOST_PIECES:
        if len(leaves) > 1:
            raise DcalcError("limit", f"claims of {size(wanted)} formulas are too many", hint=f"--wrt {names[0]}")
        piece = _piece(graph, f"d/d{names[0]}", output, leaves[0], claim, order, conditions)
        return [Part(piece, leaves[0], output)]
    rows, claims = graph.components(output), iter(graph.components(claim))
    parts = []
    for row, output_name in zip(rows, _names_of_rows(out), strict=True):
        for leaf, name in zip(leaves, names, strict=True):
            piece = _piece(graph, f"d{output_name}/d{name}", row, leaf, next(claims), order, conditions)
            parts.append(Part(piece, leaf, row))
    return parts


def _names_of_rows(shape: Shape) -> list[str]:
    if len(shape) == 1:
        return [f"f{k + 1}" for k in range(shape[0])]
    return labels("f", shape) if shape else [""]


def _misshapen(text: Source, names: list[str], found: Shape, wanted: Shape, out: Shape) -> DcalcError:
    if len(names) > 1 and found == out:
        listed = ", ".join(f"d/d{name}" for name in names)
        message = f"which of {', '.join(names)} is the claim the derivative in?"
        slots = f"[{listed}]" if not out else f"[[{listed}], …]"
        hint = f'name it, --wrt {names[0]}, or claim the derivatives in all: --claim "{slots}"'
        return DcalcError("usage", message, source=text, hint=hint)
    message = f"the derivative is {name_of(wanted)}, the claim {name_of(found)}"
    hint = "rows are outputs, columns are inputs" if len(wanted) > 1 else "the claim has the shape of the derivative"
    return DcalcError("shape", message, source=text, hint=hint)


def _piece(graph: Graph, label: str, row: int, leaf: int, claim: int, order: int, conditions: tuple[int, ...]) -> Piece:
    right = shown = row
    for _ in range(order):
        (right,) = partials(graph, [right], leaf)
        (shown,) = simplify(graph, partials(graph, [shown], leaf, shown=True))
    inputs = tuple(inputs_of(graph, [row, claim, leaf]))
    if order > 1:
        label = f"d{raised(order)}{label[1:]}{raised(order)}"
    return Piece(label, row, right, shown, claim, inputs, conditions)


def _points(
    prepared: Prepared, shapes: Mapping[str, Shape], names: Sequence[str], landmarks: Sequence[float], *, traced: bool
) -> tuple[Callable[[], Iterator[dict[str, PointValue]]], dict[str, PointValue], bool]:
    """The points to try, the values that --at holds, and whether the first point is the user's own."""
    known = {name: prepared.point[name] for name in shapes if name in prepared.point}
    given = bool(known) and len(known) == len(shapes)
    at = {name: value for name, value in known.items() if name in prepared.given}
    if traced:
        if not given:
            missing = [name for name in shapes if name not in known]
            hint = f"give the whole point: --at {','.join(f'{name}=…' for name in missing)}"
            raise DcalcError("name", "a program is followed at a point, which is not complete", hint=hint)
        return lambda: around(known, list(known)), {}, True
    if given:
        return lambda: chain([known], points(shapes, {}, landmarks), around(known, list(known))), {}, True
    held = {name: value for name, value in at.items() if name not in names}
    unused = [name for name in at if name in names]
    if unused:
        unknown = ", ".join(name for name in shapes if name not in known)
        message = f"the point is not complete, so {', '.join(unused)} of it was not tried: {unknown} has no value"
        prepared.notes.append(Note("point", message))
    return lambda: points(shapes, held, landmarks), held, False


def _landmarks(graph: Graph, nodes: Sequence[int]) -> list[float]:
    """The numbers in what is compared, where branches and domains may begin or end."""
    consts = [graph.attrs[node] for node in graph.reachable(nodes) if graph.ops[node] == "const"]
    numbers = {to_float(value) for value in consts}
    return [value for value in numbers if math.isfinite(value) and LEAST < abs(value) < MOST_LANDMARK]


class _Ranges:
    """From where to where each input was tried with a result."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.found: dict[str, tuple[float, float]] = {}
        self.names = list(shapes)

    def add(self, samples: Sequence[Sample]) -> None:
        """Take in the samples that say something."""
        for sample in samples:
            if sample.found not in ("agree", "differ"):
                continue
            for name in self.names:
                value = sample.point[name]
                flat = [value] if isinstance(value, (int, float)) else value.ravel().tolist()
                low, high = self.found.get(name, (math.inf, -math.inf))
                self.found[name] = (min(low, *flat, low), max(high, *flat, high))


def _component(
    graph: Graph, part: Part, judged: Judged, inputs: Sequence[int], given: bool, decimals: bool
) -> Component:
    piece = part.piece
    formula = None
    if not piece.conditions:  # a program that is followed at a point has no formula
        formula = readable(graph, simplify(graph, [piece.shown], decimals=decimals)[0], decimals=decimals)
    counter = slip = None
    hints: list[str] = []
    if judged.counterexample is not None:
        at = judged.counterexample
        component = labels("", graph.shapes[piece.right])[at.component]
        counter = Counterexample({n: nested_of(v) for n, v in at.point.items()}, at.yours, at.right, component)
        if at.found == "differ":
            slip, hints = explained(graph, part, judged, inputs)
    counts: dict[str, int] = {}
    for sample in judged.samples:
        counts[sample.found] = counts.get(sample.found, 0) + 1
    first = judged.samples[0]
    known = given and first.found in ("agree", "differ") and not graph.shapes[piece.right]
    at_point = (first.yours, first.right) if known and first is not judged.counterexample else None
    claim = readable(graph, piece.claim, decimals=decimals)
    return Component(piece.label, judged.verdict, formula, claim, counter, slip, hints, counts, at_point)
