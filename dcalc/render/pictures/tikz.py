"""Pictures as TikZ for LaTeX, by pgfplots (`\\usepackage{pgfplots}`)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...language.figures import level
from ..latex_formula import latex_name, latex_of, latex_words
from .chart import Point

if TYPE_CHECKING:
    from ...commands.plot import Plot
    from ...commands.plot.step_sizes import StepPlot

STYLES = ("solid", "dashed", "dash dot", "densely dotted", "loosely dashed", "dash dot dot")
#: Larger numbers are beyond what TeX calculates with; they lie far outside the picture.
LARGEST = 1e4


def plot_tikz(result: Plot) -> str:
    """The curves, tangents and marks of a plot."""
    from ..shown.plot import pieces_of, spots_of, tangent_line, tangent_text

    low, high = result.samples.window
    lines = [
        rf"\begin{{tikzpicture}}\begin{{axis}}[xlabel={{${latex_name(result.variable)}$}}, grid=major,",
        f"  xmin={_n(result.samples.xs[0])}, xmax={_n(result.samples.xs[-1])}, ymin={_n(low)}, ymax={_n(high)},",
        "  legend pos=outer north east]",
    ]
    for k, curve in enumerate(result.curves):
        label = latex_label(curve.label)
        text = label if curve.formula is None else f"{label} = {latex_of(curve.formula)}"
        for j, piece in enumerate(pieces_of(result, curve)):
            inside = [(x, y) for x, y in piece if abs(y) <= LARGEST * max(abs(low), abs(high))]
            option = f"{STYLES[k % len(STYLES)]}{', forget plot' * (j > 0)}"
            lines.append(rf"\addplot[{option}, mark=none] coordinates {{{_coordinates(inside)}}};")
            if not j:
                lines.append(rf"\addlegendentry{{${text}$}}")
    for tangent in result.tangents:
        for piece in tangent_line(result, tangent.component):
            lines.append(rf"\addplot[dotted, mark=none] coordinates {{{_coordinates(piece)}}};")
            lines.append(rf"\addlegendentry{{{latex_words(tangent_text(result, tangent.component))}}}")
    looks = {"kink": "triangle*", "jump": "x", "touch": "*"}
    for x, y, kind in spots_of(result):
        lines.append(rf"\addplot[only marks, mark={looks[kind]}, forget plot] coordinates {{({_n(x)},{_n(y)})}};")
    for bend in result.samples.bends:
        if bend.kind == "pole":
            ends = _coordinates([(bend.x, low), (bend.x, high)])
            lines.append(rf"\addplot[thin, dotted, forget plot] coordinates {{{ends}}};")
    return "\n".join([*lines, r"\end{axis}\end{tikzpicture}"])


def step_tikz(result: StepPlot) -> str:
    """The errors of difference quotients on logarithmic axes, with the best steps."""
    from ..shown.step_plot import NAMES

    lines = [
        r"\begin{tikzpicture}\begin{loglogaxis}[xlabel={$h$}, ylabel={error}, legend pos=outer north east, grid=major]"
    ]
    for k, one in enumerate(result.schemes):
        pairs = [(h, e) for h, e in zip(result.steps, one.errors, strict=True) if math.isfinite(e) and e > 0]
        lines.append(rf"\addplot[{STYLES[k]}, mark=none] coordinates {{{_coordinates(pairs)}}};")
        lines.append(rf"\addlegendentry{{{NAMES[one.scheme]}}}")
        if one.best_error > 0:
            best = _coordinates([(one.best_h, one.best_error)])
            lines.append(rf"\addplot[only marks, mark=triangle*, forget plot] coordinates {{{best}}};")
    return "\n".join([*lines, r"\end{loglogaxis}\end{tikzpicture}"])


def latex_label(label: str) -> str:
    """A curve's name: f, f′, f_{1}′, f⁽⁴⁾."""
    name = label.rstrip("′")
    base, _, order = name.partition("⁽")
    digits = level(order.rstrip("⁾"))
    subscript = f"_{{{base[1:]}}}" if len(base) > 1 else ""
    return f"f{subscript}{chr(39) * (len(label) - len(name))}{f'^{{({digits})}}' if digits else ''}"


def _n(value: float) -> str:
    return f"{float(value):.8g}"


def _coordinates(points: Iterable[Point]) -> str:
    return " ".join(f"({_n(x)},{_n(y)})" for x, y in points)
