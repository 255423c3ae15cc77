"""The cache of tables is private: what somebody else could have written is not read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from dcalc.language import cache, generate
from dcalc.language.tables import grammar_path

GRAMMAR = Path(grammar_path()).read_bytes()
MADE = generate.tables(GRAMMAR)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(generate, "tables", lambda grammar: MADE)  # Lark takes a fifth of a second
    return tmp_path


def place() -> Path:
    found = cache.path(GRAMMAR)
    assert found is not None
    return found


def refuse_lark(grammar: bytes) -> dict[str, object]:
    raise AssertionError("the tables were built again")


def test_written_once_and_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = cache.load(GRAMMAR)
    assert cache.fits(made, GRAMMAR)
    assert stat.S_IMODE(place().stat().st_mode) == 0o600
    assert stat.S_IMODE(place().parent.stat().st_mode) == 0o700
    assert [path.name for path in place().parent.iterdir()] == [place().name]  # nothing half-written is left
    assert generate.digest(GRAMMAR)[:32] in place().name
    assert made["lark"] in place().name
    monkeypatch.setattr(generate, "tables", refuse_lark)
    assert cache.load(GRAMMAR) == json.loads(place().read_text()) == made


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722, 0o702])
def test_a_folder_that_others_may_write(home: Path, mode: int) -> None:
    cache.load(GRAMMAR)
    place().write_text('{"format": "poison"}')
    place().parent.chmod(mode)
    assert cache.read(place()) is None
    before = place().read_text()
    assert cache.fits(cache.load(GRAMMAR), GRAMMAR)  # built in memory
    assert place().read_text() == before  # and not kept there


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_a_file_that_others_may_write(home: Path, mode: int) -> None:
    cache.load(GRAMMAR)
    place().chmod(mode)
    assert cache.read(place()) is None


def test_somebody_elses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.load(GRAMMAR)
    assert cache.read(place()) is not None
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert cache.read(place()) is None


def test_links_are_not_followed(home: Path) -> None:
    cache.load(GRAMMAR)
    real = home / "real.json"
    place().rename(real)
    place().symlink_to(real)
    assert cache.read(place()) is None
    folder = home / "real"
    place().unlink()
    place().parent.rename(folder)
    real.rename(folder / place().name)
    place().parent.symlink_to(folder)
    assert cache.read(place()) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 1}', "[" * 100_000, "\ud7ff\0"])
def test_broken_files_are_built_again(home: Path, content: str) -> None:
    cache.load(GRAMMAR)
    place().write_text(content, encoding="utf-8")
    assert cache.fits(cache.load(GRAMMAR), GRAMMAR)
    assert cache.read(place()) == MADE


def test_no_place_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert cache.fits(cache.load(GRAMMAR), GRAMMAR)


def test_another_grammar_has_another_file() -> None:
    assert cache.path(GRAMMAR) != cache.path(GRAMMAR + b" ")
    assert not cache.fits(MADE, GRAMMAR + b" ")


def test_same_format() -> None:
    assert cache.FORMAT == generate.FORMAT
    assert set(MADE) == cache.KEYS


def test_python_source_says_the_same() -> None:
    spaces: dict[str, object] = {}
    exec(generate.python_source(MADE), spaces)  # our own text, in a test
    assert json.loads(json.dumps({key.lower(): value for key, value in spaces.items() if key.isupper()})) == MADE
