"""How large a picture in characters is."""

from __future__ import annotations

import shutil
import sys

#: Where the output is no terminal; and the bounds of what is drawn without being asked.
COLUMNS, ROWS = 80, 20
WIDEST, HIGHEST = 160, 40


def columns_and_rows(asked: tuple[int, int] | None, below: int) -> tuple[int, int]:
    """Columns and rows of the chart alone: as asked, else as the terminal has them with `below` lines under it."""
    if asked is not None:
        return max(asked[0], 24), max(asked[1], 8)
    if not sys.stdout.isatty():
        return COLUMNS, ROWS
    terminal = shutil.get_terminal_size((COLUMNS, ROWS + below + 2))
    return min(max(terminal.columns, 24), WIDEST), min(max(terminal.lines - below - 2, 10), HIGHEST)
