"""Loops that are nodes, run: forwards, and backwards over the states that a loop had, which are kept or made again.

A way back needs the states before each round. They are kept at checkpoints, and between two of these the rounds are run
once more; where even the checkpoints were too many, there are checkpoints between checkpoints (Griewank and Walther,
*Evaluating Derivatives*, 2nd ed., chapter 12). The memory is bounded, whatever the number of rounds.

What runs a stretch of rounds is `rounds.Interpreter` or compiled code (`llvm.rounds`); both are called for stretches
that are short in time, so that Ctrl-C is heard.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..graph.loops import Back, Body, Loop
from ..graph.shapes import Shape, size
from ..progress import advance, stage
from . import engines
from .moves import Kernel, count
from .plan import Step
from .rounds import Interpreter

#: Numbers that the states at the checkpoints of one level may hold (8 MB), and those of a stretch that is kept, so that
#: the cache holds them.
CHECKPOINTS = 2**20
STRETCH = 2**15
#: Seconds that an interpreter takes for an operation.
EACH = 1e-7

#: Values of states, one after the other, as the runner likes them.
State: TypeAlias = Any


class Runner(Protocol):
    """Runs stretches of rounds, with what every round is given."""

    #: how many rounds to run at once
    stretch: int

    def start(self, values: Sequence[Any]) -> State:
        """States from values."""

    def run(self, state: State, columns: Any, first: int, rounds: int, record: bool = False) -> tuple[State, Any]:
        """The state after some rounds, and the states before each if `record`.

        columns: what another runner recorded of the same rounds, None where there is none. first: the number of the
        first round; a runner that goes backwards begins with the last one.
        """

    def values(self, state: State) -> Sequence[Any]:
        """The values of states."""


def run_loop(loop: Loop, args: Sequence[Any], points: int = 0) -> Sequence[Any]:
    """The final states of a loop. points: how many points the arguments are for, each with a first axis; 0: one."""
    forwards = _runner(loop, args[loop.count :], points, compiled=_is_compiled([loop], loop.rounds, points))
    state = forwards.start(args[: loop.count])
    with stage("running a loop", loop.rounds, "rounds"):
        state = _on(forwards, state, loop.first, loop.rounds)
    return forwards.values(state)


def _on(forwards: Runner, state: State, first: int, rounds: int) -> State:
    """The state after some rounds more."""
    end = first + rounds
    while first < end:
        some = min(forwards.stretch, end - first)
        state, _ = forwards.run(state, None, first, some)
        advance(some)
        first += some
    return state


def run_back(back: Back, args: Sequence[Any], points: int = 0) -> Sequence[Any]:
    """What a way back has carried to the beginning."""
    loop = back.loop
    inner = loop.count + loop.given
    given = args[loop.count : inner]
    compiled = _is_compiled([loop, back], loop.rounds, points)  # one reads what the other records
    forwards = _runner(loop, given, points, compiled=compiled)
    backwards = _runner(back, [*given, *args[inner + back.count :]], points, compiled=compiled)
    stretch = min(forwards.stretch, backwards.stretch)
    numbers = max(1, points) * sum(map(size, loop.carried))
    stretch = max(1, min(stretch, STRETCH // numbers))
    most = max(2, CHECKPOINTS // numbers)
    carried = backwards.start(args[inner : inner + back.count])

    def through(state: State, first: int, rounds: int) -> None:
        """Carry back over these rounds, before which the loop had this state."""
        nonlocal carried
        if rounds <= stretch:
            _, record = forwards.run(state, None, first, rounds, True)
            carried, _ = backwards.run(carried, record, first, rounds)
            advance(2 * rounds)
            return
        piece = stretch
        while piece * most < rounds:
            piece *= most
        starts = range(first, first + rounds, piece)
        states = [state]
        for start in starts[1:]:
            states.append(_on(forwards, states[-1], start - piece, piece))
        for start in reversed(starts):
            through(states.pop(), start, min(piece, first + rounds - start))

    with stage("going back through a loop", 3 * loop.rounds, "rounds"):
        through(forwards.start(args[: loop.count]), loop.first, loop.rounds)
    return backwards.values(carried)


def _runner(attr: Loop | Back, given: Sequence[Any], points: int, *, compiled: bool) -> Runner:
    """What runs the rounds of a loop or of a way back, made once for the same operations."""
    body, carried, columns, fading = _described(attr)
    exact = attr.made.get("exact", carried) if isinstance(attr, Loop) else 0
    if compiled:
        from .llvm.rounds import Compiled

        code = _code(attr)
        assert code is not None
        return Compiled(code, given, points)
    many = tuple(points > 0 and np.ndim(value) > len(shape) for value, shape in zip(given, _given(attr), strict=True))
    key = ("interpreter", points > 0, many)
    interpreter: Interpreter | None = attr.made.get(key)
    if interpreter is None:
        flags = many if points else None
        interpreter = attr.made[key] = Interpreter(
            body, carried, columns, flags, fading, exact, backwards=isinstance(attr, Back)
        )
    return interpreter.bound(given, points)


def _described(attr: Loop | Back) -> tuple[Body, int, int, int]:
    """The body, how many values are carried, how many come in columns, and how many of those carried may fade."""
    if isinstance(attr, Loop):
        return attr.body, attr.count, 0, 0
    return attr.body, attr.count, attr.loop.count, attr.count if attr.of is None else attr.loop.count


def _code(attr: Loop | Back) -> Any:
    """The program that is compiled for it; None where there can be none."""
    if "code" not in attr.made:
        from .llvm.rounds import program

        attr.made["code"] = program(*_described(attr), backwards=isinstance(attr, Back))
    return attr.made["code"]


def _given(attr: Loop | Back) -> list[Shape]:
    """The shapes of what every round is given."""
    shapes = attr.shapes
    if isinstance(attr, Loop):
        return shapes[attr.count :]
    inner = len(attr.loop.shapes)
    return [*shapes[attr.loop.count : inner], *shapes[inner + attr.count :]]


def _is_compiled(attrs: Sequence[Loop | Back], rounds: int, points: int) -> bool:
    """Whether the rounds of these are worth compiling, and can be.

    They are if the interpreter would take longer than that, or has taken as long already.
    """
    bodies = [attr.body for attr in attrs]
    wanted = engines.WANTED.get()
    if wanted in ("scalar", "array"):
        return False
    if any(body.graph.looping for body in bodies):
        return False
    if wanted is None:
        operations = sum(len(body.graph) for body in bodies)
        made = attrs[-1].made
        loading = 0.0 if "llvmlite.binding" in sys.modules else engines.LOADING
        compiling = 0.0 if "code" in made else engines.COMPILING * len(bodies) + engines.EACH * operations
        spent = made["spent"] = made.get("spent", 0.0) + 1e3 * EACH * rounds * max(1, points) * operations
        if spent < 1.3 * (loading + compiling):
            return False
        if engines.unavailable():
            return False
    else:
        engines.require()
    programs = [_code(attr) for attr in attrs]
    return all(code is not None and not (points and code.single) for code in programs)


# ---- the kernels of the two operations


def _maker(run: Callable[..., Sequence[Any]]) -> Callable[[Step, Sequence[bool]], Kernel]:
    def make(step: Step, batched: Sequence[bool]) -> Kernel:
        attr = step.attr
        carried = attr.carried

        def one(*args: Any) -> Any:
            found = run(attr, args)
            flat = [np.reshape(value, -1) if shape else value for value, shape in zip(found, carried, strict=True)]
            return (
                np.array(flat, dtype=np.float64)
                if not any(carried)
                else np.concatenate([np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in flat])
            )

        def many(*args: Any) -> Any:
            points = count(args, batched)
            found = run(attr, args, points)
            parts = [np.asarray(value, dtype=np.float64).reshape(points, -1) for value in found]
            return np.concatenate(parts, axis=1)

        return many if any(batched) else one

    return make


MAKERS = {"loop": _maker(run_loop), "back": _maker(run_back)}
