"""The errors of difference quotients against their step: the V-curve, and a table of what it says."""

from __future__ import annotations

import math
from typing import Any

from ...commands.plot.step_sizes import StepErrors, StepPlot
from ..color import curve as curve_color
from ..json_values import number as json_number
from ..json_values import numbers
from ..numbers import number
from ..pictures.chart import Chart, Line, Point, Spot, draw
from ..pictures.size import columns_and_rows
from ..plain import plain
from ..view import Cell, Estimate, Picture, Table, View

#: Of each scheme, the mark and the letter; and of the best steps that were measured and that theory tells.
MARKS = {"forward": (" ", "f"), "backward": ("○", "b"), "central": ("◆", "c")}
BEST = ("▼", "V")
THEORY = ("│", "|")
#: What a quotient is called in lectures.
NAMES = {"forward": "forward", "backward": "backward", "central": "symmetric"}
QUOTIENT = {
    "forward": "(f(x+h) - f(x))/h",
    "backward": "(f(x) - f(x-h))/h",
    "central": "(f(x+h) - f(x-h))/(2h)",
}


def views(result: StepPlot, *, full: bool = False) -> list[View]:
    """The picture, and the best steps with the slopes on their two sides; or all errors."""
    headers = ["quotient", "best h", "error", "h by theory", "slope", "by theory", "round-off"]
    rows: list[list[Cell]] = [
        [
            NAMES[one.scheme],
            *(None if math.isnan(n) else Estimate(n) for n in (one.best_h, one.best_error, one.theory_h)),
            _slope(one.slope, full),
            _slope(one.expected, full),
            _slope(one.round_off, full),
        ]
        for one in result.schemes
    ]
    table = Table(headers, rows)
    if not full:
        drawing = Picture(lambda ascii: picture(result, ascii), lambda ascii: picture(result, ascii, color=True))
        return [drawing, table]
    errors: list[list[Cell]] = [[h, *(one.errors[k] for one in result.schemes)] for k, h in enumerate(result.steps)]
    for row, one in zip(table.rows, result.schemes, strict=True):
        row[1:4] = [one.best_h, one.best_error, one.theory_h]
    return [Table(["h", *(NAMES[one.scheme] for one in result.schemes)], errors), table]


def _slope(slope: float, full: bool) -> Cell:
    if math.isnan(slope):
        return slope if full else "-"
    return slope if full else f"{slope:.2f}".replace("-0.00", "0.00")


def caption(result: StepPlot) -> str:
    """What the picture is of."""
    point = f"{result.variable} = {number(result.x)}"
    title = result.title if len(result.title) <= 40 else result.title[:39] + "…"
    return f"error of difference quotients against h: {title} at {point}, f′ = {number(result.derivative)}"


def curve(result: StepPlot, scheme: StepErrors) -> list[list[Point]]:
    """The logarithms of step and error, in pieces: an error of 0 or none has no logarithm."""
    found: list[list[Point]] = [[]]
    for h, error in zip(result.steps, scheme.errors, strict=True):
        if math.isfinite(error) and error > 0:
            found[-1].append((math.log10(h), math.log10(error)))
        elif found[-1]:
            found.append([])
    return [piece for piece in found if piece]


def window(result: StepPlot) -> tuple[float, float, float, float]:
    """The logarithms that the picture shows."""
    points = [point for scheme in result.schemes for piece in curve(result, scheme) for point in piece]
    right, left = math.log10(result.steps[0]), math.log10(result.steps[-1])
    bottom = min((y for _, y in points), default=-16.0)
    top = max((y for _, y in points), default=0.0)
    return left, right, bottom - 0.5, max(top, bottom + 1) + 0.5


def best_spots(result: StepPlot) -> list[tuple[float, float, StepErrors]]:
    """Where the best steps are marked; a scheme without error has none."""
    return [
        (math.log10(one.best_h), math.log10(one.best_error), one)
        for one in result.schemes
        if one.best_error > 0 and math.isfinite(one.best_error)
    ]


def picture(result: StepPlot, ascii: bool, *, color: bool = False) -> str:
    """The chart on logarithmic axes with its legend."""
    view = window(result)
    columns, rows = columns_and_rows(result.size, 12)
    theory = sorted({one.theory_h for one in result.schemes if one.theory_h > 0})
    spots = [Spot(math.log10(h), view[2], *THEORY) for h in theory]
    spots += [Spot(x, y, *BEST) for x, y, _ in best_spots(result)]
    chart = Chart(
        view,
        [Line(curve(result, one), *MARKS[one.scheme]) for one in result.schemes],
        spots,
        [],
        "h",
        "error",
        logarithmic=True,
    )
    lines = [caption(result), draw(chart, columns, rows, ascii, color)]
    for k, one in enumerate(result.schemes):
        mark, letter = MARKS[one.scheme]
        shown = letter if ascii else "⠒⠒⠒" if mark == " " else f"⠒{mark}⠒"
        lines.append(f"{curve_color(shown, k, color)}  {NAMES[one.scheme]}, {QUOTIENT[one.scheme]}")
    lines.append(f"{'V' if ascii else '▼  '}  the best h   {THEORY[ascii]}  (at the bottom) the best h by theory")
    text = "\n".join(lines)
    return plain(text) if ascii else text


def body(result: StepPlot) -> dict[str, Any]:
    """The steps and all errors."""
    return {
        "kind": "error-vs-h",
        "variable": result.variable,
        "expression": result.title,
        "at": result.x,
        "derivative": json_number(result.derivative),
        "h": result.steps,
        "schemes": {
            one.scheme: {
                "errors": numbers(one.errors),
                "best_h": one.best_h,
                "best_error": json_number(one.best_error),
                "theory_h": json_number(one.theory_h),
                "slope": json_number(one.slope),
                "theory_slope": json_number(one.expected),
                "round_off_slope": json_number(one.round_off),
            }
            for one in result.schemes
        },
    }


def drawn(result: StepPlot, form: str, digits: int) -> str | bytes:
    """The picture as PNG or SVG."""
    from ..pictures.figure import step_figure, written

    return written(step_figure(result), form, result.size)


def latex(result: StepPlot, digits: int) -> str:
    """The picture as TikZ, by pgfplots."""
    from ..pictures.tikz import step_tikz

    return step_tikz(result)
