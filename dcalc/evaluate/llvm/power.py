"""Powers over vectors, in IR: within 1 unit in the last place."""

from __future__ import annotations

from .elementary import EXP, INF, LN2, LN2_LOW, LOG2_E, NAN, exponent, rounded, scaled, two_sum
from .ir import Body

#: (log((1 + x)/(1 - x)) - 2x - 2/3 x^3)/x^5 over x^2, |x| <= 0.1716
LOG_MORE = (
    0.4, 0.28571428571428564, 0.22222222222228438, 0.18181818179654063, 0.1538461576158711, 0.1333329650168309,
    0.11766814537542832, 0.10456295532271644, 0.10762711993094388,
)  # fmt: skip
THIRD_LOW = 3.700743415417188e-17  # 2/3 - its double


def _product(b: Body, x: str, y: str) -> tuple[str, str]:
    """x*y in two parts."""
    high = b.mul(x, y)
    return high, b.fma(x, y, b.neg(high))


def _quick_sum(b: Body, x: str, y: str) -> tuple[str, str]:
    """x + y in two parts for |x| >= |y| (Dekker)."""
    total = b.add(x, y)
    return total, b.add(b.sub(x, total), y)


def power(b: Body, x: str, y: str) -> str:
    """x^y: the logarithm to 65 bits, times y, and the exponential of both parts."""
    one = b.constant(1.0)
    size = b.abs(x)
    k, m = exponent(b, size)
    f, g = b.sub(m, one), b.add(m, one)  # f is exact, g rounded
    g_low = b.add(b.sub(m, b.sub(g, one)), b.sub(one, b.sub(g, b.sub(g, one))))
    inverse = b.div(one, g)
    s = b.mul(f, inverse)
    s_low = b.mul(b.fma(b.neg(s), g_low, b.fma(b.neg(s), g, f)), inverse)
    z, z_low = _product(b, s, s)
    z_low = b.fma(b.add(s, s), s_low, z_low)
    # log(m) = 2s + s z (2/3 + z t)
    inner, inner_low = _quick_sum(b, b.constant(2 / 3), b.mul(z, b.polynomial(z, LOG_MORE)))
    inner_low = b.add(inner_low, b.constant(THIRD_LOW))
    cube, cube_low = _product(b, s, z)
    cube_low = b.add(cube_low, b.fma(s, z_low, b.mul(s_low, z)))
    third, third_low = _product(b, cube, inner)
    third_low = b.add(third_low, b.fma(cube, inner_low, b.mul(cube_low, inner)))
    log_m, log_low = _quick_sum(b, b.add(s, s), third)
    log_low = b.add(log_low, b.add(third_low, b.add(s_low, s_low)))
    whole, whole_low = _product(b, k, b.constant(LN2))
    total, total_low = two_sum(b, whole, log_m, b.add(log_low, b.fma(k, b.constant(LN2_LOW), whole_low)))
    total, total_low = _quick_sum(b, total, total_low)
    e, e_low = _product(b, total, y)
    e_low = b.fma(total_low, y, e_low)
    n, _ = rounded(b, e, LOG2_E)
    minus = b.neg(n)
    r = b.fma(minus, b.constant(LN2), e)
    rest = b.fma(minus, b.constant(LN2_LOW), e_low)
    high, low = _quick_sum(b, r, rest)
    more = b.fma(b.mul(high, high), b.polynomial(high, EXP), low)
    value = scaled(b, b.add(b.add(high, more), one), n)
    # The sign of odd powers; no power of a negative number but whole ones.
    floor = b.call("floor", y)
    half = b.mul(y, b.constant(0.5))
    odd = b.compare("une", b.call("floor", half), half)
    negative = b.compare("olt", x, b.constant(0.0))
    signed = b.select(odd, b.neg(value), value)
    signed = b.select(b.compare("oeq", floor, y), signed, b.constant(NAN))
    value = b.select(negative, signed, value)
    usual = b.both(b.compare("oge", size, b.constant(2.2250738585072014e-308)), b.compare("olt", size, b.constant(INF)))
    usual = b.both(usual, b.compare("olt", b.abs(e), b.constant(700.0)))
    usual = b.both(usual, b.compare("olt", b.abs(y), b.constant(2.0**50)))
    rare = b.do(f"xor {b.truth} {usual}, splat (i1 true)")
    return b.rare_lanes(rare, value, "pow", [x, y])
