"""What all records of the tree share: children, a span, and loops where recursion would end at 1000 levels."""

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
