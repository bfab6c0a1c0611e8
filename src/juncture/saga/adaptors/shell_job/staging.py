"""File transfer directives: `local > remote` before a job, `local < remote` after it.

`>>` and `<<` append. The local side is a path, relative to the client's directory when the job is
made, or a URL of any scheme that files have; the remote side is a path, relative to the job's
working directory. A path that ends in a slash takes the name of the source. A directory is copied
with all that is in it; one that is spelled with a slash at its end has no name to give, so that its
content goes into the directory on the other side.

A directive is kept on the host for whoever finds the job, so it holds no password.
"""

from __future__ import annotations

import os

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_OPERATORS = (">>", "<<", ">", "<")
_URL = "://"


class Directive:
    """One file or directory to transfer.

    Args:
        local: Path here, absolute, or a URL.
        remote: Path there.
        to_host: Whether it goes there.
        append: Whether it is added to what is there already.
    """

    __slots__ = ("append", "local", "remote", "to_host")

    def __init__(self, local: str, remote: str, *, to_host: bool, append: bool) -> None:
        self.local = local
        self.remote = remote
        self.to_host = to_host
        self.append = append

    @property
    def source(self) -> str:
        """What is copied, as it is spelled."""
        return self.local if self.to_host else self.remote


def read_directives(texts: Iterable[Any] | None) -> list[Directive]:
    """Return the directives of a job description.

    Raises:
        BadParameter: one is malformed.
        IncorrectURL: nothing serves files of its scheme.
    """
    return [_read(text) for text in texts or ()]


def _read(text: Any) -> Directive:
    if isinstance(text, str):
        places = [(at, sign) for sign in _OPERATORS if (at := text.find(sign)) >= 0]
        if places:
            at = min(place for place, _ in places)
            sign = next(sign for place, sign in places if place == at)
            local, remote = text[:at].strip(), text[at + len(sign) :].strip()
            if local and remote:
                return _directive(local, sign, remote)
    raise BadParameter(
        f"a file transfer directive is `local > remote` or `local < remote`, found {text!r}",
        hint="`>` brings a file to the job before it runs, `<` brings one back when it has ended",
    )


def _directive(local: str, sign: str, remote: str) -> Directive:
    to_host, append = sign[0] == ">", len(sign) > 1
    if _URL in remote:
        raise BadParameter(
            f"what is right of `{sign}` is a path on the host of the job, found a URL",
            hint=f"put the URL on the left: `URL {'<' if to_host else '>'} path` brings files the"
            " other way",
        )
    if _URL in local:
        from juncture.saga.adaptors.shell_job import staging_urls

        local, name = staging_urls.checked(local, None if to_host else os.path.basename(remote))
    else:
        name = os.path.basename(local)
        if not to_host and local.endswith("/"):
            local += os.path.basename(remote)
        mark = "/" if to_host and local.endswith("/") and local.strip("/") else ""
        local = os.path.abspath(local) + mark
    if to_host and remote.endswith("/"):
        remote += name
    return Directive(local, remote, to_host=to_host, append=append)
