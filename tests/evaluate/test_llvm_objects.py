"""Compiled code that is kept: privately, checked before it is used, made again where it does not fit."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate import engines

if engines.unavailable():
    pytest.skip(engines.unavailable(), allow_module_level=True)

from dcalc.evaluate.llvm import objects
from dcalc.evaluate.llvm.generate import Code, generate, make_job
from dcalc.evaluate.llvm.host import host
from dcalc.evaluate.plan import Step


def code_of(number: float) -> Code:
    """x + number."""
    machine = host()
    assert machine is not None
    job = make_job([(1, number)], [0], [], [Step(2, "+", (0, 1), None)], [2])
    return generate(job, machine.width, avx512=machine.avx512)


def run(loaded: objects.Loaded) -> float:
    given, out = np.ones(16), np.zeros(16)
    columns = np.array([given.ctypes.data])
    loaded.call(columns.ctypes.data, 0, out.ctypes.data, 16, 16, 0)
    return float(out[13])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(objects, "_known", type(objects._known)())
    return tmp_path / "dcalc" / "code"


def load(code: Code) -> objects.Loaded:
    machine = host()
    assert machine is not None
    objects._known.clear()
    return objects.load(code, machine)


def kept(place: Path) -> list[Path]:
    return [file for file in place.iterdir() if file.name != "key"]


def test_code_is_kept_and_used_again(place: Path) -> None:
    first = load(code_of(2.0))
    again = load(code_of(2.0))
    assert (first.cached, again.cached) == (False, True)
    assert run(first) == run(again) == 3
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in place.iterdir())
    assert not load(code_of(5.0)).cached and len(kept(place)) == 2


def test_what_does_not_fit_is_made_again(place: Path) -> None:
    load(code_of(2.0))
    (file,) = kept(place)
    good = file.read_bytes()
    for bad in (good[:-1], good[:32] + good[33:], bytes([good[0] ^ 1]) + good[1:], good[:-1] + b"?", b"", b"x" * 20):
        file.write_bytes(bad)
        loaded = load(code_of(2.0))
        assert not loaded.cached and run(loaded) == 3
        assert load(code_of(2.0)).cached
    # A file of another program, rightly signed, under this one's name.
    load(code_of(7.0))
    (other,) = set(kept(place)) - {file}
    file.write_bytes(other.read_bytes())
    loaded = load(code_of(2.0))
    assert not loaded.cached and run(loaded) == 3
    # Another key.
    (place / "key").write_bytes(b"k" * 32)
    assert not load(code_of(2.0)).cached


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes say nothing here")
def test_what_others_may_write_is_not_used(place: Path) -> None:
    load(code_of(2.0))
    (file,) = kept(place)
    file.chmod(0o666)
    assert not load(code_of(2.0)).cached
    (place / "key").chmod(0o622)
    assert not load(code_of(2.0)).cached


def test_without_a_folder_it_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dcalc").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert objects.folder() is None
    assert run(load(code_of(3.0))) == 4


def test_functions_that_the_library_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_library", lambda: object())
    objects.address.cache_clear()
    try:
        from dcalc.evaluate.llvm.program import Program

        objects._known.clear()
        program = Program([], [0, 1], [], [Step(2, "^", (0, 1), None), Step(3, "mod", (2, 1), None)], [2, 3])
        out = np.zeros((2, 9))
        columns: dict[int, Any] = {0: np.full(9, 0.0), 1: np.full(9, -3.0)}
        program.runner(columns, [None] * 4, out, lambda step: None)(0, 9)  # type: ignore[arg-type,return-value]
        assert np.isinf(out[0]).all() and np.isnan(out[1]).all()
    finally:
        objects.address.cache_clear()
        objects._known.clear()


def test_many_files_do_not_pile_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "FILES", 3)
    for k in range(6):
        load(code_of(float(k)))
    assert len(kept(place)) == 3
