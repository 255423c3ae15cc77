"""LaTeX: brackets and environments match, parentheses say what the tree says, and a real LaTeX takes it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from dcalc.language import parse
from dcalc.primitives import TABLE
from dcalc.render.latex import latex_of
from dcalc.render.latex_formula import latex_name, latex_number, latex_words

FORMULAS = {
    "x^2 + y": r"{x}^{2} + y",
    "-x^2": r"-{x}^{2}",
    "(-x)^2": r"{\left(-x\right)}^{2}",
    "(a + b)*c": r"\left(a + b\right) c",
    "a - (b + c)": r"a - \left(b + c\right)",
    "a - (-b)": r"a - \left(-b\right)",
    "a*(-b)": r"a \left(-b\right)",
    "-(a + b)": r"-\left(a + b\right)",
    "-a*b": "-a b",
    "2*x*3": r"2 x \cdot 3",
    "2*(1/3)": r"2 \cdot \frac{1}{3}",
    "(1/2)*x": r"\frac{1}{2} x",
    "a/b/c": r"\frac{\frac{a}{b}}{c}",
    "(1/2)^x": r"{\left(\frac{1}{2}\right)}^{x}",
    "(x^y)^z": r"{\left({x}^{y}\right)}^{z}",
    "x^y^z": r"{x}^{{y}^{z}}",
    "exp(x)^2": r"{\left(e^{x}\right)}^{2}",
    "3*exp2(x)": r"3 \cdot 2^{x}",
    "sqrt(x)^2": r"{\sqrt{x}}^{2}",
    "abs(x)*y": r"\left|x\right| y",
    "sin(x + 1)": r"\sin\left(x + 1\right)",
    "ln(x)": r"\ln\left(x\right)",
    "max(a, b, c)": r"\max\left(a, b, c\right)",
    "leaky_relu(x)": r"\operatorname{leaky\_relu}\left(x\right)",
    "f(x, y) = x*y": r"f\left(x, y\right) = x y",
    "a = x^2; a + 1": r"\begin{aligned} a &= {x}^{2} \\ & a + 1 \end{aligned}",
    "[x, y]": r"\begin{pmatrix} x \\ y \end{pmatrix}",
    "v[1]^2": r"{{v}_{1}}^{2}",
    "[x >= 0]*x": r"\left[x \ge 0\right] x",
    "if(x > 0, x, 0)*y": r"\left(\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}\right) y",
    "not (a < b and c < d)": r"\lnot \left(a < b \land c < d\right)",
    "1e-3x": r"1 \times 10^{-3} x",
    "1e-3^2": r"{\left(1 \times 10^{-3}\right)}^{2}",
    "pi + e + inf": r"\pi + e + \infty",
    "[[1, 2], [3, x]]": r"\begin{pmatrix} 1 & 2 \\ 3 & x \end{pmatrix}",
    "[[x, y]]": r"\begin{pmatrix} x & y \end{pmatrix}",
    "[x, zeros(3)]": r"\begin{pmatrix} x \\ \mathbf{0}_{3} \end{pmatrix}",
    "A @ B @ x": "A B x",
    "A @ (B @ x)": r"A \left(B x\right)",
    "2*(A @ x)": "2 A x",
    "(A @ x)*y": r"\left(A x\right) y",
    "(A*B) @ x": r"\left(A B\right) x",
    "A @ (-x)": r"A \left(-x\right)",
    "transpose(A)^2": r"{\left({A}^{\mathsf T}\right)}^{2}",
    "transpose(A + B) @ x": r"{\left(A + B\right)}^{\mathsf T} x",
    "inv(A) @ b": r"{A}^{-1} b",
    "solve(A + B, x)": r"{\left(A + B\right)}^{-1} x",
    "outer(x, -y)": r"x {\left(-y\right)}^{\mathsf T}",
    "dot(x, y)": r"{x}^{\mathsf T} y",
    "-(A @ x)": "-A x",
    "det(A)*tr(A)": r"\det\left(A\right) \operatorname{tr}\left(A\right)",
    "norm(x - y)^2": r"{\left\|x - y\right\|}^{2}",
    "sum(x)": r"\sum x",
    "sum(x + y)*z": r"\left(\sum \left(x + y\right)\right) z",
    "2*sum(x)*y": r"\left(2 \sum x\right) y",
    "1 + sum(x*y)/n": r"1 + \frac{\sum x y}{n}",
    "sum(A, axis=1)": r"\operatorname{sum}_{\mathrm{axis}=1}\left(A\right)",
    "sum(x[i]^2 for i in 1..n)": r"\sum_{i=1}^{n} {{x}_{i}}^{2}",
    "sum(A[i, j] for i in 1..m for j in 1..n)": r"\sum_{i=1}^{m} \sum_{j=1}^{n} {A}_{i, j}",
    "prod(v + 1 for v in x)": r"\prod_{v \in x} \left(v + 1\right)",
    "[x[i]^2 for i in 1..3]": r"\left({{x}_{i}}^{2}\right)_{i=1}^{3}",
    "[u*v for u in x for v in y]": r"\left(u v\right)_{u \in x, v \in y}",
    "A[1..2, :]": r"{A}_{1:2, :}",
    "eye(3) + ones(3, 3)": r"\mathbf{I}_{3} + \mathbf{1}_{3 \times 3}",
    "map(u -> u^2, x)": r"\operatorname{map}\left(u \mapsto {u}^{2}, x\right)",
    "W: 3x2; W @ x": r"\begin{aligned} & W \in \mathbf{R}^{3 \times 2} \\ & W x \end{aligned}",
    "r = 1..n; x[r]": r"\begin{aligned} r &= \left\{1, \dots, n\right\} \\ & {x}_{r} \end{aligned}",
    "while x < 2 { x = x^2 }": r"\texttt{while x $<$ 2 \{ x = x\^{}2 \}}",
    "f(x) = { y = x_1; return y }; f(2)": (
        r"\begin{aligned} & \texttt{f(x) = \{ y = x\_1; return y \}} \\ & f\left(2\right) \end{aligned}"
    ),
}
NAMES = {
    "x": "x",
    "x1": "x_{1}",
    "w_12": "w_{12}",
    "cost": r"\mathit{cost}",
    "x_max": r"x_{\mathit{max}}",
    "theta": r"\theta",
    "θ": r"\theta",
    "θ_0": r"\theta_{0}",
    "Ω": r"\Omega",
    "Α": r"\mathrm{A}",
    "é": r"\acute{e}",
    "v₁₂": "v_{12}",
    "v₁\u0307": r"\dot{v}_{1}",
    "x\u0304": r"\bar{x}",
    "v[3]": "v_{3}",
    "v₁ʹ": "v_{1}'",
    "_": r"\_",
    "a_b_c": r"a_{\mathit{b\_c}}",
}
RESULTS = [
    'grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1',
    'grad "x^2" --at x=3 --backend fd',
    'grad "1/x" --at x=0 --ieee',
    'grad "v[1]*x" --at "v=[1,2,3,4,5,6,7,8,9,10,11,12],x=1"',
    'grad "2"',
    'jac "[r*cos(t), r*sin(t)]" --at r=1,t=pi/2',
    'jac "[x*y, x]" --at x=1,y=2 --backend fd',
    'hess "[x^2*y, y]" --at x=1,y=2',
    'hess "x^2*y" --at x=1,y=2 --backend all',
    'eval "[1, 1e-20, 1/0]" --ieee',
    'diff "sin(x)/x"',
    'diff "sin(x)/x" --at x=1',
    'diff "[x*y, x^2]" --at x=1,y=2',
    'diff "x^2*y^3" --wrt x,x,y',
    'trace "sin(θ)*cost_2/x1^2" --at θ=1,cost_2=3,x1=-3 --mode dual',
    'trace "relu(x)*abs(y)" --at x=1,y=2',
    'trace "(x+y)*z" --at x=1,y=3,z=-3 --mode reverse',
    'trace "v[1]*v[2] + sum(W @ v)" --at "v=[1,2],W=[[1,2],[3,4],[5,6],[7,8]]" --mode reverse',
    'trace "sum(v[1..2]*v[2..3])" --at v=[1,2,3] --mode dual --arrays norm',
    'trace "x1*x2" --at x1=1,x2=2 --mode matrix --seed x1=1,x2=2',
    'trace "z = w11*x1 + max(w21, x2); relu(z)" --mode symbolic',
    'trace "x*y" --at x=1,y=2 --seed all',
    "rules",
    *(f"rules '{name}'" for name in TABLE),
]


def check(text: str) -> None:
    """Braces, environments and \\left … \\right match."""
    plain = re.sub(r"\\[\\{}]", "", text)
    depth = 0
    for brace in re.findall("[{}]", plain):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    open_: list[str] = []
    for word, name in re.findall(r"\\(begin|end|left|right)(?![a-zA-Z])(?:\{(\w+)\})?", text):
        if word in ("begin", "left"):
            open_.append(name or "left")
        else:
            assert open_.pop() == (name or "left")
    assert not open_
    assert text.isascii() or text.count(r"\text")


@pytest.mark.parametrize(("formula", "latex"), FORMULAS.items(), ids=FORMULAS)
def test_formulas(formula, latex):
    assert latex_of(parse(formula)) == latex
    check(latex)


@pytest.mark.parametrize(("name", "latex"), NAMES.items(), ids=NAMES)
def test_names(name, latex):
    assert latex_name(name) == latex


def test_numbers():
    found = [latex_number(value, 4) for value in (2.0, -0.5, 1.23456e-10, float("inf"), float("-inf"), float("nan"))]
    assert found == ["2", "-0.5", r"1.235 \times 10^{-10}", r"\infty", r"-\infty", r"\text{nan}"]


def test_words_escape_what_latex_reads():
    assert latex_words(r"50% of {a_b}\c^2 & $x #~") == (r"50\% of \{a\_b\}\textbackslash{}c\^{}2 \& \$x \#\~{}")


@pytest.mark.parametrize("line", RESULTS)
def test_results_are_well_formed(dcalc, line):
    status, out, _ = dcalc(f"{line} --format latex")
    assert status == 0
    check(out)


def test_a_gradient_is_a_row_and_a_value_a_column(dcalc):
    out = dcalc('grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --format latex').out
    assert out == (
        "\\begin{aligned}\nf &= 7 \\\\\n"
        "\\frac{\\partial f}{\\partial \\left(x, y, z\\right)} &= \\begin{pmatrix} 2 & 1 & 0 \\end{pmatrix}\n"
        "\\end{aligned}\n"
    )
    assert dcalc("eval '[1, 2]' --format latex").out == "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}\n"
    assert dcalc('diff "x^2 + 1/x" --format latex').out == "2 x - \\frac{1}{{x}^{2}}\n"


def test_deep_trees_take_a_loop():
    depth = 30_000
    text = latex_of(parse("sin(" * depth + "x" + ")" * depth))
    assert text.startswith(r"\sin\left(\sin")
    assert len(latex_of(parse("-(" * depth + "x" + ")" * depth))) > depth
    assert len(latex_of(parse("+".join(["x*y"] * depth)))) > depth


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex here")
def test_a_real_latex_takes_it(dcalc, tmp_path):
    body = [latex_of(parse(formula)) for formula in FORMULAS]
    body += [latex_name(name) for name in NAMES]
    for line in RESULTS:
        body += dcalc(f"{line} --format latex").out.split("\n\n")  # each result is a formula of its own
    text = "\n".join(rf"\[ {formula.strip()} \]" for formula in body)
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
