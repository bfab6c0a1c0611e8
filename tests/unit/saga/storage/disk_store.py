"""A plain store of this host, without anything that a better one does by itself."""

from __future__ import annotations

import os
import stat as modes
from contextlib import contextmanager

from juncture.saga.storage.failures import failure
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import (
    APPENDS,
    DIRECTORY,
    FILE,
    LINK,
    LINKS,
    MODES,
    OTHER,
    TIMES,
    Stat,
)

KINDS = {modes.S_IFREG: FILE, modes.S_IFDIR: DIRECTORY, modes.S_IFLNK: LINK}


@contextmanager
def told(path):
    try:
        yield
    except OSError as error:
        raise failure(error, path) from error


class DiskStore(Store):
    traits = frozenset({LINKS, MODES, TIMES, APPENDS})

    def __init__(self, name, on_write=None):
        self.name = name
        self.on_write = on_write

    def stat(self, path, *, follow=True):
        with told(path):
            found = os.stat(path, follow_symlinks=follow)
        kind = KINDS.get(modes.S_IFMT(found.st_mode), OTHER)
        return Stat(kind, found.st_size, found.st_mtime, modes.S_IMODE(found.st_mode))

    def scan(self, path):
        with told(path):
            for name in os.listdir(path):
                yield name, None

    def read_link(self, path):
        with told(path):
            return os.readlink(path)

    def make_dir(self, path):
        with told(path):
            os.mkdir(path)

    def remove(self, path):
        with told(path):
            os.unlink(path)

    def rename(self, path, new, *, replace):
        with told(new):
            if replace:
                os.rename(path, new)
            else:
                os.link(path, new)
                os.unlink(path)

    def make_link(self, text, path):
        with told(path):
            os.symlink(text, path)

    def set_mode(self, path, mode):
        with told(path):
            os.chmod(path, mode)

    def set_times(self, path, mtime):
        with told(path):
            os.utime(path, (mtime, mtime))

    def open_read(self, path, offset=0):
        with told(path):
            file = open(path, "rb", buffering=0)  # noqa: SIM115 - the reader
            file.seek(offset)
            return file

    def open_write(self, path, *, append=False, exclusive=False, mode=None):
        with told(path):
            flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
            flags |= os.O_EXCL if exclusive else 0
            return DiskWriter(self, path, os.open(path, flags, 0o666 if mode is None else mode))


class DiskWriter:
    def __init__(self, store, path, number):
        self.store, self.path, self.number = store, path, number
        self.size = os.fstat(number).st_size

    def write(self, data):
        if self.store.on_write:
            self.store.on_write(self.path, self.size)
        with told(self.path):
            while data:
                done = os.write(self.number, data)
                self.size += done
                data = data[done:]

    def close(self):
        os.close(self.number)

    abort = close
