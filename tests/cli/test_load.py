"""`--load` and `--steps`; programs at a point, on the command line and in a session."""

from __future__ import annotations

import json

import pytest

LIBRARY = """\
# Newton's method
newton(a) = {
    x = a
    while abs(x^2 - a) > 1e-12 {
        x = x - (x^2 - a)/(2x)
    }
    x
}
c = 3
"""
NEWTON = "newton(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = x - (x^2 - a)/(2x) }; x }"


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib.dc").write_text(LIBRARY)
    (tmp_path / "more.dc").write_text("g(x) = c*newton(x)")
    (tmp_path / "bad.dc").write_text("f(x) = x\nz = [1, 2] + [1, 2, 3]\n")
    (tmp_path / "odd.dc").write_text("f(x) = x +* 2")
    (tmp_path / "latin.dc").write_bytes("é = 1".encode("latin-1"))
    return tmp_path


def test_definitions_of_a_file(dcalc, library):
    status, out, err = dcalc(["grad", "newton(a)", "--at", "a=2", "--load", "lib.dc"])
    assert (status, out) == (0, "value  1.414213562\nd/da   0.3535533906\n")
    assert "6 decisions" in err
    status, out, err = dcalc(["eval", "g(4)", "--load", "lib.dc", "--load", "more.dc"])
    assert (status, out) == (0, "6\n")
    assert dcalc(["eval", "g(4)", "--load", "lib.dc", "--load", "more.dc", "--at", "c=5"])[1] == "10\n"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("none.dc", 2, ["usage error: cannot read none.dc: No such file", "lib.dc"]),
        ("bad.dc", 2, ["bad.dc:2:5: shape error: ", "z = [1, 2] + [1, 2, 3]", "    ^^^^^^   ^^^^^^^^^"]),
        ("odd.dc", 2, ["odd.dc:1:11: syntax error: ", "f(x) = x +* 2"]),
        ("latin.dc", 2, ["latin.dc is not UTF-8"]),
        (".", 2, ["usage error: cannot read ."]),
    ],
)
def test_files_that_cannot_be_loaded(dcalc, library, name, status, words):
    answer = dcalc(["eval", "1", "--load", name])
    assert answer.status == status
    for word in words:
        assert word in answer.err


def test_steps(dcalc):
    text = "x = 1; while x < 1000 { x = x + 1 }; x"
    status, _, err = dcalc(["eval", text, "--steps", "500"])
    assert status == 1
    assert "this loop has not ended after 500 steps" in err and "--steps 5000" in err
    assert dcalc(["eval", text, "--steps", "5000"])[1] == "1000\n"


def test_the_path_is_a_note(dcalc):
    status, out, _ = dcalc(["grad", f"{NEWTON}; newton(a)", "--at", "a=2", "--json"])
    assert status == 0
    notes = json.loads(out)["notes"]
    assert [note["decisions"] for note in notes if note["kind"] == "path"] == [6]


def test_a_symbolic_derivative_of_a_followed_program_is_refused(dcalc):
    for words in (["diff", f"{NEWTON}; newton(a)"], ["diff", f"{NEWTON}; newton(a)", "--at", "a=2"],
                  ["grad", f"{NEWTON}; newton(a)", "--at", "a=2", "--backend", "symbolic"]):  # fmt: skip
        status, out, err = dcalc(words)
        assert status == 2 and out == ""
        assert "abs(x^2 - a) > 1e-12" in err


def test_programs_in_a_session(dcalc, tmp_path):
    script = tmp_path / "session.dc"
    script.write_text(
        f"{NEWTON}\nb = newton(y)\n"  # line 2: no value of y yet
    )
    status, _, err = dcalc(["run", str(script)])
    assert status == 2
    assert ":1:28: name error: this loop depends on y, which has no value" in err
    script.write_text(
        f"{NEWTON}\n"
        "y = 2\n"
        "b = newton(y);\n"
        "grad b\n"
        "for k in 1..3 {\n"
        "    s = k*y\n"
        "}\n"
        "s\n"
        "W: 2x2\n"
        "W = [[1, 2], [3, 4]];\n"
        "W @ [1, 1]\n"
        "if y > 1 { t = 1 } else { t = 2 }\n"
        "t\n"
        "diff(y^2, y)\n"
    )
    status, out, _ = dcalc(["run", str(script)])
    assert status == 0
    assert out.splitlines() == ["y  2", "value  1.414213562", "d/dy   0.3535533906", "6", "[3, 7]", "1", "4"]


def test_a_name_that_was_followed_at_another_point_is_not_used(dcalc, tmp_path):
    script = tmp_path / "session.dc"
    script.write_text("y = 3\nz = y; while z < 100 { z = 2*z }\ny = 3.1\nz\ny = 1\nz\n")
    status, out, err = dcalc(["run", str(script)])
    assert status == 2
    assert out.splitlines() == ["y  3", "y  3.1", "198.4", "y  1"]
    assert ":6:1: name error: z was followed at another point" in err
