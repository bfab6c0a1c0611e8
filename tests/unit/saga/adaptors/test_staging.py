import os

import pytest

from juncture.saga.adaptors.shell_job.staging import read_directives
from juncture.saga.exceptions import BadParameter


@pytest.mark.parametrize(
    ("text", "local", "remote", "to_host", "append"),
    [
        ("/a > b", "/a", "b", True, False),
        ("/a b>c d", "/a b", "c d", True, False),
        ("/a >> b", "/a", "b", True, True),
        ("/a < b", "/a", "b", False, False),
        ("/a << b", "/a", "b", False, True),
        ("/x/a > in/", "/x/a", "in/a", True, False),
        ("/x/ < out/b", "/x/b", "out/b", False, False),
        ("/x/d/ > in/", "/x/d/", "in/", True, False),
        ("/x/ < out/", "/x", "out/", False, False),
        ("file:///x/a%20b > in/", "file:///x/a%20b", "in/a b", True, False),
        ("file:///x/ < 100%/50%", "file:///x/50%25", "100%/50%", False, False),
        ("file:///x << out", "file:///x", "out", False, True),
    ],
)
def test_directives(text, local, remote, to_host, append):
    (found,) = read_directives([text])
    assert (found.local, found.remote, found.to_host, found.append) == (
        local,
        remote,
        to_host,
        append,
    )


def test_local_paths_are_those_of_now():
    (found,) = read_directives(["a > b"])
    assert found.local == os.path.abspath("a")


@pytest.mark.parametrize("text", ["", "a b", "> b", "a >", 7, ("a", "b")])
def test_what_is_no_directive(text):
    with pytest.raises(BadParameter):
        read_directives([text])
