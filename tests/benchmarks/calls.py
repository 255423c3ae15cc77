"""One point after another from Python: what a call costs, of dcalc, its peers and plain Python.

    python3 -m pip install '.[bench]' casadi && python3 -m tests.benchmarks.calls [--rounds 15]

Value and gradient of x²·sin(y) and of Rosenbrock's function in 10 variables: `f.compile(…)` by each engine, `f(…)` and
`f.grad(…)`, JAX jit, CasADi, and functions written by hand with `math`. Arguments are Python's floats, results what
each makes of them. Interleaved: every round runs everything, in another order; the processor's time in µs a call, the
least and the median of the rounds. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import dcalc
from dcalc.evaluate.engines import unavailable

Call = Callable[[], Any]
COUNT = 10
TEXTS = {
    "x^2*sin(y)": "x^2*sin(y)",
    "Rosenbrock": " + ".join(f"(1 - x{k})^2 + 100*(x{k + 1} - x{k}^2)^2" for k in range(1, COUNT)),
}
POINTS = {"x^2*sin(y)": (1.25, 2.5), "Rosenbrock": tuple(0.1 * k for k in range(1, COUNT + 1))}


def small(x: float, y: float) -> tuple[float, tuple[float, float]]:
    """The value and the gradient by hand."""
    s = math.sin(y)
    return x * x * s, (2 * x * s, x * x * math.cos(y))


def rosenbrock(*x: float) -> tuple[float, list[float]]:
    """The value and the gradient by hand."""
    value, slope = 0.0, [0.0] * len(x)
    for k in range(len(x) - 1):
        t, s = x[k + 1] - x[k] * x[k], 1 - x[k]
        value += s * s + 100 * t * t
        slope[k] -= 400 * t * x[k] + 2 * s
        slope[k + 1] += 200 * t
    return value, slope


def calls(name: str) -> dict[str, tuple[Call, Call]]:
    """By title: a call for the value, and one for value and gradient."""
    f, point = dcalc.function(TEXTS[name]), POINTS[name]
    named = dict(zip(f.inputs, point, strict=True))
    found: dict[str, tuple[Call, Call]] = {}
    for engine in ("scalar", *([] if unavailable() else ["llvm"])):
        value, both = f.compile(engine=engine), f.compile("value_and_grad", engine=engine)
        found[f"dcalc compile, {engine}"] = (lambda v=value: v(*point)), (lambda b=both: b(*point))
    found["dcalc f(…), f.grad(…)"] = (lambda: f(named)), (lambda: f.grad(named))
    hand = small if name[0] == "x" else rosenbrock
    found["Python by hand"] = (lambda: hand(*point)[0]), (lambda: hand(*point))
    if importlib.util.find_spec("jax"):
        found["JAX jit"] = by_jax(name, point)
    if importlib.util.find_spec("casadi"):
        found["CasADi"] = by_casadi(name, point)
    return found


def by_jax(name: str, point: tuple[float, ...]) -> tuple[Call, Call]:
    """JAX, compiled; a call ends when its result is there."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def of_two(x: Any, y: Any) -> Any:
        return x**2 * jnp.sin(y)

    def of_ten(*x: Any) -> Any:
        return sum((1 - x[k]) ** 2 + 100 * (x[k + 1] - x[k] ** 2) ** 2 for k in range(COUNT - 1))

    function = of_two if name[0] == "x" else of_ten
    value = jax.jit(function)
    both = jax.jit(jax.value_and_grad(function, tuple(range(len(point)))))
    return (lambda: value(*point).block_until_ready()), (lambda: jax.block_until_ready(both(*point)))


def by_casadi(name: str, point: tuple[float, ...]) -> tuple[Call, Call]:
    """CasADi's functions, called with numbers."""
    import casadi

    x = [casadi.SX.sym(f"x{k}") for k in range(len(point))]
    if name[0] == "x":
        f = x[0] ** 2 * casadi.sin(x[1])
    else:
        f = sum((1 - x[k]) ** 2 + 100 * (x[k + 1] - x[k] ** 2) ** 2 for k in range(COUNT - 1))
    value = casadi.Function("f", x, [f])
    both = casadi.Function("g", x, [f, casadi.gradient(f, casadi.vertcat(*x))])
    return (lambda: value(*point)), (lambda: both(*point))


def seconds(call: Call, count: int) -> float:
    """The processor's time of a call."""
    begun = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - begun) / count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for name in TEXTS:
        every = {(title, k): call for title, pair in calls(name).items() for k, call in enumerate(pair)}
        counts, taken = {}, {key: [] for key in every}
        for key, call in every.items():
            np.asarray(call() if key[1] == 0 else 0.0, dtype=np.float64)
            call()
            counts[key] = max(5, int(0.02 / max(seconds(call, 20), 1e-7)))
        for _ in range(rounds):
            for key in random.sample(list(every), len(every)):
                taken[key].append(seconds(every[key], counts[key]) * 1e6)
        print(f"\n{name}, µs a call: least (median)\n{'':24}{'value':>18}{'value and gradient':>22}")
        for title in dict.fromkeys(title for title, _ in every):
            shown = [f"{min(taken[title, k]):.2f} ({statistics.median(taken[title, k]):.2f})" for k in (0, 1)]
            print(f"{title:24}{shown[0]:>18}{shown[1]:>22}")


if __name__ == "__main__":
    main()
