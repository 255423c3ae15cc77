"""The slips that people make at one operation: wrong tangents, made of what the right rule is made of.

This is no table of derivatives: nothing here is ever used to differentiate, only to recognise what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ..graph.build import Builder
from ..graph.exact import is_exact
from ..graph.graph import Graph
from ..primitives.entry import Primitive
from ..sweeps.rules import Rules


class Site:
    """A node to be differentiated wrongly: its arguments (u, v), their tangents (None: constant) and partials."""

    def __init__(self, rules: Rules, node: int, tangents: tuple[int | None, ...], leaf: int) -> None:
        self.rules, self.node, self.tangents, self.leaf = rules, node, tangents, leaf
        self.b: Builder = rules.builder
        self.graph: Graph = rules.graph
        self.args = self.graph.args[node]

    @property
    def entry(self) -> Primitive:
        """The table's entry."""
        entry = self.rules.entry(self.node)
        assert entry is not None
        return entry

    def partial(self, position: int = 0) -> int:
        """The right partial."""
        return self.rules.partial(self.entry, self.node, position)

    def partial_at(self, place: int) -> int:
        """The partial in the first argument with another one in its place."""
        other = self.graph.emit(self.entry.name, (place, *self.args[1:]), self.graph.attrs[self.node])
        return self.b.zero if self.graph.is_const(other) else self.rules.partial(self.entry, other, 0)

    def tangent(self, position: int = 0) -> int:
        """The tangent of an argument."""
        found = self.tangents[position]
        return self.b.zero if found is None else found

    def power(self, base: int, exponent: int) -> int:
        """base^exponent."""
        return self.b.apply("^", (base, exponent))

    def right(self) -> int:
        """The right tangent."""
        total = self.b.zero
        for position, tangent in enumerate(self.tangents):
            if tangent is not None:
                total = self.b.add(total, self.b.mul(self.partial(position), tangent))
        return total


#: A wrong tangent of a node.
Make: TypeAlias = Callable[[Site], int]


class Wrong(NamedTuple):
    """One way to go wrong at a node."""

    kind: str
    words: str
    make: Make


CHAIN, PRODUCT, QUOTIENT, POWER = "chain rule", "product rule", "quotient rule", "power rule"
EXPONENTIAL, LOGARITHM, SUM, SIGN = "exponential rule", "logarithm rule", "sum rule", "sign"
FACTOR, CONSTANT, FUNCTION = "constant factor", "constant", "derivative of a function"
#: Which explanation is the likelier one where several fit.
RANK = (CHAIN, PRODUCT, QUOTIENT, POWER, EXPONENTIAL, LOGARITHM, CONSTANT, FUNCTION, SIGN, FACTOR, SUM)
#: Functions whose derivative has a minus that people forget.
FALLING = frozenset(("cos", "cot", "csc", "acos", "acot", "sech", "csch", "coth", "erfc"))
FALLS = "the minus of the derivative of {f}, which is {df}, is missing"


def ways(site: Site) -> Iterator[Wrong]:
    """The slips that can be made at a node."""
    name = site.entry.name
    varies = [tangent is not None for tangent in site.tangents]
    if name in ("+", "-"):
        yield from _sum(site, varies, name)
    elif name == "*":
        yield from _product(varies)
    elif name == "/":
        yield from _quotient(varies)
    elif name == "^":
        if varies[0]:
            yield from _power(site, varies)
        if varies[1]:
            yield from _exponential(site, varies)
    elif len(varies) == 1 and name != "neg":
        yield from _function(site, name)
    if varies[0] and (name == "^" or (len(varies) == 1 and name != "neg")):
        yield from _chain(site)
    if name in FALLING:
        yield Wrong(SIGN, FALLS, lambda s: s.b.neg(s.right()))
    elif name not in ("+", "-"):
        yield Wrong(SIGN, "the derivative of {f} is {df}: the sign is turned around", lambda s: s.b.neg(s.right()))


def _chain(site: Site) -> Iterator[Wrong]:
    if site.args[0] == site.leaf:
        return
    yield Wrong(CHAIN, "the inner derivative of {f}, which is {du}, is missing", lambda s: s.partial())
    yield Wrong(CHAIN, "the derivative of the outer function of {f} is missing: only {du} is left", Site.tangent)
    yield Wrong(
        CHAIN, "the outer derivative of {f} is taken at {x} instead of {u}",
        lambda s: s.b.mul(s.partial_at(s.leaf), s.tangent()),
    )  # fmt: skip
    if not site.graph.is_const(site.tangent()):
        yield Wrong(
            CHAIN, "the outer derivative of {f} is taken at {du} instead of {u}", lambda s: s.partial_at(s.tangent())
        )
        yield Wrong(
            CHAIN, "the outer derivative of {f} is taken at {du} instead of {u}",
            lambda s: s.b.mul(s.partial_at(s.tangent()), s.tangent()),
        )  # fmt: skip
    yield Wrong(
        CHAIN, "the inner derivative of {f}, which is {du}, is added instead of multiplied",
        lambda s: s.b.add(s.partial(), s.tangent()),
    )  # fmt: skip
    yield Wrong(
        CHAIN, "{f} is divided by its inner derivative {du} instead of multiplied",
        lambda s: s.b.div(s.partial(), s.tangent()),
    )  # fmt: skip
    yield Wrong(
        CHAIN, "the inner derivative of {f}, which is {du}, stands there twice",
        lambda s: s.b.mul(s.partial(), s.power(s.tangent(), s.b.const(2))),
    )  # fmt: skip
    yield Wrong(
        CHAIN, "{f} is multiplied with {u}, not with its derivative {du}",
        lambda s: s.b.mul(s.partial(), s.args[0]),
    )  # fmt: skip


def _product(varies: Sequence[bool]) -> Iterator[Wrong]:
    if not all(varies):
        k = 1 - varies.index(True)
        factor = "uv"[k]
        yield Wrong(FACTOR, f"the constant factor {{{factor}}} of {{f}} is missing", lambda s: s.tangent(1 - k))
        yield Wrong(
            FACTOR, f"{{{factor}}} is a factor of {{f}}, not a term: it stays when {{f}} is differentiated",
            lambda s: s.b.zero,
        )  # fmt: skip
        yield Wrong(
            PRODUCT, f"the constant factor {{{factor}}} of {{f}} stays a factor, its derivative is 0",
            lambda s: s.b.add(s.right(), s.args[1 - k]),
        )  # fmt: skip
        return
    yield Wrong(
        PRODUCT, "the derivative of {f} is not the product of the derivatives, {du} and {dv}",
        lambda s: s.b.mul(s.tangent(0), s.tangent(1)),
    )  # fmt: skip
    yield Wrong(
        PRODUCT, "the second term of {f} is missing: {u} times {dv}, the derivative of {v}",
        lambda s: s.b.mul(s.args[1], s.tangent(0)),
    )  # fmt: skip
    yield Wrong(
        PRODUCT, "the first term of {f} is missing: {v} times {du}, the derivative of {u}",
        lambda s: s.b.mul(s.args[0], s.tangent(1)),
    )  # fmt: skip
    for k in (0, 1):
        yield Wrong(
            PRODUCT, "the two terms of {f} are added, not subtracted",
            lambda s, k=k: s.b.sub(s.b.mul(s.tangent(k), s.args[1 - k]), s.b.mul(s.args[k], s.tangent(1 - k))),  # type: ignore[misc]
        )  # fmt: skip
    yield Wrong(
        PRODUCT, "the derivatives of the factors of {f} are added; each has to be multiplied with the other factor",
        lambda s: s.b.add(s.tangent(0), s.tangent(1)),
    )  # fmt: skip
    yield Wrong(
        PRODUCT, "in {f} each factor's derivative goes with the other factor, not with its own",
        lambda s: s.b.add(s.b.mul(s.tangent(0), s.args[0]), s.b.mul(s.tangent(1), s.args[1])),
    )  # fmt: skip


def _numerator(s: Site, sign: str = "-") -> int:
    return s.b.apply(sign, (s.b.mul(s.tangent(0), s.args[1]), s.b.mul(s.args[0], s.tangent(1))))


def _quotient(varies: Sequence[bool]) -> Iterator[Wrong]:
    if not varies[1]:
        yield Wrong(FACTOR, "the division of {f} by {v} is missing", lambda s: s.tangent(0))
        yield Wrong(
            FACTOR, "{v} in {f} is a constant: divide the derivative by it once",
            lambda s: s.b.div(s.tangent(0), s.power(s.args[1], s.b.const(2))),
        )  # fmt: skip
        return
    if varies[0]:
        yield Wrong(
            QUOTIENT, "the numerator of {f}'s derivative is the other way round: u'*v - u*v', with u = {u} and v = {v}",
            lambda s: s.b.neg(s.right()),
        )  # fmt: skip
        yield Wrong(
            QUOTIENT, "the derivative of {f} is not the quotient of the derivatives, {du} and {dv}",
            lambda s: s.b.div(s.tangent(0), s.tangent(1)),
        )  # fmt: skip
        yield Wrong(
            QUOTIENT, "the terms u'*v and u*v' of {f} are subtracted, not added",
            lambda s: s.b.div(_numerator(s, "+"), s.power(s.args[1], s.b.const(2))),
        )  # fmt: skip
        yield Wrong(
            QUOTIENT, "the derivative of the denominator {v} of {f}, {dv}, is missing: -u*v'/v^2",
            lambda s: s.b.div(s.tangent(0), s.args[1]),
        )  # fmt: skip
        yield Wrong(
            QUOTIENT, "the derivative of the numerator {u} of {f}, {du}, is missing: u'/v",
            lambda s: s.b.mul(s.partial(1), s.tangent(1)),
        )  # fmt: skip
        yield Wrong(
            QUOTIENT, "the numerator of {f}'s derivative is not the product of the derivatives, {du} and {dv}",
            lambda s: s.b.div(s.b.mul(s.tangent(0), s.tangent(1)), s.power(s.args[1], s.b.const(2))),
        )  # fmt: skip
    else:
        yield Wrong(QUOTIENT, "the derivative of {f} has a minus: -u*v'/v^2 with v = {v}", lambda s: s.b.neg(s.right()))
        yield Wrong(
            QUOTIENT, "the derivative of {f} is not the reciprocal of that of {v}, {dv}",
            lambda s: s.b.div(s.args[0], s.tangent(1)),
        )  # fmt: skip
        yield Wrong(
            CHAIN, "the inner derivative of {f}, that of {v}, which is {dv}, is missing", lambda s: s.partial(1)
        )
    yield Wrong(
        QUOTIENT, "the square of the denominator {v} of {f} is missing: (u'*v - u*v')/v^2",
        lambda s: s.b.div(_numerator(s), s.args[1]),
    )  # fmt: skip
    yield Wrong(QUOTIENT, "the denominator of {f}'s derivative, the square of {v}, is missing", _numerator)


def _power(site: Site, varies: Sequence[bool]) -> Iterator[Wrong]:
    if varies[1]:
        yield Wrong(
            POWER, "the exponent {v} of {f} is no constant: the power rule alone does not do",
            lambda s: s.b.mul(s.b.mul(s.args[1], s.power(s.args[0], s.b.sub(s.args[1], s.b.one))), s.tangent(0)),
        )  # fmt: skip
        return
    one = site.b.one

    def term(factor: Make, exponent: Make) -> Make:
        return lambda s: s.b.mul(s.b.mul(factor(s), s.power(s.args[0], exponent(s))), s.tangent())

    n: Make = lambda s: s.args[1]  # noqa: E731
    below: Make = lambda s: s.b.sub(s.args[1], one)  # noqa: E731
    above: Make = lambda s: s.b.add(s.args[1], one)  # noqa: E731
    yield Wrong(POWER, "the factor {v} from the exponent of {f} is missing", term(lambda s: one, below))
    yield Wrong(POWER, "the exponent of {f} stays {v}, it has to go down by one", term(n, n))
    yield Wrong(POWER, "the exponent of {f} goes up by one instead of down", term(n, above))
    yield Wrong(POWER, "the factor is the old exponent {v} of {f}, not the new one", term(below, below))
    yield Wrong(POWER, "the factor is the old exponent {v} of {f}, and it goes down by one", term(below, n))
    yield Wrong(POWER, "the exponent of {f} goes down by one, not by two", term(n, lambda s: s.b.sub(below(s), one)))
    yield Wrong(
        POWER, "{f} is multiplied with its exponent {v}, not divided by it",
        lambda s: s.b.mul(s.b.div(s.power(s.args[0], below(s)), n(s)), s.tangent()),
    )  # fmt: skip
    yield Wrong(
        POWER, "{f} is integrated, not differentiated",
        lambda s: s.b.mul(s.b.div(s.power(s.args[0], above(s)), above(s)), s.tangent()),
    )  # fmt: skip
    yield Wrong(
        POWER, "the derivative of {f} is not the power of the derivative {du}",
        lambda s: s.power(s.tangent(), s.args[1]),
    )  # fmt: skip
    yield Wrong(
        POWER, "{f} is no exponential function: the exponent {v} is a constant",
        lambda s: s.b.mul(s.node, s.b.apply("log", (s.args[0],))),
    )  # fmt: skip


def _exponential(site: Site, varies: Sequence[bool]) -> Iterator[Wrong]:
    if varies[0]:
        yield Wrong(
            EXPONENTIAL, "the base {u} of {f} is no constant: the exponential rule alone does not do",
            lambda s: s.b.mul(s.partial(1), s.tangent(1)),
        )  # fmt: skip
        return
    yield Wrong(
        EXPONENTIAL, "the factor log({u}) is missing in the derivative of {f}", lambda s: s.b.mul(s.node, s.tangent(1))
    )
    yield Wrong(
        EXPONENTIAL, "the exponent of {f} is the variable: the power rule is not for it",
        lambda s: s.b.mul(s.partial(0), s.tangent(1)),
    )  # fmt: skip
    yield Wrong(
        EXPONENTIAL, "{f} is multiplied with log({u}), not divided by it",
        lambda s: s.b.mul(s.b.div(s.node, s.b.apply("log", (s.args[0],))), s.tangent(1)),
    )  # fmt: skip
    if site.args[1] != site.leaf:
        yield Wrong(
            CHAIN, "the inner derivative of {f}, that of {v}, which is {dv}, is missing", lambda s: s.partial(1)
        )


def _sum(site: Site, varies: Sequence[bool], op: str) -> Iterator[Wrong]:
    other = "-" if op == "+" else "+"
    if all(varies):
        yield Wrong(
            SIGN, f"the sign of the term {{v}} is {op}: the derivative {{dv}} keeps it",
            lambda s: s.b.apply(other, (s.tangent(0), s.tangent(1))),
        )  # fmt: skip
        yield Wrong(SUM, "the derivative of the term {v}, which is {dv}, is missing", lambda s: s.tangent(0))
        yield Wrong(
            SUM, "the derivative of the term {u}, which is {du}, is missing",
            lambda s: s.b.apply(op, (s.b.zero, s.tangent(1))),
        )  # fmt: skip
        for k in (0, 1):
            yield Wrong(
                SUM, f"the term {{{'uv'[k]}}} is not differentiated: its derivative is {{d{'uv'[k]}}}",
                lambda s, k=k: s.b.apply(op, tuple(s.args[j] if j == k else s.tangent(j) for j in (0, 1))),  # type: ignore[misc]
            )  # fmt: skip
        return
    k = varies.index(False)
    yield Wrong(
        CONSTANT, f"the derivative of the constant {{{'uv'[k]}}} is 0, the claim keeps it",
        lambda s: s.b.apply(op, tuple(s.args[j] if j == k else s.tangent(j) for j in (0, 1))),
    )  # fmt: skip
    yield Wrong(
        CONSTANT, f"the derivative of the constant {{{'uv'[k]}}} is 0, not 1",
        lambda s: s.b.apply(op, tuple(s.b.one if j == k else s.tangent(j) for j in (0, 1))),
    )  # fmt: skip
    if not (site.graph.is_const(site.args[k]) and is_exact(site.graph.attrs[site.args[k]])):
        return
    yield Wrong(
        CONSTANT, f"the derivative of the constant {{{'uv'[k]}}} is 0: it is no factor of the rest",
        lambda s: s.b.mul(s.args[k], s.right()),
    )  # fmt: skip


#: Formulas for the partial that are written by mistake, over u and the result y. What is wrong, beside each.
FALSE_PARTIALS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "log2": (("1/u", LOGARITHM, "{f} is to base 2: the factor 1/log(2) is missing"),
             ("log(2)/u", LOGARITHM, "{f} is divided by log(2), not multiplied with it")),
    "log10": (("1/u", LOGARITHM, "{f} is to base 10: the factor 1/log(10) is missing"),
              ("log(10)/u", LOGARITHM, "{f} is divided by log(10), not multiplied with it")),
    "log": (("1/(u*log(10))", LOGARITHM, "log is the natural logarithm: {f} has no factor 1/log(10)"),
            ("-1/u^2", LOGARITHM, "the derivative of {f} is that of the logarithm, 1/u, not that of 1/u")),
    "exp": (("u*exp(u - 1)", EXPONENTIAL, "the exponent of {f} is the variable: the power rule is not for it"),
            ("exp(u - 1)", EXPONENTIAL, "the exponent of {f} stays as it is")),
    "exp2": (("y", EXPONENTIAL, "the factor log(2) is missing in the derivative of {f}"),),
    "sqrt": (("1/y", POWER, "the factor 1/2 is missing in the derivative of {f}"),
             ("-1/(2*y)", POWER, "the derivative of {f} has no minus"),
             ("y/2", POWER, "the exponent 1/2 of {f} goes down by one: 1/(2*sqrt(u))"),
             ("1/(2*u)", POWER, "the root is missing in the denominator of the derivative of {f}"),
             ("2/y", POWER, "the factor of {f}'s derivative is 1/2, not 2")),
    "cbrt": (("1/(3*y)", POWER, "the exponent of {f} is 1/3 - 1 = -2/3"),
             ("1/y^2", POWER, "the factor 1/3 of {f} is missing")),
    "sin": (("sin(u)", FUNCTION, "the derivative of sin is cos, not sin"),),
    "cos": (("cos(u)", FUNCTION, "the derivative of cos is -sin, not cos"),),
    "tan": (("1/cos(u)", FUNCTION, "the square is missing: the derivative of tan is 1/cos^2"),
            ("cot(u)", FUNCTION, "the derivative of tan is 1/cos^2, not cot"),
            ("y", FUNCTION, "the derivative of tan is 1/cos^2, not tan"),
            ("-1/sin(u)^2", FUNCTION, "the derivative of tan is 1/cos^2; that is the one of cot"),
            ("1/(1 + u^2)", FUNCTION, "the derivative of tan is 1/cos^2; that is the one of atan")),
    "asin": (("1/(1 - u^2)", FUNCTION, "the root is missing: the derivative of asin is 1/sqrt(1 - u^2)"),
             ("1/sqrt(1 + u^2)", FUNCTION, "the derivative of asin has 1 - u^2 under the root"),
             ("cos(u)/-sin(u)^2", FUNCTION, "asin is the inverse function of sin, not 1/sin")),
    "acos": (("1/(1 - u^2)", FUNCTION, "the derivative of acos is -1/sqrt(1 - u^2)"),
             ("-1/(1 - u^2)", FUNCTION, "the root is missing: the derivative of acos is -1/sqrt(1 - u^2)")),
    "atan": (("1/sqrt(1 + u^2)", FUNCTION, "the derivative of atan has no root: 1/(1 + u^2)"),
             ("1/(1 - u^2)", FUNCTION, "the derivative of atan has a plus: 1/(1 + u^2)"),
             ("1/sqrt(1 - u^2)", FUNCTION, "the derivative of atan is 1/(1 + u^2); that is the one of asin"),
             ("-1/sin(u)^2", FUNCTION, "atan is the inverse function of tan, not 1/tan")),
    "tanh": (("1 + y^2", FUNCTION, "the derivative of tanh is 1 - tanh^2"),
             ("sech(u)", FUNCTION, "the square is missing: the derivative of tanh is sech^2")),
    "sigmoid": (("y", FUNCTION, "the factor 1 - sigmoid is missing in the derivative of {f}"),
                ("1 - y", FUNCTION, "the factor sigmoid is missing in the derivative of {f}"),
                ("y*(1 + y)", FUNCTION, "the derivative of {f} is y*(1 - y), with a minus")),
    "abs": (("1", FUNCTION, "the derivative of {f} is sign({u}), which is -1 where {u} is negative"),),
}  # fmt: skip


def _function(site: Site, name: str) -> Iterator[Wrong]:
    for text, kind, words in FALSE_PARTIALS.get(name, ()):
        yield Wrong(
            kind, words, lambda s, text=text: s.b.mul(s.rules.formula(s.entry, text, s.node), s.tangent())  # type: ignore[misc]
        )  # fmt: skip
    if name not in FALSE_PARTIALS or name == "log":
        words = "the function of {f} is not differentiated, only what is inside"
        yield Wrong(FUNCTION, words, lambda s: s.b.mul(s.node, s.tangent()))
