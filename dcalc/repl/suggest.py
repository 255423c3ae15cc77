"""Ghost suggestions: the last line of the history that begins as this one does."""

from __future__ import annotations

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document


class FromHistory(AutoSuggest):
    """Of an entry of several lines, what goes to the end of the line that the cursor is on."""

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """What could follow the text."""
        text = document.text
        if not text.strip() or not document.is_cursor_at_the_end:
            return None
        for entry in reversed(buffer.history.get_strings()):
            if len(entry) > len(text) and entry.startswith(text):
                rest = entry[len(text) :].partition("\n")[0]
                if rest:
                    return Suggestion(rest)
        return None
