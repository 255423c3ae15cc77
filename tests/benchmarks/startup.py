"""Start-up: a cold process that prints one gradient, against bare Python, SymPy, JAX and whatever else is installed.

    python3 -m pip install '.[bench]' && python3 -m tests.benchmarks.startup [--rounds 15] [--json startup.json]

Interleaved: every round runs each command once, so that a slow moment of the machine slows all of them; medians are
compared within the run. The times are pyperf's (`pyperf show startup.json`, `pyperf compare_to`).
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pyperf

SYMPY = """
from sympy import *
x, y, z = symbols("x y z")
f = Max(y*z, y + 2*x)
at = {x: 2, y: 3, z: -1}
print(f.subs(at), [f.diff(v).subs(at).doit() for v in (x, y, z)])
"""
JAX = """
import jax, jax.numpy as jnp
f = lambda x, y, z: jnp.maximum(y*z, y + 2*x)
print(jax.value_and_grad(f, argnums=(0, 1, 2))(2.0, 3.0, -1.0))
"""
MAIN_JOB = ["grad", "max(y*z, y+2*x)", "--at", "x=2,y=3,z=-1"]


def commands() -> dict[str, list[str]]:
    """What can be run here, dcalc as it is installed beside this Python."""
    python = sys.executable
    script = Path(python).with_name("dcalc")
    found = {"python (bare)": [python, "-c", "pass"], "python, import re": [python, "-c", "import re"]}
    found["dcalc grad"] = [str(script), *MAIN_JOB] if script.exists() else [python, "-m", "dcalc", *MAIN_JOB]
    if importlib.util.find_spec("lark"):
        found["python, import lark"] = [python, "-c", "import lark"]
    if importlib.util.find_spec("sympy"):
        found["sympy"] = [python, "-c", SYMPY]
    if importlib.util.find_spec("jax"):
        found["jax"] = [python, "-c", JAX]
    for name, given in {
        "gp": "print(subst(deriv(x^2*y,x),x,2))\n",
        "giac": "subst(diff(x^2*y,x),x=2);\n",
        "maxima": "subst(x=2, diff(x^2*y,x));\n",
    }.items():
        if shutil.which(name):
            found[name] = ["sh", "-c", f"printf '{given}' | {name} -q"]
    return found


def measure(rounds: int) -> pyperf.BenchmarkSuite:
    """Every command once a round; the first round warms the disk cache and does not count."""
    times: dict[str, list[float]] = {name: [] for name in commands()}
    for k in range(rounds + 1):
        for name, command in commands().items():
            start = pyperf.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd="/")
            if k:
                times[name].append(pyperf.perf_counter() - start)
    runs = {name: pyperf.Run(values, metadata={"name": name}, collect_metadata=False) for name, values in times.items()}
    return pyperf.BenchmarkSuite([pyperf.Benchmark([run]) for run in runs.values()])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", help="write pyperf's file")
    options = parser.parse_args()
    suite = measure(options.rounds)
    bare = statistics.median(suite.get_benchmark("python (bare)").get_values())
    for benchmark in suite:
        values = benchmark.get_values()
        middle = statistics.median(values)
        spread = statistics.median(abs(value - middle) for value in values)
        times = f"{middle * 1e3:8.1f} ms ± {spread * 1e3:4.1f}   {middle / bare:6.1f} x bare Python"
        print(f"{benchmark.get_name():<20} {times}")
    if options.json:
        suite.dump(options.json, replace=True)


if __name__ == "__main__":
    main()
