"""Plain ASCII: no other character is left, names keep their numbers."""

from __future__ import annotations

import json

import pytest

from dcalc.render.plain import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v₆\u0307 = v₅\u0307·v₄", "dv6 = dv5*v4"),
        ("v\u0307₁", "dv1"),
        ("v₁\u0304*x", "v1_bar*x"),
        ("ẏ", "dy"),
        ("é\u0307", "de"),
        ("v₋₁", "vm1"),
        ("x² − π", "x^2 - pi"),
        ("10⁻³", "10^-3"),
        ("α ≤ ∞", "alpha <= inf"),
        ("é", "e"),
        ("日", "\\u65e5"),
    ],
)
def test_plain(text, expected):
    assert plain(text) == expected


def test_a_table_is_aligned_after_it_is_made_plain(dcalc):
    out = dcalc('trace "(x + y)*z" --at x=1,y=3,z=-3 --mode reverse --ascii').out
    lines = out.splitlines()[1:]
    assert out.isascii()
    assert len({line[:44].rstrip()[-1] for line in lines[2:]}) > 1  # values end in one column
    assert lines[0].startswith("primal")


@pytest.mark.parametrize("form", ["markdown", "csv", "json", "latex"])
@pytest.mark.parametrize(
    "words",
    [
        'trace "x^2*y" --at x=1,y=2',
        'plot "θ^2 + abs(θ)" --size 40x8',
        'check "x^3" --order 2 --claim "3*x^2"',
        'cost "θ^2"',
    ],
)
def test_every_format_is_plain(dcalc, words, form):
    out = dcalc(f"{words} --format {form} --ascii").out
    assert out and out.isascii()
    if form == "json":  # escaped, so that nothing is lost
        assert json.loads(out) == json.loads(dcalc(f"{words} --format json").out)


def test_out_tells_the_format_by_its_ending(dcalc, tmp_path):
    file = tmp_path / "answer.json"
    status, out, err = dcalc(["grad", "x^2", "--at", "x=3", "--out", str(file)])
    assert (status, out) == (0, "")
    assert f"written to {file}" in err
    assert '"derivative": {"x": 6.0}' in file.read_text()


def test_a_file_that_cannot_be_written(dcalc, tmp_path):
    status, out, err = dcalc(["grad", "x^2", "--at", "x=3", "--out", str(tmp_path / "no" / "answer.json")])
    assert (status, out) == (2, "")
    assert "cannot write" in err


def test_a_format_that_a_verb_does_not_have(dcalc):
    status, _, err = dcalc('grad "x^2" --at x=3 --format svg')
    assert status == 2
    assert "grad has no format svg" in err
