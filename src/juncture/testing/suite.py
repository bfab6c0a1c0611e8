"""The kits on the adaptor that `juncture adaptor check` names; see `plugin`."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.testing.adverts import AdvertAdaptorKit
from juncture.testing.contexts import ContextAdaptorKit
from juncture.testing.file_oracle import FolderOracle
from juncture.testing.files import FileAdaptorKit
from juncture.testing.jobs import JobAdaptorKit
from juncture.testing.kit import Kit
from juncture.testing.replicas import ReplicaAdaptorKit
from juncture.testing.resources import ResourceAdaptorKit
from juncture.testing.watch import Watch

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


def probe(kit: str, url: str, name: str) -> None:
    """Open what has a URL, and close it.

    Args:
        kit: One of the classes of `KITS`.
        url: The URL.
        name: The name of the adaptor.

    Raises:
        SagaException: It cannot be opened: no test could say more than that.
    """
    cls = globals()[kit]
    if issubclass(cls, _Checked):
        cls.opened(url, _adaptor_name=name).close()


def _option(request: pytest.FixtureRequest, name: str) -> str:
    return str(request.config.getoption(f"--juncture-{name}"))


@pytest.fixture(autouse=True, scope="module")
def _registered(request: pytest.FixtureRequest) -> None:  # pyright: ignore[reportUnusedFunction]
    module = _option(request, "module")
    if not module.startswith("juncture.saga.adaptors."):
        rs.engine.getEngine().register_adaptor(module)


class _Checked(Kit):
    """The adaptor of the command line and no other, as patient as it says.

    Attributes:
        opened: How the API opens what has the URL.
    """

    opened: Any

    @pytest.fixture(autouse=True)
    def watched(self, request: pytest.FixtureRequest) -> Iterator[None]:
        """Take name and patience from the command line."""
        self.adaptor_name = _option(request, "adaptor")
        self.patience_s = float(_option(request, "patience"))
        with Watch(self.patience_s):
            yield


class TestJobs(_Checked, JobAdaptorKit):
    """Job adaptors."""

    opened = rs.job.Service

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
            adaptor = rs.engine.getEngine().get_adaptor_instance(_option(request, "adaptor"))
            declared = adaptor.info.capabilities.get("ctx_attributes", ())
            attribute = "UserKey" if "UserKey" in declared else "UserProxy"
            context.set_attribute(attribute, url.path)
        return context


@contextmanager
def _new_directory(request: pytest.FixtureRequest, opened: Any) -> Generator[Any]:
    """Give the URL of a new directory in the one of the command line, and remove it then.

    Where none can be made, it is made where this host sees it; where it does not, it is that one.
    """
    url, seen = _option(request, "url"), _option(request, "seen")
    made = f"juncture-check-{os.urandom(6).hex()}"
    with opened(url, _adaptor_name=_option(request, "adaptor")) as above:
        below = rs.Url(above.url)
        below.path = f"{below.path.rstrip('/')}/{made}"
        try:
            above.make_dir(made)
        except rs.NotImplemented:
            if not seen:
                yield above.url
                return
            place = Path(seen, made)
            place.mkdir()
            yield below
            shutil.rmtree(place)
            return
        yield below
        try:
            above.remove(made, fs.RECURSIVE)
        except rs.SagaException as error:
            pytest.fail(f"{below} of this test cannot be removed: {error}", pytrace=False)


class TestFiles(_Checked, FileAdaptorKit):
    """File adaptors; each test has a new directory in the one of the URL."""

    opened = fs.Directory

    @pytest.fixture
    def directory_url(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        """Return the URL of a new directory."""
        with _new_directory(request, self.opened) as url:
            yield url

    @pytest.fixture
    def oracle(self, request: pytest.FixtureRequest, directory_url: Any) -> FolderOracle | None:
        """Return the directory as this host sees it, where the command line says so."""
        seen = _option(request, "seen")
        if not seen:
            return None
        place = os.path.join(seen, rs.Url(directory_url).path.rpartition("/")[2])
        if not os.path.isdir(place):
            url = rs.Url(_option(request, "url")).masked()
            request.session.shouldstop = "the next test would say the same"
            pytest.fail(f"what is made in {url} is not seen in the directory {seen}", False)
        return FolderOracle(place, os.stat(place).st_uid)


class TestReplicas(_Checked, ReplicaAdaptorKit):
    """Replica adaptors; each test has a new directory in the one of the URL."""

    opened = partial(rs.replica.LogicalDirectory, flags=fs.CREATE)

    @pytest.fixture
    def catalogue_url(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        """Return the URL of a new directory."""
        with _new_directory(request, self.opened) as url:
            yield url


class TestAdverts(_Checked, AdvertAdaptorKit):
    """Advert adaptors; each test has a new directory in the one of the URL."""

    opened = partial(rs.advert.Directory, flags=fs.CREATE)

    @pytest.fixture
    def directory_url(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        """Return the URL of a new directory."""
        with _new_directory(request, self.opened) as url:
            yield url


class TestResources(_Checked, ResourceAdaptorKit):
    """Resource adaptors."""

    opened = rs.resource.Manager

    @pytest.fixture
    def manager_url(self, request: pytest.FixtureRequest) -> str:
        """Return the URL of the command line."""
        return _option(request, "url")
