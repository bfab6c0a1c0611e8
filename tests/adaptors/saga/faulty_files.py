"""File adaptors with one fault each, for which the kit must have a test.

`JUNCTURE_TEST_FAULT` names the fault; without one the store is right. Stores are in memory, one for
each host of a `faulty-files://` URL.
"""

import os
import threading

from unit.saga.storage.memory_store import ALL, MemoryStore, MemoryWriter

from juncture.saga.exceptions import DoesNotExist, NoSuccess, PermissionDenied
from juncture.saga.exceptions import NotImplemented as Lacking
from juncture.saga.storage.values import HOLES, LINKS, MODES, RANDOM, TIMES, WHOLE, Stat
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

TRAITS = ALL - {RANDOM, HOLES}
FAULTS = {}
"""`name: (class of the store, the test that finds it)`."""


class Right(MemoryStore):
    """A store without a fault."""


def fault(test):
    def keep(cls):
        FAULTS[cls.__name__] = (cls, test)
        return cls

    return keep


# Bytes


@fault("test_bytes_are_exact")
class ReadsText(Right):
    def open_read(self, path, offset=0):
        reader = super().open_read(path, offset)
        read = reader.read
        reader.read = lambda size: read(size).decode("utf-8", "replace").encode()
        return reader


class WritesOtherwise(Right):
    """A store that writes what `change` makes of it."""

    def open_write(self, path, **options):
        writer = super().open_write(path, **options)
        write = writer.write
        writer.write = lambda data: write(self.change(data))
        return writer


@fault("test_every_byte")
class EndsLinesOtherwise(WritesOtherwise):
    def change(self, data):
        return data.replace(b"\r\n", b"\n")


@fault("test_what_is_written_is_there")
class LosesTheEnd(WritesOtherwise):
    def change(self, data):
        return data[: 1 << 16]


@fault("test_seek")
class IgnoresTheOffset(Right):
    def open_read(self, path, offset=0):
        return super().open_read(path, 0)


@fault("test_append")
class AppendsNothing(Right):
    def open_write(self, path, *, append=False, **options):
        return super().open_write(path, append=False, **options)


@fault("test_exclusive_has_one_winner")
class IsNotExclusive(Right):
    """A store that looks and then makes: who looks first makes when somebody else has looked."""

    def __init__(self, name, traits):
        super().__init__(name, traits)
        self.lock = threading.Lock()
        self.others = {}

    def open_write(self, path, *, exclusive=False, **options):
        if exclusive:
            if self.exists(path):
                self._new(path)
            with self.lock:
                is_first = path not in self.others
                other = self.others.setdefault(path, threading.Event())
            if is_first:
                other.wait(30)  # a store that nobody else wants to write to goes on
            else:
                other.set()
        return super().open_write(path, **options)


@fault("test_write")
class WritesWithoutTruncation(Right):
    def open_write(self, path, *, append=False, **options):
        return super().open_write(path, append=True, **options)


# Names and lists


@fault("test_a_name_comes_back")
class StripsNames(Right):
    def open_write(self, path, **options):
        return super().open_write(path.rstrip(), **options)


@fault("test_a_name_comes_back")
class EncodesNames(Right):
    def scan(self, path):
        for name, stat in super().scan(path):
            yield name.replace(" ", "%20"), stat


@fault("test_patterns")
class HidesDots(Right):
    def scan(self, path):
        yield from (each for each in super().scan(path) if not each[0].startswith("."))


@fault("test_all_names_are_listed_once")
class ListsOnePage(Right):
    def scan(self, path):
        for number, each in enumerate(super().scan(path)):
            if number == 256:
                return
            yield each


@fault("test_all_names_are_listed_once")
class ListsItself(Right):
    def scan(self, path):
        yield ".", None
        yield from super().scan(path)


@fault("test_sizes")
class MakesSizesUp(Right):
    def stat(self, path, *, follow=True):
        found = super().stat(path, follow=follow)
        found.size_bytes = (found.size_bytes + 511) // 512 * 512
        return found


@fault("test_exists")
class HasWhatIsMissing(Right):
    def exists(self, path):
        return True


class MissingIsOther(Right):
    """A store that says `other` of what is missing."""

    def stat(self, path, *, follow=True):
        try:
            return super().stat(path, follow=follow)
        except DoesNotExist as error:
            raise self.other(str(error)) from error


@fault("test_a_directory_that_is_missing")
class MissingIsNoSuccess(MissingIsOther):
    other = NoSuccess


@fault("test_a_file_that_is_missing")
class MissingIsDenied(MissingIsOther):
    other = PermissionDenied


@fault("test_a_directory_is_no_file")
class EverythingIsAFile(Right):
    def stat(self, path, *, follow=True):
        found = super().stat(path, follow=follow)
        return found if path == "/" else Stat("file", found.size_bytes, found.mtime, found.mode)


# Changes


@fault("test_overwrite")
class RenamesOver(Right):
    def rename(self, path, new, *, replace):
        super().rename(path, new, replace=True)


@fault("test_overwrite")
class NeverReplaces(Right):
    def rename(self, path, new, *, replace):
        super().rename(path, new, replace=False)


@fault("test_a_copy_that_breaks_off_leaves_no_half")
class WritesUnderTheFinalName(Right):
    """A store that says WHOLE and is not."""

    def __init__(self, name, traits):
        super().__init__(name, traits)
        self.said = frozenset(traits | {WHOLE})

    def open_write(self, path, **options):
        self.traits -= {WHOLE}
        writer = super().open_write(path, **options)
        self.traits = self.said
        return writer


@fault("test_a_copy_that_breaks_off_leaves_no_half")
class AbortIsClose(Right):
    """A store of whole files whose unfinished ones appear."""

    def __init__(self, name, traits):
        super().__init__(name, traits | {WHOLE})

    def open_write(self, path, **options):
        writer = super().open_write(path, **options)
        writer.abort = writer.close
        return writer


@fault("test_readers_never_see_a_half")
class WritesInPlace(Right):
    """A store that replaces a file in its place, and is half way until somebody has read that."""

    def __init__(self, name, traits):
        super().__init__(name, traits)
        self.half = None
        self.was_read = threading.Event()

    def write_whole(self, path, data, stat, *, replace):
        is_there = self.exists(path)
        if not replace and is_there:
            self._new(path)
        writer = MemoryWriter(self, path, self.nodes.setdefault(path, self._fresh()))
        del writer._node.data[:]
        half = len(data) // 2
        writer.write(data[:half])
        if is_there:
            self.half = half
            self.was_read.wait(30)  # a store that nobody reads goes on
            self.half = None
        writer.write(data[half:])

    def open_read(self, path, offset=0):
        reader = super().open_read(path, offset)
        read = reader.read

        def told(size):
            data = read(size)
            if not data and reader._at == self.half:  # so this reader takes the half for all
                self.was_read.set()
            return data

        reader.read = told
        return reader

    def _fresh(self):
        self.put("/fresh")
        return self.nodes.pop("/fresh")


@fault("test_make_dir")
class MakesParents(Right):
    def make_dir(self, path):
        if not self.exists(path.rpartition("/")[0] or "/"):
            self.make_dir(path.rpartition("/")[0])
        super().make_dir(path)


@fault("test_make_dir")
class MakesAgain(Right):
    def make_dir(self, path):
        if not self.exists(path):
            super().make_dir(path)


@fault("test_remove_recursive")
class RemovesTreesUnasked(Right):
    def remove_dir(self, path):
        self.remove_tree(path)

    def remove_tree(self, path):
        for name in [name for name in self.nodes if name == path or name.startswith(f"{path}/")]:
            del self.nodes[name]


@fault("test_remove")
class RemovesNothing(Right):
    def remove(self, path):
        pass


@fault("test_moves_and_removals_in_bulk")
class MovesByCopy(Right):
    def rename(self, path, new, *, replace):
        self.put(new, self.nodes[path].data)


@fault("test_copies_in_bulk_from_this_host")
class BulkTellsNoFault(Right):
    def write_many(self, files, *, replace):
        yield from (None for _ in super().write_many(files, replace=replace))


@fault("test_copies_in_bulk_to_this_host")
class BulkMixesFilesUp(Right):
    def read_many(self, paths):
        found = list(super().read_many(paths))
        yield from found[::-1]


# Facts


@fault("test_times_are_set")
class TimesAreMilliseconds(Right):
    def set_times(self, path, mtime):
        super().set_times(path, mtime / 1000)


@fault("test_the_time_of_a_change")
class TimesAreNever(Right):
    def stat(self, path, *, follow=True):
        found = super().stat(path, follow=follow)
        found.mtime = 0.0
        return found


@fault("test_copies_keep_modes")
class KeepsNoMode(Right):
    def settle(self, path, stat):
        pass

    def open_write(self, path, *, mode=None, **options):
        return super().open_write(path, **options)


@fault("test_modes_are_set")
class MasksModes(Right):
    def set_mode(self, path, mode):
        super().set_mode(path, mode | 0o200)


@fault("test_links")
class LinksAreCopies(Right):
    def make_link(self, text, path):
        self._new(path)
        self.put(path, self.nodes[text].data)


@fault("test_what_is_declared_is_what_the_store_has")
class HasLessThanItSays(Right):
    def __init__(self, name, traits):
        super().__init__(name, traits - {LINKS, MODES, TIMES})


@fault("test_copy")
class SaysNo(Right):
    def write_whole(self, path, data, stat, *, replace):
        raise Lacking("later")

    def rename(self, path, new, *, replace):
        raise Lacking("later")


class Adaptor(FileAdaptor):
    def __init__(self):
        declared = info("test.faulty.files", ["faulty-files"])
        words = ["writes", "directories", "names", "exclusive", "replaces", *sorted(TRAITS)]
        declared["capabilities"] = {"files": words}
        super().__init__(declared)

    def open_store(self, url, session):
        name = os.environ.get("JUNCTURE_TEST_FAULT", "")
        kind = FAULTS[name][0] if name else Right
        return kind(f"faulty-files://{url.host}", TRAITS)
