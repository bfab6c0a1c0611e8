"""A person or the machine ends the program that copies to or from a host; it is called again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from job_oracle import until

from juncture.saga import Url
from juncture.saga.storage.parts import is_part

PROGRAM = str(Path(__file__).with_name("interrupted_client.py"))
LARGE_BYTES = 32 << 20
TAIL_BYTES = 1 << 16
FILES = 1000


class Bench:
    """A source and a target, one of them on a host, and the program that copies."""

    def __init__(self, testbed, place, direction, tmp_path):
        here = tmp_path / "here"
        here.mkdir()
        host = f"ssh://{place.user}@h0"
        sides = [(here, "file://localhost"), (place.here, host)]
        (self.source, near), (self.target, far) = sides if direction == "to" else sides[::-1]
        self.urls = near, far
        self.key = str(testbed.key)
        self.place = place
        self.others = self.servers()

    def program(self, how, name, limit):
        urls = [
            str(Url(f"{url}{folder}/{name}"))
            for url, folder in zip(self.urls, (self.source, self.target), strict=True)
        ]
        words = [sys.executable, PROGRAM, self.key, how, *urls, str(limit)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def ended(self, how, name, limit, number):
        """Copy until it stops, end it with a signal, and check what it said then."""
        with self.program(how, name, limit) as process:
            assert process.stdout.readline() == "here\n"
            process.send_signal(number)
            said = process.stdout.read()
        is_asked = number == signal.SIGINT
        assert (said, process.returncode) == (("interrupted\n", 130) if is_asked else ("", -number))

    def again(self, how, name):
        """Copy to the end, and return how many bytes were read or written here."""
        with self.program(how, name, 0) as process:
            said = process.stdout.read()
        assert process.returncode == 0
        return int(said)

    def servers(self):
        """Return all that runs for the account now: connections, SFTP servers and shells."""
        owner = self.place.here.stat().st_uid
        return {path for path in Path("/proc").glob("[0-9]*") if self._is_left(path, owner)}

    def wait_for_servers(self):
        """Return when all have ended but those that this process had before."""
        until(
            lambda: not self.servers() - self.others,
            "the end of the servers of a program that ended",
        )

    @staticmethod
    def _is_left(path, owner):
        try:
            return path.stat().st_uid == owner
        except OSError:
            return False  # it has ended


@pytest.fixture(params=["to", "from"])
def bench(request, testbed, place_on, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    found = Bench(testbed, place_on(), request.param, tmp_path)
    yield found
    found.wait_for_servers()


SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def notes(tmp_path):
    return list((tmp_path / "state" / "juncture" / "transfers").iterdir())


@SIGNALS
def test_a_large_file_goes_on_where_it_was(bench, tmp_path, number):
    data = os.urandom(LARGE_BYTES)
    (bench.source / "large").write_bytes(data)
    bench.place.own()
    bench.ended("file", "large", LARGE_BYTES * 3 // 4, number)
    # What was on its way may still be written by the server, which then sees that nobody is there.
    bench.wait_for_servers()
    (part,) = bench.target.iterdir()
    assert is_part(part.name)
    kept = part.stat().st_size
    assert LARGE_BYTES // 4 <= kept < LARGE_BYTES
    assert bench.again("file", "large") <= LARGE_BYTES - kept + TAIL_BYTES
    assert contents(bench.target) == {"large": data}
    assert notes(tmp_path) == []


@SIGNALS
@pytest.mark.parametrize("how", ["tree", "sync", "container"])
def test_a_thousand_files_are_whole_and_the_rest_comes_later(bench, tmp_path, how, number):
    expected = {f"{place:04}": os.urandom(4096) for place in range(FILES)}
    (bench.source / "many").mkdir()
    for name, data in expected.items():
        (bench.source / "many" / name).write_bytes(data)
    target = bench.target / "many"
    if how == "container":
        target.mkdir()
    bench.place.own()
    bench.ended(how, "many", FILES // 3, number)
    bench.wait_for_servers()
    whole = {name: data for name, data in contents(target).items() if not is_part(name)}
    assert whole == {name: expected[name] for name in whole}
    assert 0 < len(whole) < FILES
    bench.again(how, "many")
    assert contents(target) == expected
    assert notes(tmp_path) == []
