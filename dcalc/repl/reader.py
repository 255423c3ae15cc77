"""Reading a statement: by prompt_toolkit on a terminal, plainly on a dumb one or where the answers go to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Protocol

from ..commands.base import State
from ..commands.lines import is_open

PROMPT = "> "
CONTINUATION = ". "


class Reader(Protocol):
    """What reads statements."""

    def read(self) -> str:
        """What the user typed. Raises EOFError at the end and KeyboardInterrupt for Ctrl-C."""

    def remember(self, text: str) -> None:
        """Put a text into the history that was not typed here."""

    def clear(self) -> None:
        """Clear the screen."""


class Plain:
    """Reads line by line, without editing and without a history."""

    def __init__(self, prompt: str = "") -> None:
        self._prompt = prompt

    def read(self) -> str:
        """What the user typed."""
        return read_plainly(input, self._prompt)

    def remember(self, text: str) -> None:
        """There is no history."""

    def clear(self) -> None:
        """Nothing is known of the screen."""


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def make_reader(state: Callable[[], State]) -> Reader:
    """The reader that fits the terminal. state: tells the session's state, for the completion."""
    if is_terminal() and os.environ.get("TERM", "dumb") != "dumb":
        from .prompt import Editor

        return Editor(state)
    return Plain(PROMPT if is_terminal() else "")


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
