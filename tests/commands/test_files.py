"""Arrays in files: what is read, and what is refused in words."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dcalc.commands import files
from dcalc.commands.files import load_array
from dcalc.errors import DcalcError


def refused(path: Path | str, member: str | None = None) -> DcalcError:
    with pytest.raises(DcalcError) as caught:
        load_array(str(path), member)
    return caught.value


@pytest.fixture
def write(tmp_path):
    def _write(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return _write


def is_point_value(value) -> bool:
    """A Python float, or a float64 array in row-major order."""
    return type(value) is float or (value.dtype == np.float64 and value.flags.c_contiguous and value.ndim > 0)


# -- NumPy's own ----------------------------------------------------------------------------------------------------

ARRAYS = [
    np.array(2.5),
    np.arange(3),
    np.arange(6.0).reshape(2, 3),
    np.arange(6.0).reshape(2, 3).T,
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(24, dtype=np.int8).reshape(2, 3, 4),
    np.arange(4, dtype=">f4"),
    np.array([True, False]),
    np.arange(10)[::3],
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_npy_and_npz(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", W=array, b=np.zeros(1))
    np.savez_compressed(tmp_path / "c.npz", W=array)
    for value in (
        load_array(str(tmp_path / "a.npy")),
        load_array(str(tmp_path / "a.npz"), "W"),
        load_array(str(tmp_path / "c.npz"), "W"),
    ):
        assert is_point_value(value)
        assert np.shape(value) == array.shape
        assert np.array_equal(value, array)


def test_the_point_owns_its_numbers(tmp_path):
    file = tmp_path / "a.npy"
    np.save(file, np.arange(3.0))
    value = load_array(str(file))
    np.save(file, np.zeros(3))
    assert value.tolist() == [0, 1, 2]
    assert value.flags.writeable


def test_nothing_is_unpickled(tmp_path, write):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("it was unpickled",)

    np.save(tmp_path / "o.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", W=np.array([Bomb()], dtype=object))
    plain = write("p.npy", pickle.dumps([1.0]))
    for error in (refused(tmp_path / "o.npy"), refused(tmp_path / "o.npz", "W"), refused(plain)):
        assert error.kind == "usage"
        assert "holds Python objects" in error.message


def test_what_is_no_array_of_real_numbers(tmp_path):
    for name, array in {"c": np.array([1j]), "s": np.array(["a"]), "d": np.array(["2020"], "M8[Y]")}.items():
        np.save(tmp_path / f"{name}.npy", array)
        assert "holds no real numbers" in refused(tmp_path / f"{name}.npy").message


def test_members_of_a_npz(tmp_path):
    file = tmp_path / "a.npz"
    np.savez(file, weights=np.zeros(2), bias=np.zeros(1))
    error = refused(file)
    assert error.message == f"{file} holds arrays by name"
    assert error.hint == f"it has weights, bias; for example @{file}:weights"
    assert refused(file, "wieghts").hint == "did you mean weights?"
    assert refused(file, "x").hint == "it has weights, bias"
    np.save(tmp_path / "a.npy", np.zeros(2))
    assert refused(tmp_path / "a.npy", "W").message.startswith("only a .npz has arrays with names")
    (tmp_path / "b.npy").write_bytes(file.read_bytes())
    assert "holds several arrays" in refused(tmp_path / "b.npy").message


def test_damaged_files(tmp_path, write):
    np.save(tmp_path / "a.npy", np.arange(100.0))
    np.savez(tmp_path / "a.npz", W=np.arange(100.0))
    whole, archive = (tmp_path / "a.npy").read_bytes(), (tmp_path / "a.npz").read_bytes()
    for k, data in enumerate([whole[:-1], whole[:40], b"\x93NUMPY", b"hello", b"PK\x03\x04"]):
        assert refused(write(f"{k}.npy", data)).kind == "usage"
    for k, data in enumerate([archive[:-10], b"hello", b""]):
        assert refused(write(f"{k}.npz", data), "W").kind == "usage"
    lies = whole.replace(b"(100,)", b"(10**9,)"[:6]).replace(b"(100,), }", b"(9999999999999,), }")
    assert refused(write("lies.npy", lies)).kind == "usage"
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as made:
        made.writestr("W.npy", "no array")
    assert refused(tmp_path / "text.npz", "W").kind == "usage"


def test_too_large(tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", np.zeros(1000))
    np.savez_compressed(tmp_path / "a.npz", W=np.zeros(100_000))  # what it unpacks to is what counts
    monkeypatch.setattr(files, "MOST_BYTES", 4000)
    for error in (refused(tmp_path / "a.npy"), refused(tmp_path / "a.npz", "W")):
        assert error.kind == "limit"
        assert "too large" in error.message


# -- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1;2\n3;4", [[1, 2], [3, 4]]),
        ("1\t2\n3\t4", [[1, 2], [3, 4]]),
        ("  1   2\n3 4  \n", [[1, 2], [3, 4]]),
        ("1, 2 , 3\n", [1, 2, 3]),
        ("1\n2\n3\n", [1, 2, 3]),
        ("1e3 -2.5E-1 +.5", [1000, -0.25, 0.5]),
        ("3", 3),
        ("\ufeff# from a spreadsheet\r\n1,2\r\n\r\n3,4 # the last\r\n", [[1, 2], [3, 4]]),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "txt", "TSV"])
def test_rows_of_numbers(write, text, value, suffix):
    found = load_array(str(write(f"a.{suffix}", text)))
    assert is_point_value(found)
    assert np.array_equal(found, value)


def test_what_savetxt_writes(tmp_path):
    array = np.random.default_rng(1).normal(size=(7, 3))
    np.savetxt(tmp_path / "a.txt", array, header="x y z")
    np.savetxt(tmp_path / "a.csv", array, delimiter=",", fmt="%.17g")
    assert np.array_equal(load_array(str(tmp_path / "a.csv")), array)
    assert np.allclose(load_array(str(tmp_path / "a.txt")), array, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "kind", "message", "hint"),
    [
        ("x,y\n1,2\n", "usage", "line 1: x is not a number", "this looks like a header"),
        ("1,2\n3,a\n", "usage", "line 2: a is not a number", "rows are numbers alone"),
        ("\n\n1,2\n3,a\n", "usage", "line 4: a is not a number", "rows are numbers alone"),
        ("1,2\n3,\n", "usage", "line 2: number 2 is missing", "every row"),
        ("1,2\n3\n", "shape", "line 2: 1 numbers, but 2 in line 1", "equally many"),
        ("1,5;2,5\n", "usage", "line 1: 1,5 is not a number", "decimals have a point"),
        ("", "shape", "is empty", None),
        ("# nothing\n\n", "shape", "is empty", None),
        ("1,nan\n", "domain", "has nan at [2]", "finite"),
        ("1,2\n-inf,inf\n", "domain", "has -inf at [2,1], and 1 more such", "finite"),
        ("1e999", "domain", "has inf", "finite"),
        (b"\xff\xfe1", "usage", "is not UTF-8", "save it"),
    ],
)
def test_what_is_no_table(write, text, kind, message, hint):
    error = refused(write("a.csv", text))
    assert error.kind == kind
    assert message in error.message
    assert (hint is None and error.hint is None) or hint in error.hint


# -- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2.5, [1, 2], [[1, 2], [3, 4]], [[[1], [2]], [[3], [4.5]]], [[1]]])
def test_nested_lists(write, value):
    found = load_array(str(write("a.json", json.dumps(value))))
    assert is_point_value(found)
    assert np.array_equal(found, value)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("[[1, 2], [3]]", "shape", "ragged: side by side are"),
        ("[1, [2]]", "shape", "ragged: side by side are"),
        ("[[1], 2]", "shape", "ragged: side by side are"),
        ("[[1, 2], [3, [4]]]", "shape", "ragged"),
        ("[]", "shape", "is empty"),
        ("[[], []]", "shape", "is empty"),
        ("[1, null]", "usage", "has null at [2]"),
        ('[[1, "2"]]', "usage", 'has "2" at [1,2]'),
        ("[true]", "usage", "has true at [1]"),
        ('{"W": [1]}', "usage", 'has {"W": [1]}'),
        ("[1, NaN]", "domain", "has nan at [2]"),
        ("[1e999]", "domain", "has inf at [1]"),
        ("[1" + "0" * 400 + "]", "domain", "too large for floating point"),
        ("[1,\n 2", "usage", "line 2:"),
        ("", "usage", "line 1:"),
        ("[" * 100_000, "shape", "nested too deeply"),
    ],
)
def test_what_is_no_array_in_json(write, text, kind, message):
    error = refused(write("a.json", text))
    assert error.kind == kind
    assert message in error.message


# -- any ------------------------------------------------------------------------------------------------------------


def test_names(tmp_path, write, monkeypatch):
    assert "No such file" in refused("nowhere.npy").message
    assert refused("nowhere.npy").kind == "usage"
    assert refused(tmp_path / "a.xlsx").hint.startswith("files are .npy")
    assert refused("weights").hint.startswith("files are .npy")
    (tmp_path / "dir.npy").mkdir()
    assert refused(tmp_path / "dir.npy").kind == "usage"
    assert refused("a\0b.npy").kind == "usage"
    write("w.csv", "1,2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_array("w.csv").tolist() == load_array("~/w.csv").tolist() == [1, 2]


def test_empty_arrays(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((0, 3)))
    np.savez(tmp_path / "a.npz", W=np.zeros(0))
    (tmp_path / "b.npy").touch()
    for error in (refused(tmp_path / "a.npy"), refused(tmp_path / "a.npz", "W"), refused(tmp_path / "b.npy")):
        assert error.kind == "shape"
        assert "is empty" in error.message
