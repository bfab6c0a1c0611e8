"""Servers that are set up otherwise: no subsystem, noise at the start, a chroot, another view."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from juncture.saga.exceptions import DoesNotExist, NoSuccess
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import Changed
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.sftp_values import pack_attrs
from juncture.saga.storage.transfer import Request, Transfer

PROGRAMS = (Path("/usr/lib/openssh/sftp-server"), Path("/usr/libexec/openssh/sftp-server"))


@pytest.fixture
def host_with(testbed):
    """Return a function that starts a server with options."""
    hosts = []

    def make(**options):
        hosts.append(testbed.add_host(**options))
        return hosts[-1]

    yield make
    for host in hosts:
        testbed.stop(host)


@pytest.fixture
def program():
    found = [path for path in PROGRAMS if path.exists()]
    if not found:
        pytest.skip("`sftp-server` is not installed")
    return found[0]


def test_a_host_without_the_subsystem(host_with, place_on):
    place = place_on(host_with(Subsystem="other /bin/true"))
    with pytest.raises(NoSuccess, match="does not have the subsystem"):
        place.store.exists("/")


def test_a_program_in_place_of_a_server(host_with, place_on):
    place = place_on(host_with(Subsystem="sftp /bin/false"))
    with pytest.raises(NoSuccess, match="does not have the subsystem"):
        place.store.exists("/")


def test_start_up_files_that_print(host_with, place_on, program):
    place = place_on(host_with(Subsystem=f"sftp {program}"), user="noisy")
    with pytest.raises(NoSuccess, match=r"no SFTP server: it says .*Welcome") as caught:
        place.store.exists("/")
    assert "must print nothing" in caught.value.hint


def test_start_up_files_do_not_matter_where_no_shell_is_between(place_on):
    place = place_on(user="noisy")
    assert place.store.exists(place.path)


def test_a_server_of_its_own_program(host_with, place_on, program):
    place = place_on(host_with(Subsystem=f"sftp {program}"))
    place.store.write_whole(place.at("file"), b"x", None, replace=False)
    assert place.get("file") == b"x"


def test_another_view_of_the_files_is_not_mixed_with_that_of_the_shell(host_with, place_on):
    place = place_on(host_with(Subsystem="sftp internal-sftp -d /"))
    place.put("file", b"x")
    assert not place.store._shell.is_there()
    assert place.store.checksum(place.at("file"), "md5") == "9dd4e461268c8034f5c8564e155c67a6"
    (place.here / "tree").mkdir()
    (place.here / "tree" / "file").touch()
    place.own()
    place.store.remove_tree(place.at("tree"))
    assert place.names() == ["file"]


@pytest.mark.parametrize("home", ["/usr", "/no/such"])
def test_a_home_that_is_said_to_be_elsewhere(host_with, place_on, home):
    place = place_on(host_with(SetEnv=f"HOME={home}"))
    place.put("file", b"x")
    assert place.store.absolute("/~/") == f"{place.here.parent}/"
    assert place.store._shell.is_there()
    assert place.store.checksum(place.at("file"), "md5") == "9dd4e461268c8034f5c8564e155c67a6"


def test_a_chroot(host_with, place_on):
    with tempfile.TemporaryDirectory(dir="/run") as root:
        Path(root).chmod(0o755)
        place = place_on(host_with(ChrootDirectory=root, ForceCommand="internal-sftp"))
        data = Path(root, "data")
        data.mkdir()
        shutil.chown(data, place.user)
        place.store.write_whole("/data/file", b"x", None, replace=False)
        assert (data / "file").read_bytes() == b"x"
        assert [*place.store.names("/~")] == ["data"]
        assert place.store.stat("/~/data/file").size_bytes == 1
        (data / "tree" / "sub").mkdir(parents=True)
        shutil.chown(data / "tree", place.user)
        place.store.remove_tree("/data/tree")
        assert [one.name for one in data.iterdir()] == ["file"]


@pytest.mark.parametrize("user", ["dash", "zsh", "fish", "tcsh"])
def test_login_shells(place_on, testbed, user):
    if user not in testbed.users:
        pytest.skip(f"`{user}` is not installed")
    place = place_on(user=user)
    place.put("a file", b"x")
    assert [*place.store.names(place.path)] == ["a file"]
    assert place.store.checksum(place.at("a file"), "md5") == "9dd4e461268c8034f5c8564e155c67a6"
    assert place.store._shell.is_there()


def test_the_extensions_of_openssh(place_on):
    place = place_on()
    place.put("file", b"x")
    session, _ = place.store._at("/")
    name = place.at("file").encode()
    handle = session.call(protocol.open_file(name, protocol.READ | protocol.WRITE)).data
    for request in (
        protocol.hard_link(name, place.at("other").encode()),
        protocol.sync(handle),
        protocol.close(handle),
        protocol.posix_rename(place.at("other").encode(), place.at("third").encode()),
        protocol.set_link_stat(name, pack_attrs(times=(1, 2))),
    ):
        assert session.call(request).code == protocol.OK
    assert (place.here / "third").stat().st_nlink == 2
    assert (place.here / "third").stat().st_mtime == 2
    assert session.most_read > protocol.USUAL_BYTES


@pytest.fixture(params=[-7, 7, 1 << 40])
def lying(request, testbed, host_with, place_on, program):
    """Return a place on a server that adds something to each length that it tells."""
    liar = shutil.copy(Path(__file__).with_name("lying_sftp.py"), testbed.users["bash"].home)
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("there is no Python that other accounts may run")
    return place_on(host_with(Subsystem=f"sftp {python} {liar} {program} {request.param}"))


@pytest.mark.parametrize("size", [1000, 1 << 20], ids=["small", "large"])
def test_a_length_that_is_a_lie_gives_no_file(lying, tmp_path, monkeypatch, size):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    data = os.urandom(size)
    lying.put("file", data)
    (tmp_path / "in").mkdir()
    target = str(tmp_path / "in" / "file")
    request = Request(lying.store, lying.at("file"), LocalStore(), target)
    (outcome,) = Transfer([request]).run()
    assert isinstance(outcome, Changed)
    assert "bytes" in outcome.message
    assert os.listdir(tmp_path / "in") == []
    # Who reads it all the same reads what there is.
    (found,) = lying.store.read_many([lying.at("file")])
    assert found == data


def test_a_server_that_knows_files_by_their_names_only(place_on, monkeypatch):
    """It answers FSTAT by a failure, as one does for a handle that it never gave."""
    place = place_on()
    place.put("file", b"content")
    ask = protocol.handle_stat
    monkeypatch.setattr(protocol, "handle_stat", lambda _: ask(b"nothing"))
    paths = [place.at("file"), place.at("none"), place.at("file")]
    first, failed, last = place.store.read_known(paths, 100)
    for data, stat in (first, last):
        assert (data, stat.size_bytes) == (b"content", 7)
        assert stat.mtime == int((place.here / "file").stat().st_mtime)
    assert isinstance(failed, DoesNotExist)
    assert list(place.store.read_many(paths[:1])) == [b"content"]
