"""Results as CSV: pairs and tables in full precision, RFC 4180, one block after another."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from ..backends.problem import labels
from ..backends.result import nested
from .arrays import Array
from .numbers import MOST_DIGITS, count, full
from .plain import plain
from .text import cell
from .view import Cell, Count, Formula, Lines, Pairs, Picture, Table, View
from .views import views


def render(results: list[Any], notes: list[Any], digits: int, *, ascii: bool = False) -> str:
    """All views; an empty line between tables of different columns."""
    text = "\n\n".join(_block(view, ascii) for result in results for view in views(result, full=True))
    return plain(text) if ascii else text


def _block(view: View, ascii: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if isinstance(view, (Lines, Picture)):
        text = view.text if isinstance(view, Lines) else view.draw(ascii)
        writer.writerows([line] for line in text.splitlines())
    elif isinstance(view, Formula):
        writer.writerow([view.label, _cell(view.tree)] if view.label else [_cell(view.tree)])
    elif isinstance(view, Pairs):
        writer.writerow(["name", "value", "error"] if view.errors else ["name", "value"])
        for k, (label, content) in enumerate(view.items):
            error = view.errors[k : k + 1]
            if isinstance(content, Array):
                columns: list[Sequence[Cell]] = [labels(label, content.shape), content.numbers]
                columns += [one.numbers for one in error if isinstance(one, Array)]
                writer.writerows(map(_cell, row) for row in zip(*columns, strict=True))
            else:
                writer.writerow([label, _cell(content), *map(_cell, error)])
    else:
        assert isinstance(view, Table)
        writer.writerow(view.headers)
        writer.writerows([_cell(content) for content in row] for row in view.rows)
    return out.getvalue().rstrip("\n")


def _cell(content: Cell) -> str:
    if isinstance(content, Array):
        return json.dumps(nested(list(content.numbers), content.shape))
    if isinstance(content, Count):
        return str(int(content)) if content < 10**MOST_DIGITS else count(content)
    return full(content) if isinstance(content, float) else cell(content, 17)
