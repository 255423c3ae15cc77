"""The private cache of parse tables, for checkouts: a file of the user's that nobody else may have written.

Read only when the directory and the file are the user's own and writable by no one else; JSON, so that a file that
was tampered with could at worst misparse. When anything is wrong with it, the tables are just built again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: As in generate.py, which is not imported here since it imports Lark. A test holds them equal.
FORMAT = 1
KEYS = frozenset(
    ("format", "grammar", "lark", "patterns", "ignored", "keywords", "terminals", "rules", "rows", "starts")
)


def fits(data: dict[str, Any], grammar: bytes) -> bool:
    """Whether these tables were made from this grammar, in today's format."""
    from hashlib import sha256

    return data.keys() >= KEYS and data["format"] == FORMAT and data["grammar"] == sha256(grammar).hexdigest()


def load(grammar: bytes) -> dict[str, Any]:
    """The tables of a grammar: from the cache, else built by Lark and then kept there if possible."""
    place = path(grammar)
    data = read(place) if place else None
    if data is not None and fits(data, grammar):
        return data
    from .generate import tables

    data = tables(grammar)
    if place:
        write(place, data)
    return data


def path(grammar: bytes) -> Path | None:
    """The cache file's path; None where there is no home directory to put it in, or no Lark to name it by."""
    from hashlib import sha256

    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117  # relative: ignore (XDG)
    except RuntimeError:
        return None
    version = _lark_version()
    if not version:
        return None
    return root / "dcalc" / f"tables-{FORMAT}-{sha256(grammar).hexdigest()[:32]}-lark-{version}.json"


def _lark_version() -> str:
    # From its text: importing Lark costs 40 ms, and asking importlib.metadata 15.
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("lark")
    if spec is None or spec.origin is None:
        return ""
    with contextlib.suppress(OSError, ValueError):
        found = re.search(
            r"""^__version__[^=\n]*= *["']([0-9A-Za-z.+-]+)["']""", Path(spec.origin).read_text("utf-8"), re.M
        )
        return found.group(1) if found else ""
    return ""


def _private(facts: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):  # Windows: a user's profile is private by its ACL, and st_mode says nothing
        return True
    return facts.st_uid == os.getuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def read(place: Path) -> dict[str, Any] | None:
    """The data kept at `place`, or None if it is missing, broken, or could be somebody else's work."""
    try:
        folder = os.lstat(place.parent)
        if not stat.S_ISDIR(folder.st_mode) or not _private(folder):
            return None
        # Open first and look at what was opened: nothing can be exchanged in between. No links.
        descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or not _private(facts):
                return None
            data = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def write(place: Path, data: dict[str, Any]) -> None:
    """Keep the data at `place`, whole or not at all; a folder that is not private, or no space, is no error."""
    import tempfile

    with contextlib.suppress(OSError):
        place.parent.parent.mkdir(parents=True, exist_ok=True)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        folder = os.lstat(place.parent)
        if not stat.S_ISDIR(folder.st_mode) or not _private(folder):
            return
        descriptor, name = tempfile.mkstemp(dir=place.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(data, file, separators=(",", ":"))
            os.replace(name, place)  # noqa: PTH105
        except OSError:
            os.unlink(name)  # noqa: PTH108
            raise
