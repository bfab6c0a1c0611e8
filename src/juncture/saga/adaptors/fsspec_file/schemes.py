"""The schemes that fsspec knows and that are URLs of files, and what each needs.

The table stands here so that a listing imports nothing; a test holds it against the registry of the
fsspec that is installed. What it leaves out is in `LEFT_OUT`, with the reason.
"""

from __future__ import annotations

from juncture.saga.engine.known import UNSERVED
from juncture.saga.storage.values import APPENDS, RANDOM, TIMES, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

READ_ONLY: frozenset[str] = frozenset()
OBJECTS = frozenset({WHOLE})
TREE: frozenset[str] = frozenset()
APPENDING = frozenset({APPENDS})


class Scheme:
    """What is to be known of one scheme.

    Args:
        install: What to give to pip, besides fsspec, in one line; empty: fsspec does it alone.
        modules: What must be importable.
        traits: Those of the stores.
        store: The module and class of the store, in this package.
        promises: What the stores promise besides, if they can be written.
        writable: Whether there is any way to write.
        ranges: Whether files are read with one request for each range.
        user: The file system's option for the user name, or "" when it has none.
        secret: The same for the password.
        userinfo_is_place: Whether what stands before the `@` says where, not who.
        fsspec_name: The name in fsspec's registry, when it is another.
    """

    __slots__ = (
        "fsspec_name",
        "install",
        "modules",
        "promises",
        "ranges",
        "secret",
        "store",
        "traits",
        "user",
        "userinfo_is_place",
        "writable",
    )

    def __init__(
        self,
        install: str = "",
        modules: tuple[str, ...] = (),
        traits: frozenset[str] = TREE,
        *,
        store: str = "store:FsspecStore",
        promises: tuple[str, ...] = ("directories",),
        writable: bool = True,
        ranges: bool = False,
        user: str = "",
        secret: str = "",
        userinfo_is_place: bool = False,
        fsspec_name: str = "",
    ) -> None:
        self.install = install
        self.modules = modules
        self.traits = traits
        self.store = store
        self.promises = promises
        self.writable = writable
        self.ranges = ranges
        self.user = user
        self.secret = secret
        self.userinfo_is_place = userinfo_is_place
        self.fsspec_name = fsspec_name

    def capabilities(self) -> list[str]:
        """Return what the stores promise, as an adaptor declares it."""
        if not self.writable:
            return sorted(self.traits)
        return sorted({"writes", *self.traits, *self.promises})

    def lacks(self) -> str:
        """Return what to install before the scheme can be used, or an empty text."""
        from importlib.util import find_spec

        return "" if all(find_spec(name) for name in self.modules) else self.install


def _objects(
    install: str, module: str, user: str = "", secret: str = "", kind: str = "ObjectStore"
) -> Scheme:
    return Scheme(
        install,
        (module,),
        OBJECTS,
        store=f"objects:{kind}",
        promises=("replaces",),
        ranges=True,
        user=user,
        secret=secret,
    )


def _read_only(install: str = "", *modules: str, place: bool = False) -> Scheme:
    return Scheme(install, modules, READ_ONLY, writable=False, userinfo_is_place=place)


def _archive(install: str = "", *modules: str) -> Scheme:
    return Scheme(install, modules, READ_ONLY, store="archive:ArchiveStore", writable=False)


_HTTP = Scheme(
    "aiohttp",
    ("aiohttp",),
    READ_ONLY,
    store="http:HttpStore",
    writable=False,
    user="user",
    secret="password",  # noqa: S106 - the name of an option
)
_WEBDAV = Scheme(
    "webdav4",
    ("webdav4",),
    store="webdav:WebdavStore",
    user="user",
    secret="password",  # noqa: S106 - the name of an option
    fsspec_name="webdav",
)
_AZURE = Scheme(
    "adlfs",
    ("adlfs",),
    OBJECTS,
    store="objects:ObjectStore",
    ranges=True,
    userinfo_is_place=True,
    user="account_name",
    secret="account_key",  # noqa: S106 - the name of an option
    fsspec_name="abfs",
)
_S3 = _objects("s3fs", "s3fs", "key", "secret", "S3Store")
_GOOGLE = _objects("gcsfs", "gcsfs")
_TOS = _objects("tosfs", "tosfs", "key", "secret")
_OCI = _objects("ocifs", "ocifs")
_HDFS = Scheme("pyarrow", ("pyarrow",), APPENDING, user="user")
_JUPYTER = Scheme("requests", ("requests",), secret="tok")  # noqa: S106 - the name of an option

SCHEMES: Mapping[str, Scheme] = {
    "http": _HTTP,
    "https": _HTTP,
    "ftp": Scheme(
        traits=APPENDING,
        store="ftp:FtpStore",
        promises=("directories", "replaces"),
        user="username",
        secret="password",  # noqa: S106 - the name of an option
    ),
    "webdav": _WEBDAV,
    "webdavs": _WEBDAV,
    "s3": _S3,
    "s3a": _S3,
    "gs": _GOOGLE,
    "gcs": _GOOGLE,
    "abfs": _AZURE,
    "abfss": _AZURE,
    "az": _AZURE,
    "oci": _OCI,
    "ocilake": _OCI,
    "oss": _objects("ossfs", "ossfs", "key", "secret"),
    "tos": _TOS,
    "tosfs": _TOS,
    "hf": _objects("huggingface_hub", "huggingface_hub", "", "token"),
    "lakefs": _objects("lakefs-spec", "lakefs_spec", "username", "password"),
    "smb": Scheme(
        "smbprotocol",
        ("smbprotocol",),
        frozenset({APPENDS, RANDOM, TIMES}),
        store="smb:SmbStore",
        promises=("directories", "exclusive"),
        user="username",
        secret="password",  # noqa: S106 - the name of an option
    ),
    "hdfs": _HDFS,
    "webhdfs": Scheme(
        "requests",
        ("requests",),
        user="user",
        secret="password",  # noqa: S106 - the name of an option
    ),
    "root": Scheme("fsspec-xrootd", ("fsspec_xrootd",)),
    "dbfs": Scheme("requests", ("requests",), secret="token"),  # noqa: S106 - an option's name
    "box": Scheme("boxfs", ("boxfs",), OBJECTS, promises=()),
    "dropbox": Scheme(
        "dropboxdrivefs dropbox requests",
        ("dropboxdrivefs", "dropbox", "requests"),
        OBJECTS,
        promises=(),
        secret="token",  # noqa: S106 - the name of an option
    ),
    "gdrive": Scheme("gdrive-fsspec", ("gdrive_fsspec",), OBJECTS, promises=()),
    "jupyter": _JUPYTER,
    "jlab": _JUPYTER,
    "wandb": _read_only("wandbfs", "wandbfs"),
    "dvc": _read_only("dvc", "dvc"),
    "github": _read_only("requests", "requests", place=True),
    "gist": _read_only("requests", "requests", place=True),
    "git": _read_only("pygit2", "pygit2", place=True),
    "memory": Scheme(store="memory:MemoryStore", promises=("directories", "replaces"), ranges=True),
    "zip": _archive(),
    "tar": _archive(),
    "libarchive": _archive("libarchive-c", "libarchive"),
}
"""Scheme -> what is known of it."""

LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(("file", "local"), "files of this host are juncture's own"),
    **dict.fromkeys(("ssh", "sftp"), "files of other hosts are juncture's own, over one login"),
    **UNSERVED,
    "arrow_hdfs": "`hdfs` is the same, and is a scheme that a URL can have",
}
"""Name in fsspec's registry -> why it is no scheme here."""
