"""`--sparse`: a Jacobian or a Hessian as the entries that may be other than 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..backends.derive import Survey, at_kinks, gradient_kink_notes, non_finite_notes
from ..backends.problem import Variable, entry_label, labels_of, outputs_of
from ..backends.result import Nested, Note
from ..errors import DcalcError
from ..graph.shapes import Shape
from .base import Ask, Output, State
from .derivatives import request, wants_branches
from .prepare import prepare, problem

if TYPE_CHECKING:
    from ..backends.sparse import Ints, Numbers, Sparse

#: Formats of files that only a sparse matrix has.
FILES = ("npz", "mtx")
#: A matrix of more numbers is not written out for later lines of a session.
MOST_DENSE = 4_000_000


class Triplets(NamedTuple):
    """A sparse derivative at a point.

    kind: "jac" or "hess". value: m numbers, of a value of this shape. rows, columns, values: the entries row by row,
    counted from 0; `starts` says where each row begins. colours: how many directions it took, "columns", "rows" or
    "both" as they were `along`; work is that in words.
    """

    kind: str
    value: list[float]
    shape: Shape
    variables: tuple[Variable, ...]
    starts: Ints
    rows: Ints
    columns: Ints
    values: Numbers
    colours: int
    along: str
    work: str

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return labels_of(self.variables)

    @property
    def row_names(self) -> list[str]:
        """The names of the rows: those of a Hessian's columns, else of the outputs."""
        if self.kind == "hess":
            return self.column_names
        return outputs_of(self.shape) if self.shape else ["f"]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return len(self.starts) - 1, sum(variable.size for variable in self.variables)

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use: the matrix with its zeros."""
        import numpy as np

        height, width = self.size
        if height * width > MOST_DENSE:
            message = f"a {height} x {width} matrix is too large to be used in a line"
            raise DcalcError("limit", message, hint="--out FILE.npz keeps it")
        whole = np.zeros((height, width))
        whole[self.rows, self.columns] = self.values
        return whole.tolist()  # type: ignore[return-value]


def run(kind: str, state: State, ask: Ask) -> Output:
    """Prepare, find the pattern and the colours, evaluate."""
    for name in ("backend", "scheme", "h", "flat"):
        if name in ask.options and ask.get(name) != "auto":
            raise DcalcError("usage", f"--sparse has its own way and no use for {name}", hint=f"leave out --{name}")
    how = request(kind, ask)
    if how.at_kink not in ("lecture", "error"):
        raise DcalcError("usage", f"--sparse knows no --at-kink {how.at_kink}", hint="it knows lecture and error")
    from ..backends.sparse import Sparse  # loads NumPy

    prepared = prepare(state, ask)
    asked = problem(prepared, ask)
    survey = Survey(asked, how.ieee)
    notes = survey.bends()
    if survey.kinks:
        at_kinks(survey, how, [], notes)
    found = Sparse(asked.graph, asked.output, asked.variables, kind)
    if kind == "hess" and not survey.kinks:
        notes += gradient_kink_notes(asked)
    values = found.at(asked.point)
    if values is None:
        values = found.guarded(asked.point)
    notes += _non_finite(found, survey, values, kind)
    if wants_branches(ask):
        notes += survey.branches()
    pattern, way = found.pattern, found.way
    result = Triplets(
        kind,
        survey.value,
        asked.shape,
        asked.variables,
        pattern.starts,
        pattern.rows,
        pattern.columns,
        values,
        way.total,
        way.along,
        found.work,
    )
    return Output([result], [*prepared.notes, *notes])


def _non_finite(found: Sparse, survey: Survey, values: Numbers, kind: str) -> list[Note]:
    """A note for what is infinite or undefined."""
    import numpy as np

    bad = np.flatnonzero(~np.isfinite(values))
    if not len(bad):
        return []
    asked = survey.problem
    names = outputs_of(asked.shape), asked.labels
    rows, columns = found.pattern.rows[bad].tolist(), found.pattern.columns[bad].tolist()
    named = [(entry_label(kind, *names, 0, i, j), value)
             for i, j, value in zip(rows, columns, values[bad].tolist(), strict=True)]  # fmt: skip
    return non_finite_notes(asked, survey, named)
