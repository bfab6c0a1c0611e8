"""The shipped adaptors by API package and scheme; a module is imported on its first use.

Third parties are found otherwise: by the list `adaptors` in `saga.toml`, by the colon-separated
variable `JUNCTURE_SAGA_ADAPTORS`, or by an entry point of the group `juncture.adaptors`. The name
of an entry point is a scheme, or begins with one and a dot; its value is a module. Entry points are
looked at only for a scheme that nothing else serves, because the scan takes 50 ms.
"""

from __future__ import annotations

_ADAPTORS = "juncture.saga.adaptors."
_LOCAL_JOB = (_ADAPTORS + "local_job",)
_SSH_JOB = (_ADAPTORS + "ssh_job",)
_LOCAL_FILE = (_ADAPTORS + "local_file",)
_SSH_FILE = (_ADAPTORS + "ssh_file",)
_FSSPEC_FILE = (_ADAPTORS + "fsspec_file",)
_SQLITE = (_ADAPTORS + "sql_replica.sqlite",)
_POSTGRESQL = (_ADAPTORS + "sql_replica.postgresql",)
_SHELL_RESOURCE = (_ADAPTORS + "shell_resource",)
_REDIS_ADVERT = (_ADAPTORS + "redis_advert",)

FSSPEC_SCHEMES = (
    *("http", "https", "ftp", "webdav", "webdavs", "s3", "s3a", "gs", "gcs", "abfs", "abfss"),
    *("az", "oci", "ocilake", "oss", "tos", "tosfs", "hf", "lakefs", "smb", "hdfs", "webhdfs"),
    *("root", "dbfs", "box", "dropbox", "gdrive", "jupyter", "jlab", "wandb", "dvc", "github"),
    *("gist", "git", "memory", "zip", "tar", "libarchive"),
)
"""The schemes that fsspec serves, all by one adaptor."""

UNSERVED: dict[str, str] = {
    **dict.fromkeys(
        ("blockcache", "cached", "filecache", "simplecache", "dir", "generic", "reference"),
        "it is a layer of fsspec over another file system, not a place; write that one's URL",
    ),
    **dict.fromkeys(
        ("async_wrapper", "asyncwrapper", "asynclocal"),
        "it lends an interface of fsspec to another file system, and is no place",
    ),
    "data": "the URL is the content itself",
    "adl": "the service was closed; `abfs` is what followed it",
    "dask": "it needs a client that a URL cannot say",
    "pyscript": "it works inside a browser alone",
}
"""Scheme of fsspec that is a scheme of no files here -> why not."""

_FILES: dict[str, tuple[str, ...]] = {
    "file": _LOCAL_FILE,
    "local": _LOCAL_FILE,
    "sftp": _SSH_FILE,
    "ssh": _SSH_FILE,
    **dict.fromkeys(FSSPEC_SCHEMES, _FSSPEC_FILE),
}

KNOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "job": {"fork": _LOCAL_JOB, "local": _LOCAL_JOB, "ssh": _SSH_JOB},
    "resource": {"fork": _SHELL_RESOURCE, "local": _SHELL_RESOURCE, "ssh": _SHELL_RESOURCE},
    "namespace": _FILES,
    "filesystem": _FILES,
    "advert": {
        "redis": _REDIS_ADVERT,
        "rediss": _REDIS_ADVERT,
        "redis+unix": _REDIS_ADVERT,
    },
    "replica": {"sqlite": _SQLITE, "postgresql": _POSTGRESQL, "postgres": _POSTGRESQL},
    "Context": {
        "ssh": (_ADAPTORS + "contexts.ssh",),
        "userpass": (_ADAPTORS + "contexts.userpass",),
        "x509": (_ADAPTORS + "contexts.x509",),
        "myproxy": (_ADAPTORS + "contexts.myproxy",),
    },
}
"""The first part of an API type -> scheme -> modules."""

NOUNS = {
    "job": "jobs",
    "resource": "resources",
    "filesystem": "files",
    "advert": "adverts",
    "replica": "replicas",
}
"""API package -> what its schemes are schemes of; `namespace` has those of `filesystem`."""

ENTRY_POINTS = "juncture.adaptors"
VARIABLE = "JUNCTURE_SAGA_ADAPTORS"
FILE_KEY = "adaptors"
