"""`f.compile("grad")`: a function bound ahead of time, for calls at one point after the other that cost microseconds.

Numbers come as IEEE 754 has them: an infinity or nan where something is not defined, the convention at a kink, and no
notes; `f.grad` tells more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..backends.layout import derivative_parts
from ..backends.problem import Problem
from ..backends.protocol import Part, entries
from ..commands.recipe import reading
from ..errors import DcalcError, NeedsPointError
from ..evaluate import engines
from ..evaluate.plan import Plan, make_plan
from ..evaluate.scalar import PointValue, Scalar, shape_of
from ..graph.shapes import Shape, name_of, size
from ..language import source
from .given import Given, point_given

if TYPE_CHECKING:
    from ..backends.many import Reading
    from .function import Function

#: What is asked for -> the kind of derivative, "" for none.
KINDS = {"value": "", "grad": "grad", "value_and_grad": "grad", "jac": "jac", "hess": "hess"}
#: Operations from which on compiled code is faster than Python's own floats.
WORTHWHILE = 3
#: Shapes of inputs for which a compiled function keeps what it is bound to.
MOST_KEPT = 16
#: Takes the arguments in order, and where the result goes.
Run: TypeAlias = "Callable[[Sequence[Any], Any], Any]"


class Compiled:
    """A function of positional or named numbers and arrays, in the order of `inputs`.

    A value is a float or an array; a gradient has the components of all inputs in `wrt`, (n,), or the shape of the
    only one; where there are several and some are arrays it is a tuple. A Jacobian is (m, n), a Hessian (n, n), of an
    array (m, n, n). value_and_grad gives a pair. out: an array (of a tuple, several) that the result is written to.
    May be called from several threads at a time: each call with numbers has buffers of its own, those with arrays wait
    for each other. engine: "llvm" where it is compiled code, else "scalar" or "array".
    """

    __slots__ = ("_again", "_bound", "_fixed", "_function", "_run", "engine", "inputs", "wanted", "what", "wrt")

    def __init__(self, function: Function, what: str, wrt: Sequence[str], engine: str | None) -> None:
        if what not in KINDS:
            raise DcalcError("usage", f"{what!r} cannot be compiled", hint=f"there are {', '.join(KINDS)}")
        if engine is not None and engine not in engines.ENGINES:
            raise DcalcError("usage", f"there is no engine {engine}", hint=f"there are {', '.join(engines.ENGINES)}")
        if engine == "llvm":
            engines.require()
        self._function = function
        self.what = what
        self.inputs = tuple(function.inputs)
        self.wrt = tuple(wrt)
        #: the engine that was asked for, and the one that computes numbers
        self.wanted, self.engine = engine, "array"
        self._bound: dict[tuple[Shape, ...], Run] = {}
        #: the arrays of the last call, and what computed it: they often come again, with other numbers in them
        self._again: tuple[tuple[Any, ...], Run] | None = None
        self._run: Run = self._first
        try:
            ready = self._read(dict.fromkeys(self.inputs, 1.0))
        except DcalcError as problem:
            # What it is for arrays is known when they are there.
            if problem.kind != "shape" or isinstance(problem, NeedsPointError):
                raise
        else:
            self._run = self._bound[((),) * len(self.inputs)] = self._bind(ready)

    def __call__(self, *args: Any, out: Any = None, **named: Any) -> Any:
        """The result at a point. Raises DcalcError where the arguments are not the function's inputs."""
        if named:
            args = self._ordered(args, named)
        again = self._again
        if again is not None and len(args) == len(again[0]) and all(map(is_, args, again[0])):
            return again[1](args, out)
        try:
            return self._run(args, out)
        except struct.error:  # not as many numbers as there are inputs
            return self._slowly(args, out)

    def _first(self, args: Sequence[Any], out: Any) -> Any:
        raise struct.error

    def _ordered(self, args: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, ...]:
        rest = self.inputs[len(args) :]
        if len(named) != len(rest) or any(name not in named for name in rest):
            for name in named:
                if name not in self.inputs:
                    raise DcalcError("name", f"there is no input {name}", hint=f"there are {', '.join(self.inputs)}")
                if name not in rest:
                    raise DcalcError("usage", f"{name} is given twice")
            missing = [name for name in rest if name not in named]
            raise DcalcError("name", f"{', '.join(missing)} has no value" if len(missing) == 1
                             else f"{', '.join(missing)} have no value")  # fmt: skip
        return (*args, *[named[name] for name in rest])

    def _slowly(self, args: tuple[Given, ...], out: Any) -> Any:
        """A call with arrays, or one that does not fit."""
        if len(args) != len(self.inputs):
            count = f"{len(self.inputs)} input{'s' * (len(self.inputs) != 1)}"
            raise DcalcError("arity", f"the function has {count}, here it has {len(args)}",
                             hint=f"in this order: {', '.join(self.inputs)}")  # fmt: skip
        key = tuple([() if type(one) is float else getattr(one, "shape", None) for one in args])
        run = self._bound.get(key)  # type: ignore[arg-type]
        if run is None or any(getattr(one, "dtype", np.float64) != np.float64 for one in args):
            point = point_given(None, dict(zip(self.inputs, args, strict=True)))
            args = tuple(point.values())
            shapes = tuple([shape_of(one) for one in point.values()])
            run = self._bound.get(shapes)
            if run is None:
                while len(self._bound) >= MOST_KEPT:
                    self._bound.pop(next(iter(self._bound)), None)
                run = self._bound[shapes] = self._bind(self._read(point))
        elif all(type(one) is np.ndarray for one in args):
            self._again = args, run
        return run(args, out)

    def _read(self, point: dict[str, PointValue]) -> Reading:
        """The function for inputs of these shapes."""
        return reading(
            self._function._prepare(point, self.wrt, loop_nodes=True), [source(name, "wrt") for name in self.wrt]
        )

    def _bind(self, now: Reading) -> Run:
        """What computes the result for inputs of these shapes."""
        asked, kind = now.problem, KINDS[self.what]
        if asked.conditions:
            hint = f"f.{kind or 'eval'}(…) follows it at each point" if kind else "f(…) follows it at each point"
            raise DcalcError("usage", "the path of this program depends on values: it is not compiled", hint=hint)
        if kind == "grad" and asked.shape:
            message = f"a gradient is of a number, this is {name_of(asked.shape)}"
            raise DcalcError("shape", message, hint='compile("jac") gives its Jacobian')
        parts = derivative_parts(asked, kind, "auto") if kind else []
        graph, ahead = asked.graph, [asked.output] if self.what in ("value", "value_and_grad") else []
        plain = not asked.shape and not any(graph.shapes[leaf] for leaf in asked.leaves)
        if any(part.seeds for part in parts) or (kind not in ("", "grad") and not (plain or _numbers(asked, parts))):
            if now.defined:
                raise DcalcError("usage", "names that the program defines are not compiled", hint="f.jac(…, wrt=…)")
            return _assembled(asked, parts, kind, self.inputs)
        found = _spread(asked, parts, kind)
        nodes = graph.substitute([*ahead, *found], now.defined)
        plan = make_plan(graph, nodes)
        shape = _shape(asked, kind)
        if not plan.scalar or any(given.places is not None for given in plan.inputs):
            fields = [variable.shape for variable in asked.variables] if kind == "grad" else [()] * len(found)
            return _of_arrays(self._interpreter(plan), self.inputs, self.what, fields, shape)
        worthwhile = len(plan.steps) >= WORTHWHILE
        if self.wanted == "llvm" or (self.wanted is None and worthwhile and not engines.unavailable()):
            by_llvm = _by_llvm(plan, self.inputs, self.what, shape)
            if by_llvm is not None:
                self.engine = "llvm"
                return by_llvm
        self.engine = "scalar"
        return _by_floats(plan, self.inputs, self.what, shape)

    def _interpreter(self, plan: Plan) -> Callable[[Mapping[str, Any]], list[Any]]:
        """What runs a plan in which there are arrays."""
        if plan.scalar:
            return Scalar(plan).run
        from ..evaluate.buffered import Buffered
        from ..evaluate.repeated import Repeated, repeated

        found = repeated(plan) if self.wanted in (None, "llvm") else Buffered(plan)
        self.engine = "llvm" if isinstance(found, Repeated) else "array"
        return found.run

    def __repr__(self) -> str:
        return f"<{self.what} of {self._function.text!r} in ({', '.join(self.inputs)}), by {self.engine}>"


def _numbers(asked: Problem, parts: Sequence[Part]) -> bool:
    return not asked.shape and not any(asked.graph.shapes[part.node] for part in parts)


def _shape(asked: Problem, kind: str) -> Shape:
    """The shape of a result that is one array; of a value, the value's."""
    m, n = asked.m, asked.n
    if kind == "hess":
        return (m, n, n) if asked.shape else (n, n)
    return asked.shape if not kind else (n,) if kind == "grad" else (m, n)


def _spread(asked: Problem, parts: Sequence[Part], kind: str) -> list[int]:
    """The nodes of a gradient, one for each input; of a Jacobian or Hessian of numbers, one for each entry."""
    graph, n = asked.graph, asked.n
    zero = graph.const(0)
    if not kind:
        return []
    if kind == "grad":
        made = {part.start[1]: part.node for part in parts}
        found, start = [], 0
        for variable in asked.variables:
            found.append(graph.full(made.get(start, zero), variable.shape))
            start += variable.size
        return found
    steps = (n, 1) if kind == "jac" else (n * n, n, 1)
    entry = {sum(a * b for a, b in zip(part.start, steps, strict=True)): part.node for part in parts}
    return [entry.get(k, zero) for k in range(asked.m * n * steps[-2] if kind == "hess" else asked.m * n)]


def _written(result: Any, out: Any, shape: Shape) -> Any:
    """The result in the array that was given for it."""
    if out.shape != shape:
        raise DcalcError("shape", f"out is {name_of(out.shape)}, the result is {name_of(shape)}")
    out[...] = result
    return out


def _by_floats(plan: Plan, names: Sequence[str], what: str, shape: Shape) -> Run:
    """By Python's own floats."""
    program, layout = Scalar(plan).run, struct.Struct(f"{len(names)}d")
    pack, unpack, array = layout.pack, layout.unpack, np.array

    def run(args: Sequence[Any], out: Any) -> Any:
        found = program(dict(zip(names, unpack(pack(*args)), strict=True)))
        if what == "value":
            return found[0] if out is None else _written(found[0], out, shape)
        value = found.pop(0) if what == "value_and_grad" else None
        result = array(found).reshape(shape)
        result = result if out is None else _written(result, out, shape)
        return result if value is None else (value, result)

    return run


def _by_llvm(plan: Plan, names: Sequence[str], what: str, shape: Shape) -> Run | None:
    """By compiled code; None where there is an operation that is not compiled."""
    from ..evaluate.llvm.program import Program
    from ..evaluate.llvm.tape import fits, interpreter

    try:
        machine = interpreter(1) if fits(plan.steps) else None
        program = Program(plan.constants, [], [given.slot for given in plan.inputs], plan.steps, plan.outputs, machine)
    except (RuntimeError, OSError):
        return None
    if not program.whole:
        return None
    (part,) = program.parts
    code = part.code
    assert code is not None
    call, width, count = code.call, program.width, len(plan.outputs)
    # Where each input stands in what is packed; one that is not used stands nowhere, but has to be a number.
    order = {given.slot: names.index(given.name) for given in plan.inputs}
    layout = struct.Struct(f"{len(names)}d")
    places = [order[slot] for slot in part.fixed]
    straight = places == list(range(len(names)))

    def made() -> tuple[Any, Any, Any, Any]:
        """Buffers for a call: what packs the arguments, what computes, and the results."""
        given, none = np.zeros(len(names) + 1), np.zeros(1, np.int64)
        fixed = given if straight else np.zeros(len(places) + 1)
        block, spill = np.zeros((max(count, 1), width)), np.empty(part.spill + 64)
        if part.tape is not None:
            none[0], spill = part.tape.instructions.ctypes.data, part.tape.spill(width)
        above = -(-spill.ctypes.data // 64) * 64
        ready = partial(call, none.ctypes.data, fixed.ctypes.data, block.ctypes.data, width, width, above)
        pack = partial(layout.pack_into, given.data, 0)
        if not straight:
            pack = partial(_picked, pack, given, np.array(places, np.intp), fixed[:-1])
        held = (given, none, fixed, block, spill)
        rows = block[:, 0]
        return pack, ready, (rows[0:1], rows[count - size(shape) :].reshape(shape) if what != "value" else None), held

    free = [made()]
    pop, push = free.pop, free.append

    def value(args: Sequence[Any], out: Any) -> Any:
        try:
            buffers = pop()
        except IndexError:  # another thread has them
            buffers = made()
        buffers[0](*args)
        buffers[1]()
        result = buffers[2][0].item()
        push(buffers)
        return result if out is None else _written(result, out, shape)

    def derivative(args: Sequence[Any], out: Any) -> Any:
        try:
            buffers = pop()
        except IndexError:
            buffers = made()
        buffers[0](*args)
        buffers[1]()
        results = buffers[2]
        result = results[1].copy() if out is None else _written(results[1], out, shape)
        if what == "value_and_grad":
            result = results[0].item(), result
        push(buffers)
        return result

    return value if what == "value" else derivative


def _picked(pack: Callable[..., None], given: NDArray[np.float64], places: Any, fixed: Any, *args: Any) -> None:
    pack(*args)
    given.take(places, out=fixed)


def _of_arrays(
    program: Callable[[Mapping[str, Any]], list[Any]],
    names: Sequence[str],
    what: str,
    fields: Sequence[Shape],
    shape: Shape,
) -> Run:
    """Where inputs are arrays. fields: the shapes of what the program gives behind the value."""
    many = any(fields) and len(fields) > 1
    if what == "value_and_grad" and len(fields) == 1 and any(fields):
        make = getattr(getattr(program, "__self__", None), "ordered", None)
        ordered = None if make is None else make(names)

        def pair(args: Sequence[Any], out: Any) -> Any:
            value, result = ordered(args) if ordered else program(dict(zip(names, args, strict=True)))
            return value, result if out is None else _written(result, out, fields[0])

        return pair

    def run(args: Sequence[Any], out: Any) -> Any:
        found = program(dict(zip(names, args, strict=True)))
        if what == "value":
            return found[0] if out is None else _written(found[0], out, shape)
        value = found.pop(0) if what == "value_and_grad" else None
        result: Any
        if many:
            result = tuple([np.asarray(one) for one in found])
            if out is not None:
                result = tuple(map(_written, result, out, fields))
        else:
            result = found[0] if any(fields) else np.array(found).reshape(shape)
            result = result if out is None else _written(result, out, result.shape)
        return result if value is None else (value, result)

    return run


def _assembled(asked: Problem, parts: Sequence[Part], kind: str, names: Sequence[str]) -> Run:
    """Jacobians and Hessians in arrays, from the parts as at one point."""
    shape, order = _shape(asked, kind), 2 if kind == "hess" else 1
    variables = asked.variables
    own = {name: value for name, value in asked.point.items() if name not in names}

    def run(args: Sequence[Any], out: Any) -> Any:
        point = {**own, **dict(zip(names, args, strict=True))}
        now = Problem(asked.graph, asked.output, variables, point)
        found = np.asarray([row for matrix in entries(now, parts, order) for row in matrix]).reshape(shape)
        return found if out is None else _written(found, out, shape)

    return run
