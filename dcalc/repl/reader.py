"""Reading a statement: by prompt_toolkit on a terminal, plainly on a dumb one or where the answers go to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeAlias

from ..commands.base import State
from ..commands.lines import is_open

PROMPT = "> "
CONTINUATION = ". "

#: Returns what the user typed. Raises EOFError at the end and KeyboardInterrupt for Ctrl-C.
Reader: TypeAlias = Callable[[], str]


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def make_reader(state: Callable[[], State]) -> Reader:
    """The reader that fits the terminal. state: tells the session's state, for the completion."""
    if is_terminal() and os.environ.get("TERM", "dumb") != "dumb":
        from .prompt import Editor

        return Editor(state).read
    return lambda: read_plainly(input, PROMPT if is_terminal() else "")


def read_plainly(ask: Callable[[str], str], prompt: str) -> str:
    """A statement line by line, without editing. An empty line ends it even where more was awaited."""
    lines: list[str] = []
    try:
        while not lines or (lines[-1].strip() and is_open("\n".join(lines))):
            lines.append(ask(CONTINUATION if prompt and lines else prompt))
    except (EOFError, KeyboardInterrupt) as end:
        if prompt:
            print()
        if not lines or isinstance(end, KeyboardInterrupt):
            raise
    return "\n".join(lines)
