"""A sparse matrix: how much of it there is, its entries one by one, and the files that others read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ...backends.result import nested
from ...commands.sparse import Triplets
from ..arrays import GAP, Array, kept
from ..json_values import nested_value, numbers
from ..view import SPACE, Cell, Lines, Pairs, Table, View

#: Entries that people are shown in full; of more as many at both ends.
MOST = 60
EDGE = 10
NAMES = {"jac": "Jacobian", "hess": "Hessian"}


def views(result: Triplets, *, full: bool = False) -> list[View]:
    """What the matrix is like, and the triplets; the triplets alone where all are wanted."""
    count = len(result.values)
    places = list(range(count)) if full else kept(count, MOST, EDGE)
    row_names, column_names = result.row_names, result.column_names
    rows: list[list[Cell]] = []
    for k in places:
        if k is None:
            rows.append([GAP, GAP, GAP])
        else:
            names = row_names[result.rows[k]], column_names[result.columns[k]]
            rows.append([*names, float(result.values[k])])
    table = Table(["row", "column", "value"], rows, shortened=None in places)
    if full:
        return [table]
    height, width = result.size
    value: Cell = Array(result.value, result.shape) if result.shape else result.value[0]
    share = f" ({100 * count / (height * width):.3g} %)" if height * width else ""
    entries = "1 entry" if count == 1 else f"{count} entries"
    summary: list[tuple[str, Cell]] = [
        ("value", value),
        (NAMES[result.kind], f"{height} x {width}, {entries} that may be other than 0{share}"),
        ("colours", f"{result.colours}: {result.work}"),
    ]
    return [Pairs(summary), *([SPACE, table] if count else [Lines("all of it is 0")])]


def body(result: Triplets) -> dict[str, Any]:
    """Triplets that count from 0, as SciPy's coo_array takes them."""
    return {
        "kind": result.kind,
        "sparse": True,
        "value": nested_value(nested(list(result.value), result.shape)),
        "wrt": [variable.name for variable in result.variables],
        "shape": list(result.size),
        "rows": result.rows.tolist(),
        "columns": result.columns.tolist(),
        "values": numbers(result.values.tolist()),
        "row_names": result.row_names,
        "column_names": result.column_names,
        "colours": result.colours,
        "along": result.along,
        "work": result.work,
    }


def drawn(result: Triplets, form: str, digits: int) -> str | bytes:
    """A file of SciPy's sparse matrices (`scipy.sparse.load_npz`), or one of Matrix Market."""
    return _npz(result) if form == "npz" else _market(result)


def _npz(result: Triplets) -> bytes:
    small = max(*result.size, len(result.values)) < 2**31
    whole = np.int32 if small else np.int64
    file = io.BytesIO()
    # The members that scipy.sparse.save_npz writes of a csr_array.
    members: dict[str, Any] = {
        "indices": result.columns.astype(whole),
        "indptr": result.starts.astype(whole),
        "format": np.array(b"csr"),
        "shape": np.array(result.size),
        "data": result.values,
        "_is_array": np.array(True),
    }
    np.savez_compressed(file, **members)
    return file.getvalue()


def _market(result: Triplets) -> str:
    height, width = result.size
    head = f"%%MatrixMarket matrix coordinate real general\n% {NAMES[result.kind]}, dcalc\n"
    triplets = zip((result.rows + 1).tolist(), (result.columns + 1).tolist(), result.values.tolist(), strict=True)
    lines = "\n".join([f"{i} {j} {value!r}" for i, j, value in triplets])
    return f"{head}{height} {width} {len(result.values)}" + (f"\n{lines}" if lines else "")
