"""What juncture asks of every context adaptor."""

from pathlib import Path

import juncture.saga as rs
import pytest
from juncture.saga.engine import getEngine
from juncture.testing import ContextAdaptorKit


class TestNewName(ContextAdaptorKit):
    @pytest.fixture
    def context(self, tmp_path: Path) -> rs.Context:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.context")
        key = tmp_path / "key"
        key.write_text("a key that the adaptor accepts")
        return rs.Context("new-name", user_key=str(key))
