"""Scripts: the lines of a session from a file or a pipe. No prompt, no banner; errors with name:line:column."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from .cli import report, show
from .commands.base import new_state
from .errors import DcalcError, Source
from .language import source, tokens
from .session import step


def statements(text: str) -> Iterator[tuple[int, str]]:
    """(offset, text) of each statement: a line, or several while a bracket is open or an operator waits."""
    start = 0
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if is_open(pending):
            continue
        if pending.strip():
            yield start, pending
        start += len(pending)
        pending = ""
    if pending.strip():
        yield start, pending


def is_open(text: str) -> bool:
    """Whether more has to come: a bracket is open, or the last word is an operator."""
    depth = 0
    last = ""
    for token in tokens(text):
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
        if token.text.strip():
            last = token.text
    return depth > 0 or (bool(last) and last in "+-*/^,=<>×·−" and not text.lstrip().startswith("help"))


def run_script(script: Source, options: dict[str, Any]) -> int:
    """Run every statement in turn; the first failure stops the script. Returns the exit status."""
    state = new_state()
    status = 0
    whole = source(script.text, script.name)
    for offset, text in statements(whole.text):
        # Newlines in front keep the line numbers of the whole file.
        above = whole.text.count("\n", 0, offset)
        line = Source("\n" * above + text.rstrip("\n"), script.name)
        try:
            state, output = step(state, line, {k: v for k, v in options.items() if k != "color"})
        except DcalcError as problem:
            return report(problem, json=options.get("format") == "json", color=options.get("color", "auto"), position=True)
        silent = text.rstrip().endswith(";") or not output.results
        chosen = output if not silent else output._replace(results=[])
        status = max(status, show(chosen, options))
        sys.stdout.flush()
    return status
