"""A descent: the table of its steps, the curve of the loss, what was reached and why it ended."""

from __future__ import annotations

import math
from typing import Any

from ...backends.descent.run import length
from ...backends.result import nested
from ...commands.descend import ENDS, Descent
from ..arrays import Array
from ..json_values import number as json_number
from ..json_values import numbers
from ..latex_cells import aligned, cell, stacked
from ..latex_formula import latex_name
from ..numbers import number
from ..pictures.chart import Chart, Line, Point, Spot, draw, pieces
from ..pictures.size import columns_and_rows
from ..plain import plain
from ..view import Cell, Count, Estimate, Pairs, Picture, Table, View

#: Steps of the table for people, components that have a column in it, and figures there.
MOST_ROWS = 14
MOST_COLUMNS = 4
DIGITS = 7
#: Eigenvalues that are told.
MOST_VALUES = 6
#: Rows of the curve in characters, where its size is not asked for.
HIGH = 14
#: The loss is drawn by its logarithm where the largest is so many times the least.
WIDE = 50.0
WORDS = {
    "minimum": "a minimum: all eigenvalues of the Hessian are above 0",
    "maximum": "a maximum: all eigenvalues of the Hessian are below 0",
    "saddle": "a saddle: the Hessian has eigenvalues above and below 0",
    "plateau": "flat: the Hessian is 0 here",
    "degenerate": "degenerate: the Hessian is singular or fades as the gradient does, and does not tell",
    "kink": "a kink: there is no Hessian that could tell",
    "slope": "not stationary: the gradient is not 0 here",
    "unknown": "",
}


def views(result: Descent, *, full: bool = False) -> list[View]:
    """The steps, the curve and the end; or all steps alone."""
    if full:
        return [Table(_headers(result, full=True), [_row(result, row, full=True) for row in result.rows.tolist()])]
    found: list[View] = [_table(result)]
    if len(result.rows) > 2:
        found.append(Picture(lambda ascii: picture(result, ascii), lambda ascii: picture(result, ascii, color=True)))
    return [*found, Pairs(_ending(result))]


def _headers(result: Descent, *, full: bool = False) -> list[str]:
    names = result.labels if full or len(result.outcome.x) <= MOST_COLUMNS else []
    return ["k", *names, "loss", "|grad|", *(["|step|"] if full or not names else [])]


def _row(result: Descent, row: list[float], *, full: bool = False) -> list[Cell]:
    k, loss, grad, step, *x = row
    name: Cell = Count(k)
    if full:
        return [name, *x, loss, grad, None if math.isnan(step) else step]
    shown = [_short(one) for one in x] if len(x) <= MOST_COLUMNS else []
    last: list[Cell] = [] if shown else [None if math.isnan(step) else _about(step)]
    return [name, *shown, _short(loss), _about(grad), *last]


def _about(value: float) -> Cell:
    """A length, of which two figures say enough."""
    return Estimate(value) if value and math.isfinite(value) else value


def _short(value: float) -> Cell:
    """A number in so many figures as a table of steps needs."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else value


def _table(result: Descent) -> Table:
    rows = result.rows
    picked = _picked(rows[:, 0].tolist())
    return Table(_headers(result), [_row(result, rows[k].tolist()) for k in picked])


def _picked(ks: list[float]) -> list[int]:
    """The places of few steps among many: the first, those near 1, 2, 5, 10, …, and the last."""
    if len(ks) <= MOST_ROWS:
        return list(range(len(ks)))
    wanted, digit, power = [0.0], 0, 1.0
    while power * (1, 2, 5)[digit] < ks[-1]:
        wanted.append(power * (1, 2, 5)[digit])
        digit, power = (digit + 1) % 3, power * (10 if digit == 2 else 1)
    found, place = [], 0
    for want in wanted[-MOST_ROWS:] if len(wanted) > MOST_ROWS else wanted:
        while place + 1 < len(ks) and abs(ks[place + 1] - want) <= abs(ks[place] - want):
            place += 1
        found.append(place)
    return sorted({0, *found, len(ks) - 1})


def _ending(result: Descent) -> list[tuple[str, Cell]]:
    outcome, start = result.outcome, 0
    items: list[tuple[str, Cell]] = []
    values = outcome.x.tolist()
    for one in result.variables:
        part = values[start : start + one.size]
        items.append((one.name, Array(part, one.shape) if one.shape else part[0]))
        start += one.size
    items += [("loss", outcome.loss), ("|grad|", _about(_length(outcome.slope)))]
    items.append(("ended", why(result)))
    if result.verdict and WORDS[result.verdict.kind]:
        items.append(("point", WORDS[result.verdict.kind]))
        if len(result.verdict.eigenvalues) and result.verdict.kind != "slope":
            items.append(("eigenvalues", eigenvalues(result)))
    return items


def _length(slope: Any) -> float:
    import numpy as np

    with np.errstate(all="ignore"):
        return length(slope)


def eigenvalues(result: Descent) -> str:
    """The Hessian's eigenvalues, ascending; of many the first and the last."""
    assert result.verdict is not None
    values = [number(one, 6) for one in result.verdict.eigenvalues.tolist()]
    if len(values) > MOST_VALUES:
        values = [*values[: MOST_VALUES // 2], "…", *values[-MOST_VALUES // 2 :]]
    return ", ".join(values)


def why(result: Descent) -> str:
    """Why no further step was made, in words."""
    outcome, plan = result.outcome, result.plan
    steps = f"{outcome.steps:,} step{'' if outcome.steps == 1 else 's'}"
    if plan.batches:
        each = -(-result.of // plan.batches.size)
        epochs = outcome.steps / each
        steps += f" ({epochs:.4g} epoch{'' if epochs == 1 else 's'} of {each:,})"
    if outcome.why == "stopped":
        if outcome.rule == "steps":
            return f"after {steps}, as asked for"
        if outcome.rule == "scipy":
            return f"after {steps}: {result.reason}"
        bound = getattr(plan.rules, outcome.rule)
        name = {"grad": "|grad|", "step": "|step|", "change": "the change of the loss"}.get(outcome.rule, outcome.rule)
        return f"converged after {steps}: {name} < {bound:g}"
    if outcome.why == "steps":
        return f"not converged after {steps}" + (f": {result.reason}" if result.reason else "")
    return f"{ENDS[outcome.why]} after {steps}; the point before that is shown" \
        if outcome.why != "interrupted" else f"interrupted after {steps}"  # fmt: skip


# -- the curve ------------------------------------------------------------------------------------------------------


def curve(result: Descent) -> tuple[list[Point], bool]:
    """The losses by step, and whether by their logarithms."""
    points = [(k, loss) for k, loss in result.rows[:, :2].tolist() if math.isfinite(loss)]
    losses = [loss for _, loss in points]
    low, high = min(losses), max(losses)
    if low > 0 and high >= WIDE * low:
        return [(k, math.log10(loss)) for k, loss in points], True
    if low == 0 and high > 0 and sum(loss > 0 for loss in losses) > 2:
        return [(k, math.log10(loss)) for k, loss in points if loss > 0], True
    return points, False


def picture(result: Descent, ascii: bool, *, color: bool = False) -> str:
    """The loss against the step, in characters."""
    points, logarithms = curve(result)
    columns, rows = columns_and_rows(result.size, MOST_ROWS)
    if result.size is None:
        rows = min(rows, HIGH)
    low, high = min(y for _, y in points), max(y for _, y in points)
    margin = (high * 0.04 - low * 0.04) or max(abs(high) * 0.1, 1e-300, 0.1 if logarithms else 0.0)
    line = Line(list(pieces([x for x, _ in points], [y for _, y in points], [])), " ", "*")
    spots: list[Spot] = []
    right = points[-1][0] if points[-1][0] > points[0][0] else points[0][0] + 1
    window = (points[0][0], right, low - margin, high + margin)
    text = draw(Chart(window, [line], spots, [], "k", "loss", False, logarithms), columns, rows, ascii, color)
    return plain(text) if ascii else text


def drawn(result: Descent, form: str, digits: int) -> str | bytes:
    """The curve as PNG or SVG."""
    from ..pictures.figure import descent_figure, written

    return written(descent_figure(result), form, result.size)


def latex(result: Descent, digits: int) -> str:
    """The table of steps and the end, as arrays."""
    steps = _table(result)
    names = {"loss": "f", "|grad|": r"\lVert \nabla f \rVert", "|step|": r"\lVert \Delta \rVert", "k": "k"}
    heads = [names.get(name) or latex_name(name) for name in steps.headers]
    lines = [" & ".join(heads) + r" \\ \hline"]
    lines += [" & ".join("" if one is None else cell(one, digits) for one in row) + r" \\" for row in steps.rows]
    table = "\n".join([rf"\begin{{array}}{{{'r' * len(heads)}}}", *lines, r"\end{array}"])
    end = [(names.get(label) or latex_name(label) if not isinstance(one, str) else "", cell(one, digits))
           for label, one in _ending(result)]  # fmt: skip
    return stacked([table, aligned(end)])


# -- data -----------------------------------------------------------------------------------------------------------


def body(result: Descent) -> dict[str, Any]:
    """Where it ended and why, and all steps."""
    outcome, plan, start = result.outcome, result.plan, 0
    point: dict[str, Any] = {}
    slope: dict[str, Any] = {}
    for one in result.variables:
        for values, into in ((outcome.x, point), (outcome.slope, slope)):
            into[one.name] = nested(numbers(values[start : start + one.size].tolist()), one.shape)
        start += one.size
    found: dict[str, Any] = {
        "kind": "descend",
        "expression": result.title,
        "method": plan.method,
        "rate": None if plan.method.startswith("scipy:") else plan.speed,
        "converged": outcome.converged,
        "ended": outcome.why,
        "rule": outcome.rule,
        "why": why(result),
        "steps": outcome.steps,
        "point": point,
        "value": json_number(outcome.loss),
        "gradient": slope,
    }
    if result.of:
        found |= {"rows": result.of, "mean": result.mean}
        if plan.batches:
            found |= {"batch_size": plan.batches.size, "shuffle_seed": plan.batches.seed}
    if result.verdict is not None:
        found["verdict"] = result.verdict.kind
        found["eigenvalues"] = numbers(result.verdict.eigenvalues.tolist())
        if result.verdict.direction is not None:
            found["downhill"] = numbers(result.verdict.direction.tolist())
    if result.proposal is not None:
        found["proposed"] = {"rate": result.proposal.rate, "converges": result.proposal.converges}
    rows = result.rows
    found["every"] = outcome.record.every
    found["trace"] = {"k": [int(k) for k in rows[:, 0].tolist()], "loss": numbers(rows[:, 1].tolist()),
                      "grad": numbers(rows[:, 2].tolist()), "step": [None if math.isnan(s) else json_number(s)
                                                                     for s in rows[:, 3].tolist()],
                      "x": [numbers(row) for row in rows[:, 4:].tolist()], "labels": result.labels}  # fmt: skip
    return found
