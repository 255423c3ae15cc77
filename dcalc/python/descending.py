"""Gradient descent in Python: `dcalc.descend("(x-3)^2 + y^2", {"x": 0, "y": 1})`, `f.descend(x=0, y=1)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..commands.base import Ask, Output, new_state
from ..commands.descend import descended, hold_method
from ..commands.options import OPTIONS, read
from ..errors import DcalcError
from ..evaluate.engines import using
from ..language import source
from .given import Given, point_given

if TYPE_CHECKING:
    from .function import Function


class Descended(Mapping[str, Any]):
    """How a descent went: a mapping of the inputs to the values that were reached, and what is known of it.

    value, gradient (one vector): at that point. converged, why: "stopped", "steps", "diverged", "unbounded",
    "undefined" or "interrupted". steps: how many. kind: "minimum", "saddle", …; eigenvalues: of the Hessian. rate:
    after a descent that diverged, one that was tried and does better, else None. notes: what the command line says.
    """

    def __init__(self, output: Output) -> None:
        (result,) = output.results
        outcome = result.outcome
        self._result, self._point = result, result.point
        self.value, self.gradient, self.vector = float(outcome.loss), outcome.slope, outcome.x
        self.converged, self.why, self.steps = outcome.converged, outcome.why, outcome.steps
        self.kind = result.verdict.kind if result.verdict else ""
        self.eigenvalues = result.verdict.eigenvalues if result.verdict else np.zeros(0)
        self.rate = result.proposal.rate if result.proposal else None
        self.notes = [note.message for note in output.notes]

    @property
    def trace(self) -> NDArray[np.float64]:
        """The steps that are kept, a row each: see `columns`."""
        rows: NDArray[np.float64] = self._result.rows
        return rows

    @property
    def columns(self) -> list[str]:
        """What the columns of `trace` are."""
        return ["k", "loss", "|grad|", "|step|", *self._result.labels]

    def __getitem__(self, name: str) -> Any:
        return self._point[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._point)

    def __len__(self) -> int:
        return len(self._point)

    def __repr__(self) -> str:
        from ..render.shown.descent import why

        return f"<{dict(self._point)}, value {self.value:.10g}, {why(self._result)}>"

    def __str__(self) -> str:
        from ..render import render

        return render([self._result], [])

    def _repr_png_(self) -> Any:
        from ..render.shown.descent import drawn

        try:
            return drawn(self._result, "png", 10)
        except DcalcError:  # without matplotlib there is the text
            return None


def descend(
    f: str | Function,
    start: Mapping[str, Given],
    *,
    at: Mapping[str, Given] | None = None,
    rate: float | None = None,
    steps: int | None = None,
    method: str = "gd",
    momentum: float | None = None,
    stop: str = "grad<1e-8",
    data: Mapping[str, Given] | None = None,
    mean: bool = False,
    batch_size: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    engine: str | None = None,
) -> Descended:
    """Gradient descent of a text or Function from `start`; `at` holds what stays. Raises DcalcError.

    method, rate, momentum, stop: as `dcalc help descend` has them. data: columns by name, of N numbers or arrays each:
    the objective is the sum over the rows (mean: the mean); batch_size, epochs and seed: a step for every so many rows
    in a shuffled order. An interrupt (Ctrl-C) ends it with what has been reached.
    """
    text = f if isinstance(f, str) else f.text
    options: dict[str, Any] = {"method": read(OPTIONS["method"], method), "stop": read(OPTIONS["stop"], stop)}
    numbers = {"rate": rate, "steps": steps, "momentum": momentum, "batch-size": batch_size, "epochs": epochs}
    for name, value in {**numbers, "shuffle-seed": seed}.items():
        if value is not None:
            options[name] = read(OPTIONS[name], repr(value))
    if engine:
        options["engine"] = engine
    if (mean or batch_size or epochs) and data is None:
        raise DcalcError("usage", "mean, batch_size and epochs are of rows", hint="give them by data={name: column}")
    ask = Ask(source(text), {**options, "mean": mean})
    hold_method(ask)
    columns = None
    if data is not None:
        if not isinstance(data, Mapping):
            raise DcalcError("usage", "data is not columns by name", hint="data={'x': [1, 2], 'y': [2, 4]}")
        columns = {name: np.atleast_1d(one) for name, one in point_given(None, data).items()}
        sizes = sorted({len(one) for one in columns.values()})
        if len(sizes) != 1:
            words = f"the columns have {', '.join(map(str, sizes))} rows"
            raise DcalcError("shape", words, hint="what is the same in all rows goes into at")
    with using(engine):
        output = descended(new_state(), ask, point_given(None, start), point_given(None, at or {}), columns)
    return Descended(output)
