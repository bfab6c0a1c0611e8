"""Copies between stores that do what they should, and outcomes when something is in the way."""

import threading

import pytest
from processes import PATIENCE_S
from unit.saga.storage.memory_store import ALL, MemoryStore

from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    PermissionDenied,
)
from juncture.saga.storage.transfer import Canceled, Incomplete, Request, Transfer
from juncture.saga.storage.values import LINKS, WHOLE, Stat

LARGE = bytes(range(256)) * 4096
SIZES = pytest.mark.parametrize("data", [b"", b"small", LARGE], ids=["empty", "small", "large"])


@pytest.fixture
def here():
    return MemoryStore("memory://here")


@pytest.fixture(params=["parts", "whole"])
def there(request):
    return MemoryStore("memory://there", {WHOLE} if request.param == "whole" else ALL)


def one(source, path, target, new, *, checksum=None, **options):
    (outcome,) = Transfer([Request(source, path, target, new, **options)], checksum=checksum).run()
    return outcome


@SIZES
def test_a_file_is_copied_with_its_mode_and_time(here, data):
    there = MemoryStore("memory://there")
    here.put("/a", data, mode=0o600)
    here.nodes["/a"].mtime = 17.5
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": data}
    assert (there.nodes["/b"].mode, there.nodes["/b"].mtime) == (0o600, 17.5)


@SIZES
@pytest.mark.parametrize("checksum", [None, "sha256"])
def test_a_file_that_is_there_is_replaced_only_if_that_is_asked_for(here, there, data, checksum):
    here.put("/a", data)
    there.put("/b", b"old")
    assert isinstance(one(here, "/a", there, "/b", checksum=checksum), AlreadyExists)
    assert there.files() == {"/b": b"old"}
    assert one(here, "/a", there, "/b", replace=True, checksum=checksum) is None
    assert there.files() == {"/b": data}


@SIZES
@pytest.mark.parametrize("replace", [False, True])
def test_a_file_goes_into_a_directory_under_its_own_name(here, there, data, replace):
    here.put("/a", data)
    there.dirs("/d")
    assert one(here, "/a", there, "/d", replace=replace) is None
    assert there.files() == {"/d/a": data}


@SIZES
def test_parents_are_made_only_if_that_is_asked_for(here, data):
    there = MemoryStore("memory://there")
    here.put("/a", data)
    assert isinstance(one(here, "/a", there, "/x/y/b"), DoesNotExist)
    assert list(there.nodes) == ["/"]
    assert one(here, "/a", there, "/x/y/b", make_parents=True) is None
    assert there.files() == {"/x/y/b": data}


def test_each_of_many_requests_has_its_own_outcome(here, there):
    names = [f"/{number}" for number in range(300)]
    for name in names:
        here.put(name, name.encode())
    del here.nodes["/7"]
    here.faults.denied.add("/9")
    there.put("/11", b"old")
    told = []
    transfer = Transfer(
        [Request(here, name, there, name) for name in names],
        on_outcome=lambda request, outcome: told.append((request.source, type(outcome))),
    )
    outcomes = transfer.run()
    failed = {number: type(found) for number, found in enumerate(outcomes) if found is not None}
    assert failed == {7: DoesNotExist, 9: PermissionDenied, 11: AlreadyExists}
    expected = {name: name.encode() for name in names if name not in {"/7", "/9", "/11"}}
    assert there.files() == {**expected, "/11": b"old"}
    assert sorted(told) == sorted(
        (name, type(outcome)) for name, outcome in zip(names, outcomes, strict=True)
    )


def test_copies_between_several_pairs_of_stores_run_side_by_side(here):
    # Each pair waits until the other has begun.
    barrier = threading.Barrier(2, timeout=PATIENCE_S)
    targets = [MemoryStore(f"memory://{number}") for number in range(2)]
    here.put("/a", b"data")
    for target in targets:
        target.faults.on_write = lambda path, offset: barrier.wait()
    requests = [Request(here, "/a", target, "/a") for target in targets]
    assert Transfer(requests).run() == [None, None]
    assert [target.files() for target in targets] == [{"/a": b"data"}] * 2


def test_a_file_is_not_copied_onto_itself(here):
    here.put("/d/a", b"data")
    assert isinstance(one(here, "/d/a", here, "/d/a", replace=True), BadParameter)
    assert isinstance(one(here, "/d/a", here, "/d", replace=True), BadParameter)
    assert here.files() == {"/d/a": b"data"}


# Directories ------------------------------------------------------------------------------------


@pytest.fixture
def tree(here):
    """Fill a directory with files of all sizes, an empty directory and links."""
    here.put("/t/a", b"a", mode=0o640)
    here.put("/t/sub/b", LARGE)
    here.put("/t/sub/deep er/c\udcff", b"c")
    here.dirs("/t/empty")
    here.link("/t/link", "sub/b")
    here.link("/t/dangling", "nowhere")
    here.nodes["/t/sub"].mode = 0o500
    here.nodes["/t/sub"].mtime = 99.0
    return {"/a": b"a", "/sub/b": LARGE, "/sub/deep er/c\udcff": b"c"}


def below(store, path):
    return {name[len(path) :]: data for name, data in store.files(f"{path}/").items()}


def test_a_directory_is_copied_with_all_that_is_in_it(here, tree):
    there = MemoryStore("memory://there")
    assert one(here, "/t", there, "/new", recursive=True) is None
    assert below(there, "/new") == tree
    assert there.nodes["/new/link"].text == "sub/b"
    assert there.nodes["/new/dangling"].text == "nowhere"
    assert "/new/empty" in there.nodes
    assert (there.nodes["/new/sub"].mode, there.nodes["/new/sub"].mtime) == (0o500, 99.0)
    # Once more: the directory is there, so the copy goes into it.
    assert one(here, "/t", there, "/new", recursive=True) is None
    assert below(there, "/new/t") == tree


def test_a_directory_needs_the_flag(here, tree):
    there = MemoryStore("memory://there")
    outcome = one(here, "/t", there, "/new")
    assert isinstance(outcome, BadParameter)
    assert "RECURSIVE" in outcome.message
    assert list(there.nodes) == ["/"]


def test_the_content_is_merged_if_that_is_asked_for(here, tree):
    there = MemoryStore("memory://there")
    there.put("/new/a", b"old")
    there.put("/new/other", b"other")
    options = {"recursive": True, "merge": True}
    outcome = one(here, "/t", there, "/new", **options)
    assert isinstance(outcome, Incomplete)
    assert [type(error) for error in outcome.failures] == [AlreadyExists]
    assert below(there, "/new") == {**tree, "/a": b"old", "/other": b"other"}
    there.remove("/new/link")
    there.link("/new/link", "elsewhere")
    assert one(here, "/t", there, "/new", replace=True, **options) is None
    assert below(there, "/new") == {**tree, "/other": b"other"}
    assert there.nodes["/new/link"].text == "sub/b"


def test_links_are_followed_if_that_is_asked_for(here):
    there = MemoryStore("memory://there")
    here.put("/outside/x", b"x")
    here.put("/t/a", b"a")
    here.link("/t/dir", "../outside")
    here.link("/t/file", "a")
    assert one(here, "/t", there, "/new", recursive=True, dereference=True) is None
    assert below(there, "/new") == {"/a": b"a", "/file": b"a", "/dir/x": b"x"}


def test_a_loop_of_links_ends_and_is_told(here):
    there = MemoryStore("memory://there")
    here.put("/t/sub/a", b"a")
    here.link("/t/sub/up", "..")
    here.link("/t/self", "self")
    outcome = one(here, "/t", there, "/new", recursive=True, dereference=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 2
    assert [type(error) for error in outcome.failures] == [BadParameter] * 2
    assert below(there, "/new") == {"/sub/a": b"a"}


def test_a_directory_is_not_copied_into_itself(here, tree):
    here.link("/other", "/t/sub")
    for target in ("/t/new", "/t", "/other/new", "/other"):
        outcome = one(here, "/t", here, target, recursive=True)
        assert isinstance(outcome, BadParameter), target
    assert below(here, "/t") == tree


def test_what_is_denied_in_a_tree_leaves_the_rest(here, tree):
    there = MemoryStore("memory://there")
    for number in range(10):
        here.put(f"/t/many/{number}", b"x")
        here.faults.denied.add(f"/t/many/{number}")
    here.faults.denied.add("/t/sub/deep er")
    outcome = one(here, "/t", there, "/new", recursive=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 11
    assert {type(error) for error in outcome.failures} == {PermissionDenied}
    assert outcome.exceptions[0] is outcome
    assert len(outcome.exceptions) == 12
    assert "and 8 more" in outcome.message
    assert below(there, "/new") == {"/a": b"a", "/sub/b": LARGE}


def test_a_directory_that_cannot_be_made_is_one_failure(here, tree):
    there = MemoryStore("memory://there")
    there.faults.denied.add("/new/sub")
    outcome = one(here, "/t", there, "/new", recursive=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 1
    assert below(there, "/new") == {"/a": b"a"}


@pytest.mark.parametrize("names", [["x"], ["x", "y"]], ids=["one", "many"])
def test_a_tree_stays_below_its_target(here, names):
    """A link in the target may lead anywhere; the target itself may be one."""
    there = MemoryStore("memory://there")
    there.put("/elsewhere/kept", b"kept")
    there.dirs("/real")
    there.link("/t", "real")
    for name in names:
        here.put(f"/s/{name}/deep/file", b"data")
        there.link(f"/real/{name}", "../elsewhere")
    here.put("/s/good", b"good")
    request = Request(here, "/s", there, "/t", recursive=True, merge=True, replace=True)
    (outcome,) = Transfer([request]).run()
    assert there.files() == {"/elsewhere/kept": b"kept", "/real/good": b"good"}
    failures = getattr(outcome, "failures", (outcome,))
    assert [type(error) for error in failures] == [AlreadyExists] * len(names)
    assert sorted(there.nodes) == sorted(
        ["/", "/elsewhere", "/elsewhere/kept", "/real", "/real/good", "/t"]
        + [f"/real/{name}" for name in names]
    )


def test_a_tree_does_not_replace_a_file_by_a_directory(here, tree):
    there = MemoryStore("memory://there")
    there.put("/new", b"file")
    outcome = one(here, "/t", there, "/new", recursive=True, replace=True)
    assert isinstance(outcome, AlreadyExists)
    assert there.files() == {"/new": b"file"}


def test_links_are_a_failure_of_their_own_where_there_are_none(here, tree):
    there = MemoryStore("memory://there", ALL - {LINKS})
    there.make_link = lambda text, path: there._lacks("make the link", path)
    outcome = one(here, "/t", there, "/new", recursive=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 2
    assert below(there, "/new") == tree


# Progress and the end ---------------------------------------------------------------------------


def test_progress_ends_with_all_that_there_was(here, there):
    told = []
    for number in range(50):
        here.put(f"/{number}", b"data")
    here.put("/large", LARGE)
    names = [*(f"/{number}" for number in range(50)), "/large"]
    threads = set()

    def tell(progress):
        threads.add(threading.current_thread())
        told.append(progress)

    Transfer([Request(here, name, there, name) for name in names], on_progress=tell).run()
    last = told[-1]
    assert (last.files_done, last.files_total) == (51, 51)
    assert (last.bytes_done, last.bytes_total) == (200 + len(LARGE),) * 2
    assert [one.bytes_done for one in told] == sorted(one.bytes_done for one in told)
    assert threads == {threading.current_thread()}
    assert last.seconds_left == 0
    with pytest.raises(AttributeError):
        last.files_done = 3


def test_progress_of_a_tree_counts_bytes_of_files_only(here, tree):
    told = []
    there = MemoryStore("memory://there")
    request = Request(here, "/t", there, "/new", recursive=True)
    Transfer([request], on_progress=told.append).run()
    assert (told[-1].files_done, told[-1].files_total) == (9, 9)
    assert (told[-1].bytes_done, told[-1].bytes_total) == (len(LARGE) + 2,) * 2


def test_what_failed_is_not_waited_for_in_the_progress(here, there):
    told = []
    here.put("/a", b"data")
    here.put("/b", b"data")
    there.put("/b", b"old")
    requests = [Request(here, name, there, name) for name in ("/a", "/b")]
    Transfer(requests, on_progress=told.append).run()
    assert (told[-1].files_done, told[-1].files_total) == (2, 2)
    assert (told[-1].bytes_done, told[-1].bytes_total) == (4, 4)


@pytest.mark.parametrize("name", ["/large", "/t"])
def test_a_canceled_copy_ends_soon_and_leaves_nothing_under_its_name(here, there, name):
    here.put("/large", LARGE)
    for number in range(100):
        here.put(f"/t/{number:03}", b"data")
    transfer = Transfer([Request(here, name, there, "/new", recursive=True)])
    there.faults.on_write = lambda path, offset: transfer.cancel()
    (outcome,) = transfer.run()
    assert isinstance(outcome, Canceled)
    whole = {**here.files("/t/"), "/new": None}
    for path, data in there.files().items():
        assert path.endswith(".part") or whole.get(path.replace("/new", "/t")) == data


def test_a_failing_callback_ends_the_transfer_and_is_raised(here, there):
    for number in range(2000):
        here.put(f"/{number}", b"data")

    def tell(request, outcome):
        raise ZeroDivisionError

    requests = [Request(here, f"/{number}", there, f"/{number}") for number in range(2000)]
    with pytest.raises(ZeroDivisionError):
        Transfer(requests, on_outcome=tell).run()
    assert set(there.files().values()) <= {b"data"}


@pytest.mark.parametrize("data", [b"data", LARGE], ids=["small", "large"])
def test_what_is_raised_for_the_outcome_of_one_copy_is_raised(here, there, data):
    here.put("/a", data)

    def tell(request, outcome):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Transfer([Request(here, "/a", there, "/b")], on_outcome=tell).run()
    assert there.files() == {"/b": data}


def test_a_mistake_of_a_caller_is_never_a_success(here, there):
    """An IndexError is also what says that there is no more work."""
    names = ["/a", "/b"]
    for name in names:
        here.put(name, b"data")
    asked = []

    def is_wanted():
        asked.append(1)
        if len(asked) > len(names):
            raise IndexError("a mistake")
        return True

    requests = [Request(here, name, there, name, is_wanted=is_wanted) for name in names]
    with pytest.raises(IndexError, match="a mistake"):
        Transfer(requests).run()
    assert there.files() == {}


@pytest.mark.parametrize("fails", [False, True])
def test_progress_of_a_file_whose_length_nobody_knew_ends_with_what_it_had(here, there, fails):
    here.put("/a", LARGE)
    known = here.stat
    here.stat = lambda path, **options: unknown(known(path, **options))
    there.faults.spoil = fails
    told = []
    asked = [Request(here, "/a", there, "/b")]
    (outcome,) = Transfer(asked, on_progress=told.append, checksum="md5").run()
    assert (outcome is not None) is fails
    last = told[-1]
    assert (last.files_done, last.files_total) == (1, 1)
    assert (last.bytes_done, last.bytes_total) == (len(LARGE), len(LARGE))


class Within(MemoryStore):
    """A store that copies by itself, and loses its connection in the middle of the first file."""

    lost = False

    def copy_within(self, pairs, *, replace, told=None):
        for source, target in pairs:
            data = bytes(self.nodes[source].data)
            told(len(data) // 2)
            if not self.lost:
                self.lost = True
                raise self._lost()
            told(len(data) - len(data) // 2)
            self.put(target, data)
            yield None


def test_progress_counts_no_byte_twice_when_a_copy_within_a_store_begins_anew():
    store = Within()
    told = []
    for name in ("/a", "/b"):
        store.put(name, LARGE)
    requests = [Request(store, name, store, f"{name}2") for name in ("/a", "/b")]
    assert Transfer(requests, on_progress=told.append).run() == [None, None]
    last = told[-1]
    assert (last.files_done, last.files_total) == (2, 2)
    assert (last.bytes_done, last.bytes_total) == (2 * len(LARGE), 2 * len(LARGE))


def unknown(stat):
    stat.size_bytes = None
    return stat


def test_a_hundred_transfers_at_once_do_not_disturb_each_other(here):
    there = MemoryStore("memory://there")
    here.put("/a", LARGE)
    outcomes = []

    def copy(number):
        outcomes.append(one(here, "/a", there, f"/{number}"))

    threads = [threading.Thread(target=copy, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [None] * 100
    assert there.files() == {f"/{number}": LARGE for number in range(100)}


def test_an_adaptor_with_a_mistake_fails_its_own_files_only(here, there):
    other = MemoryStore("memory://other")
    there.faults.bug = ZeroDivisionError("an adaptor's mistake")
    here.put("/a", b"data")
    outcomes = Transfer([Request(here, "/a", store, "/a") for store in (there, other)]).run()
    assert isinstance(outcomes[0], NoSuccess)
    assert "mistake" in outcomes[0].message
    assert outcomes[1] is None
    assert other.files() == {"/a": b"data"}


class Terse(MemoryStore):
    """A store whose listing knows less of a name than it does when it is asked for that one."""

    def __init__(self, *known):
        super().__init__("memory://terse")
        self.known = known

    def stat(self, path, *, follow=True):
        stat = super().stat(path, follow=follow)
        stat.version = f"{stat.mtime}"
        return stat

    def scan(self, path):
        for name, stat in super().scan(path):
            yield name, Stat(stat.kind, **{word: getattr(stat, word) for word in self.known})


@SIZES
@pytest.mark.parametrize(
    "known", [("size_bytes", "mtime"), ("size_bytes",), ()], ids=["times", "sizes", "kinds"]
)
def test_what_a_listing_does_not_know_has_not_changed(there, known, data):
    terse = Terse(*known)
    terse.dirs("/tree/sub")
    terse.put("/tree/sub/a", data)
    terse.put("/tree/sub/b", b"other")
    assert one(terse, "/tree", there, "/copy", recursive=True) is None
    assert there.files() == {"/copy/sub/a": data, "/copy/sub/b": b"other"}


def test_directories_that_go_with_what_was_in_them_are_removed(here):
    class Beginnings(MemoryStore):
        """A store whose directories are beginnings of names."""

        def remove(self, path):
            super().remove(path)
            folder = path.rpartition("/")[0]
            while folder and not any(name.startswith(f"{folder}/") for name in self.nodes):
                self.nodes.pop(folder, None)
                folder = folder.rpartition("/")[0]

    store = Beginnings("memory://beginnings")
    store.dirs("/tree/sub/deep")
    store.put("/tree/sub/deep/a")
    store.put("/b")
    store.remove_tree("/tree")
    assert list(store.nodes) == ["/", "/b"]
