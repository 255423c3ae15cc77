"""`f(points=…)`, `f.grad(points=…)`, `f.jac(points=…)`, `f.hess(points=…)`: a function at many points in Python.

Points are a mapping of columns, an array with a row for each point, a data frame, or an Arrow table. What a function
takes is prepared once; at new points only the arithmetic is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..backends.many import STATUS, Many
from ..backends.result import Note
from ..commands.derivatives import WITH_LOOPS
from ..commands.recipe import many_of, reading
from ..errors import DcalcError
from ..evaluate.scalar import PointValue
from ..graph.shapes import Shape, name_of, size
from ..language import source
from .given import Given, point_given, short

if TYPE_CHECKING:
    from ..backends.many import Reading
    from .function import Function

Numbers = NDArray[np.float64]
#: Prepared expressions that a function keeps.
MOST_KEPT = 8


class Points:
    """Values or derivatives at N points.

    value: the values, (N, *shape). answer["x"]: the derivatives in one input, (N, *shape, *shape of x); a Hessian has
    answer["x", "y"]. `numpy.asarray(answer)` is the values (N, *shape), gradients (N, n), Jacobians (N, m, n), or
    Hessians (N, n, n), of arrays (N, m, n, n); n and m count numbers. All are views of one block, as are `columns`.
    """

    def __init__(self, many: Many, kind: str, block: Numbers, codes: NDArray[np.uint8], errors: dict[int, DcalcError],
                 table: Any) -> None:  # fmt: skip
        self.kind = kind
        #: (title, its N numbers): "value", "d/dx", …
        self.columns: dict[str, Numbers] = dict(zip(many.titles, block, strict=True))
        self.notes: list[Note] = many.notes
        #: why there is no answer, for the first of the points whose status is "error"
        self.errors = errors
        self._many, self._block, self._codes, self._table = many, block, codes, table

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def value(self) -> Numbers:
        """The values, (N, *shape)."""
        shape = self._many.shape
        return self._block[: size(shape)].T.reshape(len(self), *shape)

    @property
    def status(self) -> NDArray[np.str_]:
        """For each point "ok", "kink" (the derivative is the convention's), "not finite" or "error" (nan)."""
        return np.array(STATUS)[self._codes]

    @property
    def counts(self) -> dict[str, int]:
        """How many points there are of each status."""
        return dict(zip(STATUS, np.bincount(self._codes, minlength=len(STATUS)).tolist(), strict=True))

    def keys(self) -> list[str]:
        """The names of the inputs that it is differentiated in."""
        return [] if self.kind == "eval" else [name for name, _ in self._many.variables]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __getitem__(self, name: str | tuple[str, str]) -> Numbers:
        names = (name,) if isinstance(name, str) else name
        if len(names) != {"eval": 0, "hess": 2}.get(self.kind, 1):
            raise TypeError("a Hessian has an entry for each pair of inputs, a gradient and a Jacobian for each input")
        places: list[slice] = []
        shape = self._many.shape
        for one in names:
            start = 0
            for known, own in self._many.variables:
                if known == one:
                    places.append(slice(start, start + size(own)))
                    shape = (*shape, *own)
                    break
                start += size(own)
            else:
                raise KeyError(one)
        picked = self._derivatives()[(slice(None), *places)]
        return np.moveaxis(picked, -1, 0).reshape(len(self), *shape)

    def _derivatives(self) -> Numbers:
        """The derivatives as (m, n, N) or (m, n, n, N)."""
        m = size(self._many.shape)
        n = sum(size(shape) for _, shape in self._many.variables)
        axes = (n, n) if self.kind == "hess" else (n,)
        return self._block[m:].reshape(m, *axes, len(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self.kind == "eval":
            found = self.value
        else:
            found = np.moveaxis(self._derivatives(), -1, 0)
            if self.kind == "grad" or (self.kind == "hess" and not self._many.shape):
                found = found[:, 0]
        found = found if dtype is None else found.astype(dtype)
        return found.copy() if copy else found

    def to_arrow(self) -> Any:
        """The Arrow table that was given with a column more for each of `columns`, and `status`.

        Needs pyarrow. Where no table was given it has these columns alone.
        """
        from importlib import import_module

        pyarrow = import_module("pyarrow")
        table = self._table
        codes = pyarrow.DictionaryArray.from_arrays(self._codes.astype(np.int8), list(STATUS))
        made = {**{title: pyarrow.array(column) for title, column in self.columns.items()}, "status": codes}
        if table is None:
            return pyarrow.table(made)
        if not hasattr(table, "append_column"):
            table = pyarrow.Table.from_batches([table])
        for title, column in made.items():
            free = title
            while free in table.column_names:
                free += "_"
            table = table.append_column(free, column)
        return table

    def __repr__(self) -> str:
        others = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count and name != "ok")
        names = list(self.columns)
        shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        return f"<{len(self)} points: {shown}{'; ' + others if others else ''}>"


def at_points(
    function: Function,
    kind: str,
    points: Any,
    values: Mapping[str, Given],
    wrt: Sequence[str] = (),
    backend: str = "auto",
    at_kink: str = "lecture",
) -> Points:
    """A function's values or derivatives at points. values: what is the same at all of them. Raises DcalcError."""
    constants = point_given(None, values)
    columns, more, table = columns_given(points, function.inputs, constants, wrt)
    for name, one in more.items():
        if name in constants:
            raise DcalcError("usage", f"{name} is given twice")
        constants[name] = one
    many = _prepared(function, kind, columns, constants, tuple(wrt), backend, at_kink)
    count = len(next(iter(columns.values())))
    rows = many.run(columns, count)
    return Points(many, kind, rows.block, rows.status, rows.errors, table)


def _prepared(
    function: Function,
    kind: str,
    columns: Mapping[str, Numbers],
    constants: dict[str, PointValue],
    wrt: tuple[str, ...],
    backend: str,
    at_kink: str,
) -> Many:
    shapes = [(name, column.shape[1:]) for name, column in columns.items()]
    known: dict[Any, Many] = function.__dict__.setdefault("_many", {})
    fixed = tuple(
        (name, one.hex() if isinstance(one, float) else (one.shape, one.tobytes()))  # -0.0 is not 0.0
        for name, one in constants.items()
    )
    key = (kind, wrt, backend, at_kink, tuple(shapes), fixed)
    many = known.get(key)
    if many is None:
        texts = [source(name, "wrt") for name in wrt]

        def reads(row: Mapping[str, PointValue]) -> Reading:
            nodes = backend in WITH_LOOPS
            return reading(function._prepare({**row, **constants}, wrt, loop_nodes=nodes), texts)

        many = many_of(reads, kind, shapes, _rows(columns), backend=backend, at_kink=at_kink)
        while len(known) >= MOST_KEPT:
            known.pop(next(iter(known)), None)
        known[key] = many
    return many


def _rows(columns: Mapping[str, Numbers]) -> Iterator[dict[str, PointValue]]:
    for row in zip(*columns.values(), strict=True):
        yield {name: one if one.ndim else float(one) for name, one in zip(columns, row, strict=True)}


def columns_given(
    points: Any, inputs: Sequence[str], constants: Mapping[str, PointValue], wrt: Sequence[str] = ()
) -> tuple[dict[str, Numbers], dict[str, PointValue], Any]:
    """Columns by name, each (N, *shape); what is the same at all points; the Arrow table if it is one.

    inputs: the function's, in order; constants: the values of some. DcalcError: usage, shape or name.
    """
    table, named = None, _named(points)
    if named is not None:
        names, get, all_wanted = named
        if hasattr(points, "schema"):
            table = points
        # A table may hold more than a function takes; who writes a mapping means what is in it.
        wanted = (
            names if all_wanted else [one for one in names if (one in inputs or one in wrt) and one not in constants]
        )
        twice = {one for one in wanted if names.count(one) > 1}
        if twice:
            raise DcalcError("name", f"there are several columns {sorted(twice)[0]}")
        read = {str(name): column_given(str(name), get(name)) for name in wanted}
        missing = [one for one in inputs if one not in read and one not in constants]
        if missing:
            there = ", ".join(map(str, names[:8])) + (", …" if len(names) > 8 else "")
            hint = f"there are {there}; what is the same at all points goes beside: f(points=…, {missing[0]}=2)"
            raise DcalcError("name", f"there is no column {missing[0]} in points", hint=hint)
    else:
        read = _of_array(points, [one for one in inputs if one not in constants])
    columns = {name: one for name, one in read.items() if one.ndim}
    if not columns:
        hint = "f(x=1) is for one point"
        raise DcalcError("usage", "there is no column in points: every value is one number", hint=hint)
    for name in columns:
        if name in constants:
            raise DcalcError("usage", f"{name} is given twice")
    first = next(iter(columns))
    for name, column in columns.items():
        if len(column) != len(columns[first]):
            message = (
                f"the columns are not equally long: {first} has {len(columns[first])} rows, {name} has {len(column)}"
            )
            raise DcalcError("shape", message)
    return columns, {name: float(one) for name, one in read.items() if not one.ndim}, table


def _named(points: Any) -> tuple[list[Any], Any, bool] | None:
    """The names of columns, what gets one, and whether all are meant; None for an array."""
    if isinstance(points, Mapping):
        return list(points), points.__getitem__, True
    if hasattr(points, "schema") and hasattr(points, "column"):  # an Arrow table or record batch
        known = list(points.schema.names)
        return known, lambda name: _of_arrow(name, points.column(known.index(name))), False
    names: Any = getattr(getattr(points, "dtype", None), "names", None)  # a NumPy array with named fields
    if names is None and not isinstance(points, np.ndarray):
        names = getattr(points, "columns", None)  # a data frame
    return None if names is None or callable(names) else (list(names), points.__getitem__, False)


def column_given(name: str, given: Any) -> Numbers:
    """A column as an array of float64: 0 axes for what is the same in all rows. Raises DcalcError."""
    try:
        if isinstance(given, (str, bytes, Mapping)):
            raise TypeError
        array = np.asarray(given if hasattr(given, "__array__") or not isinstance(given, Iterable) else list(given))
        if array.dtype.kind == "O":
            if any(isinstance(one, (str, bytes)) for one in array.flat):
                raise TypeError
            array = np.array([float(one) for one in array.flat]).reshape(array.shape)
        elif not array.size and not hasattr(given, "dtype"):
            array = array.astype(np.float64)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except ValueError:  # NumPy says this of what is ragged
        message = f"the rows of the column {name} do not have the same shape"
        raise DcalcError("shape", message, hint="all rows are equally long") from None
    except (TypeError, OverflowError):
        raise DcalcError("usage", f"the column {name} is not numbers: {short(given)}") from None
    if array.ndim > 1 and not size(array.shape[1:]):
        raise DcalcError("shape", f"the rows of the column {name} have no components")
    return np.ascontiguousarray(array, dtype=np.float64) if array.ndim else np.asarray(array, dtype=np.float64)


def _of_array(points: Any, inputs: Sequence[str]) -> dict[str, Numbers]:
    """An array with a row for each point and a column for each input."""
    array = column_given("points", points)
    listed = ", ".join(inputs) or "no inputs"
    if array.ndim == 1 and len(inputs) == 1:
        return {inputs[0]: array}
    if array.ndim != 2 or array.shape[1] != len(inputs):
        message = f"points is {name_of(array.shape)}, and the function has {listed}: a column for each"
        raise DcalcError("shape", message, hint="give columns by name: points={'x': …}; of arrays (N, *shape)")
    return {name: np.ascontiguousarray(array[:, k]) for k, name in enumerate(inputs)}


def _of_arrow(name: str, column: Any) -> Any:
    """An Arrow column as NumPy has it; what is missing in it is nan."""
    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
        if hasattr(column, "chunks"):  # of an older or newer make: still in chunks
            column = column.chunk(0) if column.num_chunks == 1 else column
    length: Shape = ()
    while hasattr(column.type, "list_size"):
        if column.null_count:
            raise DcalcError("usage", f"the column {name} has rows without a value")
        length = (*length, column.type.list_size)
        column = column.flatten()
    if hasattr(column.type, "value_type"):
        hint = "lists of one length each: pyarrow.list_(pyarrow.float64(), 3)"
        raise DcalcError("usage", f"the column {name} holds {column.type}, not numbers", hint=hint)
    array = column.to_numpy(zero_copy_only=False)
    if array.dtype.kind == "O":
        array = np.array([np.nan if one is None else one for one in array.tolist()])
    if array.dtype.kind not in "biuf":
        raise DcalcError("usage", f"the column {name} holds {column.type}, not numbers")
    return array.reshape(-1, *length) if length else array
