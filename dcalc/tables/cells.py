"""Cells of text as numbers, and numbers as text: with Arrow many at a time, without it one by one; both the same."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DcalcError
from .parts import MISSING, NO_NUMBER, Column, Numbers, Statuses

#: What stands for no value, besides blanks.
NOTHING = ("", "NA", "N/A", "NULL", "null", "None")
#: The numbers there are, in any case of letters; Arrow's `cast` reads them all but the plus.
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?([iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])"
_NUMBER = re.compile(f"(?:{NUMBER})", re.ASCII)
#: Powers of ten from which on, and below which, numbers are written with an exponent; as Arrow writes them.
_LARGE, _SMALL = 10, -7


def arrow() -> Any:
    """The module pyarrow. DcalcError where it is not installed."""
    module = arrow_if_any()
    if module is None:
        hint = "install it with: pip install 'dcalc[data]'; CSV, JSONL, .npy and .npz need nothing"
        raise DcalcError("usage", "Parquet and Arrow files need pyarrow", hint=hint)
    return module


def arrow_if_any(*, small: bool = False) -> Any:
    """The module pyarrow with its compute functions, or None where it is not installed.

    small: there is so little to do that it is taken only if it is loaded already.
    """
    if small and sys.modules.get("pyarrow") is None:
        return None
    try:
        import pyarrow
        import pyarrow.compute
    except ImportError:
        return None
    return pyarrow


def read_number(cell: Any) -> float | int:
    """The number that a cell says as a float; MISSING or NO_NUMBER, as an int, where there is none."""
    if isinstance(cell, str):
        text = cell.strip(" \t")
        if text in NOTHING:
            return MISSING
        return float(text) if _NUMBER.fullmatch(text) else NO_NUMBER
    if cell is None:
        return MISSING
    if isinstance(cell, (int, float)):  # True and False are 1 and 0
        try:
            return float(cell)
        except OverflowError:
            return math.inf if cell > 0 else -math.inf
    return NO_NUMBER


def column_of(cells: Sequence[Any], size: int = 0) -> Column:
    """A column of texts or of JSON's values as numbers. size: of vectors in the cells, 0 for numbers."""
    shape = (len(cells), size) if size else (len(cells),)
    numbers = np.full(shape, np.nan)
    faults: Statuses = np.zeros(len(cells), np.uint8)
    for k, cell in enumerate(cells):
        if not size:
            value = read_number(cell)
            if isinstance(value, float):
                numbers[k] = value
            else:
                faults[k] = value
        elif isinstance(cell, list) and len(cell) == size:
            row = [read_number(one) for one in cell]
            bad = [one for one in row if not isinstance(one, float)]
            if bad:
                faults[k] = max(bad)
            else:
                numbers[k] = row
        else:
            faults[k] = MISSING if read_number(cell) == MISSING and not isinstance(cell, float) else NO_NUMBER
    return Column(cells, numbers, faults if faults.any() else None)


def text_column(cells: Any) -> Column:
    """A column of texts, an array of Arrow, as numbers."""
    pa = arrow()
    pc = pa.compute
    try:
        return Column(cells, _numbers(pc.cast(cells, pa.float64())))
    except pa.ArrowInvalid:
        pass
    trimmed = pc.utf8_trim(cells, " \t")
    missing = pc.or_(pc.is_in(trimmed, pa.array(NOTHING, cells.type)), pc.is_null(cells))
    readable = pc.fill_null(pc.match_substring_regex(trimmed, f"^({NUMBER})$"), False)
    plain = pc.replace_substring_regex(trimmed, r"^\+", "")
    kept = pc.and_(readable, pc.invert(missing))
    numbers = pc.fill_null(pc.cast(pc.if_else(kept, plain, pa.scalar(None, cells.type)), pa.float64()), math.nan)
    absent = missing.to_numpy(zero_copy_only=False)
    faults = np.where(absent, MISSING, np.where(readable.to_numpy(zero_copy_only=False), 0, NO_NUMBER))
    return Column(cells, _numbers(numbers), faults.astype(np.uint8) if faults.any() else None)


def _numbers(array: Any) -> Numbers:
    found: Numbers = array.to_numpy(zero_copy_only=False)
    return found


def written(value: float) -> str:
    """A number in the fewest digits that read as the same one, as Arrow writes it: 100000, 0.000001, 1e-7, 1.5e+10."""
    text = repr(float(value))
    if not math.isfinite(value):
        return text
    sign = "-" if text[0] == "-" else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    # 0.digits times ten to this
    point = len(whole) + int(exponent or 0) - (len(whole + rest) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return f"{sign}0"
    power = point - 1
    if not _SMALL < power < _LARGE:
        tail = f".{digits[1:]}" if digits[1:] else ""
        return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"
