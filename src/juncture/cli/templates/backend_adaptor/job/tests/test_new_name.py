"""What juncture asks of every job adaptor."""

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import JobAdaptorKit


class TestNewName(JobAdaptorKit):
    @pytest.fixture
    def service_url(self) -> str:
        getEngine().register_adaptor("new_name.job")  # also when the package is not installed
        return "new-name://localhost/"
