"""What juncture asks of every file adaptor."""

from pathlib import Path

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import FileAdaptorKit


class TestNewName(FileAdaptorKit):
    @pytest.fixture
    def directory_url(self, tmp_path: Path) -> str:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.file")
        # Make a directory of your back end, a new one for each test.
        empty = tmp_path / "empty"
        empty.mkdir()
        return f"new-name://localhost{empty}"
