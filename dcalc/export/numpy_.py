"""NumPy: whole arrays; functions of numbers take arrays of them as well. SciPy where digamma and its kin are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from . import arrays
from .arrays import RESERVED, ArrayWriter
from .job import Job
from .names import Namer
from .writer import Form

ENDING = ".py"


class NumpyWriter(ArrayWriter):
    """Statements over NumPy's arrays."""

    forms: ClassVar[Mapping[str, Form]] = {
        **arrays.forms("np"),
        **{name: Form(f"{name}({{0}})", helper=name) for name in ("erf", "erfc", "gamma", "lgamma", "digamma")},
    }


def source(job: Job) -> str:
    """The module. Raises UnwrittenError."""
    writer = NumpyWriter(Namer(RESERVED))
    text = arrays.written(job, writer, "@HEAD@", '@np.errstate(all="ignore")\n', "np.asarray({0}, dtype=float)")
    head = "import math\n\n" if "math." in text else ""
    head += "import numpy as np\n"
    head += "from scipy import special\n" if "special." in text else ""
    return text.replace("@HEAD@", head, 1)
