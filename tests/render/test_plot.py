"""The pictures of `plot`: marks where they belong, gaps, ASCII, sizes, colours, SVG, PNG, TikZ."""

from __future__ import annotations

import builtins
import math
import re
import struct
import xml.etree.ElementTree as ElementTree

import pytest

from dcalc.render.pictures.axes import decades, short, ticks
from dcalc.render.pictures.chart import pieces


def field(dcalc, *arguments, size="80x20"):
    """The rows of the chart between the axes."""
    answer = dcalc(["plot", *arguments, "--size", size])
    assert answer.status == 0, answer.err
    lines = answer.out.splitlines()
    bottom = next(k for k, line in enumerate(lines) if re.match(r" *[└+][─┬+-]{10}", line))
    rows = [re.split(r"[┤│|+]", line, maxsplit=1)[1] for line in lines[1:bottom]]
    width = len(re.split(r"[└+]", lines[bottom], maxsplit=1)[1])
    return [row.ljust(width) for row in rows], answer


def cells(rows, mark):
    return {(k, column) for k, row in enumerate(rows) for column, one in enumerate(row) if one == mark}


WINDOW = ("--from", "-2", "--to", "2", "--ymin", "-2", "--ymax", "2")


def column(x, rows, low=-2.0, high=2.0):
    return int((x - low) / (high - low) * len(rows[0]))


def row(y, rows, low=-2.0, high=2.0):
    return len(rows) - 1 - int((y - low) / (high - low) * len(rows))


def test_curves_go_where_they_should(dcalc):
    rows, _ = field(dcalc, "sin(x)", *WINDOW, "--ascii")
    for k in range(len(rows[0])):
        x = -2 + 4 * (k + 0.5) / len(rows[0])
        for letter, y in (("*", math.sin(x)), ("o", math.cos(x))):
            near = {(row(y, rows) + d, k + e) for d in (-1, 0, 1) for e in (-1, 0, 1)}
            assert near & cells(rows, letter), (letter, x)
    for height, place in cells(rows, "*"):
        x, y = -2 + 4 * (place + 0.5) / len(rows[0]), 2 - 4 * (height + 0.5) / len(rows)
        assert abs(y - math.sin(x)) < 4 / len(rows) + 0.1


def test_the_kink_is_marked_at_its_place(dcalc):
    rows, answer = field(dcalc, "abs(x - 0.5)", *WINDOW)
    assert cells(rows, "▲") == {(row(0, rows), column(0.5, rows))}
    assert "▲    kink at x = 0.5: slope left -1, right 1  [abs(x - 1/2)]" in answer.out
    rows, answer = field(dcalc, "abs(x - 0.5)", *WINDOW, "--ascii")
    assert cells(rows, "K") == {(row(0, rows), column(0.5, rows))}
    assert answer.out.isascii()


def test_no_line_across_a_jump_or_a_pole(dcalc):
    rows, _ = field(dcalc, "1.5*sign(x - 0.3)", *WINDOW, "--ascii")
    between = [one for height in range(row(1.5, rows) + 2, row(0, rows) - 1) for one in rows[height]]
    assert set(between) == {" "}
    assert len(cells(rows, "J")) == 2
    rows, _ = field(dcalc, "1/(x - 0.3)", *WINDOW, "--ascii")
    pole = column(0.3, rows)
    assert {rows[height][pole] for height in range(len(rows))} == {":"}


def test_no_line_across_a_kink_of_the_derivative(dcalc):
    options = ("--from", "0", "--to", "2*pi", "--ymin", "-1.5", "--ymax", "1.5")
    rows, _ = field(dcalc, "abs(sin(x))", *options, "--ascii")
    low, high = row(-1, rows, -1.5, 1.5), row(1, rows, -1.5, 1.5)
    middle = column(math.pi, rows, 0, 2 * math.pi)
    assert not {rows[k][middle + d] for k in range(high + 2, low - 1) for d in (-1, 0, 1)} & {"o"}


def test_nothing_is_drawn_where_nothing_is_defined(dcalc):
    rows, _ = field(dcalc, "sqrt(x)", *WINDOW, "--ascii")
    assert min(place for _, place in cells(rows, "*")) in (column(0, rows) - 1, column(0, rows))


def test_the_tangent_touches(dcalc):
    rows, answer = field(dcalc, "x^2/2", *WINDOW, "--tangent", "1")
    assert cells(rows, "◉") == {(row(0.5, rows), column(1, rows))}
    assert cells(rows, "·")
    assert "···  tangent at x = 1: 0.5 + 1*(x - 1)" in answer.out


def test_derivatives_have_marks_of_their_own(dcalc):
    rows, answer = field(dcalc, "sin(x)", *WINDOW, "--order", "2")
    for mark, name in (("●", "f′ = cos(x)"), ("◆", "f′′ = -sin(x)")):
        assert len(cells(rows, mark)) >= 3 and f"⠒{mark}⠒  {name}" in answer.out


@pytest.mark.parametrize("size", ["60x12", "100x30", "40x10"])
@pytest.mark.parametrize("option", [(), ("--ascii",)])
def test_sizes(dcalc, size, option):
    width, height = map(int, size.split("x"))
    rows, answer = field(dcalc, "sin(x)", *option, size=size)
    assert max(map(len, answer.out.splitlines())) <= width
    assert len(rows) == height - 3


def test_80_columns_where_there_is_no_terminal(dcalc):
    for line in dcalc('plot "x^3 - 3*x" --tangent 1.5').out.splitlines():
        assert len(line) <= 80


def test_colours_only_where_they_are_wanted(dcalc, monkeypatch):
    assert "\x1b" not in dcalc("plot sin(x)").out
    painted = dcalc("plot sin(x) --color always").out
    assert "\x1b[36m⠒⠒⠒\x1b[0m  f = sin(x)" in painted
    assert re.sub(r"\x1b\[\d*m", "", painted) == dcalc("plot sin(x)").out
    assert re.sub(r"\x1b\[\d*m", "", dcalc("plot sin(x) --color always --ascii").out).isascii()


def test_markdown_is_a_block(dcalc):
    text = dcalc("plot sin(x) --format markdown").out
    assert text.startswith("```text\n") and text.rstrip().endswith("```") and "f′ = cos(x)" in text


def test_latex_is_a_picture(dcalc):
    text = dcalc('plot "1/x" --from -1 --to 2 --samples 7 --format latex').out
    assert text.startswith(r"\begin{tikzpicture}\begin{axis}") and text.count("{") == text.count("}")
    assert r"\addlegendentry{$f = \frac{1}{x}$}" in text
    errors = dcalc("plot sin(x) --at x=1 --error-vs-h --format latex").out
    assert r"\begin{loglogaxis}" in errors and errors.count("{") == errors.count("}")


def test_png(dcalc, tmp_path):
    pytest.importorskip("matplotlib")
    for name, options in (("a.png", ["--size", "480x360"]), ("b.png", [])):
        file = tmp_path / name
        assert dcalc(["plot", "abs(x) + 1/x", "--out", str(file), *options]).status == 0
        data = file.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == ((480, 360) if options else (960, 640))


@pytest.mark.parametrize("options", [[], ["--at", "x=1", "--error-vs-h"]])
def test_svg(dcalc, tmp_path, options):
    pytest.importorskip("matplotlib")
    file = tmp_path / "plot.svg"
    command = ["plot", "x^3 - 3*x", *options, "--out", str(file)]
    assert dcalc(command).status == 0
    text = file.read_text("utf-8")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert ("best h" if options else "f = x^3 - 3*x") in text
    assert dcalc(command).status == 0 and file.read_text("utf-8") == text  # the same every time


def test_without_matplotlib_it_says_what_to_install(dcalc, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    answer = dcalc(["plot", "sin(x)", "--out", str(tmp_path / "a.png")])
    assert answer.status == 2 and "pip install 'dcalc[plot]'" in answer.err


@pytest.mark.parametrize(("low", "high"), [(-5, 5), (0, 1e-280), (-1e300, 1e300), (999.9, 1000.1), (-8e307, 8e307)])
def test_ticks_are_round_and_inside(low, high):
    marks = ticks(low, high, 6)
    assert 2 <= len(marks) <= 6
    for value, text in marks:
        assert low <= value <= high and float(text) == pytest.approx(value, rel=1e-12)


def test_ticks_of_logarithms():
    assert [text for _, text in decades(-15.2, 0.3, 6)] == ["1e-15", "1e-12", "1e-9", "1e-6", "1e-3", "1"]
    assert short(0.1 + 0.2, 0.1) == "0.3"


def test_pieces():
    nan = math.nan
    assert list(pieces([0, 1, 2, 3], [1, nan, 2, 3], [])) == [[(0, 1)], [(2, 2), (3, 3)]]
    assert list(pieces([0, 1, 2], [1, 2, 3], [0.5])) == [[(0, 1)], [(1, 2), (2, 3)]]
    assert list(pieces([0, 1, 2], [1, 2, 3], [1])) == [[(0, 1)], [(1, 2)], [(2, 3)]]
