"""What a text means before any name is looked up: an abstract syntax tree of light frozen records.

Operators are calls: `x + 1` is Call("+", (Name("x"), Number("1"))), `-x` is Call("neg", …), `if(c, a, b)` is
Call("if", …), `x²` is Call("^", …), `√x` is Call("sqrt", …). Parentheses and unary plus leave no trace, and
`sum(e for i in v)` and `sum([e for i in v])` are the same tree.
Spans are offsets into the parsed text and take no part in equality, hash or repr, all of which are loops: a
tree may be 100 000 levels deep. (Plain slotted classes, not dataclasses: those cost 1 ms each at import.)
"""

from __future__ import annotations

from ..errors import Span
from .node import NOWHERE as NOWHERE
from .node import Node as Node

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

_set = object.__setattr__


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

    `keywords` name the last children: `sum(A, axis=1)` has two children and the keywords ("axis",).
    `at` is the span of the function's name or the operator's symbol, for carets.
    """

    __slots__ = ("at", "function", "keywords", "primes")
    function: str
    primes: int
    keywords: tuple[str, ...]
    at: Span

    def __init__(
        self,
        function: str,
        args: tuple[Node, ...],
        span: Span = NOWHERE,
        at: Span = NOWHERE,
        primes: int = 0,
        keywords: tuple[str, ...] = (),
    ) -> None:
        _set(self, "function", function)
        _set(self, "primes", primes)
        _set(self, "keywords", keywords)
        _set(self, "children", args)
        _set(self, "span", span)
        _set(self, "at", at)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        said = self.function + "'" * self.primes
        return (said, self.keywords) if self.keywords else (said,)


class Vector(Node):
    """`[a, b, …]`: at least one item."""

    __slots__ = ()

    def __init__(self, items: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", items)
        _set(self, "span", span)


class Index(Node):
    """`v[i]`, counted from 1. The children are the base and the subscripts: expressions, Ranges and Alls."""

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


class Range(Node):
    """`first..last`, both included."""

    __slots__ = ()

    def __init__(self, first: Node, last: Node, span: Span = NOWHERE) -> None:
        _set(self, "children", (first, last))
        _set(self, "span", span)


class All(Node):
    """`:` as a subscript: everything along this axis."""

    __slots__ = ()

    def __init__(self, span: Span = NOWHERE) -> None:
        _set(self, "children", ())
        _set(self, "span", span)


class Comprehension(Node):
    """`[body for name in iterable …]`: a vector. The children are the body and the iterables, outermost first."""

    __slots__ = ("names",)
    names: tuple[str, ...]

    def __init__(self, body: Node, names: tuple[str, ...], iterables: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "names", names)
        _set(self, "children", (body, *iterables))
        _set(self, "span", span)

    @property
    def body(self) -> Node:
        """What each item is."""
        return self.children[0]

    @property
    def iterables(self) -> tuple[Node, ...]:
        """What the names run over."""
        return self.children[1:]

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.names,)


class Lambda(Node):
    """`u -> body`, `(u, v) -> body`: a function without a name. The body is an expression or a Block."""

    __slots__ = ("parameters",)
    parameters: tuple[str, ...]

    def __init__(self, parameters: tuple[str, ...], body: Node, span: Span = NOWHERE) -> None:
        _set(self, "parameters", parameters)
        _set(self, "children", (body,))
        _set(self, "span", span)

    @property
    def body(self) -> Node:
        """What the function gives."""
        return self.children[0]

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.parameters,)


class File(Node):
    """`@path` or `@path:member` of `--at`: a value that a file holds."""

    __slots__ = ("member", "path")
    path: str
    member: str | None

    def __init__(self, path: str, member: str | None = None, span: Span = NOWHERE) -> None:
        _set(self, "path", path)
        _set(self, "member", member)
        _set(self, "children", ())
        _set(self, "span", span)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.path, self.member)


class Define(Node):
    """`name = body`, or `name(parameters) = body` where parameters is not None. `at` is the left side's span.

    The body is an expression, a Range, a Lambda, a Block or an If.
    """

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


class Declare(Node):
    """`name: 3x2`: an input of this shape. `at` is the name's span."""

    __slots__ = ("at", "name", "shape")
    name: str
    shape: tuple[int, ...]
    at: Span

    def __init__(self, name: str, shape: tuple[int, ...], span: Span = NOWHERE, at: Span = NOWHERE) -> None:
        _set(self, "name", name)
        _set(self, "shape", shape)
        _set(self, "children", ())
        _set(self, "span", span)
        _set(self, "at", at)

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.name, self.shape)


class Block(Node):
    """`{ statement; … }`: the last expression is its value."""

    __slots__ = ()

    def __init__(self, statements: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", statements)
        _set(self, "span", span)


class If(Node):
    """`if condition { … } else { … }`. The children are the condition, the Block, and the other Block if there is one.

    `else if` is an If that is the only statement of the other Block.
    """

    __slots__ = ()

    def __init__(self, condition: Node, then: Node, other: Node | None = None, span: Span = NOWHERE) -> None:
        _set(self, "children", (condition, then) if other is None else (condition, then, other))
        _set(self, "span", span)

    @property
    def condition(self) -> Node:
        """What decides."""
        return self.children[0]

    @property
    def then(self) -> Node:
        """The Block for a condition that holds."""
        return self.children[1]

    @property
    def other(self) -> Node | None:
        """The Block behind `else`."""
        return self.children[2] if len(self.children) > 2 else None


class For(Node):
    """`for name in iterable { … }`. The children are the iterable and the Block; `at` is the name's span."""

    __slots__ = ("at", "name")
    name: str
    at: Span

    def __init__(self, name: str, iterable: Node, body: Node, span: Span = NOWHERE, at: Span = NOWHERE) -> None:
        _set(self, "name", name)
        _set(self, "children", (iterable, body))
        _set(self, "span", span)
        _set(self, "at", at)

    @property
    def iterable(self) -> Node:
        """What the name runs over."""
        return self.children[0]

    @property
    def body(self) -> Node:
        """The Block."""
        return self.children[1]

    def label(self) -> tuple[Any, ...]:  # noqa: D102
        return (self.name,)


class While(Node):
    """`while condition { … }`. The children are the condition and the Block."""

    __slots__ = ()

    def __init__(self, condition: Node, body: Node, span: Span = NOWHERE) -> None:
        _set(self, "children", (condition, body))
        _set(self, "span", span)

    @property
    def condition(self) -> Node:
        """What must hold for another round."""
        return self.children[0]

    @property
    def body(self) -> Node:
        """The Block."""
        return self.children[1]


class Break(Node):
    """`break`."""

    __slots__ = ()

    def __init__(self, span: Span = NOWHERE) -> None:
        _set(self, "children", ())
        _set(self, "span", span)


class Return(Node):
    """`return value`."""

    __slots__ = ()

    def __init__(self, value: Node, span: Span = NOWHERE) -> None:
        _set(self, "children", (value,))
        _set(self, "span", span)

    @property
    def value(self) -> Node:
        """What the function gives."""
        return self.children[0]


class Program(Node):
    """Statements in order; the last expression is the value."""

    __slots__ = ()

    def __init__(self, statements: tuple[Node, ...], span: Span = NOWHERE) -> None:
        _set(self, "children", statements)
        _set(self, "span", span)
