"""A job adaptor without a back end: `mem://` jobs end when a test says so.

It pushes states. `Adaptor().calls` counts the calls that a real back end would see.
"""

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "test.memory.job"
_ADAPTOR_INFO = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": ["mem"],
    "capabilities": {
        "jdes_attributes": ["Executable", "Arguments", "Name", "Environment", "CandidateHosts"]
    },
    "cpis": [
        {"type": "radical.saga.job.Service", "class": "MemoryService"},
        {"type": "radical.saga.job.Job", "class": "MemoryJob"},
    ],
}
_ADAPTOR_OPTIONS = [
    {"name": "retries", "type": int, "default": 3, "env_variable": "TEST_MEMORY_RETRIES"},
    {"name": "mode", "type": str, "default": "fast", "valid_options": ["fast", "slow"]},
    {"name": "cache", "type": bool, "default": True},
]


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)
        self.calls = []


class MemoryService(rs.cpi.job.Service):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "MemoryService")

    @SYNC
    def init_instance(self, rm, session):
        if rm.host == "nowhere":
            raise rs.BadParameter("no such host")
        self._rm = rm
        self._jobs = {}

    @SYNC
    def create_job(self, jd):
        state = {"job_service": self, "job_description": jd, "session": self.session}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)

    @SYNC
    def list(self):
        return list(self._jobs)

    @SYNC
    def get_job(self, job_id):
        try:
            return self._jobs[job_id]
        except KeyError:
            raise rs.DoesNotExist(f"no job {job_id}") from None

    def submit(self, job):
        job_id = f"[{self._rm}]-[{len(self._jobs) + 1}]"
        self._jobs[job_id] = job
        if job.description.executable == "/missing":
            raise rs.BadParameter("no such program")
        job._update("Running", id=job_id, created=1.0, started=2.0)

    @SYNC
    def container_run(self, jobs):
        self._adaptor.calls.append(("container_run", len(jobs)))
        for job in jobs:
            try:
                self.submit(job)
            except rs.SagaException as error:
                job._fail(error)

    @SYNC
    def container_cancel(self, jobs, timeout=None):
        self._adaptor.calls.append(("container_cancel", len(jobs)))
        for job in jobs:
            job._update("Canceled")


class MemoryJob(rs.cpi.job.Job):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "MemoryJob")

    @SYNC
    def init_instance(self, job_info):
        self._service = job_info["job_service"]

    @SYNC
    def run(self):
        self._adaptor.calls.append(("run", 1))
        self._service.submit(self._api())

    @SYNC
    def cancel(self):
        self._api()._update("Canceled")

    @SYNC
    def suspend(self):
        self._api()._update("Suspended")

    @SYNC
    def resume(self):
        self._api()._update("Running")

    @SYNC
    def signal(self, signum):
        self._api()._update("Failed", termsig=signum)

    @SYNC
    def get_stdout(self):
        return b"plain \xff byte"

    @SYNC
    def get_stderr(self):
        raise ZeroDivisionError("a fault of the adaptor")
