"""One huge expression: from its text to its gradient, again at other points, and how time and memory grow.

    python3 -m pip install '.[bench]' casadi && python3 -m tests.benchmarks.huge [--operations 100000] [--rounds 5]

Expressions: a sum of products and sines, a product, a chain of sines, a program whose lines share earlier ones at
random. dcalc begins with text, its peers (CasADi, torch; left out where they are not installed) with Python's own
operators, since neither reads text. "warm" is a process that has done all this before; "one shot" is the command, with
the start of Python, reading a file. "again" is the value and the gradient at another point (dcalc: `f.compile`).
Interleaved, medians of the processor's time. `--growth` compares with ten times fewer operations: the time and the
memory (of a process of its own) should be ten times less.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dcalc

KINDS = ("sum", "product", "chain", "shared")
Build = Callable[[list[Any], Any, Any], Any]


def made(kind: str, count: int) -> tuple[str, int, Build]:
    """An expression of so many operations: its text, its number of inputs, and how others build it of theirs.

    A builder takes the inputs, and the functions sin and cos.
    """
    chance = random.Random(1)
    if kind == "sum":
        terms = [(chance.randrange(10), chance.randint(2, 99_999), chance.randrange(10)) for _ in range(count // 4)]
        text = "+".join(f"x{i + 1}*sin({c}*x{j + 1})" for i, c, j in terms)

        def build(x: list[Any], sin: Any, cos: Any) -> Any:
            total = 0
            for i, c, j in terms:
                total = total + x[i] * sin(c * x[j])
            return total

        return text, 10, build
    if kind == "product":
        factors = [chance.randrange(10) for _ in range(count)]

        def build(x: list[Any], sin: Any, cos: Any) -> Any:
            total = x[factors[0]]
            for i in factors[1:]:
                total = total * x[i]
            return total

        return "*".join(f"x{i + 1}" for i in factors), 10, build
    if kind == "chain":

        def build(x: list[Any], sin: Any, cos: Any) -> Any:
            value = x[0]
            for _ in range(count):
                value = sin(value)
            return value

        return "sin(" * count + "x1" + ")" * count, 1, build
    lines = [
        (chance.randrange(4), chance.randrange(max(0, k - 50), k), chance.randrange(max(0, k - 50), k))
        for k in range(2, count // 2 + 2)
    ]
    forms = ("sin({a})+{b}", "{a}*0.5-{b}", "cos({a})*{b}", "{a}/(2+{b}*{b})")
    rows = [f"a{k}={forms[f].format(a=f'a{i}', b=f'a{j}')}" for k, (f, i, j) in enumerate(lines, 2)]

    def build(x: list[Any], sin: Any, cos: Any) -> Any:
        found = [x[0], x[1]]
        by = (
            lambda a, b: sin(a) + b,
            lambda a, b: a * 0.5 - b,
            lambda a, b: cos(a) * b,
            lambda a, b: a / (2 + b * b),
        )
        for f, i, j in lines:
            found.append(by[f](found[i], found[j]))
        return found[-1]

    return "\n".join(["a0=x1", "a1=x2", *rows, rows[-1].split("=")[0]]), 2, build


def numbers(count: int) -> list[float]:
    """A point at which nothing overflows."""
    return [1 + 1e-6 * k for k in range(1, count + 1)]


class Dcalc:
    """This program, by its Python interface."""

    name = "dcalc"

    def __init__(self, text: str, inputs: int, build: Build) -> None:
        self.text, self.point = text, numbers(inputs)
        self.names = [f"x{k + 1}" for k in range(inputs)]

    def first(self) -> list[float]:
        self.function = dcalc.function(self.text)
        found = self.function.grad(**dict(zip(self.names, self.point, strict=True)))
        return [found.value, *(found[name] for name in self.names)]

    def again(self) -> Callable[[], Any]:
        run = self.function.compile("value_and_grad")
        point = [*self.point]
        order = [self.names.index(name) for name in self.function.inputs]
        return lambda: run(*[point[k] for k in order])


class Casadi:
    """CasADi's SX: graphs of numbers, evaluated by a virtual machine."""

    name = "casadi"

    def __init__(self, text: str, inputs: int, build: Build) -> None:
        self.inputs, self.build, self.point = inputs, build, numbers(inputs)

    def first(self) -> list[float]:
        import casadi

        x = [casadi.SX.sym(f"x{k}") for k in range(self.inputs)]
        value, packed = self.build(x, casadi.sin, casadi.cos), casadi.vertcat(*x)
        self.run = casadi.Function("f", [packed], [value, casadi.gradient(value, packed)])
        value, gradient = self.run(self.point)
        return [float(value), *gradient.full().ravel().tolist()]

    def again(self) -> Callable[[], Any]:
        return lambda: self.run(self.point)


class Torch:
    """PyTorch, eager; it begins anew at every point."""

    name = "torch"

    def __init__(self, text: str, inputs: int, build: Build) -> None:
        self.build, self.point = build, numbers(inputs)

    def first(self) -> list[float]:
        import torch

        sys.setrecursionlimit(10_000)
        x = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in self.point]
        value = self.build(x, torch.sin, torch.cos)
        value.backward()
        return [float(value), *(float(one.grad) for one in x)]

    def again(self) -> Callable[[], Any]:
        return self.first


def peers() -> list[type]:
    """dcalc and what is installed of the others."""
    return [one for one in (Dcalc, Casadi, Torch) if importlib.util.find_spec(one.name) is not None]


def one_shot(path: Path, inputs: int) -> tuple[float, float]:
    """Processor's seconds and the memory's peak in MB of `dcalc grad @FILE`, start included."""
    at = ",".join(f"x{k + 1}={value}" for k, value in enumerate(numbers(inputs)))
    words = "import resource, sys; from dcalc.cli import main; main(sys.argv[1:]); "
    words += "u = resource.getrusage(resource.RUSAGE_SELF); "
    words += "print(u.ru_utime + u.ru_stime, u.ru_maxrss / 1024, file=sys.stderr)"
    given = [sys.executable, "-c", words, "grad", f"@{path}", "--at", at, "--json"]
    done = subprocess.run(given, capture_output=True, text=True, check=True)
    json.loads(done.stdout)
    seconds, peak = done.stderr.split()[-2:]
    return float(seconds), float(peak)


def timed(run: Callable[[], Any]) -> float:
    """Seconds of the processor's time."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def compare(kind: str, count: int, rounds: int) -> None:
    """Print a row for each peer."""
    text, inputs, build = made(kind, count)
    every = [one(text, inputs, build) for one in peers()]
    firsts: dict[str, list[float]] = {one.name: [] for one in every}
    agains: dict[str, list[float]] = {one.name: [] for one in every}
    shots: list[float] = []
    values = [one.first() for one in every]
    for mine in values[1:]:
        assert all(abs(a - b) <= 1e-6 * (1 + abs(b)) for a, b in zip(values[0], mine, strict=True)), kind
    runs = {one.name: one.again() for one in every}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huge.dc"
        path.write_text(text, encoding="utf-8")
        for k in range(rounds):
            for one in every[k % len(every) :] + every[: k % len(every)]:
                firsts[one.name].append(timed(one.first))
                for _ in range(5 if one.name != "torch" else 1):
                    agains[one.name].append(timed(runs[one.name]))
            shots.append(one_shot(path, inputs)[0])
    for one in every:
        first, again = statistics.median(firsts[one.name]), statistics.median(agains[one.name])
        shot = f"{statistics.median(shots):10.2f}" if one.name == "dcalc" else " " * 10
        print(f"{kind:8} {one.name:8} {first:10.2f} {shot} {1e3 * again:12.2f}   {1e3 * min(agains[one.name]):8.2f}")


def growth(kind: str, count: int) -> None:
    """Print how time and memory of one shot grow over ten times fewer operations."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huge.dc"
        path.write_text("x1", encoding="utf-8")
        start, base = one_shot(path, 1)
        for size in (count // 10, count):
            text, inputs, _ = made(kind, size)
            path.write_text(text, encoding="utf-8")
            seconds, peak = one_shot(path, inputs)
            found.append((seconds - start, peak - base))
    (a, small), (b, large) = found
    print(f"{kind:8} {count:>9} {b:8.2f} s, x{b / a:5.1f} {large:8.0f} MB, x{large / small:5.1f}, ", end="")
    print(f"{1e6 * b / count:5.1f} µs and {1e6 * large / count:6.0f} bytes an operation", flush=True)


def main() -> None:
    """Compare, or see how it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--growth", action="store_true")
    asked = parser.parse_args()
    kinds = asked.kinds.split(",")
    if asked.growth:
        for kind in kinds:
            growth(kind, asked.operations)
        return
    print(f"{'':8} {'':8} {'warm s':>10} {'one shot s':>10} {'again ms':>12}   {'least ms':>8}")
    for kind in kinds:
        compare(kind, asked.operations, asked.rounds)
    print(f"memory's peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
