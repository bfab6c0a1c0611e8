"""What becomes of open files when a process ends or forks, here and on a real host."""

import subprocess
import sys

import pytest
from processes import PATIENCE_S

from juncture.saga import Url

_PROGRAM = """
import os, sys
from juncture.saga import Context, Session, filesystem as fs
key, url = sys.argv[1:]
session = Session(default=False)
session.contexts.append(Context("ssh", user_key=key))
def opened(name, flags=fs.CREATE | fs.READ | fs.WRITE):
    return fs.File(f"{url}/{name}", flags, session)
"""


@pytest.fixture(params=["local", "ssh"])
def run(request, testbed, place_on, tmp_path, monkeypatch):
    """Return a function that runs a program with `opened`, which opens files of `run.place`."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    place = place_on()
    scheme = f"ssh://{place.user}@h0" if request.param == "ssh" else "file://"

    def run(program):
        words = [sys.executable, "-c", _PROGRAM + program, str(testbed.key)]
        done = subprocess.run(
            [*words, str(Url(f"{scheme}{place.path}"))],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return done.returncode, done.stdout, done.stderr

    run.place = place
    return run


def test_what_was_written_is_kept_when_the_process_ends(run):
    ended = run(
        """
near = fs.File("/dev/null", fs.WRITE)  # what is opened first does not matter
near.write("x")
anywhere = opened("anywhere")
anywhere.write("a" * 100_000)
end = opened("end", fs.CREATE | fs.APPEND)
end.write("b" * 100_000)
buffered = opened("buffered").as_file()
buffered.write(b"c" * 100)
sys.exit(7)
"""
    )
    assert ended == (7, "", "")
    assert run.place.get("anywhere") == b"a" * 100_000
    assert run.place.get("end") == b"b" * 100_000
    assert run.place.get("buffered") == b"c" * 100


def test_what_cannot_be_kept_is_told_when_the_process_ends(run):
    run.place.put("file")
    _, _, said = run(
        """
buffered = opened("file").as_file()
buffered.write(b"x")
opened("other").close()
fs.Directory(url, session=session).remove("file")
"""
    )
    assert "DoesNotExist" in said
    assert "is lost" in said


def test_a_forked_process_leaves_the_files_of_its_parent_alone(run):
    run.place.put("read", b"0123456789" * 100_000)
    ended = run(
        """
reader, writer = opened("read", fs.READ), opened("written", fs.CREATE | fs.APPEND)
either = opened("either")
assert reader.read(5) == b"01234"
writer.write("a")
either.write("a")
child = os.fork()
if child == 0:
    assert reader.read(5) == b"56789"
    assert either.read() == b""
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert reader.read() == b"56789" + b"0123456789" * 99_999
writer.write("b")
either.write("b")
for each in (reader, writer, either):
    each.close()
"""
    )
    assert ended == (0, "", "")
    assert run.place.get("written") == run.place.get("either") == b"ab"
