"""The main job, end to end: `dcalc grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1` by every backend, in every format."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

MAIN = ["grad", "max(y*z, y+2*x)", "--at", "x=2,y=3,z=-1"]
BACKENDS = ["fd", "forward", "reverse", "symbolic", "auto"]
ROUGH = "sin(x*y) + exp(x/3)/y"
POINT = ["--at", "x=1.1,y=0.7"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend(dcalc, backend):
    status, out, _ = dcalc([*MAIN, "--backend", backend])
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["value", "7"],
        ["d/dx", "2"],
        ["d/dy", "1"],
        ["d/dz", "0"],
    ]
    found = json.loads(dcalc([*MAIN, "--backend", backend, "--json"]).out)
    assert (found["value"], found["derivative"]) == (7, {"x": 2, "y": 1, "z": 0})
    assert found["backend"] == (backend if backend != "auto" else "reverse")


def test_without_options_it_is_quiet(dcalc):
    assert dcalc(MAIN) == (0, "value  7\nd/dx   2\nd/dy   1\nd/dz   0\n", "")


def test_the_active_branch_when_asked(dcalc):
    status, out, err = dcalc([*MAIN, "--branches"])
    assert (status, out) == (0, "value  7\nd/dx   2\nd/dy   1\nd/dz   0\n")
    assert err == "note: max(y*z, y + 2*x): the active branch is y + 2*x\n"


def test_all_backends_side_by_side(dcalc):
    status, out, _ = dcalc([*MAIN, "--backend", "all"])
    assert status == 0
    header, _, *rows = out.splitlines()
    assert header.split() == ["fd", "forward", "reverse", "symbolic", "difference"]
    assert [row.split()[:5] for row in rows[:4]] == [
        ["value", "7", "7", "7", "7"],
        ["d/dx", "2", "2", "2", "2"],
        ["d/dy", "1", "1", "1", "1"],
        ["d/dz", "0", "0", "0", "0"],
    ]
    assert out.rstrip().endswith("the backends agree")
    found = json.loads(dcalc([*MAIN, "--backend", "all", "--json"]).out)
    assert found["agree"] is True
    assert found["disagreements"] == []
    assert list(found["backends"]) == ["fd", "forward", "reverse", "symbolic"]


@pytest.mark.parametrize(
    ("verb", "expression"),
    [("grad", ROUGH), ("jac", f"[{ROUGH}, x^y, hypot(x, y)]"), ("hess", ROUGH), ("hess", "[x^y, atan2(x, y)]")],
)
def test_all_backends_agree(dcalc, verb, expression):
    status, out, _ = dcalc([verb, expression, *POINT, "--backend", "all", "--json"])
    assert status == 0, out
    found = json.loads(out)
    assert found["agree"]
    assert found["largest_difference"] < 1e-6


def test_a_disagreement_is_told_and_exits_1(dcalc, monkeypatch):
    from dcalc.backends import BUILT_IN, forward

    class Liar(forward.Forward):
        def jacobian(self, problem, options):
            answer = super().jacobian(problem, options)
            return answer._replace(entries=[[[entry + 1e-3 for entry in row] for row in answer.entries[0]]])

    monkeypatch.setattr(forward, BUILT_IN["forward"][1], Liar)
    status, out, _ = dcalc([*MAIN, "--backend", "all"])
    assert status == 1
    assert "the backends DISAGREE" in out
    found = json.loads(dcalc([*MAIN, "--backend", "all", "--json"]).out)
    assert found["agree"] is False
    assert found["disagreements"]


def test_the_adjoint_of_an_untaken_branch_is_0(dcalc):
    steps = json.loads(dcalc(["trace", *MAIN[1:], "--mode", "reverse", "--json"]).out)["steps"]
    assert [(step["name"], step["adjoint"]) for step in steps[:4]] == [("v4", 1), ("v3", 1), ("v2", 1), ("v1", 0)]


def test_defined_names_are_cut_at_once(dcalc):
    program = "a = x^2; b = 3*a; b*a"
    assert dcalc(["diff", program, "--wrt", "a,b"]).out == "1\n"
    found = json.loads(dcalc(["hess", program, "--wrt", "a,b", "--at", "x=2", "--json"]).out)
    assert found["derivative"] == {"a": {"a": 0, "b": 1}, "b": {"a": 1, "b": 0}}


@pytest.mark.parametrize("verb", ["grad", "diff"])
def test_a_name_of_an_input_and_of_a_node_is_not_guessed(dcalc, verb):
    asked = [verb, "y = 2*x; x = x + 1; x*y", "--at", "x=3", "--wrt", "x"]
    status, _, err = dcalc(asked)
    assert status == 2
    assert err.startswith("name error: x is an input here and a defined name as well")
    # In x before or behind the definition? The numbers differ for most definitions.
    assert dcalc([verb, "x = x + 1; x^2", "--at", "x=3", "--wrt", "x"]).status == 2


@pytest.mark.parametrize(
    ("program", "wrt", "expected"),
    [
        ("y = x; x*y", "x,y", {"x": 3, "y": 3}),
        ("a = x^2; b = x^2; a*b", "a", {"a": 9}),
        ("a = x^2; x^2*a", "a", {"a": 9}),
        ("a = [x^2, x]; a[1]*a[2]*x", "a,x", {"a": [9, 27], "x": 27}),
    ],
)
def test_a_cut_leaves_equal_values_of_other_names_alone(dcalc, program, wrt, expected):
    found = json.loads(dcalc(["grad", program, "--at", "x=3", "--wrt", wrt, "--json"]).out)
    assert found["derivative"] == expected


def test_a_point_cannot_set_what_the_expression_defines(dcalc):
    status, _, err = dcalc(["grad", "a = x^2; sin(a)", "--at", "x=2,a=7"])
    assert (status, err.splitlines()[0]) == (2, "usage error: a is defined by the expression, --at cannot set it")


# -- JSON: the form that `dcalc help json` documents ----------------------------------------------------------------

NUMBER = (float, int)


def is_number(value) -> bool:
    return value in ("inf", "-inf", "nan") or (isinstance(value, NUMBER) and math.isfinite(value))


def is_row(value, wrt) -> bool:
    return list(value) == wrt and all(
        all(map(is_number, part)) if isinstance(part, list) else is_number(part) for part in value.values()
    )


def is_square(value) -> bool:
    names = list(value)
    return all(list(row) == names and all(map(is_number, row.values())) for row in value.values())


def check(text: str) -> dict:
    """One object of version 1, of a form that the help describes."""
    assert text.count("\n") == 1, "an object is a line"
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found["dcalc"] == 1
    if "error" in found:
        assert list(found) == ["dcalc", "error"]
        error = found["error"]
        assert {"kind", "message"} <= set(error) <= {"kind", "message", "hint", "source", "span", "line", "column"}
        assert ("span" in error) == ("line" in error) == ("column" in error)
        return found
    for note in found.get("notes", []):
        assert note["kind"] in ("kink", "branch", "non-finite", "zero", "name", "work")
        assert isinstance(note["message"], str)
    kind = found["kind"]
    if kind in ("grad", "jac", "hess"):
        fits = {
            "grad": lambda d: is_row(d, found["wrt"]),
            "jac": lambda d: all(is_row(row, found["wrt"]) for row in d),
            "hess": lambda d: all(map(is_square, d)) if isinstance(d, list) else is_square(d),
        }[kind]
        answers = found["backends"].values() if "backends" in found else [found]
        for answer in answers:
            assert fits(answer["derivative"])
            assert isinstance(answer["work"], str)
            assert "error_estimate" not in answer or fits(answer["error_estimate"])
        if "backends" in found:
            assert {"largest_difference", "agree", "disagreements"} <= set(found)
        else:
            assert found["backend"] in BACKENDS
    if "value" in found:
        values = found["value"] if isinstance(found["value"], list) else [found["value"]]
        assert all(map(is_number, values))
    return found


@pytest.mark.parametrize(
    "line",
    [
        "eval 'sqrt(2)'",
        "eval '[1, x]' --at x=2",
        "eval 1/0 --ieee",
        "eval '0*(1/0)' --ieee",
        "grad x*y --at x=1,y=2",
        "grad x*y --at x=1,y=2 --backend fd",
        "grad v[1]*x --at v=[1,2],x=3",
        "grad log(x) --at x=0 --ieee",
        "grad sqrt(x) --at x=0",
        "grad abs(x) --at x=0",
        "grad floor(x) --at x=0 --at-kink left",
        "grad x^2 --at x=1,q=1",
        "grad x*y --at x=1,y=2 --backend all",
        "jac '[x*y, x]' --at x=1,y=2",
        "jac 2*v --at v=[1,2]",
        "jac '[x*y, x]' --at x=1,y=2 --backend fd",
        "hess x^2*y --at x=1,y=2",
        "hess '[x^2*y, y]' --at x=1,y=2 --backend all",
        "hess v[1]^2*v[2] --at v=[1,2]",
        "diff x^2*y",
        "diff x^2 --at x=3",
        "trace x*y --at x=1,y=2",
        "trace x*y --at x=1,y=2 --mode reverse",
        "trace x*y --at x=1,y=2 --mode dual",
        "rules tan",
        "rules mean",
        "rules",
    ],
)
def test_json_is_as_documented(dcalc, line):
    status, out, err = dcalc(f"{line} --json")
    assert (status, err) == (0, "")
    check(out)


@pytest.mark.parametrize(
    "line", ["eval 'sin(x'", "grad x", "grad x --at x=1 --wrt q", "grda", "eval 1/0", "eval @none"]
)
def test_json_errors_are_the_only_thing_on_stdout(dcalc, line):
    status, out, err = dcalc(f"{line} --json")
    assert status in (1, 2)
    assert err == ""
    assert "error" in check(out)


def test_json_error_places(dcalc):
    error = json.loads(dcalc(["eval", "-", "--json"], stdin=b"a = 2\nb = log(a - 3)\n").out)["error"]
    assert (error["kind"], error["source"]) == ("domain", "standard input")
    assert (error["span"], error["line"], error["column"]) == ([10, 20], 2, 5)


def test_json_numbers_are_full_and_strings_where_they_must(dcalc):
    assert json.loads(dcalc("eval 1/3 --json --digits 3").out)["value"] == 1 / 3
    found = json.loads(dcalc("grad 1/x --at x=0 --ieee --json").out)
    assert (found["value"], found["derivative"]) == ("inf", {"x": "-inf"})
    assert json.loads(dcalc("eval '[1/0, -1/0, 0/0]' --ieee --json").out)["value"] == ["inf", "-inf", "nan"]


def test_json_of_a_rule(dcalc):
    """A line for each entry that a name may mean."""
    found = [json.loads(line) for line in dcalc("rules max --json").out.splitlines()]
    assert [one["kind"] for one in found] == ["rule", "rule"]
    assert [one["entry"]["kind"] for one in found] == ["selection", "reduction"]


# -- CSV and Markdown -----------------------------------------------------------------------------------------------


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_csv_is_full(dcalc):
    _, out, _ = dcalc(["grad", ROUGH, *POINT, "--format", "csv", "--digits", "3"])
    exact = json.loads(dcalc(["grad", ROUGH, *POINT, "--json"]).out)
    table = dict(rows(out)[1:])
    assert float(table["value"]) == exact["value"]
    assert {name: float(table[f"d/d{name}"]) for name in "xy"} == exact["derivative"]


def test_csv_of_estimates_and_tables(dcalc):
    _, out, _ = dcalc(["grad", ROUGH, *POINT, "--backend", "fd", "--format", "csv"])
    estimates = json.loads(dcalc(["grad", ROUGH, *POINT, "--backend", "fd", "--json"]).out)["error_estimate"]
    assert rows(out)[0] == ["name", "value", "error"]
    assert {row[0]: float(row[2]) for row in rows(out)[2:]} == {f"d/d{n}": e for n, e in estimates.items()}
    _, out, _ = dcalc("jac '[x*y, x]' --at x=2,y=3 --format csv")
    values, jacobian = out.split("\n\n")
    assert rows(values) == [["name", "value"], ["f1", "6.0"], ["f2", "2.0"]]
    assert rows(jacobian) == [["", "d/dx", "d/dy"], ["f1", "3.0", "2.0"], ["f2", "1.0", "0.0"]]


def test_csv_quotes_what_it_must(dcalc):
    _, out, _ = dcalc("trace 'max(x, y)' --at x=2,y=3 --format csv")
    assert rows(out)[3][:3] == ["v1", "max(vm1, v0)", "3.0"]


def test_markdown(dcalc):
    _, out, _ = dcalc([*MAIN, "--format", "markdown"])
    assert out.splitlines()[:3] == ["| name   | value   |", "|:-------|:--------|", "| value  | 7       |"]
    _, out, _ = dcalc("trace '[x > 0]*x' --at x=2 --format markdown")
    assert "`v₂ = v₁·v₀`" in out
    _, out, _ = dcalc("trace 'hypot(x, y)' --at x=3,y=4 --format markdown")
    lines = [line for line in out.splitlines() if line.startswith("|")]
    assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1, "every row has the same cells"
