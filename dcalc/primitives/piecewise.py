"""Functions in pieces: absolute value, jumps, the smaller, the larger, and choice.

The kinks' conventions are those of the lectures: where both pieces meet, max and min take the second argument, and
the derivative of a jump is 0. `one_sided` says what a direction sees: `nan` where the function jumps that way.
"""

from __future__ import annotations

from .entry import composite, elementwise, selection

PAIR = ((-3.0, 3.0), (-3.0, 3.0))

ENTRIES = [
    elementwise(
        "abs(u)",
        "absolute value",
        d=["sign(u)"],
        kink="u",
        one_sided="abs(du)",
        math="fabs",
        numpy="fabs",
        latex=r"\left|#1\right|",
        extreme=((-1e-300,), (1e300,)),
    ),
    elementwise(
        "sign(u)",
        "-1, 0 or 1: the sign of u",
        d=["0"],
        kink="u",
        one_sided="if(du == 0, 0, nan)",
        numpy="sign",
        aliases=("sgn",),
        latex=r"\operatorname{sign}\left(#1\right)",
        extreme=((-1e-300,), (1e300,)),
    ),
    elementwise(
        "step(u)",
        "1 where u >= 0, else 0",
        d=["0"],
        kink="u",
        one_sided="if(du >= 0, 0, nan)",
        value="[u >= 0]",
        latex=r"\operatorname{step}\left(#1\right)",
        extreme=((-1e-300,), (1e300,)),
    ),
    elementwise(
        "floor(u)",
        "the largest whole number not above u",
        d=["0"],
        kink="u - floor(u)",
        one_sided="if(du >= 0, 0, nan)",
        numpy="floor",
        latex=r"\left\lfloor #1 \right\rfloor",
        extreme=((-0.5,), (1e15 + 0.5,)),
    ),
    elementwise(
        "ceil(u)",
        "the smallest whole number not below u",
        d=["0"],
        kink="u - ceil(u)",
        one_sided="if(du <= 0, 0, nan)",
        numpy="ceil",
        latex=r"\left\lceil #1 \right\rceil",
        extreme=((-0.5,), (1e15 + 0.5,)),
    ),
    elementwise(
        "round(u)",
        "the nearest whole number, of two the even one",
        d=["0"],
        kink="u - floor(u) - 1/2",
        one_sided="if((u - round(u))*du <= 0, 0, nan)",
        numpy="rint",
        latex=r"\operatorname{round}\left(#1\right)",
        extreme=((0.49999999999999994,), (1e15 + 0.25,)),
    ),
    # round((y - u)/v): u/v may round up to the next whole number (1/0.1 is 10, but mod(1, 0.1) is 0.09999999999999995),
    # and floor would then not be the one that the value was made with.
    elementwise(
        "mod(u, v)",
        "remainder u - v*floor(u/v), with the sign of v",
        d=["1", "round((y - u)/v)"],
        shown=("1", "-floor(u/v)"),
        kink="y",
        one_sided="if((du - round(u/v)*dv)/v >= 0, du - round(u/v)*dv, nan)",
        numpy="mod",
        latex=r"\operatorname{mod}\left(#1, #2\right)",
        domain="v != 0",
        cost=4,
        sample=((-3.0, 3.0), (0.5, 3.0)),
        extreme=((1.0, 0.1), (-1.0, 0.3), (7.5, -2.0), (-7.5, -2.0), (1e15, 0.7)),
    ),
    selection(
        "max(u, v)",
        "the largest",
        when="u > v",
        choices=("u", "v"),
        kink="u - v",
        folds=True,
        numpy="maximum",
        latex=r"\max\left(#1, #2\right)",
        rule="derivative of the one chosen",
        sample=PAIR,
    ),
    selection(
        "min(u, v)",
        "the smallest",
        when="u < v",
        choices=("u", "v"),
        kink="u - v",
        folds=True,
        numpy="minimum",
        latex=r"\min\left(#1, #2\right)",
        rule="derivative of the one chosen",
        sample=PAIR,
    ),
    composite(
        "clip(u, v, w)",
        "u kept between v and w",
        "min(max(u, v), w)",
        latex=r"\operatorname{clip}\left(#1, #2, #3\right)",
        rule="derivative of the one chosen",
        cost=2,
        sample=((-3.0, 3.0), (-1.0, 0.0), (0.5, 2.0)),
    ),
    selection(
        "if(c, u, v)",
        "u where the condition c holds, else v; the other one is not looked at",
        when="c",
        choices=("u", "v"),
        latex=r"\begin{cases} #2 & \text{if } #1 \\ #3 & \text{otherwise} \end{cases}",
        rule="derivative of the one chosen",
        sample=((0.0, 1.0), (-3.0, 3.0), (-3.0, 3.0)),
    ),
]
