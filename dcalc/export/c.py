"""C11 without packages: doubles and the C library's mathematics; arrays are given and answered row by row."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..evaluate.plan import Step
from ..graph.shapes import Places, Shape, size
from . import texts
from .job import Job
from .names import Namer
from .scalars import UnwrittenError
from .writer import (
    AND,
    ARITHMETIC,
    ATOM,
    LOOSE,
    OR,
    SIGN,
    SUM,
    TRUTH,
    Form,
    Term,
    Writer,
    broken,
    infix,
)

ENDING = ".c"
KEYWORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true
false complex imaginary asm typeof main stdin stdout stderr printf NULL"""
#: All that <math.h> and its neighbours declare or may declare, with the names of compilers' built-in functions.
LIBRARY = """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor
fma fmax fmin fmod fpclassify frexp hypot ilogb isfinite isgreater isinf isless isnan isnormal isunordered ldexp lgamma
llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint
round scalbln scalbn signbit sin sinh sqrt tan tanh tgamma trunc j0 j1 jn y0 y1 yn gamma drem exp10 pow10 significand
signgam sincos roundeven INFINITY NAN HUGE_VAL math_errhandling abs div labs ldiv exit abort index rindex time clock
y0f y1f ynf j0f j1f jnf unix linux i386 I double_t float_t M_PI M_E MAXFLOAT"""
OWN = """i i0 i1 i2 i3 i4 i5 i6 i7 i8 i9 sum total largest smallest norm logsumexp last_max last_min sign modulo larger
smaller relu digamma zeta polygamma value grad jac hess found wanted argc argv TEST"""
#: Operations on the components of arrays from which on they are loops.
MANY = 200
RESERVED = frozenset(
    (*KEYWORDS.split(), *LIBRARY.split(), *OWN.split(), *(f"{one}{end}" for one in LIBRARY.split() for end in "fl"))
)

FORMS = {
    **ARITHMETIC,
    **{
        name: Form(f"{name}({{0}})")
        for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sin", "cos", "tan", "asin",
                     "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "erf", "erfc",
                     "lgamma")
    },
    **{name: Form(f"{name}({{0}}, {{1}})") for name in ("atan2", "hypot")},
    "^": Form("pow({0}, {1})"),
    "sqrt": Form("sqrt({0}) + 0.0", SUM),
    "abs": Form("fabs({0})"),
    "round": Form("rint({0})"),
    "gamma": Form("tgamma({0})"),
    "mod": Form("modulo({0}, {1})", helper="modulo"),
    "max": Form("larger({0}, {1})", helper="larger"),
    "min": Form("smaller({0}, {1})", helper="smaller"),
    "sign": Form("sign({0})", helper="sign"),
    "relu": Form("relu({0})", helper="relu"),
    "digamma": Form("digamma({0})", helper="digamma"),
    "if": Form("{0} ? {1} : {2}", LOOSE, (ATOM, SUM, SUM), takes=(0,)),
    "and": infix("&&", AND, TRUTH, TRUTH, truth=True, takes=(0, 1)),
    "or": infix("||", OR, TRUTH, TRUTH, truth=True, takes=(0, 1)),
    "not": Form("!{0}", SIGN, (ATOM,), True, (0,)),
}  # fmt: skip


class CWriter(Writer):
    """Statements of a C function."""

    forms: ClassVar[Mapping[str, Form]] = FORMS

    def named(self, name: str) -> str:
        """C11 names no pi and no e."""
        return {"pi": "3.141592653589793", "e": "2.718281828459045", "inf": "INFINITY", "nan": "NAN"}[name]

    def bind(self, name: str, term: Term, shape: Shape) -> str:
        """A declaration."""
        return f"const {'int' if term.truth else 'double'} {name} = {term.text};"

    def number(self, term: Term) -> Term:
        """0.0 or 1.0."""
        return Term(f"(double)({term.text})", SIGN, False, False)

    def picked(self, name: str, shape: Shape, places: Places) -> str:
        """A component, row by row."""
        if not places:
            return name
        return (
            f"{name}[{sum(place * size(shape[k + 1 :]) for k, place in enumerate(places) if isinstance(place, int))}]"
        )

    def special(self, step: Step, args: Sequence[Term]) -> Term | None:
        """Polygamma has its order."""
        if step.op == "polygamma":
            self.helpers["polygamma"] = None
            return Term(f"polygamma({step.attr}, {args[0].text})", ATOM, False, False)
        return None

    def loop(self, step: Step, args: Sequence[Term], name: str) -> dict[int, Term]:
        """A `for`."""
        loop = step.attr
        states = [self.namer.own(name) if name and k == 0 else self.namer.fresh() for k in range(loop.count)]
        counter, k = self.namer.fresh("k"), self.namer.fresh("round")
        for state, arg in zip(states, args, strict=False):
            self.say(f"double {state} = {(self.number(arg) if arg.truth else arg).text};")
        self.say(f"for (long {k} = {loop.first}; {k} < {loop.first + loop.rounds}; {k}++) {{")
        self.depth += 1
        place = len(self.lines)
        held = [Term(state) for state in states]
        found = self.round(loop, held, Term(counter), args[loop.count :])
        if any(counter in line for line in self.lines[place:]) or any(counter in one.text for one in found):
            self.lines.insert(place, self.indent * self.depth + f"const double {counter} = (double){k};")
        news = []
        for one in found:
            text = (self.number(one) if one.truth else one).text
            news.append(text)
        if len(news) > 1:
            for j, text in enumerate(news):
                if text not in states[j:] and not text.replace("_", "a").isalnum():
                    name = self.namer.fresh()
                    self.say(f"const double {name} = {text};")
                    news[j] = name
            for j, text in enumerate(news):  # a state that becomes another one is read before it is written
                if text in states and text != states[j]:
                    name = self.namer.fresh()
                    self.say(f"const double {name} = {text};")
                    news[j] = name
        for state, text in zip(states, news, strict=True):
            if state != text:
                self.say(f"{state} = {text};")
        self.depth -= 1
        self.say("}")
        return dict(enumerate(held))


def source(job: Job) -> str:
    """The file. Raises UnwrittenError."""
    namer = Namer(RESERVED)
    name = namer.own(job.name)
    own = {one: namer.own(one) for one, _ in job.arguments}
    returned = job.results[0].kind == "value" and not job.results[0].shape
    writer, last = _written(job, own, namer, returned=returned)
    body, parameters = writer.lines, [_parameter(own[one], shape) for one, shape in job.arguments]
    read = {one.name for one in job.plan.inputs}
    body[:0] = [f"    (void){own[one]};" for one, _ in job.arguments if one not in read]
    parameters += [f"double {one.kind}[restrict {max(one.size, 1)}]" for one in job.results[int(returned) :]]
    body += [last] if last else []
    helpers = texts.c_helpers(writer.helpers)
    head = f"static inline {'double' if returned else 'void'} {name}("
    signature = head + ", ".join(parameters) + ")" if parameters else head + "void)"
    if len(signature) > 110:
        signature = "\n".join([head, *broken(", ".join(parameters), "    ")]) + ")"
    comment = texts.remarks(job, own, "numbers row by row", c=True)
    parts = [
        "\n".join(["/*", *(f" * {line}".rstrip() for line in [*comment, *_results(job, returned)]), " */"]),
        "#include <math.h>\n",
        *([helpers + "\n"] if helpers else []),
        signature + "\n{\n" + "\n".join(body) + "\n}\n",
        _test(job, name, own, returned),
    ]
    return "\n".join(parts)


def _written(job: Job, own: Mapping[str, str], namer: Namer, *, returned: bool) -> tuple[CWriter, str]:
    """The statements, and the last one: with loops where there are large arrays, and these have forms for all."""
    if _work(job) > MANY:
        with contextlib.suppress(UnwrittenError):
            return _looping(job, own, copy.deepcopy(namer), returned=returned)
    return _in_numbers(job, own, namer, returned=returned)


def _work(job: Job) -> int:
    """How many operations there are on components of arrays."""
    if job.plan.scalar:
        return 0
    return sum(
        size(step.shape) * (step.shapes[0][-1] if step.op == "@" else 1) if step.shape else sum(map(size, step.shapes))
        for step in job.plan.steps
    )


def _in_numbers(job: Job, own: Mapping[str, str], namer: Namer, *, returned: bool) -> tuple[CWriter, str]:
    """The statements, all components written out, and the last one."""
    written, shapes, writer = texts.in_numbers(job), dict(job.arguments), CWriter(namer)
    inputs = {
        one.slot: Term(writer.picked(own[one.name], shapes[one.name], one.places or ())) for one in written.plan.inputs
    }
    found = [writer.number(one) if one.truth else one for one in writer.write(written.plan, inputs, written.labels)]
    last = ""
    for result in job.results:
        flat = texts.components(result, [one.text for one in found], written.groups, "0.0")
        if returned and result.kind == "value":
            last = f"    return {flat[0]};"
        else:
            writer.lines += [f"    {result.kind}[{k}] = {text};" for k, text in enumerate(flat)]
    return writer, last


def _looping(job: Job, own: Mapping[str, str], namer: Namer, *, returned: bool) -> tuple[CWriter, str]:
    """The statements with loops over arrays, and the last one."""
    from .c_arrays import CArrays

    plan, shapes, writer = job.plan, dict(job.arguments), CArrays(namer)
    inputs = {
        one.slot: writer.held(own[one.name])
        if one.shape
        else Term(writer.picked(own[one.name], shapes[one.name], one.places or ()))
        for one in plan.inputs
    }
    found = writer.write(plan, inputs, job.labels)
    last = ""
    for result in job.results:
        if returned and result.kind == "value":
            term = found[result.pieces[0].output]
            last = f"    return {(writer.number(term) if term.truth else term).text};"
            continue
        if sum(piece.length for piece in result.pieces) < result.size:
            writer.over(result.size, f"{result.kind}[i] = 0.0;")
        for piece in result.pieces:
            writer.result(result.kind, found[piece.output], plan.shapes[piece.output], piece.start, piece.step)
    return writer, last


def _parameter(name: str, shape: Shape) -> str:
    return f"const double {name}[restrict {max(size(shape), 1)}]" if shape else f"double {name}"


def _results(job: Job, returned: bool) -> list[str]:
    lines = ["Compiles with cc -std=c11 … -lm; -DTEST makes a program that tries it.".replace("…", "FILE")]
    if returned:
        lines.append("The value is returned.")
    return [*lines, "Results are written row by row." if len(job.results) > returned else ""]


def _test(job: Job, name: str, own: dict[str, str], returned: bool) -> str:
    """A program that tries the function."""
    lines, given = ["#ifdef TEST", "#include <stdio.h>", "", "int main(void)", "{"], []
    for one, shape in job.arguments:
        numbers = [texts.c_number(x) for x in texts.flat(job.point[one], shape)]
        if shape:
            lines.append(f"    static const double in_{own[one]}[] = {{")
            lines += [*broken(", ".join(numbers), "        "), "    };"]
        given.append(f"in_{own[one]}" if shape else numbers[0])
    wanted = [texts.c_number(x) for row in job.expected for x in row]
    lines += ["    static const double wanted[] = {", *broken(", ".join(wanted), "        "), "    };"]
    lines.append(f"    static double found[{max(len(wanted), 1)}];")
    start = int(returned)
    for result in job.results[start:]:
        given.append(f"found + {start}" if start else "found")
        start += result.size
    call = f"{name}({', '.join(given)});"
    lines.append(f"    found[0] = {call}" if returned else f"    {call}")
    lines += [
        f"    for (int k = 0; k < {len(wanted)}; k++) {{",
        "        const double x = found[k], y = wanted[k];",
        "        const int same = x == y || (x != x && y != y) || fabs(x - y) <= 1e-11*fabs(y) + 1e-13;",
        '        printf("%.17g%s\\n", x, same ? "" : " is wrong");',
        "        if (!same) return 1;",
        "    }",
        "    return 0;",
        "}",
        "#endif",
        "",
    ]
    return "\n".join(lines)
