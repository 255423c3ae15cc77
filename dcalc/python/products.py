"""`f.deriv`, `f.jvp`, `f.vjp` and `f.hvp`: what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..backends.derive import Request, Survey
from ..backends.mixed import Mixed, parts_of
from ..backends.problem import Problem
from ..backends.products import Direction, Product, along, length, slope, weighted
from ..backends.result import Compared, Derived, Note, nested
from ..commands.base import Ask
from ..commands.deriv import answer as mixed_answer
from ..commands.deriv import orders_of
from ..commands.derivatives import answer
from ..commands.products import hold_fitting, split
from ..errors import DcalcError
from ..evaluate.scalar import PointValue, shape_of
from ..graph.shapes import name_of
from ..language import source
from .answers import Answer, latex_of, printed
from .given import Given, point_given
from .series import asked_of, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .function import Function


class MixedDerivative:
    """A derivative of mixed order: float(d), numpy.asarray(d); `value` is the function's. Prints as `dcalc deriv`."""

    def __init__(self, result: Mixed, notes: list[Note]) -> None:
        self.result = result
        self.notes = notes

    @property
    def value(self) -> Any:
        """The function's value."""
        return _array_of(self.result.value, self.result.shape)

    @property
    def derivative(self) -> Any:
        """The derivative, a float or an array in the value's shape."""
        return _array_of(self.result.methods[-1].numbers, self.result.shape)

    @property
    def agree(self) -> bool:
        """Whether the methods agree (`backend="all"`)."""
        return not self.result.disagreements

    def __float__(self) -> float:
        return float(self.derivative)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        import numpy as np

        return np.asarray(self.derivative, dtype=dtype or np.float64)

    def __str__(self) -> str:
        return printed(self.result, self.notes)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return latex_of(self.result, self.notes)


def deriv(
    function: Function,
    orders: Mapping[str, int] | str,
    at: Mapping[str, Given] | None,
    values: Mapping[str, Given],
    backend: str,
) -> MixedDerivative:
    """The derivative of these orders."""
    if isinstance(orders, Mapping):
        orders = ",".join(f"{name}={whole(count)}" for name, count in orders.items())
    if not isinstance(orders, str) or not orders:
        raise DcalcError("usage", "which derivative?", hint='f.deriv({"x": 2, "y": 1}, x=1, y=2)')
    wanted = orders_of([source(orders, "orders")])
    names = list(dict.fromkeys(label.partition("[")[0] for label, _ in wanted))
    asked, notes = asked_of(function, point_given(at, values), names)
    try:
        parts = parts_of(asked, wanted)
    except KeyError as missing:
        hint = f"it has {', '.join(asked.labels[:8])}"
        raise DcalcError("name", f"there is no {missing.args[0]} to differentiate in", hint=hint) from None
    survey = Survey(asked, ieee=False)
    result, more = mixed_answer(survey, parts, Ask(None, {"backend": backend}))
    return MixedDerivative(result, [*notes, *survey.bends(), *more])


class ProductAnswer(Answer):
    """A product of derivatives with a vector: an array to NumPy; of vjp and hvp answer["x"] is the part of an input.

    value: the function's. product: J·v in the value's shape, or uᵀJ and H·v as `grad` has its array.
    """

    def __init__(self, product: Product, notes: list[Note]) -> None:
        super().__init__(product.answer, notes)
        self._product = product

    @property
    def value(self) -> float | NDArray[np.float64]:
        """The function's value at the point."""
        found: float | NDArray[np.float64] = _array_of(self._product.value, self._product.shape)
        return found

    @property
    def product(self) -> Any:
        """The product: a float or an array."""
        first: Derived = self._first
        if self._product.kind == "jvp":
            return _array_of([row[0] for row in first.entries[0]], self._product.shape)
        return super().__array__()

    def __float__(self) -> float:
        return float(self.product)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        import numpy as np

        return np.asarray(self.product, dtype=dtype or np.float64)

    def __str__(self) -> str:
        return printed(self._product, self.notes)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return latex_of(self._product, self.notes)


def product(
    kind: str,
    function: Function,
    vector: Any,
    at: Mapping[str, Given] | None,
    values: Mapping[str, Given],
    wrt: Sequence[str],
    backend: str,
    at_kink: str,
) -> ProductAnswer:
    """J·v, uᵀJ or H·v at a point."""
    asked, notes = asked_of(function, point_given(at, values), wrt)
    survey = Survey(asked, ieee=False)
    if kind == "vjp":
        made = weighted(asked, _weights(asked, vector))
    elif kind == "jvp":
        made = along(asked, _direction(asked, vector))
    else:
        if asked.shape:
            raise DcalcError("shape", f"hvp is of a number, this is {name_of(asked.shape)}")
        made = slope(asked, _direction(asked, vector))
    form = "jac" if made.shape else "grad"
    found: Derived | Compared = answer(form, made, Request(form, backend, at_kink=at_kink))
    result = Product(kind, repr(vector), survey.value, asked.shape, found)
    return ProductAnswer(result, [*notes, *survey.bends(), *found.notes])


def _direction(asked: Problem, vector: Any) -> Direction:
    """The tangents by name, from a mapping or from one vector of all components."""
    if isinstance(vector, Mapping):
        found = point_given(vector, {})
        hold_fitting(found, asked)
    else:
        found = split(point_given({"v": vector}, {})["v"], asked)
    if not length(found) < float("inf"):
        raise DcalcError("domain", "a direction is made of finite numbers")
    return found


def _weights(asked: Problem, vector: Any) -> PointValue:
    value: PointValue = 1.0 if vector is None and not asked.shape else point_given({"u": vector}, {})["u"]
    if shape_of(value) != asked.shape:
        raise DcalcError("shape", f"the value is {name_of(asked.shape)}, u is {name_of(shape_of(value))}")
    return value


def _array_of(numbers: Sequence[float], shape: tuple[int, ...]) -> Any:
    if not shape:
        return numbers[0]
    import numpy as np

    return np.asarray(nested(list(numbers), shape))
