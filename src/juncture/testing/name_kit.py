"""Names in a tree that is not of files: what catalogues and adverts promise alike.

Another object of the same URL is the oracle: what one object did, one that is opened afterwards
must see.
"""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import constants as flags
from juncture.saga.storage import paths
from juncture.testing.directory_bench import DirectoryBench, texts
from juncture.testing.file_names import NAMES
from juncture.testing.kit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class NameBench(DirectoryBench):
    """One directory of names under test; it is made if it is not there."""

    def __init__(self, kit: NameKit, url: Any, session: Any) -> None:
        super().__init__(kit, kit.kinds, url, session)
        self.here = self.directory("", flags.CREATE)

    def make(self, *names: str) -> None:
        """Have entries of these names, with the directories above them."""
        for name in names:
            self.entry(name, flags.CREATE | flags.CREATE_PARENTS).close()

    def names(self, folder: str = "", given: int = 0) -> list[str]:
        """Return the names in a directory, sorted."""
        return texts(self.directory(folder).list(None, given))


class NameKit(Kit):
    """Names, lists and changes of the tree.

    Attributes:
        kinds: The class of directories, and the class of what is in them.
    """

    kinds: tuple[Any, Any]

    @pytest.fixture
    def directory_url(self) -> Any:
        """Return the URL of an empty directory; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `directory_url`")

    @pytest.fixture
    def names(self, directory_url: Any, session: Any) -> Iterator[NameBench]:
        """Return what the tests of the kit work with."""
        bench = NameBench(self, directory_url, session)
        yield bench
        bench.here.close()

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_a_name_comes_back(self, names: NameBench, name: str) -> None:
        """It is made, listed, found and opened again by its text and by its URL, and removed."""
        try:
            names.here.open(name, flags.CREATE).close()
        except rs.BadParameter as error:
            names.same(names.names(), [], f"the names after {name!r} was refused")
            pytest.skip(f"the back end has no {name!r:.40}: {error}")
        listed = list(names.here.list())
        names.same(texts(listed), [name], "`list`")
        names.same(texts(names.here.find("*")), [name], "`find('*')`")
        for spelled in (name, listed[0], names.url(name)):
            names.same(names.here.exists(spelled), True, f"`exists({spelled!r:.60})`")
            names.same(names.here.open(spelled).name, name, "`name`")
        names.here.remove(listed[0])
        names.same(names.names(), [], "the names after `remove`")

    def test_opening(self, names: NameBench) -> None:
        """What is missing does not exist; CREATE makes it, EXCLUSIVE refuses what is there."""
        with names.refused(rs.DoesNotExist, "opening what is missing"):
            names.entry("entry")
        names.same(names.here.exists("entry"), False, "`exists` after that")
        names.entry("entry", flags.CREATE).close()
        names.entry("entry", flags.CREATE).close()
        with names.refused(rs.AlreadyExists, "CREATE | EXCLUSIVE of what is there"):
            names.entry("entry", flags.CREATE | flags.EXCLUSIVE)
        with names.refused(rs.DoesNotExist, "CREATE in a directory that is missing"):
            names.entry("no/such/entry", flags.CREATE)
        names.entry("a/b/entry", flags.CREATE | flags.CREATE_PARENTS).close()
        names.same(names.names("a/b"), ["entry"], "the names after CREATE_PARENTS")
        with names.refused(rs.BadParameter, "an entry of a directory"):
            names.entry("a")
        with names.refused(rs.BadParameter, "a directory of an entry"):
            names.directory("entry")
        with names.refused(rs.DoesNotExist, "a directory that is missing"):
            names.directory("none")
        with names.refused(rs.BadParameter, "flags that there are not"):
            names.entry("entry", 1 << 30)

    def test_make_dir(self, names: NameBench) -> None:
        """One directory is made; with CREATE_PARENTS those above."""
        names.here.make_dir("one")
        with names.refused(rs.AlreadyExists, "`make_dir` of a directory that is there"):
            names.here.make_dir("one")
        with names.refused(rs.DoesNotExist, "`make_dir` in a directory that is missing"):
            names.here.make_dir("no/such")
        names.here.make_dir("a/b", flags.CREATE_PARENTS)
        names.same(names.names(), ["a", "one"], "the names after `make_dir`")
        names.same(names.here.is_dir("a/b"), True, "`is_dir`")

    def test_lists_and_searches(self, names: NameBench) -> None:
        """Patterns are those of the shell; RECURSIVE goes deep; nothing found is an empty list."""
        names.make("one.txt", ".two", "sub/three.txt", "sub/deep/four")
        every = [".two", "one.txt", "sub", "sub/deep", "sub/deep/four", "sub/three.txt"]
        names.same(names.names(), [".two", "one.txt", "sub"], "`list`")
        names.same(names.names("", flags.RECURSIVE), every, "`list` with RECURSIVE")
        names.same(texts(names.here.list("*.txt")), ["one.txt"], "`list('*.txt')`")
        names.same(texts(names.here.list("none*")), [], "`list` of what is not there")
        right = ["one.txt", "sub/three.txt"]
        names.same(texts(names.here.find("*.txt")), right, "`find('*.txt')`")
        names.same(texts(names.here.find("*.txt", flags=0)), ["one.txt"], "`find` of one level")
        names.same(names.here.get_num_entries(), 3, "`get_num_entries()`")
        entries = [paths.path_of(names.here.get_entry(number)) for number in range(3)]
        names.same(entries, [".two", "one.txt", "sub"], "`get_entry`, sorted")

    def test_standard_output_is_the_programs(
        self, capfd: pytest.CaptureFixture[str], names: NameBench
    ) -> None:
        """An adaptor prints nothing, it logs: its caller may be a filter."""
        names.make("entry")
        names.same(names.names(), ["entry"], "`list`")
        names.here.remove("entry")
        names.same(capfd.readouterr().out, "", "what was printed meanwhile")

    def test_kinds(self, names: NameBench) -> None:
        """Entries are entries, directories are directories, and what is missing is neither."""
        names.make("sub/entry")
        found = [(names.here.is_dir(n), names.here.is_entry(n)) for n in ("sub", "sub/entry")]
        names.same(found, [(True, False), (False, True)], "`is_dir` and `is_entry`")
        found = [names.here.exists(name) for name in ("sub", "sub/entry", "none", "none/none")]
        names.same(found, [True, True, False, False], "`exists`")
        with names.refused(rs.DoesNotExist, "`is_dir` of what is not there"):
            names.here.is_dir("none")

    @pytest.mark.parametrize("method", ["copy", "move"])
    def test_copies_and_moves(self, names: NameBench, method: str) -> None:
        """Nothing is replaced without OVERWRITE, and nothing is lost."""
        names.make("one", "two", "sub/three")
        do = getattr(names.here, method)
        with names.refused(rs.AlreadyExists, f"`{method}` onto a name without OVERWRITE"):
            do("one", "two")
        do("one", "two", flags.OVERWRITE)
        kept = ["one"] if method == "copy" else []
        names.same(names.names(), [*kept, "sub", "two"], f"the names after `{method}`")
        do("two", "sub")
        names.same(names.names("sub"), ["three", "two"], f"after `{method}` into a directory")
        with names.refused(rs.DoesNotExist, f"`{method}` of what is not there"):
            do("none", "new")
        with names.refused(rs.DoesNotExist, f"`{method}` into a directory that is missing"):
            do("sub/three", "no/such")
        with names.refused(rs.BadParameter, f"`{method}` onto itself"):
            do("sub/three", "sub/three", flags.OVERWRITE)
        with names.refused(rs.BadParameter, f"`{method}` of a directory into itself"):
            do("sub", "sub/inner", flags.RECURSIVE)
        do("sub", "other", flags.RECURSIVE)
        names.same(names.names("other"), ["three", "two"], f"after `{method}` of a directory")
        names.same(names.here.exists("sub"), method == "copy", "`exists` of the source then")

    def test_remove(self, names: NameBench) -> None:
        """A directory with something in it needs RECURSIVE, and goes with all of it."""
        names.make("one", "sub/deep/two")
        names.here.remove("one")
        with names.refused(rs.DoesNotExist, "`remove` of what is not there"):
            names.here.remove("one")
        with names.refused(rs.BadParameter, "`remove` of a full directory without RECURSIVE"):
            names.here.remove("sub")
        names.same(names.here.exists("sub/deep/two"), True, "`exists` of what is in it then")
        names.here.remove("sub", flags.RECURSIVE)
        names.same(names.names(), [], "the names after `remove` with RECURSIVE")
        names.make("sub/new")
        names.same(names.names("sub"), ["new"], "the names in a directory that is made again")

    def test_change_dir(self, names: NameBench) -> None:
        """The directory is another one from then on; where there is none, it stays."""
        names.make("sub/entry")
        here = names.directory()
        here.change_dir("sub")
        names.same(texts(here.list()), ["entry"], "`list` after `change_dir`")
        with names.refused(rs.DoesNotExist, "`change_dir` to what is not there"):
            here.change_dir("none")
        names.same(here.name, "sub", "`name` after `change_dir`")
        here.change_dir("..")
        names.same(texts(here.list()), ["sub"], "`list` after `change_dir('..')`")

    def test_what_is_closed_stays_closed(self, names: NameBench) -> None:
        """A closed directory is IncorrectState."""
        here = names.directory()
        here.close()
        with names.refused(rs.IncorrectState, "`list` of a closed directory"):
            here.list()

    def test_bulk(self, names: NameBench) -> None:
        """In a container each removal has its own outcome."""
        names.make("0", "1", "2")
        tasks = [names.here.remove(name, ttype=rs.task.TASK) for name in ("0", "none", "2")]
        right = [rs.task.DONE, "DoesNotExist", rs.task.DONE]
        names.same(names.outcomes(tasks), right, "the outcomes of removals in bulk")
        names.same(names.names(), ["1"], "the names after removals in bulk")

    def test_one_of_many_makes_a_name(self, names: NameBench) -> None:
        """Of many who make a name with EXCLUSIVE, one does."""
        exclusive = flags.CREATE | flags.EXCLUSIVE
        found = names.at_once(lambda: names.entry("entry", exclusive).close(), 8)
        names.same(found, ["AlreadyExists"] * 7 + ["Done"], "EXCLUSIVE in 8 threads")

    def test_attributes(self, names: NameBench) -> None:
        """They are of a name, any text, seen by others, found, kept by a move and gone with it."""
        names.make("entry", "other")
        entry = names.entry("entry", flags.READ_WRITE)
        for key, value in (("kind", "image"), ("a key: 100%", "größe\n'\"\\"), ("empty", "")):
            entry.set_attribute(key, value)
        entry.set_attribute("list", ["a", "b c", ""])
        twin = names.entry("entry")
        right = ["a key: 100%", "empty", "kind", "list"]
        names.same(sorted(twin.list_attributes()), right, "`list_attributes` of another object")
        names.same(twin.get_attribute("a key: 100%"), "größe\n'\"\\", "`get_attribute`")
        names.same(twin.get_attribute("empty"), "", "`get_attribute` of an empty text")
        names.same(list(twin.get_vector_attribute("list")), ["a", "b c", ""], "a list")
        names.same(list(names.entry("other").list_attributes()), [], "those of another name")
        names.same(list(twin.find_attributes("kind=im*")), ["kind"], "`find_attributes`")
        names.same(texts(names.here.find("*", "kind=image")), ["entry"], "`find` by attribute")
        names.same(texts(names.here.find("*", "kind=other")), [], "`find` of what nothing has")
        with names.refused(rs.DoesNotExist, "`get_attribute` of one that is not there"):
            twin.get_attribute("none")
        entry.remove_attribute("empty")
        names.same(twin.attribute_exists("empty"), False, "`attribute_exists` after its removal")
        names.here.move("entry", "moved")
        names.same(names.entry("moved").get_attribute("kind"), "image", "an attribute after `move`")
        names.here.remove("moved")
        names.make("moved")
        names.same(list(names.entry("moved").list_attributes()), [], "those of a new name")
