"""A wheel holds its tables, and a cold parse from them imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import sys
import dcalc
before = set(sys.modules)
from dcalc.language import parse, parse_bindings
assert repr(parse("2x")) == "Program(Call('*', Number('2'), Name('x')))"
assert len(parse_bindings("x=2,y=pi/2")) == 2
heavy = {"lark", "typing", "json", "hashlib", "pathlib", "unicodedata", "dataclasses", "numpy"}
print(sys.modules["dcalc"].__file__)
print(sorted(heavy & (set(sys.modules) - before)))
print("dcalc.language._tables" in sys.modules)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    from hatchling.builders.wheel import WheelBuilder

    source = tmp_path_factory.mktemp("source")
    for name in ("dcalc", "grammar", "hatch_build.py", "pyproject.toml"):
        _copy(ROOT / name, source / name)
    for name in ("README.md", "LICENSE", "CHANGELOG.md"):
        (source / name).touch()
    (built,) = WheelBuilder(str(source)).build(directory=str(source / "dist"), versions=["standard"])
    assert not (source / "dcalc/language/_tables.py").exists()  # removed after the build
    return Path(built)


def _copy(origin: Path, target: Path) -> None:
    import shutil

    if origin.is_dir():
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__", "_tables.py"))
    else:
        shutil.copy(origin, target)


def test_the_wheel_has_tables_and_grammar(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "dcalc/language/_tables.py" in names
    assert "dcalc/grammar/dcalc.lark" in names


def test_a_cold_parse_is_light(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROBE}"
    # -S: without `site`, whose .pth files import what they like.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert not done.stderr
    origin, heavy, prepared = done.stdout.splitlines()
    assert origin.startswith(str(tmp_path))
    assert heavy == "[]"
    assert prepared == "True"
