"""A copy that a person or the machine ends in the middle, and the one after it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LARGE = os.urandom(3 << 20)
PROGRAM = str(Path(__file__).with_name("interrupted_copy.py"))
TESTS = str(Path(__file__).parents[3])


def program(source, target, limit):
    path = os.pathsep.join((TESTS, str(Path(TESTS).parent / "src")))
    return subprocess.Popen(
        [sys.executable, PROGRAM, str(source), str(target), str(limit)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def ended(source, target, limit, number):
    """Copy until it stops, end it with a signal, and return what it said then."""
    with program(source, target, limit) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(number)
        return process.stdout.read(), process.wait()


def again(source, target):
    """Copy to the end, and return where the first write began."""
    with program(source, target, 0) as process:
        text = process.stdout.read()
    assert text.startswith("[None] "), text
    return int(text.split()[1])


SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])


@SIGNALS
def test_a_large_file_goes_on_where_it_was(tmp_path, number):
    source, target = tmp_path / "file", tmp_path / "new"
    source.write_bytes(LARGE)
    said, status = ended(source, target, 1 << 20, number)
    if number == signal.SIGINT:
        assert (said, status) == ("interrupted\n", 130)
    assert not target.exists()
    assert again(source, target) >= 1 << 20
    assert target.read_bytes() == LARGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "new", "state"]
    assert list((tmp_path / "state" / "juncture" / "transfers").iterdir()) == []


@SIGNALS
@pytest.mark.parametrize("limit", [100, 1 << 20], ids=["small", "large"])
def test_a_tree_has_whole_files_only_and_the_rest_comes_later(tmp_path, number, limit):
    source, target = tmp_path / "tree", tmp_path / "new"
    source.mkdir()
    expected = {f"{place:03}": os.urandom(5000) for place in range(200)}
    expected["large"] = LARGE
    for name, data in expected.items():
        (source / name).write_bytes(data)
    said, status = ended(source, target, limit, number)
    if number == signal.SIGINT:
        assert (said, status) == ("interrupted\n", 130)
    found = {path.name: path.read_bytes() for path in target.iterdir()}
    whole = {name: data for name, data in found.items() if not name.startswith(".")}
    assert whole == {name: expected[name] for name in whole}
    assert 0 < len(whole) < len(expected)
    is_half = number == signal.SIGKILL or limit > 100
    assert (len(found) > len(whole)) is is_half
    with program(source, target, 0) as process:
        process.stdout.read()
    found = {path.name: path.read_bytes() for path in target.iterdir()}
    assert found == expected
    assert list((tmp_path / "state" / "juncture" / "transfers").iterdir()) == []


def test_what_all_attempts_left_goes_with_the_last(tmp_path):
    source, target = tmp_path / "tree", tmp_path / "new"
    source.mkdir()
    names = [f"{place:03}" for place in range(200)]
    for name in names:
        (source / name).write_text(name)
    for count in (1, 2):
        ended(source, target, 50, signal.SIGKILL)
        found = os.listdir(target)
        assert sum(name.startswith(".") for name in found) == 1
        assert len(found) == 50 * count + 1
    with program(source, target, 0) as process:
        process.stdout.read()
    assert sorted(os.listdir(target)) == names
    assert list((tmp_path / "state" / "juncture" / "transfers").iterdir()) == []
