"""A part of a loop nest as LLVM IR: the innermost loop goes by vectors, what is left over is done under a mask.

Sums along the innermost loop are kept for each lane over `RUN` vectors and then added up with what rounding lost
(Knuth's two-sum), so that the error does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..ir import Body, Module
from ..kernels import OUTLINED, POWERS, emit
from .lines import START, Lines, joined, two_sum
from .nests import Schedule
from .pieces import Nest, Result, TooLongError
from .views import REDUCTIONS, Map, bounds, through

#: Vectors that are added up plainly.
RUN = 16


class Writer(Protocol):
    """What writes the parts of nests into one function; each begins at the label n0, n1, …"""

    schedule: Schedule
    module: Module
    #: whether functions of numbers are functions in IR, too
    outlined: bool
    #: how many parts have begun
    parts: int

    def buffer(self, k: int) -> str:
        """The name of a buffer's address."""

    def begin(self) -> str:
        """The label of the next part."""


def loses(nest: Nest, result: Result) -> bool:
    """Whether what rounding loses is kept beside a sum."""
    return result.how == "sum[]" and bool(nest.order) and nest.order[-1] in result.reduced


def second(schedule: Schedule, result: Result) -> int:
    """The buffer for what a sum loses: behind all others, each has one."""
    return len(schedule.buffers) + result.root.buffer


class Part:
    """A part of a nest: loops over a box in which nothing changes between zeros and numbers."""

    def __init__(self, writer: Writer, nest: Nest, box: list[tuple[int, int]], results: list[Result]) -> None:
        self.writer, self.nest, self.box, self.results = writer, nest, box, results
        self.schedule, self.nodes = writer.schedule, writer.schedule.values.nodes
        self.width = writer.module.width
        self.p = writer.begin()
        self.order = nest.order
        self.rank = len(self.order)
        self.depth = {axis: k + 1 for k, axis in enumerate(self.order)}
        labels = [self.p, *(f"{self.p}.l{k}" for k in range(1, self.rank + 1))]
        self.at = [Lines(self.width, writer.module, f"{self.p}.d{k}", label) for k, label in enumerate(labels)]
        self.known: dict[tuple[int, Map], tuple[str, int]] = {}
        self.places: dict[tuple[int, tuple[tuple[int, int], ...], int], tuple[str, int]] = {}
        self.mask: str | None = None

    # -- the loops ---------------------------------------------------------------------------------------------------

    def text(self) -> list[str]:
        """The part's lines, from its label to the branch to the next one."""
        p, rank, width = self.p, self.rank, self.width
        after: list[str] = []
        inner: list[str] = []
        if rank == 0:
            for result in self.results:
                name, _ = self.value(result.value, ())
                self._put_number(self.at[0], name, self._address(self.at[0], result, 0)[0])
        else:
            inner, after = self._innermost(width)
        lines = [f"{p}:", *self.at[0].lines]
        for k in range(1, rank):
            first, _ = self.box[self.order[k - 1]]
            lines += [
                f"  br label %{p}.pre{k}", f"{p}.pre{k}:", f"  br label %{p}.l{k}", f"{p}.l{k}:",
                f"  %{p}.i{k} = phi i64 [ {first}, %{p}.pre{k} ], [ %{p}.next{k}, %{p}.latch{k} ]",
                *self.at[k].lines,
            ]  # fmt: skip
        lines += [*inner, *after]
        for k in range(rank - 1, 0, -1):
            _, behind = self.box[self.order[k - 1]]
            lines += [
                f"  br label %{p}.latch{k}", f"{p}.latch{k}:", f"  %{p}.next{k} = add i64 %{p}.i{k}, 1",
                f"  %{p}.more{k} = icmp ult i64 %{p}.next{k}, {behind}",
                f"  br i1 %{p}.more{k}, label %{p}.l{k}, label %{p}.end{k}", f"{p}.end{k}:",
            ]  # fmt: skip
        return [*lines, f"  br label %n{self.writer.parts}"]

    def _innermost(self, width: int) -> tuple[list[str], list[str]]:
        p, rank = self.p, self.rank
        first, behind = self.box[self.order[-1]]
        full, rest = divmod(behind - first, width)
        body = self.at[rank]
        lost = [k for k, result in enumerate(self.results) if loses(self.nest, result)]
        extremes = [k for k, result in enumerate(self.results)
                    if result.how != "sum[]" and self.order[-1] in result.reduced]  # fmt: skip
        kind, zero = body.double, body.constant(0.0)
        kept: dict[int, tuple[str, str]] = {
            k: (body.constant(START[self.results[k].how]), zero) for k in (*lost, *extremes)
        }
        lines: list[str] = []
        if full:
            end = first + full * width
            chunk = RUN * width if lost else full * width
            added = {k: self._put(body, result, k) for k, result in enumerate(self.results)}
            loop = [
                f"{p}.l{rank}:",
                f"  %{p}.i{rank} = phi i64 [ %{p}.chunk, %{p}.c ], [ %{p}.next{rank}, %{p}.latch{rank} ]",
            ]
            for k in (*lost, *extremes):
                start = kept[k][0] if k in lost else f"%{p}.s{k}"
                loop.append(f"  %{p}.a{k} = phi {kind} [ {start}, %{p}.c ], [ {added[k]}, %{p}.latch{rank} ]")
            loop += [
                *body.lines, f"  br label %{p}.latch{rank}", f"{p}.latch{rank}:",
                f"  %{p}.next{rank} = add i64 %{p}.i{rank}, {width}",
                f"  %{p}.more{rank} = icmp ult i64 %{p}.next{rank}, %{p}.stop",
                f"  br i1 %{p}.more{rank}, label %{p}.l{rank}, label %{p}.e",
            ]  # fmt: skip
            ended = Lines(width, self.writer.module, f"{p}.e", f"{p}.e")
            last: dict[int, tuple[str, str]] = {}
            for k in lost:
                last[k] = two_sum(ended, f"%{p}.s{k}", added[k], f"%{p}.t{k}")
            for k in extremes:
                last[k] = (added[k], zero)
            lines = [f"  br label %{p}.pre", f"{p}.pre:", f"  br label %{p}.c", f"{p}.c:",
                     f"  %{p}.chunk = phi i64 [ {first}, %{p}.pre ], [ %{p}.stop, %{p}.e ]"]  # fmt: skip
            for k in (*lost, *extremes):
                lines.append(f"  %{p}.s{k} = phi {kind} [ {kept[k][0]}, %{p}.pre ], [ {last[k][0]}, %{p}.e ]")
            for k in lost:
                lines.append(f"  %{p}.t{k} = phi {kind} [ {zero}, %{p}.pre ], [ {last[k][1]}, %{p}.e ]")
            lines += [
                f"  %{p}.behind = add i64 %{p}.chunk, {chunk}",
                f"  %{p}.over = icmp ugt i64 %{p}.behind, {end}",
                f"  %{p}.stop = select i1 %{p}.over, i64 {end}, i64 %{p}.behind",
                f"  br label %{p}.l{rank}", *loop, f"{p}.e:", *ended.lines,
                f"  %{p}.again = icmp ult i64 %{p}.stop, {end}",
                f"  br i1 %{p}.again, label %{p}.c, label %{p}.rest", f"{p}.rest:",
            ]  # fmt: skip
            kept = last
        else:
            lines = [f"  br label %{p}.rest", f"{p}.rest:"]
        tail = Lines(width, self.writer.module, f"{p}.t", f"{p}.rest")
        if rest:
            self.at[rank] = tail
            self.known = {key: known for key, known in self.known.items() if known[1] < rank}
            self.places = {key: known for key, known in self.places.items() if known[1] < rank}
            lanes = ", ".join(f"i1 {str(lane < rest).lower()}" for lane in range(width))
            self.mask = f"<{lanes}>"
            tail.lines.append(f"  %{p}.j{rank} = add i64 0, {first + full * width}")
            for k, result in enumerate(self.results):
                value = self._put(tail, result, k)
                if k in lost:
                    kept[k] = two_sum(tail, kept[k][0], value, kept[k][1])
                elif k in extremes:
                    kept[k] = (emit(tail, result.how[:3], (kept[k][0], value)), zero)
        return lines, [*tail.lines, *self._ends(lost, extremes, kept)]

    def _ends(self, lost: Sequence[int], extremes: Sequence[int], kept: dict[int, tuple[str, str]]) -> list[str]:
        """What follows the innermost loop: lanes are put together and join what is in memory."""
        out = Lines(self.width, self.writer.module, f"{self.p}.f", "")
        for k in (*lost, *extremes):
            result = self.results[k]
            name, low = kept[k]
            if k in lost:
                bad = out.compare("uno", low, low)
                name = out.add(name, out.select(bad, out.constant(0.0), low))
            lanes = [out.do(f"extractelement {out.double} {name}, i64 {lane}") for lane in range(self.width)]
            how = result.how[:3]
            while len(lanes) > 1:
                pairs = zip(lanes[::2], lanes[1::2], strict=True)
                lanes = [joined(out, how, a, b) for a, b in pairs]
            place = self._address(out, result, self.rank - 1)[0]
            if k not in lost:
                before = out.do(f"load double, ptr {place}")
                self._store_number(out, joined(out, how, before, lanes[0]), place)
                continue
            other = self._address(out, result, self.rank - 1, low=True)[0]
            before, low = out.do(f"load double, ptr {place}"), out.do(f"load double, ptr {other}")
            sum_, low = two_sum(out, before, lanes[0], low, "double")
            self._store_number(out, sum_, place)
            self._store_number(out, low, other)
        return out.lines

    # -- what is written ---------------------------------------------------------------------------------------------

    def _put(self, body: Lines, result: Result, k: int) -> str:
        """Store a value, or give it as it is after it joined the loop's own (`%a`), or join what is in memory."""
        name, _ = self.value(result.value, result.where)
        axis = self.order[-1]
        if axis in result.reduced:
            if self.mask is not None:
                where = f"{body.truth} {self.mask}"
                return body.do(
                    f"select {where}, {body.double} {name}, {body.double} {body.constant(START[result.how])}"
                )
            own = f"%{self.p}.a{k}"
            return body.add(own, name) if result.how == "sum[]" else emit(body, result.how[:3], (own, name))
        place, stride = self._address(body, result, self.rank)
        if stride == 0:  # an axis of length 1
            if result.reduced:
                before = body.splat(body.do(f"load double, ptr {place}"))
                name = body.add(before, name) if result.how == "sum[]" else emit(body, result.how[:3], (before, name))
            self._put_number(body, name, place)
            return ""
        if result.reduced:
            before = self._read(body, place, stride)
            name = body.add(before, name) if result.how == "sum[]" else emit(body, result.how[:3], (before, name))
        kind, mask = body.double, self.mask
        module = self.writer.module
        if stride != 1:
            places = f"<{self.width} x ptr>"
            what = f"@llvm.masked.scatter.v{self.width}f64.v{self.width}p0"
            module.declare(f"declare void {what}({kind}, {places}, i32, {body.truth})")
            where = mask or "splat (i1 true)"
            far = self._apart(body, place, stride)
            body.lines.append(f"  call void {what}({kind} {name}, {places} {far}, i32 8, {body.truth} {where})")
        elif mask is None:
            body.lines.append(f"  store {kind} {name}, ptr {place}, align 8")
        else:
            what = f"@llvm.masked.store.v{self.width}f64.p0"
            module.declare(f"declare void {what}({kind}, ptr, i32, {body.truth})")
            body.lines.append(f"  call void {what}({kind} {name}, ptr {place}, i32 8, {body.truth} {mask})")
        return ""

    def _put_number(self, body: Lines, name: str, place: str) -> None:
        self._store_number(body, body.do(f"extractelement {body.double} {name}, i64 0"), place)

    @staticmethod
    def _store_number(body: Lines, name: str, place: str) -> None:
        body.lines.append(f"  store double {name}, ptr {place}")

    def _address(self, body: Lines, result: Result, depth: int, *, low: bool = False) -> tuple[str, int]:
        """Where a result goes, seen from a depth, and its stride along the innermost loop."""
        buffer = second(self.schedule, result) if low else result.root.buffer
        terms = [(axis, stride) for axis, stride in enumerate(result.strides) if stride and result.shape[axis] != 1]
        return self._place(body, buffer, terms, result.offset, depth)

    def _index(self, k: int) -> str:
        return f"%{self.p}.{'j' if self.mask is not None and k == self.rank else 'i'}{k}"

    def _place(self, body: Lines, buffer: int, terms: Sequence[tuple[int, int]], offset: int,
               depth: int) -> tuple[str, int]:  # fmt: skip
        """The address of an element: `offset` and strides along axes; each part is added where its loop begins."""
        by_depth = sorted((self.depth[axis], stride) for axis, stride in terms)
        last = by_depth[-1][1] if by_depth and by_depth[-1][0] == self.rank else 0
        key = (buffer, tuple(by_depth), offset)
        known = self.places.get(key)
        if known is not None and known[1] <= depth:
            return known[0], last
        base = self.writer.buffer(buffer)
        name = self.at[0].do(f"getelementptr double, ptr {base}, i64 {offset}") if offset else base
        at = 0
        for k, stride in by_depth:
            lines = body if k == depth else self.at[k]
            index = self._index(k)
            step = lines.do(f"mul i64 {index}, {stride}") if stride != 1 else index
            name, at = lines.do(f"getelementptr double, ptr {name}, i64 {step}"), k
        self.places[key] = name, at
        return name, last

    def _apart(self, body: Lines, place: str, stride: int) -> str:
        offsets = ", ".join(f"i64 {lane * stride}" for lane in range(self.width))
        return body.do(f"getelementptr double, ptr {place}, <{self.width} x i64> <{offsets}>")

    def _read(self, body: Lines, place: str, stride: int) -> str:
        """A vector from memory: in a row, apart, or one number in every lane."""
        kind, mask, module = body.double, self.mask, self.writer.module
        if stride == 0:
            return body.splat(body.do(f"load double, ptr {place}"))
        if stride != 1:
            places = f"<{self.width} x ptr>"
            what = f"@llvm.masked.gather.v{self.width}f64.v{self.width}p0"
            module.declare(f"declare {kind} {what}({places}, i32, {body.truth}, {kind})")
            far, where = self._apart(body, place, stride), mask or "splat (i1 true)"
            return body.do(
                f"call {kind} {what}({places} {far}, i32 8, {body.truth} {where}, {kind} {body.constant(1.0)})"
            )
        if mask is None:
            return body.do(f"load {kind}, ptr {place}, align 8")
        what = f"@llvm.masked.load.v{self.width}f64.p0"
        module.declare(f"declare {kind} {what}(ptr, i32, {body.truth}, {kind})")
        return body.do(f"call {kind} {what}(ptr {place}, i32 8, {body.truth} {mask}, {kind} {body.constant(1.0)})")

    # -- what is computed --------------------------------------------------------------------------------------------

    def value(self, slot: int, where: Map) -> tuple[str, int]:
        """The name of a value read at a map, and the depth at which it is computed."""
        stack = [(slot, where)]
        while stack:
            key = stack[-1]
            if key in self.known:
                stack.pop()
                continue
            needs = self._needs(*key)
            missing = [one for one in needs if one not in self.known]
            if missing:
                stack += reversed(missing)
                continue
            self.known[key] = self._made(*key, needs)
            stack.pop()
        return self.known[slot, where]

    def _memory(self, slot: int) -> tuple[int, tuple[int, ...]] | None:
        """Where a value stands already when the nest begins."""
        home = self.schedule.home(slot)
        if home is None or (home[0].level >= self.nest.level and home[0].kind == "store"):
            return None
        return home[0].buffer, home[1]

    def _needs(self, slot: int, where: Map) -> list[tuple[int, Map]]:
        node = self.nodes[slot]
        if node.op == "const" or self._memory(slot) is not None:
            return []
        if node.op == "place" and not self._inside(slot, where):
            return []
        return [(arg, through(node, k, self.nodes[arg].shape, where)) for k, arg in enumerate(node.args)]

    def _inside(self, slot: int, where: Map) -> bool:
        """Whether this part lies in what `place` puts between zeros. TooLong where it lies across."""
        whole = True
        for axis, first, behind in bounds(self.nodes[slot], where):
            if axis < 0:
                whole = whole and first == 1
                continue
            low, high = self.box[axis]
            if not (high <= first or low >= behind or (first <= low and high <= behind)):
                raise TooLongError
            whole = whole and first <= low and high <= behind
        return whole

    def _made(self, slot: int, where: Map, needs: list[tuple[int, Map]]) -> tuple[str, int]:
        node = self.nodes[slot]
        if node.op == "const":
            return self.at[0].constant(node.attr), 0
        memory = self._memory(slot)
        if memory is not None:
            buffer, strides = memory
            offset = sum(place * stride for (_, place), stride in zip(where, strides, strict=True))
            terms: dict[int, int] = {}
            for (axis, _), stride in zip(where, strides, strict=True):
                if axis >= 0 and self.nest.flat:
                    terms[0] = 1
                elif axis >= 0:
                    terms[axis] = terms.get(axis, 0) + stride
            depth = max((self.depth[axis] for axis in terms), default=0)
            place, stride = self._place(self.at[depth], buffer, list(terms.items()), offset, depth)
            return self._read(self.at[depth], place, stride), depth
        if node.op == "place" and not needs:
            return self.at[0].constant(0.0), 0
        given = [self.known[one] for one in needs]
        if not node.computed:
            if node.op in REDUCTIONS or not given:
                raise TooLongError
            return given[0]
        depth = max((at for _, at in given), default=0)
        return self._computed(self.at[depth], slot, tuple(name for name, _ in given)), depth

    def _computed(self, body: Lines, slot: int, args: tuple[str, ...]) -> str:
        node = self.nodes[slot]
        exponent = None
        if node.op == "^" and self.nodes[node.args[1]].op == "const":
            exponent = self.nodes[node.args[1]].attr
        if not (self.writer.outlined and node.op in OUTLINED) or exponent in POWERS:
            return emit(body, node.op, args, exponent)
        name = f"@{'power' if node.op == '^' else node.op}"
        if not body.module.defined(name):
            inner = Body(body.width, body.module)
            places = tuple(f"%a{k}" for k in range(len(args)))
            result = emit(inner, node.op, places)
            given = ", ".join(f"{body.double} {place}" for place in places)
            lines = "\n".join(inner.lines)
            text = f"define internal {body.double} {name}({given}) noinline {{\nstart:\n{lines}\n"
            body.module.define(name, f"{text}  ret {body.double} {result}\n}}")
        return body.do(f"call {body.double} {name}({', '.join(f'{body.double} {arg}' for arg in args)})")
