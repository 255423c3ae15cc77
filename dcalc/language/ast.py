"""What a text means before any name is looked up: an abstract syntax tree of light frozen records.

Operators are calls: `x + 1` is Call("+", (Name("x"), Number("1"))), `-x` is Call("neg", …), `if(c, a, b)` is
Call("if", …), `x²` is Call("^", …), `√x` is Call("sqrt", …). Parentheses and unary plus leave no trace.
Spans are offsets into the parsed text and take no part in equality, hash or repr, all of which are loops: a
tree may be 100 000 levels deep. (Plain slotted classes, not dataclasses: those cost 1 ms each at import.)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Span

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

NOWHERE: Span = (0, 0)
_set = object.__setattr__


class Node:
    """A record of the tree. Subclasses say what they hold beside their children (`label`)."""

    __slots__ = ("children", "span")
    children: tuple[Node, ...]
    span: Span

    def label(self) -> tuple[Any, ...]:
        """What this node says beside its children: equal labels and equal children make equal nodes."""
        return ()

    def walk(self) -> Iterator[Node]:
        """Every node of the tree, a parent before its children, left to right."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        stack: list[tuple[Node, Node]] = [(self, other)]
        while stack:
            left, right = stack.pop()
            if left is right:
                continue
            if (
                type(left) is not type(right)
                or left.label() != right.label()
                or len(left.children) != len(right.children)
            ):
                return False
            stack.extend(zip(left.children, right.children, strict=True))
        return True

    def __hash__(self) -> int:
        # Preorder labels with child counts determine the tree.
        return hash(tuple((type(n), n.label(), len(n.children)) for n in self.walk()))

    def __repr__(self) -> str:
        parts: list[str] = []
        stack: list[Node | str] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                parts.append(item)
                continue
            facts = [repr(fact) for fact in item.label()]
            parts.append(f"{type(item).__name__}({', '.join(facts)}")
            stack.append(")")
            for position, child in reversed(list(enumerate(item.children))):
                stack.append(child)
                if facts or position:
                    stack.append(", ")
        return "".join(parts)


class Number(Node):
    """A number as it was written: digits, `.5`, `1e-3`. Never signed."""

    __slots__ = ("text",)
    text: str

    def __init__(self, text: str, span: Span = NOWHERE) -> None:
        _set(self, "text", text)
        _set(self, "children", ())
        _set(self, "span", span)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.text,)


class Name(Node):
    """A variable or a constant."""

    __slots__ = ("name",)
    name: str

    def __init__(self, name: str, span: Span = NOWHERE) -> None:
        _set(self, "name", name)
        _set(self, "children", ())
        _set(self, "span", span)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.name,)


class Call(Node):
    """A function or operator applied to its children; `f''(x)` has primes = 2.

    `at` is the span of the function's name or the operator's symbol, for carets.
    """

    __slots__ = ("at", "function", "primes")
    function: str
    primes: int
    at: Span

    def __init__(
        self, function: str, args: tuple[Node, ...], span: Span = NOWHERE, at: Span = NOWHERE, primes: int = 0
    ) -> None:
        _set(self, "function", function)
        _set(self, "primes", primes)
        _set(self, "children", args)
        _set(self, "span", span)
        _set(self, "at", at)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.function + "'" * self.primes,)


class Vector(Node):
    """`[a, b, …]`: at least one item."""

    __slots__ = ()

    def __init__(self, items: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", items)
        _set(self, "span", span)


class Index(Node):
    """`v[i]`, counted from 1. The children are the base and the subscripts."""

    __slots__ = ()

    def __init__(self, base: Node, subscripts: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", (base, *subscripts))
        _set(self, "span", span)


class Iverson(Node):
    """`[c]` of exactly one comparison: 1 where it holds, else 0 (Graham, Knuth and Patashnik, 2.2)."""

    __slots__ = ()

    def __init__(self, condition: Node, span: Span = NOWHERE) -> None:
        _set(self, "children", (condition,))
        _set(self, "span", span)


class Define(Node):
    """`name = body`, or `name(parameters) = body` where parameters is not None. `at` is the left side's span."""

    __slots__ = ("at", "name", "parameters")
    name: str
    parameters: tuple[str, ...] | None
    at: Span

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...] | None,
        body: Node,
        span: Span = NOWHERE,
        at: Span = NOWHERE,
    ) -> None:
        _set(self, "name", name)
        _set(self, "parameters", parameters)
        _set(self, "children", (body,))
        _set(self, "span", span)
        _set(self, "at", at)

    @property
    def body(self) -> Node:
        """What the name stands for."""
        return self.children[0]

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.name, self.parameters)


class Program(Node):
    """Statements in order; the last expression is the value."""

    __slots__ = ()

    def __init__(self, statements: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", statements)
        _set(self, "span", span)
