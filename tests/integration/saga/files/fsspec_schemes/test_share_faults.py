"""FTP, WebDAV, S3 and archives on a bad day: who may not, what breaks, and what stands there."""

import contextlib
import os
import socket
import socketserver
import tarfile
import threading
import zipfile

import pytest
from processes import PATIENCE_S
from testbed import samba, shares

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.saga.adaptors.fsspec_file import ftp
from juncture.saga.adaptors.fsspec_file.opening import open_store
from juncture.saga.filesystem import APPEND, CREATE, OVERWRITE, WRITE
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.url import Url

BIG = os.urandom(5 << 20)


@pytest.mark.parametrize("share", ["ftp", "webdav", "smb"])
def test_a_wrong_password(share, request):
    place = request.getfixturevalue(f"{share}_share")
    place.put("file", b"x")
    url = place.url("file").replace(":s3cret", ":wrong")
    with pytest.raises(rs.AuthenticationFailed) as caught:
        files.File(url)
    assert "wrong" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("share", ["ftp", "webdav", "smb"])
def test_a_password_from_the_session(share, request):
    place = request.getfixturevalue(f"{share}_share")
    place.put("file", b"content")
    scheme, _, rest = place.url("file").partition("://")
    url = f"{scheme}://{rest.partition('@')[2]}"
    session = rs.Session(default=False)
    with pytest.raises(rs.SagaException):
        files.File(url, session=session)
    context = rs.Context("UserPass", user_id=shares.USER, user_pass=shares.PASSWORD)
    context.remote_host = ["127.0.0.1"]
    session.add_context(context)
    assert files.File(url, session=session).read() == b"content"


def test_s3_keys_from_the_session(s3_share, s3_endpoint):
    s3_share.put("file", b"content")
    bucket = s3_share.base.partition("@")[2]
    context = rs.Context("UserPass", user_id="key", user_pass="not-so-secret", remote_host=[bucket])
    session = rs.Session(default=False)
    session.add_context(context)
    file = files.File(f"s3://{bucket}/file{s3_share.query}", session=session)
    assert file.read() == b"content"
    assert "not-so-secret" not in f"{file!r} {file._adaptor._place.store!r}"


@pytest.mark.parametrize("share", ["s3_share", "memory_share"])
def test_a_scheme_in_capitals_is_the_same(share, request):
    share = request.getfixturevalue(share)
    share.put("file", b"content")
    scheme, mark, rest = share.base.partition("://")
    found = files.File(f"{scheme.upper()}{mark}{rest}/file{share.query}")
    assert found.read() == b"content"


def test_an_account_that_may_only_read(ftp_share, here):
    ftp_share.put("file", b"content")
    url = ftp_share.url("file").replace(f"//{shares.USER}:", "//reader:")
    files.File(url).copy(f"file://{here}/file")
    assert (here / "file").read_bytes() == b"content"
    with pytest.raises(rs.PermissionDenied):
        files.File(f"file://{here}/file").copy(url, OVERWRITE)
    with pytest.raises(rs.SagaException):
        files.Directory(url.removesuffix("file")).make_dir("new")
    assert ftp_share.names() == ["file"]


@pytest.mark.parametrize("share", ["ftp", "webdav", "s3", "smb"])
@pytest.mark.parametrize("way", ["to", "from"])
def test_a_server_that_dies_leaves_nothing_half(share, way, request, here, tmp_path):
    with _serving(share, request, tmp_path / "share") as (server, folder):
        base, query = _base(share, server)
        directory = files.Directory(f"{base}/{query}")
        store, top = directory._adaptor._place.store, directory.url.path.rstrip("/")
        near, there = (Ending(server.end), str(here / "big")), (store, f"{top}/big")
        (here / "big").write_bytes(os.urandom(32 << 20))
        if way == "from":
            files.File(f"file://{here}/big").copy(f"{base}/big{query}")
            (here / "big").unlink()
            near, there = there, near
        (error,) = Transfer([Request(*near, *there)]).run()
        assert isinstance(error, rs.NoSuccess)
        assert "out of reach" in error.message or "lost" in error.message
    if way == "from":
        assert not (here / "big").exists()
    else:
        assert not (folder / "big").exists()


@pytest.mark.parametrize("share", ["ftp", "webdav"])
def test_a_server_that_dies_in_the_middle_of_a_listing_has_not_listed_less(
    share, request, tmp_path
):
    """More names than one answer can hold, or what is on its way between two sockets."""
    count = 20_000
    rest = "and of the length that a name may have".ljust(240, ".")
    with _serving(share, request, tmp_path / "share") as (server, folder):
        for number in range(count):
            (folder / f"{number:08} {rest}").touch()
        base, query = _base(share, server)
        directory = files.Directory(f"{base}/{query}")
        place = directory._adaptor._place
        names = place.store.names(place.path)
        next(names)
        server.end()
        with pytest.raises(rs.NoSuccess, match=r"out of reach|connection was lost"):
            list(names)


def test_s3_is_listed_page_by_page(needs):
    """A page has a thousand names; a name that stands for the directory itself is none of them."""
    needs("moto", "flask", "s3fs")
    expected = {f"{number:04}" for number in range(1050)} | {"sub"}
    with shares.serving("s3") as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        there = shares.s3_files(endpoint)
        there.mkdir("bucket")
        there.pipe({f"bucket/in/{name}": b"" for name in (*expected - {"sub"}, "", "sub/x")})
        folder = files.Directory(f"s3://k:s@bucket/in?endpoint_url={endpoint}")
        found = [str(name) for name in folder.list()]
        assert len(found) == len(expected)
        assert set(found) == expected
        place = folder._adaptor._place
        names = place.store.names(place.path)
        next(names)
        server.end()
        with pytest.raises(rs.NoSuccess, match="out of reach"):
            list(names)


@contextlib.contextmanager
def _serving(share, request, folder):
    """Serve a share with a server of its own, which may be ended."""
    if share == "smb":
        if reason := samba.why_not():
            pytest.skip(reason)
        with samba.serving() as server:
            yield server, server.folder
        return
    for name in ("pyftpdlib", "wsgidav", "webdav4", "moto", "s3fs"):
        request.getfixturevalue("needs")(name)
    folder.mkdir()
    with shares.serving(share, folder) as server:
        yield server, folder


class Ending(LocalStore):
    """Files of this host; something ends when a mebibyte of one has been read or written."""

    def __init__(self, end):
        super().__init__()
        self.end = end

    def open_read(self, path, offset=0):
        return Counted(super().open_read(path, offset), self.end)

    def open_write(self, path, **how):
        return Counted(super().open_write(path, **how), self.end)


class Counted:
    def __init__(self, file, end):
        self.file, self.end, self.size = file, end, 0

    def __getattr__(self, name):
        return getattr(self.file, name)

    def count(self, size):
        self.size += size
        if self.size >= 1 << 20:
            self.end()

    def read(self, size):
        data = self.file.read(size)
        self.count(len(data))
        return data

    def write(self, data):
        self.file.write(data)
        self.count(len(data))


def _base(share, server):
    if share == "smb":
        return server.url(), ""
    if share == "s3":
        query = f"?endpoint_url=http://127.0.0.1:{server.port}&key=k&secret=s"
        files.Directory(f"s3://bucket/{query}", files.CREATE)
        return "s3://bucket", query
    return f"{share}://{shares.LOGIN}:{server.port}", ""


@pytest.mark.parametrize("share", ["ftp", "smb"])
def test_a_copy_that_was_cut_goes_on_at_the_next_attempt(share, request, http, monkeypatch):
    monkeypatch.setattr(ftp, "_ABORT_S", PATIENCE_S)  # until the server has all that it was sent
    place = request.getfixturevalue(f"{share}_share")
    url = http.put("/big", BIG)
    http.cut_after["/big"] = [2 << 20, *[0] * 20]
    with pytest.raises(rs.NoSuccess, match="connection was lost"):
        files.File(url).copy(place.url("big"))
    (part,) = place.names()
    assert part.endswith(".part")
    kept = len(place.get(part))
    assert kept >= 1 << 20
    http.cut_after.clear()
    http.seen.clear()

    files.File(url).copy(place.url("big"))

    assert place.get("big") == BIG
    assert place.names() == ["big"]
    asked = [text for text in http.gets("/big") if text]
    assert max(int(text[6:].partition("-")[0]) for text in asked) == kept


class HangsUp(socketserver.BaseRequestHandler):
    """A server that takes every request, and ends the connection without a word."""

    def handle(self):
        self.request.recv(1 << 16)
        self.server.requests += 1


def test_one_alone_tries_again_when_s3_hangs_up(needs):
    needs("s3fs")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        server.requests = 0
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            endpoint = f"http://127.0.0.1:{server.server_address[1]}"
            with pytest.raises(rs.NoSuccess, match="out of reach"):
                open_store(
                    Url(f"s3://key:not-so-secret@bucket/?endpoint_url={endpoint}"), None, {}
                ).stat("/file")
        finally:
            server.shutdown()
            serving.join()
    assert 2 <= server.requests <= 4  # aiohttp sends what was idempotent once more by itself


def test_a_server_that_says_nothing_keeps_nobody_from_another():
    """Stores that log in when they are opened do so beside each other."""
    outcome = []

    def wait(port):
        with pytest.raises(rs.SagaException) as caught:
            files.File(f"ftp://127.0.0.1:{port}/file")
        outcome.append(caught.value)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = threading.Thread(target=wait, args=silent.getsockname()[1:])
        waiting.start()
        connection, _ = silent.accept()
        with connection:
            with pytest.raises(rs.DoesNotExist):
                files.File(f"memory:///{os.urandom(8).hex()}")
            assert outcome == []
    waiting.join()
    assert isinstance(outcome[0], rs.NoSuccess)


def test_ftp_appends(ftp_share):
    ftp_share.put("file", b"one")
    with files.File(ftp_share.url("file"), WRITE | APPEND) as file:
        file.write(b" two")
    assert ftp_share.get("file") == b"one two"


@pytest.mark.parametrize("share", ["webdav", "s3", "ftp"])
def test_a_writer_that_nobody_closes_writes_nothing_whole(share, request):
    place = request.getfixturevalue(f"{share}_share")
    store = files.Directory(place.url())._adaptor._place.store
    writer = store.open_write("/file")
    writer.write(b"half")
    writer.abort()
    if share != "ftp":
        assert place.names() == []
    file = files.File(place.url("other"), CREATE | WRITE)
    file.write(b"whole")
    file.close()
    assert place.get("other") == b"whole"


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz"])
def test_tar(tmp_path, here, ending):
    (tmp_path / "one").write_bytes(BIG)
    with tarfile.open(tmp_path / f"a.{ending}", f"w:{ending[4:]}") as archive:
        archive.add(tmp_path / "one", "in/one")
    file = files.File(f"tar://{tmp_path}/a.{ending}/in/one")
    file.copy(f"file://{here}/one")
    assert (here / "one").read_bytes() == BIG
    file.seek(1000)
    assert file.read(10) == BIG[1000:1010]


def test_an_archive_behind_http(http, tmp_path, here):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/one", BIG)
    url = http.put("/a.zip", (tmp_path / "a.zip").read_bytes())
    files.File(f"zip:///in/one?archive={url}").copy(f"file://{here}/one")
    assert (here / "one").read_bytes() == BIG


def test_what_is_no_archive(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"not at all")
    with pytest.raises(rs.BadParameter, match="archive"):
        files.File(f"zip://{tmp_path}/a.zip/x")
    with pytest.raises(rs.DoesNotExist, match=f"`{tmp_path}/b.zip` on zip:// is not there"):
        files.File(f"zip://{tmp_path}/b.zip/x")
    with pytest.raises(rs.BadParameter, match="names no archive"):
        files.File(f"zip://{tmp_path}/x")


def test_a_damaged_archive_makes_no_file(tmp_path, here):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one", BIG)
    data = bytearray(path.read_bytes())
    data[1 << 20] ^= 1
    path.write_bytes(data)
    with pytest.raises(rs.SagaException):
        files.File(f"zip://{path}/one").copy(f"file://{here}/one")
    assert list(here.iterdir()) == []
