"""`descend`: gradient descent from a point, of an expression or summed over the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from ...backends.problem import Problem, Variable
from ...backends.result import Note, nested
from ...errors import EXIT_FAILED, EXIT_INTERRUPTED, DcalcError
from ...evaluate.scalar import PointValue
from ...language import source
from ..base import FORMATS, Ask, Command, Option, Output, State
from ..options import RENDER, whole
from ..point import point_of
from ..prepare import loaded, prepare_at
from ..prepare import problem as problem_of

if TYPE_CHECKING:
    from ...backends.descent.objective import Objective
    from ...backends.descent.run import Outcome, Plan, Proposal
    from ...backends.descent.verdict import Verdict

#: Steps where no number is given; epochs of batches.
STEPS, EPOCHS = 1000, 100
#: Parameters up to which Newton's method has a Hessian.
MOST_NEWTON = 2_000
#: Steps that JSON and CSV have at most.
MOST_STEPS = 100_000
#: The options that are of a table alone.
OF_TABLES = ("rename", "mean", "batch-size", "epochs")
#: Why no further step was made, in words.
ENDS = {
    "diverged": "diverged", "unbounded": "went down without end", "undefined": "left where there is a value",
    "interrupted": "interrupted",
}  # fmt: skip


class Descent(NamedTuple):
    """What `descend` answers. rows: the steps that are kept (k, loss, |grad|, |step|, *parameters), one in `every`.

    of: how many rows of a table the objective is made of, 0 for none. reason: what a method says by itself.
    """

    title: str
    variables: tuple[Variable, ...]
    plan: Plan
    outcome: Outcome
    verdict: Verdict | None
    proposal: Proposal | None
    of: int
    mean: bool
    reason: str
    size: tuple[int, int] | None

    @property
    def rows(self) -> Any:
        """The steps that are kept."""
        return self.outcome.record.rows

    @property
    def point(self) -> dict[str, PointValue]:
        """The point that was reached."""
        from ...backends.descent.objective import point_at

        return point_at(self.variables, self.outcome.x)

    @property
    def labels(self) -> list[str]:
        """The names of the parameters' components."""
        return [label for variable in self.variables for label in variable.labels]

    @property
    def remembered(self) -> Any:
        """What `ans` is: the point that was reached, in its shape where there is one input, else one vector."""
        numbers = self.outcome.x.tolist()
        return nested(numbers, self.variables[0].shape) if len(self.variables) == 1 else numbers


def _run(state: State, ask: Ask) -> Output:
    _hold_options(ask)
    state = loaded(state, ask)
    return descended(state, ask, _start(state, ask), point_of(state, ask.get("at", [])))


def descended(
    state: State,
    ask: Ask,
    start: Mapping[str, PointValue],
    given: Mapping[str, PointValue],
    columns: Mapping[str, Any] | None = None,
) -> Output:
    """The descent of the operand. given: what stays. columns: rows by name, (rows, *shape), in the place of a file."""
    from ...backends.descent.record import Record

    if both := [name for name in start if name in given]:
        message = f"{both[0]} is in start and in at"
        raise DcalcError("usage", message, hint="start is what moves, at is what stays")
    notes: list[Note] = []
    objective: Objective
    if columns is not None or ask.get("data"):
        from .over_rows import columns_of, table_of

        inputs, path, more = columns_of(state, ask, start, given) if columns is None else (columns, "data", [])
        objective, rows, further = table_of(state, ask, start, given, inputs, path)
        notes += [*more, *further]
    else:
        objective, rows = _single(state, ask, start, given, notes), 0
    plan = _plan(ask, rows)
    from ...backends.descent.objective import vector_of

    x = vector_of(objective.variables, start)
    if plan.method == "newton" and len(x) > MOST_NEWTON:
        words = f"a Hessian of {len(x):,} parameters is too large"
        raise DcalcError("limit", words, hint="--method adam, or scipy:Newton-CG, which takes products with vectors")
    if not len(x):
        raise DcalcError("usage", "there is no input to descend in", source=ask.operand, hint="--start x=0")
    whole_record = ask.get("format") in ("json", "csv")
    sink = _sink(ask, objective)
    try:
        record = Record(len(x), MOST_STEPS if whole_record else 2_000, sink.add if sink else None)
        outcome = _descend(objective, x, plan, record)
    finally:
        if sink:
            sink.close()
    return _answer(lambda: _single(state, ask, start, given, []), ask, objective, x, plan, outcome, rows, notes)


def _descend(objective: Objective, x: Any, plan: Plan, record: Any) -> Outcome:
    if plan.method.startswith("scipy:"):
        from ...backends.descent.by_scipy import by_scipy

        return by_scipy(objective, x, plan, record)
    from ...backends.descent.run import descend

    return descend(objective, x, plan, record)


def _hold_options(ask: Ask) -> None:
    if not ask.get("data"):
        for name in OF_TABLES:
            if ask.get(name):
                raise DcalcError("usage", f"{name} is of a table of rows", hint="add --data FILE")
    if not ask.get("start"):
        hint = "for example --start x=0,y=1"
        raise DcalcError("usage", "where does the descent begin?", source=ask.operand, hint=hint)
    hold_method(ask)


def hold_method(ask: Ask) -> None:
    """DcalcError where options do not go together."""
    method = ask.get("method", "gd")
    if method.startswith("scipy:"):
        for name in ("rate", "momentum", "batch-size"):
            if ask.get(name):
                raise DcalcError("usage", f"{method} has no use for --{name}", hint="SciPy chooses its steps itself")
    elif ask.get("momentum") is not None and method not in ("momentum", "nesterov"):
        raise DcalcError("usage", f"{method} keeps no momentum", hint="--method momentum or nesterov")
    if ask.get("epochs") and ask.get("steps"):
        raise DcalcError("usage", "steps and epochs say the same", hint="leave one of them")


def _start(state: State, ask: Ask) -> dict[str, PointValue]:
    """Where the descent begins, with random arrays drawn."""
    import numpy as np

    from .random_starts import with_random

    values, texts = with_random(state, ask.get("start", []), ask.get("shuffle-seed", 0))
    start = point_of(values, texts)
    for name, value in start.items():
        if not np.isfinite(value).all():
            raise DcalcError("domain", f"{name} is not finite where the descent begins", source=texts[0])
    return start


def _plan(ask: Ask, rows: int) -> Plan:
    from ...backends.descent.methods import MOMENTUM
    from ...backends.descent.rules import DEFAULT
    from ...backends.descent.run import Batches, Plan

    size, steps = ask.get("batch-size"), ask.get("steps")
    each = -(-rows // size) if size else 1
    epochs = ask.get("epochs")
    if steps is None:
        steps = each * epochs if epochs else each * EPOCHS if size else STEPS
    batches = Batches(min(size, rows), ask.get("shuffle-seed", 0)) if size else None
    return Plan(ask.get("method", "gd"), ask.get("rate"), ask.get("momentum", MOMENTUM), steps,
                ask.get("stop", DEFAULT), batches)  # fmt: skip


def _single(
    state: State, ask: Ask, start: Mapping[str, PointValue], given: Mapping[str, PointValue], notes: list[Note]
) -> Objective:
    from ...backends.descent.objective import Single

    assert ask.operand is not None
    text, names = ask.operand, list(start)
    wanted = Ask(text, {"wrt": [source(",".join(names), "--start")]})

    def reads(point: Mapping[str, PointValue]) -> Problem:
        fresh = state._replace(graph=state.graph.copy())
        try:
            prepared = prepare_at(fresh, text, {**given, **point}, loop_nodes=True)
            found = problem_of(prepared, wanted)
        except DcalcError as problem:
            raise told(problem) from None
        notes[:] = notes or [note for note in prepared.notes if note.kind != "path"]
        return found

    plan_steps = ask.get("steps") or STEPS
    return Single(reads, start, plan_steps)


def told(problem: DcalcError) -> DcalcError:
    """A missing value is told in the words of this verb."""
    if problem.kind == "name" and problem.message.endswith(("has no value", "have no value")):
        name = problem.message.split(",")[0].split(" ")[0]
        problem.hint = f"let it move: --start {name}=0; or hold it: --at {name}=2"
    return problem


def _sink(ask: Ask, objective: Objective) -> Any:
    file = ask.get("trace-steps")
    if not file:
        return None
    from .trace_file import TraceFile

    labels = [label for variable in objective.variables for label in variable.labels]
    return TraceFile(file, labels)


# -- the answer -----------------------------------------------------------------------------------------------------


def _answer(again: Callable[[], Objective], ask: Ask, objective: Objective, start: Any, plan: Plan, outcome: Outcome,
            rows: int, notes: list[Note]) -> Output:  # fmt: skip
    from ...backends.descent.objective import Single
    from ...backends.descent.run import smaller_rate
    from ...backends.descent.verdict import verdict

    proposal = None
    found = None
    own = not plan.method.startswith("scipy:")
    calls, kinked, first = objective.calls, objective.kinked, list(objective.first_kink)
    if outcome.why == "diverged" and own:
        make = again if isinstance(objective, Single) else lambda: objective
        proposal = smaller_rate(make, start, plan)
    if outcome.why in ("stopped", "steps"):
        here = objective.kinked
        try:
            objective.at(outcome.x)
            on_kink = objective.kinked > here
            found = verdict(objective, outcome.x, outcome.slope, float(outcome.record.rows[0, 2]), on_kink=on_kink)
        except KeyboardInterrupt:  # the point is there all the same
            outcome = outcome._replace(why="interrupted")
    assert ask.operand is not None
    title = " ".join(ask.operand.text.split())
    result = Descent(title, objective.variables, plan, outcome, found, proposal, rows, bool(ask.get("mean")),
                     outcome.message, ask.get("size"))  # fmt: skip
    notes = [*notes, *_notes(result, objective, calls, kinked, first)]
    status = 0 if outcome.converged else EXIT_INTERRUPTED if outcome.why == "interrupted" else EXIT_FAILED
    kept = result.point if ask.get("keep") and outcome.why in ("stopped", "steps", "interrupted") else {}
    return Output([result], notes, status, point=kept)


def _notes(result: Descent, objective: Objective, calls: int, kinked: int, first: Sequence[Note]) -> list[Note]:
    from ...backends.descent.objective import Single

    outcome = result.outcome
    notes: list[Note] = []
    if kinked:
        words = f"{kinked:,} of {calls:,} gradients were taken on a kink, by its convention"
        if first:
            more = f" (and {len(first) - 1} more there)" if len(first) > 1 else ""
            words += f"; at the first: {first[0].message}{more}"
        notes.append(Note("kink", words, data={"kinked": kinked, "gradients": calls}))
    if isinstance(objective, Single) and objective.problem.conditions:
        count = objective.paths
        words = f"the program was followed at each step, on {count} path{'s' * (count > 1)}"
        notes.append(Note("path", words, data={"paths": count}))
    if outcome.bent:
        words = f"at {outcome.bent:,} of {outcome.steps:,} steps the Hessian was not positive definite: the absolute " \
                "values of its eigenvalues were taken, so that the step goes down"  # fmt: skip
        notes.append(Note("hessian", words, data={"steps": outcome.bent}))
    notes += _advice(result)
    kind = result.verdict.kind if result.verdict else ""
    if outcome.why == "stopped" and kind in ("saddle", "maximum"):
        words = f"this is a {kind}: begin a little beside it to go further down"
        notes.append(Note("verdict", words))
    if outcome.why == "stopped" and kind == "slope" and outcome.rule in ("step", "change"):
        words = f"the {outcome.rule} is small, but the gradient is not 0: this is no stationary point"
        notes.append(Note("verdict", words))
    return notes


def _advice(result: Descent) -> list[Note]:
    """What to try after a descent that did not end well."""
    outcome, plan, proposal = result.outcome, result.plan, result.proposal
    if outcome.why == "diverged":
        if proposal is None:
            return [Note("rate", "no smaller rate that was tried goes down: begin elsewhere, or --method newton")]
        does = f"converges in {proposal.steps:,} steps" if proposal.converges else \
            f"does not diverge: it comes to a loss of {proposal.loss:.6g} in {proposal.steps:,} steps"  # fmt: skip
        data = {"rate": proposal.rate, "converges": proposal.converges}
        return [
            Note("rate", f"the rate {plan.speed:g} is too large; --rate {proposal.rate:g} {does} (tried)", data=data)
        ]
    if outcome.why == "unbounded":
        return [Note("rate", "the objective has no lower bound here, as far as the steps go")]
    if outcome.why == "undefined":
        words = f"step {outcome.steps:,} leads to where there is no value"
        words += f" ({outcome.message})" if outcome.message else ""
        return [Note("rate", f"{words}: a smaller --rate, or begin elsewhere")]
    if outcome.why == "steps" and not result.reason:
        if _back_and_forth(result):
            return [Note("rate", "the steps go back and forth: a smaller --rate comes closer")]
        return [Note("steps", f"the stop rule {plan.rules} does not hold yet: more --steps, or another --rate")]
    return []


def _back_and_forth(result: Descent) -> bool:
    """Whether the last steps go up as often as down, and none of them comes further."""
    rows = result.rows
    if result.plan.batches or len(rows) < 20 or rows[-1, 0] - rows[-9, 0] > 16:
        return False
    losses = rows[-9:, 1]
    up = sum(b > a for a, b in pairwise(losses.tolist()))
    return bool(3 <= up <= 5 or up == 8)


COMMAND = Command(
    "descend",
    "gradient descent from a point, step by step",
    "EXPR",
    ("start", "at", "load", "rate", "steps", "method", "momentum", "stop", "data", "rename", "mean", "batch-size",
     "epochs", "shuffle-seed", "trace-steps", "keep", "engine", "size", *RENDER),
    (
        'dcalc descend "(x-3)^2 + (y+1)^2" --start x=0,y=0',
        'dcalc descend "(1-x)^2 + 100*(y-x^2)^2" --start x=-1.2,y=1 --method newton',
        'dcalc descend "(w*x + b - y)^2" --data examples/line.csv --mean --start w=0,b=0',
        'dcalc descend "(x-3)^2" --start x=0 --rate 0.4 --out /tmp/loss.svg',
        'dcalc descend "a*x^2 - cos(x)" --start x=2 --at a=1 --method scipy:BFGS',
    ),
    "What --start names moves, x <- x - rate*gradient, until a stop rule holds; all else has its value by --at. The\n"
    "answer is a table of steps, the curve of the loss, the point that was reached, why it ended, and by the\n"
    "eigenvalues of the Hessian whether that is a minimum, a saddle, a maximum, a plateau or a degenerate point. The\n"
    "exit status is 1 where no stop rule held. After a descent that diverged smaller rates are tried, and one that\n"
    "works is named. Ctrl-C ends it with what has been reached (exit status 130).\n"
    "methods   gd; momentum and nesterov keep --momentum of the last step; adam (0.9, 0.999, 1e-8); newton divides by\n"
    "          the Hessian; scipy:BFGS, scipy:L-BFGS-B, scipy:Newton-CG, scipy:trust-exact, … are SciPy's (extra\n"
    "          `special`), with exact gradients, Hessians or their products with vectors\n"
    "stop      grad (the gradient's length), loss, step (its length), change (of the loss), each below a bound\n"
    "--data    the objective is the sum of EXPR over the rows of a table, whose columns are inputs by name (see\n"
    "          `dcalc help points`); --mean divides by their number. --batch-size N makes a step for every N rows;\n"
    "          the loss of all rows is computed, and the stop rule asked, after each epoch (100 of them by default)\n"
    "--start   values as of --at, arrays and files too; normal(2,3) and uniform(4) draw numbers (by --shuffle-seed)\n"
    "--json, --format csv and --trace-steps FILE have all steps; --out loss.svg or .png is the curve.\n"
    "In a session `ans` is the point that was reached (one vector where there are several inputs), and `keep` gives\n"
    "the inputs these values.",
    _run,
    (*FORMATS, "svg", "png"),
    (Option("steps", "N", "how many steps at most, 1000 by default",
            'dcalc descend "(x-3)^2" --start x=0 --steps 10000', convert=whole),
     Option("rename", "OLD=NEW,…", "what columns of --data are called here; may be repeated",
            'dcalc descend "(w*u - v)^2" --start w=0 --data examples/line.csv --mean --rename x=u,y=v', repeats=True)),
)  # fmt: skip
