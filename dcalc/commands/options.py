"""Every option, once: the command line, the sentences, the help and the completion all read it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends import BUILT_IN
from ..backends.protocol import AT_KINK, SCHEMES
from ..errors import DcalcError, suggestion
from ..export import ENDINGS as SOURCES
from ..export import LANGUAGES, WHAT
from .base import FORMATS, Command, Option, SessionCommand

#: What some verbs draw, and the endings of files that tell a format.
DRAWN = ("svg", "png", "html", "dot", "mermaid")
#: What only a sparse matrix is written in: SciPy's file of one, Matrix Market.
MATRICES = ("npz", "mtx")
ENDINGS = {
    **{f".{name}": name for name in (*FORMATS, *DRAWN)},
    **{f".{name}": name for name in MATRICES},
    ".txt": "text",
    ".tex": "latex",
    ".md": "markdown",
    ".mmd": "mermaid",
    ".htm": "html",
    ".gv": "dot",
}
BACKENDS = (*BUILT_IN, "auto", "all")
MODES = ("forward", "reverse", "dual", "matrix", "symbolic")
NAMES = ("textbook", "own")
ARRAYS = ("auto", "full", "norm")
#: As `evaluate.engines` has them, which is not imported for their names. A test holds them equal.
ENGINES = ("scalar", "array", "llvm")
COLORS = ("auto", "always", "never")


def whole(text: str) -> int:
    """A whole number of at least 1, below a thousand million."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= 1):
        raise ValueError("a whole number from 1 to 999999999")
    return int(text)


def what(text: str) -> tuple[str, ...]:
    """What to export."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not set(found) <= set(WHAT):
        raise ValueError(f"some of {', '.join(WHAT)}")
    return tuple(one for one in WHAT if one in found)


def digits(text: str) -> int:
    """A number of significant digits."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 17):
        raise ValueError("a whole number from 1 to 17")
    return int(text)


def step(text: str) -> float:
    """A step of finite differences."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return value


def seed(text: str) -> int:
    """A whole number of at least 0."""
    return 0 if text == "0" else whole(text)


def share(text: str) -> float:
    """A number from 0 to 1, which it is less than."""
    try:
        value = float(text)
    except ValueError:
        value = 1.0
    if not 0 <= value < 1:
        raise ValueError("a number from 0 up to 1")
    return value


def method(text: str) -> str:
    """How to descend."""
    from ..backends.descent.methods import METHODS

    known = {one.lower(): one for one in METHODS}
    if text.lower() in known:
        return known[text.lower()]
    from ..backends.descent.by_scipy import METHODS as OF_SCIPY
    from ..backends.descent.by_scipy import PREFIX, named

    if text.lower().startswith(PREFIX):
        return PREFIX + named(text)
    names = [*METHODS, *(PREFIX + one for one in OF_SCIPY)]
    similar = [PREFIX + one for one in OF_SCIPY if one.lower() == text.lower()]
    there_are = f"there are {', '.join(METHODS)} and {PREFIX}BFGS, …"
    hint = f"did you mean {similar[0]}?" if similar else suggestion(text, names, there_are)
    raise DcalcError("usage", f"method cannot be {text}", hint=hint)


def stop(text: str) -> Any:
    """When a descent is done."""
    from ..backends.descent.rules import rules_of

    return rules_of(text)


def picture_size(text: str) -> tuple[int, int]:
    """A picture's width and height."""
    width, _, height = text.partition("x")
    if not all(part.isascii() and part.isdecimal() and 1 <= len(part) <= 4 for part in (width, height)):
        raise ValueError("a width and a height, such as 100x30")
    return int(width), int(height)


OPTIONS = {
    option.name: option
    for option in (
        Option("at", "NAME=VALUE,…", "the point; values are expressions, [a, b] or files: W=@w.npy; may be repeated",
               'dcalc grad "x^2*y" --at x=2,y=pi/2', repeats=True),
        Option("wrt", "NAME,…", "differentiate in these, in this order; all inputs by default",
               'dcalc grad "x^2*y" --at x=2,y=3 --wrt y', repeats=True),
        Option("backend", "NAME", "fd, forward, reverse, symbolic, auto (default: chooses by shape) or all (compares)",
               'dcalc grad "x^2*y" --at x=2,y=3 --backend all', word="using"),
        Option("scheme", "NAME", "of fd: adaptive (default), central, forward or backward",
               'dcalc grad "sin(x)" --at x=1 --backend fd --scheme central', SCHEMES),
        Option("h", "STEP", "of fd: the step; without it the scheme chooses",
               'dcalc grad "sin(x)" --at x=1 --backend fd --scheme forward --h 1e-6', convert=step),
        Option("at-kink", "WHICH", "at a kink: lecture (default: as the notes have it), left, right, mean or error",
               'dcalc grad "abs(x)" --at x=0 --at-kink right', AT_KINK),
        Option("branches", "", "say which branch of each max, min, if, … is active",
               'dcalc grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --branches'),
        Option("flat", "", "one table of all components, whatever the shapes: columns like W[1,2]",
               'dcalc jac "2*W" --at "W=[[1,2],[3,4]]" --flat'),
        Option("sparse", "", "only the entries that may be other than 0; --out FILE.npz or FILE.mtx writes them",
               'dcalc hess "x*y + z^2" --at x=1,y=2,z=3 --sparse'),
        Option("ieee", "", "no value is an error: inf and nan go on as they come",
               'dcalc eval "1/x" --at x=0 --ieee'),
        Option("load", "FILE", "read a file of definitions before the expression; may be repeated",
               'dcalc grad "root(a)" --at a=2 --load examples/newton.dc', repeats=True),
        Option("engine", "NAME", "what evaluates: scalar, array or llvm; else chosen (see `dcalc engines`)",
               'dcalc grad "sin(x)*y" --at x=1,y=2 --engine array', ENGINES),
        Option("no-time", "", "measure no times: they differ from run to run",
               'dcalc compare "sin(x)" --at x=1 --no-time'),
        Option("steps", "N", "how many statements, rounds of loops and calls a program may take, 1000000 by default "
               "(and 1000 times as many rounds of a long for loop that need not be written out)",
               'dcalc eval "x = 1; while x < 2e4 { x = x + 1 }; x" --steps 50000', convert=whole),
        Option("mode", "MODE", "forward (default of trace), reverse (of graph), dual, matrix or symbolic",
               'dcalc trace "(x+y)*z" --at x=1,y=3,z=-3 --mode reverse', MODES),
        Option("seed", "SEED", "the direction of tangents: x, v[2], x=1,y=2 or all; in reverse the output's adjoint",
               'dcalc trace "x*y" --at x=2,y=3 --seed x=1,y=2', repeats=True),
        Option("names", "WHICH", "textbook (v_0, v_1, ...; default where the program names no step) or own",
               'dcalc trace "a = x^2; a + 1" --at x=3 --names textbook', NAMES),
        Option("arrays", "HOW", "auto (default: small ones in full), full or norm (their shape and norm)",
               'dcalc trace "norm(W @ x)" --at "W=[[1,2],[3,4]],x=[1,1]" --arrays norm', ARRAYS),
        Option("step", "", "on a terminal, show the table a line per key",
               'dcalc trace "(x+y)*z" --at x=1,y=3,z=-3 --step'),
        Option("v", "DIRECTION", "a direction: x=1,y=2, or one vector of all components; may be repeated",
               'dcalc jvp "x^2*y" --at x=1,y=2 --v x=3,y=4', repeats=True),
        Option("u", "VALUE", "the weights of the outputs, in the value's shape",
               'dcalc vjp "[x*y, x+y]" --at x=2,y=3 --u [1,10]', repeats=True),
        Option("unit", "", "divide the direction by its length",
               'dcalc jvp "x^2*y" --at x=1,y=2 --v x=3,y=4 --unit'),
        Option("orders", "NAME=N,…", "how often to differentiate in what: x=2,y=1, of an array's component x[1]=2",
               'dcalc deriv "x^3*exp(2*y)" --orders x=2,y=1 --at x=1,y=0', repeats=True),
        Option("near", "NAME=VALUE,…", "a nearby point to try a Taylor polynomial at; may be repeated",
               'dcalc taylor "sin(x)" --at x=0 --order 5 --near x=0.3', repeats=True),
        Option("tensors", "", "the symmetric arrays of derivatives of each order",
               'dcalc taylor "x*exp(y)" --at x=1,y=0 --tensors'),
        Option("order", "N", "the order of the derivative; of a dual number the highest power of eps",
               'dcalc diff "sin(x)" --order 2', convert=whole),
        Option("var", "NAME", "the input that varies; by default the only one",
               'dcalc plot "a*x^2" --var x --at a=2'),
        Option("start", "NAME=VALUE,…", "where the descent begins; may be repeated; normal(2,3), uniform(2) are random",
               'dcalc descend "(x-3)^2 + y^2" --start x=0,y=1', repeats=True),
        Option("method", "NAME", "gd (default), momentum, nesterov, adam, newton; scipy:BFGS and SciPy's others",
               'dcalc descend "(x-3)^2 + y^2" --start x=0,y=1 --method newton', convert=method),
        Option("rate", "NUMBER", "the learning rate, 0.1 by default (of newton 1)",
               'dcalc descend "(x-3)^2 + y^2" --start x=0,y=1 --rate 0.2', convert=step),
        Option("momentum", "NUMBER", "how much of the last step is kept, 0.9 by default (of momentum and nesterov)",
               'dcalc descend "(x-3)^2" --start x=0 --method momentum --momentum 0.5', convert=share),
        Option("stop", "RULES", "when it is done, grad<1e-8 by default: grad, loss, step, change below a bound "
               "(several with commas), or steps: all of them",
               'dcalc descend "(x-3)^2" --start x=0 --stop "grad<1e-4,change<1e-12"', convert=stop),
        Option("data", "FILE", "a table: the objective is the sum of EXPR over its rows",
               'dcalc descend "(w*x + b - y)^2" --start w=0,b=0 --data examples/line.csv --mean'),
        Option("mean", "", "of a table: the mean over the rows in place of the sum",
               'dcalc descend "(w*x + b - y)^2" --start w=0,b=0 --data examples/line.csv --mean'),
        Option("batch-size", "N", "of a table: a step for every N rows, in an order that is shuffled for each epoch",
               'dcalc descend "(w*x-y)^2" --start w=0 --data examples/line.csv --batch-size 2 --stop "change<1e-3"',
               convert=whole),
        Option("epochs", "N", "of a table: how often all rows are gone through, in place of --steps",
               'dcalc descend "(w*x-y)^2" --start w=0 --data examples/line.csv --mean --epochs 50 --stop steps',
               convert=whole),
        Option("shuffle-seed", "N", "of random starts and orders of rows, 0 by default: the same seed, the same run",
               'dcalc descend "sum(tanh(W)^2)" --start "W=normal(2,2)" --shuffle-seed 7', convert=seed),
        Option("trace-steps", "FILE", "write every step to a file: .csv, .tsv, .jsonl or .json",
               'dcalc descend "(x-3)^2" --start x=0 --trace-steps /tmp/steps.csv'),
        Option("keep", "", "in a session: the inputs have the values that were reached from here on",
               'dcalc descend "(x-3)^2" --start x=0 --keep'),
        Option("with", "NAME=EXPR,…", "what to put in the place of names; may be repeated",
               'dcalc subs "x^2 + y" --with x=a+1,y=x', repeats=True),
        Option("from", "VALUE", "where the range begins; an expression",
               'dcalc plot "sin(x)" --from -pi --to pi'),
        Option("to", "VALUE", "where the range ends; an expression",
               'dcalc plot "sin(x)" --from 0 --to 2*pi'),
        Option("tangent", "VALUE", "where to draw a tangent",
               'dcalc plot "x^3 - 3*x" --from -2 --to 2 --tangent 1.5'),
        Option("points", "FILE", "at every row of a table; - is CSV on standard input (see `dcalc help points`)",
               'dcalc grad "x^2*y" --points examples/points.csv'),
        Option("rename", "OLD=NEW,…", "what columns of --points are called here; may be repeated",
               'dcalc eval "u^2*v" --points examples/points.csv --rename x=u,y=v', repeats=True),
        Option("resume", "", "go on with what an interrupted run has left of --out",
               'dcalc grad "x^2*y" --points examples/points.csv --out /tmp/g.csv --resume'),
        Option("cluster", "ADDRESS", "have Dask do a table: local, or a scheduler (see `dcalc help cluster`)",
               'dcalc grad "x^2*y" --points examples/points.csv --out /tmp/parts.csv --cluster local'),
        Option("samples", "N", "sample N even places and no others",
               'dcalc plot "sin(x)" --from 0 --to 1 --samples 11 --format csv', convert=whole),
        Option("ymin", "VALUE", "the least value that the picture shows",
               'dcalc plot "tan(x)" --from 0 --to 5 --ymin -3 --ymax 3'),
        Option("ymax", "VALUE", "the largest value that the picture shows",
               'dcalc plot "1/x" --from -2 --to 2 --ymin -9 --ymax 9'),
        Option("taylor", "N", "draw the Taylor polynomials up to this order, at --at",
               'dcalc plot "cos(x)" --taylor 4 --at x=0', convert=whole),
        Option("error-vs-h", "", "draw the error of finite differences against their step, at a point",
               'dcalc plot "exp(x^2)" --at x=1 --error-vs-h'),
        Option("size", "WxH", "how large the picture is: columns and rows of text, or pixels of PNG and SVG",
               'dcalc plot "sin(x)" --size 60x15', convert=picture_size),
        Option("claim", "EXPR", "a formula that is to be the derivative; [f, g] lists those in several inputs",
               'dcalc check "x^2*sin(x)" --claim "x*(2*sin(x) + x*cos(x))"', repeats=True),
        Option("grad", "NAME=VALUE,…", "numbers that are to be the derivatives at the point",
               'dcalc check "x^2*y" --grad x=4,y=1 --at x=1,y=2', repeats=True),
        Option("tolerance", "N", "by how much numbers may be off; without it, half a unit of the last digit written",
               'dcalc check "sqrt(x)" --grad x=0.35 --at x=2 --tolerance 0.01', convert=step),
        Option("lang", "LANGUAGE", "python (default), numpy, jax, c or latex; the ending of --out tells it too",
               'dcalc export "x^2*y" --lang c', tuple(LANGUAGES)),
        Option("what", "NAME,…", "value, grad, jac or hess, one or several; value,grad by default",
               'dcalc export "x^2*y" --lang numpy --what grad,hess', convert=what),
        Option("name", "NAME", "what the function is called, f by default",
               'dcalc export "x^2*y" --name area'),
        Option("format", "FORMAT", "text (default), json, csv, latex or markdown",
               'dcalc jac "[x*y, x+y]" --at x=1,y=2 --format markdown', (*FORMATS, *DRAWN, *MATRICES)),
        Option("json", "", "short for --format json", 'dcalc grad "x^2" --at x=3 --json'),
        Option("digits", "N", "significant digits for people, 10 by default; JSON and CSV are always full",
               'dcalc eval "pi" --digits 4', convert=digits),
        Option("set", "NAME=VALUE,…", "an input's value, whatever the script gives it; may be repeated",
               "dcalc run examples/first.dc --set x=3", repeats=True),
        Option("keep-going", "", "go on behind a line that fails, and say at the end how many did",
               "dcalc run examples/first.dc --keep-going"),
        Option("jobs", "N", "how many processes work; by default one for each processor",
               "dcalc batch examples/jobs.jsonl --jobs 1", convert=whole),
        Option("timeout", "SECONDS", "how long one job may take, 10 by default",
               "dcalc batch examples/jobs.jsonl --timeout 1", convert=step),
        Option("memory", "MB", "how much memory one job may take, 2000 by default",
               "dcalc batch examples/jobs.jsonl --memory 500", convert=whole),
        Option("allow-files", "", "jobs may read arrays from files, as W=@w.npy; without, they read none",
               "dcalc batch examples/jobs.jsonl --allow-files"),
        Option("color", "WHEN", "auto (default), always or never; NO_COLOR is honoured",
               'dcalc eval "1+1" --color never', COLORS),
        Option("ascii", "", "plain ASCII characters only",
               'dcalc trace "(x+y)*z" --at x=1,y=3,z=-3 --ascii'),
        Option("out", "FILE", "write to a file; its ending tells the format where --format does not",
               'dcalc jac "[x*y, x+y]" --at x=1,y=2 --out jacobian.csv'),
    )
}  # fmt: skip

POINT = ("at", "load", "steps", "ieee")
#: Of verbs that take a table of points.
TABLE = ("points", "rename", "resume", "cluster")
DERIVE = ("at", "wrt", "load", "steps", "backend", "scheme", "h", "at-kink", "branches", "ieee", "engine")
RENDER = ("format", "json", "digits", "color", "ascii", "out")


def option_of(verb: Command | SessionCommand, name: str) -> Option:
    """The option of that name as a verb means it."""
    own = verb.own if isinstance(verb, Command) else ()
    return next((one for one in own if one.name == name), OPTIONS[name])


def read(option: Option, text: str) -> object:
    """The value that an option's text means. A text that means none is an error of kind `usage`."""
    if option.choices and text not in option.choices:
        hint = suggestion(text, list(option.choices), f"it is one of {', '.join(option.choices)}")
        raise DcalcError("usage", f"{option.name} cannot be {text}", hint=hint)
    if option.convert is None:
        return text
    try:
        return option.convert(text)
    except ValueError as problem:
        raise DcalcError(
            "usage", f"{option.name} needs {problem}, not {text}", hint=f"for example: {option.example}"
        ) from None


def settled(verb: Command | SessionCommand, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a request with one `format` that the verb has: given, or told by `json` or a file's ending."""
    result = dict(options)
    if result.pop("json", None):
        result["format"] = "json"
    if "points" in result:
        return result  # a table has its own formats
    for name in TABLE[1:]:
        if name in result and name in verb.options and "points" in verb.options:
            raise DcalcError("usage", f"{name} is of a table of points", hint="add --points FILE")
    ending = "." + result.get("out", "").rpartition(".")[2].lower()
    if "lang" in verb.options and ending in SOURCES:
        result.setdefault("lang", SOURCES[ending])
    elif "format" not in result and ending in ENDINGS:
        result["format"] = ENDINGS[ending]
    elif (
        "lang" in verb.options
        and not {"lang", "format"} & result.keys()
        and "." in result.get("out", "").rpartition("/")[2].lstrip(".")
    ):
        hint = f"--lang says which of {', '.join(LANGUAGES)} the file is to hold"
        raise DcalcError("usage", f"the ending {ending} tells no language that is written here", hint=hint)
    form = result.get("format", verb.formats[0])
    if form not in verb.formats:
        raise DcalcError("usage", f"{verb.name} has no format {form}", hint=f"it has {', '.join(verb.formats)}")
    return result
