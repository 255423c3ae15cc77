"""The lines of a file of jobs, however they are cut when they come."""

from __future__ import annotations

import json
import os
import tempfile

import pytest

from dcalc.batch import reader as module
from dcalc.batch.reader import Reader
from dcalc.errors import DcalcError


def items(data: bytes, name: str = "-") -> list:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        reader = Reader(file.fileno(), name)
        reader.begin()
        found = reader.taken()
        while not reader.ended:
            found += reader.read()
        return found


def texts(data: bytes, name: str = "-") -> list:
    return [(item.number, item.text.decode() if not item.good else json.loads(item.text)) for item in items(data, name)]


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_lines_however_they_come(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    found = items(b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"b": 2}\n{"c": 3}')
    assert [(item.number, item.good, item.text) for item in found] == [
        (1, True, b'{"a": 1}'),
        (4, True, b'{"b": 2}'),
        (5, True, b'{"c": 3}'),
    ]


def test_an_empty_file_has_no_jobs():
    assert items(b"") == items(b"\n\n") == []


def test_a_line_without_end_is_not_held(monkeypatch):
    monkeypatch.setattr(module, "MOST_LINE", 100)
    monkeypatch.setattr(module, "BLOCK", 64)
    found = items(b"x" * 1000 + b"\n{}\n" + b"y" * 500)
    assert [(item.number, item.good) for item in found] == [(1, False), (2, True), (3, False)]


CSV = b'id,expr,at:x,at:y,want,ieee\r\n1,x^2,3,,value,\n"a","max(x, y)",pi,"[1,\n 2]",,true\n\n3,x,,,,,,\n4,x\n'


@pytest.mark.parametrize("block", [1, 5, 1000])
def test_rows_of_csv_are_jobs(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    assert texts(CSV) == [
        (2, {"id": "1", "expr": "x^2", "want": "value", "at": {"x": "3"}}),
        (3, {"id": "a", "expr": "max(x, y)", "ieee": True, "at": {"x": "pi", "y": "[1,\n 2]"}}),
        (6, "the row has 8 cells, the first line has 6"),
        (7, {"id": "4", "expr": "x"}),
    ]


def test_tabs_separate_where_the_ending_says_so():
    assert texts(b"expr\tat\nx*y\tx=1, y=2\n", "a.tsv") == [(2, {"expr": "x*y", "at": "x=1, y=2"})]


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"id,expr,atx\n", "no column atx", "did you mean at?"),
        (b"id,x\n", "no column x", "at:x is the value of x"),
        (b"id,want\n", "no column expr", "at:x"),
        (b"id;expr;at:x\n", "one column id;expr;at:x", "between commas"),
        (b"expr,at:x,at:x\n", "two columns at:x", ""),
    ],
)
def test_wrong_columns_stop_before_anything_is_answered(data, message, hint):
    with pytest.raises(DcalcError) as caught:
        items(data, "jobs.csv")
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_rows_that_are_wrong_are_their_own_errors():
    found = texts(b'expr,at,at:x\nx,x=1,2\n\xff,,\n"a"b,,\nx^2,,3\n"x', "jobs.csv")
    assert [number for number, _ in found] == [2, 3, 4, 5, 6]
    assert found[0][1] == "at and at:x are both given"
    assert "UTF-8" in found[1][1]
    assert found[3][1] == {"expr": "x^2", "at": {"x": "3"}}
    assert "quotation mark" in found[4][1]


def test_what_comes_through_a_pipe_is_read_at_once():
    out, into = os.pipe()
    try:
        os.write(into, b'{"a": 1}\n{"b"')
        reader = Reader(out, "-")
        assert [item.number for item in reader.read()] == [1]
        os.write(into, b": 2}\n")
        assert [item.text for item in reader.read()] == [b'{"b": 2}']
    finally:
        os.close(out)
        os.close(into)
