"""A file adaptor as an author writes one: a store, and a scheme. The host says what it can."""

from unit.saga.storage.memory_store import MemoryStore

from juncture.saga.storage.values import APPENDS, LINKS, MODES, TIMES, WHOLE
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

TRAITS = {
    "plain": {LINKS, MODES, TIMES, APPENDS},
    "bare": set(),
    "objects": {WHOLE},
}


class Adaptor(FileAdaptor):
    def __init__(self):
        super().__init__(info("test.tree.file", ["tree"]))

    def open_store(self, url, session):
        host = url.host.lower()
        return MemoryStore(f"tree://{host}", TRAITS[host.split(".")[0]])
