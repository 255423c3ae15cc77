"""The editor on a terminal: prompt_toolkit with our history, keys, completion, highlighting, marks and toolbar."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import History
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.shortcuts import clear

from ..commands.base import State
from ..commands.sessions.settings import get
from ..render.color import wanted
from .completion import WordsCompleter
from .highlight import PLAIN, STYLE, Highlighter
from .history import open_history
from .keys import bindings
from .marks import Marks
from .reader import CONTINUATION, PROMPT
from .suggest import FromHistory
from .watch import Watcher


def _continuation(width: int, line: int, wraps: int) -> str:
    """What stands before a line that is not the first; before the rest of a long line only blanks."""
    return " " * width if wraps else CONTINUATION


class Editor:
    """Reads statements from a terminal. state: tells the session's state, whose settings hold from the next line on."""

    def __init__(self, state: Callable[[], State], history: History | None = None, **rest: Any) -> None:
        self._state = state
        self.watcher = watcher = Watcher(state)
        self.session: PromptSession[str] = PromptSession(
            message=PROMPT,
            multiline=True,  # our own Enter decides what ends a statement
            prompt_continuation=_continuation,
            key_bindings=bindings(),
            history=history or open_history(),
            completer=WordsCompleter(state),
            complete_while_typing=False,
            include_default_pygments_style=False,
            input_processors=[Marks(watcher.fault)],
            enable_open_in_editor=True,
            enable_suspend=True,
            tempfile_suffix=".dc",
            **rest,
        )
        self.session.default_buffer.on_text_changed += watcher.changed
        gc.freeze()  # modules stay: the collector need not walk them at every key

    def read(self) -> str:
        """What the user typed. Raises EOFError at the end and KeyboardInterrupt for Ctrl-C."""
        self._settle()
        self.watcher.forget()
        try:
            return self.session.prompt(pre_run=self.watcher.warm)
        finally:
            self.watcher.stop()
            # The prompt's event loop is garbage now. Collected in the middle of a computation, its finaliser may be
            # where Ctrl-C arrives, and what a finaliser raises is lost.
            gc.collect()

    def remember(self, text: str) -> None:
        """Put a text into the history that was not typed here."""
        if self.session.history.get_strings()[-1:] != [text]:
            self.session.history.append_string(text)

    def clear(self) -> None:
        """Clear the screen."""
        clear()

    def _settle(self) -> None:
        """Do as the settings say."""
        settings, session = self._state().settings, self.session
        colored = wanted(get(settings, "color"), sys.stdout)
        session.lexer = Highlighter(self._state) if colored else None
        session.style = STYLE if colored else PLAIN
        session.color_depth = None if colored else ColorDepth.DEPTH_1_BIT
        session.editing_mode = EditingMode.VI if get(settings, "editing") == "vi" else EditingMode.EMACS
        # How long Escape may be the beginning of a longer key. In vi it is a key of its own, and Enter may follow.
        session.app.ttimeoutlen = 0.05 if session.editing_mode == EditingMode.VI else 0.5
        session.mouse_support = get(settings, "mouse") == "on"
        session.auto_suggest = FromHistory() if get(settings, "suggestions") == "on" else None
        told = get(settings, "preview") == "on" or get(settings, "validation") == "on"
        session.bottom_toolbar = self.watcher.toolbar if told or session.editing_mode == EditingMode.VI else None
