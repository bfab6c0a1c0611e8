"""Jobs at `new-name://` URLs.

`Adaptor` is made once in a process and is the place for what its services share. There is one
`NewNameService` for each `job.Service` of a program, and one `NewNameJob` for each of its jobs.
"""

from typing import Any

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "new_name.job"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        # What a description may hold; anything else is refused by name.
        "jdes_attributes": ["Executable", "Arguments"],
    },
    "cpis": [
        {"type": "rs.job.Service", "class": "NewNameService"},
        {"type": "rs.job.Job", "class": "NewNameJob"},
    ],
}


class Adaptor(rs.cpi.AdaptorBase):
    """The adaptor."""

    def __init__(self) -> None:
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""


class NewNameService(rs.cpi.job.Service):
    """A job service."""

    @SYNC
    def init_instance(self, rm: Any, session: Any) -> None:
        """Connect, or raise BadParameter to leave the URL to another adaptor."""
        self.url = rm

    @SYNC
    def create_job(self, jd: Any) -> Any:
        """Return a new job."""
        state = {"job_service": self, "job_description": jd, "session": self.session}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)


class NewNameJob(rs.cpi.job.Job):
    """A job."""

    @SYNC
    def init_instance(self, job_info: dict[str, Any]) -> None:
        """Take what `create_job` passed on."""
        self.service: NewNameService = job_info["job_service"]
        self.description = job_info["job_description"]

    @SYNC
    def run(self) -> None:
        """Submit the job, then push what becomes of it.

        When it has begun:  self._api()._update("Running", id=f"[{self.service.url}]-[native id]")
        When it has ended:  self._api()._update("Done", exit_code=0)
        """
        raise rs.NotImplemented("new-name does not run jobs yet")
