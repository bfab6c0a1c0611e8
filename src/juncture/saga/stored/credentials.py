"""Which server gets which user name and password: the one rule for all that log in by URL.

A `UserPass` context goes to a server that it names in `RemoteHost` or `Server`, or whose URL names
its user. One that says neither goes to none: the host might be anyone's. Hosts with a shell are not
concerned: their keys prove who they are before a password is asked for.
"""

from __future__ import annotations

from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.context import Context

HINT = (
    "give user and password in the URL, or the session a `UserPass` context whose `remote_host`"
    " names the server"
)
"""What helps where a server accepts no credential, or was given none."""


def bare(url: Url) -> Url:
    """Return a URL as logs may have it: without account, query and fragment, which may be keys."""
    found = Url(url)
    found.username = found.password = None
    found.query = found.fragment = ""
    return found


def of_session(
    session: Any, host: str, port: int | None = None, user: str | None = None
) -> tuple[str | None, str] | None:
    """Return user name and password of the first context that a server may have, or None.

    Args:
        session: Whose contexts these are; None has none.
        host: The server's name; empty: it has none, as a store of a provider.
        port: The server's port; None: nobody said which.
        user: The user that the URL names.
    """
    for context in () if session is None else session.contexts:
        if context.type.lower() != "userpass" or not context.user_pass:
            continue
        if user and context.user_id and context.user_id != user:
            continue
        if _may_have(context, host.lower(), port, user):
            return context.user_id or user, context.user_pass
    return None


def _may_have(context: Context, host: str, port: int | None, user: str | None) -> bool:
    if context.remote_port and str(port) not in context.remote_port:
        return False
    hosts = [name.lower() for name in (*(context.remote_host or ()), context.server or "") if name]
    if hosts:
        return bool(host) and not {host, f"{host}:{port}"}.isdisjoint(hosts)
    return bool(user) and context.user_id == user
