"""Why the OpenSSH client ended: its last words, as an exception.

ssh tells every failure by exit status 255 and a line in English, so this is the one place that
looks at the text of a message. What it does not know is a NoSuccess with ssh's own words.
"""

from __future__ import annotations

import re

from juncture.saga.exceptions import (
    AuthenticationFailed,
    BadParameter,
    NoSuccess,
    SagaException,
    Timeout,
)

_CHANGED_KEY = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_OFFENDING = re.compile(r"Offending \S+ key in (?P<file>\S.*:\d+)")
_ENDED = "the connection to {name} has ended"
_TABLE: tuple[tuple[str, type[SagaException], str, str], ...] = (
    (
        _CHANGED_KEY,
        AuthenticationFailed,
        "the host key of {name} is not the one that is known",
        "it stands in {file}; remove it with `ssh-keygen -R` if the host was set up anew",
    ),
    (
        "Host key verification failed",
        AuthenticationFailed,
        "the host key of {name} is unknown and was not accepted",
        "connect once by hand with `ssh`, or set the session's `on_question`",
    ),
    (
        "Could not resolve hostname",
        BadParameter,
        "there is no host called {name}",
        "check the host name in the URL",
    ),
    (
        "Session open refused",
        NoSuccess,
        "{name} gives no more shells on this connection",
        "close some; `MaxSessions` of its sshd is the limit",
    ),
    ("kex_exchange_identification", NoSuccess, _ENDED, "open it again"),
    ("closed by remote host", NoSuccess, _ENDED, "open it again"),
    ("Broken pipe", NoSuccess, _ENDED, "open it again"),
    (
        "Connection closed by",
        NoSuccess,
        "{name} hung up before it let us in",
        "it may have too many connections (`MaxStartups`), or have waited too long for an answer",
    ),
    ("timed out", Timeout, "{name} does not answer", "check the host, the port and the network"),
    ("Connection refused", NoSuccess, "{name} refuses connections", "check the port, and sshd"),
    (
        "Too many authentication failures",
        AuthenticationFailed,
        "{name} gave up after too many keys",
        "name the right key in a context of a session made with `default=False`",
    ),
    (
        "Permission denied",
        AuthenticationFailed,
        "{name} accepted none of the session's credentials",
        "add a context with a key or a password to the session",
    ),
)


def failure(name: str, said: str, status: int | None) -> SagaException:
    """Return the exception for an ssh that has ended.

    Args:
        name: What to call the host.
        said: What it wrote to its standard error.
        status: Its exit status, negative for a signal; None if it is not known.
    """
    for words, kind, text, hint in _TABLE:
        if words in said:
            offending = _OFFENDING.search(said)
            file = f"`{offending['file']}`" if offending else "a file of known hosts"
            return kind(text.format(name=name), hint=hint.format(file=file))
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if not lines:
        how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        return NoSuccess(f"the connection to {name} has ended with {how}", hint="open it again")
    return NoSuccess(f"ssh to {name} failed: {lines[-1]}")
