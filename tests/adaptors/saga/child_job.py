"""A job adaptor on plain child processes, which the kit for job adaptors finds nothing wrong with.

It is small, shares nothing with the shipped ones, and its jobs end with their client. Tests derive
adaptors with one fault each from it.
"""

import itertools
import os
import secrets
import select
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import juncture.saga as rs
from juncture.saga.cpi import SYNC


def info(name, scheme, **classes):
    return {
        "name": name,
        "version": "v1.0",
        "schemas": [scheme],
        "capabilities": {
            "outlives_client": False,
            "jdes_attributes": [
                *("Executable", "Arguments", "Environment", "Name", "WorkingDirectory"),
                *("Input", "Output", "Error"),
            ],
        },
        "cpis": [
            {"type": f"rs.job.{kind}", "class": classes.get(kind, f"Child{kind}")}
            for kind in ("Service", "Job")
        ],
    }


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, info("test.child.job", "child"))


class ChildService(rs.cpi.job.Service):
    @SYNC
    def init_instance(self, rm, session):
        if rm.host not in ("", "localhost"):
            raise rs.BadParameter(f"children run here, not on `{rm.host}`")
        self.url = rm
        self.jobs = {}
        self.numbers = itertools.count(1)
        self.folder = tempfile.TemporaryDirectory()

    @SYNC
    def create_job(self, jd):
        state = {"job_service": self, "job_description": jd, "session": self.session}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)

    @SYNC
    def list(self):
        return [*self.jobs]

    @SYNC
    def get_job(self, job_id):
        if job_id not in self.jobs:
            raise rs.DoesNotExist(f"there is no job `{job_id}`")
        return self.jobs[job_id]

    @SYNC
    def close(self):
        for job in [*self.jobs.values()]:
            job.cancel()
        self.folder.cleanup()


class ChildJob(rs.cpi.job.Job):
    @SYNC
    def init_instance(self, job_info):
        self.service = job_info["job_service"]
        self.description = job_info["job_description"]
        self.canceled = False

    @SYNC
    def run(self):
        jd = self.description
        place = Path(jd.working_directory or ".").absolute()
        job = self._api()
        number = next(self.service.numbers)
        job_id = f"[{self.service.url}]-[{number}]"
        mark = secrets.token_hex(8)  # no job of another process has it
        kept = Path(self.service.folder.name, str(number))
        self.out = place / jd.output if jd.output else kept.with_suffix(".out")
        self.err = place / jd.error if jd.error else kept.with_suffix(".err")
        try:
            place.mkdir(parents=True, exist_ok=True)
            with (
                open(place / jd.input if jd.input else os.devnull, "rb") as stdin,
                self.out.open("wb") as stdout,
                self.err.open("wb") as stderr,
            ):
                self.child = subprocess.Popen(
                    [jd.executable, *(jd.arguments or ())],
                    cwd=place,
                    env={**os.environ, **(jd.environment or {}), "CHILD_JOB": mark},
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    start_new_session=True,
                )
        except OSError as error:
            raise rs.NoSuccess(f"cannot start `{jd.executable}`: {error.strerror}") from error
        self.mark = f"CHILD_JOB={mark}".encode()
        self.service.jobs[job_id] = job
        job._update("Running", id=job_id)
        threading.Thread(target=self.watch, args=(job,)).start()

    def watch(self, job):
        status = self.child.wait()
        if self.canceled:
            job._update("Canceled")
        elif status < 0:
            job._update("Failed", termsig=-status)
        else:
            job._update("Failed" if status else "Done", exit_code=status)

    @SYNC
    def cancel(self, timeout=None):
        self.canceled = True
        while members := self.members():
            for pid in members:
                end(pid)
        self._api().wait()

    def members(self):
        """Return the job's processes: they have its mark in their environment."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and self.mark in (entry / "environ").read_bytes().split(
                    b"\0"
                ):
                    found.append(int(entry.name))
        return found

    @SYNC
    def suspend(self):
        os.killpg(self.child.pid, signal.SIGSTOP)
        self._api()._update("Suspended")

    @SYNC
    def resume(self):
        self._api()._update("Running")
        os.killpg(self.child.pid, signal.SIGCONT)

    @SYNC
    def get_stdout(self):
        return self.out.read_bytes()

    @SYNC
    def get_stderr(self):
        return self.err.read_bytes()


def end(pid):
    """Kill a process and wait until it has ended: what is ending shows nobody whose it is."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(process, signal.SIGKILL)
        select.select([process], [], [])
    except ProcessLookupError:
        pass
    finally:
        os.close(process)
