"""From a URL and a session to a shell: which host, through what, as whom."""

from __future__ import annotations

import copy
import socket
from typing import TYPE_CHECKING

from juncture.saga.context import Context
from juncture.saga.exceptions import BadParameter, IncorrectURL
from juncture.saga.shell.channel import Channel
from juncture.saga.shell.ssh_master import Master, master_for
from juncture.saga.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.exceptions import SagaException
    from juncture.saga.session import Session

LOCAL_SCHEMES = frozenset({"", "file", "fork", "local", "sh", "shell"})
SSH_PROGRAMS = {
    "ssh": "ssh",
    "scp": "ssh",
    "sftp": "ssh",
    "gsissh": "gsissh",
    "gsiscp": "gsissh",
    "gsisftp": "gsissh",
}


def is_local(url: Url) -> bool:
    """Whether a URL names this host without ssh.

    Raises:
        BadParameter: its scheme is one for this host, and its host is another.
        IncorrectURL: its scheme is none of ours.
    """
    scheme = (url.scheme or "").lower()
    if scheme in SSH_PROGRAMS:
        return False
    if scheme not in LOCAL_SCHEMES:
        raise IncorrectURL(f"no shell is reached by a URL like {url.masked()}")
    if url.host and url.host.lower() not in _own_names():
        raise BadParameter(
            f"{url.masked()} names another host, and `{scheme}` is for this one",
            hint="use `ssh://` for other hosts",
        )
    return True


def master_of(url: Url, session: Session | None = None) -> Master:
    """Return the ssh connection for a URL; a password in it counts as a context of the session.

    Raises:
        IncorrectURL: the URL names no host.
    """
    if not url.host:
        raise IncorrectURL(f"{url.masked()} names no host")
    if url.password is not None:
        if session is None:
            from juncture.saga.session import DefaultSession

            session = DefaultSession()
        session = copy.copy(session)
        session.add_context(Context("UserPass", user_id=url.username, user_pass=url.password))
    program = SSH_PROGRAMS[(url.scheme or "").lower()]
    return master_for(url.host, user=url.username, port=url.port, session=session, program=program)


def open_channel(
    url: Url | str,
    session: Session | None = None,
    *,
    on_event: Callable[[bytes], None] | None = None,
    on_lost: Callable[[SagaException], None] | None = None,
) -> Channel:
    """Open a channel to the host of a URL. Exceptions are those of `is_local` and `Channel`."""
    url = Url(url)
    if is_local(url):
        return Channel.local(on_event=on_event, on_lost=on_lost)
    return Channel.over(master_of(url, session), on_event=on_event, on_lost=on_lost)


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", "127.0.0.1", "::1", name, name.partition(".")[0]}
