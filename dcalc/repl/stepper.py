"""A table on a terminal, a row per key: Enter, space or n goes on, b goes back, a shows the rest, q leaves."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import combining

from ..errors import DcalcError
from .reader import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

#: What keys do.
Key: TypeAlias = str
MOVES: dict[Key, str] = {
    **dict.fromkeys(("c-m", "c-j", " ", "n", "down", "right", "pagedown"), "next"),
    **dict.fromkeys(("b", "p", "up", "left", "c-h", "pageup"), "back"),
    **dict.fromkeys(("a", "end"), "all"),
    **dict.fromkeys(("q", "c-c", "c-d", "<sigint>"), "leave"),
}
#: The line below a table's headers.
_RULER = re.compile(r"-[- ]*")


def walk(text: str) -> None:
    """Show a text whose table is revealed a row per key. Raises DcalcError of kind usage where there is no terminal."""
    hold_terminal()
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    sys.stdout.flush()
    asyncio.run(_walk(text.split("\n"), create_input(), create_output()))


def hold_terminal() -> None:
    """Refuse to wait for keys where nobody can press any."""
    if not is_terminal():
        hint = "without step the whole table is printed"
        raise DcalcError("usage", "step shows a row per key, which needs a terminal at both ends", hint=hint)


def head_of(lines: Sequence[str]) -> int:
    """How many lines stand above the first row: captions, headers and the ruler."""
    return next((k + 1 for k, line in enumerate(lines) if _RULER.fullmatch(line)), 0)


class Walk:
    """Which lines are shown. The head always is."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.head = self.shown = head_of(lines)

    @property
    def over(self) -> bool:
        """Whether all is shown."""
        return self.shown >= len(self.lines)

    def press(self, key: Key) -> tuple[int, int] | None:
        """What a key asks for: how many lines are shown now and how many were; None to leave."""
        before, move = self.shown, MOVES.get(key)
        if move == "leave":
            return None
        if move == "next":
            self.shown = min(before + 1, len(self.lines))
        elif move == "back":
            self.shown = max(self.head, before - 1)
        elif move == "all":
            self.shown = len(self.lines)
        return self.shown, before


async def _walk(lines: Sequence[str], keys: Input, screen: Output) -> None:
    walk = Walk(lines)
    pressed: asyncio.Queue[Key] = asyncio.Queue()

    def ready() -> None:
        for key in keys.read_keys():
            pressed.put_nowait(str(getattr(key.key, "value", key.key)))
        if keys.closed:
            pressed.put_nowait("q")

    with keys.raw_mode(), keys.attach(ready):
        _print(screen, lines[: walk.shown])
        while not walk.over:
            _status(screen, walk)
            change = walk.press(await pressed.get())
            screen.write_raw("\r")
            screen.erase_down()
            if change is None:
                break
            shown, before = change
            if shown < before:
                screen.cursor_up(sum(_height(screen, line) for line in lines[shown:before]))
                screen.write_raw("\r")
                screen.erase_down()
            _print(screen, lines[before:shown])
        screen.flush()


def _print(screen: Output, lines: Sequence[str]) -> None:
    for line in lines:
        screen.write(line)
        screen.write_raw("\r\n")
    screen.flush()


def _status(screen: Output, walk: Walk) -> None:
    """What the keys do, below the table."""
    text = f"{walk.shown - walk.head}/{len(walk.lines) - walk.head}  Enter next, b back, a all, q quit"
    screen.write(text[: shutil.get_terminal_size().columns - 1])
    screen.flush()


def _height(screen: Output, line: str) -> int:
    """How many lines of the screen a line takes."""
    columns = max(1, screen.get_size().columns)
    width = sum(not combining(character) for character in line)
    return max(1, -(-width // columns))
