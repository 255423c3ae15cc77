"""JSONL: an object on every line. What a row has is carried through; a name that it lacks is a missing cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import DcalcError
from ..graph.shapes import Shape
from .cells import column_of
from .lines import Lines
from .parts import Chunk, Column, Piece, Position

#: Lines at the beginning that tell which columns there are.
LOOKED_AT = 1000


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_once)


class JsonLines(Lines):
    """A file of JSON objects. The columns are the names that its first lines have."""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        self._first: dict[str, Any] = {}
        super().__init__(path, rename)
        self._rename = dict(rename)

    def _header(self, data: bytes) -> tuple[Position, Sequence[str]]:
        for k, line in enumerate(data[self._mark :].splitlines()[:LOOKED_AT]):
            try:
                row = json.loads(line) if line.strip() else {}
            except (ValueError, RecursionError):
                continue  # it will be told when its turn comes
            if isinstance(row, dict):
                self._first.update({name: cell for name, cell in row.items() if self._first.get(name) is None})
            elif k == 0:
                hint = 'each line is an object: {"x": 1.5, "y": 2}'
                raise DcalcError("usage", f"{self._called}:1 is no object", hint=hint)
        if not self._first:
            raise DcalcError("usage", f"{self._called} has no rows", hint='each line is an object: {"x": 1.5, "y": 2}')
        return (self._mark, 1), list(self._first)

    def shape_of(self, name: str) -> Shape:
        """See Source."""
        cell = self._first[self.stored[self.names.index(name)]]
        return (len(cell),) if isinstance(cell, list) else ()

    def arrow_type(self, name: str) -> Any:
        """See Source. What is not wanted is as in the first lines; neither number nor text, it is written as JSON."""
        import pyarrow as pa

        cell = self._first[self.stored[self.names.index(name)]]
        if name in self.wanted or isinstance(cell, str):
            return super().arrow_type(name)
        if isinstance(cell, bool):
            return pa.bool_()
        return pa.float64() if isinstance(cell, (int, float)) else pa.string()

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        broken: dict[int, str] = {}
        known = set(self.stored)
        for k, line in enumerate(self.text_of(piece).split("\n")):
            if not line.strip():
                continue
            try:
                row = DECODER.decode(line)
                if not isinstance(row, dict):
                    row, broken[len(rows)] = {}, "this is no object"
            except ValueError as problem:
                row, broken[len(rows)] = {}, f"this is no JSON: {problem}"
            except RecursionError:
                row, broken[len(rows)] = {}, "this is nested too deeply"
            if not row.keys() <= known:
                for name in row.keys() - known:
                    self.late.setdefault(name, f"{self.path}:{piece.first + k}")
            rows.append({self._rename.get(name, name): cell for name, cell in row.items()} if self._rename else row)
            lines.append(piece.first + k)
        columns = {}
        for name in self.names:
            cells = [row.get(name) for row in rows]
            shape = self.wanted.get(name)
            columns[name] = Column(cells) if shape is None else column_of(cells, shape[0] if shape else 0)
        return Chunk(len(rows), columns, lambda k: f"{self.path}:{lines[k]}", broken, rows)
