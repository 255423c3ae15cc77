"""The table of rewrites, in dcalc's own language: data only, read on first use as the partials of `primitives` are.

Three kinds, told by the left side:

- a function, `exp(u*log(v))`: wherever such a node would be made, the right side is made instead;
- a product, `sin(u)/cos(u)`: also in longer products, and several times: sin(x)^2/cos(x)^2 is tan(x)^2;
- a sum, `sin(u)^2 + cos(u)^2`: also times anything, and as an equation that is solved for each of its terms:
  1 - sin(x)^2 is cos(x)^2. So all terms of both sides have the same domain, unless `whole` says that the left side
  has to be there as it stands, term by term.

Products and sums are only rewritten where the whole becomes shorter. Wherever the left side has a value the right side
has the same one; where it is not so for every value of the letters, `when` says for which. (What simplification does
without the table is arithmetic: like terms, powers, common factors, fractions.)

No rewrite has a kinked function on either side, other than to leave it out where its argument's sign is known: what is
conventional about a derivative at a kink stays as it is.
"""

from __future__ import annotations

from typing import NamedTuple

Range = tuple[float, float]


class Rewrite(NamedTuple):
    """left is right, for all letters u, v in it."""

    left: str
    right: str
    #: signs that have to be known: "u > 0", "u >= 0"
    when: str = ""
    #: of a sum: the left side has to be there in full
    whole: bool = False
    #: ordinary values for tests: a range for each letter, in alphabetical order
    sample: tuple[Range, ...] = ((-3.0, 3.0), (-3.0, 3.0))


def _alike(*pairs: str, **facts: object) -> tuple[Rewrite, ...]:
    return tuple([Rewrite(*pair.split(" = "), **facts) for pair in pairs])  # type: ignore[arg-type]


_ABOVE_0: tuple[Range, ...] = ((0.01, 5.0), (0.01, 5.0))
_BELOW_1: tuple[Range, ...] = ((-1.0, 1.0),)

#: Functions and their inverses.
INVERSES = (
    *_alike(
        "log(exp(u)) = u",
        "log(1/exp(u)) = -u",
        "exp(log(u)) = u",
        "exp(u*log(v)) = v^u",
        "sin(asin(u)) = u",
        "cos(acos(u)) = u",
    ),
    *_alike("tan(atan(u)) = u", "sinh(asinh(u)) = u", "asinh(sinh(u)) = u", "tanh(atanh(u)) = u"),
    *_alike("atanh(tanh(u)) = u", "log2(exp2(u)) = u", "expm1(log1p(u)) = u", "log1p(expm1(u)) = u"),
    *_alike("cosh(acosh(u)) = u", sample=((1.0, 5.0),)),
    *_alike("cos(asin(u))^2 = 1 - u^2", "sin(acos(u))^2 = 1 - u^2", sample=_BELOW_1),
)

#: Where a sign is known.
SIGNS = (
    Rewrite("abs(u)", "u", when="u >= 0", sample=_ABOVE_0),
    Rewrite("sign(u)", "1", when="u > 0", sample=_ABOVE_0),
)

ROOTS = _alike("sqrt(u)*sqrt(v) = sqrt(u*v)", "sqrt(u)/sqrt(v) = sqrt(u/v)", sample=_ABOVE_0)

EXPONENTIALS = (
    *_alike("exp(-u)/(exp(-u) + 1)^2 = sigmoid(u)*(1 - sigmoid(u))"),
    *_alike("exp(u)/(exp(u) + 1)^2 = sigmoid(u)*(1 - sigmoid(u))"),
    *_alike("exp(u)/(exp(u) + 1) = sigmoid(u)", "1/(exp(-u) + 1) = sigmoid(u)"),
    *_alike("exp(u) + exp(-u) = 2*cosh(u)", "exp(u) - exp(-u) = 2*sinh(u)"),
    *_alike("sinh(u) + cosh(u) = exp(u)", "cosh(u) - sinh(u) = exp(-u)", whole=True),
    *_alike("exp(u)/(exp(2*u) + 1) = 1/(2*cosh(u))", "exp(u)/(exp(2*u) - 1) = 1/(2*sinh(u))"),
    *_alike("log(u) + log(v) = log(u*v)", "log(u) - log(v) = log(u/v)", whole=True, sample=_ABOVE_0),
    *_alike("exp(u + log(v)) = v*exp(u)"),
)

_QUOTIENTS = (
    *_alike("sin(u)/cos(u) = tan(u)", "cos(u)/sin(u) = cot(u)", "1/cos(u) = sec(u)", "1/sin(u) = csc(u)"),
    *_alike("1/tan(u) = cot(u)", "1/cot(u) = tan(u)", "1/sec(u) = cos(u)", "1/csc(u) = sin(u)"),
    *_alike("cos(u)*tan(u) = sin(u)", "sin(u)*cot(u) = cos(u)", "cos(u)*sec(u) = 1", "sin(u)*csc(u) = 1"),
    *_alike("tan(u)*cot(u) = 1", "sin(u)*sec(u) = tan(u)", "cos(u)*csc(u) = cot(u)", "tan(u)*csc(u) = sec(u)"),
    *_alike("cot(u)*sec(u) = csc(u)", "tan(u)/sin(u) = sec(u)", "cot(u)/cos(u) = csc(u)"),
    *_alike("tan(u)/sec(u) = sin(u)", "cot(u)/csc(u) = cos(u)", "sec(u)/tan(u) = csc(u)", "csc(u)/cot(u) = sec(u)"),
    *_alike("sinh(u)/cosh(u) = tanh(u)", "cosh(u)/sinh(u) = coth(u)", "1/cosh(u) = sech(u)", "1/sinh(u) = csch(u)"),
    *_alike("1/tanh(u) = coth(u)", "1/coth(u) = tanh(u)", "1/sech(u) = cosh(u)", "1/csch(u) = sinh(u)"),
    *_alike("cosh(u)*tanh(u) = sinh(u)", "sinh(u)*coth(u) = cosh(u)", "cosh(u)*sech(u) = 1", "sinh(u)*csch(u) = 1"),
    *_alike("tanh(u)*coth(u) = 1", "sinh(u)*sech(u) = tanh(u)", "cosh(u)*csch(u) = coth(u)"),
    *_alike("tanh(u)*csch(u) = sech(u)", "coth(u)*sech(u) = csch(u)", "tanh(u)/sinh(u) = sech(u)"),
    *_alike("coth(u)/cosh(u) = csch(u)", "tanh(u)/sech(u) = sinh(u)", "coth(u)/csch(u) = cosh(u)"),
    *_alike("sech(u)/tanh(u) = csch(u)", "csch(u)/coth(u) = sech(u)"),
)

TRIGONOMETRY = (
    *_QUOTIENTS,
    *_alike("sin(u)*cos(u) = sin(2*u)/2", "sinh(u)*cosh(u) = sinh(2*u)/2"),
    *_alike("sin(u)/sec(u) = sin(2*u)/2", "cos(u)/csc(u) = sin(2*u)/2", "tan(u)/sec(u)^2 = sin(2*u)/2"),
    *_alike("sinh(u)/sech(u) = sinh(2*u)/2", "cosh(u)/csch(u) = sinh(2*u)/2"),
    *_alike("tan(u)*cos(u)^2 = sin(2*u)/2", "sec(u)*csc(u) = 2*csc(2*u)", "sec(u)^2/tan(u) = 2*csc(2*u)"),
    *_alike("sin(u)^2 + cos(u)^2 = 1", "cosh(u)^2 - sinh(u)^2 = 1"),
    *_alike("sec(u)^2 - tan(u)^2 = 1", "csc(u)^2 - cot(u)^2 = 1", "coth(u)^2 - csch(u)^2 = 1"),
    *_alike("cos(u)^2 - sin(u)^2 = cos(2*u)", "cosh(u)^2 + sinh(u)^2 = cosh(2*u)"),
    *_alike("cos(u)^4 - sin(u)^4 = cos(2*u)"),
    *_alike("2*cos(u)^2 - 1 = cos(2*u)", "1 - 2*sin(u)^2 = cos(2*u)"),
    *_alike("2*cosh(u)^2 - 1 = cosh(2*u)", "2*sinh(u)^2 + 1 = cosh(2*u)"),
    *_alike("sin(u)*cos(v) + cos(u)*sin(v) = sin(u + v)", "sin(u)*cos(v) - cos(u)*sin(v) = sin(u - v)", whole=True),
    *_alike("cos(u)*cos(v) - sin(u)*sin(v) = cos(u + v)", "cos(u)*cos(v) + sin(u)*sin(v) = cos(u - v)", whole=True),
)

ANGLES = (
    *_alike("sin(u + pi/2) = cos(u)", "cos(u + pi/2) = -sin(u)", "sin(pi/2 - u) = cos(u)", "cos(pi/2 - u) = sin(u)"),
    *_alike("sin(u + pi) = -sin(u)", "cos(u + pi) = -cos(u)", "tan(u + pi) = tan(u)", "sin(pi - u) = sin(u)"),
    *_alike("cos(pi - u) = -cos(u)", "sin(u + 2*pi) = sin(u)", "cos(u + 2*pi) = cos(u)", "tan(pi/2 - u) = cot(u)"),
)

REWRITES: tuple[Rewrite, ...] = (*INVERSES, *SIGNS, *ROOTS, *EXPONENTIALS, *TRIGONOMETRY, *ANGLES)
