"""Texts of unusual size: they work, in time, or they say what is wrong. Never a RecursionError, never a traceback."""

from __future__ import annotations

import time

import pytest

DEEP = 100_000


@pytest.fixture
def at_once():
    """The test takes less than this many seconds of this process's time."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 2


def run(dcalc, words: str, text: str):
    return dcalc(f"{words} -", stdin=text.encode())


def test_nested_parentheses(dcalc):
    text = "(" * DEEP + "x" + ")" * DEEP
    assert run(dcalc, "eval --at x=3", text).out == "3\n"
    assert run(dcalc, "grad --at x=3", text).out == "value  3\nd/dx   1\n"
    assert run(dcalc, "diff", text).out == "1\n"


def test_nested_parentheses_that_are_not_closed(dcalc):
    status, out, err = run(dcalc, "eval", "(" * DEEP + "x")
    assert (status, out) == (2, "")
    assert "is not closed" in err
    assert max(map(len, err.splitlines())) < 120, "a message is read by people"


def test_nested_calls(dcalc):
    text = "sin(" * DEEP + "x" + ")" * DEEP
    status, out, _ = run(dcalc, "grad --at x=1", text)
    assert status == 0
    # sin applied n times tends to sqrt(3/n).
    assert float(out.split()[1]) == pytest.approx((3 / DEEP) ** 0.5, rel=1e-3)


@pytest.mark.parametrize("text", ["-" * DEEP + "x", "^".join("x" * 2_000), "-(" * 20_000 + "x" + ")" * 20_000])
def test_other_depths(dcalc, text):
    assert run(dcalc, "grad --at x=1", text).out == "value  1\nd/dx   1\n"


def test_towers_of_powers_at_once(dcalc, at_once):
    for words in ("eval", "diff --at x=1", "grad --at x=1"):
        status, out, err = run(dcalc, words, "9^9^9^9 + 0*x" if words != "eval" else "9^9^9^9")
        assert (status, out) == (1, "")
        assert "9^387420489 is too large for floating point" in err
    assert dcalc("eval 0.5^9^9").out == "0\n"
    assert dcalc("diff 2^1000000*x").status == 0


def test_long_numbers(dcalc, at_once):
    digits = "1" * 10_000
    assert run(dcalc, "eval", "0." + digits).out == "0.1111111111\n"
    assert run(dcalc, "eval", digits).status == 1
    assert run(dcalc, "eval", "1e" + digits).status in (1, 2)
    assert run(dcalc, "eval", "1e-" + digits).status == 1


def test_a_megabyte(dcalc):
    text = " + ".join(f"x*{k}.5" for k in range(85_000))
    assert len(text) > 1_000_000
    total = sum(k + 0.5 for k in range(85_000))
    assert float(run(dcalc, "eval --at x=2", text).out) == 2 * total
    start = time.process_time()
    assert run(dcalc, "grad --at x=2", text).out == f"value  {2 * total:.10g}\nd/dx   {total:.10g}\n"
    assert time.process_time() - start < 30


def test_many_inputs(dcalc):
    names = [f"x{k}" for k in range(2_000)]
    found = run(dcalc, f"grad --at {','.join(f'{name}=1' for name in names)}", " + ".join(f"{n}^2" for n in names))
    assert found.out.splitlines()[1:] == [f"d/d{name:<7}2".replace("d/d", "d/d") for name in names]
    missing = run(dcalc, "grad", "+".join(names))
    assert missing.status == 2
    assert max(map(len, missing.err.splitlines())) < 200


def test_formulas_that_swell_print_their_shared_parts(dcalc):
    text = "".join(f"l{k + 1} = 4*l{k}*(1 - l{k}); " for k in range(1, 30)) + "l30"
    status, out, _ = dcalc(["diff", text, "--wrt", "l1"])
    assert status == 0
    assert len(out) < 20_000
    assert "t1 = " in out
