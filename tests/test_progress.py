"""What long work writes down, and what costs nothing where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcalc import progress
from dcalc.waiting import line


@pytest.fixture
def watched() -> Iterator[None]:
    progress.watch(progress.NOTHING)
    yield
    progress.watch(None)


def test_nothing_is_kept_where_nobody_watches() -> None:
    with progress.stage("evaluating", 10):
        progress.advance(3)
        assert progress.stages() == []
    assert progress.stage("a") is progress.stage("b") is progress.hidden()


@pytest.mark.usefixtures("watched")
def test_stages_nest_and_end_with_their_work() -> None:
    with progress.stage("checking", 4):
        progress.advance()
        with pytest.raises(ZeroDivisionError), progress.stage("evaluating", 100, "points"):
            progress.advance(50)
            assert [(s.what, s.done, s.total) for s in progress.stages()] == [
                ("checking", 1, 4),
                ("evaluating", 50, 100),
            ]
            raise ZeroDivisionError
        progress.advance()
        (only,) = progress.stages()
        assert only.done == 2
    assert progress.stages() == []


def stage_of(what: str, done: float, total: float = 0, unit: str = "", seconds: float = 2.0) -> progress.Stage:
    stage = progress.Stage(what, total, unit)
    stage.advanced = done
    stage.begun -= seconds
    return stage


def test_the_line_has_bar_rate_and_time_left_where_the_total_is_known() -> None:
    text = line([stage_of("plot", 0), stage_of("evaluating", 250_000, 1e6, "points")], 100)
    assert text.startswith("plot · evaluating:  25%|"), text
    assert "250k/1.00M [00:02<00:0" in text
    assert "k points/s]" in text
    assert len(text) < 100


def test_the_line_says_how_much_and_how_fast_without_a_total() -> None:
    text = line([stage_of("eval", 0), stage_of("tracing", 5000, unit="steps")], 80)
    assert text.startswith("eval · tracing: 5.00k steps [00:02, "), text
    assert text.endswith("k steps/s]")
    assert line([stage_of("eval", 0)], 80) == "eval [00:02]"
    assert line([], 80) == ""


def test_the_bar_of_nested_stages_counts_parts_and_never_goes_back() -> None:
    outer, inner = stage_of("checking", 1, 4), stage_of("evaluating", 50, 100)
    assert "  38%|" in line([outer, inner], 80)
    inner.advanced = 0
    assert "  38%|" in line([outer, inner], 80)
    outer.advanced = 2
    assert "  50%|" in line([outer, inner], 80)
    assert line([stage_of("grad", 0, 4e6, "B"), stage_of("evaluating", 3, 4)], 80) == "grad · evaluating [00:02]"


@pytest.mark.parametrize("columns", [1, 20, 40, 80, 200])
def test_the_line_leaves_columns_free(columns: int) -> None:
    text = line([stage_of("a" * 30, 1, 2, "points"), stage_of("b" * 30, 1, 2)], columns)
    assert len(text) <= max(10, columns - 3)
