"""Formulas with shared parts, for people: the formula first, then what its names stand for.

Programs (JSON, CSV) are given the text of the program, `t1 = …; …`, which dcalc reads again.
"""

from __future__ import annotations

from ..language import ast, unparse


def parts(tree: ast.Node) -> tuple[ast.Node, list[ast.Define]]:
    """A formula and the definitions that it is made with; none where it is an expression, or no mere formula."""
    if not isinstance(tree, ast.Program) or len(tree.children) < 2:
        return tree, []
    *before, last = tree.children
    definitions = [one for one in before if isinstance(one, ast.Define) and one.parameters is None]
    if len(definitions) < len(before) or isinstance(last, ast.Define):
        return tree, []
    return last, definitions


def lines(tree: ast.Node) -> str:
    """The lines of a formula: one, or one and a line for each shared part."""
    formula, definitions = parts(tree)
    head = "where "
    found = [unparse(formula)]
    for one in definitions:
        found.append(head + unparse(one))
        head = " " * len(head)
    return "\n".join(found)
