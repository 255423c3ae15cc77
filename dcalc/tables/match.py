"""Which columns of a table are which inputs: by name, `x[1]`, `x[2]`, … as a vector's components, or in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..errors import DcalcError, nearest
from ..graph.shapes import Shape, name_of
from .parts import ERROR, Chunk, Numbers, Source, Statuses, there_are

_COMPONENT = re.compile(r"(?P<name>[^\[\]]+?)\s*\[\s*(?P<place>\d+(\s*,\s*\d+)*)\s*\]")


class Input(NamedTuple):
    """An input that differs from row to row: its shape, and the columns that it is made of."""

    name: str
    shape: Shape
    columns: tuple[str, ...]


def match(source: Source, names: Sequence[str], *, required: bool = True) -> list[Input]:
    """The inputs that a table has of these names, in its order. DcalcError where one is missing (if required).

    A table whose columns have no names has all of them, in the order of the names; a single name is then a vector.
    """
    if source.nameless:
        return _in_order(source, names)
    components = _components(source.names)
    found, missing = {}, []
    for name in names:
        if name in source.names:
            found[name] = Input(name, source.shape_of(name), (name,))
        elif name in components:
            found[name] = _vector(source, name, components[name])
        else:
            missing.append(name)
    if missing and required:
        raise _missing(source, missing)
    order = {column: k for k, column in enumerate(source.names)}
    return sorted(found.values(), key=lambda one: order[one.columns[0]])


def _missing(source: Source, missing: Sequence[str]) -> DcalcError:
    name = missing[0]
    known = nearest(name, source.names, limit=1)
    near = _quoted(known[0] if known else "".join(source.names[:1]))
    hint = f"--rename {near}={name}, or --at {name}=…"
    verb = "is" if len(missing) == 1 else "are"
    message = f"{', '.join(missing)} {verb} no column of {source.path}, {there_are(source.names)}"
    return DcalcError("name", message, hint=hint)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _components(columns: Sequence[str]) -> dict[str, dict[tuple[int, ...], str]]:
    """The columns that are components, by name and place."""
    found: dict[str, dict[tuple[int, ...], str]] = {}
    for column in columns:
        one = _COMPONENT.fullmatch(column)
        if one:
            place = tuple(int(part) for part in one["place"].split(","))
            found.setdefault(one["name"], {})[place] = column
    return found


def _vector(source: Source, name: str, places: Mapping[tuple[int, ...], str]) -> Input:
    """An array of columns `x[1]`, `x[2]`, … or `W[1,1]`, `W[1,2]`, …: all of them have to be there."""
    axes = len(next(iter(places)))
    shape = tuple(max(place[k] for place in places if len(place) == axes) for k in range(axes))
    if axes > 2 or any(len(place) != axes for place in places):
        raise DcalcError("shape", f"the columns {name}[…] of {source.path} are neither a vector nor a matrix")
    count = int(np.prod(shape, dtype=object))
    if count != len(places) or not all(min(place) for place in places):
        every = (place for place in product(*(range(1, extent + 1) for extent in shape)) if place not in places)
        gap = next(every, None)
        what = f"has no column {name}[{','.join(map(str, gap))}]" if gap else f"counts {name}[…] from 0"
        hint = f"{name} is {name_of(shape)} by its other columns, which count from 1"
        raise DcalcError("name", f"{source.path} {what}", hint=hint)
    for column in places.values():
        if source.shape_of(column):
            raise DcalcError("shape", f"{column} of {source.path} holds vectors, and is a component itself")
    return Input(name, shape, tuple(places[place] for place in sorted(places)))


def _in_order(source: Source, names: Sequence[str]) -> list[Input]:
    """Columns without names, in the order of the inputs; they are called as the inputs are."""
    columns = source.names
    if len(names) == 1 and len(columns) > 1:
        own = [f"{names[0]}[{k}]" for k in range(1, len(columns) + 1)]
        source.names = own
        return [Input(names[0], (len(own),), tuple(own))]
    if len(names) != len(columns):
        inputs = f"the inputs {', '.join(names)}" if names else "no inputs"
        hint = "columns without names are the inputs in order; a header line, or records, name them"
        message = f"{source.path} has {len(columns)} columns without names, the expression has {inputs}"
        raise DcalcError("shape", message, hint=hint)
    source.names = list(names)
    return [Input(name, source.shape_of(name), (name,)) for name in names]


def wanted(inputs: Sequence[Input]) -> dict[str, Shape]:
    """The columns that are read as numbers, and the shape of a cell."""
    return {column: one.shape if len(one.columns) == 1 else () for one in inputs for column in one.columns}


def values(inputs: Sequence[Input], chunk: Chunk) -> tuple[dict[str, Numbers], Statuses]:
    """The inputs' values at a chunk's rows, (size, *shape), and which rows are none to begin with."""
    found: dict[str, Numbers] = {}
    status: Statuses = np.zeros(chunk.size, np.uint8)
    for one in inputs:
        columns = [chunk.columns[name] for name in one.columns]
        numbers: list[Any] = [column.numbers for column in columns]
        if len(columns) == 1:
            found[one.name] = numbers[0].reshape(chunk.size, *one.shape)
        else:
            found[one.name] = np.stack(numbers, axis=1).reshape(chunk.size, *one.shape)
        for column in columns:
            if column.faults is not None:
                status = np.maximum(status, column.faults)
    if chunk.broken:
        status[list(chunk.broken)] = ERROR
    return found, status


def what_is_wrong(inputs: Sequence[Input], chunk: Chunk, k: int, told: Callable[[object], str]) -> str:
    """Why a row of a chunk is none."""
    if k in chunk.broken:
        return chunk.broken[k]
    for one in inputs:
        for name in one.columns:
            faults = chunk.columns[name].faults
            if faults is not None and faults[k]:
                cell = chunk.columns[name].cells[k]
                cell = cell.as_py() if hasattr(cell, "as_py") else cell
                return f"{name} is missing" if cell is None or not str(cell).strip() else told((name, cell))
    return "there is no point in this row"
