"""Results as JSON, version 1: one object (`dcalc help json`). Numbers in full; inf and nan as strings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..backends.problem import Variable, outputs_of
from ..backends.result import Compared, Derived, Note, Value, nested
from ..backends.rows import Matrix
from ..errors import DcalcError
from ..language import unparse
from .json_values import nested_value, number, numbers, plain
from .shown import module_of

if TYPE_CHECKING:
    from ..commands.diff import Formulas
    from ..commands.flat import Flat
    from ..commands.help import HelpPage
    from ..commands.rules import RuleCard, RuleList

VERSION = 1


def render(results: list[Any], notes: list[Any], digits: int, *, ascii: bool = False) -> str:
    """One object for a single result, else one line for each. ascii: other characters are escaped, none is lost."""
    lines = []
    for result in results:
        own = module_of(result)
        body = own.body(result) if own else _BODIES[type(result).__name__](result)
        if notes:
            body["notes"] = [note_body(note) for note in notes]
        lines.append(_dump(body, ascii))
    return "\n".join(lines)


def error(problem: DcalcError) -> str:
    """A failure as an object of its own."""
    return _dump({"error": error_body(problem)})


def error_body(problem: DcalcError) -> dict[str, Any]:
    """What went wrong, where, and what to do."""
    body: dict[str, Any] = {"kind": problem.kind, "message": problem.message}
    if problem.hint:
        body["hint"] = problem.hint
    if problem.source is not None:
        body["source"] = problem.source.name
        if problem.span is not None:
            line, column = problem.source.position(problem.span[0])
            body |= {"span": list(problem.span), "line": line, "column": column}
            also = getattr(problem, "also", ())
            if also:
                body["also"] = [list(span) for span in also]
    return body


def _dump(body: dict[str, Any], ascii: bool = False) -> str:
    return json.dumps({"dcalc": VERSION, **body}, ensure_ascii=ascii, allow_nan=False)


def note_body(note: Note) -> dict[str, Any]:
    """A note as an object."""
    body: dict[str, Any] = {"kind": note.kind, "message": note.message}
    body |= {key: plain(value) for key, value in note.data.items()}
    if note.span is not None:
        body["span"] = list(note.span)
    return body


def _row(variables: tuple[Variable, ...], row: Sequence[float]) -> dict[str, Any]:
    """A row by variable, each in its own shape."""
    result: dict[str, Any] = {}
    start = 0
    for variable in variables:
        result[variable.name] = nested(numbers(row[start : start + variable.size]), variable.shape)
        start += variable.size
    return result


def derivative_body(result: Derived, entries: Sequence[Matrix]) -> Any:
    """A derivative (or its error estimates) by the names of the inputs."""
    if result.kind != "hess":
        rows = [_row(result.variables, row) for row in entries[0]]
        return rows[0] if result.kind == "grad" else nested(rows, result.shape or (1,))
    names = result.labels
    matrices = [
        {a: dict(zip(names, numbers(row), strict=True)) for a, row in zip(names, matrix, strict=True)}
        for matrix in entries
    ]
    return nested(matrices, result.shape)


def _table(result: Derived, entries: Sequence[Matrix]) -> dict[str, Any]:
    """A derivative (or its error estimates) as one table with the names of its rows and columns."""
    columns, outputs = result.labels, outputs_of(result.shape)
    matrices = [list(map(numbers, matrix)) for matrix in entries]
    if result.kind != "hess":
        return {"rows": outputs, "columns": columns, "matrix": matrices[0]}
    if not result.shape:
        return {"rows": columns, "columns": columns, "matrix": matrices[0]}
    return {"outputs": outputs, "rows": columns, "columns": columns, "matrices": matrices}


def _eval(result: Value) -> dict[str, Any]:
    body: dict[str, Any] = {"kind": "eval", "value": nested_value(result.value)}
    if result.name is not None:
        body["name"] = result.name
    return body


#: How the entries of a derivative are written.
Form: TypeAlias = Callable[[Derived, Sequence[Matrix]], Any]


def derived_body(result: Derived, form: Form = derivative_body) -> dict[str, Any]:
    """One backend's answer."""
    return {**_asked(result), **_answer(result, form)}


def _asked(result: Derived) -> dict[str, Any]:
    """What all backends' answers have in common."""
    body: dict[str, Any] = {
        "kind": result.kind,
        "value": nested(numbers(result.value), result.shape),
        "wrt": [variable.name for variable in result.variables],
    }
    if any(variable.shape for variable in result.variables):
        body["shapes"] = {variable.name: list(variable.shape) for variable in result.variables}
    return body


def _answer(result: Derived, form: Form) -> dict[str, Any]:
    body = {"derivative": form(result, result.entries), "backend": result.backend, "work": result.work}
    if result.estimates:
        body["error_estimate"] = form(result, result.estimates)
    return body


def compared_body(result: Compared, form: Form = derivative_body) -> dict[str, Any]:
    """The answers of several backends, and whether they agree."""
    answers = [_answer(answer, form) for answer in result.answers]
    return {
        **_asked(result.answers[0]),
        "backends": {answer.pop("backend"): answer for answer in answers},
        "largest_difference": number(result.largest),
        "agree": not result.disagreements,
        "disagreements": result.disagreements,
        "fd_not_compared": result.apart,
    }


def _flat(result: Flat) -> dict[str, Any]:
    answer = result.answer
    return compared_body(answer, _table) if isinstance(answer, Compared) else derived_body(answer, _table)


def formulas_body(result: Formulas) -> dict[str, Any]:
    """Derivatives as formulas."""
    items = []
    for item in result.items:
        one: dict[str, Any] = {"label": item.label, "formula": unparse(item.tree)}
        if item.value is not None:
            one["value"] = nested_value(item.value)
        items.append(one)
    return {"kind": "diff", "wrt": result.wrt, "derivatives": items}


def _card(result: RuleCard) -> dict[str, Any]:
    entry = {name: plain(fact) for name, fact in result.entry._asdict().items() if fact not in ("", None, (), {})}
    return {"kind": "rule", "entry": entry}


def _list(result: RuleList) -> dict[str, Any]:
    return {"kind": "rules", "names": list(dict.fromkeys(entry.word for entry in [*result.entries, *result.helpers]))}


def _help(result: HelpPage) -> dict[str, Any]:
    from .help import page

    return {"kind": "help", "text": page(result)}


_BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Value": _eval,
    "Derived": derived_body,
    "Compared": compared_body,
    "Flat": _flat,
    "Formulas": formulas_body,
    "RuleCard": _card,
    "RuleList": _list,
    "HelpPage": _help,
}
