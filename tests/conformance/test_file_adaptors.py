"""The shipped file adaptors keep what a file adaptor promises, on real file systems and servers."""

import os
import shutil
import time
from urllib.parse import quote

import pytest
from testbed import apache, samba, shares, sshd, web

import juncture.saga as rs
from juncture.saga.shell import places
from juncture.saga.storage import ssh
from juncture.testing import FileAdaptorKit, FolderOracle
from juncture.testing.file_names import NAMES


class TestLocal(FileAdaptorKit):
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "kit 100%"
        folder.mkdir()
        return folder

    @pytest.fixture
    def directory_url(self, folder):
        url = rs.Url("file://localhost/")
        url.path = str(folder).replace("%", "%25")
        return url

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder)


class TestTree(FileAdaptorKit):
    """An adaptor as an author writes one, without a capability of its own."""

    @pytest.fixture(params=["plain", "bare", "objects"])
    def directory_url(self, request):
        rs.engine.getEngine().register_adaptor("adaptors.saga.tree_file")
        return f"tree://{request.param}.{os.urandom(8).hex()}/"


@pytest.fixture(scope="module")
def testbed():
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        running.bare = running.add_host(ForceCommand="internal-sftp")
        yield running


@pytest.fixture(scope="module")
def ssh_session(testbed):
    session = rs.Session(default=False)
    session.contexts.append(rs.Context("ssh", user_key=str(testbed.key)))
    return session


@pytest.fixture(scope="module", params=["ssh", "sftp"])
def ssh_home(request, testbed, ssh_session, tmp_path_factory):
    """The URL of a home directory, with a connection that all tests share."""
    index = testbed.hosts.index(testbed.bare) if request.param == "sftp" else 0
    user = testbed.users["bash"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        environment.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        url = f"{request.param}://{user.name}@h{index}{user.home}"
        yield url
        master = places.master_of(rs.Url(url), ssh_session)
        ssh.store_for(master).close()
        master.close()


class TestSSH(FileAdaptorKit):
    """`ssh://` to a host with a shell, and `sftp://` to one that has SFTP alone."""

    @pytest.fixture
    def session(self, ssh_session):
        return ssh_session

    @pytest.fixture
    def folder(self, testbed):
        user = testbed.users["bash"]
        folder = user.home / f"kit-{os.urandom(6).hex()}"
        folder.mkdir()
        shutil.chown(folder, user.name)
        yield folder
        shutil.rmtree(folder)

    @pytest.fixture
    def directory_url(self, ssh_home, folder):
        return f"{ssh_home}/{folder.name}"

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder, folder.stat().st_uid)


class FsspecOracle:
    """A directory as fsspec itself sees it."""

    def __init__(self, files, root):
        self.files, self.root = files, root

    def put(self, path, data):
        self.files.pipe_file(f"{self.root}/{path}", data)

    def get(self, path):
        return self.files.cat_file(f"{self.root}/{path}")

    def names(self, folder):
        found = self.files.ls(f"{self.root}/{folder}".rstrip("/"), detail=False)
        return [name.rstrip("/").rpartition("/")[2] for name in found]


class TestMemory(FileAdaptorKit):
    @pytest.fixture
    def oracle(self):
        fsspec = pytest.importorskip("fsspec")
        files = fsspec.filesystem("memory", skip_instance_cache=True)
        root = f"/kit-{os.urandom(8).hex()}"
        files.mkdir(root)
        yield FsspecOracle(files, root)
        files.rm(root, recursive=True)

    @pytest.fixture
    def directory_url(self, oracle):
        return f"memory://{oracle.root}"


@pytest.fixture(scope="module")
def ftp_share(tmp_path_factory):
    for module in ("fsspec", "pyftpdlib"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("ftp")
    with shares.serving("ftp", folder) as server:
        yield f"ftp://{shares.LOGIN}:{server.port}", folder


@pytest.fixture(scope="module")
def webdav_share(tmp_path_factory):
    for module in ("fsspec", "webdav4", "wsgidav", "cheroot"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("webdav")
    with shares.serving("webdav", folder) as server:
        yield f"webdav://{shares.LOGIN}:{server.port}", folder


class OfFolder:
    """A share that is a directory of this host, too."""

    @pytest.fixture
    def folder(self, share):
        folder = share[1] / f"kit-{os.urandom(6).hex()}"
        folder.mkdir()
        return folder

    @pytest.fixture
    def directory_url(self, share, folder):
        return f"{share[0]}/{folder.name}"

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder)


class OfAccount:
    """A share that is a directory of this host, and of an account of the server's own."""

    @pytest.fixture
    def folder(self, share):
        folder = share.folder / f"kit-{os.urandom(6).hex()}"
        folder.mkdir()
        os.chown(folder, share.uid, -1)
        return folder

    @pytest.fixture
    def directory_url(self, share, folder):
        return share.url(folder.name)

    @pytest.fixture
    def oracle(self, share, folder):
        return FolderOracle(folder, share.uid)


class TestFTP(OfFolder, FileAdaptorKit):
    @pytest.fixture
    def share(self, ftp_share):
        return ftp_share


class TestWebDAV(OfFolder, FileAdaptorKit):
    # This server decodes the `Destination` of a MOVE before it looks where the path ends; what is
    # sent is right (`test_webdav`), and Apache takes it.
    @pytest.mark.parametrize("name", [name for name in NAMES if not {*"?\n"} & {*name}], ids=ascii)
    def test_a_name_comes_back(self, bench, tmp_path, name):
        super().test_a_name_comes_back(bench, tmp_path, name)

    @pytest.fixture
    def share(self, webdav_share):
        return webdav_share


@pytest.fixture(scope="module")
def apache_server():
    if reason := apache.why_not():
        pytest.skip(reason)
    with apache.serving() as server:
        yield server


class TestWebDAVOfApache(OfAccount, FileAdaptorKit):
    @pytest.fixture
    def share(self, apache_server):
        return apache_server


@pytest.fixture(scope="module")
def smb_server():
    if reason := samba.why_not():
        pytest.skip(reason)
    with samba.serving() as server:
        yield server


class TestSMB(OfAccount, FileAdaptorKit):
    @pytest.fixture
    def share(self, smb_server):
        return smb_server


@pytest.fixture(scope="module")
def s3_share():
    for module in ("moto", "flask", "s3fs"):
        pytest.importorskip(module)

    with shares.serving("s3") as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        files = shares.s3_files(endpoint)
        yield endpoint, files


class TestS3(FileAdaptorKit):
    @pytest.mark.parametrize("name", [name for name in NAMES if "\n" not in name], ids=ascii)
    def test_a_name_comes_back(self, bench, tmp_path, name):  # the server has no newlines
        super().test_a_name_comes_back(bench, tmp_path, name)

    @pytest.fixture
    def oracle(self, s3_share):
        bucket = f"kit-{os.urandom(6).hex()}"
        s3_share[1].mkdir(bucket)
        return FsspecOracle(s3_share[1], bucket)

    @pytest.fixture
    def directory_url(self, s3_share, oracle):
        query = f"?endpoint_url={quote(s3_share[0], safe='')}"
        return f"s3://key:not-so-secret@{oracle.root}/{query}"


class WebOracle:
    """A directory that a web server serves from memory; it is there, also when it is empty."""

    def __init__(self, server):
        self.server, self.root = server, f"/kit-{os.urandom(6).hex()}"
        serves = server.is_folder
        server.is_folder = lambda path: path == f"{self.root}/" or serves(path)
        server.mtime = time.time()

    def put(self, path, data):
        self.server.put(f"{self.root}/{path}", data)

    def get(self, path):
        return self.server.files[f"{self.root}/{path}"]

    def names(self, folder):
        start = f"{self.root}/{folder}/" if folder else f"{self.root}/"
        found = [name[len(start) :] for name in self.server.files if name.startswith(start)]
        return sorted({name.partition("/")[0] for name in found})


@pytest.fixture(scope="module")
def web_server():
    pytest.importorskip("aiohttp")
    with web.serving() as server:
        yield server


class TestHTTP(FileAdaptorKit):
    @pytest.fixture
    def oracle(self, web_server):
        return WebOracle(web_server)

    @pytest.fixture
    def directory_url(self, oracle):
        return f"{oracle.server.url}{oracle.root}/"
