"""Real servers of the schemes that fsspec serves, each on a free port."""

import hashlib
import importlib.util
import os
import zipfile
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from testbed import samba, shares, web

BUCKET = "juncture"


def _needs(*modules):
    for name in modules:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"there is no Python module {name}")


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    """Keep the notes of transfers in the test's own directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def http():
    pytest.importorskip("aiohttp")
    with web.serving() as server:
        yield server


@pytest.fixture
def needs():
    return _needs


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@dataclass
class Share:
    """A place that a test may fill: by its URLs, and behind the back of juncture."""

    base: str
    query: str = ""
    writable: bool = True
    put: object = None
    get: object = None
    names: object = None
    more: dict = field(default_factory=dict)

    def url(self, name=""):
        return f"{self.base}/{quote(name)}{self.query}"

    def digest(self, name):
        return hashlib.sha256(self.get(name)).hexdigest()


def _folder(base, folder, uid=-1, **more):
    def put(name, data):
        path = folder / name
        for above in reversed([each for each in path.parents if not each.exists()]):
            above.mkdir()
            os.chown(above, uid, -1)
        path.write_bytes(data)
        os.chown(path, uid, -1)

    def names():
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    return Share(base, put=put, get=lambda name: (folder / name).read_bytes(), names=names, **more)


@pytest.fixture
def local_share(tmp_path):
    folder = tmp_path / "local-share"
    folder.mkdir()
    return _folder(f"file://{folder}", folder)


@pytest.fixture
def ftp_share(tmp_path):
    pytest.importorskip("fsspec")
    _needs("pyftpdlib")
    folder = tmp_path / "ftp-share"
    folder.mkdir()
    with shares.serving("ftp", folder) as server:
        yield _folder(f"ftp://{shares.LOGIN}:{server.port}", folder)


@pytest.fixture
def webdav_share(tmp_path):
    _needs("wsgidav", "cheroot", "webdav4")
    folder = tmp_path / "webdav-share"
    folder.mkdir()
    with shares.serving("webdav", folder) as server:
        yield _folder(f"webdav://{shares.LOGIN}:{server.port}", folder)


@pytest.fixture(scope="session")
def smb_server():
    if reason := samba.why_not():
        pytest.skip(reason)
    with samba.serving() as server:
        yield server


@pytest.fixture
def smb_share(smb_server):
    folder = smb_server.folder / os.urandom(6).hex()
    folder.mkdir()
    os.chown(folder, smb_server.uid, -1)
    return _folder(smb_server.url(folder.name), folder, smb_server.uid)


@pytest.fixture
def memory_share():
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory", skip_instance_cache=True)
    root = f"/{os.urandom(8).hex()}"
    files.mkdir(root)
    try:
        yield _of_fsspec(f"memory://{root}", files, root)
    finally:
        files.rm(root, recursive=True)


@pytest.fixture(scope="session")
def s3_endpoint():
    _needs("moto", "flask", "s3fs")
    with shares.serving("s3") as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def s3_share(s3_endpoint):
    files = shares.s3_files(s3_endpoint)
    bucket = f"{BUCKET}-{os.urandom(4).hex()}"
    files.mkdir(bucket)
    query = f"?endpoint_url={quote(s3_endpoint, safe='')}"
    return _of_fsspec(f"s3://key:not-so-secret@{bucket}", files, bucket, query=query)


def _of_fsspec(base, files, root, **more):
    def names():
        return sorted(name.lstrip("/")[len(root.lstrip("/")) + 1 :] for name in files.find(root))

    return Share(
        base,
        put=lambda name, data: files.pipe_file(f"{root}/{name}", data),
        get=lambda name: files.cat_file(f"{root}/{name}"),
        names=names,
        **more,
    )


@pytest.fixture
def http_share(http):
    return Share(
        http.url,
        writable=False,
        put=lambda name, data: http.put(f"/{name}", data),
        get=lambda name: http.files[f"/{name}"],
        names=lambda: sorted(name[1:] for name in http.files),
    )


@pytest.fixture
def zip_share(tmp_path):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w"):
        pass

    def put(name, data):
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)

    def get(name):
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)

    def names():
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.namelist())

    return Share(f"zip://{path}", writable=False, put=put, get=get, names=names)
