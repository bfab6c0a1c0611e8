"""A job adaptor whose back end must be asked; its jobs end when they were asked often enough."""

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_INFO = {
    "name": "test.asking.job",
    "version": "v1.0",
    "schemas": ["ask"],
    "cpis": [
        {"type": "rs.job.Service", "class": "AskingService"},
        {"type": "rs.job.Job", "class": "AskingJob"},
    ],
}


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO)
        self.calls = []


class AskingService(rs.cpi.job.Service):
    @SYNC
    def init_instance(self, rm, session):
        pass

    @SYNC
    def create_job(self, jd):
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state={"job_service": self})

    @SYNC
    def container_get_states(self, jobs):
        self._adaptor.calls.append(("get_states", len(jobs)))
        for job in jobs:
            job._update(rs.job.RUNNING)
        return [job._state for job in jobs]

    @SYNC
    def container_wait(self, jobs, mode, timeout):
        self._adaptor.calls.append(("wait", len(jobs), mode))
        for job in jobs:
            job._update(rs.job.DONE)


class AskingJob(rs.cpi.job.Job):
    @SYNC
    def init_instance(self, job_info):
        self.states = ["Pending", "Running", "Running", "Done"]

    @SYNC
    def run(self):
        pass

    @SYNC
    def get_id(self):
        return "[ask://h/]-[1]"

    @SYNC
    def get_state(self):
        self._adaptor.calls.append("get_state")
        return self.states.pop(0)

    @SYNC
    def wait(self, timeout):
        while self._api().get_state() not in rs.job.FINAL:
            pass
        return True

    @SYNC
    def get_exit_code(self):
        return 7 if not self.states else None
