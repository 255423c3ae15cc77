"""SciPy's minimisers over the same objective, with its exact gradient and, where they take one, its exact Hessian."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import progress
from ...errors import DcalcError, suggestion
from .objective import Objective
from .record import Record
from .run import Outcome, Plan, ended_by, length, start_of

Numbers = NDArray[np.float64]

#: SciPy's name -> what it is given beside the value: g the gradient, H the Hessian, v its products with vectors.
METHODS = {
    "Nelder-Mead": "", "Powell": "", "COBYLA": "", "COBYQA": "", "CG": "g", "BFGS": "g", "L-BFGS-B": "g", "TNC": "g",
    "SLSQP": "g", "Newton-CG": "gv", "trust-ncg": "gv", "trust-krylov": "gv", "trust-constr": "gH", "dogleg": "gH",
    "trust-exact": "gH",
}  # fmt: skip
PREFIX = "scipy:"


def named(text: str) -> str:
    """SciPy's own name of `scipy:bfgs`. ValueError (as an error of kind usage) for one that it has not."""
    name = text[len(PREFIX) :]
    known = {one.lower(): one for one in METHODS}
    if name.lower() in known:
        return known[name.lower()]
    hint = suggestion(name, list(METHODS), f"it has {', '.join(METHODS)}")
    raise DcalcError("usage", f"SciPy has no method {name}", hint=hint)


class _Way:
    """The iterates of a minimiser as it goes, and the last values, which are asked for one by one."""

    def __init__(self, objective: Objective, x: Numbers, plan: Plan, record: Record) -> None:
        self.objective, self.plan, self.record = objective, plan, record
        loss, slope = start_of(objective, x)
        self.start = loss
        self._known: list[tuple[Numbers, float, Numbers]] = []
        self.x, self.loss, self.slope = x.copy(), loss, slope.copy()
        self.k, self.why, self.rule = 0, "", ""
        self._look(math.nan, math.nan)

    def at(self, where: Numbers) -> tuple[float, Numbers]:
        """The value and the gradient."""
        for there, value, gradient in self._known:
            if np.array_equal(there, where):
                return value, gradient
        value, gradient = self.objective.at(np.array(where, dtype=np.float64))
        self._known.append((np.array(where), value, gradient.copy()))
        del self._known[:-8]
        return self._known[-1][1:]

    def step(self, where: Numbers) -> None:
        """The next iterate. StopIteration where it is the last."""
        value, gradient = self.at(where)
        moved, change = length(where - self.x), abs(value - self.loss)
        self.k += 1
        progress.advance()
        self.x, self.loss, self.slope = np.array(where, dtype=np.float64), value, gradient.copy()
        self._look(moved, change)
        if self.why:
            raise StopIteration

    def end(self, where: Numbers, *, success: bool) -> None:
        """Where the minimiser itself has ended. What it calls a success is one: it has tests of its own."""
        if not np.array_equal(where, self.x):
            self.loss, gradient = self.at(where)
            self.x, self.slope = np.array(where, dtype=np.float64), gradient.copy()
        self.why, self.rule = ("stopped", "scipy") if success else ("steps", "")

    def _look(self, moved: float, change: float) -> None:
        size = length(self.slope)
        self.record.add(np.array([[self.k, self.loss, size, moved, *self.x]]))
        self.rule = self.plan.rules.held(size, self.loss, moved, change)
        self.why = "stopped" if self.rule else "steps" if self.k >= self.plan.steps else ""


def by_scipy(objective: Objective, x: Numbers, plan: Plan, record: Record) -> Outcome:
    """The minimum by SciPy. DcalcError where it is not installed."""
    try:
        from scipy import optimize
    except ImportError:
        message = f"--method {plan.method} needs SciPy"
        raise DcalcError("usage", message, hint="pip install 'dcalc[special]', or --method newton") from None
    name = named(plan.method)
    begun, message = time.perf_counter(), ""
    with np.errstate(all="ignore"), warnings.catch_warnings(), progress.stage("descending", plan.steps, "steps"):
        warnings.simplefilter("ignore")  # what they say is in the message
        way = _Way(objective, x, plan, record)
        minimize: Any = optimize.minimize
        try:
            if not way.why:
                found = minimize(lambda where: way.at(where)[0], x.copy(), method=name, **_given(name, way))
                if not way.why:
                    message = " ".join(str(found.message).split())
                    way.end(found.x, success=bool(found.success))
        except StopIteration:
            pass
        except KeyboardInterrupt:
            way.why = "interrupted"
        except ValueError as problem:  # of a value that is not finite on its way, or a Hessian that it cannot take
            raise DcalcError("domain", f"SciPy's {name} failed: {problem}", hint="begin elsewhere: --start") from None
    why, rule = ended_by(way.why, way.rule, plan)
    if why == "stopped" and not math.isfinite(way.loss):
        why = "unbounded" if way.loss == -math.inf else "undefined"
    return Outcome(why, rule, way.k, way.x, way.loss, way.slope, record, way.start,
                   time.perf_counter() - begun, message=message)  # fmt: skip


def _given(name: str, way: _Way) -> dict[str, Any]:
    """What a method is given beside the value and the start."""
    takes, steps, bound = METHODS[name], way.plan.steps, way.plan.rules.grad
    options: dict[str, Any] = {"maxfun": 20 * steps} if name == "TNC" else {"maxiter": steps}
    if name in ("COBYLA", "COBYQA"):
        options = {"maxiter": max(steps, 2 * len(way.x) + 4)}
    if bound > 0 and name in _BY_GRADIENT:  # its own test is not to come before ours
        options["gtol"] = bound / math.sqrt(max(1, len(way.x)))
        if name == "L-BFGS-B":
            options["ftol"] = 0.0
        if name == "trust-constr":
            options["xtol"] = 1e-14
    if bound > 0 and name == "Newton-CG":
        options["xtol"] = 1e-14
    given: dict[str, Any] = {"options": options, "callback": way.step}
    if name == "trust-constr":
        given["callback"] = lambda where, state: way.step(where)
    if "g" in takes:
        given["jac"] = lambda where: way.at(where)[1]
    if "H" in takes:
        given["hess"] = way.objective.hessian
    if "v" in takes:
        given["hessp"] = way.objective.product
    return given


#: Methods that stop by the gradient's length.
_BY_GRADIENT = ("CG", "BFGS", "L-BFGS-B", "trust-ncg", "trust-krylov", "trust-constr", "dogleg", "trust-exact")
