"""`plot`: a function and its derivatives over a range, with tangents and kinks; or the errors of finite differences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ...backends.derive import Survey
from ...backends.problem import Problem
from ...backends.result import Note
from ...errors import DcalcError, NeedsPointError, Source
from ...evaluate.scalar import PointValue
from ...graph.shapes import name_of
from ...language import parse, source
from ..base import FORMATS, Ask, Command, Output, State
from ..options import RENDER
from ..point import constant, point_of
from ..prepare import decimals, loaded, names_of, prepare_at
from ..prepare import problem as problem_of
from .curves import Curve, named

if TYPE_CHECKING:
    from .function import Function
    from .sampling import Samples

#: Curves in one picture.
MOST_CURVES = 12
#: Half of the range around a point that none was asked for, and around 0.
HALF = 5.0
#: Steps at each further point that a program is followed at, which should be about as many as at the first one.
STEPS = 5_000


class Tangent(NamedTuple):
    """The line value + slope*(x - at) of a component. It has no slope where that is not finite."""

    component: int
    at: float
    value: float
    slope: float


class Plot(NamedTuple):
    """What `plot` answers: the curves and the samples that they are drawn by.

    The numbers of a curve are samples.values[curve.order, curve.component]. size: how large to draw it, columns and
    rows or pixels, None for as large as fits.
    """

    variable: str
    title: str
    curves: list[Curve]
    samples: Samples
    tangents: list[Tangent]
    size: tuple[int, int] | None


class _Asked(NamedTuple):
    """What is to be plotted: a program, the input that varies, and a point (of it or near it)."""

    state: State
    ask: Ask
    given: dict[str, PointValue]
    variable: str

    def at(self, x: float | None, steps: int | None = None) -> tuple[Problem, list[Note]]:
        """The program with that value of the variable; None: as a formula in it. steps: may be taken, if not asked."""
        ask, name = self.ask, self.variable
        assert ask.operand is not None
        point = dict(self.given)
        if x is None:
            point.pop(name, None)
        else:
            point[name] = x
        prepared = prepare_at(self.state, ask.operand, point, [name], ask.get("steps", steps))
        if x is None:  # read without a value, which is only needed to ask for a derivative there
            prepared.point[name] = math.nan
        wanted = ask._replace(options={"wrt": [source(name, "--var")]})
        return problem_of(prepared, wanted), prepared.notes


def _run(state: State, ask: Ask) -> Output:
    assert ask.operand is not None
    state = loaded(state, ask)
    given = point_of(state, ask.get("at", []))
    variable = _variable(state, ask, given)
    at = _number(state, ask, "tangent")
    if at is None and variable in given:
        value = given[variable]
        if not isinstance(value, float):
            message = f"{variable} is {name_of(value.shape)}, what varies is a number"
            raise DcalcError("shape", message, hint=f"name another input with --var, or put a number t into {variable}")
        at = value
    names = {name: value for name, value in state.point.items() if name != variable}
    asked = _Asked(state._replace(point=names), ask, given, variable)
    if ask.get("error-vs-h"):
        return _errors(asked, at)
    return _curves(asked, at)


def _variable(state: State, ask: Ask, given: dict[str, PointValue]) -> str:
    """The input that varies: the one that is named, else the only one that has no value, else the only one."""
    if text := ask.get("var"):
        wanted = names_of([source(text, "--var")])
        if len(wanted) > 1:
            raise DcalcError("usage", "a plot has one variable", hint="--var x, and the others' values by --at")
        return wanted[0].name
    assert ask.operand is not None
    try:
        prepared = prepare_at(state, ask.operand, given, (), ask.get("steps"))
    except NeedsPointError as problem:
        if len(problem.names) == 1:  # the only one that the program asks for
            return problem.names[0]
        if problem.names:
            problem.hint = "say what is to vary: --var NAME --from A --to B"
        raise
    names: list[str] = [prepared.graph.attrs[node] for node in prepared.inputs()]
    free = [name for name in names if name not in prepared.point] or [n for n in names if n in given] or names
    if len(free) == 1:
        return free[0]
    if not free:
        hint = "an expression in x has the input x; --var x plots a constant"
        raise DcalcError("usage", "there is no input to vary", source=ask.operand, span=prepared.tree.span, hint=hint)
    others = ",".join(f"{name}=…" for name in free[1:])
    raise DcalcError("usage", f"which of {', '.join(free)} is to vary?", hint=f"--var {free[0]} --at {others}")


def _number(state: State, ask: Ask, option: str) -> float | None:
    """The value of an option that is an expression of numbers."""
    text = ask.get(option)
    if text is None:
        return None
    prepared = prepare_at(state, source(text, f"--{option}"), {})
    for node in prepared.inputs():
        name = prepared.graph.attrs[node]
        if name not in prepared.point:
            where = Source(text, f"--{option}")
            raise DcalcError("name", f"{name} has no value", source=where, span=(0, len(text)), hint=f"--{option} 2*pi")
    value = constant(prepared.graph, prepared.output, prepared.point)
    if not isinstance(value, float) or not math.isfinite(value):
        what = name_of(value.shape) if not isinstance(value, float) else f"{value}"
        raise DcalcError("usage", f"--{option} needs a finite number, this is {what}", hint=f"--{option} 2*pi")
    return value


def _errors(asked: _Asked, at: float | None) -> Output:
    """The V-curve at a point."""
    from .step_sizes import step_errors

    for option in ("from", "to", "order", "samples", "ymin", "ymax", "taylor"):
        if asked.ask.get(option) is not None:
            hint = "it draws errors against steps at one point, --at x=1"
            raise DcalcError("usage", f"--error-vs-h has no use for --{option}", hint=hint)
    if at is None:
        hint = f"for example --at {asked.variable}=1"
        raise DcalcError("usage", "the error of a difference quotient is that at a point", hint=hint)
    problem, notes = asked.at(at)
    if problem.shape:
        message = f"finite differences are compared for a number, this is {name_of(problem.shape)}"
        raise DcalcError("shape", message, hint="plot one of its components")
    survey = Survey(problem, ieee=False)
    result = step_errors(problem, _title(asked), asked.ask.get("size"))
    if not math.isfinite(result.derivative):
        message = f"there is no finite derivative at {asked.variable} = {at:.10g} to compare with"
        raise DcalcError("domain", message, hint="choose another point")
    notes = [*notes, *survey.kink_notes()]
    if exact := [one.scheme for one in result.schemes if not any(one.errors)]:
        words = ", ".join("symmetric" if scheme == "central" else scheme for scheme in exact)
        message = f"without any error, at every step, and so not in the picture: {words}"
        notes.append(Note("exact", message, data={"schemes": exact}))
    return Output([result], notes)


def _curves(asked: _Asked, at: float | None) -> Output:
    """The curves over a range."""
    from .function import Followed
    from .sampling import MOST_POINTS, defined_part, domain_notes, sample

    ask, name = asked.ask, asked.variable
    low, high, chosen = _range(asked, at)
    count = ask.get("samples")
    if count is not None and not 2 <= count <= MOST_POINTS:
        raise DcalcError("usage", f"a plot has 2 to {MOST_POINTS} samples", hint="--samples 200")
    order = ask.get("order")
    if ask.get("taylor") is not None:
        if order is not None:
            raise DcalcError("usage", "a plot of Taylor polynomials has no derivatives", hint="leave out --order")
        order = 0
    problem, function, notes = _function(asked, max(order or 1, 1) + 2, low, high)
    m = function.m
    order = order if order is not None else 1 if m == 1 else 0
    if m * (order + 1) > MOST_CURVES:
        message = f"{m * (order + 1)} curves are too many for one picture, the limit is {MOST_CURVES}"
        raise DcalcError("limit", message, hint="plot fewer components, or a lower --order")
    if chosen:
        low, high = defined_part(function, low, high)
    samples = sample(function, low, high, order, count)
    if not _somewhere(samples):
        raise _nowhere(asked, low, high)
    samples = samples._replace(window=_window(asked, samples))
    tangents, more = _tangents(asked, at) if ask.get("taylor") is None else ([], [])
    notes += [*more, *_path_notes(function)]
    if not (isinstance(function, Followed) and (function.too_many or function.too_long)):
        notes += domain_notes(function, samples, name)
    assert ask.operand is not None
    curves = named(problem, order, decimals=decimals(parse(ask.operand)))
    if ask.get("taylor") is not None:
        from .polynomials import with_polynomials

        center = at if at is not None else 0.0
        curves, samples, more = with_polynomials(asked.at(center)[0], ask.get("taylor"), curves, samples)
        notes += more
    result = Plot(name, _title(asked), curves, samples, tangents, ask.get("size"))
    return Output([result], list({note.message: note for note in notes}.values()))


def _title(asked: _Asked) -> str:
    """The expression as it was written, on one line."""
    assert asked.ask.operand is not None
    return " ".join(asked.ask.operand.text.split())


def _range(asked: _Asked, at: float | None) -> tuple[float, float, bool]:
    """From where to where, and whether that was for us to choose."""
    state, ask = asked.state, asked.ask
    low, high = _number(state, ask, "from"), _number(state, ask, "to")
    chosen = low is None and high is None
    if low is None and high is None:
        middle = at or 0.0
        half = HALF if abs(middle) <= 2 * HALF else abs(middle) / 2
        low, high = middle - half, middle + half
    elif low is None:
        assert high is not None
        low = high - 2 * max(HALF, abs(high) / 4)
    elif high is None:
        high = low + 2 * max(HALF, abs(low) / 4)
    assert high is not None
    if not low < high:
        hint = f"--from {high:.10g} --to {low:.10g}" if low > high else "the range needs two different ends"
        raise DcalcError("usage", f"the range from {low:.10g} to {high:.10g} is empty", hint=hint)
    width = high - low
    if math.isinf(width):
        raise DcalcError("usage", "the range is too wide for floating point", hint="--from -1e300 --to 1e300 is not")
    if width < max(1e-9 * max(abs(low), abs(high)), 1e-290):
        message = f"the range from {low:.17g} to {high:.17g} is too narrow to be drawn"
        raise DcalcError("usage", message, hint="put the offset into the expression: plot f(1 + t) in t")
    return low, high, chosen


def _function(asked: _Asked, orders: int, low: float, high: float) -> tuple[Problem, Function, list[Note]]:
    """The program as a function of the variable: a closed form, or followed where it has none."""
    from .function import Followed, Path

    failure: DcalcError | None = None
    try:
        problem, notes = asked.at(None)
        if not problem.conditions:
            return problem, Path(problem, orders, zeros=True), notes
    except DcalcError as found:
        failure = found
        if found.kind not in ("name", "usage", "domain"):
            raise
    for share in (0.5, 0.25, 0.75, 0.1, 0.9, 0.37, 0.63):  # some of these may lie outside the domain
        x = low + share * (high - low)
        try:
            problem, notes = asked.at(x)
        except DcalcError as found:
            if found.kind != "domain":
                raise
            failure = found
            continue
        if not problem.conditions:
            return problem, Path(problem, orders, zeros=True), notes

        notes = [note for note in notes if note.kind not in ("path", "zero")]  # they are of this one point

        steps = max(STEPS, 10 * len(problem.conditions))

        def follow(x: float, steps: int = steps) -> Problem:
            return asked.at(x, steps)[0]

        return problem, Followed(follow, problem, orders), notes
    assert failure is not None
    raise failure


def _path_notes(function: Function) -> list[Note]:
    """What has to be said of a program that was followed."""
    from .function import MOST_PATHS, Followed

    if not isinstance(function, Followed):
        return []
    paths = f"{function.paths} path{'s' * (function.paths > 1)}"
    notes = [Note("path", f"the program was followed along the range, on {paths}", data={"paths": function.paths})]
    if function.too_many:
        notes.append(Note("path", f"more than {MOST_PATHS} paths: the places beyond them are left out of the picture"))
    elif function.too_long:
        message = "following the program everywhere would take too long: what is left is left out of the picture"
        notes.append(Note("path", message))
    if function.failure is not None:
        places = f" (tried at {function.tried} places)" if function.presumed else ""
        notes.append(Note("domain", f"where nothing is drawn the program fails{places}: {function.failure.message}"))
    return notes


def _somewhere(samples: Samples) -> bool:
    """Whether the value is finite at any sample."""
    import numpy as np

    return bool(np.isfinite(samples.values[0]).any())


def _nowhere(asked: _Asked, low: float, high: float) -> DcalcError:
    """There is nothing to draw: the reason, which is that in the middle of the range."""
    ask = asked.ask
    hint = "choose another range with --from and --to"
    for x in (low / 2 + high / 2, low, high):
        try:
            Survey(asked.at(x)[0], ieee=False)
        except DcalcError as reason:
            hint = f"at {asked.variable} = {x:.10g}, {reason.message}; {hint}"
            break
    message = f"this has no finite value anywhere from {low:.10g} to {high:.10g}"
    return DcalcError("domain", message, source=ask.operand, hint=hint)


def _window(asked: _Asked, samples: Samples) -> tuple[float, float]:
    """What the picture shows of the values: as asked, else as the samples have it."""
    state, ask = asked.state, asked.ask
    low, high = _number(state, ask, "ymin"), _number(state, ask, "ymax")
    window = (samples.window[0] if low is None else low, samples.window[1] if high is None else high)
    if not window[0] < window[1]:
        message = f"the picture from {window[0]:.10g} to {window[1]:.10g} is empty"
        raise DcalcError("usage", message, hint="--ymin has to be less than --ymax")
    return window


def _tangents(asked: _Asked, at: float | None) -> tuple[list[Tangent], list[Note]]:
    """The tangents at a point, by the conventions of a kink where it lies on one."""
    if at is None:
        return [], []
    from ...backends.symbolic import partials

    problem, notes = asked.at(at)
    notes = [note for note in notes if note.kind != "path"]
    survey = Survey(problem, ieee=False)
    (variable,) = problem.variables
    slopes = [slope for node in partials(problem.graph, problem.rows, variable.node) for slope in problem.numbers(node)]
    tangents = [Tangent(k, at, value, slope) for k, (value, slope) in enumerate(zip(survey.value, slopes, strict=True))]
    if any(not math.isfinite(slope) for slope in slopes):
        notes.append(
            Note("non-finite", f"the slope at {asked.variable} = {at:.10g} is not finite: no tangent is drawn")
        )
    return tangents, [*notes, *survey.kink_notes()]


COMMAND = Command(
    "plot",
    "a picture of a function and its derivatives over a range, or of the errors of finite differences",
    "EXPR",
    (
        *("var", "from", "to", "order", "tangent", "at", "samples", "ymin", "ymax", "taylor", "error-vs-h", "size"),
        *("engine", "load", "steps", *RENDER),
    ),
    (
        'dcalc plot "x^3 - 3*x" --from -2.5 --to 2.5 --tangent 1.5',
        'dcalc plot "a*abs(sin(x))" --var x --from 0 --to 2*pi --at a=2 --ascii',
        'dcalc plot "[sin(x), x, x - x^3/6]" --from -4 --to 4',
        'dcalc plot "sin(x)" --taylor 5 --at x=0 --from -4 --to 4 --ymin -2 --ymax 2',
        'dcalc plot "exp(x^2)" --at x=1 --error-vs-h',
    ),
    "--var is what varies, by default the only input; --at gives the others their values. --order 2 draws f, f' and\n"
    "f''; the components of a vector are curves of their own, without derivatives unless --order is given, so that\n"
    '"[sin(x)]" is the function alone. A tangent is drawn at --tangent, or where --at gives the variable a value.\n'
    "Kinks, jumps and poles are found to the last digit and listed; the curve has a gap where it is not defined.\n"
    "A pole does not squash the picture: --ymin and --ymax show more. Derivatives are exact, at all samples at once.\n"
    "A program that depends on values is followed along the range.\n"
    "--taylor N draws the Taylor polynomials of order 1 to N at --at (else at 0), those that differ from each other.\n"
    "--error-vs-h draws the errors of the forward, backward and symmetric difference quotients against the step, both\n"
    "logarithmic: on the right what is left out (slopes 1, 1, 2), on the left the round-off (-1), and the best h.\n"
    "In the terminal the picture is as wide as that, else 80 columns (--size 100x30). --out plot.svg and plot.png\n"
    "need matplotlib (the extra `plot`). CSV and JSON are the samples; --samples N makes them N even ones.",
    _run,
    formats=(*FORMATS, "svg", "png"),
)
