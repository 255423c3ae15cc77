"""Derivatives to take away: a function and its derivatives as source of another language.

A language is a module with `source(job) -> str`, which raises UnwrittenError where it has no form for an operation.
LaTeX, which is read and not run, is the matter of `render`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

#: What may be exported of a function.
WHAT = ("value", "grad", "jac", "hess")
#: Language -> its module; "" where it is no program.
LANGUAGES = {"python": "python", "numpy": "numpy_", "jax": "jax_", "c": "c", "latex": ""}
#: Endings of files that tell a language.
ENDINGS = {".py": "python", ".c": "c", ".h": "c", ".tex": "latex"}


def module(language: str) -> ModuleType:
    """The module of a language that is run."""
    return import_module(f"{__name__}.{LANGUAGES[language]}")
