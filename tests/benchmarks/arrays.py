"""Arrays: value and gradient at one point after the other, prepared once, against what else is installed.

    python3 -m pip install '.[bench]' && python3 -m tests.benchmarks.arrays [--rounds 15] [rosenbrock mixture]

Rosenbrock's function of a vector, and the log-likelihood of a mixture of Gaussians (N = 1000 points in d dimensions,
K components, as in `examples/gaussian_mixture.dc`) in weights, means and widths. Peers: JAX jit, torch, CasADi,
autograd, NumPy with a gradient written by hand, and for Rosenbrock a fused loop in C (gcc -O3 -march=native; with
-ffast-math besides, without which gcc does not use vectors for the sum). Interleaved: every round runs everything, in
another order, a few times. Medians and least values of the time on the clock, and the processors' median time, which
others who use the machine disturb less; in brackets the ratios to the first line.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import dcalc
from dcalc.evaluate.engines import unavailable

Run = Callable[[], Any]
ROSENBROCK = "sum(100*(x[2..{n}] - x[1..{m}]^2)^2 + (1 - x[1..{m}])^2)"
MIXTURE = "sum(logsumexp(log(softmax(a)) - sum((reshape(X, {N}, 1, {d}) - M)^2, axis=3)/(2*exp(2*s)) - {d}*s, axis=2))"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SHAPES = ((2, 5), (10, 5), (2, 25), (10, 25))
POINTS = 1000
LOOP = """
double run(const double *restrict x, double *restrict g, long n) {
  double t = x[1] - x[0]*x[0], s = 1 - x[0], v = 100*t*t + s*s;
  g[0] = -400*t*x[0] - 2*s;
  for (long i = 1; i < n - 1; i++) {
    double before = x[i] - x[i - 1]*x[i - 1], t = x[i + 1] - x[i]*x[i], s = 1 - x[i];
    v += 100*t*t + s*s;
    g[i] = 200*before - 400*t*x[i] - 2*s;
  }
  g[n - 1] = 200*(x[n - 1] - x[n - 2]*x[n - 2]);
  return v;
}"""


def ours(text: str, wrt: Sequence[str], point: dict[str, Any]) -> dict[str, Run]:
    """dcalc, compiled and by NumPy: what `Function.compile` gives."""
    function = dcalc.function(text)
    given = [point[name] for name in function.inputs]
    found: dict[str, Run] = {}
    for name, engine in [("dcalc, compiled", "llvm"), ("dcalc, NumPy", "array")][bool(unavailable()) :]:
        start = time.process_time()
        call = function.compile("value_and_grad", wrt=wrt, engine=engine)
        call(*given)
        print(f"   {name}: ready in {(time.process_time() - start) * 1e3:.0f} ms of a processor, with what is kept")
        found[name] = partial(call, *given)
    return found


def there(name: str) -> bool:
    """Whether a peer is installed."""
    return importlib.util.find_spec(name) is not None


def jax_() -> tuple[Any, Any]:
    """JAX in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    return jax, jnp


def rosenbrock(n: int) -> dict[str, Run]:
    """Everything that computes the value and gradient of Rosenbrock's function."""
    x = np.random.default_rng(1).normal(size=n)
    found = ours(ROSENBROCK.format(n=n, m=n - 1), ["x"], {"x": x})

    def by_hand() -> Any:
        u, v = x[:-1], x[1:]
        t, s = v - u * u, 1 - u
        g = np.zeros_like(x)
        g[1:] = 200 * t
        g[:-1] -= 400 * t * u + 2 * s
        return 100 * t.dot(t) + s.dot(s), g

    def plain(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    found["NumPy by hand"] = by_hand
    if shutil.which("gcc"):
        for more in ([], ["-ffast-math"]):
            found[" ".join(["C, gcc -O3", *more])] = in_c(x, more)
    if there("jax"):
        jax, jnp = jax_()
        compiled, on_device = jax.jit(jax.value_and_grad(plain)), jnp.asarray(x)
        found["JAX jit"] = lambda: jax.block_until_ready(compiled(on_device))
    if there("torch"):
        import torch

        def by_torch() -> Any:
            given = torch.from_numpy(x).requires_grad_()
            value = plain(given)
            return value, torch.autograd.grad(value, given)

        found["torch"] = by_torch
    if there("casadi"):
        import casadi

        given = casadi.MX.sym("x", n)
        value = casadi.sumsqr(10 * (given[1:] - given[:-1] ** 2)) + casadi.sumsqr(1 - given[:-1])
        function = casadi.Function("f", [given], [value, casadi.gradient(value, given)])
        buffer, out, slope = function.buffer(), np.zeros(1), np.zeros(n)
        views = [memoryview(one) for one in (x, out, slope)]
        buffer[0].set_arg(0, views[0])
        buffer[0].set_res(0, views[1])
        buffer[0].set_res(1, views[2])
        # All of it has to be kept alive.
        found["CasADi (buffers)"] = lambda kept=(function, buffer, views): (kept[1][1](), out, slope)
    if there("autograd"):
        import autograd
        import autograd.numpy as anp

        both = autograd.value_and_grad(lambda x: anp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))
        found["autograd"] = lambda: both(x)
    return found


def in_c(x: Any, more: list[str]) -> Run:
    """The loop in C."""
    folder = Path(tempfile.mkdtemp())
    (folder / "run.c").write_text(LOOP)
    flags = ["-O3", "-march=native", *more, "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "run.c", "-o", "run.so"], cwd=folder, check=True, capture_output=True)
    function = ctypes.CDLL(str(folder / "run.so")).run
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    g = np.empty_like(x)
    given, out, n = x.ctypes.data, g.ctypes.data, len(x)
    return lambda: (function(given, out, n), g)


def mixture(d: int, k: int) -> dict[str, Run]:
    """Everything that computes the log-likelihood of the mixture and its gradient in a, M and s."""
    chance = np.random.default_rng(1)
    point = {"X": chance.normal(size=(POINTS, d)), "a": chance.normal(size=k), "M": chance.normal(size=(k, d)),
             "s": 0.3 * chance.normal(size=k)}  # fmt: skip
    points, *free = point.values()
    found = ours(MIXTURE.format(N=POINTS, d=d, K=k), ["a", "M", "s"], point)

    def by_hand() -> Any:
        a, centres, s = free
        weights = np.exp(a - a.max())
        weights /= weights.sum()
        apart = points[:, None, :] - centres
        wide = np.exp(2 * s)
        far = (apart * apart).sum(2) / wide
        logs = np.log(weights) - far / 2 - d * s
        most = logs.max(1, keepdims=True)
        parts = np.exp(logs - most)
        total = parts.sum(1, keepdims=True)
        parts /= total
        shares = parts.sum(0)
        value = (np.log(total) + most).sum()
        slope = (parts[:, :, None] * apart).sum(0) / wide[:, None]
        return value, shares - shares.sum() * weights, slope, (parts * (far - d)).sum(0)

    found["NumPy by hand"] = by_hand
    if there("jax"):
        jax, jnp = jax_()
        here = jnp.asarray(points)

        def likelihood(a: Any, centres: Any, s: Any) -> Any:
            far = jnp.sum((here[:, None, :] - centres) ** 2, axis=2) / (2 * jnp.exp(2 * s))
            return jnp.sum(jax.scipy.special.logsumexp(jax.nn.log_softmax(a) - far - d * s, axis=1))

        compiled, given = jax.jit(jax.value_and_grad(likelihood, (0, 1, 2))), [jnp.asarray(one) for one in free]
        found["JAX jit"] = lambda: jax.block_until_ready(compiled(*given))
    if there("torch"):
        import torch

        data = torch.from_numpy(points)

        def by_torch() -> Any:
            a, centres, s = given = [torch.from_numpy(one).requires_grad_() for one in free]
            far = ((data[:, None, :] - centres) ** 2).sum(2) / (2 * torch.exp(2 * s))
            value = torch.logsumexp(torch.log_softmax(a, 0) - far - d * s, 1).sum()
            return value, *torch.autograd.grad(value, given)

        found["torch"] = by_torch
    if there("autograd"):
        import autograd
        import autograd.numpy as anp
        from autograd.scipy.special import logsumexp

        def function(free: Any) -> Any:
            a, centres, s = free
            far = anp.sum((points[:, None, :] - centres) ** 2, axis=2) / (2 * anp.exp(2 * s))
            return anp.sum(logsumexp(a - logsumexp(a) - far - d * s, axis=1))

        both = autograd.value_and_grad(function)
        found["autograd"] = lambda: both(tuple(free))
    return found


def agree(found: dict[str, Run]) -> None:
    """Hold everybody's value and slopes against the first one's."""
    first: list[Any] = []
    for name, run in found.items():
        numbers = [np.asarray(part, dtype=float).ravel() for part in _flat(run())]
        numbers = [part for part in numbers if part.size]
        first = first or numbers
        for a, b in zip(first, numbers, strict=True):
            if np.abs(a - b).max() > 1e-9 * np.abs(a).max():
                print(f"   {name} has other numbers")


def _flat(result: Any) -> list[Any]:
    """The value and the slopes, however they are packed."""
    if isinstance(result, (tuple, list)):
        return [part for one in result if one is not None for part in _flat(one)]
    return [result.detach().numpy() if hasattr(result, "detach") else result]


def measure(title: str, found: dict[str, Run], rounds: int) -> None:
    """Run, and print medians, least values and ratios to the first one's."""
    agree(found)
    chance = random.Random(1)
    repeats: dict[str, int] = {}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
    for name, run in found.items():
        start = time.perf_counter()
        run()
        repeats[name] = max(1, int(2e-3 / max(1e-7, time.perf_counter() - start)))
    for _ in range(rounds):
        for name, run in chance.sample(list(found.items()), len(found)):
            run()
            run()
            start, busy = time.perf_counter(), time.process_time()
            for _ in range(repeats[name]):
                run()
            taken = time.perf_counter() - start, time.process_time() - busy
            times[name].append((taken[0] / repeats[name] * 1e6, taken[1] / repeats[name] * 1e6))
    units: list[float] = []
    for name, mine in times.items():
        clock, busy_with = zip(*mine, strict=True)
        shown = [statistics.median(clock), min(clock), statistics.median(busy_with)]
        units = units or shown
        words = [f"{x:9.1f} ({x / unit:6.2f})" for x, unit in zip(shown, units, strict=True)]
        print(f"{title:<18} {name:<22} median {words[0]}  least {words[1]}  processors {words[2]} µs", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("which", nargs="*", default=["rosenbrock", "mixture"])
    options = parser.parse_args()
    print(f"{options.rounds} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if "rosenbrock" in options.which:
        for n in SIZES:
            measure(f"Rosenbrock {n}", rosenbrock(n), options.rounds)
    if "mixture" in options.which:
        for d, k in SHAPES:
            measure(f"mixture {d},{k}", mixture(d, k), options.rounds)


if __name__ == "__main__":
    main()
