"""dcalc in Python: `f = dcalc.function("x^2*sin(y)")`, then `f(x=1, y=2)`, `f.grad(x=1, y=2)`, `f.diff("x")`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from .backends.derive import Request, Survey
from .backends.problem import Problem
from .backends.protocol import Options
from .backends.result import Compared, Derived, Note
from .backends.symbolic import formulas, partials, readable
from .commands.base import Ask, new_state
from .commands.derivatives import answer
from .commands.prepare import Prepared, prepare_at, problem
from .errors import DcalcError, NeedsPointError
from .evaluate.scalar import PointValue
from .given import Given, point_given
from .graph.arrays import WORDS
from .graph.duals import order_of
from .graph.graph import Graph
from .graph.names import CONSTANTS
from .graph.shapes import Shape, name_of
from .language import ast, parse, source, unparse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from .dual import Dual


At: TypeAlias = "Mapping[str, Given] | None"


class Function:
    """A function of named inputs, written in dcalc's language.

    Inputs are given by keyword, `f(x=1)`, or in a mapping, `f({"x": 1})`. Errors are `dcalc.DcalcError`.
    """

    def __init__(self, text: str) -> None:
        self._source = source(text)
        try:
            self._prepare({}, duals=True)  # so that what cannot be understood is said at once
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
        try:
            prepared = self._prepare({}, duals=True)
        except DcalcError as problem:
            if not isinstance(problem, NeedsPointError) and problem.kind != "shape":
                raise
            return _free_names(parse(self._source))  # what it does with them is known when they have values
        return [prepared.graph.attrs[node] for node in prepared.inputs()]

    def __call__(self, at: Mapping[str, Given] | None = None, /, **values: Given) -> float | NDArray[np.float64] | Dual:
        """The value at a point, in the output's shape; a `Dual` where the text has an ε or an input is a `Dual`.

        Raises DcalcError of kind domain, shape or name.
        """
        given = {**at, **values} if isinstance(at, Mapping) else values
        duals = [name for name, one in given.items() if type(one).__name__ == "Dual"]
        if duals:
            from .dual.functions import called

            found: Dual = called(lambda point: self._asked(point_given(None, point)), given, duals)
            return found
        asked = self._asked(point_given(at, values))
        if order_of(asked.graph, asked.output):
            from .dual.functions import value_of

            result: Dual = value_of(asked, {})
            return result
        Survey(asked, ieee=False)
        value = asked.value(asked.output)
        return value if isinstance(value, float) else value.copy()  # it may be the very array that was given

    def _asked(self, point: dict[str, PointValue]) -> Problem:
        return problem(self._prepare(point, duals=True), Ask(None, {}))

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
        """The value, a number, and the gradient at a point: for each input an array of its shape.

        The inputs stand in the order of `wrt`, else of the values given.
        """
        answer: Answer = self._derive("grad", point_given(at, values), wrt, backend, at_kink, options)
        return answer

    @overload
    def jac(self, at: At = None, /, *, sparse: Literal[True], **how: Any) -> csr_array: ...

    @overload
    def jac(self, at: At = None, /, *, sparse: Literal[False] = False, **how: Any) -> Answer: ...

    def jac(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
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
        return self._derive("jac", point_given(at, values), wrt, backend, at_kink, options, sparse)

    @overload
    def hess(self, at: At = None, /, *, sparse: Literal[True], **how: Any) -> csr_array: ...

    @overload
    def hess(self, at: At = None, /, *, sparse: Literal[False] = False, **how: Any) -> Answer: ...

    def hess(
        self,
        at: Mapping[str, Given] | None = None,
        /,
        *,
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
        return self._derive("hess", point_given(at, values), wrt, backend, at_kink, options, sparse)

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

    def _prepare(self, point: dict[str, PointValue], free: Collection[str] = (), *, duals: bool = False) -> Prepared:
        return prepare_at(new_state(), self._source, point, free, duals=duals)

    def _derive(
        self,
        kind: str,
        point: dict[str, PointValue],
        wrt: str | Iterable[str] | None,
        backend: str,
        at_kink: str,
        options: Options | None,
        sparse: bool = False,
    ) -> Any:
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        if sparse:
            from .sparse_functions import sparse as matrix

            return matrix(self, kind, point, names, backend, at_kink)
        prepared = self._prepare(point, names)
        asked = problem(prepared, Ask(None, {"wrt": [source(name, "wrt") for name in names]}))
        if kind == "grad" and asked.shape:
            message = f"a gradient is of a number, this is {name_of(asked.shape)}"
            raise DcalcError("shape", message, hint="jac gives its Jacobian")
        result = answer(kind, asked, Request(kind, backend, options or Options(), at_kink))
        return Answer(result, [*prepared.notes, *result.notes], asked)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"dcalc.function({self.text!r})"

    def _repr_latex_(self) -> str:
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
        leaves = [prepared.leaf(name) for name in names]
        self._shapes = [graph.shapes[leaf] for leaf in leaves]
        output = _differentiated(prepared, leaves, partial(formulas, decimals=prepared.decimals))
        self._source = source(unparse(readable(graph, output, decimals=prepared.decimals)))

    def _known(self) -> list[str]:
        return self._parent._known()

    def _prepare(self, point: dict[str, PointValue], free: Collection[str] = (), *, duals: bool = False) -> Prepared:
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


class Answer:
    """Derivatives at a point. Prints as the command line does; `numpy.asarray(answer)` is the array.

    value: the function's value. answer["W"]: the derivative in one input: in its shape for a gradient, output x input
    for a Jacobian; answer["W", "x"] of a Hessian is output x W x x.
    """

    def __init__(self, result: Derived | Compared, notes: list[Note], asked: Problem) -> None:
        self.result = result
        self.notes = notes
        #: of several answers an exact one: finite differences come first where they are shown side by side
        self._first: Derived = result.answers[-1] if isinstance(result, Compared) else result

    @property
    def value(self) -> float | NDArray[np.float64]:
        """The function's value at the point."""
        return _shaped([self._first.value], self._first.shape)

    def keys(self) -> list[str]:
        """The names of the inputs: with `answer[name]` this makes `dict(answer)` of a gradient."""
        return [variable.name for variable in self._first.variables]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    @property
    def agree(self) -> bool:
        """Whether the backends agree (`backend="all"`); True for a single one."""
        return not (isinstance(self.result, Compared) and self.result.disagreements)

    def entries(self) -> Any:
        """The numbers as nested lists: n for a gradient, m x n, n x n, or m x n x n.

        m and n count the components of the output and of all inputs, row by row.
        """
        first = self._first
        if first.kind == "grad":
            return list(first.entries[0][0])
        if first.kind == "hess" and first.shape:
            return [[list(row) for row in matrix] for matrix in first.entries]
        return [list(row) for row in first.entries[0]]

    def __getitem__(self, name: str | tuple[str, str]) -> float | NDArray[np.float64]:
        first = self._first
        names = (name,) if isinstance(name, str) else name
        if len(names) != (2 if first.kind == "hess" else 1):
            raise TypeError("a Hessian has an entry for each pair of inputs, other derivatives one for each input")
        columns, shape = [], first.shape
        for one in names:
            start = 0
            for variable in first.variables:
                if variable.name == one:
                    columns.append(slice(start, start + variable.size))
                    shape = (*shape, *variable.shape)
                    break
                start += variable.size
            else:
                raise KeyError(one)
        rows = [row for matrix in first.entries for row in (matrix if len(columns) == 1 else matrix[columns[0]])]
        return _shaped([row[columns[-1]] for row in rows], shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        import numpy as np

        first = self._first
        n = sum(variable.size for variable in first.variables)
        shape: Shape = (len(first.value), n)
        if first.kind == "grad":
            shape = first.variables[0].shape if len(first.variables) == 1 else ()
            shape = shape or (n,)
        elif first.kind == "hess":
            shape = (len(first.value), n, n) if first.shape else (n, n)
        array = np.asarray(_shaped([row for matrix in first.entries for row in matrix], shape))
        return array.astype(dtype or np.float64, copy=False)

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


def _free_names(program: ast.Node) -> list[str]:
    """The names that a program uses and does not bind, in order of first appearance."""
    used: dict[str, None] = {}
    bound = {*CONSTANTS, *WORDS}
    for node in program.walk():
        if isinstance(node, (ast.Name, ast.Declare)):
            used[node.name] = None
        elif isinstance(node, ast.Define):
            bound |= {node.name, *(node.parameters or ())}
        elif isinstance(node, ast.Lambda):
            bound.update(node.parameters)
        elif isinstance(node, ast.For):
            bound.add(node.name)
        elif isinstance(node, ast.Comprehension):
            bound.update(node.names)
    return [name for name in used if name not in bound]


def _shaped(rows: Sequence[Sequence[float]], shape: Shape) -> float | NDArray[np.float64]:
    """Rows of numbers as an array; the only number as it is for ()."""
    if not shape:
        return rows[0][0]
    import numpy as np

    return np.concatenate([np.zeros(0), *(np.asarray(row, dtype=np.float64) for row in rows)]).reshape(shape)


def _there_are(names: list[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no inputs"
