"""Lets programs written for `openjd.adaptor_runtime` or `radical.saga` run unchanged on ours.

`path/` is the directory to put first on PYTHONPATH. In it, `openjd/adaptor_runtime`,
`openjd/adaptor_runtime_client` and `radical/saga` are the names that programs import; they hold no
code of their own beyond finding juncture. What differs from `juncture.runtime` and `juncture.saga`
in more than its name is in the modules of this room: errors that a program catches, private methods
that it calls, what an adaptor class receives.
"""

import os

RUNTIME_VERSION = "0.9.6"
"""The version of openjd-adaptor-runtime that this room stands in for."""

SAGA_VERSION = "1.103.0"
"""The version of radical.saga that this room stands in for."""

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "path")
"""The directory to put first on PYTHONPATH."""


def pythonpath(before: str) -> str:
    """Return PYTHONPATH with our directory first.

    Args:
        before: PYTHONPATH as it is, or an empty string.
    """
    others = [place for place in before.split(os.pathsep) if place and place != PATH]
    return os.pathsep.join([PATH, *others])
