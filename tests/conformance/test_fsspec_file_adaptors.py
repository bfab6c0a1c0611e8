"""The adaptor of fsspec's schemes keeps what a file adaptor promises, on real servers."""

import importlib.util
import os

import pytest
from testbed import shares

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.testing import FileAdaptorKit, FolderOracle


def _needs(*modules):
    for name in modules:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"there is no Python module {name}")


class TestMemory(FileAdaptorKit):
    @pytest.fixture
    def directory_url(self):
        _needs("fsspec")
        url = f"memory:///{os.urandom(8).hex()}"
        files.Directory(url, files.CREATE)
        yield url
        files.Directory("memory:///").remove(rs.Url(url).path, files.RECURSIVE)


@pytest.fixture(scope="module")
def ftp_root(tmp_path_factory):
    _needs("fsspec", "pyftpdlib")
    folder = tmp_path_factory.mktemp("ftp")
    with shares.serving("ftp", folder) as server:
        yield folder, f"ftp://{shares.LOGIN}:{server.port}"


class TestFtp(FileAdaptorKit):
    @pytest.fixture
    def folder(self, ftp_root):
        folder = ftp_root[0] / os.urandom(8).hex()
        folder.mkdir()
        return folder

    @pytest.fixture
    def directory_url(self, ftp_root, folder):
        return f"{ftp_root[1]}/{folder.name}"

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder)


@pytest.fixture(scope="module")
def webdav_root(tmp_path_factory):
    _needs("fsspec", "wsgidav", "cheroot", "webdav4")
    folder = tmp_path_factory.mktemp("webdav")
    with shares.serving("webdav", folder) as server:
        yield folder, f"webdav://{shares.LOGIN}:{server.port}"


class TestWebdav(FileAdaptorKit):
    @pytest.mark.skip(reason="the server removes a file before it moves another in its place")
    def test_readers_never_see_a_half(self):
        """What a client can do for it is done: see the kit's other tests."""

    @pytest.fixture
    def folder(self, webdav_root):
        folder = webdav_root[0] / os.urandom(8).hex()
        folder.mkdir()
        return folder

    @pytest.fixture
    def directory_url(self, webdav_root, folder):
        return f"{webdav_root[1]}/{folder.name}"

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder)


@pytest.fixture(scope="module")
def s3_endpoint():
    _needs("moto", "flask", "s3fs")
    with shares.serving("s3") as server:
        yield f"http://127.0.0.1:{server.port}"


class TestS3(FileAdaptorKit):
    @pytest.fixture(autouse=True)
    def _names_of_s3(self, request):
        if "nline" in request.node.name:
            pytest.skip("the S3 server of the tests lists keys with line ends wrongly")

    @pytest.fixture
    def directory_url(self, s3_endpoint):
        url = f"s3://key:secret@kit-{os.urandom(6).hex()}/?endpoint_url={s3_endpoint}"
        files.Directory(url, files.CREATE)
        return url
