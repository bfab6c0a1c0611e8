"""Files behind WebDAV (RFC 4918): `webdav://` over HTTP, `webdavs://` over HTTPS."""

from __future__ import annotations

from typing import Any

from juncture.saga.adaptors.fsspec_file import opening
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.url import Url

_SILENCE_S = 120.0


class WebdavStore(FsspecStore):
    """The files of one server."""

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> WebdavStore:
        """Return the store of a URL."""
        from juncture.saga.url import Url

        if not url.host:
            raise BadParameter(f"`{url.masked()}` names no host")
        place = Url(url)
        place.scheme = "https" if url.scheme.lower() == "webdavs" else "http"
        place.username = place.password = None
        place.path = place.query = place.fragment = ""
        fs = opening.file_system_class(url, scheme)(
            str(place),
            auth=account if any(account) else None,
            skip_instance_cache=True,
            **{"timeout": _SILENCE_S, **options},
        )
        named = Url(url)
        named.username = account[0] or None
        return kind(fs, opening.store_name(named, scheme, options), "", scheme)  # type: ignore[no-any-return]

    def _move(self, fs: Any, path: str, new: str) -> None:
        fs.client.move(path.strip("/"), new.strip("/"), overwrite=True)
