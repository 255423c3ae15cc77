"""Exported sources made ready to be called."""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import dcalc
from dcalc.primitives import TABLE

GCC = shutil.which("gcc")
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-O3")
#: Entries of numbers, with an expression for each: operators by their sign, functions by their name.
INFIX = {"+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "!=", "and", "or"}


def texts() -> dict[str, str]:
    """An expression for each entry of the table that takes numbers."""
    found = {}
    for entry in TABLE.values():
        if any(entry.shapes) or entry.kind == "reduction":
            continue
        arguments = [f"x{k}" for k in range(len(entry.parameters))]
        if entry.static:
            arguments[0] = "1"
        name = entry.name
        if name in INFIX:
            text = f"{arguments[0]} {name} {arguments[1]}"
            text = f"[{text}]*x0 + [{text}]" if entry.truth else text
        elif name in ("neg", "not"):
            text = "-x0" if name == "neg" else "[not (x0 > 0)]*x0"
        elif name == "if":
            text = "if(x0 > 0.5, x1, x2*x0)"
        else:
            text = f"{name}({', '.join(arguments)})"
        found[name] = text
    return found


def places(name: str) -> list[tuple[float, ...]]:
    """Where an entry is tried: ordinary numbers, extreme ones, and ties of all kinds."""
    entry = TABLE[name]
    skip = 1 if entry.static else 0
    low, high = [a for a, _ in entry.sample], [b for _, b in entry.sample]
    low += low[-1:] * (len(entry.parameters) - len(low))
    high += high[-1:] * (len(entry.parameters) - len(high))
    found = [tuple(a + (b - a) * part for a, b in zip(low, high, strict=True)) for part in (0.0, 0.37, 0.81, 1.0)]
    found += [one for one in entry.extreme if len(one) == len(entry.parameters)]
    found += [(number,) * len(entry.parameters) for number in (0.0, 1.0, -1.0, 0.5, 2.5)]
    return [one[skip:] for one in found]


def by_python(source: str, name: str = "f") -> Any:
    """A module's function."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "<exported>", "exec"), space)
    return space[name]


def by_gcc(sources: dict[str, str], folder: Path, flags: Sequence[str] = STRICT) -> dict[str, Any]:
    """C functions `double f(double …, double *grad)` in one library; what several of them need stands there once."""
    helpers: dict[str, None] = {}
    functions = []
    for k, source in enumerate(sources.values()):
        text = source.partition("#include <math.h>")[2].partition("#ifdef TEST")[0]
        head, _, body = text.partition(" f(")
        *mine, kind = head.split("\n\n")
        helpers.update(dict.fromkeys(mine))
        functions.append(f"{kind.strip().removeprefix('static inline ')} run{k}({body}")
    prototypes = [re.match(r"[^{]*", one)[0].strip() + ";" for one in functions]  # type: ignore[index]
    text = "\n\n".join(["#include <math.h>", *helpers, *prototypes, *functions])
    (folder / "all.c").write_text(text)
    command = ["gcc", *flags, "-shared", "-fPIC", "all.c", "-o", "all.so", "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    library = ctypes.CDLL(str(folder / "all.so"))
    return {name: getattr(library, f"run{k}") for k, name in enumerate(sources)}


def called(function: Any, given: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """A C function's value, and the numbers that it writes."""
    function.restype = ctypes.c_double
    blocks = [np.zeros(size) for size in sizes]
    value = function(*map(ctypes.c_double, given), *(block.ctypes.data_as(ctypes.c_void_p) for block in blocks))
    return [value, *(float(x) for block in blocks for x in block)]


def flat(value: Any) -> list[float]:
    """All numbers of an answer."""
    if isinstance(value, (tuple, list)):
        return [x for part in value for x in flat(part)]
    return [float(x) for x in np.ravel(value)]


def dcalcs(text: str, given: Sequence[float]) -> list[float]:
    """dcalc's own value and gradient, as IEEE 754 has them."""
    function = dcalc.function(text)
    if len(function.inputs) == 1 and len(given) > 1:
        given = given[:1]
    return flat(function.compile("value_and_grad", engine="scalar")(*given))


def apart(found: float, wanted: float) -> float:
    """By how many units of the last digit two numbers differ; 0 for equal ones and two that are no number."""
    if found == wanted or (found != found and wanted != wanted):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(wanted)):
        return math.inf
    return abs(found - wanted) / math.ulp(wanted)
