"""Textbook derivatives: how long the formulas are that `diff` prints, and how long it takes, against SymPy's
`simplify(diff(…))`.

    python3 -m pip install sympy && python3 -m tests.benchmarks.simplify [--worst 20] [--record]

Both sides start from parsed expressions and end with the simplified derivative; each side takes each problem once for
warming up and once for the time (SymPy's cache is cleared in between). Processor time; SymPy both with plain and with
real symbols, held against the shorter formula and the quicker time of the two.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

from dcalc.errors import Source
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.graph.simplify import simplify
from dcalc.language import parse
from dcalc.sweeps.derivative import derivative
from tests.symbolic import textbook


def sympy_side(text: str, order: int, real: bool) -> tuple[str, float]:
    """SymPy's formula in dcalc's words, and its time."""
    import sympy
    from sympy.core.cache import clear_cache
    from sympy.parsing.sympy_parser import parse_expr

    names = "abcdmnsuvwxyz"
    space: dict[str, Any] = {name: sympy.Symbol(name, real=True if real else None) for name in names}
    space["sigmoid"] = lambda u: 1 / (1 + sympy.exp(-u))
    space["softplus"] = lambda u: sympy.log(1 + sympy.exp(u))
    space["log2"] = lambda u: sympy.log(u, 2)
    space["e"] = sympy.E
    expression = parse_expr(text.replace("^", "**"), local_dict=space)
    clear_cache()
    started = time.process_time()
    result = expression
    for _ in range(order):
        result = sympy.simplify(sympy.diff(result, space["x"]))
    took = time.process_time() - started
    return str(result).replace("**", "^").replace("Abs", "abs"), took


def our_side(text: str, order: int) -> float:
    """Our time."""
    graph = Graph()
    node = lower(parse(text), Source(text), graph=graph).output
    assert node is not None
    started = time.process_time()
    for _ in range(order):
        (node,) = simplify(graph, [derivative(graph, node, graph.input("x"), shown=True)])
    return time.process_time() - started


def main() -> None:
    """Measure, print, perhaps record."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worst", type=int, default=20, help="how many of the longest to print")
    parser.add_argument("--record", action="store_true", help="write SymPy's answers for the tests")
    parser.add_argument("--ours", action="store_true", help="only our side, against SymPy's recorded answers")
    options = parser.parse_args()
    rows = []
    known = textbook.SYMPY.read_text().splitlines() if options.ours else []
    for k, (text, order) in enumerate(textbook.problems()):
        ours = textbook.ours(text, order)
        times = min(our_side(text, order) for _ in range(3))
        if options.ours:
            theirs, took = known[k].split(" => ")[1], 0.0
        else:
            plain, real = sympy_side(text, order, False), sympy_side(text, order, True)
            theirs = min(plain[0], real[0], key=textbook.operations)
            took = min(plain[1], real[1])
        rows.append((text, order, ours, theirs, textbook.operations(ours), textbook.operations(theirs), times, took))
        sys.stderr.write(f"\r{len(rows)}")
    sys.stderr.write("\n")
    if options.record:
        lines = [f"{text}{f' ; {order}' if order > 1 else ''} => {theirs}" for text, order, _, theirs, *_ in rows]
        textbook.SYMPY.write_text("\n".join(lines) + "\n")
    rows.sort(key=lambda row: row[5] - row[4])
    for text, order, ours, theirs, a, b, *_ in rows[: options.worst]:
        print(f"{a:3} {b:3}  {text}{f' ; {order}' if order > 1 else ''}\n         {ours}\n         {theirs}")
    mean = [statistics.mean(row[side] for row in rows) for side in (4, 5)]
    print(f"{len(rows)} derivatives: operations {mean[0]:.2f}, SymPy {mean[1]:.2f};", end=" ")
    shorter, equal = sum(row[4] < row[5] for row in rows), sum(row[4] == row[5] for row in rows)
    print(f"shorter {shorter}, as long {equal}, longer {len(rows) - shorter - equal}")
    mine, others = [r[6] * 1e3 for r in rows], [r[7] * 1e3 for r in rows]
    print(
        f"ms each: mean {statistics.mean(mine):.2f}, median {statistics.median(mine):.2f}, most {max(mine):.1f};",
        end=" ",
    )
    print(f"SymPy {statistics.mean(others):.1f}, {statistics.median(others):.1f}, {max(others):.0f}")


if __name__ == "__main__":
    main()
