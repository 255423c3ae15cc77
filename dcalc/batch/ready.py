"""What a worker needs, loaded once: workers are copies of the process that has imported this."""

from __future__ import annotations

import gc

import numpy  # noqa: F401

from ..backends import BUILT_IN, backend
from ..commands.batch.compute import Kept, compute
from ..commands.batch.job import read_job
from ..graph.simplify import factors, match, rewrites  # noqa: F401  # factors: imported where it is used
from . import worker  # noqa: F401

for _name in BUILT_IN:
    backend(_name)
#: The tables of the grammar and the rules of the usual functions are read on first use.
_JOB = '{"expr": "sin(x)*exp(y)/x + log(x)^2", "at": {"x": 1, "y": "1"}, "want": ["grad", "hess", "diff"]}'
compute(read_job(_JOB), Kept())
for _place in range(len(rewrites.REWRITES)):
    match.ready(_place)
gc.collect()
gc.freeze()
