"""Arithmetic: the four operations, negation and powers."""

from __future__ import annotations

from .entry import elementwise

ENTRIES = [
    elementwise(
        "+(u, v)",
        "sum",
        d=["1", "1"],
        symbol="+",
        latex="#1 + #2",
        rule="sum rule",
        sample=((-3.0, 3.0), (-3.0, 3.0)),
    ),
    elementwise(
        "-(u, v)",
        "difference",
        d=["1", "-1"],
        symbol="-",
        latex="#1 - #2",
        rule="difference rule",
        sample=((-3.0, 3.0), (-3.0, 3.0)),
    ),
    elementwise(
        "*(u, v)",
        "product",
        d=["v", "u"],
        symbol="*",
        latex="#1 #2",
        rule="product rule",
        shown_tangent="du*v + dv*u",
        sample=((-3.0, 3.0), (-3.0, 3.0)),
        extreme=((0.0, 0.0), (0.0, 2.0)),
    ),
    # -y/v and not -u/v^2: v^2 may overflow or vanish where the partial does not.
    elementwise(
        "/(u, v)",
        "quotient",
        d=["1/v", "-y/v"],
        symbol="/",
        latex=r"\frac{#1}{#2}",
        rule="quotient rule",
        domain="v != 0",
        remedy="if(v != 0, u/v, c) gives it the value c there",
        shown=("1/v", "-u/v^2"),
        shown_tangent="(du*v - u*dv)/v^2",
        sample=((-3.0, 3.0), (0.5, 3.0)),
        extreme=((0.0, 2.0), (1e200, 1e180), (1e-100, 1e-200), (1.0, -1e-90)),
    ),
    elementwise(
        "neg(u)",
        "negation",
        d=["-1"],
        symbol="-",
        latex="-#1",
        rule="constant factor rule",
        extreme=((0.0,),),
    ),
    # Corners are selected, so that x^0, 0^x and (-2)^3 never meet 0*inf or the log of a negative number; the engine
    # folds the conditions away where the exponent or the base is a constant.
    # d/du: only at 0^0 is v*u^(v - 1) no number; x^0 is 1 for every x.
    # d/dv at u = 0: 0 where v > 0, and -inf = log(0) at 0^0, where 0^v falls from inf to 1 to 0. Its own derivative
    # in u is that of u^v*log(u): 0 for v > 1, else -inf, for which -sqrt(u) stands (at 0: value 0, slope -inf).
    elementwise(
        "^(u, v)",
        "power",
        d=[
            "if(v == 0, if(u == 0, 0, v*u^(v - 1)), v*u^(v - 1))",
            "if(u == 0, if(v > 1, 0, if(v > 0, -sqrt(u), log(u))), y*log(u))",
        ],
        symbol="^",
        latex="{#1}^{#2}",
        rule="power rule",
        shown=("v*u^(v - 1)", "u^v*log(u)"),
        domain="u > 0 or (u == 0 and v >= 0) or (u < 0 and v == floor(v))",
        remedy="cbrt(x) is the real cube root of a negative number",
        sample=((0.1, 3.0), (-3.0, 3.0)),
        extreme=((2.0, 3.0), (0.5, -2.0), (1e-8, 0.5), (1e150, 1.5), (1.0, 0.0), (2.0, 0.0), (1e-3, 1e-20)),
    ),
]
