"""`radical.saga`: every name of it that `juncture.saga` has, and the modules they were in."""

import importlib.util
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def _home() -> "ModuleType":
    """Return the module that finds the juncture which this file belongs to."""
    compat = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir)
    file = os.path.join(compat, "openjd", "adaptor_runtime_client", "_home.py")
    spec = importlib.util.spec_from_file_location("_juncture_home", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"juncture was expected beside {file}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_home().load("juncture")

from juncture import compat, saga  # noqa: E402
from juncture.compat import saga_modules  # noqa: E402

saga_modules.install()

version = version_short = version_base = __version__ = compat.SAGA_VERSION
version_detail = f"{version} (juncture)"
version_branch = version_tag = ""

__all__ = [
    "version",
    "version_base",
    "version_branch",
    "version_detail",
    "version_short",
    "version_tag",
]
__all__ += saga.__all__


def __getattr__(name: str) -> object:
    return saga_modules.member(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
