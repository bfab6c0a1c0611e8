"""The conformance kit for adaptors of files.

An adopter derives a test class and defines the fixture `directory_url`: the URL of an empty
directory, a new one for each test. The others have defaults:

- `session`: what may be used; None means the user's own credentials.
- `oracle`: another way to the same directory, an object as `file_oracle.Oracle`; with it the kit
  believes nothing that the adaptor says of its own writes. `FolderOracle(path)` is one for
  a directory that this host sees, too.

What `_ADAPTOR_INFO["capabilities"]["files"]` lists decides what is skipped; without it the traits
of the store do, and which of its methods are there. The words are `FILE_CAPABILITIES` of
`juncture.saga.cpi.declaration`.
"""

from __future__ import annotations

from typing import Any

import pytest

from juncture.testing.file_bench import FileBench
from juncture.testing.file_bulk import FileBulkKit
from juncture.testing.file_bytes import BytesKit
from juncture.testing.file_copies import CopiesKit
from juncture.testing.file_facts import FactsKit
from juncture.testing.file_flags import FlagsKit
from juncture.testing.file_listing import ListingKit
from juncture.testing.kit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from juncture.testing.file_oracle import Oracle


class FileAdaptorKit(FileBulkKit, FactsKit, CopiesKit, ListingKit, BytesKit, FlagsKit, Kit):
    """Everything that an adaptor of files promises; the tests of the last base run first."""

    @pytest.fixture
    def directory_url(self) -> Any:
        """Return the URL of an empty directory; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `directory_url`")

    @pytest.fixture
    def oracle(self) -> Oracle | None:
        """Return another way to the directory."""
        return None

    @pytest.fixture(autouse=True)
    def notes(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Keep the notes of interrupted copies in the test's own directory."""
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    @pytest.fixture
    def bench(self, directory_url: Any, session: Any, oracle: Oracle | None) -> Iterator[FileBench]:
        """Return what the tests of the kit work with."""
        bench = FileBench(self, directory_url, session, oracle)
        yield bench
        bench.close()
