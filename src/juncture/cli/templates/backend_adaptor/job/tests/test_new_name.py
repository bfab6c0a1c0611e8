"""What juncture asks of every job adaptor."""

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import JobAdaptorKit


class TestNewName(JobAdaptorKit):
    @pytest.fixture
    def service_url(self) -> str:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.job")
        return "new-name://localhost/"
