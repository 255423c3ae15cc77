"""A file of all steps: CSV, TSV, JSON or JSON lines, written as they come."""

from __future__ import annotations

import json
import os
from typing import Any, TextIO

from ...errors import DcalcError

ENDINGS = (".csv", ".tsv", ".jsonl", ".json")


class TraceFile:
    """Writes rows (k, loss, |grad|, |step|, *parameters). DcalcError where it cannot be written."""

    def __init__(self, path: str, labels: list[str]) -> None:
        self.ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 (a name is a text here)
        if self.ending not in ENDINGS:
            raise DcalcError("usage", f"steps are not written to {path}", hint=f"its ending is {', '.join(ENDINGS)}")
        self.path = path
        self.names = ["k", *labels, "loss", "|grad|", "|step|"]
        self._between = ""
        #: opened with the first steps, so that what cannot begin leaves an older file alone
        self._file: TextIO | None = None

    def _opened(self) -> TextIO:
        try:
            file = open(os.path.expanduser(self.path), "w", encoding="utf-8", newline="")  # noqa: PTH111, PTH123, SIM115
        except OSError as problem:
            raise self._cannot(problem) from None
        if self.ending in (".csv", ".tsv"):
            quoted = [f'"{name}"' if "," in name else name for name in self.names]
            file.write(("," if self.ending == ".csv" else "\t").join(quoted) + "\n")
        elif self.ending == ".json":
            file.write("[")
        return file

    def _cannot(self, problem: OSError) -> DcalcError:
        hint = "name a file in a folder that is there and that you may write to"
        return DcalcError("usage", f"cannot write {self.path}: {problem.strerror}", hint=hint)

    def add(self, rows: Any) -> None:
        """More steps."""
        if self._file is None:
            self._file = self._opened()
        try:
            self._write(self._file, rows)
        except OSError as problem:  # the disk is full, say
            raise self._cannot(problem) from None

    def _write(self, file: TextIO, rows: Any) -> None:
        found = [[int(row[0]), *row[4:], *row[1:4]] for row in rows.tolist()]
        if self.ending in (".csv", ".tsv"):
            separator = "," if self.ending == ".csv" else "\t"
            lines = [separator.join(["" if one != one else repr(one) for one in row]) for row in found]
            file.write("\n".join(lines) + "\n")
            return
        lines = [json.dumps({name: one if one - one == 0 else None if one != one else str(one)
                             for name, one in zip(self.names, row, strict=True)}) for row in found]  # fmt: skip
        if self.ending == ".jsonl":
            file.write("\n".join(lines) + "\n")
            return
        file.write(self._between + "\n" + ",\n".join(lines))
        self._between = ","

    def close(self) -> None:
        """The end of the file."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            with file:
                if self.ending == ".json":
                    file.write("\n]\n")
        except OSError as problem:
            raise self._cannot(problem) from None
