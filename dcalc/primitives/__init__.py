"""The table of primitives: one entry per operation, with all that is known about it. Data only."""

from __future__ import annotations

from . import activation, arithmetic, arrays, exponential, hyperbolic, logic, piecewise, special, trigonometric
from .entry import Primitive

#: Every entry by name, in the order of the books.
TABLE: dict[str, Primitive] = {}
#: Another name -> the entry's name ("ln" -> "log").
ALIASES: dict[str, str] = {}


def register(entry: Primitive) -> None:
    """Add an entry to the table. A second entry of the same name is an error."""
    for name in (entry.name, *entry.aliases):
        if name in TABLE or name in ALIASES:
            raise ValueError(f"the table has {name} already")
    TABLE[entry.name] = entry
    for alias in entry.aliases:
        ALIASES[alias] = entry.name


for _family in (arithmetic, exponential, trigonometric, hyperbolic, piecewise, activation, special, logic, arrays):
    for _entry in _family.ENTRIES:
        register(_entry)
