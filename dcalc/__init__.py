"""dcalc: a differentiation calculator.

    import dcalc
    f = dcalc.function("x^2*sin(y)")
    f(x=1, y=2); f.grad(x=1, y=2); f.diff("x")

Names are loaded on first use, so that the command line starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Answer, Function, function
    from .errors import DcalcError

__version__ = "0.1.0"
__all__ = ["Answer", "DcalcError", "Function", "__version__", "function"]

_HOMES = {"DcalcError": "errors", "Answer": "api", "Function": "api", "function": "api"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
