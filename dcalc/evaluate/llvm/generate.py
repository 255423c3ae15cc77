"""From a plan of numbers to LLVM IR: one loop over the points, a vector of them at a time.

    kernel(in, fixed, out, stride, n, spill)

in: the addresses of the columns that differ from point to point; fixed: the values of the other inputs; out: rows of
`stride` numbers each; n: how many points, at least a vector's width: the last vector overlaps the one before it, so
that nothing is read or written outside. A long plan is cut into functions of `PART` operations, with the mathematics
in functions of its own, since LLVM's time grows faster than a function does; what one part makes for another goes
through `spill`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...graph.exact import to_float
from ..plan import Step
from .elementary import divided, sine_cosine
from .ir import Body, Module
from .kernels import OUTLINED, POWERS, emit, weight

#: Instructions up to which a program is one function, and operations of a part of a longer one.
SMALL = 900
PART = 300
#: Bytes that columns are fetched ahead where results go past the caches.
AHEAD = 1024


class Job(NamedTuple):
    """What to compile: steps over slots. Slots of `columns`, `fixed` and `constants` are given, the others computed."""

    constants: dict[int, float]
    columns: list[int]
    fixed: list[int]
    steps: list[Step]
    #: the slots of the rows of the result
    outputs: list[int]


class Code(NamedTuple):
    """IR, the C functions that it calls by address, in order, and how many numbers its spill buffer needs."""

    text: str
    functions: tuple[str, ...]
    spill: int


def make_job(constants: Sequence[tuple[int, object]], columns: Sequence[int], fixed: Sequence[int],
             steps: Sequence[Step], outputs: Sequence[int]) -> Job:  # fmt: skip
    """A job, with slots numbered anew: the same IR comes out for the same operations."""
    order = [*columns, *fixed, *(step.slot for step in steps)]
    place = {slot: k for k, slot in enumerate(order)}
    values = {}
    for slot, constant in constants:
        place[slot] = len(place)
        values[place[slot]] = to_float(constant)  # type: ignore[arg-type]
    renamed = [step._replace(slot=place[step.slot], args=tuple(place[arg] for arg in step.args)) for step in steps]
    return Job(values, [place[c] for c in columns], [place[f] for f in fixed], renamed, [place[o] for o in outputs])


def generate(job: Job, width: int, *, avx512: bool = False, streaming: bool = False) -> Code:
    """The IR of a job for vectors of `width` numbers.

    streaming: the outputs go past the caches to the memory, and the columns are fetched ahead; the rows begin at
    multiples of a vector's length, and `n` is a multiple of the width.
    """
    module = Module(width, avx512=avx512, streaming=streaming)
    size = sum(weight(step.op, _exponent(job, step)) for step in job.steps)
    if size <= SMALL:
        parts = [job.steps]
    else:
        parts = [job.steps[k : k + PART] for k in range(0, len(job.steps), PART)]
    spill = _spilled(job, parts) if len(parts) > 1 else {}
    label = "loop" if len(parts) == 1 else "start"
    texts = [_Part(module, job, part, spill, label, outlined=size > SMALL) for part in parts]
    if len(texts) == 1:
        module.define("@kernel", _loop(texts[0].body, texts[0].head, width))
    else:
        body = Body(width, module)
        body.label = "loop"
        for k, part in enumerate(texts):
            lines = "\n".join([*part.head, *part.body.lines])
            module.define(
                f"@part{k}",
                f"define internal void @part{k}({_PARAMETERS}, i64 %i) noinline {{\nstart:\n{lines}\n  ret void\n}}",
            )
            body.lines.append(f"  call void @part{k}({_GIVEN}, i64 %i)")
        module.define("@kernel", _loop(body, [], width))
    return Code(module.text(), tuple(module.used), width * len(set(spill.values())))


_PARAMETERS = "ptr noalias %in, ptr noalias %fixed, ptr noalias %out, i64 %stride, i64 %n, ptr noalias %spill"
_GIVEN = "ptr %in, ptr %fixed, ptr %out, i64 %stride, i64 %n, ptr %spill"


def _exponent(job: Job, step: Step) -> float | None:
    return job.constants.get(step.args[1]) if step.op == "^" else None


def _loop(body: Body, head: list[str], width: int) -> str:
    return "\n".join(
        [
            f'define void @kernel({_PARAMETERS}) alignstack(64) "stackrealign" {{',
            "start:",
            f"  %last = sub i64 %n, {width}",
            *head,
            "  br label %loop",
            "loop:",
            f"  %i = phi i64 [ 0, %start ], [ %next, %{body.label} ]",
            *body.lines,
            f"  %behind = add i64 %i, {width}",
            "  %over = icmp ugt i64 %behind, %last",
            "  %next = select i1 %over, i64 %last, i64 %behind",
            "  %done = icmp uge i64 %i, %last",
            "  br i1 %done, label %end, label %loop",
            "end:",
            *(["  fence seq_cst"] if body.module.streaming else []),
            "  ret void",
            "}",
        ]
    )


def _spilled(job: Job, parts: Sequence[Sequence[Step]]) -> dict[int, int]:
    """The places in the spill buffer of what one part makes for a later one; a place is used again when it is free."""
    made = {step.slot: k for k, part in enumerate(parts) for step in part}
    last: dict[int, int] = {}
    for k, part in enumerate(parts):
        for step in part:
            for arg in step.args:
                if arg in made and made[arg] < k:
                    last[arg] = k
    ends: list[list[int]] = [[] for _ in parts]
    for slot, k in last.items():
        ends[k].append(slot)
    free: list[int] = []
    places: dict[int, int] = {}
    count = 0
    for k, part in enumerate(parts):
        for step in part:
            if step.slot in last:
                if free:
                    places[step.slot] = free.pop()
                else:
                    places[step.slot], count = count, count + 1
        free += [places[slot] for slot in ends[k]]
    return places


class _Part:
    """The instructions of some steps: `head` once, `body` for each vector of points."""

    def __init__(
        self, module: Module, job: Job, steps: Sequence[Step], spill: dict[int, int], label: str, *, outlined: bool
    ) -> None:
        self.job, self.spill, self.outlined = job, spill, outlined
        self.head: list[str] = []
        self.body = Body(module.width, module)
        self.body.label = label
        self.values: dict[int, str] = {}
        self._column = {slot: k for k, slot in enumerate(job.columns)}
        self._fixed = {slot: k for k, slot in enumerate(job.fixed)}
        rows: dict[int, list[int]] = {}
        for row, slot in enumerate(job.outputs):
            rows.setdefault(slot, []).append(row)
        under = Counter(step.args[1] for step in steps if step.op == "/")
        #: what several are divided by
        self._shared = {slot for slot, count in under.items() if count > 1 and slot not in job.constants}
        for step in steps:
            self.values[step.slot] = self._computed(step)
            if step.slot in spill:
                self._store(self._spill_place(step.slot), self.values[step.slot], module.width * 8)
            for row in rows.get(step.slot, ()):
                self._output(row, self.values[step.slot])
        if not steps or steps[0] is job.steps[0]:
            computed = {step.slot for step in job.steps}
            for slot, given in rows.items():
                if slot not in computed:
                    for row in given:
                        self._output(row, self._value(slot))

    def _computed(self, step: Step) -> str:
        b = self.body
        args = tuple(self._value(arg) for arg in step.args)
        if step.op == "/" and step.args[1] in self._shared:
            return divided(b, *args)
        exponent = _exponent(self.job, step)
        if not (self.outlined and step.op in OUTLINED) or (step.op == "^" and exponent in POWERS):
            return emit(b, step.op, args, exponent)
        if step.op in ("sin", "cos"):
            return self._sine_cosine(step.op, args[0])
        name = f"@{'power' if step.op == '^' else step.op}"
        if not b.module.defined(name):
            inner = Body(b.width, b.module)
            places = tuple(f"%a{k}" for k in range(len(args)))
            result = emit(inner, step.op, places)
            self._outline(name, inner, places, b.double, f"  ret {b.double} {result}")
        return b.do(f"call {b.double} {name}({', '.join(f'{b.double} {arg}' for arg in args)})")

    def _sine_cosine(self, op: str, arg: str) -> str:
        b = self.body
        kind = f"{{ {b.double}, {b.double} }}"
        if not b.module.defined("@sine_cosine"):
            inner = Body(b.width, b.module)
            sine, cosine = sine_cosine(inner, "%a0")
            first = inner.do(f"insertvalue {kind} poison, {b.double} {sine}, 0")
            both = inner.do(f"insertvalue {kind} {first}, {b.double} {cosine}, 1")
            self._outline("@sine_cosine", inner, ("%a0",), kind, f"  ret {kind} {both}")
        known = b.memo.get(("sine_cosine", arg))
        if known is None:
            known = b.memo["sine_cosine", arg] = (b.do(f"call {kind} @sine_cosine({b.double} {arg})"),)
        return b.do(f"extractvalue {kind} {known[0]}, {int(op == 'cos')}")

    @staticmethod
    def _outline(name: str, inner: Body, places: tuple[str, ...], kind: str, end: str) -> None:
        given = ", ".join(f"{inner.double} {place}" for place in places)
        lines = "\n".join(inner.lines)
        text = f"define internal {kind} {name}({given}) noinline {{\nstart:\n{lines}\n{end}\n}}"
        inner.module.define(name, text)

    def _value(self, slot: int) -> str:
        """The name of a slot's value here: read when it is first used."""
        known = self.values.get(slot)
        if known is not None:
            return known
        b = self.body
        if slot in self.job.constants:
            value = b.constant(self.job.constants[slot])
        elif slot in self._column:
            k = self._column[slot]
            self.head += [
                f"  %in{k} = getelementptr ptr, ptr %in, i64 {k}",
                f"  %column{k} = load ptr, ptr %in{k}",
            ]
            place = b.do(f"getelementptr double, ptr %column{k}, i64 %i")
            if b.module.streaming:
                b.module.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
                ahead = b.do(f"getelementptr i8, ptr {place}, i64 {AHEAD}")
                b.lines.append(f"  call void @llvm.prefetch.p0(ptr {ahead}, i32 0, i32 3, i32 1)")
            value = b.do(f"load {b.double}, ptr {place}, align 8")
        elif slot in self._fixed:
            k, zeros = self._fixed[slot], f"<{b.width} x i32> zeroinitializer"
            self.head += [
                f"  %place{k} = getelementptr double, ptr %fixed, i64 {k}",
                f"  %number{k} = load double, ptr %place{k}",
                f"  %lane{k} = insertelement {b.double} poison, double %number{k}, i64 0",
                f"  %given{k} = shufflevector {b.double} %lane{k}, {b.double} poison, {zeros}",
            ]
            value = f"%given{k}"
        else:
            value = b.do(f"load {b.double}, ptr {self._spill_place(slot)}, align {b.width * 8}")
        self.values[slot] = value
        return value

    def _spill_place(self, slot: int) -> str:
        return self.body.do(f"getelementptr {self.body.double}, ptr %spill, i64 {self.spill[slot]}")

    def _store(self, place: str, value: str, align: int) -> None:
        self.body.lines.append(f"  store {self.body.double} {value}, ptr {place}, align {align}")

    def _output(self, row: int, value: str) -> None:
        self.head += [
            f"  %row{row} = mul i64 %stride, {row}",
            f"  %base{row} = getelementptr double, ptr %out, i64 %row{row}",
        ]
        place = self.body.do(f"getelementptr double, ptr %base{row}, i64 %i")
        if self.body.module.streaming:
            self.body.lines.append(
                f"  store {self.body.double} {value}, ptr {place}, align {self.body.width * 8}, !nontemporal !1"
            )
        else:
            self._store(place, value, 8)
