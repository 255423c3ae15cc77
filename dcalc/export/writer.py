"""Steps of a plan as statements: what is used once stands where it is used, what is shared has a name.

A language says how each operation is written (`Form`), how a name is bound and what a loop looks like; the rest is the
same for all. No text of the user's is written here, only names that a `Namer` made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar, NamedTuple

from ..evaluate.plan import Plan, Step, make_plan
from ..graph.exact import NAMED, Constant, to_float
from ..graph.loops import Loop
from ..graph.shapes import Places, Shape
from .names import Namer
from .scalars import UnwrittenError
from .tidy import tidied

#: How tightly a text holds together.
LOOSE, OR, AND, NOT, TRUTH, SUM, PRODUCT, SIGN, ATOM = range(9)
#: A part that is used once stands within another one up to this length, and a statement is not much longer than this.
INLINE, LINE = 44, 96
#: Whole numbers up to here are doubles.
WHOLE = 2**53
#: Decimals with no more characters than this are clearer than a quotient.
SHORT = 8


class Term(NamedTuple):
    """A text that stands for a value. truth: it is a truth value and no number. plain: a name or a constant."""

    text: str
    level: int = ATOM
    truth: bool = False
    plain: bool = True


class Form(NamedTuple):
    """How an operation is written: `{0}` is the first argument. wants: the level that each argument must have.

    truth: it gives a truth value; takes: which arguments it takes as such. helper: what it needs, see `Writer.helpers`.
    """

    text: str
    level: int = ATOM
    wants: tuple[int, ...] = ()
    truth: bool = False
    takes: tuple[int, ...] = ()
    helper: str = ""


def infix(sign: str, level: int, left: int, right: int, *, truth: bool = False, takes: tuple[int, ...] = ()) -> Form:
    """An operator between its arguments."""
    return Form(f"{{0}} {sign} {{1}}", level, (left, right), truth, takes)


#: What all of the languages write alike.
ARITHMETIC = {
    "+": infix("+", SUM, SUM, PRODUCT),
    "-": infix("-", SUM, SUM, PRODUCT),
    "*": Form("{0}*{1}", PRODUCT, (PRODUCT, ATOM)),
    "/": Form("{0}/{1}", PRODUCT, (PRODUCT, ATOM)),
    "neg": Form("-{0}", SIGN, (ATOM,)),
    "<": infix("<", TRUTH, SUM, SUM, truth=True),
    "<=": infix("<=", TRUTH, SUM, SUM, truth=True),
    ">": infix(">", TRUTH, SUM, SUM, truth=True),
    ">=": infix(">=", TRUTH, SUM, SUM, truth=True),
    "==": infix("==", TRUTH, SUM, SUM, truth=True),
    "!=": infix("!=", TRUTH, SUM, SUM, truth=True),
}


class Writer:
    """Writes the steps of plans in one language."""

    #: operation -> how it is written
    forms: ClassVar[Mapping[str, Form]] = ARITHMETIC
    indent = "    "

    def __init__(self, namer: Namer) -> None:
        self.namer = namer
        #: what the forms need beside the language's own, in the order of use
        self.helpers: dict[str, None] = {}
        self.lines: list[str] = []
        self.depth = 1
        #: of loops: what each of their states is called
        self._states: dict[int, dict[int, Term]] = {}

    # -- what a language says -------------------------------------------------------------------------------

    def whole(self, value: int) -> str:
        """A whole number that is not negative."""
        return f"{value}.0"

    def named(self, name: str) -> str:
        """`pi`, `e`, `inf` or `nan`."""
        raise NotImplementedError

    def bind(self, name: str, term: Term, shape: Shape) -> str:
        """The statement that gives a value a name."""
        raise NotImplementedError

    def number(self, term: Term) -> Term:
        """A truth value as a number."""
        raise NotImplementedError

    def truth(self, term: Term) -> Term:
        """A number as a truth value."""
        return term if term.truth else Term(f"{self.within(term, SUM)} != {self.whole(0)}", TRUTH, True, False)

    def picked(self, name: str, shape: Shape, places: Places) -> str:
        """A number of an input that is an array."""
        raise NotImplementedError

    def loop(self, step: Step, args: Sequence[Term], name: str) -> dict[int, Term]:
        """Write a loop; its states afterwards."""
        raise NotImplementedError

    def special(self, step: Step, args: Sequence[Term]) -> Term | None:
        """A step that no form tells how to write, or None."""
        return None

    def block(self, step: Step, args: Sequence[Term], label: str, *, once: bool) -> Term | None:
        """A step that is statements of its own, or None."""
        return None

    # -- what is common -------------------------------------------------------------------------------------

    def say(self, line: str) -> None:
        """A line at the present depth."""
        self.lines.append(self.indent * self.depth + line)

    def within(self, term: Term, level: int) -> str:
        """A term's text where that level is needed."""
        return term.text if term.level >= level else f"({term.text})"

    def constant(self, value: Constant) -> Term:
        """A constant, exact to the last digit."""
        if isinstance(value, str) and value in NAMED:
            return Term(self.named(value))
        if isinstance(value, Fraction) and max(abs(value.numerator), value.denominator) <= WHOLE:
            short = repr(abs(float(value)))
            text = (
                short if len(short) <= SHORT else f"{self.whole(abs(value.numerator))}/{self.whole(value.denominator)}"
            )
            level = ATOM if text == short else PRODUCT
        else:
            number = to_float(value)
            if number != number or number in (float("inf"), float("-inf")):
                text = self.named("nan" if number != number else "inf")
            else:
                text = (
                    self.whole(int(abs(number))) if number.is_integer() and abs(number) <= WHOLE else repr(abs(number))
                )
            value, level = number, ATOM
        return Term(f"-{text}", SIGN) if value < 0 else Term(text, level)

    def write(self, plan: Plan, inputs: Mapping[int, Term], labels: Mapping[int, str]) -> list[Term]:
        """Write a plan's steps; the terms of its outputs."""
        plan = tidied(plan, labels)
        constants = dict(plan.constants)
        terms: dict[int, Term] = {slot: self.constant(value) for slot, value in plan.constants}
        terms |= inputs
        uses = Counter(plan.outputs)
        for step in plan.steps:
            uses.update(step.args)
            if self.repeats(step, constants):
                uses.update(step.args[:1])
        for step in plan.steps:
            if step.op in ("loop", "back"):
                terms |= {step.slot: Term("")}
                self._loop(step, [terms[arg] for arg in step.args], labels.get(step.slot, ""))
                continue
            if step.op == "index" and step.args[0] in self._states:
                terms[step.slot] = self._states[step.args[0]][step.attr[0]]
                continue
            label = labels.get(step.slot, "")
            made = self.block(step, [terms[arg] for arg in step.args], label, once=uses[step.slot] == 1)
            if made is not None:
                terms[step.slot] = made
                continue
            term = self._term(step, [terms[arg] for arg in step.args], constants)
            once = uses[step.slot] == 1 and len(term.text) <= INLINE and not step.shape and not any(step.shapes)
            if label or not (once or term.plain):
                name = self.namer.own(label) if label else self.namer.fresh()
                self.say(self.bind(name, term, step.shape))
                term = Term(name, ATOM, term.truth)
            terms[step.slot] = term
        return [terms[slot] for slot in plan.outputs]

    def _loop(self, step: Step, args: Sequence[Term], name: str) -> None:
        if step.op != "loop" or any(step.shapes) or any(step.attr.shapes):
            raise UnwrittenError("a loop backwards" if step.op == "back" else "a loop that carries arrays")
        self._states[step.slot] = self.loop(step, args, name)

    def _term(self, step: Step, args: Sequence[Term], constants: Mapping[int, Constant]) -> Term:
        found = self.special(step, args)
        if found is not None:
            return found
        if step.op == "^":
            found = self.power(args, constants.get(step.args[1]))
            if found is not None:
                return found
        form = self.forms.get(step.op)
        if form is None:
            raise UnwrittenError(step.op.removesuffix("[]"))
        return self.filled(form, args)

    def filled(self, form: Form, args: Sequence[Term]) -> Term:
        """A form with its arguments."""
        if form.helper:
            self.helpers[form.helper] = None
        texts = []
        for k, arg in enumerate(args):
            arg = self.truth(arg) if k in form.takes else self.number(arg) if arg.truth else arg
            texts.append(self.within(arg, form.wants[k] if k < len(form.wants) else LOOSE))
        return Term(form.text.format(*texts), form.level, form.truth, False)

    # -- powers ---------------------------------------------------------------------------------------------

    def repeats(self, step: Step, constants: Mapping[int, Constant]) -> bool:
        """Whether a step's first argument is written more than once."""
        return step.op == "^" and type(constants.get(step.args[1])) is int and constants[step.args[1]] in (2, 3, 4, -2)

    def power(self, args: Sequence[Term], exponent: Constant | None) -> Term | None:
        """A power that is a product or a quotient; None where it is none."""
        base = self.number(args[0]) if args[0].truth else args[0]
        u = self.within(base, ATOM)
        if exponent in (2, 3):
            return Term("*".join([u] * int(exponent)), PRODUCT, False, False)
        if exponent == 4:
            return Term(f"({u}*{u})*({u}*{u})", PRODUCT, False, False)
        if exponent == -1:
            return self.quotient(Term(self.whole(1)), base)
        if exponent == -2:
            return self.quotient(self.quotient(Term(self.whole(1)), base), base)
        return None

    def quotient(self, u: Term, v: Term) -> Term:
        """u/v."""
        return self.filled(self.forms["/"], [u, v])

    # -- loops ----------------------------------------------------------------------------------------------

    def round(self, loop: Loop, states: Sequence[Term], counter: Term, given: Sequence[Term]) -> list[Term]:
        """Write what a round does; the new states."""
        plan = make_plan(loop.body.graph, loop.body.results)
        values = [*states, counter, *given]
        inputs = {one.slot: values[int(one.name)] for one in plan.inputs}
        outer, self._states = self._states, {}
        try:
            return self.write(plan, inputs, {})
        finally:
            self._states = outer


def rows(texts: Sequence[str], shape: Shape, opening: str = "[", closing: str = "]") -> str:
    """Texts of numbers in nested brackets of a shape."""
    found = list(texts)
    for length in reversed(shape):
        found = [
            opening + ", ".join(found[k : k + length]) + closing for k in range(0, max(len(found), 1), max(length, 1))
        ]
    return found[0] if shape else texts[0]


def broken(text: str, indent: str, width: int = 110) -> list[str]:
    """A long text with commas as several lines."""
    lines, line = [], ""
    for part in text.split(", "):
        if line and len(indent) + len(line) + len(part) + 2 > width:
            lines.append(indent + line + ",")
            line = part
        else:
            line = f"{line}, {part}" if line else part
    return [*lines, indent + line]
