"""Names: every one comes back as it is, and lists, searches and sizes are complete."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.storage import paths
from juncture.testing.directory_bench import texts
from juncture.testing.file_names import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from juncture.testing.file_bench import FileBench


@contextmanager
def _named(bench: FileBench, name: str) -> Generator[None]:
    """Make what has a name; skip when the back end cannot have it and does not say that it can."""
    try:
        yield
    except (rs.BadParameter, rs.NotImplemented) as error:
        if "names" in bench.can:
            raise AssertionError(
                f"`names` is declared, and {name!r} was refused: {error}"
            ) from error
        bench.same(bench.names(), [], f"the names after {name!r} was refused")
        pytest.skip(f"the back end has no {name!r:.40}: {error}")


class ListingKit:
    """What is there."""

    def test_standard_output_is_the_programs(
        self, capfd: pytest.CaptureFixture[str], bench: FileBench
    ) -> None:
        """An adaptor prints nothing, it logs: its caller may be a filter."""
        bench.put("file")
        bench.names()
        with bench.file("file") as file:
            file.read()
        bench.same(capfd.readouterr().out, "", "what was printed meanwhile")

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_a_name_comes_back(self, bench: FileBench, tmp_path: Path, name: str) -> None:
        """It is made, listed, found and opened again by its text and by its URL, and removed."""
        bench.needs("writes")
        with _named(bench, name), bench.here.open(name, fs.CREATE | fs.WRITE) as file:
            file.write(b"named")
        bench.same(bench.names(), [name], "the names that are there")
        listed = list(bench.here.list())
        bench.same(texts(listed), [name], "`list`")
        bench.same(texts(bench.here.find("*")), [name], "`find('*')`")
        for spelled in (name, listed[0], bench.url(name)):
            bench.same(bench.here.exists(spelled), True, f"`exists({spelled!r:.60})`")
            bench.same(bench.here.is_file(spelled), True, f"`is_file({spelled!r:.60})`")
            with bench.here.open(spelled) as file:
                bench.same(file.read(), b"named", f"what is in {spelled!r:.60}")
                bench.same(file.name, name, "`name`")
        bench.here.open(listed[0]).copy(bench.local_url(tmp_path / "down"))
        bench.here.remove(listed[0])
        bench.same(bench.names(), [], "the names after `remove`")
        bench.local(tmp_path / "down").copy(bench.url(name))
        bench.has(name, b"named", "a copy from this host")
        bench.here.move(bench.url(name), "other")
        bench.same(bench.names(), ["other"], "the names after `move`")

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_a_name_of_a_directory(self, bench: FileBench, name: str) -> None:
        """It is made, listed, opened and entered by what the list says, and removed."""
        bench.needs("writes", "directories")
        with _named(bench, name):
            bench.here.make_dir(name)
        inner = bench.here.open_dir(bench.here.list()[0])
        inner.open("file", fs.CREATE).close()
        bench.same(bench.names(name), ["file"], "the names in it")
        bench.same(
            texts(bench.here.list(None, fs.RECURSIVE)),
            [name, f"{name}/file"],
            "`list` with RECURSIVE",
        )
        bench.same(inner.name, name, "`name`")
        bench.here.remove(name if not set("*?[{") & {*name} else bench.here.list()[0], fs.RECURSIVE)
        bench.same(bench.names(), [], "the names after `remove`")

    def test_all_names_are_listed_once(self, bench: FileBench) -> None:
        """A directory of many files: each name once, hidden ones too, without `.` and `..`."""
        names = sorted([*(f"file-{number}" for number in range(300)), ".hidden"])
        for name in names:
            bench.put(name, b"")
        bench.same(texts(bench.here.list()), names, "`list`")
        bench.same(bench.here.get_num_entries(), 301, "`get_num_entries()`")
        entries = [paths.path_of(bench.here.get_entry(number)) for number in (0, 1, 300, -1)]
        bench.same(entries, [names[0], names[1], names[300], names[-1]], "`get_entry`, sorted")
        with bench.refused(rs.BadParameter, "`get_entry` of a number there is not"):
            bench.here.get_entry(301)

    def test_an_empty_directory(self, bench: FileBench) -> None:
        """It has no names, and its size is 0."""
        bench.same(texts(bench.here.list()), [], "`list` of the directory, which is to be empty")
        bench.same(list(bench.here.find("*")), [], "`find`")
        bench.same(bench.here.get_num_entries(), 0, "`get_num_entries()`")
        bench.same(bench.here.get_size(), 0, "`get_size()`")

    @pytest.mark.parametrize(
        ("pattern", "right"),
        [
            ("*", [".d", "a.txt", "b.txt", "c.dat"]),
            ("*.txt", ["a.txt", "b.txt"]),
            ("?.dat", ["c.dat"]),
            ("[ac].*", ["a.txt", "c.dat"]),
            ("{a,c}.*", ["a.txt", "c.dat"]),
            (".*", [".d"]),
            ("A.txt", []),
            ("none*", []),
        ],
    )
    def test_patterns(self, bench: FileBench, pattern: str, right: list[str]) -> None:
        """Those of the shell and `{a,b}`; nothing that matches is an empty list."""
        for name in ("a.txt", "b.txt", "c.dat", ".d"):
            bench.put(name)
        bench.same(texts(bench.here.list(pattern)), right, f"`list({pattern!r})`")
        bench.same(texts(bench.here.find(pattern)), right, f"`find({pattern!r})`")

    def test_lists_and_searches_go_deep(self, bench: FileBench) -> None:
        """With RECURSIVE all that is below, as relative paths; without it one level."""
        files = bench.tree()
        tree = bench.directory("tree")
        every = sorted([*files, "sub", "sub/deep", "other"])
        bench.same(texts(tree.list()), [".two", "one", "other", "sub"], "`list`")
        bench.same(texts(tree.list(None, fs.RECURSIVE)), every, "`list` with RECURSIVE")
        bench.same(texts(tree.find("*")), every, "`find`, which is RECURSIVE")
        bench.same(texts(tree.find("*", 0)), [".two", "one", "other", "sub"], "`find` without it")
        right = ["other/five", "sub/deep/four"]
        bench.same(texts(tree.find("f*")), right, "`find('f*')`")

    def test_sizes(self, bench: FileBench) -> None:
        """A file's length; of a directory, those of all files in it."""
        files = bench.tree()
        total = sum(map(len, files.values()))
        bench.same(bench.here.get_size("tree"), total, "`get_size` of a directory")
        bench.same(bench.directory("tree").size, total, "`size` of a directory")
        bench.same(bench.here.get_size("tree/sub/three"), 3, "`get_size` of a file")
        with bench.refused(rs.DoesNotExist, "`get_size` of what is not there"):
            bench.here.get_size("none")

    def test_kinds(self, bench: FileBench) -> None:
        """Files are files, directories are directories, and what is missing is neither."""
        bench.put("folder/file")
        kinds = [
            (bench.here.is_dir(name), bench.here.is_file(name), bench.here.is_entry(name))
            for name in ("folder", "folder/file", None)
        ]
        right = [(True, False, False), (False, True, True), (True, False, False)]
        bench.same(kinds, right, "`is_dir`, `is_file`, `is_entry` of directory, file, itself")
        for method in ("is_dir", "is_file", "is_entry", "is_link"):
            with bench.refused(rs.DoesNotExist, f"`{method}` of what is not there"):
                getattr(bench.here, method)("none")

    def test_exists(self, bench: FileBench) -> None:
        """True for what is there, False for what is known not to be."""
        bench.put("folder/file")
        found = [
            bench.here.exists(name)
            for name in ("folder", "folder/file", "none", "none/none", "folder/none")
        ]
        bench.same(found, [True, True, False, False, False], "`exists`")

    def test_change_dir(self, bench: FileBench) -> None:
        """The directory is another one from then on; where there is none, it stays."""
        bench.put("folder/inner/file")
        here = bench.directory()
        here.change_dir("folder")
        bench.same(texts(here.list()), ["inner"], "`list` after `change_dir`")
        bench.same(here.name, "folder", "`name` after `change_dir`")
        bench.same(here.url.path.rstrip("/"), bench.url("folder").path, "`url` after `change_dir`")
        bench.same(str(here.cwd), str(here.url), "`cwd`")
        bench.same(here.open("inner/file").read(), b"content", "what is in a relative name")
        with bench.refused(rs.DoesNotExist, "`change_dir` to what is not there"):
            here.change_dir("none")
        bench.same(here.name, "folder", "`name` after that")
        here.change_dir("inner/..")
        here.change_dir("..")
        bench.same(texts(here.list()), ["folder"], "`list` after `change_dir('..')`")

    def test_where_a_file_is(self, bench: FileBench) -> None:
        """`url`, `name` and `cwd` of a file."""
        bench.put("folder/file")
        file = bench.file("folder/file")
        bench.same((file.name, file.url.path), ("file", bench.url("folder/file").path), "name, url")
        bench.same(file.cwd.path.rstrip("/"), bench.url("folder").path, "`cwd`")
