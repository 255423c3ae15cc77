"""How to compute each elementwise operation on NumPy arrays; the results agree with the scalar kernels within 4 ulp.

Whoever runs these sets `np.errstate(all="ignore")`: the results are IEEE's, and warnings would only repeat them.
Truth values are the floats 1.0 and 0.0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DcalcError
from ..primitives.entry import Primitive
from .scalar_kernels import polygamma_factor, scalar_kernel, scipy_special

#: Takes and gives float64 arrays or scalars.
Kernel = Callable[..., Any]


def _power(u: Any, v: Any) -> Any:
    if type(v) is float or np.ndim(v) == 0:
        # The C library's pow takes 30 times as long as a product.
        if v == 2.0:
            return np.square(u)
        if v == -1.0:
            return np.divide(1.0, u)
    return np.power(u, v)


def _truth(function: Callable[..., Any]) -> Kernel:
    return lambda *args: function(*args).astype(np.float64)


def _each(entry: Primitive) -> Kernel:
    """The scalar kernel for each element."""
    kernel = scalar_kernel(entry)

    def columns(u: Any) -> Any:
        u = np.asarray(u, dtype=np.float64)
        return np.fromiter(map(kernel, u.ravel().tolist()), np.float64, u.size).reshape(u.shape)

    return columns


def _erf(entry: Primitive) -> Kernel:
    try:
        return scipy_special("erf").erf  # type: ignore[no-any-return]
    except DcalcError:
        return _each(entry)


def _digamma(entry: Primitive) -> Kernel:
    return scipy_special(entry.name).digamma  # type: ignore[no-any-return]


def _polygamma(entry: Primitive) -> Kernel:
    special = scipy_special(entry.name)
    digamma, zeta = special.digamma, special.zeta
    return lambda n, u: zeta(n + 1, u) * polygamma_factor(n) if n else digamma(u)


_OWN: dict[str, Kernel] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "neg": np.negative,
    "^": _power,
    "sqrt": lambda u: np.sqrt(u) + 0.0,  # never -0.0, as in the scalar kernel
    "relu": lambda u: np.where(np.less(u, 0.0), 0.0, u),
    "if": lambda c, u, v: np.where(np.not_equal(c, 0.0), u, v),
    "<": _truth(np.less),
    "<=": _truth(np.less_equal),
    ">": _truth(np.greater),
    ">=": _truth(np.greater_equal),
    "==": _truth(np.equal),
    "!=": _truth(np.not_equal),
    "and": _truth(np.logical_and),
    "or": _truth(np.logical_or),
    "not": _truth(np.logical_not),
}

#: SciPy's erfc is off by 450 ulp at 25, its gamma and gammaln differ from `math` by up to 9 ulp (SciPy 1.17,
#: measured): the scalar kernels are used, at 40 ns an element.
_MADE: dict[str, Callable[[Primitive], Kernel]] = {
    "erf": _erf,
    "erfc": _each,
    "gamma": _each,
    "lgamma": _each,
    "digamma": _digamma,
    "polygamma": _polygamma,
}


def array_kernel(entry: Primitive) -> Kernel:
    """The function that computes an entry on columns; one with a static parameter takes it first.

    DcalcError (usage) where the function needs a package that is not installed.
    """
    own = _OWN.get(entry.name)
    if own is not None:
        return own
    if entry.name in _MADE:
        return _MADE[entry.name](entry)
    if entry.numpy is None:
        raise DcalcError("internal", f"{entry.name} has neither a kernel nor a formula for its value")
    return getattr(np, entry.numpy)  # type: ignore[no-any-return]
