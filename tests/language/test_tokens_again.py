"""Tokens of a text that is being edited: what is remembered of the last text changes nothing."""

from __future__ import annotations

import random

from dcalc.language import tokens
from dcalc.language.tables import load

PIECES = ("x", "sin(", ")", " ", "1", "2.5", "e", "E", "+", "-", ".", "..", "\n", "#", "* ", "'", "%3", "α", "²", "if ",
          "<", "=", ":", "¿", "1e", "[", "],")  # fmt: skip


def listed(found: list) -> list[tuple[str, str, tuple[int, int]]]:
    return [(token.type, token.text, token.span) for token in found]


def test_an_edited_text_has_the_tokens_of_a_new_one() -> None:
    random.seed(5)
    lexer = load().lexer
    for _ in range(40):
        text = "".join(random.choices(PIECES, k=60))
        for _ in range(60):
            begin = random.choice((len(text), random.randint(0, len(text))))
            end = begin + random.choice((0, 0, 0, 1, 3, 20))
            text = text[:begin] + "".join(random.choices(PIECES, k=random.randint(0, 2))) + text[end:]
            assert listed(tokens(text)) == listed(lexer.tokens(text)), text


def test_nobody_can_change_what_is_remembered() -> None:
    text = "a + b"
    tokens(text).clear()
    assert len(tokens(text)) == 3
