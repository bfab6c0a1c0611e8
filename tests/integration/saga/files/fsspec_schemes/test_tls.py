"""TLS with a certificate of an authority of one's own: taken when it is known, and else refused."""

import os
import ssl
import subprocess
import sys

import pytest
from testbed import shares, tls, web

import juncture.saga as rs
from juncture.saga import filesystem as files

SCHEMES = ("https", "ftp", "webdavs", "s3")
SECRET = shares.LOGIN.partition(":")[2].partition("@")[0]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if reason := tls.why_not():
        pytest.skip(reason)
    return tls.issue(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def url(request, tmp_path, certificates, needs):
    """The URL of a file behind TLS."""
    scheme = request.param
    if scheme == "https":
        needs("aiohttp")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates[1])
        with web.serving(context) as server:
            server.put("/file", b"content")
            yield f"https://127.0.0.1:{server.port}/file"
        return
    needs("fsspec", "pyftpdlib", "OpenSSL", "wsgidav", "webdav4", "moto", "s3fs")
    (tmp_path / "file").write_bytes(b"content")
    with shares.serving(scheme.removesuffix("s"), tmp_path, certificates[1]) as server:
        if scheme == "s3":
            endpoint = f"https://127.0.0.1:{server.port}"
            _fill(endpoint, certificates[0])
            yield f"s3://key:{SECRET}@bucket/file?endpoint_url={endpoint}"
        else:
            query = "?tls=true" if scheme == "ftp" else ""
            yield f"{scheme}://{shares.LOGIN}:{server.port}/file{query}"


def _fill(endpoint, authority):
    import s3fs

    place = s3fs.S3FileSystem(
        key="key",
        secret="secret",
        endpoint_url=endpoint,
        client_kwargs={"verify": str(authority)},
        skip_instance_cache=True,
    )
    place.mkdir("bucket")
    place.pipe_file("bucket/file", b"content")


def _cat(url, **environment):
    command = [sys.executable, "-m", "juncture.cli", "file", "cat", url]
    clean = {key: text for key, text in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(
        command, env={**clean, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("url", SCHEMES, indirect=True)
def test_an_authority_that_is_known(url, certificates):
    known = str(certificates[0])
    told = _cat(url, SSL_CERT_FILE=known, AWS_CA_BUNDLE=known)
    assert (told.returncode, told.stdout, told.stderr) == (0, "content", "")


@pytest.mark.parametrize("url", SCHEMES, indirect=True)
def test_an_authority_that_is_not_known(url):
    told = _cat(url)
    assert told.returncode != 0
    assert told.stdout == ""
    (sentence,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert "the server's certificate is not trusted" in sentence
    assert SECRET not in told.stderr


@pytest.mark.parametrize("url", SCHEMES, indirect=True)
def test_a_certificate_of_another_host(url, certificates):
    """The authority is known, and the certificate says `127.0.0.1` and nothing else."""
    known = str(certificates[0])
    other = url.replace("127.0.0.1", "localhost")
    told = _cat(other, SSL_CERT_FILE=known, AWS_CA_BUNDLE=known)
    assert told.returncode != 0
    assert told.stdout == ""
    (sentence,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert "the server's certificate is not trusted" in sentence
    assert "localhost" in sentence
    assert SECRET not in told.stderr


def test_data_of_ftp_is_encrypted_too(tmp_path, certificates, needs, monkeypatch):
    needs("fsspec", "pyftpdlib", "OpenSSL")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0]))
    data = os.urandom(3 << 20)
    (tmp_path / "local").write_bytes(data)
    (tmp_path / "share").mkdir()
    with shares.serving("ftp", tmp_path / "share", certificates[1]) as server:
        base = f"ftp://{shares.LOGIN}:{server.port}"
        files.File(f"file://{tmp_path}/local").copy(f"{base}/there?tls=true")
        files.File(f"{base}/there?tls=true").copy(f"file://{tmp_path}/back")
        assert [url.path for url in files.Directory(f"{base}/?tls=true").list()] == ["there"]
        with pytest.raises(rs.SagaException):  # the server gives nothing without
            files.File(f"{base}/there")
    assert (tmp_path / "share/there").read_bytes() == data
    assert (tmp_path / "back").read_bytes() == data
