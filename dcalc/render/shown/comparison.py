"""A comparison: the numbers of each method with their errors, then what each of them took."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...backends.problem import outputs_of
from ...commands.compare import Comparison, Method
from ...evaluate.precise import DIGITS, Exact
from ..arrays import GAP, Array, kept
from ..json_values import nested_value, number, whole
from ..numbers import count
from ..view import SPACE, Cell, Count, Estimate, Lines, Pairs, Seconds, Table, View

#: Up to so many components have a column with their errors, a column each; lines of a flat table on the screen.
WITH_ERRORS = 2
WITH_COLUMNS = 4
MOST_LINES = 120
MOST_NAMES = 8
KINK = "kink"


def views(result: Comparison, *, full: bool = False) -> list[View]:
    """The value, the derivatives with their errors, and the work."""
    places = [(i, j) for i, row in enumerate(result.labels) for j in range(len(row))]
    blocks: list[View] = [_value(result)]
    if full or result.flat:
        blocks.append(_flat(result, places, full=full))
    elif len(places) <= WITH_COLUMNS:
        blocks.append(_columns(result, places))
    else:
        blocks.append(_largest(result, places))
    blocks.append(_work(result))
    return blocks if full else [*blocks[:1], *_spaced(blocks[1:]), *_words(result, places)]


def _spaced(blocks: list[View]) -> Iterator[View]:
    for block in blocks:
        yield SPACE
        yield block


def _value(result: Comparison) -> View:
    names = outputs_of(result.shape) if result.shape else ["value"]
    rows: list[tuple[str, Cell]] = list(zip(names, result.value, strict=True))
    known = result.value_references
    errors: list[Cell] = []
    if known is not None:
        errors = [_error(exact, value) for exact, value in zip(known, result.value, strict=True)]
    if len(rows) > WITH_COLUMNS:
        told: list[tuple[str, Cell]] = [("f", Array(result.value, result.shape))]
        return Pairs([*told, ("largest error", _worst(errors))] if errors else told)
    items = []
    for k, (name, value) in enumerate(rows):
        items.append((name, value))
        if errors:
            items.append(("error" if len(rows) == 1 else f"error of {name}", errors[k]))
    return Pairs(items)


def _error(exact: Exact, found: float) -> Cell:
    error = exact.error(found) if math.isfinite(found) else None
    return None if error is None else Estimate(error) if error else 0.0


def _entry_error(result: Comparison, method: Method, place: tuple[int, int]) -> Cell:
    """A method's error in one component; nothing blames it at a kink."""
    if place in result.kinked:
        return KINK
    if result.references is None or method.answer is None:
        return None
    i, j = place
    return _error(result.references[i][j], method.answer.entries[0][i][j])


def _sides(result: Comparison) -> list[tuple[str, Any]]:
    """The one-sided derivatives, where the point is on a kink of what is shown."""
    if not result.kinked or result.sides is None:
        return []
    return [("from the left", result.sides[0]), ("from the right", result.sides[1])]


def _columns(result: Comparison, places: list[tuple[int, int]]) -> Table:
    known = result.references is not None or bool(result.kinked)
    with_errors = known and len(places) <= WITH_ERRORS
    headers = ["method"]
    for i, j in places:
        headers += [result.labels[i][j], *(["error"] if with_errors else [])]
    worst = known and not with_errors
    if worst:
        headers.append("largest error")
    rows: list[list[Cell]] = []
    for method in result.methods:
        cells: list[Cell] = [method.name]
        errors = [_entry_error(result, method, place) for place in places]
        for (i, j), error in zip(places, errors, strict=True):
            cells.append(None if method.answer is None else method.answer.entries[0][i][j])
            cells += [error] if with_errors else []
        rows.append([*cells, _worst(errors)] if worst else cells)
    for name, matrix in _sides(result):
        cells = [name]
        for i, j in places:
            cells += [matrix[i][j] if (i, j) in result.kinked else None, *([None] if with_errors else [])]
        rows.append([*cells, None] if worst else cells)
    return Table(headers, rows)


def _worst(errors: list[Cell]) -> Cell:
    known = [error for error in errors if isinstance(error, float)]
    return (Estimate(max(known)) if any(known) else 0.0) if known else KINK if KINK in errors else None


def _largest(result: Comparison, places: list[tuple[int, int]]) -> Table:
    """Of many components the largest error, and where it is."""
    rows: list[list[Cell]] = []
    for method in result.methods:
        errors = [(_entry_error(result, method, place), place) for place in places]
        known = [(error, place) for error, place in errors if isinstance(error, float)]
        if known:
            worst, (i, j) = max(known)
            rows.append([method.name, Estimate(worst) if worst else 0.0, result.labels[i][j] if worst else ""])
        else:
            rows.append([method.name, None, None])
    caption = f"{count(len(places))} components (--flat shows each)"
    return Table(["method", "largest error", "in"], rows, caption)


def _flat(result: Comparison, places: list[tuple[int, int]], *, full: bool) -> Table:
    """A row for each component and method."""
    rows: list[list[Cell]] = []
    for i, j in places:
        label: Cell = result.labels[i][j]
        if result.references is not None and (i, j) not in result.kinked:
            exact = result.references[i][j]
            if exact.value is not None:
                rows.append([label, "reference", exact.text if full else float(exact.value), None])
                label = label if full else None
        for method in result.methods:
            if method.answer is not None:
                found = method.answer.entries[0][i][j]
                rows.append([label, method.name, found, _entry_error(result, method, (i, j))])
                label = label if full else None
        if (i, j) in result.kinked:
            rows += [[label, name, matrix[i][j], None] for name, matrix in _sides(result)]
    chosen = list(range(len(rows))) if full else kept(len(rows), MOST_LINES, MOST_LINES // 3)
    body: list[list[Cell]] = [[GAP, GAP, GAP, GAP] if k is None else rows[k] for k in chosen]
    return Table(["", "method", "derivative", "error"], body, shortened=None in chosen)


def _work(result: Comparison) -> Table:
    timed = any(method.again is not None for method in result.methods)
    rows: list[list[Cell]] = []
    for method in result.methods:
        cells: list[Cell] = [method.name, _runs(method)]
        cells.append(None if method.work is None else Count(method.work.operations))
        if timed:
            cells += [None if t is None else Seconds(t) for t in (method.again, method.first)]
        cells += [None if size is None else Count(size) for size in (method.nodes, method.tree)]
        rows.append(cells)
    times = ["time", "first"] if timed else []
    return Table(["method", "runs", "operations", *times, "nodes", "tree"], rows)


def _runs(method: Method) -> str:
    if method.work is None:
        return ""
    noun, plural = ("formula", "formulas") if method.name == "symbolic" else ("value", "values")
    if method.name in ("forward", "reverse"):
        noun, plural = "pass", "passes"
    return f"{count(method.runs)} {noun if method.runs == 1 else plural}"


def _words(result: Comparison, places: list[tuple[int, int]]) -> list[View]:
    words = [f"{method.name}: {method.failure}" for method in result.methods if method.answer is None]
    if result.references is not None:
        known = [(i, j, result.references[i][j]) for i, j in places if (i, j) not in result.kinked]
        unknown = [result.labels[i][j] for i, j, exact in known if exact.value is None]
        if len(unknown) > MOST_NAMES:
            words.append(f"errors are those of {count(len(known) - len(unknown))} of {count(len(known))} components")
        elif unknown:
            words.append(f"no 50-digit reference of {', '.join(unknown)}")
        if len(places) <= WITH_ERRORS:
            words += [f"{result.labels[i][j]} = {exact.text}" for i, j, exact in known if exact.value is not None]
        words.append(f"errors are relative to {DIGITS} digits: the value by mpmath, and differences of it")
    return [SPACE, Lines("\n".join(words))] if words else []


def body(result: Comparison) -> dict[str, Any]:
    """Everything, each method with a matrix of its derivatives and errors."""
    found: dict[str, Any] = {
        "kind": "compare",
        "value": nested_value(_nested(result)),
        "rows": outputs_of(result.shape) if result.shape else ["f"],
        "columns": [label for variable in result.variables for label in variable.labels],
        "methods": {method.name: _method(result, method) for method in result.methods},
    }
    if result.value_references is not None:
        errors = [_error(e, v) for e, v in zip(result.value_references, result.value, strict=True)]
        found["value_reference"] = [exact.text for exact in result.value_references]
        found["value_error"] = [_plain(error) for error in errors]
    if result.references is not None:
        found["reference"] = [[exact.text for exact in row] for row in result.references]
    if result.kinked:
        found["kinks"] = [result.labels[i][j] for i, j in sorted(result.kinked)]
        if result.sides is not None:
            found["left"], found["right"] = ([[number(x) for x in row] for row in side] for side in result.sides)
    return found


def _nested(result: Comparison) -> Any:
    from ...backends.result import nested

    return nested(result.value, result.shape)


def _plain(error: Cell) -> Any:
    return number(error) if isinstance(error, float) else error


def _method(result: Comparison, method: Method) -> dict[str, Any]:
    if method.answer is None:
        return {"failure": method.failure}
    one: dict[str, Any] = {"derivative": [[number(x) for x in row] for row in method.answer.entries[0]]}
    if method.answer.estimates:
        one["error_estimate"] = [[number(x) for x in row] for row in method.answer.estimates[0]]
    if result.references is not None:
        one["error"] = [
            [_plain(_entry_error(result, method, (i, j))) for j in range(len(row))]
            for i, row in enumerate(result.labels)
        ]
    one["runs"] = method.runs
    if method.work is not None:
        one["operations"] = whole(method.work.operations)
        one["flops"] = whole(method.work.flops)
    one["nodes"] = method.nodes
    one["tree"] = None if method.tree is None else whole(method.tree)
    if method.again is not None:
        one["seconds"], one["seconds_first"] = method.again, method.first
    return one
