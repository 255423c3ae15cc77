"""What NumPy and JAX have in common: arrays as they are, operations on whole arrays, one statement each."""

from __future__ import annotations

import keyword
from collections.abc import Sequence

from ..evaluate.plan import Step
from ..graph.shapes import Places, Shape, size
from . import texts
from .helpers_arrays import ARRAYS
from .job import Job, Result
from .scalars import UnwrittenError
from .writer import (
    ARITHMETIC,
    ATOM,
    LOOSE,
    PRODUCT,
    SUM,
    Form,
    Term,
    Writer,
    broken,
    rows,
)

BUILT_IN = ("abs", "bool", "dict", "float", "int", "len", "list", "map", "max", "min", "print", "range", "round", "sum",
            "tuple", "zip", "all", "any", "isinstance", "type", "slice")  # fmt: skip
RESERVED = frozenset(
    (*keyword.kwlist, *keyword.softkwlist, *BUILT_IN, *ARRAYS, "np", "jnp", "jax", "scipy", "special", "math", "found",
     "wanted", "one", "other", "stacked", "states", "array", "lax", "each")
)  # fmt: skip
#: Our name -> the one that both packages have.
_PLAIN = {
    **{name: name for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sin", "cos", "tan",
                               "sinh", "cosh", "tanh", "floor", "ceil", "sign")},
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "abs": "fabs",
    "round": "rint",
}  # fmt: skip
_PAIRS = {"atan2": "arctan2", "hypot": "hypot", "mod": "mod", "max": "maximum", "min": "minimum"}
_PARTS = {"and": "logical_and", "or": "logical_or"}


def forms(short: str) -> dict[str, Form]:
    """How operations are written, with a package called `short`."""
    return {
        **ARITHMETIC,
        **{name: Form(f"{short}.{its}({{0}})") for name, its in _PLAIN.items()},
        **{name: Form(f"{short}.{its}({{0}}, {{1}})") for name, its in _PAIRS.items()},
        **{name: Form(f"{short}.{its}({{0}}, {{1}})", truth=True, takes=(0, 1)) for name, its in _PARTS.items()},
        "not": Form(f"{short}.logical_not({{0}})", truth=True, takes=(0,)),
        "^": Form(f"{short}.power({{0}}, {{1}})"),
        "sqrt": Form(f"{short}.sqrt({{0}}) + 0.0", SUM),
        "if": Form(f"{short}.where({{0}}, {{1}}, {{2}})", takes=(0,)),
        "relu": Form("relu({0})", helper="relu"),
        "@": Form("{0} @ {1}", PRODUCT, (ATOM, ATOM)),
        "outer": Form(f"{short}.outer({{0}}, {{1}})"),
        "transpose": Form(f"{short}.transpose({{0}})"),
        "diag": Form(f"{short}.diag({{0}})"),
        "det": Form(f"{short}.linalg.det({{0}})"),
        "inv": Form(f"{short}.linalg.inv({{0}})"),
        "solve": Form(f"{short}.linalg.solve({{0}}, {{1}})"),
        "cofactor": Form("cofactor({0})", helper="cofactor"),
        "cofactors_along": Form("cofactors_along({0}, {1})", helper="cofactors_along"),
        "polygamma": Form("polygamma({0})", helper="polygamma"),
        "pick": Form("{0}[pick({1})]", ATOM, (ATOM, LOOSE), helper="pick"),
    }


class ArrayWriter(Writer):
    """Statements over whole arrays. short: what the package is called."""

    short = "np"

    def named(self, name: str) -> str:
        """Of the package."""
        return f"{self.short}.{name}"

    def bind(self, name: str, term: Term, shape: Shape) -> str:
        """An assignment."""
        return f"{name} = {term.text}"

    def number(self, term: Term) -> Term:
        """0.0 or 1.0."""
        return Term(f"{self.short}.where({term.text}, 1.0, 0.0)", ATOM, False, False)

    def picked(self, name: str, shape: Shape, places: Places) -> str:
        """A component of an array."""
        return f"{name}[{', '.join(map(str, places))}]" if places else name

    def special(self, step: Step, args: Sequence[Term]) -> Term | None:
        """What moves numbers, and reductions along an axis."""
        texts_of = [(self.number(arg) if arg.truth else arg).text for arg in args]
        first, short = texts_of[0] if texts_of else "", self.short
        text = ""
        axis = "" if step.attr is None else f", axis={step.attr}"
        if step.op == "vector":
            name = "stack" if any(step.shapes) else "array"
            text = f"{short}.{name}([{', '.join(texts_of)}])"
        elif step.op == "index":
            return Term(f"{self.within(args[0], ATOM)}[{key(step.attr)}]", ATOM, False, False)
        elif step.op == "place":
            self.helpers["place"] = None
            text = f"place({first}, ({key(step.attr[0], words=True)},), {step.attr[1]})"
        elif step.op == "put":
            self.helpers["place"] = self.helpers["pick"] = None
            text = f"place({first}, (pick({texts_of[1]}),), {step.attr})"
        elif step.op == "concat":
            text = f"{short}.concatenate([{', '.join(texts_of)}], axis={step.attr})"
        elif step.op == "reshape":
            text = f"{short}.reshape({first}, {step.attr})"
        elif step.op == "broadcast":
            text = f"{short}.broadcast_to({first}, {step.attr})"
        elif step.op in ("sum[]", "max[]", "min[]"):
            text = f"{short}.{step.op[:3]}({first}{axis})"
        elif step.op in ("norm[]", "logsumexp[]", "last_max", "last_min"):
            name = step.op.removesuffix("[]")
            self.helpers[name] = None
            text = f"{name}({first}{axis})"
        elif step.op == "polygamma":
            self.helpers["polygamma"] = None
            text = f"polygamma({step.attr}, {first})"
        return Term(text, ATOM, False, False) if text else None

    def _loop(self, step: Step, args: Sequence[Term], name: str) -> None:
        if step.op != "loop":
            raise UnwrittenError("a loop backwards")
        if any(step.attr.carried):
            raise UnwrittenError("a loop that carries arrays")
        self._states[step.slot] = self.loop(step, args, name)

    def loop(self, step: Step, args: Sequence[Term], name: str) -> dict[int, Term]:
        """A `for` over a range."""
        loop = step.attr
        states = [self.namer.own(name) if name and k == 0 else self.namer.fresh() for k in range(loop.count)]
        counter = self.namer.fresh("k")
        for state, arg in zip(states, args, strict=False):
            self.say(f"{state} = {(self.number(arg) if arg.truth else arg).text}")
        self.say(f"for {counter} in range({loop.first}, {loop.first + loop.rounds}):")
        self.depth += 1
        found = self.round(loop, [Term(state) for state in states], Term(counter), args[loop.count :])
        self.say(f"{', '.join(states)} = {', '.join((self.number(one) if one.truth else one).text for one in found)}")
        self.depth -= 1
        return dict(enumerate(map(Term, states)))


def key(places: Sequence[int | tuple[int, int]], *, words: bool = False) -> str:
    """A subscript. words: slices as calls, which stand outside of brackets too."""
    shown = []
    for one in places:
        if isinstance(one, tuple):
            shown.append(f"slice({one[0]}, {one[1]})" if words else f"{one[0]}:{one[1]}")
        else:
            shown.append(str(one))
    return ", ".join(shown)


def written(job: Job, writer: ArrayWriter, head: str, decorator: str, convert: str) -> str:
    """The module. head: imports; convert: how an argument becomes an array. Raises UnwrittenError."""
    namer, short, plan = writer.namer, writer.short, job.plan
    name = namer.own(job.name)
    own = {one: namer.own(one) for one, _ in job.arguments}
    shapes = dict(job.arguments)
    inputs = {one.slot: Term(writer.picked(own[one.name], shapes[one.name], one.places or ())) for one in plan.inputs}
    for one, _ in job.arguments:
        writer.say(f"{own[one]} = {convert.format(own[one])}")
    found = [writer.number(one) if one.truth else one for one in writer.write(plan, inputs, job.labels)]
    batch = not any(shapes.values()) and plan.scalar
    body, answers = writer.lines, []
    for result in job.results:
        variable = namer.own(result.kind)
        body += _result(result, job, [one.text for one in found], variable, writer, batch=batch)
        answers.append(variable)
    body.append(f"    return {', '.join(answers)}")
    helpers = texts.array_helpers(writer.helpers, short)
    also = "numbers, or arrays of one shape for many points" if batch else "NumPy arrays"
    parts = [
        texts.docstring(job, own, name, also),
        head + (f"\n\n{helpers}\n" if helpers else ""),
        f"\n{decorator}def {name}({', '.join(own.values())}):\n{texts.function_doc(job, name)}\n"
        + "\n".join(body)
        + "\n",
        _test(job, name),
    ]
    return "\n".join(parts)


def _result(
    result: Result, job: Job, found: list[str], variable: str, writer: ArrayWriter, *, batch: bool
) -> list[str]:
    """The statements that put a result together."""
    short, plan = writer.short, job.plan
    if result.kind == "grad" and any(result.fields):
        return _gradient(result, plan.shapes, found, variable, writer)
    numbers = all(piece.length == 1 and not plan.shapes[piece.output] for piece in result.pieces)
    if numbers and not result.shape:
        return [f"    {variable} = {found[result.pieces[0].output] if result.pieces else '0.0'}"]
    if numbers:
        flat = ["0.0"] * result.size
        for piece in result.pieces:
            flat[piece.start] = found[piece.output]
        if batch:
            writer.helpers["stacked"] = None
            lines = broken(", ".join(flat), "        ")
            text = f"stacked([{', '.join(flat)}], {result.shape})"
            if len(text) < 90:
                return [f"    {variable} = {text}"]
            return [f"    {variable} = stacked([", *lines, f"    ], {result.shape})"]
        text = f"{short}.array({rows(flat, result.shape)})"
        if len(text) < 100:
            return [f"    {variable} = {text}"]
        return [f"    {variable} = {short}.array(", *broken(rows(flat, result.shape), "        "), "    )"]
    if len(result.pieces) == 1 and result.pieces[0].length == result.size and result.pieces[0].step == 1:
        text = found[result.pieces[0].output]
        same = plan.shapes[result.pieces[0].output] == result.shape
        return [f"    {variable} = {text if same else f'{short}.reshape({text}, {result.shape})'}"]
    lines = [f"    {variable} = {short}.zeros({result.size})"]
    for piece in result.pieces:
        stop = piece.start + piece.step * (piece.length - 1) + 1
        where = f"{piece.start}:{stop}" + (f":{piece.step}" if piece.step > 1 else "")
        lines.append("    " + _put(short, variable, where, found[piece.output]))
    return [*lines, f"    {variable} = {short}.reshape({variable}, {result.shape})"]


def _put(short: str, variable: str, where: str, text: str) -> str:
    if short == "jnp":
        return f"{variable} = {variable}.at[{where}].set(jnp.ravel({text}))"
    return f"{variable}[{where}] = np.ravel({text})"


def _gradient(
    result: Result, shapes: Sequence[Shape], found: list[str], variable: str, writer: ArrayWriter
) -> list[str]:
    """A gradient in arrays: one for each input, in its shape."""
    fields, start = [], 0
    for shape in result.fields:
        count = size(shape)
        mine = [piece for piece in result.pieces if start <= piece.start < start + count]
        if len(mine) == 1 and shapes[mine[0].output] == shape:
            fields.append(found[mine[0].output])
        elif not mine:
            fields.append(f"{writer.short}.zeros({shape})" if shape else "0.0")
        else:
            raise UnwrittenError("a gradient in parts")
        start += count
    if len(fields) == 1:
        return [f"    {variable} = {fields[0]}"]
    return [f"    {variable} = ({', '.join(fields)})"]


def _test(job: Job, name: str) -> str:
    """Numbers to try the function with."""
    given = [texts.nested(job.point[one], shape) for one, shape in job.arguments]
    wanted = [texts.python_number(repr(number)) for row in job.expected for number in row]
    lines = [
        "",
        'if __name__ == "__main__":',
        "",
        "    def flat(value):",
        "        parts = value if isinstance(value, tuple) else ()",
        "        return [x for part in parts for x in flat(part)] if parts else np.ravel(value).tolist()",
        "",
        f"    found = flat({name}({', '.join(given)}))",
        "    wanted = [",
        *broken(", ".join(wanted), "        "),
        "    ]",
        "    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-13)",
        '    print("ok:", *found)',
        "",
    ]
    return "\n".join(lines).replace("math.inf", "np.inf").replace("math.nan", "np.nan")
