"""Are my numbers right? Derivatives that were worked out by hand, component by component, with the tolerance."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ...backends.agree import RELATIVE, ROUNDINGS, bounds_of, close
from ...backends.derive import Request, Survey, derive
from ...backends.problem import Problem, Variable, outputs_of
from ...backends.result import Note
from ...backends.slip_rules import RANK
from ...backends.slips import likeliest, mutants
from ...errors import EXIT_FAILED, DcalcError, Source
from ...evaluate.plan import make_plan
from ...evaluate.scalar import Scalar, shape_of
from ...graph.shapes import Shape, name_of, size
from ...language import ast, parse_bindings
from ..base import Ask, Output, State
from ..point import point_of
from ..prepare import Wanted, prepare, problem, unknown_name
from .words import Found, in_words, place_of

#: Numbers that come from a file or an expression are held to this.
EXACT = 1e-9
#: Digits that a number has to have before a slip is read out of it, and components for which slips are sought.
DIGITS_OF_A_SLIP, MOST_EXPLAINED = 1e-3, 24
#: A number as it is written, with its digits behind the point and its exponent.
_DECIMAL = re.compile(r"\d*\.(\d*)(?:[eE]([+-]?\d+))?")


class Row(NamedTuple):
    """One component. verdict: "right", "wrong", "kink", "missing" (not given), "unknown" (no finite derivative)."""

    label: str
    yours: float
    right: float
    tolerance: float
    verdict: str
    slip: Found | None = None
    #: at a kink: the one-sided derivatives, and where the number stands between them
    sides: tuple[float, float] | None = None
    remark: str = ""
    #: what one of its last digit is worth, where it was written with a point and is held to that
    unit: float | None = None


class Numbers(NamedTuple):
    """What `check --grad` answers. tolerance: how it was found, in words."""

    rows: list[Row]
    tolerance: str

    @property
    def verdict(self) -> str:
        """ "wrong" if any is; "kink" if any is at one; else "right"."""
        found = {row.verdict for row in self.rows}
        return next((one for one in ("wrong", "unknown", "kink") if one in found), "right")


class _Given(NamedTuple):
    """The numbers for one input, and how far each may be off without a --tolerance."""

    numbers: list[float]
    widths: list[float | None]


def check_numbers(state: State, ask: Ask) -> Output:
    """Derive at the point and compare."""
    if "order" in ask.options:
        raise DcalcError("usage", "grad takes first derivatives", hint="--claim with --order checks a higher one")
    prepared = prepare(state, ask)
    asked = problem(prepared, ask)
    given = _given(state, ask, asked)
    survey = Survey(asked, ieee=False)
    answer = derive(asked, Request("jac" if asked.shape else "grad"), survey)
    matrix = answer.entries[0]
    # At pi/2 the derivative of sin is 6e-17, since no double is pi/2: 0 is right all the same.
    bounds = bounds_of(asked, Request("jac"), [answer.backend], rounded_inputs=True)[0]
    own = ask.get("tolerance")
    rows: list[Row] = []
    start = 0
    outputs = outputs_of(asked.shape)
    for one in asked.variables:
        mine = given.get(one.name)
        for i in range(asked.m):
            for k, name in enumerate(one.labels):
                j = start + k
                label = f"d{outputs[i] if asked.shape else ''}/d{name}"
                right = matrix[i][j]
                if mine is None:
                    rows.append(Row(label, math.nan, right, 0.0, "missing"))
                    continue
                at = i * one.size + k
                yours, width = mine.numbers[at], mine.widths[at]
                tolerance = own if own is not None else width if width is not None else EXACT * abs(right)
                tolerance = max(tolerance, RELATIVE * abs(right)) + ROUNDINGS * bounds[i][j]
                row = _row(label, yours, right, tolerance, survey, i, j)
                rows.append(row._replace(unit=None if own is not None or width is None else 2 * width))
        start += one.size
    rows = _with_slips(asked, rows)
    missing = [row.label for row in rows if row.verdict == "missing"]
    notes = [*prepared.notes, *answer.notes]
    if missing:
        some = ", ".join(missing[:8]) + (", …" if len(missing) > 8 else "")
        notes.append(Note("missing", f"not given, so not checked: {some}"))
    result = Numbers(rows, _tolerance_words(own, given))
    return Output([result], notes, EXIT_FAILED if result.verdict in ("wrong", "unknown") else 0)


def _row(label: str, yours: float, right: float, tolerance: float, survey: Survey, i: int, j: int) -> Row:
    if survey.kinks and survey.sides is not None:
        left, ahead = survey.sides[0][i][j], survey.sides[1][i][j]
        if not close(left, ahead, tolerance) and math.isfinite(left) and math.isfinite(ahead):
            inside = min(left, ahead) - tolerance <= yours <= max(left, ahead) + tolerance
            remark = (
                place_of(yours, left, ahead, right, tolerance) if inside else "outside of the one-sided derivatives"
            )
            return Row(label, yours, right, tolerance, "kink" if inside else "wrong", None, (left, ahead), remark)
        if math.isnan(left) or math.isnan(ahead):  # the value jumps, or swings
            known = any(close(yours, one, tolerance) for one in (left, ahead, right))
            remark = "no derivative here: a one-sided one does not exist or is not known"
            return Row(label, yours, right, tolerance, "kink" if known else "wrong", None, None, remark)
    if not math.isfinite(right):
        same = close(yours, right, 0.0)
        return Row(label, yours, right, tolerance, "right" if same else "unknown", remark="no finite derivative here")
    return Row(label, yours, right, tolerance, "right" if close(yours, right, tolerance) else "wrong")


def _given(state: State, ask: Ask, asked: Problem) -> dict[str, _Given]:
    """What --grad says, by input. Raises DcalcError for names and shapes that do not fit."""
    texts: list[Source] = ask.get("grad")
    try:  # x=2*x is meant at the point
        values = point_of(state._replace(point={**state.point, **asked.point}), texts)
    except DcalcError as failure:
        if failure.hint and failure.hint.startswith("for example --at "):
            failure.hint = failure.hint.replace("--at", "--grad")
        raise
    known = {one.name: one for one in asked.variables}
    found = {}
    for text in texts:
        for binding in parse_bindings(text):
            name = binding.name
            if name not in known:
                raise unknown_name(Wanted(name, text, binding.at), list(known))
            value = values[name]
            expected, got = (*asked.shape, *known[name].shape), shape_of(value)
            if got != expected:
                message = f"the derivative in {name} is {name_of(expected)}, this is {name_of(got)}"
                hint = "rows are outputs, columns are inputs" if asked.shape else f"it has the shape of {name}"
                raise DcalcError("shape", message, source=text, span=binding.body.span, hint=hint)
            numbers = [float(value)] if isinstance(value, (int, float)) else value.ravel().tolist()
            found[name] = _Given(numbers, _widths(binding.body, got))
    if not found:
        hint = "for example --grad " + ",".join(f"{name}=…" for name in known)
        raise DcalcError("usage", "grad gives no numbers to check", source=texts[0], hint=hint)
    return found


def _widths(body: ast.Node, shape: Shape) -> list[float | None]:
    """Half a unit of the last digit of each number that is written with a point; None for all else."""
    trees = [body]
    for _ in shape:
        if not all(isinstance(tree, ast.Vector) for tree in trees):
            return [None] * size(shape)
        trees = [child for tree in trees for child in tree.children]
    return [_width(tree) for tree in trees] if len(trees) == size(shape) else [None] * size(shape)


def _width(tree: ast.Node) -> float | None:
    if isinstance(tree, ast.Call) and tree.function == "neg":
        (tree,) = tree.children
    match = _DECIMAL.fullmatch(tree.text) if isinstance(tree, ast.Number) else None
    if match is None:
        return None
    # A hair more: 0.25 is as good a rounding of 0.245 as of 0.255, whatever the last bits say.
    return float(0.5 * 10.0 ** (int(match[2] or 0) - len(match[1])) * (1 + 1e-9))


def _tolerance_words(own: float | None, given: dict[str, _Given]) -> str:
    if own is not None:
        return f"{own:g} (--tolerance)"
    widths = [width for one in given.values() for width in one.widths]
    words = []
    if any(width is not None for width in widths):
        words.append("half a unit of the last digit that you wrote")
    if any(width is None for width in widths):
        words.append("relative 1e-09 for whole numbers and expressions")
    return "; ".join(words)


def _with_slips(asked: Problem, rows: list[Row]) -> list[Row]:
    """The rows, the wrong ones with the likeliest slip."""
    result = []
    wrong = [k for k, row in enumerate(rows) if row.verdict == "wrong" and row.sides is None]
    for k, row in enumerate(rows):
        slip = _slip(asked, rows, k) if k in wrong[:MOST_EXPLAINED] else None
        result.append(row if slip is None else row._replace(slip=slip))
    return result


def _slip(asked: Problem, rows: Sequence[Row], k: int) -> Found | None:
    row = rows[k]
    if row.unit is not None and close(row.yours, row.right, row.unit):
        return Found("rounding", f"off in the last digit: is it cut off? Rounded it is {_rounded(row.right, row.unit)}")
    fits = [close(row.yours, one.right, one.tolerance) for one in rows]
    for other, fit in enumerate(fits):
        if fit and other != k and close(rows[other].yours, row.right, row.tolerance):
            return Found("swapped", f"swapped with {rows[other].label}")
    if row.right and close(row.yours, -row.right, row.tolerance):
        return Found("sign", "the sign is turned around")
    known = [rows[other].label for other, fit in enumerate(fits) if fit and other != k]
    if len(known) == 1 and row.yours:
        return Found("other component", f"this is {known[0]}")
    precise = row.tolerance <= DIGITS_OF_A_SLIP * abs(row.yours)
    if precise and not asked.shape and not asked.conditions:
        found = _by_mutants(asked, row, k)
        if found is not None:
            return found
    if row.right and row.yours:
        factor = row.yours / row.right
        near = Fraction(factor).limit_denominator(10)
        if near and precise and close(row.yours, float(near) * row.right, row.tolerance):
            return Found("constant factor", f"{near} times the right number")
        if precise and close(factor, math.pi / 180, 1e-3 * factor):
            return Found("degrees", "times pi/180: the derivative holds for radians")
    return None


def _rounded(value: float, unit: float) -> str:
    return format(value, f".{max(0, round(-math.log10(unit)))}f")


def _by_mutants(asked: Problem, row: Row, column: int) -> Found | None:
    """A slip whose derivative has this number at the point. One number fits by chance sooner than a formula does."""
    variables: list[Variable] = [one for one in asked.variables for _ in range(one.size)]
    leaf = variables[column].node
    if asked.graph.shapes[leaf]:
        return None
    tried = mutants(asked.graph, asked.output, leaf)
    plan = make_plan(asked.graph, [node for _, node in tried.items])
    if not plan.scalar:
        return None
    values = Scalar(plan).run(asked.point)
    fitting = [
        slip
        for (slip, _), value in zip(tried.items, values, strict=True)
        if math.isfinite(value) and close(value, row.yours, row.tolerance) and not slip.everywhere
    ]
    slip = likeliest([slip for slip in fitting if slip.kind in RANK])
    return None if slip is None else in_words(asked.graph, slip, leaf)
