"""Graphs as SVG, DOT, Mermaid, TikZ and Markdown: each is read back, and what the user wrote cannot break it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import pairwise
from xml.etree import ElementTree

import pytest

pytest.importorskip("graphlay", reason="graphlay lays the graph out")

SVG = "{http://www.w3.org/2000/svg}"
CASES = {
    "lecture": ["p = x + y; g = p*z", "--at", "x=1,y=3,z=-3"],
    "baydin": ["(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))", "--at", "x1=1.5,x2=0.5"],
    "choices": ["max(y*z, y+2*x) + if(z < 0, x, sqrt(y))", "--at", "x=2,y=3,z=-1"],
    "structure": ["x < 1 and y > 2"],
    "outputs": ["[x*y, x + y, 2]", "--at", "x=2,y=5"],
    "arrays": ["norm(W @ v)^2", "--at", "W=[[1,2],[3,4]],v=[5,6]"],
    "single": ["x", "--at", "x=1"],
    "loop": ["s = 0; for i in 1..5 { s = s + x^i*s + x }; s", "--at", "x=2"],
    "hostile": ["x*1 # </svg><script>\"'&\\ -- ] ) } | `", "--at", "x=1"],
}
cases = pytest.mark.parametrize("args", CASES.values(), ids=CASES)


def made(dcalc, args: list[str], form: str) -> str:
    answer = dcalc(["graph", *args, "--format", form])
    assert answer.status == 0, answer.err
    return answer.out


def rectangle(group: ElementTree.Element) -> tuple[float, float, float, float]:
    box = group.find(f"{SVG}rect")
    x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def corners(path: str) -> list[tuple[float, float]]:
    """The points of a path; of a rounded bend its corner."""
    found = [[float(n) for n in part.split()] for part in re.findall(r"[MLQ]([-\d. e]+)", path)]
    return [(numbers[0], numbers[1]) for numbers in found]


@cases
def test_svg_boxes_are_apart_and_edges_join_them(dcalc, args):
    tree = ElementTree.fromstring(made(dcalc, args, "svg"))
    groups = {group.get("id"): group for group in tree.iter(f"{SVG}g")}
    boxes = {name: rectangle(group) for name, group in groups.items() if name.startswith("node-")}
    facts = json.loads(dcalc(["graph", *args, "--json"]).out)
    assert len(boxes) == len(facts["nodes"])
    for name, a in boxes.items():
        for other, b in boxes.items():
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert name == other or apart, (name, other)
    edges = [group for name, group in groups.items() if name.startswith("edge-")]
    assert len(edges) == len(facts["edges"])
    names = [node["name"] for node in facts["nodes"]]
    for group, fact in zip(edges, facts["edges"], strict=True):
        source, target = int(group.get("data-source")), int(group.get("data-target"))
        assert (names[source], names[target]) == (fact["from"], fact["to"])
        wire, tip = group.findall(f"{SVG}path")
        points = corners(wire.get("d"))
        left, top, right, bottom = boxes[f"node-{source}"]
        assert points[0][0] == pytest.approx(right, abs=0.1)
        assert top < points[0][1] < bottom
        left, top, right, bottom = boxes[f"node-{target}"]
        end = corners(tip.get("d"))[0]
        assert end[0] == pytest.approx(left, abs=0.1)
        assert top < end[1] < bottom
        assert points[-1][1] == end[1]
        assert all(a[0] <= b[0] for a, b in pairwise(points)), "never backwards"
    width, height = float(tree.get("width")), float(tree.get("height"))
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in boxes.values())


def test_svg_shows_values_adjoints_and_partials(dcalc):
    tree = ElementTree.fromstring(made(dcalc, CASES["lecture"], "svg"))
    texts = {"".join(one.itertext()) for one in tree.iter(f"{SVG}text")}
    assert {"p = x + y", "value 4", "adjoint -3", "value -12", "adjoint 4", "z = -3", "p = 4", "1"} <= texts
    assert tree.find(f"{SVG}title").text == "Computational graph: p = x + y; g = p*z"
    assert tree.get("role") == "img"


def test_svg_tells_choices_apart(dcalc):
    tree = ElementTree.fromstring(made(dcalc, CASES["choices"], "svg"))
    kinds = [group.get("class") for group in tree.iter(f"{SVG}g")]
    assert "edge untaken" in kinds
    assert "edge choice" in kinds
    assert "node asleep" in kinds


def test_svg_needs_nothing_else_and_holds_no_markup_of_the_user(dcalc):
    text = made(dcalc, CASES["hostile"], "svg")
    tree = ElementTree.fromstring(text)
    assert not list(tree.iter(f"{SVG}script"))
    assert "<script" not in text
    assert not re.findall(r"(?:href|src)=|url\(|@import", text)


DOT_STRING = r'"(?:[^"\\]|\\.)*"'
DOT_FACTS = rf"\[\w+=(?:{DOT_STRING}|\w+)(?:, \w+=(?:{DOT_STRING}|\w+))*\]"
DOT_ROWS = rf"(?:rankdir=LR|node {DOT_FACTS}|edge {DOT_FACTS}|n\d+ {DOT_FACTS}|n\d+ -> n\d+(?: {DOT_FACTS})?);"


@cases
def test_dot_is_well_formed(dcalc, args):
    text = made(dcalc, args, "dot")
    first, *rows, last = text.strip().splitlines()
    assert (first, last) == ("digraph dcalc {", "}")
    for row in rows:
        assert re.fullmatch(rf"  (?:{DOT_ROWS}|\{{ rank=(?:source|sink);(?: n\d+;)+ \}})", row), row
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not done.stderr


MERMAID_TEXT = r'"(?:[^"\\\[\](){}|`;&<>#]|#\d+;|<br/>)+"'
MERMAID_ROW = (
    rf"  (?:n\d+\[{MERMAID_TEXT}\]|n\d+ (?:-->|-\.->)(?:\|{MERMAID_TEXT}\|)? n\d+"
    r"|classDef \w+ [\w:,. -]+|class n\d+(?:,n\d+)* \w+)"
)


@cases
def test_mermaid_is_well_formed(dcalc, args):
    first, *rows = made(dcalc, args, "mermaid").strip().splitlines()
    assert first == "flowchart LR"
    for row in rows:
        assert re.fullmatch(MERMAID_ROW, row), row
    facts = json.loads(dcalc(["graph", *args, "--json"]).out)
    assert sum("[" in row for row in rows) == len(facts["nodes"])
    assert sum("->" in row for row in rows) == len(facts["edges"])


def test_markdown_is_a_mermaid_block(dcalc):
    text = made(dcalc, CASES["lecture"], "markdown")
    block = re.match(r"```mermaid\n(.*?)\n```\n", text, re.S)[1]
    assert block == made(dcalc, CASES["lecture"], "mermaid").strip()


@cases
def test_tikz_names_every_box_and_edge(dcalc, args):
    text = made(dcalc, args, "latex")
    facts = json.loads(dcalc(["graph", *args, "--json"]).out)
    assert text.startswith(r"\begin{tikzpicture}")
    assert text.count(r"\draw[") == len(facts["edges"])
    assert text.count("align=left") == len(facts["nodes"])
    assert text.count("{") == text.count("}")
    assert text.isascii()


def test_latex_takes_the_picture(dcalc, tmp_path):
    program = shutil.which("pdflatex")
    if program is None or subprocess.run(["kpsewhich", "tikz.sty"], capture_output=True).returncode:
        pytest.skip("pdflatex and TikZ are not here")
    head = r"\documentclass{article}\usepackage[a0paper]{geometry}\usepackage{amsmath,tikz}\begin{document}"
    body = "\n".join(f"\\[{made(dcalc, args, 'latex')}\\]" for args in CASES.values())
    (tmp_path / "one.tex").write_text(f"{head}\n{body}\n\\end{{document}}", "utf-8")
    done = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "one.tex"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]


def test_the_ending_of_a_file_tells_the_format(dcalc, tmp_path):
    for ending, begins in {
        "svg": "<svg",
        "html": "<!DOCTYPE html>",
        "dot": "digraph",
        "mmd": "flowchart",
        "gv": "digraph",
    }.items():
        file = tmp_path / f"one.{ending}"
        assert dcalc(["graph", *CASES["lecture"], "--out", str(file)]).status == 0
        assert file.read_text("utf-8").startswith(begins)
