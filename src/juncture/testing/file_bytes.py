"""Bytes of one file: exact at every length, at every place, whatever they are."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.testing.directory_bench import in_threads
from juncture.testing.oracle import BINARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.file_bench import FileBench

SIZES = (0, 1, 4095, 4096, 262143, 262144, 262145, (3 << 20) + 17)
"""Lengths about which stores and the copy engine change their ways."""


def content(size: int, seed: bytes = b"") -> bytes:
    """Return bytes without a pattern, the same each time."""
    return hashlib.shake_128(seed + str(size).encode()).digest(size)


class BytesKit:
    """Reading and writing."""

    @pytest.mark.parametrize("size", SIZES)
    def test_bytes_are_exact(self, bench: FileBench, size: int) -> None:
        """What is there is read, in one piece and in many, and `size` says how long it is."""
        data = bench.put("file", content(size))
        with bench.file("file") as file:
            bench.same(file.size, size, "`size`")
            found = file.read()
        assert found == data, f"`read` of {size} bytes returned {len(found)} others"
        pieces: list[bytes] = []
        with bench.file("file") as file:
            while piece := file.read(100_003):
                pieces.append(piece)
        assert b"".join(pieces) == data, f"pieces of {size} bytes are not the bytes"

    @pytest.mark.parametrize("size", SIZES)
    def test_what_is_written_is_there(self, bench: FileBench, size: int) -> None:
        """All of it, when the file is closed, in however many writes."""
        bench.needs("writes")
        data = content(size)
        with bench.file("file", fs.CREATE | fs.WRITE) as file:
            for start in range(0, size, 100_003):
                piece = data[start : start + 100_003]
                bench.same(file.write(piece), len(piece), "what `write` returns")
        bench.has("file", data, "what was written")
        bench.same(bench.file("file").size, size, "`size`")

    def test_every_byte(self, bench: FileBench) -> None:
        """Zeros, line ends and what is no UTF-8 come back; text is UTF-8."""
        bench.needs("writes")
        with bench.file("file", fs.CREATE | fs.WRITE) as file:
            file.write(BINARY)
            file.write("größe\r\n\udcff")
        bench.has("file", BINARY + "größe\r\n".encode() + b"\xff", "what was written")

    def test_seek(self, bench: FileBench) -> None:
        """The position moves from the beginning, from itself and from the end."""
        bench.put("file", bytes(range(100)))
        with bench.file("file") as file:
            bench.same(file.seek(10), 10, "`seek(10)`")
            bench.same(file.read(2), b"\x0a\x0b", "`read(2)` there")
            bench.same(file.seek(3, fs.CURRENT), 15, "`seek(3, CURRENT)`")
            bench.same(file.read(1), b"\x0f", "`read(1)` there")
            bench.same(file.seek(-2, fs.END), 98, "`seek(-2, END)`")
            bench.same(file.read(), b"\x62\x63", "`read()` there")
            bench.same(file.read(), b"", "`read()` at the end")
            bench.same(file.seek(1000), 1000, "`seek` behind the end")
            bench.same(file.read(5), b"", "`read` behind the end")
            with bench.refused(rs.BadParameter, "`seek` before the beginning"):
                file.seek(-1)

    def test_ranges(self, bench: FileBench) -> None:
        """`read_v` and `read_p` return ranges and leave the position."""
        data = bench.put("file", content(300_000))
        with bench.file("file") as file:
            file.seek(7)
            found = file.read_v([(0, 3), (299_990, 100), (150_000, 5), (0, 0)])
            right = [data[:3], data[299_990:], data[150_000:150_005], b""]
            bench.same([bytes(each) for each in found], right, "`read_v`")
            bench.same(
                file.read_p("(10,11,100,3)"),
                data[10:12] + data[110:112] + data[210:212],
                "`read_p`",
            )
            bench.same(file.read(1), data[7:8], "the position after `read_v`")

    def test_anywhere(self, bench: FileBench) -> None:
        """With `random`, bytes are written in the middle, behind the end, and cut off."""
        bench.needs("writes", "random")
        bench.put("file", b"0123456789")
        with bench.file("file", fs.READ_WRITE) as file:
            file.seek(3)
            file.write(b"abc")
            bench.same(file.read(2), b"67", "`read` behind a `write`")
            file.write_v([(0, b"X"), (12, b"Y")])
            bench.same(file.size, 13, "`size` after a write behind the end")
            file.truncate(12)
            file.truncate(14)
            bench.same(file.size, 14, "`size` after `truncate`")
        bench.has("file", b"X12abc6789\0\0\0\0", "what was written")

    def test_the_middle_is_refused_where_it_cannot_be_written(self, bench: FileBench) -> None:
        """Without `random`, a write there is NotImplemented, and changes nothing."""
        bench.needs("writes")
        bench.lacks("random")
        data = bench.put("file", b"0123456789")
        with bench.file("file", fs.READ_WRITE) as file:
            file.seek(3)
            with bench.refused(rs.NotImplemented, "a `write` in the middle"):
                file.write(b"abc")
        bench.has("file", data, "after a `write` that was refused")

    def test_the_end_is_refused_where_it_cannot_be_written(self, bench: FileBench) -> None:
        """Without `appends`, a write there is NotImplemented, and changes nothing."""
        bench.needs("writes")
        bench.lacks("appends")
        bench.lacks("random")
        data = bench.put("file", b"0123456789")
        with (
            bench.refused(rs.NotImplemented, "a `write` with APPEND"),
            bench.file("file", fs.WRITE | fs.APPEND) as file,
        ):
            file.write(b"abc")
        bench.has("file", data, "after a `write` that was refused")

    def test_a_file_object_of_python(self, bench: FileBench) -> None:
        """`as_file` gives what `io` knows."""
        data = bench.put("file", b"one\ntwo\n" * 5000)
        with bench.file("file").as_file() as file:
            bench.same(sum(map(len, file)), len(data), "the lengths of all lines")
            file.seek(4)
            bench.same(file.readline(), b"two\n", "a line")

    def test_one_file_of_many_readers(self, bench: FileBench) -> None:
        """Several threads read the same file, each all of it."""
        data = bench.put("file", content(500_000))
        found: list[object] = []

        def read() -> None:
            try:
                with bench.file("file") as file:
                    found.append(file.read())
            except Exception as error:  # noqa: BLE001 - what the test compares
                found.append(error)

        in_threads([read] * 8, bench.patience_s)
        wrong = [each for each in found if each != data]
        assert not wrong, (
            f"{len(wrong)} of 8 readers at a time got something else: {wrong[0]!r:.200}"
        )

    def test_many_files_at_a_time(self, bench: FileBench) -> None:
        """Threads that write their own files do not disturb each other."""
        bench.needs("writes")
        failed: list[object] = []

        def write(number: int) -> None:
            try:
                for turn in range(3):
                    with bench.file(f"{number}-{turn}", fs.CREATE | fs.WRITE) as file:
                        file.write(content(50_000 + number, b"x"))
            except Exception as error:  # noqa: BLE001 - what the test compares
                failed.append(error)

        in_threads([partial(write, number) for number in range(12)], bench.patience_s)
        assert not failed, f"{len(failed)} of 12 threads failed: {failed[0]!r}"
        for number in range(12):
            for turn in range(3):
                bench.has(f"{number}-{turn}", content(50_000 + number, b"x"), "a file of a thread")

    def test_exclusive_has_one_winner(self, bench: FileBench) -> None:
        """Of many who make a file with EXCLUSIVE, one does, and the others are told."""
        bench.needs("writes", "exclusive")

        def make(name: str) -> None:
            bench.file(name, fs.CREATE | fs.EXCLUSIVE).close()

        for turn in range(5):
            found = bench.at_once(partial(make, f"file-{turn}"), 8)
            bench.same(found, ["AlreadyExists"] * 7 + ["Done"], "EXCLUSIVE in 8 threads")
