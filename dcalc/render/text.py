"""Results for people: aligned, with the digits that were asked for."""

from __future__ import annotations

from typing import Any
from unicodedata import combining

from ..language import ast, unparse
from .arrays import HOW_TO_SEE_ALL, Array, grid, inline
from .duals import Duals
from .duals import inline as inline_duals
from .numbers import count, number, seconds
from .shown import module_of
from .view import (
    Cell,
    Count,
    Equation,
    Estimate,
    Formula,
    Lines,
    Pairs,
    Phrase,
    Picture,
    Seconds,
    Table,
    View,
    shortened,
)
from .views import views
from .where import lines

#: Columns of a page where no terminal says otherwise; tables that have a narrower form are not wider.
PAGE = 80
#: Where no form fits, one with less in it has to be narrower by this factor.
NARROWER = 0.9
#: Blanks between two columns, and the least width that a column of words is broken to.
GAP = 2
LEAST = 20


def render(
    results: list[Any],
    notes: list[Any],
    digits: int,
    *,
    ascii: bool = False,
    color: bool = False,
    width: int | None = None,
) -> str:
    """All views, one below the other. width: columns that a table may have, None for as many as it takes."""
    shown = [view for result in results for view in _views(result, digits)]
    if color:
        shown = [Lines(view.colored(ascii)) if isinstance(view, Picture) and view.colored else view for view in shown]
    if ascii:
        from .plain import plain, plain_view  # its tables cost something

        shown = [plain_view(view) for view in shown]
    blocks = [block(view, digits, width) for view in shown]
    text = "\n".join([*blocks, HOW_TO_SEE_ALL] if any(map(shortened, shown)) else blocks)
    return plain(text) if ascii else text


def _views(result: Any, digits: int) -> list[View]:
    """The views of a result; one that writes its text itself is told the digits."""
    own = module_of(result)
    return [Lines(own.text(result, digits))] if own is not None and hasattr(own, "text") else views(result)


def block(view: View, digits: int, width: int | None = None) -> str:
    """One view. width: as in `render`."""
    if isinstance(view, Lines):
        return view.text
    if isinstance(view, Picture):
        return view.draw(False)
    if isinstance(view, Formula):
        text = lines(view.tree)
        return f"{view.label} = {text}" if view.label else text
    if isinstance(view, Pairs):
        return _pairs(view, digits)
    return _table(view, digits, width)


def cell(content: Cell, digits: int) -> str:
    """A cell's text, on one line."""
    if content is None:
        return ""
    if isinstance(content, ast.Node):
        return unparse(content)
    if isinstance(content, Estimate):
        return format(content, ".1e")
    if isinstance(content, Seconds):
        return seconds(content)
    if isinstance(content, Count):
        return count(content)
    if isinstance(content, Array):
        return inline(content, digits)
    if isinstance(content, Duals):
        return inline_duals(content, digits)
    if isinstance(content, Equation):
        return equation(content)
    if isinstance(content, Phrase):
        return "".join(cell(part, digits) for part in content.parts)
    return content if isinstance(content, str) else number(content, digits)


def equation(content: Equation, width: int = 0) -> str:
    """An equation's text, with the sign behind a name of so many columns."""
    name, side = content
    text = unparse(side, textbook=True) if isinstance(side, ast.Node) else side or ""
    if not (name and text):
        return name or text
    return f"{name}{' ' * (width - _columns(name))} = {text}"


def _columns(name: str) -> int:
    """How wide a name is: dots and bars stand above their letters."""
    return sum(not combining(character) for character in name)


def error(estimate: Cell) -> str:
    """An error estimate behind its number; behind an array the largest one."""
    if isinstance(estimate, Array):
        return f"± {cell(Estimate(max(estimate.numbers)), 2)} at most"
    return "" if estimate is None else f"± {cell(estimate, 2)}"


def _pairs(view: Pairs, digits: int) -> str:
    width = max((len(label) for label, _ in view.items), default=0)
    lines = [view.caption] if view.caption else []
    #: where the first line of each cell stands
    heads: list[int] = []
    for label, content in view.items:
        heads.append(len(lines))
        for text in grid(content, digits) if isinstance(content, Array) else [cell(content, digits)]:
            lines.append(f"{label:<{width}}  {text}".rstrip() if width else text)
            label = ""
    if view.errors:
        wide = max(len(lines[head]) for head in heads)
        for head, estimate in zip(heads, view.errors, strict=True):
            lines[head] = f"{lines[head]:<{wide}}  {error(estimate)}".rstrip()
    return "\n".join(lines)


def _table(view: Table, digits: int, width: int | None) -> str:
    """The lines of a table: of the first of its forms that fits; if none does, of one that is a good deal narrower."""
    page = width or PAGE
    best: tuple[int, Table, list[list[str]], list[str], list[str]] | None = None
    form: Table | None = view
    while form is not None:
        rows, sides, lines = _form(form, digits)
        wide = max(map(_columns, lines))
        if best is None or wide <= page or wide < NARROWER * best[0]:
            best = (wide, form, rows, sides, lines)
        form = form.narrower if wide > page else None
    assert best is not None
    wide, view, rows, sides, lines = best
    text = "\n".join(_narrowed(view, rows, sides, lines, width) if width and wide > width else lines)
    return f"{view.caption}\n{text}" if view.caption else text


def _form(view: Table, digits: int) -> tuple[list[list[str]], list[str], list[str]]:
    """A table's cells as text, its columns' sides, its lines."""
    widths = [_name_width([row[k] for row in view.rows]) for k in range(len(view.headers))]
    rows = [
        [
            equation(content, width) if isinstance(content, Equation) else cell(content, digits)
            for content, width in zip(row, widths, strict=True)
        ]
        for row in view.rows
    ]
    sides = ["right" if _numeric([row[k] for row in view.rows]) else "left" for k in range(len(view.headers))]
    return rows, sides, _laid_out(rows, view.headers, sides)


def _narrowed(view: Table, rows: list[list[str]], sides: list[str], lines: list[str], width: int) -> list[str]:
    """The lines of a table in groups of columns that fit. Words are broken at blanks, formulas are left whole."""
    rule = next(line for line in lines if set(line) <= {"-", " "})
    widths = [len(dashes) for dashes in rule.split()]
    words = [k for k in range(1, len(widths)) if _is_words([row[k] for row in view.rows])]
    for k in words:
        rest = width - sum(widths) + widths[k] - GAP * (len(widths) - 1)
        widths[k] = min(widths[k], max(rest if rest >= LEAST else width - widths[0] - GAP, LEAST))
    result: list[str] = []
    for group in _groups(widths, width):
        most = [widths[k] if k in words else None for k in group]
        part = [[row[k] for k in group] for row in rows]
        result += ["", *_laid_out(part, [view.headers[k] for k in group], [sides[k] for k in group], most)]
    return result[1:] or lines


def _laid_out(
    rows: list[list[str]], headers: list[str], sides: list[str], most: list[int | None] | None = None
) -> list[str]:
    """The lines of a table. most: the widths that its columns may have."""
    from tabulate import tabulate

    text: str = tabulate(
        rows, headers, tablefmt="simple", colalign=sides, disable_numparse=True, maxcolwidths=most or None
    )
    return [line.rstrip() for line in text.splitlines()]


def _groups(widths: list[int], width: int) -> list[list[int]]:
    """The columns of a table in groups that are not wider than that, each with the first column at its head."""
    groups: list[list[int]] = []
    taken = width + 1
    for column, own in enumerate(widths[1:], 1):
        if taken + GAP + own > width:
            groups.append([0])
            taken = widths[0]
        groups[-1].append(column)
        taken += GAP + own
    return groups


def _is_words(column: list[Cell]) -> bool:
    return all(content is None or isinstance(content, str) for content in column)


def _name_width(column: list[Cell]) -> int:
    """The widest name of a column's equations."""
    return max((_columns(c.name) for c in column if isinstance(c, Equation) and c.side is not None), default=0)


def _numeric(column: list[Cell]) -> bool:
    return any(isinstance(content, (int, float)) for content in column)
