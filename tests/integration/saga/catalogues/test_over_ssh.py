"""Copies of logical files on real ssh hosts."""

import pytest

import juncture.saga as rs
from juncture.saga.replica import CREATE, CREATE_PARENTS, LogicalDirectory
from juncture.saga.shell import places
from juncture.saga.storage import ssh


@pytest.fixture
def home(testbed, monkeypatch, tmp_path, tmp_path_factory):
    """The URL of a folder on `h0`, the folder as it is here, and a session that may go there."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    session = rs.Session(default=False)
    session.add_context(rs.Context("ssh", user_key=str(testbed.key)))
    user = testbed.users["bash"]
    yield f"ssh://{user.name}@h0/~/{tmp_path.name}", user.home / tmp_path.name, session
    master = places.master_of(rs.Url(f"ssh://{user.name}@h0/"), session)
    ssh.store_for(master).close()
    master.close()


def test_copies_go_to_a_host_and_come_from_there(home, at, tmp_path):
    url, folder, session = home
    file = LogicalDirectory(at(), CREATE, session).open("f", CREATE)
    source = tmp_path / "source"
    source.write_bytes(b"\0\xff" * 300_000)
    file.add_location(str(source))
    file.replicate(f"{url}/one", CREATE_PARENTS)
    assert (folder / "one").read_bytes() == source.read_bytes()
    (location,) = [each for each in file.list_locations() if each.scheme == "ssh"]
    assert location.path.endswith("/one")

    source.unlink()  # from now on the copy over there is the only one
    file.replicate(f"{url}/two")
    assert (folder / "two").read_bytes() == (folder / "one").read_bytes()
    file.download(str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == b"\0\xff" * 300_000
    assert file.size == 600_000

    tasks = [file.download(str(tmp_path / f"d{number}"), ttype=rs.TASK) for number in range(5)]
    container = rs.task.Container()
    for task in tasks:
        container.add(task)
    (folder / "one").unlink()
    container.run()
    container.wait()
    assert [task.get_exception() for task in tasks] == [None] * 5
    assert (tmp_path / "d4").stat().st_size == 600_000
