"""The point of a job: numbers and nested lists as JSON has them, texts as expressions, files only where they may be."""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import Any

from ...errors import DcalcError, Source
from ...evaluate.scalar import PointValue
from ...graph.lower import inputs_of
from ...language import RESERVED, ast, parse_bindings, source, tokens
from ..base import State
from ..point import constant, point_of
from ..reading import read

NO_FILES = "--allow-files on the command line lets jobs read files"


def point_of_job(state: State, at: Source | dict[str, Any], *, files: bool) -> dict[str, PointValue]:
    """The values that a job gives its inputs. Raises DcalcError.

    files: whether `@weights.npy` is read.
    """
    if isinstance(at, Source):
        return _text(state, at, files=files)
    point: dict[str, PointValue] = {}
    for given, value in at.items():
        name = source(given).text
        if not _is_name(name):
            raise DcalcError("usage", f"{_short(given)} is no name of an input", hint='"at": {"x": 2}')
        if name in point:
            raise DcalcError("usage", f"{name} is given twice in at")
        if type(value) is float and value - value == 0:
            point[name] = value
        elif isinstance(value, str):
            point[name] = _expression(state, name, value, files=files)
        else:
            point[name] = _numbers(name, value)
    return point


def _text(state: State, text: Source, *, files: bool) -> dict[str, PointValue]:
    if not files and "@" in text.text:
        for binding in parse_bindings(text):
            if isinstance(binding.body, ast.File):
                raise _no_file(text, binding.body.span)
    return point_of(state, [text])


def _no_file(text: Source, span: tuple[int, int]) -> DcalcError:
    return DcalcError("usage", "a job reads no files", source=text, span=span, hint=NO_FILES)


def _expression(state: State, name: str, value: str, *, files: bool) -> PointValue:
    """The value that a text is."""
    text = source(value, f"at.{name}")
    if value.lstrip().startswith("@"):
        if not files:
            raise _no_file(text, (0, len(text.text)))
        return point_of(state, [source(f"{name}={value}", f"at.{name}")])[name]
    from ...language import parse

    tree = parse(text)
    lowered = read(tree, text, state.graph, state.names, {})
    if lowered.output is None:
        raise DcalcError("usage", f"the value of {name} is not a number", source=text, span=tree.span)
    for leaf in inputs_of(state.graph, [lowered.output]):
        unknown = state.graph.attrs[leaf]
        _, span = state.graph.origins.get(leaf, (text, tree.span))
        message = f"the value of {name} is not a number: {unknown} has no value"
        raise DcalcError("name", message, source=text, span=span, hint="a value is made of numbers and constants")
    return constant(state.graph, lowered.output, {})


def _numbers(name: str, value: Any) -> PointValue:
    """A number, or nested lists of numbers of one length at each level."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _float(name, value)
    if not isinstance(value, list):
        what = "null" if value is None else "an object" if isinstance(value, dict) else str(value).lower()
        hint = "it is a number, a nested list of numbers, or a text that is an expression"
        raise DcalcError("usage", f"the value of {name} is not a number: {what}", hint=hint)
    level: list[Any] = [value]
    shape: list[int] = []
    while any(isinstance(item, list) for item in level):
        lengths = {len(item) if isinstance(item, list) else None for item in level}
        if len(lengths) > 1:
            raise DcalcError("shape", f"the value of {name} is ragged", hint="lists of one level are equally long")
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
        if not level:
            raise DcalcError("shape", f"the value of {name} has no components")
    import numpy as np

    return np.array([_component(name, item) for item in level], dtype=np.float64).reshape(shape)


def _component(name: str, item: Any) -> float:
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return _float(name, item)
    if item in ("inf", "-inf"):
        return float(item)
    raise DcalcError("usage", f"the value of {name} holds {_short(item)}, which is no number")


def _float(name: str, value: float) -> float:
    try:
        if abs(float(value)) < inf:
            return float(value)
    except OverflowError:
        pass
    message = f"the value of {name} is too large for floating point (the limit is 1.8e308)"
    raise DcalcError("domain", message, hint='infinities are the texts "inf" and "-inf"')


def _is_name(text: str) -> bool:
    if text.isascii() and text.isidentifier() and text not in RESERVED:
        return True
    found = tokens(text)
    return len(found) == 1 and found[0].type == "NAME" and found[0].text == text


def _short(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
