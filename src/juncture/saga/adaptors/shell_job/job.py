"""Jobs on hosts with a shell: what `fork`, `local` and `ssh` have in common."""

from __future__ import annotations

import os

from juncture.saga.adaptors.shell_job import command
from juncture.saga.cpi.base import AdaptorBase, Base
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.cpi.job import Job
from juncture.saga.exceptions import (
    BadParameter,
    IncorrectState,
    NoSuccess,
    SagaException,
)
from juncture.saga.shell import quoting
from juncture.saga.storage.failures import as_saga

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.adaptors.shell_job.kept import Kept
    from juncture.saga.adaptors.shell_job.record import Record
    from juncture.saga.adaptors.shell_job.service import ShellJobService
    from juncture.saga.job import Description


class ShellJob(Job):
    """A job; its states are pushed to the API object."""

    def __init__(self, api: Any, adaptor: AdaptorBase) -> None:
        Base.__init__(self, api, adaptor)

    @SYNC
    def init_instance(self, job_info: dict[str, Any]) -> None:
        """Take service, description and, for a job that was found, its record."""
        self._service: ShellJobService = job_info["job_service"]
        self._jd: Description | None = job_info["job_description"]
        self.record: Record | None = job_info.get("record")
        self._default_folder = ""
        kept: Kept | None = job_info.get("kept")
        if kept is not None:
            self._default_folder, self.directives = kept.folder, kept.directives
        elif self.record is None and self._jd is not None:
            from juncture.saga.adaptors.shell_job.staging import read_directives

            self._default_folder = self._service.default_folder()
            self.directives = read_directives(self._jd.file_transfer)
        else:
            self.directives = []

    # For the agent ------------------------------------------------------------------------------

    @property
    def folder(self) -> str:
        """The working directory, absolute."""
        given = self._jd.working_directory if self._jd is not None else ""
        return os.path.join(self._service.agent.home, self._default_folder, given or "")

    @property
    def has_finish(self) -> bool:
        """Whether the end waits for something."""
        jd = self._jd
        return jd is not None and bool(
            jd.cleanup or any(not each.to_host for each in self.directives)
        )

    def command(self, number: int) -> str:
        """Return the command that starts the job under a number."""
        assert self._jd is not None  # noqa: S101 - a job that can be started was described
        return command.run_line(number, self._jd, self.folder, self.directives)

    def finish(self) -> str | None:
        """Bring the files here, and remove what is not wanted; return what went wrong."""
        agent = self._service.agent
        try:
            agent.require()
            self._service.copy(self, self._told_after_it_ran, to_host=False)
            if self._jd is not None and self._jd.cleanup:
                agent.ask(f"rm -f {' '.join(quoting.quote(self._kept(kind)) for kind in _KEPT)}")
            elif any(not each.to_host for each in self.directives):
                agent.ask(f": >{quoting.quote(self._kept('staged'))}")
        except Exception as error:  # noqa: BLE001 - or the end of the job would never be told
            return f"a file was not brought back: {as_saga(error, self.folder).message}"
        return None

    def told_before_it_runs(self, detail: str | None) -> None:
        """Say how far its files are on their way to the host."""
        job = self._api()
        if job is not None:
            job._update(state_detail=detail)

    def _told_after_it_ran(self, detail: str | None) -> None:
        if self.record is not None:
            self.record.say(detail)

    def what_is_left(self, is_staged: bool) -> Callable[[], str | None] | None:
        """Return what the end of a job that was found waits for: what nobody has done yet.

        Args:
            is_staged: Whether its files were brought.
        """
        return self._finish_once if self.has_finish and not is_staged else None

    def _finish_once(self) -> str | None:
        """Do as `finish`, unless another client has done it since the job was found."""
        agent = self._service.agent
        try:
            agent.require()
            if not agent.ask(f"[ -e {quoting.quote(self._kept('staged'))} ]").status:
                return None
        except SagaException as error:
            return f"a file was not brought back: {error.message}"
        return self.finish()

    def job_id(self, key: str) -> str:
        """Return the id that users see."""
        return self._service.job_id(key)

    # The CPI ------------------------------------------------------------------------------------

    @SYNC
    def run(self) -> None:
        """Submit the job."""
        try:
            self._service.stage_in(self)
            self._service.agent.submit([self])
        except BaseException as error:
            self._service.refuse_unsent([self], error)
            raise
        record = self.record
        if record is not None and record.facts.refused:
            raise NoSuccess(f"the job was not started: {record.facts.detail}")

    @SYNC
    def cancel(self, timeout: float | None = None) -> None:
        """End the job and everything it started."""
        self._service.cancel([self._known()], timeout)

    @SYNC
    def suspend(self) -> None:
        """Stop all processes of the job."""
        self._signal("STOP", "stop")

    @SYNC
    def resume(self) -> None:
        """Let them go on."""
        self._signal("CONT", "cont")

    @SYNC
    def signal(self, signum: int) -> None:
        """Send a signal to all processes of the job; it is sent by name."""
        import signal

        try:
            name = signal.Signals(signum).name
        except ValueError:
            raise BadParameter(f"{signum!r} is no signal") from None
        self._signal(name.removeprefix("SIG"))

    @SYNC
    def get_service_url(self) -> Any:
        """Return the URL of the service, without what is secret in it."""
        return self._service.public_url

    @SYNC
    def get_stdout(self) -> Any:
        """Return what the job has written to its standard output so far."""
        return self._written("out", "cat")

    @SYNC
    def get_stderr(self) -> Any:
        """Return what the job has written to its standard error; empty if that is its output."""
        return self._written("err", "cat")

    @SYNC
    def read_stdout(self, offset: int, size_bytes: int) -> Any:
        """Return some of its standard output from an offset on."""
        return self._written("out", _range(offset, size_bytes))

    @SYNC
    def read_stderr(self, offset: int, size_bytes: int) -> Any:
        """Return some of its standard error from an offset on."""
        return self._written("err", _range(offset, size_bytes))

    @SYNC
    def get_log(self) -> Any:
        """Return why a job could not be set up, and the lines of the journal about it."""
        log = quoting.quote(self._kept("log"))
        journal = quoting.quote(os.path.join(os.path.dirname(self._kept("log")), "journal"))
        key = self._known().key.replace(".", "\\.")
        agent = self._service.agent
        agent.require()
        return agent.ask(f"cat {log} 2>/dev/null; grep '^{key} ' {journal}").stdout

    # How it works -------------------------------------------------------------------------------

    def _known(self) -> Record:
        if self.record is None:
            raise IncorrectState(
                "the job is New, the host knows nothing of it", hint="call `run()`"
            )
        return self.record

    def _kept(self, kind: str) -> str:
        service, _, number = self._known().key.rpartition(".")
        return f"{self._service.agent.folder}/{service}/{number}.{kind}"

    def _signal(self, name: str, verb: str = "-") -> None:
        record = self._known()
        self._service.agent.signal([record], name, verb)
        record.tell(wait=True)

    def _written(self, kind: str, reading: str) -> bytes:
        """Return what a shell command makes of a stream of the job.

        Args:
            kind: Which stream, as it is kept.
            reading: The command.
        """
        path = self._kept(kind)
        if self._known().facts.never_wrote:
            return b""  # the log says why
        jd = self._jd
        if jd is not None and kind == "err" and jd.error and jd.error == jd.output:
            return b""
        given = None if jd is None else jd.output if kind == "out" else jd.error
        if given:
            path = os.path.join(self.folder, given)
        agent = self._service.agent
        agent.require()
        result = agent.data().run(f"{{ {reading}; }} <{quoting.quote(path)}")
        if not result.status:
            return result.stdout
        if not self._known().facts.final:
            return b""  # it has not been opened yet
        return agent.data().read_file(path)  # for the reason why not


def _range(offset: int, size_bytes: int) -> str:
    """Return the command that copies a part of its input; `tail` seeks to it in a file."""
    return f"tail -c +{offset + 1} | head -c {size_bytes}"


_KEPT = ("out", "err", "log", "job", "limit", "cancel", "staged")
