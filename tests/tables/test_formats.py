"""Every kind of table becomes every other, with the results that NumPy has and the columns that were there."""

from __future__ import annotations

import numpy as np
import pytest

from dcalc.tables import lines, numpy_files, parts

from .conftest import EXPRESSION, columns, read, wanted, write

pytest.importorskip("pyarrow")
KINDS = (".csv", ".tsv", ".jsonl", ".npy", ".npz", ".parquet", ".arrow", ".arrows")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_every_other(dcalc, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(parts, "MOST_ROWS", 70)
    monkeypatch.setattr(lines, "LEAST_BLOCK", 2**10)
    monkeypatch.setattr(lines, "BLOCK", 2**11)
    data = columns(500)
    write(tmp_path / f"points{kind}", data)
    for other in KINDS:
        target = tmp_path / f"result{other}"
        done = dcalc(["grad", EXPRESSION, "--points", str(tmp_path / f"points{kind}"), "--out", str(target)])
        assert (done.status, done.out) == (0, ""), done.err
        assert "500 rows: 500 ok" in done.err
        found = read(target)
        for name, numbers in wanted(data).items():
            np.testing.assert_allclose(np.asarray(found[name], float), numbers, rtol=1e-14, err_msg=other)
        assert set(np.asarray(found["status"]).astype(str)) == {"ok"}
        if "id" in found:  # texts are left out of NumPy's files
            assert np.asarray(found["id"], float).tolist() == data["id"].tolist()
        else:
            assert other in (".npy", ".npz") and "left out, as they are no numbers: id" in done.err
    assert sorted(tmp_path.iterdir()) == sorted(
        [tmp_path / f"points{kind}", *(tmp_path / f"result{one}" for one in KINDS)]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_rows(dcalc, tmp_path, kind):
    if kind == ".jsonl":
        (tmp_path / "points.jsonl").write_text("\n")
        done = dcalc(["grad", "x*y", "--points", str(tmp_path / "points.jsonl")])
        assert done.status == 2
        assert "points.jsonl has no rows" in done.err
        return
    write(tmp_path / f"points{kind}", columns(0))
    for other in KINDS:
        done = dcalc(["grad", "x*y", "--points", str(tmp_path / f"points{kind}"), "--out", str(tmp_path / f"r{other}")])
        assert done.status == 0, done.err
        assert "0 rows" in done.err
        if other != ".jsonl":
            assert len(read(tmp_path / f"r{other}")["value"]) == 0


def test_matrices_of_numpy_are_the_inputs_in_order(dcalc, tmp_path):
    data = columns(50)
    matrix = np.stack([data["x"], data["y"]], axis=1)
    for name, array in (("c.npy", matrix), ("f.npy", np.asfortranarray(matrix)), ("i.npy", matrix.astype(">f4"))):
        np.save(tmp_path / name, array)
        done = dcalc(["grad", EXPRESSION, "--points", str(tmp_path / name), "--out", str(tmp_path / "r.npy")])
        assert done.status == 0, done.err
        assert "in order: x, y" in done.err
        found = np.load(tmp_path / "r.npy")
        exact = wanted(dict(zip("xy", array.T.astype(float), strict=True)))
        assert found.shape == (50, 3) and found.dtype == np.float64 and found.flags.c_contiguous
        for k, numbers in enumerate(exact.values()):
            np.testing.assert_allclose(found[:, k], numbers, rtol=1e-14)
    done = dcalc(["grad", "x*y*z", "--points", str(tmp_path / "c.npy")])
    assert done.status == 2
    assert "has 2 columns without names, the expression has the inputs x, y, z" in done.err
    done = dcalc(["grad", "a*x*y", "--points", str(tmp_path / "c.npy"), "--at", "a=2"])
    assert done.status == 0
    np.save(tmp_path / "v.npy", np.arange(12.0).reshape(4, 3))
    done = dcalc(["grad", "sum(x^2)", "--points", str(tmp_path / "v.npy")])
    assert done.out.splitlines()[0] == "x[1],x[2],x[3],value,d/dx[1],d/dx[2],d/dx[3],status"
    assert done.out.splitlines()[2] == "3,4,5,50,6,8,10,ok"


def test_vectors_by_components_lists_and_fields(dcalc, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    rows = np.arange(12.0).reshape(4, 3)
    (tmp_path / "c.csv").write_text("x[2],x[1],k,x[3]\n" + "".join(f"{b},{a},7,{c}\n" for a, b, c in rows))
    parquet.write_table(pa.table({"x": pa.array(rows.tolist())}), tmp_path / "l.parquet")
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 3)
    parquet.write_table(pa.table({"x": fixed}), tmp_path / "f.parquet")
    np.savez(tmp_path / "n.npz", x=rows)
    records = np.zeros(4, [("x", float, (3,))])
    records["x"] = rows
    np.save(tmp_path / "r.npy", records)
    (tmp_path / "j.jsonl").write_text("".join(f'{{"x": {row.tolist()}}}\n' for row in rows))
    for name in ("c.csv", "l.parquet", "f.parquet", "n.npz", "r.npy", "j.jsonl"):
        done = dcalc(["grad", "x[1]*x[2] + x[3]^2", "--points", str(tmp_path / name), "--out", str(tmp_path / "o.npz")])
        assert done.status == 0, done.err
        found = np.load(tmp_path / "o.npz")
        np.testing.assert_array_equal(found["value"], rows[:, 0] * rows[:, 1] + rows[:, 2] ** 2)
        np.testing.assert_array_equal(found["d/dx[1]"], rows[:, 1])
        np.testing.assert_array_equal(found["d/dx[3]"], 2 * rows[:, 2])
    (tmp_path / "m.csv").write_text('"W[1,1]","W[1,2]","W[2,1]","W[2,2]"\n1,2,3,4\n')
    assert dcalc(["eval", "det(W)", "--points", str(tmp_path / "m.csv")]).out.splitlines()[1].startswith("1,2,3,4,-2")
    (tmp_path / "g.csv").write_text("x[1],x[3]\n1,2\n")
    done = dcalc(["eval", "sum(x)", "--points", str(tmp_path / "g.csv")])
    assert done.status == 2
    assert "has no column x[2]" in done.err


def test_lists_of_another_length_and_null_are_no_points(dcalc, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    cells = [[1.0, 2.0], None, [3.0], [4.0, 5.0], [1.0, None]]
    parquet.write_table(pa.table({"x": pa.array(cells), "y": pa.array([1, None, 3, 4, 5])}), tmp_path / "l.parquet")
    done = dcalc(["eval", "sum(x)*y", "--points", str(tmp_path / "l.parquet"), "--out", str(tmp_path / "r.parquet")])
    assert done.status == 1
    table = parquet.read_table(tmp_path / "r.parquet")
    assert table["value"].to_pylist() == [3.0, None, None, 36.0, None]
    assert table["status"].to_pylist() == ["ok", "missing", "no number", "ok", "missing"]
    assert table["y"].to_pylist() == [1, None, 3, 4, 5]  # whole numbers, as they were
    assert "l.parquet, row 2: x is missing" in done.err


def test_files_that_are_none(dcalc, tmp_path):
    for name in ("a.npy", "a.npz", "a.parquet", "a.arrow", "a.csv"):
        (tmp_path / name).write_bytes(b"\x00\xff nothing of that kind")
        done = dcalc(["grad", "x", "--points", str(tmp_path / name)])
        assert done.status == 2, name
        assert name in done.err and "internal" not in done.err, done.err
    np.save(tmp_path / "cut.npy", np.arange(10.0))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-8])
    assert "breaks off" in dcalc(["grad", "x", "--points", str(tmp_path / "cut.npy")]).err
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object))
    assert "Python objects" in dcalc(["grad", "x", "--points", str(tmp_path / "objects.npy")]).err
    np.savez(tmp_path / "uneven.npz", x=np.arange(3), y=np.arange(4))
    assert "not equally long: x 3, y 4" in dcalc(["grad", "x", "--points", str(tmp_path / "uneven.npz")]).err
    for name, words in (("none.csv", "No such file"), ("x.xlsx", "is no table that dcalc knows"), ("", "folder")):
        done = dcalc(["grad", "x", "--points", str(tmp_path / name) if name else str(tmp_path)])
        assert done.status == 2
        assert words in done.err or not name


def test_without_pyarrow_csv_is_the_same_and_parquet_says_what_is_missing(dcalc, tmp_path, request):
    text = 'n,x,y\n"a, ""b""",1.5,2\nc\u00e9,+3e-9,1e300\n,,1\nd,abc,2\ne,1,2,3\n\nf, 7 ,NA\n"g\nh",1e5,-0\n'
    (tmp_path / "p.csv").write_text(text)
    command = ["grad", "x^2/y", "--points", str(tmp_path / "p.csv")]
    with_arrow = dcalc(command)
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    request.getfixturevalue("no_arrow")
    without = dcalc(command)
    assert without == with_arrow
    assert with_arrow.status == 1
    lines = with_arrow.out.splitlines()
    assert lines[1] == '"a, ""b""",1.5,2,1.125,1.5,-0.5625,ok'
    assert lines[3] == ",,1,,,,missing"
    done = dcalc(["grad", "x", "--points", str(tmp_path / "p.parquet")])
    assert done.status == 2
    assert "pip install 'dcalc[data]'" in done.err


def test_a_status_is_a_byte_in_files_of_numpy_and_a_matrix_has_none(dcalc, tmp_path):
    points = np.array([[1.0, 2.0], [0.0, 1.0], [-3.0, 0.0], [1.0, -1.0], [2.0, 4.0]])
    np.savez(tmp_path / "p.npz", x=points[:, 0], y=points[:, 1])
    np.save(tmp_path / "p.npy", points)
    text = "abs(x) + sqrt(y)"
    done = dcalc(["grad", text, "--points", str(tmp_path / "p.npz"), "--out", str(tmp_path / "r.npz")])
    assert done.status == 1 and "5 rows: 2 ok, 1 kink, 1 not finite, 1 error" in done.err
    named = np.load(tmp_path / "r.npz")
    assert named["status"].dtype == np.uint8 and named["status"].tolist() == [0, 1, 2, 3, 0]
    assert named.files == ["x", "y", "value", "d/dx", "d/dy", "status"]
    done = dcalc(["grad", text, "--points", str(tmp_path / "p.npy"), "--out", str(tmp_path / "r.npy")])
    assert done.status == 1 and "1 error" in done.err and "no place for the status" in done.err
    matrix = np.load(tmp_path / "r.npy")
    np.testing.assert_array_equal(matrix, np.stack([named[name] for name in ("value", "d/dx", "d/dy")], 1))
    assert np.isnan(matrix).all(axis=1).tolist() == [False, False, False, True, False]
    np.testing.assert_array_equal(matrix[4], [4, 1, 0.25])
    done = dcalc(["grad", "x*y", "--points", str(tmp_path / "p.npy"), "--out", str(tmp_path / "r.npy")])
    assert done.status == 0 and "no place" not in done.err


def test_columns_of_a_npz_are_where_numpy_can_map_them(dcalc, tmp_path, monkeypatch):
    """Its members begin at multiples of 64, the archive is one for others too, and odd columns go through."""
    import zipfile

    monkeypatch.setattr(numpy_files, "MOST_ROWS", 7)
    rows = 100
    data = {"x": np.arange(1.0, rows + 1), "y": np.ones(rows), "é/1": np.arange(rows, dtype=">i2"),
            "none": np.empty((rows, 0)), "pair": np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)}  # fmt: skip
    np.savez(tmp_path / "p.npz", **data)
    done = dcalc(["eval", "x*y", "--points", str(tmp_path / "p.npz"), "--out", str(tmp_path / "r.npz")])
    assert done.status == 0, done.err
    found = np.load(tmp_path / "r.npz")
    for name, array in data.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    with zipfile.ZipFile(tmp_path / "r.npz") as archive:
        assert archive.testzip() is None
        whole = (tmp_path / "r.npz").read_bytes()
        value = np.lib.format.read_array(archive.open("value.npy"))
        place = whole.index(value.tobytes())
        assert place % 64 == 0
