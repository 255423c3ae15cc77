"""The value of a program with an ε in it: a dual number, a series in ε up to the power that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.failures import all_finite, hold_shapes
from ..evaluate.series import Numbers, Series
from ..evaluate.series.quotients import power
from ..evaluate.series.recipes import Program
from ..graph.duals import UNIT, units
from ..graph.graph import LEAVES
from ..graph.to_ast import constant
from ..language import ast
from .derive import Survey, describe
from .problem import Problem, Variable
from .result import Nested, Note, nested

#: Powers of ε that may be asked for: the work grows with the square, and of lgamma and the like with the cube.
MOST_ORDER = 500


class DualValue(NamedTuple):
    """A dual number a + b·ε + c·ε² + …: parts = [a, b, c, …], each a float, or nested lists for an array.

    There are as many parts as are known: fewer than were kept where a quotient by ε took some. name: what it was
    bound to.
    """

    parts: list[Nested]
    notes: list[Note]
    name: str | None = None

    @property
    def remembered(self) -> ast.Node:
        """What `%1` and `ans` stand for in later lines: the number as it is written."""
        return _written(self.parts)


def _written(parts: Sequence[Nested]) -> ast.Node:
    if isinstance(parts[0], list):
        return ast.Vector(tuple(_written([part[k] for part in parts]) for k in range(len(parts[0]))))  # type: ignore[index]
    tree, *others = (constant(float(part)) for part in parts)  # type: ignore[arg-type]
    for k, other in enumerate(others, 1):
        # Not dual(…) nor eps, which a user may have given another meaning.
        tree = ast.Call("+", (tree, ast.Call("*", (other, ast.Name(f"{UNIT}^{k}")))))
    return tree


class Expanded(NamedTuple):
    """The terms of a program's series as far as they are known, and the survey of it at the point."""

    terms: list[Any]
    survey: Survey
    series: Series


def expanded(problem: Problem, seeds: Mapping[int, Sequence[float]], order: int, *, ieee: bool = False) -> Expanded:
    """The series of a program in ε at a point. What is not finite is an error unless `ieee`.

    seeds: leaf -> its terms; the point holds the real parts of those that are inputs. order: of the last term.
    """
    graph = problem.graph
    outputs = [problem.output, *problem.conditions]
    hold_shapes(graph, graph.reachable(outputs), problem.point)
    series = Series(Program(graph, seeds), seeds, order, Numbers(problem.tracer))
    terms = list(series.of(problem.output))
    for condition in problem.conditions:
        series.real(condition)
    for node, known in series.terms.items():
        problem.tracer.assume(node, known[0])  # a quotient without real parts has one all the same
    # Kinks are those along ε.
    variables = tuple(Variable("ε", (), leaf) for leaf in seeds)
    problem = Problem(
        graph, problem.output, variables, problem.point, problem.conditions, problem.bends, problem.tracer
    )
    if series.reasons and not ieee:
        _hold_known(problem, series)
    survey = Survey(problem, ieee)
    if not ieee and not all(map(all_finite, terms)):
        raise _failure(series, survey, terms)
    return Expanded(terms, survey, series)


def dual_value(problem: Problem, *, ieee: bool = False, branches: bool = False, order: int = 0) -> DualValue:
    """The dual number that a program is at a point. What is not finite is an error unless `ieee`.

    order: the highest power of ε that is kept, if the program itself does not keep more.
    """
    found = units(problem.graph, [problem.output, *problem.conditions])
    order = max(order, 1, *found.values())
    if order > MOST_ORDER:
        raise DcalcError("limit", f"order {order} is more than is computed, the limit is {MOST_ORDER}")
    seeds = {unit: [0.0] * k + [1.0] for unit, k in found.items()}
    terms, survey, series = expanded(problem, seeds, order, ieee=ieee)
    notes = [*survey.bends(), *(survey.branches() if branches else []), *_kinks(survey, found)]
    if len(terms) <= order and not series.reasons:
        message = "a quotient without real parts has lost the highest power of ε"
        more = 2 * order + 1 - len(terms)
        notes.append(Note("order", message + (f"; --order {more} shows more" if more <= MOST_ORDER else "")))
    size = problem.graph.size(problem.output)
    return DualValue([nested(_numbers(term, size), problem.shape) for term in terms], notes)


def _numbers(term: Any, size: int) -> list[float]:
    return [float(term)] * size if isinstance(term, (float, int)) else term.ravel().tolist()


def _kinks(survey: Survey, found: dict[int, int]) -> list[Note]:
    if len(found) == 1:
        return survey.kink_notes()
    from .derive import kink_notes

    return kink_notes(survey.problem, survey.kinks, None)


def _hold_known(problem: Problem, series: Series) -> None:
    """Refuse a quotient that cannot be told, if it is looked at."""
    from ..evaluate.failures import taken

    graph = problem.graph
    outputs = [problem.output, *problem.conditions]
    values = {node: problem.value(node) for node in graph.reachable(outputs)}
    looked_at = taken(graph, outputs, values)
    for node, reason in series.reasons.items():
        if node in looked_at:
            source, span = graph.origins.get(node, (None, None))
            hint = "a number without a real part has no inverse; --ieee goes on with nan"
            if "as far as" in reason:
                hint = f"--order {2 * series.order} keeps more powers of ε"
            raise DcalcError("domain", f"{describe(graph, node)}: {reason}", source=source, span=span, hint=hint)


def _failure(series: Series, survey: Survey, terms: list[Any]) -> DcalcError:
    """Where a term that is not finite was born."""
    graph = survey.problem.graph
    first = next(k for k, term in enumerate(terms) if not all_finite(term))
    for node in sorted(survey.taken):
        mine = series.terms.get(node, [])
        bad = next((k for k, term in enumerate(mine) if not all_finite(term)), None)
        if bad is None or graph.ops[node] in LEAVES:
            continue
        source, span = graph.origins.get(node, (None, None))
        message = f"{describe(graph, node)} has no series in ε here: its coefficient of {power(bad)} is not finite"
        if not bad:
            message = f"{describe(graph, node)} is not finite here"
        return DcalcError("domain", message, source=source, span=span, hint="--ieee goes on with inf and nan")
    message = f"the coefficient of {power(first)} is not finite"
    return DcalcError("domain", message, hint="--ieee goes on with inf and nan")
