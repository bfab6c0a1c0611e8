"""What bad servers do to a copy: nothing half stands under the final name, and it goes on later."""

import base64
import os
import socket
import ssl
import subprocess

import pytest
from testbed import web

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.saga.filesystem import OVERWRITE, RECURSIVE
from juncture.saga.storage.failures import Changed, ConnectionLost


@pytest.fixture(params=[3 << 20, 20 << 20], ids=["loop", "socket"])
def big(request):
    """Return a content that is read by aiohttp, and one that is read from the socket."""
    return os.urandom(request.param)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_copy_goes_on_where_it_was(http, here, ranges, big):
    http.ranges = ranges
    url = http.put("/big", big)
    http.cut_after["/big"] = [5 << 19, 5 << 19 if not ranges else 1 << 17]
    files.File(url).copy(f"file://{here}/big")
    assert (here / "big").read_bytes() == big
    assert names(here) == ["big"]
    asked = http.gets("/big")
    assert len(asked) >= 3
    assert any(text and text.startswith("bytes=") and text != "bytes=0-" for text in asked)


def test_a_copy_that_stays_cut_is_resumed_by_the_next(http, here, big):
    url = http.put("/big", big)
    http.cut_after["/big"] = [2 << 20, *[0] * 20]
    with pytest.raises(ConnectionLost, match="connection was lost"):
        files.File(url).copy(f"file://{here}/big")
    assert not (here / "big").exists()
    http.cut_after.clear()
    http.seen.clear()
    files.File(url).copy(f"file://{here}/big")
    assert (here / "big").read_bytes() == big
    assert names(here) == ["big"]
    asked = [text for text in http.gets("/big") if text]
    assert max(int(text[6:].partition("-")[0]) for text in asked) >= 1 << 20


def test_what_was_there_stays_when_a_copy_is_cut(http, here, big):
    url = http.put("/big", big)
    (here / "big").write_bytes(b"before")
    http.cut_after["/big"] = [1 << 20, *[0] * 20]
    with pytest.raises(ConnectionLost):
        files.File(url).copy(f"file://{here}/big", OVERWRITE)
    assert (here / "big").read_bytes() == b"before"


def test_many_small_copies_survive_cuts(http, here):
    for number in range(50):
        http.put(f"/in/{number}", b"%d" % number * 1000)
        http.cut_after[f"/in/{number}"] = [100] if number % 3 == 0 else []
        if not http.cut_after[f"/in/{number}"]:
            del http.cut_after[f"/in/{number}"]
    files.Directory(f"{http.url}/in/").copy(".", f"file://{here}/out", RECURSIVE)
    for number in range(50):
        assert (here / "out" / str(number)).read_bytes() == b"%d" % number * 1000


@pytest.mark.parametrize("size", [1000, None], ids=["small", "large"])
@pytest.mark.parametrize("lie", [-7, 7])
def test_a_length_that_is_a_lie_makes_no_file(http, here, size, lie, big):
    url = http.put("/liar", big[:size])
    http.lie_in_head = lie
    with pytest.raises(Changed, match="bytes"):
        files.File(url).copy(f"file://{here}/liar")
    assert names(here) == []


def test_a_server_that_tells_no_length(http, here, big):
    http.lengths = False
    url = http.put("/big", big)
    files.File(url).copy(f"file://{here}/big")
    assert (here / "big").read_bytes() == big


def test_a_range_from_elsewhere_is_noticed(http, big):
    http.shift = 5
    file = files.File(http.put("/big", big))
    file.seek(1000)
    with pytest.raises(Changed, match="from byte 1005"):
        file.read(10)


def test_a_source_that_changes_makes_no_file(http, here, big):
    url = http.put("/big", big)

    def change(path):
        http.mtime += 60

    http.on_get = change
    with pytest.raises(Changed, match="changed"):
        files.File(url).copy(f"file://{here}/big")
    assert names(here) == []


def test_servers_without_head(http, here):
    http.heads = False
    url = http.put("/small", b"content")
    assert files.File(url).size == 7
    files.File(url).copy(f"file://{here}/small")
    assert (here / "small").read_bytes() == b"content"


def test_redirects_are_followed(http, here):
    http.put("/real", b"content")
    http.redirects["/old"] = "/real"
    files.File(f"{http.url}/old").copy(f"file://{here}/new")
    assert (here / "new").read_bytes() == b"content"
    http.redirects["/loop"] = "/loop"
    with pytest.raises(rs.NoSuccess, match="redirects without end"):
        files.File(f"{http.url}/loop")


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, rs.AuthenticationFailed, "credentials"),
        (403, rs.PermissionDenied, "403"),
        (404, rs.DoesNotExist, "404"),
        (429, rs.NoSuccess, "too many requests"),
        (503, rs.NoSuccess, "status 503"),
    ],
)
def test_statuses(http, here, status, kind, text):
    http.statuses["/file"] = status
    with pytest.raises(kind, match=text) as caught:
        files.File(f"{http.url}/file").copy(f"file://{here}/file")
    assert "\n" not in caught.value.message
    assert names(here) == []


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(rs.NoSuccess, match="nothing listens"):
            files.File(f"http://127.0.0.1:{port}/file")


def test_a_host_that_is_not_known():
    with pytest.raises(rs.NoSuccess, match="name of its host is not known"):
        files.File("http://nowhere.invalid/file")


def test_tls_with_a_server_that_speaks_none(http):
    with pytest.raises(rs.NoSuccess, match="out of reach"):
        files.File(f"https://127.0.0.1:{http.port}/file")


def test_a_certificate_that_nobody_signed(tmp_path):
    pytest.importorskip("aiohttp")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    paths = [str(tmp_path / "key"), str(tmp_path / "certificate")]
    try:
        subprocess.run(
            [*command, "-subj", "/CN=localhost", "-keyout", paths[0], "-out", paths[1]],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paths[1], paths[0])
    with (
        web.serving(context) as server,
        pytest.raises(rs.NoSuccess, match="certificate is not trusted"),
    ):
        files.File(f"https://127.0.0.1:{server.port}/file")


def test_the_password_of_a_url_is_sent_and_never_shown(http, caplog):
    http.account = "Basic " + base64.b64encode(b"bob:s3cret").decode()
    http.put("/file", b"content")
    url = http.url.replace("://", "://bob:s3cret@")
    file = files.File(f"{url}/file")
    assert file.read() == b"content"
    with pytest.raises(rs.DoesNotExist) as caught:
        files.File(f"{url}/other")
    shown = f"{caught.value!r} {caught.value} {file!r} {file._adaptor._place.store!r} {caplog.text}"
    assert "s3cret" not in shown


def test_a_directory_is_listed_with_the_password(http):
    http.account = "Basic " + base64.b64encode(b"bob:s3cret").decode()
    http.put("/in/file", b"content")
    folder = files.Directory(http.url.replace("://", "://bob:s3cret@") + "/in")
    assert [str(url) for url in folder.list()] == ["file"]


def test_a_listing_does_not_carry_credentials_to_another_server(http):
    http.put("/in/here", b"")
    with web.serving() as other:
        other.put("/in/file", b"content")
        http.redirects["/in/"] = f"{other.url}/in/"
        folder = files.Directory(http.url.replace("://", "://bob:s3cret@") + "/in/")
        assert [str(url) for url in folder.list()] == ["file"]
        assert ("GET", "/in/") in [each[:2] for each in other.seen]
        assert not [head for *_, head in other.seen if "Authorization" in head]


def test_a_listing_that_is_cut_is_no_listing(http):
    for number in range(5000):
        http.put(f"/in/{number:04}", b"")
    folder = files.Directory(f"{http.url}/in")
    http.cut_after["/in/"] = [1 << 16]
    with pytest.raises(ConnectionLost, match=r"`/in` on .* connection was lost"):
        list(folder.list())
    assert len(folder.list()) == 5000


def test_a_page_in_any_spelling(http):
    page = b"""<!doctype html><A class=x HREF='a%20b'>1</A><a href=plain>2</a><a name=no>3</a>
    <a href="amp&amp;ersand">4</a><a href="/in/absolute">5</a><a href="../out">6</a>
    <a href="sub/?C=N">7</a><a href="sub/deeper">8</a><a href="//elsewhere/in/x">9</a>
    <!-- <a href="comment">10</a> --><a href="plain#again">11</a><a href="?C=M">12</a>"""
    http.files["/in/x"] = b""
    http.page = lambda path: page
    found = [str(name) for name in files.Directory(f"{http.url}/in").list()]
    assert found == ["a b", "plain", "amp&ersand", "absolute", "sub"]


def test_a_context_is_for_the_hosts_that_it_names(http):
    http.account = "Basic " + base64.b64encode(b"bob:s3cret").decode()
    http.put("/file", b"content")
    session = rs.Session(default=False)
    session.add_context(rs.Context("UserPass", user_id="bob", user_pass="s3cret"))
    with pytest.raises(rs.AuthenticationFailed) as caught:
        files.File(f"{http.url}/file", session=session)
    assert "`remote_host`" in caught.value.hint
    assert not [head for *_, head in http.seen if "Authorization" in head]

    named = rs.Context("UserPass", user_id="bob", user_pass="s3cret", remote_host=["127.0.0.1"])
    session.add_context(named)
    assert files.File(f"{http.url}/file", session=session).read() == b"content"
    assert files.File(f"{http.url.replace('//', '//bob@')}/file", session=session).size == 7


def test_credentials_do_not_follow_a_redirect_to_another_server(http, here):
    with web.serving() as other:
        other.put("/file", b"content")
        http.redirects["/file"] = f"{other.url}/file"
        url = http.url.replace("://", "://bob:s3cret@")
        files.File(f"{url}/file").copy(f"file://{here}/file")
        assert (here / "file").read_bytes() == b"content"
        assert [head for *_, head in http.seen if "Authorization" in head]
        assert not [head for *_, head in other.seen if "Authorization" in head]


def test_the_query_of_a_url_goes_with_every_request(http, here):
    http.put("/file", b"content")
    file = files.File(f"{http.url}/file?signature=abc%2F1")
    file.copy(f"file://{here}/file")
    assert {target for *_, target in http.targets} == {"/file?signature=abc%2F1"}
    assert "signature" not in repr(file._adaptor._place.store)


def test_any_name_comes_back(http, here):
    odd = ["a b", "100%25.txt", "what?", "no#1", "it's", 'so"', "ü", "a&b", "x+y", "semi;colon"]
    for name in odd:
        http.put(f"/odd/{name}", name.encode())
    folder = files.Directory(f"{http.url}/odd")
    assert sorted(name.path for name in map(rs.Url, folder.list()))
    folder.copy(".", f"file://{here}/odd", RECURSIVE)
    assert names(here / "odd") == sorted(odd)
    for name in odd:
        assert (here / "odd" / name).read_text() == name
