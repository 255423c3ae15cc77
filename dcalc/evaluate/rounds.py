"""Rounds of a loop by Python and NumPy: in turn what hangs on the round before, in columns all that does not.

The states are put in groups, each made of those that hang on each other. A group is run round by round; what is
computed of groups that are done, and of the round's number, is computed for a stretch of rounds at once, by NumPy over
columns. So a tangent or an adjoint costs a product or two a round, and a sum or product is NumPy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from ..graph.exact import to_float
from ..graph.loops import Body
from ..graph.shapes import size
from .array import bind
from .moves import key
from .plan import Input, Plan, Step, make_plan

#: Rounds of a stretch, and numbers that its columns may hold.
ROUNDS = 4096
NUMBERS = 2**21

#: The least normal number: an adjoint below it never gets to 0, and takes long.
LEAST = 2.0**-1022
#: Operations that NumPy does over a whole column, each result being the next one's first argument.
_RUNNING: dict[str, Any] = {"+": np.add, "*": np.multiply}


class Group(NamedTuple):
    """States that hang on each other. `steps` are those that are computed in turn, for their results."""

    states: list[int]
    steps: list[Step]
    #: slots that the steps and results read, which do not hang on the group
    reads: list[int]
    results: list[int]
    #: what is computed over columns before
    columns: list[Step]
    #: of one number whose next value is a multiple of it, and something
    affine: bool
    #: of one array to which numbers are added at places: the steps that put them there
    puts: list[Step]


def puts_into(plan: Plan, state: int) -> list[Step]:
    """The steps that put something into an array that is otherwise as it was, if that is all that happens to it."""
    by_slot = {step.slot: step for step in plan.steps}
    own = {given.slot for given in plan.inputs if int(given.name) == state and given.places is None}
    result = plan.outputs[state]
    found, itself = [], 0
    stack = [result]
    while stack:
        slot = stack.pop()
        step = by_slot.get(slot)
        if slot in own:
            itself += 1
        elif step is None or step.shape != plan.shapes[state] or step.op not in ("+", "put"):
            return []
        elif step.op == "put":
            found.append(step)
        else:
            stack += step.args
    return found if itself == 1 else []


class Interpreter:
    """The rounds of a body whose inputs are: what is carried, columns, the round's number, what is given.

    many: None for one point; else which of what is given has a value for each of many points (all that is carried has).
    fading: so many of what is carried, from the first, may be 0 where they are less than the least normal number.
    exact: so many are computed operation by operation, the others may be put together otherwise.
    """

    def __init__(
        self,
        body: Body,
        carried: int,
        columns: int,
        many: Sequence[bool] | None,
        fading: int = 0,
        exact: int = 0,
        *,
        backwards: bool = False,
    ) -> None:
        graph = body.graph
        plan = self.plan = make_plan(graph, body.results)
        self.carried, self.backwards, self.fading, self.exact = carried, backwards, fading, exact
        self.counter = carried + columns
        self.many = many
        self.shapes = graph.shapes[:carried]
        #: of each slot the states that it hangs on, as bits; and whether it differs from round to round
        self.hangs = [0] * plan.size
        self.moves = [False] * plan.size
        #: whether a slot has a value for each point
        self.batched = [False] * plan.size
        self.inputs: list[tuple[int, Input]] = [(int(given.name), given) for given in plan.inputs]
        for place, given in self.inputs:
            if place < carried:
                self.hangs[given.slot] = 1 << place
            self.moves[given.slot] = place <= self.counter
            behind = place - self.counter - 1
            self.batched[given.slot] = many is not None and place != self.counter and (behind < 0 or many[behind])
        self.by_slot = {step.slot: step for step in plan.steps}
        for step in plan.steps:
            for arg in step.args:
                self.hangs[step.slot] |= self.hangs[arg]
                self.moves[step.slot] |= self.moves[arg]
                self.batched[step.slot] |= self.batched[arg]
        self.fixed = [step for step in plan.steps if not self.moves[step.slot]]
        self._kernels: dict[Any, Callable[..., Any]] = {}
        #: slots that are computed over columns
        self._columns: set[int] = set()
        self.groups = self._groups()
        # What is put into arrays is never a column.
        puts = {step.slot for group in self.groups for step in group.puts}
        apart = {group.states[0] for group in self.groups if group.puts}
        widths = [size(step.shape) for step in plan.steps if step.slot in self._columns - puts]
        self.width = max(1, sum(widths) + sum(size(graph.shapes[k]) for k in range(self.counter) if k not in apart))

    def _groups(self) -> list[Group]:
        results = self.plan.outputs
        count = self.carried
        if self.many is not None:
            return [self._group(list(range(count)), set())] if count else []
        reach = [self.hangs[result] for result in results]
        while True:
            wider = []
            for mine in reach:
                for k in range(count):
                    if mine >> k & 1:
                        mine |= reach[k]
                wider.append(mine)
            if wider == reach:
                break
            reach = wider
        groups: dict[int, list[int]] = {}
        for k in range(count):
            # Those of a group reach each other; what reaches less comes first.
            alike = [j for j in range(count) if j == k or (reach[k] >> j & 1 and reach[j] >> k & 1)]
            groups.setdefault(alike[0], []).append(k)
        order = sorted(groups.values(), key=lambda states: (reach[states[0]] | 1 << states[0]).bit_count())
        done: set[int] = set()
        return [self._group(states, done) for states in order]

    def _group(self, states: list[int], done: set[int]) -> Group:
        plan = self.plan
        mine = sum(1 << k for k in states)
        results = [self.plan.outputs[k] for k in states]
        inside: set[int] = set()
        reads: set[int] = set()
        stack = list(results)
        while stack:
            slot = stack.pop()
            if slot in inside or slot in reads:
                continue
            if self.many is not None:
                turning = self.moves[slot]
            else:
                turning = bool(self.hangs[slot] & mine)
            if not turning or slot not in self.by_slot:
                reads.add(slot)
                continue
            inside.add(slot)
            stack += self.by_slot[slot].args
        alone = len(states) == 1 and self.many is None
        puts = puts_into(plan, states[0]) if alone and self.backwards and self.shapes[states[0]] else []
        if puts:
            reads, inside, results = {arg for step in puts for arg in step.args}, set(), []
        steps = [self.by_slot[slot] for slot in sorted(inside)]
        own = {given.slot for place, given in self.inputs if place < self.carried and mine >> place & 1}
        columns: set[int] = set()
        stack = [slot for slot in reads if slot not in own]
        while stack and self.many is None:
            slot = stack.pop()
            if slot in self.by_slot and self.moves[slot] and slot not in done:
                done.add(slot)
                columns.add(slot)
                self._columns.add(slot)
                stack += self.by_slot[slot].args
        affine = (
            alone and states[0] >= self.exact and not self.shapes[states[0]] and self._is_affine(steps, own, results[0])
        )
        before = [self.by_slot[slot] for slot in sorted(columns)]
        return Group(states, steps, sorted(reads), results, before, affine, puts)

    def _is_affine(self, steps: Sequence[Step], own: set[int], result: int) -> bool:
        """Whether the one number of a group becomes a multiple of itself and something."""
        inside = set(own)
        for step in steps:
            sides = [arg in inside for arg in step.args]
            fits = (
                step.op in ("neg", "+", "-")
                or (step.op == "*" and sides != [True, True])
                or (step.op == "/" and sides == [True, False])
                or (step.op == "if" and not sides[0])
            )
            if not fits or step.shape or any(step.shapes):
                return False
            inside.add(step.slot)
        return result in inside

    def kernel(self, step: Step, batched: Sequence[bool]) -> Callable[..., Any]:
        """The function of a step for arguments of which some have one more axis in front."""
        signature = (step.op, step.attr, step.shape, step.shapes, tuple(batched))
        known = self._kernels.get(signature)
        if known is None:
            known = self._kernels[signature] = bind(step, batched)
        return known

    def bound(self, given: Sequence[Any], points: int) -> _Run:
        """A runner for what every round is given."""
        return _Run(self, given, points)


class _Run:
    """A stretch after the other, see `loops.Runner`."""

    def __init__(self, interpreter: Interpreter, given: Sequence[Any], points: int) -> None:
        self.of = of = interpreter
        self.points = points
        self.stretch = max(1, min(ROUNDS, NUMBERS // (of.width * max(1, points))))
        self.known: list[Any] = [None] * of.plan.size
        for slot, constant in of.plan.constants:
            self.known[slot] = to_float(constant)
        with np.errstate(all="ignore"):
            for place, one in of.inputs:
                if place > of.counter:
                    many = of.batched[one.slot]
                    self.known[one.slot] = _picked(given[place - of.counter - 1], one, many)
            for step in of.fixed:
                kernel = of.kernel(step, [of.batched[arg] for arg in step.args])
                self.known[step.slot] = kernel(*[self.known[arg] for arg in step.args])
        self._turns = [_Turns(self, group) for group in of.groups]

    def start(self, values: Sequence[Any]) -> list[Any]:
        """The states, at many points as whole arrays."""
        if not self.points:
            return [value if shape else float(value) for value, shape in zip(values, self.of.shapes, strict=True)]
        return [
            value if np.ndim(value) > len(shape) else np.broadcast_to(value, (self.points, *shape))
            for value, shape in zip(values, self.of.shapes, strict=True)
        ]

    def values(self, state: list[Any]) -> list[Any]:
        """The states as they are."""
        return state

    def run(
        self, state: list[Any], columns: Any, first: int, rounds: int, record: bool = False
    ) -> tuple[list[Any], Any]:
        """See `loops.Runner`. What is recorded is a column for each state."""
        of = self.of
        numbers = np.arange(first, first + rounds, dtype=np.float64)
        given: list[Any] = [*(columns or ()), numbers]
        if of.backwards:
            given = [column[::-1] for column in given]
        known = self.known.copy()
        for place, one in of.inputs:
            if of.carried <= place <= of.counter:
                column = given[place - of.carried]
                known[one.slot] = column if one.places is None else column[(..., *key(one.places))]
        after = list(state)
        recorded: list[Any] = [None] * of.carried
        with np.errstate(all="ignore"):
            for turns in self._turns:
                turns.run(known, state, after, recorded, rounds, record)
        return after, recorded if record else None


def _picked(value: Any, given: Input, many: bool) -> Any:
    if given.places is None:
        return value
    return value[(slice(None), *key(given.places))] if many else value.item(given.places)


class _Turns:
    """A group of states, run."""

    def __init__(self, run: _Run, group: Group) -> None:
        self.run_of, self.group = run, group
        of = self.of = run.of
        if of.many is None:
            self._columns = [(s, of.kernel(s, [of.moves[arg] for arg in s.args])) for s in group.columns]
        else:
            self._columns = []
        #: the group's own states among the slots: (slot, which, input)
        self._own = [(g.slot, place, g) for place, g in of.inputs if place in group.states]
        own = {slot for slot, _, _ in self._own}
        self._moving = [slot for slot in group.reads if of.moves[slot] and slot not in own]
        self._still = [slot for slot in group.reads if not of.moves[slot]]
        # Slots of its own: the states, what moves, what does not, what is picked of the states, what is computed.
        place: dict[int, int] = {}
        whole = {which: k for k, which in enumerate(group.states)}
        for slot, which, given in self._own:
            if given.places is None:
                place[slot] = whole[which]
        count = len(whole)
        for slot in (*self._moving, *self._still):
            place[slot] = count
            count += 1
        self._picks = []
        for slot, which, given in self._own:
            if given.places is not None:
                place[slot] = count
                self._picks.append((count, whole[which], given))
                count += 1
        self._steps = []
        for step in group.steps:
            place[step.slot] = count
            count += 1
            kernel = of.kernel(step, [of.batched[arg] for arg in step.args])
            args = [place[arg] for arg in step.args]
            a, b = args[0], args[1] if len(args) > 1 else None
            self._steps.append((place[step.slot], kernel, a, b, args if len(args) > 2 else None))
        self._results = [place[result] for result in group.results]
        self._size = count
        self._whole = [k for k, result in enumerate(group.results) if of.many is not None and not of.batched[result]]
        self._plain = len(group.states) == 1 and of.many is None and not group.puts

    def run(
        self, known: list[Any], state: list[Any], after: list[Any], recorded: list[Any], rounds: int, record: bool
    ) -> None:
        """Some rounds: `after` gets the states behind them, `recorded` (and `known`) those before each."""
        group = self.group
        for step, kernel in self._columns:
            known[step.slot] = kernel(*[known[arg] for arg in step.args])
        if group.puts:
            (which,) = group.states
            total = np.array(state[which], dtype=np.float64)
            for step in group.puts:
                value, where = (known[arg] for arg in step.args)
                at = np.broadcast_to(np.asarray(where).astype(np.int64) - 1, (rounds,))
                np.add.at(total, at, value)
            after[which] = total
            return
        found = self._together(known, state[group.states[0]], rounds) if self._plain else None
        # Who comes later reads them, whoever asked for them or not.
        if found is not None:
            columns: Any = [found[:-1]]
            (which,) = group.states
            after[which] = found[-1] if self.of.shapes[which] else float(found[-1])
        else:
            keep = record or (self.of.many is None and len(self.of.groups) > 1)
            columns = self._in_turn(known, state, after, rounds, keep)
        if columns is None:
            return
        for which, column in zip(group.states, columns, strict=True):
            recorded[which] = column
        if self.of.many is None:
            for slot, which, given in self._own:
                column = recorded[which]
                known[slot] = column if given.places is None else column[(..., *key(given.places))]

    def _together(self, known: list[Any], start: Any, rounds: int) -> Any:
        """The values before each round and behind the last, if NumPy has them at once."""
        group, of = self.group, self.of
        (result,) = group.results
        shape = of.shapes[group.states[0]]
        found = np.empty((rounds + 1, *shape))
        found[0] = start
        if not group.steps:
            if result in {slot for slot, _, _ in self._own}:
                found[:] = start
            else:  # it hangs on what is known already
                found[1:] = known[result]
            return found
        own = {slot for slot, _, given in self._own if given.places is None}
        if len(group.steps) == 1:
            (step,) = group.steps
            running = _RUNNING.get(step.op)
            sides = [arg in own for arg in step.args]
            if running is not None and sum(sides) == 1 and step.shape == shape:
                other = known[step.args[sides.index(False)]]
                if np.ndim(other) <= len(shape) or np.ndim(other) == len(shape) + 1:
                    found[1:] = other
                    found = running.accumulate(found, axis=0)
                    return self._faded(found) if step.op == "*" and np.all(np.isfinite(found)) else found
        if group.affine:
            return self._affine(known, found, rounds)
        return None

    def _affine(self, known: list[Any], found: Any, rounds: int) -> Any:
        """The values of c*s + d, round by round, with columns for c and d; None where one is not finite."""
        group, of = self.group, self.of
        parts: dict[int, tuple[Any, Any]] = {slot: (1.0, 0.0) for slot, _, _ in self._own}

        def apply(step: Step, values: Sequence[Any]) -> Any:
            return of.kernel(step, [np.ndim(value) > 0 for value in values])(*values)

        for step in group.steps:
            pairs = [parts.get(arg, (None, known[arg])) for arg in step.args]
            if step.op in ("*", "/", "if"):  # what is no part of it stands in both
                made = [[d if c is None else (c, d)[k] for c, d in pairs] for k in (0, 1)]
                if step.op == "if":
                    made[0][1:] = [0.0 if c is None else c for c, _ in pairs[1:]]
            else:
                made = [[0.0 if c is None else c for c, _ in pairs], [d for _, d in pairs]]
            parts[step.slot] = (apply(step, made[0]), apply(step, made[1]))
        factor, term = parts[group.results[0]]
        if not (np.all(np.isfinite(factor)) and np.all(np.isfinite(term))):
            return None
        if not np.any(term):
            found[1:] = factor
            found = np.multiply.accumulate(found)
            return self._faded(found)
        value = float(found[0])
        values = [value]
        keep = values.append
        columns = (np.broadcast_to(one, (rounds,)).tolist() for one in (factor, term))
        for c, d in zip(*columns, strict=True):
            value = c * value + d
            keep(value)
        return np.array(values)

    def _faded(self, found: Any) -> Any:
        """Products that fade, with 0 from where they leave the normal numbers if they may."""
        if self.group.states[0] < self.of.fading and not found.ndim > 1 and abs(found[-1]) < LEAST:
            found[int(np.argmax(np.abs(found) < LEAST)) :] = 0.0
        return found

    def _in_turn(self, known: list[Any], state: list[Any], after: list[Any], rounds: int, keep: bool) -> Any:
        group, of = self.group, self.of
        count = len(group.states)
        values: list[Any] = [None] * self._size
        values[:count] = [state[k] for k in group.states]
        moving = self._moving
        for k, slot in enumerate(self._still, count + len(moving)):
            values[k] = known[slot]
        end = count + len(moving)
        columns = [_listed(known[slot]) for slot in moving]
        turns: Any = zip(*columns, strict=True) if columns else repeat((), rounds)
        steps, results, picks, whole, points = self._steps, self._results, self._picks, self._whole, self.run_of.points
        kept: list[Any] = []
        (only,) = results if count == 1 else (None,)
        for row in turns:
            values[count:end] = row
            if keep:
                kept.append(values[0] if only is not None else values[:count])
            for place, which, given in picks:
                values[place] = _picked(values[which], given, of.many is not None)
            for place, kernel, a, b, rest in steps:
                if b is None:
                    values[place] = kernel(values[a])
                elif rest is None:
                    values[place] = kernel(values[a], values[b])
                else:
                    values[place] = kernel(*[values[arg] for arg in rest])
            if only is not None:
                values[0] = values[only]
            else:
                values[:count] = [values[result] for result in results]
            for k in whole:
                values[k] = np.broadcast_to(values[k], (points, *of.shapes[group.states[k]]))
        for k, which in enumerate(group.states):
            after[which] = values[k]
        if not keep:
            return None
        if only is not None:
            return [np.array(kept, dtype=np.float64)]
        if all(not of.shapes[which] for which in group.states) and of.many is None:
            return list(np.array(kept, dtype=np.float64).T)
        return [np.array([row[k] for row in kept], dtype=np.float64) for k in range(count)]


def _listed(column: Any) -> Any:
    """A column to go through round by round: of numbers as floats."""
    return column.tolist() if isinstance(column, np.ndarray) and column.ndim == 1 else column
