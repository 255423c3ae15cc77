"""dcalc in Python: `f = dcalc.function("x^2*sin(y)")`, then `f(x=1, y=2)`, `f.grad(x=1, y=2)`, `f.diff("x")`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from ..backends.derive import Request
from ..backends.problem import Problem
from ..backends.protocol import Options
from ..backends.symbolic import formulas, partials, readable
from ..collecting import paused
from ..commands.base import Ask, new_state
from ..commands.names_in import free_names
from ..commands.prepare import Prepared, prepare_at, with_point
from ..errors import DcalcError, NeedsPointError
from ..evaluate.scalar import PointValue
from ..graph.graph import Graph
from ..graph.shapes import name_of
from ..language import parse, source, unparse
from .answers import Answer as Answer
from .given import Given, point_given
from .kept import KEPT, Kept, kept
from .orders import Orders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ..dual import Dual
    from .compiled import Compiled
    from .descending import Descended
    from .points import Points


At: TypeAlias = "Mapping[str, Given] | None"


class Function(Orders):
    """A function of named inputs, written in dcalc's language.

    Inputs are given by keyword, `f(x=1)`, or in a mapping, `f({"x": 1})`. Errors are `dcalc.DcalcError`.

    At N points: `f(points={"x": xs})`, `f.grad(points=…)`, `f.jac(points=…)`, `f.hess(points=…)` take columns by name
    (arrays of shape (N, *shape of the input); numbers are the same at all points), an array (N, n) with a column for
    each of `inputs`, a data frame or an Arrow table, and what is the same everywhere by keyword; they answer `Points`.
    """

    def __init__(self, text: str) -> None:
        self._source = source(text)
        try:
            with paused:
                prepared = self._prepare({}, duals=True, loop_nodes=True)  # what cannot be understood is said at once
                self.__dict__["_inputs"] = [prepared.graph.attrs[node] for node in prepared.inputs()]
                self.__dict__["_read"] = prepared
        except NeedsPointError:
            pass  # what the program does is known when its inputs have values
        except DcalcError as problem:
            if problem.kind != "shape":  # which inputs are arrays is known when their values are
                raise

    @property
    def text(self) -> str:
        """The function's text."""
        return self._source.text

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs, in order of first appearance."""
        names: list[str] | None = self.__dict__.get("_inputs")
        if names is None:
            try:
                prepared = self._prepare({}, duals=True, loop_nodes=True)
                names = [prepared.graph.attrs[node] for node in prepared.inputs()]
            except DcalcError as problem:
                if not isinstance(problem, NeedsPointError) and problem.kind != "shape":
                    raise
                names = free_names(parse(self._source))  # what it does with them is known when they have values
            self.__dict__["_inputs"] = names
        return list(names)

    @overload
    def __call__(
        self, at: At = None, /, *, points: Literal[None] = None, **values: Given
    ) -> float | NDArray[np.float64] | Dual: ...

    @overload
    def __call__(self, at: At = None, /, *, points: Any, **values: Given) -> Points: ...

    def __call__(self, at: At = None, /, *, points: Any = None, **values: Any) -> Any:
        """The value at a point, in the output's shape; a `Dual` where the text has an ε or an input is a `Dual`.

        points: many of them, see above. Raises DcalcError of kind domain, shape or name.
        """
        if points is not None:
            if "points" not in self.inputs:
                return self._at_points("eval", points, at, values)
            values["points"] = points
        given = {**at, **values} if isinstance(at, Mapping) else values
        duals = [name for name, one in given.items() if type(one).__name__ == "Dual"]
        if duals:
            from ..dual.functions import called

            return called(lambda point: Kept(self, point_given(None, point), loop_nodes=False).asked, given, duals)
        point = point_given(at, values)
        ready = kept(self, point)
        if ready.dual:
            from ..dual.functions import value_of

            return value_of(ready.asked, {})
        return ready.value(point)

    @overload
    def grad(self, at: At = None, /, *, points: Literal[None] = None, **how: Any) -> Answer: ...

    @overload
    def grad(self, at: At = None, /, *, points: Any, **how: Any) -> Points: ...

    def grad(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        points: Any = None,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        **values: Given,
    ) -> Any:
        """The value, a number, and the gradient at a point: for each input an array of its shape.

        The inputs stand in the order of `wrt`, else of the values given. points: many of them, see above.
        """
        return self._derive("grad", points, at, values, wrt, backend, at_kink, options)

    @overload
    def jac(self, at: At = None, /, *, sparse: Literal[True], **how: Any) -> csr_array: ...

    @overload
    def jac(self, at: At = None, /, *, points: Literal[None] = None, **how: Any) -> Answer: ...

    @overload
    def jac(self, at: At = None, /, *, points: Any, **how: Any) -> Points: ...

    def jac(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        points: Any = None,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        sparse: bool = False,
        **values: Given,
    ) -> Any:
        """The value and the Jacobian at a point: m x n, rows are outputs; for each input output x input.

        sparse: the matrix alone, as a `scipy.sparse.csr_array` of the entries that may be other than 0.
        """
        return self._derive("jac", points, at, values, wrt, backend, at_kink, options, sparse)

    @overload
    def hess(self, at: At = None, /, *, sparse: Literal[True], **how: Any) -> csr_array: ...

    @overload
    def hess(self, at: At = None, /, *, points: Literal[None] = None, **how: Any) -> Answer: ...

    @overload
    def hess(self, at: At = None, /, *, points: Any, **how: Any) -> Points: ...

    def hess(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        points: Any = None,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        options: Options | None = None,
        sparse: bool = False,
        **values: Given,
    ) -> Any:
        """The value and the Hessian at a point: n x n, or m x n x n for an array of m numbers.

        sparse: the matrix alone (of a number), as a `scipy.sparse.csr_array` of the entries that may be other than 0.
        """
        return self._derive("hess", points, at, values, wrt, backend, at_kink, options, sparse)

    def compile(
        self, what: str = "value", *, wrt: str | Iterable[str] | None = None, engine: str | None = None
    ) -> Compiled:
        """The function bound for calls that cost microseconds: `g = f.compile("grad"); g(1.0, 2.0)`, or `g(x=1, y=2)`.

        what: "value", "grad", "value_and_grad", "jac" or "hess". It takes numbers or arrays in the order of `inputs`,
        and gives a float or arrays, see `Compiled`: as IEEE 754 has them, without notes. engine: "scalar", "array" or
        "llvm"; chosen by itself. Raises DcalcError, of kind usage where the path of the program depends on values.
        """
        from .compiled import Compiled

        return Compiled(self, what, [wrt] if isinstance(wrt, str) else list(wrt or ()), engine)

    def export(
        self,
        language: str = "python",
        *,
        what: str | Iterable[str] | None = None,
        wrt: str | Iterable[str] | None = None,
        name: str = "f",
        at: Mapping[str, Given] | None = None,
    ) -> str:
        """The function and its derivatives as source that needs no dcalc: `f.export("c", what="grad")`.

        language: "python", "numpy", "jax", "c" or "latex". what: "value", "grad", "jac", "hess", or several; the value
        and its first derivatives by default. at: the point of the source's own test, some point without. Raises
        DcalcError, of kind usage where the path of the program depends on values, or the language lacks an operation.
        """
        from ..commands.export import exported
        from ..render.shown.exported import source_of

        point = point_given(at, {})
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        kinds = what.replace(" ", "").split(",") if isinstance(what, str) else what
        result, _ = exported(
            lambda loops: self._prepare(point, names, loop_nodes=loops), language,
            None if kinds is None else list(kinds), name, self.text, point, [source(one, "wrt") for one in names],
        )  # fmt: skip
        return source_of(result)

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

    def simplify(self) -> Function:
        """The shortest form that is found, of the same value wherever this has one."""
        return self._form("simplify")

    def expand(self) -> Function:
        """Multiplied out."""
        return self._form("expand")

    def factor(self) -> Function:
        """As a product over the rationals."""
        return self._form("factor")

    def collect(self, name: str | None = None) -> Function:
        """Multiplied out and sorted by the powers of an input."""
        return self._form("collect", {"var": name})

    def subs(self, **expressions: str | float) -> Function:
        """Expressions in the place of names, all at once: `f.subs(x="y + 1", y="x")`."""
        texts = [source(f"{name}={text}") for name, text in expressions.items()]
        return self._form("subs", {"with": texts})

    def _form(self, verb: str, options: Mapping[str, Any] | None = None) -> Function:
        from ..commands import command

        (result,) = command(verb).run(new_state(), Ask(self._source, dict(options or {}))).results
        return Function(unparse(result.tree))

    def _known(self) -> list[str]:
        """The names that it may be differentiated in: a derivative's are those of the function that it came from."""
        return self.inputs

    def _prepare(
        self,
        point: dict[str, PointValue],
        free: Collection[str] = (),
        *,
        duals: bool = False,
        loop_nodes: bool = False,
    ) -> Prepared:
        # What was read without values is often what it is with them; its graph is then the asker's, who adds to it.
        read: Prepared | None = self.__dict__.pop("_read", None)
        if read is not None:
            prepared = with_point(read, self._source, point, free, duals=duals, loop_nodes=loop_nodes)
            if prepared is not None:
                return prepared
        return prepare_at(new_state(), self._source, point, free, duals=duals, loop_nodes=loop_nodes)

    def _at_points(self, kind: str, points: Any, at: At, values: Mapping[str, Given], *how: Any) -> Points:
        from .points import at_points

        for name in set(at or {}) & set(values):
            raise DcalcError("usage", f"{name} is given twice")
        return at_points(self, kind, points, {**(at or {}), **values}, *how)

    def _derive(
        self,
        kind: str,
        points: Any,
        at: Mapping[str, Given] | None,
        values: Mapping[str, Given],
        wrt: str | Iterable[str] | None,
        backend: str,
        at_kink: str,
        options: Options | None,
        sparse: bool = False,
    ) -> Any:
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        if points is not None:
            if "points" not in self.inputs:
                if sparse or options:
                    word = "sparse" if sparse else "options"
                    raise DcalcError("usage", f"{word} is for one point", hint="leave out one of points and " + word)
                return self._at_points(kind, points, at, values, names, backend, at_kink)
            values = {**values, "points": points}
        point = point_given(at, values)
        if sparse:
            from .sparse import sparse as matrix

            return matrix(self, kind, point, names, backend, at_kink)
        ready = kept(self, point, names, Request(kind, backend, options or Options(), at_kink))
        result = ready.answer(point)
        return Answer(result, [*ready.notes, *result.notes])

    def descend(self, start: At = None, /, *, how: Mapping[str, Any] | None = None, **values: Given) -> Descended:
        """Gradient descent from these values: `dcalc.descend`, whose options are in `how`."""
        from .descending import descend

        return descend(self, {**(start or {}), **values}, **(how or {}))

    def __getstate__(self) -> dict[str, Any]:
        return {name: one for name, one in self.__dict__.items() if name not in KEPT}  # it is prepared anew

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"dcalc.function({self.text!r})"

    def _repr_latex_(self) -> str:
        from ..render.latex import latex_of

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
        leaves = [prepared.leaf(name) for name in names]
        self._shapes = [graph.shapes[leaf] for leaf in leaves]
        output = _differentiated(prepared, leaves, partial(formulas, decimals=prepared.decimals))
        self._source = source(unparse(readable(graph, output, decimals=prepared.decimals)))

    def _known(self) -> list[str]:
        return self._parent._known()

    def _prepare(
        self,
        point: dict[str, PointValue],
        free: Collection[str] = (),
        *,
        duals: bool = False,
        loop_nodes: bool = False,
    ) -> Prepared:
        # Nothing is left free: a derivative in x goes through what the program defines from x.
        prepared = self._parent._prepare(point)
        leaves = [prepared.leaf(name) for name in self._names]
        for name, leaf, shape in zip(self._names, leaves, self._shapes, strict=True):
            now = prepared.graph.shapes[leaf]
            if now != shape:
                hint = f"declare it: {name}: {'x'.join(map(str, now))}; …" if now else None
                message = f"{name} is {name_of(now)} here, but diff took it as {name_of(shape)}"
                raise DcalcError("shape", message, hint=hint)
        return prepared._replace(output=_differentiated(prepared, leaves, partials))


def _differentiated(
    prepared: Prepared, leaves: list[int], step: Callable[[Graph, Sequence[int], int], list[int]]
) -> int:
    """The output's derivative in the leaves, one after the other. A vector goes component by component."""
    graph, output = prepared.graph, prepared.output
    rows = list(Problem(graph, output, (), {}).rows)
    several = rows != [output]
    for leaf in leaves:
        rows = step(graph, rows, leaf)
    return graph.vector(tuple(rows)) if several else rows[0]


def function(text: str) -> Function:
    """The function that a text of dcalc's language says. Raises DcalcError where it cannot be understood."""
    if not isinstance(text, str):
        raise DcalcError("usage", f"a function is given as text, not as {type(text).__name__}", hint='function("x^2")')
    return Function(text)


def _there_are(names: list[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no inputs"
