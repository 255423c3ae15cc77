"""Results as JSON, version 1: one object (`dcalc help json`). Numbers in full; inf and nan as strings."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..backends.problem import Variable
from ..backends.protocol import Matrix
from ..backends.result import Compared, Derived, Note, Value
from ..errors import DcalcError
from ..language import ast, unparse

if TYPE_CHECKING:
    from ..commands.diff import Formulas
    from ..commands.help import HelpPage
    from ..commands.rules import RuleCard, RuleList
    from ..commands.trace import Trace

VERSION = 1


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """One object for a single result, else one line for each."""
    lines = []
    for result in results:
        body = _BODIES[type(result).__name__](result)
        if notes:
            body["notes"] = [_note(note) for note in notes]
        lines.append(_dump(body))
    return "\n".join(lines)


def error(problem: DcalcError) -> str:
    """A failure as an object."""
    body: dict[str, Any] = {"kind": problem.kind, "message": problem.message}
    if problem.hint:
        body["hint"] = problem.hint
    if problem.source is not None:
        body["source"] = problem.source.name
        if problem.span is not None:
            line, column = problem.source.position(problem.span[0])
            body |= {"span": list(problem.span), "line": line, "column": column}
    return _dump({"error": body})


def _dump(body: dict[str, Any]) -> str:
    return json.dumps({"dcalc": VERSION, **body}, ensure_ascii=False, allow_nan=False)


def number(value: float) -> float | str:
    """A number as JSON can hold it."""
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _plain(value: Any) -> Any:
    """Data of a note, with its numbers made safe."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _note(note: Note) -> dict[str, Any]:
    body: dict[str, Any] = {"kind": note.kind, "message": note.message}
    body |= {key: _plain(value) for key, value in note.data.items()}
    if note.span is not None:
        body["span"] = list(note.span)
    return body


def _row(variables: tuple[Variable, ...], row: list[float]) -> dict[str, Any]:
    """A row by variable; a vector's components as a list."""
    result: dict[str, Any] = {}
    start = 0
    for variable in variables:
        end = start + len(variable.leaves)
        values = [number(entry) for entry in row[start:end]]
        result[variable.name] = values if variable.shape else values[0]
        start = end
    return result


def _matrix(kind: str, variables: tuple[Variable, ...], vector: bool, entries: list[Matrix]) -> Any:
    if kind == "hess":
        labels = [label for variable in variables for label in variable.labels]
        matrices = [
            {a: {b: number(v) for b, v in zip(labels, row, strict=True)} for a, row in zip(labels, matrix, strict=True)}
            for matrix in entries
        ]
        return matrices if vector else matrices[0]
    rows = [_row(variables, row) for row in entries[0]]
    return rows if kind == "jac" else rows[0]


def _value(value: list[float], vector: bool) -> Any:
    return [number(v) for v in value] if vector else number(value[0])


def _eval(result: Value) -> dict[str, Any]:
    vector = isinstance(result.value, tuple)
    values = list(result.value) if isinstance(result.value, tuple) else [result.value]
    body: dict[str, Any] = {"kind": "eval", "value": _value(values, vector)}
    if result.name is not None:
        body["name"] = result.name
    return body


def _derived(result: Derived) -> dict[str, Any]:
    body = {
        "kind": result.kind,
        "value": _value(result.value, result.vector),
        "wrt": [variable.name for variable in result.variables],
        "derivative": _matrix(result.kind, result.variables, result.vector, result.entries),
        "backend": result.backend,
        "work": result.work,
    }
    if result.estimates:
        body["error_estimate"] = _matrix(result.kind, result.variables, result.vector, result.estimates)
    return body


def _compared(result: Compared) -> dict[str, Any]:
    first = result.answers[0]
    return {
        "kind": first.kind,
        "value": _value(first.value, first.vector),
        "wrt": [variable.name for variable in first.variables],
        "backends": {
            answer.backend: {
                key: value for key, value in _derived(answer).items() if key in ("derivative", "work", "error_estimate")
            }
            for answer in result.answers
        },
        "largest_difference": number(result.largest),
        "agree": not result.disagreements,
        "disagreements": result.disagreements,
        "fd_not_compared": result.apart,
    }


def _formulas(result: Formulas) -> dict[str, Any]:
    items = []
    for item in result.items:
        one: dict[str, Any] = {"label": item.label, "formula": unparse(item.tree)}
        if item.value is not None:
            one["value"] = number(item.value)
        items.append(one)
    return {"kind": "diff", "wrt": result.wrt, "derivatives": items}


def _trace(result: Trace) -> dict[str, Any]:
    def text(tree: ast.Node | None) -> str | None:
        return None if tree is None else unparse(tree)

    other = "adjoint" if result.mode == "reverse" else "tangent"
    steps = [
        {
            "name": row.name,
            "formula": text(row.formula),
            "value": number(row.value),
            other: number(row.other),
            f"{other}_formula": text(row.other_formula),
        }
        for row in result.rows
    ]
    return {"kind": "trace", "mode": result.mode, "subject": result.subject, "steps": steps}


def _card(result: RuleCard) -> dict[str, Any]:
    entry = {name: _plain(fact) for name, fact in result.entry._asdict().items() if fact not in ("", None, ())}
    return {"kind": "rule", "entry": entry}


def _list(result: RuleList) -> dict[str, Any]:
    return {"kind": "rules", "names": [entry.name for entry in [*result.entries, *result.helpers]]}


def _help(result: HelpPage) -> dict[str, Any]:
    from .help import page

    return {"kind": "help", "text": page(result)}


_BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Value": _eval,
    "Derived": _derived,
    "Compared": _compared,
    "Formulas": _formulas,
    "Trace": _trace,
    "RuleCard": _card,
    "RuleList": _list,
    "HelpPage": _help,
}
