"""What a step is, over a vector of all parameters.

gd        x <- x - rate*g, the lectures' gradient descent
momentum  v <- mu*v - rate*g(x); x <- x + v (B. T. Polyak 1964; in this form Sutskever et al., ICML 2013, eq. 1, 2)
nesterov  v <- mu*v - rate*g(x + mu*v); x <- x + v (Y. Nesterov 1983; in this form Sutskever et al., eq. 3, 4)
adam      D. P. Kingma and J. Ba, ICLR 2015, algorithm 1: beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8
newton    x <- x - rate*H^-1 g; where H is not positive definite, |H|^-1 g with the absolute values of its eigenvalues,
          which goes downhill (Y. Dauphin et al., NIPS 2014)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .objective import Objective

Numbers = NDArray[np.float64]

METHODS = ("gd", "momentum", "nesterov", "adam", "newton")
#: The rates where none is given.
RATES = {"newton": 1.0}
RATE = 0.1
MOMENTUM = 0.9
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
#: Eigenvalues that are taken for 0, against the largest.
FLAT = 1e-10


class Method:
    """A method in the middle of its run. rate: may be changed between two steps."""

    def __init__(self, name: str, objective: Objective, rate: float, momentum: float = MOMENTUM) -> None:
        self.name, self.objective, self.rate, self.momentum = name, objective, rate, momentum
        n = objective.n
        #: velocity, or Adam's first moment; Adam's second moment
        self.first, self.second = np.zeros(n), np.zeros(n)
        #: steps that are done
        self.done = 0
        #: Newton's steps at which the Hessian was not positive definite
        self.bent = 0
        steps: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
            "gd": self._gd, "momentum": self._momentum, "nesterov": self._nesterov, "adam": self._adam,
            "newton": self._newton,
        }  # fmt: skip
        self._step = steps[name]

    def step(self, x: Numbers, gradient: Numbers) -> Numbers:
        """The step to be added to x, where the gradient is this. May use the objective at other points."""
        self.done += 1
        return self._step(x, gradient)

    def _gd(self, x: Numbers, gradient: Numbers) -> Numbers:
        return -self.rate * gradient

    def _momentum(self, x: Numbers, gradient: Numbers) -> Numbers:
        self.first = self.momentum * self.first - self.rate * gradient
        return self.first

    def _nesterov(self, x: Numbers, gradient: Numbers) -> Numbers:
        if self.done > 1:
            _, gradient = self.objective.at(x + self.momentum * self.first)
        self.first = self.momentum * self.first - self.rate * gradient
        return self.first

    def _adam(self, x: Numbers, gradient: Numbers) -> Numbers:
        self.first = BETA1 * self.first + (1 - BETA1) * gradient
        self.second = BETA2 * self.second + (1 - BETA2) * gradient * gradient
        mean = self.first / (1 - BETA1**self.done)
        spread = self.second / (1 - BETA2**self.done)
        result: Numbers = -self.rate * mean / (np.sqrt(spread) + EPSILON)
        return result

    def _newton(self, x: Numbers, gradient: Numbers) -> Numbers:
        gradient = gradient.copy()
        hessian = self.objective.hessian(x)
        if not np.isfinite(hessian).all():
            return np.full(len(x), np.nan)
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
        largest = float(np.abs(values).max(initial=0.0))
        if not largest:
            self.bent += 1
            return -self.rate * gradient
        if values[0] <= FLAT * largest:
            self.bent += 1
            values = np.maximum(np.abs(values), FLAT * largest)
        result: Numbers = -self.rate * (vectors @ ((vectors.T @ gradient) / values))
        return result


def known(name: Any) -> bool:
    """Whether it is a method of ours."""
    return name in METHODS
