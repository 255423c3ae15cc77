"""`dcalc batch`: different small jobs a second on one processor, and where the time goes.

    python -m tests.benchmarks.jobs [--jobs 20000] [--profile]

Each job is another expression: it is read, lowered, differentiated and evaluated once. Least and median of several
rounds, in processor time for the work alone, and by the clock for the whole command with --jobs 1 (its reading and
writing run beside it, in another process). The same point asked again and again shows what a kept expression costs.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5


def expressions(count: int) -> list[str]:
    """Different expressions in x and y of some ten operations, as exercises have them."""
    choose = random.Random(7)
    functions = ["sin", "cos", "exp", "tanh", "sqrt", "log1p"]
    found: dict[str, None] = {}
    while len(found) < count:
        f, g = choose.choice(functions), choose.choice(functions)
        a, b, c = (choose.randint(2, 99) for _ in range(3))
        forms = (
            f"{a}*x^2*{f}(y) + {b}*{g}(x*y)",
            f"{f}({a}*x + y)/({b} + x^2) + {c}*y",
            f"{a}*x*y^3 - {f}(x)*{b}*{g}(y/{c})",
        )
        found[choose.choice(forms)] = None
    return list(found)


def lines(texts: list[str], *, want: str = "grad") -> list[bytes]:
    """Jobs of these expressions."""
    return [
        json.dumps({"id": k, "expr": text, "at": {"x": 1.5, "y": 0.75}, "want": ["value", want]}).encode()
        for k, text in enumerate(texts)
    ]


def inside(jobs: list[bytes]) -> list[float]:
    """Jobs a second of the work alone, in processor time."""
    import gc

    from dcalc.batch import ready  # noqa: F401
    from dcalc.batch.worker import Answering, Settings

    answering = Answering(Settings(10.0, 10**10, False, False))
    gc.disable()
    size = len(jobs) // ROUNDS
    rates = []
    for k in range(ROUNDS):
        begun = time.process_time()
        for number, job in enumerate(jobs[k * size : (k + 1) * size]):
            failure, _ = answering.answer(b"J", number, job)
            assert not failure
        rates.append(size / (time.process_time() - begun))
        gc.collect()
    return rates


def outside(jobs: list[bytes], count: int) -> list[float]:
    """Jobs a second of the command by the clock, its start left out: the difference of all and a tenth."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for some in (jobs[: len(jobs) // 10], jobs):
            path = Path(folder) / f"{len(some)}.jsonl"
            path.write_bytes(b"\n".join(some))
            command = [sys.executable, "-m", "dcalc", "batch", str(path), "--jobs", str(count), "--out", f"{path}.out"]
            taken = []
            for _ in range(3):
                begun = time.perf_counter()
                subprocess.run(command, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
                taken.append(time.perf_counter() - begun)
            times.append(min(taken))
    return [times[0], (len(jobs) - len(jobs) // 10) / (times[1] - times[0])]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    texts = expressions(asked.jobs)
    if asked.profile:
        import cProfile
        import pstats

        some = lines(texts[:2000])
        with cProfile.Profile() as profile:
            inside(some)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    for what, want in (("value and gradient", "grad"), ("value alone", "value"), ("Hessian", "hess")):
        rates = inside(lines(texts, want=want))
        print(f"{what:<36} best {max(rates):6.0f}  median {median(rates):6.0f} jobs/s of processor time")
    rates = inside(lines(texts[:100] * (asked.jobs // 100)))
    print(f"{'gradient, 100 expressions repeated':<36} best {max(rates):6.0f}  median {median(rates):6.0f}")
    for count in (1, 2):
        start, rate = outside(lines(texts), count)
        print(f"{'dcalc batch --jobs ' + str(count):<36} {rate:6.0f} jobs/s by the clock ({start:.2f} s for a tenth)")


if __name__ == "__main__":
    main()
