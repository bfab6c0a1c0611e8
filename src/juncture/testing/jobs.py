"""The conformance kit for job adaptors.

An adopter derives a test class and defines the fixture `service_url`; the others have defaults:

- `session`: what the service may use; None means the user's own credentials.
- `folder`: a directory which the test and its jobs both see and may write to; None when there is
  none, then what cannot be checked without one is skipped.

Beyond the CPI, two entries of `_ADAPTOR_INFO["capabilities"]` count: `jdes_attributes` (what else
a description names is refused), and `outlives_client: False` for jobs that end with the client.
Methods which a class leaves out are skipped by name.
"""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.testing.bench import Bench
from juncture.testing.job_bulk import BulkKit
from juncture.testing.job_control import ControlKit
from juncture.testing.job_programs import ProgramsKit
from juncture.testing.job_recovery import RecoveryKit
from juncture.testing.job_states import StatesKit
from juncture.testing.job_streams import StreamsKit
from juncture.testing.kit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class JobAdaptorKit(RecoveryKit, BulkKit, ControlKit, StreamsKit, ProgramsKit, StatesKit, Kit):
    """Everything that a job adaptor promises; the tests of the last base run first."""

    @pytest.fixture
    def service_url(self) -> str:
        """Return the URL of a job service; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `service_url`")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path | None:
        """Return a directory that the test and its jobs both see."""
        return tmp_path

    @pytest.fixture
    def bench(self, service_url: str, session: Any, folder: Path | None) -> Iterator[Bench]:
        """Return what the tests of the kit work with, with a service of their own."""
        with rs.job.Service(service_url, session, _adaptor_name=self.adaptor_name) as service:
            bench = Bench(service, folder, self.patience_s)
            yield bench
            bench.close()
