"""JAX: whole arrays, double precision, to be compiled by `jax.jit`; loops are `jax.lax.fori_loop`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..evaluate.plan import Step
from . import arrays
from .arrays import RESERVED, ArrayWriter
from .job import Job
from .names import Namer
from .writer import Form, Term

ENDING = ".py"


class JaxWriter(ArrayWriter):
    """Statements over JAX's arrays."""

    short = "jnp"
    forms: ClassVar[Mapping[str, Form]] = {
        **arrays.forms("jnp"),
        **{name: Form(f"{name}({{0}})", helper=name) for name in ("erf", "erfc", "gamma", "lgamma", "digamma")},
    }

    def loop(self, step: Step, args: Sequence[Term], name: str) -> dict[int, Term]:
        """A loop that is compiled as one: what a round does is a function of the states."""
        loop = step.attr
        states = [self.namer.own(name) if name and k == 0 else self.namer.fresh() for k in range(loop.count)]
        counter, body = self.namer.fresh("k"), self.namer.fresh("round")
        names = ", ".join(states) + ("," if loop.count == 1 else "")
        self.say(f"def {body}({counter}, states):")
        self.depth += 1
        self.say(f"{names} = states")
        self.say(f"{counter} = jnp.asarray({counter}, dtype=float)")
        found = self.round(loop, [Term(state) for state in states], Term(counter), args[loop.count :])
        self.say("return " + self._tuple(found))
        self.depth -= 1
        given = self._tuple(args[: loop.count])
        self.say(f"{names} = jax.lax.fori_loop({loop.first}, {loop.first + loop.rounds}, {body}, {given})")
        return dict(enumerate(map(Term, states)))

    def _tuple(self, terms: Sequence[Term]) -> str:
        shown = [(self.number(one) if one.truth else one).text for one in terms]
        return "(" + "".join(f"jnp.asarray({one}, dtype=float), " for one in shown).rstrip(" ") + ")"


def source(job: Job) -> str:
    """The module. Raises UnwrittenError."""
    writer = JaxWriter(Namer(RESERVED))
    text = arrays.written(job, writer, "@HEAD@", "@jax.jit\n", "jnp.asarray({0}, dtype=float)")
    head = "import math\n\n" if "math." in text else ""
    head += "import jax\nimport jax.numpy as jnp\nimport numpy as np\n"
    head += "from jax.scipy import special\n" if "special." in text else ""
    head += '\njax.config.update("jax_enable_x64", True)\n'
    return text.replace("@HEAD@", head, 1)
