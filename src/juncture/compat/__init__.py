"""Lets programs written for `openjd.adaptor_runtime` run unchanged on `juncture.runtime`.

`path/` is the directory to put first on PYTHONPATH. In it, `openjd/adaptor_runtime` and
`openjd/adaptor_runtime_client` are the names that programs import; they hold no code of their own
beyond finding juncture. What differs from `juncture.runtime` in more than its name is in the
modules of this room: errors that a program catches, private methods that it calls.
"""

import os

RUNTIME_VERSION = "0.9.6"
"""The version of openjd-adaptor-runtime that this room stands in for."""

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "path")
"""The directory to put first on PYTHONPATH."""


def pythonpath(before: str) -> str:
    """Return PYTHONPATH with our directory first.

    Args:
        before: PYTHONPATH as it is, or an empty string.
    """
    others = [place for place in before.split(os.pathsep) if place and place != PATH]
    return os.pathsep.join([PATH, *others])
