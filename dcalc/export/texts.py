"""What generated sources have in common: their words about themselves, numbers, and helper functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..graph.shapes import Shape, name_of
from .helpers_arrays import ARRAYS
from .helpers_c import C
from .helpers_python import PYTHON
from .job import Job, Result
from .names import harmless
from .scalars import Written, numbers_only

WHAT = {
    "value": "the value",
    "grad": "its gradient",
    "jac": "its Jacobian (rows are outputs, columns inputs)",
    "hess": "its Hessian",
}


def in_numbers(job: Job) -> Written:
    """The plan of a job in numbers alone. Raises UnwrittenError."""
    if job.plan.scalar:
        return Written(job.plan, [[k] for k in range(len(job.plan.outputs))], job.labels)
    return numbers_only(job.plan, dict(job.arguments), job.labels)


def components(result: Result, found: Sequence[str], groups: Sequence[Sequence[int]], zero: str) -> list[str]:
    """The texts of a result's numbers, row by row. groups: of each output of the plan, which of `found` it is."""
    flat = [zero] * result.size
    for piece in result.pieces:
        for k, place in enumerate(groups[piece.output]):
            flat[piece.start + k * piece.step] = found[place]
    return flat


def contents(job: Job) -> str:
    """`the value and its gradient`."""
    words = [WHAT[one.kind] for one in job.results]
    if job.results[0].kind != "value":
        words[0] = words[0].replace("its", "the", 1)
    return " and ".join(words)


def remarks(job: Job, own: Mapping[str, str], arrays: str, *, c: bool = False) -> list[str]:
    """What a source says of itself, line by line, safe in a docstring or in a C comment."""
    told = {shape: name_of(shape) for _, shape in job.arguments}
    lines = [f"{contents(job)[0].upper()}{contents(job)[1:]} of", ""]
    lines += ["    " + line for line in job.text.strip().splitlines()]
    lines += ["", "Inputs:" if job.arguments else "There are no inputs."]
    for name, shape in job.arguments:
        also = "" if own[name] == name else f" ({name})"
        lines.append(f"    {own[name]}{also}: {told[shape]}" + (f", as {arrays}" if shape else ""))
    if any(one.kind != "value" for one in job.results):
        lines.append(f"Derivatives are in {', '.join(own.get(one, one) for one in job.names)}, in this order.")
    if job.domains:
        lines += ["Where it is defined:", *("    " + one for one in job.domains)]
    if job.bends:
        lines += ["Not differentiable", *("    " + one for one in job.bends)]
        if job.conventions:
            lines += ["There the derivatives are by convention:", *("    " + one for one in job.conventions)]
    lines += ["", "Made by dcalc. Infinities and nan come as IEEE 754 has them."]
    return [harmless(line, c=c) for line in lines]


def docstring(job: Job, own: Mapping[str, str], name: str, arrays: str) -> str:
    """A Python module's docstring."""
    return '"""' + "\n".join(remarks(job, own, arrays)) + '\n"""\n'


def function_doc(job: Job, name: str) -> str:
    """A Python function's docstring."""
    return f'    """{contents(job)[0].upper()}{contents(job)[1:]}, see above."""'


def nested(value: Any, shape: Shape) -> str:
    """A number, or an array as nested lists, in Python."""
    if not shape:
        return python_number(repr(float(value)))
    return _listed(value.tolist())


def _listed(value: Any) -> str:
    return f"[{', '.join(map(_listed, value))}]" if isinstance(value, list) else python_number(repr(value))


def python_number(text: str) -> str:
    """A float's repr as Python reads it."""
    return text.replace("inf", "math.inf").replace("nan", "math.nan")


def c_number(value: float) -> str:
    """A double in C."""
    return repr(float(value)).replace("inf", "INFINITY").replace("nan", "NAN")


def flat(value: Any, shape: Shape) -> list[float]:
    """The numbers of an argument, row by row."""
    return [float(value)] if not shape else [float(one) for one in value.ravel().tolist()]


def python_helpers(names: Iterable[str]) -> str:
    """The helper functions of that name, and those that they need, in Python."""
    return _helpers(names, PYTHON, "\n\n\n")


def array_helpers(names: Iterable[str], short: str) -> str:
    """The same over arrays, with a package called `short`."""
    special = {name: (needs, text[short]) for name, (needs, text) in ARRAYS.items()}
    return _helpers(names, special, "\n\n\n")


def c_helpers(names: Iterable[str]) -> str:
    """The same in C."""
    return _helpers(names, C, "\n\n")


def _helpers(names: Iterable[str], table: Mapping[str, tuple[tuple[str, ...], str]], between: str) -> str:
    found: dict[str, None] = {}
    stack = list(names)
    while stack:
        name = stack.pop()
        found[name] = None
        stack += [one for one in table[name][0] if one not in found]
    # In the order of the table each stands behind those that it needs; those of one line stand close.
    parts = [table[name][1].strip("\n") for name in table if name in found]
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        short = "\n" not in part and "\n" not in before
        text += ("" if not text else "\n" if short else between) + part
    return text
