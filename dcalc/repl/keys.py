"""Keys of our own beside those of prompt_toolkit."""

from __future__ import annotations

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, is_searching, vi_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from ..commands.lines import is_open


def bindings() -> KeyBindings:
    """Enter ends a statement or goes on with it; Alt-Enter always goes on."""
    keys = KeyBindings()

    @keys.add("enter", filter=~is_searching)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # takes the word from the menu
        elif waits(buffer):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=~is_searching & (~vi_mode | _at_once))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


@Condition
def _at_once() -> bool:
    """Whether another key came together with Escape, as it does for Alt. In vi Escape alone waits for nothing."""
    keys = get_app().key_processor
    return bool(keys.input_queue) or len(keys.key_buffer) > 1


def waits(buffer: Buffer) -> bool:
    """Whether the text needs more lines. An empty last line ends it all the same, so that nobody is locked in."""
    head, newline, last = buffer.text.rpartition("\n")
    given_up = bool(newline) and not last.strip() and bool(head.strip())
    return not given_up and is_open(buffer.text)
