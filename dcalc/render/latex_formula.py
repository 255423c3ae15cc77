r"""Formulas, names and numbers as LaTeX for math mode (amsmath). Operations print by the `latex` form of their entry.

A form shows its arguments as `#1`, `#2`. Between `\left` and `\right` and in `\frac`, `\sqrt` or an exponent an
argument needs no parentheses; elsewhere the levels of the language's own printer decide.
"""

from __future__ import annotations

import re

from ..language import ast
from ..language.printer import ATOM, BINARY, COMPARISON, FACTOR, LOOSEST, POWER, PRODUCT, UNARY
from ..primitives import ALIASES, TABLE
from ..primitives.entry import Primitive
from . import latex_arrays, latex_pending
from .latex_arrays import Piece, listed
from .latex_names import latex_figures
from .latex_names import latex_name as latex_name
from .latex_names import latex_number as latex_number
from .latex_names import latex_words as latex_words

#: What stands between delimiters of its own needs no parentheses in any place.
_CLOSED = re.compile(r"\\left|\\sqrt|.*\\right\)$")
_SLOT = re.compile(r"#([1-9])")
_ALL_SLOTS = re.compile(r"#1(?:, #[1-9])*")


def latex_of(node: ast.Node) -> str:
    """A program, a definition or an expression for math mode. A loop: trees may be 100 000 levels deep."""
    out: list[str] = []
    todo: list[Piece] = [(node, LOOSEST, True)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        child, wanted, signed = item
        if _level(child) < wanted or (not signed and _first(child) == "-"):
            todo += (r"\right)", (child, LOOSEST, True), r"\left(")
        else:
            todo += reversed(_pieces(child))
    return "".join(out)


def _entry(node: ast.Call) -> Primitive | None:
    name = ALIASES.get(node.function, node.function)
    return TABLE.get(name, TABLE.get(f"{name}[]"))


def _form(node: ast.Node) -> str:
    """How an operation of the table is written, or ""."""
    if type(node) is not ast.Call or node.primes or node.keywords:
        return ""
    entry = _entry(node)
    return entry.latex if entry is not None and node.children else ""


def _operator(node: ast.Node) -> str:
    """The operator that a node is an application of, or ""."""
    if type(node) is not ast.Call or node.primes:
        return ""
    count = len(node.children)
    return node.function if (count == 2 and node.function in BINARY) or (count == 1 and node.function in UNARY) else ""


def _level(node: ast.Node) -> int:
    """How tightly a node's form holds together."""
    operator = _operator(node)
    if operator == "/":
        return POWER  # a bar is as good as parentheses, but not below an exponent
    if operator == "neg":
        return PRODUCT  # -ab is (-a)b; where a sign may not come first is `_first`'s to say
    if operator:
        return BINARY[operator][0] if operator in BINARY else UNARY[operator][0]
    if type(node) is ast.Number:
        return PRODUCT if "e" in node.text.lower() else ATOM
    known = latex_arrays.level(node)
    if known is not None:
        return known
    form = _form(node)
    if form.startswith(r"\begin"):
        return COMPARISON
    return POWER if form and not _CLOSED.match(form) else ATOM


def _first(node: ast.Node) -> str:
    """What a node's text begins with, as far as it matters to what stands before it: `-`, a figure, a fraction."""
    while True:
        operator = _operator(node)
        if operator in ("neg", "/", ""):
            break
        if operator == "not" or _level(node.children[0]) < BINARY[operator][1]:
            return "("
        node = node.children[0]
    if type(node) is ast.Number:
        return "0"
    form = latex_arrays.form_of(node)
    if form is not None:  # (-x)^T has its parentheses, and so has what another form begins with
        return ""
    return "-" if operator == "neg" else _form(node)[:5]


def _ends_in_figure(node: ast.Node) -> bool:
    while _operator(node) in ("*", "neg"):
        node = node.children[-1]
    return type(node) is ast.Number


def _pieces(node: ast.Node) -> list[Piece]:
    """What a node is written as, left to right."""
    children = node.children
    if type(node) is ast.Number:
        return [latex_figures(node.text)]
    if type(node) is ast.Name:
        return [latex_name(node.name)]
    known = latex_arrays.pieces(node)
    if known is not None:
        return known
    if isinstance(node, ast.Call):
        return latex_pending.pieces(node) or _call(node)
    if isinstance(node, ast.Iverson):
        return [r"\left[", *listed(children, ", "), r"\right]"]
    if latex_arrays.is_statement(node):
        return [latex_arrays.verbatim(node)]
    if isinstance(node, ast.Define):
        return [_left_side(node), " = ", (node.body, LOOSEST, True)]
    assert isinstance(node, ast.Program)
    if len(children) == 1:
        return [(children[0], LOOSEST, True)]
    lines: list[Piece] = [r"\begin{aligned} "]
    for k, statement in enumerate(children):
        lines.append(r" \\ " if k else "")
        if isinstance(statement, ast.Define) and not latex_arrays.is_statement(statement):
            lines += [_left_side(statement), " &= ", (statement.body, LOOSEST, True)]
        else:
            lines += ["& ", (statement, LOOSEST, True)]
    return [*lines, r" \end{aligned}"]


def _left_side(node: ast.Define) -> str:
    if node.parameters is None:
        return latex_name(node.name)
    return rf"{_function(node.name)}\left({', '.join(map(latex_name, node.parameters))}\right)"


def _function(name: str) -> str:
    text = latex_name(name)
    return text.replace(r"\mathit", r"\operatorname", 1) if text.startswith(r"\mathit") else text


def _call(node: ast.Call) -> list[Piece]:
    children = node.children
    operator, form = _operator(node), _form(node)
    if operator:
        if operator in ("*", "@"):
            left, right = children
            first = _first(right)
            clash = first in ("0", "2^{#1") or (first == r"\frac" and _ends_in_figure(left))
            form = r"#1 \cdot #2" if clash else form
        wanted = _wanted(operator)
        if operator in ("*", "@"):
            # A x times y, and a sum times y, are told apart from A times x y and a sum of x y.
            left, right = children
            last = left
            while _operator(last) in ("*", "neg"):
                last = last.children[-1]
            if latex_arrays.is_large(last) or (_operator(left), operator) in (("@", "*"), ("*", "@")):
                wanted[0] = (FACTOR, True)
            if type(left) is ast.Number and (latex_arrays.is_large(right) or _operator(right) == "@"):
                wanted[1] = (PRODUCT, False)
        return _filled(form, [(child, *wanted[k]) for k, child in enumerate(children)])
    slots: list[Piece] = [(child, LOOSEST, True) for child in children]
    if not form:
        if _entry(node) is not None and not node.primes:
            return [rf"\operatorname{{{latex_words(node.function)}}}\left(", *listed(children, ", "), r"\right)"]
        return [_function(node.function) + "'" * node.primes, r"\left(", *listed(children, ", "), r"\right)"]
    entry = _entry(node)
    if entry is None or len(children) != entry.arity:
        before, after = _ALL_SLOTS.split(form, maxsplit=1)
        return [before, *listed(children, ", "), after]
    return _filled(form, slots)


def _wanted(operator: str) -> list[tuple[int, bool]]:
    """For each operand: the level that it must have, and whether it may begin with a minus."""
    if operator == "/":
        return [(LOOSEST, True), (LOOSEST, True)]
    if operator == "^":
        return [(ATOM, True), (LOOSEST, True)]
    if operator == "neg":
        return [(PRODUCT, False)]
    if operator in UNARY:
        return [(UNARY[operator][1], True)]
    _, left, right = BINARY[operator]
    return [(left, True), (right, operator not in ("+", "-", "*", "@"))]


def _filled(form: str, slots: list[Piece]) -> list[Piece]:
    """A form with its slots filled."""
    parts = _SLOT.split(form)
    return [slots[int(part) - 1] if k % 2 else part for k, part in enumerate(parts)]
