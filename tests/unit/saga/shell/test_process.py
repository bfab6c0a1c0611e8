"""Processes with three pipes: what is left of one that cannot be started."""

import errno
import os

import pytest

from juncture.saga.shell._process import PipedProcess


def is_open(fd, inode):
    try:
        return os.fstat(fd).st_ino == inode
    except OSError:
        return False


@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_pipe_is_left_when_descriptors_are_short(monkeypatch, count):
    made, pipe = [], os.pipe

    def short():
        if len(made) == 2 * count:
            raise OSError(errno.EMFILE, "Too many open files")
        pair = pipe()
        made.extend((fd, os.fstat(fd).st_ino) for fd in pair)
        return pair

    monkeypatch.setattr(os, "pipe", short)
    with pytest.raises(OSError, match="Too many open files"):
        PipedProcess(("true",))
    assert len(made) == 2 * count
    assert not [fd for fd, inode in made if is_open(fd, inode)]
