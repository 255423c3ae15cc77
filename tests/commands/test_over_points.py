"""`--points`: how columns become inputs, what the rows' statuses say, and where the result goes."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest


def table(path, text="x,y\n1,2\n3,4\n"):
    (path / "p.csv").write_text(text)
    return str(path / "p.csv")


def rows(done) -> list[list[str]]:
    return [line.split(",") for line in done.out.splitlines()]


def test_value_gradient_jacobian_and_hessian_at_every_row(dcalc, tmp_path):
    points = table(tmp_path)
    assert rows(dcalc(["eval", "x*y^2", "--points", points]))[1:] == [["1", "2", "4", "ok"], ["3", "4", "48", "ok"]]
    assert rows(dcalc(["grad", "x*y^2", "--points", points])) == [
        ["x", "y", "value", "d/dx", "d/dy", "status"],
        ["1", "2", "4", "4", "4", "ok"],
        ["3", "4", "48", "16", "24", "ok"],
    ]
    found = rows(dcalc(["jac", "[x*y, x-y]", "--points", points]))
    assert found[0][2:] == ["value[1]", "value[2]", "d value[1]/dx", "d value[1]/dy", "d value[2]/dx", "d value[2]/dy",
                            "status"]  # fmt: skip
    assert found[2] == ["3", "4", "12", "-1", "4", "3", "1", "-1", "ok"]
    found = rows(dcalc(["hess", "x*y^2", "--points", points]))
    assert found[0][2:] == ["value", "d2/dx2", "d2/dx dy", "d2/dy dx", "d2/dy2", "status"]
    assert found[2] == ["3", "4", "48", "0", "8", "8", "6", "ok"]


def test_the_numbers_are_those_of_one_point(dcalc, tmp_path):
    x, y = np.random.default_rng(3).uniform(0.5, 3, size=(2, 5))
    points = table(tmp_path, "x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
    many = dcalc(["grad", "x^y + atan2(y, x)", "--points", points, "--json"])
    for line, a, b in zip(many.out.splitlines(), x.tolist(), y.tolist(), strict=True):
        row = json.loads(line)
        once = json.loads(dcalc(["grad", "x^y + atan2(y, x)", "--at", f"x={a!r},y={b!r}", "--json"]).out)
        for name in "xy":
            assert math.isclose(row[f"d/d{name}"], once["derivative"][name], rel_tol=1e-13)
        assert math.isclose(row["value"], once["value"], rel_tol=1e-13)
        assert (row["x"], row["y"]) == (a, b)


def test_constants_renamed_columns_and_what_is_differentiated_in(dcalc, tmp_path):
    points = table(tmp_path, "T (K),p,note\n2,3,a\n")
    found = rows(dcalc(["grad", "a*T*p", "--points", points, "--rename", "T (K)=T", "--at", "a=10"]))
    assert found == [["T", "p", "note", "value", "d/dT", "d/dp", "status"], ["2", "3", "a", "60", "30", "20", "ok"]]
    found = rows(dcalc(["grad", "a*T*p", "--points", points, "--rename", "T (K)=T", "--at", "a=10", "--wrt", "a,p"]))
    assert found[0][3:-1] == ["value", "d/da", "d/dp"] and found[1][3:-1] == ["60", "6", "20"]
    done = dcalc(["grad", "a*p", "--points", points, "--at", "a=10,p=5"])
    assert done.status == 2 and "no input that could be a column" in done.err
    done = dcalc(["eval", "T*p", "--points", points, "--rename", "T (K)=T", "--at", "p=5"])
    assert rows(done)[1][3] == "10"
    assert "the value of --at holds, not the column" in done.err


def test_a_column_e_is_meant_and_a_defined_name_is_no_column(dcalc, tmp_path):
    done = dcalc(["eval", "e*x", "--points", table(tmp_path, "x,e\n2,3\n")])
    assert rows(done)[1][2] == "6" and "e is your variable" in done.err
    done = dcalc(["grad", "a = x^2; a + 1", "--points", table(tmp_path, "x,a\n2,30\n")])
    assert rows(done) == [["x", "a", "value", "d/dx", "status"], ["2", "30", "5", "4", "ok"]]
    done = dcalc(["grad", "a = x^2; a*x", "--wrt", "a", "--points", table(tmp_path, "x\n2\n3\n")])
    assert [row[2] for row in rows(done)[1:]] == ["2", "3"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["z*x"], "z has no value: no column of"),
        (["q*r"], "q, r are no column of"),
        (["xx"], "--rename x=xx"),
        (["2"], "no input that could be a column"),
        (["[x, y]"], "a gradient is of a number"),
        (["x*("], "syntax error"),
        (["x", "--backend", "fd"], "works at one point"),
        (["x", "--branches"], "no use for --branches"),
        (["x", "--rename", "x"], "rename needs old=new"),
        (["x", "--rename", "z=w"], "has no column z to rename"),
        (["x", "--rename", "x=y"], "two columns y"),
        (["y", "--rename", "x=value"], "has a column value, as the result will"),
        (["x", "--format", "svg"], "no format svg"),
        (["x", "--out", "r.xlsx"], "is no table that dcalc knows"),
        (["x", "--out", "r.jsonl", "--format", "csv"], "do not agree"),
        (["x", "--wrt", "w"], "has no w to differentiate in"),
        (["x", "--at-kink", "sideways"], "cannot be sideways"),
    ],
)
def test_requests_that_make_no_sense(dcalc, tmp_path, monkeypatch, more, words):
    monkeypatch.chdir(tmp_path)
    done = dcalc(["grad", *more, "--points", table(tmp_path)])
    assert done.status == 2, done
    assert words in done.err, done.err
    assert not done.out


def test_options_of_a_table_need_one(dcalc):
    assert "add --points FILE" in dcalc("grad x --at x=1 --rename a=x").err
    assert "add --points FILE" in dcalc("grad x --at x=1 --resume").err


def test_statuses(dcalc, tmp_path):
    points = table(tmp_path, "x\n4\n0\n-1\n\nabc\nnan\nNA\n")
    done = dcalc(["grad", "sqrt(abs(x))*if(x > -0.5, 1, sqrt(x))", "--points", points])
    assert done.status == 1
    assert [row[-1] for row in rows(done)[1:4]] == ["ok", "not finite", "error"]
    kinks = dcalc(["grad", "abs(x)", "--points", table(tmp_path, "x\n1\n0\n")])
    assert kinks.status == 0  # a kink is no failure
    assert [row[1:] for row in rows(kinks)[1:]] == [["1", "1", "ok"], ["0", "0", "kink"]]
    assert "2 rows: 1 ok, 1 kink" in kinks.err
    right = dcalc(["grad", "abs(x)", "--points", table(tmp_path, "x\n1\n0\n"), "--at-kink", "right"])
    assert rows(right)[2] == ["0", "0", "1", "kink"]
    refused = dcalc(["grad", "abs(x)", "--points", table(tmp_path, "x\n1\n0\n"), "--at-kink", "error"])
    assert refused.status == 1 and rows(refused)[2] == ["0", "", "", "error"]
    ieee = dcalc(["eval", "1/x", "--points", table(tmp_path, "x\n1\n0\n"), "--ieee"])
    assert rows(ieee)[2] == ["0", "inf", "not finite"]


def test_no_more_than_a_few_rows_are_told(dcalc, tmp_path):
    done = dcalc(["eval", "log(x)", "--points", table(tmp_path, "x\n" + "-1\n" * 1000)])
    assert done.status == 1
    assert len(done.err.splitlines()) == 6
    assert "p.csv:2: log(-1) is not defined" in done.err and "(and 995 rows more)" in done.err


def test_programs_that_follow_the_values(dcalc, tmp_path):
    program = "y = x; while y > 1 { y = y/2 }; y"
    points = table(tmp_path, "x\n1\n5\n\n-3\nabc\n1e3\ninf\n")
    done = dcalc(["grad", program, "--points", points, "--steps", "2000"])
    assert [row[1:] for row in rows(done)[1:5]] == [["1", "1", "kink"], ["0.625", "0.125", "ok"], ["-3", "1", "ok"],
                                                    ["", "", "no number"]]  # fmt: skip
    assert rows(done)[5][1:3] == ["0.9765625", "0.0009765625"]
    assert rows(done)[6][-1] == "error"  # it never ends there, and costs the others nothing


def test_standard_input_and_a_file_of_definitions(dcalc, tmp_path):
    (tmp_path / "lib.dc").write_text("f(u) = u^2")
    done = dcalc(["grad", "f(x)", "--load", str(tmp_path / "lib.dc"), "--points", "-"], b"x\n3\n")
    assert rows(done) == [["x", "value", "d/dx", "status"], ["3", "9", "6", "ok"]]
    assert "cannot both be standard input" in dcalc(["grad", "-", "--points", "-"], b"x\n3\n").err
    done = dcalc(["grad", "-", "--points", table(tmp_path)], b"x*y")
    assert rows(done)[1][2:5] == ["2", "2", "1"]


def test_a_session_shows_the_first_rows_and_the_last(dcalc, tmp_path):
    points = table(tmp_path, "x\n" + "".join(f"{k}\n" for k in range(100)))
    script = f"a = 3\ngrad a*x^2 points {points}\neval a*x points {points} out {tmp_path}/r.csv\n"
    done = dcalc("-", script.encode())
    assert done.status == 0, done.err
    lines = done.out.splitlines()[1:]
    assert re.fullmatch(r"x +value +d/dx +status", lines[0].strip())
    assert len(lines) == 2 + 20 + 1 + 5 and "75 more" in lines[22]
    assert lines[-1].split() == ["99", "29403", "594", "ok"]
    assert (tmp_path / "r.csv").read_text().splitlines()[:2] == ["x,value,status", "0,0,ok"]
    assert "100 rows: 100 ok; written to" in done.err
    shown = dcalc(["grad", "x^2", "--points", table(tmp_path), "--format", "markdown"]).out
    assert shown.splitlines()[0].replace(" ", "") == "|x|y|value|d/dx|status|"


def test_a_closed_pipe_ends_quietly(tmp_path):
    import subprocess
    import sys

    points = table(tmp_path, "x\n" + "1.5\n" * 300_000)
    command = [sys.executable, "-m", "dcalc", "eval", "x^2", "--points", points]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"x,value,status\n"
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(60) == 0
    assert b"Traceback" not in said and b"rror" not in said
