"""What a session says of itself: its names, its settings, its lines and their answers."""

from __future__ import annotations

from typing import Any

from ...commands.sessions.names import Binding, Bindings
from ...commands.sessions.settings import Settings
from ...commands.sessions.transcript import Transcript
from ...commands.sessions.whole import Script
from ...language import ast, unparse
from ..json_values import nested_value
from ..view import Cell, Lines, Table, View, cell_of


def views(result: Bindings | Settings | Script | Transcript, *, full: bool = False) -> list[View]:
    """A table of names or settings; a script as it stands; a transcript as Markdown."""
    if isinstance(result, Bindings):
        return _bindings(result)
    if isinstance(result, Settings):
        rows: list[list[Cell]] = [[one.name, str(value), str(one.default), one.help] for one, value in result.items]
        return [Table(["setting", "value", "default", "what"], rows)]
    return [Lines("\n".join(result.lines) if isinstance(result, Script) else _markdown(result))]


def body(result: Bindings | Settings | Script | Transcript) -> dict[str, Any]:
    """The same as data."""
    if isinstance(result, Bindings):
        return {"kind": result.title, "names": {item.name: _meaning(item) for item in result.items}}
    if isinstance(result, Settings):
        return {"kind": "settings", "settings": {one.name: value for one, value in result.items}}
    if isinstance(result, Script):
        return {"kind": "script", "lines": result.lines}
    return {"kind": "transcript", "lines": [entry.line for entry in result.entries]}


def _bindings(result: Bindings) -> list[View]:
    if not result.items:
        return [Lines(f"no {result.title} yet")]
    valued = any(item.value is not None for item in result.items)
    rows: list[list[Cell]] = []
    for item in result.items:
        row: list[Cell] = [item.name, item.definition]
        rows.append([*row, None if item.value is None else cell_of(item.value)] if valued else row)
    return [Table(["name", "is", "value"] if valued else ["name", "is"], rows)]


def _meaning(item: Binding) -> dict[str, Any]:
    meaning: dict[str, Any] = {}
    if item.definition is not None:
        meaning["is"] = unparse(item.definition) if isinstance(item.definition, ast.Node) else item.definition
    if item.value is not None:
        meaning["value"] = nested_value(item.value)
    return meaning


def _markdown(result: Transcript) -> str:
    from ..errors import note
    from ..text import render

    blocks = []
    for entry in result.entries:
        lines = entry.line.strip().split("\n")
        shown = ["> " + lines[0], *(". " + line for line in lines[1:])]
        answer = render(entry.output.results, entry.output.notes, 10)
        blocks.append("\n".join([*shown, *([answer] if answer else []), *map(note, entry.output.notes)]))
    return "# A session of dcalc\n\n" + "\n\n".join(f"```text\n{block}\n```" for block in blocks)
