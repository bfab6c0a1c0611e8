"""Two file adaptors without a back end, made from one recipe; each counts its bulk calls."""

import juncture.saga as rs
from juncture.saga.cpi import SYNC


class Files(rs.cpi.filesystem.Directory):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor)

    @SYNC
    def init_instance(self, url, flags, session):
        self._url = url

    @SYNC
    def copy(self, src, tgt, flags):
        self._adaptor.copies.append((src, tgt, flags))

    @SYNC
    def exists(self, path):
        return (path, None) in [(copied[1], None) for copied in self._adaptor.copies]


class BulkFiles(Files):
    def container_copy(self, tasks):
        self._adaptor.bulks.append(len(tasks))
        for task in tasks:
            src, tgt, flags = task.arguments
            if "missing" in src:
                task._fail(rs.DoesNotExist(f"there is no {src}"))
            else:
                self._adaptor.copies.append((src, tgt, flags))
                task._finish()


def info(name, schema, class_name):
    cpis = [{"type": "rs.filesystem.Directory", "class": class_name, "schemas": [schema]}]
    return {"name": name, "version": "v1.0", "cpis": cpis}


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, info("test.bulk.one", "gridftp", "BulkFiles"))
        self.copies, self.bulks = [], []


class OtherAdaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, info("test.bulk.two", "ssh", "BulkFiles"))
        self.copies, self.bulks = [], []


class PlainAdaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, info("test.no.bulk", "plain", "Files"))
        self.copies, self.bulks = [], []
