"""The package `radical`, with our `saga` in it and whatever else is installed there.

`radical` is a namespace that several distributions share (`radical.utils`, `radical.pilot`). As
with `openjd`, a package with this file is taken before all namespace packages, wherever they stand
on `sys.path`, and looks here first and then there.
"""

import os
import pkgutil
from collections.abc import Iterator

_HERE = os.path.dirname(os.path.abspath(__file__))


class _Path(list[str]):
    """Where to look for subpackages: read anew each time, because `sys.path` may grow."""

    def __iter__(self) -> Iterator[str]:
        return iter(pkgutil.extend_path([_HERE], "radical"))


__path__ = _Path([_HERE])
