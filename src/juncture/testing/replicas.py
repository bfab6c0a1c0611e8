"""The conformance kit for adaptors of replica catalogues.

An adopter derives a test class and defines the fixture `catalogue_url`: the URL of a directory that
is empty or is made with CREATE, a new one for each test; `session` has a default. The copies
themselves are files of this host.
"""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import replica
from juncture.testing.name_kit import NameBench, NameKit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_DATA = b"\0\xff content\n" * 1000


def _urls(file: Any) -> list[str]:
    return [str(url) for url in file.list_locations()]


class ReplicaAdaptorKit(NameKit):
    """Everything that an adaptor of catalogues promises."""

    kinds = (replica.LogicalDirectory, replica.LogicalFile)

    @pytest.fixture
    def catalogue_url(self) -> Any:
        """Return the URL of an empty catalogue; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `catalogue_url`")

    @pytest.fixture
    def directory_url(self, catalogue_url: Any) -> Any:
        """Return the same by the name that the tests of names know."""
        return catalogue_url

    @pytest.fixture
    def file(self, names: NameBench) -> Any:
        """Return a logical file without a location."""
        return names.entry("file", replica.CREATE | replica.READ_WRITE)

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """Return a file of this host."""
        path = tmp_path / "source"
        path.write_bytes(_DATA)
        return path

    def test_locations(self, names: NameBench, file: Any) -> None:
        """They are kept in their order, once each, and nobody looks whether they are there."""
        right = ["ssh://h/b", "file:///a", "http://h/c?x"]
        for url in right:
            file.add_location(url)
        names.same(_urls(names.entry("file")), right, "`list_locations` of another object")
        file.add_location("SSH://H/b")  # GFD.90: one that is there is no error
        names.same(_urls(names.entry("file")), right, "`add_location` of one that is there")
        file.update_location("file:///a", "file:///z")
        names.same(sorted(_urls(file)), sorted([*right[::2], "file:///z"]), "`update_location`")
        with names.refused(rs.DoesNotExist, "`update_location` of one that is not there"):
            file.update_location("file:///a", "file:///y")
        file.remove_location("ssh://h/b")
        with names.refused(rs.DoesNotExist, "`remove_location` of one that is not there"):
            file.remove_location("ssh://h/b")
        names.same(sorted(_urls(file)), ["file:///z", "http://h/c?x"], "what is left")

    def test_a_file_that_is_open_for_reading(self, names: NameBench, file: Any) -> None:
        """It keeps its locations and attributes."""
        file.add_location("file:///a")
        reader = names.entry("file", replica.READ)
        with names.refused(rs.PermissionDenied, "`add_location` of a file opened with READ"):
            reader.add_location("file:///b")
        with names.refused(rs.PermissionDenied, "`set_attribute` of a file opened with READ"):
            reader.set_attribute("key", "value")
        names.same(_urls(file), ["file:///a"], "the locations after that")

    def test_upload_download_replicate(
        self, names: NameBench, file: Any, source: Path, tmp_path: Path
    ) -> None:
        """Copies have all bytes; uploads and replicas become locations, downloads do not."""
        file.upload(str(source), f"file://{tmp_path}/first")
        assert (tmp_path / "first").read_bytes() == _DATA, "what was uploaded is something else"
        file.replicate(f"file://{tmp_path}/second")
        assert (tmp_path / "second").read_bytes() == _DATA, "the replica is something else"
        file.download(str(tmp_path / "down"))
        assert (tmp_path / "down").read_bytes() == _DATA, "what was downloaded is something else"
        right = [f"file://{tmp_path}/{name}" for name in ("first", "second")]
        names.same(_urls(names.entry("file")), right, "the locations after that")
        names.same(names.entry("file").size, len(_DATA), "`size`")
        with names.refused(rs.AlreadyExists, "`download` onto a file without OVERWRITE"):
            file.download(str(tmp_path / "down"))

    def test_the_next_copy_is_taken(
        self, names: NameBench, file: Any, source: Path, tmp_path: Path
    ) -> None:
        """When one cannot be read, another is; when none can, nothing is made."""
        file.add_location(f"file://{tmp_path}/gone")
        file.add_location(f"file://{source}")
        file.download(str(tmp_path / "down"))
        assert (tmp_path / "down").read_bytes() == _DATA
        source.unlink()
        with names.refused(rs.NoSuccess, "`download` when no copy can be read"):
            file.download(str(tmp_path / "other"))
        with names.refused(rs.NoSuccess, "`replicate` when no copy can be read"):
            file.replicate(f"file://{tmp_path}/third")
        assert not (tmp_path / "other").exists()
        names.same(len(_urls(file)), 2, "the number of locations after a `replicate` that failed")

    def test_names_are_not_copies(self, names: NameBench, file: Any, source: Path) -> None:
        """Names are copied with their locations; what is removed leaves the files."""
        file.add_location(f"file://{source}")
        names.here.copy("file", "twin")
        names.same(_urls(names.entry("twin")), [f"file://{source}"], "the locations of a copy")
        names.entry("twin", replica.READ_WRITE).add_location("file:///more")
        names.same(_urls(names.entry("file")), [f"file://{source}"], "those of the source then")
        names.here.remove("file")
        names.here.remove("twin")
        assert source.exists(), "a copy went with its name"
