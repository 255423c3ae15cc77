r"""Arrays, sums over names and statements as LaTeX: matrices, `A^{\mathsf T}`, `\sum_{i=1}^{n} x_{i}`.

A tree knows no shapes: a product of matrices is written side by side like every product.
"""

from __future__ import annotations

from typing import TypeAlias

from ..language import ast, unparse
from ..language.printer import ATOM, FACTOR, LOOSEST, POWER, PRODUCT
from .latex_names import latex_name, latex_words

#: A piece of output: text, or a child with the level that it must have and whether it may begin with a minus.
Piece: TypeAlias = "str | tuple[ast.Node, int, bool]"

#: Functions that are written around their arguments: the form, its level, and the levels that its slots ask for.
FORMS: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "transpose": (r"{#1}^{\mathsf T}", POWER, (ATOM,)),
    "inv": (r"{#1}^{-1}", POWER, (ATOM,)),
    "outer": (r"#1 {#2}^{\mathsf T}", PRODUCT, (FACTOR, ATOM)),
    "dot": (r"{#1}^{\mathsf T} #2", PRODUCT, (ATOM, FACTOR)),
    "solve": (r"{#1}^{-1} #2", PRODUCT, (ATOM, FACTOR)),
    "sum": (r"\sum #1", PRODUCT, (PRODUCT,)),
    "prod": (r"\prod #1", PRODUCT, (PRODUCT,)),
}
_MADE = {"eye": r"\mathbf{I}", "zeros": r"\mathbf{0}", "ones": r"\mathbf{1}"}
_OVER = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
_STATEMENTS = (ast.Block, ast.If, ast.For, ast.While, ast.Break, ast.Return, ast.File)


def form_of(node: ast.Node) -> tuple[str, int, tuple[int, ...]] | None:
    """The form of a function that is written around its arguments, if a node is a call of one."""
    if type(node) is not ast.Call or node.primes or node.keywords:
        return None
    form = FORMS.get(node.function)
    if form is None or len(node.children) != len(form[2]):
        return None
    return None if isinstance(node.children[0], ast.Comprehension) else form


def is_large(node: ast.Node) -> bool:
    """Whether a node is a sum over something, which reaches as far as what stands behind it."""
    return type(node) is ast.Call and node.function in ("sum", "prod") and level(node) == PRODUCT


def level(node: ast.Node) -> int | None:
    """How tightly a form of this module holds together; None for other nodes."""
    if isinstance(node, ast.Lambda):
        return LOOSEST
    form = form_of(node)
    if form is not None:
        return form[1]
    return PRODUCT if _runs(node) else None


def _runs(node: ast.Node) -> bool:
    """Whether a node is a sum over names: sum(x[i] for i in 1..n)."""
    return (
        isinstance(node, ast.Call)
        and node.function in _OVER
        and not node.keywords
        and len(node.children) == 1
        and isinstance(node.children[0], ast.Comprehension)
    )


def pieces(node: ast.Node) -> list[Piece] | None:
    """What a node is written as, left to right; None for what is not this module's."""
    children = node.children
    if isinstance(node, ast.Vector):
        return _matrix(node)
    if isinstance(node, ast.Index):
        # A group with nothing but an accent in it is none to TeX, and it takes no second subscript.
        close = "{}}_{" if isinstance(children[0], ast.Name) and not children[0].name.isascii() else "}_{"
        return ["{", (children[0], ATOM, True), close, *listed(children[1:], ", "), "}"]
    if isinstance(node, ast.Range):
        return [r"\left\{", (children[0], LOOSEST, True), r", \dots, ", (children[1], LOOSEST, True), r"\right\}"]
    if isinstance(node, ast.All):
        return [":"]
    if isinstance(node, ast.Comprehension):
        return [r"\left(", (node.body, LOOSEST, True), r"\right)", *_family(node)]
    if isinstance(node, ast.Lambda):
        names = ", ".join(map(latex_name, node.parameters))
        left = names if len(node.parameters) == 1 else rf"\left({names}\right)"
        return [left, r" \mapsto ", (node.body, LOOSEST, True)]
    if isinstance(node, ast.Declare):
        lengths = r" \times ".join(map(str, node.shape))
        return [latex_name(node.name), r" \in \mathbf{R}", f"^{{{lengths}}}" if lengths else ""]
    if is_statement(node):
        return [verbatim(node)]
    if isinstance(node, ast.Call):
        return _call(node)
    return None


def is_statement(node: ast.Node) -> bool:
    """Whether a node is no formula but a step of a program, as it stands or as what a name is defined to be."""
    if isinstance(node, ast.Define):
        return isinstance(node.body, _STATEMENTS)
    return isinstance(node, _STATEMENTS)


def verbatim(node: ast.Node) -> str:
    """A step of a program as it is typed."""
    return rf"\texttt{{{latex_words(unparse(node))}}}"


def listed(items: tuple[ast.Node, ...], separator: str) -> list[Piece]:
    """Nodes with something between them."""
    parts: list[Piece] = []
    for item in items:
        if parts:
            parts.append(separator)
        parts += _subscript(item) if isinstance(item, ast.Range) else [(item, LOOSEST, True)]
    return parts


def _subscript(node: ast.Range) -> list[Piece]:
    return [(node.children[0], LOOSEST, True), ":", (node.children[1], LOOSEST, True)]


def _matrix(node: ast.Vector) -> list[Piece]:
    """A column; of rows of one length, a matrix."""
    rows = node.children
    inner = [row.children for row in rows if isinstance(row, ast.Vector)]
    flat = not any(isinstance(item, ast.Vector) for row in inner for item in row)
    body: list[Piece] = []
    if len(inner) == len(rows) and flat and len({len(row) for row in inner}) == 1:
        for row in inner:
            body += [*([r" \\ "] if body else []), *listed(row, " & ")]
    else:
        body = listed(rows, r" \\ ")
    return [r"\begin{pmatrix} ", *body, r" \end{pmatrix}"]


def _family(node: ast.Comprehension) -> list[Piece]:
    """Below and above a bracket: what its names run over."""
    if len(node.names) == 1 and isinstance(node.iterables[0], ast.Range):
        return _between(node.names[0], node.iterables[0])
    parts: list[Piece] = []
    for name, iterable in zip(node.names, node.iterables, strict=True):
        parts += [", " if parts else "_{", latex_name(name), r" \in ", (iterable, LOOSEST, True)]
    return [*parts, "}"]


def _between(name: str, node: ast.Range) -> list[Piece]:
    first, last = node.children
    return [f"_{{{latex_name(name)}=", (first, LOOSEST, True), "}^{", (last, LOOSEST, True), "}"]


def _call(node: ast.Call) -> list[Piece] | None:
    children = node.children
    form = form_of(node)
    if _runs(node):
        running = children[0]
        assert isinstance(running, ast.Comprehension)
        parts: list[Piece] = []
        for name, iterable in zip(running.names, running.iterables, strict=True):
            parts.append(_OVER[node.function])
            if isinstance(iterable, ast.Range) and node.function in ("sum", "prod"):
                parts += [*_between(name, iterable), " "]
            else:
                parts += [f"_{{{latex_name(name)}", r" \in ", (iterable, LOOSEST, True), "} "]
        return [*parts, (running.body, PRODUCT, True)]
    if form is not None:
        before, *rest = form[0].split("#")
        slots: list[Piece] = [before]
        for part in rest:
            place = int(part[0]) - 1
            slots += [(children[place], form[2][place], place == 0), part[1:]]
        return slots
    if node.keywords:
        count = len(children) - len(node.keywords)
        below: list[Piece] = []
        for name, child in zip(node.keywords, children[count:], strict=True):
            below += [", " if below else "_{", rf"\mathrm{{{name}}}=", (child, LOOSEST, True)]
        named = rf"\operatorname{{{latex_words(node.function)}}}"
        return [named, *below, r"}\left(", *listed(children[:count], ", "), r"\right)"]
    if node.function in _MADE and children and not node.primes:
        return [_MADE[node.function], "_{", *listed(children, r" \times "), "}"]
    return None
