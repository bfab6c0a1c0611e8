"""A file adaptor whose author has not written a store yet."""

from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]


class Adaptor(FileAdaptor):
    def __init__(self):
        super().__init__(info("test.storeless.file", ["storeless"]))
