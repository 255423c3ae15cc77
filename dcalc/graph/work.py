"""What the generators of lowering share: what they ask for, what they answer, and how a name is bound."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..errors import DcalcError, Source
from ..language import ast
from .names import DERIVATIVES, Scope
from .operations import error

if TYPE_CHECKING:
    from .lower import Lowering

#: Yields what it wants to know (see `Asked`), is sent its value, and returns a value of its own.
Work: TypeAlias = Generator[Any, Any, Any]
#: A tree with its scope and text, other Work, or an Attempt at one of these.
Asked: TypeAlias = "tuple[ast.Node, Scope | None, Source | None] | Work"

#: The answer to an Attempt in which something depended on the point.
ASKED = object()


class Attempt(NamedTuple):
    """Ask for something on condition that nothing in it depends on the point; whoever asks is sent ASKED where it does.

    Otherwise the asker is sent the value, and pops `path.attempts`.
    """

    asked: Any


class Signal(NamedTuple):
    """A `break`, or a `return` with its value, on its way out of the blocks around it."""

    kind: str
    value: Any
    place: ast.Node
    source: Source | None

    def stray(self) -> DcalcError:
        """Nothing is there that it could end."""
        around = "a loop" if self.kind == "break" else "a function"
        return error("syntax", f"{self.kind} stands outside of {around}", self.place, self.source)


def mentions(tree: ast.Node, source: Source | None) -> frozenset[str]:
    """The names in whose direction something in a tree is differentiated."""
    if source is not None and not any(word in source.text for word in DERIVATIVES):
        return frozenset()
    return frozenset(
        child.name
        for node in tree.walk()
        if type(node) is ast.Call and node.function in DERIVATIVES
        for child in node.children[1 : 2 if node.function == "diff" else None]  # diff(e, x, n): n is a number
        if type(child) is ast.Name
    )


def bind(run: Lowering, scope: Scope | None, name: str, value: Any, place: ast.Node, source: Source | None) -> None:
    """From here on a name stands for a value.

    One in whose direction the body differentiates stands for a node of its own, even where another name has the same
    value: until the body's value is known, and the node is replaced by what it stands for (see `Path.settle`).
    """
    frame = run.top if scope is None else scope.frame
    if type(value) is int and name in frame.kept:
        value = run.path.placeholder(value)
        frame.placeholders.append(value)
    if scope is None:
        run.bind(name, value, place, source)
    else:
        scope[name] = value
