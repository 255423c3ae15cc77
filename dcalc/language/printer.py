"""A tree to its canonical text, with the fewest parentheses: parse(unparse(t)) == t for every t that has a text.

The textbook's style is for the eye: a·b, x², a − b, u ≤ v, in the same places and with the same parentheses.
"""

from __future__ import annotations

from .ast import (
    All,
    Block,
    Break,
    Call,
    Comprehension,
    Declare,
    Define,
    File,
    For,
    If,
    Index,
    Iverson,
    Lambda,
    Name,
    Node,
    Number,
    Program,
    Range,
    Return,
    Vector,
    While,
)
from .builder import CONDITIONS
from .figures import raised

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
    "@": (PRODUCT, PRODUCT, FACTOR),
    "^": (POWER, ATOM, FACTOR),  # x^-2 and x^y^2 need no parentheses
}

#: Operator -> its own level and its operand's.
UNARY = {"neg": (FACTOR, FACTOR), "not": (NOT, NOT)}

#: How an operator is written where that is not ` operator `.
SPELLING = {"*": "*", "/": "/", "^": "^", "neg": "-", "not": "not "}

#: The same as the textbooks have it.
TEXTBOOK = {**SPELLING, "*": "·", "neg": "−", "-": " − ", "<=": " ≤ ", ">=": " ≥ ", "!=": " ≠ "}

#: Text, or a node and how tightly it must bind there.
Part = str | tuple[Node, int]


def level(node: Node) -> int:
    """How tightly the node's own operator binds; ATOM for what needs no parentheses anywhere."""
    if type(node) is Call and not node.primes and not node.keywords:
        count = len(node.children)
        if count == 2 and node.function in BINARY:
            return BINARY[node.function][0]
        if count == 1 and node.function in UNARY:
            return UNARY[node.function][0]
    return ATOM


def unparse(node: Node, *, textbook: bool = False) -> str:
    """The text of a program, a definition or an expression. A loop: trees may be 100 000 levels deep.

    textbook: as books print it, which cannot be read back.
    """
    spelling = TEXTBOOK if textbook else SPELLING
    out: list[str] = []
    todo: list[Part] = [(node, LOOSEST)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            # A number's own point beside the two of a range would be read with them.
            out.append(" .." if item == ".." and out[-1].endswith(".") else item)
            continue
        node, wanted = item
        kind = type(node)
        if kind is Number:
            text: str = node.text  # type: ignore[attr-defined]
            out.append(" " + text if text[0] == "." and out and out[-1].endswith("..") else text)
        elif kind is Name:
            out.append(node.name)  # type: ignore[attr-defined]
        elif level(node) < wanted:
            todo += (")", (node, LOOSEST), "(")
        else:
            todo += reversed(_parts(node, spelling))
    return "".join(out)


def _parts(node: Node, spelling: dict[str, str]) -> list[Part]:
    # What a node is written as, left to right: strings, and children with the level they must have.
    children = node.children
    if isinstance(node, Call):
        name = node.function
        if level(node) != ATOM:
            if len(children) == 2:
                _, left, right = BINARY[name]
                if name in "*/" and type(children[0]) is Call and children[0].function == "@":
                    left = POWER  # (A @ x)*2 reads as it means with parentheses only
                power = _superscript(children[1]) if name == "^" and spelling is TEXTBOOK else ""
                if power:
                    return [(children[0], left), power]
                return [(children[0], left), spelling.get(name) or f" {name} ", (children[1], right)]
            return [spelling[name], (children[0], UNARY[name][1])]
        return [name + "'" * node.primes, "(", *_arguments(node), ")"]
    if isinstance(node, Vector):
        # A lone condition in brackets would be Iverson's.
        alone = len(children) == 1 and isinstance(children[0], Call) and children[0].function in CONDITIONS
        return ["[", *_listed(children, ", "), ",]" if alone else "]"]
    if isinstance(node, (Iverson, Comprehension)):
        return ["[", *_inside(node), "]"]
    if isinstance(node, Index):
        # `2[1]` is no text of the language.
        base = children[0]
        opened: list[Part] = ["(", (base, LOOSEST), ")"] if isinstance(base, Number) else [(base, ATOM)]
        return [*opened, "[", *_listed(children[1:], ", "), "]"]
    if isinstance(node, Define):
        parameters = "" if node.parameters is None else f"({', '.join(node.parameters)})"
        return [f"{node.name}{parameters} = ", (node.body, LOOSEST)]
    if isinstance(node, Program):
        return _listed(children, "; ") or [";"]  # an empty text is no program
    return _statement(node)


def _superscript(exponent: Node) -> str:
    # A whole number as an exponent; "" for any other.
    text, sign = exponent, ""
    if isinstance(text, Call) and text.function == "neg" and not text.primes:
        text, sign = text.children[0], "⁻"
    return sign + raised(text.text) if isinstance(text, Number) and text.text.isdecimal() else ""


def _statement(node: Node) -> list[Part]:
    # What is no expression, but stands where one does, or is a statement.
    children = node.children
    if isinstance(node, Range):
        return [(children[0], LOOSEST), "..", (children[1], LOOSEST)]
    if isinstance(node, All):
        return [":"]
    if isinstance(node, Lambda):
        names = node.parameters
        return [names[0] if len(names) == 1 else f"({', '.join(names)})", " -> ", (node.body, LOOSEST)]
    if isinstance(node, Block):
        return ["{ ", *_listed(children, "; "), " }"] if children else ["{ }"]
    if isinstance(node, If):
        parts: list[Part] = ["if ", (node.condition, LOOSEST), " ", (node.then, LOOSEST)]
        if node.other is None:
            return parts
        inner = node.other.children
        is_chain = len(inner) == 1 and isinstance(inner[0], If)
        return [*parts, " else ", (inner[0] if is_chain else node.other, LOOSEST)]
    if isinstance(node, For):
        return [f"for {node.name} in ", (node.iterable, LOOSEST), " ", (node.body, LOOSEST)]
    if isinstance(node, While):
        return ["while ", (node.condition, LOOSEST), " ", (node.body, LOOSEST)]
    if isinstance(node, Break):
        return ["break"]
    if isinstance(node, Return):
        return ["return ", (node.value, LOOSEST)]
    if isinstance(node, Declare):
        return [f"{node.name}: {'x'.join(map(str, node.shape))}"]
    if isinstance(node, File):
        return ["@", _quoted(node.path), "" if node.member is None else f":{node.member}"]
    raise TypeError(f"no text for {type(node).__name__}")


def _arguments(node: Call) -> list[Part]:
    children = node.children
    if len(children) == 1 and isinstance(children[0], Comprehension) and not node.keywords:
        return _inside(children[0])
    positional = len(children) - len(node.keywords)
    parts = _listed(children[:positional], ", ")
    for name, child in zip(node.keywords, children[positional:], strict=True):
        parts += (", " if parts else "", f"{name}=", (child, LOOSEST))
    return parts


def _inside(node: Node) -> list[Part]:
    # What stands between the brackets.
    parts: list[Part] = [(node.children[0], LOOSEST)]
    if isinstance(node, Comprehension):
        for name, iterable in zip(node.names, node.iterables, strict=True):
            parts += (f" for {name} in ", (iterable, LOOSEST))
    return parts


def _quoted(path: str) -> str:
    if path and not any(mark in path for mark in ",:\"' \t\n"):
        return path
    return f"'{path}'" if '"' in path else f'"{path}"'


def _listed(items: tuple[Node, ...], separator: str) -> list[Part]:
    parts: list[Part] = []
    for item in items:
        if parts:
            parts.append(separator)
        parts.append((item, LOOSEST))
    return parts
