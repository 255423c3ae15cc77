"""Imports point down the list of rooms only; nothing is evaluated or unpickled; one gradient loads little."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dcalc"
#: From the top down. A room may import those behind it, and itself.
ROOMS = (
    # the Python API stands on everything
    ("__main__", "__init__", "dual", "python"),
    ("cli", "repl", "scripts", "waiting", "batch"),
    ("session",),
    ("render",),  # the help's pages are rendered from the commands' registry, so render stands above commands
    ("commands",),
    ("export",),
    ("tables", "cluster"),
    ("backends",),
    ("evaluate",),
    ("sweeps",),
    ("graph",),
    ("primitives",),
    ("language",),
    ("errors", "progress", "collecting"),
)
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file.relative_to(PACKAGE): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imported_rooms(path: Path, tree: ast.Module):
    """(room, line) of each import of dcalc's own, wherever in the file it stands."""
    package = ("dcalc", *path.parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            names = [(*base, *(node.module.split(".") if node.module else ()), alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] == "dcalc" and name[1:] != ("__version__",):
                yield (name[1] if name[1:2] and name[1] in LEVEL else "__init__"), node.lineno


@pytest.mark.parametrize("path", TREES, ids=str)
def test_imports_point_down(path):
    own = room(path.parts)
    assert own in LEVEL, f"{own} is no room: say in ROOMS where it stands"
    upwards = [
        f"{path}:{line} imports {other}"
        for other, line in imported_rooms(path, TREES[path])
        if LEVEL[other] < LEVEL[own]
    ]
    assert not upwards


@pytest.mark.parametrize("path", TREES, ids=str)
def test_nothing_is_evaluated_or_unpickled(path):
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "__import__"), f"{path}:{node.lineno}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named = {alias.name.partition(".")[0] for alias in node.names} | {getattr(node, "module", "") or ""}
            assert not named & {"pickle", "shelve", "marshal", "dill"}, f"{path}:{node.lineno}"


LIBRARIES = {"numpy", "scipy", "prompt_toolkit", "lark", "tabulate", "difflib", "csv", "typing_extensions"}
HEAVY = {*LIBRARIES, "dcalc.graph.simplify", "dcalc.backends.finite_difference"}
CODE = "import sys; from dcalc.cli import main; s = main({!r}); print(*sys.modules, file=sys.stderr); sys.exit(s)"


@pytest.mark.parametrize(
    "arguments",
    [
        ["grad", "max(y*z, y+2*x)", "--at", "x=2,y=3,z=-1"],
        ["grad", "x^2*sin(y)", "--at", "x=1,y=2", "--backend", "forward", "--json"],
        ["eval", "1/3"],
    ],
    ids=lambda words: words[0] + words[-1],
)
def test_one_gradient_loads_little(arguments):
    command = [sys.executable, "-c", CODE.format(arguments)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60)  # the grammar's tables are made and kept
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(done.stderr.split())


def test_every_module_of_commands_can_be_imported_first() -> None:
    """No import goes in a circle, whichever module is asked for first. (Of this room; others are small or layered.)"""
    script = """
import importlib, sys
for name in sys.argv[1:]:
    for known in [known for known in sys.modules if known.startswith("dcalc.commands")]:
        del sys.modules[known]
    importlib.import_module(name)
"""
    names = [".".join(("dcalc", *path.with_suffix("").parts)).removesuffix(".__init__") for path in TREES]
    own = [name for name in names if name.startswith("dcalc.commands")]
    found = subprocess.run([sys.executable, "-c", script, *own], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
