"""A function as source: the source as it stands; in LaTeX an article with the steps and the derivatives aligned."""

from __future__ import annotations

from typing import Any

from ...commands.export import Exported, Line
from ...export.names import harmless
from ..latex_formula import latex_name, latex_of
from ..view import Lines, View

_WHAT = {"value": "the value", "grad": "the gradient", "jac": "the Jacobian", "hess": "the Hessian"}


def source_of(result: Exported) -> str:
    """The source, without a newline at its end."""
    if result.language != "latex":
        return result.source
    head = [*(f"% {line}" for line in harmless(result.text).splitlines()),
            f"% {', '.join(_WHAT[one] for one in result.what)}. Made by dcalc."]  # fmt: skip
    body = " \\\\\n".join(f"  {_label(line, result.name)} &= {latex_of(line.tree)}" for line in result.listing)
    return "\n".join(
        [
            *head,
            r"\documentclass{article}",
            r"\usepackage{amsmath}",
            r"\allowdisplaybreaks",
            r"\begin{document}",
            r"\begin{align*}",
            body,
            r"\end{align*}",
            r"\end{document}",
        ]
    )


def _label(line: Line, name: str) -> str:
    if line.name:
        return latex_name(line.name)
    function = latex_name(name) + ("" if line.row is None else f"_{{{line.row}}}")
    if not line.wrt:
        return function
    order = len(line.wrt)
    below = " ".join(
        rf"\partial {latex_name(one)}" + (f"^{{{line.wrt.count(one)}}}" if line.wrt.count(one) > 1 else "")
        for one in dict.fromkeys(line.wrt)
    )
    return rf"\frac{{\partial{f'^{{{order}}}' if order > 1 else ''} {function}}}{{{below}}}"


def views(result: Exported, *, full: bool = False) -> list[View]:
    """The source alone."""
    return [Lines(source_of(result))]


def markdown(result: Exported, digits: int) -> str:
    """The source as a block of its language."""
    kind = {"numpy": "python", "jax": "python"}.get(result.language, result.language)
    return f"```{kind}\n{source_of(result)}\n```"


def latex(result: Exported, digits: int) -> str:
    """The source; of a program as it stands."""
    source = source_of(result)
    return source if result.language == "latex" else "\n".join([r"\begin{verbatim}", source, r"\end{verbatim}"])


def body(result: Exported) -> dict[str, Any]:
    """The source, and what it is of."""
    return {
        "kind": "export",
        "language": result.language,
        "name": result.name,
        "what": list(result.what),
        "inputs": {name: list(shape) for name, shape in result.inputs},
        "source": source_of(result),
    }
