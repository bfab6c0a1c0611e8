"""The conformance kit for adaptors of adverts.

An adopter derives a test class and defines the fixture `directory_url`: the URL of a directory that
is empty or is made with CREATE, a new one for each test; `session` has a default.
"""

from __future__ import annotations

import queue
from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import advert
from juncture.testing import oracle
from juncture.testing.directory_bench import texts
from juncture.testing.name_kit import NameBench, NameKit

VALUES = (
    "text",
    "größe \udcff",
    0,
    -(2**70),
    1.5,
    True,
    [1, "a", None],
    {"a": {"b": [2]}},
    b"\0\xff",
)
"""What comes back as it was, with its type."""

_TTL_S = 0.5
_LONG_S = 1000.0


class AdvertAdaptorKit(NameKit):
    """Everything that an adaptor of adverts promises."""

    kinds = (advert.Directory, advert.Entry)

    @pytest.fixture
    def entry(self, names: NameBench) -> Any:
        """Return an entry that holds nothing."""
        return names.entry("entry", advert.CREATE | advert.READ_WRITE)

    @pytest.mark.parametrize("value", VALUES, ids=ascii)
    def test_a_value_comes_back_as_it_was(self, names: NameBench, entry: Any, value: Any) -> None:
        """As an attribute and as the object, with its type, to another object."""
        entry.set_attribute("key", value)
        entry.store_object(value)
        twin = names.entry("entry")
        for found in (twin.get_attribute("key"), twin.retrieve_object()):
            names.same(found, value, "what came back")
            assert type(found) is type(value), f"what came back is {found!r}, of another type"

    def test_objects(self, names: NameBench, entry: Any) -> None:
        """One is stored, replaced, found by its type and deleted."""
        with names.refused(rs.DoesNotExist, "`retrieve_object` where there is none"):
            entry.retrieve_object()
        entry.store_object(b"x" * 1_000_000)
        names.same(
            len(names.entry("entry").retrieve_object()), 1_000_000, "a large object's length"
        )
        entry.store_object("text")
        names.same(texts(names.here.find("*", None, "str")), ["entry"], "`find` by type")
        names.same(texts(names.here.find("*", None, "bytes")), [], "`find` by another type")
        entry.delete_object()
        with names.refused(rs.DoesNotExist, "`retrieve_object` after `delete_object`"):
            names.entry("entry").retrieve_object()

    def test_an_entry_ends(self, names: NameBench, entry: Any) -> None:
        """With a TTL it is gone after so many seconds; others stay."""
        names.make("other")
        names.same(entry.get_ttl(), None, "`get_ttl` of what does not end")
        entry.set_ttl(_LONG_S)
        left = names.entry("entry").get_ttl()
        assert 0 < left <= _LONG_S, f"`get_ttl` after `set_ttl({_LONG_S})` is {left!r}"
        entry.set_ttl(None)
        names.same(names.entry("entry").get_ttl(), None, "`get_ttl` of what does not end any more")
        entry.set_ttl(_TTL_S)
        gone = f"an entry with a TTL of {_TTL_S} s is gone"
        oracle.until(lambda: not names.here.exists("entry"), self.patience_s, gone)
        names.same(names.names(), ["other"], "the names after an entry ended")

    def test_an_attribute_ends(self, names: NameBench, entry: Any) -> None:
        """An attribute may have a TTL of its own; the entry stays."""
        entry.set_attribute("short", "1", ttl=_TTL_S)
        entry.set_attribute("long", "2")
        gone = f"an attribute with a TTL of {_TTL_S} s is gone"
        oracle.until(lambda: not entry.attribute_exists("short"), self.patience_s, gone)
        names.same(list(names.entry("entry").list_attributes()), ["long"], "the attributes then")

    def test_a_change_is_told(self, names: NameBench, entry: Any) -> None:
        """A callback hears what another object changed, as long as it returns True."""
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def called(about: Any, key: str, value: Any) -> bool:
            heard.put((about, key, value))
            return True

        number = entry.add_callback("color", called)
        writer = names.entry("entry", advert.READ_WRITE)
        writer.set_attribute("other", "1")
        writer.set_attribute("color", "red")
        writer.set_attribute("color", "blue")
        found = [heard.get(timeout=self.patience_s) for _ in range(2)]
        names.same(
            [row[1:] for row in found], [("color", "red"), ("color", "blue")], "what is told"
        )
        assert all(row[0] is entry for row in found), "a callback gets the object it was added to"
        entry.remove_callback("color", number)
        writer.set_attribute("color", "green")
        names.same(entry.get_attribute("color"), "green", "the attribute then")
        assert heard.empty(), "a callback that was removed was called"

    def test_a_callback_that_returns_nothing_is_called_once(
        self, names: NameBench, entry: Any
    ) -> None:
        """It stays only as long as it returns True."""
        once: queue.SimpleQueue[Any] = queue.SimpleQueue()
        kept: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def tell(_entry: Any, _key: str, value: Any) -> None:
            once.put(value)

        def keep(_entry: Any, _key: str, value: Any) -> bool:
            kept.put(value)
            return True

        entry.add_callback("color", tell)
        entry.add_callback("color", keep)
        writer = names.entry("entry", advert.READ_WRITE)
        for color in ("red", "blue"):
            writer.set_attribute("color", color)
        names.same([kept.get(timeout=self.patience_s) for _ in range(2)], ["red", "blue"], "told")
        names.same(once.get(timeout=self.patience_s), "red", "what the other was told")
        assert once.empty(), "a callback that returned nothing was called again"

    def test_directories_have_attributes_and_end(self, names: NameBench) -> None:
        """A directory ends with all that is in it."""
        names.make("sub/entry")
        names.directory("sub", advert.READ_WRITE).set_attribute("key", "value")
        names.same(names.directory("sub").get_attribute("key"), "value", "its attribute")
        names.here.set_ttl("sub", _TTL_S)
        gone = f"a directory with a TTL of {_TTL_S} s is gone"
        oracle.until(lambda: not names.here.exists("sub"), self.patience_s, gone)
        names.same(names.here.exists("sub/entry"), False, "`exists` of what was in it")
