"""Completion of files: behind `load`, `save`, `run`, `export`, the options `load` and `out`, and `at W=@`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

#: Verbs whose operand is a file, and the words in a sentence that one follows.
_VERBS = ("load", "save", "run", "export")
_WHOLE = re.compile(r"\s*(?:load|save|run|export\s+session)\s+(.*)$")
_AFTER = re.compile(r"(?:=\s*@|\s(?:load|out)\s+)([^\s,=]*)$")
MOST_SHOWN = 200


def begun_file(text: str, verb: str | None) -> str | None:
    """What has been typed of a file's name at the end of a text; None where no file stands there."""
    if verb is None:
        return None
    line = text.rpartition("\n")[2]
    if verb in _VERBS:
        found = _WHOLE.match(line)
        if found or verb != "export":
            return found[1] if found else None
    found = _AFTER.search(line)
    return found[1] if found else None


def files(begun: str) -> Iterator[tuple[str, str, str]]:
    """(path, what it is, name) of the files that begin so. Hidden ones only where a dot is typed."""
    folder, start = os.path.split(begun)
    place = os.path.expanduser(folder) if folder else "."  # noqa: PTH111 (as the commands do)
    try:
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    shown = [entry for entry in entries if entry.name.startswith(start) and (start or entry.name[0] != ".")]
    for entry in shown[:MOST_SHOWN]:
        name = os.path.join(folder, entry.name)  # noqa: PTH118
        try:
            is_folder = entry.is_dir()
        except OSError:
            is_folder = False
        slash = "/" if is_folder else ""
        yield name + slash, "folder" if is_folder else "file", entry.name + slash
