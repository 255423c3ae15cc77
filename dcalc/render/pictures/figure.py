"""Pictures by matplotlib: PNG and SVG. Nothing of it opens a window."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

from ...errors import DcalcError
from ..numbers import number

if TYPE_CHECKING:
    from ...commands.descend import Descent
    from ...commands.plot import Plot
    from ...commands.plot.step_sizes import StepPlot

#: Pixels of a picture and of an inch of it.
PIXELS = (960, 640)
DPI = 120
SMALLEST = 100
#: Every curve has another way to be drawn, so that the colours are not needed.
STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        message = "PNG and SVG pictures need matplotlib"
        raise DcalcError("usage", message, hint="pip install 'dcalc[plot]'; --format text draws without it") from None
    figure = Figure(layout="constrained")
    return figure, figure.add_subplot()


def written(figure: Any, form: str, size: tuple[int, int] | None) -> str | bytes:
    """A figure as PNG bytes or SVG text, of the size in pixels. The same figure is the same file."""
    import matplotlib

    width, height = size or PIXELS
    if min(width, height) < SMALLEST:
        raise DcalcError("usage", f"a picture has at least {SMALLEST}x{SMALLEST} pixels", hint="--size 960x640")
    figure.set_size_inches(width / DPI, height / DPI)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "dcalc", "svg.fonttype": "none"}):
        if form == "png":
            figure.savefig(buffer, format="png", dpi=DPI)
            return buffer.getvalue()
        figure.savefig(buffer, format="svg", dpi=DPI, metadata={"Date": None})
        return buffer.getvalue().decode()


def plot_figure(result: Plot) -> Any:
    """The curves, tangents and marks of a plot."""
    from ..shown.plot import curve_text, pieces_of, spots_of, tangent_line, tangent_text

    figure, axes = _figure()
    for k, curve in enumerate(result.curves):
        xs: list[float] = []
        ys: list[float] = []
        for piece in pieces_of(result, curve):
            if len(piece) == 1:
                axes.plot(*piece[0], ".", color=f"C{k % 10}")
                continue
            xs += [*(x for x, _ in piece), math.nan]
            ys += [*(y for _, y in piece), math.nan]
        axes.plot(
            xs, ys, linestyle=STYLES[k % len(STYLES)], color=f"C{k % 10}", label=_words(curve_text(result, curve))
        )
    for tangent in result.tangents:
        for piece in tangent_line(result, tangent.component):
            label = _words(tangent_text(result, tangent.component))
            axes.plot(*zip(*piece, strict=True), ":", color="0.35", label=label)
    looks = {"kink": ("^", "black"), "jump": ("x", "black"), "touch": ("o", "0.35")}
    for x, y, kind in spots_of(result):
        axes.plot(x, y, looks[kind][0], color=looks[kind][1], zorder=4)
    told = result.samples.bends
    for kind, shown in looks.items():
        mine = [bend.x for bend in told if {"vertical": "kink"}.get(bend.kind, bend.kind) == kind]
        if mine:
            label = f"{kind} at {result.variable} = {number(mine[0], 6)}" if len(mine) == 1 else f"{len(mine)} {kind}s"
            axes.plot([], [], shown[0], color="black", label=_words(label))
    poles = [bend.x for bend in told if bend.kind == "pole"]
    for k, x in enumerate(poles):
        name = None if k else f"pole{'s' * (len(poles) > 1)}"
        axes.axvline(x, color="0.6", linestyle=":", linewidth=1, label=name)
    axes.set_xlim(float(result.samples.xs[0]), float(result.samples.xs[-1]))
    axes.set_ylim(*result.samples.window)
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_xlabel(_words(result.variable))
    axes.set_ylabel(_words(", ".join(curve.label for curve in result.curves)))
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside lower center", fontsize="small", ncols=2)
    return figure


def step_figure(result: StepPlot) -> Any:
    """The errors of difference quotients on logarithmic axes, with the best steps."""
    from ..shown.step_plot import NAMES, caption

    figure, axes = _figure()
    for k, one in enumerate(result.schemes):
        pairs = [(h, e) for h, e in zip(result.steps, one.errors, strict=True) if math.isfinite(e) and e > 0]
        slope = "" if math.isnan(one.slope) else f", slope {one.slope:.2f}"
        label = f"{NAMES[one.scheme]}{slope}, best h {number(one.best_h, 2)}"
        axes.plot([h for h, _ in pairs], [e for _, e in pairs], STYLES[k], color=f"C{k}", label=label)
        if one.best_error > 0:
            axes.plot(one.best_h, one.best_error, "v", color=f"C{k}", zorder=4, markersize=9)
        if one.theory_h > 0:
            axes.axvline(one.theory_h, color=f"C{k}", linestyle=STYLES[k], linewidth=0.8, alpha=0.6)
    axes.plot([], [], "v", color="0.3", label="best h as measured")
    axes.plot([], [], color="0.3", linewidth=0.8, alpha=0.6, label="upright: best h by theory")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("h")
    axes.set_ylabel("error")
    axes.set_title(_words(caption(result)), fontsize="small")
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside lower center", fontsize="small", ncols=2)
    return figure


def descent_figure(result: Descent) -> Any:
    """The loss against the step, and the gradient's length where it is drawn by logarithms."""
    from ..shown.descent import curve

    figure, axes = _figure()
    rows = result.rows
    _, logarithms = curve(result)
    axes.plot(rows[:, 0], rows[:, 1], STYLES[0], color="C0", label="loss")
    if logarithms:
        axes.plot(rows[:, 0], rows[:, 2], STYLES[1], color="C1", label="|gradient|")
        axes.set_yscale("log")
    title = result.title if len(result.title) <= 60 else f"{result.title[:59]}…"
    axes.set_title(_words(f"{result.plan.method}: {title}"), fontsize="small")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside lower center", fontsize="small", ncols=2)
    return figure


def _words(text: str) -> str:
    """A text in which matplotlib finds no formula of its own."""
    return text.replace("$", r"\$")
