"""What all kits have that open something at a URL."""

from __future__ import annotations

from typing import Any

import pytest

from juncture.testing.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Kit:
    """How long things may take, and with whom and as whom they are done.

    Attributes:
        patience_s: Seconds that any one thing may take, and a tenth of what a whole test may;
            more for a busy system.
        adaptor_name: The name of the one adaptor to use; None means what the engine chooses.
    """

    patience_s: float = 30.0
    adaptor_name: str | None = None

    @pytest.fixture(autouse=True)
    def watched(self) -> Iterator[None]:
        """Fail a test that hangs, and one that a thread of the adaptor does not survive."""
        with Watch(self.patience_s):
            yield

    @pytest.fixture
    def session(self) -> Any:
        """Return the session of everything that is opened; None means the user's credentials."""
        return None
