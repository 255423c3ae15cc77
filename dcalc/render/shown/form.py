"""An expression in another form."""

from __future__ import annotations

from typing import Any

from ...commands.form import Form
from ...language import unparse
from ..latex_formula import latex_of
from ..view import Formula, View


def views(result: Form, *, full: bool = False) -> list[View]:
    """The formula alone."""
    return [Formula("", result.tree)]


def body(result: Form) -> dict[str, Any]:
    """The formula, and how many operations there were and are."""
    return {
        "kind": result.verb,
        "formula": unparse(result.tree),
        "operations": {"before": result.before, "after": result.after},
    }


def latex(result: Form, digits: int) -> str:
    """The formula as LaTeX."""
    return latex_of(result.tree)
