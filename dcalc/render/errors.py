"""A failure for people: what, where with a caret, and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from ..backends.result import Note
from ..errors import DcalcError, File, Source, Span

#: How much of a long line is shown around the caret.
WINDOW = 72


def render(problem: DcalcError, *, position: bool = False) -> str:
    """The message of a failure. position: begin with name:line:column, as scripts and texts of several lines do."""
    where = ""
    several = problem.source is not None and "\n" in problem.source.text.strip()
    if problem.source is not None and (position or several or isinstance(problem.source, File)):
        line, column = problem.source.position(problem.span[0] if problem.span else 0)
        where = f"{problem.source.name}:{line}:{column}: "
    lines = [f"{where}{problem.kind} error: {problem.message}"]
    if problem.source is not None and problem.span is not None:
        lines += caret(problem.source, problem.span, problem.also)
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    if problem.kind == "internal":
        lines.append("This is a fault in dcalc. Please report it with the command line that led here.")
    return "\n".join(lines)


def note(remark: Note) -> str:
    """A remark on an answer."""
    return f"note: {remark.message}"


def caret(source: Source, span: Span, also: Sequence[Span] = ()) -> list[str]:
    """The lines of the text in which the spans begin, and carets below the spans; nothing of an empty line."""
    lines: dict[int, list[Span]] = {}
    for start, end in dict.fromkeys((span, *also)):
        start = min(start, len(source.text))
        lines.setdefault(source.text.rfind("\n", 0, start) + 1, []).append((start, end))
    return [part for begin, spans in sorted(lines.items()) for part in _line(source.text, begin, sorted(spans))]


def _line(source: str, line_start: int, spans: list[Span]) -> list[str]:
    """A line and its carets. Of a long one, what is around the first span."""
    line_end = source.find("\n", line_start)
    line_end = len(source) if line_end < 0 else line_end
    # A sentence's part is padded with blanks in place of what stands before it; do not show those.
    text = source[line_start:line_end]
    if not text.strip():
        return []
    first = spans[0][0] - line_start
    shift = 0
    if len(text) > WINDOW:
        cut = max(0, min(first - WINDOW // 3, len(text) - WINDOW))
        shown = text[cut : cut + WINDOW]
        shift = cut
        if cut:
            shown = "…" + shown[1:]
        if cut + WINDOW < len(text):
            shown = shown[:-1] + "…"
        text = shown
    else:
        stripped = text.lstrip()
        shift = len(text) - len(stripped)
        text = stripped
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    carets = ""
    for start, end in spans:
        begin = max(start - line_start - shift, 0)
        stop = max(min(end - line_start - shift, len(text)), begin + 1)
        if spans[0] != (start, end) and begin >= len(text):
            continue  # out of the window
        blanks = _width(text[:begin]) - len(carets)
        carets += " " * max(blanks, 0) + "^" * (_width(text[begin:stop] or " ") + min(blanks, 0))
    return [f"  {text}", "  " + carets]


def _width(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    width: int = wcswidth(text)
    return width if width >= 0 else len(text)
