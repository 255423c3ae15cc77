"""How each kind of result is shown: one module a kind, chosen here by the name of the result's type.

A module has `views(result, *, full) -> list[View]` for text, Markdown and CSV, `body(result) -> dict` for JSON and,
where its views are not enough, `latex(result, digits) -> str`, `markdown(result, digits) -> str` and
`drawn(result, form, digits) -> str | bytes` for the
formats that only it has.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

#: A result's type -> its module.
MODULES = {
    "Agreement": "verdict",
    "Asserted": "asserted",
    "Claim": "verdict",
    "Numbers": "verdict",
    "Cost": "cost",
    "Comparison": "comparison",
    "Engines": "engines",
    "DualValue": "dual",
    "Descent": "descent",
    "Drawing": "drawing",
    "Expansion": "expansion",
    "Explained": "explanation",
    "Exported": "exported",
    "Form": "form",
    "Mixed": "mixed",
    "Trace": "trace",
    "Product": "product",
    "Plot": "plot",
    "Shown": "points",
    "StepPlot": "step_plot",
    "Bindings": "session",
    "Settings": "session",
    "Script": "session",
    "Transcript": "session",
    "Triplets": "sparse",
}


def module_of(result: Any) -> ModuleType | None:
    """The module that shows a result, None for those that the formats know themselves."""
    name = MODULES.get(type(result).__name__)
    return import_module(f"{__name__}.{name}") if name else None
