"""URLs in file transfer directives; loaded when there is one."""

from __future__ import annotations

import posixpath

from juncture.saga.exceptions import BadParameter
from juncture.saga.storage import paths
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.url import Url


def checked(text: str, name: str | None) -> tuple[str, str]:
    """Return a URL, and the name that a copy of what it means would take.

    Args:
        text: The URL.
        name: What it gets if it ends in a slash; None: nothing.

    Raises:
        BadParameter: there is a password in it.
        IncorrectURL: nothing serves files of its scheme.
    """
    url = Url(text)
    if url.password is not None:
        raise BadParameter(
            f"`{url.masked()}` has a password, and a directive is kept with the job on its host",
            hint="put it into a `UserPass` context of the session",
        )
    adaptor_for(url)
    path = paths.path_of(url)
    if name and path.endswith("/"):
        url.path = url.path + paths.url_path(name)
        return str(url), name
    return text, posixpath.basename(path)
