"""A failure for people: what, where with a caret, and the next step."""

from __future__ import annotations

from ..backends.result import Note
from ..errors import DcalcError, Source, Span

#: How much of a long line is shown around the caret.
WINDOW = 72


def render(problem: DcalcError, *, position: bool = False) -> str:
    """The message of a failure. position: begin with name:line:column, as scripts and texts of several lines do."""
    where = ""
    if problem.source is not None and (position or "\n" in problem.source.text.strip()):
        line, column = problem.source.position(problem.span[0] if problem.span else 0)
        where = f"{problem.source.name}:{line}:{column}: "
    lines = [f"{where}{problem.kind} error: {problem.message}"]
    if problem.source is not None and problem.span is not None:
        lines += caret(problem.source, problem.span)
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    if problem.kind == "internal":
        lines.append("This is a fault in dcalc. Please report it with the command line that led here.")
    return "\n".join(lines)


def note(remark: Note) -> str:
    """A remark on an answer."""
    return f"note: {remark.message}"


def caret(source: Source, span: Span) -> list[str]:
    """The line of the text that a span begins in, and carets below the span; nothing of an empty line."""
    start = min(span[0], len(source.text))
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", start)
    line_end = len(source.text) if line_end < 0 else line_end
    # A sentence's part is padded with blanks in place of what stands before it; do not show those.
    text = source.text[line_start:line_end]
    if not text.strip():
        return []
    end = max(start + 1, min(span[1], line_end))
    begin = start - line_start
    length = end - start
    if len(text) > WINDOW:
        cut = max(0, min(begin - WINDOW // 3, len(text) - WINDOW))
        shown = text[cut : cut + WINDOW]
        begin -= cut
        if cut:
            shown = "…" + shown[1:]
        if cut + WINDOW < len(text):
            shown = shown[:-1] + "…"
        text = shown
    else:
        stripped = text.lstrip()
        begin -= len(text) - len(stripped)
        text = stripped
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    length = max(1, min(length, len(text) - begin))
    return [f"  {text}", "  " + " " * _width(text[: max(begin, 0)]) + "^" * _width(text[begin : begin + length] or " ")]


def _width(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    width: int = wcswidth(text)
    return width if width >= 0 else len(text)
