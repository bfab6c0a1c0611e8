"""Servers for the tests that need them; started once, when the first test asks.

When all is over, nothing of it is left on the machine, or the run fails.
"""

import pytest
from testbed import sshd, wire
from testbed.remains import Remains, mounted_below, processes_of

from juncture.saga import Context, Session
from juncture.saga.shell import ssh_master
from juncture.saga.shell.ssh_config import Target


@pytest.fixture(scope="session", autouse=True)
def remains(tmp_path_factory):
    with Remains(tmp_path_factory.mktemp("home")) as found:
        yield found
        found.check()


@pytest.fixture(autouse=True)
def _of_this_run(remains, monkeypatch):
    for name, value in remains.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def testbed(remains):
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        yield running
        left = processes_of({user.name for user in running.users.values()})
        assert not left, f"processes are left: {left}"
        assert mounted_below(running.directory) == []
    assert running.remains() == []


@pytest.fixture(scope="session")
def far(testbed):
    """A host whose wire can be cut; `far.wire` is it."""
    if reason := wire.why_not():
        pytest.skip(reason)
    with wire.Wire() as running:
        host = testbed.add_host(running)
        host.wire = running
        yield host
        testbed.stop(host)
    assert running.remains() == []


@pytest.fixture
def connect(testbed, tmp_path, monkeypatch):
    """Return a function that makes a connection of its own for this test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    masters = []

    def make(user="bash", host="h0", *, contexts=None, ask=None, config=None, **options):
        session = Session(default=False)
        if contexts is None:
            contexts = [Context("ssh", user_key=str(testbed.key))]
        for context in contexts:
            session.contexts.append(context)
        session.on_question = ask
        config = config or testbed.config()
        target = Target(host, testbed.users[user].name)
        master = ssh_master.Master(target, session, config=config, **options)
        masters.append(master)
        return master

    yield make
    for master in masters:
        master.close()
