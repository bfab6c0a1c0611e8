"""Copies to and from real ssh hosts, and what they leave when something goes wrong."""

import hashlib
import itertools
import os
import signal
from pathlib import Path

import pytest

from juncture.saga.exceptions import BadParameter
from juncture.saga.storage import rsync
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.sync import Sync
from juncture.saga.storage.transfer import Canceled, Request, Transfer
from juncture.saga.task.errors import CallerError

NAMES = [
    "plain",
    "two words",
    "-dash",
    "#comment",
    ";comment",
    "q'u\"o`te",
    "new\nline",
    "\udcff",
    "*",
]
LARGE_BYTES = 6 << 20


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a store of this host, whose notes of transfers are the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return LocalStore()


def contents(folder):
    """Return the checksum of each file below a directory."""
    found = {}
    for place, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(place, name)
            data = Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, os.fsencode(folder))] = hashlib.sha256(data).hexdigest()
    return found


@pytest.fixture
def tree(tmp_path):
    """Return a directory with files of all sizes and names."""
    top = tmp_path / "tree"
    (top / "sub" / "deep").mkdir(parents=True)
    for number in range(200):
        (top / "sub" / f"{number:03}").write_bytes(os.urandom(number * 20))
    for name in NAMES:
        (top / "sub" / "deep" / name).write_bytes(os.urandom(1000))
    (top / "large").write_bytes(os.urandom(LARGE_BYTES))
    (top / "link").symlink_to("sub/deep/two words")
    return top


@pytest.mark.parametrize("checksum", [None, "sha256"])
def test_a_tree_goes_to_a_host_and_back(here, place, tree, tmp_path, checksum):
    there = Request(here, str(tree), place.store, place.at("new"), recursive=True)
    assert Transfer([there], checksum=checksum).run() == [None]
    assert contents(place.here / "new") == contents(tree)
    assert (place.here / "new" / "link").readlink() == Path("sub/deep/two words")
    back = Request(place.store, place.at("new"), here, str(tmp_path / "back"), recursive=True)
    assert Transfer([back], checksum=checksum).run() == [None]
    assert contents(tmp_path / "back") == contents(tree)
    large = tmp_path / "back" / "large"
    assert int(large.stat().st_mtime) == int((tree / "large").stat().st_mtime)
    assert large.stat().st_mode == (tree / "large").stat().st_mode


def test_a_tree_is_copied_on_its_host(place, tree, here):
    there = Request(here, str(tree), place.store, place.at("new"), recursive=True)
    assert Transfer([there]).run() == [None]
    again = Request(place.store, place.at("new"), place.store, place.at("other"), recursive=True)
    assert Transfer([again]).run() == [None]
    assert contents(place.here / "other") == contents(tree)


def test_files_that_are_denied_leave_the_others(here, place, tmp_path):
    names = [f"{number:02}" for number in range(40)]
    for name in names:
        place.put(name, name.encode())
    os.chown(place.here / "07", 0, 0)
    (place.here / "07").chmod(0o600)
    requests = [Request(place.store, place.at(name), here, str(tmp_path / name)) for name in names]
    outcomes = Transfer(requests).run()
    failed = [name for name, outcome in zip(names, outcomes, strict=True) if outcome is not None]
    assert failed == ["07"]
    assert all((tmp_path / name).read_text() == name for name in names if name != "07")
    assert not (tmp_path / "07").exists()


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("kind", ["small", "large"])
def test_a_connection_that_is_cut_in_the_middle_costs_nothing(  # noqa: PLR0917 - fixtures
    here, place, tmp_path, direction, kind, monkeypatch
):
    top = place.here if direction == "from" else tmp_path
    (top / "tree").mkdir()
    count, size = (1000, 65536) if kind == "small" else (1, 64 << 20)
    for number in range(count):
        (top / "tree" / str(number)).write_bytes(os.urandom(size))
    place.own()
    source, target = (here, str(tmp_path / "tree")), (place.store, place.at("new"))
    if direction == "from":
        source, target = (place.store, place.at("tree")), (here, str(tmp_path / "new"))
    cut = []

    def cut_it():
        cut.append(place.store.master.pid)
        os.kill(place.store.master.pid, signal.SIGKILL)

    write_many = target[0].write_many

    def cutting(files):
        for number, file in enumerate(files):
            if number == count // 10 and not cut:
                cut_it()
            yield file

    monkeypatch.setattr(
        target[0], "write_many", lambda files, **options: write_many(cutting(files), **options)
    )
    pieces = itertools.count()
    request = Request(
        *source,
        *target,
        recursive=True,
        is_wanted=lambda: kind == "small" or next(pieces) != 10 or cut_it() is None,
    )
    assert Transfer([request]).run() == [None]
    assert cut
    assert place.store.master.pid not in cut
    copy = tmp_path / "new" if direction == "from" else place.here / "new"
    assert contents(copy) == contents(top / "tree")


@pytest.mark.parametrize("spelled", ["/~/files", "/~", "absolute"])
def test_the_home_directory_is_the_same_however_it_is_spelled(place_on, spelled):
    place = place_on()
    home = place.here.parent
    place.put("file", b"data")
    tilde = f"/~/{place.here.name}/file"
    both = {
        "/~/files": (tilde, place.at("file")),
        "/~": (place.at("file"), tilde),
        "absolute": (tilde, tilde),
    }[spelled]
    (outcome,) = Transfer([Request(place.store, both[0], place.store, both[1], replace=True)]).run()
    assert isinstance(outcome, BadParameter)
    assert "onto itself" in outcome.message
    (place.here / "sub").mkdir()
    place.own()
    into = Request(
        place.store, f"/~/{place.here.name}", place.store, place.at("sub/x"), recursive=True
    )
    (outcome,) = Transfer([into]).run()
    assert isinstance(outcome, BadParameter)
    assert place.get("file") == b"data"
    assert home.is_dir()


def test_a_tree_of_a_thousand_directories_goes_a_long_way(here, place_on, testbed, far, tmp_path):
    place = place_on(far)
    tree = tmp_path / "tree"
    for number in range(1000):
        (tree / f"{number % 10}" / f"{number:03}").mkdir(parents=True)
        (tree / f"{number % 10}" / f"{number:03}" / "link").symlink_to("..")
    request = Request(here, str(tree), place.store, place.at("new"), recursive=True)
    place.store.stat("/")
    sent = []
    far.wire.set(delay_s=0.05)
    try:
        assert Transfer([request], on_progress=sent.append).run() == [None]
    finally:
        far.wire.mend()
    found = {str(path.relative_to(place.here / "new")) for path in (place.here / "new").rglob("*")}
    assert found == {str(path.relative_to(tree)) for path in tree.rglob("*")}
    assert sent[-1].files_done == sent[-1].files_total == 2011
    print(f"took {sent[-1].seconds:.1f} s")


@pytest.fixture
def changed():
    """Return a function that changes a few bytes of a large file in a directory."""

    def change(folder, name="large"):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        with open(path, "r+b") as file:
            file.seek(LARGE_BYTES // 2)
            file.write(os.urandom(100))

    return change


@pytest.mark.parametrize("direction", ["to", "from"])
def test_rsync_sends_what_has_changed_over_the_connection_there_is(
    here, place_on, tree, changed, direction
):
    place = place_on()
    for name in NAMES:
        (tree / "sub" / "deep" / name).write_bytes(os.urandom(LARGE_BYTES))
    there = Request(here, str(tree), place.store, place.at("new"), recursive=True)
    assert Transfer([there]).run() == [None]
    source, target = (here, str(tree)), (place.store, place.at("new"))
    top, copy = tree, place.here / "new"
    if direction == "from":
        source, target, top, copy = target, source, copy, top
    files = [f"sub/deep/{name}" for name in NAMES]
    for name in files:
        changed(top, name)
        seconds = int((top / name).stat().st_mtime)
        os.utime(top / name, (seconds, seconds))
        os.utime(copy / name, (seconds, seconds))
    place.own()
    stats = [(name, source[0].stat(f"{source[1]}/{name}")) for name in files]
    assert rsync.is_usable(source[0], target[0])
    pid = place.store.master.pid
    assert rsync.update(source, target, stats, Stop()) == []
    assert contents(copy) == contents(top)
    assert place.store.master.pid == pid


@pytest.mark.parametrize("answer", ["done", "refused"])
@pytest.mark.parametrize("direction", ["to", "from"])
def test_what_rsync_sends_is_in_the_progress(  # noqa: PLR0917 - fixtures
    here, place_on, tree, changed, direction, answer, monkeypatch
):
    place = place_on()
    place.here.joinpath("new").mkdir()
    place.own()
    source, target = (here, str(tree)), (place.store, place.at("new"))
    assert Sync(*source, *target).run() is None
    top = tree
    if direction == "from":
        source, target, top = target, source, place.here / "new"
    changed(top)
    os.utime(top / "large", (1_000_000_000, 1_000_000_000))
    (top / "small").write_bytes(b"small")
    place.own()
    monkeypatch.setattr(rsync, "_done", lambda *_: set()) if answer == "refused" else None
    told = []
    assert Sync(*source, *target).run(told.append) is None
    size = (top / "large").stat().st_size
    last = told[-1]
    assert (last.files_done, last.files_total) == (3, 3)
    assert (last.bytes_done, last.bytes_total) == (size + 5, size + 5)
    assert max(one.bytes_total for one in told) == size + 5
    # What rsync says comes before it is known whether the file is a copy.
    assert (2, size + 5) in {(one.files_done, one.bytes_done) for one in told}
    assert [one.seconds for one in told] == sorted(one.seconds for one in told)


def test_what_is_raised_while_rsync_sends_ends_the_sync(here, place_on, tree, changed):
    place = place_on()
    place.here.joinpath("new").mkdir()
    place.own()
    sides = here, str(tree), place.store, place.at("new")
    assert Sync(*sides).run() is None
    changed(tree)
    os.utime(tree / "large", (1_000_000_000, 1_000_000_000))

    def tell(progress):
        if progress.bytes_done:
            raise ZeroDivisionError

    with pytest.raises(CallerError) as caught:
        Sync(*sides).run(tell)
    assert isinstance(caught.value.theirs, ZeroDivisionError)


def test_rsync_that_is_ended_leaves_nothing_behind(here, place_on, tmp_path, monkeypatch):
    monkeypatch.setattr(rsync, "_OPTIONS", (*rsync._OPTIONS, "--bwlimit=1m"))
    place = place_on()
    size = 32 << 20
    place.here.joinpath("tree").mkdir()
    place.here.joinpath("tree", "large").write_bytes(os.urandom(size))
    os.utime(place.here / "tree" / "large", (1_000_000_000, 1_000_000_000))
    place.own()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "large").write_bytes(bytes(size))
    sync = Sync(place.store, place.at("tree"), here, str(tmp_path / "copy"))
    seen = []

    def tell(progress):
        if progress.bytes_done:
            seen.append(os.listdir(tmp_path / "copy"))
            sync.cancel()

    outcome = sync.run(tell)
    assert isinstance(outcome, Canceled)
    assert len(seen[0]) == 2  # what rsync is writing has a name of its own
    assert os.listdir(tmp_path / "copy") == ["large"]
    assert (tmp_path / "copy" / "large").read_bytes() == bytes(size)


@pytest.mark.parametrize("direction", ["to", "from"])
def test_nobody_acts_for_the_owner_of_what_rsync_sends(here, place_on, tree, changed, direction):
    place = place_on()
    place.here.joinpath("new").mkdir()
    place.own()
    source, target = (here, str(tree)), (place.store, place.at("new"))
    assert Sync(*source, *target).run() is None
    top, copy = tree, place.here / "new"
    if direction == "from":
        source, target, top, copy = target, source, copy, top
    changed(top)
    os.utime(top / "large", (1_000_000_000, 1_000_000_000))
    place.own()
    (top / "large").chmod(0o6755)
    assert Sync(*source, *target).run() is None
    assert contents(copy) == contents(top)
    assert (copy / "large").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("direction", ["to", "from"])
def test_a_synced_directory_is_the_same_with_and_without_rsync(
    here, place, tree, changed, direction
):
    place.here.joinpath("new").mkdir()
    place.own()
    source, target = (here, str(tree)), (place.store, place.at("new"))
    assert Sync(*source, *target).run() is None
    top, copy = tree, place.here / "new"
    if direction == "from":
        source, target, top, copy = target, source, copy, top
    changed(top)
    os.utime(top / "large", (1_000_000_000, 1_000_000_000))
    (top / "sub" / "007").unlink()
    (top / "sub" / "new").write_bytes(b"new")
    place.own()
    sync = Sync(*source, *target, delete=True)
    assert sorted((change.what, change.path) for change in sync.changes()) == [
        ("changed", "large"),
        ("new", "sub/new"),
        ("removed", "sub/007"),
    ]
    assert sync.run() is None
    assert contents(copy) == contents(top)
    assert list(sync.changes()) == []
