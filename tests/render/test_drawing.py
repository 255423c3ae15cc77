"""Graphs in characters: every edge can be followed by eye from box to box, in Unicode and ASCII, in both directions."""

from __future__ import annotations

import random
import re
from unicodedata import normalize

import pytest
from wcwidth import wcswidth

pytest.importorskip("graphlay", reason="graphlay lays the graph out")

from dcalc.commands.base import Ask, new_state
from dcalc.commands.graph import COMMAND, Drawing
from dcalc.errors import Source
from dcalc.render.drawing import labels, layout
from dcalc.render.drawing.characters import WIDTH, _picture, draw

LECTURE = ("p = x + y; g = p*z", "x=1,y=3,z=-3")
BAYDIN = ("(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))", "x1=1.5,x2=0.5")
CHOICES = ("max(y*z, y+2*x) + if(x > 0, x, sqrt(y))", "x=2,y=3,z=-1")
SHARED = ("s = 0; i = 0; while i < 4 { s = s + x^2*s + x; i = i + 1 }; s", "x=2")


def drawing(text: str, at: str = "", **options) -> Drawing:
    if at:
        options["at"] = [Source(at, "--at")]
    return COMMAND.run(new_state(), Ask(Source(text), options)).results[0]


def random_program(seed: int) -> str:
    rng = random.Random(seed)
    names = ["x", "y", "z"][: rng.randint(1, 3)]
    lines = []
    for k in range(rng.choice([2, 4, 7, 12, 20, 40])):
        a, b = rng.choice(names[-rng.choice([3, 8, 50]) :]), rng.choice(names)
        op = rng.choice(["+", "*", "-", "sin", "exp", "max", "min"])
        call = f"{op}({a})" if op in ("sin", "exp") else f"{op}({a}, {b})" if op in ("max", "min") else f"{a} {op} {b}"
        lines.append(f"a{k} = {call}")
        names.append(f"a{k}")
    return "; ".join([*lines, names[-1]])


# -- reading a picture back -------------------------------------------------------------------------------------------

UP, DOWN, LEFT, RIGHT = (0, -1), (0, 1), (-1, 0), (1, 0)
JOINS = {
    "│": (UP, DOWN), "┆": (UP, DOWN), "─": (LEFT, RIGHT), "┄": (LEFT, RIGHT),
    "╯": (UP, LEFT), "╮": (DOWN, LEFT), "╰": (UP, RIGHT), "╭": (DOWN, RIGHT),
    "┼": (UP, DOWN, LEFT, RIGHT),
}  # fmt: skip


def cells(text: str) -> list[str]:
    """Rows of cells, without the combining marks that share one."""
    return ["".join(one for one in normalize("NFC", row) if wcswidth(one)) for row in text.splitlines()]


class Grid:
    """A picture, read as a person reads it."""

    def __init__(self, text: str) -> None:
        self.rows = cells(text)
        self.boxes = list(self._boxes())

    def at(self, x: int, y: int) -> str:
        return self.rows[y][x] if 0 <= y < len(self.rows) and 0 <= x < len(self.rows[y]) else " "

    def _boxes(self):
        for y, row in enumerate(self.rows):
            for found in re.finditer("┌[─┄]+┐", row):
                left, right = found.start(), found.end() - 1
                bottom = next(k for k in range(y + 1, len(self.rows)) if self.at(left, k) == "└")
                yield left, y, right, bottom

    def name(self, box: tuple[int, int, int, int]) -> str:
        left, top, right, bottom = box
        words = [self.rows[y][left + 1 : right].strip() for y in range(top + 1, bottom)]
        return next(word for word in words if word).split(" ")[0]

    def box_at(self, x: int, y: int) -> str | None:
        for box in self.boxes:
            if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
                return self.name(box)
        return None

    def edges(self) -> list[tuple[str, str]]:
        found = []
        for box in self.boxes:
            left, top, right, bottom = box
            for y in range(top + 1, bottom):
                if self.at(right, y) == "├":
                    found.append((self.name(box), self.follow(right + 1, y, RIGHT)))
            for x in range(left + 1, right):
                if self.at(x, bottom) == "┬":
                    found.append((self.name(box), self.follow(x, bottom + 1, DOWN)))
        return found

    def follow(self, x: int, y: int, going: tuple[int, int]) -> str:
        for _ in range(10_000):
            one = self.at(x, y)
            if one in "►▼":
                name = self.box_at(x + going[0], y + going[1])
                assert name, "an arrow that points at nothing"
                return name
            back = (-going[0], -going[1])
            if one == "┼":
                pass
            elif one in JOINS:
                assert back in JOINS[one], f"a line breaks at {x}, {y}: {one}"
                going = next(way for way in JOINS[one] if way != back)
            else:
                assert one not in "┌┐└┘├┬", f"a line runs into a box at {x}, {y}"  # else it is a label
            x, y = x + going[0], y + going[1]
        raise AssertionError("a line without end")


def named_edges(made: Drawing) -> list[tuple[str, str]]:
    return sorted((made.nodes[edge.source].symbol, made.nodes[edge.target].symbol) for edge in made.edges)


@pytest.mark.parametrize("level", [True, False], ids=["left to right", "top to bottom"])
@pytest.mark.parametrize("case", [LECTURE, BAYDIN, CHOICES, SHARED, ("x*x + exp(x)", ""), ("x", "x=1")])
def test_every_edge_leads_where_it_should(case, level):
    made = drawing(*case)
    picture = _picture(made, False, level)
    assert picture is not None
    assert sorted(Grid(picture).edges()) == named_edges(made)


def test_random_graphs_can_be_followed():
    clean = 0
    for seed in range(60):
        made = drawing(random_program(seed), "x=0.5,y=0.3,z=0.2")
        for level in (True, False):
            picture = _picture(made, False, level)
            if picture is not None:
                clean += 1
                assert sorted(Grid(picture).edges()) == named_edges(made), seed
    assert clean >= 116, "almost every graph can be drawn without lines that run into each other"


def test_the_lectures_picture():
    text = draw(drawing(*LECTURE), False)
    assert text is not None
    for words in ("x = 1", "x̄ = -3", "y = 3", "z = -3", "z̄ = 4", "p = x + y", "= 4", "p̄ = -3", "g = p·z", "= -12"):
        assert normalize("NFC", words) in normalize("NFC", text)
    rows = cells(text)
    assert max(row.index("x = 1") for row in rows if "x = 1" in row) < max(
        row.index("p = x + y") for row in rows if "p = x + y" in row
    )
    assert any("├──── 1 ►│" in row for row in rows), "the partial stands on its edge"


def test_inputs_stand_left_and_outputs_right():
    grid = Grid(_picture(drawing(*CHOICES), False, True))
    lefts = {grid.name(box): box[0] for box in grid.boxes}
    first = min(lefts.values())
    assert all(lefts[name] <= first + 2 for name in "xyz")
    assert max(lefts, key=lefts.get) == drawing(*CHOICES).nodes[-1].symbol


def test_ascii_is_ascii_and_says_the_same():
    made = drawing(*CHOICES)
    for level in (True, False):
        text = _picture(made, True, level)
        assert text.isascii()
        for words in ("x_bar = 3", "v4 = max(v1, v3)", "not taken here", "output"):
            assert words in text
        assert ":" in text
        assert "...." in text or level is False


def test_narrow_graphs_go_from_left_to_right_others_downwards_others_are_listed(dcalc):
    assert "►" in draw(drawing(*LECTURE), False)
    text = draw(drawing(*BAYDIN), False)
    assert "▼" in text
    assert "►" not in text
    assert max(map(wcswidth, text.splitlines())) <= WIDTH
    wide = "norm([" + ", ".join(f"sin({k}*x)*y" for k in range(1, 12)) + "])"
    answer = dcalc(["graph", wide, "--at", "x=1,y=2"])
    assert answer.out.startswith("the picture is wider than 80 columns;\n--out graph.html shows it step by step")
    assert "adjoint" in answer.out
    assert "used by" in answer.out


def test_several_adjoints_stand_below_each_other_and_captions_are_wrapped(dcalc):
    out = dcalc(["graph", "if(v > 0, v^2, -v)", "--at", "v=[1,-2,3]"]).out
    assert "v̄ = [2, 0, 0];" in normalize("NFC", out)
    assert "│     [0, -1, 0];" in out
    assert max(map(wcswidth, out.splitlines())) <= WIDTH


def test_without_the_library_there_is_a_list_and_the_way_to_get_it(dcalc, monkeypatch):
    monkeypatch.setattr(layout, "available", lambda: False)
    monkeypatch.setitem(__import__("sys").modules, "graphlay", None)
    answer = dcalc(["graph", *LECTURE[:1], "--at", LECTURE[1]])
    assert answer.status == 0
    assert "pip install 'dcalc[draw]'" in answer.out
    assert re.search(r"^p\s+x \+ y\s+4\s+-3\s+g$", answer.out, re.M)
    for form in ("svg", "html"):
        answer = dcalc(["graph", LECTURE[0], "--at", LECTURE[1], "--format", form])
        assert answer.status == 2
        assert "pip install 'dcalc[draw]'" in answer.err
    for form in ("dot", "mermaid", "json", "csv", "markdown", "latex"):
        assert dcalc(["graph", LECTURE[0], "--at", LECTURE[1], "--format", form]).status == 0


def test_digits(dcalc):
    assert "3.0118" in dcalc(["graph", BAYDIN[0], "--at", BAYDIN[1]]).out
    assert "3.01184333" in dcalc(["graph", BAYDIN[0], "--at", BAYDIN[1], "--digits", "9"]).out


def test_told_in_words():
    made = drawing(*LECTURE)
    assert [labels.told(made, edge) for edge in made.edges] == [
        "∂p/∂x = 1",
        "∂p/∂y = 1",
        "∂g/∂p = z = -3",
        "∂g/∂z = p = 4",
    ]
