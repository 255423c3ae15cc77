"""Results in parts: a folder of files, written in any order and by anybody, there when all of them are.

`OUT` is written as `.OUT.dcalc-parts`: parts under names of this run, which are renamed when they are whole, and a
journal `_dcalc.jsonl` that describes the work and has a line for each part that is there. When all are, `_SUCCESS` is
added and the folder is renamed. An interrupted run leaves it; the next one begins anew, or with `resume` does only the
parts that are not there.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from typing import Any

from ..errors import DcalcError
from .atomic import cannot_write
from .journal import FORM, hold_same, lines_of, locked, note

#: Names that readers of folders pass over.
JOURNAL, SUCCESS = "_dcalc.jsonl", "_SUCCESS"
#: Digits of a part's number, so that names sort as parts do.
DIGITS = 6


class Folder:
    """A result in parts. taken: what is known of the parts that are there, by number."""

    #: nothing was wrong with the parts that are there
    failed = False

    def __init__(self, target: str, ending: str, work: Mapping[str, Any], *, resume: bool) -> None:
        self._target, self._ending = target, ending
        self.path = os.path.realpath(os.path.expanduser(target))  # noqa: PTH111
        folder, base = os.path.split(self.path)
        self.parts = os.path.join(folder, f".{base}.dcalc-parts")  # noqa: PTH118
        #: what parts of this run are called until they are whole; others' that come late are not taken for them
        self.token = secrets.token_hex(4)
        self.taken: dict[int, dict[str, Any]] = {}
        #: an earlier run had written all of it
        self.whole = False
        try:
            if resume and self._is_done(work):
                return
            self._hold_free()
            os.makedirs(self.parts, exist_ok=True)  # noqa: PTH103
            self._journal = locked(os.path.join(self.parts, JOURNAL), target)  # noqa: PTH118
            known = lines_of(self._journal) if resume else []
            if known:
                hold_same(self._journal, target, known[0].get("work"), work)
                self._go_on(known)
            else:
                self._begin(work)
        except OSError as problem:
            raise cannot_write(target, problem) from None

    def _is_done(self, work: Mapping[str, Any]) -> bool:
        """Whether the folder is there already, and of this work."""
        path = os.path.join(self.path, JOURNAL)  # noqa: PTH118
        if os.path.isdir(self.parts) or not os.path.exists(path):  # noqa: PTH110, PTH112
            return False
        with open(path, "rb") as file:  # noqa: PTH123
            known = lines_of(file)
            if not known or "done" not in known[-1]:
                return False
            hold_same(file, self._target, known[0].get("work"), work)
        self.taken = {line["part"]: line for line in known if "part" in line}
        self.whole = True
        return True

    def _hold_free(self) -> None:
        """Refuse to take the place of what is no result of ours."""
        if not os.path.lexists(self.path):
            return
        hint = "name a folder that is not there, or a result of dcalc"
        if not os.path.isdir(self.path):  # noqa: PTH112
            raise DcalcError("usage", f"{self._target} is a file, the result is a folder of parts", hint=hint)
        if os.listdir(self.path) and not os.path.exists(os.path.join(self.path, JOURNAL)):  # noqa: PTH110, PTH118, PTH208
            raise DcalcError("usage", f"{self._target} is a folder with other things in it", hint=hint)

    def _begin(self, work: Mapping[str, Any]) -> None:
        self._tidy()
        self._journal.seek(0)
        self._journal.truncate()
        note(self._journal, {"dcalc": FORM, "work": work})

    def _go_on(self, known: list[dict[str, Any]]) -> None:
        """Keep the parts that are there as they were written."""
        for line in known[1:]:
            if "part" in line and self._size(self.name(line["part"])) == line["size"]:
                self.taken[line["part"]] = line
        self._tidy()
        self._journal.seek(0)
        self._journal.truncate()
        for line in (known[0], *self.taken.values()):
            note(self._journal, line)

    def _size(self, name: str) -> int:
        try:
            return os.stat(os.path.join(self.parts, name)).st_size  # noqa: PTH116, PTH118
        except OSError:
            return -1

    def _tidy(self) -> None:
        """Take away what is no part of the result: halves that killed workers left, parts of another run."""
        known = {JOURNAL, *map(self.name, self.taken)}
        for name in os.listdir(self.parts):  # noqa: PTH208
            if name not in known:
                os.unlink(os.path.join(self.parts, name))  # noqa: PTH108, PTH118

    def name(self, part: int) -> str:
        """What a part is called."""
        return f"part-{part:0{DIGITS}}{self._ending}"

    def file(self, name: str) -> str:
        """Where something of this run is written before it is whole."""
        return os.path.join(self.parts, f".{self.token}-{name}")  # noqa: PTH118

    def add(self, part: int, told: Mapping[str, Any]) -> None:
        """A part was written as `file(name(part))`. told: what is known of it, "size" for one, as JSON has it."""
        name = self.name(part)
        line = {"part": part, **told}
        try:
            os.replace(self.file(name), os.path.join(self.parts, name))  # noqa: PTH105, PTH118
            note(self._journal, line)
        except OSError as problem:
            self.failed = True
            raise cannot_write(self._target, problem) from None
        self.taken[part] = line

    def finish(self) -> None:
        """All parts are there: put them in the target's place."""
        if self.whole:
            return
        try:
            self._tidy()
            with open(os.path.join(self.parts, SUCCESS), "wb"):  # noqa: PTH118, PTH123
                pass
            note(self._journal, {"done": len(self.taken)})
            os.fsync(self._journal.fileno())
            _flush(self.parts)
            old = os.path.join(os.path.dirname(self.path), f".{os.path.basename(self.path)}.{self.token}-old")  # noqa: PTH118, PTH119, PTH120
            replaced = os.path.isdir(self.path)  # noqa: PTH112
            if replaced:
                os.rename(self.path, old)  # noqa: PTH104
            os.rename(self.parts, self.path)  # noqa: PTH104
            if replaced:
                shutil.rmtree(old, ignore_errors=True)
            self._journal.close()
        except OSError as problem:
            self.failed = True
            raise cannot_write(self._target, problem) from None

    def leave(self, *, keep: bool) -> str:
        """Stop before the end. keep: what was written may be gone on with. Says where it is, "" for nowhere."""
        if self.whole:
            return ""
        if not keep or not self.taken:
            shutil.rmtree(self.parts, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._journal.close()
        return self.parts if keep and self.taken else ""


def _flush(folder: str) -> None:
    """Have the disk know the names in a folder."""
    with contextlib.suppress(OSError):  # not every system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
