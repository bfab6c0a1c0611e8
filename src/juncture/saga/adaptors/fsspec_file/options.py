"""Which options a file system of fsspec takes, so that a slip is told when a place is opened.

Constructors of fsspec take any keyword: what they do not know they pass on, or drop. What counts
here is what a constructor names, with those of its bases, and what is named where it passes the
rest on to. Where that is not known here, the library decides, at the opening or at the first use.
"""

from __future__ import annotations

from importlib import import_module
from inspect import Parameter, signature

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_OF_LISTINGS = frozenset({"use_listings_cache", "listings_expiry_time", "max_paths"})
"""What every file system of fsspec takes without naming it."""
_FSSPEC = "fsspec.implementations."
_REQUEST = "aiohttp:ClientSession._request"
_PASS_ON: dict[str, tuple[str, ...]] = {
    f"{_FSSPEC}http": (_REQUEST,),
    f"{_FSSPEC}github": (f"{_FSSPEC}http:HTTPFileSystem.__init__", _REQUEST),
    f"{_FSSPEC}gist": ("requests:Session.request",),
    "webdav4.fsspec": ("webdav4.client:Client.__init__", "httpx:Client.__init__"),
    "s3fs.core": ("aiobotocore.session:AioSession.__init__",),
}
"""Module of a constructor -> who gets what it does not name; fsspec's other ones drop that."""
_ELSEWHERE = f"{_FSSPEC}arrow"  # whose library has no signatures
_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def check(given: Iterable[str], kind: Any, scheme: str) -> None:
    """Raise BadParameter when a file system takes no such option.

    Args:
        given: Names of options.
        kind: The class of the file system.
        scheme: The scheme, for the message.
    """
    names = known(kind)
    if names is not None:
        check_known(given, names, scheme)


def check_known(given: Iterable[str], names: frozenset[str], scheme: str) -> None:
    """Raise BadParameter when one of the options is not among the names."""
    for option in given:
        if option not in names:
            raise not_taken(option, scheme, names)


def not_taken(option: str, scheme: str, names: Iterable[str] = ()) -> BadParameter:
    """Return the failure for an option that there is not; `names` are those that there are."""
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return BadParameter(
        f"the file system of `{scheme}` takes no option `{option}`",
        hint="options stand in the query, `?option=value`, or in `storage_options`"
        + (f"; it takes {listed}" if listed else ""),
    )


def known(kind: Any) -> frozenset[str] | None:
    """Return the names of the options that a class takes; None: that is not known here."""
    module: str = kind.__init__.__module__
    is_known = module in _PASS_ON or (module.startswith(_FSSPEC) and module != _ELSEWHERE)
    if not is_known and _takes_any(kind.__init__):
        return None
    found = set(_OF_LISTINGS)
    for each in kind.__mro__[:-1]:
        found |= named(each.__init__)
    for where in _PASS_ON.get(module, ()):
        library, _, path = where.partition(":")
        called: Any = import_module(library)
        for part in path.split("."):
            called = getattr(called, part)
        found |= named(called, optional=True)
    return frozenset(found)


def named(called: Any, *, optional: bool = False) -> set[str]:
    """Return the parameters that a function names; with `optional` those with a default alone."""
    return {
        each.name
        for each in signature(called).parameters.values()
        if each.kind in _NAMED
        and each.name != "self"
        and not (optional and each.default is Parameter.empty)
    }


def _takes_any(called: Any) -> bool:
    kinds = [each.kind for each in signature(called).parameters.values()]
    return Parameter.VAR_KEYWORD in kinds
