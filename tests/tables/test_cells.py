"""Numbers in texts, by Arrow and by Python: the same; and written so that they are read again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.tables.cells import column_of, text_column, written
from dcalc.tables.parts import MISSING, NO_NUMBER

CELLS = ["1.5", " 2 ", "", "NA", "abc", "+3", "1e400", "nan", "-INF", "0x1", "1_0", " ", "1,5", "١", ".5", "5.", "1e",
         ".", " null", "None", "1e-400", "--1", "1 2", "+-1", "infinity", "1d5", "\t4"]  # fmt: skip


def test_arrow_reads_cells_as_python_does():
    pa = pytest.importorskip("pyarrow")
    ours, theirs = column_of(CELLS), text_column(pa.array(CELLS))
    np.testing.assert_array_equal(ours.numbers, theirs.numbers)
    np.testing.assert_array_equal(ours.faults, theirs.faults)
    said = dict(zip(CELLS, ours.faults.tolist(), strict=True))
    assert {cell for cell, fault in said.items() if fault == MISSING} == {"", "NA", " ", " null", "None"}
    assert {cell for cell, fault in said.items() if fault == NO_NUMBER} == {
        "abc", "0x1", "1_0", "1,5", "١", "1e", ".", "--1", "1 2", "+-1", "1d5"}  # fmt: skip


@given(st.floats(allow_nan=False))
@settings(max_examples=300, deadline=None)
def test_numbers_are_written_as_arrow_writes_them_and_read_again(value):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.compute as pc

    text = written(value)
    assert math.copysign(1, float(text)) == math.copysign(1, value) and float(text) == value
    assert text == pc.cast(pa.array([value]), pa.string())[0].as_py()
