"""A network R^2 -> R^1000 -> R^1000 -> R: its value, its gradients, and the same by other tools.

    python3 -m pip install '.[bench]' && python3 -m tests.benchmarks.network [--width 1000] [--rounds 15]

Interleaved: every round times each once, so that a slow moment of the machine slows all of them; medians are compared
within the run. `to bound`: the gradient with respect to all weights costs at most 5 times the value.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from dcalc import function

TEXT = "sum(w3*relu(W2 @ relu(W1 @ x + b1) + b2)) + b3"
WEIGHTS = ["W1", "b1", "W2", "b2", "w3", "b3"]


def point(width: int) -> dict[str, Any]:
    """Random weights of a sensible size, and an input."""
    rng = np.random.default_rng(0)
    return {
        "x": np.array([0.5, -1.0]),
        "W1": rng.normal(size=(width, 2)),
        "b1": rng.normal(size=width),
        "W2": rng.normal(size=(width, width)) / np.sqrt(width),
        "b2": rng.normal(size=width),
        "w3": rng.normal(size=width) / np.sqrt(width),
        "b3": 0.5,
    }


def by_hand(at: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """NumPy, written by hand: the value, and the gradients in all weights."""

    def value() -> Any:
        h1 = np.maximum(at["W1"] @ at["x"] + at["b1"], 0)
        h2 = np.maximum(at["W2"] @ h1 + at["b2"], 0)
        return at["w3"] @ h2 + at["b3"]

    def gradient() -> Any:
        z1 = at["W1"] @ at["x"] + at["b1"]
        h1 = np.maximum(z1, 0)
        z2 = at["W2"] @ h1 + at["b2"]
        d2 = at["w3"] * (z2 >= 0)
        d1 = (at["W2"].T @ d2) * (z1 >= 0)
        return np.outer(d1, at["x"]), d1, np.outer(d2, h1), d2, np.maximum(z2, 0), 1.0

    return value, gradient


def by_jax(at: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """JAX, compiled, in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    given = {name: jnp.array(value) for name, value in at.items()}

    def network(weights: Any, x: Any) -> Any:
        h1 = jax.nn.relu(weights["W1"] @ x + weights["b1"])
        return weights["w3"] @ jax.nn.relu(weights["W2"] @ h1 + weights["b2"]) + weights["b3"]

    value, gradient = jax.jit(network), jax.jit(jax.grad(network))
    weights = {name: given[name] for name in WEIGHTS}
    return (
        lambda: jax.block_until_ready(value(weights, given["x"])),
        lambda: jax.block_until_ready(gradient(weights, given["x"])),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    at = point(options.width)
    f = function(TEXT)
    jobs: dict[str, Callable[[], Any]] = {
        "dcalc value": lambda: f(at),
        "dcalc gradient, weights": lambda: f.grad(at, wrt=WEIGHTS),
        "dcalc gradient, input": lambda: f.grad(at, wrt="x"),
    }
    jobs["NumPy by hand, value"], jobs["NumPy by hand, gradient"] = by_hand(at)
    if importlib.util.find_spec("jax"):
        jobs["JAX value"], jobs["JAX gradient"] = by_jax(at)
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for k in range(options.rounds + 1):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            if k:  # the first round warms up
                times[name].append(perf_counter() - start)
    middle = {name: statistics.median(found) for name, found in times.items()}
    for name, one in middle.items():
        print(f"{name:<26} {one * 1e3:8.2f} ms   {one / middle['dcalc value']:6.2f} x the value")
    bound = middle["dcalc gradient, weights"] / middle["dcalc value"]
    print(f"gradient in all weights: {bound:.2f} x the value (bound 5)")


if __name__ == "__main__":
    main()
