"""Runs of descent steps, compiled: a loop around a program's own machine code, so that no step goes through Python.

    kernel(words, numbers, trace, rows, 0, 0)

words: addresses and whole numbers, see `WORDS`; numbers: see `NUMBERS`; trace: room for so many rows of a step's
number, the loss, the gradient's length, the length of the step before, and the parameters. What is marked `out` there
is written at the end. The code is the same for all programs, so that it is compiled once and kept.
"""

from __future__ import annotations

from functools import cache

from .generate import Code
from .host import host
from .objects import Loaded, load

#: The places of what the loop is given: the program's code and what it is called with, its outputs' distance; how
#: many parameters; the method; what the code is given: how many numbers (-1: the parameters as they are), and which
#: parameter each is (-1: none); parameters, two vectors of the method's, room for one; the step's number (out), the
#: last one; the place of the output that tells kinks (-1: none); out: rows, why it ended, kinks that were met, the row
#: of the first.
WORDS = ("code", "none", "fixed", "block", "width", "spill", "n", "method", "given", "order", "x", "first", "second",
         "ahead", "k", "steps", "alarm", "rows", "why", "kinks", "kink")  # fmt: skip
#: bounds as in `Rules`; top: of the loss's size; before: the loss before (out), moved: the step's length (out); p1, p2:
#: Adam's powers (out).
NUMBERS = ("rate", "momentum", "grad", "loss", "step", "change", "top", "before", "moved", "p1", "p2")
METHODS = ("gd", "momentum", "nesterov", "adam")
#: Why it ended: the room was full, a rule held, all steps were done, no number, a number beyond `top`.
FULL, RULE, STEPS, LOST, BEYOND = range(5)


@cache
def loop() -> Loaded:
    """The machine code of the loop."""
    machine = host()
    assert machine is not None
    return load(Code(text(), (), 0), machine)


def _load(names: tuple[str, ...], base: str, kind: str) -> str:
    lines = []
    for place, name in enumerate(names):
        own = "ptr" if name in _POINTERS and kind == "i64" else kind
        lines += [f"  %{name}.at = getelementptr i64, ptr %{base}, i64 {place}",
                  f"  %{name}.in = load {own}, ptr %{name}.at"]  # fmt: skip
    return "\n".join(lines)


_POINTERS = ("code", "none", "fixed", "block", "spill", "order", "x", "first", "second", "ahead")


def _update(name: str, lines: str) -> str:
    """A loop over the parameters that makes a step: `lines` find %s.NAME from %g.NAME."""
    return f"""
{name}:
  br label %{name}.each
{name}.each:
  %i.{name} = phi i64 [ 0, %{name} ], [ %j.{name}, %{name}.each ]
  %sum.{name} = phi double [ 0.0, %{name} ], [ %more.{name}, %{name}.each ]
  %one.{name} = add i64 %i.{name}, 1
  %place.{name} = mul i64 %one.{name}, %width.in
  %from.{name} = getelementptr double, ptr %block.in, i64 %place.{name}
  %g.{name} = load double, ptr %from.{name}
  %a.{name} = getelementptr double, ptr %first.in, i64 %i.{name}
  %b.{name} = getelementptr double, ptr %second.in, i64 %i.{name}
{lines}
  %x.{name} = getelementptr double, ptr %x.in, i64 %i.{name}
  %was.{name} = load double, ptr %x.{name}
  %is.{name} = fadd double %was.{name}, %s.{name}
  store double %is.{name}, ptr %x.{name}
  %square.{name} = fmul double %s.{name}, %s.{name}
  %more.{name} = fadd double %sum.{name}, %square.{name}
  %j.{name} = add i64 %i.{name}, 1
  %go.{name} = icmp ult i64 %j.{name}, %n.in
  br i1 %go.{name}, label %{name}.each, label %{name}.end
{name}.end:
  br label %moved"""


def _velocity(name: str) -> str:
    return f"""  %v.{name} = load double, ptr %a.{name}
  %kept.{name} = fmul double %momentum.in, %v.{name}
  %down.{name} = fmul double %rate.in, %g.{name}
  %s.{name} = fsub double %kept.{name}, %down.{name}
  store double %s.{name}, ptr %a.{name}"""


_GD = """  %slow.gd = fneg double %rate.in
  %s.gd = fmul double %slow.gd, %g.gd"""

_ADAM = """  %m.adam = load double, ptr %a.adam
  %m1.adam = fmul double %m.adam, 0x3FECCCCCCCCCCCCD
  %m2.adam = fmul double %g.adam, 0x3FB9999999999998
  %m3.adam = fadd double %m1.adam, %m2.adam
  store double %m3.adam, ptr %a.adam
  %q.adam = load double, ptr %b.adam
  %q1.adam = fmul double %q.adam, 0x3FEFF7CED916872B
  %q2.adam = fmul double %g.adam, 0x3F50624DD2F1AA00
  %q3.adam = fmul double %q2.adam, %g.adam
  %q4.adam = fadd double %q1.adam, %q3.adam
  store double %q4.adam, ptr %b.adam
  %mean.adam = fdiv double %m3.adam, %d1
  %spread.adam = fdiv double %q4.adam, %d2
  %root.adam = call double @llvm.sqrt.f64(double %spread.adam)
  %under.adam = fadd double %root.adam, 0x3E45798EE2308C3A
  %slow.adam = fneg double %rate.in
  %over.adam = fmul double %slow.adam, %mean.adam
  %s.adam = fdiv double %over.adam, %under.adam"""


def text() -> str:
    """The IR."""
    return f"""@libm = global [1 x ptr] zeroinitializer
declare double @llvm.sqrt.f64(double)
declare double @llvm.fabs.f64(double)

define internal void @eval(ptr %words, ptr %at) noinline {{
start:
{_load(WORDS, "words", "i64")}
  %straight = icmp slt i64 %given.in, 0
  %used = select i1 %straight, ptr %at, ptr %fixed.in
  %any = icmp sgt i64 %given.in, 0
  br i1 %any, label %each, label %run
each:
  %i = phi i64 [ 0, %start ], [ %j, %next ]
  %o.at = getelementptr i64, ptr %order.in, i64 %i
  %o = load i64, ptr %o.at
  %mine = icmp sge i64 %o, 0
  br i1 %mine, label %copy, label %next
copy:
  %v.at = getelementptr double, ptr %at, i64 %o
  %v = load double, ptr %v.at
  %f.at = getelementptr double, ptr %fixed.in, i64 %i
  store double %v, ptr %f.at
  br label %next
next:
  %j = add i64 %i, 1
  %go = icmp ult i64 %j, %given.in
  br i1 %go, label %each, label %run
run:
  call void %code.in(ptr %none.in, ptr %used, ptr %block.in, i64 %width.in, i64 %width.in, ptr %spill.in)
  ret void
}}

define void @kernel(ptr %words, ptr %numbers, ptr %trace, i64 %room, i64 %u1, ptr %u2) alignstack(64) "stackrealign" {{
start:
{_load(WORDS, "words", "i64")}
{_load(NUMBERS, "numbers", "double")}
  %wide = add i64 %n.in, 4
  %alarm.row = mul i64 %alarm.in, %width.in
  %alarm.from = getelementptr double, ptr %block.in, i64 %alarm.row
  br label %again
again:
  %k = phi i64 [ %k.in, %start ], [ %k.next, %further ]
  %r = phi i64 [ 0, %start ], [ %r.next, %further ]
  %before = phi double [ %before.in, %start ], [ %loss.now, %further ]
  %length = phi double [ %moved.in, %start ], [ %length.next, %further ]
  %p1 = phi double [ %p1.in, %start ], [ %p1.next, %further ]
  %p2 = phi double [ %p2.in, %start ], [ %p2.next, %further ]
  %kinks = phi i64 [ 0, %start ], [ %kinks.next, %further ]
  %kink = phi i64 [ -1, %start ], [ %kink.next, %further ]
  call void @eval(ptr %words, ptr %x.in)
  %loss.now = load double, ptr %block.in
  %r.from = mul i64 %r, %wide
  %row = getelementptr double, ptr %trace, i64 %r.from
  %row.x = getelementptr double, ptr %row, i64 4
  br label %each
each:
  %i = phi i64 [ 0, %again ], [ %j, %each ]
  %sum = phi double [ 0.0, %again ], [ %more, %each ]
  %one = add i64 %i, 1
  %place = mul i64 %one, %width.in
  %g.at = getelementptr double, ptr %block.in, i64 %place
  %g = load double, ptr %g.at
  %square = fmul double %g, %g
  %more = fadd double %sum, %square
  %v.at = getelementptr double, ptr %x.in, i64 %i
  %v = load double, ptr %v.at
  %w.at = getelementptr double, ptr %row.x, i64 %i
  store double %v, ptr %w.at
  %j = add i64 %i, 1
  %go = icmp ult i64 %j, %n.in
  br i1 %go, label %each, label %look
look:
  %slope = call double @llvm.sqrt.f64(double %more)
  %k.number = sitofp i64 %k to double
  store double %k.number, ptr %row
  %row1 = getelementptr double, ptr %row, i64 1
  store double %loss.now, ptr %row1
  %row2 = getelementptr double, ptr %row, i64 2
  store double %slope, ptr %row2
  %row3 = getelementptr double, ptr %row, i64 3
  store double %length, ptr %row3
  %watched = icmp sge i64 %alarm.in, 0
  br i1 %watched, label %watch, label %judge
watch:
  %alarm.now = load double, ptr %alarm.from
  %met = fcmp une double %alarm.now, 0.0
  %met.one = zext i1 %met to i64
  br label %judge
judge:
  %met.now = phi i64 [ 0, %look ], [ %met.one, %watch ]
  %kinks.next = add i64 %kinks, %met.now
  %met.here = icmp ne i64 %met.now, 0
  %met.none = icmp slt i64 %kink, 0
  %met.first = and i1 %met.here, %met.none
  %kink.next = select i1 %met.first, i64 %r, i64 %kink
  %d.loss = fsub double %loss.now, %loss.now
  %d.slope = fsub double %slope, %slope
  %d.both = fadd double %d.loss, %d.slope
  %finite = fcmp oeq double %d.both, 0.0
  br i1 %finite, label %size, label %end
size:
  %loss.size = call double @llvm.fabs.f64(double %loss.now)
  %beyond = fcmp ogt double %loss.size, %top.in
  br i1 %beyond, label %end, label %rules
rules:
  %rule.grad = fcmp olt double %slope, %grad.in
  %rule.loss = fcmp olt double %loss.now, %loss.in
  %rule.step = fcmp olt double %length, %step.in
  %diff = fsub double %loss.now, %before
  %change.now = call double @llvm.fabs.f64(double %diff)
  %rule.change = fcmp olt double %change.now, %change.in
  %rule1 = or i1 %rule.grad, %rule.loss
  %rule2 = or i1 %rule.step, %rule.change
  %rule = or i1 %rule1, %rule2
  br i1 %rule, label %end, label %last
last:
  %over = icmp sge i64 %k, %steps.in
  br i1 %over, label %end, label %update
update:
  %p1.more = fmul double %p1, 0x3FECCCCCCCCCCCCD
  %p2.more = fmul double %p2, 0x3FEFF7CED916872B
  %d1 = fsub double 1.0, %p1.more
  %d2 = fsub double 1.0, %p2.more
  switch i64 %method.in, label %gd [ i64 1, label %momentum i64 2, label %look.ahead i64 3, label %adam ]
look.ahead:
  br label %ahead.each
ahead.each:
  %i.ahead = phi i64 [ 0, %look.ahead ], [ %j.ahead, %ahead.each ]
  %x.ahead = getelementptr double, ptr %x.in, i64 %i.ahead
  %is.ahead = load double, ptr %x.ahead
  %a.ahead = getelementptr double, ptr %first.in, i64 %i.ahead
  %v.ahead = load double, ptr %a.ahead
  %s.ahead = fmul double %momentum.in, %v.ahead
  %to.ahead = fadd double %is.ahead, %s.ahead
  %y.ahead = getelementptr double, ptr %ahead.in, i64 %i.ahead
  store double %to.ahead, ptr %y.ahead
  %j.ahead = add i64 %i.ahead, 1
  %go.ahead = icmp ult i64 %j.ahead, %n.in
  br i1 %go.ahead, label %ahead.each, label %ahead.end
ahead.end:
  call void @eval(ptr %words, ptr %ahead.in)
  br label %nesterov
{_update("gd", _GD)}
{_update("momentum", _velocity("momentum"))}
{_update("nesterov", _velocity("nesterov"))}
{_update("adam", _ADAM)}
moved:
  %sum.all = phi double {", ".join(f"[ %more.{name}, %{name}.end ]" for name in METHODS)}
  %length.next = call double @llvm.sqrt.f64(double %sum.all)
  %p1.next = fadd double %p1.more, 0.0
  %p2.next = fadd double %p2.more, 0.0
  %k.next = add i64 %k, 1
  %r.next = add i64 %r, 1
  %room.left = icmp ult i64 %r.next, %room
  br i1 %room.left, label %further, label %full
further:
  br label %again
full:
  store i64 %k.next, ptr %k.at
  store i64 %r.next, ptr %rows.at
  store i64 {FULL}, ptr %why.at
  store i64 %kinks.next, ptr %kinks.at
  store i64 %kink.next, ptr %kink.at
  store double %loss.now, ptr %before.at
  store double %length.next, ptr %moved.at
  store double %p1.next, ptr %p1.at
  store double %p2.next, ptr %p2.at
  ret void
end:
  %why = phi i64 [ {LOST}, %judge ], [ {BEYOND}, %size ], [ {RULE}, %rules ], [ {STEPS}, %last ]
  store i64 %k, ptr %k.at
  %rows = add i64 %r, 1
  store i64 %rows, ptr %rows.at
  store i64 %why, ptr %why.at
  store i64 %kinks.next, ptr %kinks.at
  store i64 %kink.next, ptr %kink.at
  store double %before, ptr %before.at
  store double %length, ptr %moved.at
  ret void
}}
"""
