"""The lines of a file of jobs, as they come: JSON lines, or records of CSV that become such lines.

What is read is cut at the ends of lines as bytes; nothing waits for a whole block where less has come.
"""

from __future__ import annotations

import csv
import json
import os
from typing import NamedTuple

from ..commands.batch.job import KEYS
from ..errors import DcalcError, suggestion

#: Bytes that are read at once, and that one line may have.
BLOCK, MOST_LINE = 1 << 18, 64 << 20
#: The endings of files of CSV, and what separates their cells.
SEPARATORS = {".csv": ",", ".tsv": "\t"}
AT = "at:"


class Item(NamedTuple):
    """A line: its number in the file, whether it could be taken apart, and the text of a job or why not."""

    number: int
    good: bool
    text: bytes


class Reader:
    """Reads a file of jobs. descriptor: of a file that is open for reading. Close it when done."""

    def __init__(self, descriptor: int, name: str, *, csv: bool | None = None) -> None:
        self.descriptor = descriptor
        self.name = name
        #: whether the file is CSV; None as long as its first line has not come
        ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
        self.csv = csv if csv is not None else True if ending in SEPARATORS else None
        self.separator = SEPARATORS.get(ending, ",")
        if self.csv is None and ending in (".jsonl", ".ndjson", ".json"):
            self.csv = False
        self.ended = False
        #: bytes that were read
        self.done = 0
        self._begun_with: list[Item] = []
        self._rest = bytearray()
        self._skipping = False
        self._number = 0
        self._record: list[bytes] = []
        self._begun = self._quotes = self._size = 0
        self._header: list[str] | None = None

    def begin(self) -> bool:
        """Whether the file is CSV; reads as much as tells. What was read by then is `taken`."""
        while self.csv is None and not self.ended:
            self._begun_with += self.read()
        return bool(self.csv)

    def taken(self) -> list[Item]:
        """What `begin` has read."""
        items, self._begun_with = self._begun_with, []
        return items

    def skip(self, count: int) -> None:
        """Leave out so many lines: they are answered already."""
        items = self.taken()
        while len(items) < count and not self.ended:
            count -= len(items)
            items = self.read()
        self._begun_with = items[count:]

    def read(self) -> list[Item]:
        """What has come; waits where nothing has. At the end of the file `ended` is set."""
        block = os.read(self.descriptor, BLOCK)
        items: list[Item] = []
        self.done += len(block)
        if not block:
            self.ended = True
            if self._rest or self._skipping:
                self._line(bytes(self._rest), items)
                self._rest.clear()
            if self._record:
                items.append(Item(self._begun, False, b"a quotation mark is open at the end of the file"))
                self._record = []
            return items
        if b"\n" not in block:
            self._hold(block)
            return items
        *lines, rest = (bytes(self._rest) + block).split(b"\n")
        self._rest = bytearray(rest)
        for one in lines:
            self._line(one, items)
        return items

    def _hold(self, block: bytes) -> None:
        """The beginning of a line goes on; of one that is too long nothing is kept."""
        if not self._skipping:
            self._rest += block
        if len(self._rest) > MOST_LINE:
            self._skipping = True
            self._rest.clear()

    def _line(self, text: bytes, items: list[Item]) -> None:
        self._number += 1
        if self._skipping or len(text) > MOST_LINE:
            self._skipping = False
            message = f"the line is longer than {MOST_LINE >> 20} MB"
            items.append(Item(self._number, False, message.encode()))
            return
        if self._number == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
            if self.csv is None:
                self.csv = self._is_header(text)
        if not self.csv:
            if text.strip():
                items.append(Item(self._number, True, text.rstrip(b"\r")))
            return
        if not self._record:
            self._begun, self._quotes, self._size = self._number, 0, 0
        self._record.append(text)
        self._quotes += text.count(b'"')
        self._size += len(text)
        if self._quotes % 2 and self._size <= MOST_LINE:
            return  # a cell with line ends in it goes on
        record, self._record = b"\n".join(self._record), []
        if record.strip():
            self._row(record, items)

    def _is_header(self, text: bytes) -> bool:
        """Whether a first line is CSV's: it has a column `expr` and is no object."""
        cells = text.decode("utf-8", "replace").strip().split(",")
        return not text.lstrip().startswith(b"{") and "expr" in [cell.strip().strip('"') for cell in cells]

    def _row(self, record: bytes, items: list[Item]) -> None:
        try:
            cells = next(csv.reader([record.decode()], delimiter=self.separator, strict=True))
        except UnicodeDecodeError as problem:
            message = f"the row is not UTF-8 (byte {problem.start + 1})"
            items.append(Item(self._begun, False, message.encode()))
            return
        except (csv.Error, StopIteration) as problem:
            items.append(Item(self._begun, False, f"not CSV: {problem}".encode()))
            return
        if self._header is None:
            self._header = self._columns(cells)
            return
        if len(cells) > len(self._header):
            message = f"the row has {len(cells)} cells, the first line has {len(self._header)}"
            items.append(Item(self._begun, False, message.encode()))
            return
        job, point = _job(self._header, cells)
        if point and "at" in job:
            message = f"at and {AT}{next(iter(point))} are both given"
            items.append(Item(self._begun, False, message.encode()))
            return
        whole = {**job, "at": point} if point else job
        text = json.dumps(whole, ensure_ascii=False)
        items.append(Item(self._begun, True, text.encode("utf-8", "backslashreplace")))

    def _columns(self, cells: list[str]) -> list[str]:
        """The names of the columns. A wrong one is a DcalcError: no row could be understood."""
        names = [cell.strip() for cell in cells]
        for k, name in enumerate(names):
            key = name.replace("_", "-")
            if name in names[:k]:
                raise DcalcError("usage", f"{self.name} has two columns {name}", hint="leave one of them out")
            if key not in KEYS and not name.startswith(AT):
                if ";" in name or "\t" in name:
                    hint = "cells stand between commas, in files that end in .tsv between tabs"
                    raise DcalcError("usage", f"{self.name} has one column {name}", hint=hint)
                hint = suggestion(key, list(KEYS), f"{AT}{name} is the value of {name}; keys are {', '.join(KEYS)}")
                raise DcalcError("usage", f"a job has no column {name or '(without a name)'}", hint=hint)
        if "expr" not in names:
            hint = f"the first line names the columns, for example id,expr,{AT}x,want"
            raise DcalcError("usage", f"{self.name} has no column expr", hint=hint)
        return names


def _job(header: list[str], cells: list[str]) -> tuple[dict[str, object], dict[str, str]]:
    """A row's keys and its values by name. Cells are texts; a value is an expression; an empty cell is none."""
    job: dict[str, object] = {}
    point: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if not text:
            continue
        if name.startswith(AT):
            point[name.removeprefix(AT).strip()] = text
        elif name in ("ieee", "branches"):
            job[name] = {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
        else:
            job[name] = cell if name in ("id", "expr") else text
    return job, point
