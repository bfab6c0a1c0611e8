"""Adaptors of catalogues and adverts with one fault each, for which a kit must have a test.

`JUNCTURE_TEST_FAULT` names the fault. The adaptors are the shipped ones but for that.
"""

import os

from juncture.saga.adaptors import redis_advert
from juncture.saga.adaptors.sql_replica import directory, file, locations
from juncture.saga.constants import OVERWRITE, RECURSIVE
from juncture.saga.exceptions import NoSuccess

REPLICA_FAULTS, ADVERT_FAULTS = {}, {}
"""`name: (API type, the test that finds it)`."""


def fault(faults, kind, test):
    def keep(cls):
        faults[cls.__name__] = (kind, test)
        globals()[cls.__name__] = cls
        return cls

    return keep


def replica(kind, test):
    return fault(REPLICA_FAULTS, f"replica.{kind}", test)


def advert(kind, test):
    return fault(ADVERT_FAULTS, f"advert.{kind}", test)


@replica("LogicalFile", "test_locations")
class TakesLocationsTwice(file.LogicalFile):
    def add_location(self, url):
        with self._writable().writing() as catalogue:
            locations.add(catalogue, self._entry(catalogue), locations.checked(url))


@replica("LogicalFile", "test_locations")
class RemovesAnything(file.LogicalFile):
    def remove_location(self, url):
        if url in self.list_locations():
            super().remove_location(url)


@replica("LogicalFile", "test_a_file_that_is_open_for_reading")
class ReadersMayWrite(file.LogicalFile):
    def _writable(self):
        return self._here()


@replica("LogicalFile", "test_upload_download_replicate")
class ForgetsReplicas(file.LogicalFile):
    def replicate(self, tgt, given=0):
        self.download(tgt, None, given)


@replica("LogicalFile", "test_the_next_copy_is_taken")
class TriesOneCopy(file.LogicalFile):
    def download(self, tgt, src=None, given=0):
        super().download(tgt, src or self.list_locations()[0], given)


@replica("LogicalFile", "test_the_next_copy_is_taken")
class NotesWhatFailed(file.LogicalFile):
    def replicate(self, tgt, given=0):
        try:
            super().replicate(tgt, given)
        except NoSuccess:
            self.add_location(tgt)
            raise


@replica("LogicalFile", "test_attributes")
class TrimsAttributes(file.LogicalFile):
    def set_attribute(self, key, val):
        super().set_attribute(key, val.strip("\\") if isinstance(val, str) else val)


@replica("LogicalDirectory", "test_lists_and_searches")
class FindsOneLevel(directory.LogicalDirectory):
    def find(self, pattern, attr_pattern=None, given=0):
        return super().find(pattern, attr_pattern, 0)


@replica("LogicalDirectory", "test_remove")
class RemovesTreesUnasked(directory.LogicalDirectory):
    def remove(self, tgt=None, given=0):
        super().remove(tgt, given | RECURSIVE)


@replica("LogicalDirectory", "test_copies_and_moves")
class ReplacesUnasked(directory.LogicalDirectory):
    def move(self, src, tgt, given=0):
        super().move(src, tgt, given | OVERWRITE)

    def copy(self, src, tgt, given=0):
        super().copy(src, tgt, given | OVERWRITE)


@advert("Entry", "test_a_value_comes_back_as_it_was")
class ValuesAreTexts(redis_advert.Entry):
    def get_attribute(self, key):
        return str(super().get_attribute(key))


@advert("Entry", "test_an_entry_ends")
class NeverEnds(redis_advert.Entry):
    def set_ttl(self, ttl=None):
        super().set_ttl(None)


@advert("Entry", "test_an_attribute_ends")
class AttributesStay(redis_advert.Entry):
    def set_attribute(self, key, val, ttl=None):
        super().set_attribute(key, val)


@advert("Entry", "test_an_attribute_ends")
class EndsWithAnAttribute(redis_advert.Entry):
    def set_attribute(self, key, val, ttl=None):
        super().set_attribute(key, val)
        if ttl is not None:
            self.set_ttl(ttl)


@advert("Entry", "test_a_change_is_told")
class TellsAnyChange(redis_advert.Entry):
    def add_callback(self, key, cb):
        return super().add_callback("ATTRIBUTE", cb)


@advert("Entry", "test_a_callback_that_returns_nothing_is_called_once")
class KeepsCalling(redis_advert.Entry):
    def add_callback(self, key, cb):
        def kept(*arguments):
            cb(*arguments)
            return True

        return super().add_callback(key, kept)


@advert("Entry", "test_objects")
class KeepsObjects(redis_advert.Entry):
    def delete_object(self):
        pass


@advert("Directory", "test_directories_have_attributes_and_end")
class DirectoriesNeverEnd(redis_advert.Directory):
    def set_ttl(self, tgt=None, ttl=None):
        pass


def info(name, faults, shipped):
    """Return the info of a shipped adaptor, with the class of the fault."""
    kind = faults.get(os.environ.get("JUNCTURE_TEST_FAULT"), ("",))[0]
    cpis = [
        {**row, "class": os.environ["JUNCTURE_TEST_FAULT"]} if row["type"] == f"rs.{kind}" else row
        for row in shipped["cpis"]
    ]
    return {**shipped, "name": name, "cpis": cpis}


LogicalFile, LogicalDirectory = file.LogicalFile, directory.LogicalDirectory
Entry, Directory = redis_advert.Entry, redis_advert.Directory
