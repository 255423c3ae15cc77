"""Exported C against C as one writes it by hand: the value and all partials of the expressions of `batch.py`.

    python3 -m tests.benchmarks.export [--points 20000] [--rounds 31]

Both are compiled by one gcc with the same flags and called point by point in the same loop, in turns; the processor's
time, medians and least values.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

import dcalc

from .batch import TEXTS

FLAGS = {"-O3": ["-std=c11", "-O3"], "-O3 -march=native": ["-std=c11", "-O3", "-march=native"]}
#: As a careful person writes them: what is shared is computed once, squares are products.
BY_HAND = {
    "A": """
static inline double f(double x1, double x2, double grad[restrict 2])
{
    const double q = x1/x2, e = exp(x2);
    const double u = sin(q) + q - e, v = q - e;
    const double dq = v*(cos(q) + 1.0) + u;
    grad[0] = dq/x2;
    grad[1] = -dq*q/x2 - e*(u + v);
    return u*v;
}""",
    "B": """
static inline double f(double x1, double x2, double x3, double x4, double x5, double x6, double x7, double x8,
                       double x9, double x10, double grad[restrict 10])
{
    const double x[10] = {x1, x2, x3, x4, x5, x6, x7, x8, x9, x10};
    double value = 0.0;
    for (int k = 0; k < 10; k++) grad[k] = 0.0;
    for (int k = 0; k < 9; k++) {
        const double t = x[k + 1] - x[k]*x[k], s = 1.0 - x[k];
        value += 100.0*t*t + s*s;
        grad[k + 1] += 200.0*t;
        grad[k] += -400.0*t*x[k] - 2.0*s;
    }
    return value;
}""",
    "C": """
static inline double f(double x1, double x2, double x3, double grad[restrict 3])
{
    const double top = x1*x1*x2 + x2*x2*x3 + x3*x1, under = 1.0 + x1*x1 + x2*x2 + x3*x3;
    const double value = top/under, w = 2.0*value;
    grad[0] = (2.0*x1*x2 + x3 - w*x1)/under;
    grad[1] = (x1*x1 + 2.0*x2*x3 - w*x2)/under;
    grad[2] = (x2*x2 + x1 - w*x3)/under;
    return value;
}""",
}


def compiled(source: str, count: int, flags: list[str], folder: Path) -> ctypes._NamedFuncPointer:
    """A loop over points around a function f of `count` numbers."""
    given = ", ".join(f"in[{count}*i + {k}]" for k in range(count))
    loop = f"""
void run(const double *restrict in, double *restrict out, long n)
{{
    for (long i = 0; i < n; i++) out[{count + 1}*i] = f({given}, out + {count + 1}*i + 1);
}}"""
    (folder / "run.c").write_text(f"#include <math.h>\n{source}\n{loop}\n")
    subprocess.run(["gcc", *flags, "-shared", "-fPIC", "run.c", "-o", "run.so", "-lm"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "run.so")).run


def measure(name: str, points: int, rounds: int, flags: list[str]) -> tuple[float, float, float]:
    """Nanoseconds a point by hand, exported, and the ratio of the medians' rounds."""
    text = TEXTS[name]
    count = len(set(re.findall(r"x\d+", text)))
    function = dcalc.function(text)
    order = sorted(function.inputs, key=lambda one: int(one[1:]))
    # The arguments in the order that the ones by hand have.
    exported = function.export("c", at=dict.fromkeys(order, 1.0))
    chance = np.random.default_rng(1)
    block = chance.uniform(0.5, 2, (points, count))
    runs, outs = [], []
    for source in (BY_HAND[name], exported):
        folder = Path(tempfile.mkdtemp())
        runs.append(compiled(source, count, flags, folder))
        outs.append(np.zeros((points, count + 1)))
    times: list[list[float]] = [[], []]
    for turn in range(rounds + 1):
        for k in (0, 1) if turn % 2 else (1, 0):
            start = time.process_time()
            runs[k](
                block.ctypes.data_as(ctypes.c_void_p), outs[k].ctypes.data_as(ctypes.c_void_p), ctypes.c_long(points)
            )
            if turn:
                times[k].append(time.process_time() - start)
    np.testing.assert_allclose(outs[1], outs[0], rtol=1e-11, atol=1e-9)
    hand, own = (statistics.median(one) / points * 1e9 for one in times)
    return hand, own, min(times[1]) / min(times[0])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=31)
    asked = parser.parse_args()
    print(f"{'':4}{'flags':22}{'by hand, ns':>14}{'exported, ns':>14}{'ratio':>8}{'of least':>10}")
    for name in TEXTS:
        for label, flags in FLAGS.items():
            hand, own, least = measure(name, asked.points, asked.rounds, flags)
            print(f"{name:4}{label:22}{hand:14.1f}{own:14.1f}{own / hand:8.2f}{least:10.2f}")


if __name__ == "__main__":
    main()
