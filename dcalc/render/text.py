"""Results for people: aligned, with the digits that were asked for."""

from __future__ import annotations

from typing import Any

from ..language import ast, unparse
from .numbers import number
from .views import Cell, Estimate, Formula, Lines, Pairs, Table, View, views


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """All views, one below the other."""
    return "\n".join(block(view, digits) for result in results for view in views(result))


def block(view: View, digits: int) -> str:
    """One view."""
    if isinstance(view, Lines):
        return view.text
    if isinstance(view, Formula):
        text = cell(view.tree, digits)
        return f"{view.label} = {text}" if view.label else text
    if isinstance(view, Pairs):
        return _pairs(view, digits)
    return _table(view, digits)


def cell(content: Cell, digits: int) -> str:
    """A cell's text."""
    if content is None:
        return ""
    if isinstance(content, ast.Node):
        return unparse(content)
    if isinstance(content, Estimate):
        return format(content, ".1e")
    return content if isinstance(content, str) else number(content, digits)


def error(estimate: Cell) -> str:
    """An error estimate behind its number."""
    return "" if estimate is None else f"± {cell(estimate, 2)}"


def _pairs(view: Pairs, digits: int) -> str:
    rows = [(label, cell(content, digits)) for label, content in view.items]
    width = max((len(label) for label, _ in rows), default=0)
    if not width:
        return "\n".join(text for _, text in rows)
    lines = [f"{label:<{width}}  {text}" for label, text in rows]
    if view.errors:
        wide = max(map(len, lines))
        lines = [f"{line:<{wide}}  {error(e)}".rstrip() for line, e in zip(lines, view.errors, strict=True)]
    return "\n".join(lines)


def _table(view: Table, digits: int) -> str:
    from tabulate import tabulate

    rows = [[cell(content, digits) for content in row] for row in view.rows]
    sides = ["right" if _numeric([row[k] for row in view.rows]) else "left" for k in range(len(view.headers))]
    text: str = tabulate(rows, view.headers, tablefmt="simple", colalign=sides, disable_numparse=True)
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return f"{view.caption}\n{text}" if view.caption else text


def _numeric(column: list[Cell]) -> bool:
    return any(isinstance(content, (int, float)) for content in column)
