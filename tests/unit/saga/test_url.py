"""URLs."""

import copy
import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import juncture.saga as rs
from juncture.saga.url import Url

PARTS = ("scheme", "username", "password", "host", "port", "path", "query", "fragment")


def parts(url):
    return tuple(getattr(url, name) for name in PARTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", None, None, None, None, "", "", "")),
        ("/data/a b", ("", None, None, None, None, "/data/a b", "", "")),
        ("fork://", ("fork", None, None, None, None, "", "", "")),
        ("fork://localhost", ("fork", None, None, "localhost", None, "", "", "")),
        ("file:///data/x", ("file", None, None, None, None, "/data/x", "", "")),
        ("file:/data/x", ("file", None, None, None, None, "/data/x", "", "")),
        ("slurm+ssh://h/", ("slurm+ssh", None, None, "h", None, "/", "", "")),
        ("ssh://u@h:22/p?q=1&r=/#f", ("ssh", "u", None, "h", 22, "/p", "q=1&r=/", "f")),
        ("ssh://u:p@h", ("ssh", "u", "p", "h", None, "", "", "")),
        ("ssh://u:@h", ("ssh", "u", "", "h", None, "", "", "")),
        ("ssh://a%40b:c%3Ad%2F@h", ("ssh", "a@b", "c:d/", "h", None, "", "", "")),
        ("ssh://a@b:c@h", ("ssh", "a@b", "c", "h", None, "", "", "")),
        ("ssh://100%:%zz@h", ("ssh", "100%", "%zz", "h", None, "", "", "")),
        ("ssh://[::1]:22/", ("ssh", None, None, "::1", 22, "/", "", "")),
        ("ssh://[fe80::1%25eth0]", ("ssh", None, None, "fe80::1%eth0", None, "", "", "")),
        ("ssh://h:/x", ("ssh", None, None, "h", None, "/x", "", "")),
        ("http://h?a=b#c?d", ("http", None, None, "h", None, "", "a=b", "c?d")),
        ("s3://bucket//a/../b%20c", ("s3", None, None, "bucket", None, "//a/../b%20c", "", "")),
        ("a/b:c", ("", None, None, None, None, "a/b:c", "", "")),
        ("//host/x", ("", None, None, "host", None, "/x", "", "")),
    ],
)
def test_a_text_has_these_parts_and_stays_as_it_is(text, expected):
    url = Url(text)
    assert parts(url) == expected
    assert str(url) == text
    assert [getattr(url, f"get_{name}")() for name in PARTS] == list(expected)


@pytest.mark.parametrize("port", ["x1", "99999", "-1", "1.5", "²", "22 ", "1" * 5000])
def test_a_bad_port_is_named(port):
    with pytest.raises(rs.BadParameter, match="port") as caught:
        Url(f"ssh://u:geheim@h:{port}/")
    assert repr(port) in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "ssh://a b/",
        "ssh://-oProxyCommand=x/",
        "ssh://[::1/",
        "ssh://[::1]x/",
        "ssh://[nonsense]/",
        "ssh://h\n/",
        "ssh://h/\0",
        "ssh://a]b/",
    ],
)
def test_what_is_no_url_is_refused(text):
    with pytest.raises(rs.BadParameter):
        Url(text)


@pytest.mark.parametrize("separator", "/?#")
def test_a_password_that_is_not_encoded_does_not_show(separator):
    with pytest.raises(rs.BadParameter) as caught:
        Url(f"ssh://bob:ge{separator}heim@h/")
    assert "ge" + separator not in str(caught.value)
    assert "'ge'" not in str(caught.value)
    assert "%" in caught.value.hint


@pytest.mark.parametrize("value", [None, 3, b"ssh://h/"])
def test_only_text_makes_a_url(value):
    with pytest.raises(rs.BadParameter, match=type(value).__name__):
        Url(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a://b/c", "a://b/c"),
        ("SSH://Host/c", "ssh://host/c"),
        ("http://h", "http://h/"),
        ("http://h/%7Eu", "http://h/~u"),
        ("http://h/%2f", "http://h/%2F"),
        ("ssh://%75@h", "ssh://u@h"),
    ],
)
def test_equivalent_urls_are_equal(one, other):
    assert Url(one) == Url(other)
    assert hash(Url(one)) == hash(Url(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a://b/c", "a://b/C"),
        ("a://b:1/c", "a://b:2/c"),
        ("a://b:1/c", "a://b/c"),
        ("a://b/c", "a://b/c?d"),
        ("a://b/c", "a://b/c#d"),
        ("a://u@b/c", "a://v@b/c"),
        ("a://u:p@b/c", "a://u:q@b/c"),
        ("a://b/%2F", "a://b//"),
        ("a://b/c", "d://b/c"),
    ],
)
def test_other_urls_differ(one, other):
    assert Url(one) != Url(other)


def test_a_url_is_not_its_text():
    assert Url("a://b/") != "a://b/"


def test_setting_a_part_keeps_the_others():
    url = Url("ssh://bob@h:22/p?q#f")
    url.set_path("/r")
    assert str(url) == "ssh://bob@h:22/r?q#f"
    url.set_username("a@b")
    url.password = "c/d"
    url.host = "::1"
    url.port = "2222"
    assert str(url) == "ssh://a%40b:c%2Fd@[::1]:2222/r?q#f"
    url.set_query(None)
    url.fragment = ""
    url.port = None
    url.username = url.password = None
    url.schema = "http"
    assert str(url) == "http://[::1]/r"
    assert url.schema == url.get_schema() == "http"


def test_a_path_cannot_become_a_query():
    url = Url("file://h/")
    url.path = "/a?b#c"
    assert Url(str(url)).path == url.path == "/a%3Fb%23c"


def test_a_path_after_a_host_begins_with_a_slash():
    url = Url("file://h/")
    url.path = "x"
    assert str(url) == "file://h/x"


def test_a_host_makes_a_path_absolute():
    url = Url("x/y")
    url.host = "h"
    url.scheme = "file"
    assert str(url) == "file://h/x/y"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("port", 70000),
        ("port", "x"),
        ("port", 2.5),
        ("host", "a b"),
        ("host", 3),
        ("scheme", "1a"),
        ("path", "a\0"),
        ("path", 3),
        ("password", 3),
    ],
)
def test_a_bad_part_is_refused_and_changes_nothing(part, value):
    url = Url("ssh://bob@h:22/p?q#f")
    with pytest.raises(rs.BadParameter, match=part):
        setattr(url, part, value)
    assert str(url) == "ssh://bob@h:22/p?q#f"


def test_a_misspelled_part_is_an_error():
    url = Url("a://b/")
    with pytest.raises(rs.DoesNotExist, match="`hots`") as caught:
        url.hots = "x"
    assert "host" in caught.value.hint
    assert not hasattr(url, "hots")
    with pytest.raises(rs.BadParameter):
        del url.host


def test_the_password_shows_in_the_text_alone():
    url = Url("ssh://bob:geheim@h/")
    assert "geheim" in str(url)
    assert repr(url) == "Url('ssh://bob:***@h/')"
    assert url.masked() == "ssh://bob:***@h/"
    url.path = "/x"
    assert url.masked() == "ssh://bob:***@h/x"
    assert Url("a://b/").masked() == "a://b/"


@pytest.mark.parametrize(
    ("path", "tidy"),
    [("/a//b/../c", "/a/c"), ("/a/", "/a/"), ("//a", "/a"), ("/", "/"), ("", ""), ("a/./b", "a/b")],
)
def test_normpath(path, tidy):
    assert Url.normpath(path) == tidy


def test_copies_are_apart():
    url = Url("ssh://u:p@h:1/p")
    for twin in (Url(url), copy.copy(url), copy.deepcopy(url), pickle.loads(pickle.dumps(url))):  # noqa: S301
        assert twin == url
        assert str(twin) == str(url)
        twin.host = "other"
        assert url.host == "h"


names = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)
hosts = st.one_of(
    st.just("::1"), st.just("fe80::1%eth0"), st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True)
)


@given(
    scheme=st.from_regex(r"[a-z][a-z0-9+.-]{0,5}", fullmatch=True),
    username=st.none() | names,
    password=st.none() | names,
    host=hosts,
    port=st.none() | st.integers(0, 65535),
    path=names,
    query=names,
    fragment=names,
)
@example(
    scheme="a",
    username=None,
    password="",
    host="h",
    port=None,
    path="//x",
    query="?",
    fragment="#",
)
def test_what_is_set_can_be_read_from_the_text(**values):
    url = Url()
    for part, value in values.items():
        setattr(url, part, value)
    again = Url(str(url))
    assert again == url
    for part in ("scheme", "username", "password", "host", "port", "fragment"):
        expected = values[part]
        if part == "username" and expected is None and values["password"] is not None:
            expected = ""  # `:password@` has an empty user name
        assert getattr(again, part) == expected
    assert str(again) == str(url)


@given(names, names)
def test_a_relative_path_stays_one(path, query):
    url = Url()
    url.path = path
    url.query = query
    again = Url(str(url))
    assert again.scheme == ""
    assert again.path in {url.path, "./" + url.path}
    assert again.query == url.query


@given(st.text(max_size=30))
def test_any_text_is_a_url_or_a_bad_parameter(text):
    try:
        url = Url(text)
    except rs.BadParameter:
        return
    assert str(url) == text
    assert Url(str(url)) == url
    url.port = url.port  # put together again
    url.path = url.path
    assert parts(Url(str(url))) == parts(url)


class OtherUrl:
    """A URL as another library has it."""

    scheme, host, path = "ssh", "host", "/a"

    def __str__(self):
        return "ssh://bob@host:22/a"


def test_a_url_of_another_library():
    assert rs.Url(OtherUrl()) == rs.Url("ssh://bob@host:22/a")
