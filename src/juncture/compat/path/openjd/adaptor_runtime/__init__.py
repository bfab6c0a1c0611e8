"""`openjd.adaptor_runtime`: every name of the existing runtime, as `juncture.runtime` has it."""

from ..adaptor_runtime_client import _home  # noqa: TID252 - a sibling of this very file

_home.load("juncture_client")
_home.load("juncture")

from juncture.compat.entry_point import EntryPoint  # noqa: E402

__all__ = ["EntryPoint"]
