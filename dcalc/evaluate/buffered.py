"""A plan with arrays, prepared to be run at many points one after the other by NumPy, in memory that is used again.

Operations by component write where a value has died; zeros around a part are not made: the part is added in its place.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.exact import to_float
from ..graph.shapes import Places, Shape, size
from ..primitives import TABLE
from .array import bind, read
from .array_kernels import array_kernel
from .blocked import ALONE, Pass, Task, blocked
from .moves import key
from .plan import Plan, Step
from .scalar import Point, Value

Numbers: TypeAlias = NDArray[np.float64]
Kernel: TypeAlias = Callable[..., Any]
_COMPARISONS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal,
                "!=": np.not_equal}  # fmt: skip
#: Functions that need a package, or go number by number.
_SLOW = frozenset({"erf", "erfc", "gamma", "lgamma", "digamma", "polygamma"})


class Buffered:
    """A plan with its kernels and memory; call `run` with a point.

    May be called from several threads, one after the other. The arrays in a result are the caller's: they are written
    to again only when nobody holds them any more.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._lock = Lock()
        self._start: list[Any] = [None] * plan.size
        for slot, constant in plan.constants:
            self._start[slot] = to_float(constant)
        self._memory: list[Numbers] = []
        self._shapes: list[Shape] = []
        steps, count = signed(plan)
        self._start += [None] * (count - plan.size)
        tasks = [self._light(task) for task in _tasks(plan, steps)]
        shapes = {given.slot: given.shape for given in plan.inputs} | {task.slot: task.shape for task in tasks}
        shapes |= dict.fromkeys(set(range(len(self._start))) - set(shapes), ())
        tasks, count = blocked(tasks, shapes, set(plan.outputs), len(self._start))
        self._start += [None] * (count - len(self._start))
        self._passes = [task.kernel for task in tasks if isinstance(task.kernel, Pass)]
        self._given: set[int] = set()
        self._steps = self._placed(tasks)

    def _new(self, shape: Shape) -> int:
        self._memory.append(np.empty(shape))
        self._shapes.append(shape)
        return len(self._memory) - 1

    def _light(self, task: Task) -> Task:
        """With constants as arrays without axes: NumPy takes a microsecond to make one of a float."""
        if not task.into:
            return task
        args = []
        for arg in task.args:
            value = self._start[arg]
            if isinstance(value, float):
                arg = len(self._start)
                self._start.append(np.array(value))
            args.append(arg)
        return task._replace(args=tuple(args))

    def _placed(self, tasks: Sequence[Task]) -> list[tuple[int, Kernel, tuple[int, ...], int, tuple[int, ...]]]:
        """(slot, kernel, arguments, the array to write to or -1, values to let go) of each task."""
        wanted = set(self.plan.outputs)
        last: dict[int, int] = {}
        for k, task in enumerate(tasks):
            last.update(dict.fromkeys(task.args, k))
        #: the array that a value stands in, whether it is all of it, and how many live values each array holds
        place: dict[int, tuple[int, bool]] = {}
        live: Counter[int] = Counter()
        free: dict[int, list[int]] = {}
        result = []
        for k, task in enumerate(tasks):
            dead = tuple(arg for arg in dict.fromkeys(task.args) if last[arg] == k and arg not in wanted)
            target = -1
            if task.into:
                for arg in task.over:
                    whole = arg in place and place[arg][1] and live[place[arg][0]] == 1
                    mine = arg in dead and whole and task.slot not in wanted and place[arg][0] not in self._given
                    if mine and self._shapes[place[arg][0]] == task.shape:
                        target = place[arg][0]
                        break
                if target < 0:
                    fitting = free.get(size(task.shape), [])
                    same = [one for one in fitting if self._shapes[one] == task.shape]
                    if task.slot in wanted or not same:
                        target = self._new(task.shape)
                        if task.slot in wanted:
                            self._given.add(target)
                    else:
                        target = same[-1]
                        fitting.remove(target)
                place[task.slot] = target, True
                live[target] += 1
            elif task.shape:  # it may be a view of an argument, or the argument itself
                for arg in task.args:
                    if arg in place:
                        place[task.slot] = place[arg][0], False
                        live[place[arg][0]] += 1
            for arg in dead:
                if arg in place:
                    where = place[arg][0]
                    live[where] -= 1
                    if not live[where] and where != target and where not in self._given:
                        free.setdefault(size(self._shapes[where]), []).append(where)
            if task.slot not in last and task.slot not in wanted and task.slot in place:
                live[place[task.slot][0]] += 1  # nobody reads it: it stays
            result.append((task.slot, task.kernel, task.args, target, dead))
        return result

    def run(self, point: Point) -> list[Value]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        values = self._start.copy()
        for slot, name, places, shape in self.plan.inputs:
            values[slot] = read(point[name], places, shape)
        memory = self._memory
        with self._lock, np.errstate(all="ignore"):
            for k in self._given:
                if sys.getrefcount(memory[k]) > ALONE:  # somebody has it still
                    memory[k] = np.empty(self._shapes[k])
            for slot, kernel, args, target, dead in self._steps:
                if target < 0:
                    values[slot] = kernel(*[values[arg] for arg in args])
                elif len(args) == 2:
                    values[slot] = kernel(values[args[0]], values[args[1]], memory[target])
                elif len(args) == 1:
                    values[slot] = kernel(values[args[0]], memory[target])
                else:
                    values[slot] = kernel(*[values[arg] for arg in args], memory[target])
                for arg in dead:
                    values[arg] = None
            return [
                self._owned(values[slot]) if shape else values[slot]
                for slot, shape in zip(self.plan.outputs, self.plan.shapes, strict=True)
            ]

    def _owned(self, value: Any) -> Any:
        """A result that nobody writes to: one of ours to give, else a copy."""
        ours = any(value is self._memory[k] for k in self._given)
        ours = ours or any(value is one for some in self._passes for one in some.arrays)
        return value if ours else np.array(value, order="C")


def _tasks(plan: Plan, steps: Sequence[Step]) -> list[Task]:
    """The steps of a plan: sums that places take part in as one task, numbers repeated only where it matters."""
    constants = {slot: to_float(constant) for slot, constant in plan.constants}
    made = {step.slot: step for step in steps}
    users: dict[int, list[Step]] = {}
    for step in steps:
        for arg in step.args:
            users.setdefault(arg, []).append(step)
    outputs = set(plan.outputs)
    alone = {slot for slot, some in users.items() if len(some) == 1 and slot not in outputs}
    by_slot: dict[int, Task] = {}
    taken: set[int] = set()
    repeats: dict[int, int] = {}  # a value that is broadcast -> what it repeats
    for step in steps:
        by_component = all(_into(user) is not None and user.shape == step.shape for user in users.get(step.slot, ()))
        if step.op == "broadcast" and step.slot not in outputs and by_component:
            repeats[step.slot] = repeats.get(step.args[0], step.args[0])
            taken.add(step.slot)
    for step in reversed(steps):
        if step.slot in taken or step.op != "+" or not step.shape:
            continue
        leaves, inner = _terms(step, made, alone)
        if not any(made[leaf].op == "place" for leaf in leaves if leaf in made and leaf in alone):
            continue
        parts = [made[leaf] for leaf in leaves if leaf in made and leaf in alone and made[leaf].op == "place"]
        rest = [leaf for leaf in leaves if leaf not in {part.slot for part in parts}]
        taken.update(inner)
        taken.update(part.slot for part in parts)
        by_slot[step.slot] = _together(step, rest, parts)
    result = []
    for step in steps:
        if step.slot in taken:
            continue
        task = by_slot.get(step.slot)
        if task is None:
            into = _into(step) if step.shape else None
            power = constants.get(step.args[1]) if step.op == "^" and step.shape else None
            if power in (2.0, -1.0):  # the C library's pow takes 30 times as long as a product
                function = np.square if power == 2.0 else np.reciprocal
                task = Task(step.slot, function, step.args[:1], step.shape, True, step.args[:1], step.op)
            elif into is not None:
                over = tuple(arg for arg, shape in zip(step.args, step.shapes, strict=True) if shape == step.shape)
                task = Task(step.slot, into, step.args, step.shape, True, over, step.op)
            elif step.op == "place":
                task = _together(step, [], [step])
            else:
                kernel = bind(step, (False,) * len(step.args))
                task = Task(step.slot, kernel, step.args, step.shape, False, (), step.op)
        result.append(task._replace(args=tuple(repeats.get(arg, arg) for arg in task.args)))
    return result


def _terms(step: Step, made: dict[int, Step], alone: set[int]) -> tuple[list[int], list[int]]:
    """What a sum of arrays of one shape consists of, and the sums inside it."""
    leaves, inner, stack = [], [], list(reversed(step.args))
    while stack:
        slot = stack.pop()
        one = made.get(slot)
        if one is not None and one.op == "+" and one.shape == step.shape and slot in alone:
            inner.append(slot)
            stack += reversed(one.args)
        else:
            leaves.append(slot)
    return leaves, inner


def _together(step: Step, rest: Sequence[int], parts: Sequence[Step]) -> Task:
    """The sum of arrays and of parts in their places."""
    count, shape = len(rest), step.shape
    where = [key(part.attr[0]) for part in parts]
    around = _around(parts[0].attr[0], shape)
    zero = np.array(0.0)
    add = np.add

    def kernel(*args: Any) -> Any:
        out = args[-1]
        if count > 1:
            add(args[0], args[1], out)
            for value in args[2:count]:
                add(out, value, out)
        elif count:
            out[...] = args[0]
        else:
            for zeros in around:
                out[zeros] = zero
            out[where[0]] = args[0]
        for k in range(not count, len(where)):
            mine = out[where[k]]
            if mine.ndim:
                add(mine, args[count + k], mine)
            else:
                out[where[k]] = mine + args[count + k]
        return out

    slices = [part.attr[0][0] for part in parts]
    starts = tuple(place[0] for place in slices if isinstance(place, tuple)) if len(shape) == 1 and not rest else ()
    starts = starts if len(starts) == len(parts) else ()
    return Task(step.slot, kernel, (*rest, *(part.args[0] for part in parts)), shape, True, (), "place", starts)


def _around(places: Places, shape: Shape) -> list[Any]:
    """Subscripts of what lies around a part."""
    if len(shape) != 1 or not isinstance(places[0], tuple):
        return [Ellipsis]
    first, behind = places[0]
    return [piece for piece in (slice(0, first), slice(behind, shape[0])) if piece.start < piece.stop]


def _into(step: Step) -> Kernel | None:
    """The function of an operation by component that takes, last, the array that it writes to; None if there is none.

    It may be one of its arguments.
    """
    entry = TABLE.get(step.op)
    if entry is None or entry.kind not in ("elementwise", "selection") or step.attr is not None:
        return None
    if step.op == "sqrt":
        return lambda u, out: np.add(np.sqrt(u, out), 0.0, out)
    if step.op in _COMPARISONS:
        return _COMPARISONS[step.op]
    if step.op in ("max", "min"):
        extremum = np.maximum if step.op == "max" else np.minimum
        return lambda u, v, out: extremum(u, v, out=out)
    kernel = array_kernel(entry) if entry.value is None and step.op not in _SLOW else None
    return kernel if isinstance(kernel, np.ufunc) else None


def signed(plan: Plan) -> tuple[list[Step], int]:
    """The steps of a plan with signs where they cost nothing, and how many slots they use: the same numbers.

    -a + b is b - a, and (-a)*b is -(a*b), whose sign goes on to where it costs nothing; so are quotients and sums.
    """
    size_ = plan.size
    steps: list[Step] = []
    #: arrays that are the opposite of others
    minus: dict[int, int] = {}
    for step in plan.steps:
        whole = {arg for arg, shape in zip(step.args, step.shapes, strict=True) if shape == step.shape and shape}
        if step.op == "neg" and whole:
            minus[step.slot] = step.args[0]
        if step.op == "sum[]" and step.args[0] in minus:
            steps.append(step._replace(slot=size_, args=(minus[step.args[0]],)))
            minus[step.slot] = size_
            step = Step(step.slot, "neg", (size_,), None, step.shape, (step.shape,))
            size_ += 1
        elif step.op in ("*", "/") and any(arg in minus and arg in whole for arg in step.args):
            args = tuple(minus[arg] if arg in minus and arg in whole else arg for arg in step.args)
            odd = sum(arg in minus and arg in whole for arg in step.args) % 2
            if not odd:
                steps.append(step._replace(args=args))
                continue
            steps.append(step._replace(slot=size_, args=args))
            minus[step.slot] = size_
            size_ += 1
            step = Step(step.slot, "neg", (minus[step.slot],), None, step.shape, (step.shape,))
        elif step.op in ("+", "-") and step.args[1] in minus and step.args[1] in whole:
            step = step._replace(op="-" if step.op == "+" else "+", args=(step.args[0], minus[step.args[1]]))
        elif step.op == "+" and step.args[0] in minus and step.args[0] in whole:
            step = step._replace(op="-", args=(step.args[1], minus[step.args[0]]), shapes=step.shapes[::-1])
        steps.append(step)
    needed = set(plan.outputs)
    for step in reversed(steps):
        if step.slot in needed:
            needed.update(step.args)
    return [step for step in steps if step.slot in needed], size_
