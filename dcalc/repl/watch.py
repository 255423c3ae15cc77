"""What is told below the line: looks at it when no key has come for a moment, in the prompt's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.utils import get_cwidth

from ..commands import VERBS, verb
from ..commands.base import State, new_state
from ..commands.sessions.settings import get
from .preview import Look, Looks, Remark, look
from .validation import Fault

#: Seconds without a key before a line is looked at.
PAUSE = 0.1
#: Lines of the toolbar, and what stands between two remarks.
MOST_LINES = 3
GAP = "   "
_MODES = {
    InputMode.INSERT: "insert",
    InputMode.INSERT_MULTIPLE: "insert",
    InputMode.NAVIGATION: "normal",
    InputMode.REPLACE: "replace",
    InputMode.REPLACE_SINGLE: "replace",
}


class Watcher:
    """Looks at a buffer's text after each change, and keeps what it saw for the toolbar and the marks."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._looks = Looks(state)
        self._timer: asyncio.TimerHandle | None = None
        self._last = Look()
        #: what is not loaded yet: the verbs, for the menu, and what a preview takes
        self._cold: list[Callable[[], object]] = [partial(verb, name) for name in VERBS]
        self._cold.append(lambda: look(new_state(), "warm = 1; warm^2 + sin(warm)"))

    def warm(self) -> None:
        """Load what the first Tab and the first preview need, a module at a time, while nobody types."""
        if self._cold:
            asyncio.get_running_loop().call_later(PAUSE, self._load)

    def _load(self) -> None:
        if self._timer is None and self._cold:
            with contextlib.suppress(ImportError):
                self._cold.pop(0)()
        self.warm()

    def changed(self, buffer: Buffer) -> None:
        """The text is another: look at it soon."""
        self.stop()
        settings = self._state().settings
        if get(settings, "preview") == get(settings, "validation") == "off":
            return
        known = self._looks.known(buffer.text) if buffer.text.strip() else Look()
        if known is not None:
            self._last = known
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # the prompt is being set up
            return
        self._timer = loop.call_later(PAUSE, self._take, buffer, buffer.text)

    def stop(self) -> None:
        """Look no more until the next change."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def forget(self) -> None:
        """Begin with an empty line."""
        self.stop()
        self._last = Look()

    def _take(self, buffer: Buffer, text: str) -> None:
        self._timer = None
        if buffer.text == text:
            before, self._last = self._last, self._looks.take(text)
            if self._last != before or self._last.fault:
                get_app().invalidate()

    def fault(self, text: str) -> Fault | None:
        """What is known to be wrong with a text."""
        known = self._looks.known(text)
        return known.fault if known else None

    def toolbar(self) -> StyleAndTextTuples:
        """The mode of vi, and what was seen last: it says itself of what it speaks."""
        app = get_app()
        columns = app.output.get_size().columns
        mode = ""
        if app.editing_mode == EditingMode.VI:
            visual = app.current_buffer.selection_state is not None
            mode = "visual" if visual else _MODES.get(app.vi_state.input_mode, "normal")
        remarks = [*([Remark("mode", f"[{mode}]")] if mode else []), *self._last.remarks]
        return [(f"class:remark.{role}", text) for role, text in laid_out(remarks, columns - 1)]


def laid_out(remarks: Sequence[Remark], columns: int) -> list[tuple[str, str]]:
    """(role, text) of the toolbar: as many remarks on a line as go, two blanks before each line."""
    result: list[tuple[str, str]] = []
    lines, width = 1, 0
    for role, text, tail in remarks:
        needed = get_cwidth(text + tail)
        if width and width + len(GAP) + needed > columns:
            if lines == MOST_LINES:
                break
            lines, width = lines + 1, 0
            result.append(("", "\n"))
        blanks = GAP if width else "  "
        room = columns - width - len(blanks)
        if needed > room:
            text = _cut(text, room - get_cwidth(tail))
        result.append((role, blanks + text + tail))
        width += len(blanks) + min(needed, room)
    return result


def _cut(text: str, room: int) -> str:
    """The beginning of a text, of so many columns with the sign that there is more."""
    while text and get_cwidth(text) >= room:
        text = text[:-1]
    return text + "…"
