"""Arrays as text: what is shown can be pasted back, and what is large is shortened."""

from __future__ import annotations

import json
import math
import random
import time

import pytest

from dcalc.backends.result import Value
from dcalc.language import parse
from dcalc.render import render
from dcalc.render.arrays import GAP, HOW_TO_SEE_ALL, Array, array_of, grid, inline, is_shortened, kept


def nested(numbers, shape):
    for length in shape[:0:-1]:
        numbers = [numbers[k : k + length] for k in range(0, len(numbers), length)]
    return numbers if shape else numbers[0]


def text(value, **options) -> str:
    return render([Value(value, [])], [], **options)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.5, "2.5"),
        ([1.0, 2.0, 3.0], "[1, 2, 3]"),
        ([1.0], "[1]"),
        ([[1.0, 2.5], [3.0, 40.0]], "[[1, 2.5],\n [3,  40]]"),
        ([[-1.0], [20.0]], "[[-1],\n [20]]"),
        ([[1.0, 20.0, 3.0]], "[[1, 20, 3]]"),
        ([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 88.0]]], "[[[1,  2],\n  [3,  4]],\n [[5,  6],\n  [7, 88]]]"),
        ([math.inf, -math.inf, math.nan, -0.0], "[inf, -inf, nan, 0]"),
    ],
)
def test_values(value, shown):
    assert text(value) == shown


def test_a_name_stands_beside_the_array():
    assert render([Value([[1.0, 2.0], [3.0, 4.0]], [], "A")], []) == "A  [[1, 2],\n    [3, 4]]"
    assert render([Value([1.0, 2.0], [], "v")], []) == "v  [1, 2]"


def test_digits():
    assert text([[1 / 3, 2 / 3]], digits=3) == "[[0.333, 0.667]]"


SHAPES = [
    (1,),
    (7,),
    (100,),
    (1, 1),
    (1, 5),
    (5, 1),
    (20, 3),
    (2, 12),
    (1, 1, 1),
    (2, 1, 3),
    (2, 3, 2, 2),
    (1, 1, 4, 1),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_shown_in_full_can_be_pasted(shape):
    chance = random.Random(1)
    numbers = [chance.choice([-2.5, 1.0, 1e-20, 1 / 3, 123456.789]) for _ in range(math.prod(shape))]
    array = Array(numbers, shape)
    lines = grid(array, 17)
    assert max(map(len, lines)) <= 100
    for shown in ("\n".join(lines), inline(array, 17)):
        parse(shown)
        assert json.loads(shown) == nested(numbers, shape)


@pytest.mark.parametrize(
    ("shape", "short"),
    [
        ((100,), False),
        ((101,), True),
        ((20, 12), False),
        ((21, 2), True),
        ((2, 13), True),
        ((10, 10, 10), False),
        ((10, 10, 11), True),
        ((2,) * 9, False),
        ((2,) * 12, False),
        ((2,) * 20, True),
        ((), False),
    ],
)
def test_what_is_shortened(shape, short):
    assert is_shortened(shape) == short


def test_a_shortened_matrix():
    shown = text([[float(100 * i + j) for j in range(50)] for i in range(40)])
    assert shown.splitlines() == [
        "a 40x50 matrix",
        "[[   0,    1,    2, …,   47,   48,   49],",
        " [ 100,  101,  102, …,  147,  148,  149],",
        " [ 200,  201,  202, …,  247,  248,  249],",
        " …",
        " [3700, 3701, 3702, …, 3747, 3748, 3749],",
        " [3800, 3801, 3802, …, 3847, 3848, 3849],",
        " [3900, 3901, 3902, …, 3947, 3948, 3949]]",
        HOW_TO_SEE_ALL,
    ]


def test_where_numbers_are_wide_fewer_columns_are_shown():
    lines = grid(Array([k / 7e10 for k in range(400)], (20, 20)), 10)
    assert [line.count(",") for line in lines[1:]] == [5] * 19 + [4]
    assert max(map(len, lines)) <= 100


def test_a_shortened_vector_and_a_shortened_array_of_more_axes():
    assert text([float(k) for k in range(2000)]).splitlines()[:2] == [
        "a vector of 2000",
        "[0, 1, 2, …, 1997, 1998, 1999]",
    ]
    lines = grid(Array([float(k) for k in range(8000)], (20, 20, 20)), 10)
    assert lines[0] == "a 20x20x20 array"
    assert len(lines) == 1 + 6 * 7 + 1
    assert lines[1].startswith("[[[")
    assert lines[-1].endswith("7999]]]")
    assert grid(Array([0.0] * 2**20, (2,) * 20), 10) == ["an array of 20 axes"]
    assert inline(Array([0.0] * 2**20, (2,) * 20), 10) == "an array of 20 axes"


def test_inline_says_the_shape_of_what_it_shortens():
    shown = inline(Array([float(k) for k in range(10_000)], (100, 100)), 10)
    assert shown.startswith("a 100x100 matrix: [[0, 1, 2, …, 97, 98, 99], [100,")
    assert "299], …, [9700," in shown
    assert "\n" not in shown


def test_kept():
    assert kept(3, 2) == [0, 1, 2]  # shorter than its own ends
    assert kept(20, 12) == [0, 1, 2, None, 17, 18, 19]
    assert kept(12, 12) == list(range(12))


def test_nested_lists_become_an_array_and_back():
    assert array_of(2.0) == Array([2.0], ())
    assert array_of([[1.0, 2.0], [3.0, 4.0]]) == Array([1.0, 2.0, 3.0, 4.0], (2, 2))


def test_csv_and_json_have_all():
    value = [[float(100 * i + j) for j in range(50)] for i in range(40)]
    rows = text(value, form="csv").splitlines()
    assert rows[:2] == ["name,value", '"[1,1]",0.0']
    assert rows[-1] == '"[40,50]",3949.0'
    assert len(rows) == 2001
    assert json.loads(text(value, form="json")) == {"dcalc": 1, "kind": "eval", "value": value}
    assert json.loads(text([[1.0, math.inf]], form="json"))["value"] == [[1, "inf"]]


def test_markdown_and_latex():
    assert "| `[[1, 2], [3, 4]]` |" in text([[1.0, 2.0], [3.0, 4.0]], form="markdown")
    assert text([[1.0, 2.0], [3.0, 4.0]], form="latex") == r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
    assert text([1.0, 2.0], form="latex") == r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"
    cube = text([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], form="latex")
    assert cube.count(r"\begin{pmatrix}") == 3
    large = text([[0.0] * 100 for _ in range(100)], form="latex")
    assert large.count(r"\vdots") == 6
    assert large.count(r"\cdots") == 6
    assert large.count(r"\ddots") == 1
    assert GAP in text([[0.0] * 100 for _ in range(100)], form="markdown")


def test_a_million_numbers_are_shown_at_once():
    numbers = [k / 7 for k in range(10**6)]
    start = time.process_time()
    assert len(grid(Array(numbers, (1000, 1000)), 10)) == 8
    assert time.process_time() - start < 1
