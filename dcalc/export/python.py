"""Python without packages: floats and `math`; arrays are written out in numbers, and given and answered as lists."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..evaluate.plan import Step
from ..graph.shapes import Places, Shape, size
from . import texts
from .job import Job, Result
from .names import Namer
from .writer import (
    AND,
    ARITHMETIC,
    ATOM,
    LOOSE,
    NOT,
    OR,
    TRUTH,
    Form,
    Term,
    Writer,
    broken,
    infix,
    rows,
)

ENDING = ".py"
#: Functions of `math` that raise nothing for numbers, and those that do.
SAFE = ("erf", "erfc", "atan", "atan2", "tanh", "asinh", "cbrt", "hypot")
RAISING = ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "sinh",
           "acosh", "atanh")  # fmt: skip
OWN = ("divide", "power", "sqrt", "cosh", "sign", "floor", "ceil", "nearest", "modulo", "larger", "smaller", "relu",
       "gamma", "lgamma", "digamma", "polygamma", "ieee", "zeta", "rounded", "main", "math", "isclose")  # fmt: skip
BUILT_IN = ("abs", "bool", "dict", "float", "int", "len", "list", "map", "max", "min", "print", "range", "round", "sum",
            "tuple", "zip", "all", "any", "isinstance", "type")  # fmt: skip
RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *SAFE, *RAISING, *OWN, *BUILT_IN))

FORMS = {
    **ARITHMETIC,
    **{name: Form(f"math.{name}({{0}})") for name in ("erf", "erfc", "atan", "tanh", "asinh", "cbrt")},
    **{name: Form(f"math.{name}({{0}}, {{1}})") for name in ("atan2", "hypot")},
    **{name: Form(f"{name}({{0}})", helper=name) for name in RAISING},
    "/": Form("divide({0}, {1})", helper="divide"),
    "^": Form("power({0}, {1})", helper="power"),
    "sqrt": Form("sqrt({0})", helper="sqrt"),
    "cosh": Form("cosh({0})", helper="cosh"),
    "abs": Form("math.fabs({0})"),
    "sign": Form("sign({0})", helper="sign"),
    "floor": Form("floor({0})", helper="floor"),
    "ceil": Form("ceil({0})", helper="ceil"),
    "round": Form("nearest({0})", helper="nearest"),
    "mod": Form("modulo({0}, {1})", helper="modulo"),
    "max": Form("larger({0}, {1})", helper="larger"),
    "min": Form("smaller({0}, {1})", helper="smaller"),
    "relu": Form("relu({0})", helper="relu"),
    "gamma": Form("gamma({0})", helper="gamma"),
    "lgamma": Form("lgamma({0})", helper="lgamma"),
    "digamma": Form("digamma({0})", helper="digamma"),
    "if": Form("{1} if {0} else {2}", LOOSE, (OR, OR, OR), takes=(0,)),
    "and": infix("and", AND, AND, NOT, truth=True, takes=(0, 1)),
    "or": infix("or", OR, OR, AND, truth=True, takes=(0, 1)),
    "not": Form("not {0}", NOT, (TRUTH,), True, (0,)),
}


class PythonWriter(Writer):
    """Statements of a Python function."""

    forms: ClassVar[Mapping[str, Form]] = FORMS

    def whole(self, value: int) -> str:
        """Python's own numbers are exact."""
        return str(value)

    def named(self, name: str) -> str:
        """Of `math`."""
        return f"math.{name}"

    def bind(self, name: str, term: Term, shape: Shape) -> str:
        """An assignment."""
        return f"{name} = {term.text}"

    def number(self, term: Term) -> Term:
        """0.0 or 1.0."""
        return Term(f"float({term.text})", ATOM, False, False)

    def picked(self, name: str, shape: Shape, places: Places) -> str:
        """A component of nested lists."""
        return name + "".join(f"[{place}]" for place in places)

    def special(self, step: Step, args: Sequence[Term]) -> Term | None:
        """Polygamma has its order, and a division by a number that is not 0 is Python's own."""
        if step.op == "polygamma":
            self.helpers["polygamma"] = None
            return Term(f"polygamma({step.attr}, {args[0].text})", ATOM, False, False)
        return None

    def filled(self, form: Form, args: Sequence[Term]) -> Term:
        """Python's division where it cannot raise."""
        if form.helper == "divide" and args[1].plain and args[1].text[0].isdigit() and args[1].text.strip("0."):
            form = ARITHMETIC["/"]
        return super().filled(form, args)

    def loop(self, step: Step, args: Sequence[Term], name: str) -> dict[int, Term]:
        """A `for` over a range."""
        loop = step.attr
        states = [self.namer.own(name) if name and k == 0 else self.namer.fresh() for k in range(loop.count)]
        counter = self.namer.fresh("k")
        for state, arg in zip(states, args, strict=False):
            self.say(f"{state} = {(self.number(arg) if arg.truth else arg).text}")
        self.say(f"for {counter} in range({loop.first}, {loop.first + loop.rounds}):")
        self.depth += 1
        held = [Term(state) for state in states]
        found = [
            self.number(one) if one.truth else one for one in self.round(loop, held, Term(counter), args[loop.count :])
        ]
        self.say(f"{', '.join(states)} = {', '.join(one.text for one in found)}")
        self.depth -= 1
        return dict(enumerate(held))


def source(job: Job) -> str:
    """The module. Raises UnwrittenError."""
    written = texts.in_numbers(job)
    namer = Namer(RESERVED)
    name = namer.own(job.name)
    own = {one: namer.own(one) for one, _ in job.arguments}
    writer = PythonWriter(namer)
    shapes = dict(job.arguments)
    inputs = {
        one.slot: Term(writer.picked(own[one.name], shapes[one.name], one.places or ())) for one in written.plan.inputs
    }
    found = [writer.number(one) if one.truth else one for one in writer.write(written.plan, inputs, written.labels)]
    results = [_result(one, found, written.groups) for one in job.results]
    body = writer.lines
    answers = []
    for one, text in zip(job.results, results, strict=True):
        if len(job.results) == 1 and len(text) < 100:
            answers.append(text)
            continue
        variable = namer.own(one.kind)
        if len(text) < 100:
            body.append(f"    {variable} = {text}")
        else:
            body += [f"    {variable} = {text[0]}", *broken(text[1:-1], "        "), f"    {text[-1]}"]
        answers.append(variable)
    body.append(f"    return {', '.join(answers)}")
    helpers = texts.python_helpers(writer.helpers)
    parts = [
        texts.docstring(job, own, name, "lists of numbers, row by row"),
        "import math\n" + (f"\n\n{helpers}\n" if helpers else ""),
        f"\ndef {name}({', '.join(own.values())}):\n{texts.function_doc(job, name)}\n" + "\n".join(body) + "\n",
        _test(job, name),
    ]
    return "\n".join(parts)


def _result(result: Result, found: Sequence[Term], groups: Sequence[Sequence[int]]) -> str:
    flat = texts.components(result, [one.text for one in found], groups, "0.0")
    if result.kind != "grad" or not any(result.fields):
        return rows(flat, result.shape)
    parts, start = [], 0
    for shape in result.fields:
        parts.append(rows(flat[start : start + size(shape)], shape))
        start += size(shape)
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _test(job: Job, name: str) -> str:
    """Numbers to try the function with."""
    given = [texts.nested(job.point[one], shape) for one, shape in job.arguments]
    wanted = [repr(number) for row in job.expected for number in row]
    wanted = [texts.python_number(one) for one in wanted]
    lines = [
        "",
        'if __name__ == "__main__":',
        "",
        "    def flat(value):",
        "        parts = value if isinstance(value, (list, tuple)) else None",
        "        return [value] if parts is None else [number for part in parts for number in flat(part)]",
        "",
        f"    found = flat({name}({', '.join(given)}))",
        "    wanted = [",
        *broken(", ".join(wanted), "        "),
        "    ]",
        "    for one, other in zip(found, wanted, strict=True):",
        "        close = math.isclose(one, other, rel_tol=1e-11, abs_tol=1e-13) or (one != one and other != other)",
        '        assert close, f"{one!r} is not {other!r}"',
        '    print("ok:", *found)',
        "",
    ]
    return "\n".join(lines)
