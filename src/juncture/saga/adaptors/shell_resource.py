"""Hosts with a shell as resources: this one (`local`, `fork`) and those behind `ssh`.

A host is there already, so acquiring it reserves nothing: it checks that the host has what was
asked for, and hands out a Compute whose `access` is a job service. The id names the host, so any
process can acquire it again. Giving it back ends the Compute, and through the manager every one
that the manager has handed out; the host goes on.
"""

from __future__ import annotations

import weakref

from juncture._util.flag import Flag
from juncture.saga.adaptors.shell_job.hosts import check_here, master_of
from juncture.saga.cpi.base import AdaptorBase, Base
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.cpi.resource import Compute as ComputeCpi
from juncture.saga.cpi.resource import Manager as ManagerCpi
from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess
from juncture.saga.resource import ACTIVE, CANCELED, COMPUTE, Compute, ComputeDescription
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ADAPTOR_NAME = "juncture.resource.shell"
_ADAPTOR_SCHEMAS = ["local", "fork", "ssh"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "rdes_attributes": {
            "Rtype": "COMPUTE",
            "Start": "any time: the host is there already",
            "End": "any time: the host stays",
            "Duration": "any: nothing is reserved",
            "Access": "the URL of the host",
            "Size": "cores the host must have",
            "Memory": "MB of memory the host must have",
            "MachineOS": "one of these must be its system",
            "MachineArch": "one of these must be its architecture",
            "Template": "the name that `list_templates` gives",
        },
    },
    "cpis": [
        {"type": "rs.resource.Manager", "class": "ShellResourceManager"},
        {"type": "rs.resource.Compute", "class": "ShellResourceCompute"},
    ],
}
_ASK = """\
uname -n; uname -s; uname -m
nproc 2>/dev/null || getconf _NPROCESSORS_ONLN
awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo 2>/dev/null
:"""
_FACTS = 4


class Adaptor(AdaptorBase):
    """The adaptor of hosts with a shell."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)


class ShellResourceManager(ManagerCpi):
    """The manager of one host."""

    def __init__(self, api: Any, adaptor: AdaptorBase) -> None:
        Base.__init__(self, api, adaptor, "ShellResourceManager")

    @SYNC
    def init_instance(self, url: Url, session: Any) -> None:
        """Connect, and learn what the host is."""
        self._url = Url(url)
        self._url.password = None
        self._session = session
        self._host = describe(url, session)
        self._handed_out: weakref.WeakSet[ShellResourceCompute] = weakref.WeakSet()

    @SYNC
    def list(self, rtype: Any = None) -> Any:
        """Return the id of the host, if hosts are asked for."""
        return [self._id()] if _hosts_are_meant(rtype) else []

    @SYNC
    def get_description(self, rid: str) -> Any:
        """Return what the host has."""
        self._check(rid)
        return self._host.clone()

    @SYNC
    def list_templates(self, rtype: Any = None) -> Any:
        """Return the one template: the whole host."""
        return ["host"] if _hosts_are_meant(rtype) else []

    @SYNC
    def get_template(self, name: str) -> Any:
        """Return the host as a description."""
        if name != "host":
            raise DoesNotExist(f"there is no template `{name}`", hint="there is `host`")
        return self._host.clone()

    @SYNC
    def list_images(self, rtype: Any = None) -> Any:
        """Return no image: a host runs what it runs."""
        del rtype
        return []

    @SYNC
    def get_image(self, name: str) -> Any:
        """Return no image."""
        raise DoesNotExist(f"there is no image `{name}`: a host runs what it runs")

    @SYNC
    def acquire(self, spec: Any) -> Any:
        """Return the host, if it has what is asked for."""
        check(spec, self._host)
        return self._compute()

    @SYNC
    def acquire_by_id(self, rid: str) -> Any:
        """Return the host of an id."""
        self._check(rid)
        return self._compute()

    @SYNC
    def destroy(self, rid: str) -> None:
        """End what was handed out; the host goes on."""
        self._check(rid)
        for compute in list(self._handed_out):
            compute.destroy()

    @SYNC
    def close(self) -> None:
        """Nothing is held."""

    def _id(self) -> str:
        return _id_of(self._url)

    def _check(self, rid: str) -> None:
        _check(rid, self._url)

    def _compute(self) -> Any:
        state = {"url": self._url, "session": self._session, "host": self._host, "id": self._id()}
        compute = Compute(_adaptor=self._adaptor, _adaptor_state=state)
        self._handed_out.add(compute._adaptor)  # pyright: ignore[reportPrivateUsage]
        return compute


class ShellResourceCompute(ComputeCpi):
    """The host."""

    def __init__(self, api: Any, adaptor: AdaptorBase) -> None:
        Base.__init__(self, api, adaptor, "ShellResourceCompute")

    @SYNC
    def init_instance(self, state: dict[str, Any]) -> None:
        """Take what the manager knows, or connect to the host of an id."""
        if "resource_id" in state:
            self._id = str(state["resource_id"])
            self._url = Url(self._id[1:].partition("]-[")[0])
            _check(self._id, self._url)
            self._host = describe(self._url, state["session"])
        else:
            self._id, self._url, self._host = state["id"], state["url"], state["host"]
        self._ended = Flag()

    @SYNC
    def get_id(self) -> Any:
        """Return the id."""
        return self._id

    @SYNC
    def get_rtype(self) -> Any:
        """Return COMPUTE."""
        return COMPUTE

    @SYNC
    def get_state(self) -> Any:
        """Return ACTIVE until `destroy`."""
        return CANCELED if self._ended.is_set() else ACTIVE

    @SYNC
    def get_state_detail(self) -> Any:
        """Return a word for the state."""
        return "given back" if self._ended.is_set() else "the host answers"

    @SYNC
    def get_access(self) -> Any:
        """Return the URL of the host's job service."""
        return None if self._ended.is_set() else str(self._url)

    @SYNC
    def get_manager(self) -> Any:
        """Return the manager's URL."""
        return Url(self._url)

    @SYNC
    def get_description(self) -> Any:
        """Return what the host has."""
        return self._host.clone()

    @SYNC
    def destroy(self) -> None:
        """Let go of the host, which goes on."""
        self._ended.set()

    @SYNC
    def wait(self, state: Any = None, timeout: float | None = None) -> Any:
        """Return whether the host is in one of the states in time; None means a final one."""
        wanted = CANCELED if state is None else state
        if wanted & self.get_state():
            return True
        if not wanted & CANCELED:
            return False
        return self._ended.wait(None if timeout is None or timeout < 0 else timeout)


def _id_of(url: Url) -> str:
    return f"[{url}]-[{url.host or 'localhost'}]"


def _check(rid: str, url: Url) -> None:
    """Raise DoesNotExist when an id is not that of the one host of a URL."""
    if rid != _id_of(url):
        raise DoesNotExist(f"{url} has no resource `{rid}`", hint=f"it has {_id_of(url)}")


def describe(url: Url, session: Any) -> ComputeDescription:
    """Return what a host says of itself.

    Raises:
        BadParameter: the URL cannot be served.
        NoSuccess: the host does not say it.
    """
    place = Url(url)
    place.password = None
    with _channel(url, session) as channel:
        said = channel.run(_ASK).stdout.decode("utf-8", "replace").splitlines()
    if len(said) < _FACTS:
        raise NoSuccess(f"`{url.masked()}` does not say what it has")
    found = ComputeDescription(
        rtype=COMPUTE,
        template="host",
        machine_os=[said[1]],
        machine_arch=[said[2]],
        size=int(said[3]),
        access=str(place),
    )
    if len(said) > _FACTS:
        found.memory = int(said[_FACTS])
    return found


def check(wanted: Any, host: ComputeDescription) -> None:
    """Raise BadParameter when a host lacks what is asked for, or that cannot be asked of a host."""
    for key, value in wanted.as_dict().items():
        if key not in _ADAPTOR_INFO["capabilities"]["rdes_attributes"]:
            raise BadParameter(f"`{key}` cannot be asked of a host that is there already")
        if key in ("Size", "Memory") and value > (host[key] or 0):
            raise BadParameter(f"`{key}` {value} is asked for, the host has {host[key]}")
        if key in ("MachineOS", "MachineArch"):
            has = host[key][0]
            if has.lower() not in [each.lower() for each in value]:
                raise BadParameter(f"`{key}` {', '.join(value)} is asked for, the host is {has}")
        if key == "Template" and value != "host":
            raise BadParameter(f"there is no template `{value}`", hint="there is `host`")
        if key == "Rtype" and not _hosts_are_meant(value):
            raise BadParameter("a host is a COMPUTE resource and no other")
        if key == "Access" and Url(value) != Url(host[key]):
            raise BadParameter(
                f"`Access` by `{Url(value).masked()}` is asked for, it is {host[key]}"
            )


def _hosts_are_meant(rtype: Any) -> bool:
    return rtype is None or bool(rtype & COMPUTE)


def _channel(url: Url, session: Any) -> Any:
    from juncture.saga.shell.channel import Channel

    if url.scheme == "ssh":
        return Channel.over(master_of(url, session))
    check_here(url)
    return Channel.local()
