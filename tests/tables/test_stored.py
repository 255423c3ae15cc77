"""Archives whose members are written in any order, against Python's zipfile and zlib."""

from __future__ import annotations

import io
import random
import zipfile
import zlib

import pytest

from dcalc.tables import stored


@pytest.mark.parametrize(("first", "second"), [(0, 0), (5, 0), (0, 7), (3, 1), (13, 100_001), (100, 2**20)])
def test_the_crc_of_two_runs_is_that_of_both(first, second):
    draw = random.Random(first + second)
    one, other = draw.randbytes(first), draw.randbytes(second)
    assert stored.joined(zlib.crc32(one), zlib.crc32(other), second) == zlib.crc32(one + other)


def test_an_archive_put_together_by_hand_is_read_by_others():
    contents = {"a.npy": b"first", "d/dé.npy": b"", "c.npy": bytes(range(256)) * 100}
    file, entries, at = io.BytesIO(), [], 0
    for name, data in contents.items():
        entry = stored.Entry(name, at, len(data), stored.crc([data[:3], data[3:]]))
        file.write(stored.local(entry) + data)
        at += stored.before(name) + len(data)
        entries.append(entry)
    file.write(stored.directory(entries, at))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents


def test_places_behind_four_gigabytes_are_kept():
    entries = [stored.Entry("a", 0, 5 * 2**30, 1), stored.Entry("b", 5 * 2**30 + stored.before("a"), 0, 0)]
    end = 5 * 2**30 + stored.before("a") + stored.before("b")

    class Sparse(io.BytesIO):  # the directory alone, as if all were before it
        def seek(self, place, whence=0):
            return super().seek(place if whence else place - end, whence) + end if whence else super().seek(place - end)

        def tell(self):
            return super().tell() + end

    found = zipfile.ZipFile(Sparse(stored.directory(entries, end))).infolist()
    assert [(one.header_offset, one.file_size) for one in found] == [(one.start, one.size) for one in entries]
