"""A plot: the picture in characters with what is to be read beside it, the samples as numbers."""

from __future__ import annotations

import math
from typing import Any

from ...commands.plot import Plot
from ...commands.plot.bends import Bend
from ...commands.plot.curves import Curve
from ...language import unparse
from ..color import curve as curve_color
from ..json_values import number as json_number
from ..json_values import numbers
from ..numbers import number
from ..pictures.chart import Chart, Line, Spot, draw, pieces
from ..pictures.size import columns_and_rows
from ..plain import plain
from ..view import Cell, Picture, Table, View

#: Of each curve, the mark on its dots and the letter that draws it in ASCII. The first curve is dots alone.
MARKS = (" ", "●", "◆", "■", "▼", "○", "◇", "□", "▽", "x", "+", "%")
LETTERS = "*o#x+%&=$@~?"
TANGENT = ("·", ".")
TOUCH = ("◉", "T")
BENDS = {"kink": ("▲", "K"), "vertical": ("▲", "K"), "jump": ("╳", "J"), "pole": ("┊", ":")}
#: Bends that are listed, and the columns of a formula in the legend.
MOST_LISTED = 8
WIDEST = 66
#: The figures of numbers beside the picture.
DIGITS = 6


def views(result: Plot, *, full: bool = False) -> list[View]:
    """The picture; or tables of the samples and of what was found."""
    if not full:
        return [Picture(lambda ascii: picture(result, ascii), lambda ascii: picture(result, ascii, color=True))]
    headers = [result.variable, *(curve.label for curve in result.curves)]
    rows: list[list[Cell]] = [[float(x)] for x in result.samples.xs]
    for curve in result.curves:
        for row, value in zip(rows, ys_of(result, curve), strict=True):
            row.append(value)
    tables: list[View] = [Table(headers, rows)]
    if result.samples.bends:
        columns = ["kind", result.variable, "curve", "left", "right", "what"]
        found: list[list[Cell]] = [[b.kind, b.x, jumping(result, b), *sides(b), b.what] for b in result.samples.bends]
        tables.append(Table(columns, found))
    if result.tangents:
        touching: list[list[Cell]] = [[_name(result, t.component), t.at, t.value, t.slope] for t in result.tangents]
        tables.append(Table(["tangent of", result.variable, "value", "slope"], touching))
    return tables


def ys_of(result: Plot, curve: Curve) -> list[float]:
    """The values of a curve at the samples."""
    values: list[float] = result.samples.values[curve.order, curve.component].tolist()
    return values


def pieces_of(result: Plot, curve: Curve) -> list[list[tuple[float, float]]]:
    """A curve in the parts that a pen may draw: a kink breaks the derivatives only, a jump and a pole everything."""
    breaks = sorted(b.x for b in result.samples.bends if b.component == curve.component and curve.order >= b.order)
    return list(pieces(result.samples.xs.tolist(), ys_of(result, curve), breaks))


def sides(bend: Bend) -> tuple[float, float]:
    """What jumps: the value on either side, or the slope."""
    k = 1 if bend.kind in ("kink", "vertical") else 0
    return bend.left[k], bend.right[k]


def jumping(result: Plot, bend: Bend) -> str:
    """The name of the curve that jumps."""
    primes = "′" * bend.order
    return _name(result, bend.component) + primes


def _name(result: Plot, component: int) -> str:
    return next(curve.label for curve in result.curves if curve.component == component and curve.order == 0)


def spots_of(result: Plot) -> list[tuple[float, float, str]]:
    """The places that bear a mark: (x, y, kind), kind one of kink, jump and touch."""
    found = []
    for bend in result.samples.bends:
        if bend.kind in ("kink", "vertical"):
            found.append((bend.x, bend.value if math.isfinite(bend.value) else bend.left[0], "kink"))
        elif bend.kind == "jump":
            found += [(bend.x, y, "jump") for y in (bend.left[0], bend.right[0])]
    return [*found, *((t.at, t.value, "touch") for t in result.tangents)]


def tangent_line(result: Plot, component: int) -> list[list[tuple[float, float]]]:
    """A tangent from one end of the picture to the other."""
    (tangent,) = (t for t in result.tangents if t.component == component)
    if not math.isfinite(tangent.slope):
        return []
    ends = (float(result.samples.xs[0]), float(result.samples.xs[-1]))
    return [[(x, tangent.value + tangent.slope * (x - tangent.at)) for x in ends]]


def picture(result: Plot, ascii: bool, *, color: bool = False) -> str:
    """The chart, and below it the legend and what was found."""
    legend = _legend(result, ascii, color)
    columns, rows = columns_and_rows(result.size, len(legend))
    xs = result.samples.xs
    marks = {**BENDS, "touch": TOUCH}
    lines = [Line(tangent_line(result, t.component), *TANGENT, dotted=True) for t in result.tangents]
    lines = [
        *(Line(pieces_of(result, one), MARKS[k], LETTERS[k]) for k, one in enumerate(result.curves)),
        *lines,
    ]
    chart = Chart(
        (float(xs[0]), float(xs[-1]), *result.samples.window),
        lines,
        [Spot(x, y, *marks[kind]) for x, y, kind in spots_of(result)],
        [bend.x for bend in result.samples.bends if bend.kind == "pole"],
        plain(result.variable) if ascii else result.variable,
        ", ".join(curve.label for curve in result.curves),
    )
    text = "\n".join([draw(chart, columns, rows, ascii, color), *legend])
    return plain(text) if ascii else text


def _legend(result: Plot, ascii: bool, color: bool) -> list[str]:
    """The curves with their formulas, the tangents, the bends."""
    width = 1 if ascii else 3
    lines = []
    for k, one in enumerate(result.curves):
        mark = LETTERS[k] if ascii else "⠒⠒⠒" if MARKS[k] == " " else f"⠒{MARKS[k]}⠒"
        lines.append(f"{curve_color(mark, k, color)}  {curve_text(result, one)}")
    for j, tangent in enumerate(result.tangents):
        mark = curve_color(TANGENT[ascii] * width, len(result.curves) + j, color)
        lines.append(f"{mark}  {tangent_text(result, tangent.component)}")
    lines += [f"{BENDS[b.kind][ascii]:<{width}}  {bend_text(result, b)}" for b in result.samples.bends[:MOST_LISTED]]
    more = len(result.samples.bends) - MOST_LISTED + result.samples.more
    if more > 0:
        lines.append(f"{'':<{width}}  and {more} more" + "; --format csv has them" * (not result.samples.more))
    if result.samples.cut:
        lines.append(f"{'':<{width}}  the curves go on above or below the picture: --ymin and --ymax show more")
    return lines


def curve_text(result: Plot, curve: Curve) -> str:
    """A curve's name and formula: as it was asked where there is one function, derivatives where they are short."""
    whole = curve.order == 0 and sum(c.order == 0 for c in result.curves) == 1
    text = result.title if whole else "" if curve.formula is None else unparse(curve.formula)
    if len(text) > WIDEST:
        text = f"{text[: WIDEST - 1]}…" if whole else ""
    if text:
        return f"{curve.label} = {text}"
    order = f" of order {curve.order}" * (curve.order > 1)
    return curve.label if curve.order == 0 else f"{curve.label}, the derivative{order}"


def tangent_text(result: Plot, component: int) -> str:
    """The line that a tangent is."""
    (tangent,) = (t for t in result.tangents if t.component == component)
    at, value, slope = (number(n, DIGITS) for n in (tangent.at, tangent.value, tangent.slope))
    name = "tangent" if len(result.tangents) == 1 else f"tangent of {_name(result, component)}"
    if not math.isfinite(tangent.slope):
        return f"{name} at {result.variable} = {at}: none, the slope is {slope}"
    sign, at = ("+", at[1:]) if at.startswith("-") else ("-", at)
    moved = result.variable if at == "0" else f"({result.variable} {sign} {at})"
    touch = f" at {result.variable} = {number(tangent.at, DIGITS)}"
    return f"{name}{touch}: {value} {'-' if slope.startswith('-') else '+'} {slope.lstrip('-')}*{moved}"


def bend_text(result: Plot, bend: Bend) -> str:
    """What happens at a place."""
    where = f"at {result.variable} = {number(bend.x)}"
    of = "" if sum(c.order == 0 for c in result.curves) == 1 else f" of {_name(result, bend.component)}"
    left, right = (number(side + 0.0, DIGITS) for side in sides(bend))
    if bend.kind == "pole":
        text = f"pole{of} {where}"
    elif bend.kind == "vertical":
        text = f"vertical tangent{of} {where}"
    elif bend.order > 1:
        text = f"kink of {jumping(result, bend)[:-1]} {where}"
    else:
        subject = "slope" if bend.kind == "kink" else "value"
        text = f"{bend.kind}{of} {where}: {subject} left {left}, right {right}"
    what = f"  [{bend.what}]"
    return text + what if bend.what and len(text + what) <= 75 else text


def body(result: Plot) -> dict[str, Any]:
    """The samples, and what was found."""
    samples = result.samples
    return {
        "kind": "plot",
        "variable": result.variable,
        "expression": result.title,
        "x": numbers(samples.xs.tolist()),
        "curves": [
            {
                "label": curve.label,
                "component": curve.component + 1,
                "order": curve.order,
                "formula": None if curve.formula is None else unparse(curve.formula),
                "values": numbers(ys_of(result, curve)),
            }
            for curve in result.curves
        ],
        "bends": [
            {
                "kind": bend.kind,
                "at": bend.x,
                "curve": jumping(result, bend),
                "left": dict(zip(("value", "slope"), map(json_number, bend.left), strict=True)),
                "right": dict(zip(("value", "slope"), map(json_number, bend.right), strict=True)),
                "what": bend.what,
            }
            for bend in samples.bends
        ],
        "more_bends": samples.more,
        "undefined": [list(gap) for gap in samples.gaps],
        "tangents": [
            {
                "curve": _name(result, t.component),
                "at": t.at,
                "value": json_number(t.value),
                "slope": json_number(t.slope),
            }
            for t in result.tangents
        ],
        "window": list(samples.window),
    }


def drawn(result: Plot, form: str, digits: int) -> str | bytes:
    """The picture as PNG or SVG."""
    from ..pictures.figure import plot_figure, written

    return written(plot_figure(result), form, result.size)


def latex(result: Plot, digits: int) -> str:
    """The picture as TikZ, by pgfplots."""
    from ..pictures.tikz import plot_tikz

    return plot_tikz(result)
