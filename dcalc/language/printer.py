"""A tree to its canonical text, with the fewest parentheses: parse(unparse(t)) == t for every t that has a text."""

from __future__ import annotations

from .ast import Call, Define, Index, Iverson, Name, Node, Number, Program, Vector
from .builder import CONDITIONS

# How tightly things bind, loosest first: the levels of the grammar's rules.
LOOSEST, OR, AND, NOT, COMPARISON, SUM, PRODUCT, FACTOR, POWER, ATOM = range(10)

#: Operator -> its own level, its left operand's and its right operand's.
BINARY = {
    "or": (OR, OR, AND),
    "and": (AND, AND, NOT),
    "<": (COMPARISON, SUM, SUM),
    "<=": (COMPARISON, SUM, SUM),
    ">": (COMPARISON, SUM, SUM),
    ">=": (COMPARISON, SUM, SUM),
    "==": (COMPARISON, SUM, SUM),
    "!=": (COMPARISON, SUM, SUM),
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, FACTOR),
    "/": (PRODUCT, PRODUCT, FACTOR),
    "^": (POWER, ATOM, FACTOR),  # x^-2 and x^y^2 need no parentheses
}

#: Operator -> its own level and its operand's.
UNARY = {"neg": (FACTOR, FACTOR), "not": (NOT, NOT)}

#: How an operator is written where that is not ` operator `.
SPELLING = {"*": "*", "/": "/", "^": "^", "neg": "-", "not": "not "}


def level(node: Node) -> int:
    """How tightly the node's own operator binds; ATOM for what needs no parentheses anywhere."""
    if type(node) is Call and not node.primes:
        count = len(node.children)
        if count == 2 and node.function in BINARY:
            return BINARY[node.function][0]
        if count == 1 and node.function in UNARY:
            return UNARY[node.function][0]
    return ATOM


def unparse(node: Node) -> str:
    """The text of a program, a definition or an expression. A loop: trees may be 100 000 levels deep."""
    out: list[str] = []
    todo: list[str | tuple[Node, int]] = [(node, LOOSEST)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        node, wanted = item
        kind = type(node)
        if kind is Number:
            out.append(node.text)  # type: ignore[attr-defined]
        elif kind is Name:
            out.append(node.name)  # type: ignore[attr-defined]
        elif level(node) < wanted:
            todo += (")", (node, LOOSEST), "(")
        else:
            todo += reversed(_parts(node))
    return "".join(out)


def _parts(node: Node) -> list[str | tuple[Node, int]]:
    # What a node is written as, left to right: strings, and children with the level they must have.
    children = node.children
    if isinstance(node, Call):
        name = node.function
        if level(node) != ATOM:
            if len(children) == 2:
                _, left, right = BINARY[name]
                return [(children[0], left), SPELLING.get(name) or f" {name} ", (children[1], right)]
            return [SPELLING[name], (children[0], UNARY[name][1])]
        return [name + "'" * node.primes, "(", *_listed(children, ", "), ")"]
    if isinstance(node, Vector):
        # A lone condition in brackets would be Iverson's.
        alone = len(children) == 1 and isinstance(children[0], Call) and children[0].function in CONDITIONS
        return ["[", *_listed(children, ", "), ",]" if alone else "]"]
    if isinstance(node, Iverson):
        return ["[", *_listed(children, ", "), "]"]
    if isinstance(node, Index):
        # `2[1]` is no text of the language.
        base = children[0]
        opened: list[str | tuple[Node, int]] = (
            ["(", (base, LOOSEST), ")"] if isinstance(base, Number) else [(base, ATOM)]
        )
        return [*opened, "[", *_listed(children[1:], ", "), "]"]
    if isinstance(node, Define):
        parameters = "" if node.parameters is None else f"({', '.join(node.parameters)})"
        return [f"{node.name}{parameters} = ", (node.body, LOOSEST)]
    if isinstance(node, Program):
        return _listed(children, "; ") or [";"]  # an empty text is no program
    raise TypeError(f"no text for {type(node).__name__}")


def _listed(items: tuple[Node, ...], separator: str) -> list[str | tuple[Node, int]]:
    parts: list[str | tuple[Node, int]] = []
    for item in items:
        if parts:
            parts.append(separator)
        parts.append((item, LOOSEST))
    return parts
