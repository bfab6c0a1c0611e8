"""The table of schemes, what a listing says of them, and what is known without a server."""

import errno
import json
import socket
import subprocess
import sys
from datetime import datetime, timezone
from importlib.metadata import entry_points

import pytest

import juncture.saga as rs
from juncture.saga import Context, Session, Url
from juncture.saga.adaptors.fsspec_file import (
    Adaptor,
    archive_names,
    failures,
    opening,
    options,
    stats,
)
from juncture.saga.adaptors.fsspec_file.many import windowed
from juncture.saga.adaptors.fsspec_file.schemes import LEFT_OUT, SCHEMES
from juncture.saga.engine import known
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.values import DIRECTORY, FILE


def registered():
    """The names that fsspec knows by itself: packages beside it may register more."""
    registry = pytest.importorskip("fsspec.registry")
    others = {point.name for point in entry_points(group="fsspec.specs")}
    return set(registry.known_implementations) - (others - set(SCHEMES) - set(LEFT_OUT))


def test_the_table_is_what_fsspec_registers():
    names = registered()
    ours = {scheme.fsspec_name or name for name, scheme in SCHEMES.items()} | (names & set(SCHEMES))
    assert not ours & set(LEFT_OUT)
    assert ours <= names
    assert names - ours - set(LEFT_OUT) == set()


def test_the_engine_knows_the_schemes():
    assert set(known.FSSPEC_SCHEMES) == set(SCHEMES)
    for room in ("filesystem", "namespace"):
        assert set(SCHEMES) < set(known.KNOWN[room])


def test_what_is_to_be_installed_is_what_fsspec_says():
    registry = pytest.importorskip("fsspec.registry")
    for name, scheme in SCHEMES.items():
        implementation = registry.known_implementations[scheme.fsspec_name or name]["class"]
        package = implementation.partition(".")[0]
        assert package == "fsspec" or package in (*scheme.modules, "boxfs"), name
        assert bool(scheme.install) is bool(scheme.modules), name


def test_a_listing_names_each_scheme_and_what_it_needs_without_loading_fsspec():
    program = (
        "import sys, json\n"
        "from juncture.saga.engine import getEngine\n"
        "found = getEngine().adaptors()\n"
        "loaded = [name for name in ('fsspec', 'aiohttp', 's3fs') if name in sys.modules]\n"
        "print(json.dumps([found, loaded], default=str))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout
    adaptors, loaded = json.loads(told)
    assert loaded == []
    (ours,) = [each for each in adaptors if each["name"] == "juncture.file.fsspec"]
    assert ours["schemes"] == list(SCHEMES)
    assert set(ours["needs"]) <= set(SCHEMES)
    assert ours["needs"] == Adaptor().needs()


def test_a_scheme_whose_library_is_missing_says_what_to_install():
    missing = Adaptor().needs()
    if not missing:
        pytest.skip("all libraries of all schemes are installed")
    name, install = next(iter(missing.items()))
    with pytest.raises(rs.SagaException, match=f"needs `{install}`, which is not installed") as got:
        rs.filesystem.File(f"{name}://somewhere/file")
    assert got.value.hint == f"python -m pip install {install}"


def test_every_name_that_fsspec_knows_is_answered():
    here = {"file", "local", "ssh", "sftp"}
    for name in sorted((registered() | set(SCHEMES)) - here):
        if name in SCHEMES:
            missing = SCHEMES[name].lacks()
            if missing:
                with pytest.raises(rs.NotImplemented) as refused:
                    rs.filesystem.File(f"{name}://somewhere/file")
                assert str(missing) in refused.value.hint
            else:
                assert opening.file_system_class(Url(f"{name}://somewhere/"), SCHEMES[name])
        elif "_" not in name:  # the others are no schemes that a URL can have
            with pytest.raises(rs.IncorrectURL) as refused:
                rs.filesystem.File(f"{name}://somewhere/file")
            assert str(refused.value).endswith(f"`{name}`: {LEFT_OUT[name]}")


_SECRET = "s3cret-of-mine"


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://bob:{_SECRET}@127.0.0.1:9/f",
        f"ftp://bob:{_SECRET}@127.0.0.1:9/f?nosuch={_SECRET}",
        f"ftp://bob:{_SECRET}@127.0.0.1:99999/f",
        f"ftp://bob:{_SECRET}@/f?password={_SECRET}",
        f"smb://bob:{_SECRET}@/f?password={_SECRET}",
        f"zip:///no/f?password={_SECRET}",
        f"webdav://bob:{_SECRET}@127.0.0.1:9/f",
        f"webdav://bob:{_SECRET}@127.0.0.1:9/f?nosuch={_SECRET}",
        f"https://bob:{_SECRET}@127.0.0.1:9/f?signature={_SECRET}",
        f"s3://key:{_SECRET}@bucket/f?endpoint_url=http://127.0.0.1:9",
        f"s3://bucket/f?endpoint_url=http://127.0.0.1:9&key=k&secret={_SECRET}",
        f"smb://bob:{_SECRET}@127.0.0.1:9/share/f",
        f"smb://bob:{_SECRET}@127.0.0.1:9/share/f?nosuch={_SECRET}",
        f"webhdfs://bob:{_SECRET}@127.0.0.1:9/f",
        f"dbfs://bob:{_SECRET}@127.0.0.1/f?token={_SECRET}",
        f"jupyter://bob:{_SECRET}@127.0.0.1:9/f?tok={_SECRET}",
        f"zip:///f?archive=http://bob:{_SECRET}@127.0.0.1:9/a.zip",
        f"gs://bucket/f?token={_SECRET}",
    ],
)
def test_no_sentence_tells_a_secret(url, caplog):
    pytest.importorskip("fsspec")
    with caplog.at_level("INFO"), pytest.raises(rs.SagaException) as refused:
        rs.filesystem.File(url)
    error = refused.value
    assert _SECRET not in f"{error} {error!r} {error.hint} {caplog.text}"


def test_an_opened_store_is_in_the_log_without_a_secret(caplog):
    pytest.importorskip("s3fs")
    more = f"token={_SECRET}&endpoint_url=http://127.0.0.1:9"
    url = f"s3://KEYID:{_SECRET}@here/x?{more}"
    with caplog.at_level("DEBUG", "juncture"), pytest.raises(rs.SagaException):
        rs.filesystem.File(url)
    assert "opened for `s3://here/x` by `juncture.file.fsspec`" in caplog.text
    assert _SECRET not in caplog.text


def test_an_option_that_is_missing_is_named():
    pytest.importorskip("requests")
    with pytest.raises(rs.BadParameter, match=r"does not say what `dbfs` needs: .*instance"):
        rs.filesystem.File("dbfs://somewhere/file")


@pytest.mark.parametrize(
    ("scheme", "module", "place", "taken"),
    [
        ("s3", "s3fs", "bucket", "endpoint_url"),
        ("smb", "smbprotocol", "127.0.0.1:9/s", "require_signing"),
        ("webdav", "webdav4", "h", "verify"),
        ("ftp", "fsspec", "127.0.0.1:9", "tls"),
        ("memory", "fsspec", "", "global_store"),
        ("zip", "fsspec", "/a.zip", "target_options"),
        ("git", "pygit2", "main@", "ref"),
        ("gist", "requests", "someone@1", "sha"),
        ("github", "requests", "org:repo@", "org"),
        ("webhdfs", "requests", "127.0.0.1:9", "kerberos"),
        ("jupyter", "requests", "127.0.0.1:9", "tok"),
    ],
)
@pytest.mark.parametrize("configured", [False, True])
def test_an_option_that_the_file_system_does_not_take_is_named(
    scheme, module, place, taken, configured
):
    pytest.importorskip(module)
    session = Session(default=False)
    session.options["juncture.file.fsspec"] = {"storage_options": {scheme: {"nosuch": 1}}}
    url = f"{scheme}://{place}/x" + ("" if configured else "?nosuch=1")
    with pytest.raises(rs.BadParameter) as refused:
        rs.filesystem.File(url, session=session if configured else None)
    assert str(refused.value) == f"the file system of `{scheme}` takes no option `nosuch`"
    assert "`storage_options`; it takes `" in refused.value.hint
    assert f"`{taken}`" in refused.value.hint


def test_the_query_of_http_is_the_servers_and_its_options_are_configured():
    pytest.importorskip("aiohttp")
    session = Session(default=False)
    for option, kind, text in [
        ("nosuch", rs.BadParameter, "`http` takes no option `nosuch`"),
        ("headers", rs.NoSuccess, "nothing listens"),
    ]:
        session.options["juncture.file.fsspec"] = {"storage_options": {"http": {option: {}}}}
        with pytest.raises(kind, match=text):
            rs.filesystem.File("http://127.0.0.1:9/x?other=1", session=session)


def test_options_of_a_file_system_of_others_are_its_own_matter():
    """Its constructor may pass on what it does not name, to whoever takes it."""

    class Named:
        def __init__(self, one=None):
            pass

    class Passing(Named):
        def __init__(self, two=None, **more):
            super().__init__(**more)

    assert options.known(Passing) is None
    assert options.known(Named) >= {"one"}
    options.check({"nosuch": 1}, Passing, "theirs")
    with pytest.raises(rs.BadParameter, match="`theirs` takes no option `nosuch`"):
        options.check({"nosuch": 1}, Named, "theirs")


def test_a_chain_of_fsspec_is_told_how_to_be_a_url():
    pytest.importorskip("fsspec")
    for chain in ("zip::https://host/a.zip", "zip:///name::https://host/a.zip"):
        with pytest.raises(rs.BadParameter, match="is a chain") as refused:
            rs.filesystem.File(chain)
        assert "zip:///name?archive=" in refused.value.hint


# Where and who ----------------------------------------------------------------------------------


def test_the_name_of_a_store_has_no_secret():
    scheme = SCHEMES["s3"]
    url = Url("s3://KEYID:top%2Fsecret@bucket/path?endpoint_url=http://here&anon=true&secret=x")
    options = opening.options_of(url, {})
    assert options == {"endpoint_url": "http://here", "anon": True, "secret": "x"}
    name = opening.store_name(url, scheme, options)
    assert name.startswith("s3://KEYID@bucket?endpoint_url=http://here&")
    assert "top" not in name
    other = opening.store_name(url, scheme, {**options, "secret": "y"})
    assert other == name
    assert opening.store_name(url, scheme, {**options, "anon": False}) != name


def test_configured_options_are_outranked_by_the_query():
    url = Url("s3://bucket/?anon=false&depth=3")
    configured = {"s3": {"anon": True, "region": "x"}, "gs": {"token": "t"}}
    assert opening.options_of(url, configured) == {"anon": False, "depth": 3, "region": "x"}
    with pytest.raises(rs.BadParameter, match="dictionary for each scheme"):
        opening.options_of(url, {"s3": "anon"})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("ftp://bob:own@one/", ("bob", "own")),
        ("ftp://one/", ("first", "1")),
        ("ftp://ONE/", ("first", "1")),
        ("ftp://two:2121/", ("second", "2")),
        ("ftp://two/", ("", "")),
        ("ftp://three/", ("", "")),
        ("ftp://anywhere@three/", ("anywhere", "3")),
        ("ftp://other@one/", ("other", "")),
        ("github://org:repo@main/", ("", "")),
    ],
)
def test_who_gets_which_credentials(url, found):
    session = Session(default=False)
    for context in (
        Context("ssh", user_id="no"),
        Context("UserPass", user_id="anywhere", user_pass="3"),
        Context("UserPass", user_id="second", user_pass="2", server="two:2121"),
        Context("UserPass", user_id="first", user_pass="1", remote_host=["one"]),
    ):
        session.contexts.append(context)
    place = Url(url)
    assert opening.credentials(place, session, SCHEMES[place.scheme]) == found


@pytest.mark.parametrize(
    ("url", "archive"),
    [
        ("zip:///data/a.zip/inner/file.zip", "/data/a.zip"),
        ("zip:///data/A.ZIP", "/data/A.ZIP"),
        ("tar:///a/b.tar.gz/x", "/a/b.tar.gz"),
        ("tar:///a/b.zip/x", ""),
        ("zip:///a%20b.zip/x", "/a b.zip"),
        ("ftp://host/a.zip/x", ""),
    ],
)
def test_which_part_of_a_path_is_the_archive(url, archive):
    assert archive_names.archive_of(Url(url)) == archive


# What file systems tell -------------------------------------------------------------------------


def test_stats():
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
    at = moment.timestamp()
    for told in (
        {"mtime": at},
        {"LastModified": moment},
        {"modified": moment.replace(tzinfo=None)},
        {"updated": "2024-05-06T07:08:09Z"},
        {"modify": "20240506070809.123"},
        {"modificationTime": int(at * 1000)},
        {"modified": "Mon, 06 May 2024 07:08:09 GMT"},
    ):
        found = stats.stat_of({"type": "file", "size": 3, **told})
        assert (found.kind, found.size_bytes, found.mtime) == (FILE, 3, at), told
    assert stats.stat_of({"type": "file", "size": None, "mtime": "once"}).mtime is None
    assert stats.stat_of({"type": "directory", "size": 0, "ETag": "x"}).version is None
    assert stats.stat_of({"type": "dir"}).kind == DIRECTORY
    assert stats.stat_of({"type": "file", "ETag": '"x"'}).version == '"x"'


class Answered(Exception):  # noqa: N818
    def __init__(self, status):
        super().__init__("https://bob:s3cret@host/path?signature=abc")
        self.status = status


def of_a_library(name, text=""):
    return type(name, (Exception,), {})(text)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (of_a_library("ClientAuthenticationError", "no\nand no"), rs.AuthenticationFailed),
        (of_a_library("DefaultCredentialsError"), rs.AuthenticationFailed),
        (of_a_library("ServiceRequestError"), rs.NoSuccess),
        (of_a_library("SomethingElse", "one line\n and another\n"), rs.NoSuccess),
        (FileNotFoundError("x"), rs.DoesNotExist),
        (FileExistsError("x"), rs.AlreadyExists),
        (PermissionError("x"), rs.PermissionDenied),
        (IsADirectoryError("x"), rs.BadParameter),
        (ConnectionResetError(), ConnectionLost),
        (EOFError(), ConnectionLost),
        (TimeoutError(), ConnectionLost),
        (ConnectionRefusedError(), rs.NoSuccess),
        (socket.gaierror(-2, "no such name"), rs.NoSuccess),
        (NotImplementedError(), rs.NotImplemented),
        (ModuleNotFoundError("x", name="smbclient"), rs.NotImplemented),
        (OSError(28, "No space left on device"), rs.NoSuccess),
        (ValueError("odd"), rs.BadParameter),
        (Answered(403), rs.PermissionDenied),
        (Answered(404), rs.DoesNotExist),
        (Answered(500), rs.NoSuccess),
        (Answered(0), rs.NoSuccess),
        (OSError(errno.EBADF, "Bad file descriptor"), ConnectionLost),
        (OSError(errno.ENOTCONN, "not connected"), ConnectionLost),
    ],
)
def test_failures(error, kind):
    found = failures.as_saga(error, "/path", "https://host")
    assert type(found) is kind
    assert found.__cause__ is error
    assert "/path" in found.message
    assert "s3cret" not in found.message
    assert "signature" not in found.message
    assert "\n" not in found.message


def test_a_failure_is_found_where_a_library_has_wrapped_it():
    outer = RuntimeError("something failed")
    outer.__cause__ = PermissionError("x")
    assert isinstance(failures.as_saga(outer, "/p", "s3://b"), rs.PermissionDenied)


def test_calls_are_many_and_answers_in_order():
    taken = []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    answers = windowed(lambda number: number * 2, items(), 4)
    assert next(answers) == 0
    assert len(taken) <= 4
    assert list(answers) == [number * 2 for number in range(1, 20)]
    assert list(windowed(str, [], 4)) == []
    assert list(windowed(str, [7], 4)) == ["7"]
