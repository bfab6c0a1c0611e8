"""The chapter's file adaptor, with the asynchronous calls that it leaves unfinished finished.

`init_instance_async` and `get_url_async` return a task that is New, Running or Done by `ttype`; the
work is done by a thread of the adaptor's own, which sets result and state.
"""

import queue
import threading

import juncture.saga as rs
from juncture.saga.cpi import ASYNC, SYNC

_ADAPTOR_NAME = "rs.adaptor.local.file"
_ADAPTOR_INFO = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": ["localfile"],
    "cpis": [{"type": "rs.filesystem.File", "class": "LocalFile"}],
}


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO)
        self.seen_types = []
        self.gate = threading.Event()
        self.gate.set()
        self._queue = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def asynchronous(self, ttype, work):
        """Return a task whose work is done by the adaptor's thread."""
        self.seen_types.append(ttype)
        t = rs.task.Task(lambda task: self._queue.put((task, work)))
        if ttype != rs.task.TASK:
            t.run()
        if ttype == rs.task.SYNC:
            t.wait()
        return t

    def _serve(self):
        while True:
            task, work = self._queue.get()
            self.gate.wait()
            try:
                task._set_result(work())
                task._set_state(rs.task.DONE)
            except Exception as error:  # noqa: BLE001
                task._set_exception(error)
                task._set_state(rs.task.FAILED)


class LocalFile(rs.cpi.filesystem.File):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "LocalFile")

    @SYNC
    def init_instance(self, url, flags, session):
        if url.path == "/missing":
            raise rs.DoesNotExist("there is no such file")
        self._url = url
        self._flags = flags
        self._session = session

    @ASYNC
    def init_instance_async(self, ttype, url, flags, session):
        def work():
            return rs.filesystem.File(url, flags, session, _adaptor_name=_ADAPTOR_NAME)

        return self._adaptor.asynchronous(ttype, work)

    @SYNC
    def get_url(self):
        return self._url

    @ASYNC
    def get_url_async(self, ttype):
        return self._adaptor.asynchronous(ttype, lambda: self._url)
