r"""Formulas, names and numbers as LaTeX for math mode (amsmath). Operations print by the `latex` form of their entry.

A form shows its arguments as `#1`, `#2`. Between `\left` and `\right` and in `\frac`, `\sqrt` or an exponent an
argument needs no parentheses; elsewhere the levels of the language's own printer decide.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

from ..language import ast
from ..language.printer import ATOM, BINARY, COMPARISON, LOOSEST, POWER, PRODUCT, UNARY
from ..primitives import ALIASES, TABLE
from .numbers import DIGITS, number

#: Greek letters that have a command of their own, and the Latin letters that the others look like.
_GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
))  # fmt: skip
_LATIN_LOOKING = {
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0306": "breve",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u030a": "mathring",
    "\u030c": "check",
}
_CONSTANTS = {"inf": r"\infty", "nan": r"\text{nan}", "π": r"\pi"}
#: A name: letters, then what stands below the line: `x1`, `x_max`, `v₁`, `v[1]`; prime marks last.
_NAME = re.compile(r"(.+?)(?:_(?=.)(.+?)|([0-9]+|[₀-₉]+)|\[([0-9]+)\])?(ʹ*)")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
#: What stands between delimiters of its own needs no parentheses in any place.
_CLOSED = re.compile(r"\\left|\\sqrt|.*\\right\)$")
_SLOT = re.compile(r"#([1-9])")
_ALL_SLOTS = re.compile(r"#1(?:, #[1-9])*")

#: A piece of output: text, or a child with the level that it must have and whether it may begin with a minus.
Piece: TypeAlias = "str | tuple[ast.Node, int, bool]"


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


def latex_name(name: str) -> str:
    r"""A name for math mode: `x_{1}`, `\theta`, `\dot{v}_{2}`, `\mathit{cost}`."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    # Accents on the last letter belong to the whole name: v₁ with a dot is v with a dot, below it 1.
    plain = unicodedata.normalize("NFD", name)
    body = plain.rstrip("".join(_ACCENTS))
    accents = plain[len(body) :]
    found = _NAME.fullmatch(body)
    if found is None:
        return rf"\text{{{latex_words(name)}}}"
    letters, word, figures, index, primes = found.groups()
    text = _letters(letters)
    for accent in accents:
        text = rf"\{_ACCENTS[accent]}{{{text}}}"
    below = [part.translate(_SUBSCRIPTS) for part in (figures, index) if part]
    if word:
        below.insert(0, word if word.isdecimal() else _letters(word))
    return text + (f"_{{{', '.join(below)}}}" if below else "") + "'" * len(primes)


def latex_number(value: float, digits: int = DIGITS) -> str:
    """A number for math mode."""
    return latex_figures(number(value, digits))


def latex_figures(text: str) -> str:
    r"""A number's text for math mode: `1e-3` is `1 \times 10^{-3}`."""
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    if plain in _CONSTANTS:
        return sign + _CONSTANTS[plain]
    mantissa, exponent, power = plain.lower().partition("e")
    return sign + mantissa + (rf" \times 10^{{{int(power)}}}" if exponent else "")


def latex_words(text: str) -> str:
    r"""Words as they can stand in `\text{…}`, whatever characters they hold."""
    return "".join(_word(character) for character in text)


def _word(character: str) -> str:
    if character in "#$%&_{}":
        return "\\" + character
    if character == "\\":
        return r"\textbackslash{}"
    if character in "^~":
        return f"\\{character}{{}}"
    if character in "<>|+=*/":
        return f"${character}$" if character in "<>|" else character
    if character.isascii():
        return character
    known = {"…": r"\dots", "−": "-", "≤": r"\le", "≥": r"\ge", "±": r"\pm", "π": r"\pi", "√": r"\surd", "·": r"\cdot"}
    if character in known:
        return f"${known[character]}$"
    shape, _, plain = unicodedata.decomposition(character).partition(" ")
    if shape in ("<super>", "<sub>"):
        return f"${'^' if shape == '<super>' else '_'}{{{chr(int(plain, 16))}}}$"
    if unicodedata.combining(character):
        return ""
    return f"${_letters(character)}$" if character.isalpha() else "?"


def _letters(text: str) -> str:
    """Letters in a row: one is a variable, several a word; a Greek name is its letter."""
    plain = unicodedata.normalize("NFD", text)
    if text in _GREEK:
        return f"\\{text}"
    if len(plain) == 1:
        return _letter(text)
    if text.isascii():
        return rf"\mathit{{{latex_words(text)}}}"
    parts: list[str] = []
    for character in plain:
        if character in _ACCENTS and parts:
            parts[-1] = rf"\{_ACCENTS[character]}{{{parts[-1]}}}"
        elif not unicodedata.combining(character):
            parts.append(_letter(character))
    return "".join(part if part.isascii() and len(part) == 1 else f"{{{part}}}" for part in parts)


def _letter(character: str) -> str:
    if character.isascii():
        return r"\_" if character == "_" else character
    words = unicodedata.name(unicodedata.normalize("NFKC", character)[0], "").split()
    if words[:1] == ["GREEK"]:
        name = words[-1].lower().replace("lamda", "lambda").replace("final", "")
        name = name if "SMALL" in words else name.title()
        if name in _GREEK:
            return f"\\{name}"
        if name in _LATIN_LOOKING:
            return rf"\mathrm{{{_LATIN_LOOKING[name]}}}"
    return rf"\text{{{character}}}"


def _form(node: ast.Node) -> str:
    """How an operation of the table is written, or ""."""
    if type(node) is not ast.Call or node.primes:
        return ""
    entry = TABLE.get(ALIASES.get(node.function, node.function))
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
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Vector):
        return [r"\begin{pmatrix} ", *_listed(children, r" \\ "), r" \end{pmatrix}"]
    if isinstance(node, ast.Iverson):
        return [r"\left[", *_listed(children, ", "), r"\right]"]
    if isinstance(node, ast.Index):
        return ["{", (children[0], ATOM, True), "}_{", *_listed(children[1:], ", "), "}"]
    if isinstance(node, ast.Define):
        return [_left_side(node), " = ", (node.body, LOOSEST, True)]
    assert isinstance(node, ast.Program)
    if len(children) == 1:
        return [(children[0], LOOSEST, True)]
    lines: list[Piece] = [r"\begin{aligned} "]
    for k, statement in enumerate(children):
        lines.append(r" \\ " if k else "")
        if isinstance(statement, ast.Define):
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
        if operator == "*":
            left, right = children
            first = _first(right)
            clash = first in ("0", "2^{#1") or (first == r"\frac" and _ends_in_figure(left))
            form = r"#1 \cdot #2" if clash else form
        wanted = _wanted(operator)
        return _filled(form, [(child, *wanted[k]) for k, child in enumerate(children)])
    slots: list[Piece] = [(child, LOOSEST, True) for child in children]
    if not form:
        return [_function(node.function) + "'" * node.primes, r"\left(", *_listed(children, ", "), r"\right)"]
    if len(children) != TABLE[ALIASES.get(node.function, node.function)].arity:
        before, after = _ALL_SLOTS.split(form, maxsplit=1)
        return [before, *_listed(children, ", "), after]
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
    return [(left, True), (right, operator not in ("+", "-", "*"))]


def _filled(form: str, slots: list[Piece]) -> list[Piece]:
    """A form with its slots filled."""
    parts = _SLOT.split(form)
    return [slots[int(part) - 1] if k % 2 else part for k, part in enumerate(parts)]


def _listed(items: tuple[ast.Node, ...], separator: str) -> list[Piece]:
    parts: list[Piece] = []
    for item in items:
        if parts:
            parts.append(separator)
        parts.append((item, LOOSEST, True))
    return parts
