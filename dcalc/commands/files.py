"""Arrays in files, as `--at W=@weights.npy` names them: .npy, .npz, .csv (.txt, .tsv) and .json. Never a pickle."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DcalcError, suggestion
from ..evaluate.scalar import PointValue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Bytes that a file may hold: 8 for each number of the largest array.
MOST_BYTES = 2 * 2**30
#: What separates the numbers of a line, tried in this order; None is blanks.
SEPARATORS = (";", ",", "\t", None)
KINDS = "files are .npy, .npz:NAME, .csv (.txt, .tsv: rows of numbers) or .json (nested lists of numbers)"


def load_array(path: str, member: str | None = None) -> PointValue:
    """The number or the array of float64 that a file holds. member: which array of a .npz.

    A CSV of one row or of one column is a vector, one of a single number is that number. Raises DcalcError of kind
    usage (no such file, no numbers in it), shape (nothing in it, ragged rows), domain (nan or inf), limit (too large).
    """
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 (a name is a text here, and may be a wrong one)
    reader = _READERS.get(suffix)
    if reader is None:
        raise DcalcError("usage", f"{path} is of no kind that dcalc reads", hint=KINDS)
    if member is not None and suffix != ".npz":
        raise DcalcError("usage", f"only a .npz has arrays with names, {path} has no {member}", hint=f"write @{path}")
    if "\0" in path:
        raise DcalcError("usage", "no file's name holds the character 0")
    try:
        file = Path(path).expanduser()
        if file.stat().st_size > MOST_BYTES:
            raise _too_large(path)
        array = reader(file, path, member)
    except (OSError, RuntimeError) as problem:  # RuntimeError: there is no home directory for a ~
        words = getattr(problem, "strerror", None) or problem
        hint = "the name is taken from the directory that dcalc runs in"
        raise DcalcError("usage", f"cannot read {path}: {words}", hint=hint) from None
    except MemoryError:
        raise _too_large(path) from None
    return _checked(array, f"{path}:{member}" if member else path)


def _checked(array: NDArray[Any], name: str) -> PointValue:
    """The array as the point has it, all of whose numbers are finite."""
    import numpy as np

    if array.dtype.kind not in "biuf":
        raise DcalcError("usage", f"{name} holds no real numbers, but {array.dtype}", hint="save it as float64")
    if not array.size:
        raise DcalcError("shape", f"{name} is empty")
    with np.errstate(over="ignore"):
        numbers: NDArray[np.float64] = np.array(array, dtype=np.float64, order="C")
    finite = np.isfinite(numbers)
    if not finite.all():
        place = np.unravel_index(int(np.argmin(finite)), numbers.shape)
        at = f" at [{','.join(str(int(k) + 1) for k in place)}]" if place else ""
        count = int(numbers.size - np.count_nonzero(finite))
        more = f", and {count - 1} more such" if count > 1 else ""
        raise DcalcError("domain", f"{name} has {numbers[place]}{at}{more}", hint="a point is made of finite numbers")
    return numbers if numbers.ndim else float(numbers)


def _too_large(path: str) -> DcalcError:
    return DcalcError("limit", f"{path} is too large (the limit is {MOST_BYTES // 2**30} GB)")


# -- NumPy's own ----------------------------------------------------------------------------------------------------


def _npy(file: Path, path: str, _: str | None) -> NDArray[Any]:
    import numpy as np

    if file.stat().st_size == 0:
        raise DcalcError("shape", f"{path} is empty")
    with _readable(path):
        # Mapped, since a header that lies about the length is found out before memory is asked for.
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.ndarray):  # a .npz by another name
        array.close()
        raise DcalcError("usage", f"{path} holds several arrays", hint="call it .npz, and name one: @data.npz:NAME")
    return array


def _npz(file: Path, path: str, member: str | None) -> NDArray[Any]:
    import zipfile

    import numpy as np

    with _readable(path), zipfile.ZipFile(file) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        if member not in members:
            known = list(members)
            there = f"it has {', '.join(known[:20])}{', …' if len(known) > 20 else ''}" if known else "it is empty"
            if member is None:
                example = f"; for example @{path}:{known[0]}" if known else ""
                raise DcalcError("usage", f"{path} holds arrays by name", hint=there + example)
            raise DcalcError("usage", f"{path} has no array {member}", hint=suggestion(member, known, there))
        if members[member].file_size > MOST_BYTES:
            raise _too_large(f"{path}:{member}")
        with archive.open(members[member]) as stream:
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
            return array


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """A damaged file makes NumPy and zipfile raise one of many exceptions; they all say the same."""
    try:
        yield
    except (DcalcError, OSError, MemoryError):
        raise
    except Exception as problem:
        raise _no_array(path, problem) from None


def _no_array(path: str, problem: Exception) -> DcalcError:
    pickled = "allow_pickle" in str(problem) or "Python objects" in str(problem)
    words = "it holds Python objects, not numbers" if pickled else "it is damaged or of another kind"
    hint = "write it by numpy.save, as float64"
    return DcalcError("usage", f"{path} has no array that can be read: {words}", hint=hint)


# -- text -----------------------------------------------------------------------------------------------------------


def _text(file: Path, path: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        message = f"{path} is not UTF-8 (byte {problem.start + 1})"
        raise DcalcError("usage", message, hint="save it as UTF-8 text") from None


def _csv(file: Path, path: str, _: str | None) -> NDArray[Any]:
    import numpy as np

    text = _text(file, path)
    stripped = (line.partition("#")[0].strip() for line in text.splitlines())
    lines = [(k, line) for k, line in enumerate(stripped, start=1) if line]
    if not lines:
        raise DcalcError("shape", f"{path} is empty")
    separator = next(one for one in SEPARATORS if one is None or one in lines[0][1])
    try:
        table = np.array([list(map(float, line.split(separator))) for _, line in lines])
    except ValueError:
        raise _bad_line(path, lines, separator) from None
    return table.reshape(-1 if table.size > 1 else ()) if 1 in table.shape else table


def _bad_line(path: str, lines: list[tuple[int, str]], separator: str | None) -> DcalcError:
    """Which line is no row of numbers, or of another length than the first."""
    first = lines[0][1].split(separator)
    for k, line in lines:
        cells = line.split(separator)
        for column, cell in enumerate(map(str.strip, cells), start=1):
            if _is_number(cell):
                continue
            place = f"{path}, line {k}"
            if not cell:
                return DcalcError("usage", f"{place}: number {column} is missing", hint="every row has all its numbers")
            shown = cell if len(cell) <= 40 else cell[:39] + "…"
            hint = "rows are numbers alone, such as 1.5, separated by commas, semicolons, tabs or blanks"
            if "," in cell:
                hint = "decimals have a point: 1.5"
            elif k == lines[0][0] and not any(map(_is_number, cells)):
                hint = "this looks like a header: leave it out, or begin it with #"
            return DcalcError("usage", f"{place}: {shown} is not a number", hint=hint)
        if len(cells) != len(first):
            message = f"{path}, line {k}: {len(cells)} numbers, but {len(first)} in line {lines[0][0]}"
            return DcalcError("shape", message, hint="all rows have equally many numbers")
    return DcalcError("usage", f"{path} has no array that can be read")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _json(file: Path, path: str, _: str | None) -> NDArray[Any]:
    import json

    import numpy as np

    try:
        level: list[Any] = [json.loads(_text(file, path))]
    except json.JSONDecodeError as problem:
        message = f"{path}, line {problem.lineno}: {problem.msg}"
        raise DcalcError("usage", message, hint="a file .json is nested lists of numbers, [[1, 2], [3, 4]]") from None
    except RecursionError:
        raise DcalcError("shape", f"{path} is nested too deeply") from None
    shape: list[int] = []
    while any(isinstance(item, list) for item in level):
        lengths = dict.fromkeys(len(item) if isinstance(item, list) else None for item in level)
        if len(lengths) > 1:
            counts = " and ".join("a number" if n is None else f"a list of {n}" for n in list(lengths)[:2])
            hint = "all lists of one level are equally long"
            raise DcalcError("shape", f"{path} is ragged: side by side are {counts}", hint=hint)
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
        if not level:
            raise DcalcError("shape", f"{path} is empty")
    for k, item in enumerate(level):
        if not isinstance(item, (int, float)) or isinstance(item, bool):
            place = [int(part) + 1 for part in np.unravel_index(k, shape)] if shape else []
            at = f" at [{','.join(map(str, place))}]" if place else ""
            shown = json.dumps(item, ensure_ascii=False)
            shown = shown if len(shown) <= 40 else shown[:39] + "…"
            raise DcalcError("usage", f"{path} has {shown}{at}", hint="it may hold nested lists of numbers")
    try:
        return np.array(level, dtype=np.float64).reshape(shape)
    except OverflowError:
        raise DcalcError("domain", f"{path} has a number that is too large for floating point") from None


_READERS: dict[str, Callable[[Path, str, str | None], NDArray[Any]]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".txt": _csv,
    ".tsv": _csv,
    ".json": _json,
}
