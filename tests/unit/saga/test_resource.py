"""This host as a resource: what a manager lists, hands out and takes back."""

import os

import pytest

import juncture.saga as rs
from juncture.saga.resource import (
    ACTIVE,
    CANCELED,
    COMPUTE,
    FINAL,
    NETWORK,
    STORAGE,
    Compute,
    ComputeDescription,
    Description,
    Manager,
    StorageDescription,
)

RID = "[local://localhost]-[localhost]"


@pytest.fixture
def manager():
    with Manager(session=rs.Session(default=False)) as manager:
        yield manager


@pytest.mark.parametrize("rtype", [None, COMPUTE, COMPUTE | STORAGE, COMPUTE | STORAGE | NETWORK])
def test_the_host_is_listed_where_hosts_are_asked_for(manager, rtype):
    assert manager.list(rtype) == [RID]
    assert manager.list_templates(rtype) == ["host"]


@pytest.mark.parametrize("rtype", [STORAGE, NETWORK, STORAGE | NETWORK])
def test_a_host_is_nothing_else(manager, rtype):
    assert manager.list(rtype) == []
    assert manager.list_templates(rtype) == []


def test_what_a_manager_describes_can_be_acquired(manager):
    for description in (manager.get_description(RID), manager.get_template("host")):
        assert description.size == os.cpu_count()
        assert manager.acquire(description).id == RID


def test_images(manager):
    assert manager.list_images() == []
    with pytest.raises(rs.DoesNotExist, match="`x`"):
        manager.get_image("x")


@pytest.mark.parametrize(
    "spec",
    [
        {"Size": 1},
        {"rtype": COMPUTE, "machine_os": ["Linux", "AIX"]},
        Description(rtype=COMPUTE | STORAGE),
        Description(template="host"),
        ComputeDescription(start=0, end=10**10, duration=60),
        ComputeDescription(access="local://localhost"),
        RID,
    ],
)
def test_what_can_be_acquired(manager, spec):
    host = manager.acquire(spec)
    assert (host.id, host.rtype, host.state) == (RID, COMPUTE, ACTIVE)
    assert repr(host) == f"<compute resource {RID}>"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"Rtype": STORAGE}, "COMPUTE resource and no other"),
        ({"Rtype": NETWORK, "Size": 1}, "COMPUTE resource and no other"),
        (StorageDescription(size=1), "COMPUTE resource and no other"),
        ({"Dynamic": True}, "`Dynamic`"),
        ({"Access": "ssh://me:secret@elsewhere/"}, r"`ssh://me:\*+@elsewhere/`"),
        ({"Template": "half"}, "`half`"),
        (7, "a description or an id, found 7"),
        (None, "a description or an id, found None"),
    ],
)
def test_what_cannot_be_acquired(manager, spec, says):
    with pytest.raises(rs.BadParameter, match=says):
        manager.acquire(spec)


def test_giving_back_through_the_manager_ends_what_it_handed_out(manager):
    ours, again, other = manager.acquire(RID), manager.acquire({"Size": 1}), Compute(RID)
    assert not ours.wait(FINAL, 0)
    manager.destroy(RID)
    for host in (ours, again):
        assert (host.state, host.access, host.wait(timeout=0)) == (CANCELED, None, True)
    assert other.state == ACTIVE
    assert manager.list() == [RID]


def test_a_resource_that_is_not_made_yet():
    task = Compute.create(RID, ttype=rs.TASK)
    assert repr(task.object) == f"<compute resource {RID}>"
    task.run()
    assert task.get_result().state == ACTIVE


@pytest.mark.parametrize("make", [Compute, lambda rid: Manager("fork://localhost").acquire(rid)])
def test_a_host_has_one_id(make):
    with pytest.raises(rs.DoesNotExist, match="has no resource"):
        make("[fork://localhost]-[moon]")
