"""One directory made like another."""

import unicodedata

import pytest
from unit.saga.storage.memory_store import ALL, MemoryStore

from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, SagaException
from juncture.saga.storage import rsync
from juncture.saga.storage.parts import is_part, part_name
from juncture.saga.storage.sync import CHANGED, NEW, REMOVED, Sync
from juncture.saga.storage.sync_alike import is_as_old
from juncture.saga.storage.transfer import Canceled, Incomplete
from juncture.saga.storage.values import TIMES


@pytest.fixture
def here():
    store = MemoryStore("memory://here")
    store.put("/s/a", b"a" * 10)
    store.put("/s/sub/b", b"b" * 10)
    store.put("/s/sub/deep/c", b"c" * 10)
    store.link("/s/link", "a")
    return store


@pytest.fixture
def there():
    return MemoryStore("memory://there")


def below(store, path):
    return {name[len(path) :]: data for name, data in store.files(f"{path}/").items()}


def planned(sync):
    return sorted((change.what, change.path) for change in sync.changes())


def written(store):
    names = [path for call, path, *_ in store.calls if call == "open_write"]
    store.calls.clear()
    return len(names)


def test_only_what_is_new_or_changed_is_copied(here, there):
    sync = Sync(here, "/s", there, "/t")
    assert planned(sync) == [
        (NEW, "a"),
        (NEW, "link"),
        (NEW, "sub"),
        (NEW, "sub/b"),
        (NEW, "sub/deep"),
        (NEW, "sub/deep/c"),
    ]
    assert list(there.nodes) == ["/"]
    assert sync.run() is None
    assert below(there, "/t") == below(here, "/s")
    assert written(there) == 3
    assert planned(sync) == []
    assert sync.run() is None
    assert written(there) == 0
    here.put("/s/a", b"longer than before")
    here.nodes["/s/sub/b"].data[:1] = b"x"
    here.nodes["/s/sub/b"].mtime += 1
    here.nodes["/s/link"].text = "sub/b"
    assert planned(sync) == [(CHANGED, "a"), (CHANGED, "link"), (CHANGED, "sub/b")]
    assert sync.run() is None
    assert below(there, "/t") == below(here, "/s")
    assert there.nodes["/t/link"].text == "sub/b"
    assert written(there) == 2


def test_the_texts_of_many_links_are_read_together(here, there):
    for number in range(600):
        here.link(f"/s/sub/{number}", "b")
    assert Sync(here, "/s", there, "/t").run() is None
    here.nodes["/s/sub/77"].text = "deep"
    asked = []

    def read_link_many(paths):
        paths = list(paths)
        asked.append(len(paths))
        return (there.nodes[path].text for path in paths)

    there.read_link_many = read_link_many
    there.read_link = None
    assert planned(Sync(here, "/s", there, "/t")) == [(CHANGED, "sub/77")]
    assert sorted(asked) == [1, 88, 256, 256]


def test_checksums_find_what_length_and_time_do_not(here, there):
    assert Sync(here, "/s", there, "/t").run() is None
    there.nodes["/t/a"].data[:1] = b"x"
    there.nodes["/t/sub/b"].mtime += 10
    assert planned(Sync(here, "/s", there, "/t")) == [(CHANGED, "sub/b")]
    sync = Sync(here, "/s", there, "/t", checksum="sha256")
    assert planned(sync) == [(CHANGED, "a")]
    assert sync.run() is None
    assert below(there, "/t") == below(here, "/s")


def test_what_is_not_in_the_source_is_removed_only_if_that_is_asked_for(here, there):
    there.put("/t/extra/deep/x", b"x")
    there.put("/t/sub/y", b"y")
    part = there.put(part_name("/t/sub/z"), b"z")
    assert Sync(here, "/s", there, "/t").run() is None
    assert {"/t/extra/deep/x", "/t/sub/y"} <= set(there.files())
    sync = Sync(here, "/s", there, "/t", delete=True)
    assert planned(sync) == [(REMOVED, "extra"), (REMOVED, "sub/y")]
    assert sync.run() is None
    assert below(there, "/t") == {**below(here, "/s"), part[2:]: b"z"}
    assert "/t/extra" not in there.nodes


def test_nothing_is_removed_where_the_source_could_not_be_read(here, there):
    assert Sync(here, "/s", there, "/t").run() is None
    here.faults.denied.add("/s/sub")
    before = there.files()
    assert isinstance(Sync(here, "/s", there, "/t", delete=True).run(), SagaException)
    assert there.files() == before


def test_nothing_is_removed_when_the_source_is_not_there(here, there):
    there.put("/t/a", b"a")
    sync = Sync(here, "/nowhere", there, "/t", delete=True)
    assert isinstance(sync.run(), DoesNotExist)
    with pytest.raises(DoesNotExist):
        list(sync.changes())
    with pytest.raises(BadParameter):
        list(Sync(here, "/s/a", there, "/t").changes())
    assert there.files() == {"/t/a": b"a"}


class Folding(dict):
    """Names of a back end that keeps how a name is spelled, and takes all spellings for one."""

    def spelled(self, path):
        folded = unicodedata.normalize("NFD", path).casefold()
        found = (one for one in self if unicodedata.normalize("NFD", one).casefold() == folded)
        return next(found, path)

    def __getitem__(self, path):
        return super().__getitem__(self.spelled(path))

    def __setitem__(self, path, node):
        super().__setitem__(self.spelled(path), node)

    def __delitem__(self, path):
        super().__delitem__(self.spelled(path))

    def __contains__(self, path):
        return super().__contains__(self.spelled(path))

    def get(self, path):
        return super().get(self.spelled(path))

    def pop(self, path):
        return super().pop(self.spelled(path))


@pytest.mark.parametrize(("old", "new"), [("readme", "README"), ("e\u0301", "\u00e9")])
def test_a_name_that_is_there_in_another_spelling_is_not_removed(there, old, new):
    here = MemoryStore("memory://here")
    here.put(f"/s/{new}", b"new content")
    there.nodes = Folding(there.nodes)
    there.put(f"/t/{old}", b"old")
    sync = Sync(here, "/s", there, "/t", delete=True)
    assert planned(sync) == [(CHANGED, new)]
    assert sync.run() is None
    assert there.files() == {f"/t/{old}": b"new content"}
    assert planned(sync) == []
    there.nodes = dict(there.nodes)
    assert planned(sync) == sorted([(REMOVED, old), (NEW, new)])
    assert sync.run() is None
    assert there.files() == {f"/t/{new}": b"new content"}


def test_another_kind_of_thing_is_in_the_way_unless_it_may_be_removed(here, there):
    there.put("/t/a/x", b"x")
    there.put("/t/sub", b"file")
    sync = Sync(here, "/s", there, "/t")
    outcome = sync.run()
    assert isinstance(outcome, Incomplete)
    assert {type(error) for error in outcome.failures} == {AlreadyExists}
    assert there.files()["/t/a/x"] == b"x"
    assert there.files()["/t/sub"] == b"file"
    sync = Sync(here, "/s", there, "/t", delete=True)
    list(sync.changes())
    assert there.files()["/t/a/x"] == b"x"
    assert sync.run() is None
    assert below(there, "/t") == below(here, "/s")


def test_a_sync_that_is_canceled_before_the_large_files_is_no_success(here, there, monkeypatch):
    """What is left to rsync has not been done when all else has been."""
    monkeypatch.setattr(rsync, "is_usable", lambda *_: True)
    large = bytes(rsync.SMALLEST_BYTES)
    here.put("/s/large", large)
    assert Sync(here, "/s", there, "/t").run() is None
    here.nodes["/s/large"].data[:1] = b"x"
    here.nodes["/s/large"].mtime += 1
    sync = Sync(here, "/s", there, "/t")
    here.put("/s/new", b"new")
    outcome = sync.run(lambda _: sync.cancel() if "/t/new" in there.files() else None)
    assert "/t/new" in there.files()
    assert there.files()["/t/large"] == large
    assert isinstance(outcome, Canceled)


def test_a_target_without_times_is_compared_by_age(here):
    there = MemoryStore("memory://there", ALL - {TIMES})
    sync = Sync(here, "/s", there, "/t")
    assert sync.run() is None
    assert planned(sync) == []
    here.nodes["/s/a"].mtime = there.nodes["/t/a"].mtime + 1
    assert planned(sync) == [(CHANGED, "a")]


@pytest.mark.parametrize(
    ("source", "target", "kept", "same"),
    [
        (100.25, 100.25, True, True),
        (100.25, 100.75, True, False),
        (100.25, 100.0, True, True),
        (100.0, 100.9, True, True),
        (101.25, 100.0, True, False),
        (100.0, 100.5, False, True),
        (100.5, 100.0, False, False),
        (None, 100.0, True, False),
        (100.0, None, False, False),
    ],
)
def test_times_are_compared_as_both_keep_them(source, target, kept, same):
    assert is_as_old(source, target, kept=kept) is same


def test_a_part_is_known_by_its_name():
    assert is_part(part_name("/a/b").rpartition("/")[2])
    for name in (".b.part", "b.part", ".b.0123456789abcdeg.part", "b.0123456789abcdef.part"):
        assert not is_part(name)
