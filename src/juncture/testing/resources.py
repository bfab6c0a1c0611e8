"""The conformance kit for resource adaptors.

An adopter derives a test class and defines the fixture `manager_url`; `session` and `description`
(what to acquire) have defaults. Each test gives back what it acquired.
"""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.testing import oracle
from juncture.testing.kit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class ResourceAdaptorKit(Kit):
    """Everything that an adaptor for compute resources promises."""

    @pytest.fixture
    def manager_url(self) -> str:
        """Return the URL of a manager; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `manager_url`")

    @pytest.fixture
    def description(self) -> Any:
        """Return a description of what can be acquired."""
        return rs.resource.ComputeDescription(size=1)

    @pytest.fixture
    def manager(self, manager_url: str, session: Any) -> Iterator[Any]:
        """Return a manager."""
        with self._opened(manager_url, session) as manager:
            yield manager

    def _opened(self, url: str, session: Any) -> Any:
        return rs.resource.Manager(url, session, _adaptor_name=self.adaptor_name)

    @pytest.fixture
    def resource(self, manager: Any, description: Any) -> Iterator[Any]:
        """Return an acquired resource, which is given back at the end."""
        resource = manager.acquire(description)
        yield resource
        if not _is_final(resource):
            resource.destroy()

    def test_what_is_acquired_fulfils_its_description(
        self, resource: Any, description: Any, manager: Any
    ) -> None:
        """It is a compute resource with an id, of this manager, and with what was asked for."""
        assert resource.rtype == rs.resource.COMPUTE
        url, mark, native = resource.id[1:-1].partition("]-[")
        assert (resource.id[0], mark, resource.id[-1]) == ("[", "]-[", "]")
        assert rs.Url(url).scheme == manager.url.scheme
        assert native
        assert resource.description.size >= description.size

    def test_it_becomes_active_and_can_be_used(self, resource: Any, session: Any) -> None:
        """Jobs run on it by its `access` URL."""
        assert resource.wait(rs.resource.ACTIVE, self.patience_s)
        assert resource.state == rs.resource.ACTIVE
        with rs.job.Service(resource.access, session) as service:
            job = service.run_job("exit 7")
            assert job.wait(self.patience_s)
            assert job.exit_code == 7  # noqa: PLR2004

    def test_standard_output_is_the_programs(
        self, capfd: pytest.CaptureFixture[str], resource: Any
    ) -> None:
        """An adaptor prints nothing, it logs: its caller may be a filter."""
        resource.destroy()
        assert capfd.readouterr().out == ""

    def test_it_is_listed_and_found(self, manager: Any, resource: Any) -> None:
        """The manager lists its id, and finds it by that, as does the constructor."""
        assert manager.list().count(resource.id) == 1
        assert resource.id in manager.list(rs.resource.COMPUTE)
        assert resource.id not in manager.list(rs.resource.STORAGE)
        assert manager.acquire(resource.id).id == resource.id
        assert rs.resource.Compute(resource.id, manager.session).id == resource.id

    def test_an_id_of_nothing_does_not_exist(self, manager: Any) -> None:
        """An unknown id is told as DoesNotExist by every method that takes one."""
        unknown = f"[{manager.url}]-[no-such-resource]"
        for call in (manager.acquire, manager.get_description, manager.destroy):
            with pytest.raises(rs.DoesNotExist):
                call(unknown)

    def test_what_is_destroyed_has_ended(self, resource: Any) -> None:
        """It has a final state, cannot be used any more, and a wait for its end returns."""
        resource.destroy()
        assert resource.wait(None, self.patience_s)
        assert _is_final(resource)
        assert resource.access is None

    def test_what_is_destroyed_is_no_longer_listed(self, manager: Any, description: Any) -> None:
        """It is gone, unless it was there before: a host that nobody can reserve stays."""
        before = manager.list()
        resource = manager.acquire(description)
        resource_id = resource.id
        resource.destroy()
        if resource_id in before:
            pytest.skip("the resource was there before it was acquired")
        oracle.until(lambda: resource_id not in manager.list(), self.patience_s, "it is unlisted")

    def test_a_wait_gives_up_in_time(self, resource: Any) -> None:
        """`wait` returns False for a state that is not reached."""
        assert resource.wait(rs.resource.ACTIVE, self.patience_s)
        assert resource.wait(rs.resource.FAILED, 0.1) is False

    def test_what_cannot_be_had_is_refused(self, manager: Any) -> None:
        """More cores than there are is an error at once, not an endless wait."""
        with pytest.raises(rs.SagaException) as refused:
            manager.acquire(rs.resource.ComputeDescription(size=10**7))
        assert not isinstance(refused.value, rs.NotImplemented)

    def test_a_closed_manager_leaves_resources(
        self, manager_url: str, session: Any, description: Any
    ) -> None:
        """They stay acquired, and another manager finds them."""
        with self._opened(manager_url, session) as manager:
            resource_id = manager.acquire(description).id
        with self._opened(manager_url, session) as manager:
            found = manager.acquire(resource_id)
            assert not _is_final(found)
            manager.destroy(resource_id)


def _is_final(resource: Any) -> bool:
    state = resource.state
    return state is not None and bool(state & rs.resource.FINAL)
