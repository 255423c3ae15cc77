"""`f.taylor`: polynomials at a point, and series that are prepared for many points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..backends.derive import Survey
from ..backends.expansion import Expansion, nearby
from ..backends.problem import Problem
from ..backends.result import Note
from ..backends.taylor import Lines
from ..commands.base import Ask
from ..commands.prepare import problem
from ..commands.taylor import ORDER, ORDER_OF_SEVERAL, expanded, hold_number
from ..errors import DcalcError
from ..evaluate.scalar import PointValue, shape_of
from ..graph.shapes import name_of
from ..language import source
from .answers import latex_of, printed
from .given import Given, point_given

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .function import Function

#: Prepared series that a `Taylor` keeps, one for each set of shapes.
MOST_KEPT = 8


def asked_of(function: Function, point: dict[str, PointValue], names: Sequence[str]) -> tuple[Problem, list[Note]]:
    """A function as a problem at a point, in these inputs (all where there are none)."""
    prepared = function._prepare(point, names)
    return problem(prepared, Ask(None, {"wrt": [source(name, "wrt") for name in names]})), prepared.notes


class Polynomial:
    """A Taylor polynomial. Prints as the command line does.

    coefficients: of one variable, from the value on, an array; of several a dictionary by powers, (2, 1) for x²y.
    exact: the same as Fractions, None where they are not known to be rational. polynomial: a `Function`.
    """

    def __init__(self, result: Expansion, notes: list[Note]) -> None:
        self.result = result
        self.notes = notes

    @property
    def coefficients(self) -> Any:
        """The coefficients."""
        return self._of(lambda one: one.value)

    @property
    def exact(self) -> Any:
        """The coefficients as Fractions; None where they are not known to be rational."""
        if not self.result.exact:
            return None
        found = [one.exact for one in self.result.coefficients]
        return found if len(self.result.labels) == 1 else {one.powers: one.exact for one in self.result.coefficients}

    @property
    def derivatives(self) -> Any:
        """The derivatives at the point, in the form of `coefficients`."""
        return self._of(lambda one: one.derivative)

    @property
    def tensors(self) -> list[NDArray[np.float64]] | None:
        """The arrays of derivatives of order 0, 1, …, where they were asked for."""
        import numpy as np

        return None if self.result.tensors is None else [np.asarray(one) for one in self.result.tensors]

    @property
    def polynomial(self) -> Function:
        """The polynomial as a function of the same inputs."""
        from ..language import unparse
        from .function import Function

        if self.result.tree is None:
            raise DcalcError("limit", "this polynomial is too long to be written as a formula")
        return Function(unparse(self.result.tree))

    @property
    def near(self) -> Any:
        """What was found at the nearby point, if one was given: its value, steps and lagrange."""
        return self.result.near

    def _of(self, read: Callable[[Any], float]) -> Any:
        import numpy as np

        found = self.result.coefficients
        if len(self.result.labels) == 1:
            return np.array([read(one) for one in found])
        return {one.powers: read(one) for one in found}

    def __str__(self) -> str:
        return printed(self.result, self.notes)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return latex_of(self.result, self.notes)


class Taylor:
    """A function's Taylor series to an order, prepared: `t = f.taylor(order=20); t(0.5)` gives the coefficients.

    Points are given in the order of the function's inputs, or by keyword. Of several variables, `along` is the
    direction: t(1.0, 2.0, along={"x": 1, "y": -1}) are the coefficients of f(x + t, y - t) in t. They are those of the
    conventions at kinks, without notes. A call costs microseconds: as many as there are terms and operations.
    """

    def __init__(self, function: Function, order: int, wrt: Sequence[str]) -> None:
        self.function = function
        self.order = whole(order)
        self.wrt = list(wrt)
        self._known: dict[Any, tuple[Lines, Problem]] = {}
        #: of a function of one number: its lines, its name, its direction
        self._only: tuple[Lines, str, dict[int, Any]] | None = None

    def __call__(self, *values: Given, along: Mapping[str, Given] | None = None, **named: Given) -> list[float]:
        """The coefficients at a point, from the value on. Raises DcalcError where there is no series."""
        only = self._only
        if only is not None and along is None and not named and len(values) == 1 and type(values[0]) is float:
            lines, name, direction = only
            found: list[float] = lines.at({name: values[0]}, direction)[0]
            return found
        return self._any(values, along, named)

    def _any(
        self, values: Sequence[Given], along: Mapping[str, Given] | None, named: Mapping[str, Given]
    ) -> list[float]:
        inputs = self.function.inputs if values else []
        if len(values) > len(inputs):
            raise DcalcError("usage", f"it has {len(inputs)} inputs, here are {len(values)} values")
        point = point_given(dict(zip(inputs, values, strict=False)), named)
        key = tuple((name, shape_of(value)) for name, value in point.items())
        known = self._known.get(key)
        if known is None:
            asked, _ = asked_of(self.function, point, self.wrt)
            hold_number(asked, Ask(None, {}), "a Taylor series")
            known = Lines(asked.graph, [asked.graph.components(asked.output)[0]], asked.leaves, self.order), asked
            if not asked.conditions and asked.point.keys() == point.keys():  # else it is the path of this point
                while len(self._known) >= MOST_KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = known
        lines, asked = known
        direction = self._direction(asked, along)
        own = {name: value for name, value in asked.point.items() if name not in point}
        found: list[float] = lines.at({**own, **point} if own else point, direction)[0]
        alone = len(asked.variables) == len(point) == 1 and not asked.variables[0].shape
        if key in self._known and alone and along is None:
            self._only = (lines, asked.variables[0].name, direction)
        return found

    def _direction(self, asked: Problem, along: Mapping[str, Given] | None) -> dict[int, Any]:
        variables = asked.variables
        if along is None:
            if asked.n != 1:
                message = f"along which direction? It varies in {', '.join(v.name for v in variables)}"
                raise DcalcError("usage", message, hint="along={'x': 1, 'y': 2}, or wrt='x'")
            variable = variables[0]
            return {variable.node: _filled(variable.shape, 1.0)}
        given = point_given(along, {})
        shapes = {variable.name: variable.shape for variable in variables}
        for name, value in given.items():
            if name not in shapes:
                raise DcalcError("name", f"there is no input {name} to move along", hint=f"it has {', '.join(shapes)}")
            if shape_of(value) != shapes[name]:
                raise DcalcError("shape", f"{name} is {name_of(shapes[name])}, its part of the direction is not")
        return {v.node: given.get(v.name, _filled(v.shape, 0.0)) for v in variables}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_known": {}, "_only": None}

    def __repr__(self) -> str:
        return f"{self.function!r}.taylor(order={self.order})"


def _filled(shape: tuple[int, ...], number: float) -> Any:
    if not shape:
        return number
    import numpy as np

    return np.full(shape, number)


def whole(order: Any) -> int:
    """An order that is given. DcalcError where it is none."""
    if type(order) is not int or order < 1:
        raise DcalcError("usage", f"an order is a whole number from 1 on, not {order}")
    return order


def taylor(
    function: Function,
    at: Mapping[str, Given] | None,
    values: Mapping[str, Given],
    order: int | None,
    wrt: Sequence[str],
    near: Mapping[str, Given] | None,
    at_kink: str,
    *,
    tensors: bool,
) -> Polynomial | Taylor:
    """The polynomial at a point; without one, the prepared series."""
    point = point_given(at, values)
    if not point and near is None:
        return Taylor(function, ORDER if order is None else order, wrt)
    asked, notes = asked_of(function, point, wrt)
    hold_number(asked, Ask(None, {}), "a Taylor polynomial")
    if not asked.variables:
        raise DcalcError("usage", "there is no input to expand in", hint="wrt names one")
    order = whole((ORDER if asked.n == 1 else ORDER_OF_SEVERAL) if order is None else order)
    result, more = expanded(asked, order, at_kink, tensors=tensors, near=near is not None)
    if near is not None:
        close = point_given(near, {})
        shapes = {variable.name: variable.shape for variable in asked.variables}
        for name, value in close.items():
            if shapes.get(name) != shape_of(value):
                message = f"{name} is not what varies here, or of another shape"
                raise DcalcError("name", message, hint=f"it varies in {', '.join(shapes)}")
        there, _ = asked_of(function, {**point, **close}, wrt)
        (value,) = Survey(there, ieee=False).value
        result = result._replace(near=nearby(asked, result, close, value, {name: there.point[name] for name in shapes}))
    return Polynomial(result, [*notes, *more])
