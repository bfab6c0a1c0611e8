"""Trees that can be read alone: archives of every kind, and the commits of a git repository."""

import importlib.util
import os
import tarfile
import threading
import zipfile

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.saga.filesystem import RECURSIVE

TREE = {
    "tree/small": b"some bytes\x00\xff\r\n",
    "tree/a blank, a 'quote'": b"blank",
    "tree/ünïcode": b"unicode",
    "tree/below/deep": os.urandom((1 << 20) + 17),
}


def _archive(path, kind):
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in TREE.items():
                archive.writestr(name, data)
        return
    source = path.parent / "source"
    for name, data in TREE.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    if kind.startswith("tar"):
        with tarfile.open(path, f"w:{kind[4:]}") as archive:
            archive.add(source / "tree", "tree")
        return
    libarchive = pytest.importorskip("libarchive", exc_type=Exception)
    formats = {"7z": "7zip", "cpio": "cpio", "iso": "iso9660", "xar": "xar"}
    with libarchive.file_writer(str(path), formats[kind]) as archive:
        for name, data in TREE.items():
            archive.add_file_from_memory(name, len(data), data)


def _reads_as_a_tree(url, here):
    folder = files.Directory(url)
    listed = folder.open_dir("tree").list()
    assert sorted(name.path.rpartition("/")[2] for name in listed) == sorted(
        {rs.Url(name).path.split("/")[1] for name in TREE}
    )
    assert folder.is_dir("tree/below")
    assert folder.get_size("tree/small") == len(TREE["tree/small"])
    assert not folder.exists("tree/other")
    folder.copy("tree", f"file://{here}/copy", RECURSIVE)
    for name, data in TREE.items():
        assert (here / f"copy{name[4:]}").read_bytes() == data, name
    with pytest.raises(rs.NotImplemented, match="can only be read"):
        folder.remove("tree/small")


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_an_archive_is_a_tree(tmp_path, here, kind):
    _archive(tmp_path / f"a.{kind}", kind)
    _reads_as_a_tree(f"{kind[:3]}://{tmp_path}/a.{kind}/", here)


def test_two_threads_read_one_archive(tmp_path):
    """The archive is one open file: nobody may move it between a seek of another and its read."""
    _archive(tmp_path / "a.tar", "tar")
    place = files.Directory(f"tar://{tmp_path}/a.tar/tree")._adaptor._place
    store, tar = place.store, place.store._fs.tar
    tried, read = threading.Event(), {}

    def read_whole(name):
        read[name] = readers[name].read(1 << 21)

    other = threading.Thread(target=read_whole, args=["below/deep"])

    class Watched:
        """The file of the archive: a first seek lets the other thread try to read."""

        def seek(self, offset):
            at = file.seek(offset)
            if threading.current_thread() is other:
                tried.set()
            elif not tried.is_set():
                other.start()
                tried.wait()
            return at

        def read(self, size):
            return file.read(size)

        def seekable(self):
            return True

    class Told:
        """The lock of the store: who waits for it has tried, too."""

        def __enter__(self):
            if threading.current_thread() is other:
                tried.set()
            return guard.__enter__()

        def __exit__(self, *error):
            return guard.__exit__(*error)

    file, tar.fileobj = tar.fileobj, Watched()
    guard = getattr(store, "_guard", None)
    readers = {name: store.open_read(f"{place.path}/{name}") for name in ("small", "below/deep")}
    store._guard = Told()
    read_whole("small")
    other.join()
    assert read == {name: TREE[f"tree/{name}"] for name in readers}


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "7z", "cpio"])
def test_what_libarchive_reads_is_a_tree(tmp_path, here, kind):
    if importlib.util.find_spec("libarchive") is None:
        pytest.skip("there is no Python module libarchive")
    _archive(tmp_path / f"a.{kind}", kind)
    _reads_as_a_tree(f"libarchive://{tmp_path}/a.{kind}/", here)


def test_a_commit_is_a_tree(tmp_path, here):
    pygit2 = pytest.importorskip("pygit2")
    repository = pygit2.init_repository(tmp_path / "repository", initial_head="main")
    for name, data in TREE.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    repository.index.add_all()
    author = pygit2.Signature("somebody", "somebody@example.org")
    tree = repository.index.write_tree()
    repository.create_commit("HEAD", author, author, "all", tree, [])
    _reads_as_a_tree(f"git://main@/?path={tmp_path}/repository", here)
