"""`juncture file` on an object store, where directories are beginnings of names."""

import os
from urllib.parse import quote

import pytest
from testbed import shares

from juncture.cli.__main__ import main


@pytest.fixture
def bucket():
    """The URL of a bucket without its query, the query, and the bucket as s3fs sees it."""
    for module in ("moto", "flask", "s3fs"):
        pytest.importorskip(module)
    with shares.serving("s3") as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        name = f"b-{os.urandom(4).hex()}"
        files = shares.s3_files(endpoint)
        files.mkdir(name)

        def there():
            files.invalidate_cache()
            return {path[len(name) + 1 :]: files.cat_file(path) for path in files.find(name)}

        yield f"s3://key:not-so-secret@{name}/", f"?endpoint_url={quote(endpoint, safe='')}", there


@pytest.fixture
def file(bucket, tmp_path, monkeypatch, capfdbinary):
    """Return a function that runs `juncture file …`; `@name` is a name in the bucket."""
    url, query, _ = bucket
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def call(*words):
        named = [f"{url}{word[1:]}{query}" if word.startswith("@") else word for word in words]
        status = main(["file", *named])
        done = capfdbinary.readouterr()
        return status, done.out, done.err.decode()

    return call


def test_what_is_written_makes_the_directories_that_it_is_in(file, bucket, tmp_path):
    _, _, there = bucket
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "one").write_text("1")
    for words in (
        ("cp", "d/one", "@a/b/one"),
        ("cp", "d/one", "@a/new/"),
        ("cp", "-r", "d", "@c/d/e"),
        ("sync", "d", "@h/i"),
        ("mv", "@a/b", "@k/l"),
        ("mv", "d/one", "@m/n/o"),
    ):
        assert file(*words) == (0, b"", ""), words
    assert there() == dict.fromkeys(["a/new/one", "c/d/e/one", "h/i/one", "k/l/one", "m/n/o"], b"1")


def test_what_comes_from_standard_input_makes_them_too(file, bucket, tmp_path, monkeypatch):
    _, _, there = bucket
    (tmp_path / "in").write_bytes(b"in")
    with open(tmp_path / "in") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert file("cp", "-", "@e/f/g") == (0, b"", "")
    assert there() == {"e/f/g": b"in"}


def test_how_a_directory_is_spelled_is_seen_before_a_query(file, bucket, tmp_path):
    _, _, there = bucket
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "one").write_text("1")
    assert file("cp", "-r", "d", "@a/b") == (0, b"", "")
    status, _, err = file("rm", "-r", "@a/b/..")
    assert (status, "stays" in err) == (2, True)
    assert file("cp", "-r", "@a/.", "d") == (0, b"", "")
    assert (tmp_path / "d" / "b" / "one").read_text() == "1"
    assert there() == {"a/b/one": b"1"}
