"""Load the juncture that this file belongs to, and nothing else from where it is installed.

The directory that holds `juncture` and `juncture_client` is usually a whole `site-packages`. It is
never put on `sys.path`: the program's own packages must not be shadowed by those installed there.
"""

import importlib.util
import os
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 5))
"""The directory that holds `juncture` and `juncture_client`."""


def load(name: str) -> None:
    """Import one of our two packages, from here even if another is installed.

    Args:
        name: `juncture` or `juncture_client`.

    Raises:
        ImportError: it is not where this file expects it.
    """
    if name in sys.modules:
        return
    folder = os.path.join(ROOT, name)
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None or not os.path.isdir(folder):
        raise ImportError(f"{name} was expected at {folder}, found nothing there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
