"""dcalc in Python: `f = dcalc.function("x^2*sin(y)")`, then `f(x=1, y=2)`, `f.grad(x=1, y=2)`, `f.diff("x")`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .backends.derive import Request, value
from .backends.problem import Problem
from .backends.protocol import Options
from .backends.result import Compared, Derived, Note
from .backends.symbolic import formulas, partials, readable
from .commands.base import Ask, PointValue, new_state
from .commands.derivatives import answer
from .commands.prepare import Prepared, prepare_at, problem
from .errors import DcalcError
from .language import source, unparse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


#: A value for an input: a number, or a sequence of numbers (a list, a NumPy array) for a vector.
Given: TypeAlias = float | Iterable[float]


class Function:
    """A function of named inputs, written in dcalc's language.

    Inputs are given by keyword, `f(x=1)`, or in a mapping, `f({"x": 1})`. Errors are `dcalc.DcalcError`.
    """

    def __init__(self, text: str) -> None:
        self._source = source(text)
        try:
            self._prepare({})  # so that what cannot be understood is said at once
        except DcalcError as problem:
            if problem.kind != "shape":  # which inputs are vectors is known when their values are
                raise

    @property
    def text(self) -> str:
        """The function's text."""
        return self._source.text

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs, in order of first appearance."""
        prepared = self._prepare({})
        return [prepared.graph.attrs[node] for node in prepared.inputs()]

    def __call__(self, at: Mapping[str, Given] | None = None, /, **values: Given) -> float | tuple[float, ...]:
        """The value at a point; a tuple where the function is a vector. Raises DcalcError of kind domain."""
        prepared = self._prepare(_point(at, values))
        return value(problem(prepared, Ask(None, {}))).value

    def grad(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        **values: Given,
    ) -> Answer:
        """The value and the gradient at a point: n numbers, in the order of `wrt`, else of the values given."""
        return self._derive("grad", _point(at, values), wrt, backend, at_kink, options)

    def jac(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        **values: Given,
    ) -> Answer:
        """The value and the Jacobian at a point: m x n, rows are outputs."""
        return self._derive("jac", _point(at, values), wrt, backend, at_kink, options)

    def hess(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        **values: Given,
    ) -> Answer:
        """The value and the Hessian at a point: n x n, or m x n x n for a vector."""
        return self._derive("hess", _point(at, values), wrt, backend, at_kink, options)

    def diff(self, *names: str, order: int = 1) -> Function:
        """The derivative as a function: `f.diff("x")`, `f.diff("x", order=2)`, `f.diff("x", "y")`.

        It prints in the textbook's form; its numbers come from the accurate one.
        """
        if not isinstance(order, int) or order < 1:
            raise DcalcError("usage", f"an order is a whole number from 1 on, not {order}")
        if not names:
            names = tuple(self.inputs)
            if len(names) != 1:
                raise DcalcError("usage", "diff needs the name of an input", hint=_there_are(list(names)))
        return _Derivative(self, names * order)

    def _known(self) -> list[str]:
        """The names that it may be differentiated in: a derivative's are those of the function that it came from."""
        return self.inputs

    def _prepare(self, point: dict[str, PointValue], free: Collection[str] = ()) -> Prepared:
        return prepare_at(new_state(), self._source, point, free)

    def _derive(
        self,
        kind: str,
        point: dict[str, PointValue],
        wrt: str | Iterable[str] | None,
        backend: str,
        at_kink: str,
        options: Options | None,
    ) -> Answer:
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        prepared = self._prepare(point, names)
        asked = problem(prepared, Ask(None, {"wrt": [source(name, "wrt") for name in names]}))
        if kind == "grad" and prepared.graph.shapes[asked.output]:
            raise DcalcError("shape", "a gradient is of a number, this is a vector", hint="jac gives its Jacobian")
        result = answer(kind, asked, Request(kind, backend, options or Options(), at_kink))
        return Answer(result, [*prepared.notes, *result.notes], asked)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"dcalc.function({self.text!r})"

    def _repr_latex_(self) -> str:
        from .language import parse
        from .render.latex import latex_of

        return f"${latex_of(parse(self._source))}$"


class _Derivative(Function):
    """A derivative of a function: its text is the simplified textbook form."""

    def __init__(self, parent: Function, names: tuple[str, ...]) -> None:
        self._parent = parent
        self._names = names
        prepared = parent._prepare({})
        known = self._known()
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DcalcError("name", f"{parent.text} has no input {unknown[0]}", hint=_there_are(known))
        graph = prepared.graph
        rows = list(graph.components(prepared.output))
        for name in names:
            rows = formulas(graph, rows, graph.input(name), decimals=prepared.decimals)
        output = graph.vector(tuple(rows)) if graph.shapes[prepared.output] else rows[0]
        self._source = source(unparse(readable(graph, output, decimals=prepared.decimals)))

    def _known(self) -> list[str]:
        return self._parent._known()

    def _prepare(self, point: dict[str, PointValue], free: Collection[str] = ()) -> Prepared:
        # Nothing is left free: a derivative in x goes through what the program defines from x.
        prepared = self._parent._prepare(point)
        for name in self._names:
            if isinstance(prepared.point.get(name), tuple):
                hint = "jac gives the derivatives in its components"
                raise DcalcError("shape", f"diff is by a number, {name} is a vector", hint=hint)
        graph = prepared.graph
        rows = list(graph.components(prepared.output))
        for name in self._names:
            rows = partials(graph, rows, graph.input(name))
        return prepared._replace(output=graph.vector(tuple(rows)) if graph.shapes[prepared.output] else rows[0])


class Answer:
    """Derivatives at a point. Prints as the command line does; `numpy.asarray(answer)` is the array.

    value: the function's value. answer["x"]: the entries for one input (a gradient's only).
    """

    def __init__(self, result: Derived | Compared, notes: list[Note], asked: Problem) -> None:
        self.result = result
        self.notes = notes
        #: of several answers an exact one: finite differences come first where they are shown side by side
        self._first: Derived = result.answers[-1] if isinstance(result, Compared) else result

    @property
    def value(self) -> float | tuple[float, ...]:
        """The function's value at the point."""
        return tuple(self._first.value) if self._first.vector else self._first.value[0]

    @property
    def agree(self) -> bool:
        """Whether the backends agree (`backend="all"`); True for a single one."""
        return not (isinstance(self.result, Compared) and self.result.disagreements)

    def entries(self) -> Any:
        """The numbers as nested lists: n for a gradient, m x n, n x n, or m x n x n."""
        first = self._first
        if first.kind == "grad":
            return list(first.entries[0][0])
        if first.kind == "hess" and first.vector:
            return [[list(row) for row in matrix] for matrix in first.entries]
        return [list(row) for row in first.entries[0]]

    def __getitem__(self, name: str) -> Any:
        first = self._first
        if first.kind != "grad":
            raise TypeError("only a gradient has an entry for each input")
        start = 0
        for variable in first.variables:
            end = start + len(variable.leaves)
            if variable.name == name:
                return first.entries[0][0][start:end] if variable.shape else first.entries[0][0][start]
            start = end
        raise KeyError(name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        import numpy as np

        return np.array(self.entries(), dtype=dtype or np.float64)

    def __str__(self) -> str:
        from .render import render
        from .render.errors import note

        return "\n".join([render([self.result], self.notes), *map(note, self.notes)])

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        from .render import render

        return f"$$\n{render([self.result], self.notes, 'latex')}\n$$"


def function(text: str) -> Function:
    """The function that a text of dcalc's language says. Raises DcalcError where it cannot be understood."""
    if not isinstance(text, str):
        raise DcalcError("usage", f"a function is given as text, not as {type(text).__name__}", hint='function("x^2")')
    return Function(text)


def _point(at: Mapping[str, Given] | None, values: Mapping[str, Given]) -> dict[str, PointValue]:
    """Numbers as floats, sequences as tuples of floats."""
    point: dict[str, PointValue] = {}
    if not isinstance(at or {}, Mapping):
        raise DcalcError("usage", "values are given by name", hint="f(x=1), or f({'x': 1})")
    for name in set(at or {}) & set(values):
        raise DcalcError("usage", f"{name} is given twice")
    for name, given in {**(at or {}), **values}.items():
        try:
            if isinstance(given, (str, bytes, Mapping)):
                raise TypeError
            axes: int = getattr(given, "ndim", int(isinstance(given, Iterable)))  # NumPy's scalars have 0
            if axes > 1:
                raise DcalcError("shape", f"{name} is an array of {axes} axes, here it may have one at most")
            point[name] = tuple(_number(item) for item in given) if axes else _number(given)  # type: ignore
        except (TypeError, ValueError):
            raise DcalcError("usage", f"the value of {name} is not a number: {given!r}") from None
        if point[name] == ():
            raise DcalcError("shape", f"the value of {name} has no components")
    return point


def _there_are(names: list[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no inputs"


def _number(given: Any) -> float:
    if isinstance(given, (str, bytes)):
        raise TypeError
    try:
        return float(given)
    except OverflowError:
        raise DcalcError("domain", "this number is too large for floating point (the limit is 1.8e308)") from None
