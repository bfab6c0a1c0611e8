"""The package `openjd`, with our `adaptor_runtime` in it and whatever else is installed there.

`openjd` is a namespace that several distributions share (`openjd.sessions`, `openjd.model`). A
namespace package would let whoever stands first on `sys.path` provide `adaptor_runtime`: the
current directory of `python -m`, or a PYTHONPATH extended later. A package with this file is taken
before all namespace packages, wherever they stand, and looks here first and then there.
"""

import os
import pkgutil
from collections.abc import Iterator

_HERE = os.path.dirname(os.path.abspath(__file__))


class _Path(list[str]):
    """Where to look for subpackages: read anew each time, because `sys.path` may grow."""

    def __iter__(self) -> Iterator[str]:
        return iter(pkgutil.extend_path([_HERE], "openjd"))


__path__ = _Path([_HERE])
