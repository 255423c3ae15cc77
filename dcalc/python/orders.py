"""What Python's functions can do beyond first and second derivatives.

    f = dcalc.function("exp(sin(x))")
    p = f.taylor(order=4, x=0.5); p.coefficients; p.polynomial(x=0.6)
    t = f.taylor(order=20); t(0.5)          # prepared: the coefficients at any point
    float(f.deriv({"x": 10}, x=0.5))
    f.jvp(v={"x": 1.0}, x=0.5)

Imported with the API, so all that works is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .given import Given
    from .products import MixedDerivative, ProductAnswer


class Orders:
    """The methods of `Function` for derivatives of any order and for products with vectors."""

    def taylor(
        self: Any,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        order: int | None = None,
        wrt: str | Iterable[str] | None = None,
        near: Mapping[str, Given] | None = None,
        at_kink: str = "error",
        tensors: bool = False,
        **values: Given,
    ) -> Any:
        """The Taylor polynomial at a point, a `Polynomial`: `f.taylor(order=4, x=0.5)`.

        Without a point the series prepared, a `Taylor`: `t = f.taylor(order=20); t(0.5)` gives the coefficients. near:
        a point to try it at. tensors: with the arrays of derivatives. order is 5 by default, 2 in several variables.
        """
        from .series import taylor

        return taylor(self, at, values, order, _names(wrt), near, at_kink, tensors=tensors)

    def deriv(
        self: Any,
        orders: Mapping[str, int] | str,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        backend: str = "auto",
        **values: Given,
    ) -> MixedDerivative:
        """A derivative of any mixed order: `float(f.deriv({"x": 2, "y": 1}, x=1, y=2))`, or "x=2,y=1".

        Components of arrays are "v[2]". backend: "taylor", "forward", "reverse", "symbolic", "fd", "auto" or "all".
        """
        from .products import deriv

        return deriv(self, orders, at, values, backend)

    def jvp(
        self: Any,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        v: Any,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        **values: Given,
    ) -> ProductAnswer:
        """J·v, the derivative along v: a mapping, {"x": 1, "y": 2}, or one vector of all components."""
        from .products import product

        return product("jvp", self, v, at, values, _names(wrt), backend, at_kink)

    def vjp(
        self: Any,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        u: Any = None,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        **values: Given,
    ) -> ProductAnswer:
        """uᵀ·J, the gradient of u·f; u has the value's shape."""
        from .products import product

        return product("vjp", self, u, at, values, _names(wrt), backend, at_kink)

    def hvp(
        self: Any,
        at: Mapping[str, Given] | None = None,
        /,
        *,
        v: Any,
        wrt: str | Iterable[str] | None = None,
        backend: str = "auto",
        at_kink: str = "lecture",
        **values: Given,
    ) -> ProductAnswer:
        """H·v, the Hessian's product with v, at the cost of a few gradients."""
        from .products import product

        return product("hvp", self, v, at, values, _names(wrt), backend, at_kink)


def _names(wrt: str | Iterable[str] | None) -> list[str]:
    return [wrt] if isinstance(wrt, str) else list(wrt or ())
