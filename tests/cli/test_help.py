"""The help: every page is there, and every example on it runs."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from dcalc.commands import NAMES, command
from dcalc.commands.options import OPTIONS, option_of
from dcalc.commands.topics import TOPICS

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = sorted(
    {
        *(e for name in NAMES for e in command(name).examples),
        *(o.example for o in OPTIONS.values()),
        *(o.example for name in NAMES for o in command(name).own),
    }
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(dcalc, example, monkeypatch, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")  # what an example writes goes elsewhere
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(example)
    assert program == "dcalc"
    status, out, err = dcalc(words)
    if "--step" in words:
        assert (status, "needs a terminal" in err) == (2, True)
        return
    assert status == 0, err
    assert Path(words[words.index("--out") + 1]).stat().st_size if "--out" in words else out


@pytest.mark.parametrize("name", NAMES)
def test_a_page_for_each_command(dcalc, name):
    status, out, err = dcalc(["help", name])
    assert (status, err) == (0, "")
    assert out.startswith(f"dcalc {name}")
    assert command(name).summary in out
    for option in command(name).options:
        assert f"  --{option}" in out
        assert option_of(command(name), option).example in out
    assert dcalc([name, "--help"]).out == dcalc([name, "-h"]).out == out


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_has_help_with_an_example_that_uses_it(name):
    option = OPTIONS[name]
    assert option.help
    assert f"--{name}" in option.example
    assert any(name in command(verb).options for verb in NAMES)


@pytest.mark.parametrize("topic", TOPICS)
def test_topics(dcalc, topic):
    status, out, _ = dcalc(["help", topic])
    assert status == 0
    assert max(map(len, out.splitlines())) <= 120


def test_overview_names_every_command_and_topic(dcalc):
    out = dcalc("help").out
    for name in (*NAMES, *TOPICS):
        assert name in out


def test_help_of_a_function_is_its_rule(dcalc):
    assert dcalc("help tanh").out == dcalc("rules tanh").out
    assert "derivative" in dcalc("rules relu").out


def test_rules_lists_the_whole_table(dcalc):
    from dcalc.primitives import TABLE

    out = dcalc("rules").out
    assert all(entry.word in out for entry in TABLE.values())


def test_every_rule_has_a_card_whose_example_runs(dcalc):
    from dcalc.primitives import TABLE
    from dcalc.primitives.arrays import FUNCTIONS

    for name in [*TABLE, *FUNCTIONS]:
        card = dcalc(["rules", name])
        assert card.status == 0
        examples = [line for line in card.out.splitlines() if line.startswith("example")]
        assert examples, name
        for example in examples:
            assert dcalc(shlex.split(example.removeprefix("example"))[1:]).status == 0, example
