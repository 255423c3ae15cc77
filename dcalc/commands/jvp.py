"""`jvp`: a Jacobian times a vector, the derivative along a direction."""

from __future__ import annotations

from .base import Command
from .options import RENDER
from .products import OPTIONS, jvp

COMMAND = Command(
    "jvp",
    "the derivative along a direction: the Jacobian times a vector",
    "EXPR",
    ("v", "unit", *OPTIONS, *RENDER),
    (
        'dcalc jvp "x^2*y" --at x=1,y=2 --v x=3,y=4',
        'dcalc jvp "x^2*y" --at x=1,y=2 --v [3,4] --unit',
        'dcalc jvp "[r*cos(t), r*sin(t)]" --at r=2,t=0 --v t=1 --backend all',
        'dcalc jvp "max(x, y)" --at x=1,y=1 --v x=1,y=-1',
    ),
    "v is a tangent: numbers for some inputs (x=1,y=2; the others stay), or one vector of all their components.\n"
    "What is computed is the derivative of f(x + t*v) in t at 0, by any backend, in one pass whatever the number of\n"
    "inputs. --unit divides v by its length. At a kink both sides are those along v.",
    jvp,
)
