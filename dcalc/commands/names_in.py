"""The names that an expression uses, as far as its text tells."""

from __future__ import annotations

from ..graph.arrays import WORDS
from ..graph.names import CONSTANTS
from ..language import ast


def free_names(program: ast.Node, *, every: bool = False) -> list[str]:
    """The names that a program uses and does not bind, in order of first appearance.

    every: also those that mean something of themselves, such as e and gamma.
    """
    used: dict[str, None] = {}
    bound: set[str] = set() if every else {*CONSTANTS, *WORDS}
    for node in program.walk():
        if isinstance(node, (ast.Name, ast.Declare)):
            used[node.name] = None
        elif isinstance(node, ast.Define):
            bound |= {node.name, *(node.parameters or ())}
        elif isinstance(node, ast.Lambda):
            bound.update(node.parameters)
        elif isinstance(node, ast.For):
            bound.add(node.name)
        elif isinstance(node, ast.Comprehension):
            bound.update(node.names)
    return [name for name in used if name not in bound]
