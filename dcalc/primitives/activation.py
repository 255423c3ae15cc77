"""Activation functions of neural networks."""

from __future__ import annotations

from .entry import elementwise, selection

ENTRIES = [
    selection(
        "relu(u)",
        "u where u >= 0, else 0",
        when="u >= 0",
        choices=("u", "0"),
        kink="u",
        latex=r"\operatorname{relu}\left(#1\right)",
        rule="derivative of the one chosen",
        extreme=((-1e-300,), (1e300,)),
    ),
    # With slope 1 it is the identity and has no kink.
    elementwise(
        "leaky_relu(u, slope=0.01)",
        "u where u >= 0, else slope*u",
        d=["if(u >= 0, 1, slope)", "if(u >= 0, 0, u)"],
        value="if(u >= 0, u, slope*u)",
        kink="if(slope == 1, 1, u)",
        one_sided="if(du >= 0, du, slope*du)",
        latex=r"\operatorname{leaky\_relu}\left(#1, #2\right)",
        rule="derivative of the one chosen",
        cost=2,
        sample=((-3.0, 3.0), (0.0, 0.5)),
        extreme=((-1e-300, 0.01), (1e300, 0.01)),
    ),
    # With alpha = 1 both pieces leave 0 with slope 1: no kink.
    elementwise(
        "elu(u, alpha=1)",
        "u where u >= 0, else alpha*(exp(u) - 1)",
        d=["if(u >= 0, 1, alpha*exp(u))", "if(u >= 0, 0, expm1(u))"],
        value="if(u >= 0, u, alpha*expm1(u))",
        kink="if(alpha == 1, 1, u)",
        one_sided="if(du >= 0, du, alpha*du)",
        latex=r"\operatorname{elu}\left(#1, #2\right)",
        rule="derivative of the one chosen",
        cost=3,
        sample=((-3.0, 3.0), (0.1, 2.0)),
        extreme=((-1e-18, 1.0), (-40.0, 1.0), (-700.0, 2.0), (1e300, 1.0)),
    ),
    # y*(1 - y) has no digit left from u = 37 on; sech is even, so both tails are the same. The value's own exp
    # overflows below -709, where the result is below the normal numbers and is 0.
    elementwise(
        "sigmoid(u)",
        "logistic function 1/(1 + exp(-u))",
        d=["sech(u/2)^2/4"],
        shown=("sigmoid(u)*(1 - sigmoid(u))",),
        value="1/(1 + exp(-u))",
        aliases=("logistic",),
        latex=r"\sigma\left(#1\right)",
        cost=4,
        extreme=((0.0,), (40.0,), (-40.0,), (-700.0,), (-800.0,), (800.0,), (1e-300,)),
    ),
    # log(u/(1 - u)) loses its digits near 1/2, where 2u - 1 is exact.
    elementwise(
        "logit(u)",
        "log(u/(1 - u)), the inverse of sigmoid",
        d=["1/(u*(1 - u))"],
        value="if(u < 1/4, log(u/(1 - u)), 2*atanh(2*u - 1))",
        latex=r"\operatorname{logit}\left(#1\right)",
        domain="u > 0 and u < 1",
        remedy="the argument of logit lies between 0 and 1, both excluded",
        cost=3,
        sample=((0.01, 0.99),),
        extreme=((0.5,), (0.5000000000000001,), (0.49999999999999994,), (1e-100,), (0.9999999999999999,)),
    ),
    elementwise(
        "softplus(u)",
        "log(1 + exp(u)) without overflow",
        d=["sigmoid(u)"],
        value="max(u, 0) + log1p(exp(-abs(u)))",
        latex=r"\operatorname{softplus}\left(#1\right)",
        cost=6,
        extreme=((0.0,), (40.0,), (-40.0,), (800.0,), (-700.0,), (-800.0,)),
    ),
    # Squaring comes last, as for atan.
    elementwise(
        "softsign(u)",
        "u/(1 + |u|)",
        d=["(1/(1 + abs(u)))^2"],
        shown=("1/(1 + abs(u))^2",),
        value="u/(1 + abs(u))",
        latex=r"\operatorname{softsign}\left(#1\right)",
        cost=3,
        extreme=((1e-300,), (-1e-18,), (1e8,), (-1e100,)),
    ),
    # sigmoid(-u) and not 1 - sigmoid(u), as for sigmoid.
    elementwise(
        "silu(u)",
        "u*sigmoid(u), also called swish",
        d=["sigmoid(u)*(1 + u*sigmoid(-u))"],
        shown=("sigmoid(u)*(1 + u*(1 - sigmoid(u)))",),
        value="u*sigmoid(u)",
        aliases=("swish",),
        latex=r"\operatorname{silu}\left(#1\right)",
        cost=5,
        extreme=((0.0,), (-1.2784645427610738,), (40.0,), (-40.0,), (-700.0,), (800.0,)),
    ),
    # erfc and not 1 + erf, which is 0 below -6; derivative: the normal distribution and u times its density.
    elementwise(
        "gelu(u)",
        "u times the normal distribution function, u*erfc(-u/sqrt(2))/2",
        d=["erfc(-u/sqrt(2))/2 + u*exp(-u^2/2)/sqrt(2*pi)"],
        shown=("(1 + erf(u/sqrt(2)))/2 + u*exp(-u^2/2)/sqrt(2*pi)",),
        value="u*erfc(-u/sqrt(2))/2",
        latex=r"\operatorname{gelu}\left(#1\right)",
        cost=6,
        extreme=((0.0,), (-0.7517915246935645,), (-10.0,), (-30.0,), (10.0,), (40.0,)),
    ),
]
