"""juncture's stores as file systems of fsspec: fsspec's own tests, and what they leave out."""

import os
import pickle
import zipfile
from contextlib import suppress
from datetime import datetime, timezone

import pytest

fsspec = pytest.importorskip("fsspec")
abstract = pytest.importorskip("fsspec.tests.abstract")

from juncture.saga.storage.local import LocalStore  # noqa: E402
from juncture.saga.stored.fsspec_bridge import JunctureFileSystem  # noqa: E402


class Local(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self):
        return JunctureFileSystem("file", auto_mkdir=True)

    @pytest.fixture
    def fs_path(self, tmp_path):
        folder = tmp_path / "over-there"
        folder.mkdir()
        return str(folder)


class TestLocalCopy(abstract.AbstractCopyTests, Local):
    pass


class TestLocalGet(abstract.AbstractGetTests, Local):
    pass


class TestLocalPut(abstract.AbstractPutTests, Local):
    pass


class TestLocalOpen(abstract.AbstractOpenTests, Local):
    pass


class TestLocalPipe(abstract.AbstractPipeTests, Local):
    pass


@pytest.fixture
def local(tmp_path):
    return JunctureFileSystem(store=LocalStore(), skip_instance_cache=True)


def test_an_url_opens_a_file_for_all_who_know_fsspec(tmp_path):
    url = f"juncture+file://{tmp_path}/a file"
    with fsspec.open(url, "wb") as file:
        file.write(b"one\ntwo\n")
    with fsspec.open(url, "rt") as file:
        assert file.read() == "one\ntwo\n"
    with fsspec.open(url, "ab") as file:
        file.write(b"three\n")
    assert (tmp_path / "a file").read_bytes() == b"one\ntwo\nthree\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x", b"in an archive")
    with fsspec.open(f"zip://x::juncture+file://{tmp_path}/a.zip") as file:
        assert file.read() == b"in an archive"


def test_a_name_makes_a_file_system(tmp_path):
    (tmp_path / "x").write_bytes(b"0123")
    found = fsspec.filesystem("juncture+file")
    assert found.cat_ranges([f"{tmp_path}/x"] * 2, [0, 2], [1, 4]) == [b"0", b"23"]
    assert found.unstrip_protocol(f"{tmp_path}/x") == f"juncture+file://{tmp_path}/x"
    assert pickle.loads(pickle.dumps(found)).cat_file(f"{tmp_path}/x") == b"0123"  # noqa: S301


def test_a_url_says_where():
    fs, path = fsspec.core.url_to_fs("juncture+file:///some/where")
    assert isinstance(fs, JunctureFileSystem)
    assert path == "/some/where"
    assert fs.unstrip_protocol(path) == "juncture+file:///some/where"
    found = JunctureFileSystem._get_kwargs_from_urls("juncture+ssh://bob:pw@host:22/path")
    assert found == {
        "scheme": "ssh",
        "host": "host",
        "port": 22,
        "username": "bob",
        "password": "pw",
    }
    assert JunctureFileSystem._strip_protocol("juncture+ssh://bob@host:22/a/b/") == "/a/b"


def test_a_file_that_is_not_finished_does_not_appear(local, tmp_path):
    path = f"{tmp_path}/file"
    (tmp_path / "file").write_bytes(b"before")
    with suppress(ZeroDivisionError), local.open(path, "wb", block_size=1000) as file:
        file.write(bytes(5000))
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == ["file"]
    assert local.cat_file(path) == b"before"

    file = local.open(path, "wb", block_size=1000)
    file.write(bytes(5000))
    del file
    assert os.listdir(tmp_path) == ["file"]
    assert local.cat_file(path) == b"before"


def test_who_may_read_a_file_stays_as_it_is_when_it_is_replaced(local, tmp_path):
    file = tmp_path / "secret"
    for mode in (0o600, 0o664):
        file.touch()
        file.chmod(mode)
        with local.open(str(file), "wb") as written:
            written.write(b"new")
        assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (b"new", mode)
        local.pipe_file(str(file), b"newer")
        assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (b"newer", mode)
    file.chmod(0o4755)
    local.pipe_file(str(file), b"what acts for nobody")
    assert file.stat().st_mode & 0o7777 == 0o755


def test_of_two_who_make_a_file_one_is_refused_and_leaves_nothing(local, tmp_path):
    path = f"{tmp_path}/file"
    file = local.open(path, "xb")
    file.write(b"second")
    local.pipe_file(path, b"first")
    with pytest.raises(FileExistsError):
        file.close()
    assert os.listdir(tmp_path) == ["file"]
    assert local.cat_file(path) == b"first"


def test_ranges(local, tmp_path):
    data = os.urandom(100_000)
    (tmp_path / "file").write_bytes(data)
    path = f"{tmp_path}/file"
    ranges = [(0, 10), (99_990, 100_000), (500, 500), (50_000, 60_000)]
    found = local.cat_ranges([path] * 4, *map(list, zip(*ranges, strict=True)))
    assert found == [data[begin:end] for begin, end in ranges]
    assert local.cat_file(path, -5) == data[-5:]
    assert local.cat_file(path, 10, -10) == data[10:-10]
    with local.open(path, block_size=1000) as file:
        file.seek(70_000)
        assert file.read(20_000) == data[70_000:90_000]
        file.seek(-3, 2)
        assert file.read() == data[-3:]


def test_the_tree(local, tmp_path):
    root = str(tmp_path)
    local.makedirs(f"{root}/a/b")
    local.pipe({f"{root}/a/x": b"x", f"{root}/a/b/y": b"yy"})
    assert local.ls(root, detail=False) == [f"{root}/a"]
    assert [(each["name"], each["type"], each["size"]) for each in local.ls(f"{root}/a")] == [
        (f"{root}/a/b", "directory", 0),
        (f"{root}/a/x", "file", 1),
    ]
    assert local.find(root) == [f"{root}/a/b/y", f"{root}/a/x"]
    assert local.glob(f"{root}/a/**/y") == [f"{root}/a/b/y"]
    assert local.du(root) == 3
    changed = datetime.fromtimestamp(os.stat(f"{root}/a/x").st_mtime, timezone.utc)
    assert local.modified(f"{root}/a/x") == changed
    local.mv(f"{root}/a", f"{root}/c", recursive=True)
    local.cp_file(f"{root}/c/x", f"{root}/c/z")
    assert local.cat(f"{root}/c/z") == b"x"
    local.cp_file(f"{root}/c/b/y", f"{root}/c/z")
    assert local.cat(f"{root}/c/z") == b"yy"
    os.symlink("nowhere", f"{root}/c/dangling")
    assert f"{root}/c/dangling" not in [each["name"] for each in local.ls(f"{root}/c")]
    local.rm_file(f"{root}/c/z")
    with pytest.raises(OSError, match="not an empty directory"):
        local.rmdir(f"{root}/c")
    local.rm(f"{root}/c", recursive=True)
    assert local.ls(root) == []


def test_failures_are_those_that_callers_of_fsspec_expect(local, tmp_path):
    root = str(tmp_path)
    local.mkdir(f"{root}/folder")
    local.touch(f"{root}/file")
    with pytest.raises(FileNotFoundError):
        local.info(f"{root}/nothing")
    with pytest.raises(FileNotFoundError):
        local.open(f"{root}/nothing").read()
    with pytest.raises(FileExistsError):
        local.mkdir(f"{root}/folder")
    with pytest.raises(FileExistsError):
        local.makedirs(f"{root}/file", exist_ok=True)
    with pytest.raises(IsADirectoryError):
        local.open(f"{root}/folder")
    with pytest.raises(FileExistsError):
        local.open(f"{root}/file", "xb")
    with pytest.raises(FileNotFoundError), local.open(f"{root}/no/file", "wb") as file:
        file.write(b"x")
    assert not local.exists(f"{root}/nothing")


def test_a_file_system_travels(tmp_path):
    fs = JunctureFileSystem("file")
    again = pickle.loads(pickle.dumps(fs))  # noqa: S301 - our own
    again.pipe_file(f"{tmp_path}/file", b"x")
    assert fs.cat(f"{tmp_path}/file") == b"x"
