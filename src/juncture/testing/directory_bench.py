"""The bench of a kit for what is in directories: one directory, and sentences for what is wrong."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import juncture.saga as rs
from juncture.saga.storage import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from juncture.testing.kit import Kit


class DirectoryBench:
    """One directory under test.

    Args:
        kit: Whose patience and adaptor count.
        kinds: The class of directories, and the class of what is in them.
        url: The directory, which is empty.
        session: The session of everything that is opened.
    """

    def __init__(self, kit: Kit, kinds: tuple[Any, Any], url: Any, session: Any) -> None:
        self.base = rs.Url(url)
        self.session = session
        self.patience_s = kit.patience_s
        self._adaptor_name = kit.adaptor_name
        self._kinds = kinds

    def url(self, name: str = "") -> Any:
        """Return the URL of a name in the directory."""
        found = rs.Url(self.base)
        if name:
            found.path = f"{self.base.path.rstrip('/')}/{paths.url_path(name)}"
        return found

    def directory(self, name: str = "", flags: int | None = None) -> Any:
        """Return a new object for the directory under test, or one below it."""
        return self._kinds[0](self.url(name), flags, self.session, _adaptor_name=self._adaptor_name)

    def entry(self, name: str, flags: int | None = None) -> Any:
        """Return a new object for what has a name in the directory."""
        return self._kinds[1](self.url(name), flags, self.session, _adaptor_name=self._adaptor_name)

    @contextmanager
    def refused(
        self, kind: type[Exception] | tuple[type[Exception], ...], what: str
    ) -> Generator[None]:
        """Expect an exception of SAGA's, and say what is wrong when it is another or none."""
        __tracebackhide__ = True
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(f"`{each.__name__}`" for each in kinds)
        try:
            yield
        except kinds:
            return
        except rs.SagaException as error:
            raise AssertionError(
                f"{what} is {names}, and was `{type(error).__name__}`: {error}"
            ) from error
        raise AssertionError(f"{what} is {names}, and nothing was raised")

    def same(self, found: object, expected: object, what: str) -> None:
        """Check an answer."""
        __tracebackhide__ = True
        if found != expected:
            raise AssertionError(f"{what}: {_difference(found, expected)}")


def texts(urls: Any) -> list[str]:
    """Return the names of a listing, sorted."""
    return sorted(paths.path_of(url) for url in urls)


_READABLE = 400
_EXAMPLES = 5


def _difference(found: Any, expected: Any) -> str:
    text = f"found {found!r}, right is {expected!r}"
    is_short = len(text) <= _READABLE or {type(found), type(expected)} != {list}
    return text if is_short else _difference_of_lists(found, expected)


def _difference_of_lists(found: list[Any], expected: list[Any]) -> str:
    """Say what one has and the other has not, with examples."""
    text = f"found {len(found)}, right are {len(expected)}"
    missing = [each for each in expected if each not in found]
    wrong = [each for each in found if found.count(each) > expected.count(each)]
    if not missing and not wrong:
        return f"{text}, in another order"
    if missing:
        text += f"; {len(missing)} are missing, such as {missing[:_EXAMPLES]!r}"
    if wrong:
        text += f"; {len(wrong)} are wrong, such as {wrong[:_EXAMPLES]!r}"
    return text
