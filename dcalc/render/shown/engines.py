"""The engines: a table of them, and one of what would be chosen."""

from __future__ import annotations

from typing import Any

from ...commands.engines import Engines
from ..view import Cell, Count, Lines, Table, View


def views(result: Engines, *, full: bool = False) -> list[View]:
    """What is there; of an expression also which engine is chosen for how many points."""
    rows: list[list[Cell]] = [[one.name, one.what, one.missing or one.version] for one in result.engines]
    found: list[View] = [Table(["engine", "what it does", "here"], rows)]
    if any("installed" in one.missing for one in result.engines):
        found.append(Lines("pip install 'dcalc[fast]' brings llvm"))
    if result.operations is not None:
        chosen: list[list[Cell]] = [[Count(one.points), one.engine, one.why] for one in result.choices]
        plural = "" if result.operations == 1 else "s"
        caption = f"value and gradient: {result.operations} operation{plural}"
        found.append(Table(["points", "engine", "because"], chosen, caption))
    return found


def body(result: Engines) -> dict[str, Any]:
    """The same as data."""
    data: dict[str, Any] = {
        "kind": "engines",
        "engines": [
            {"name": one.name, "available": not one.missing, "what": one.what, "here": one.missing or one.version}
            for one in result.engines
        ],
    }
    if result.operations is not None:
        data["operations"] = result.operations
        data["choices"] = [{"points": one.points, "engine": one.engine, "because": one.why} for one in result.choices]
    return data
