r"""Results as LaTeX: each result is one formula for math mode (`\[ … \]`), with amsmath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..backends.result import Compared, Derived, Value
from ..language import ast
from .latex_formula import latex_name, latex_number, latex_of, latex_words
from .views import Cell, Estimate, Formula, Lines, Pairs, Table, View, views

if TYPE_CHECKING:
    from ..commands.diff import Formulas
    from ..commands.trace import Trace

__all__ = ["latex_of", "render"]

#: amsmath's pmatrix has no more columns than this.
WIDEST_PMATRIX = 10


def render(results: list[Any], notes: list[Any], digits: int) -> str:
    """The results, with an empty line between them."""
    return "\n\n".join(_OWN.get(type(result).__name__, _plain)(result, digits) for result in results)


def _value(result: Value, digits: int) -> str:
    vector = isinstance(result.value, tuple)
    values = list(result.value) if isinstance(result.value, tuple) else [result.value]
    text = _column(values, digits) if vector else latex_number(values[0], digits)
    return f"{latex_name(result.name)} = {text}" if result.name else text


def _derived(result: Derived, digits: int) -> str:
    value = _column(result.value, digits) if result.vector else latex_number(result.value[0], digits)
    lines = [("f", value)]
    columns = [latex_name(label) for label in result.labels]
    inputs = columns[0] if len(columns) == 1 else rf"\left({', '.join(columns)}\right)"
    for k, matrix in enumerate(result.entries, start=1):
        estimates = result.estimates[k - 1] if result.estimates else None
        order = "^{2}" if result.kind == "hess" else ""
        output = f"f_{{{k}}}" if result.kind == "hess" and result.vector else "f"
        symbol = rf"\frac{{\partial{order} {output}}}{{\partial {inputs}{order}}}"
        lines.append((symbol, _matrix(matrix, digits, estimates)))
    return _aligned(lines)


def _compared(result: Compared, digits: int) -> str:
    table, words = views(result)
    assert isinstance(table, Table)
    return _stacked([_table(table, digits), _view(words, digits)])


def _formulas(result: Formulas, digits: int) -> str:
    if len(result.items) == 1:
        only = result.items[0]
        text = latex_of(only.tree)
        return text if only.value is None else _aligned([("", text), ("", "= " + latex_number(only.value, digits))])
    rows = len(result.items) // len(result.wrt)
    lines = []
    for k, item in enumerate(result.items):
        value = "" if item.value is None else f" = {latex_number(item.value, digits)}"
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
        cells = [latex_name(row.name), _formula(row.formula), latex_number(row.value, digits)]
        if result.mode != "dual":
            cells += [latex_name(row.other_name), _formula(row.other_formula)]
        rows.append([*cells, latex_number(row.other, digits)])
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
    return latex_number(content, 2 if isinstance(content, Estimate) else digits)


def _column(values: Iterable[float], digits: int) -> str:
    return _matrix([[value] for value in values], digits)


def _matrix(rows: list[list[float]], digits: int, estimates: list[list[float]] | None = None) -> str:
    cells = [[latex_number(value, digits) for value in row] for row in rows]
    if estimates is not None:
        for line, errors in zip(cells, estimates, strict=True):
            line[:] = [rf"{cell} \pm {latex_number(error, 2)}" for cell, error in zip(line, errors, strict=True)]
    body = r" \\ ".join(" & ".join(line) for line in cells)
    if len(rows[0]) <= WIDEST_PMATRIX:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'c' * len(rows[0])}}} {body} \end{{array}}\right)"


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
    "Formulas": _formulas,
    "Trace": _trace,
}
