"""Odd files, odd names and odd neighbours, on this host and on another, in every direction."""

import hashlib
import os
import re
import shutil
import socket
import stat as modes
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from juncture.saga.exceptions import SagaException
from juncture.saga.storage.failures import Changed
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.parts import is_part
from juncture.saga.storage.store import Store
from juncture.saga.storage.transfer import Incomplete, Request, Transfer

LARGE = 1 << 20
SIZES = pytest.mark.parametrize("size", [100, LARGE], ids=["small", "large"])
SENT = pytest.mark.parametrize("ends", ["to", "from"], indirect=True)


@dataclass
class End:
    """A name in a store, and where it is for who looks from behind."""

    store: Store
    here: Path

    @property
    def path(self):
        return str(self.here)


@pytest.fixture
def place(place_on):
    return place_on()


@pytest.fixture(params=["local", "to", "from", "within"])
def ends(request, place, tmp_path, monkeypatch):
    """Return a source and a target, neither of which is there."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "in").mkdir()
    own = LocalStore()
    there = request.param in {"from", "within"}, request.param in {"to", "within"}
    return [
        End(place.store, place.here / name) if far else End(own, tmp_path / "in" / name)
        for far, name in zip(there, ("source", "target"), strict=True)
    ]


def run(source, target, *, checksum=None, **options):
    request = Request(source.store, source.path, target.store, target.path, **options)
    (outcome,) = Transfer([request], checksum=checksum).run()
    return outcome


def sums(folder):
    """Return the checksum of each file below a directory."""
    return {
        os.path.relpath(os.path.join(top, name), os.fsencode(folder)): hashlib.sha256(
            Path(os.fsdecode(os.path.join(top, name))).read_bytes()
        ).hexdigest()
        for top, _, names in os.walk(os.fsencode(folder))
        for name in names
        if os.path.isfile(os.path.join(top, name))
    }


@SIZES
@pytest.mark.parametrize("replace", [False, True])
def test_a_link_to_a_directory_is_one(ends, place, size, replace):
    source, target = ends
    source.here.write_bytes(os.urandom(size))
    (target.here.parent / "real").mkdir()
    target.here.symlink_to("real")
    place.own()
    assert run(source, target, replace=replace) is None
    assert target.here.readlink() == Path("real")
    assert (target.here / "source").read_bytes() == source.here.read_bytes()
    outcome = run(source, target, replace=replace)
    assert (outcome is None) == replace
    assert os.listdir(target.here) == ["source"]


@SIZES
def test_a_link_to_a_file_is_replaced(ends, place, size):
    source, target = ends
    source.here.write_bytes(os.urandom(size))
    real = target.here.parent / "real"
    real.write_bytes(b"what was there")
    target.here.symlink_to("real")
    place.own()
    assert run(source, target) is not None
    assert run(source, target, replace=True) is None
    assert not target.here.is_symlink()
    assert target.here.read_bytes() == source.here.read_bytes()
    assert real.read_bytes() == b"what was there"


@pytest.mark.parametrize("whole", [False, True], ids=["requests", "tree"])
def test_what_many_files_replace_is_looked_at(ends, place, whole):
    """A directory and a link to one take the file in; a pipe and a device are not replaced."""
    source, target = ends
    odd = ["dir", "file", "link", "link to dir", "new", "null", "pipe", "broken"]
    for folder in (source.here, target.here):
        folder.mkdir()
    for name in odd:
        (source.here / name).write_bytes(name.encode())
    (target.here / "dir").mkdir()
    (target.here / "file").write_bytes(b"old")
    (target.here / "link").symlink_to("real file")
    (target.here / "real file").write_bytes(b"real")
    (target.here / "link to dir").symlink_to("real")
    (target.here / "real").mkdir()
    os.mknod(target.here / "null", 0o20666, os.makedev(1, 3))
    os.mkfifo(target.here / "pipe")
    (target.here / "broken").symlink_to("nowhere")
    place.own()
    if whole:
        outcome = run(source, target, recursive=True, replace=True, merge=True)
        failed = sorted(re.findall(r"/target/([^`/]+)`", " ".join(map(str, outcome.failures))))
        assert failed == ["dir", "null", "pipe"]
    else:
        paths = [(f"{source.path}/{name}", f"{target.path}/{name}") for name in odd]
        asked = [Request(source.store, one, target.store, new, replace=True) for one, new in paths]
        outcomes = zip(odd, Transfer(asked).run(), strict=True)
        assert sorted(name for name, outcome in outcomes if outcome) == ["null", "pipe"]
        assert (target.here / "dir" / "dir").read_bytes() == b"dir"
        assert (target.here / "real" / "link to dir").read_bytes() == b"link to dir"
    assert (target.here / "link to dir").is_symlink() is not whole
    for name in ("file", "link", "new", "broken"):
        assert not (target.here / name).is_symlink()
        assert (target.here / name).read_bytes() == name.encode()
    assert (target.here / "real file").read_bytes() == b"real"
    assert (target.here / "null").is_char_device()
    assert (target.here / "pipe").is_fifo()
    assert not [path for path in target.here.rglob("*") if is_part(path.name)]


@SIZES
def test_nobody_acts_for_the_owner_of_a_copy(ends, place, size):
    """The copy belongs to who made it, and may hold a program of somebody else."""
    source, target = ends
    source.here.mkdir()
    place.own()
    program = source.here / "program"
    program.write_bytes(os.urandom(size))
    os.chown(program, 12345, 12345)
    program.chmod(0o6755)
    assert run(source, target, recursive=True) is None
    copy = (target.here / "program").stat()
    assert modes.S_IMODE(copy.st_mode) == 0o755
    assert copy.st_uid != 12345


def test_only_files_directories_and_links_are_copied(ends, place):
    source, target = ends
    source.here.mkdir()
    (source.here / "file").write_bytes(b"content")
    os.link(source.here / "file", source.here / "hard link")
    os.mkfifo(source.here / "fifo")
    os.mknod(source.here / "device", 0o20666, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX) as bound:
        here = os.open(source.here, os.O_RDONLY)
        bound.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
    place.own()
    outcome = run(source, target, recursive=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 3
    assert sorted(os.listdir(target.here)) == ["file", "hard link"]
    assert {*sums(target.here).values()} == {hashlib.sha256(b"content").hexdigest()}


@pytest.mark.parametrize("checksum", [None, "sha256"])
def test_the_longest_names(ends, place, checksum):
    """What a file is called while it is written must be a name, too."""
    source, target = ends
    source.here.mkdir()
    names = [b"n" * 255, b"\xc3\xa9" * 127, b"\xff" * 255, b"L" * 255]
    for name in names:
        path = os.path.join(os.fsencode(source.here), name)
        Path(os.fsdecode(path)).write_bytes(os.urandom(LARGE if name[:1] == b"L" else 10))
    place.own()
    assert run(source, target, checksum=checksum, recursive=True) is None
    assert sums(target.here) == sums(source.here)
    assert sorted(os.listdir(os.fsencode(target.here))) == sorted(names)


@SIZES
def test_the_longest_path(tmp_path, size, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    store = LocalStore()
    folder = str(tmp_path)
    while len(folder) < 4095 - 300:
        folder += "/" + "d" * 200
        os.mkdir(folder)
    folder += "/" + "e" * (4095 - 50 - len(folder) - 1)
    os.mkdir(folder)
    path = f"{folder}/{'f' * 49}"
    data = os.urandom(size)
    store.write_whole(path, data, None, replace=False)
    copy = End(store, Path(f"{folder}/{'g' * 49}"))
    assert run(End(store, Path(path)), copy) is None
    assert sorted(map(len, os.listdir(folder))) == [49, 49]
    shutil.rmtree(tmp_path / ("d" * 200))


def test_a_private_umask_changes_no_copy(ends, place):
    source, target = ends
    source.here.mkdir(mode=0o755)
    for name, size, mode in (("a", 10, 0o664), ("b", LARGE, 0o664), ("c", LARGE, 0o444)):
        (source.here / name).write_bytes(os.urandom(size))
        (source.here / name).chmod(mode)
    place.own()
    old = os.umask(0o077)
    try:
        assert run(source, target, recursive=True) is None
    finally:
        os.umask(old)
    found = [target.here, *sorted(target.here.iterdir())]
    assert [modes.S_IMODE(path.stat().st_mode) for path in found] == [0o755, 0o664, 0o664, 0o444]
    assert sums(target.here) == sums(source.here)


@pytest.mark.parametrize("ends", ["local", "to", "within"], indirect=True)
def test_files_of_more_than_four_gib(ends, place):
    source, target = ends
    with source.here.open("wb") as file:
        file.write(b"begin")
        file.seek((4 << 30) + 4000)
        file.write(b"end")
    place.own()
    assert run(source, target) is None
    found = target.here.stat()
    assert found.st_size == (4 << 30) + 4003
    assert found.st_blocks * 512 < LARGE
    reader = target.store.open_read(target.path, (4 << 30) + 3990)
    assert reader.read(100) == bytes(10) + b"end"
    reader.close()


class Shortening:
    """A reader whose file is made shorter when the first piece has been read."""

    def __init__(self, reader, path, size):
        self._reader = reader
        self._path = path
        self._size = size
        self.close = reader.close

    def read(self, size):
        data = self._reader.read(size)
        if self._path.stat().st_size > self._size:
            os.truncate(self._path, self._size)
        return data


@SENT
@pytest.mark.parametrize("size", [0, LARGE], ids=["emptied", "shortened"])
def test_a_source_that_is_cut_off_meanwhile(ends, place, size, monkeypatch):
    source, target = ends
    source.here.write_bytes(os.urandom(32 << 20))
    place.own()
    open_read = source.store.open_read

    def opened(path, offset=0):
        return Shortening(open_read(path, offset), source.here, size)

    monkeypatch.setattr(source.store, "open_read", opened)
    outcome = run(source, target, recursive=True)
    assert source.here.stat().st_size == size
    assert isinstance(outcome, Changed)
    assert not os.path.lexists(target.here)
    assert [name for name in os.listdir(target.here.parent) if name.endswith(".part")] == []


@SENT
def test_a_target_that_is_removed_meanwhile(ends, place, monkeypatch):
    source, target = ends
    source.here.mkdir()
    for number in range(300):
        (source.here / str(number)).write_bytes(os.urandom(200_000))
    place.own()
    gone = target.here.parent / "gone"
    write_many = target.store.write_many

    def removing(files):
        for number, file in enumerate(files):
            if number == 20:
                os.rename(target.here, gone)
            yield file

    def written(files, *, replace):
        return write_many(files if gone.exists() else removing(files), replace=replace)

    monkeypatch.setattr(target.store, "write_many", written)
    outcome = run(source, target, recursive=True)
    assert isinstance(outcome, Incomplete)
    assert "is not there" in outcome.message
    whole = sums(source.here)
    found = {name: each for name, each in sums(gone).items() if not is_part(os.fsdecode(name))}
    assert found.items() <= whole.items()
    assert len(found) + outcome.count >= len(whole)
    assert not target.here.exists()


def test_several_clients_write_one_name(ends, place):
    source, target = ends
    contents = [os.urandom(LARGE + number) for number in range(6)]
    sources = [End(source.store, Path(f"{source.path}-{number}")) for number in range(6)]
    for end, content in zip(sources, contents, strict=True):
        end.here.write_bytes(content)
    place.own()
    outcomes = []
    threads = [
        threading.Thread(target=lambda end=end: outcomes.append(run(end, target, replace=True)))
        for end in sources
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [None] * 6
    assert target.here.read_bytes() in contents
    assert [name for name in os.listdir(target.here.parent) if name.endswith(".part")] == []


def test_a_hundred_copies_at_once(ends, place):
    source, target = ends
    source.here.mkdir()
    target.here.mkdir()
    names = [f"{number:02}" for number in range(100)]
    for name in names:
        (source.here / name).write_bytes(os.urandom(LARGE if name[1] == "0" else 1000))
    place.own()
    outcomes = []

    def copy(name):
        one = End(source.store, source.here / name)
        outcomes.append(run(one, End(target.store, target.here / name)))

    threads = [threading.Thread(target=copy, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [None] * 100
    assert sums(target.here) == sums(source.here)


def test_links_in_a_circle(ends, place):
    source, target = ends
    (source.here / "sub").mkdir(parents=True)
    (source.here / "file").write_bytes(b"content")
    (source.here / "sub" / "up").symlink_to("..")
    (source.here / "self").symlink_to("self")
    place.own()
    assert run(source, target, recursive=True) is None
    assert (target.here / "sub" / "up").readlink() == Path("..")
    assert (target.here / "self").readlink() == Path("self")
    other = End(target.store, target.here.parent / "other")
    outcome = run(source, other, recursive=True, dereference=True)
    assert isinstance(outcome, SagaException)
    assert sums(other.here)[b"file"] == sums(source.here)[b"file"]


@SIZES
def test_a_directory_takes_a_file_in_and_is_never_replaced(ends, place, size):
    source, target = ends
    source.here.write_bytes(os.urandom(size))
    (target.here / "source").mkdir(parents=True)
    (target.here / "source" / "old").write_bytes(b"old")
    place.own()
    for replace in (False, True):
        assert isinstance(run(source, target, replace=replace), SagaException)
    assert sums(target.here) == {b"source/old": hashlib.sha256(b"old").hexdigest()}
    (target.here / "source" / "old").unlink()
    (target.here / "source").rmdir()
    assert run(source, target) is None
    assert (target.here / "source").read_bytes() == source.here.read_bytes()


@pytest.mark.parametrize("ends", ["to", "within"], indirect=True)
def test_a_directory_that_is_denied_half_way(ends, place):
    source, target = ends
    for name in ("a", "b", "c"):
        (source.here / name).mkdir(parents=True)
        for number in range(20):
            (source.here / name / str(number)).write_bytes(os.urandom(1000))
        (source.here / name / "large").write_bytes(os.urandom(LARGE))
    (target.here / "b").mkdir(parents=True)
    place.own()
    os.chown(target.here / "b", 0, 0)
    outcome = run(source, target, recursive=True, merge=True)
    assert isinstance(outcome, Incomplete)
    assert outcome.count == 21
    expected = {name: each for name, each in sums(source.here).items() if name[:1] != b"b"}
    assert sums(target.here) == expected


def test_of_a_file_that_is_long_now_only_the_beginning_is_read(ends, place):
    source, _ = ends
    source.here.write_bytes(os.urandom(LARGE))
    place.own()
    for most in (1, 1000, 1 << 18):
        ((data, stat),) = source.store.read_known([source.path], most)
        assert data == source.here.read_bytes()[:most]
        assert stat.size_bytes == LARGE
    ((data, _),) = source.store.read_known([source.path], 2 * LARGE)
    assert data == source.here.read_bytes()
