"""What adaptors of radical.saga ask about URLs and directives."""

import socket

import pytest

import juncture.saga as rs
from juncture.compat import saga_misc as misc
from juncture.compat.saga_transfers import TransferDirectives


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("fork://localhost/", True),
        ("fork:///tmp", True),
        ("/a/b", True),
        (f"ssh://{socket.gethostname()}/", True),
        ("ssh://elsewhere.example/", False),
        ("ssh://localhost:22022/", False),
        ("ssh://localhost:1/", False),
    ],
)
def test_a_url_of_this_host(url, local):
    assert misc.url_is_local(url) is local


@pytest.mark.parametrize(
    ("url", "relative"), [("a/b", True), ("/a/b", False), ("file://localhost/a", False)]
)
def test_a_relative_url(url, relative):
    assert misc.url_is_relative(url) is relative


@pytest.mark.parametrize(
    ("one", "other", "compatible"),
    [
        ("ssh://h/a", "ssh://h/b", True),
        ("ssh://h/a", "/b", True),
        ("b", "ssh://me@h/a", True),
        ("ssh://h/a", "ssh://me@h/a", False),
        ("ssh://h/a", "sftp://h/a", False),
        ("ssh://h:22/a", "ssh://h:23/a", False),
    ],
)
def test_urls_of_one_place(one, other, compatible):
    assert misc.url_is_compatible(one, other) is compatible
    assert misc.url_is_compatible(other, one) is compatible


def test_a_url_from_a_directory():
    assert str(misc.url_make_absolute("ssh://h/a/b", "c")) == "ssh://h/a/b/c"
    assert str(misc.url_make_absolute("ssh://h/a/b", "/c")) == "ssh://h/c"
    assert str(misc.url_make_absolute("ssh://h/a", "ssh://h/b")) == "ssh://h/b"
    with pytest.raises(rs.BadParameter, match="another place"):
        misc.url_make_absolute("ssh://h/a", "ssh://other/b")


def test_the_parts_of_a_path():
    assert misc.url_get_dirname("ssh://h/a/b") == "/a/"
    assert misc.url_get_filename("ssh://h/a/b") == "b"
    assert misc.url_normalize("ssh://h/a/../b").path == "/b"


def test_directives_by_what_they_ask_for():
    found = TransferDirectives(["a > b", "c>>d", "e < f", "g<<h"])
    assert found.in_overwrite == [["a", "b"]]
    assert found.in_append == [["c", "d"]]
    assert found.out_overwrite == [["e", "f"]]
    assert found.out_append == [["g", "h"]]
    assert found.string_list == ["a > b", "c >> d", "e < f", "g << h"]
    assert TransferDirectives().string_list == []


@pytest.mark.parametrize("text", ["", "a", "a >", "> b", "a >>> b", "a <> b"])
def test_a_malformed_directive(text):
    with pytest.raises(rs.BadParameter, match="file transfer directive"):
        TransferDirectives([text])
