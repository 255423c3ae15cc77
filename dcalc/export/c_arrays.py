"""Arrays in C: loops over fixed shapes. What is done component by component is one loop, as long as it is used once.

An array's term is the text of its component `i`, row by row. One with a name stands in memory; a text that is none
(`tanh(v1[i])`) is written into the loop that uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import DcalcError
from ..evaluate.plan import Step
from ..graph.shapes import Shape, size
from ..primitives import TABLE
from .c import CWriter
from .names import Namer
from .scalars import UnwrittenError
from .writer import ATOM, INLINE, Term

#: Numbers that a function keeps on its stack at most.
MOST_KEPT = 100_000


def steps_of(shape: Shape) -> list[int]:
    """How far apart the neighbours along each axis are."""
    return [size(shape[k + 1 :]) for k in range(len(shape))]


class CArrays(CWriter):
    """Statements of a C function with arrays."""

    def __init__(self, namer: Namer) -> None:
        super().__init__(namer)
        #: the text of component i -> the array that stands in memory
        self.memory: dict[str, str] = {}
        self.kept = 0

    def held(self, name: str) -> Term:
        """The term of an array that stands in memory."""
        self.memory[f"{name}[i]"] = name
        return Term(f"{name}[i]")

    def declared(self, shape: Shape, label: str, *, zero: bool = False) -> str:
        """A new array in memory."""
        name = self.namer.own(label) if label else self.namer.fresh()
        self.kept += size(shape)
        if self.kept > MOST_KEPT:
            message = f"the arrays of this hold more than {MOST_KEPT} numbers, which are too many for a C function"
            raise DcalcError("limit", message, hint="numpy and jax have room for them: --lang numpy")
        self.say(f"double {name}[{size(shape)}]{' = {0.0}' if zero else ''};")
        return name

    def over(self, count: int, line: str, index: str = "i") -> None:
        """A loop of one statement."""
        self.say(f"for (int {index} = 0; {index} < {count}; {index}++) {line}")

    def stored(self, term: Term, shape: Shape, label: str = "") -> str:
        """The array in memory that a term is; a text is computed into one."""
        known = self.memory.get(term.text)
        if known is not None and not label:
            return known
        text = (self.number(term) if term.truth else term).text
        name = self.declared(shape, label)
        self.over(size(shape), f"{name}[i] = {text};")
        self.memory[f"{name}[i]"] = name
        return name

    def nest(self, shape: Shape, line: Callable[[list[str]], str]) -> None:
        """Loops over the axes of a shape; line: a statement from the names of their indices."""
        names = [f"i{k}" for k in range(len(shape))]
        depth = self.depth
        for name, length in zip(names, shape, strict=True):
            self.say(f"for (int {name} = 0; {name} < {length}; {name}++)")
            self.depth += 1
        self.say(line(names))
        self.depth = depth

    def block(self, step: Step, args: Sequence[Term], label: str, *, once: bool) -> Term | None:
        """A step with arrays."""
        if not step.shape and not any(step.shapes):
            return None
        rule = _RULES.get(step.op)
        if rule is not None:
            return rule(self, step, args, label)
        if step.op not in TABLE or TABLE[step.op].kind not in ("elementwise", "selection"):
            raise UnwrittenError(step.op.removesuffix("[]"))
        given = [self.beside(arg, shape, step.shape) for arg, shape in zip(args, step.shapes, strict=True)]
        term = self._term(step, given, {})
        if once and not label and len(term.text) <= INLINE:
            return term
        return self.held(self.stored(term, step.shape, label))

    def beside(self, term: Term, shape: Shape, to: Shape) -> Term:
        """The component of an argument that stands beside component i of a larger shape."""
        if shape in ((), to):
            return term
        if size(shape) == 1:
            return Term(f"{self.stored(term, shape)}[0]")
        full = (1,) * (len(to) - len(shape)) + shape
        parts = []
        for k, (length, step) in enumerate(zip(full, steps_of(full), strict=True)):
            if length > 1:
                behind = size(to[k + 1 :])
                text = f"i/{behind}" if behind > 1 else "i"
                text = f"{text}%{length}" if size(to[:k]) > 1 else text
                parts.append(f"({text})*{step}" if step > 1 else f"({text})" if len(text) > 1 else text)
        return Term(f"{self.stored(term, shape)}[{' + '.join(parts)}]")

    def result(self, name: str, term: Term, shape: Shape, start: int, step: int) -> None:
        """Write a term where a result is wanted."""
        text = (self.number(term) if term.truth else term).text
        if not shape:
            self.say(f"{name}[{start}] = {text};")
            return
        place = "i" if step == 1 else f"i*{step}"
        self.over(size(shape), f"{name}[{f'{start} + ' if start else ''}{place}] = {text};")

    def total(self, count: int, text: str, label: str) -> Term:
        """The sum of a text over i."""
        name = self.namer.own(label) if label else self.namer.fresh()
        self.say(f"double {name} = 0.0;")
        self.over(count, f"{name} += {text};")
        return Term(name)


Rule = Callable[[CArrays, Step, Sequence[Term], str], Term]


def _vector(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    name = made.declared(step.shape, label)
    part = step.shape[1:]
    for k, arg in enumerate(args):
        made.result(name, arg, part, k * size(part), 1)
    return made.held(name)


def _moved(
    made: CArrays, source: str, shape: Shape, to: str, ahead: int, steps: Sequence[int], begin: int, own: Sequence[int]
) -> None:
    """Copy components: over `shape`, from `begin` with steps `own`, to `ahead` with `steps`."""

    def line(names: list[str]) -> str:
        return f"{to}[{_place(names, ahead, steps)}] = {source}[{_place(names, begin, own)}];"

    made.nest(shape, line)


def _place(names: Sequence[str], begin: int, steps: Sequence[int]) -> str:
    parts = [name if step == 1 else f"{name}*{step}" for name, step in zip(names, steps, strict=True) if step]
    return " + ".join([*parts, *([str(begin)] if begin or not parts else [])])


def _window(places: Sequence[int | tuple[int, int]], shape: Shape) -> tuple[int, list[int]]:
    """Where an index begins, and the steps along the axes that it leaves."""
    begin, kept = 0, []
    for k, step in enumerate(steps_of(shape)):
        one = places[k] if k < len(places) else (0, shape[k])
        begin += step * (one[0] if isinstance(one, tuple) else one)
        if isinstance(one, tuple):
            kept.append(step)
    return begin, kept


def _index(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    source = made.stored(args[0], step.shapes[0])
    begin, kept = _window(step.attr, step.shapes[0])
    if not step.shape:
        return Term(f"{source}[{begin}]")
    name = made.declared(step.shape, label)
    _moved(made, source, step.shape, name, 0, steps_of(step.shape), begin, kept)
    return made.held(name)


def _set(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    places, shape = step.attr
    begin, kept = _window(places, shape)
    own = step.shapes[0]
    if not own:
        name = made.declared(shape, label, zero=True)
        made.result(name, args[0], (), begin, 1)
        return made.held(name)
    source = made.stored(args[0], own)
    name = made.declared(shape, label, zero=True)
    _moved(made, source, own, name, begin, kept, 0, steps_of(own))
    return made.held(name)


def _concat(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    sources = [made.stored(arg, shape) for arg, shape in zip(args, step.shapes, strict=True)]
    name = made.declared(step.shape, label)
    axis, start, steps = len(step.shape) + step.attr, 0, steps_of(step.shape)
    for source, shape in zip(sources, step.shapes, strict=True):
        _moved(made, source, shape, name, start * steps[axis], steps, 0, steps_of(shape))
        start += shape[axis]
    return made.held(name)


def _reshape(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    if not step.shape:
        return Term(f"{made.stored(args[0], step.shapes[0])}[0]")
    if not step.shapes[0]:
        return _broadcast(made, step, args, label)
    return args[0]


def _broadcast(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    return made.held(made.stored(made.beside(args[0], step.shapes[0], step.shape), step.shape, label or ""))


def _transpose(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    if len(step.shape) < 2:
        return args[0]
    source = made.stored(args[0], step.shapes[0])
    name = made.declared(step.shape, label)
    _moved(made, source, step.shape, name, 0, steps_of(step.shape), 0, steps_of(step.shapes[0])[::-1])
    return made.held(name)


def _diag(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    n = step.shapes[0][0]
    source = made.stored(args[0], step.shapes[0])
    name = made.declared(step.shape, label, zero=len(step.shape) == 2)
    _moved(
        made, source, (n,), name, 0, [n + 1 if len(step.shape) == 2 else 1], 0, [n + 1 if len(step.shape) == 1 else 1]
    )
    return made.held(name)


def _outer(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    u, v = (made.stored(arg, shape) for arg, shape in zip(args, step.shapes, strict=True))
    name = made.declared(step.shape, label)
    made.nest(step.shape, lambda at: f"{name}[{at[0]}*{step.shape[1]} + {at[1]}] = {u}[{at[0]}]*{v}[{at[1]}];")
    return made.held(name)


def _product(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    ranks, inner = tuple(map(len, step.shapes)), step.shapes[1][0]
    if ranks == (1, 1):
        left, right = ((made.number(arg) if arg.truth else arg) for arg in args)
        return made.total(inner, f"{made.within(left, ATOM)}*{made.within(right, ATOM)}", label)
    u, v = (made.stored(arg, shape) for arg, shape in zip(args, step.shapes, strict=True))
    if ranks == (2, 1):
        name, rows = made.declared(step.shape, label), step.shape[0]
        made.say(f"for (int i0 = 0; i0 < {rows}; i0++) {{")
        made.depth += 1
        made.say("double sum = 0.0;")
        made.over(inner, f"sum += {u}[i0*{inner} + i]*{v}[i];")
        made.say(f"{name}[i0] = sum;")
        made.depth -= 1
        made.say("}")
        return made.held(name)
    # Along the rows of the second one, so that neighbours are worked on together.
    name, columns = made.declared(step.shape, label, zero=True), step.shape[-1]
    if ranks == (1, 2):
        made.nest((inner, columns), lambda at: f"{name}[{at[1]}] += {u}[{at[0]}]*{v}[{at[0]}*{columns} + {at[1]}];")
    else:

        def line(at: list[str]) -> str:
            i, k, j = at
            return f"{name}[{i}*{columns} + {j}] += {u}[{i}*{inner} + {k}]*{v}[{k}*{columns} + {j}];"

        made.nest((step.shape[0], inner, columns), line)
    return made.held(name)


def _reduced(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    shape, op = step.shapes[0], step.op.removesuffix("[]")
    term = made.number(args[0]) if args[0].truth else args[0]
    if step.attr is None and op == "sum":
        return made.total(size(shape), term.text, label)
    source = made.stored(term, shape)
    function = {"sum": "total", "max": "largest", "min": "smallest"}.get(op, op)
    made.helpers[function] = None
    if step.attr is None:
        name = made.namer.own(label) if label else made.namer.fresh()
        made.say(f"const double {name} = {function}({source}, {size(shape)}, 1);")
        return Term(name)
    axis = len(shape) + step.attr
    after, length = size(shape[axis + 1 :]), shape[axis]
    name = made.declared(step.shape, label)
    at = f"i/{after}*{after * length} + i%{after}" if after > 1 else f"i*{length}"
    made.over(size(step.shape), f"{name}[i] = {function}({source} + {at}, {length}, {after});")
    return made.held(name)


def _last(made: CArrays, step: Step, args: Sequence[Term], label: str) -> Term:
    shape = step.shapes[0]
    source = made.stored(args[0], shape)
    made.helpers[step.op] = None
    name = made.declared(shape, label, zero=True)
    if step.attr is None:
        made.say(f"{name}[{step.op}({source}, {size(shape)}, 1)] = 1.0;")
        return made.held(name)
    axis = len(shape) + step.attr
    after, length = size(shape[axis + 1 :]), shape[axis]
    at = f"i/{after}*{after * length} + i%{after}" if after > 1 else f"i*{length}"
    made.over(size(shape) // length, f"{name}[{at} + {step.op}({source} + {at}, {length}, {after})*{after}] = 1.0;")
    return made.held(name)


_RULES: dict[str, Rule] = {
    "vector": _vector,
    "index": _index,
    "place": _set,
    "concat": _concat,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "diag": _diag,
    "outer": _outer,
    "@": _product,
    **dict.fromkeys(("sum[]", "max[]", "min[]", "norm[]", "logsumexp[]"), _reduced),
    **dict.fromkeys(("last_max", "last_min"), _last),
}
