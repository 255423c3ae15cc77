r"""Results as LaTeX: each result is one formula for math mode (`\[ … \]`), with amsmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from ..backends.problem import Variable, labels
from ..backends.result import Compared, Derived, Nested, Value
from ..backends.rows import Matrix
from ..graph.shapes import Shape, name_of
from ..language import ast
from .arrays import MOST_COLUMNS, MOST_ROWS, Array, kept, kept_of
from .latex_formula import latex_name, latex_number, latex_of, latex_words
from .view import Cell, Estimate, Formula, Lines, Pairs, Table, View, cell_of
from .views import views

if TYPE_CHECKING:
    from ..commands.diff import Formulas
    from ..commands.flat import Flat
    from ..commands.trace import Trace

__all__ = ["latex_of", "render"]

#: amsmath's pmatrix has no more columns than this.
WIDEST_PMATRIX = 10


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """The results, with an empty line between them."""
    return "\n\n".join(_OWN.get(type(result).__name__, _plain)(result, digits) for result in results)


def _value(result: Value, digits: int) -> str:
    text = _number(result.value, digits)
    return f"{latex_name(result.name)} = {text}" if result.name else text


def _number(value: Nested, digits: int) -> str:
    return _cell(cell_of(value), digits)


def _derived(result: Derived, digits: int, *, flat: bool = False) -> str:
    value = Array(result.value, result.shape)
    lines = [("f", _cell(value if result.shape else result.value[0], digits))]
    if not result.variables:
        return _aligned(lines)
    if result.kind == "hess" or flat or max(map(len, [result.shape, *(v.shape for v in result.variables)])) < 2:
        return _aligned([*lines, *_matrices(result, digits)])
    start = 0
    for variable in result.variables:
        end = start + variable.size
        rows = kept(len(result.value), MOST_ROWS)
        for k in rows:
            output = "f" if k is None or not result.shape else f"f_{{{_places(result.shape)[k]}}}"
            symbol = rf"\frac{{\partial {output}}}{{\partial {latex_name(variable.name)}}}"
            if k is None:
                lines.append(("", r"\vdots"))
                continue
            numbers = result.entries[0][k][start:end]
            errors = result.estimates[0][k][start:end] if result.estimates else None
            lines.append((symbol, _part(numbers, errors, variable.shape, digits)))
        start = end
    return _aligned(lines)


def _matrices(result: Derived, digits: int) -> list[tuple[str, str]]:
    """A Jacobian, or the Hessian of each output, with the symbol that it has."""
    names = [name for variable in result.variables for name in _components(variable)]
    shown = [r"\dots" if k is None else names[k] for k in kept(len(names), MOST_COLUMNS)]
    inputs = shown[0] if len(shown) == 1 else rf"\left({', '.join(shown)}\right)"
    order = "^{2}" if result.kind == "hess" else ""
    lines = []
    for k in kept(len(result.entries), MOST_ROWS):
        if k is None:
            lines.append(("", r"\vdots"))
            continue
        output = f"f_{{{_places(result.shape)[k]}}}" if result.kind == "hess" and result.shape else "f"
        symbol = rf"\frac{{\partial{order} {output}}}{{\partial {inputs}{order}}}"
        lines.append((symbol, _matrix(result.entries[k], digits, result.estimates[k] if result.estimates else None)))
    return lines


def _components(variable: Variable) -> list[str]:
    """The names of a variable's components."""
    name = latex_name(variable.name)
    if not variable.shape:
        return [name]
    name = f"{{{name}}}" if "_" in name else name  # LaTeX takes no second subscript
    return [f"{name}_{{{place}}}" for place in _places(variable.shape)]


def _places(shape: Shape) -> list[str]:
    """The subscripts of an array's components."""
    return [label[1:-1].replace(",", ", ") for label in labels("", shape)]


def _part(numbers: Sequence[float], errors: Sequence[float] | None, shape: Shape, digits: int) -> str:
    """The derivative of one number in one input, in that input's shape; a vector's is a row."""
    array = Array(numbers, shape if len(shape) > 1 else (1, len(numbers)))
    if not shape:
        text = latex_number(numbers[0], digits)
        return text if errors is None else rf"{text} \pm {latex_number(errors[0], 2)}"
    text = _array_of_numbers(array, digits)
    return text if errors is None else rf"{text} \pm {latex_number(max(errors), 2)}"


def _flat(result: Flat, digits: int) -> str:
    answer = result.answer
    return _compared(answer, digits) if isinstance(answer, Compared) else _derived(answer, digits, flat=True)


def _compared(result: Compared, digits: int) -> str:
    table, words = views(result)
    assert isinstance(table, Table)
    return _stacked([_table(table, digits), _view(words, digits)])


def _formulas(result: Formulas, digits: int) -> str:
    if len(result.items) == 1:
        only = result.items[0]
        text = latex_of(only.tree)
        return text if only.value is None else _aligned([("", text), ("", "= " + _number(only.value, digits))])
    rows = len(result.items) // len(result.wrt)
    lines = []
    for k, item in enumerate(result.items):
        value = "" if item.value is None else f" = {_number(item.value, digits)}"
        label = _derivative(result.wrt[k // rows], k % rows + 1 if rows > 1 else None)
        lines.append((label, latex_of(item.tree) + value))
    return _aligned(lines)


def _derivative(names: list[str], row: int | None) -> str:
    """The symbol of a mixed derivative."""
    below = "".join(
        rf"\partial {latex_name(name)}{_power(names.count(name))}" + " " for name in dict.fromkeys(names)
    ).rstrip()
    return rf"\frac{{\partial{_power(len(names))} f{'' if row is None else f'_{{{row}}}'}}}{{{below}}}"


def _power(exponent: int) -> str:
    return "" if exponent == 1 else f"^{{{exponent}}}"


def _trace(result: Trace, digits: int) -> str:
    rows = []
    for row in result.rows:
        cells = [latex_name(row.name), _formula(row.formula), _number(row.value, digits)]
        if result.mode != "dual":
            cells += [latex_name(row.other_name), _formula(row.other_formula)]
        rows.append([*cells, _number(row.other, digits)])
    if result.mode == "dual":
        return _array("llrr", ["step", "formula", "value", "derivative"], rows)
    other = "tangent" if result.mode == "forward" else "adjoint"
    return _array("llr|llr", ["primal", "formula", "value", other, "formula", "value"], rows)


def _formula(tree: ast.Node | None) -> str:
    return "" if tree is None else latex_of(tree)


def _plain(result: Any, digits: int) -> str:
    """What has no notation of its own, as the other formats show it."""
    return _stacked([_view(view, digits) for view in views(result)])


def _view(view: View, digits: int) -> str:
    if isinstance(view, Lines):
        return _stacked([rf"\texttt{{{latex_words(line)}}}".replace(" ", "~") for line in view.text.splitlines()])
    if isinstance(view, Formula):
        return latex_of(view.tree)
    if isinstance(view, Pairs):
        return _array("ll", [], [[_cell(label, digits), _cell(content, digits)] for label, content in view.items])
    return _table(view, digits)


def _table(view: Table, digits: int) -> str:
    columns = zip(*view.rows, strict=True)
    sides = "".join("r" if any(isinstance(content, float) for content in column) else "l" for column in columns)
    return _array(sides, view.headers, [[_cell(content, digits) for content in row] for row in view.rows])


def _cell(content: Cell, digits: int) -> str:
    if content is None:
        return ""
    if isinstance(content, ast.Node):
        return latex_of(content)
    if isinstance(content, str):
        return rf"\text{{{latex_words(content)}}}"
    if isinstance(content, Array):
        return _array_of_numbers(content, digits)
    return latex_number(content, 2 if isinstance(content, Estimate) else digits)


def _array_of_numbers(array: Array, digits: int) -> str:
    """A vector as a column, a matrix, or of more axes a matrix of matrices; large ones with dots."""
    axes = kept_of(array.shape)
    if axes is None:
        return rf"\text{{{latex_words(name_of(array.shape))}}}"
    if len(axes) % 2:
        axes = [[0], *axes] if len(axes) > 1 else [*axes, [0]]
    shape = [1] * (len(axes) - len(array.shape)) + list(array.shape) if len(array.shape) > 1 else [*array.shape, 1]
    strides = [prod(shape[axis + 1 :]) for axis in range(len(axes))]
    texts = []
    for place in product(*axes):
        if None in place:
            texts.append(_dots(place))
        else:
            start = sum(k * stride for k, stride in zip(place, strides, strict=True) if k)
            texts.append(latex_number(array.numbers[start], digits))
    for k in range(len(axes) - 2, -1, -2):
        rows, columns = len(axes[k]), len(axes[k + 1])
        texts = [
            _grid(texts[start : start + rows * columns], columns) for start in range(0, len(texts), rows * columns)
        ]
    return texts[0]


def _dots(place: tuple[int | None, ...]) -> str:
    return r"\ddots" if place[-2:] == (None, None) else r"\cdots" if place[-1] is None else r"\vdots"


def _matrix(rows: Matrix, digits: int, estimates: Matrix | None = None) -> str:
    height, width = kept(len(rows), MOST_ROWS), kept(len(rows[0]), MOST_COLUMNS)

    def cell(i: int | None, j: int | None) -> str:
        if i is None or j is None:
            return _dots((i, j))
        text = latex_number(rows[i][j], digits)
        return text if estimates is None else rf"{text} \pm {latex_number(estimates[i][j], 2)}"

    return _grid([cell(i, j) for i in height for j in width], len(width))


def _grid(cells: list[str], columns: int) -> str:
    """Cells, row by row, between parentheses."""
    body = r" \\ ".join(" & ".join(cells[k : k + columns]) for k in range(0, len(cells), columns))
    if columns <= WIDEST_PMATRIX:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'c' * columns}}} {body} \end{{array}}\right)"


def _aligned(lines: list[tuple[str, str]]) -> str:
    """Equations below each other, their signs aligned; a line without a left side goes on as it stands."""
    texts = [f"{left} &= {right}" if left else f"& {right}" for left, right in lines]
    return "\\begin{aligned}\n" + " \\\\\n".join(texts) + "\n\\end{aligned}"


def _array(columns: str, headers: list[str], rows: list[list[str]]) -> str:
    lines = [" & ".join(row) for row in rows]
    head = " & ".join(rf"\text{{{latex_words(header)}}}" for header in headers) + " \\\\ \\hline\n" if headers else ""
    return f"\\begin{{array}}{{{columns}}}\n{head}" + " \\\\\n".join(lines) + "\n\\end{array}"


def _stacked(blocks: list[str]) -> str:
    return blocks[0] if len(blocks) == 1 else _array("l", [], [[block] for block in blocks])


_OWN: dict[str, Callable[[Any, int], str]] = {
    "Value": _value,
    "Derived": _derived,
    "Compared": _compared,
    "Flat": _flat,
    "Formulas": _formulas,
    "Trace": _trace,
}
