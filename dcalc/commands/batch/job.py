"""A job: one line of a batch, read and held to its form. What is wrong with it is a DcalcError of kind usage."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from ...backends import BUILT_IN
from ...errors import DcalcError, Source, nearest
from ...language import source
from ..options import OPTIONS, read

#: What may be asked for, in the order in which it is answered.
WANTS = ("value", "grad", "jac", "hess", "diff")
#: Keys that are options of the command line under the same name.
SWITCHES = ("ieee", "branches")
CHOICES = ("backend", "scheme", "h", "at-kink", "steps", "order")
KEYS = ("id", "expr", "at", "want", "wrt", *CHOICES, *SWITCHES)
BACKENDS = (*BUILT_IN, "auto", "all")
#: Keys that somebody may try, and why there are none such.
REFUSED = {
    "load": "a job reads no files: put the definitions into expr, with semicolons between",
    "out": "answers go to the file that --out names on the command line",
    "engine": "the command line chooses what evaluates",
    "timeout": "--timeout on the command line is for all jobs",
    "memory": "--memory on the command line is for all jobs",
}
#: A value that is not there.
MISSING = object()


class Job(NamedTuple):
    """What a line asks for.

    id: as it stands there, or MISSING. at: one text, or values by name. want: of WANTS; () where the job does not say.
    options: as the command line's, without at and wrt.
    """

    id: Any
    expr: Source
    at: Source | dict[str, Any]
    want: tuple[str, ...]
    wrt: tuple[Source, ...]
    options: dict[str, Any]


class JobError(Exception):
    """A failure with the id of the job that it belongs to, as far as that was read."""

    def __init__(self, problem: DcalcError, id: Any = MISSING) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.id = id


def read_job(line: str) -> Job:
    """The job that a line of JSON is. Raises JobError."""
    text = Source(line, "job")
    id: Any = MISSING
    try:
        fields = _object(text)
        id = fields.get("id", MISSING)
        if id is not MISSING and (isinstance(id, bool) or not isinstance(id, (str, int, float))):
            given, id = id, MISSING
            raise _wrong(text, "id", given, "a text or a number")
        return _job(text, fields, id)
    except DcalcError as problem:
        raise JobError(problem, id) from None


def _object(text: Source) -> dict[str, Any]:
    try:
        found = _DECODER.decode(text.text)
    except json.JSONDecodeError as problem:
        at = min(problem.pos, max(len(text.text) - 1, 0))
        hint = 'a job is an object on one line: {"id": 1, "expr": "x^2", "at": {"x": 3}}'
        raise DcalcError("usage", f"not JSON: {problem.msg}", source=text, span=(at, at + 1), hint=hint) from None
    except RecursionError:
        raise DcalcError("usage", "not JSON that can be read: it is nested too deeply") from None
    except ValueError as problem:
        advice = 'infinities are the texts "inf" and "-inf"' if isinstance(problem, _NoConstantError) else None
        raise DcalcError("usage", f"not JSON: {problem}", hint=advice) from None
    if not isinstance(found, dict):
        hint = 'for example {"expr": "x^2", "at": {"x": 3}}'
        raise DcalcError("usage", f"a job is an object, this is {_kind(found)}", hint=hint)
    return found


class _NoConstantError(ValueError):
    """NaN or Infinity as a bare word."""


def _no_constant(word: str) -> Any:
    raise _NoConstantError(f"{word} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {_short(twice)} stands twice in an object")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _job(text: Source, given: dict[str, Any], id: Any) -> Job:
    fields = {key.replace("_", "-"): value for key, value in given.items()}
    for key in given:
        if key.replace("_", "-") not in KEYS:
            raise _unknown(text, key)
    expr = fields.get("expr", MISSING)
    if expr is MISSING:
        raise DcalcError("usage", "the job has no expr", hint='for example {"expr": "x^2", "at": {"x": 3}}')
    if not isinstance(expr, str):
        raise _wrong(text, "expr", expr, "a text")
    options = {name: _option(text, name, fields[name]) for name in CHOICES if fields.get(name) is not None}
    for name in SWITCHES:
        value = fields.get(name)
        if not (value is None or isinstance(value, bool)):
            raise _wrong(text, name, value, "true or false")
        if value:
            options[name] = True
    want = _names(text, "want", fields.get("want"))
    for word in want:
        if word not in WANTS:
            similar = nearest(word, list(WANTS), limit=1)
            hint = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(WANTS)}"
            raise DcalcError("usage", f"nothing is called {_short(word)} in want", source=text,
                             span=_place(text, word), hint=hint)  # fmt: skip
    if "order" in options and "diff" not in want:
        raise DcalcError("usage", "order is an option of diff", hint='"want": "hess" has second derivatives')
    if options.get("backend", "auto") not in ("fd", "all") and ("scheme" in options or "h" in options):
        raise DcalcError("usage", "scheme and h are options of finite differences", hint='"backend": "fd"')
    wrt = tuple([source(word, "wrt") for word in _names(text, "wrt", fields.get("wrt"))])
    return Job(id, source(expr, "expr"), _at(text, fields.get("at")), tuple(want), wrt, options)


def _at(text: Source, value: Any) -> Source | dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, str):
        return source(value, "at")
    if not isinstance(value, dict):
        raise _wrong(text, "at", value, "an object of values by name")
    return value


def _names(text: Source, key: str, value: Any) -> list[str]:
    """A list of words, or one text of them."""
    if value is None:
        return []
    if isinstance(value, str):
        if key == "wrt":
            return [value] if value.strip() else []
        return list(dict.fromkeys(value.replace(",", " ").replace(";", " ").split()))
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise _wrong(text, key, value, "a list of names" if key == "wrt" else "a list of words")
    return value if key == "wrt" else list(dict.fromkeys(value))


def _option(text: Source, name: str, value: Any) -> Any:
    """The value of a key that is an option: its text as on the command line, or a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _wrong(text, name, value, "a text or a number")
    if name == "backend":
        if value not in BACKENDS:
            similar = nearest(str(value), list(BACKENDS), limit=1)
            hint = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(BACKENDS)}"
            raise DcalcError("usage", f"there is no backend {_short(value)}", source=text,
                             span=_place(text, str(value)), hint=hint)  # fmt: skip
        return value
    if isinstance(value, float) and name in ("steps", "order") and math.isfinite(value) and value == int(value):
        value = int(value)
    try:
        return read(OPTIONS[name], str(value).strip())
    except DcalcError as problem:
        problem.hint = None if (problem.hint or "").startswith("for example") else problem.hint
        problem.source, problem.span = text, _place(text, name)
        raise


def _unknown(text: Source, key: str) -> DcalcError:
    similar = nearest(key, list(KEYS), limit=1)
    hint = REFUSED.get(key) or (f"did you mean {similar[0]}?" if similar else f"the keys are {', '.join(KEYS)}")
    return DcalcError("usage", f"a job has no key {_short(key)}", source=text, span=_place(text, key), hint=hint)


def _wrong(text: Source, key: str, value: Any, wanted: str) -> DcalcError:
    return DcalcError("usage", f"{key} has to be {wanted}, not {_kind(value)}", source=text, span=_place(text, key))


def _place(text: Source, word: str) -> tuple[int, int] | None:
    """Where a key or a word stands in the line, as it is most often written."""
    written = json.dumps(word, ensure_ascii=False)
    at = text.text.find(written)
    return None if at < 0 else (at, at + len(written))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {_short(value)}"
    if isinstance(value, (int, float)):
        return f"the number {_short(value)}"
    return "a list" if isinstance(value, list) else "an object"


def _short(value: Any) -> str:
    try:
        text = str(value)
    except ValueError:  # a whole number of more digits than Python writes
        return "that long"
    return text if len(text) <= 40 else text[:39] + "…"
