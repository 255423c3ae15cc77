"""`engines`, and `--engine`."""

from __future__ import annotations

import json

import pytest

from dcalc.evaluate import engines

LLVM = not engines.unavailable()


def test_what_is_there(dcalc):
    answer = dcalc("engines")
    assert answer.status == 0 and not answer.err
    assert [line.split()[0] for line in answer.out.splitlines()[2:5]] == ["scalar", "array", "llvm"]
    assert ("LLVM" in answer.out) == LLVM
    assert max(map(len, answer.out.splitlines())) <= 80


def test_what_would_be_chosen(dcalc):
    data = json.loads(dcalc('engines "sin(x)*exp(y)" --json').out)
    assert data["kind"] == "engines" and data["operations"] == 5
    assert [one["available"] for one in data["engines"]] == [True, True, LLVM]
    chosen = {one["points"]: one["engine"] for one in data["choices"]}
    assert chosen == {1: "scalar", 1000: "array", 100_000: "array", 10_000_000: "llvm" if LLVM else "array"}
    text = dcalc('engines "sin(x)*exp(y)"').out
    assert "value and gradient: 5 operations" in text and max(map(len, text.splitlines())) <= 80


def test_programs_arrays_and_faults(dcalc):
    assert "values are arrays" in dcalc('engines "sum(v)" --at v=[1,2]').out
    assert dcalc('engines "[x*y, x]"').status == 0
    assert dcalc('engines "3"').status == 0
    assert dcalc('engines "foo("').status == 2


def test_without_llvm(dcalc, monkeypatch):
    monkeypatch.setattr("dcalc.evaluate.llvm.host.find_spec", lambda name: None)
    answer = dcalc("engines")
    assert answer.status == 0 and "llvmlite is not installed" in answer.out and "dcalc[fast]" in answer.out
    refused = dcalc('grad "x^2" --at x=3 --engine llvm')
    assert refused.status == 2 and "pip install 'dcalc[fast]'" in refused.err
    assert dcalc('plot "sin(x)" --samples 9').status == 0


@pytest.mark.parametrize("engine", ["scalar", "array", *(["llvm"] if LLVM else [])])
def test_the_engine_asked_for_computes_it(dcalc, engine, monkeypatch):
    asked = []
    choose = engines.choose

    def spy(*args, **options):
        found = choose(*args, **options)
        asked.append(found.name)
        return found

    monkeypatch.setattr(engines, "choose", spy)
    answer = dcalc(f'grad "x^2*sin(y)" --at x=1,y=2 --engine {engine} --json')
    data = json.loads(answer.out)
    assert data["derivative"]["x"] == pytest.approx(1.8185948536513634, rel=1e-15)
    assert set(asked) == ({engine} if engine != "scalar" else set())
    plotted = dcalc(f'plot "sin(x)" --from 0 --to 1 --samples 5 --format csv --engine {engine}')
    assert "0.479425538604203" in plotted.out and asked[-1] == engine


def test_faults(dcalc):
    refused = dcalc('grad "x^2" --at x=3 --engine fast')
    assert refused.status == 2 and "scalar, array, llvm" in refused.err


def test_long_expressions_come_from_files_and_pipes(dcalc, tmp_path):
    """As with every verb that takes an expression."""
    text = "sin(x)*exp(y)"
    (tmp_path / "long.dc").write_text(text)
    as_written = dcalc(["engines", text, "--json"]).out
    assert dcalc(["engines", f"@{tmp_path / 'long.dc'}", "--json"]).out == as_written
    assert dcalc(["engines", "-", "--json"], stdin=text.encode()).out == as_written
