"""`f.hess(…, sparse=True)` and `f.jac(…, sparse=True)`: SciPy's sparse arrays.

What a function's derivative takes is prepared once, as long as its inputs keep their shapes; at a new point only the
arithmetic is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..backends.derive import Survey
from ..backends.problem import Problem
from ..commands.base import Ask
from ..commands.prepare import problem
from ..errors import DcalcError
from ..evaluate.scalar import PointValue, shape_of
from ..language import source

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from ..backends.sparse import Ints, Numbers, Sparse
    from .function import Function

#: Prepared derivatives that a function keeps.
MOST_KEPT = 8


class Kept(NamedTuple):
    """A derivative that is prepared, the problem that it was prepared for, and its pattern in SciPy's form."""

    sparse: Sparse
    asked: Problem
    indices: Ints
    indptr: Ints


def sparse(
    function: Function, kind: str, point: dict[str, PointValue], wrt: Sequence[str], backend: str, at_kink: str
) -> csr_array:
    """The derivative as a csr_array: the entries that may be other than 0, also those that are 0 at this point.

    At a kink the convention of the lecture notes; at_kink="error" refuses. Raises DcalcError, of kind usage where SciPy
    is missing.
    """
    if backend != "auto":
        raise DcalcError("usage", "sparse=True has its own way", hint="leave out backend")
    if at_kink not in ("lecture", "error"):
        raise DcalcError("usage", f"sparse=True knows no at_kink={at_kink!r}", hint='there are "lecture" and "error"')
    try:
        from scipy.sparse import csr_array
    except ImportError:
        raise DcalcError("usage", "sparse=True needs SciPy", hint="pip install 'dcalc[sparse]'") from None
    kept = _kept(function, kind, point, tuple(wrt))
    if kept.asked.point.keys() != point.keys():
        point = dict(kept.asked.point)  # the program gives some of its inputs values
    values = kept.sparse.at(point) if at_kink == "lecture" else None
    if values is None:
        values = _looked_at(kept, point, at_kink)
    # Its own copies: SciPy changes them in place where a user asks for that.
    return csr_array((values, kept.indices.copy(), kept.indptr.copy()), shape=kept.sparse.shape)


def _looked_at(kept: Kept, point: dict[str, PointValue], at_kink: str) -> Numbers:
    """The values where something is not finite, or kinks are asked for: failures are told as everywhere."""
    asked = kept.asked
    now = Problem(asked.graph, asked.output, asked.variables, point, asked.conditions, asked.bends)
    survey = Survey(now, ieee=False)
    if at_kink == "error" and survey.kinks:
        (note, *_) = survey.kink_notes()
        hint = 'at_kink="lecture" answers all the same'
        raise DcalcError("domain", f"no derivative: {note.message}", source=note.source, span=note.span, hint=hint)
    values = kept.sparse.at(point)
    return kept.sparse.guarded(point) if values is None else values


def _kept(function: Function, kind: str, point: dict[str, PointValue], wrt: tuple[str, ...]) -> Kept:
    """What is prepared for these inputs."""
    known: dict[Any, Kept] = function.__dict__.setdefault("_sparse", {})
    key = (kind, wrt, tuple([(name, shape_of(value)) for name, value in point.items()]))
    found = known.get(key)
    if found is not None:
        return found
    from ..backends.sparse import Sparse

    prepared = function._prepare(point, wrt)
    asked = problem(prepared, Ask(None, {"wrt": [source(name, "wrt") for name in wrt]}))
    made = Sparse(asked.graph, asked.output, asked.variables, kind)
    import numpy as np

    whole: Any = np.int32 if max(*made.shape, len(made.pattern.columns)) < 2**31 else np.int64
    found = Kept(made, asked, made.pattern.columns.astype(whole), made.pattern.starts.astype(whole))
    if asked.conditions or asked.point.keys() != point.keys():
        # The path, or a value that hangs on others, is that of this point.
        return found
    while len(known) >= MOST_KEPT:
        del known[next(iter(known))]
    known[key] = found
    return found
