"""Results as neutral views, before any format."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .derivatives import compared_views, derived_views, flat_views, value_views
from .shown import module_of
from .view import Cell, Formula, Lines, Pairs, Table, View, cell_of

if TYPE_CHECKING:  # a result's type is known by its name, so that one command does not load all the others
    from ..commands.diff import Formulas
    from ..commands.help import HelpPage
    from ..commands.rules import RuleCard, RuleList


def views(result: Any, *, full: bool = False) -> list[View]:
    """The views of a result. full: nothing is left out, and arrays are told component by component."""
    own = module_of(result)
    if own is not None:
        made: list[View] = own.views(result, full=full)
        return made
    kind = type(result).__name__
    return _NUMBERS[kind](result, full=full) if kind in _NUMBERS else _VIEWS[kind](result)


def _formulas(result: Formulas) -> list[View]:
    if len(result.items) == 1:
        only = result.items[0]
        blocks: list[View] = [Formula("", only.tree)]
    else:
        blocks = [Formula(item.label, item.tree) for item in result.items]
    numbers = [(item.label, cell_of(item.value)) for item in result.items if item.value is not None]
    return [*blocks, Pairs(list(numbers))] if numbers else blocks


def _card(result: RuleCard) -> list[View]:
    entry = result.entry
    items: list[tuple[str, Cell]] = [("operation", _signature(entry)), ("what", entry.doc)]
    items += _derivatives(entry)
    if entry.value and entry.kind not in ("composite", "function"):
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
    example = result.example
    if result.in_session:
        from ..commands.sentence import in_words

        example = in_words(example)
    items.append(("example", example))
    if result.shows is not None:
        items.append(("which is", result.shows))
    return [Pairs(items)]


def _derivatives(entry: Any) -> list[tuple[str, Cell]]:
    """What a card says of an entry's derivatives: y is the result, du a tangent of u, g the adjoint of y."""
    names = entry.parameters
    if entry.kind == "function":
        return [("derivative", "that of the operations it is made of, or of the numbers it moves")]
    if entry.kind == "selection":
        first, second = entry.choices
        return [
            ("chooses", f"{first} where {entry.when}, else {second}"),
            ("derivative", f"that of {first} where {entry.when}, else that of {second}"),
        ]
    if entry.kind == "composite":
        return [("means", entry.value)]
    items: list[tuple[str, Cell]] = []
    if entry.kind == "multilinear":
        items.append(("linear in", " and in ".join(names)))
    elif entry.kind == "opaque":
        items += [(f"tangent from d{name}", text) for name, text in zip(names, entry.tangents, strict=True)]
    elif entry.picks:
        items.append(("d/du", "1 where the component is chosen, else 0"))
    else:
        forms = entry.shown or entry.d
        shown = [(name, form, d) for name, form, d in zip(names, forms, entry.d, strict=True)][entry.static :]
        items += [(f"d/d{name}", form) for name, form, _ in shown]
        items += [(f"computed d/d{name}", d) for name, form, d in shown if form != d]
    for ranks, texts in entry.adjoints.items():
        of = "" if len(entry.adjoints) == 1 else f", {_ranks(ranks)}"
        items += [(f"adjoint of {name}{of}", text) for name, text in zip(names, texts, strict=True)]
    return items


def _ranks(ranks: str) -> str:
    words = {"1": "vector", "2": "matrix", "*": "other arrays"}
    return " by ".join(words[rank] for rank in ranks.split(","))


def _signature(entry: Any) -> str:
    if entry.kind == "function":
        return str(entry.value)
    if entry.symbol and entry.arity == 2:
        return f"u {entry.symbol} v"
    if entry.symbol:
        return f"{entry.symbol}{' ' * entry.symbol.isalpha()}u"
    axis = ", axis=…" if entry.along else ""
    return f"{entry.word}({', '.join(entry.parameters)}{', …' if entry.folds else ''}{axis})"


def _list(result: RuleList) -> list[View]:
    rows: list[list[Cell]] = [[_signature(entry), _in_short(entry), entry.doc] for entry in result.entries]
    return [
        Table(["operation", "partial derivatives", "what"], rows),
        Lines("helpers of accurate forms: " + ", ".join(entry.word for entry in result.helpers)),
    ]


def _in_short(entry: Any) -> str:
    if entry.kind == "selection":
        first, second = entry.choices
        return f"{first}' where {entry.when}, else {second}{chr(39) * (second != '0')}"
    if entry.kind == "composite":
        return f"that of {entry.value}"
    if entry.kind == "multilinear":
        return f"linear in {' and in '.join(entry.parameters)}"
    if entry.kind == "opaque":
        return " + ".join(entry.tangents)
    if entry.picks:
        return "1 where chosen, else 0"
    return ",  ".join((entry.shown or entry.d)[entry.static :])


def _help(result: HelpPage) -> list[View]:
    from .help import page

    return [Lines(page(result))]


_NUMBERS: dict[str, Callable[..., list[View]]] = {
    "Value": value_views,
    "Derived": derived_views,
    "Compared": compared_views,
    "Flat": flat_views,
}
_VIEWS: dict[str, Callable[[Any], list[View]]] = {
    "Formulas": _formulas,
    "RuleCard": _card,
    "RuleList": _list,
    "HelpPage": _help,
}
