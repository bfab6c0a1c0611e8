"""The bench of a kit for what is in directories: one directory, and sentences for what is wrong."""

from __future__ import annotations

import threading
from typing import Any

import juncture.saga as rs
from juncture.saga.storage import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

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

    def outcomes(self, tasks: list[Any]) -> list[Outcome]:
        """Run tasks in a container; return the name of each one's exception, or its state."""
        bulk = rs.task.Container()
        for task in tasks:
            bulk.add(task)
        bulk.run()
        bulk.wait(rs.task.ALL, self.patience_s)
        return [Outcome(task.state, task.exception) for task in tasks]

    def at_once(self, call: Callable[[], object], count: int) -> list[Outcome]:
        """Make the same call in many threads; return the names of exceptions, or Done, sorted."""
        found: list[Outcome] = []

        def tried() -> None:
            try:
                call()
                found.append(Outcome(rs.task.DONE))
            except rs.SagaException as error:
                found.append(Outcome(rs.task.FAILED, error))

        in_threads([tried] * count, self.patience_s)
        return sorted(found)

    def refused(self, kind: type[Exception] | tuple[type[Exception], ...], what: str) -> Refusal:
        """Expect an exception of SAGA's, and say what is wrong when it is another or none."""
        return Refusal(kind if isinstance(kind, tuple) else (kind,), what)

    def same(self, found: object, expected: object, what: str) -> None:
        """Check an answer."""
        __tracebackhide__ = True
        if found != expected:
            raise AssertionError(f"{what}: {_difference(found, expected)}")


class Outcome(str):
    """What became of a call: a state, or the name of an exception, the text of which is shown."""

    __slots__ = ("_shown",)

    _shown: str

    def __new__(cls, state: str, error: BaseException | None = None) -> Self:
        """Take the state, and the exception that there was."""
        name = type(error).__name__ if error is not None else state
        found = super().__new__(cls, name)
        found._shown = f"{name}: {error}" if error is not None else name
        return found

    def __repr__(self) -> str:
        return repr(self._shown)


class Refusal:
    """A `with` block in which something must be refused; a failure shows the line of the block."""

    def __init__(self, kinds: tuple[type[Exception], ...], what: str) -> None:
        self._kinds = kinds
        self._right = f"{what} is " + " or ".join(f"`{each.__name__}`" for each in kinds)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Look at what was raised; what is no exception of SAGA's passes on."""
        __tracebackhide__ = True
        del kind, trace
        if error is None:
            raise AssertionError(f"{self._right}, and nothing was raised")
        is_right = isinstance(error, self._kinds)
        if not is_right and isinstance(error, rs.SagaException):
            found = f"`{type(error).__name__}`: {error}"
            raise AssertionError(f"{self._right}, and was {found}") from error
        return is_right


def texts(urls: Any) -> list[str]:
    """Return the names of a listing, sorted."""
    return sorted(paths.path_of(url) for url in urls)


def in_threads(calls: list[Callable[[], object]], patience_s: float) -> None:
    """Make calls at the same time, each in a thread.

    Raises:
        AssertionError: some have not ended in time.
    """
    __tracebackhide__ = True
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        gate.wait(patience_s)
        call()

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience_s)
    left = sum(thread.is_alive() for thread in threads)
    if left:
        raise AssertionError(f"{left} of {len(calls)} threads have not ended in {patience_s} s")


_READABLE = 400
_EXAMPLES = 5


def _difference(found: Any, expected: Any) -> str:
    text = f"found {found!r}, right is {expected!r}"
    is_short = len(text) <= _READABLE or {type(found), type(expected)} != {list}
    return text if is_short else _difference_of_lists(found, expected)


def _difference_of_lists(found: list[Any], expected: list[Any]) -> str:
    """Say where they differ first, or what one has and the other has not."""
    if len(found) == len(expected):
        places = [place for place, each in enumerate(found) if each != expected[place]]
        text = f"{len(places)} of {len(found)} differ, first number {places[0]}: "
        return text + f"found {found[places[0]]!r}, right is {expected[places[0]]!r}"
    text = f"found {len(found)}, right are {len(expected)}"
    missing = [each for each in expected if each not in found]
    wrong = [each for each in found if found.count(each) > expected.count(each)]
    if missing:
        text += f"; {len(missing)} are missing, such as {missing[:_EXAMPLES]!r}"
    if wrong:
        text += f"; {len(wrong)} are wrong, such as {wrong[:_EXAMPLES]!r}"
    return text
