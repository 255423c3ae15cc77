"""Results as Markdown: tables as pipe tables, formulas and arrays as code."""

from __future__ import annotations

from typing import Any

from ..language import ast
from .arrays import HOW_TO_SEE_ALL, Array, inline
from .plain import plain
from .shown import module_of
from .text import cell, error
from .view import SPACE, Cell, Equation, Formula, Lines, Pairs, Picture, Table, View, shortened
from .views import views


def render(results: list[Any], notes: list[Any], digits: int, *, ascii: bool = False) -> str:
    """All views, with an empty line between them."""
    blocks: list[str] = []
    short = False
    for result in results:
        own = module_of(result)
        if own is not None and hasattr(own, "markdown"):
            blocks.append(own.markdown(result, digits))
            continue
        shown = [view for view in views(result) if view != SPACE]
        blocks += [_block(view, digits, ascii) for view in shown]
        short = short or any(map(shortened, shown))
    text = "\n\n".join([*blocks, HOW_TO_SEE_ALL] if short else blocks)
    return plain(text) if ascii else text


def _block(view: View, digits: int, ascii: bool) -> str:
    if isinstance(view, (Lines, Picture)):
        return "```text\n" + (view.text if isinstance(view, Lines) else view.draw(ascii)) + "\n```"
    if isinstance(view, Formula):
        return (f"{view.label} = " if view.label else "") + _cell(view.tree, digits)
    if isinstance(view, Pairs):
        rows: list[list[Cell]] = [[label, content] for label, content in view.items]
        headers = ["name", "value"]
        if view.errors:
            headers.append("error")
            rows = [[*row, error(e)] for row, e in zip(rows, view.errors, strict=True)]
        return _table(Table(headers, rows, view.caption), digits, ascii)
    return _table(view, digits, ascii)


def _table(view: Table, digits: int, ascii: bool) -> str:
    from tabulate import tabulate

    rows = [[_cell(content, digits) for content in row] for row in view.rows]
    headers = [name.replace("|", "\\|") for name in view.headers]
    if ascii:  # before they are laid out
        rows, headers = [list(map(plain, row)) for row in rows], list(map(plain, headers))
    text: str = tabulate(rows, headers, tablefmt="pipe", disable_numparse=True)
    return f"{view.caption}\n\n{text}" if view.caption else text


def _cell(content: Cell, digits: int) -> str:
    if isinstance(content, Array):
        return f"`{inline(content, digits)}`"
    text = cell(content, digits).replace("|", "\\|")
    return f"`{text}`" if isinstance(content, (ast.Node, Equation)) and text else text
