"""The chapter's job adaptor: structure, shared connections, and jobs made by the service."""

import os

import juncture.saga as rs
from juncture.saga.cpi import SYNC, Singleton

_ADAPTOR_NAME = "rs.adaptor.gsissh.job"
_ADAPTOR_SCHEMAS = ["ssh", "gsissh"]
_ADAPTOR_OPTIONS = [
    {
        "category": _ADAPTOR_NAME,
        "name": "cache_connection",
        "type": bool,
        "default": True,
        "valid_options": [True, False],
        "documentation": "toggle connection caching",
        "env_variable": None,
    },
]
_ADAPTOR_INFO = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "cpis": [
        {"type": "rs.job.Service", "class": "GSISSHJobService", "schemas": _ADAPTOR_SCHEMAS},
        {"type": "rs.job.Job", "class": "GSISSHJob", "schemas": _ADAPTOR_SCHEMAS},
    ],
}


class Connection:
    opened = 0

    def __init__(self, rm):
        Connection.opened += 1
        self.rm = rm
        self.commands = []

    def run(self, cmd):
        self.commands.append(cmd)
        return f"{cmd!r} on {self.rm.host}"


def setup_connection(rm):
    return Connection(rm)


class Adaptor(rs.cpi.AdaptorBase):
    __metaclass__ = Singleton

    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)
        self._cache = {}

    def sanity_check(self):
        if "NO_GSISSH" in os.environ:
            raise rs.NoSuccess("there is no gsissh here")


class GSISSHJobService(rs.cpi.job.Service):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "GSISSHJobService")
        self._cache = self._adaptor._cache

    @SYNC
    def init_instance(self, rm_url, session):
        if rm_url.host == "refuses.net":
            raise rs.AuthenticationFailed("no suitable security tokens")
        self._rm = rm_url
        self._session = session
        self._ids = []
        if self._rm not in self._cache:
            self._cache[self._rm] = setup_connection(self._rm)

    @SYNC
    def run_job(self, cmd):
        connection = self._cache[self._rm]
        return connection.run(cmd)

    @SYNC
    def create_job(self, jd):
        state = {"job_service": self, "job_description": jd, "session": self._session}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)

    def _update_jobid(self, job, job_id):
        self._ids.append(job_id)


class GSISSHJob(rs.cpi.job.Job):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "GSISSHJob")

    @SYNC
    def init_instance(self, job_info):
        self._session = job_info["session"]
        self._jd = job_info["job_description"]
        self._parent_service = job_info["job_service"]

        self._id = None  # is assigned when calling job.run()
        self._state = rs.job.NEW

        # register ourselves with the parent service
        self._parent_service._update_jobid(self, self._id)

    @SYNC
    def run(self):
        self._id = f"[{self._parent_service._rm}]-[1]"
        self._state = rs.job.RUNNING
        self._logger.info("started %s", self._id)

    @SYNC
    def get_id(self):
        return self._id

    @SYNC
    def get_state(self):
        return self._state
