import os

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs


@pytest.fixture
def here(tmp_path):
    """Return the directory of the test, opened."""
    return fs.Directory(str(tmp_path))


@pytest.fixture
def put(tmp_path):
    """Return a function that makes a file and returns its path."""

    def put(name, content=b"hallo"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return put


@pytest.fixture
def nobody(tmp_path):
    """Return a function that calls another as an account without rights, in a child process."""
    if os.geteuid() != 0:
        pytest.skip("only root may become somebody else")

    own = ("pytest-", "popen-", "test_")  # of this run, of this process and of the test

    def call(function):
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == 0 and folder.name.startswith(own):
                folder.chmod(folder.stat().st_mode | 0o011)
        fs.Directory("/")  # loads the adaptor, which reads the configuration of this account
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                said = f"returned {function()!r}"
            except rs.SagaException as error:
                said = f"{type(error).__name__}: {error}"
            except BaseException as error:  # noqa: BLE001
                said = f"raised {error!r}"
            os.write(writer, said.encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return said

    return call
