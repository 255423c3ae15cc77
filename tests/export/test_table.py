"""Every entry of the table, exported, compiled or run, and held against dcalc's own numbers."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dcalc

sys.path.insert(0, str(Path(__file__).parent))
from sources import GCC, STRICT, apart, by_gcc, by_python, called, flat, places, texts

TEXTS = texts()
#: Units of the last digit; at the digamma function's zero no digit of the result means anything.
FEW = 5
ZERO = 1e-15


def held(name: str, run: Callable[[list[float]], list[float]], few: float = FEW) -> None:
    """An exported function gives dcalc's numbers at ordinary and extreme places, and at ties."""
    function = dcalc.function(TEXTS[name])
    own = function.compile("value_and_grad", engine="scalar")
    numbers = [int(one[1:]) for one in function.inputs]
    skipped = dcalc.primitives.TABLE[name].static
    for place in places(name):
        given = [place[k - skipped] for k in numbers]
        wanted = flat(own(*given))
        found = run(given)
        for one, other in zip(found, wanted, strict=True):
            assert apart(one, other) <= few or abs(one - other) <= ZERO * 1e-15, (given, found, wanted)


@pytest.mark.parametrize("name", TEXTS)
def test_python(name: str) -> None:
    function = by_python(dcalc.function(TEXTS[name]).export("python", what="value,grad"))
    held(name, lambda given: flat(function(*given)))


@pytest.mark.parametrize("name", TEXTS)
def test_numpy(name: str) -> None:
    function = by_python(dcalc.function(TEXTS[name]).export("numpy", what=["value", "grad"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held(name, lambda given: flat(function(*given)))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if GCC is None:
        pytest.skip("gcc is not installed")
    sources = {name: dcalc.function(text).export("c", what="value,grad") for name, text in TEXTS.items()}
    return by_gcc(sources, tmp_path_factory.mktemp("c"), [*STRICT, "-O1"])  # (-O3 takes long: see test_sources)


@pytest.mark.parametrize("name", TEXTS)
def test_c(name: str, library: dict[str, Any]) -> None:
    count = len(dcalc.function(TEXTS[name]).inputs)
    # Python's own lgamma is 20 units off where glibc's is not.
    held(name, lambda given: called(library[name], given, [count]), 30 if name == "lgamma" else FEW)


# XLA flushes subnormal numbers to 0, some of its functions lose digits near the end of the range, and poles are nan.
@pytest.mark.parametrize("name", ["max", "^", "if", "hypot", "relu", "round", "erfc", "atan2", "and"])
def test_jax(name: str) -> None:
    pytest.importorskip("jax")
    function = by_python(dcalc.function(TEXTS[name]).export("jax", what="value,grad"))
    held(name, lambda given: flat(function(*given)), 60)


def test_every_entry_of_numbers_is_tried() -> None:
    assert len(TEXTS) >= 60
    assert {"polygamma", "mod", "beta", "if", "clip", "not"} <= set(TEXTS)
