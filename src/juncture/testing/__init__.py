"""Conformance kits for people who write back-end adaptors; shipped with the package.

A kit is a class that pytest does not collect by itself. An adopter derives a `Test…` class from it
and defines one fixture:

    class TestMoon(JobAdaptorKit):
        @pytest.fixture
        def service_url(self):
            return "moon://localhost/"

What the adaptor declares in its `_ADAPTOR_INFO` and what its classes leave out decides which tests
are skipped, and each says why. What a job did is read by another path than the adaptor: from files
that the job itself wrote, and from the host's process table. Nothing here is asked for that the
contract in `juncture.saga.cpi` does not promise.

Under pytest an `assert` of the kits shows its values, as one of a test file does. There is none in
this file: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.adverts import AdvertAdaptorKit
    from juncture.testing.contexts import ContextAdaptorKit
    from juncture.testing.file_oracle import FolderOracle
    from juncture.testing.files import FileAdaptorKit
    from juncture.testing.jobs import JobAdaptorKit
    from juncture.testing.replicas import ReplicaAdaptorKit
    from juncture.testing.resources import ResourceAdaptorKit

_ROOMS = {
    "AdvertAdaptorKit": "adverts",
    "ContextAdaptorKit": "contexts",
    "FileAdaptorKit": "files",
    "FolderOracle": "file_oracle",
    "JobAdaptorKit": "jobs",
    "ReplicaAdaptorKit": "replicas",
    "ResourceAdaptorKit": "resources",
}

if "pytest" in sys.modules:
    sys.modules["pytest"].register_assert_rewrite(__name__)

__all__ = [
    "AdvertAdaptorKit",
    "ContextAdaptorKit",
    "FileAdaptorKit",
    "FolderOracle",
    "JobAdaptorKit",
    "ReplicaAdaptorKit",
    "ResourceAdaptorKit",
]


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
