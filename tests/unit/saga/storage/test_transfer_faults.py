"""Whatever goes wrong, a name holds all of its file or what was there before."""

import os
import re
import threading

import pytest
from unit.saga.storage.memory_store import ALL, MemoryStore

from juncture.saga.exceptions import AlreadyExists, NoSuccess, PermissionDenied
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.resume import Note, Notes
from juncture.saga.storage.store import Store
from juncture.saga.storage.transfer import (
    Canceled,
    Changed,
    ConnectionLost,
    Incomplete,
    Request,
    Transfer,
)
from juncture.saga.storage.values import APPENDS, DIRECTORY, WHOLE, Stat

LARGE = os.urandom(3 << 20)
OLD = b"what was there"


@pytest.fixture
def here():
    return MemoryStore("memory://here")


@pytest.fixture(params=["parts", "whole", "no append"])
def there(request):
    traits = {"parts": ALL, "whole": {WHOLE}, "no append": ALL - {APPENDS}}[request.param]
    return MemoryStore("memory://there", traits)


def one(source, path, target, new, *, checksum=None, **options):
    (outcome,) = Transfer([Request(source, path, target, new, **options)], checksum=checksum).run()
    return outcome


def many(source, target, names, **options):
    return Transfer([Request(source, name, target, name, **options) for name in names]).run()


def filled(store, count, data=LARGE[:4096]):
    names = [f"/{number:04}" for number in range(count)]
    for name in names:
        store.put(name, name.encode() + data)
    return names


@pytest.fixture
def notes(state):
    """Return a function that counts the notes of copies that are under way."""
    folder = state / "juncture" / "transfers"
    return lambda: len(list(folder.iterdir())) if folder.exists() else 0


SIDES = pytest.mark.parametrize("side", ["read", "write"])
SIZES = pytest.mark.parametrize("data", [LARGE[:1000], LARGE], ids=["small", "large"])


@SIDES
@SIZES
@pytest.mark.parametrize("replace", [False, True])
def test_a_lost_connection_is_tried_again(here, there, side, data, replace):
    here.put("/a", data)
    if replace:
        there.put("/b", OLD)
    store = here if side == "read" else there
    setattr(store.faults, f"lose_{side}_after", len(data) // 2)
    store.faults.lose_times = 2
    if len(data) < len(LARGE):
        setattr(store.faults, f"lose_{side}_after", 0)
    assert one(here, "/a", there, "/b", replace=replace) is None
    assert there.files() == {"/b": data}


@SIDES
@SIZES
def test_a_connection_that_stays_lost_is_the_outcome(here, there, side, data):
    here.put("/a", data)
    there.put("/b", OLD)
    store = here if side == "read" else there
    setattr(store.faults, f"lose_{side}_after", 0)
    store.faults.lose_times = 100
    assert isinstance(one(here, "/a", there, "/b", replace=True), ConnectionLost)
    assert there.files()["/b"] == OLD
    assert store.faults.lose_times == 97


def said(caplog):
    """Return what the copy engine has logged, whatever threads of others have."""
    return [
        text for name, _, text in caplog.record_tuples if name.startswith("juncture.saga.storage")
    ]


def test_an_operator_reads_in_the_log_how_a_copy_went(here, caplog):
    there = MemoryStore("memory://there")
    here.put("/a", LARGE)
    there.faults.lose_write_after = len(LARGE) // 2
    there.faults.lose_times = 1
    with caplog.at_level("DEBUG", "juncture.saga.storage"):
        assert one(here, "/a", there, "/b") is None
    begun, lost, resumed, ended = said(caplog)
    assert begun == "transfer begun: 1 requests from memory://here to memory://there"
    assert "`/b` on memory://there is not copied yet, after" in lost
    assert re.fullmatch(r"`/b` on memory://there goes on at byte [1-9]\d*", resumed)
    told = rf"transfer ended: 1 of 1 files, {len(LARGE)} bytes, [\d.]+ s, 0 of 1 requests failed"
    assert re.fullmatch(told, ended)


def test_the_log_has_no_line_for_each_file(here, there, caplog):
    names = filled(here, 1000)
    with caplog.at_level("DEBUG", "juncture"):
        assert many(here, there, names) == [None] * 1000
    assert len(said(caplog)) == 2


@SIDES
def test_a_thousand_small_files_survive_lost_connections(here, there, side):
    names = filled(here, 1000)
    store = here if side == "read" else there
    setattr(store.faults, f"lose_{side}_after", 1 << 20)
    store.faults.lose_times = 3
    assert many(here, there, names) == [None] * 1000
    assert there.files() == here.files()


@pytest.mark.parametrize("dereference", [False, True])
def test_a_connection_that_is_lost_while_names_are_read_loses_none(here, dereference):
    there = MemoryStore("memory://there")
    names = filled(here, 100)
    for name in names:
        here.put(f"/t{name}/x", name.encode())
        here.link(f"/t{name}/link", "x")
    here.faults.lose_names_after = 300
    requests = [Request(here, name, there, name, dereference=dereference) for name in names]
    requests.append(Request(here, "/t", there, "/t", recursive=True, dereference=dereference))
    assert Transfer(requests).run() == [None] * 101
    expected = {
        path: data for path, data in here.files().items() if dereference or "link" not in path
    }
    if dereference:
        expected |= {f"/t{name}/link": name.encode() for name in names}
    assert there.files() == expected


def test_parts_that_a_lost_connection_left_are_removed(here):
    there = MemoryStore("memory://there")
    names = filled(here, 100)
    other = there.put(part_name("/other"), b"somebody else's")
    there.faults.keep_parts = True
    there.faults.lose_write_after = 100_000
    there.faults.lose_times = 3
    assert many(here, there, names) == [None] * 100
    assert there.files() == {**here.files(), other: b"somebody else's"}


def test_a_canceled_copy_leaves_it_to_the_next_to_remove_what_an_earlier_one_left(here, notes):
    there = MemoryStore("memory://there")
    names = filled(here, 10)
    left = there.put(part_name(names[7]), b"of a process that was killed")
    note = Notes((f"many of {here.name}", names[0]), (there.name, names[0]))
    note.open()
    note.write(Note(names[0], ""))
    note.close()
    transfer = Transfer([Request(here, name, there, name) for name in names])
    transfer.cancel()
    assert {type(outcome) for outcome in transfer.run()} == {Canceled}
    assert (list(there.files()), notes()) == ([left], 1)
    assert many(here, there, names) == [None] * 10
    assert (there.files(), notes()) == (here.files(), 0)


@pytest.mark.parametrize("name", ["", ".", "..", "../../etc", "/etc"])
def test_a_back_end_that_lies_about_names_leads_nowhere_else(here, name):
    there = MemoryStore("memory://there")
    here.put("/t/sub/a", b"a")
    here.put("/t/b", b"b")
    scan = here.scan
    here.scan = lambda path: [(name, Stat(DIRECTORY))] if path == "/t/sub" else scan(path)
    outcome = one(here, "/t", there, "/new", recursive=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 1
    assert there.files() == {"/new/b": b"b"}


@SIZES
def test_a_rename_whose_answer_is_lost_was_done(here, data, notes):
    there = MemoryStore("memory://there")
    here.put("/a", data)
    there.faults.lose_rename = True
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": data}
    assert notes() == 0


def test_a_copy_that_may_not_begin_leaves_no_note(here, there, notes):
    here.put("/a", LARGE)
    there.put("/b", OLD)
    assert isinstance(one(here, "/a", there, "/b"), AlreadyExists)
    assert notes() == 0


def test_what_another_put_there_meanwhile_is_not_ours(here):
    there = MemoryStore("memory://there")
    here.put("/a", LARGE[:100])
    there.faults.lose_write_after = 0
    there.faults.on_write = lambda path, offset: there.put("/b", OLD)
    assert isinstance(one(here, "/a", there, "/b"), AlreadyExists)
    assert there.files() == {"/b": OLD}


@SIZES
@pytest.mark.parametrize("replace", [False, True])
def test_a_source_that_changes_is_not_copied(here, there, notes, data, replace):
    here.put("/a", data)
    if replace:
        there.put("/b", OLD)

    def change(path, offset):
        if offset:
            here.nodes["/a"].data[0] ^= 1
            here.nodes["/a"].mtime += 1

    here.faults.on_read = change
    outcome = one(here, "/a", there, "/b", replace=replace)
    assert isinstance(outcome, Changed)
    assert "/a" in outcome.message
    assert there.files() == ({"/b": OLD} if replace else {})
    assert notes() == 0


@SIZES
@pytest.mark.parametrize("lie", [-1, 1, 1 << 22])
def test_a_back_end_that_lies_about_lengths_gives_no_file(here, there, data, lie):
    here.put("/a", data)
    there.put("/b", OLD)
    here.faults.lie_bytes = lie
    assert isinstance(one(here, "/a", there, "/b", replace=True), Changed)
    assert there.files() == {"/b": OLD}


def test_a_target_that_lies_about_lengths_gives_no_file(here, there):
    here.put("/a", LARGE)
    there.faults.lie_bytes = -1
    assert isinstance(one(here, "/a", there, "/b"), NoSuccess)
    assert there.files() == {}


@SIZES
def test_a_full_disk_is_named_and_nothing_is_left_on_it(here, there, notes, data):
    here.put("/a", data)
    there.put("/b", OLD)
    there.faults.room_bytes = len(data) // 2
    outcome = one(here, "/a", there, "/b", replace=True)
    assert isinstance(outcome, NoSuccess)
    assert "the disk is full" in outcome.message
    assert there.files() == {"/b": OLD}
    assert notes() == 0


def test_files_that_found_room_stay_when_the_disk_is_full(here, there):
    names = filled(here, 100)
    there.faults.room_bytes = 50 * 4200
    outcomes = many(here, there, names)
    good = {name for name, outcome in zip(names, outcomes, strict=True) if outcome is None}
    assert 0 < len(good) < 100
    assert there.files() == {name: here.files()[name] for name in good}


@SIZES
def test_a_target_that_cannot_be_written_says_so(here, there, data):
    here.put("/a", data)

    def deny(path, offset):
        raise PermissionDenied(f"`{path}` is on a file system that can only be read")

    there.faults.on_write = deny
    outcome = one(here, "/a", there, "/b")
    assert isinstance(outcome, PermissionDenied)
    assert outcome.message == "`/b` is on a file system that can only be read"
    assert there.files() == {}


@SIZES
def test_checksums_find_what_lengths_do_not(here, there, data):
    here.put("/a", data)
    there.faults.spoil = True
    assert one(here, "/a", there, "/unchecked") is None
    outcome = one(here, "/a", there, "/b", checksum="sha256")
    assert isinstance(outcome, NoSuccess)
    assert "sha256" in outcome.message
    assert list(there.files()) == ["/unchecked"]


@pytest.mark.parametrize("target", ["other", "same", "whole"])
def test_a_mismatch_costs_nothing_that_was_there(here, target):
    there = {
        "other": MemoryStore("memory://there"),
        "same": Copying("memory://here"),
        "whole": MemoryStore("memory://there", {WHOLE}),
    }[target]
    source = there if target == "same" else here
    for name in ("/a", "/b"):
        source.put(name, LARGE[:1000])
        there.put(f"/old{name}", OLD)
    there.faults.spoil = True
    requests = [Request(source, name, there, f"/old{name}", replace=True) for name in ("/a", "/b")]
    outcomes = Transfer(requests, checksum="sha256").run()
    assert all("checksum" in outcome.message for outcome in outcomes)
    assert there.files("/old") == {"/old/a": OLD, "/old/b": OLD}
    there.faults.spoil = False
    assert Transfer(requests, checksum="sha256").run() == [None, None]
    assert set(there.files("/old").values()) == {LARGE[:1000]}
    assert set(there.files("/old")) == {"/old/a", "/old/b"}


class Copying(MemoryStore):
    """A store that copies files by itself."""

    def copy_within(self, pairs, *, replace, told=None):
        for source, target in pairs:
            data = bytes(self._node(source).data)
            self.write_whole(target, data, None, replace=replace)
            yield None


def test_a_store_without_renames_is_compared_under_the_final_name(here):
    there = Nameless("memory://there", {WHOLE})
    here.put("/a", LARGE[:1000])
    assert one(here, "/a", there, "/b", checksum="sha256") is None
    assert there.files() == {"/b": LARGE[:1000]}
    there.faults.spoil = True
    assert "checksum" in one(here, "/a", there, "/c", checksum="sha256").message
    assert list(there.files()) == ["/b"]


class Nameless(MemoryStore):
    """A store that cannot rename."""

    def rename(self, path, new, *, replace):
        Store.rename(self, path, new, replace=replace)


@pytest.mark.parametrize("replace", [False, True])
def test_a_compared_copy_whose_rename_has_no_answer_was_done(here, replace):
    there = MemoryStore("memory://there")
    here.put("/a", LARGE[:1000])
    there.faults.lose_rename = True
    assert one(here, "/a", there, "/b", checksum="sha256", replace=replace) is None
    assert there.files() == {"/b": LARGE[:1000]}


def test_a_canceled_copy_leaves_none_of_what_was_to_be_compared(here):
    there = MemoryStore("memory://there")
    names = filled(here, 600)
    requests = [Request(here, name, there, name) for name in names]
    transfer = Transfer(requests, checksum="sha256")
    there.faults.on_write = lambda path, _: "0400" in path and transfer.cancel()
    outcomes = transfer.run()
    done = {name for name, outcome in zip(names, outcomes, strict=True) if outcome is None}
    assert done == set(there.files()) != set(names)
    assert any(isinstance(outcome, Canceled) for outcome in outcomes)


class Ahead(MemoryStore):
    """A store that has several files on their way before it says what became of the first."""

    def write_many(self, files, *, replace):
        answers = []
        for file in files:
            answers += super().write_many([file], replace=replace)
            if len(answers) > 7:
                yield answers.pop(0)
        yield from answers


def test_a_canceled_copy_leaves_none_of_what_was_written_and_not_told(here):
    there = Ahead("memory://there")
    names = filled(here, 60)
    requests = [Request(here, name, there, name) for name in names]
    transfer = Transfer(requests, checksum="sha256")
    there.faults.on_write = lambda path, _: "0040" in path and transfer.cancel()
    outcomes = transfer.run()
    done = {name for name, outcome in zip(names, outcomes, strict=True) if outcome is None}
    assert done == set(there.files()) != set(names)


def test_a_canceled_tree_says_so_however_far_its_plan_was(here):
    there = MemoryStore("memory://there")
    for folder in range(30):
        filled_in(here, f"/tree/{folder}", 100)
    request = Request(here, "/tree", there, "/new", recursive=True)
    transfer = Transfer([request])
    there.faults.on_write = lambda *_: transfer.cancel()
    (outcome,) = transfer.run()
    assert isinstance(outcome, Canceled)


def filled_in(store, folder, count):
    for number in range(count):
        store.put(f"{folder}/{number}", b"data")


def test_directories_and_links_are_made_many_at_a_time(here):
    there = Counting("memory://there")
    for number in range(300):
        here.dirs(f"/tree/{number}/deep")
        here.link(f"/tree/{number}/link", "deep")
    there.dirs("/new/7")
    request = Request(here, "/tree", there, "/new", recursive=True, merge=True)
    assert Transfer([request]).run() == [None]
    assert {name for name in there.nodes if name.startswith("/new/")} == {
        f"/new/{name.removeprefix('/tree/')}" for name in here.nodes if name.startswith("/tree/")
    }
    assert there.nodes["/new/8/link"].text == "deep"
    assert there.bulk == {"make_dir_many", "make_link_many", "settle_many"}


class Counting(MemoryStore):
    """A store that cannot make or settle many names but in bulk."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.bulk = set()

    def make_dir_many(self, paths):
        self.bulk.add("make_dir_many")
        return super().make_dir_many(paths)

    def make_link_many(self, links):
        self.bulk.add("make_link_many")
        return super().make_link_many(links)

    def settle_many(self, files):
        self.bulk.add("settle_many")
        return super().settle_many(files)


@pytest.mark.parametrize("lost", ["make_dir", "make_link", "set_mode"])
def test_a_tree_of_names_survives_a_lost_connection(here, lost):
    there = MemoryStore("memory://there")
    for number in range(50):
        here.dirs(f"/tree/{number}")
        here.nodes[f"/tree/{number}"].mode = 0o700
        here.link(f"/tree/{number}/link", "../0")
    times = [0]
    plain = getattr(there, lost)

    def loses(*arguments):
        plain(*arguments)
        times[0] += 1
        if times[0] in {5, 9}:
            raise there._lost()

    setattr(there, lost, loses)
    request = Request(here, "/tree", there, "/new", recursive=True)
    assert Transfer([request]).run() == [None]
    assert times[0] > 9
    assert {name.removeprefix("/new") for name in there.nodes if name.startswith("/new")} == {
        name.removeprefix("/tree") for name in here.nodes if name.startswith("/tree")
    }
    assert {there.nodes[f"/new/{number}"].mode for number in range(50)} == {0o700}


# Going on where a copy stopped --------------------------------------------------------------------


def stopped(here, there, *, after=1 << 20):
    """Copy a large file and stop in the middle."""
    here.put("/a", LARGE)
    transfer = Transfer([Request(here, "/a", there, "/b", replace=True)])
    there.faults.on_write = lambda path, offset: offset >= after and transfer.cancel()
    (outcome,) = transfer.run()
    there.faults.on_write = None
    assert isinstance(outcome, Canceled)
    there.written_bytes = 0


def test_a_stopped_copy_goes_on_where_it_was(here, notes):
    there = MemoryStore("memory://there")
    there.put("/b", OLD)
    stopped(here, there)
    assert there.files()["/b"] == OLD
    assert notes() == 1
    assert one(here, "/a", there, "/b", replace=True) is None
    assert there.files() == {"/b": LARGE}
    assert 0 < there.written_bytes <= 2 << 20
    assert notes() == 0


def test_a_stopped_copy_begins_anew_when_the_source_is_another(here):
    there = MemoryStore("memory://there")
    stopped(here, there)
    other = LARGE[::-1]
    here.put("/a", other)
    here.nodes["/a"].mtime += 5
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": other}


def test_a_stopped_copy_begins_anew_when_its_part_was_changed(here):
    there = MemoryStore("memory://there")
    stopped(here, there)
    (part,) = there.files()
    there.nodes[part].data[-1] ^= 1
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": LARGE}


def test_a_stopped_copy_begins_anew_when_its_part_is_gone(here):
    there = MemoryStore("memory://there")
    stopped(here, there)
    (part,) = there.files()
    there.remove(part)
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": LARGE}


def test_a_store_that_cannot_append_gets_the_whole_file_again(here):
    there = MemoryStore("memory://there", ALL - {APPENDS})
    stopped(here, there)
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": LARGE}
    assert there.written_bytes == len(LARGE)


def test_a_spoiled_note_is_no_note(here, state):
    there = MemoryStore("memory://there")
    stopped(here, there)
    (note,) = (state / "juncture" / "transfers").iterdir()
    assert (note.stat().st_mode & 0o777, note.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    note.write_bytes(note.read_bytes()[:-5])
    (part,) = there.files()
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": LARGE, part: there.files()[part]}


def test_without_a_place_for_notes_a_copy_is_a_copy(here, monkeypatch, tmp_path):
    there = MemoryStore("memory://there")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    stopped(here, there)
    assert one(here, "/a", there, "/b") is None
    assert there.files()["/b"] == LARGE


def test_two_copies_of_one_file_to_one_place_do_not_share_a_part(here):
    there = MemoryStore("memory://there")
    here.put("/a", LARGE)
    first = threading.Event()
    outcomes = []

    def second(path, offset):
        if offset == 1 << 20 and not first.is_set():
            first.set()
            outcomes.append(one(here, "/a", there, "/b", replace=True))

    there.faults.on_write = second
    outcomes.append(one(here, "/a", there, "/b", replace=True))
    assert outcomes == [None, None]
    assert there.files() == {"/b": LARGE}


def test_zeros_become_holes_where_there_are_such(here):
    there = MemoryStore("memory://there")
    skipped = []
    data = LARGE[:300000] + bytes(2 << 20)
    here.put("/a", data)
    write = there.open_write

    def spied(*args, **options):
        writer = write(*args, **options)
        skip = writer.skip
        writer.skip = lambda size: (skipped.append(size), skip(size))
        return writer

    there.open_write = spied
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": data}
    assert sum(skipped) > 1 << 20


def test_waiting_data_is_bounded(here):
    there = MemoryStore("memory://there")
    names = filled(here, 400, bytes(200_000))
    ahead = []
    there.faults.on_write = lambda path, offset: ahead.append(here.read_bytes - there.written_bytes)
    assert many(here, there, names) == [None] * 400
    assert max(ahead) < 40 << 20
