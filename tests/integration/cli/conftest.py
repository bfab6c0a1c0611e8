"""Servers and places for the commands that talk to other hosts."""

import os
import shutil
import signal

import pytest
from processes import ENVIRONMENT
from testbed import sshd


@pytest.fixture(scope="session", autouse=True)
def heeded():
    """Have the commands heed Ctrl-C, also where a script runs the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def testbed():
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        yield running
    assert running.remains() == []


@pytest.fixture
def far(testbed, tmp_path):
    """A directory on an ssh host, as a path here, and what commands need to reach it."""
    user = testbed.users["bash"]
    folder = user.home / f"f-{os.urandom(4).hex()}"
    folder.mkdir()
    shutil.chown(folder, user.name)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        **ENVIRONMENT,
        "JUNCTURE_SSH_CONFIG": testbed.config(lines=[f"IdentityFile {testbed.key}"]),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path),
    }
    yield f"ssh://{user.name}@h0{folder}", folder, environment
    shutil.rmtree(folder)
