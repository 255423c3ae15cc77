"""Special functions: error functions, and the gamma family."""

from __future__ import annotations

from .entry import composite, elementwise

#: Half of the Gauss-Legendre rule with eight points on [0, 1], which is symmetric: (node, weight).
#: Abramowitz and Stegun, table 25.4, carried to 20 digits.
_GAUSS = (
    ("0.40828267875217509753", "0.18134189168918099148"),
    ("0.23723379504183550709", "0.15685332293894364367"),
    ("0.10166676129318663020", "0.11119051722668723527"),
    ("0.01985507175123188416", "0.05061426814518812958"),
)
#: polygamma(n, u + v) - polygamma(n, u) as an integral over the derivative, for small v/u.
_GAP = " + ".join(
    f"{weight}*(polygamma(n + 1, u + {node}*v) + polygamma(n + 1, u + v - {node}*v))" for node, weight in _GAUSS
)

NOT_A_POLE = "u > 0 or u != floor(u)"

ENTRIES = [
    elementwise(
        "erf(u)",
        "error function",
        d=["2/sqrt(pi)*exp(-u^2)"],
        shown=("2*exp(-u^2)/sqrt(pi)",),
        math="erf",
        special="erf",
        latex=r"\operatorname{erf}\left(#1\right)",
        extreme=((0.0,), (1e-300,), (6.0,), (-26.0,)),
    ),
    elementwise(
        "erfc(u)",
        "1 - erf(u), accurate for large u",
        d=["-2/sqrt(pi)*exp(-u^2)"],
        shown=("-2*exp(-u^2)/sqrt(pi)",),
        math="erfc",
        latex=r"\operatorname{erfc}\left(#1\right)",
        extreme=((0.0,), (1e-300,), (6.0,), (26.0,), (-26.0,)),
    ),
    elementwise(
        "gamma(u)",
        "gamma function, (u - 1)! at whole numbers",
        d=["y*digamma(u)"],
        shown=("gamma(u)*digamma(u)",),
        math="gamma",
        latex=r"\Gamma\left(#1\right)",
        domain=NOT_A_POLE,
        remedy="gamma has poles at 0 and the negative whole numbers",
        sample=((0.2, 6.0),),
        extreme=((1.0,), (1.4616321449683622,), (-0.5,), (-2.3,), (1e-10,), (150.0,)),
    ),
    elementwise(
        "lgamma(u)",
        "log|gamma(u)|",
        d=["digamma(u)"],
        math="lgamma",
        latex=r"\ln\left|\Gamma\left(#1\right)\right|",
        domain=NOT_A_POLE,
        remedy="gamma has poles at 0 and the negative whole numbers",
        sample=((0.2, 6.0),),
        extreme=((1.0,), (2.0,), (1.4616321449683622,), (-0.5,), (-2.3,), (1e-10,), (1e10,)),
    ),
    elementwise(
        "digamma(u)",
        "derivative of log(gamma(u))",
        d=["polygamma(1, u)"],
        special="digamma",
        latex=r"\psi\left(#1\right)",
        domain=NOT_A_POLE,
        remedy="digamma has poles at 0 and the negative whole numbers",
        sample=((0.2, 6.0),),
        extreme=((1.4616321449683622,), (-0.5,), (-2.3,), (1e-10,), (1e10,)),
    ),
    elementwise(
        "polygamma(n, u)",
        "derivative of order n of digamma(u)",
        d=["0", "polygamma(n + 1, u)"],
        static=True,
        special="polygamma",
        latex=r"\psi^{\left(#1\right)}\left(#2\right)",
        domain=NOT_A_POLE,
        remedy="polygamma has poles at 0 and the negative whole numbers",
        sample=((1.0, 1.0), (0.2, 6.0)),
        extreme=((0.0, 1.5), (2.0, 0.7), (3.0, 5.0), (1.0, 1e-10), (1.0, 1e10), (1.0, -0.5), (2.0, -2.3)),
    ),
    # A quotient of gammas for small arguments; else Stirling's series with the large terms cancelled by hand (Didonato
    # and Morris, ACM TOMS 18 (1992), algorithm 708), whose exponent is never much larger than the result's logarithm.
    # digamma(u) - digamma(u + v) loses its digits where v is small: polygamma_gap. (What is left: the mixed second
    # derivative is a difference of two numbers 1/v times as large, and loses as many digits as v has zeros.)
    elementwise(
        "beta(u, v)",
        "gamma(u)*gamma(v)/gamma(u + v)",
        d=["-y*polygamma_gap(0, u, v)", "-y*polygamma_gap(0, v, u)"],
        shown=("beta(u, v)*(digamma(u) - digamma(u + v))", "beta(u, v)*(digamma(v) - digamma(u + v))"),
        value=(
            "if(u > 0 and v > 0, if(max(u, v) < 10,"
            " gamma(max(u, v))/gamma(u + v)*gamma(min(u, v)), large_beta(min(u, v), max(u, v))), nan)"
        ),
        latex=r"\mathrm{B}\left(#1, #2\right)",
        domain="u > 0 and v > 0",
        remedy="gamma(u)*gamma(v)/gamma(u + v) continues it to negative numbers",
        cost=5,
        sample=((0.3, 6.0), (0.3, 6.0)),
        extreme=((1.0, 1.0), (100.0, 90.0), (1e5, 0.5), (0.5, 1e5), (200.0, 9.5)),
    ),
    composite(
        "large_beta(u, v)",
        "beta(u, v) for u <= v and v >= 10, by Stirling's series",
        "if(u >= 10,"
        " exp(log(2*pi/v)/2 + stirling(u) + stirling(v) - stirling(u + v)"
        " + (u - 1/2)*log(u/(u + v)) + v*log1p(-u/(u + v))),"
        " gamma(u)*exp(stirling(v) - stirling(u + v) + u*(1 - log(u + v)) + (v - 1/2)*log1p(-u/(u + v))))",
        latex=r"\operatorname{large\_beta}\left(#1, #2\right)",
        cost=20,
        helper=True,
        sample=((1.0, 20.0), (20.0, 200.0)),
    ),
    # Abramowitz and Stegun 6.1.41; what follows the eight terms is below 2e-18 from 10 on.
    composite(
        "stirling(u)",
        "log(gamma(u)) - ((u - 1/2)*log(u) - u + log(2*pi)/2) for u >= 10",
        "(1/12 - (1/360 - (1/1260 - (1/1680 - (1/1188 - (691/360360 - (1/156 - 3617/122400/u^2)/u^2)/u^2)/u^2)/u^2)"
        "/u^2)/u^2)/u",
        latex=r"\operatorname{stirling}\left(#1\right)",
        cost=24,
        helper=True,
        sample=((10.0, 100.0),),
    ),
    elementwise(
        "polygamma_gap(n, u, v)",
        "polygamma(n, u + v) - polygamma(n, u), accurate for small v",
        d=["0", "polygamma_gap(n + 1, u, v)", "polygamma(n + 1, u + v)"],
        static=True,
        value=f"if(abs(v) <= u/4, v*({_GAP}), polygamma(n, u + v) - polygamma(n, u))",
        latex=r"\Delta_{#3}\psi^{\left(#1\right)}\left(#2\right)",
        domain="(u > 0 or u != floor(u)) and (u + v > 0 or u + v != floor(u + v))",
        cost=20,
        helper=True,
        sample=((0.0, 0.0), (0.3, 6.0), (0.3, 6.0)),
        extreme=((0.0, 2.0, 1e-8), (0.0, 2.0, 0.5), (0.0, 100.0, 20.0), (1.0, 1.0, 0.2), (1.0, 3.0, -0.5)),
    ),
]
