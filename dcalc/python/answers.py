"""What a function's derivatives at a point are in Python: an answer that prints, and that is an array to NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..backends.result import Compared, Derived, Note
from ..graph.shapes import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Answer:
    """Derivatives at a point. Prints as the command line does; `numpy.asarray(answer)` is the array.

    value: the function's value. answer["W"]: the derivative in one input: in its shape for a gradient, output x input
    for a Jacobian; answer["W", "x"] of a Hessian is output x W x x.
    """

    def __init__(self, result: Derived | Compared, notes: list[Note]) -> None:
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
        return printed(self.result, self.notes)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return latex_of(self.result, self.notes)


def printed(result: Any, notes: list[Note]) -> str:
    """A result as the command line prints it, with its notes."""
    from ..render import render
    from ..render.errors import note

    return "\n".join([render([result], notes), *map(note, notes)])


def latex_of(result: Any, notes: list[Note]) -> str:
    """A result as notebooks show it."""
    from ..render import render

    return f"$$\n{render([result], notes, 'latex')}\n$$"


def _shaped(rows: Sequence[Sequence[float]], shape: Shape) -> float | NDArray[np.float64]:
    """Rows of numbers as an array; the only number as it is for ()."""
    if not shape:
        return rows[0][0]
    import numpy as np

    return np.concatenate([np.zeros(0), *(np.asarray(row, dtype=np.float64) for row in rows)]).reshape(shape)
