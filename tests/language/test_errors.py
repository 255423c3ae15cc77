"""What a mistake is answered: errors.txt holds text, message, marked part and hint, for people to read and judge.

`python -m tests.language.test_errors` writes the file anew; look at its diff.
"""

from __future__ import annotations

from ast import literal_eval
from pathlib import Path

import pytest

from dcalc.errors import DcalcError
from dcalc.language import parse, parse_bindings

FILE = Path(__file__).with_name("errors.txt")


def answer(kind: str, text: str) -> list[str]:
    try:
        (parse if kind == "program" else parse_bindings)(text)
    except DcalcError as error:
        assert error.kind == "syntax"
        assert error.source is not None
        assert error.span is not None
        start, end = error.span
        assert 0 <= start <= end <= len(error.source.text)
        assert not error.message.endswith(".")
        return [error.message, repr(error.source.text[start:end]), error.hint or ""]
    raise AssertionError(f"{text!r} is no mistake")


def blocks() -> list[tuple[str, list[str]]]:
    found = []
    for block in FILE.read_text(encoding="utf-8").strip().split("\n\n"):
        head, *rest = block.split("\n")
        found.append((head, [line[10:] for line in rest]))
    return found


@pytest.mark.parametrize(("head", "expected"), blocks(), ids=[head for head, _ in blocks()])
def test_answer(head: str, expected: list[str]) -> None:
    kind, text = head.split(" ", 1)
    assert answer(kind, literal_eval(text)) == expected


def test_source_and_name() -> None:
    with pytest.raises(DcalcError) as caught:
        parse("e\u0301 é", "line 3")
    assert caught.value.source is not None
    assert (caught.value.source.name, caught.value.source.text, caught.value.span) == ("line 3", "é é", (0, 3))
    assert caught.value.exit_status == 2


def write() -> None:
    out = []
    for head, _ in blocks():
        kind, text = head.split(" ", 1)
        lines = zip(("says", "marks", "hints"), answer(kind, literal_eval(text)), strict=True)
        out.append("\n".join([head, *(f"{label:>8}: {line}" for label, line in lines)]))
    FILE.write_text("\n\n".join(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
