"""What every backend offers, and the part that all exact ones share: derivatives as nodes, then as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..errors import DcalcError
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.shapes import size
from .problem import Problem
from .rows import MANY, Joined, Matrix, Row, rows_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: The schemes of finite differences, and the answers where there is no derivative; the first ones by default.
SCHEMES = ("adaptive", "central", "forward", "backward")
AT_KINK = ("lecture", "left", "right", "mean", "error")
#: Numbers that a derivative may have.
MOST_ENTRIES = 50_000_000


class Options(NamedTuple):
    """What a request may ask of a backend. scheme and h are for finite differences."""

    scheme: str = "adaptive"
    h: float | None = None


class Seed(NamedTuple):
    """An array that is seeded component by component: an input of its shape, and where that is not 0.

    axis: which axis of the derivative its components are: 0 the output's, 1 and 2 the inputs'.
    """

    node: int
    mask: int
    axis: int


class Part(NamedTuple):
    """A part of a derivative as a node: a number, or an array whose components run along `axis`, for each seed.

    start: where the part begins along each axis of the derivative (m x n, or m x n x n).
    """

    node: int
    start: tuple[int, ...]
    axis: int = 0
    seeds: tuple[Seed, ...] = ()


class Derivative(NamedTuple):
    """What a backend answers. Rows are outputs, columns are inputs.

    entries: m x n for a Jacobian; m matrices of n x n for a Hessian. estimates: error estimates of the same shape
    (fd only). parts: the nodes of the entries (exact backends only). work: in words, what it took.
    sides: the left and right derivatives, as Jacobians, nan where they are not known well (fd only).
    """

    entries: Sequence[Matrix]
    work: str
    parts: list[Part] | None = None
    estimates: list[Matrix] | None = None
    sides: tuple[Matrix, Matrix] | None = None


class Backend(Protocol):
    """A way to differentiate. Third parties offer one by the entry-point group `dcalc.backends`."""

    name: str
    summary: str

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """The m x n matrix of first derivatives, as `entries[0]`."""
        ...

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """The m matrices of second derivatives."""
        ...


def seed(graph: Graph, node: int, axis: int) -> Seed:
    """A seed for an array node."""
    leaf = graph.input(f" seed {axis}", graph.shapes[node])  # no user's name has a blank in it
    return Seed(leaf, Builder(graph).apply("!=", (leaf, graph.const(0))), axis)


def evaluated(problem: Problem, parts: list[Part], work: str, order: int = 1) -> Derivative:
    """The answer of an exact backend: the numbers of the nodes that it emitted."""
    return Derivative(entries(problem, parts, order), work, parts)


def entries(problem: Problem, parts: Sequence[Part], order: int = 1) -> list[Matrix]:
    """The numbers of a derivative of that order from its parts."""
    m, n = problem.m, problem.n
    hold_size(m, n, order)
    if not any(part.seeds or problem.graph.shapes[part.node] for part in parts):
        return _of_numbers(problem, parts, (m, n) if order == 1 else (m, n, n))
    if m == order == 1 and n > MANY and not any(part.seeds for part in parts):
        return [[_joined(problem, parts)]]
    import numpy as np

    result = np.zeros((m, n) if order == 1 else (m, n, n))
    for seeds in dict.fromkeys(part.seeds for part in parts):
        mine = [part for part in parts if part.seeds == seeds]
        for part, values in zip(mine, _values(problem, mine, seeds), strict=True):
            # Axes: one for each seed, then the node's own.
            axes = [*(one.axis for one in seeds), part.axis]
            lengths = [*(problem.graph.size(one.node) for one in seeds), problem.graph.size(part.node)]
            block = np.asarray(values).reshape(lengths)
            window = [slice(k, k + 1) for k in part.start]
            shape = [1] * len(part.start)
            for axis, length in zip(axes, lengths, strict=True):
                if length > 1:
                    window[axis] = slice(part.start[axis], part.start[axis] + length)
                    shape[axis] = length
            result[tuple(window)] = np.transpose(block, np.argsort(axes, kind="stable")).reshape(shape)
    return [rows_of(one) for one in ([result] if order == 1 else result)]


def _joined(problem: Problem, parts: Sequence[Part]) -> Row:
    """The row of a gradient in the arrays that its parts are."""
    import numpy as np

    pieces, end = [], 0
    for part in sorted(parts, key=lambda part: part.start):
        if part.start[1] > end:  # what has no part is 0
            pieces.append(np.zeros(part.start[1] - end))
        pieces.append(np.asarray(problem.value(part.node), dtype=np.float64).reshape(-1))
        end = part.start[1] + len(pieces[-1])
    if end < problem.n:
        pieces.append(np.zeros(problem.n - end))
    return Joined(pieces)


def hold_size(m: int, n: int, order: int = 1) -> None:
    """Refuse a derivative that has too many numbers."""
    if m * n**order > MOST_ENTRIES:
        shown = f"{m} x {n}" if order == 1 else f"{m} x {n} x {n}"
        raise DcalcError(
            "limit",
            f"this derivative has {shown} numbers, the limit is {MOST_ENTRIES}",
            hint="differentiate in fewer inputs (--wrt), or a number made of the outputs, such as their sum",
        )


def _values(problem: Problem, parts: Sequence[Part], seeds: tuple[Seed, ...]) -> list[NDArray[np.float64]]:
    """The values of nodes for every combination of the seeds' components."""
    if not seeds:
        return [problem.value(part.node) for part in parts]  # type: ignore[misc]
    import numpy as np

    from ..evaluate.batch import evaluate_batch

    lengths = [problem.graph.size(one.node) for one in seeds]
    count = size(tuple(lengths))
    if count * max(lengths) > MOST_ENTRIES:
        raise DcalcError(
            "limit",
            f"{count} directions through {max(lengths)} numbers each are too many",
            hint="one output needs one reverse sweep: --backend reverse; or name fewer inputs with --wrt",
        )
    batch = {}
    for k, one in enumerate(seeds):
        shape = [1] * len(lengths) + [lengths[k]]
        shape[k] = lengths[k]
        basis = np.broadcast_to(np.eye(lengths[k]).reshape(shape), (*lengths, lengths[k]))
        batch[problem.graph.attrs[one.node]] = basis.reshape(count, *problem.graph.shapes[one.node])
    return evaluate_batch(problem.graph, [part.node for part in parts], problem.point, batch, count)


def _of_numbers(problem: Problem, parts: Sequence[Part], shape: tuple[int, ...]) -> list[Matrix]:
    """The same where every part is a number: no NumPy."""
    m, n = shape[:2]
    rows = m if len(shape) == 2 else m * n
    flat: list[list[float]] = [[0.0] * n for _ in range(rows)]
    unknown = [part.node for part in parts if part.node not in problem.tracer.values]
    if unknown:
        problem.values(problem.graph.reachable(unknown))
    for part in parts:
        *place, column = part.start
        row = place[0] if len(shape) == 2 else place[0] * n + place[1]
        (flat[row][column],) = problem.numbers(part.node)
    return [flat] if len(shape) == 2 else [flat[k * n : (k + 1) * n] for k in range(m)]


def offsets(sizes: Sequence[int]) -> list[int]:
    """Where each of several pieces begins when they are put one behind the other."""
    result, start = [], 0
    for length in sizes:
        result.append(start)
        start += length
    return result


def count(number: int, noun: str) -> str:
    """`1 pass`, `3 passes`, `2 sweeps`."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number} {noun if number == 1 else plural}"
