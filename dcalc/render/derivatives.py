"""Values and derivatives as views.

Numbers and short vectors have a line each; arrays are grids; a Jacobian or Hessian of vectors is one table, that of
matrices a block for each input (pair of inputs) unless a flat one is asked for. With `full` (CSV) nothing is left
out, and all is tables of components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from ..backends.problem import Variable, entry_label, labels, outputs_of
from ..backends.result import Compared, Derived, Value
from ..backends.rows import Matrix
from ..graph.shapes import Shape
from .arrays import GAP, MOST_COLUMNS, MOST_ROWS, Array, Kept, kept
from .view import Cell, Estimate, Lines, Pairs, Table, View, cell_of

if TYPE_CHECKING:
    from ..commands.flat import Flat

#: Vectors of as many components have a line for each.
MOST_LINES = 12
#: Entries that are compared side by side on the screen, disagreements and names that are told.
MOST_ENTRIES = 60
MOST_WORDS = 20
MOST_NAMES = 8


def is_plain(result: Derived) -> bool:
    """Whether rows and columns of a table say all: no matrix is among outputs and inputs, or the table is small."""
    ranks = [len(variable.shape) for variable in result.variables]
    if result.kind == "hess":
        return max(ranks, default=0) < 2 or sum(variable.size for variable in result.variables) <= MOST_COLUMNS
    return max([len(result.shape), *ranks]) < 2


def value_views(result: Value, *, full: bool) -> list[View]:
    """A number, an array, or its components."""
    return [Pairs([(result.name or "", cell_of(result.value))])]


def flat_views(result: Flat, *, full: bool) -> list[View]:
    """A table, as it was asked for."""
    answer = result.answer
    return compared_views(answer, full=full) if isinstance(answer, Compared) else _tables(answer, full=full)


def derived_views(result: Derived, *, full: bool) -> list[View]:
    """The value, and the derivative as lines, tables or blocks."""
    if result.kind == "grad":
        return [_gradient(result)]
    if not result.variables:
        return [_values(result, full=full)]
    if full or is_plain(result):
        return _tables(result, full=full)
    return [_values(result, full=full), *(_hessian_blocks(result) if result.kind == "hess" else _blocks(result))]


def _values(result: Derived, *, full: bool) -> Pairs:
    """The value: a line, or one for each component of a vector."""
    if not result.shape:
        return Pairs([("value", result.value[0])])
    if full or (len(result.shape) == 1 and is_plain(result) and len(result.value) <= MOST_LINES):
        return Pairs(list(zip(outputs_of(result.shape), result.value, strict=True)))
    return Pairs([("f", Array(result.value, result.shape))])


def _gradient(result: Derived) -> Pairs:
    items: list[tuple[str, Cell]] = [("value", result.value[0])]
    errors: list[Cell] = [None]
    row = result.entries[0][0]
    estimates = result.estimates[0][0] if result.estimates else None
    for variable, start, end in _slices(result.variables):
        if len(variable.shape) < 2 and variable.size <= MOST_LINES:
            items += zip([f"d/d{label}" for label in variable.labels], row[start:end], strict=True)
            errors += map(Estimate, estimates[start:end]) if estimates else ()
        else:
            items.append((f"d/d{variable.name}", Array(row[start:end], variable.shape)))
            errors += [Array(estimates[start:end], variable.shape)] if estimates else ()
    return Pairs(items, errors if estimates else [])


def _slices(variables: Sequence[Variable]) -> Iterator[tuple[Variable, int, int]]:
    """Each variable with its columns."""
    start = 0
    for variable in variables:
        yield variable, start, start + variable.size
        start += variable.size


# -- tables ---------------------------------------------------------------------------------------------------------


def _tables(result: Derived, *, full: bool) -> list[View]:
    """One table for each matrix, and one for its error estimates."""
    blocks: list[View] = [_values(result, full=full)]
    outputs, columns = outputs_of(result.shape), result.labels
    for k in _some(len(result.entries), MOST_LINES, full=full):
        if k is None:
            blocks.append(Lines(GAP))
            continue
        caption = f"Hessian of {outputs[k]}" if result.kind == "hess" and result.shape else ""
        blocks.append(_matrix(result, outputs, columns, result.entries[k], caption, float, full=full))
        if result.estimates:
            matrix = result.estimates[k]
            blocks.append(_matrix(result, outputs, columns, matrix, "error estimates", Estimate, full=full))
    return blocks


def _matrix(
    result: Derived,
    outputs: list[str],
    columns: list[str],
    matrix: Matrix,
    caption: str,
    kind: Callable[[float], float],
    *,
    full: bool,
) -> Table:
    """A Jacobian, or the Hessian of one output."""
    names, prefix = (columns, "") if result.kind == "hess" else (outputs, "d/d")
    rows, places = _some(len(names), MOST_ROWS, full=full), _some(len(columns), MOST_COLUMNS, full=full)
    body: list[list[Cell]] = []
    for i in rows:
        if i is None:
            body.append([GAP] * (len(places) + 1))
            continue
        row = matrix[i]
        body.append([names[i], *(GAP if j is None else kind(row[j]) for j in places)])
    headers = ["", *(GAP if j is None else prefix + columns[j] for j in places)]
    return Table(headers, body, caption, None in rows or None in places)


def _some(length: int, most: int, *, full: bool) -> Kept:
    return list(range(length)) if full else kept(length, most)


# -- blocks ---------------------------------------------------------------------------------------------------------


def _blocks(result: Derived) -> Iterator[View]:
    """For each input: the derivative of each component of the output, in the input's shape."""
    for variable, start, end in _slices(result.variables):
        caption = f"d f/d {variable.name}, shape {_shapes(result.shape, variable.shape)}"
        estimates = result.estimates[0] if result.estimates else None
        yield _block(caption, "f", result.shape, variable.shape, result.entries[0], estimates, (start, end))


def _hessian_blocks(result: Derived) -> Iterator[View]:
    """For each pair of inputs: a row for each component of the first, in the second one's shape."""
    outputs = labels("f", result.shape)
    pieces = list(_slices(result.variables))
    for k in kept(len(result.entries), MOST_LINES):
        if k is None:
            yield Lines(GAP)
            continue
        for (a, start, end), (b, *columns) in combinations_with_replacement(pieces, 2):
            name = f"d²{outputs[k]}/d{a.name}²" if a is b else f"d²{outputs[k]}/d{a.name} d{b.name}"
            estimates = result.estimates[k][start:end] if result.estimates else None
            caption = f"{name}, shape {_shapes(a.shape, b.shape)}" if a.shape or b.shape else name
            matrix = result.entries[k][start:end]
            yield _block(caption, a.name, a.shape, b.shape, matrix, estimates, (columns[0], columns[1]))


def _block(
    caption: str,
    name: str,
    outer: Shape,
    inner: Shape,
    matrix: Matrix,
    estimates: Matrix | None,
    columns: tuple[int, int],
) -> Pairs:
    """Some columns of a matrix: a row has the inner shape, and all its rows together the outer one."""
    start, end = columns
    if not inner:  # a column is an array itself
        numbers = [row[start] for row in matrix]
        errors = [[row[start] for row in estimates]] if estimates else []
        return Pairs([("", _cell(numbers, outer))], [_error(e, outer) for e in errors], caption)
    names = labels(name, outer)
    items: list[tuple[str, Cell]] = []
    found: list[Cell] = []
    rows = kept(len(matrix), MOST_LINES)
    for k in rows:
        items.append((GAP, "") if k is None else (names[k], Array(matrix[k][start:end], inner)))
        if estimates:
            found.append(None if k is None else Array(estimates[k][start:end], inner))
    return Pairs(items, found, caption, None in rows)


def _cell(numbers: list[float], shape: Shape) -> Cell:
    return Array(numbers, shape) if shape else numbers[0]


def _error(numbers: list[float], shape: Shape) -> Cell:
    return Array(numbers, shape) if shape else Estimate(numbers[0])


def _shapes(outer: Shape, inner: Shape) -> str:
    """`2 x 3x2`: the shape of an output, and that of an input."""
    return " x ".join("x".join(map(str, shape)) for shape in (outer, inner) if shape)


# -- comparisons ----------------------------------------------------------------------------------------------------


def compared_views(result: Compared, *, full: bool, verdict: bool = True) -> list[View]:
    """A row for each entry, a column for each backend, the work and the verdict (which may stand elsewhere)."""
    first = result.answers[0]
    outputs, columns = outputs_of(first.shape), first.labels
    # Every place where a number stands: of the value, then of the derivative.
    places: list[tuple[int, ...]] = [(k,) for k in range(len(first.value))]
    places += [(k, i, j) for k, m in enumerate(first.entries) for i, row in enumerate(m) for j in range(len(row))]
    rows: list[list[Cell]] = []
    chosen = list(range(len(places))) if full else kept(len(places), MOST_ENTRIES, MOST_ENTRIES // 3)
    for one in chosen:
        if one is None:
            rows.append([GAP] * (len(result.answers) + 2))
        elif len(place := places[one]) == 1:
            value = first.value[place[0]]
            rows.append([outputs[place[0]] if first.shape else "value", *([value] * len(result.answers)), None])
        else:
            k, i, j = place
            cells: list[Cell] = [answer.entries[k][i][j] for answer in result.answers]
            label = entry_label(first.kind, outputs, columns, k, i, j)
            rows.append([label, *cells, Estimate(result.differences[k][i][j])])
    names = [answer.backend for answer in result.answers]
    table = Table(["", *names, "difference"], rows, shortened=None in chosen)
    return [table, Lines("\n".join(_verdict(result, verdict)))]


def _verdict(result: Compared, verdict: bool) -> list[str]:
    words = [f"{answer.backend}: {answer.work}" for answer in result.answers]
    if result.apart:
        words.append(f"fd has no say in {', '.join(_first(result.apart, MOST_NAMES))}: a kink, an edge, no finite ")
        words[-1] += "derivative, or an estimate too coarse"
    if verdict:
        agree = "agree" if not result.disagreements else "DISAGREE"
        words.append(f"largest relative difference {result.largest:.1e}: the backends {agree}")
    return [*words, *_first(result.disagreements, MOST_WORDS)]


def _first(words: list[str], most: int) -> list[str]:
    """So many of the words, and how many more there are."""
    return words if len(words) <= most else [*words[:most], f"{GAP} and {len(words) - most} more"]
