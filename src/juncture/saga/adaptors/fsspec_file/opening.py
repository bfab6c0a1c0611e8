"""From a URL and a session to a store: options, credentials, a name without secrets.

The query of a URL holds options of the file system: `s3://bucket/key?endpoint_url=https://…`. The
option `storage_options` of the adaptor holds others by scheme. Credentials are those of the URL,
else those of a context of the session (`stored.credentials`).
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature

from juncture.saga import exceptions
from juncture.saga.adaptors.fsspec_file import options as option_names
from juncture.saga.adaptors.fsspec_file.failures import as_saga, clean
from juncture.saga.adaptors.fsspec_file.schemes import SCHEMES
from juncture.saga.exceptions import BadParameter
from juncture.saga.stored.credentials import of_session
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.store import Store

_PLAIN = frozenset({"endpoint_url", "account_name", "ref", "org", "repo", "region", "share"})
"""Options of a query that stand in the name of a store: they say where, and are no secret."""
_SECRET = frozenset({"token", "password", "secret", "key", "account_key", "sas_token", "auth"})
"""Options that say who, not where: they are in no name, and two who differ see the same tree."""
_VALUES: dict[str, Any] = {"true": True, "false": False, "none": None}


def open_store(url: Url, session: Any, configured: dict[str, Any]) -> Store:
    """Return a new store for the place of a URL.

    Args:
        url: The URL.
        session: Whose contexts may hold credentials.
        configured: Options by scheme.

    Raises:
        NotImplemented: the scheme needs what is not installed.
        SagaException: there is no such place, or the credentials do not fit.
    """
    name = url.scheme.lower()
    scheme = SCHEMES[name]
    check_installed(name, scheme)
    module, _, kind = scheme.store.partition(":")
    found: Any = getattr(import_module(f"{__package__}.{module}"), kind)
    options = {**options_of(url, configured)}
    opener: Any = getattr(found, "opened", _opened)
    try:
        store: Store = opener(url, scheme, options, credentials(url, session, scheme), found)
    except Exception as error:
        raise as_saga(error, "/", store_name(url, scheme, options)) from error
    return store


def check_installed(name: str, scheme: Scheme) -> None:
    """Raise NotImplemented when a scheme needs what is not there."""
    missing = scheme.lacks()
    if missing:
        raise exceptions.NotImplemented(
            f"`{name}://` needs `{missing}`, which is not installed",
            hint=f"python -m pip install {missing}",
        )


def _opened(
    url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
) -> Store:
    files = file_system(url, scheme, options, account)
    name = store_name(url, scheme, options)
    store: Store = kind(files, name, root_of(url, scheme), scheme)
    return store


def file_system(
    url: Url,
    scheme: Scheme,
    options: dict[str, Any],
    account: tuple[str, str],
    change: Callable[[Any], Any] | None = None,
) -> Any:
    """Return a file system of fsspec that nobody else has; `change` makes its class another one."""
    kind = file_system_class(url, scheme)
    if change is not None:
        kind = change(kind)
    given: dict[str, Any] = dict(kind._get_kwargs_from_urls(place_text(url, scheme)))
    for key in ("path", "protocol", "username", "password"):
        given.pop(key, None)
    user, secret = account
    if scheme.user and user:
        given[scheme.user] = user
    if scheme.secret and secret:
        given[scheme.secret] = secret
    given = {**given, **options}
    option_names.check(options, kind, url.scheme)
    try:
        signature(kind.__init__).bind(None, **given)
    except TypeError as error:
        raise BadParameter(
            f"`{clean(str(url))}` does not say what `{url.scheme}` needs: {error}",
            hint="options stand in the query, `?option=value`, or in `storage_options`",
        ) from error
    return kind(**given, skip_instance_cache=True)


def file_system_class(url: Url, scheme: Scheme) -> Any:
    """Return the class that fsspec has for a scheme."""
    registry: Any = import_module("fsspec.registry")
    return registry.get_filesystem_class(scheme.fsspec_name or url.scheme.lower())


def root_of(url: Url, scheme: Scheme) -> str:
    """Return what stands before every path of a store, as fsspec has it."""
    if not url.host and not scheme.userinfo_is_place:
        return ""
    kind = file_system_class(url, scheme)
    return str(kind._strip_protocol(place_text(url, scheme)))


def place_text(url: Url, scheme: Scheme) -> str:
    """Return the URL of the root of a store, without a secret."""
    place = Url(url)
    place.path = "/"
    place.query = place.fragment = ""
    if not scheme.userinfo_is_place:
        place.username = place.password = None
    return str(place)


def store_name(url: Url, scheme: Scheme, options: dict[str, Any]) -> str:
    """Return the name of a store: two of one name are the same tree."""
    place = Url(url)
    place.path = place.query = place.fragment = ""
    if not scheme.userinfo_is_place:
        place.password = None
    text = str(place) if place.host or place.username else f"{url.scheme}://"
    shown = [f"{key}={options[key]}" for key in sorted(options) if key in _PLAIN]
    secret = {scheme.user, scheme.secret, *_SECRET, *_PLAIN}
    hidden = sorted((key, str(value)) for key, value in options.items() if key not in secret)
    if hidden:
        import hashlib

        shown.append(hashlib.sha256(repr(hidden).encode()).hexdigest()[:8])
    return f"{text}?{'&'.join(shown)}" if shown else text


def options_of(url: Url, configured: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the configuration and the query of a URL give."""
    from urllib.parse import parse_qsl

    found: dict[str, Any] = {}
    given = configured.get(url.scheme.lower(), {})
    if not isinstance(given, dict):
        raise BadParameter(
            f"`storage_options` has a dictionary for each scheme, found {type(given).__name__}"
        )
    found.update(given)  # pyright: ignore[reportUnknownArgumentType]
    for key, value in parse_qsl(url.query, keep_blank_values=True):
        found[key] = _VALUES.get(value.lower(), int(value) if value.isdecimal() else value)
    return found


def credentials(url: Url, session: Any, scheme: Scheme) -> tuple[str, str]:
    """Return user name and password for a URL, each empty when there is none."""
    if scheme.userinfo_is_place:
        user, secret = "", ""
    else:
        user, secret = url.username or "", url.password or ""
    if secret or session is None or not (scheme.user or scheme.secret):
        return user, secret
    found = of_session(session, url.host or "", url.port, user)
    return (user, secret) if found is None else (found[0] or "", found[1])
