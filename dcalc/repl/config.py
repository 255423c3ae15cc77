"""The user's own settings: `config.toml` and the lines of `init.dc`, in the XDG configuration folder.

    # ~/.config/dcalc/config.toml
    editing = "vi"
    digits = 6
    preview = false

What is wrong in them is told, and the session goes on without it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..backends.result import Note
from ..cli import show
from ..commands.base import Output, State
from ..commands.sessions.settings import read
from ..errors import DcalcError, Source
from .folders import folder

#: Bytes that either file may have.
MOST_BYTES = 1_000_000


def config_file() -> Path:
    """Where the settings are. Raises RuntimeError where there is no home."""
    return folder("XDG_CONFIG_HOME", "~/.config") / "config.toml"


def init_file() -> Path:
    """Where the lines are that are run at the start. Raises RuntimeError where there is no home."""
    return config_file().with_name("init.dc")


def configured(state: State) -> State:
    """The state with the settings of the user's file; what is wrong there is told on stderr."""
    settings: dict[str, Any] = dict(state.settings)
    for name, value, file in _items():
        try:
            settings[name] = read(name, _text(value))
        except DcalcError as problem:
            hint = problem.hint if problem.hint and not problem.hint.startswith("for example") else ""
            _warn(file, problem.message + (f"; {hint}" if hint else ""))
    return state._replace(settings=MappingProxyType(settings))


def _items() -> list[tuple[str, Any, Path]]:
    """(name, value, the file) of each entry."""
    try:
        file = config_file()
    except RuntimeError:
        return []
    try:
        text = _read(file)
        found = tomllib.loads(text) if text is not None else {}
    except (OSError, ValueError) as problem:  # no UTF-8 and no TOML are both ValueErrors
        reason = problem.strerror if isinstance(problem, OSError) else problem
        _warn(file, f"{reason}; no setting is taken from it")
        return []
    return [(name, value, file) for name, value in found.items()]


def _text(value: Any) -> str:
    """A value of TOML as `set` would have it."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def init_script() -> Source | None:
    """The lines to be run at the start, if there are any; that they cannot be read is told on stderr."""
    try:
        file = init_file()
    except RuntimeError:
        return None
    try:
        text = _read(file)
    except (OSError, ValueError) as problem:
        _warn(file, f"{problem.strerror if isinstance(problem, OSError) else problem}; it is not run")
        return None
    return None if text is None else Source(text, _short(file))


def _read(file: Path) -> str | None:
    """A file's text, None where there is none. Raises OSError and ValueError."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(f"the file is too large (the limit is {MOST_BYTES // 10**6} MB)")
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _short(file: Path) -> str:
    """A file's name as people write it."""
    home = str(Path("~").expanduser())
    name = str(file)
    return "~" + name[len(home) :] if name.startswith(home + "/") else name


def _warn(file: Path, words: str) -> None:
    show(Output([], [Note("config", f"{_short(file)}: {words}")]), {})
