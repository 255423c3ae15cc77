"""Tables that are wider than the terminal."""

from __future__ import annotations

import pytest

from dcalc.language import parse
from dcalc.render.text import block
from dcalc.render.view import Table

TABLE = Table(
    ["", *(f"d/dx{k}" for k in range(9))],
    [[f"f{i}", *(k / 3 + i for k in range(9))] for i in range(2)],
    "a caption",
)


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_columns_are_grouped_and_the_first_is_repeated(width: int) -> None:
    whole, text = block(TABLE, 10).splitlines(), block(TABLE, 10, width).splitlines()
    assert all(len(line) <= width for line in text)
    assert text[0] == whole[0] == "a caption"
    parts = "\n".join(text[1:]).split("\n\n")
    assert len(parts) > 1
    columns: list[list[str]] = []
    for part in parts:
        lines = [line.split() for line in part.splitlines()]
        assert [line[0] for line in lines[2:]] == ["f0", "f1"]
        columns += zip(lines[0], lines[2][1:], lines[3][1:], strict=True)  # type: ignore[arg-type]
    assert columns == list(zip(whole[1].split(), whole[3].split()[1:], whole[4].split()[1:], strict=True))


def test_what_fits_is_left_as_it_is() -> None:
    whole = block(TABLE, 10)
    wide = max(map(len, whole.splitlines()))
    assert block(TABLE, 10, wide) == block(TABLE, 10, None) == whole
    assert block(TABLE, 10, wide - 1) != whole


def test_a_column_that_is_too_wide_stands_alone() -> None:
    table = Table(["name", "formula", "n"], [["v1", "x" * 50, 1.0]])
    text = block(table, 10, 30)
    assert [part.split()[0] for part in text.split("\n\n")] == ["name", "name"]
    assert block(Table(["only"], [["x" * 50]]), 10, 30) == block(Table(["only"], [["x" * 50]]), 10)


def test_words_are_broken_at_blanks_and_formulas_are_not() -> None:
    words = "a long explanation of many words that has to be broken"
    table = Table(["name", "what"], [["x", words]])
    lines = block(table, 10, 40).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert " ".join(line[2:].strip() for line in lines[2:]) == words
    formula = parse("a*b + c*d + a*c + b*d + a*d + b*c + a^2*b^2").children[0]
    assert str(block(Table(["name", "formula"], [["x", formula]]), 10, 30)).endswith("a*d + b*c + a^2*b^2")


def test_a_form_with_less_in_it_is_taken_where_that_helps() -> None:
    def form(wide: int, narrower: Table | None = None) -> Table:
        return Table(["x", "y"], [["a" * wide, 1.0]], "", False, narrower)

    assert "a" * 90 in block(form(90, form(85)), 10)  # neither fits, and the other is hardly narrower
    assert "a" * 90 in block(form(90, form(120)), 10)
    assert "a" * 90 not in block(form(90, form(70)), 10)
    assert "a" * 90 in block(form(90, form(70)), 10, 120)  # a wide terminal has room
    assert "a" * 90 not in block(form(200, form(90, form(70))), 10)
