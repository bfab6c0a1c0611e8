"""The store of this host: nothing half-written, nothing replaced unasked, holes and modes kept."""

import errno
import os
import threading

import pytest

from juncture.saga import exceptions as found
from juncture.saga.storage import local_bytes, local_names
from juncture.saga.storage.failures import Changed
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.storage.values import Stat


@pytest.fixture(params=["unnamed", "parts"])
def store(request, monkeypatch):
    """Return the store of this host, as it is, and as on a file system without unnamed files."""
    if request.param == "parts":
        monkeypatch.setattr(local_names, "_NEW_UNNAMED", 0)
    return LocalStore()


@pytest.fixture
def place(tmp_path):
    def place(name):
        return str(tmp_path / name)

    return place


def copied(store, *pairs, replace=False, told=None):
    return list(store.copy_within(pairs, replace=replace, told=told))


def test_what_is_known_of_a_name(store, place, tmp_path):
    (tmp_path / "f").write_bytes(b"hallo")
    os.chmod(place("f"), 0o640)
    os.utime(place("f"), (1, 1.5))
    os.symlink("f", place("l"))
    stat = store.stat(place("l"))
    assert (stat.kind, stat.size_bytes, stat.mtime, stat.mode) == ("file", 5, 1.5, 0o640)
    assert store.stat(place("l"), follow=False).kind == "link"
    assert store.read_link(place("l")) == "f"
    assert stat.owner == (tmp_path / "f").owner()
    assert stat.group == (tmp_path / "f").group()
    assert {name: each.kind for name, each in store.scan(str(tmp_path))} == {
        "f": "file",
        "l": "link",
    }
    assert sorted(store.names(str(tmp_path))) == ["f", "l"]


@pytest.mark.parametrize(
    "call",
    [
        lambda store, path: store.stat(path),
        lambda store, path: list(store.scan(path)),
        lambda store, path: list(store.names(path)),
        lambda store, path: store.read_link(path),
        lambda store, path: store.remove(path),
        lambda store, path: store.remove_dir(path),
        lambda store, path: store.remove_tree(path),
        lambda store, path: store.rename(path, path + "x", replace=True),
        lambda store, path: store.rename(path, path + "x", replace=False),
        lambda store, path: store.set_mode(path, 0o600),
        lambda store, path: store.set_times(path, 1),
        lambda store, path: store.open_read(path),
        lambda store, path: store.open_update(path),
        lambda store, path: store.lock(path, shared=True),
        lambda store, path: store.checksum(path, "sha256"),
    ],
)
def test_what_is_not_there_is_named(store, place, call):
    with pytest.raises(found.DoesNotExist, match=r"`.*gone`"):
        call(store, place("gone"))


def test_names_below_something_that_is_no_directory(store, place):
    store.write_whole(place("f"), b"", None, replace=False)
    assert not store.exists(place("f/x"))
    with pytest.raises(found.BadParameter):
        store.stat(place("f/x"))


def test_the_missing_directory_is_what_is_not_there(store, place):
    with pytest.raises(found.DoesNotExist, match="gone` is not there"):
        store.write_whole(place("gone/f"), b"", None, replace=False)
    with pytest.raises(found.DoesNotExist, match="gone` is not there"):
        store.make_dir(place("gone/d"))


def test_a_whole_file_has_its_mode_and_time_and_replaces_only_if_asked(store, place, tmp_path):
    store.write_whole(place("f"), b"one", Stat("file", mtime=7.0, mode=0o604), replace=False)
    stat = store.stat(place("f"))
    assert (stat.mode, stat.mtime) == (0o604, 7.0)
    with pytest.raises(found.AlreadyExists):
        store.write_whole(place("f"), b"two", None, replace=False)
    assert (tmp_path / "f").read_bytes() == b"one"
    store.write_whole(place("f"), b"two", None, replace=True)
    assert (tmp_path / "f").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["f"]


def test_a_directory_is_never_replaced_by_a_file(store, place, tmp_path):
    os.mkdir(place("d"))
    with pytest.raises(found.SagaException):
        store.write_whole(place("d"), b"x", None, replace=True)
    with pytest.raises(found.AlreadyExists):
        store.write_whole(place("d"), b"x", None, replace=False)
    assert os.listdir(tmp_path) == ["d"]


def test_many_are_written_and_read_in_their_order(store, place):
    files = [(place(f"f{number}"), b"x" * number, None) for number in (0, 1, 511, 512, 70000)]
    files.insert(2, (place("gone/f"), b"", None))
    outcomes = list(store.write_many(iter(files), replace=False))
    assert [type(outcome) for outcome in outcomes] == [
        *(type(None), type(None), found.DoesNotExist),
        *(type(None), type(None), type(None)),
    ]
    contents = list(store.read_many(path for path, _, _ in files))
    assert isinstance(contents.pop(2), found.DoesNotExist)
    assert [len(each) for each in contents] == [0, 1, 511, 512, 70000]


def test_a_file_that_does_not_know_its_length_is_read(store):
    (content,) = store.read_many(["/proc/self/status"])
    assert content.startswith(b"Name:")


@pytest.mark.parametrize("size", [0, 1, 4096, (1 << 17) + 1, 3_000_001])
def test_copies_have_content_mode_and_time(store, place, tmp_path, size):
    (tmp_path / "f").write_bytes(os.urandom(size))
    (tmp_path / "f").chmod(0o4711)
    os.utime(place("f"), ns=(1, 123456789012345678))
    told = []
    assert copied(store, (place("f"), place("g")), told=told.append) == [None]
    assert (tmp_path / "g").read_bytes() == (tmp_path / "f").read_bytes()
    one, two = os.stat(place("f")), os.stat(place("g"))
    assert (one.st_mode, one.st_mtime_ns) == (two.st_mode, two.st_mtime_ns)
    assert size < 1 << 17 or sum(told) == size
    assert sorted(os.listdir(tmp_path)) == ["f", "g"]


@pytest.fixture(params=[local_bytes._ways, local_bytes._ways[1:], local_bytes._ways[2:]], ids=len)
def _each_way(request, monkeypatch):
    monkeypatch.setattr(local_bytes, "_ways", request.param)


@pytest.mark.usefixtures("_each_way")
@pytest.mark.parametrize("pieces", [[(0, 5)], [(1 << 20, 5)], [(0, 9), (3 << 20, 4096)], []])
def test_holes_stay_holes(store, place, tmp_path, pieces):
    size = 8 << 20
    with open(place("f"), "wb") as file:
        file.truncate(size)
        for offset, length in pieces:
            file.seek(offset)
            file.write(os.urandom(length))
    assert copied(store, (place("f"), place("g"))) == [None]
    assert (tmp_path / "g").read_bytes() == (tmp_path / "f").read_bytes()
    assert os.stat(place("g")).st_blocks * 512 < size // 2


@pytest.mark.skipif(not local_names._NEW_UNNAMED, reason="not on this system")
@pytest.mark.parametrize("replace", [False, True])
def test_a_new_file_has_no_name_before_it_is_whole(place, tmp_path, replace):
    (tmp_path / "f").write_bytes(os.urandom(300_000))
    seen = []
    pairs = [(place("f"), place("g"))]
    assert copied(LocalStore(), *pairs, replace=replace, told=seen_in(tmp_path, seen)) == [None]
    assert set(seen) == {2 if replace else 1}
    assert sorted(os.listdir(tmp_path)) == ["f", "g"]


def seen_in(folder, seen):
    return lambda _: seen.append(len(os.listdir(folder)))


def test_the_kernel_may_decline(store, place, tmp_path, monkeypatch):
    def declines(*_):
        raise OSError(errno.EXDEV, "not between these")

    monkeypatch.setattr(local_bytes, "_ways", (declines, local_bytes._through_memory))
    (tmp_path / "f").write_bytes(os.urandom(300_000))
    assert copied(store, (place("f"), place("g"))) == [None]
    assert (tmp_path / "g").read_bytes() == (tmp_path / "f").read_bytes()


def test_an_existing_target_is_kept_unless_it_is_to_be_replaced(store, place, tmp_path):
    (tmp_path / "f").write_text("new")
    (tmp_path / "g").write_text("old")
    (outcome,) = copied(store, (place("f"), place("g")))
    assert isinstance(outcome, found.AlreadyExists)
    assert (tmp_path / "g").read_text() == "old"
    assert copied(store, (place("f"), place("g")), replace=True) == [None]
    assert (tmp_path / "g").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["f", "g"]


@pytest.mark.parametrize("what", ["grown", "touched"])
def test_a_source_that_changes_meanwhile_leaves_no_copy(store, place, tmp_path, what):
    (tmp_path / "f").write_bytes(bytes(range(256)) * 4096)

    def meanwhile(_):
        if what == "grown":
            with open(place("f"), "ab") as file:
                file.write(b"and more")
        else:
            os.utime(place("f"), (5, 5))

    (outcome,) = copied(store, (place("f"), place("g")), told=meanwhile)
    assert isinstance(outcome, Changed)
    assert os.listdir(tmp_path) == ["f"]


def test_what_a_callback_raises_ends_the_copy(store, place, tmp_path):
    (tmp_path / "f").write_bytes(bytes(1 << 20))

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copied(store, (place("f"), place("g")), told=stop)
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("kind", ["dir", "fifo"])
def test_only_files_are_copied(store, place, tmp_path, kind):
    (os.mkdir if kind == "dir" else os.mkfifo)(place("f"))
    (outcome,) = copied(store, (place("f"), place("g")))
    assert isinstance(outcome, found.SagaException)
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("kind", ["file", "dir", "link"])
@pytest.mark.parametrize("there", ["file", "dir", "link"])
def test_a_rename_replaces_nothing_unasked(store, place, kind, there):
    make = {
        "file": lambda path: open(path, "w").close(),
        "dir": os.mkdir,
        "link": lambda path: os.symlink("gone", path),
    }
    make[kind](place("a"))
    make[there](place("b"))
    with pytest.raises(found.AlreadyExists):
        store.rename(place("a"), place("b"), replace=False)
    assert store.stat(place("a"), follow=False).kind.startswith(kind)
    store.rename(place("a"), place("c"), replace=False)
    assert store.stat(place("c"), follow=False).kind.startswith(kind)


def test_a_rename_of_one_hard_link_over_another_leaves_one(store, place, tmp_path):
    (tmp_path / "a").write_text("hallo")
    os.link(place("a"), place("b"))
    store.rename(place("a"), place("b"), replace=True)
    assert os.listdir(tmp_path) == ["b"]
    assert (tmp_path / "b").read_text() == "hallo"


def test_a_rename_of_a_name_over_itself_by_another_way_keeps_it(store, place, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("hallo")
    os.symlink("d", place("l"))
    with pytest.raises(found.BadParameter):
        store.rename(place("d/a"), place("l/a"), replace=True)
    assert (tmp_path / "d" / "a").read_text() == "hallo"


@pytest.mark.parametrize("way", ["no links", "no call"])
def test_file_systems_without_links_or_the_call(store, place, tmp_path, monkeypatch, way):
    def no_links(*_, **__):
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    if way == "no call":
        monkeypatch.setattr(local_names, "_rename_call", lambda: None)
    store.write_whole(place("f"), b"one", None, replace=False)
    with pytest.raises(found.AlreadyExists):
        store.write_whole(place("f"), b"two", None, replace=False)
    assert (tmp_path / "f").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["f"]


def test_one_of_many_who_write_the_same_name_wins(store, place, tmp_path):
    start = threading.Barrier(8)
    outcomes = []

    def write(number):
        start.wait()
        files = [(place("f"), str(number).encode() * 1000, None)]
        outcomes.extend((number, each) for each in store.write_many(files, replace=False))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [number for number, outcome in outcomes if outcome is None]
    assert (tmp_path / "f").read_bytes() == str(winner).encode() * 1000
    assert os.listdir(tmp_path) == ["f"]


def test_a_tree_is_removed_and_what_links_lead_to_is_not(store, place, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "f").write_text("x")
    deep = tmp_path / "d"
    for _ in range(50):
        deep /= "deeper"
    deep.mkdir(parents=True)
    os.symlink(tmp_path / "kept", tmp_path / "d" / "l")
    os.symlink("..", deep / "loop")
    store.remove_tree(place("d"))
    assert os.listdir(tmp_path) == ["kept"]
    assert (tmp_path / "kept" / "f").read_text() == "x"


def test_a_link_to_a_tree_is_no_tree(store, place, tmp_path):
    (tmp_path / "d" / "e").mkdir(parents=True)
    os.symlink("d", place("l"))
    with pytest.raises(found.BadParameter):
        store.remove_tree(place("l"))
    assert (tmp_path / "d" / "e").is_dir()


def test_a_link_has_no_permissions(store, place, tmp_path):
    (tmp_path / "f").write_text("")
    os.symlink("f", place("l"))
    before = os.stat(place("f")).st_mode
    with pytest.raises(found.NotImplemented):
        store.set_mode(place("l"), 0o777)
    assert os.stat(place("f")).st_mode == before


def test_bytes_anywhere(store, place, tmp_path):
    (tmp_path / "f").write_bytes(b"0123456789")
    handle = store.open_update(place("f"))
    handle.write_at(8, b"abcd")
    assert handle.read_at(6, 100) == b"67abcd"
    handle.truncate(3)
    assert (handle.size(), handle.read_at(0, 9), handle.read_at(3, 9)) == (3, b"012", b"")
    handle.close()
    handle.close()
    assert (tmp_path / "f").read_bytes() == b"012"


def test_a_writer_leaves_holes(store, place, tmp_path):
    writer = store.open_write(place("f"))
    writer.write(b"a")
    writer.skip(1 << 20)
    writer.write(b"b")
    writer.skip(10)
    writer.close()
    assert (tmp_path / "f").read_bytes() == b"a" + bytes(1 << 20) + b"b" + bytes(10)


def test_a_lock_is_one_s_own(store, place, tmp_path):
    (tmp_path / "f").write_text("")
    one = store.lock(place("f"), shared=True)
    two = store.lock(place("f"), shared=True)
    with pytest.raises(found.NoSuccess, match="locked"):
        store.lock(place("f"), shared=False)
    one.close()
    two.close()
    with (
        pytest.raises(found.NoSuccess, match="locked"),
        store_lock(store, place("f")),
        store_lock(store, place("f")),
    ):
        pass
    store.lock(place("f"), shared=False).close()


class store_lock:  # noqa: N801 - it is used as a function
    def __init__(self, store, path):
        self.lock = store.lock(path, shared=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lock.close()


class Apart(LocalStore):
    """This host's files as another store sees them: what is copied goes through here."""

    def is_same(self, other):
        return other is self


@pytest.mark.parametrize("end", [b"", b"the end"])
def test_holes_are_neither_read_nor_written(place, tmp_path, monkeypatch, end):
    size = 1 << 40
    with open(place("a"), "wb") as file:
        file.write(b"the beginning")
        file.seek(size // 2)
        file.write(b"the middle")
        file.truncate(size - len(end))
        file.seek(size - len(end))
        file.write(end)
    if os.stat(place("a")).st_blocks > 1000:
        pytest.skip("this file system has no holes")
    read = []
    inner = local_bytes.LocalReader.read
    monkeypatch.setattr(
        local_bytes.LocalReader,
        "read",
        lambda self, many: (read.append(data := inner(self, many)), data)[1],
    )
    monkeypatch.setenv("XDG_STATE_HOME", place("state"))
    assert Transfer([Request(LocalStore(), place("a"), Apart(), place("b"))]).run() == [None]
    assert sum(map(len, read)) < 1 << 21
    copy = os.stat(place("b"))
    assert copy.st_size == size
    assert copy.st_blocks <= os.stat(place("a")).st_blocks + 2048
    with open(place("b"), "rb") as file:
        assert file.read(13) == b"the beginning"
        file.seek(size // 2)
        assert file.read(11) == b"the middle\0"
        file.seek(size - len(end))
        assert file.read() == end


def test_a_very_deep_tree_is_removed(store, place, tmp_path):
    (tmp_path / "d").mkdir()
    folder = os.open(tmp_path / "d", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("below", dir_fd=folder)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
        below = os.open("below", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    store.remove_tree(place("d"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_moved_while_it_is_removed_does_not_lead_elsewhere(
    store, place, tmp_path, monkeypatch
):
    (tmp_path / "d" / "below").mkdir(parents=True)
    (tmp_path / "other" / "below").mkdir(parents=True)
    scandir = os.scandir

    def moved(folder):
        if (tmp_path / "d" / "below").exists() and os.path.samestat(
            os.fstat(folder), os.stat(tmp_path / "d" / "below")
        ):
            os.rename(tmp_path / "d" / "below", tmp_path / "other" / "moved")
        return scandir(folder)

    monkeypatch.setattr(local_names.os, "scandir", moved)
    with pytest.raises(found.NoSuccess, match="moved while it was removed"):
        store.remove_tree(place("d"))
    assert sorted(os.listdir(tmp_path / "other")) == ["below", "moved"]


@pytest.mark.parametrize("write", ["copy", "write"])
def test_an_interrupt_right_after_a_part_was_made_leaves_none(store, tmp_path, monkeypatch, write):
    source, target = str(tmp_path / "a"), str(tmp_path / "b")
    (tmp_path / "a").write_bytes(b"data")
    calls = {
        "copy": lambda: copied(store, (source, target)),
        "write": lambda: store.write_whole(target, b"data", None, replace=False),
    }
    make = os.open

    def interrupted(path, flags, *mode, **options):
        number = make(path, flags, *mode, **options)
        if flags & os.O_WRONLY:
            os.close(number)
            raise KeyboardInterrupt
        return number

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        calls[write]()
    assert os.listdir(tmp_path) == ["a"]


def test_what_is_no_file_is_not_read(store, tmp_path):
    """A file may have become a pipe since it was listed: to open it would wait for a writer."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"data")
    names = [str(tmp_path / "pipe"), str(tmp_path), os.devnull, str(tmp_path / "file")]
    *failed, data = store.read_many(names)
    assert [type(error) for error in failed] == [found.BadParameter] * 3
    assert data == b"data"


def test_a_small_file_that_grows_all_the_time_is_not_copied(store, place, tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(b"data")
    read = os.read
    grown = []

    def growing(number, size):
        with open(place("f"), "ab") as file:
            file.write(b"and more")
        grown.append(size)
        assert len(grown) < 10
        return read(number, size)

    monkeypatch.setattr(local_bytes.os, "read", growing)
    (outcome,) = copied(store, (place("f"), place("g")))
    assert isinstance(outcome, Changed)
    assert os.listdir(tmp_path) == ["f"]


def test_a_sparse_file_that_is_cut_off_meanwhile_is_not_copied(store, place, tmp_path):
    with open(place("f"), "wb") as file:
        file.truncate(8 << 20)
        for offset in (0, 6 << 20):
            file.seek(offset)
            file.write(os.urandom(4096))
    told = []

    def cut(size):
        told.append(size)
        os.truncate(place("f"), 1000)

    (outcome,) = copied(store, (place("f"), place("g")), told=cut)
    assert told
    assert isinstance(outcome, Changed)
    assert os.listdir(tmp_path) == ["f"]
