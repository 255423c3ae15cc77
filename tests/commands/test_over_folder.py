"""`--points` of several files: parts in their order, whole or not there, and the same as of one run."""

from __future__ import annotations

import json
import shutil

import pytest

from dcalc.commands import over_folder, over_parts
from dcalc.commands.over_parts import FORM, Task, Worker, do_portion
from dcalc.commands.recipe import Recipe
from dcalc.errors import DcalcError
from dcalc.tables import portions


def folder(path, files: int = 12, header: str = "x,y"):
    path.mkdir(exist_ok=True)
    for k in range(files):
        (path / f"p{k}.csv").write_text(f"{header}\n{k},1\n{k - 3},2\n")
    return str(path)


def test_parts_in_the_order_of_the_files(dcalc, tmp_path):
    points, out = folder(tmp_path / "d"), tmp_path / "r.csv"
    (tmp_path / "d" / "_SUCCESS").write_text("")
    done = dcalc(["grad", "log(x)*y", "--points", points, "--out", str(out)])
    assert done.status == 1
    assert f"{points}/p0.csv:2: log(0) is not" in done.err
    assert "24 rows: 19 ok, 5 error; written to" in done.err and "12 parts" in done.err
    assert len(list(out.iterdir())) == 14
    for k in range(12):  # 2 before 10
        part = (out / f"part-{k:06d}.csv").read_text()
        assert part == dcalc(["grad", "log(x)*y", "--points", f"{points}/p{k}.csv"]).out
    few = dcalc(["grad", "log(x)*y", "--points", f"{points}/p1[01].csv", "--out", str(tmp_path / "few"), "--json"])
    assert few.status == 0, few.err
    assert [json.loads(one)["x"] for one in (tmp_path / "few" / "part-000001.jsonl").read_text().splitlines()] == [
        11,
        8,
    ]


def test_what_is_no_table(dcalc, tmp_path):
    points = folder(tmp_path / "d", 3)

    def refused(words, at=points, out="r", *more):
        done = dcalc(["grad", "x*y", "--points", at, "--out", str(tmp_path / out), *more])
        assert done.status == 2 and words in done.err, done.err
        assert not (tmp_path / "r").exists()
        assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]

    refused("there are no files", f"{points}/*.parquet")
    assert "the result is a folder of parts" in dcalc(["grad", "x*y", "--points", points]).err
    assert "reads no standard input" in dcalc(["grad", "x*y", "--points", "-", "--cluster", "local"]).err
    refused("cannot be written in parts", points, "r.npz")
    refused("do not agree", points, "r.parquet", "--format", "csv")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("")
    refused("a folder with other things in it", points, "precious")
    (tmp_path / "file").write_text("precious")
    refused("file is a file", points, "file")
    assert (tmp_path / "file").read_text() == "precious"
    (tmp_path / "d" / "p2.csv").write_text("y,x\n1,2\n")
    refused("the columns of")
    (tmp_path / "d" / "p2.csv").write_text("x,y\n1,\xe9\n", encoding="latin-1")
    done = dcalc(["grad", "x*y", "--points", points, "--out", str(tmp_path / "r")])
    assert done.status == 2 and "p2.csv:2 is not UTF-8" in done.err and "what is done is kept" in done.err
    shutil.rmtree(tmp_path / ".r.dcalc-parts")
    (tmp_path / "d" / "notes.md").write_text("")
    refused("not of one kind: ")
    (tmp_path / "d" / "notes.md").unlink()
    (tmp_path / "d" / "year=1").mkdir()
    refused("has folders in it")


def test_what_is_there_is_not_done_again_and_a_result_is_replaced(dcalc, tmp_path, monkeypatch):
    points, out = folder(tmp_path / "d"), tmp_path / "r"
    command = ["grad", "x*y", "--points", points, "--out", str(out)]
    monkeypatch.setenv("DCALC_THREADS", "1")
    done = []

    def counted(*given, **more):
        done.append(given[4])
        if len(done) == 8:
            raise KeyboardInterrupt
        return do_portion(*given, **more)

    monkeypatch.setattr(over_folder, "do_portion", counted)
    stopped = dcalc(command)
    assert stopped.status == 130 and "--resume goes on with it" in stopped.err
    assert not out.exists()
    kept = tmp_path / ".r.dcalc-parts"
    there = sorted(kept.glob("part-*"))
    assert 0 < len(there) < 8
    there[0].write_bytes(there[0].read_bytes()[:-1])  # it is not whole: done again
    (kept / ".part-000001.csv.x.part").write_text("half")
    refused = dcalc(["grad", "x*y+1", *command[2:], "--resume"])
    assert refused.status == 2 and "its expression was another" in refused.err
    done[:] = [""] * 8
    again = dcalc([*command, "--resume"])
    assert again.status == 0 and "24 rows: 24 ok" in again.err
    assert len(done) - 8 == 12 - len(there) + 1
    whole = {one.name: one.read_bytes() for one in out.glob("part-*")}
    assert len(whole) == 12 and len(list(out.iterdir())) == 14
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    done[:] = [""] * 8
    assert dcalc(["grad", "x*y+1", *command[2:]]).status == 0  # a result of ours gives way
    assert (out / "part-000000.csv").read_bytes() != whole["part-000000.csv"]
    assert len(done) == 20 and len(list(out.iterdir())) == 14


def test_a_file_that_changes_or_is_another_elsewhere(tmp_path):
    (tmp_path / "p.csv").write_text("x\n1\n")
    columns = (("x", ()),)
    task = Task(
        Recipe("x^2", "grad", columns, engine="array"), (), ("x",), (("x", (), ("x",)),), ((("x", 1.0),),), "csv"
    )
    path = str(tmp_path / "task")
    seal = over_parts.write_task(task, path)
    state = over_folder._state(str(tmp_path / "p.csv"))
    here = (path, seal, str(tmp_path / "p.csv"), state, None, None, str(tmp_path / "out"))
    version = over_parts.__version__
    assert do_portion(FORM, version, *here)["rows"] == 1
    assert (tmp_path / "out").read_text() == "x,value,d/dx,status\n1,1,2,ok\n"
    assert "here 0.0.9" in do_portion(FORM, "0.0.9", *here)["problem"][1]
    (tmp_path / "p.csv").write_text("x\n3\n")
    assert "not as it was when the work began" in do_portion(FORM, version, *here)["problem"][1]
    (tmp_path / "task").write_text("[]")
    assert over_parts.about_worker(path, seal)[3] is False
    over_parts._prepared.cache_clear()
    assert "is another file there" in do_portion(FORM, version, *here)["problem"][1]


def test_workers_that_lack_something():
    task = Task(Recipe("x", "grad", (("x", ()),), engine="llvm"), (), ("x",), (("x", (), ("x",)),), (), "parquet")
    good = Worker(FORM, over_parts.__version__, "h", True, "", "")
    ask = over_folder.Ask(None, {})
    assert over_folder._held({"a": tuple(good)}, task, ask) == ("llvm", None)
    engine, note = over_folder._held({"a": tuple(good), "b": tuple(good._replace(llvm="none"))}, task, ask)
    assert engine == "array" and "worker b has no llvm" in note.message
    for bad, words, options in (
        (good._replace(llvm="none"), "dcalc[fast]", {"engine": "llvm"}),
        (good._replace(arrow="pyarrow is not installed"), "dcalc[data]", {}),
        (good._replace(sees=False), "file system that they share", {}),
        (good._replace(version="0.0.9"), "the same version", {}),
    ):
        with pytest.raises(DcalcError) as raised:
            over_folder._held({"a": tuple(good), "b": tuple(bad)}, task, over_folder.Ask(None, options))
        assert words in raised.value.hint and "worker b" in raised.value.message
    with pytest.raises(DcalcError, match="cannot run dcalc: ModuleNotFoundError"):
        over_folder._held({"a": ModuleNotFoundError("No module named 'dcalc'")}, task, ask)


def test_files_in_their_order(tmp_path):
    for name in ("b.10.csv", "b.9.csv", "a.csv", ".hidden.csv", "_x.csv"):
        (tmp_path / name).write_text("x\n")
    names = [one.rpartition("/")[2] for one in portions.files_of(str(tmp_path))]
    assert names == ["a.csv", "b.9.csv", "b.10.csv"]
    assert portions.files_of(f"{tmp_path}/a.csv") == [f"{tmp_path}/a.csv"]
    (tmp_path / "c[1].csv").write_text("x\n")
    assert not portions.are_several(f"{tmp_path}/c[1].csv")
