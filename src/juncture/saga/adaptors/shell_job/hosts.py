"""Which host a URL means, and what it takes to reach it."""

from __future__ import annotations

import os

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.shell.budget import Budget
    from juncture.saga.shell.ssh_master import Master
    from juncture.saga.url import Url

_LOOPBACK = frozenset(("", "localhost", "127.0.0.1", "::1", "[::1]"))


def is_here(name: str) -> bool:
    """Say whether a host name means this host."""
    name = name.lower()
    own = os.uname().nodename.lower()
    return name in _LOOPBACK or name in (own, own.partition(".")[0])


def check_here(url: Url) -> None:
    """Raise BadParameter when a URL names another host."""
    if not is_here(url.host or ""):
        raise BadParameter(
            f"`{url.scheme}` serves this host alone, found `{url.host}`",
            hint=f"use `ssh://{url.host}` for another host",
        )


def master_of(url: Url, session: Any, budget: Budget | None = None) -> Master:
    """Return the ssh connection of a URL; a password in it is one more credential.

    Args:
        url: Names the host.
        session: Whose credentials.
        budget: What the host may be asked; None for the usual.

    Raises:
        BadParameter: it names no host.
    """
    from juncture.saga.shell.ssh_master import master_for

    if not url.host:
        raise BadParameter(f"`{url}` names no host", hint="write `ssh://host/`")
    if url.password:
        session = _with_password(session, url)
    return master_for(url.host, user=url.username, port=url.port, session=session, budget=budget)


def _with_password(session: Any, url: Url) -> Any:
    """Return a copy of a session that has the password of a URL, too."""
    from copy import copy

    from juncture.saga.context import Context

    own = copy(session)
    context = Context("UserPass")
    if url.username:
        context.user_id = url.username
    context.user_pass = url.password
    own.add_context(context)
    return own
