"""Reading a statement: by prompt_toolkit on a terminal, plainly on a dumb one or where the answers go to a file."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TypeAlias

from ..commands.base import State
from ..render.color import wanted
from ..session import is_open

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
        return _editor(state)
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


def _editor(state: Callable[[], State]) -> Reader:
    """prompt_toolkit with our history, keys, completion and highlighting."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import ColorDepth

    from .completion import WordsCompleter
    from .highlight import PLAIN, STYLE, Highlighter
    from .history import open_history
    from .keys import bindings

    colored = wanted("auto", sys.stdout)
    session: PromptSession[str] = PromptSession(
        message=PROMPT,
        multiline=True,  # our own Enter decides what ends a statement
        prompt_continuation=CONTINUATION,
        key_bindings=bindings(),
        history=open_history(),
        completer=WordsCompleter(state),
        complete_while_typing=False,
        lexer=Highlighter(state) if colored else None,
        style=STYLE if colored else PLAIN,
        include_default_pygments_style=False,
        color_depth=None if colored else ColorDepth.DEPTH_1_BIT,
    )

    def read() -> str:
        try:
            return session.prompt()
        finally:
            # The prompt's event loop is garbage now. Collected in the middle of a computation, its finaliser may be
            # where Ctrl-C arrives, and what a finaliser raises is lost.
            gc.collect()

    return read
