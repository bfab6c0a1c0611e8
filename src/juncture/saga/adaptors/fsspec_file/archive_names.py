"""Which part of a path is the archive, and which the name in it.

`zip:///data/a.zip/inner/file` is `inner/file` in `/data/a.zip`: the first part of the path that has
the ending of an archive is its end. With the option `archive`, a path or a URL, the whole path is
inside.
"""

from __future__ import annotations

from juncture.saga.storage import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.url import Url

_ENDINGS = {
    "zip": (".zip", ".jar", ".whl", ".egg", ".apk", ".docx", ".xlsx", ".epub"),
    "tar": (
        *(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst"),
        ".crate",
    ),
    "libarchive": (
        *(".7z", ".rar", ".iso", ".cab", ".ar", ".deb", ".cpio", ".rpm", ".xar", ".lzh"),
        *(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"),
    ),
}


def archive_of(url: Url) -> str:
    """Return the path of the archive that is in the path of a URL, or an empty text."""
    endings = _ENDINGS.get(url.scheme.lower())
    if endings is None:
        return ""
    path = paths.path_of(url)
    end = 0
    while end < len(path):
        end = path.find("/", end + 1)
        end = len(path) if end < 0 else end
        if path[:end].lower().endswith(endings):
            return path[:end]
    return ""
