r"""The parts that LaTeX results are made of: cells, arrays, tables, aligned equations."""

from __future__ import annotations

from itertools import product
from math import prod

from ..graph.shapes import name_of
from ..language import ast
from ..language.figures import level
from .arrays import Array, kept_of
from .duals import Duals, inline
from .latex_formula import latex_name, latex_number, latex_of, latex_words
from .numbers import count, seconds
from .view import Cell, Count, Equation, Estimate, Phrase, Seconds

#: amsmath's pmatrix has no more columns than this.
WIDEST_PMATRIX = 10


def cell(content: Cell, digits: int) -> str:
    """A cell in math mode."""
    if content is None:
        return ""
    if isinstance(content, ast.Node):
        return latex_of(content)
    if isinstance(content, str):
        return rf"\text{{{latex_words(content)}}}"
    if isinstance(content, Array):
        return array_of_numbers(content, digits)
    if isinstance(content, Duals):
        return rf"\text{{{latex_words(inline(content, digits))}}}"
    if isinstance(content, Equation):
        side = latex_of(content.side) if isinstance(content.side, ast.Node) else _symbol(content.side or "")
        return " = ".join(text for text in (_symbol(content.name), side) if text)
    if isinstance(content, Phrase):
        return "".join(_words(part) if isinstance(part, str) else cell(part, digits) for part in content.parts)
    if isinstance(content, Seconds):
        return rf"\text{{{latex_words(seconds(content))}}}"
    if isinstance(content, Count):
        first, _, exponent = count(content).partition("·10")
        power = level(exponent)
        return rf"{first} \cdot 10^{{{power}}}" if power else first.replace(",", r"\,")
    return latex_number(content, 2 if isinstance(content, Estimate) else digits)


def _symbol(text: str) -> str:
    r"""A name, a figure, a part v̄[2], or a partial derivative ∂v₆/∂v₅."""
    if text.startswith("∂"):
        above, _, below = text.partition("/")
        return rf"\frac{{\partial {latex_name(above[1:])}}}{{\partial {latex_name(below[1:])}}}"
    name, bracket, places = text.partition("[")
    if bracket:
        return rf"{latex_name(name)}\left[{places[:-1].replace('..', r':')}\right]"
    return text if not text or text.isdecimal() else latex_name(text)


def _words(text: str) -> str:
    return text if text.strip() in ("(", ",", ")") else rf"\text{{{latex_words(text)}}}"


def array_of_numbers(array: Array, digits: int) -> str:
    """A vector as a column, a matrix, or of more axes a matrix of matrices; large ones with dots."""
    axes = kept_of(array.shape)
    if axes is None:
        return rf"\text{{{latex_words(name_of(array.shape))}}}"
    if len(axes) % 2:
        axes = [[0], *axes] if len(axes) > 1 else [*axes, [0]]
    shape = [1] * (len(axes) - len(array.shape)) + list(array.shape) if len(array.shape) > 1 else [*array.shape, 1]
    strides = [prod(shape[axis + 1 :]) for axis in range(len(axes))]
    texts = []
    for place in product(*axes):
        if None in place:
            texts.append(dots(place))
        else:
            start = sum(k * stride for k, stride in zip(place, strides, strict=True) if k)
            texts.append(latex_number(array.numbers[start], digits))
    for k in range(len(axes) - 2, -1, -2):
        rows, columns = len(axes[k]), len(axes[k + 1])
        texts = [grid(texts[start : start + rows * columns], columns) for start in range(0, len(texts), rows * columns)]
    return texts[0]


def dots(place: tuple[int | None, ...]) -> str:
    """What stands for rows or columns that are left out."""
    return r"\ddots" if place[-2:] == (None, None) else r"\cdots" if place[-1] is None else r"\vdots"


def grid(cells: list[str], columns: int) -> str:
    """Cells, row by row, between parentheses."""
    body = r" \\ ".join(" & ".join(cells[k : k + columns]) for k in range(0, len(cells), columns))
    if columns <= WIDEST_PMATRIX:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'c' * columns}}} {body} \end{{array}}\right)"


def aligned(lines: list[tuple[str, str]]) -> str:
    """Equations below each other, their signs aligned; a line without a left side goes on as it stands."""
    texts = [f"{left} &= {right}" if left else f"& {right}" for left, right in lines]
    return "\\begin{aligned}\n" + " \\\\\n".join(texts) + "\n\\end{aligned}"


def table(columns: str, headers: list[str], rows: list[list[str]]) -> str:
    """An array environment; its cells are LaTeX, its headers words."""
    lines = [" & ".join(row) for row in rows]
    head = " & ".join(rf"\text{{{latex_words(header)}}}" for header in headers) + " \\\\ \\hline\n" if headers else ""
    return f"\\begin{{array}}{{{columns}}}\n{head}" + " \\\\\n".join(lines) + "\n\\end{array}"


def stacked(blocks: list[str]) -> str:
    """Blocks, one below the other."""
    return blocks[0] if len(blocks) == 1 else table("l", [], [[block] for block in blocks])
