"""Results as neutral views: pairs, tables, formulas and lines, before any format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..backends.result import Compared, Derived, Value
from ..language import ast

if TYPE_CHECKING:  # a result's type is known by its name, so that one command does not load all the others
    from ..commands.diff import Formulas
    from ..commands.help import HelpPage
    from ..commands.rules import RuleCard, RuleList
    from ..commands.trace import Trace


class Estimate(float):
    """A number of which two digits say enough to people: an error, a difference."""


#: A number, a formula, or words.
Cell: TypeAlias = float | ast.Node | str | None


class Pairs(NamedTuple):
    """Labels, each with a cell; `errors` holds the cells' error estimates or is empty."""

    items: list[tuple[str, Cell]]
    errors: list[Cell] = []  # noqa: RUF012 (never changed)


class Table(NamedTuple):
    """Rows under headers."""

    headers: list[str]
    rows: list[list[Cell]]
    caption: str = ""


class Lines(NamedTuple):
    """Words as they stand."""

    text: str


class Formula(NamedTuple):
    """A formula alone, with the label that it has where several stand together."""

    label: str
    tree: ast.Node


View: TypeAlias = Pairs | Table | Lines | Formula


def views(result: Any) -> list[View]:
    """The views of a result."""
    return _VIEWS[type(result).__name__](result)


def _value(result: Value) -> list[View]:
    name = result.name
    if isinstance(result.value, tuple):
        return [Pairs([(f"{name or ''}[{k}]", v) for k, v in enumerate(result.value, start=1)])]
    return [Pairs([(name or "", result.value)])]


def _values(result: Derived) -> list[tuple[str, Cell]]:
    if not result.vector:
        return [("value", result.value[0])]
    return [(f"f{k}", v) for k, v in enumerate(result.value, start=1)]


def _derived(result: Derived) -> list[View]:
    labels = result.labels
    if result.kind == "grad":
        errors: list[Cell] = [None, *map(Estimate, result.estimates[0][0])] if result.estimates else []
        pairs = list(zip([f"d/d{label}" for label in labels], result.entries[0][0], strict=True))
        return [Pairs([*_values(result), *pairs], errors)]
    if not labels:
        return [Pairs(_values(result))]
    blocks: list[View] = [Pairs(_values(result))]
    for k, matrix in enumerate(result.entries):
        blocks.append(
            _matrix(result, matrix, f"Hessian of f{k + 1}" if result.kind == "hess" and result.vector else "")
        )
        if result.estimates:
            estimates = [list(map(Estimate, row)) for row in result.estimates[k]]
            blocks.append(_matrix(result, estimates, "error estimates"))
    return blocks


def _matrix(result: Derived, matrix: Sequence[Sequence[float]], caption: str) -> Table:
    """A Jacobian, or the Hessian of one output."""
    labels = result.labels
    if result.kind == "hess":
        names, headers = labels, labels
    else:
        names = [f"f{i}" for i in range(1, len(matrix) + 1)] if result.vector else ["f"]
        headers = [f"d/d{label}" for label in labels]
    return Table(["", *headers], [[name, *row] for name, row in zip(names, matrix, strict=True)], caption)


def _compared(result: Compared) -> list[View]:
    first = result.answers[0]
    names = [answer.backend for answer in result.answers]
    rows: list[list[Cell]] = []
    for k, value in enumerate(first.value):
        rows.append([f"f{k + 1}" if first.vector else "value", *([value] * len(names)), None])
    for k, matrix in enumerate(first.entries):
        for i, row in enumerate(matrix):
            for j in range(len(row)):
                label = entry_label(first, k, i, j)
                cells: list[Cell] = [answer.entries[k][i][j] for answer in result.answers]
                rows.append([label, *cells, Estimate(result.differences[k][i][j])])
    words = [f"{answer.backend}: {answer.work}" for answer in result.answers]
    if result.apart:
        words.append(f"fd has no say in {', '.join(result.apart)}: a kink, an edge, or no finite derivative")
    verdict = f"largest relative difference {result.largest:.1e}: "
    verdict += "the backends agree" if not result.disagreements else "the backends DISAGREE"
    return [
        Table(["", *names, "difference"], rows),
        Lines("\n".join([*words, verdict, *result.disagreements])),
    ]


def entry_label(result: Derived, k: int, i: int, j: int) -> str:
    """The name of an entry of a derivative."""
    from ..backends.derive import component

    return component(result.kind, result.labels, len(result.value) if result.vector else 1, k, i, j)


def _formulas(result: Formulas) -> list[View]:
    if len(result.items) == 1:
        only = result.items[0]
        blocks: list[View] = [Formula("", only.tree)]
    else:
        blocks = [Formula(item.label, item.tree) for item in result.items]
    numbers = [(item.label, item.value) for item in result.items if item.value is not None]
    return [*blocks, Pairs(list(numbers))] if numbers else blocks


def _trace(result: Trace) -> list[View]:
    if result.mode == "dual":
        headers = ["step", "formula", "value", "derivative"]
        rows: list[list[Cell]] = [[r.name, r.formula, r.value, r.other] for r in result.rows]
        return [Table(headers, rows, f"dual numbers (value, derivative), derivative in {result.subject}")]
    other = "tangent" if result.mode == "forward" else "adjoint"
    rows = [[r.name, r.formula, r.value, r.other_name, r.other_formula, r.other] for r in result.rows]
    caption = (
        f"seed {result.subject}" if result.mode == "forward" else f"adjoints of {result.subject}, computed upwards"
    )
    return [Table(["primal", "formula", "value", other, "formula", "value"], rows, caption)]


def _card(result: RuleCard) -> list[View]:
    entry = result.entry
    items: list[tuple[str, Cell]] = [("operation", _signature(entry)), ("what", entry.doc)]
    names = entry.parameters
    if entry.kind == "selection":
        items.append(("chooses", f"{entry.choices[0]} where {entry.when}, else {entry.choices[1]}"))
        items.append(("derivative", f"that of {entry.choices[0]} where {entry.when}, else that of {entry.choices[1]}"))
    elif entry.kind == "composite":
        items.append(("means", entry.value))
    else:
        for k, name in enumerate(names):
            if entry.static and k == 0:
                continue
            items.append((f"d/d{name}", (entry.shown or entry.d)[k]))
        for k, name in enumerate(names):
            if entry.shown and entry.shown[k] != entry.d[k]:
                items.append((f"computed d/d{name}", entry.d[k]))
    if entry.value and entry.kind != "composite":
        items.append(("computed as", entry.value))
    if entry.rule:
        items.append(("rule", entry.rule))
    if entry.domain:
        items.append(("domain", entry.domain))
    if entry.remedy:
        items.append(("outside", entry.remedy))
    if entry.kink:
        items.append(("kink where", f"{entry.kink} == 0"))
    if entry.aliases:
        items.append(("also", ", ".join(entry.aliases)))
    items.append(("example", _example(entry)))
    return [Pairs(items)]


def _example(entry: Any) -> str:
    inner = ["x", "y", "z"][: entry.arity - len(entry.defaults) - entry.static]
    if entry.symbol:
        text = entry.symbol.join(inner) if len(inner) == 2 else f"{entry.symbol}x"
    else:
        text = f"{entry.name}({', '.join(['1'] * entry.static + inner)})"
    return f'dcalc diff "{text}"'


def _signature(entry: Any) -> str:
    if entry.symbol and entry.arity == 2:
        return f"u {entry.symbol} v"
    if entry.symbol:
        return f"{entry.symbol}u"
    return f"{entry.name}({', '.join(entry.parameters)}{', …' if entry.folds else ''})"


def _list(result: RuleList) -> list[View]:
    rows: list[list[Cell]] = []
    for entry in result.entries:
        if entry.kind == "selection":
            rule = (
                f"{entry.choices[0]}' where {entry.when}, else {entry.choices[1]}{chr(39) * (entry.choices[1] != '0')}"
            )
        elif entry.kind == "composite":
            rule = f"that of {entry.value}"
        else:
            rule = ",  ".join((entry.shown or entry.d)[entry.static :])
        rows.append([_signature(entry), rule, entry.doc])
    return [
        Table(["operation", "partial derivatives", "what"], rows),
        Lines("helpers of accurate forms: " + ", ".join(entry.name for entry in result.helpers)),
    ]


def _help(result: HelpPage) -> list[View]:
    from .help import page

    return [Lines(page(result))]


_VIEWS: dict[str, Callable[[Any], list[View]]] = {
    "Value": _value,
    "Derived": _derived,
    "Compared": _compared,
    "Formulas": _formulas,
    "Trace": _trace,
    "RuleCard": _card,
    "RuleList": _list,
    "HelpPage": _help,
}
