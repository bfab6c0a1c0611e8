"""`File` and `Directory` of `ssh://` and `sftp://` URLs, on real servers."""

import os

import pytest
from testbed.file_names import NAMES

from juncture import saga
from juncture.saga import DONE, FAILED, NEW, TASK, Context, Session, Url, permissions, task
from juncture.saga.exceptions import BadParameter, DoesNotExist
from juncture.saga.filesystem import (
    CREATE,
    CREATE_PARENTS,
    OVERWRITE,
    READ,
    RECURSIVE,
    WRITE,
    Directory,
    File,
)
from juncture.saga.shell import places
from juncture.saga.storage import ssh


@pytest.fixture
def session(testbed):
    found = Session(default=False)
    found.contexts.append(Context("ssh", user_key=str(testbed.key)))
    return found


@pytest.fixture
def url(testbed, place_on, session, tmp_path, monkeypatch):
    """Return a function that gives the URL of a name in a directory of this test's."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    place = place_on()

    def make(name="", scheme="ssh"):
        found = Url(f"{scheme}://{place.user}@h0/")
        found.path = f"{place.path}/{name}"
        return found

    make.place = place
    yield make
    master = places.master_of(make(), session)
    ssh.store_for(master).close()
    master.close()


@pytest.mark.parametrize("scheme", ["ssh", "sftp"])
def test_what_is_written_is_read(url, session, scheme):
    file = File(url("file", scheme), flags=CREATE | READ | WRITE, session=session)
    file.write(b"\0\xff\n")
    file.close()
    assert url.place.get("file") == b"\0\xff\n"
    assert File(url("file", scheme), session=session).read() == b"\0\xff\n"
    with pytest.raises(DoesNotExist):
        File(url("none", scheme), session=session)


def test_permissions_are_given_by_name(url, session):
    url.place.put("file", mode=0o600)
    file = File(url("file"), session=session)
    user, group = f"user-{url.place.user}", "group-root"
    assert (file.owner, file.group) == (user, group)
    file.permissions_allow(user, permissions.EXEC)
    file.permissions_allow(group, permissions.READ)
    assert file.mode == 0o740
    assert file.permissions_check(user, permissions.OWNER | permissions.WRITE)
    with pytest.raises(saga.NotImplemented, match="user-root"):
        file.permissions_allow("user-root", permissions.READ)


def test_a_listing_has_every_name(url, session):
    for name in NAMES:
        url.place.put(name, name.encode("utf-8", "surrogateescape"))
    directory = Directory(url(), session=session)
    found = directory.list()
    assert len(found) == len(NAMES)
    for name in found:
        assert directory.get_size(name) > 0
        directory.remove(name)
    assert url.place.names() == []


def test_copies_to_and_from_here_and_on_the_host(url, session, tmp_path):
    near = tmp_path / "near"
    (near / "sub").mkdir(parents=True)
    for number in range(50):
        (near / "sub" / f"file {number}").write_bytes(bytes([number]) * 1000)
    Directory(str(tmp_path), session=session).copy("near", url("there"), RECURSIVE)
    assert url.place.get("there/sub/file 7") == b"\7" * 1000
    here = Directory(url(), session=session)
    here.copy("there", url("again/deep"), RECURSIVE | CREATE_PARENTS)
    assert url.place.get("again/deep/sub/file 9") == b"\x09" * 1000
    Directory(url("", "sftp"), session=session).copy("again", f"file://{tmp_path}/back", RECURSIVE)
    assert len([*(tmp_path / "back" / "deep" / "sub").iterdir()]) == 50
    File(url("there/sub/file 1"), session=session).copy(url("there/sub/file 2"), OVERWRITE)
    assert url.place.get("there/sub/file 2") == b"\1" * 1000
    here.remove("again", RECURSIVE)
    assert url.place.names() == ["there"]


def test_the_home_directory(url, session):
    url.place.put("file", b"x")
    home = Url(f"ssh://{url.place.user}@h0/~/{url.place.here.name}/file")
    assert File(home, session=session).size == 1


def test_one_login_serves_all_objects(url, session, testbed):
    url.place.put("file", b"x")
    File(url("file"), session=session)
    before = testbed.hosts[0].logins()
    for scheme in ("ssh", "sftp"):
        assert Directory(url("", scheme), session=session).exists("file")
        assert File(url("file", scheme), session=session).size == 1
    assert testbed.hosts[0].logins() == before


def test_a_query_is_refused(url, session):
    found = url("file")
    found.query = "x"
    with pytest.raises(BadParameter, match="query"):
        File(found, session=session)


@pytest.mark.parametrize("is_here", [True, False], ids=["from here", "from there"])
def test_a_file_is_not_moved_onto_itself_by_another_way(url, session, is_here):
    url.place.put("file", b"once")
    here, there = f"file://{url.place.here}/file", url("file")
    source, target = (here, there) if is_here else (there, here)
    with pytest.raises(BadParameter, match="onto itself"):
        File(source, session=session).move(target, OVERWRITE)
    assert url.place.get("file") == b"once"
    assert url.place.names() == ["file"]


@pytest.mark.parametrize("below", ["/new", "/sub", "/sub/new"])
@pytest.mark.parametrize("is_here", [True, False], ids=["from here", "from there"])
def test_a_directory_is_not_moved_into_itself_by_another_way(url, session, is_here, below):
    (url.place.here / "d" / "sub").mkdir(parents=True)
    url.place.put("d/file", b"once")
    url.place.own()
    here, there = f"file://{url.place.here}/d", url("d")
    source, target = (here, f"{there}{below}") if is_here else (there, f"{here}{below}")
    with pytest.raises(BadParameter, match="into itself"):
        Directory(url(), session=session).move(source, target)
    assert url.place.get("d/file") == b"once"
    assert sorted(os.listdir(url.place.here / "d")) == ["file", "sub"]
    assert url.place.names() == ["d"]


def test_bulk_copies_between_two_hosts(url, session, place_on, testbed):
    """The example of the chapter on bulk operations, with files that are not there among them."""
    number = 200
    other = place_on(testbed.hosts[1])
    there = f"ssh://{other.user}@h1{other.path}"
    bulk = task.Container()
    made = {}
    for scheme in ("sftp", "ssh"):
        directory = Directory(url("", scheme), session=session)
        for index in range(number):
            name = f"file_{index:4d}.{scheme}"
            if index % 10:
                url.place.put(name, os.urandom(index * 100))
            made[name] = directory.copy(url(name, scheme), f"{there}/{name}", TASK)
            bulk.add(made[name])
    assert {each.state for each in made.values()} == {NEW}
    bulk.run()
    bulk.wait(task.ALL)
    for name, each in made.items():
        if name in url.place.names():
            assert each.state == DONE, each.exception
            assert other.get(name) == url.place.get(name)
        else:
            assert each.state == FAILED
            assert isinstance(each.exception, DoesNotExist)
    assert other.names() == url.place.names()
    master = places.master_of(Url(there), session)
    ssh.store_for(master).close()
    master.close()


def test_what_is_not_there_is_the_directory(url, session, tmp_path):
    near = tmp_path / "near"
    near.write_bytes(b"x")
    here, there = f"file://{tmp_path}", url()
    for base in (here, there):
        directory = Directory(base, session=session)
        for make in (
            lambda directory: directory.copy(f"{here}/near", "no/near"),
            lambda directory: directory.open("no/near", CREATE),
            lambda directory: directory.make_dir("no/near"),
        ):
            with pytest.raises(DoesNotExist, match="/no`"):
                make(directory)
        with pytest.raises(DoesNotExist, match="/none`"):
            directory.open("none", WRITE)
