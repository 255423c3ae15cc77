"""What the builder's methods hand each other beside tokens, nodes and lists of them."""

from __future__ import annotations

from ..errors import Span
from .node import Node

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any


class Group:
    """A node and the extent of the parentheses around it (or of the unary plus before it)."""

    __slots__ = ("node", "span")

    def __init__(self, node: Node, span: Span) -> None:
        self.node = node
        self.span = span


class Keyword:
    """`axis=1` among the arguments of a call. `at` is the name's span."""

    __slots__ = ("at", "name", "span", "value")

    def __init__(self, name: str, value: Node, span: Span, at: Span) -> None:
        self.name = name
        self.value = value
        self.span = span
        self.at = at


def bare(value: Any) -> Any:
    """The value without the parentheses around it."""
    return value.node if type(value) is Group else value
