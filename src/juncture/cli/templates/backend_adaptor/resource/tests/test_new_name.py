"""What juncture asks of every resource adaptor."""

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import ResourceAdaptorKit


class TestNewName(ResourceAdaptorKit):
    @pytest.fixture
    def manager_url(self) -> str:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.resource")
        return "new-name://localhost/"
