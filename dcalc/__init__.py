"""dcalc: a differentiation calculator.

    import dcalc
    f = dcalc.function("x^2*sin(y)")
    f(x=1, y=2); f.grad(x=1, y=2); f.diff("x")

Names are loaded on first use, so that the command line starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dual import Dual
    from .dual.functions import derivative, gradient
    from .errors import DcalcError
    from .python.answers import Answer
    from .python.descending import Descended, descend
    from .python.function import Function, function

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "DcalcError",
    "Descended",
    "Dual",
    "Function",
    "__version__",
    "derivative",
    "descend",
    "function",
    "gradient",
]

_HOMES = {
    "DcalcError": "errors",
    "Answer": "python.answers",
    "Function": "python.function",
    "function": "python.function",
    "Dual": "dual",
    "Descended": "python.descending",
    "descend": "python.descending",
    "derivative": "dual.functions",
    "gradient": "dual.functions",
}
#: Entries of the table that are words of Python's.
_KEYWORDS = ("if", "and", "or", "not")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        if name[0] == "_" or name not in _functions():
            raise AttributeError(f"module 'dcalc' has no attribute {name!r}")
        return import_module(f"{__name__}.dual.functions").number_function(name)

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_functions()])


def _functions() -> list[str]:
    """The table's functions of numbers, each a function of this module: `dcalc.sin`."""
    from .primitives import ALIASES, TABLE

    names = [
        name
        for name, entry in TABLE.items()
        if entry.kind in ("elementwise", "selection", "composite") and not entry.shapes and not entry.helper
    ]
    names += [alias for alias, name in ALIASES.items() if name in names]
    return [name for name in names if name.isidentifier() and name not in _KEYWORDS]
