"""CSV as people and programs write it: separators, quotation marks, ends of lines, headers; in pieces of any size."""

from __future__ import annotations

import csv
import io
import random

import pytest

from dcalc.tables import lines, open_table


def said(dcalc, tmp_path, text, *more, name="p.csv", status=0):
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(data)
    done = dcalc(["eval", "x*y", "--points", str(tmp_path / name), *more])
    assert done.status == status, done
    return done


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(dcalc, tmp_path, separator):
    done = said(dcalc, tmp_path, "x,name,y\n2,a,3\n".replace(",", separator))
    assert done.out == "x,name,y,value,status\n2,a,3,6,ok\n"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx,y\n2,3\n4,5\n",
        "x,y\r\n2,3\r\n4,5\r\n",
        "x,y\r2,3\r4,5\r",
        "x,y\n2,3\n4,5",
        "\n\nx,y\n\n2,3\n\n4,5\n\n",
        "# x, y\n2,3\n4,5\n",
        '"x" , y\n2,"3"\n 4 ,5\n',
    ],
)
def test_however_the_lines_are(dcalc, tmp_path, text):
    done = said(dcalc, tmp_path, text)
    rows = list(csv.DictReader(io.StringIO(done.out), skipinitialspace=True))
    assert [row["value"] for row in rows] == ["6", "20"], done


def test_a_tsv_and_a_table_without_a_header(dcalc, tmp_path):
    assert said(dcalc, tmp_path, "x\ty,z\ty\n1\t2\t3\n", name="p.tsv").out == 'x,"y,z",y,value,status\n1,2,3,3,ok\n'
    done = said(dcalc, tmp_path, "2,3\n4,5\n")
    assert done.out == "x,y,value,status\n2,3,6,ok\n4,5,20,ok\n"
    assert "columns without names, in order: x, y" in done.err


def test_what_is_carried_through_is_as_it_was(dcalc, tmp_path):
    rows = [["x", "y", "text"], ["1.50", "2e0", "007"], [" 3", "+1", 'say "no"'], ["1", "1", "two\nlines"],
            ["1", "1", "a,b"], ["1", "1", " space "], ["1", "1", "é→𝄞"], ["1", "1", '"'], ["1", "1", ""]]  # fmt: skip
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    done = said(dcalc, tmp_path, text.getvalue())
    assert [row[:3] for row in csv.reader(io.StringIO(done.out, newline=""))] == rows


@pytest.mark.parametrize("seed", range(4))
def test_pieces_end_where_rows_end_whatever_stands_in_quotes(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(lines, "LEAST_BLOCK", 2**8)
    monkeypatch.setattr(lines, "BLOCK", 2**8)
    draw = random.Random(seed)
    words = ["a", "", 'say "hi"', "two\nlines", "a,b", '"', "\n\n", '5" pipe' if seed % 2 else "plain", "long" * 200]
    rows = [[str(k), "1", draw.choice(words)] for k in range(400)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n" if seed > 1 else "\n").writerows([["x", "y", "text"], *rows])
    (tmp_path / "p.csv").write_text(text.getvalue(), newline="")
    source = open_table(str(tmp_path / "p.csv"))
    source.want({"x": (), "y": ()}, 1)
    pieces = list(source.pieces())
    assert len(pieces) > 20
    assert [one.start for one in pieces[1:]] == [one.stop for one in pieces[:-1]]
    found = []
    for k, piece in enumerate(pieces):
        chunk = source.read(piece)
        texts = [str(cell) for cell in chunk.columns["text"].cells]
        found += [[f"{x:.0f}", text] for x, text in zip(chunk.columns["x"].numbers, texts, strict=True)]
        alone = source.read(piece._replace(data=None))
        assert [str(cell) for cell in alone.columns["text"].cells] == texts
        rest = next(source.pieces(piece.start))
        assert rest.data == piece.data
        assert int(chunk.place(0).rpartition(":")[2]) == 1 + text.getvalue()[: _characters(source, piece)].count("\n")
        del k
    assert found == [[row[0], row[2]] for row in rows]
    source.close()


def _characters(source, piece) -> int:
    return piece.start[0]  # all of it is ASCII


def test_a_quotation_mark_that_is_not_closed(dcalc, tmp_path):
    done = said(dcalc, tmp_path, 'x,y\n1,2\n3,"4\n5,6\n', status=2)
    assert "p.csv:3: a quotation mark is not closed" in done.err


def test_rows_that_are_none_are_told_and_cost_the_others_nothing(dcalc, tmp_path):
    text = "x,y,s\n1,2,a\n3\n,5,b\n6,7,c,d\n8,abc,e\n9,1,f\n"
    done = said(dcalc, tmp_path, text, status=1)
    assert done.out.splitlines()[1:] == [
        "1,2,a,2,ok", "3,,,,error", ",5,b,,missing", "6,7,c,,error", "8,abc,e,,no number", "9,1,f,9,ok"]  # fmt: skip
    for words in (
        "p.csv:3: 1 cells in this row, 3 in the first one",
        "p.csv:4: x is missing",
        "p.csv:6: y is no number: abc",
        "6 rows: 2 ok, 2 error, 1 missing, 1 no number",
    ):
        assert words in done.err


def test_other_encodings_are_refused(dcalc, tmp_path):
    assert "p.csv:3 is not UTF-8" in said(dcalc, tmp_path, b"x,y,s\n1,2,a\n3,4,\xe9\n", status=2).err
    assert "is UTF-16" in said(dcalc, tmp_path, "x,y\n1,2\n".encode("utf-16"), status=2).err
    assert "is empty" in said(dcalc, tmp_path, "", status=2).err
    assert "two columns x" in said(dcalc, tmp_path, "x,x,y\n1,2,3\n", status=2).err


def test_decimal_commas_are_recognized(dcalc, tmp_path):
    done = said(dcalc, tmp_path, "x;y\n1,5;2\n", status=1)
    assert "x is no number: 1,5 (decimals have a point: 1.5)" in done.err
    assert "-1,5 (decimals have a point: 1.5)" in said(dcalc, tmp_path, "x;y\n-1,5;2\n", status=1).err


def test_jsonl_keeps_what_a_row_has(dcalc, tmp_path):
    text = '{"x": 1, "y": 2, "deep": {"a": [1, null]}}\n\nnonsense\n[1]\n{"y": 3}\n{"x": "4", "y": 1e400, "new": "é"}\n'
    done = said(dcalc, tmp_path, text, "--json", name="p.jsonl", status=1)
    assert done.out.splitlines() == [
        '{"x": 1, "y": 2, "deep": {"a": [1, null]}, "value": 2.0, "status": "ok"}',
        '{"value": null, "status": "error"}',
        '{"value": null, "status": "error"}',
        '{"y": 3, "value": null, "status": "missing"}',
        '{"x": "4", "y": "inf", "new": "é", "value": "inf", "status": "not finite"}',
    ]
    assert "p.jsonl:3: this is no JSON" in done.err
    assert "p.jsonl:5: x is missing" in done.err


def test_names_that_come_late_in_jsonl_are_told(dcalc, tmp_path):
    text = '{"x": 1, "y": 2}\n' * 1200 + '{"x": 1, "y": 2, "z": "late"}\n{"x": 1, "x": 3, "y": 2}\n'
    done = said(dcalc, tmp_path, text, name="p.jsonl", status=1)
    assert "p.jsonl:1201" in done.err
    assert "left out, as the first lines have no such names: z (" in done.err
    assert "p.jsonl:1202: this is no JSON: a key stands twice" in done.err
    done = said(dcalc, tmp_path, text, "--json", name="p.jsonl", status=1)
    assert '"z": "late"' in done.out
    assert "left out" not in done.err
