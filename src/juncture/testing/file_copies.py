"""Copies, moves and links: within the directory, and from and to this host.

What already has the target's name is never lost without OVERWRITE, and never half replaced with it.
"""

from __future__ import annotations

import threading

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.storage.parts import is_part
from juncture.testing import file_source, oracle
from juncture.testing.directory_bench import in_threads
from juncture.testing.file_bytes import SIZES, content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from juncture.testing.file_bench import FileBench


class CopiesKit:
    """What is copied, moved and linked."""

    def test_copy(self, bench: FileBench) -> None:
        """A copy has the same bytes, and the source stays."""
        bench.needs("writes")
        data = bench.put("source", content(300_000))
        bench.here.copy("source", "target")
        bench.has("target", data, "a copy")
        bench.has("source", data, "the source of a copy")
        bench.file("source").copy(bench.url("other"))
        bench.has("other", data, "a copy to a URL")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_overwrite(self, bench: FileBench, method: str) -> None:
        """Without OVERWRITE what is there stays: AlreadyExists; with it, it is replaced."""
        bench.needs("writes")
        data = bench.put("source", b"the source")
        old = bench.put("target", b"what was there")
        with bench.refused(rs.AlreadyExists, f"`{method}` onto a file without OVERWRITE"):
            getattr(bench.here, method)("source", "target")
        bench.has("target", old, f"after `{method}` was refused")
        bench.has("source", data, f"the source after `{method}` was refused")
        getattr(bench.here, method)("source", "target", fs.OVERWRITE)
        bench.has("target", data, f"after `{method}` with OVERWRITE")
        right = ["source", "target"] if method == "copy" else ["target"]
        bench.same(bench.names(), right, f"the names after `{method}`")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_into_a_directory(self, bench: FileBench, method: str) -> None:
        """A target that is a directory gets the source under its own name."""
        bench.needs("writes", "directories")
        data = bench.put("source")
        bench.put("folder/there")
        getattr(bench.here, method)("source", "folder")
        bench.has("folder/source", data, f"after `{method}` into a directory")
        bench.same(bench.names("folder"), ["source", "there"], "the names in it")
        bench.same("source" in bench.names(), method == "copy", "whether the source is still there")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_parents_of_a_target(self, bench: FileBench, method: str) -> None:
        """They are made with CREATE_PARENTS, and must be there without it."""
        bench.needs("writes", "directories")
        data = bench.put("source")
        with bench.refused(rs.DoesNotExist, f"`{method}` into a directory that is missing"):
            getattr(bench.here, method)("source", "no/such/target")
        bench.same(bench.names(), ["source"], f"the names after `{method}` was refused")
        getattr(bench.here, method)("source", "a/b/target", fs.CREATE_PARENTS)
        bench.has("a/b/target", data, f"after `{method}` with CREATE_PARENTS")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_a_source_that_is_missing(self, bench: FileBench, method: str) -> None:
        """It does not exist, and nothing is made of it."""
        bench.needs("writes")
        with bench.refused(rs.DoesNotExist, f"`{method}` of what is not there"):
            getattr(bench.here, method)("none", "target")
        old = bench.put("target")
        with bench.refused(rs.DoesNotExist, f"`{method}` of what is not there"):
            getattr(bench.here, method)("none", "target", fs.OVERWRITE)
        bench.has("target", old, "the target after that")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_onto_itself(self, bench: FileBench, method: str) -> None:
        """It is refused, and nothing is lost."""
        bench.needs("writes")
        data = bench.put("folder/source")
        for target in ("folder/source", "folder/../folder/source", bench.url("folder/source")):
            with bench.refused(rs.BadParameter, f"`{method}` of a file onto itself"):
                getattr(bench.here, method)("folder/source", target, fs.OVERWRITE)
        with bench.refused(rs.BadParameter, f"`{method}` of a directory into itself"):
            getattr(bench.here, method)("folder", "folder/inner", fs.RECURSIVE)
        bench.has("folder/source", data, "after that")
        bench.same(bench.names("folder"), ["source"], "the names after that")

    def test_a_copy_of_a_directory(self, bench: FileBench) -> None:
        """It needs RECURSIVE, and is complete."""
        bench.needs("writes", "directories")
        files = bench.tree()
        with bench.refused(rs.BadParameter, "`copy` of a directory without RECURSIVE"):
            bench.here.copy("tree", "other")
        bench.same(bench.names(), ["tree"], "the names after that")
        bench.here.copy("tree", "other", fs.RECURSIVE)
        bench.same(bench.files("other"), files, "the files of a copy")
        bench.here.copy("tree", "other", fs.RECURSIVE)
        bench.same(bench.files("other/tree"), files, "the files of a copy into a directory")

    def test_a_move_of_a_directory(self, bench: FileBench) -> None:
        """All of it is at the target then, and nothing where it was."""
        bench.needs("writes", "directories")
        files = bench.tree()
        bench.here.move("tree", "other")
        bench.same(bench.names(), ["other"], "the names after `move`")
        bench.same(bench.files("other"), files, "the files of what was moved")

    def test_a_moved_file_is_at_its_target(self, bench: FileBench) -> None:
        """The object goes along."""
        bench.needs("writes")
        data = bench.put("source")
        file = bench.file("source")
        file.move("target")
        bench.same((file.name, file.read()), ("target", data), "name and content after `move`")
        bench.same(bench.names(), ["target"], "the names after `move`")

    @pytest.mark.parametrize("size", SIZES)
    def test_from_and_to_this_host(self, bench: FileBench, tmp_path: Path, size: int) -> None:
        """A file goes to `file://` and comes from it with every byte."""
        data = bench.put("source", content(size))
        bench.file("source").copy(bench.local_url(tmp_path / "down"))
        oracle.same_bytes((tmp_path / "down").read_bytes(), data, "a copy to this host")
        if "writes" in bench.can:
            there = bench.local(tmp_path / "down")
            there.copy(bench.url("target"), checksum="sha256")
            bench.has("target", data, "a copy from this host")

    def test_a_directory_from_and_to_this_host(self, bench: FileBench, tmp_path: Path) -> None:
        """A whole tree goes down and up again."""
        files = bench.tree()
        bench.directory().copy("tree", bench.local_url(tmp_path / "down"), fs.RECURSIVE)
        for path, data in files.items():
            oracle.same_bytes((tmp_path / "down" / path).read_bytes(), data, f"`{path}` here")
        bench.needs("writes", "directories")
        local = bench.local_directory(tmp_path)
        local.copy("down", bench.url("up"), fs.RECURSIVE)
        bench.same(bench.files("up"), files, "the files of a copy from this host")

    def test_what_is_there_is_kept_when_it_comes_from_this_host(
        self, bench: FileBench, tmp_path: Path
    ) -> None:
        """OVERWRITE means the same between stores, both ways."""
        data = bench.put("file", b"over there")
        (tmp_path / "file").write_bytes(b"here")
        with bench.refused(rs.AlreadyExists, "`copy` to this host onto a file without OVERWRITE"):
            bench.file("file").copy(bench.local_url(tmp_path / "file"))
        oracle.same_bytes((tmp_path / "file").read_bytes(), b"here", "a file that was there")
        bench.needs("writes")
        with bench.refused(rs.AlreadyExists, "`copy` from this host onto a file without OVERWRITE"):
            bench.local(tmp_path / "file").copy(bench.url("file"))
        bench.has("file", data, "after `copy` was refused")
        bench.local(tmp_path / "file").copy(bench.url("file"), fs.OVERWRITE)
        bench.has("file", b"here", "after `copy` with OVERWRITE")

    @pytest.mark.parametrize("fault", ["half", "short"])
    def test_a_copy_that_breaks_off_leaves_no_half(self, bench: FileBench, fault: str) -> None:
        """A large file is under its name when it is whole, not before, and else never.

        The source breaks, or ends too early. Parts that are kept, to go on with, have other names.
        """
        bench.needs("writes")
        rs.engine.getEngine().register_adaptor("juncture.testing.file_source")
        old = bench.put("old", b"what was there")
        seen: list[bool] = []
        file_source.at_half.append(lambda: seen.append(bench.directory().exists("new")))
        try:
            for target in ("new", "old"):
                source = fs.File(f"broken://{fault}/{target}", session=bench.session)
                with bench.refused(rs.NoSuccess, "a copy whose source broke off"):
                    source.copy(bench.url(target), fs.OVERWRITE)
        finally:
            file_source.at_half.clear()
        assert seen, "the source of the copy was not read"
        assert not any(seen), "a file is there under its final name while it is being copied"
        whole = [name for name in bench.names() if not is_part(name)]
        bench.same(whole, ["old"], "the names after copies that broke off")
        bench.has("old", old, "a target whose copy broke off")
        for name in {*bench.names()} - {"old"}:
            bench.here.remove(name)

    def test_readers_never_see_a_half(self, bench: FileBench, tmp_path: Path) -> None:
        """Who reads a file while it is replaced gets the old one or the new one."""
        bench.needs("writes", "replaces")
        kinds = [b"a" * 60_000, b"b" * 60_000]
        for number, kind in enumerate(kinds):
            (tmp_path / str(number)).write_bytes(kind)
        bench.put("file", kinds[0])
        over: list[bool] = []
        found: list[object] = []
        reads = threading.Semaphore(0)

        def replace() -> None:
            try:
                for turn in range(20):
                    # However busy this host is, the readers have read since the last turn.
                    assert reads.acquire(timeout=bench.patience_s), "nobody reads any more"
                    bench.local(tmp_path / str(turn % 2)).copy(bench.url("file"), fs.OVERWRITE)
            except Exception as error:  # noqa: BLE001 - what the test compares
                found.append(error)
            over.append(True)

        def read() -> None:
            while not over:
                try:
                    with bench.file("file") as file:
                        found.append(file.read())
                except Exception as error:  # noqa: BLE001 - what the test compares
                    found.append(error)
                reads.release()

        in_threads([replace, read, read], bench.patience_s)
        wrong = [each for each in found if each not in kinds]
        assert not wrong, (
            f"{len(wrong)} of {len(found)} reads while a file was replaced got neither the old "
            f"nor the new one, the first: {wrong[0]!r:.120}"
        )

    def test_links(self, bench: FileBench) -> None:
        """A link leads to what it says, is not what it leads to, and is removed by itself."""
        bench.needs("writes", "links")
        data = bench.put("folder/file")
        bench.here.link("folder/file", "link")
        bench.same(bench.here.is_link("link"), True, "`is_link` of a link")
        bench.same(bench.here.is_link("folder/file"), False, "`is_link` of a file")
        bench.same(bench.here.open("link").read(), data, "what is read through a link")
        bench.same(bench.here.read_link("link").path, bench.url("folder/file").path, "`read_link`")
        with bench.refused(rs.BadParameter, "`read_link` of a file"):
            bench.here.read_link("folder/file")
        bench.put("other", b"other")
        with bench.refused(rs.AlreadyExists, "`link` where a file is, without OVERWRITE"):
            bench.here.link("folder/file", "other")
        bench.has("other", b"other", "after `link` was refused")
        bench.here.link("folder/file", "other", fs.OVERWRITE)
        bench.same(bench.here.is_link("other"), True, "`is_link` after `link` with OVERWRITE")
        bench.here.remove("link")
        bench.has("folder/file", data, "what a link led to that was removed")
        bench.here.remove("other", fs.DEREFERENCE)
        bench.same(bench.names("folder"), [], "the names after `remove` with DEREFERENCE")
        bench.same(bench.here.exists("other"), True, "`exists` of a link that leads nowhere")
        with bench.refused(rs.DoesNotExist, "opening a link that leads nowhere"):
            bench.here.open("other")

    def test_copies_of_links(self, bench: FileBench, tmp_path: Path) -> None:
        """Links are copied as links; with DEREFERENCE what they lead to is."""
        bench.needs("writes", "directories", "links")
        bench.put("tree/file", b"linked")
        bench.here.link("tree/file", "tree/link")
        bench.here.copy("tree", "as", fs.RECURSIVE)
        bench.same(bench.here.is_link("as/link"), True, "`is_link` of a link's copy")
        bench.here.copy("tree", "to", fs.RECURSIVE | fs.DEREFERENCE)
        bench.same(bench.here.is_link("to/link"), False, "`is_link` of a copy with DEREFERENCE")
        bench.has("to/link", b"linked", "a copy with DEREFERENCE")
        bench.here.copy("tree", bench.local_url(tmp_path / "down"), fs.RECURSIVE | fs.DEREFERENCE)
        assert not (tmp_path / "down" / "link").is_symlink()
        oracle.same_bytes((tmp_path / "down" / "link").read_bytes(), b"linked", "a linked file")

    def test_a_loop_of_links_ends(self, bench: FileBench) -> None:
        """Searches and copies of directories that lead to each other come to an end."""
        bench.needs("writes", "directories", "links")
        bench.put("tree/file", b"in a loop")
        bench.here.make_dir("other")
        bench.here.link("other", "tree/to")
        bench.here.link("tree", "other/fro")
        tree = bench.directory("tree")
        names = sorted(str(each) for each in tree.find("*"))
        bench.same(names, ["file", "to"], "`find` in a loop")
        below = [str(each) for each in tree.find("file", fs.RECURSIVE | fs.DEREFERENCE)]
        assert "file" in below, "`find` in a loop with DEREFERENCE found nothing"
        bench.here.copy("tree", "copy", fs.RECURSIVE)
        bench.has("copy/file", b"in a loop", "a copy of a loop")
        with bench.refused(rs.SagaException, "`copy` of a loop with DEREFERENCE"):
            bench.here.copy("tree", "copies", fs.RECURSIVE | fs.DEREFERENCE)
        bench.here.remove("tree", fs.RECURSIVE)
        bench.same(bench.names("other"), ["fro"], "what a link led to whose directory was removed")

    def test_sync(self, bench: FileBench, tmp_path: Path) -> None:
        """`sync` copies what differs, and with `delete` removes what is not in the source."""
        bench.needs("writes", "directories")
        for name, text in (("same", "1"), ("changed", "2"), ("new", "3")):
            (tmp_path / "from").mkdir(exist_ok=True)
            (tmp_path / "from" / name).write_text(text)
        bench.put("to/same", b"1")
        bench.put("to/changed", b"old content")
        bench.put("to/more", b"4")
        here = bench.local_directory(tmp_path)
        here.sync("from", bench.url("to"), checksum=True)
        right = {"same": b"1", "changed": b"2", "new": b"3", "more": b"4"}
        bench.same(bench.files("to"), right, "the files after `sync`")
        here.sync("from", bench.url("to"), checksum=True, delete=True)
        del right["more"]
        bench.same(bench.files("to"), right, "the files after `sync` with `delete`")
