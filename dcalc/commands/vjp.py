"""`vjp`: a vector times a Jacobian, the derivative of a weighted sum of the outputs."""

from __future__ import annotations

from .base import Command
from .options import RENDER
from .products import OPTIONS, vjp

COMMAND = Command(
    "vjp",
    "the derivative of a weighted sum of the outputs: a vector times the Jacobian",
    "EXPR",
    ("u", *OPTIONS, *RENDER),
    (
        'dcalc vjp "[x*y, x+y]" --at x=2,y=3 --u [1,10]',
        'dcalc vjp "W @ y" --at "W=[[1,2],[3,4]],y=[5,6]" --u [1,-1] --backend all',
    ),
    "u holds an adjoint for each output, in the value's shape; for a number it may be left out and is 1.\n"
    "One reverse sweep computes it, whatever the number of outputs.",
    vjp,
)
