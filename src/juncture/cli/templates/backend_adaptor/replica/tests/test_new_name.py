"""What juncture asks of every replica adaptor."""

from uuid import uuid4

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import ReplicaAdaptorKit


class TestNewName(ReplicaAdaptorKit):
    @pytest.fixture
    def catalogue_url(self) -> str:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.replica")
        # A directory of your back end that is not there yet, a new one for each test.
        return f"new-name://localhost/{uuid4()}"
