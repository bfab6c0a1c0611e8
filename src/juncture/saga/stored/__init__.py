"""Files and directories of any store: an adaptor's author writes a `Store`, this room the rest.

An adaptor module derives its `Adaptor` from `FileAdaptor`, says in `open_store` which store a URL
means, and imports the classes that `info` declares: `File` and `Directory`, which serve
`filesystem`, and `Entry` and `Folder`, which serve `namespace`. Flags, names, listings,
permissions, copies between stores and bulk calls are then as everywhere else.

The room knows stores and the engine. It knows no back end, quotes nothing, and starts nothing.
"""

from __future__ import annotations

from juncture.saga.stored.adaptor import FileAdaptor, info
from juncture.saga.stored.directory import Directory, Folder
from juncture.saga.stored.file import Entry, File

__all__ = ["Directory", "Entry", "File", "FileAdaptor", "Folder", "info"]
