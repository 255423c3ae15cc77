"""The backends by name. Built-in ones are known here; others come from the entry-point group `dcalc.backends`."""

from __future__ import annotations

from importlib import import_module

from ..errors import DcalcError, suggestion
from .protocol import Backend

#: name -> (module, class), in the order in which they are shown side by side.
BUILT_IN = {
    "fd": ("finite_difference", "FiniteDifference"),
    "forward": ("forward", "Forward"),
    "reverse": ("reverse", "Reverse"),
    "symbolic": ("symbolic", "Symbolic"),
}
GROUP = "dcalc.backends"


def backend(name: str) -> Backend:
    """The backend of that name. An unknown one is an error of kind `usage`."""
    if name in BUILT_IN:
        module, kind = BUILT_IN[name]
        made: Backend = getattr(import_module(f"{__name__}.{module}"), kind)()
        return made
    # Scanning the installed packages takes tens of milliseconds, so only an unknown name pays for it.
    from importlib.metadata import entry_points

    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name in offered:
        loaded: Backend = offered[name].load()()
        return loaded
    known = [*BUILT_IN, *offered, "auto", "all"]
    hint = suggestion(name, known, f"there are {', '.join(known)}")
    raise DcalcError("usage", f"there is no backend {name}", hint=hint)


def choose(inputs: int, outputs: int, *, long: bool = False) -> tuple[str, str]:
    """The cheaper exact mode for a function R^n -> R^m, and why: n passes forward, m in reverse.

    long: many operations lead to one number, of which the reverse mode computes one derivative without a graph.
    """
    if long:
        return "reverse", "a long expression"
    if inputs <= outputs:
        return "forward", f"{inputs} input{'s' * (inputs != 1)}, {outputs} output{'s' * (outputs != 1)}"
    return "reverse", f"{inputs} inputs, {outputs} output{'s' * (outputs != 1)}"
