"""Jobs: what is asked, what is answered, and that a line that is wrong is no more than that line's error."""

from __future__ import annotations

import json
import math
import random

import mpmath
import pytest

from dcalc.batch.worker import Answering, Settings


@pytest.fixture(scope="module")
def ask():
    """ask({...}) or ask("a line") -> the answer as an object."""
    answering = Answering(Settings(5.0, 10**10, csv=False, files=False))

    def answer(job, number=1):
        text = job if isinstance(job, (str, bytes)) else json.dumps(job)
        text = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        failure, line = answering.answer(b"J", number, text)
        found = json.loads(line)
        assert (failure != "") == ("error" in found or found.get("agree") is False)
        return found

    answer.answering = answering
    return answer


def test_the_value_and_the_gradient_by_default(ask):
    found = ask({"id": "a", "expr": "x^2*y", "at": {"x": 2, "y": 3}})
    assert found == {"id": "a", "value": 12.0, "grad": {"x": 12.0, "y": 4.0}, "backend": "reverse"}


def test_against_fifty_digits(ask):
    x, y = mpmath.mpf(1.25), mpmath.mpf(0.75)

    def f(u, v):
        return mpmath.sin(u * v) / u + v**3

    found = ask({"expr": "sin(x*y)/x + y^3", "at": {"x": 1.25, "y": 0.75}, "want": ["value", "grad", "hess"]})
    assert found["line"] == 1
    assert found["value"] == pytest.approx(float(f(x, y)), rel=1e-14)
    for name, order in (("x", (1, 0)), ("y", (0, 1))):
        assert found["grad"][name] == pytest.approx(float(mpmath.diff(f, (x, y), order)), rel=1e-13)
    for a, b, order in (("x", "x", (2, 0)), ("x", "y", (1, 1)), ("y", "y", (0, 2))):
        assert found["hess"][a][b] == pytest.approx(float(mpmath.diff(f, (x, y), order)), rel=1e-12)


def test_arrays_are_nested_lists_and_have_a_jacobian(ask):
    found = ask({"id": 1, "expr": "W @ v", "at": {"W": [[1, 2], [3, 4]], "v": [1, -1]}, "wrt": "v"})
    assert found["value"] == [-1.0, -1.0]
    assert [row["v"] for row in found["jac"]] == [[1.0, 2.0], [3.0, 4.0]]
    assert ask({"expr": "sum(v^2)", "at": {"v": [1, "inf"]}, "ieee": True})["value"] == "inf"


@pytest.mark.parametrize(
    ("fields", "key", "expected"),
    [
        ({"want": "diff"}, "diff", {"d/dx": "cos(x)"}),
        ({"want": "diff", "order": 2, "wrt": "x"}, "diff", {"d²/dx²": "-sin(x)"}),
        ({"want": ["value"], "at": {"x": "pi/2"}}, "value", 1.0),
        ({"want": "value grad", "at": "x=pi/2"}, "value", 1.0),
        ({"want": "grad", "at": {"x": 0}, "backend": "fd", "scheme": "central"}, "backend", "fd"),
        ({"at": {"x": 0}, "backend": "all"}, "agree", True),
        ({"at": {"x": 0}, "at_kink": "left"}, "value", 0.0),
    ],
)
def test_what_may_be_asked(ask, fields, key, expected):
    found = ask({"expr": "sin(x)", **fields})
    if key == "diff":
        assert list(found[key].values()) == list(expected.values())
    else:
        assert found[key] == pytest.approx(expected) if isinstance(expected, float) else expected


def test_kinks_are_noted_and_infinities_are_texts(ask):
    found = ask({"expr": "max(x, 0)", "at": {"x": 0}})
    (note,) = found["notes"]
    assert (note["kind"], note["left"], note["right"], note["span"]) == ("kink", [[0.0]], [[1.0]], [0, 9])
    found = ask({"expr": "1/x", "at": {"x": 0}, "ieee": True})
    assert (found["value"], found["grad"]) == ("inf", {"x": "-inf"})


WRONG = [
    ("nonsense", "usage", "not JSON", None),
    ('{"expr": "x", "at": {"x": NaN}}', "usage", "NaN is no JSON", '"inf"'),
    ('{"expr": "x", "expr": "y"}', "usage", "the key expr stands twice", None),
    ("[" * 100_000, "usage", "nested too deeply", None),
    ("[1]", "usage", "a job is an object, this is a list", None),
    (b'{"expr": "\xff"}', "usage", "not UTF-8 (byte 11)", None),
    ({}, "usage", "the job has no expr", None),
    ({"expr": 3}, "usage", "expr has to be a text, not the number 3", None),
    ({"expr": None}, "usage", "expr has to be a text, not null", None),
    ({"expr": "x", "id": [1]}, "usage", "id has to be a text or a number", None),
    ({"expr": "x", "id": True}, "usage", "id has to be a text or a number, not true", None),
    ('{"expr": "x", "at": {"x": 1e999}}', "domain", "the value of x is too large for floating point", '"inf"'),
    ('{"expr": "sum(x)", "at": {"x": [1, -1e999]}}', "domain", "the value of x is too large", '"inf"'),
    ({"expr": "x", "wnat": "grad"}, "usage", "a job has no key wnat", "did you mean want?"),
    ({"expr": "x", "want": ["grda"]}, "usage", "nothing is called grda", "did you mean grad?"),
    ({"expr": "x", "want": 3}, "usage", "want has to be a list of words", None),
    ({"expr": "x", "at": [1]}, "usage", "at has to be an object", None),
    ({"expr": "x", "at": {"x": None}}, "usage", "the value of x is not a number: null", None),
    ({"expr": "x", "at": {"x": True}}, "usage", "the value of x is not a number: true", None),
    ({"expr": "x", "at": {"x": [[1], 2]}}, "shape", "the value of x is ragged", None),
    ({"expr": "x", "at": {"x": []}}, "shape", "has no components", None),
    ({"expr": "x", "at": {"x": 10**400}}, "domain", "too large for floating point", None),
    ({"expr": "x", "at": {"x": "y + 1"}}, "name", "y has no value", None),
    ({"expr": "x", "at": {"x+1": 1}}, "usage", "x+1 is no name", None),
    ({"expr": "x", "backend": "forwrad"}, "usage", "there is no backend forwrad", "did you mean forward?"),
    ({"expr": "x", "steps": -1}, "usage", "steps needs a whole number", None),
    ({"expr": "x", "ieee": "yes"}, "usage", "ieee has to be true or false", None),
    ({"expr": "x", "at": {"x": 1}, "h": 0.1}, "usage", "finite differences", '"backend": "fd"'),
    ({"expr": "x^^2", "at": {"x": 1}}, "syntax", "`^^` is no operator", "`^` is the power"),
    ({"expr": "x*y", "at": {"x": 1}}, "name", "y has no value", '"at"'),
    ({"expr": "log(x)", "at": {"x": -1}}, "domain", "log(-1)", None),
    ({"expr": "[x, x]", "at": {"x": 1}, "want": "grad"}, "shape", "a gradient is of a number", None),
    ({"expr": "9^9^9^9"}, "domain", "too large", None),
    ({"expr": "(" * 20_000 + ")" * 20_000}, "limit", "", None),
    ({"expr": "grad x at x=1"}, "syntax", "", None),
]


@pytest.mark.parametrize(("job", "kind", "message", "hint"), WRONG, ids=[str(k) for k in range(len(WRONG))])
def test_a_wrong_line_is_its_own_error(ask, job, kind, message, hint):
    problem = ask(job)["error"]
    assert message in problem["message"]
    assert hint is None or hint in problem["hint"]
    if message or kind != "limit":
        assert problem["kind"] == kind
    assert problem["kind"] != "internal"
    assert ask({"expr": "x^2", "at": {"x": 3}})["value"] == 9.0


def test_errors_have_the_job_and_the_place(ask):
    found = ask({"id": 7, "expr": "1 + x^^2", "at": {"x": 1}})
    assert found["id"] == 7
    assert (found["error"]["source"], found["error"]["span"], found["error"]["column"]) == ("expr", [5, 7], 6)
    assert ask('{"id": "k", "expr": "x", "what": 1}')["id"] == "k"
    assert ask("{", 12)["line"] == 12


HOSTILE = [
    {"expr": "W", "at": {"W": "@/etc/passwd"}},
    {"expr": "W", "at": "W=@../../etc/passwd"},
    {"expr": "W", "at": {"W": "  @secret.npy"}},
    {"expr": "W", "at": {"W": "1, V=@secret.npy"}},
    {"expr": "W", "at": {"W": "W=@secret.npy"}},
    {"expr": "@/etc/passwd"},
    {"expr": "load /etc/passwd"},
    {"expr": "x = @secret.npy; x"},
    {"expr": "x = 1\nsave /tmp/dcalc-was-here.dc"},
    {"expr": "x = 1\nexport session /tmp/dcalc-was-here.md"},
    {"expr": "!ls"},
    {"expr": "!!"},
    {"expr": "grad x^2 at x=2 out /tmp/dcalc-was-here.txt"},
    {"expr": "x^2", "at": {"x": 2}, "out": "/tmp/dcalc-was-here.txt"},
    {"expr": "x^2", "at": {"x": 2}, "load": "/etc/passwd"},
    {"expr": "x^2", "at": {"x": 2}, "engine": "llvm"},
    {"expr": '__import__("os").system("true")'},
]


@pytest.mark.parametrize("job", HOSTILE, ids=str)
def test_a_job_has_no_way_out(ask, job, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.npy").write_bytes(b"secret")
    found = ask(job)
    assert found["error"]["kind"] in ("usage", "syntax", "name")
    assert "root:" not in json.dumps(found)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.npy"]


def test_files_where_they_are_allowed(tmp_path):
    import numpy as np

    np.save(tmp_path / "w.npy", np.array([1.0, 2.0]))
    answering = Answering(Settings(5.0, 10**10, csv=False, files=True))
    for at in ({"w": f"@{tmp_path}/w.npy"}, f"w=@{tmp_path}/w.npy"):
        _, line = answering.answer(b"J", 1, json.dumps({"expr": "sum(w^2)", "at": at}).encode())
        assert json.loads(line)["grad"] == {"w": [2.0, 4.0]}


def test_lone_surrogates_come_back_as_they_were(ask):
    assert ask('{"id": "\\ud800", "expr": "1"}') == {"id": "\ud800", "value": 1.0}


POOL = ["x^2*y", "max(x, y)", "relu(x) + abs(y)", "sqrt(x)*y", "x/y", "if(x > y, x^2, y)", "[x, y]*x", "log(x*y)",
        "x = 2; x*y", "s = 0; for k in 1..n { s = s + x*k }; s", "sum([x^k for k in 1..3])", "norm([x, y])",
        "u = x*y; u^2 + u", "hypot(x, y)", "f(t) = t^2; f'(x)*y"]  # fmt: skip


def test_kept_expressions_answer_as_new_ones_do():
    """The same job after others like it has the answer that it has alone, to the letter."""
    choose = random.Random(3)
    worker = Answering(Settings(5.0, 10**10, csv=False, files=False))
    values = [0, 1, -1, 2, 0.5]
    for _ in range(400):
        job = {"expr": choose.choice(POOL), "at": {name: choose.choice(values) for name in "xy"}}
        if "1..n" in job["expr"]:
            job["at"]["n"] = choose.choice([1, 2, 3])
        job["want"] = choose.choice([[], "grad", "jac", "hess", ["value", "jac", "hess"], ["diff", "value"]])
        job["backend"] = choose.choice(["auto", "forward", "reverse", "symbolic", "fd"])
        job["wrt"] = choose.choice(["", "x", "y,x", "u"])
        if choose.random() < 0.2:
            job["at"]["x"] = [1, 2]
        text = json.dumps(job).encode()
        alone = Answering(Settings(5.0, 10**10, csv=False, files=False)).answer(b"J", 1, text)
        assert worker.answer(b"J", 1, text) == alone, job
    assert worker.kept.found > 50


def test_a_note_of_one_point_is_not_told_at_another():
    worker = Answering(Settings(5.0, 10**10, csv=False, files=False))
    job = {"expr": "abs(x)", "at": {"x": 0}, "want": ["diff", "value"]}
    notes = [
        json.loads(worker.answer(b"J", 1, json.dumps(one).encode())[1]).get("notes", [])
        for one in (job, {**job, "at": {"x": 3}}, {**job, "at": {"x": -3}, "want": "grad"})
    ]
    assert "kink" in notes[0][0]["message"]
    assert notes[1:] == [[], []]


def test_expressions_that_depend_on_values_are_followed_anew(ask):
    program = "s = 0; for k in 1..n { s = s + x^k }; s"
    for n in (1, 3, 2):
        found = ask({"expr": program, "at": {"x": 2, "n": n}, "wrt": "x", "want": "grad"})
        assert found["value"] == sum(2**k for k in range(1, n + 1))
        assert found["grad"]["x"] == sum(k * 2 ** (k - 1) for k in range(1, n + 1))


def test_rows_of_csv_hold_json_where_a_number_is_not_enough():
    import csv

    answering = Answering(Settings(5.0, 10**10, csv=True, files=False))
    from dcalc.render.jobs import COLUMNS

    def row(job):
        _, text = answering.answer(b"J", 4, json.dumps(job).encode())
        return dict(zip(COLUMNS, next(csv.reader([text])), strict=True))

    found = row({"id": 'a,"b"', "expr": "x^2", "at": {"x": 3}})
    assert (found["id"], found["value"], json.loads(found["grad"])) == ('a,"b"', "9.0", {"x": 6.0})
    found = row({"expr": "log(x)", "at": {"x": -1}})
    assert (found["line"], found["error"], json.loads(found["span"])) == ("4", "domain", [0, 6])
    assert math.isfinite(len(found["message"]))
