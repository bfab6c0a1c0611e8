"""One large file: a thread reads ahead, the other writes a part, which gets its name when whole.

The steps, each of which may end the copy:

    look     what does the target hold, and did an earlier attempt leave a part that fits?
    stream   the bytes from there on
    check    the source is what it was, the part is as long, and the checksums are equal if asked
    publish  mode and time, then the name

A part stays for a later attempt if the connection was lost or the copy was stopped; else it goes.
A store with the trait WHOLE gets no part: nothing appears there before `check` has passed.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from juncture.saga.exceptions import AlreadyExists, DoesNotExist, NoSuccess, SagaException
from juncture.saga.storage import checksums
from juncture.saga.storage.failures import Canceled, Changed, ConnectionLost
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.pipe import Pipe
from juncture.saga.storage.resume import Note, Notes, identity
from juncture.saga.storage.transfer_small import changed, is_same
from juncture.saga.storage.values import APPENDS, HOLES, WHOLE

_log = logging.getLogger(__name__)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.progress import Meter
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Item
    from juncture.saga.storage.values import Reader, Writer

_PIECE_BYTES = 1 << 18
_AHEAD_BYTES = 1 << 22
_TAIL_BYTES = 1 << 16
_ZEROS = bytes(_PIECE_BYTES)


class LargeCopy:
    """The copy of one file; made for one attempt.

    Args:
        item: What to copy.
        meter: Told of the bytes.
        stop: Ends it.
        checksum: What both sides compute and compare, or None.
    """

    def __init__(self, item: Item, meter: Meter, stop: Stop, checksum: str | None) -> None:
        request = item.ticket.request
        self._item = item
        self._meter = meter
        self._stop = stop
        self._checksum = checksum
        self._source: Store = request.source_store
        self._target: Store = request.target_store
        self._replace = request.replace
        self._whole = WHOLE in self._target.traits
        self._notes = Notes((self._source.name, item.source), (self._target.name, item.target))
        self._part = ""

    def run(self) -> None:
        """Copy the file.

        Raises:
            SagaException: it was not copied; what was there under its name still is.
        """
        if self._whole:
            if not self._is_there():
                self._stream(self._item.target, 0)
            self._target.settle(self._item.target, self._item.stat)
            return
        self._notes.open()
        try:
            if not self._is_there():
                self._through_part()
        finally:
            self._notes.close()

    def _through_part(self) -> None:
        offset = self._look_at_part()
        try:
            self._stream(self._part, offset)
            self._publish()
        except BaseException as error:
            if not isinstance(error, (ConnectionLost, Canceled, KeyboardInterrupt)):
                self._forget()
            raise
        self._notes.remove()

    def _is_there(self) -> bool:
        """Return whether an attempt whose answer was lost has done it."""
        if self._replace and not self._item.unsure:
            return False
        item, target = self._item, self._target
        try:
            found = target.stat(item.target, follow=False)
        except DoesNotExist:
            return False
        if item.unsure and found.size_bytes == item.stat.size_bytes:
            same = checksums.differ(self._source, item.source, target, item.target) is None
            if same:
                self._notes.remove()
                return True
        if self._replace:
            return False
        raise AlreadyExists(f"`{item.target}` on {target.name} is there already")

    def _look_at_part(self) -> int:
        """Choose the part, and return how much of it is there."""
        note = self._notes.read()
        if note is not None:
            self._part = note.part
            size = self._usable(note)
            where = self._item.target, self._target.name
            if size:
                _log.debug("`%s` on %s goes on at byte %d", *where, size)
                return size
            _log.debug("`%s` on %s begins anew: what is left of it is of no use", *where)
            with suppress(SagaException):
                self._target.remove(note.part)
        self._part = part_name(self._item.target)
        self._notes.write(Note(self._part, identity(self._item.stat)))
        return 0

    def _usable(self, note: Note) -> int:
        """Return how much of a part is the beginning of the source; 0 if it is to be dropped."""
        size = self._item.stat.size_bytes
        if APPENDS not in self._target.traits or note.source != identity(self._item.stat):
            return 0
        try:
            length = self._target.stat(note.part, follow=False).size_bytes or 0
            if not 0 < length <= (size or 0):
                return 0
            begin = max(0, length - _TAIL_BYTES)
            ends = (
                _range(self._source, self._item.source, begin, length),
                _range(self._target, note.part, begin, length),
            )
        except DoesNotExist:
            return 0
        return length if ends[0] == ends[1] else 0

    def _stream(self, path: str, offset: int) -> None:
        item = self._item
        self._meter.count(offset - item.counted)
        item.counted = offset
        writer = self._target.open_write(
            path,
            append=bool(offset),
            exclusive=not offset and not (self._whole and self._replace),
            mode=None if item.stat.mode is None else item.stat.mode | 0o600,
        )
        try:
            found = self._pump(writer, offset)
            if self._whole:
                self._check_source(found)
            writer.close()
        except BaseException:
            writer.abort()
            raise
        if not self._whole:
            self._check_source(found)
        try:
            self._check_target(path, found)
        except SagaException:
            if self._whole:
                self._target.remove(path)
            raise

    def _pump(self, writer: Writer, offset: int) -> int:
        """Write all that the source has, and return how long it is."""
        item, holes, found = self._item, HOLES in self._target.traits, offset
        reader = self._source.open_read(item.source, offset)
        pipe: Pipe[bytes | int] = Pipe(_AHEAD_BYTES, self._stop)
        try:
            threading.Thread(
                target=_read_ahead,
                args=(reader, pipe, holes),
                name="juncture-read-ahead",
                daemon=True,
            ).start()
            for data in pipe:
                item.ticket.request.check()
                size = data if isinstance(data, int) else len(data)
                if isinstance(data, bytes) and not (holes and _ZEROS.startswith(data)):
                    writer.write(data)
                else:
                    writer.skip(size)
                found += size
                item.counted += size
                self._meter.count(size)
                if item.stat.size_bytes is not None and found > item.stat.size_bytes:
                    break
        finally:
            pipe.close()
        return found

    def _check_source(self, found: int) -> None:
        item = self._item
        after = self._source.stat(item.source)
        if not is_same(item.stat, after):
            raise changed(self._source, item.source)
        said = item.stat.size_bytes
        if said is not None and found != said:
            more = "more than" if found > said else f"{found} of"
            raise Changed(
                f"`{item.source}` on {self._source.name} gave {more} the {said} bytes it announced"
            )

    def _check_target(self, path: str, found: int) -> None:
        item, target = self._item, self._target
        size = target.stat(path, follow=False).size_bytes
        if size is not None and size != found:
            raise NoSuccess(
                f"`{item.target}` on {target.name} was to get {found} bytes, and has {size}"
            )
        if self._checksum is not None:
            error = checksums.differ(self._source, item.source, target, path, self._checksum)
            if error is not None:
                raise error

    def _publish(self) -> None:
        self._stop.check()
        self._target.settle(self._part, self._item.stat)
        self._item.unsure = True
        self._target.rename(self._part, self._item.target, replace=self._replace)

    def _forget(self) -> None:
        with suppress(SagaException):
            self._target.remove(self._part)
        self._notes.remove()


def _read_ahead(reader: Reader, pipe: Pipe[bytes | int], holes: bool) -> None:
    """Give a pipe what is read; of a hole, if `holes` and the reader knows of it, the length."""
    skip: Callable[[], int] | None = getattr(reader, "skip_hole", None) if holes else None
    try:
        while True:
            if skip is not None and (gap := skip()) and not pipe.put(gap, 0):
                break
            data = reader.read(_PIECE_BYTES)
            if not data or not pipe.put(data, len(data)):
                break
    except BaseException as error:  # noqa: BLE001 - it is raised where the file is written
        pipe.end(error)
    else:
        pipe.end()
    finally:
        with suppress(Exception):
            reader.close()


def _range(store: Store, path: str, begin: int, end: int) -> bytes:
    """Return the bytes of a range of a file; fewer if it ends before."""
    reader = store.open_read(path, begin)
    try:
        pieces: list[bytes] = []
        left = end - begin
        while left > 0 and (data := reader.read(left)):
            pieces.append(data)
            left -= len(data)
        return b"".join(pieces)
    finally:
        reader.close()
