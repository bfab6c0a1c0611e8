import errno
import os
import socket

import pytest

from juncture.runtime import transport
from juncture.runtime.transport import Listener, TransportError


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(transport, "LONGEST_SOCKET_PATH", 4096)  # tests have long ones
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("call", ["socket", "bind"])
def test_listener_that_cannot_be_made_leaves_nothing(base, monkeypatch, call):
    class Refusing(socket.socket):
        def __init__(self, *arguments):
            if call == "socket":
                raise OSError(errno.EMFILE, "Too many open files")
            super().__init__(*arguments)

        def bind(self, address):
            raise OSError(errno.ENOSPC, "No space left on device", address)

    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(TransportError, match=r"^cannot (make|listen) .*: (Too many|No space)"):
        Listener()
    assert os.listdir(base) == []
