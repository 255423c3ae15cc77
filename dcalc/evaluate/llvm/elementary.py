"""The elementary functions over vectors, in IR: at most 1.5 units in the last place, right at the ends of the range.

The methods are those of fdlibm (Sun, 1993), whose coefficients for sine, cosine, logarithm and arc tangent these are,
with FMA instead of split constants; the others' coefficients are Chebyshev fits of 60 digits (mpmath.chebyfit).
What is rare (huge arguments, mostly) is left to C's function, lane by lane.
"""

from __future__ import annotations

from .ir import MAGIC, Body

INF, NAN = float("inf"), float("nan")
LOG2_E, LN2, LN2_LOW = 1.4426950408889634, 0.6931471805599453, 2.3190468138462996e-17
#: pi/2 in parts of 53, 33 and 53 bits: the second one's product with a whole number below 2^20 is exact
HALF_PI = (1.5707963267948966, 6.12323399538461e-17, 3.5215598651832e-27)
TWO_OVER_PI = 0.6366197723675814
#: Beyond it the three parts do not do.
HUGE = 1e6

#: (exp(r) - 1 - r)/r^2 for |r| <= log(2)/2: within 0.06 units in the last place of the exponential, and far better
EXP_SHORT = (
    0.5000000000000001, 0.16666666666666669, 0.04166666666662406, 0.008333333333330056, 0.0013888888917248936,
    0.000198412698630807, 2.480152124124265e-05, 2.7557268417923028e-06, 2.7620114464068775e-07,
    2.5100405504139376e-08,
)  # fmt: skip
EXP = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326124, 0.001388888888888374, 0.0001984126987486234,
    2.480158732557753e-05, 2.755725534730565e-06, 2.7557273605333396e-07, 2.5105239017360528e-08,
    2.0914702687466127e-09,
)  # fmt: skip
SIN = (
    -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
    -2.50507602534068634195e-08, 1.58969099521155010221e-10,
)  # fmt: skip
COS = (
    4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05, -2.75573143513906633035e-07,
    2.08757232129817482790e-09, -1.13596475577881948265e-11,
)  # fmt: skip
LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
ATAN = (
    3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01, -1.11111104054623557880e-01,
    9.09088713343650656196e-02, -7.69187620504482999495e-02, 6.66107313738753120669e-02, -5.83357013379057348645e-02,
    4.97687799461593236017e-02, -3.65315727442169155270e-02, 1.62858201153657823623e-02,
)  # fmt: skip
#: Where the argument of the arc tangent is reduced: from, subtracted angle's tangent, the angle in two parts.
ATAN_AT = (
    (0.4375, 0.5, 4.63647609000806093515e-01, 2.26987774529616870924e-17),
    (0.6875, 1.0, 7.85398163397448278999e-01, 3.06161699786838301793e-17),
    (1.1875, 1.5, 9.82793723247329054082e-01, 1.39033110312309984516e-17),
    (2.4375, INF, 1.57079632679489655800e00, 6.12323399573676603587e-17),
)
#: log(2) in 32 bits, so that its product with an exponent is exact, and the rest
LN2_SHORT, LN2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROOT_HALF = 0x3FE6A09E667F3BCD
ONE = 0x3FF0000000000000
SIGN = -(2**63)


def rounded(b: Body, x: str, factor: float) -> tuple[str, str]:
    """The whole number nearest to x*factor, as a number and as the bits of its sum with MAGIC."""
    sum_ = b.fma(x, b.constant(factor), b.constant(MAGIC))
    return b.sub(sum_, b.constant(MAGIC)), sum_


def power_of_two(b: Body, n: str) -> str:
    """2^n for whole numbers n from -1022 to 1023, as numbers."""
    return b.from_bits(b.integer("shl", b.bits(b.add(n, b.constant(MAGIC + 1023))), 52))


def scaled(b: Body, value: str, n: str) -> str:
    """value*2^n for whole numbers n from -1100 to 1100, rounded once."""
    if b.width == 8 and b.module.avx512:
        name, kind = "@llvm.x86.avx512.mask.scalef.pd.512", b.double
        b.module.declare(f"declare {kind} {name}({kind}, {kind}, {kind}, i8, i32)")
        return b.do(f"call {kind} {name}({kind} {value}, {kind} {n}, {kind} zeroinitializer, i8 -1, i32 4)")
    half = b.sub(b.fma(n, b.constant(0.5), b.constant(MAGIC)), b.constant(MAGIC))
    rest = b.sub(n, half)
    return b.mul(b.mul(value, power_of_two(b, half)), power_of_two(b, rest))


def clamped(b: Body, x: str, low: float, high: float) -> str:
    """x kept between two numbers; what is no number stays."""
    x = b.select(b.compare("ogt", x, b.constant(high)), b.constant(high), x)
    return b.select(b.compare("olt", x, b.constant(low)), b.constant(low), x)


def exp(b: Body, x: str) -> str:
    """e^x."""
    x = clamped(b, x, -746.0, 710.0)
    n, _ = rounded(b, x, LOG2_E)
    minus = b.neg(n)
    r = b.fma(minus, b.constant(LN2_LOW), b.fma(minus, b.constant(LN2), x))
    return scaled(b, b.polynomial(r, (1.0, 1.0, *EXP_SHORT)), n)


def exp2(b: Body, x: str) -> str:
    """2^x."""
    x = clamped(b, x, -1076.0, 1025.0)
    n, _ = rounded(b, x, 1.0)
    part = b.sub(x, n)
    r = b.mul(part, b.constant(LN2))
    low = b.fma(part, b.constant(LN2_LOW), b.fma(part, b.constant(LN2), b.neg(r)))
    more = b.fma(b.mul(r, r), b.polynomial(r, EXP), low)
    return scaled(b, b.add(b.add(r, more), b.constant(1.0)), n)


def exp_less_one(b: Body, x: str) -> tuple[str, str]:
    """e^x - 1 in two parts, the second far smaller; |x| below 40."""
    n, _ = rounded(b, x, LOG2_E)
    minus = b.neg(n)
    first = b.fma(minus, b.constant(LN2), x)
    r = b.fma(minus, b.constant(LN2_LOW), first)
    low = b.fma(minus, b.constant(LN2_LOW), b.sub(first, r))
    more = b.fma(b.mul(r, r), b.polynomial(r, EXP), b.fma(low, r, low))
    high = b.add(r, more)
    low = b.add(b.sub(r, high), more)
    scale = power_of_two(b, n)
    high, low = b.mul(high, scale), b.mul(low, scale)
    return two_sum(b, b.sub(scale, b.constant(1.0)), high, low)


def two_sum(b: Body, x: str, y: str, low: str) -> tuple[str, str]:
    """x + y + low in two parts (Knuth)."""
    total = b.add(x, y)
    part = b.sub(total, x)
    error = b.add(b.sub(x, b.sub(total, part)), b.sub(y, part))
    return total, b.add(error, low)


def expm1(b: Body, x: str) -> str:
    """e^x - 1."""
    high, low = exp_less_one(b, clamped(b, x, -39.0, 39.0))
    near = b.add(high, low)
    near = b.select(b.compare("ogt", b.abs(x), b.constant(1e-300)), near, x)
    value = b.select(b.compare("ogt", x, b.constant(38.0)), exp(b, x), near)
    return b.select(b.compare("uno", x, x), x, value)


def quotient(b: Body, high: str, low: str, over: str, over_low: str) -> str:
    """(high + low)/(over + over_low): one division, and the remainder's share."""
    inverse = b.div(b.constant(1.0), over)
    first = b.mul(high, inverse)
    rest = b.fma(b.neg(first), over, high)
    rest = b.add(rest, b.fma(b.neg(first), over_low, low))
    return b.fma(rest, inverse, first)


def divided(b: Body, u: str, v: str) -> str:
    """u/v where several are divided by v: one division gives 1/v, and each quotient is put right by its remainder.

    Rounded as the division is (Markstein, 1990), where quotient and 1/v are well within the range; else it is divided.
    """
    known = b.memo.get(("inverse", v))
    if known is None:
        inverse = b.div(b.constant(1.0), v)
        # 2^-400 < |1/v| < 2^400, by the exponent's bits without the sign.
        size = b.integer("sub", b.integer("shl", b.bits(inverse), 1), (1023 - 400) << 53)
        usual = b.do(f"icmp ult {b.long} {size}, {b.whole(800 << 53)}")
        known = b.memo["inverse", v] = inverse, usual
    inverse, usual = known
    if u == b.constant(1.0):
        return inverse
    first = b.mul(u, inverse)
    value = b.fma(b.fma(b.neg(first), v, u), inverse, first)
    # Infinities and what is too large have become nan; zeros and what is too small are below.
    usual = b.both(usual, b.compare("oge", b.abs(value), b.constant(2.0**-400)))
    seldom = b.do(f"xor {b.truth} {usual}, splat (i1 true)")
    return b.rare(seldom, [value], lambda: [b.div(u, v)])[0]


def tanh(b: Body, x: str) -> str:
    """The hyperbolic tangent: (e^2x - 1)/(e^2x + 1)."""
    size = clamped(b, b.abs(x), 0.0, 19.5)
    high, low = exp_less_one(b, b.add(size, size))
    over, over_low = two_sum(b, b.constant(2.0), high, low)
    value = quotient(b, high, low, over, over_low)
    # Below 1e-9 it is x to the last digit, and subnormal numbers have no remainders.
    value = b.select(b.compare("olt", size, b.constant(1e-9)), size, value)
    return b.copysign(value, x)


def _exponential_pair(b: Body, x: str) -> tuple[str, str, str, str]:
    """For E = e^|x| - 1: E in two parts, and E/(E + 1) in two; |x| below 40 (or clamped)."""
    size = clamped(b, b.abs(x), 0.0, 39.0)
    high, low = exp_less_one(b, size)
    high, low = two_sum(b, high, low, b.constant(0.0))
    over, over_low = two_sum(b, b.constant(1.0), high, low)
    inverse = b.div(b.constant(1.0), over)
    first = b.mul(high, inverse)
    rest = b.add(b.fma(b.neg(first), over, high), b.fma(b.neg(first), over_low, low))
    return high, low, first, b.mul(rest, inverse)


def sinh(b: Body, x: str) -> str:
    """The hyperbolic sine, (E + E/(E + 1))/2 with E = e^|x| - 1."""
    high, low, other, other_low = _exponential_pair(b, x)
    total, rest = two_sum(b, high, other, b.add(low, other_low))
    near = b.mul(b.add(total, rest), b.constant(0.5))
    size = b.abs(x)
    near = b.select(b.compare("olt", size, b.constant(1e-9)), size, near)
    value = b.copysign(b.select(b.compare("ogt", size, b.constant(38.0)), _large(b, size), near), x)
    return _beyond(b, "sinh", x, value)


def cosh(b: Body, x: str) -> str:
    """The hyperbolic cosine, (E + 1 + 1/(E + 1))/2 = 1 + (E - E/(E + 1))/2 with E = e^|x| - 1."""
    high, low, other, other_low = _exponential_pair(b, x)
    total, rest = two_sum(b, high, b.neg(other), b.sub(low, other_low))
    half = b.constant(0.5)
    near = b.add(b.fma(total, half, b.constant(1.0)), b.mul(rest, half))
    size = b.abs(x)
    value = b.select(b.compare("ogt", size, b.constant(38.0)), _large(b, size), near)
    return _beyond(b, "cosh", x, value)


def _large(b: Body, size: str) -> str:
    return b.mul(exp(b, size), b.constant(0.5))


def _beyond(b: Body, function: str, x: str, value: str) -> str:
    """A value whose lanes with |x| of more than 709 are C's."""
    where = b.compare("ugt", b.abs(x), b.constant(709.0))
    return b.rare_lanes(where, value, function, [x])


def log(b: Body, x: str) -> str:
    """The natural logarithm."""
    tiny = b.compare("olt", x, b.constant(2.2250738585072014e-308))
    given = b.select(tiny, b.mul(x, b.constant(2.0**54)), x)
    k, m = exponent(b, given)
    k = b.sub(k, b.select(tiny, b.constant(54.0), b.constant(0.0)))
    f = b.sub(m, b.constant(1.0))
    value = _log_near(b, k, f, b.mul(k, b.constant(LN2_REST)))
    return _log_ends(b, x, value, 0.0)


def exponent(b: Body, x: str) -> tuple[str, str]:
    """k and m with x = m*2^k and m between sqrt(1/2) and sqrt(2), for normal numbers."""
    shifted = b.integer("add", b.bits(x), ONE - ROOT_HALF)
    biased = b.integer("or", b.integer("lshr", shifted, 52), 0x4330000000000000)
    k = b.sub(b.from_bits(biased), b.constant(2.0**52 + 1023))
    m = b.from_bits(b.integer("add", b.integer("and", shifted, 0x000FFFFFFFFFFFFF), ROOT_HALF))
    return k, m


def _log_near(b: Body, k: str, f: str, low: str) -> str:
    """k log(2) + log(1 + f) + (low - k LN2_REST)."""
    s = b.div(f, b.add(f, b.constant(2.0)))
    z = b.mul(s, s)
    r = b.mul(z, b.polynomial(z, LOG))
    half = b.mul(b.mul(f, b.constant(0.5)), f)
    inner = b.fma(s, b.add(half, r), low)
    return b.fma(k, b.constant(LN2_SHORT), b.sub(f, b.sub(half, inner)))


def _log_ends(b: Body, x: str, value: str, pole: float) -> str:
    """A logarithm's value, put right at its pole, below it, at infinity and at nan."""
    below = b.select(b.compare("olt", x, b.constant(pole)), b.constant(NAN), x)
    special = b.select(b.compare("oeq", x, b.constant(pole)), b.constant(-INF), below)
    inside = b.both(b.compare("ogt", x, b.constant(pole)), b.compare("olt", x, b.constant(INF)))
    return b.select(inside, value, special)


def log1p(b: Body, x: str) -> str:
    """log(1 + x)."""
    one = b.constant(1.0)
    u = b.add(x, one)
    k, m = exponent(b, u)
    # What 1 + x lost when it was rounded, as a share of it.
    lost = b.select(b.compare("ogt", x, one), b.sub(one, b.sub(u, x)), b.sub(x, b.sub(u, one)))
    near = b.compare("olt", b.abs(x), b.constant(0.29))
    share = b.select(near, b.constant(0.0), b.div(lost, u))
    f = b.select(near, x, b.sub(m, one))
    k = b.select(near, b.constant(0.0), k)
    value = _log_near(b, k, f, b.fma(k, b.constant(LN2_REST), share))
    value = b.select(b.compare("olt", b.abs(x), b.constant(1e-20)), x, value)
    return _log_ends(b, x, value, -1.0)


def _reduced(b: Body, x: str) -> tuple[str, str, str]:
    """x less a multiple of pi/2, in two parts, and the multiple's bits."""
    known = b.memo.get(("reduced", x))
    if known is not None:
        return known  # type: ignore[return-value]
    n, sum_ = rounded(b, x, TWO_OVER_PI)
    minus = b.neg(n)
    first = b.fma(minus, b.constant(HALF_PI[0]), x)  # exact: x and the product are multiples of its last place
    r = b.fma(minus, b.constant(HALF_PI[1]), first)
    low = b.fma(minus, b.constant(HALF_PI[1]), b.sub(first, r))
    low = b.fma(minus, b.constant(HALF_PI[2]), low)
    b.memo["reduced", x] = r, low, b.bits(sum_)
    return r, low, b.memo["reduced", x][2]


def _sine_and_cosine(b: Body, r: str, low: str) -> tuple[str, str, str, str]:
    """Sine and cosine for |r| <= pi/4 with some more digits: of each what is large and what is to be added."""
    z = b.mul(r, r)
    sine = b.fma(b.mul(z, r), b.polynomial(z, SIN), low)
    half = b.mul(z, b.constant(0.5))
    one = b.constant(1.0)
    w = b.sub(one, half)
    more = b.fma(b.mul(z, z), b.polynomial(z, COS), b.mul(b.neg(r), low))
    cosine = b.add(b.sub(b.sub(one, w), half), more)
    return r, sine, w, cosine


def sine_cosine(b: Body, x: str) -> tuple[str, str]:
    """Sine and cosine."""
    known = b.memo.get(("sincos", x))
    if known is not None:
        return known  # type: ignore[return-value]
    r, low, bits = _reduced(b, x)
    z = b.mul(r, r)
    s = b.add(r, b.fma(b.mul(z, r), b.polynomial(z, SIN), low))
    more = b.fma(b.mul(z, z), b.polynomial(z, COS), b.mul(b.neg(r), low))
    c = b.add(b.fma(z, b.constant(-0.5), b.constant(1.0)), more)
    swap = b.bit_set(bits, 1)
    sine, cosine = b.select(swap, c, s), b.select(swap, s, c)
    sign = b.integer("and", b.integer("shl", bits, 62), SIGN)
    sine = b.from_bits(b.integer("xor", b.bits(sine), sign))
    sign = b.integer("and", b.integer("shl", b.integer("add", bits, 1), 62), SIGN)
    cosine = b.from_bits(b.integer("xor", b.bits(cosine), sign))
    sine = b.select(b.compare("oeq", x, b.constant(0.0)), x, sine)
    far = b.compare("ugt", b.abs(x), b.constant(HUGE))
    b.memo["sincos", x] = b.rare(
        far, [sine, cosine], lambda: [b.lanes("sin", [x], sine, far), b.lanes("cos", [x], cosine, far)]
    )
    return b.memo["sincos", x]  # type: ignore[return-value]


def sin(b: Body, x: str) -> str:
    """The sine."""
    return sine_cosine(b, x)[0]


def cos(b: Body, x: str) -> str:
    """The cosine."""
    return sine_cosine(b, x)[1]


def tan(b: Body, x: str) -> str:
    """The tangent, the quotient of sine and cosine with the digits that they lost."""
    r, low, bits = _reduced(b, x)
    z = b.mul(r, r)
    s1, s2, c1, c2 = _sine_and_cosine(b, r, b.fma(b.mul(z, b.constant(-0.5)), low, low))
    s, c = b.add(s1, s2), b.add(c1, c2)
    s_low, c_low = b.add(b.sub(s1, s), s2), b.add(b.sub(c1, c), c2)
    swap = b.bit_set(bits, 1)
    top, top_low = b.select(swap, b.neg(c), s), b.select(swap, b.neg(c_low), s_low)
    value = quotient(b, top, top_low, b.select(swap, s, c), b.select(swap, s_low, c_low))
    value = b.select(b.compare("olt", b.abs(x), b.constant(1e-9)), x, value)
    far = b.compare("ugt", b.abs(x), b.constant(HUGE))
    return b.rare_lanes(far, value, "tan", [x])


def atan(b: Body, x: str) -> str:
    """The arc tangent."""
    size = b.abs(x)
    top, under, angle, angle_low = size, b.constant(1.0), b.constant(0.0), b.constant(0.0)
    for start, tangent, high, low in ATAN_AT:
        beyond = b.compare("oge", size, b.constant(start))
        if tangent == INF:
            new_top, new_under = b.constant(-1.0), size
        else:
            new_top = b.sub(size, b.constant(tangent))
            new_under = b.fma(size, b.constant(tangent), b.constant(1.0))
        top, under = b.select(beyond, new_top, top), b.select(beyond, new_under, under)
        angle = b.select(beyond, b.constant(high), angle)
        angle_low = b.select(beyond, b.constant(low), angle_low)
    t = b.div(top, under)
    z = b.mul(t, t)
    rest = b.mul(b.mul(t, z), b.polynomial(z, ATAN))
    value = b.sub(angle, b.sub(b.sub(rest, angle_low), t))
    return b.copysign(value, x)


def sqrt(b: Body, x: str) -> str:
    """The square root, never -0."""
    return b.add(b.call("sqrt", x), b.constant(0.0))
