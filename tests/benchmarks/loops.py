"""A long loop, l = r*l*(1-l) at r = 2.8: value, forward and reverse, beside JAX, C and plain Python.

    python3 -m pip install '.[fast]' jax && python3 -m tests.benchmarks.loops [--steps 1000000] [--rounds 5]

Interleaved: every round takes each once, medians of processor time are compared within the run. JAX runs lax.scan with
checkpoints of the square root of the steps; C is a loop by hand that keeps all states (gcc -O2), memory and all.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import math
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dcalc
from dcalc.evaluate.engines import unavailable, using

C = """
#include <stdlib.h>
double value(double r, long n) { double l = 0.5; for (long k = 0; k < n; k++) l = r*l*(1 - l); return l; }
double forward(double r, long n) {
  double l = 0.5, d = 0;
  for (long k = 0; k < n; k++) { d = l*(1 - l) + r*(1 - 2*l)*d; l = r*l*(1 - l); }
  return d;
}
double reverse(double r, long n) {
  double *kept = malloc(n*sizeof(double)), l = 0.5, a = 1, d = 0;
  for (long k = 0; k < n; k++) { kept[k] = l; l = r*l*(1 - l); }
  for (long k = n - 1; k >= 0; k--) { l = kept[k]; d += a*l*(1 - l); a *= r*(1 - 2*l); }
  free(kept);
  return d;
}
"""


def by_hand(steps: int) -> dict[str, Callable[[float], float]]:
    """The loops in C; none without a compiler."""
    folder = Path(tempfile.mkdtemp())
    (folder / "loops.c").write_text(C)
    try:
        subprocess.run(
            ["gcc", "-O2", "-march=native", "-shared", "-fPIC", "-o", folder / "loops.so", folder / "loops.c"],
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    library = ctypes.CDLL(str(folder / "loops.so"))
    found = {}
    for name in ("value", "forward", "reverse"):
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double, ctypes.c_long]
        found[name] = lambda r, function=function: function(r, steps)
    return found


def by_jax(steps: int) -> dict[str, Callable[[float], Any]]:
    """lax.scan, the reverse sweep with checkpoints; none where JAX is not installed."""
    if importlib.util.find_spec("jax") is None:
        return {}
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax

    jax.config.update("jax_enable_x64", True)
    inner = math.isqrt(steps)
    while steps % inner:
        inner -= 1

    def short(state: Any, r: Any) -> Any:
        return jax.lax.scan(lambda s, _: (r * s * (1 - s), None), state, None, length=inner)[0]

    def whole(r: Any) -> Any:
        return jax.lax.scan(lambda s, _: (jax.checkpoint(short)(s, r), None), 0.5 + 0 * r, None, length=steps // inner)[
            0
        ]

    ready = {
        "value": jax.jit(whole),
        "forward": jax.jit(lambda r: jax.jvp(whole, (r,), (1.0,))[1]),
        "reverse": jax.jit(jax.grad(whole)),
    }
    return {name: lambda r, run=run: float(run(r)) for name, run in ready.items()}


def by_python(steps: int) -> dict[str, Callable[[float], float]]:
    """The same in plain Python, states kept in a list."""

    def value(r: float) -> float:
        state = 0.5
        for _ in range(steps):
            state = r * state * (1 - state)
        return state

    def reverse(r: float) -> float:
        state, kept = 0.5, []
        for _ in range(steps):
            kept.append(state)
            state = r * state * (1 - state)
        a, d = 1.0, 0.0
        for state in reversed(kept):
            d += a * state * (1 - state)
            a *= r * (1 - 2 * state)
        return d

    return {"value": value, "reverse": reverse}


def by_dcalc(steps: int, engine: str | None) -> dict[str, Callable[[float], Any]]:
    f = dcalc.function(f"l = 0.5; for k in 1..{steps} {{ l = r*l*(1-l) }}; l")

    def run(call: Callable[[], Any]) -> Any:
        with using(engine):
            return call()

    return {
        "value": lambda r: run(lambda: f(r=r)),
        "forward": lambda r: run(lambda: f.grad(r=r, backend="forward")["r"]),
        "reverse": lambda r: run(lambda: f.grad(r=r, backend="reverse")["r"]),
    }


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--steps", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    competitors = {"dcalc": by_dcalc(asked.steps, None if unavailable() else "llvm")}
    competitors |= {"dcalc, no LLVM": by_dcalc(asked.steps, "scalar")}
    competitors |= {"C by hand": by_hand(asked.steps), "JAX": by_jax(asked.steps), "Python": by_python(asked.steps)}
    expected = {"value": 1 - 1 / 2.8, "forward": 1 / 2.8**2, "reverse": 1 / 2.8**2}
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(asked.rounds + 1):
        for who, runs in competitors.items():
            for what, run in runs.items():
                begun = time.process_time()
                found = run(2.8)
                took = time.process_time() - begun
                assert math.isclose(found, expected[what], rel_tol=1e-9), (who, what, found)
                times.setdefault((who, what), []).append(took)
    print(f"load {os.getloadavg()[0]:.1f}; {asked.steps} steps; milliseconds of processor time: first, median, least")
    for who, runs in competitors.items():
        for what in runs:
            first, *rest = (1e3 * one for one in times[who, what])
            print(f"{who:15} {what:8} {first:9.1f} {statistics.median(rest):9.1f} {min(rest):9.1f}")
    print(f"largest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
