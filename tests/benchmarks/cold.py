"""Whole processes: from points in files to the value and all partials in files, with the start of everything.

    python3 -m pip install '.[bench,fast]' && python3 -m tests.benchmarks.cold [--points 1000000] [--rounds 5]

Scripts read x1.npy and x2.npy and write three columns to out.npy. `dcalc grad` reads a matrix (N, 2) and writes one
(N, 3); or a .npz of two columns and writes one of six: the points again, and a status for each. Interleaved; on the
clock, and of the processors, the system's share included. dcalc forces its result to the disk before it gives it its
name, which costs the clock and not the processors; nobody else does, so NumPy is there with that, too. All find their
modules compiled, as after an installation. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dcalc.evaluate.engines import unavailable

ROOT = Path(__file__).resolve().parents[2]
TEXT = "(sin(x1/x2) + x1/x2 - exp(x2))*(x1/x2 - exp(x2))"
READ = 'import numpy as np\nx1, x2 = np.load("x1.npy"), np.load("x2.npy")\n'
NUMPY = (
    READ
    + """q, e = x1 / x2, np.exp(x2)
u, v = np.sin(q) + q - e, q - e
dq = v * (np.cos(q) + 1) + u
np.save("out.npy", np.array([u * v, dq / x2, -dq * q / x2 - e * (u + v)]))
"""
)
NUMEXPR = (
    READ
    + """import numexpr
q, e = numexpr.evaluate("x1/x2"), numexpr.evaluate("exp(x2)")
out = np.empty((3, len(x1)))
numexpr.evaluate("(sin(q) + q - e)*(q - e)", out=out[0])
d = numexpr.evaluate("(q - e)*(cos(q) + 1) + sin(q) + q - e")
numexpr.evaluate("d/x2", out=out[1])
numexpr.evaluate("-d*q/x2 - e*(sin(q) + q - e + q - e)", out=out[2])
np.save("out.npy", out)
"""
)
JAX = (
    READ
    + """import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
def f(x1, x2):
    return (jnp.sin(x1/x2) + x1/x2 - jnp.exp(x2))*(x1/x2 - jnp.exp(x2))
value, (d1, d2) = jax.jit(jax.vmap(jax.value_and_grad(f, (0, 1))))(x1, x2)
np.save("out.npy", np.array([value, d1, d2]))
"""
)
ENGINE = (
    READ
    + f"""from dcalc.evaluate.batch import evaluate_batch
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.reverse import gradient
given = source("{TEXT}")
lowered = lower(parse(given), given, graph=Graph())
leaves = inputs_of(lowered.graph, [lowered.output])
outputs = [lowered.output, *gradient(lowered.graph, lowered.output, leaves)]
out = np.lib.format.open_memmap("out.npy", "w+", np.float64, (3, len(x1)))
evaluate_batch(lowered.graph, outputs, {{}}, {{"x1": x1, "x2": x2}}, len(x1), out=out)
out.flush()
"""
)


FORCED = """import os
with open("out.npy", "r+b") as file:
    os.fsync(file)
"""
GRAD = [sys.executable, "-m", "dcalc", "grad", TEXT, "--points"]


def commands() -> dict[str, list[str]]:
    """What is run."""
    found = {
        "start of Python with NumPy": [sys.executable, "-c", "import numpy"],
        "dcalc grad, .npy to .npy": [*GRAD, "in.npy", "--out", "out_d.npy"],
        "dcalc grad, .npz to .npz": [*GRAD, "in.npz", "--out", "out_d.npz"],
        "dcalc, engine in a script": [sys.executable, "-c", ENGINE],
        "NumPy by hand": [sys.executable, "-c", NUMPY],
        "NumPy, forced to the disk": [sys.executable, "-c", NUMPY + FORCED],
    }
    if not unavailable():
        found["dcalc, llvm, kept code"] = [
            sys.executable,
            "-c",
            ENGINE.replace(", out=out)", ', out=out, engine="llvm")'),
        ]
    for name, text in (("numexpr", NUMEXPR), ("jax", JAX)):
        if importlib.util.find_spec(name):
            found[name] = [sys.executable, "-c", text]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count = int(options.points)
    chance = np.random.default_rng(1)
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        columns = {name: chance.uniform(0.5, 2, count) for name in ("x1", "x2")}
        np.savez(Path(folder, "in.npz"), **columns)  # type: ignore[arg-type]
        np.save(Path(folder, "in.npy"), np.stack(list(columns.values()), 1))
        for name, column in columns.items():
            np.save(Path(folder, f"{name}.npy"), column)
        os.sync()
        found = commands()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(options.rounds + 1):  # the first fills the caches of files
            for name, command in random.sample(list(found.items()), len(found)):
                for one in Path(folder).glob("out*"):  # its pages are soon used again, by whom it was
                    one.unlink()
                before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
                clock, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
                busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                if turn:
                    times.setdefault(name, []).append((clock, busy))
    print(f"{count} points, {options.rounds} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for name, taken in times.items():
        clock, busy = zip(*taken, strict=True)
        print(
            f"{name:<27} clock {statistics.median(clock):6.2f} s (least {min(clock):5.2f})"
            f"   processors {statistics.median(busy):6.2f} s (least {min(busy):5.2f})"
        )


if __name__ == "__main__":
    main()
