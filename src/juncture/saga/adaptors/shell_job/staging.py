"""File transfer directives: `local > remote` before a job, `local < remote` after it.

`>>` and `<<` append. Local paths are relative to the client's directory when the job is made,
remote ones to the job's working directory; a path that ends in a slash takes the name of the
source. Bytes arrive as they were. A file that comes here takes its name, or is appended, when all
of it has arrived.
"""

from __future__ import annotations

import os

from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess, PermissionDenied
from juncture.saga.shell import quoting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from juncture.saga.adaptors.shell_job.agent import Agent

_PIECE_BYTES = 1 << 23
_OPERATORS = (">>", "<<", ">", "<")


class Directive:
    """One file to transfer.

    Args:
        local: Path here, absolute.
        remote: Path there.
        to_host: Whether it goes there.
        append: Whether it is added to what is there already.
    """

    __slots__ = ("append", "local", "remote", "to_host")

    def __init__(self, local: str, remote: str, *, to_host: bool, append: bool) -> None:
        self.local = local
        self.remote = remote
        self.to_host = to_host
        self.append = append


def read_directives(texts: Iterable[Any] | None) -> list[Directive]:
    """Return the directives of a job description.

    Raises:
        BadParameter: one is malformed.
    """
    return [_read(text) for text in texts or ()]


def _read(text: Any) -> Directive:
    if isinstance(text, str):
        places = [(at, sign) for sign in _OPERATORS if (at := text.find(sign)) >= 0]
        if places:
            at = min(place for place, _ in places)
            sign = next(sign for place, sign in places if place == at)
            local, remote = text[:at].strip(), text[at + len(sign) :].strip()
            if local and remote:
                to_host = sign[0] == ">"
                if to_host and remote.endswith("/"):
                    remote += os.path.basename(local)
                if not to_host and local.endswith("/"):
                    local += os.path.basename(remote)
                return Directive(
                    os.path.abspath(local), remote, to_host=to_host, append=len(sign) > 1
                )
    raise BadParameter(
        f"a file transfer directive is `local > remote` or `local < remote`, found {text!r}"
    )


def stage_in(agent: Agent, directives: Iterable[Directive], folder: str) -> None:
    """Bring files to the host.

    Raises:
        SagaException: one cannot be read here or written there.
    """
    for each in directives:
        if each.to_host:
            _send(agent, each, os.path.join(folder, each.remote))


def stage_out(agent: Agent, directives: Iterable[Directive], folder: str) -> None:
    """Bring files here.

    Raises:
        SagaException: one cannot be read there or written here.
    """
    for each in directives:
        if not each.to_host:
            _fetch(agent, each, os.path.join(folder, each.remote))


def _send(agent: Agent, directive: Directive, path: str) -> None:
    try:
        source = open(directive.local, "rb")  # noqa: SIM115 - its errors are told apart
    except OSError as error:
        kind = DoesNotExist if isinstance(error, FileNotFoundError) else PermissionDenied
        raise kind(f"`{directive.local}` cannot be read: {error.strerror}") from error
    data = agent.data()
    parent = os.path.dirname(path)
    with source:
        made = data.run(f"mkdir -p {quoting.quote(parent)}", isolated=True)
        if made.status:
            raise NoSuccess(f"no directory for `{path}` on {agent.name}: {_said(made.stderr)}")
        append = directive.append
        piece = source.read(_PIECE_BYTES)
        while True:
            data.write_file(path, piece, append=append)
            piece = source.read(_PIECE_BYTES)
            if not piece:
                break
            append = True
        mode = os.fstat(source.fileno()).st_mode & 0o777
    data.run(f"chmod {mode:o} {quoting.quote(path)}", isolated=True)


def _fetch(agent: Agent, directive: Directive, path: str) -> None:
    # Another client may be bringing the same file.
    part = f"{directive.local}.{os.urandom(4).hex()}.part"
    try:
        os.makedirs(os.path.dirname(directive.local), exist_ok=True)
        try:
            with open(part, "xb") as target:
                stream = agent.data().stream(f"cat <{quoting.quote(path)}", isolated=True)
                target.writelines(stream)
                result = stream.result()
            if result.status:
                raise NoSuccess(f"`{path}` on {agent.name} was not read: {_said(result.stderr)}")
            _take_name(part, directive)
        finally:
            if os.path.exists(part):
                os.unlink(part)
    except OSError as error:
        raise NoSuccess(f"`{directive.local}` cannot be written: {error.strerror}") from error


def _take_name(part: str, directive: Directive) -> None:
    if not directive.append:
        os.replace(part, directive.local)
        return
    with open(part, "rb") as source, open(directive.local, "ab") as target:
        while piece := source.read(_PIECE_BYTES):
            target.write(piece)


def _said(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason was given"
