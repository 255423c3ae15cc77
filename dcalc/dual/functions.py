"""The table's functions for Python, `dcalc.sin`, and derivatives of Python's functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from ..backends.derive import Survey
from ..backends.dual import expanded
from ..backends.problem import Problem
from ..errors import DcalcError
from ..graph.duals import units
from ..graph.exact import literal, to_float
from ..graph.lower import inputs_of
from ..graph.shapes import name_of
from ..primitives import ALIASES, TABLE
from . import Dual, apply, is_number, made, numpy_names, real_of


class NumberFunction:
    """A function of the table on numbers, arrays and dual numbers: `dcalc.sin(2.0)`, `dcalc.sin(Dual(2, 1))`."""

    def __init__(self, name: str) -> None:
        self._entry = TABLE[ALIASES.get(name, name)]
        self.__name__ = self.__qualname__ = name
        self.__doc__ = self._entry.doc

    def __call__(self, *args: Any) -> Any:
        """The value, of the arguments' kind. Raises DcalcError where it is not defined."""
        entry = self._entry
        if entry.folds and args:
            result = args[0]
            for arg in args[1:]:
                result = self._of(result, arg)
            return self._of(result, result) if len(args) == 1 and entry.name == "logsumexp" else result
        least = entry.arity - len(entry.defaults)
        if not least <= len(args) <= entry.arity:
            names = ", ".join(entry.parameters)
            count = f"{entry.arity} argument{'s' * (entry.arity != 1)}"
            raise DcalcError("arity", f"{self.__name__} takes {count}, here it has {len(args)}",
                             hint=f"{self.__name__}({names})")  # fmt: skip
        return self._of(*args, *(to_float(literal(text)) for text in entry.defaults[len(args) - least :]))

    def _of(self, *args: Any) -> Any:
        entry, static = self._entry, None
        if entry.static:
            static, *rest = args
            if type(static) is not int or not 0 <= static <= 1000:
                raise DcalcError("domain", f"{entry.name} needs a whole number from 0 to 1000 first")
            args = tuple(rest)
        if all(map(is_number, args)):
            return apply(entry.name, args, static)
        from .numpy_functions import of_arrays

        return of_arrays(entry, args, static)

    def __repr__(self) -> str:
        return f"<dcalc.{self.__name__}: {self._entry.doc}>"


@cache
def number_function(name: str) -> NumberFunction:
    """The function of the table that has this name."""
    return NumberFunction(name)


# ---- texts of functions


def called(ask: Callable[[dict[str, Any]], Problem], values: Mapping[str, Any], duals: Sequence[str]) -> Any:
    """A text's value at a point where the inputs `duals` are dual numbers. ask: the problem at a point of numbers."""
    for name in duals:
        if any(isinstance(part, Dual) for part in values[name].parts):
            message = f"{name} has more than one ε, a text takes dual numbers in one"
            raise DcalcError("usage", message, hint="write the function in Python")
    asked = ask({name: real_of(given) if name in duals else given for name, given in values.items()})
    return value_of(asked, {name: values[name] for name in duals})


def value_of(asked: Problem, duals: Mapping[str, Dual]) -> Any:
    """The value of a text, a dual number, where inputs are dual numbers or the text has an ε; in one and the same ε."""
    graph = asked.graph
    own = units(graph, [asked.output])
    tags = {given.tag for given in duals.values()} | ({0} if own else set())
    if len(tags) > 1:
        message = "the inputs are dual numbers in different ε, a text takes them in one"
        raise DcalcError("usage", message, hint="write the function in Python")
    if asked.shape:
        raise DcalcError("shape", f"a Dual is a number, this is {name_of(asked.shape)}", hint="take its components")
    order = min((given.order for given in duals.values()), default=max([1, *own.values()]))
    seeds: dict[int, list[float]] = {unit: [0.0] * k + [1.0] for unit, k in own.items()}
    seeds |= {
        node: list(duals[graph.attrs[node]].parts)
        for node in inputs_of(graph, [asked.output])
        if graph.attrs[node] in duals
    }
    if not seeds:  # no dual number has a say
        Survey(asked, ieee=False)
        return asked.value(asked.output)
    return made(tags.pop(), [float(term) for term in expanded(asked, seeds, order).terms])


# ---- derivatives


def derivative(f: Callable[[Any], Any], x: Any, order: int = 1) -> Any:
    """The derivative of a Python function of one number at x: `derivative(lambda x: x**3, 2.0)` is 12.0.

    f may branch, loop, call itself, and use `derivative`; it uses Python's operators and dcalc's or NumPy's functions.
    Of a function whose value is a list or an array the derivative is one of each item. order: 2 is the second one.
    """
    _hold_function(f, "derivative")
    if type(order) is not int or order < 1:
        raise DcalcError("usage", f"an order is a whole number from 1 on, not {order}")
    if not is_number(x):
        raise DcalcError("usage", f"derivative is at a number, not at {x!r:.60}", hint="gradient(f, [x, y])")
    inside = Dual.variable(x, order)
    try:
        value = f(inside)
    except TypeError as reason:
        _hold_mixed(reason)
        raise
    return _taken(value, inside.tag, order)


def gradient(f: Callable[..., Any], at: Sequence[Any]) -> list[Any]:
    """The derivatives of f(*at) in each of its arguments; in one that is a sequence, in each of its items.

    `gradient(lambda x, y: x*y, [2, 3])` is [3.0, 2.0]; `gradient(f, [[1, 2]])` is [[∂f/∂v₁, ∂f/∂v₂]] of a function of
    one vector, which is handed an array of numbers.
    """
    _hold_function(f, "gradient")
    if is_number(at) or isinstance(at, (str, Mapping)) or not hasattr(at, "__iter__"):
        message = f"gradient is at a list with a value for each argument, not at {at!r:.60}"
        raise DcalcError("usage", message, hint="gradient(f, [x, y]); derivative(f, x) is at a number")
    result = []
    given = [one if is_number(one) else _array(one) for one in at]
    _hold_arguments(f, given)
    for k, one in enumerate(given):

        def at_argument(value: Any, k: int = k) -> Any:
            return f(*given[:k], value, *given[k + 1 :])

        if is_number(one):
            result.append(derivative(at_argument, one))
            continue
        parts = one.copy()
        for place, item in enumerate(one.flat):

            def at_item(value: Any, place: int = place, one: Any = one, of: Any = at_argument) -> Any:
                moved = one.copy()
                moved.flat[place] = value
                return of(moved)

            parts.flat[place] = derivative(at_item, item)
        result.append(parts.tolist())
    return result


def _hold_mixed(reason: TypeError) -> None:
    """Say plainly that a "loop of ufunc does not support argument 0 of type float which has no callable exp method"."""
    from re import search

    found = search(r"^loop of ufunc .* no callable (\w+) method", str(reason))
    if found is None:
        return
    ours = numpy_names().get(found[1])
    message = f"np.{found[1]} takes no array that has dual numbers and plain ones"
    if ours is None:
        message = f"np.{found[1]} takes no dual numbers"
    raise DcalcError("usage", message, hint=f"dcalc.{ours} takes it" if ours else None) from reason


def _hold_function(f: Any, name: str) -> None:
    if not callable(f):
        hint = "dcalc.function('x^2').grad(x=3) is of a text" if isinstance(f, str) else None
        raise DcalcError("usage", f"{name} is of a Python function, not of {f!r:.60}", hint=hint)


def _hold_arguments(f: Callable[..., Any], given: Sequence[Any]) -> None:
    """Refuse values that f cannot be called with, as those of a vector that are not in a list of their own."""
    from inspect import signature

    try:
        form = signature(f)
    except (TypeError, ValueError):  # built-in functions do not all tell
        return
    try:
        form.bind(*given)
    except TypeError as reason:
        hint = "one value for each argument: gradient(f, [x, y]); of one vector: gradient(f, [[x, y]])"
        message = f"the function cannot be called with {len(given)} arguments: {reason}"
        raise DcalcError("usage", message, hint=hint) from None


def _array(items: Any) -> Any:
    import numpy as np

    from .numpy_functions import Numbers

    array = np.array(items, dtype=object).view(Numbers)
    for place, item in enumerate(array.flat):
        if not is_number(item):
            raise DcalcError("usage", f"gradient is at numbers, not at {item!r:.60}")
        array.flat[place] = item if isinstance(item, Dual) else float(item)
    return array


def _taken(value: Any, tag: int, order: int) -> Any:
    """Of a function's value the derivative in the ε with this tag."""
    if isinstance(value, Dual):
        if value.tag == tag:
            if value.order < order:
                message = "the derivative is lost where a quotient is 0/0"
                raise DcalcError("domain", message, hint="the limit may exist: take it by hand, or derive nearby")
            return value.part(order) * float(math.factorial(order))
        if value.tag > tag:  # one that has outlived its own derivative
            return made(value.tag, [_taken(part, tag, order) for part in value.parts])
        return 0.0
    if isinstance(value, (list, tuple)):
        parts = [_taken(one, tag, order) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if is_number(value):
        return 0.0
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "O" and not value.ndim:  # as of np.where
        return _taken(value.item(), tag, order)
    if kind and kind in "biufO":
        import numpy as np

        result = np.asarray(value).astype(object)
        for place, one in enumerate(value.flat):
            result.flat[place] = _taken(one, tag, order)
        plain = all(isinstance(one, float) for one in result.flat)
        return result.astype(float) if plain else result
    raise DcalcError("usage", f"the function gives {_told(value)}; a derivative is of numbers, lists and arrays")


def _told(value: Any) -> str:
    if callable(value):
        return "a function"
    return "None; `return` may be missing" if value is None else repr(value)[:60]
