"""Explanations as text, ASCII, Markdown, LaTeX, CSV and JSON; long ones."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess

import pytest

from tests.cli.test_latex import check

LINES = [
    'explain "3*x^3 - 3*x + 5"',
    'explain "(3*x + 1)^2*sin(x)" --at x=1',
    'explain "x = cos(t); y = sin(t); x^2*y" --at t=0.4',
    'explain "a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1"',
    'explain "hypot(x, y)*max(x, 2)^y + abs(x)/y"',
    'explain "if(x > 0, cost_2*x, -x)" --wrt x',
    'explain "sin(θ)^2" --order 2',
    'explain "g(x) = [x[1]*x[2], x[1]]; f(u) = [sin(u[1]), u[1]*u[2]]; x: 2; f(g(x))" --at x=[1,2]',
    'explain "W: 3x2; y: 2; b: 3; z = W @ y + b; norm(tanh(z))"',
    'explain "A: 2x2; x: 2; transpose(x) @ inv(A) @ x + det(A)"',
    'explain "y = a; while y^2 > a + 0.01 { y = (y + a/y)/2 }; y" --at a=2',
]


@pytest.mark.parametrize("line", LINES)
def test_latex_is_well_formed(dcalc, line):
    answer = dcalc(f"{line} --format latex")
    assert answer.status == 0
    check(answer.out)
    assert "\n\n" not in answer.out  # an empty line ends math mode


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex here")
def test_a_real_latex_takes_it(dcalc, tmp_path):
    text = "\n".join(rf"\[ {dcalc(f'{line} --format latex').out.strip()} \]" for line in LINES)
    (tmp_path / "all.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{text}\end{{document}}", encoding="utf-8"
    )
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.parametrize("line", LINES)
def test_every_format(dcalc, line):
    text = dcalc(line)
    assert text.status == 0
    last = text.out.splitlines()[-1].strip()
    results = [item["derivative"] for item in json.loads(dcalc(f"{line} --json").out)["explanations"]]
    assert f" = {results[-1]}" in last  # the formula that `diff` prints, on one line
    assert dcalc(f"{line} --ascii").out.isascii()
    markdown = dcalc(f"{line} --format markdown").out
    assert markdown.startswith("### ") and markdown.count("`") % 2 == 0
    header, *rows = csv.reader(io.StringIO(dcalc(f"{line} --format csv").out))
    assert header == ["of", "step", "derivative", "rule", "formula", "value"]
    assert results[-1] == rows[-1][4]


def test_text_says_what_a_student_wants_to_see(dcalc):
    assert dcalc('explain "x*sin(x)"').out == (
        "f = x*sin(x)\n"
        "\n"
        "1  product rule: (u*v)' = u'*v + v'*u\n"
        "   with u = x, v = sin(x)\n"
        "   df/dx = d/dx[x]*sin(x) + d/dx[sin(x)]*x\n"
        "2  elementary functions\n"
        "   d/dx[x] = 1   the variable itself\n"
        "   d/dx[sin(x)] = cos(x)   derivative of sin: sin(x)' = cos(x)\n"
        "   df/dx = sin(x) + cos(x)*x\n"
        "3  simplify\n"
        "   df/dx = sin(x) + x*cos(x)\n"
    )


def test_a_page_is_wide_enough(dcalc):
    for line in LINES[:4]:
        assert max(map(len, dcalc(line).out.splitlines())) <= 80


def test_the_letters_of_rules_are_no_names_of_the_program(dcalc):
    out = dcalc('explain "u*sin(u) + v" --wrt u').out
    assert "with w = u, p = sin(u)" in out


def test_json_has_the_steps_as_data(dcalc):
    answer = json.loads(dcalc('explain "(3*x + 1)^2" --at x=1 --json').out)
    assert answer["kind"] == "explain" and answer["wrt"] == [["x"]]
    (one,) = answer["explanations"]
    first, *_, last = one["steps"]
    assert first["rule"] == "chain rule, power rule" and first["formula"] == "2*(3*x + 1)*diff(3*x + 1, x)"
    assert first["rewrites"] == [
        {
            "rule": "chain rule, power rule",
            "subject": "(3*x + 1)^2",
            "before": "diff((3*x + 1)^2, x)",
            "after": "2*(3*x + 1)*diff(3*x + 1, x)",
            "in_general": "(u^n)' = n*u^(n - 1)*u'",
            "with": {"u": {"formula": "3*x + 1", "value": 4, "derivative": 3}},
            "value": 24,
        }
    ]
    assert last["formula"] == one["derivative"] == "6*(3*x + 1)" and one["value"] == last["value"] == 24


@pytest.mark.parametrize(
    "text",
    [
        "sin(" * 60 + "x" + ")" * 60,
        "sin(" * 1500 + "x" + ")" * 1500,
        "+".join(f"{k}*x^{k}" for k in range(1, 400)),
        "l = x; for k in 1..60 { l = 4*l*(1 - l) }; l",
        "*".join(f"(x + {k})" for k in range(80)),
    ],
    ids=["deep", "deeper", "wide", "loop", "product"],
)
def test_long_explanations_are_thinned(dcalc, text):
    out = dcalc(["explain", text]).out
    assert len(out.splitlines()) < 1500
    assert "--format json has" in out
    answer = json.loads(dcalc(["explain", text, "--json"]).out)
    result = json.loads(dcalc(["diff", text, "--json"]).out)["derivatives"][0]["formula"]
    assert answer["explanations"][0]["steps"][-1]["formula"] == result
    assert out.rstrip().endswith(result)


def test_in_a_session(dcalc, tmp_path):
    script = tmp_path / "one.dc"
    script.write_text("a = x^2\nexplain exp(a)\nx = 2\nexplain x^2*y at y=3 wrt x\n", encoding="utf-8")
    answer = dcalc(["run", str(script)])
    assert answer.status == 0
    assert "da/dx" in answer.out and "df/dx = 2*x*y = 12" in answer.out


def test_a_factor_with_a_sign_stands_in_brackets(dcalc):
    assert "df/dt = r*(-sin(t))" in dcalc('explain "r*cos(t)" --wrt t').out
    last = dcalc('explain "cos(t)/(-t)"').out.splitlines()[-1].strip()
    assert last == f"df/dt = {dcalc('diff cos(t)/(-t)').out.strip()}"
