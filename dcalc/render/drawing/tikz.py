r"""A drawing as a TikZ picture (`\usepackage{tikz}` and amsmath); it may stand in a displayed formula."""

from __future__ import annotations

from ...commands.graph import Drawing, Edge
from ...commands.wengert import BAR, DOT, marked
from ...commands.wengert.formulas import renamed
from ...language import ast
from ..latex_cells import table
from ..latex_formula import latex_name, latex_number, latex_of, latex_words
from . import labels
from .scene import scene

#: Centimetres of a pixel.
SCALE = 0.022


def draw(drawing: Drawing) -> str:
    """The picture."""
    made = scene(drawing)

    def at(x: float, y: float) -> str:
        return f"({x * SCALE:.2f},{(made.height - y) * SCALE:.2f})"

    rows = [r"\begin{tikzpicture}[>=latex, every node/.style={font=\footnotesize}]"]
    for edge, one in zip(drawing.edges, made.edges, strict=True):
        style = "->" if edge.kind == "flow" else "->, dashed, gray" if edge.kind == "untaken" else "->, dotted"
        path = " -- ".join(at(x, y) for x, y in one.corners)
        rows.append(rf"  \draw[{style}, rounded corners=2pt] {path};")
        text = _partial(drawing, edge)
        if text:
            rows.append(rf"  \node[above left, inner sep=1pt] at {at(*one.anchor)} {{${text}$}};")
    for place, (box, _) in enumerate(made.nodes):
        active = drawing.nodes[place].active
        style = "draw" + (", very thick" if place in drawing.outputs else "") + ("" if active else ", dashed, gray")
        width, height = ((box.right - box.left) * SCALE, (box.bottom - box.top) * SCALE)
        size = f"minimum width={width:.2f}cm, minimum height={height:.2f}cm"
        center = at((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        text = r" \\ ".join(_lines(drawing, place))
        rows.append(rf"  \node[{style}, fill=white, rounded corners=2pt, align=left, {size}] at {center} {{{text}}};")
    return "\n".join([*rows, r"\end{tikzpicture}"])


def _lines(drawing: Drawing, place: int) -> list[str]:
    """A box's lines, each with its formula in math mode."""
    node = drawing.nodes[place]
    name = latex_name(node.symbol)
    side = latex_name(node.own) if node.own else "" if node.formula is None else _formula(drawing, node.formula)
    made = [f"${name} = {side}$" if side else f"${name}$"]
    value = labels.value_of(drawing, node)
    if value is not None:
        made.append(f"$= {_number(node.value, value, drawing)}$")
    other = labels.derivative(drawing, place)
    if other is not None:
        mark = DOT if labels.mode(drawing) == "tangent" else BAR
        only = drawing.passes[0].numbers.get(place) if len(drawing.passes) == 1 else None
        made.append(f"${latex_name(marked(node.symbol, mark))} = {_number(only, other, drawing)}$")
    return [*made, *(rf"\textit{{{latex_words(remark)}}}" for remark in labels.remarks(drawing, place))]


def _formula(drawing: Drawing, tree: ast.Node) -> str:
    return latex_of(renamed(tree, lambda name: drawing.pretty.get(name, name)))


def _number(value: object, words: str, drawing: Drawing) -> str:
    """A number as such, anything else in words."""
    if isinstance(value, (int, float)) and words not in ("true", "false"):
        return latex_number(value, labels.digits_of(drawing))
    return rf"\text{{{latex_words(words)}}}"


def _partial(drawing: Drawing, edge: Edge) -> str:
    if not labels.partial(drawing, edge):
        return ""
    formula = _formula(drawing, edge.formula) if edge.formula is not None and labels.short(drawing, edge) else ""
    if edge.partial is None:
        return formula
    value = latex_number(edge.partial, labels.digits_of(drawing))
    return value if formula in ("", value) else f"{formula} = {value}"


def table_of(drawing: Drawing, digits: int) -> str:
    """The steps as a table: name, formula, value, adjoint."""
    rows = []
    for place, node in enumerate(drawing.nodes):
        value, other = labels.value_of(drawing, node), labels.derivative(drawing, place)
        formula = "" if node.formula is None else _formula(drawing, node.formula)
        texts = [rf"\text{{{latex_words(text)}}}" if text else "" for text in (value, other)]
        rows.append([latex_name(node.symbol), formula, *texts])
    return table("llrr", ["step", "formula", "value", labels.mode(drawing) or "derivative"], rows)
