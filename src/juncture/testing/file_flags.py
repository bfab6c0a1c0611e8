"""Flags: each means what its name says, in each method that takes it."""

from __future__ import annotations

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.file_bench import FileBench


class FlagsKit:
    """What happens when something is opened or made."""

    def test_what_is_declared_is_what_the_store_has(self, bench: FileBench) -> None:
        """The traits of a store are the words for traits in `capabilities["files"]`."""
        declared, store = bench.declared(), bench.store
        if declared is None or store is None:
            pytest.skip("there is no `capabilities['files']`, or no store to hold it against")
        from juncture.saga.storage.values import TRAITS

        what = "`traits` of the store, which `capabilities['files']` declares"
        bench.same(sorted(store.traits), sorted(declared & {*TRAITS}), what)

    def test_a_file_that_is_missing(self, bench: FileBench) -> None:
        """Without CREATE it does not exist, and is not made."""
        flags = [
            fs.READ,
            *([fs.WRITE, fs.READ_WRITE | fs.TRUNCATE] if "writes" in bench.can else []),
        ]
        for given in flags:
            with bench.refused(rs.DoesNotExist, f"opening a missing file with flags {given}"):
                bench.file("missing", given).close()
        bench.same(bench.here.exists("missing"), False, "`exists` after that")

    def test_read(self, bench: FileBench) -> None:
        """A file opened with READ is read and not written."""
        data = bench.put("file")
        file = bench.file("file", fs.READ)
        with bench.refused(rs.PermissionDenied, "`write` of a file opened with READ alone"):
            file.write(b"other")
        bench.same(file.read(), data, "`read` of a file opened with READ")
        file.close()
        bench.has("file", data, "after a `write` that was refused")

    def test_write(self, bench: FileBench) -> None:
        """A file opened with WRITE is written and not read."""
        bench.needs("writes")
        bench.put("file")
        file = bench.file("file", fs.WRITE | fs.TRUNCATE)
        with bench.refused(rs.PermissionDenied, "`read` of a file opened with WRITE alone"):
            file.read()
        file.write(b"new")
        file.close()
        bench.has("file", b"new", "after TRUNCATE and a `write`")

    def test_create(self, bench: FileBench) -> None:
        """CREATE makes an empty file, and leaves one that is there as it is."""
        bench.needs("writes")
        bench.file("new", fs.CREATE).close()
        bench.has("new", b"", "a file made with CREATE")
        data = bench.put("old")
        bench.file("old", fs.CREATE).close()
        bench.has("old", data, "a file that was there, opened with CREATE")

    def test_exclusive(self, bench: FileBench) -> None:
        """CREATE | EXCLUSIVE makes what is not there, and refuses what is."""
        bench.needs("writes")
        bench.file("new", fs.CREATE | fs.EXCLUSIVE).close()
        bench.has("new", b"", "a file made with CREATE | EXCLUSIVE")
        data = bench.put("old")
        with bench.refused(rs.AlreadyExists, "CREATE | EXCLUSIVE of a file that is there"):
            bench.file("old", fs.CREATE | fs.EXCLUSIVE)
        bench.has("old", data, "after EXCLUSIVE was refused")

    def test_truncate(self, bench: FileBench) -> None:
        """TRUNCATE drops what is there, when the file is opened."""
        bench.needs("writes")
        bench.put("file", b"a long content")
        bench.file("file", fs.WRITE | fs.TRUNCATE).close()
        bench.has("file", b"", "after TRUNCATE")

    def test_append(self, bench: FileBench) -> None:
        """With APPEND every write goes to the end, wherever the position is."""
        bench.needs("writes", "appends")
        bench.put("file", b"one")
        with bench.file("file", fs.WRITE | fs.APPEND) as file:
            file.write(b"two")
            file.seek(0)
            file.write(b"three")
        bench.has("file", b"onetwothree", "after two writes with APPEND")

    def test_binary_changes_nothing(self, bench: FileBench) -> None:
        """Bytes are exact with BINARY and without."""
        bench.needs("writes")
        for flags in (0, fs.BINARY):
            with bench.file(f"file-{flags}", fs.CREATE | fs.WRITE | flags) as file:
                file.write(b"a\r\nb\n\x1a\0\xff")
            bench.has(f"file-{flags}", b"a\r\nb\n\x1a\0\xff", "what was written")

    def test_create_parents(self, bench: FileBench) -> None:
        """CREATE_PARENTS makes the directories above; without it they must be there."""
        bench.needs("writes", "directories")
        with bench.refused(rs.DoesNotExist, "CREATE in a directory that is missing"):
            bench.file("no/such/file", fs.CREATE)
        bench.same(bench.here.exists("no"), False, "`exists` after that")
        bench.file("some/such/file", fs.CREATE | fs.CREATE_PARENTS).close()
        bench.has("some/such/file", b"", "a file made with CREATE_PARENTS")

    def test_lock(self, bench: FileBench) -> None:
        """LOCK keeps others out until the file is closed, or is NotImplemented."""
        bench.needs("writes")
        bench.put("file")
        try:
            file = bench.file("file", fs.READ_WRITE | fs.LOCK)
        except rs.NotImplemented as error:
            pytest.skip(str(error))
        with bench.refused(rs.NoSuccess, "LOCK of a file that somebody else has locked"):
            bench.file("file", fs.READ_WRITE | fs.LOCK)
        file.close()
        bench.file("file", fs.READ_WRITE | fs.LOCK).close()

    @pytest.mark.parametrize(
        "flags", [fs.OVERWRITE, fs.RECURSIVE, fs.EXCLUSIVE, fs.READ | fs.TRUNCATE, 1 << 30]
    )
    def test_flags_that_mean_nothing_are_refused(self, bench: FileBench, flags: int) -> None:
        """A flag is never ignored: one that `open` has no use for is BadParameter."""
        data = bench.put("file")
        with bench.refused(rs.BadParameter, f"opening a file with flags {flags}"):
            bench.file("file", flags)
        bench.has("file", data, "after flags were refused")

    def test_a_directory_is_no_file(self, bench: FileBench) -> None:
        """A `File` of a directory and a `Directory` of a file are BadParameter."""
        bench.put("folder/file")
        with bench.refused(rs.BadParameter, "a `File` of a directory"):
            bench.file("folder")
        with bench.refused(rs.BadParameter, "a `Directory` of a file"):
            bench.directory("folder/file")

    def test_a_directory_that_is_missing(self, bench: FileBench) -> None:
        """Without CREATE it does not exist."""
        with bench.refused(rs.DoesNotExist, "opening a missing directory"):
            bench.directory("missing")
        bench.same(bench.here.exists("missing"), False, "`exists` after that")

    def test_a_directory_is_made(self, bench: FileBench) -> None:
        """CREATE, EXCLUSIVE and CREATE_PARENTS are for directories, too."""
        bench.needs("directories")
        bench.directory("new", fs.CREATE)
        bench.directory("new", fs.CREATE)
        bench.same(bench.names("new"), [], "the names in a directory made with CREATE")
        with bench.refused(rs.AlreadyExists, "CREATE | EXCLUSIVE of a directory that is there"):
            bench.directory("new", fs.CREATE | fs.EXCLUSIVE)
        with bench.refused(rs.DoesNotExist, "CREATE of a directory in one that is missing"):
            bench.directory("no/such", fs.CREATE)
        bench.directory("a/b/c", fs.CREATE | fs.CREATE_PARENTS)
        bench.same(bench.names("a/b"), ["c"], "the names after CREATE_PARENTS")

    def test_make_dir(self, bench: FileBench) -> None:
        """`make_dir` makes one directory; with CREATE_PARENTS those above, and one may be there."""
        bench.needs("directories")
        bench.here.make_dir("one")
        with bench.refused(rs.AlreadyExists, "`make_dir` of a directory that is there"):
            bench.here.make_dir("one")
        with bench.refused(rs.DoesNotExist, "`make_dir` in a directory that is missing"):
            bench.here.make_dir("no/such")
        bench.here.make_dir("a/b/c", fs.CREATE_PARENTS)
        bench.here.make_dir("a/b/c", fs.CREATE_PARENTS)
        with bench.refused(rs.AlreadyExists, "`make_dir` with EXCLUSIVE of one that is there"):
            bench.here.make_dir("a/b/c", fs.CREATE_PARENTS | fs.EXCLUSIVE)
        data = bench.put("file")
        with bench.refused(rs.AlreadyExists, "`make_dir` where a file is"):
            bench.here.make_dir("file")
        bench.has("file", data, "after `make_dir` was refused")

    def test_remove(self, bench: FileBench) -> None:
        """`remove` removes one file, and what is missing does not exist."""
        bench.needs("writes")
        bench.put("file")
        bench.put("other")
        bench.here.remove("file")
        bench.same(bench.names(), ["other"], "the names after `remove`")
        with bench.refused(rs.DoesNotExist, "`remove` of what is not there"):
            bench.here.remove("file")
        bench.file("other").remove()
        bench.same(bench.names(), [], "the names after the file's own `remove`")

    def test_remove_recursive(self, bench: FileBench) -> None:
        """A directory with something in it needs RECURSIVE."""
        bench.needs("writes", "directories")
        files = bench.tree()
        with bench.refused(rs.BadParameter, "`remove` of a full directory without RECURSIVE"):
            bench.here.remove("tree")
        bench.same(bench.files("tree"), files, "the files after that")
        bench.here.remove("tree", fs.RECURSIVE)
        bench.same(bench.names(), [], "the names after `remove` with RECURSIVE")
        bench.here.make_dir("empty")
        bench.here.remove("empty")
        bench.same(bench.names(), [], "the names after `remove` of an empty directory")

    def test_what_is_closed_stays_closed(self, bench: FileBench) -> None:
        """A closed object is IncorrectState, and closing it again is fine."""
        bench.put("file")
        file, here = bench.file("file"), bench.directory()
        for each in (file, here):
            each.close()
            each.close()
        with bench.refused(rs.IncorrectState, "`read` of a closed file"):
            file.read()
        with bench.refused(rs.IncorrectState, "`list` of a closed directory"):
            here.list()
