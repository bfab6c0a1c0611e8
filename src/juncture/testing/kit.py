"""What all kits have that open something at a URL."""

from __future__ import annotations

from typing import Any

import pytest


class Kit:
    """How long things may take, and with whom and as whom they are done.

    Attributes:
        patience_s: Seconds that any one thing may take; more for a busy system.
        adaptor_name: The name of the one adaptor to use; None means what the engine chooses.
    """

    patience_s: float = 30.0
    adaptor_name: str | None = None

    @pytest.fixture
    def session(self) -> Any:
        """Return the session of everything that is opened; None means the user's credentials."""
        return None
