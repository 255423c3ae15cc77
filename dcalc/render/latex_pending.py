r"""Derivatives that stand in a formula as LaTeX: \frac{d}{dx}[…], \frac{dx}{dt}, \frac{\partial f}{\partial x}, dW."""

from __future__ import annotations

from ..language import ast
from .latex_arrays import Piece
from .latex_names import latex_name

LOOSEST = 0


def pieces(node: ast.Node) -> list[Piece] | None:
    """What `diff(e, x)`, `partial(f, x)` and `d(e)` are written as; None for anything else."""
    if not isinstance(node, ast.Call) or node.primes or node.keywords:
        return None
    children = node.children
    if node.function in ("diff", "partial") and len(children) == 2 and isinstance(children[1], ast.Name):
        sign = "d" if node.function == "diff" else r"\partial"
        below = f"{sign} {latex_name(children[1].name)}"
        if isinstance(children[0], ast.Name) and children[0].name not in (children[1].name, "…"):
            return [rf"\frac{{{sign} {latex_name(children[0].name)}}}{{{below}}}"]
        return [rf"\frac{{{sign}}}{{{below}}}\left[", (children[0], LOOSEST, True), r"\right]"]
    if node.function == "d" and len(children) == 1:
        if isinstance(children[0], ast.Name):
            return [rf"\mathrm{{d}} {latex_name(children[0].name)}"]
        return [r"\mathrm{d}\left[", (children[0], LOOSEST, True), r"\right]"]
    return None
