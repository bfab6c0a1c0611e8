# pyright: reportPrivateUsage=false
"""What is known of a job: the attributes that its back end pushes, and what it has written.

Reading an attribute reads memory. An adaptor that defines the `get_…` of an attribute is asked
instead. `ASKED` is the table of the two.
"""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.attributes import (
    FLOAT,
    INT,
    READONLY,
    SCALAR,
    STRING,
    VECTOR,
    Attribute,
    Attributes,
)
from juncture.saga.engine.bound import ApiObject
from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from juncture.saga.job.description import Description
    from juncture.saga.task.task import Task

ASKED = {
    "get_exit_code": "exit_code",
    "get_termsig": "termsig",
    "get_created": "created",
    "get_started": "started",
    "get_finished": "finished",
    "get_execution_hosts": "execution_hosts",
    "get_service_url": "service_url",
    "get_name": "name",
}
"""The CPI's methods for adaptors that must ask, and the attributes which they stand for."""

READ_BYTES = 1 << 22
"""How much of a job's output is read at a time, unless somebody says."""


def _row(key: str, typ: str, flavor: str = SCALAR, doc: str = "") -> Attribute:
    return Attribute(key, typ, flavor, READONLY, doc=doc)


class JobFacts(ApiObject, Attributes):
    """The attributes of a job, each with its getter, and the job's streams."""

    _EXTENSIBLE = False
    _ATTRIBUTES = (
        _row("State", STRING, doc="One of the states of `juncture.saga.job`."),
        _row("StateDetail", STRING, doc="The back end's own word, or why the state is unknown."),
        _row("LastSeen", FLOAT, doc="When the state was known last, if it is Unknown."),
        _row("ID", STRING, doc="`[service url]-[native id]`, from when it runs."),
        _row("Name", STRING, doc="The name in the description."),
        _row("ServiceUrl", STRING, doc="The URL of the service."),
        _row("ExitCode", INT, doc="The exit status of a job that ended by itself."),
        _row("Termsig", INT, doc="The signal that ended it."),
        _row("Created", FLOAT, doc="When it was submitted, by the clock of its host."),
        _row("Started", FLOAT, doc="When it began to run."),
        _row("Finished", FLOAT, doc="When it ended."),
        _row("ExecutionHosts", STRING, VECTOR, doc="The hosts it runs on."),
    )

    state_detail: str | None
    last_seen: float | None
    name: str | None
    service_url: str | None
    exit_code: int | None
    termsig: int | None
    created: float | None
    started: float | None
    finished: float | None
    execution_hosts: list[str] | None

    _description: Any

    @property
    def description(self) -> Description | None:
        """The description that the job was made from, a copy."""
        description: Description | None = self.get_description()
        return description

    @property
    def stdout(self) -> str:
        """What it wrote to its standard output so far; see `get_stdout`."""
        text: str = self.get_stdout()
        return text

    @property
    def stderr(self) -> str:
        """What it wrote to its standard error so far; see `get_stdout`."""
        text: str = self.get_stderr()
        return text

    @property
    def log(self) -> str:
        """What the back end says about the job."""
        text: str = self.get_log()
        return text

    @overload
    def get_name(self, ttype: None = None) -> str | None: ...
    @overload
    def get_name(self, ttype: int) -> Task[str | None]: ...
    def get_name(self, ttype: int | None = None) -> Any:
        """Return the name in the description."""
        return self._pushed("get_name", ttype)

    @overload
    def get_description(self, ttype: None = None) -> Description | None: ...
    @overload
    def get_description(self, ttype: int) -> Task[Description | None]: ...
    def get_description(self, ttype: int | None = None) -> Any:
        """Return a copy of the description."""
        return self._call(
            "get_description",
            ttype,
            default=lambda: self._description.clone() if self._description is not None else None,
        )

    @overload
    def get_exit_code(self, ttype: None = None) -> int | None: ...
    @overload
    def get_exit_code(self, ttype: int) -> Task[int | None]: ...
    def get_exit_code(self, ttype: int | None = None) -> Any:
        """Return the exit status, or None while there is none."""
        return self._pushed("get_exit_code", ttype)

    @overload
    def get_termsig(self, ttype: None = None) -> int | None: ...
    @overload
    def get_termsig(self, ttype: int) -> Task[int | None]: ...
    def get_termsig(self, ttype: int | None = None) -> Any:
        """Return the signal that ended the job, or None."""
        return self._pushed("get_termsig", ttype)

    @overload
    def get_created(self, ttype: None = None) -> float | None: ...
    @overload
    def get_created(self, ttype: int) -> Task[float | None]: ...
    def get_created(self, ttype: int | None = None) -> Any:
        """Return when the job was submitted."""
        return self._pushed("get_created", ttype)

    @overload
    def get_started(self, ttype: None = None) -> float | None: ...
    @overload
    def get_started(self, ttype: int) -> Task[float | None]: ...
    def get_started(self, ttype: int | None = None) -> Any:
        """Return when the job began to run."""
        return self._pushed("get_started", ttype)

    @overload
    def get_finished(self, ttype: None = None) -> float | None: ...
    @overload
    def get_finished(self, ttype: int) -> Task[float | None]: ...
    def get_finished(self, ttype: int | None = None) -> Any:
        """Return when the job ended."""
        return self._pushed("get_finished", ttype)

    @overload
    def get_execution_hosts(self, ttype: None = None) -> list[str] | None: ...
    @overload
    def get_execution_hosts(self, ttype: int) -> Task[list[str] | None]: ...
    def get_execution_hosts(self, ttype: int | None = None) -> Any:
        """Return the hosts the job runs on."""
        return self._pushed("get_execution_hosts", ttype)

    @overload
    def get_service_url(self, ttype: None = None) -> str | None: ...
    @overload
    def get_service_url(self, ttype: int) -> Task[str | None]: ...
    def get_service_url(self, ttype: int | None = None) -> Any:
        """Return the URL of the service."""
        return self._pushed("get_service_url", ttype)

    @overload
    def get_stdin(self, ttype: None = None) -> IO[bytes]: ...
    @overload
    def get_stdin(self, ttype: int) -> Task[IO[bytes]]: ...
    def get_stdin(self, ttype: int | None = None) -> Any:
        """Return a writable stream to the job's standard input."""
        return self._call("get_stdin", ttype)

    @overload
    def get_stdout(self, ttype: None = None) -> str: ...
    @overload
    def get_stdout(self, ttype: int) -> Task[str]: ...
    def get_stdout(self, ttype: int | None = None) -> Any:
        """Return what the job wrote to its standard output so far.

        It is text, with every byte that is not UTF-8 as a surrogate, so that
        `text.encode("utf-8", "surrogateescape")` is what the job wrote, byte for byte.
        """
        return self._call("get_stdout", ttype, convert=_text)

    @overload
    def get_stderr(self, ttype: None = None) -> str: ...
    @overload
    def get_stderr(self, ttype: int) -> Task[str]: ...
    def get_stderr(self, ttype: int | None = None) -> Any:
        """Return what the job wrote to its standard error so far; see `get_stdout`."""
        return self._call("get_stderr", ttype, convert=_text)

    @overload
    def get_log(self, ttype: None = None) -> str: ...
    @overload
    def get_log(self, ttype: int) -> Task[str]: ...
    def get_log(self, ttype: int | None = None) -> Any:
        """Return what the back end says about the job."""
        return self._call("get_log", ttype, convert=_text)

    @overload
    def get_stdout_bytes(self, ttype: None = None) -> bytes: ...
    @overload
    def get_stdout_bytes(self, ttype: int) -> Task[bytes]: ...
    def get_stdout_bytes(self, ttype: int | None = None) -> Any:
        """Return what the job wrote to its standard output so far, as bytes."""
        return self._call("get_stdout", ttype, convert=_bytes)

    @overload
    def get_stderr_bytes(self, ttype: None = None) -> bytes: ...
    @overload
    def get_stderr_bytes(self, ttype: int) -> Task[bytes]: ...
    def get_stderr_bytes(self, ttype: int | None = None) -> Any:
        """Return what the job wrote to its standard error so far, as bytes."""
        return self._call("get_stderr", ttype, convert=_bytes)

    @overload
    def read_stdout(
        self, offset: int = 0, size_bytes: int = READ_BYTES, ttype: None = None
    ) -> bytes: ...
    @overload
    def read_stdout(
        self, offset: int = 0, size_bytes: int = READ_BYTES, *, ttype: int
    ) -> Task[bytes]: ...
    def read_stdout(
        self, offset: int = 0, size_bytes: int = READ_BYTES, ttype: int | None = None
    ) -> Any:
        """Return the next bytes of what the job wrote to its standard output, from an offset on.

        Whoever follows a job adds up what came, and asks from there: what was read is not read
        again. An adaptor that can only read all of it gives all from the offset on.

        Args:
            offset: How many bytes to leave out.
            size_bytes: How many to return at most, if the adaptor can read so.
            ttype: A task type, or None.

        Returns:
            Bytes; none when there is no more so far.

        Raises:
            BadParameter: the offset or the size is negative.
        """
        return self._read("stdout", offset, size_bytes, ttype)

    @overload
    def read_stderr(
        self, offset: int = 0, size_bytes: int = READ_BYTES, ttype: None = None
    ) -> bytes: ...
    @overload
    def read_stderr(
        self, offset: int = 0, size_bytes: int = READ_BYTES, *, ttype: int
    ) -> Task[bytes]: ...
    def read_stderr(
        self, offset: int = 0, size_bytes: int = READ_BYTES, ttype: int | None = None
    ) -> Any:
        """Return the next bytes of what the job wrote to its standard error; see `read_stdout`."""
        return self._read("stderr", offset, size_bytes, ttype)

    get_stdout_string = get_stdout
    get_stderr_string = get_stderr
    get_log_string = get_log

    def _read(self, stream: str, offset: int, size_bytes: int, ttype: int | None) -> Any:
        if offset < 0 or size_bytes < 0:
            raise BadParameter(
                f"an offset and a size are 0 or more, found {offset} and {size_bytes}"
            )

        def from_all(offset: int, _size_bytes: int) -> Any:
            return self._call(f"get_{stream}", None, convert=_bytes)[offset:]

        return self._call(
            f"read_{stream}", ttype, offset, size_bytes, default=from_all, convert=_bytes
        )

    def _pushed(self, method: str, ttype: int | None) -> Any:
        attribute = ASKED[method]
        row = self._attributes_table[attribute]
        return self._call(method, ttype, default=lambda: self.__dict__.get(attribute, row.default))


def _text(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _bytes(value: Any) -> Any:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
