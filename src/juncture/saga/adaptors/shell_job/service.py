"""Job services on hosts with a shell: what `fork`, `local` and `ssh` have in common.

A service is a user of the agent of its host. Jobs go on when it is closed; `list` shows those of
its account on its host, from this and earlier processes, until their records are purged.

What the agent is made of is imported when there is to be one: an adaptor that has to wait for its
host does that meanwhile.
"""

from __future__ import annotations

import os
import threading

from juncture._util.flag import Flag
from juncture.saga.adaptors.shell_job import command
from juncture.saga.cpi.base import AdaptorBase, Base
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.cpi.job import Service
from juncture.saga.exceptions import DoesNotExist, NoSuccess, SagaException
from juncture.saga.job import Description, Job
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from juncture.saga.adaptors.shell_job.agent import Agent
    from juncture.saga.adaptors.shell_job.kept import Kept
    from juncture.saga.adaptors.shell_job.record import Record
    from juncture.saga.shell import Channel
    from juncture.saga.storage.store import Store


def options(adaptor: str) -> list[dict[str, Any]]:
    """Return the options that the shell job adaptors have in common."""
    return [
        {
            "category": adaptor,
            "name": "cancel_grace_s",
            "type": float,
            "default": 5.0,
            "documentation": "seconds between TERM and KILL when a job is canceled",
            "env_variable": "JUNCTURE_CANCEL_GRACE_S",
        },
        {
            "category": adaptor,
            "name": "purge_after_days",
            "type": int,
            "default": 30,
            "documentation": "days after which records of ended jobs are removed; 0 keeps them",
            "env_variable": "JUNCTURE_PURGE_AFTER_DAYS",
        },
    ]


def info(adaptor: str, schemes: list[str], prefix: str) -> dict[str, Any]:
    """Return the `_ADAPTOR_INFO` of a shell job adaptor."""
    return {
        "name": adaptor,
        "version": "v1.0",
        "schemas": schemes,
        "capabilities": {
            "jdes_attributes": dict(command.ATTRIBUTES),
            "job_attributes": {
                "ExitCode": "exit status; 128 + n when signal n ended it",
                "Termsig": "the signal, as far as a shell can tell",
                "Created": "by the clock of the host, as are the others",
                "Started": "when the program was started",
                "Finished": "when the program ended",
                "ExecutionHosts": "the host's own name for itself",
            },
            "metrics": {
                "State": "pushed when it changes",
                "StateDetail": "why, and how far files are on their way",
            },
            "callbacks": {"State": "called within milliseconds of the change"},
            "contexts": {},
        },
        "cpis": [
            {"type": "rs.job.Service", "class": f"{prefix}JobService"},
            {"type": "rs.job.Job", "class": f"{prefix}Job"},
        ],
    }


def agent_modules() -> tuple[object, ...]:
    """Import what an agent and its jobs are made of, and return the modules."""
    from juncture.saga.adaptors.shell_job import agent, kept, recovery, staging
    from juncture.saga.shell import channel

    return agent, kept, recovery, staging, channel


class ShellAdaptor(AdaptorBase):
    """Keeps the agents of a process, one for each host and connection."""

    def __init__(self, adaptor_info: dict[str, Any], adaptor_options: list[dict[str, Any]]) -> None:
        super().__init__(adaptor_info, adaptor_options)
        self._agents: dict[object, Agent] = {}
        self._opening: dict[object, threading.Lock] = {}
        self._agents_lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_lock)

    def _forget_lock(self) -> None:
        """In a forked child: a thread of the parent may have held it; each process has its own."""
        self._agents_lock = threading.Lock()

    def reach(self, place: Any, name: str) -> None:
        """Have a place at hand for its first agent; `agent_modules` can be imported meanwhile.

        Args:
            place: What tells it from others.
            name: What to call the host.
        """

    def agent(
        self, place: object, name: str, opener: Callable[..., Channel], purge_days: int
    ) -> Agent:
        """Return the agent of a place, which has one more user now.

        Args:
            place: What tells hosts and connections apart.
            name: What to call the host.
            opener: Opens a channel to it.
            purge_days: See `Agent`.
        """
        key = (os.getpid(), place)
        with self._agents_lock:
            opening = self._opening.setdefault(key, threading.Lock())
        with opening:  # a host that is slow to answer holds up nobody who wants another
            agent = self._agents.get(key)
            if agent is None or not agent.take():
                self.reach(place, name)
                from juncture.saga.adaptors.shell_job.agent import Agent
                from juncture.saga.adaptors.shell_job.recovery import Recovery

                agent = Agent(name, opener, purge_days=purge_days)
                agent.on_lost = Recovery(agent).begin
                agent.take()
                agent.open()
                self._agents[key] = agent
            return agent


class ShellJobService(Service):
    """A job service; subclasses say how its host is reached."""

    def __init__(self, api: Any, adaptor: AdaptorBase) -> None:
        Base.__init__(self, api, adaptor)

    def connection(self, url: Url, session: Any) -> tuple[object, str, Callable[..., Channel]]:
        """Return what tells the connection from others, the host's name, and what opens a channel.

        Raises:
            BadParameter: the URL cannot be served.
        """
        raise NotImplementedError

    def files(self) -> Store:
        """Return the files of the host, over the connection that its agent has."""
        raise NotImplementedError

    def default_folder(self) -> str:
        """Return the working directory of jobs that name none; empty for the home directory."""
        return ""

    def is_host(self, name: str) -> bool:
        """Say whether a name is one of the service's host."""
        return name in (self._rm.host, self.agent.host, self.agent.host.partition(".")[0])

    @SYNC
    def init_instance(self, rm: Url, session: Any) -> None:
        """Connect."""
        self._adaptor.opts.check_query(rm)
        self._rm = rm
        self._session = session
        place, name, opener = self.connection(rm, session)
        self._url = _public(rm)
        adaptor: Any = self._adaptor
        self.grace_s: float = adaptor.get_option("cancel_grace_s", session, rm)
        self.agent: Agent = adaptor.agent(
            place, name, opener, adaptor.get_option("purge_after_days", session, rm)
        )

    @SYNC
    def create_job(self, jd: Description) -> Any:
        """Return a new job for a description."""
        from juncture.saga.adaptors.shell_job.staging import read_directives

        read_directives(jd.file_transfer)
        command.check(jd, self.is_host)
        return self._job(jd)

    @SYNC
    def list(self) -> Any:
        """Return the ids of the account's jobs on this host, oldest service first."""
        self.agent.require()
        journals = self.agent.journals.all(self.agent.host)
        keys = [
            f"{service}.{number}"
            for service, journal in sorted(journals.items(), key=_age)
            for number in sorted(journal.jobs)
        ]
        return [self.job_id(key) for key in keys]

    @SYNC
    def get_job(self, job_id: str) -> Any:
        """Return the job of an id."""
        key = self._native_id(job_id)
        self.agent.require()
        with self.agent.finding:
            from juncture.saga.adaptors.shell_job import kept
            from juncture.saga.adaptors.shell_job.record import Record

            record = self.agent.find(key)
            if record is not None and record.job is not None:
                return record.job
            record = Record(key, None, self.agent.told)
            record.hold(Flag())
            line, is_staged = self.agent.learn(record)
            job = self._job(None, record, kept.read(line))
            record.attach(job, job._adaptor.what_is_left(is_staged))
        record.tell(wait=True)
        return job

    @SYNC
    def close(self) -> None:
        """Let go of the agent."""
        self.agent.release()

    @SYNC
    def container_run(self, jobs: Any) -> None:
        """Start jobs in one go."""
        ready: list[Any] = []
        try:
            for job in jobs:
                try:
                    self.stage_in(job._adaptor)
                except Exception as error:  # noqa: BLE001 - it is the outcome of that job alone
                    job._fail(error)
                else:
                    ready.append(job._adaptor)
            if ready:
                self.agent.submit(ready)
        except BaseException as error:
            self.refuse_unsent((job._adaptor for job in jobs), error)
            raise

    @SYNC
    def container_cancel(self, jobs: Any, timeout: float | None = None) -> None:
        """Cancel jobs in one go."""
        records = [job._adaptor.record for job in jobs if job._adaptor.record is not None]
        self.cancel(records, timeout)

    # For the jobs of the service ----------------------------------------------------------------

    @property
    def public_url(self) -> str:
        """Its URL, without what is secret in it."""
        return str(self._url)

    def job_id(self, key: str) -> str:
        """Return the id that users see."""
        return f"[{self._url}]-[{key}]"

    def refuse_unsent(self, jobs: Iterable[Any], error: BaseException) -> None:
        """Have those jobs failed that the host knows nothing of; the others go on."""
        if not isinstance(error, Exception):  # Ctrl-C
            error = NoSuccess("the job was not sent to its host: that was interrupted")
        for job in jobs:
            if job.record is None:
                job.get_api()._fail(error)

    def cancel(self, records: Sequence[Record], timeout: float | None) -> None:
        """Cancel jobs; a timeout shortens the grace."""
        self.agent.require()
        grace_s = self.grace_s
        if timeout is not None and timeout >= 0:
            grace_s = min(grace_s, timeout)
        from juncture.saga.adaptors.shell_job.cancel import cancel

        cancel(self.agent, records, grace_s)

    def stage_in(self, job: Any) -> None:
        """Bring the files that a job needs; its state detail says how far that is."""
        if any(each.to_host for each in job.directives):
            self.agent.require()
            try:
                self.copy(job, job.told_before_it_runs, to_host=True)
            except SagaException as error:
                job.told_before_it_runs(f"a file was not brought: {error.message}")
                raise
            job.told_before_it_runs(None)

    def copy(self, job: Any, on_detail: Callable[[str | None], None], *, to_host: bool) -> None:
        """Copy the files of a job in one direction.

        Raises:
            SagaException: one cannot be read or written.
        """
        wanted = [each for each in job.directives if each.to_host is to_host]
        if wanted:
            from juncture.saga.adaptors.shell_job import transfers

            transfers.copy(wanted, self.files(), job.folder, self._session, on_detail)

    def _job(
        self, jd: Description | None, record: Record | None = None, found: Kept | None = None
    ) -> Any:
        state = {
            "job_service": self,
            "job_description": found.description if found is not None else jd,
            "session": self._session,
            "record": record,
            "kept": found,
        }
        return Job(_adaptor=self._adaptor, _adaptor_state=state)

    def _native_id(self, job_id: str) -> str:
        from juncture.saga.adaptors.shell_job.journal import is_native_id

        key = job_id
        if job_id.startswith("[") and job_id.endswith("]"):
            _, _, key = job_id[:-1].rpartition("]-[")
        if not is_native_id(key):
            raise DoesNotExist(
                f"`{job_id}` is no id of a job of {self._url}", hint="ids are `[service url]-[id]`"
            )
        return key


def _public(url: Url) -> Url:
    """Return the URL without what is secret or about the service itself."""
    shown = Url(url)
    shown.password = None
    shown.query = ""
    return shown


def _age(item: tuple[str, Any]) -> tuple[float, str]:
    service, journal = item
    first = min((facts.created or 0.0 for facts in journal.jobs.values()), default=0.0)
    return first, service
