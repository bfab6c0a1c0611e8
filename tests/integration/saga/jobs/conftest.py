"""The hosts that run the jobs of these tests: this one, and one behind ssh as another user."""

import pytest
from processes import PATIENCE_S

from juncture.saga import Context, Session
from juncture.saga.job import Service


class Place:
    """Where jobs run.

    Attributes:
        url: Of the job service.
        session: With its credentials.
        folder: A directory there, which is here, too, since the host is this machine.
    """

    def __init__(self, url, session, folder):
        self.url = url
        self.session = session
        self.folder = folder
        self.services = []

    def service(self):
        service = Service(self.url, self.session)
        self.services.append(service)
        return service

    def close(self):
        for service in self.services:
            service.close()


@pytest.fixture(params=["local", "ssh"])
def place(request, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if request.param == "local":
        found = Place("local://localhost/", Session(default=False), tmp_path)
    else:
        testbed = request.getfixturevalue("testbed")
        monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        session = Session(default=False)
        session.contexts.append(Context("ssh", user_key=str(testbed.key)))
        user = testbed.users["bash"]
        found = Place(f"ssh://{user.name}@h0/", session, user.home)
    yield found
    found.close()


@pytest.fixture
def service(place):
    return place.service()


@pytest.fixture
def run(service):
    """Return a function that runs a job, waits for its end or not, and returns it."""

    def start(*words, wait=True, **attributes):
        if words:
            attributes.update(executable=words[0], arguments=list(words[1:]))
        job = service.create_job(attributes)
        job.run()
        if wait:
            assert job.wait(PATIENCE_S), job
        return job

    return start
