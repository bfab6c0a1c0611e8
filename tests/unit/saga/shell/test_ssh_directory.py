"""The directory of the control sockets, which others sweep when its process is gone."""

import os
import tempfile

import pytest

from juncture.saga.shell import _ssh_life


@pytest.fixture
def base(monkeypatch):
    # Not tmp_path: a socket's path has little room.
    base = tempfile.mkdtemp(prefix="jt-")
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", base)
    monkeypatch.setattr(_ssh_life, "_directories", {})
    yield base
    _ssh_life.remove_directory()
    os.rmdir(base)


def test_another_process_sweeps_before_the_lock_is_held(base, monkeypatch):
    really, made = _ssh_life.open_private, []

    def open_and_be_swept(path, flags):
        lock = really(path, flags)
        made.append(path)
        if len(made) == 1:
            _ssh_life._sweep([base])
        return lock

    monkeypatch.setattr(_ssh_life, "open_private", open_and_be_swept)
    directory = _ssh_life._private_directory()
    assert os.path.isdir(directory)
    assert len(made) == 2
    assert not os.path.exists(made[0])
    _ssh_life._sweep([base])
    assert os.listdir(base) == [os.path.basename(directory)]
