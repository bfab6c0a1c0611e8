import errno
import os
import select
import sys

import pytest
from processes import PATIENCE_S, run_alone

from juncture.runtime import spool
from juncture.runtime.spool import Spool, Watch
from juncture.runtime.transport import TransportError


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv(spool.DIRECTORY_VARIABLE, str(tmp_path))
    path, fd = spool.create()
    yield Spool(path, fd)
    os.close(fd)


def readable(fd, timeout_s=0):
    return bool(select.select([fd], [], [], timeout_s)[0])


def test_spool_is_private_and_removed_with_its_directory(made, tmp_path):
    assert os.stat(made.path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(made.path)).st_mode & 0o777 == 0o700
    spool.remove(made.path)
    spool.remove(made.path)
    assert os.listdir(tmp_path) == []


def test_directory_that_will_not_do_is_passed_over(tmp_path, monkeypatch):
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.mkdir()
    bad.chmod(0o777)
    good.mkdir()
    monkeypatch.setenv(spool.DIRECTORY_VARIABLE, str(bad))
    monkeypatch.setattr(spool, "temporary_directory", lambda: str(good))
    path, fd = spool.create()
    os.close(fd)
    assert path.startswith(str(good))


def test_no_directory_at_all_is_an_error_that_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv(spool.DIRECTORY_VARIABLE, str(tmp_path / "missing"))

    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(spool, "temporary_directory", none)
    with pytest.raises(TransportError, match="no directory for the log") as raised:
        spool.create()
    assert spool.DIRECTORY_VARIABLE in raised.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="punches holes")
def test_spool_that_cannot_be_opened_leaves_no_directory(tmp_path, monkeypatch):
    def refuse(path, flags):
        raise OSError(errno.ENOSPC, "No space left on device", path)

    monkeypatch.setenv(spool.DIRECTORY_VARIABLE, str(tmp_path))
    monkeypatch.setattr(spool.private, "open_private", refuse)
    with pytest.raises(TransportError, match="No space left"):
        spool.create()
    assert os.listdir(tmp_path) == []


def test_what_is_released_is_given_back_and_offsets_stay(made, monkeypatch):
    monkeypatch.setattr(spool, "KEEP_BYTES", 65536)
    piece = b"x" * 65536
    for _ in range(16):
        os.write(made.fd, piece)
    made.release(made.size())
    assert made.size() == 16 * 65536
    assert made.released == 15 * 65536
    assert os.stat(made.path).st_blocks * 512 <= 3 * 65536
    assert os.pread(made.fd, 65536, 15 * 65536) == piece
    made.release(0)
    assert made.released == 15 * 65536


def test_little_is_not_released(made):
    os.write(made.fd, b"x" * 1000)
    made.release(made.size())
    assert made.released == 0


def test_watch_sees_every_writer_and_nothing_else(made):
    watch = Watch(made.path)
    assert not readable(watch.fileno())
    os.write(made.fd, b"a")
    assert readable(watch.fileno(), PATIENCE_S)
    watch.clear()
    os.write(made.fd, b"a")
    assert not readable(watch.fileno())  # it told once
    watch.arm()
    assert not readable(watch.fileno())
    with open(made.path, "ab") as other:
        other.write(b"b")
    assert readable(watch.fileno(), PATIENCE_S)
    watch.clear()
    watch.clear()
    watch.close()


FILE_THAT_IS_GONE = """
import sys
from processes import open_files
from juncture.runtime.spool import Watch

before = open_files()
try:
    Watch(sys.argv[1])
except FileNotFoundError as error:
    assert sys.argv[1] in str(error), error
else:
    raise AssertionError("it is watched")
assert open_files() == before
"""


def test_watch_of_a_file_that_is_gone_is_an_error_with_its_name(tmp_path):
    run_alone(FILE_THAT_IS_GONE, tmp_path / "gone")
