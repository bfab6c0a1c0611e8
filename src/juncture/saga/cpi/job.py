"""The CPIs of `job.Service` and `job.Job`.

States come by push: an adaptor calls `self._api()._update(state, exit_code=…)` whenever it learns
something, and the API answers `job.state`, `job.id`, `wait` and callbacks from that. An adaptor
which must ask its back end defines `get_state` and `wait` instead; then they are called. No final
state is ever made up: what cannot be known is UNKNOWN, with a `state_detail` that says why.
"""

from __future__ import annotations

from juncture.saga.constants import ALL
from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import SYNC, stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Service(Base):
    """A place that runs jobs."""

    cpi_type = "job.Service"

    @SYNC
    def init_instance(self, rm: Any, session: Any) -> None:
        """Take the service's URL and session, and check that both can be served."""

    @stub
    def create_job(self, jd: Any) -> Any:
        """Return a new `job.Job` for a description, which is the job's own copy."""

    @stub
    def run_job(self, cmd: str, host: str | None = None) -> Any:
        """Return a running job for a shell command; without this the API makes and runs one."""

    @stub
    def list(self) -> Any:
        """Return the ids of the jobs that the service knows."""

    @stub
    def get_url(self) -> Any:
        """Return the URL of the service; without this it is the URL the user gave."""

    @stub
    def get_job(self, job_id: str) -> Any:
        """Return the job of an id, from this or an earlier process.

        Raises:
            DoesNotExist: the service knows no such job.
        """

    @stub
    def get_self(self) -> Any:
        """Return the job in which this program runs."""

    @stub
    def close(self) -> None:
        """Let go of everything that the service holds; jobs go on."""

    @stub
    def container_run(self, jobs: Any) -> None:
        """Run NEW jobs of this service in one go; each takes its own state and exception."""

    @stub
    def container_wait(self, jobs: Any, mode: str = ALL, timeout: float | None = None) -> None:
        """Wait for jobs of this service; only for adaptors which do not push states."""

    @stub
    def container_cancel(self, jobs: Any, timeout: float | None = None) -> None:
        """Cancel jobs of this service in one go."""

    @stub
    def container_get_states(self, jobs: Any) -> Any:
        """Return the states of jobs of this service, in order; for adaptors which do not push."""


class Job(Base):
    """One job; `init_instance` receives the dictionary that the service gave the API object."""

    cpi_type = "job.Job"

    @SYNC
    def init_instance(self, job_info: dict[str, Any]) -> None:
        """Take what the service passed as `_adaptor_state`."""

    @stub
    def run(self) -> None:
        """Submit the job; push its id, then its states."""

    @stub
    def cancel(self, timeout: float | None = None) -> None:
        """End the job and everything it started."""

    @stub
    def wait(self, timeout: float | None = None) -> Any:
        """Return whether the job ended in time; without this the API waits for the push."""

    @stub
    def suspend(self) -> None:
        """Stop the job so that it can be resumed."""

    @stub
    def resume(self) -> None:
        """Let a suspended job go on."""

    @stub
    def signal(self, signum: int) -> None:
        """Send a signal to the job's processes."""

    @stub
    def checkpoint(self) -> None:
        """Have the job write a checkpoint."""

    @stub
    def migrate(self, jd: Any) -> None:
        """Move the job to where another description would put it."""

    @stub
    def get_state(self) -> Any:
        """Ask the back end for the state; without this the pushed state is the answer."""

    @stub
    def get_id(self) -> Any:
        """Return `[service url]-[native id]`, or None before the job has one."""

    @stub
    def get_name(self) -> Any:
        """Return the job's name; without this it is the description's."""

    @stub
    def get_description(self) -> Any:
        """Return the description; without this it is the one in the adaptor state."""

    @stub
    def get_exit_code(self) -> Any:
        """Return the exit status, or None while there is none."""

    @stub
    def get_termsig(self) -> Any:
        """Return the signal that ended the job, or None."""

    @stub
    def get_created(self) -> Any:
        """Return when the job was submitted, in seconds since the epoch on the host's clock."""

    @stub
    def get_started(self) -> Any:
        """Return when the job began to run."""

    @stub
    def get_finished(self) -> Any:
        """Return when the job ended."""

    @stub
    def get_execution_hosts(self) -> Any:
        """Return the hosts the job runs on."""

    @stub
    def get_service_url(self) -> Any:
        """Return the URL of the job's service."""

    @stub
    def get_stdin(self) -> Any:
        """Return a writable stream to the job's standard input."""

    @stub
    def get_stdout(self) -> Any:
        """Return what the job has written to its standard output so far, as bytes."""

    @stub
    def get_stderr(self) -> Any:
        """Return what the job has written to its standard error so far, as bytes."""

    @stub
    def read_stdout(self, offset: int, size_bytes: int) -> Any:
        """Return up to `size_bytes` of its standard output from an offset on; none: no more so far.

        Without this the API takes what `get_stdout` returns, and drops what is before the offset.
        """

    @stub
    def read_stderr(self, offset: int, size_bytes: int) -> Any:
        """Return the same of its standard error."""

    @stub
    def get_log(self) -> Any:
        """Return what the back end says about the job, as bytes."""

    @stub
    def re_raise(self) -> None:
        """Raise what made the job fail, if anything did."""
