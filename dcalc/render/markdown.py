"""Results as Markdown: tables as pipe tables, formulas as code."""

from __future__ import annotations

from typing import Any

from ..language import ast
from .text import cell, error
from .views import Cell, Formula, Lines, Pairs, Table, View, views


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """All views, with an empty line between them."""
    return "\n\n".join(_block(view, digits) for result in results for view in views(result))


def _block(view: View, digits: int) -> str:
    if isinstance(view, Lines):
        return "```text\n" + view.text + "\n```"
    if isinstance(view, Formula):
        return (f"{view.label} = " if view.label else "") + _cell(view.tree, digits)
    if isinstance(view, Pairs):
        rows: list[list[Cell]] = [[label, content] for label, content in view.items]
        headers = ["name", "value"]
        if view.errors:
            headers.append("error")
            rows = [[*row, error(e)] for row, e in zip(rows, view.errors, strict=True)]
        return _table(Table(headers, rows), digits)
    return _table(view, digits)


def _table(view: Table, digits: int) -> str:
    from tabulate import tabulate

    rows = [[_cell(content, digits) for content in row] for row in view.rows]
    text: str = tabulate(rows, view.headers, tablefmt="pipe", disable_numparse=True)
    return f"{view.caption}\n\n{text}" if view.caption else text


def _cell(content: Cell, digits: int) -> str:
    text = cell(content, digits).replace("|", "\\|")
    return f"`{text}`" if isinstance(content, ast.Node) else text
