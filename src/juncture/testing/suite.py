"""The kits on the adaptor that `juncture adaptor check` names; see `plugin`."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.testing.adverts import AdvertAdaptorKit
from juncture.testing.bench import Bench
from juncture.testing.contexts import ContextAdaptorKit
from juncture.testing.file_bench import FileBench
from juncture.testing.file_oracle import FolderOracle
from juncture.testing.files import FileAdaptorKit
from juncture.testing.jobs import JobAdaptorKit
from juncture.testing.replicas import ReplicaAdaptorKit
from juncture.testing.resources import ResourceAdaptorKit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

KITS = {
    "job.Service": "TestJobs",
    "Context": "TestContexts",
    "filesystem.Directory": "TestFiles",
    "resource.Manager": "TestResources",
    "replica.LogicalDirectory": "TestReplicas",
    "advert.Directory": "TestAdverts",
}
"""Which class checks an adaptor that serves an API type."""


def _option(request: pytest.FixtureRequest, name: str) -> str:
    return str(request.config.getoption(f"--juncture-{name}"))


@pytest.fixture(autouse=True, scope="module")
def _registered(request: pytest.FixtureRequest) -> None:  # pyright: ignore[reportUnusedFunction]
    module = _option(request, "module")
    if not module.startswith("juncture.saga.adaptors."):
        rs.engine.getEngine().register_adaptor(module)


class TestJobs(JobAdaptorKit):
    """Job adaptors."""

    @pytest.fixture
    def service_url(self, request: pytest.FixtureRequest) -> str:
        """Return the URL of the command line."""
        return _option(request, "url")

    @pytest.fixture
    def folder(self, request: pytest.FixtureRequest) -> Iterator[Path | None]:
        """Return a new directory in the one of the command line."""
        above = _option(request, "folder")
        if not above:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="juncture-check-", dir=above) as made:
            folder = Path(made)
            folder.chmod(0o777)
            yield folder

    @pytest.fixture
    def bench(
        self,
        request: pytest.FixtureRequest,
        service_url: str,
        session: Any,
        folder: Path | None,
    ) -> Iterator[Bench]:
        """Return a bench for the adaptor of the command line and no other."""
        name = _option(request, "adaptor")
        with rs.job.Service(service_url, session, _adaptor_name=name) as service:
            bench = Bench(service, folder, float(_option(request, "patience")))
            yield bench
            bench.close()


class TestContexts(ContextAdaptorKit):
    """Context adaptors; the context has the user, the password and the key of the URL."""

    @pytest.fixture
    def context(self, request: pytest.FixtureRequest) -> Any:
        """Return the context that the URL describes: `userpass://user:password@/`, `ssh:///key`."""
        url = rs.Url(_option(request, "url"))
        context = rs.Context(url.scheme)
        for name, value in (("user_id", url.username), ("user_pass", url.password)):
            if value:
                context.set_attribute(name, value)
        if url.path.strip("/"):
            attribute = "user_key" if url.scheme == "ssh" else "user_proxy"
            context.set_attribute(attribute, url.path)
        return context


class TestFiles(FileAdaptorKit):
    """File adaptors; each test has a new directory in the one of the URL."""

    @pytest.fixture
    def directory_url(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        """Return the URL of a new directory; where none can be made, the one that is there."""
        name = _option(request, "adaptor")
        above = fs.Directory(_option(request, "url"), _adaptor_name=name)
        made = f"juncture-check-{os.urandom(6).hex()}"
        try:
            above.make_dir(made)
        except rs.NotImplemented:
            yield above.url
            return
        url = rs.Url(above.url)
        url.path = f"{url.path.rstrip('/')}/{made}"
        yield url
        above.remove(made, fs.RECURSIVE)

    @pytest.fixture
    def oracle(self, request: pytest.FixtureRequest, directory_url: Any) -> FolderOracle | None:
        """Return the directory as this host sees it, where the command line says so."""
        seen = _option(request, "seen")
        if not seen:
            return None
        place = os.path.join(seen, rs.Url(directory_url).path.rpartition("/")[2])
        return FolderOracle(place, os.stat(place).st_uid)

    @pytest.fixture
    def bench(
        self,
        request: pytest.FixtureRequest,
        notes: None,
        directory_url: Any,
        session: Any,
        oracle: FolderOracle | None,
    ) -> Iterator[FileBench]:
        """Return a bench for the adaptor of the command line and no other."""
        del notes
        patience_s = float(_option(request, "patience"))
        name = _option(request, "adaptor")
        bench = FileBench(directory_url, session, oracle, patience_s, name)
        yield bench
        bench.close()


@contextmanager
def _new_directory(kind: Any, request: pytest.FixtureRequest) -> Generator[Any]:
    """Give the URL of a new directory in the one of the command line, and remove it then."""
    name = _option(request, "adaptor")
    url = rs.Url(_option(request, "url"))
    made = f"juncture-check-{os.urandom(6).hex()}"
    with kind(url, fs.CREATE, _adaptor_name=name) as above:
        url.path = f"{url.path.rstrip('/')}/{made}"
        yield url
        if above.exists(made):
            above.remove(made, fs.RECURSIVE)


class _Named:
    """The adaptor of the command line and no other."""

    adaptor_name: str | None = None

    @pytest.fixture(autouse=True)
    def only(self, request: pytest.FixtureRequest) -> None:
        """Set the name of the adaptor."""
        self.adaptor_name = _option(request, "adaptor")


class TestReplicas(_Named, ReplicaAdaptorKit):
    """Replica adaptors; each test has a new directory in the one of the URL."""

    @pytest.fixture
    def catalogue_url(self, request: pytest.FixtureRequest, only: None) -> Iterator[Any]:
        """Return the URL of a new directory."""
        del only
        with _new_directory(rs.replica.LogicalDirectory, request) as url:
            yield url


class TestAdverts(_Named, AdvertAdaptorKit):
    """Advert adaptors; each test has a new directory in the one of the URL."""

    @pytest.fixture
    def directory_url(self, request: pytest.FixtureRequest, only: None) -> Iterator[Any]:
        """Return the URL of a new directory."""
        del only
        with _new_directory(rs.advert.Directory, request) as url:
            yield url


class TestResources(ResourceAdaptorKit):
    """Resource adaptors."""

    @pytest.fixture
    def manager_url(self, request: pytest.FixtureRequest) -> str:
        """Return the URL of the command line."""
        return _option(request, "url")
