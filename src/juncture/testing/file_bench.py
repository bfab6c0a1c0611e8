# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001
"""The bench a file adaptor is put on: one directory, what to skip, and sentences for what is wrong.

What a test needs is put there by the oracle, where the adopter gives one, and else by the adaptor
itself; what a test did is looked at by the same way. Without an oracle a write and a read that err
alike are not found out.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.cpi.declaration import FILE_CAPABILITIES
from juncture.saga.storage import paths
from juncture.saga.storage.parts import is_part
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import TRAITS
from juncture.testing.directory_bench import DirectoryBench, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.file_oracle import Oracle
    from juncture.testing.kit import Kit

_BY_METHOD = {"writes": "open_write", "directories": "make_dir", "replaces": "rename"}


class FileBench(DirectoryBench):
    """One directory of files under test.

    Args:
        kit: Whose patience and adaptor count.
        url: The directory, which is empty.
        session: The session of everything that is opened.
        oracle: Another way to the directory, or None.
    """

    def __init__(self, kit: Kit, url: Any, session: Any, oracle: Oracle | None) -> None:
        super().__init__(kit, (fs.Directory, fs.File), url, session)
        self.oracle = oracle

    # What the adaptor can do --------------------------------------------------------------------

    @cached_property
    def here(self) -> Any:
        """The directory under test; opened by the test that needs it, which then fails alone."""
        return self.directory()

    @property
    def adaptor(self) -> Any:
        """The adaptor that serves."""
        return self.here._adaptor._adaptor

    @cached_property
    def can(self) -> frozenset[str]:
        """What of `FILE_CAPABILITIES` it declares."""
        return self._capabilities()

    @property
    def store(self) -> Store | None:
        """The store, if the adaptor has one: if it does not write the classes of the CPI itself."""
        place: Any = getattr(self.here._adaptor, "_place", None)
        return None if place is None else place.store

    def declared(self) -> frozenset[str] | None:
        """Return what `capabilities["files"]` says of the scheme, or None."""
        found = self.adaptor.info.capabilities.get("files")
        if isinstance(found, dict):
            found = found.get(self.base.scheme.lower())  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return None if found is None else frozenset(found)  # pyright: ignore[reportUnknownArgumentType]

    def _capabilities(self) -> frozenset[str]:
        found = self.declared()
        if found is not None:
            return found
        store = self.store
        if store is None:
            return frozenset()
        kind = type(store)
        own = {
            word
            for word, name in _BY_METHOD.items()
            if getattr(kind, name) is not getattr(Store, name)
        }
        whole = {"replaces"} if "whole" in store.traits else set[str]()
        return frozenset(own | store.traits | whole)

    def needs(self, *words: str) -> None:
        """Skip when the adaptor declares no such capability."""
        for word in words:
            if word not in self.can:
                meaning = TRAITS.get(word) or FILE_CAPABILITIES[word]
                pytest.skip(f"`{self.adaptor.get_name()}` declares no `{word}`: {meaning}")

    def lacks(self, word: str) -> None:
        """Skip when the adaptor declares a capability; for tests of what is said instead."""
        if word in self.can:
            pytest.skip(f"`{self.adaptor.get_name()}` declares `{word}`")

    # Objects ------------------------------------------------------------------------------------

    def file(self, name: str, flags: int | None = None) -> Any:
        """Return a `File` of a name in the directory."""
        return self.entry(name, flags)

    def local(self, path: Any) -> Any:
        """Return a `File` of this host, in the same session."""
        return fs.File(self.local_url(path), session=self.session)

    def local_directory(self, path: Any) -> Any:
        """Return a `Directory` of this host, in the same session."""
        return fs.Directory(self.local_url(path), session=self.session)

    @staticmethod
    def local_url(path: Any) -> Any:
        """Return the URL of a path of this host."""
        return rs.Url(f"file://{paths.url_path(str(path))}")

    # What is there ------------------------------------------------------------------------------

    def put(self, name: str, data: bytes = b"content") -> bytes:
        """Have a file there, with the directories above it; return what is in it."""
        if self.oracle is not None:
            self.oracle.put(name, data)
            return data
        if "writes" not in self.can:
            pytest.skip("there is no oracle, and nothing can be written without one")
        flags = fs.CREATE | fs.WRITE | fs.TRUNCATE
        with self.file(name, flags | (fs.CREATE_PARENTS if "/" in name else 0)) as file:
            file.write(data)
        return data

    def tree(self, folder: str = "tree") -> dict[str, bytes]:
        """Have a directory with files in several depths; return them by their relative paths."""
        found = {
            "one": b"1",
            ".two": b"22",
            "sub/three": b"333",
            "sub/deep/four": b"4444",
            "other/five": b"",
        }
        for path, data in found.items():
            self.put(f"{folder}/{path}", data)
        return found

    def get(self, name: str) -> bytes:
        """Return what is in a file."""
        if self.oracle is not None:
            return self.oracle.get(name)
        with self.file(name) as file:
            data: bytes = file.read()
        return data

    def names(self, folder: str = "") -> list[str]:
        """Return the names in a directory, sorted."""
        if self.oracle is not None:
            return sorted(self.oracle.names(folder))
        return texts(self.directory(folder).list())

    def files(self, folder: str) -> dict[str, bytes]:
        """Return all files below a directory by their relative paths, and what is in them."""
        found: dict[str, bytes] = {}
        below = self.directory(folder)
        for each in below.list(None, fs.RECURSIVE):
            if not below.is_dir(each):
                path = paths.path_of(each)
                found[path] = self.get(f"{folder}/{path}")
        return found

    # What is right ------------------------------------------------------------------------------

    def has(self, name: str, data: bytes, what: str) -> None:
        """Check what is in a file, to the byte."""
        __tracebackhide__ = True
        found = self.get(name)
        if found == data:
            return
        same = next(
            (
                place
                for place, pair in enumerate(zip(found, data, strict=False))
                if len({*pair}) > 1
            ),
            min(len(found), len(data)),
        )
        raise AssertionError(
            f"{what}: `{name}` has {len(found)} bytes where {len(data)} are right; from byte "
            f"{same} on it is {found[same : same + 16]!r} and must be {data[same : same + 16]!r}"
        )

    def close(self) -> None:
        """Check that no file was left behind under the name of a part."""
        if "here" not in vars(self) or (self.oracle is None and "writes" not in self.can):
            return
        parts = [name for name in self.names() if is_part(name)]
        assert not parts, f"files that were being written are left behind: {parts}"
