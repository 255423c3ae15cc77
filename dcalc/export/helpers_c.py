"""Helper functions in C: what C99's mathematics lacks. name -> (what it needs, its text)."""

from __future__ import annotations

from .helpers_python import DIGAMMA_SERIES, DIGAMMA_TOP, DIGAMMA_UNDER, ZETA, listed

_IN = " " * 8

C: dict[str, tuple[tuple[str, ...], str]] = {
    "sign": (
        (),
        """
/* -1, 0 or 1 */
static inline double sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x != x ? x : 0.0; }
""",
    ),
    "modulo": (
        (),
        """
/* the remainder, with the sign of y */
static inline double modulo(double x, double y)
{
    double rest = fmod(x, y);
    if (rest == 0.0) return copysign(0.0, y);
    return (y < 0.0) != (rest < 0.0) ? rest + y : rest;
}
""",
    ),
    "larger": (
        (),
        """
/* the larger of two numbers; nan if one of them is */
static inline double larger(double x, double y) { return x > y || x != x ? x : y; }
""",
    ),
    "smaller": (
        (),
        """
/* the smaller of two numbers; nan if one of them is */
static inline double smaller(double x, double y) { return x < y || x != x ? x : y; }
""",
    ),
    "relu": (
        (),
        """
/* x where it is not negative, else 0 */
static inline double relu(double x) { return x < 0.0 ? 0.0 : x; }
""",
    ),
    "total": (
        (),
        """
/* the sum of n numbers that stand `step` apart */
static inline double total(const double *x, int n, int step)
{
    double result = 0.0;
    for (int k = 0; k < n; k++) result += x[k*step];
    return result;
}
""",
    ),
    "largest": (
        ("larger",),
        """
/* the largest of n numbers that stand `step` apart */
static inline double largest(const double *x, int n, int step)
{
    double result = x[0];
    for (int k = 1; k < n; k++) result = larger(result, x[k*step]);
    return result;
}
""",
    ),
    "smallest": (
        ("smaller",),
        """
/* the smallest of n numbers that stand `step` apart */
static inline double smallest(const double *x, int n, int step)
{
    double result = x[0];
    for (int k = 1; k < n; k++) result = smaller(result, x[k*step]);
    return result;
}
""",
    ),
    "norm": (
        (),
        """
/* the Euclidean norm of n numbers that stand `step` apart, without overflow on the way */
static inline double norm(const double *x, int n, int step)
{
    double sum = 0.0, most = 0.0, scaled = 0.0;
    for (int k = 0; k < n; k++) sum += x[k*step]*x[k*step];
    if ((sum > 1e-280 && sum < 1e280) || sum != sum) return sqrt(sum);
    for (int k = 0; k < n; k++) most = fmax(most, fabs(x[k*step]));
    if (most == 0.0 || isinf(most)) return most;
    for (int k = 0; k < n; k++) scaled += x[k*step]/most*(x[k*step]/most);
    return most*sqrt(scaled);
}
""",
    ),
    "logsumexp": (
        ("largest",),
        """
/* log(sum(exp(x))) of n numbers that stand `step` apart, without overflow, accurate also near 0 */
static inline double logsumexp(const double *x, int n, int step)
{
    const double most = largest(x, n, step);
    double rest = 0.0;
    int first = 1;
    if (isinf(most)) return most;
    for (int k = 0; k < n; k++) {
        if (first && x[k*step] == most) first = 0;
        else rest += exp(x[k*step] - most);
    }
    return most + log1p(rest);
}
""",
    ),
    "last_max": (
        (),
        """
/* the last place of the largest of n numbers that stand `step` apart */
static inline int last_max(const double *x, int n, int step)
{
    int place = 0;
    for (int k = 1; k < n; k++) if (x[k*step] >= x[place*step]) place = k;
    return place;
}
""",
    ),
    "last_min": (
        (),
        """
/* the last place of the smallest of n numbers that stand `step` apart */
static inline int last_min(const double *x, int n, int step)
{
    int place = 0;
    for (int k = 1; k < n; k++) if (x[k*step] <= x[place*step]) place = k;
    return place;
}
""",
    ),
    "zeta": (
        (),
        f"""
/* Hurwitz's zeta function, the sum of (q + k)^-s, for whole s > 1 (Cephes) */
static double zeta(double s, double q)
{{
    static const double numbers[] = {{
        {listed(ZETA, _IN)}
    }};
    if (q <= 0.0 && q == floor(q)) return INFINITY;
    if (q > 1e8) return (1.0/(s - 1.0) + 0.5/q)*pow(q, 1.0 - s);
    double total = pow(q, -s), a = q, b = 0.0, factor = 1.0;
    for (int k = 0; k < 9 || a <= 9.0; k++) {{
        a += 1.0;
        b = pow(a, -s);
        total += b;
        if (fabs(b) < 1.1e-16*fabs(total)) return total;
    }}
    total += b*a/(s - 1.0) - 0.5*b;
    for (int k = 0; k < 12; k++) {{
        factor *= s + 2.0*k;
        b /= a;
        const double term = factor*b/numbers[k];
        total += term;
        if (fabs(term) < 1.1e-16*fabs(total)) break;
        factor *= s + 2.0*k + 1.0;
        b /= a;
    }}
    return total;
}}
""",
    ),
    "digamma": (
        ("zeta",),
        f"""
/* the derivative of log(gamma(x)) (Cephes; near its zero, Boost) */
static double digamma(double x)
{{
    static const double top[] = {{
        {listed(DIGAMMA_TOP, _IN)}
    }};
    static const double under[] = {{
        {listed(DIGAMMA_UNDER, _IN)}
    }};
    static const double series[] = {{
        {listed(DIGAMMA_SERIES, _IN)}
    }};
    double result = 0.0;
    if (isinf(x) && x > 0.0) return x;
    if (x == 0.0) return copysign(INFINITY, -x);
    if (fabs(x + 0.5040830082644554) < 0.3) {{
        const double far = x + 0.5040830082644554;
        double factor = far;
        result = 7.289763902976895e-17;
        for (int n = 2; n < 60; n++) {{
            const double term = factor*zeta(n, -0.5040830082644554);
            result += term;
            if (fabs(term) < 1.1e-16*fabs(result)) break;
            factor *= -far;
        }}
        return result;
    }}
    if (x < 0.0) {{
        const double part = fmod(x, 1.0);
        if (part == 0.0 || part != part) return NAN;
        result = -3.141592653589793/tan(3.141592653589793*part);
        x = 1.0 - x;
    }}
    if (x <= 10.0 && x == floor(x)) {{
        double sum = 0.0;
        for (int k = 1; k < (int)x; k++) sum += 1.0/k;
        return result + sum - 0.5772156649015329;
    }}
    if (x < 1.0) {{
        result -= 1.0/x;
        x += 1.0;
    }} else if (x < 10.0) {{
        while (x > 2.0) {{
            x -= 1.0;
            result += 1.0/x;
        }}
    }}
    if (x <= 2.0) {{
        double p = 0.0, q = 0.0;
        for (int k = 0; k < 6; k++) p = p*(x - 1.0) + top[k];
        for (int k = 0; k < 7; k++) q = q*(x - 1.0) + under[k];
        const double g = x - 1569415565.0/1073741824.0 - 381566830.0/1073741824.0/1073741824.0 - 9.016312093225869e-20;
        return result + (g*0.99558162689208984 + g*(p/q));
    }}
    double y = 0.0;
    const double z = 1.0/x/x;
    for (int k = 0; k < 7; k++) y = y*z + series[k];
    return result + (log(x) - 0.5/x - y*z);
}}
""",
    ),
    "polygamma": (
        ("digamma", "zeta"),
        """
/* the derivative of order n of digamma(x) */
static double polygamma(int n, double x)
{
    if (n == 0) return digamma(x);
    const double result = tgamma(n + 1.0)*zeta(n + 1.0, x);
    return n % 2 ? result : -result;
}
""",
    ),
}
