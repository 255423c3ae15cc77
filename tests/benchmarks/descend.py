"""Steps of descent per second: dcalc's against loops by hand in NumPy, JAX and torch, interleaved.

    python -m tests.benchmarks.descend [--rounds 5]

Processor time of a whole descent without what is done once (reading, compiling), by step; least and median of rounds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from dcalc.backends.descent.record import Record
from dcalc.backends.descent.rules import Rules
from dcalc.backends.descent.run import Plan, descend
from dcalc.commands.base import Ask, new_state
from dcalc.commands.descend import _single
from dcalc.language import source

ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"
CHAIN = "sum((x[2..20] - x[1..19]^2)^2) + sum((1 - x)^2)"
LAYER = "sum((sigmoid(tanh(X @ W1 + reshape(b1, 1, 8)) @ w2 + b2) - t)^2)/2"


def ours(text: str, start: dict, given: dict, steps: int, method: str, rate: float) -> Callable[[], object]:
    """A descent of so many steps, prepared."""
    objective = _single(new_state(), Ask(source(text), {"steps": steps}), start, given, [])
    x = np.concatenate([np.reshape(one, -1) for one in start.values()]).astype(float)
    plan = Plan(method, rate, steps=steps, rules=Rules(all_steps=True))
    return lambda: descend(objective, x, plan, Record(len(x)))


def numpy_rosenbrock(steps: int, rate: float) -> None:
    """gd by NumPy."""
    p = np.array([-1.2, 1.0])
    for _ in range(steps):
        x, y = p
        p = p - rate * np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


def python_rosenbrock(steps: int, rate: float) -> None:
    """gd by Python's floats."""
    x, y = -1.2, 1.0
    for _ in range(steps):
        x, y = x - rate * (-2 * (1 - x) - 400 * x * (y - x * x)), y - rate * 200 * (y - x * x)


def jax_rosenbrock(steps: int, rate: float) -> Callable[[], object] | None:
    """gd by JAX: one compiled loop."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    slope = jax.grad(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)
    run = jax.jit(lambda p: jax.lax.fori_loop(0, steps, lambda _, p: p - rate * slope(p), p))
    start = jax.numpy.array([-1.2, 1.0])
    run(start).block_until_ready()
    return lambda: run(start).block_until_ready()


def torch_rosenbrock(steps: int, rate: float) -> Callable[[], object] | None:
    """gd by torch.optim.SGD."""
    try:
        import torch
    except ImportError:
        return None

    def run() -> None:
        p = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([p], lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
            loss.backward()
            optimizer.step()

    return run


def numpy_layer(X: np.ndarray, t: np.ndarray, start: dict, steps: int, rate: float) -> None:
    """A hidden layer by NumPy, its gradient written out by hand."""
    W1, b1, w2, b2 = (np.array(one) for one in start.values())
    for _ in range(steps):
        h = np.tanh(X @ W1 + b1)
        a = 1 / (1 + np.exp(-(h @ w2 + b2)))
        d2 = (a - t) * a * (1 - a)
        d1 = np.outer(d2, w2) * (1 - h * h)
        W1, b1, w2, b2 = W1 - rate * X.T @ d1, b1 - rate * d1.sum(0), w2 - rate * h.T @ d2, b2 - rate * d2.sum()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    random = np.random.default_rng(0)
    point = {"x": -1.2, "y": 1.0}
    X, t = random.standard_normal((200, 4)), (random.random(200) > 0.5).astype(float)
    weights = {"W1": random.standard_normal((4, 8)), "b1": np.zeros(8), "w2": random.standard_normal(8), "b2": 0.0}
    runs: dict[str, tuple[int, Callable[[], object] | None]] = {
        "rosenbrock, gd, dcalc": (1_000_000, ours(ROSENBROCK, point, {}, 1_000_000, "gd", 1e-4)),
        "rosenbrock, adam, dcalc": (1_000_000, ours(ROSENBROCK, point, {}, 1_000_000, "adam", 1e-4)),
        "rosenbrock, gd, jax (one jitted loop)": (1_000_000, jax_rosenbrock(1_000_000, 1e-4)),
        "rosenbrock, gd, Python floats": (100_000, lambda: python_rosenbrock(100_000, 1e-4)),
        "rosenbrock, gd, NumPy": (20_000, lambda: numpy_rosenbrock(20_000, 1e-4)),
        "rosenbrock, gd, torch": (2_000, torch_rosenbrock(2_000, 1e-4)),
        "chain of 20, gd, dcalc": (20_000, ours(CHAIN, {"x": np.zeros(20)}, {}, 20_000, "gd", 1e-3)),
        "hidden layer of 8, 200 rows, gd, dcalc": (2_000, ours(LAYER, weights, {"X": X, "t": t}, 2_000, "gd", 0.01)),
        "hidden layer of 8, 200 rows, gd, NumPy": (2_000, lambda: numpy_layer(X, t, weights, 2_000, 0.01)),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, (steps, run) in runs.items():
            if run is not None:
                begun = time.process_time()
                run()
                times[name].append((time.process_time() - begun) / steps)
    for name, found in times.items():
        some = found[1:]  # the first compiles
        print(
            f"{name:42} " + (f"{1e6 * min(some):9.3f} µs  median {1e6 * statistics.median(some):9.3f}" if some else "-")
        )


if __name__ == "__main__":
    main()
