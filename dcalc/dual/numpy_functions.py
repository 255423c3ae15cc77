"""Dual numbers among NumPy's: its functions of them, and dcalc's functions of arrays, of numbers or of dual numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DcalcError
from ..evaluate.failures import first_failure, node_values
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.template import template
from ..primitives.entry import Primitive
from . import Dual, apply, numpy_names, real_of

#: NumPy's functions that are Python's operators, or made of them; comparisons go by the real part.
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": lambda u, v: u + v,
    "subtract": lambda u, v: u - v,
    "multiply": lambda u, v: u * v,
    "divide": lambda u, v: u / v,
    "floor_divide": lambda u, v: u // v,
    "remainder": lambda u, v: u % v,
    "power": lambda u, v: u**v,
    "float_power": lambda u, v: u**v,
    "negative": lambda u: -u,
    "positive": lambda u: u,
    "square": lambda u: u * u,
    "reciprocal": lambda u: 1 / u,
    "conjugate": lambda u: u.conjugate(),
    "less": lambda u, v: real_of(u) < real_of(v),
    "less_equal": lambda u, v: real_of(u) <= real_of(v),
    "greater": lambda u, v: real_of(u) > real_of(v),
    "greater_equal": lambda u, v: real_of(u) >= real_of(v),
    "equal": lambda u, v: real_of(u) == real_of(v),
    "not_equal": lambda u, v: real_of(u) != real_of(v),
    "isfinite": lambda u: bool(np.isfinite(real_of(u))),
    "isnan": lambda u: bool(np.isnan(real_of(u))),
    "isinf": lambda u: bool(np.isinf(real_of(u))),
}


class Numbers(np.ndarray[Any, Any]):
    """An array of objects, some of them dual numbers and some plain ones: what `gradient` hands to its function.

    NumPy asks each item of an array of objects for `exp`, which plain numbers do not have; of this one `np.exp` is
    what it is of a dual number, item by item.
    """

    #: np.concatenate with a plain array is of this kind as well
    __array_priority__ = 1.0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        given = [_plain(one) for one in inputs]
        out = options.pop("out", None) or (None,)
        ours = ufunc.__name__ in numpy_names() or not any("O" in form for form in ufunc.types)
        if method == "__call__" and ours and not options:
            result = _each(ufunc, _of_items, given)
            if out[0] is not None:
                out[0][...] = result
        else:
            options |= {} if out[0] is None else {"out": tuple(map(_plain, out))}
            result = getattr(ufunc, method)(*given, **options)
        if out[0] is not None:
            return out[0]
        return result.view(Numbers) if isinstance(result, np.ndarray) and result.dtype.kind == "O" else result


def _plain(one: Any) -> Any:
    return one.view(np.ndarray) if isinstance(one, Numbers) else one


def _each(function: Any, of_items: Callable[[Any, Sequence[Any]], Any], arrays: Sequence[Any]) -> Any:
    """A function item by item; what is true or false is an array of truth values, as indices must be."""
    result = np.frompyfunc(lambda *items: of_items(function, items), len(arrays), 1)(*arrays)
    truth = isinstance(result, np.ndarray) and all(form.endswith("?") for form in function.types if form[-1] != "O")
    return result.astype(bool) if truth else result


def _of_items(function: Any, items: Sequence[Any]) -> Any:
    if not any(isinstance(one, Dual) for one in items):
        with np.errstate(all="ignore"):
            value = function(*items)
        if np.isfinite(value):
            return value.item()
    return ufunc(function, "__call__", items, {})


def ufunc(function: Any, method: str, inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """What `np.sin(x)` or `np.add(x, array)` is, where one of the inputs is a dual number."""
    if method != "__call__" or options:
        return NotImplemented
    if any(isinstance(one, np.ndarray) and one.ndim for one in inputs):
        arrays = []
        for one in inputs:
            array = np.empty(np.shape(one), dtype=object)
            array[...] = one
            arrays.append(array)
        return _each(function, lambda one, items: ufunc(one, method, items, {}), arrays)
    name = function.__name__
    inputs = [one.item() if isinstance(one, (np.generic, np.ndarray)) else one for one in inputs]
    operator = _OPERATORS.get(name)
    if operator is not None:
        return operator(*inputs)
    op = numpy_names().get(name)
    if op is None:
        raise DcalcError("usage", f"np.{name} takes no dual numbers", hint="dir(dcalc) lists the functions that do")
    return apply(op, tuple(inputs))


def of_arrays(entry: Primitive, args: Sequence[Any], static: Any) -> Any:
    """A function of the table on arrays, component by component; those of dual numbers are arrays of objects."""
    try:
        arrays = [np.asarray(arg, dtype=object if isinstance(arg, Dual) else None) for arg in args]
    except ValueError:
        arrays = []
    if not arrays or any(array.dtype.kind not in "biufO" for array in arrays):
        raise DcalcError("usage", f"{entry.name} takes numbers, arrays of numbers and dual numbers")
    if any(array.dtype.kind == "O" for array in arrays):
        return np.frompyfunc(lambda *items: apply(entry.name, items, static), len(arrays), 1)(*arrays)
    graph = Graph()
    names = entry.parameters[entry.static :]
    leaves = tuple(graph.input(name, array.shape) for name, array in zip(names, arrays, strict=True))
    if entry.kind == "composite":
        assert entry.value is not None
        node = template(entry.value, names).emit(Builder(graph), leaves)
    else:
        node = graph.emit(entry.name, leaves, static)
    point = {
        name: array.astype(np.float64) if array.ndim else float(array)
        for name, array in zip(names, arrays, strict=True)
    }
    values = node_values(graph, [node], point)
    failure = first_failure(graph, [node], values)
    if failure is not None:
        failure.hint = None if failure.hint and failure.hint.startswith("--ieee") else failure.hint
        raise failure
    return values[node]
