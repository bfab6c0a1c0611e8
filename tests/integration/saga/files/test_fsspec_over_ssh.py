"""`fsspec.open("juncture+ssh://…")` on a real host, and fsspec's own tests over there."""

import os

import pytest

from juncture.saga import Context, Session, Url
from juncture.saga.filesystem import RECURSIVE, Directory
from juncture.saga.shell import places
from juncture.saga.storage import ssh

fsspec = pytest.importorskip("fsspec")
abstract = pytest.importorskip("fsspec.tests.abstract")


@pytest.fixture
def there(testbed, place_on, tmp_path_factory, monkeypatch):
    """A place on a host, with a session that may go there."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    place = place_on()
    place.session = Session(default=False)
    place.session.contexts.append(Context("ssh", user_key=str(testbed.key)))
    place.url = f"juncture+ssh://{place.user}@h0{place.path}"
    yield place
    master = places.master_of(Url(f"ssh://{place.user}@h0/"), place.session)
    ssh.store_for(master).close()
    master.close()


class Ssh(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self, there):
        return fsspec.filesystem(
            "juncture+ssh",
            host="h0",
            username=there.user,
            session=there.session,
            auto_mkdir=True,
            skip_instance_cache=True,
        )

    @pytest.fixture
    def fs_path(self, there):
        return there.path


class TestSshPut(abstract.AbstractPutTests, Ssh):
    pass


class TestSshOpen(abstract.AbstractOpenTests, Ssh):
    pass


class TestSshPipe(abstract.AbstractPipeTests, Ssh):
    pass


def test_a_url_is_all_that_is_needed(there):
    data = os.urandom(5 << 20)
    with fsspec.open(f"{there.url}/a file", "wb", session=there.session) as file:
        file.write(data)
    assert there.get("a file") == data
    with fsspec.open(f"{there.url}/a file", session=there.session) as file:
        file.seek(4 << 20)
        assert file.read() == data[4 << 20 :]
    fs, path = fsspec.core.url_to_fs(there.url, session=there.session)
    assert [each["name"] for each in fs.ls(path)] == [f"{there.path}/a file"]
    assert fs.cat_ranges([f"{path}/a file"] * 2, [0, 100], [10, 110]) == [data[:10], data[100:110]]
    with pytest.raises(FileNotFoundError):
        fs.open(f"{path}/nothing").read()


def test_a_tree_goes_from_another_scheme_to_a_host_and_back(there, tmp_path):
    memory = fsspec.filesystem("memory", skip_instance_cache=True)
    root = f"/{os.urandom(8).hex()}"
    content = {f"tree/{number}": os.urandom(number * 1000) for number in range(50)}
    memory.pipe({f"{root}/{name}": data for name, data in content.items()})
    target = Url(f"ssh://{there.user}@h0{there.path}/copy")
    Directory(f"memory://{root}/tree", session=there.session).copy(".", target, RECURSIVE)
    assert {
        f"tree/{name}": there.get(f"copy/{name}") for name in os.listdir(there.here / "copy")
    } == content
    Directory(target, session=there.session).copy(".", f"memory://{root}/back", RECURSIVE)
    assert memory.cat_file(f"{root}/back/49") == content["tree/49"]
    memory.rm(root, recursive=True)
