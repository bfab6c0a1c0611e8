"""The `MyProxy` context: fetches an X.509 proxy from a MyProxy server with a password.

`myproxy-logon` gets the password on its standard input. The proxy is written to a file of mode 0600
in a directory of this process, which goes when the process ends, and the session gets an `X509`
context for it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile

from juncture.saga.adaptors.contexts._base import ContextBase
from juncture.saga.context import Context
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.exceptions import BadParameter, NoSuccess, Timeout
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ADAPTOR_NAME = "juncture.context.myproxy"
_ADAPTOR_SCHEMAS = ["myproxy"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = [
    {
        "category": _ADAPTOR_NAME,
        "name": "timeout",
        "type": float,
        "default": 60.0,
        "documentation": "seconds that the MyProxy server has to answer",
        "env_variable": "JUNCTURE_MYPROXY_TIMEOUT",
    },
]
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "contexts": {"MyProxy": "a password that fetches an X.509 proxy"},
        "ctx_attributes": {
            "Server": "host or host:port; without it, $MYPROXY_SERVER",
            "UserID": "user name on the server; without it, the local one",
            "UserPass": "password of the stored credential",
            "UserVO": "virtual organisation to be added to the proxy",
            "LifeTime": "seconds that the proxy shall be valid",
        },
    },
    "cpis": [{"type": "rs.Context", "class": "ContextMyProxy"}],
}
_TOOL = "myproxy-logon"
_SECONDS_PER_HOUR = 3600


class Adaptor(AdaptorBase):
    """The adaptor of `MyProxy` contexts."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Decline where the tool is not installed."""
        if shutil.which(_TOOL) is None:
            raise NoSuccess(f"`{_TOOL}` is not installed", hint="install the package `myproxy`")


class ContextMyProxy(ContextBase):
    """Fetches the proxy."""

    @SYNC
    def _initialize(self, session: Any) -> None:
        context = self.get_api()
        fetch(context, self._adaptor.get_option("timeout", session=session))
        session.contexts.append(
            Context("X509", user_proxy=context.user_proxy, life_time=context.life_time)
        )


def fetch(context: Context, timeout: float) -> None:
    """Fetch a proxy and set `user_proxy` to its file.

    Args:
        context: Names the server, the user and the password.
        timeout: Seconds that the server has to answer.

    Raises:
        BadParameter: there is no password or no server.
        NoSuccess: the server gave no proxy; the message quotes what the tool said last.
        Timeout: the server did not answer.
    """
    if context.user_pass is None:
        raise BadParameter("a MyProxy context has no password", hint="set `user_pass`")
    directory = tempfile.mkdtemp(prefix="juncture-proxy-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = os.path.join(directory, "proxy")
    command = [*arguments(context), "--out", path]
    password = context.user_pass.encode("utf-8", "surrogateescape") + b"\n"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        done = subprocess.run(  # noqa: S603 - an argument list, without a shell
            command, input=password, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Timeout(f"{_place(context)} did not answer in {timeout:g} seconds") from error
    except OSError as error:
        raise NoSuccess(f"`{_TOOL}` cannot be run: {error.strerror}") from error
    os.chmod(path, 0o600)
    if done.returncode != 0 or not os.path.getsize(path):
        said = done.stderr.decode(errors="replace").replace(context.user_pass, "***").split("\n")
        last = next((line for line in reversed(said) if line.strip()), "nothing")
        raise NoSuccess(
            f"no proxy from {_place(context)}: `{_TOOL}` ended with status {done.returncode} "
            f"and said: {last.strip()}"
        )
    context.user_proxy = path


def arguments(context: Context) -> list[str]:
    """Return the command that fetches a proxy; the password is not in it.

    Raises:
        BadParameter: neither the context nor $MYPROXY_SERVER names a server.
    """
    server = _server(context)
    if not server:
        raise BadParameter(
            "a MyProxy context names no server", hint="set `server`, or the variable MYPROXY_SERVER"
        )
    place = Url(server if "://" in server else f"myproxy://{server}")
    command = [_TOOL, "--stdin_pass", "--pshost", place.host or server]
    if place.port is not None:
        command += ["--psport", str(place.port)]
    user = context.user_id or place.username
    if user:
        command += ["--username", user]
    if context.user_vo:
        command += ["--voms", context.user_vo]
    if context.life_time > 0:
        command += ["--proxy_lifetime", str(-(-context.life_time // _SECONDS_PER_HOUR))]
    return command


def _server(context: Context) -> str:
    return context.server or os.environ.get("MYPROXY_SERVER") or ""


def _place(context: Context) -> str:
    return f"the MyProxy server {_server(context)}"
