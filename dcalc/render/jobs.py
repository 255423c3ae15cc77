"""Answers to the jobs of a batch: an object on a line of JSON, or a row of CSV."""

from __future__ import annotations

import json
from typing import Any

from ..backends.result import Compared
from ..commands.batch.compute import Done
from ..commands.batch.job import MISSING
from ..errors import DcalcError
from .json_ import derivative_body, error_body, formulas_body, note_body
from .json_values import nested_value, number

#: The columns of CSV. Cells that hold more than a number or a word are JSON.
COLUMNS = ("id", "line", "value", "grad", "jac", "hess", "diff", "agree", "backend", "notes", "error", "message",
           "hint", "source", "span")  # fmt: skip


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def done_body(done: Done) -> dict[str, Any]:
    """An answer."""
    body: dict[str, Any] = {}
    if done.value is not None:
        body["value"] = done.value if type(done.value) is float and done.value - done.value == 0 else _value(done)
    backend, estimates, apart = "", {}, list[str]()
    for kind, result in done.derivatives.items():
        first = result
        if isinstance(result, Compared):
            first = result.answers[-1]
            apart += result.disagreements
            backend = "all"
        else:
            backend = result.backend
        body[kind] = derivative_body(first, first.entries)  # type: ignore[union-attr, arg-type]
        if first.estimates:  # type: ignore[union-attr]
            estimates[kind] = derivative_body(first, first.estimates)  # type: ignore[union-attr, arg-type]
    if estimates:
        body["error_estimate"] = estimates
    if done.formulas is not None:
        body["diff"] = {one["label"]: one["formula"] for one in formulas_body(done.formulas)["derivatives"]}
    if backend:
        body["backend"] = backend
    if backend == "all":
        body["agree"] = not apart
    if apart:
        body["disagreements"] = apart
    if done.notes:
        body["notes"] = [note_body(note) for note in done.notes]
    return body


def _value(done: Done) -> Any:
    return number(done.value) if isinstance(done.value, float) else nested_value(done.value)  # type: ignore[arg-type]


def failure_body(problem: DcalcError) -> dict[str, Any]:
    """A failure."""
    return {"error": error_body(problem)}


def line(id: Any, place: int, body: dict[str, Any]) -> str:
    """An answer's line of JSON. place: the number of the job's line, for jobs without an id."""
    whole = {"line": place, **body} if id is MISSING else {"id": id, **body}
    text = _ENCODER.encode(whole)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, which JSON can write and UTF-8 cannot
        return json.dumps(whole, allow_nan=False)
    return text


def row(id: Any, place: int, body: dict[str, Any]) -> str:
    """An answer's row of CSV."""
    problem = body.get("error")
    cells: dict[str, Any] = {**body, "line": place} if id is MISSING else {**body, "id": id}
    if problem:
        cells |= {name: problem[name] for name in ("message", "hint", "source", "span") if name in problem}
        cells["error"] = problem["kind"]
    return csv_row([_cell(cells.get(name, "")) for name in COLUMNS])


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def csv_row(cells: list[str]) -> str:
    """A row of CSV without the end of the line (RFC 4180)."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([one.encode("utf-8", "backslashreplace").decode() for one in cells])
    return text.getvalue()
