"""Values that Python hands over, as a point: numbers as floats, all else as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import DcalcError
from ..evaluate.scalar import PointValue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A value for an input: a number, or an array: nested sequences of numbers, or a NumPy array.
Given: TypeAlias = "float | Iterable[Given]"


def point_given(at: Mapping[str, Given] | None, values: Mapping[str, Given]) -> dict[str, PointValue]:
    """The values of inputs by name. Raises DcalcError of kind usage, shape or domain."""
    point: dict[str, PointValue] = {}
    if not isinstance(at or {}, Mapping):
        raise DcalcError("usage", "values are given by name", hint="f(x=1), or f({'x': 1})")
    for name in set(at or {}) & set(values):
        raise DcalcError("usage", f"{name} is given twice")
    for name, given in {**(at or {}), **values}.items():
        if type(given) is float or (type(given) is int and abs(given) < 2**53):
            point[name] = float(given)
            continue
        try:
            if isinstance(given, (str, bytes, Mapping)):
                raise TypeError
            # NumPy's scalars have 0 axes.
            point[name] = _array(name, given) if getattr(given, "ndim", isinstance(given, Iterable)) else _number(given)
        except (TypeError, ValueError) as reason:
            message, hint = f"the value of {name} is not a number: {short(given)}", None
            if isinstance(reason, DcalcError):  # a dual number, which is no float
                hint = "f(x=Dual(2, 1)) takes dual numbers for inputs that are numbers; write the rest in Python"
            raise DcalcError("usage", message, hint=hint) from None
    return point


def _array(name: str, given: Any) -> NDArray[np.float64]:
    """Nested sequences of numbers, or what NumPy takes for an array, as an array of float64."""
    import numpy as np

    try:
        array = np.asarray(given) if hasattr(given, "__array__") else np.array(list(given))
    except ValueError:  # NumPy says this of what is ragged
        hint = "all rows are equally long"
        raise DcalcError("shape", f"the value of {name} is ragged: {short(given)}", hint=hint) from None
    if not array.size:
        raise DcalcError("shape", f"the value of {name} has no components")
    if array.dtype.kind == "O":  # whole numbers beyond 64 bits, fractions, decimals, or something else
        array = np.array([_number(item) for item in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "biuf":
        raise TypeError
    return np.ascontiguousarray(array, dtype=np.float64)


def short(given: Any) -> str:
    """A value as a message repeats it."""
    text = repr(given)
    return text if len(text) <= 60 else text[:59] + "…"


def _number(given: Any) -> float:
    if isinstance(given, (str, bytes)):
        raise TypeError
    try:
        return float(given)
    except OverflowError:
        raise DcalcError("domain", "this number is too large for floating point (the limit is 1.8e308)") from None
