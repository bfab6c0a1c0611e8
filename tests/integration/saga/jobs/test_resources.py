"""Hosts as resources, here and behind ssh."""

import os

import pytest

from juncture.saga import exceptions
from juncture.saga.job import Service
from juncture.saga.resource import ACTIVE, CANCELED, Compute, ComputeDescription, Manager


def test_a_host_is_acquired_and_runs_jobs(place):
    with Manager(place.url, place.session) as manager:
        (only,) = manager.list()
        host = manager.acquire(ComputeDescription(size=1, machine_os=["Linux"]))
    assert (host.id, host.state) == (only, ACTIVE)
    assert host.description.size == os.cpu_count()
    with Service(host.access, place.session) as service:
        job = service.run_job("uname -n")
        job.wait()
        assert job.stdout.strip() == os.uname().nodename
    again = Compute(host.id, place.session)
    assert again.description.memory == host.description.memory > 0
    host.destroy()
    assert host.state == CANCELED
    assert host.wait(timeout=0)


@pytest.mark.parametrize(
    "wanted", [{"size": 10**6}, {"memory": 10**9}, {"machine_os": ["VMS"]}, {"image": "x"}]
)
def test_what_the_host_lacks_is_refused_by_name(place, wanted):
    (name,) = (key.replace("_", "") for key in wanted)
    with Manager(place.url, place.session) as manager:
        with pytest.raises(exceptions.BadParameter, match=f"(?i){name}"):
            manager.acquire(ComputeDescription(**wanted))
        with pytest.raises(exceptions.DoesNotExist):
            manager.acquire("[x://]-[y]")
