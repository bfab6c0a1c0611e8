"""An adaptor written for radical.saga: each job is a command on one terminal, done when run."""

import time

import radical.saga as rs
from radical.saga import exceptions as rse
from radical.saga.adaptors import base as a_base
from radical.saga.adaptors.cpi import decorators as cpi_decs
from radical.saga.adaptors.cpi import job as cpi_job
from radical.saga.job import constants as c
from radical.saga.utils import misc as umisc
from radical.saga.utils import pty_shell
from radical.saga.utils.job import TransferDirectives

SYNC_CALL = cpi_decs.SYNC_CALL
ASYNC_CALL = cpi_decs.ASYNC_CALL

_ADAPTOR_NAME = "old.terminal_job"
_ADAPTOR_SCHEMAS = ["terminal"]
_ADAPTOR_OPTIONS = [
    {
        "category": _ADAPTOR_NAME,
        "name": "greeting",
        "type": str,
        "default": "hello",
        "documentation": "what a job finds in GREETING",
        "env_variable": None,
    },
]
_ADAPTOR_INFO = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "jdes_attributes": [c.EXECUTABLE, c.ARGUMENTS, c.FILE_TRANSFER],
        "job_attributes": [c.EXIT_CODE, c.CREATED],
        "metrics": [c.STATE],
        "contexts": {"ssh": "not needed"},
    },
    "cpis": [
        {"type": "radical.saga.job.Service", "class": "TerminalJobService"},
        {"type": "radical.saga.job.Job", "class": "TerminalJob"},
    ],
}


class Adaptor(a_base.Base):
    def __init__(self):
        a_base.Base.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS, expand_env=False)
        self.greeting = self._cfg["greeting"]
        self.purge = self._cfg["purge_on_start"]

    def sanity_check(self):
        assert (self._name, self._schemas) == (_ADAPTOR_NAME, _ADAPTOR_SCHEMAS)
        assert self._cfg.enabled
        assert not self.purge


class TerminalJobService(cpi_job.Service):
    def __init__(self, api, adaptor):
        _cpi_base = super()
        _cpi_base.__init__(api, adaptor)

    @SYNC_CALL
    def init_instance(self, adaptor_state, rm_url, session):
        if not umisc.url_is_local(rm_url):
            raise rse.BadParameter._log(self._logger, f"can only serve this host, not {rm_url}")
        self.rm = rm_url
        self.rm.noted = time.time()
        self.jobs = {}
        self._set_session(session)
        self.shell = pty_shell.PTYShell(rs.Url("fork://localhost/"), session)
        return self.get_api()

    @ASYNC_CALL
    def init_instance_async(self, adaptor_state, rm_url, session, ttype):
        self.init_instance(rm_url, session)
        return self._done(self.get_api(), ttype)

    @staticmethod
    def _done(result, ttype):
        assert ttype in (rs.SYNC, rs.ASYNC, rs.TASK)
        task = rs.Task()
        task._set_result(result)
        task._set_state(rs.RUNNING)
        task._set_state(rs.DONE)
        return task

    @SYNC_CALL
    def close(self):
        self.shell.finalize(kill_pty=True)

    @SYNC_CALL
    def create_job(self, jd):
        state = {"job_service": self, "job_description": jd, "job_schema": self.rm.schema}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)

    @SYNC_CALL
    def get_url(self):
        return self.rm

    @SYNC_CALL
    def list(self):
        return list(self.jobs)

    @ASYNC_CALL
    def list_async(self, ttype):
        return self._done(["by the adaptor's own task", *self.jobs], ttype)

    @SYNC_CALL
    def get_job(self, job_id):
        if job_id not in self.jobs:
            raise rse.BadParameter._log(self._logger, f"unknown job id {job_id}")
        return self.jobs[job_id].get_api()

    @SYNC_CALL
    def container_run(self, jobs):
        for job in jobs:
            job.run()

    @SYNC_CALL
    def container_wait(self, jobs, mode, timeout):
        for job in jobs:
            job.wait(timeout)

    @SYNC_CALL
    def container_get_states(self, jobs):
        return [job.get_state() for job in jobs]


class TerminalJob(cpi_job.Job):
    def __init__(self, api, adaptor):
        _cpi_base = super()
        _cpi_base.__init__(api, adaptor)

    @SYNC_CALL
    def init_instance(self, job_info):
        self.jd = job_info["job_description"]
        self.js = job_info["job_service"]
        self.staged = TransferDirectives(self.jd.get(c.FILE_TRANSFER))
        self._id = None
        self._exit_code = None
        self._created = time.time()
        self._set_state(c.NEW)
        return self.get_api()

    def _set_state(self, state):
        self._state = state
        assert state in [c.NEW, c.RUNNING] + c.FINAL
        if self._api():
            self._api()._attributes_i_set("state", state, self._api()._UP)

    @SYNC_CALL
    def run(self):
        for source, target in self.staged.in_overwrite:
            self.js.shell.run_sync(f"cp {source} {target}")
        self._id = f"[{self.js.rm}]-[{len(self.js.jobs)}]"
        self.js.jobs[self._id] = self
        self._set_state(c.RUNNING)
        words = " ".join([self.jd.executable, *(self.jd.arguments or [])])
        self._exit_code, self._out, _ = self.js.shell.run_sync(
            f"GREETING={self._adaptor.greeting} {words}", iomode=pty_shell.SEPARATE
        )
        self._set_state(c.FAILED if self._exit_code else c.DONE)

    @SYNC_CALL
    def wait(self, timeout):
        assert timeout < 0
        return True

    @SYNC_CALL
    def get_id(self):
        return self._id

    @SYNC_CALL
    def get_state(self):
        return self._state

    @SYNC_CALL
    def get_exit_code(self):
        return self._exit_code

    @SYNC_CALL
    def get_created(self):
        return self._created

    @SYNC_CALL
    def get_stdout(self):
        return self._out
