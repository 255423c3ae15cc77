"""The builder's methods for what is no plain expression: statements, blocks, functions, ranges, comprehensions."""

from __future__ import annotations

import re

from ..errors import Source
from .ast import All, Block, Break, Comprehension, Declare, For, If, Lambda, Name, Node, Program, Range, Return, While
from .lexer import Token
from .values import Group, bare

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

#: Digits of a size: more than any memory holds, and few enough for `int` to be quick.
_DIGITS = 15


class Programs:
    """One half of `Builder`."""

    source: Source

    def _name(self, token: Token) -> str:
        raise NotImplementedError

    # Statements

    def ignored(self, c: list[Any]) -> None:
        """A separator says nothing."""

    def nothing(self, c: list[Any]) -> None:
        """An empty line."""

    def line(self, c: list[Any]) -> Node:
        """A statement."""
        return bare(c[0])  # type: ignore[no-any-return]

    def program(self, c: list[Any]) -> Program:
        """All the statements."""
        return Program(tuple(item for item in c[0] if item is not None), (0, len(self.source.text)))

    def block(self, c: list[Any]) -> Block:
        """`{ … }`."""
        return Block(tuple(item for item in c[1] if item is not None), (c[0].span[0], c[2].span[1]))

    def branch(self, c: list[Any]) -> If:
        """`if condition { … }`, also with `else { … }` or `else if …`."""
        other = c[4] if len(c) > 3 else None
        if type(other) is If:
            other = Block((other,), other.span)
        return If(bare(c[1]), c[2], other, (c[0].span[0], c[-1].span[1]))

    def loop(self, c: list[Any]) -> For:
        """`for name in iterable { … }`."""
        return For(self._name(c[1]), bare(c[3]), c[4], (c[0].span[0], c[4].span[1]), c[1].span)

    def while_loop(self, c: list[Any]) -> While:
        """`while condition { … }`."""
        return While(bare(c[1]), c[2], (c[0].span[0], c[2].span[1]))

    def leave(self, c: list[Any]) -> Break:
        """`break`: whether a loop is around it is asked elsewhere."""
        return Break(c[0].span)

    def give(self, c: list[Any]) -> Return:
        """`return value`."""
        return Return(bare(c[1]), (c[0].span[0], c[1].span[1]))

    # Shapes

    def declare(self, c: list[Any]) -> Declare:
        """`W: 3x2`."""
        name, _, pieces = c
        start, end = pieces[0].span[0], pieces[-1].span[1]
        said = self.source.text[start:end]
        if not re.fullmatch(r"[0-9]+(?:\s*[x*×·⋅]\s*[0-9]+)*", said):
            from . import refusals

            raise refusals.no_shape(self.source, (start, end))
        sizes = re.findall("[0-9]+", said)
        if any(len(size) > _DIGITS or not int(size) for size in sizes):
            from . import refusals

            raise refusals.no_size(self.source, (start, end))
        return Declare(self._name(name), tuple(map(int, sizes)), (name.span[0], end), name.span)

    def shape(self, c: list[Any]) -> list[Token]:
        """The first piece of a shape: `3`."""
        return c

    def shape_more(self, c: list[Any]) -> list[Token]:
        """One more: `x2`, `×`."""
        c[0].append(c[1])
        return c[0]  # type: ignore[no-any-return]

    def size(self, c: list[Any]) -> Token:
        """A token that may be part of a shape."""
        return c[0]  # type: ignore[no-any-return]

    # Ranges and functions

    def interval(self, c: list[Any]) -> Range:
        """`first..last`."""
        return Range(bare(c[0]), bare(c[2]), (c[0].span[0], c[2].span[1]))

    def everything(self, c: list[Any]) -> All:
        """`:` as a subscript."""
        return All(c[0].span)

    def function(self, c: list[Any]) -> Lambda:
        """`u -> body`: the left side was parsed as an expression."""
        return self._function([c[0]], c[0].span[0], c[2])

    def function_of_several(self, c: list[Any]) -> Lambda:
        """`(u, v) -> body`."""
        return self._function(c[0][1:], c[0][0].span[0], c[3])

    def _function(self, parameters: list[Any], start: int, body: Any) -> Lambda:
        names: list[str] = []
        for item in parameters:
            # `(u) -> u` is fine, `+u -> u` is not.
            alone = type(item) is Group and len(parameters) == 1 and self.source.text[item.span[0]] == "("
            node = bare(item) if alone else item
            if type(node) is not Name or node.name in names:
                from . import refusals

                raise refusals.no_parameter(self.source, item, repeated=type(node) is Name)
            names.append(node.name)
        return Lambda(tuple(names), bare(body), (start, body.span[1]))

    def several(self, c: list[Any]) -> list[Any]:
        """`(u, v`: the parenthesis and the parameters."""
        return [c[0], c[1], c[3]]

    def several_more(self, c: list[Any]) -> list[Any]:
        """One more parameter."""
        c[0].append(c[2])
        return c[0]  # type: ignore[no-any-return]

    # Comprehensions

    def comprehension(self, c: list[Any]) -> Comprehension:
        """`body for name in iterable …`."""
        body, clauses = c
        names = tuple(name for name, _ in clauses)
        return Comprehension(
            bare(body), names, tuple(bare(over) for _, over in clauses), (body.span[0], clauses[-1][1].span[1])
        )

    def clauses(self, c: list[Any]) -> list[tuple[str, Any]]:
        """The first clause."""
        return c

    def clauses_more(self, c: list[Any]) -> list[tuple[str, Any]]:
        """One more."""
        c[0].append(c[1])
        return c[0]  # type: ignore[no-any-return]

    def clause(self, c: list[Any]) -> tuple[str, Any]:
        """`for name in iterable`."""
        return self._name(c[1]), c[3]

    def bracketed(self, c: list[Any]) -> Comprehension:
        """`[body for name in iterable]`."""
        found = c[1]
        return Comprehension(found.body, found.names, found.iterables, (c[0].span[0], c[2].span[1]))
