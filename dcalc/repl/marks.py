"""Places of the input that are marked: the bracket at the cursor with its partner, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from ..language import tokens
from ..language.lexer import CLOSES, OPENS
from .validation import Fault

_BRACKETS = "()[]{}"
#: begin, end, style
Mark = tuple[int, int, str]


def partners(text: str, cursor: int) -> tuple[int, int] | None:
    """The bracket under the cursor, or before it, and its partner. None where there is no such pair."""
    near = [place for place in (cursor, cursor - 1) if 0 <= place < len(text) and text[place] in _BRACKETS]
    if not near:
        return None
    pairs: dict[int, int] = {}
    opened: list[tuple[str, int]] = []
    for token in tokens(text):  # what stands in comments is none
        if token.type in OPENS:
            opened.append((token.type, token.start))
        elif token.type in CLOSES:
            if not opened or opened[-1][0] != CLOSES[token.type]:
                break
            begin = opened.pop()[1]
            pairs[begin], pairs[token.start] = token.start, begin
    return next(((place, pairs[place]) for place in near if place in pairs), None)


class Marks(Processor):
    """Our marks as prompt_toolkit wants them: line by line, over the colours that are there."""

    def __init__(self, fault: Callable[[str], Fault | None]) -> None:
        self._fault = fault
        self._of: tuple[str, int, Fault | None] | None = None
        self._marks: list[Mark] = []

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The line with its marks."""
        given = transformation_input
        fragments = given.fragments
        if not is_done():
            begin = given.document.translate_row_col_to_index(given.lineno, 0)
            length = len(given.document.lines[given.lineno])
            for start, end, style in self._of_document(given.document):
                if start < begin + length + 1 and end > begin:
                    fragments = marked(fragments, start - begin, end - begin, style)
        return Transformation(fragments)

    def _of_document(self, document: Document) -> list[Mark]:
        text, cursor = document.text, document.cursor_position
        wrong = self._fault(text)
        if self._of != (text, cursor, wrong):
            self._of = (text, cursor, wrong)
            pair = partners(text, cursor)
            self._marks = [(place, place + 1, "class:bracket") for place in pair or ()]
            self._marks += [(wrong.begin, wrong.end, "class:fault")] if wrong else []
        return self._marks


def marked(fragments: StyleAndTextTuples, begin: int, end: int, style: str) -> StyleAndTextTuples:
    """The fragments with a style added between two columns."""
    result: StyleAndTextTuples = []
    column = 0
    for fragment in fragments:
        own, text, *rest = fragment
        first, last = max(begin - column, 0), min(end - column, len(text))
        column += len(text)
        if first >= last:
            result.append(fragment)
            continue
        parts = ((own, text[:first]), (f"{own} {style}", text[first:last]), (own, text[last:]))
        result += [(look, part, *rest) for look, part in parts if part]  # type: ignore[misc]
    return result
