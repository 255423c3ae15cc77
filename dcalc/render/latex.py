r"""Results as LaTeX: each result is one formula for math mode (`\[ … \]`), with amsmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..backends.problem import Variable, labels
from ..backends.result import Compared, Derived, Nested, Value
from ..backends.rows import Matrix
from ..graph.shapes import Shape
from .arrays import MOST_COLUMNS, MOST_ROWS, Array, kept
from .latex_cells import aligned, array_of_numbers, cell, dots, grid, stacked, table
from .latex_formula import latex_name, latex_number, latex_of, latex_words
from .shown import module_of
from .view import SPACE, Formula, Lines, Pairs, Picture, Table, View, cell_of
from .views import views

if TYPE_CHECKING:
    from ..commands.diff import Formulas
    from ..commands.flat import Flat

__all__ = ["latex_of", "render"]


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """The results, with an empty line between them."""
    return "\n\n".join(_one(result, digits) for result in results)


def _one(result: Any, digits: int) -> str:
    own = module_of(result)
    if own is not None and hasattr(own, "latex"):
        text: str = own.latex(result, digits)
        return text
    return _OWN.get(type(result).__name__, _plain)(result, digits)


def _value(result: Value, digits: int) -> str:
    text = _number(result.value, digits)
    return f"{latex_name(result.name)} = {text}" if result.name else text


def _number(value: Nested, digits: int) -> str:
    return cell(cell_of(value), digits)


def _derived(result: Derived, digits: int, *, flat: bool = False) -> str:
    value = Array(result.value, result.shape)
    lines = [("f", cell(value if result.shape else result.value[0], digits))]
    if not result.variables:
        return aligned(lines)
    if result.kind == "hess" or flat or max(map(len, [result.shape, *(v.shape for v in result.variables)])) < 2:
        return aligned([*lines, *_matrices(result, digits)])
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
    return aligned(lines)


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
    text = array_of_numbers(array, digits)
    return text if errors is None else rf"{text} \pm {latex_number(max(errors), 2)}"


def _flat(result: Flat, digits: int) -> str:
    answer = result.answer
    return _compared(answer, digits) if isinstance(answer, Compared) else _derived(answer, digits, flat=True)


def _compared(result: Compared, digits: int) -> str:
    table, words = views(result)
    assert isinstance(table, Table)
    return stacked([_table(table, digits), _view(words, digits)])


def _formulas(result: Formulas, digits: int) -> str:
    if len(result.items) == 1:
        only = result.items[0]
        text = latex_of(only.tree)
        return text if only.value is None else aligned([("", text), ("", "= " + _number(only.value, digits))])
    rows = len(result.items) // len(result.wrt)
    lines = []
    for k, item in enumerate(result.items):
        value = "" if item.value is None else f" = {_number(item.value, digits)}"
        label = _derivative(result.wrt[k // rows], k % rows + 1 if rows > 1 else None)
        lines.append((label, latex_of(item.tree) + value))
    return aligned(lines)


def _derivative(names: list[str], row: int | None) -> str:
    """The symbol of a mixed derivative."""
    below = "".join(
        rf"\partial {latex_name(name)}{_power(names.count(name))}" + " " for name in dict.fromkeys(names)
    ).rstrip()
    return rf"\frac{{\partial{_power(len(names))} f{'' if row is None else f'_{{{row}}}'}}}{{{below}}}"


def _power(exponent: int) -> str:
    return "" if exponent == 1 else f"^{{{exponent}}}"


def _plain(result: Any, digits: int) -> str:
    """What has no notation of its own, as the other formats show it."""
    return stacked([_view(view, digits) for view in views(result) if view != SPACE])


def _view(view: View, digits: int) -> str:
    if isinstance(view, (Lines, Picture)):
        text = view.text if isinstance(view, Lines) else view.draw(True)
        return stacked([rf"\texttt{{{latex_words(line)}}}".replace(" ", "~") for line in text.splitlines()])
    if isinstance(view, Formula):
        return latex_of(view.tree)
    if isinstance(view, Pairs):
        return table("ll", [], [[cell(label, digits), cell(content, digits)] for label, content in view.items])
    return _table(view, digits)


def _table(view: Table, digits: int) -> str:
    columns = zip(*view.rows, strict=True)
    sides = "".join("r" if any(isinstance(content, (int, float)) for content in column) else "l" for column in columns)
    return table(sides, view.headers, [[cell(content, digits) for content in row] for row in view.rows])


def _matrix(rows: Matrix, digits: int, estimates: Matrix | None = None) -> str:
    height, width = kept(len(rows), MOST_ROWS), kept(len(rows[0]), MOST_COLUMNS)

    def entry(i: int | None, j: int | None) -> str:
        if i is None or j is None:
            return dots((i, j))
        text = latex_number(rows[i][j], digits)
        return text if estimates is None else rf"{text} \pm {latex_number(estimates[i][j], 2)}"

    return grid([entry(i, j) for i in height for j in width], len(width))


_OWN: dict[str, Callable[[Any, int], str]] = {
    "Value": _value,
    "Derived": _derived,
    "Compared": _compared,
    "Flat": _flat,
    "Formulas": _formulas,
}
