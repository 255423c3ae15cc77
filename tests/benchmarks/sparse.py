"""Sparse Hessians of Rosenbrock's function: from text, again at new points, and large, beside CasADi if it is there.

    python3 -m pip install '.[bench,sparse,fast]' casadi && python3 -m tests.benchmarks.sparse [--n 1000] [--rounds 40]

Interleaved: every round takes each once, medians are compared within the run; the first line says how busy it was.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib.util
import os
import pstats
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import dcalc
from dcalc.evaluate import engines

FORMS = {
    "slices": "sum(100*(x[2..{n}]-x[1..{m}]^2)^2 + (1-x[1..{m}])^2)",
    "sum over i": "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in 1..{m})",
}


def text(form: str, n: int) -> str:
    return FORMS[form].format(n=n, m=n - 1)


def prepared(f: dcalc.Function, x: Any) -> Any:
    """What `f.hess` keeps."""
    f.hess(x=x, sparse=True)
    (kept,) = f.__dict__["_sparse"].values()
    return kept.sparse


def cases(n: int, x: Any) -> dict[str, Callable[[], object]]:
    """What is timed at every round."""
    found: dict[str, Callable[[], object]] = {}
    f = dcalc.function(text("slices", n))
    interpreted = prepared(f, x)
    interpreted._settled = True  # never compiled
    found["dcalc, entries, NumPy"] = lambda: interpreted.at({"x": x})
    found["dcalc, csr_array, NumPy"] = lambda: f.hess(x=x, sparse=True)
    if not engines.unavailable():
        g = dcalc.function(text("slices", n))
        compiled = prepared(g, x)
        with engines.using("llvm"):
            compiled.at({"x": x})
            compiled.at({"x": x})
        found["dcalc, entries, compiled"] = lambda: compiled.at({"x": x})
        found["dcalc, csr_array, compiled"] = lambda: g.hess(x=x, sparse=True)
        assert np.allclose(compiled.at({"x": x}), interpreted.at({"x": x}), rtol=1e-12)
    if importlib.util.find_spec("casadi"):
        import casadi

        for kind in ("SX", "MX"):
            v = getattr(casadi, kind).sym("x", n)
            value = casadi.sum1(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2)
            matrix = casadi.Function("h", [v], [casadi.hessian(value, v)[0]])
            buffer, call = matrix.buffer()
            out = np.zeros(matrix.nnz_out(0))
            given = x.copy()
            buffer.set_arg(0, memoryview(given))
            buffer.set_res(0, memoryview(out))
            found[f"CasADi {kind}, entries in a buffer"] = call
            found[f"CasADi {kind}, its matrix"] = lambda matrix=matrix: matrix(x)
            found[f"  (held: {kind})"] = lambda held=(buffer, out, given): held
    return found


def repeats(n: int, rounds: int) -> None:
    x = np.linspace(0.5, 1.5, n)
    all_cases = cases(n, x)
    times: dict[str, list[float]] = {name: [] for name in all_cases}
    for k in range(rounds + 1):
        for name, call in all_cases.items():
            count = max(1, 20_000 // n)
            start = time.perf_counter()
            for _ in range(count):
                call()
            if k:
                times[name].append((time.perf_counter() - start) / count)
    print(f"\nagain at a point, n = {n}: median (least) in µs")
    for name, values in times.items():
        if not name.startswith(" "):
            print(f"  {name:36} {statistics.median(values) * 1e6:9.1f} ({min(values) * 1e6:.1f})")


def firsts(n: int, rounds: int) -> None:
    x = np.linspace(0.5, 1.5, n)
    print(f"\nfrom text to the first csr_array in a warm process, n = {n}: median (least) in ms")
    for form in FORMS:
        values = []
        for k in range((rounds if form == "slices" else 5) + 1):
            start = time.perf_counter()
            dcalc.function(text(form, n)).hess(x=x, sparse=True)
            if k:
                values.append(time.perf_counter() - start)
        print(f"  {form:36} {statistics.median(values) * 1e3:9.1f} ({min(values) * 1e3:.1f})")


def large(n: int) -> None:
    x = np.linspace(0.5, 1.5, n)
    f = dcalc.function(text("slices", n))
    start = time.perf_counter()
    f.hess(x=x, sparse=True)
    first = time.perf_counter() - start
    start = time.perf_counter()
    f.hess(x=x, sparse=True)
    again = time.perf_counter() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"  n = {n}: first {first:.2f} s, again {again * 1e3:.0f} ms, {most:.0f} MB in all")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--profile", action="store_true", help="where the first sum over i spends its time")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {options.rounds} rounds")
    print("\nlarge, slices")
    for n in (100_000, 1_000_000):
        large(n)
    firsts(options.n, options.rounds)
    repeats(options.n, options.rounds)
    if options.profile:
        profile = cProfile.Profile()
        f, x = dcalc.function(text("sum over i", options.n)), np.linspace(0.5, 1.5, options.n)
        profile.runcall(f.hess, x=x, sparse=True)
        pstats.Stats(profile).sort_stats("cumtime").print_stats(25)


if __name__ == "__main__":
    main()
