"""Helper functions in Python: IEEE 754 results where `math` raises, and what `math` lacks.

name -> (what it needs, its text), each behind those that it needs.
"""

from __future__ import annotations

_ONE = {
    "exp": "",
    "exp2": "",
    "expm1": "",
    "log": ", {0.0: -math.inf}",
    "log2": ", {0.0: -math.inf}",
    "log10": ", {0.0: -math.inf}",
    "log1p": ", {-1.0: -math.inf}",
    "sin": "",
    "cos": "",
    "tan": "",
    "asin": "",
    "acos": "",
    "sinh": "",
    "acosh": "",
    "atanh": ", {1.0: math.inf, -1.0: -math.inf}",
}

#: Of the digamma function: coefficients for 1 <= x <= 2 beside its zero, and of the series for large x (Cephes, Boost).
DIGAMMA_TOP = ("-0.0020713321167745952", "-0.045251321448739056", "-0.28919126444774784", "-0.65031853770896507",
               "-0.32555031186804491", "0.25479851061131551")  # fmt: skip
DIGAMMA_UNDER = ("-0.55789841321675513e-6", "0.0021284987017821144", "0.054151797245674225", "0.43593529692665969",
                 "1.4606242909763515", "2.0767117023730469", "1.0")  # fmt: skip
DIGAMMA_SERIES = ("8.33333333333333333333e-2", "-2.10927960927960927961e-2", "7.57575757575757575758e-3",
                  "-4.16666666666666666667e-3", "3.96825396825396825397e-3", "-8.33333333333333333333e-3",
                  "8.33333333333333333333e-2")  # fmt: skip
ZETA = ("12.0", "-720.0", "30240.0", "-1209600.0", "47900160.0", "-1.8924375803183791606e9", "7.47242496e10",
        "-2.950130727918164224e12", "1.1646782814350067249e14", "-4.5979787224074726105e15",
        "1.8152105401943546773e17", "-7.1661652561756670113e18")  # fmt: skip


def listed(numbers: tuple[str, ...], indent: str) -> str:
    """Numbers, three in a line."""
    lines = [", ".join(numbers[k : k + 3]) for k in range(0, len(numbers), 3)]
    return f",\n{indent}".join(lines)


PYTHON: dict[str, tuple[tuple[str, ...], str]] = {
    "ieee": (
        (),
        '''
def ieee(function, poles={}):
    """A function of `math` with infinities at its poles and beyond the range, and nan outside of its domain."""

    def result(x):
        try:
            return function(x)
        except ValueError:
            return poles.get(x, math.nan)
        except OverflowError:
            return math.copysign(math.inf, x)

    return result
''',
    ),
    **{name: (("ieee",), f"{name} = ieee(math.{name}{poles})") for name, poles in _ONE.items()},
    "divide": (
        (),
        '''
def divide(x, y):
    """x/y; an infinity or nan where y is 0."""
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)
''',
    ),
    "power": (
        (),
        '''
def power(x, y):
    """x to the power of y; an infinity or nan where there is none."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and math.fmod(y, 2) else math.inf
    except ValueError:
        if x == 0:
            return math.copysign(math.inf, x) if math.fmod(y, 2) in (1.0, -1.0) else math.inf
        return math.nan
''',
    ),
    "sqrt": (
        (),
        '''
def sqrt(x):
    """The root; nan for negative numbers, and never -0.0."""
    return math.sqrt(x) + 0.0 if x >= 0 else math.nan
''',
    ),
    "cosh": (
        (),
        '''
def cosh(x):
    """The hyperbolic cosine."""
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf
''',
    ),
    "sign": (
        (),
        '''
def sign(x):
    """-1, 0 or 1."""
    return 1.0 if x > 0 else -1.0 if x < 0 else x if x != x else 0.0
''',
    ),
    "rounded": (
        (),
        '''
def rounded(function):
    """One of Python's rounding functions with floats as results."""
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x
''',
    ),
    "floor": (("rounded",), "floor = rounded(math.floor)"),
    "ceil": (("rounded",), "ceil = rounded(math.ceil)"),
    "nearest": (("rounded",), "nearest = rounded(round)"),
    "modulo": (
        (),
        '''
def modulo(x, y):
    """The remainder, with the sign of y."""
    try:
        return float(x) % y
    except ZeroDivisionError:
        return math.nan
''',
    ),
    "larger": (
        (),
        '''
def larger(x, y):
    """The larger of two numbers; nan if one of them is."""
    return x if x > y or x != x else y
''',
    ),
    "smaller": (
        (),
        '''
def smaller(x, y):
    """The smaller of two numbers; nan if one of them is."""
    return x if x < y or x != x else y
''',
    ),
    "relu": (
        (),
        '''
def relu(x):
    """x where it is not negative, else 0."""
    return 0.0 if x < 0 else x
''',
    ),
    "gamma": (
        (),
        '''
def gamma(x):
    """The gamma function."""
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:
        return math.copysign(math.inf, x) if x == 0 else math.nan
''',
    ),
    "lgamma": (
        (),
        '''
def lgamma(x):
    """log|gamma(x)|."""
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf
''',
    ),
    "zeta": (
        ("power",),
        f'''
def zeta(s, q):
    """Hurwitz's zeta function, the sum of (q + k)^-s, for whole s > 1 (Cephes)."""
    if q <= 0 and q == math.floor(q):
        return math.inf
    if q > 1e8:
        return (1.0 / (s - 1.0) + 0.5 / q) * power(q, 1.0 - s)
    total, a, b, k = power(q, -s), q, 0.0, 0
    while k < 9 or a <= 9:
        k += 1
        a += 1.0
        b = power(a, -s)
        total += b
        if abs(b) < 1.1e-16 * abs(total):
            return total
    total += b * a / (s - 1.0) - 0.5 * b
    factor, k = 1.0, 0.0
    for one in (
        {listed(ZETA, " " * 8)},
    ):
        factor *= s + k
        b /= a
        term = factor * b / one
        total += term
        if abs(term) < 1.1e-16 * abs(total):
            break
        factor *= s + k + 1.0
        b /= a
        k += 2.0
    return total
''',
    ),
    "digamma": (
        ("zeta",),
        f'''
def digamma(x):
    """The derivative of log(gamma(x)) (Cephes; near its zero, Boost)."""
    if x == math.inf:
        return x
    if x == 0:
        return math.copysign(math.inf, -x)
    result = 0.0
    if abs(x + 0.5040830082644554) < 0.3:
        result, power_of = 7.289763902976895e-17, 1.0
        for n in range(2, 60):
            term = power_of * zeta(float(n), -0.5040830082644554) * (x + 0.5040830082644554)
            result += term
            if abs(term) < 1.1e-16 * abs(result):
                break
            power_of *= -(x + 0.5040830082644554)
        return result
    if x < 0:
        part = math.fmod(x, 1.0)
        if part == 0 or part != part:
            return math.nan
        result = -math.pi / math.tan(math.pi * part)
        x = 1.0 - x
    if x <= 10 and x == math.floor(x):
        return result + sum(1.0 / k for k in range(1, int(x))) - 0.5772156649015329
    if x < 1:
        result -= 1.0 / x
        x += 1.0
    elif x < 10:
        while x > 2:
            x -= 1.0
            result += 1.0 / x
    if x <= 2:
        top, under = (
            {listed(DIGAMMA_TOP, " " * 12)},
        ), (
            {listed(DIGAMMA_UNDER, " " * 12)},
        )
        p = q = 0.0
        for one in top:
            p = p * (x - 1.0) + one
        for one in under:
            q = q * (x - 1.0) + one
        g = x - 1569415565.0 / 1073741824.0 - 381566830.0 / 1073741824.0 / 1073741824.0 - 9.016312093225869e-20
        return result + (g * 0.99558162689208984 + g * (p / q))
    y, z = 0.0, 1.0 / x / x
    for one in (
        {listed(DIGAMMA_SERIES, " " * 8)},
    ):
        y = y * z + one
    return result + (math.log(x) - 0.5 / x - y * z)
''',
    ),
    "polygamma": (
        ("digamma", "zeta"),
        '''
def polygamma(n, x):
    """The derivative of order n of digamma(x)."""
    if n == 0:
        return digamma(x)
    factor = float(math.factorial(n)) if n <= 170 else math.inf
    return zeta(n + 1.0, x) * math.copysign(factor, 1 if n % 2 else -1)
''',
    ),
}
