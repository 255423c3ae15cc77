"""Batches: the value and all partials at many points, by dcalc's engines and by its peers, against the memory's speed.

    python3 -m pip install '.[bench]' torch && python3 -m tests.benchmarks.batch [--points 1000000] [--rounds 15]

Peers that are not installed are left out. (torch takes 5 GB; TORCH_COMPILE=1 adds torch.compile.) Outputs are
preallocated where a peer can. Interleaved: every round runs everything once, so that a slow moment of the machine slows
all; medians and least values are compared within the run. Beside the time on the clock stands the processors' time,
which others who use the machine disturb less. "memory" reads the inputs and writes as many outputs on one core, past
the caches where they are large, and is the unit of the ratios; "memory, plain" writes as compilers do. `--engines`
leaves the peers out; `--compile` times compilation alone. Whole processes from file to file: `cold.py`.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import math
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from dcalc.evaluate.batch import Batch
from dcalc.evaluate.engines import unavailable
from dcalc.evaluate.plan import Plan, make_plan
from dcalc.graph.exact import to_float
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.reverse import gradient

TEXTS = {
    "A": "(sin(x1/x2) + x1/x2 - exp(x2))*(x1/x2 - exp(x2))",
    "B": " + ".join(f"100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(1, 10)),
    "C": "(x1^2*x2 + x2^2*x3 + x3*x1)/(1 + x1^2 + x2^2 + x3^2)",
}
Run = Callable[[], Any]


def plan_of(text: str) -> Plan:
    """The plan of the value and all partials."""
    given = source(text)
    lowered = lower(parse(given), given, graph=Graph(), differentiate=derivative)
    assert lowered.output is not None
    inputs = inputs_of(lowered.graph, [lowered.output])
    return make_plan(lowered.graph, [lowered.output, *gradient(lowered.graph, lowered.output, inputs)])


class Case:
    """One expression with its columns and the block for its outputs."""

    def __init__(self, text: str, points: int) -> None:
        self.text, self.points = text, points
        self.plan = plan_of(text)
        chance = np.random.default_rng(1)
        self.columns = [chance.uniform(0.5, 2, points) for _ in self.plan.inputs]
        self.names = [given.name for given in self.plan.inputs]
        self.batch = dict(zip(self.names, self.columns, strict=True))
        self.out = np.zeros((len(self.plan.outputs), points))

    def engine(self, name: str, threads: int) -> Run:
        """dcalc, by an engine and on so many threads."""
        program = Batch(self.plan, self.batch)

        def run() -> None:
            os.environ["DCALC_THREADS"] = str(threads)
            program.run({}, self.batch, self.points, engine=name, out=self.out)

        return run

    def memory(self, *, plain: bool = False) -> Run:
        """Reading the inputs and writing as many outputs: compiled where it can be, else NumPy's copies."""
        columns, out = self.columns, self.out
        if plain:
            run = self.memory()

            def without_streams() -> None:
                with mock.patch("dcalc.evaluate.llvm.program.STREAM", 10**15):
                    run()

            return without_streams
        if unavailable():
            return lambda: [np.copyto(row, columns[k % len(columns)]) for k, row in enumerate(out)]
        slots = range(len(columns))
        plan = self.plan._replace(steps=[], constants=[], outputs=[k % len(columns) for k in range(len(out))])
        plan = plan._replace(inputs=[given._replace(slot=k) for k, given in zip(slots, plan.inputs, strict=True)])
        return Case._with(self, plan).engine("llvm", 1)

    @staticmethod
    def _with(case: Case, plan: Plan) -> Case:
        other = object.__new__(Case)
        other.__dict__.update(case.__dict__, plan=plan)
        return other

    def by_hand(self) -> Run:
        """NumPy as one writes it: subexpressions shared, an array for each operation."""
        return lambda: BY_HAND[self.text](*self.columns)


def _a(x1: Any, x2: Any) -> list[Any]:
    q, e = x1 / x2, np.exp(x2)
    u, v = np.sin(q) + q - e, q - e
    dq = v * (np.cos(q) + 1) + u
    return [u * v, dq / x2, -dq * q / x2 - e * (u + v)]


def _b(*x: Any) -> list[Any]:
    value: Any = 0.0
    partials: list[Any] = [0.0] * len(x)
    for k in range(len(x) - 1):
        t, s = x[k + 1] - x[k] ** 2, 1 - x[k]
        value = value + 100 * t**2 + s**2
        partials[k + 1] = partials[k + 1] + 200 * t
        partials[k] = partials[k] - 400 * t * x[k] - 2 * s
    return [value, *partials]


def _c(x: Any, y: Any, z: Any) -> list[Any]:
    top, under = x**2 * y + y**2 * z + z * x, 1 + x**2 + y**2 + z**2
    f = top / under
    w = 2 * f
    return [f, (2 * x * y + z - w * x) / under, (x**2 + 2 * y * z - w * y) / under, (y**2 + x - w * z) / under]


BY_HAND: dict[str, Callable[..., list[Any]]] = {TEXTS["A"]: _a, TEXTS["B"]: _b, TEXTS["C"]: _c}


def peers(case: Case) -> dict[str, Run]:
    """What else is installed."""
    found: dict[str, Run] = {}
    names, columns, text = case.names, case.columns, case.text.replace("^", "**")
    if shutil.which("gcc"):
        found["C, gcc -O3 (1 core)"] = by_gcc(case, Path(tempfile.mkdtemp()))
    for module, make in (("heyoka", by_heyoka), ("numba", by_numba), ("symengine", by_symengine)):
        if importlib.util.find_spec(module):
            found[module] = make(case)
    if importlib.util.find_spec("sympy"):
        import sympy

        symbols = sympy.symbols(names)
        tree = sympy.sympify(text)
        function = sympy.lambdify(symbols, [tree, *(tree.diff(s) for s in symbols)], "numpy", cse=True)
        found["SymPy lambdify(cse)"] = lambda: function(*columns)
        if importlib.util.find_spec("numexpr"):
            import numexpr

            numexpr.set_num_threads(1)
            texts = [str(one) for one in (tree, *(tree.diff(s) for s in symbols))]

            def by_numexpr() -> None:
                for row, one in zip(case.out, texts, strict=True):
                    numexpr.evaluate(one, case.batch, out=row)

            found["numexpr (1 thread)"] = by_numexpr
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        function_of = _function(text, names, anp)
        partials = [autograd.elementwise_grad(function_of, k) for k in range(len(names))]
        found["autograd"] = lambda: [function_of(*columns), *(one(*columns) for one in partials)]
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp

        compiled = jax.jit(jax.vmap(jax.value_and_grad(_function(text, names, jnp), tuple(range(len(names))))))
        on_device = [jnp.asarray(column) for column in columns]
        found["JAX jit"] = lambda: jax.block_until_ready(compiled(*on_device))
    if importlib.util.find_spec("torch"):
        import torch

        torch_function = _function(text, names, torch)

        def eager() -> None:
            given = [torch.from_numpy(column).requires_grad_() for column in columns]
            torch.autograd.grad(torch_function(*given).sum(), given)

        found["torch eager"] = eager
        if os.environ.get("TORCH_COMPILE"):
            one = torch.func.grad_and_value(torch_function, tuple(range(len(names))))
            fast = torch.compile(torch.func.vmap(one))
            tensors = [torch.from_numpy(column) for column in columns]
            found["torch.compile"] = lambda: fast(*tensors)
    return found


def by_heyoka(case: Case) -> Run:
    """heyoka's compiled functions, with its fast mathematics."""
    import heyoka

    symbols = heyoka.make_vars(*case.names)
    space = {"sin": heyoka.sin, "exp": heyoka.exp, **dict(zip(case.names, symbols, strict=True))}
    tree = eval(compile(case.text.replace("^", "**"), "<benchmark>", "eval"), space)
    wanted = [tree, *(heyoka.diff(tree, symbol) for symbol in symbols)]
    function = heyoka.cfunc(wanted, vars=list(symbols), fast_math=True)
    given = np.array(case.columns)
    return lambda: function(given, outputs=case.out)


def by_numba(case: Case) -> Run:
    """The same operations as a loop in Python, compiled by numba with its fast mathematics."""
    import numba

    lines = [f"v{slot} = {to_float(value)!r}" for slot, value in case.plan.constants]
    lines += [f"v{given.slot} = x{k}[i]" for k, given in enumerate(case.plan.inputs)]
    for step in case.plan.steps:
        args = [f"v{arg}" for arg in step.args]
        if step.op == "^":  # squares alone
            text = f"{args[0]}*{args[0]}"
        elif step.op in "+-*/":
            text = f" {step.op} ".join(args)
        else:
            text = f"-{args[0]}" if step.op == "neg" else f"math.{step.op}({args[0]})"
        lines.append(f"v{step.slot} = {text}")
    lines += [f"out[{k}, i] = v{slot}" for k, slot in enumerate(case.plan.outputs)]
    names = [f"x{k}" for k in range(len(case.columns))]
    text = "\n        ".join([f"def run({', '.join(names)}, out):\n    for i in range(len(x0)):", *lines])
    space: dict[str, Any] = {"math": math}
    exec(compile(text, "<benchmark>", "exec"), space)
    function = numba.njit(fastmath=True, error_model="numpy")(space["run"])
    return lambda: function(*case.columns, case.out)


def by_symengine(case: Case) -> Run:
    """symengine's functions compiled by LLVM; it takes and gives a row for each point."""
    import symengine

    symbols = symengine.symbols(case.names)
    tree = symengine.sympify(case.text.replace("^", "**"))
    wanted = [tree, *(tree.diff(symbol) for symbol in symbols)]
    function = symengine.Lambdify(symbols, wanted, backend="llvm", cse=True)
    given, out = np.column_stack(case.columns), np.empty((case.points, len(wanted)))
    return lambda: function(given, out=out)


def by_gcc(case: Case, folder: Path) -> Run:
    """The same operations as C, compiled by gcc -O3 with its vector mathematics (which -ffast-math allows)."""
    lines = [f"const double v{slot} = {to_float(value)!r};" for slot, value in case.plan.constants]
    lines += [f"const double v{given.slot} = in[{k}][i];" for k, given in enumerate(case.plan.inputs)]
    for step in case.plan.steps:
        args = [f"v{arg}" for arg in step.args]
        if step.op == "^":  # squares alone
            text = f"{args[0]}*{args[0]}"
        elif step.op in "+-*/":
            text = f" {step.op} ".join(args)
        else:
            text = f"-{args[0]}" if step.op == "neg" else f"{step.op}({args[0]})"
        lines.append(f"const double v{step.slot} = {text};")
    lines += [f"o{k}[i] = v{slot};" for k, slot in enumerate(case.plan.outputs)]
    rows = " ".join(f"double *restrict o{k} = out + {k}*n;" for k in range(len(case.plan.outputs)))
    body = "\n".join(lines)
    source_text = f"""#include <math.h>
void run(const double *const *restrict in, double *restrict out, long n) {{
{rows}
for (long i = 0; i < n; i++) {{
{body}
}} }}"""
    (folder / "run.c").write_text(source_text)
    flags = [
        "-O3",
        "-march=native",
        "-mprefer-vector-width=512",
        "-ffast-math",
        "-shared",
        "-fPIC",
    ]
    if "sin" in case.text:  # else sin and cos become one sincos, of which there is no vector form
        flags.append("-fdisable-tree-sincos")
    subprocess.run(
        ["gcc", *flags, "run.c", "-o", "run.so", "-lmvec", "-lm"], cwd=folder, check=True, capture_output=True
    )
    function = ctypes.CDLL(str(folder / "run.so")).run
    columns = (ctypes.c_void_p * len(case.columns))(*(column.ctypes.data for column in case.columns))
    return lambda: function(columns, ctypes.c_void_p(case.out.ctypes.data), ctypes.c_long(case.points))


def _function(text: str, names: list[str], module: Any) -> Callable[..., Any]:
    """The function of an expression in Python's notation over a module's mathematics. The texts are those above."""
    space = {"sin": module.sin, "exp": module.exp}
    code = compile(text, "<benchmark>", "eval")
    return lambda *args: eval(code, {**space, **dict(zip(names, args, strict=True))})


def runs(case: Case, *, with_peers: bool) -> dict[str, Run]:
    """Everything that is measured."""
    found = {"memory (1 core)": case.memory()}
    if not unavailable():
        found["memory, plain (1 core)"] = case.memory(plain=True)
    if not unavailable():
        found["dcalc llvm (1 core)"] = case.engine("llvm", 1)
        found["dcalc llvm"] = case.engine("llvm", 8)
    found["dcalc array (1 core)"] = case.engine("array", 1)
    found["dcalc array"] = case.engine("array", 8)
    found["NumPy by hand"] = case.by_hand()
    return {**found, **(peers(case) if with_peers else {})}


def measure(found: dict[str, Run], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each on the clock and of the processors, a round after the other.

    Each runs three times, and the last time counts; the order differs from round to round: what the one before it
    left in the caches is nobody's gain or loss.
    """
    chance = random.Random(1)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, run in chance.sample(list(found.items()), len(found)):
            run()
            run()
            start, busy = time.perf_counter(), time.process_time()
            run()
            times[name].append((time.perf_counter() - start, time.process_time() - busy))
    return times


def compile_times(rounds: int) -> None:
    """How long it takes from a plan to code that can be called, without the files that are kept."""
    from dcalc.evaluate.llvm import objects

    for name, text in TEXTS.items():
        plan, times = plan_of(text), []
        for _ in range(rounds + 1):
            objects._known.clear()
            start = time.process_time()
            batch = Batch(plan, {given.name: None for given in plan.inputs})
            _ = batch._program
            times.append((time.process_time() - start) * 1e3)
        print(f"{name}  compiling {statistics.median(times[1:]):.1f} ms, at least {min(times[1:]):.1f} ms (CPU time)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--engines", action="store_true", help="without the peers")
    parser.add_argument("--compile", action="store_true", help="only how long compiling takes")
    parser.add_argument("which", nargs="*", default=list(TEXTS))
    options = parser.parse_args()
    if options.compile:
        os.environ["XDG_CACHE_HOME"] = os.devnull  # nothing is kept
        compile_times(options.rounds)
        return
    busy_with = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"{options.points} points, {options.rounds} rounds, {busy_with}")
    for name in options.which:
        case = Case(TEXTS[name], options.points)
        times = measure(runs(case, with_peers=not options.engines), options.rounds)
        units = [statistics.median(column) for column in zip(*times["memory (1 core)"], strict=True)]
        least = [min(column) for column in zip(*times["memory (1 core)"], strict=True)]
        for who, taken in times.items():
            shown = []
            for column, unit, lowest in zip(zip(*taken, strict=True), units, least, strict=True):
                middle = statistics.median(column)
                shown.append(
                    f"{middle / options.points * 1e9:7.2f} ns {middle / unit:6.2f}x"
                    f" (least {min(column) / options.points * 1e9:7.2f} {min(column) / lowest:6.2f}x)"
                )
            print(f"{name}  {who:<22} clock {shown[0]}   processors {shown[1]}", flush=True)


if __name__ == "__main__":
    main()
