"""`hvp`: the Hessian times a vector."""

from __future__ import annotations

from .base import Command
from .options import RENDER
from .products import OPTIONS, hvp

COMMAND = Command(
    "hvp",
    "the Hessian times a vector, without the Hessian",
    "EXPR",
    ("v", "unit", *OPTIONS, *RENDER),
    (
        'dcalc hvp "x^2*y + y^3" --at x=1,y=2 --v x=1,y=0',
        'dcalc hvp "sum((x[2..4] - x[1..3]^2)^2)" --at x=[1,2,3,4] --v [1,0,0,1] --backend all',
    ),
    "v is a direction: numbers for some inputs (x=1,y=2; the others stay), or one vector of all their components.\n"
    "It is the gradient of the derivative along v: a constant multiple of the work of the value, whatever the number\n"
    "of inputs. --unit divides v by its length.",
    hvp,
)
