"""Taylor coefficients of orders 10 and 20 at a point, in a warm process: dcalc and its peers.

    python3 -m pip install '.[bench]' python-flint && python3 -m tests.benchmarks.taylor [--rounds 15]

exp(sin(x)), tan(x), 1/(1 + x²) and x^x/(2 + cos(x)): `f.taylor(order=n)` of dcalc, python-flint's power series (at 53
bits), JAX jet (jit, 64 bits), mpmath.taylor (15 digits), SymPy's series (of order 10), and recurrences written by hand
in plain Python. Interleaved: every round runs everything, in another order; the processor's time in ms an evaluation,
the least and the median of the rounds; what the first call cost; and the largest relative error of a coefficient
against mpmath at 60 digits. Peers that are not installed are left out.
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

import mpmath

import dcalc

Call = Callable[[], Any]
X = 0.5
TEXTS = ("exp(sin(x))", "tan(x)", "1/(1 + x^2)", "x^x/(2 + cos(x))")
PRECISE: dict[str, Callable[[Any], Any]] = {
    TEXTS[0]: lambda x: mpmath.exp(mpmath.sin(x)),
    TEXTS[1]: mpmath.tan,
    TEXTS[2]: lambda x: 1 / (1 + x * x),
    TEXTS[3]: lambda x: x**x / (2 + mpmath.cos(x)),
}


def by_dcalc(text: str, n: int) -> Call:
    series = dcalc.function(text).taylor(order=n)
    return lambda: series(X)


def by_mpmath(text: str, n: int) -> Call:
    function = PRECISE[text]
    return lambda: mpmath.taylor(function, X, n)


def by_hand(text: str, n: int) -> Call:
    """What a probe in plain Python would be: lists and generator expressions."""

    def sin_cos(x: float) -> tuple[list[float], list[float]]:
        s, c = [math.sin(x)], [math.cos(x)]
        for k in range(1, n + 1):
            s.append(c[k - 1] / k)
            c.append(-s[k - 1] / k)
        return s, c

    def exp_of(u: list[float]) -> list[float]:
        y = [math.exp(u[0])]
        for k in range(1, n + 1):
            y.append(sum(j * u[j] * y[k - j] for j in range(1, k + 1)) / k)
        return y

    def divided(u: list[float], v: list[float]) -> list[float]:
        y: list[float] = []
        for k in range(n + 1):
            y.append((u[k] - sum(v[j] * y[k - j] for j in range(1, k + 1))) / v[0])
        return y

    def tangent() -> list[float]:
        y, p = [math.tan(X)], [1 + math.tan(X) ** 2]
        for k in range(1, n + 1):
            y.append(p[k - 1] / k)
            p.append(sum(y[j] * y[k - j] for j in range(k + 1)))
        return y

    def power() -> list[float]:
        log = [math.log(X)]
        for k in range(1, n + 1):
            log.append(-((-1 / X) ** k) / k)
        product = [X * log[0], *[X * log[k] + log[k - 1] for k in range(1, n + 1)]]
        cosine = sin_cos(X)[1]
        return divided(exp_of(product), [2 + cosine[0], *cosine[1:]])

    zeros = [0.0] * (n - 2)
    return {
        TEXTS[0]: lambda: exp_of(sin_cos(X)[0]),
        TEXTS[1]: tangent,
        TEXTS[2]: lambda: divided([1.0, *[0.0] * n], [1 + X * X, 2 * X, 1.0, *zeros]),
        TEXTS[3]: power,
    }[text]


def by_flint(text: str, n: int) -> Call:
    from flint import arb, arb_series, ctx

    def run() -> list[float]:
        ctx.cap = n + 1
        x = arb_series([X, 1])
        if text == TEXTS[0]:
            y = x.sin().exp()
        elif text == TEXTS[1]:
            y = x.tan()
        elif text == TEXTS[2]:
            y = arb_series([1]) / (1 + x * x)
        else:
            y = (x * x.log()).exp() / (arb(2) + x.cos())
        return [float(y[k]) for k in range(n + 1)]

    return run


def by_jax(text: str, n: int) -> Call:
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax.experimental.jet import jet

    jax.config.update("jax_enable_x64", True)
    function: Callable[[Any], Any] = {
        TEXTS[0]: lambda x: jnp.exp(jnp.sin(x)),
        TEXTS[1]: lambda x: jnp.sin(x) / jnp.cos(x),  # jet has no rule for tan
        TEXTS[2]: lambda x: 1 / (1 + x * x),
        TEXTS[3]: lambda x: jnp.exp(x * jnp.log(x)) / (2 + jnp.cos(x)),
    }[text]
    seeds = [1.0, *[0.0] * (n - 1)]
    made = jax.jit(lambda x: jnp.stack([*_flat(jet(function, (x,), (seeds,)))]))
    scale = [1 / math.factorial(k) for k in range(n + 1)]
    return lambda: np.asarray(made(X)) * scale


def _flat(found: Any) -> list[Any]:
    value, rest = found
    return [value, *rest]


def by_sympy(text: str, n: int) -> Call | None:
    if n > 10:
        return None
    import sympy

    x = sympy.Symbol("x")
    expression = sympy.sympify(text.replace("^", "**"))

    def run() -> list[float]:
        series = sympy.series(expression, x, sympy.Rational(1, 2), n + 1).removeO()
        shifted = sympy.Poly(sympy.expand(series.subs(x, x + sympy.Rational(1, 2))), x)
        return [float(shifted.coeff_monomial(x**k)) for k in range(n + 1)]

    return run


PEERS: dict[str, tuple[str, Callable[[str, int], Call | None]]] = {
    "dcalc": ("dcalc", by_dcalc),
    "by hand": ("math", by_hand),
    "python-flint": ("flint", by_flint),
    "JAX jet": ("jax", by_jax),
    "mpmath": ("mpmath", by_mpmath),
    "SymPy": ("sympy", by_sympy),
}


def timed(call: Call) -> float:
    """The processor's time of one call, of so many that they take some milliseconds."""
    count, spent = 1, 0.0
    while True:
        begun = time.process_time()
        for _ in range(count):
            call()
        spent = time.process_time() - begun
        if spent > 0.004:
            return spent / count
        count *= 4


def errors(found: Any, want: list[Any]) -> tuple[float, float]:
    """The largest relative error, and the largest beside the coefficient's neighbours: one may nearly vanish."""
    gaps = [abs(mpmath.mpf(float(a)) - b) for a, b in zip(found, want, strict=True)]
    around = [max(map(abs, want[max(0, k - 1) : k + 2])) for k in range(len(want))]
    own = max(float(gap / abs(b)) for gap, b in zip(gaps, want, strict=True))
    return own, max(float(gap / scale) for gap, scale in zip(gaps, around, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slow", action="store_true", help="SymPy as well, which takes seconds a call")
    rounds, slow = parser.parse_args().rounds, parser.parse_args().slow
    what = "ms an evaluation: least, median; first call; relative error, beside neighbours"
    print(f"{os.cpu_count()} processors, at x = {X}; {what}")
    for text in TEXTS:
        for n in (10, 20):
            with mpmath.workdps(60):
                want = mpmath.taylor(PRECISE[text], mpmath.mpf(X), n)
            calls: dict[str, Call] = {}
            first: dict[str, float] = {}
            for title, (module, make) in PEERS.items():
                if importlib.util.find_spec(module) is None or (title == "SymPy" and not slow):
                    continue
                begun = time.perf_counter()
                call = make(text, n)
                if call is None:
                    continue
                call()
                first[title] = time.perf_counter() - begun
                calls[title] = call
            times: dict[str, list[float]] = {title: [] for title in calls}
            titles = list(calls)
            for _ in range(rounds):
                random.shuffle(titles)
                for title in titles:
                    if title != "SymPy" or not times[title]:
                        times[title].append(timed(calls[title]))
            print(f"\n{text}, order {n}")
            for title, found in times.items():
                least, median = 1e3 * min(found), 1e3 * statistics.median(found)
                own, beside = errors(calls[title](), want)
                print(f"  {title:14} {least:9.4f} {median:9.4f} {1e3 * first[title]:9.1f} {own:9.1e} {beside:9.1e}")


if __name__ == "__main__":
    main()
