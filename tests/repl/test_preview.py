"""What is told of a line while it is typed: previews, faults, and that it costs neither time nor anything else."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest

from dcalc.commands.base import new_state
from dcalc.language import source
from dcalc.repl.budget import MOST_NUMBERS, OutOfTime, SmallGraph, heavy_nodes, within
from dcalc.repl.marks import marked, partners
from dcalc.repl.preview import Looks, Remark, look, preview
from dcalc.repl.validation import fault
from dcalc.repl.watch import laid_out
from dcalc.session import step

LINES = ("x = 2", "y = 3", "f(u) = u^3", "v = [1, 2, 3]", "a = x^2*y", "x*y")


def state_of(*lines: str) -> Any:
    state = new_state()
    for line in lines:
        state, _ = step(state, source(line))
    return state


@pytest.fixture(scope="module")
def state() -> Any:
    return state_of(*LINES)


# ---- what is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2x²", "2*x^2 = 8   d/dx 8"),
        ("x^2*sin(y)", f"x^2*sin(y) = {4 * math.sin(3):.6g}   d/dx {4 * math.sin(3):.6g}   d/dy {4 * math.cos(3):.6g}"),
        ("grad x^2*y at x=5 wrt x", "x^2*y = 75   d/dx 30"),
        ("trace a", "a = 12   d/dx 12   d/dy 4"),
        ("f(x)", "f(x) = 8   d/dx 12"),
        ("g(t) = t²", "g(t) = t^2"),
        ("q = pi/2", "q = pi/2 = 1.5708"),
        ("q = 3", "q = 3"),
        ("x = 5; 3x", "x = 5; 3*x = 15   d/dx 3"),
        ("sum(v^2)", "sum(v^2) = 14   d/dv[1] 2   d/dv[2] 4   d/dv[3] 6"),
        ("v*2", "v*2 = [2, 4, 6]"),
        ("ans + 1", "ans + 1 = 7"),
        ("foo + 1", "foo + 1   foo: no value"),
        ("relu(x - 2)", "relu(x - 2) = 0   d/dx 1   relu(x - 2) has a kink here (d/dx: left 0, right 1)"),
        ("1/0", "domain error: 1/0 is not defined"),
        ("sin(2, 3) ", "arity error: sin takes 1 argument, here it has 2"),
        ("x^2 for", None),
        ("gra", None),
        ("sin", None),
        ("", None),
        ("# so", None),
        ("?sin", None),
        ("!!", None),
        ("help sin", None),
        ("undo", None),
        ("set digits 4", None),
        ("1 +", None),
        ("(1 + 2", None),
        ("x\ny", None),
    ],
)
def test_previews(state: Any, text: str, told: str | None) -> None:
    assert preview(state, text) == told


def test_a_preview_keeps_and_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    state = state_of("x = 2", "f(u) = u^3")
    before = (len(state.graph), dict(state.point), dict(state.names.functions), dict(state.settings))
    (tmp_path / "defs.dc").write_text("h(x) = x\n")
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("a file is opened"))
    files = ("save f.dc", "load defs.dc", "export session f.md", "run defs.dc", "grad x out f.csv",
             "grad h(x) load defs.dc", "grad W at W=@defs.dc")  # fmt: skip
    for text in (*files, "x = 7", "f(u) = u", "reset", "undo", "del x", "set digits 3"):
        preview(state, text)
    assert (len(state.graph), state.point, state.names.functions, state.settings) == before
    assert [file.name for file in tmp_path.iterdir()] == ["defs.dc"]


@pytest.mark.parametrize(
    "text",
    [
        "s = 0; k = 0; while k < 1e9 { k = k + 1; s = s + sin(k) }; s",
        "s = 0; for k in 1..900000 { s = s + sin(k*x) }; s",
        "sum(ones(10000, 10000))",
        "exp(linspace(0, 1, 100000000))[1]",
        "g(n) = if(n > 0, g(n - 1) + g(n - 1), x); g(40)",
        "diff(x^300*sin(x)^200, x, 300)",
        "(((" * 2000 + "x" + ")))" * 2000,
        " + ".join(["x"] * 2500),
    ],
)
def test_what_takes_long_is_not_previewed(state: Any, text: str) -> None:
    preview(state, "x + sum(v)")  # what is loaded once
    start = time.perf_counter()
    preview(state, text)
    assert time.perf_counter() - start < 1.0  # 0.05 s, on a machine that does much else


def test_large_arrays_of_the_session_are_left_alone() -> None:
    state = state_of("W = ones(200, 200)", "S = sum(W @ W)", "T = S + 1", "x = 2", "f(t) = t*sum(W)", "f(2)")
    assert preview(state, "x^2") == "x^2 = 4   d/dx 4"
    for text in ("W", "sum(W)", "W[1, 1]", "S", "T*x", "q = T", "W @ W", "f(2)"):
        assert preview(state, text) is None, text


def test_the_settings_hold(state: Any) -> None:
    def told(text: str, **settings: object) -> str | None:
        return preview(
            state._replace(settings={name.replace("_", "-"): value for name, value in settings.items()}), text
        )

    assert told("pi*x", digits=3) == "pi*x = 6.28   d/dx 3.14"
    assert told("pi*x", preview="off") is None
    assert told("x )", preview="off") is not None
    assert told("x )", preview="off", validation="off") is None
    assert told("relu(x - 2)", at_kink="left") is not None


def test_looks_are_remembered_while_the_state_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [state_of("x = 2")]
    looks = Looks(lambda: states[0])
    assert looks.known("x^2") is None
    found = looks.take("x^2")
    assert looks.known("x^2") is found
    states[0] = state_of("x = 3")
    assert looks.known("x^2") is None
    assert looks.take("x^2") != found


# ---- what is wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("3 + sin x", "sin x"),
        ("3 + ) ", ")"),
        ("1 ) 2", ")"),
        ("x = 1\ny = 2 + * 3", "*"),
        ("grad x +* 2 at x=3", "*"),
        ("grad x at x=3 at-kink nowhere ", "nowhere"),
        ("grad x mode forward ", "mode"),
        ("grad x at x=1 +* 2", "*"),
        ("grad x a", None),
        ("grad x at", None),
        ("grad x wrt ", None),
        ("grad ", None),
        ("grad x wrt using forward ", "wrt"),
        ("x an", None),
        ("x +", None),
        ("2e", None),
        ("(1 + ", None),
        ("f(x) = { y = 2", None),
        ("help nothing", None),
        ("", None),
    ],
)
def test_faults(state: Any, text: str, wrong: str | None) -> None:
    found = fault(state, text)
    assert (None if found is None else text[found.begin : found.end]) == wrong


def test_faults_of_meaning_are_marked_too(state: Any) -> None:
    text = "1 + sin(2, 3)"
    found = look(state, text).fault
    assert found is not None
    assert text[found.begin : found.end] == "sin(2, 3)"
    assert look(state, "x*unknown").fault is None
    assert look(state, "1/0").fault is None


@pytest.mark.parametrize(
    "text", ["grad x at x=1 wrt y ", "a @ b + 1", "%9 + 1", "grad at", "f(", "x ? y", "\x00", "if x"]
)
def test_looking_never_fails(state: Any, text: str) -> None:
    for end in range(len(text) + 1):
        look(state, text[:end])


# ---- time and room


def test_work_that_takes_too_long_is_stopped() -> None:
    def forever() -> None:
        while True:
            try:
                math.sin(1.0)
            except Exception:  # nothing that the work does itself holds it up
                pytest.fail("it was caught")

    start = time.perf_counter()
    with pytest.raises(OutOfTime):
        within(0.05, forever)
    assert time.perf_counter() - start < 1.0
    assert within(0.05, lambda: 7) == 7
    time.sleep(0.08)  # a clock that went on would ring here


def test_an_import_is_not_cut_in_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dcalc_slow.py").write_text(
        "import time\nend = time.monotonic() + 0.2\nwhile time.monotonic() < end: pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def work() -> None:
        __import__("dcalc_slow")
        while True:
            pass

    with pytest.raises(OutOfTime):
        within(0.02, work)
    assert hasattr(__import__("dcalc_slow"), "end")


def test_a_small_graph_takes_nothing_large() -> None:
    state = state_of("W = ones(100, 100)", "x = 2")
    heavy = heavy_nodes(state.graph)
    small = SmallGraph(state.graph, heavy)
    node = small.input("v", (MOST_NUMBERS,))
    small.emit("sin", (node,))
    with pytest.raises(OutOfTime):
        small.input("w", (MOST_NUMBERS + 1,))
    with pytest.raises(OutOfTime):
        small.emit("sum[]", (next(iter(heavy)),))
    assert len(small) > len(state.graph)


# ---- how it is shown


def test_the_toolbar_s_lines() -> None:
    remarks = [
        Remark("", "a long formula of many words", " = 3012"),
        Remark("value", "d/dx 2"),
        Remark("note", "w" * 50),
    ]
    assert laid_out(remarks, 80)[0] == ("", "  a long formula of many words = 3012")
    text = "".join(part for _, part in laid_out(remarks, 30))
    assert text.split("\n") == ["  a long formula of ma… = 3012", "  d/dx 2", "  " + "w" * 27 + "…"]
    assert laid_out([], 30) == []


def test_brackets_and_their_partners() -> None:
    text = "f[(1) # )]"
    assert partners("f((1))", 1) == (1, 5)
    assert partners("f((1))", 6) == (5, 1)
    assert partners(text, 2) == (2, 4)
    assert partners(text, 1) is None
    assert partners("(]", 0) is None
    assert partners("", 0) is None


def test_a_style_is_put_over_colours() -> None:
    assert marked([("a", "12"), ("b", "345")], 1, 4, "c") == [("a", "1"), ("a c", "2"), ("b c", "34"), ("b", "5")]
    assert marked([("a", "12")], 5, 6, "c") == [("a", "12")]
