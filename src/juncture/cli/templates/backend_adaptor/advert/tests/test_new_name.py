"""What juncture asks of every advert adaptor."""

from uuid import uuid4

import pytest
from juncture.saga.engine import getEngine
from juncture.testing import AdvertAdaptorKit


class TestNewName(AdvertAdaptorKit):
    @pytest.fixture
    def directory_url(self) -> str:
        # The package need not be installed.
        getEngine().register_adaptor("new_name.advert")
        # A directory of your back end that is not there yet, a new one for each test.
        return f"new-name://localhost/{uuid4()}"
