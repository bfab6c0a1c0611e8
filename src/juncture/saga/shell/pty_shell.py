"""`PTYShell`: a shell on the host of a URL, as adaptors have always known it.

Commands run on a `Channel`, without a terminal; only what `run_async` starts has one, because only
there can somebody want to talk to it. There is no prompt to be set or found: `set_prompt` and
`new_prompt` are accepted and change nothing, and `find_prompt` waits for the end of a command.
"""

from __future__ import annotations

import glob
import logging
import os
from typing import TYPE_CHECKING

from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectState, NoSuccess
from juncture.saga.session import session_of
from juncture.saga.shell import places, quoting
from juncture.saga.shell.channel import Channel
from juncture.saga.shell.pty_process import PTYProcess
from juncture.saga.url import Url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from juncture.saga.session import Session
    from juncture.saga.shell.pending import Stream

__all__ = ["IGNORE", "MERGED", "SEPARATE", "STDERR", "STDOUT", "PTYShell"]

IGNORE = 0
"""Neither stream is returned."""
MERGED = 1
"""Both streams are returned as the output, in the order they came."""
SEPARATE = 2
"""Both streams are returned, each on its own."""
STDOUT = 3
"""Only standard output is returned."""
STDERR = 4
"""Only standard error is returned."""

_log = logging.getLogger(__name__)


class PTYShell:
    """A shell on the host of a URL. It opens at once, with the login dialogue if there is one.

    Args:
        url: `fork://`, `local://` or `file://` for this host, `ssh://` (`sftp`, `scp`) for others.
        session: Whose credentials; None for the default session.
        logger: Where to log; None for this module's logger.
        cfg: Accepted for programs that pass it; it changes nothing.
        posix: Accepted; the shell is always a POSIX `sh`, whatever the login shell is.
        interactive: Accepted; it changes nothing.

    Raises:
        BadParameter: the URL's host and scheme do not go together, or the host does not exist.
        AuthenticationFailed: no credential of the session was accepted.
        NoSuccess: there is no shell.
    """

    def __init__(  # noqa: PLR0917 - as it has always been called
        self,
        url: Url | str,
        session: Session | None = None,
        logger: logging.Logger | None = None,
        cfg: object = None,
        posix: bool = True,
        interactive: bool = True,
    ) -> None:
        del cfg, posix, interactive
        self.url = Url(url)
        self.session = None if session is None else session_of(session)
        self.logger = logger or _log
        self._master = None
        if not places.is_local(self.url):
            self._master = places.master_of(self.url, session)
        self.channel = Channel.over(self._master) if self._master else Channel.local()
        self._program: PTYProcess | None = None

    def alive(self, recover: bool = False) -> bool:
        """Whether the shell is there.

        Args:
            recover: Open it again if it is lost; nothing that was set in it is set then.
        """
        if not self.channel.alive and recover:
            if self._master is not None:
                self._master.allow()  # somebody asks for it
            self.channel.reconnect()
        return self.channel.alive

    def run_sync(
        self, command: str, iomode: int | None = None, new_prompt: str | None = None
    ) -> tuple[int, str | None, str | None]:
        """Run a command and return its exit status, output and error.

        Args:
            command: Shell text; what it changes in the shell stays changed.
            iomode: IGNORE, MERGED, SEPARATE, STDOUT or STDERR; None for MERGED.
            new_prompt: Accepted; there is no prompt.

        Returns:
            Status, output and error, decoded as UTF-8; None is what the mode leaves out.

        Raises:
            BadParameter: the command would run in the background, or the mode is unknown.
            NoSuccess: the shell was lost, so that nobody knows how the command ended.
        """
        del new_prompt
        mode = MERGED if iomode is None else iomode
        if mode not in (IGNORE, MERGED, SEPARATE, STDOUT, STDERR):
            raise BadParameter(f"{iomode!r} is no iomode", hint="use those of this module")
        if command.rstrip().endswith("&") and not command.rstrip().endswith("&&"):
            raise BadParameter(
                f"`{command.strip()}` would run in the background", hint="use `run_async`"
            )
        self.logger.debug("run_sync: %s", command)
        status, output, errors = self.channel.run(command, merged=mode == MERGED)
        return (
            status,
            _text(output) if mode in (MERGED, SEPARATE, STDOUT) else None,
            _text(errors) if mode in (SEPARATE, STDERR) else None,
        )

    def run_async(self, command: str) -> None:
        """Start a program on a terminal of its own, in the shell's directory, to talk to it.

        `send` and `find` talk to it, and `find_prompt` waits for its end.

        Raises:
            IncorrectState: the one before has not ended.
        """
        if self._program is not None:
            raise IncorrectState("a program is running already", hint="wait with `find_prompt`")
        place = _text(self.channel.run("pwd").stdout).rstrip("\n")
        # With job control Ctrl-C is the program's, and does not end the shell around it.
        text = f"set -m; cd {quoting.quote(place)} && {{ {command}\n}}"
        argv = self._master.terminal_argv(text) if self._master else ["/bin/sh", "-c", text]
        # The terminal here is ssh's, which makes it raw, perhaps after the first output is there.
        self._program = PTYProcess(argv, logger=self.logger, goes_raw=self._master is not None)

    def send(self, data: str, nolog: bool = False) -> None:
        """Type something for the program that `run_async` started; without one, for the shell.

        Args:
            data: What to type.
            nolog: Keep it out of the log, for secrets.

        Raises:
            NoSuccess: it has ended.
        """
        if self._program is None:
            self.channel.send(data)
        else:
            self._program.write(data, nolog)

    def find(self, patterns: Sequence[str], timeout: float = -1) -> tuple[int | None, str]:
        """Wait until the program writes what one of some regular expressions matches.

        Raises:
            IncorrectState: there is no program.
            NoSuccess: it has ended, and nothing matches.
        """
        return self._running().find(patterns, timeout)

    def find_prompt(self, timeout: float = 2.0) -> tuple[int | None, str]:
        """Wait for the end of the program that `run_async` started.

        Args:
            timeout: Seconds.

        Returns:
            Its exit status and what was left of its output; None for the status while it runs on.

        Raises:
            IncorrectState: there is no program.
        """
        program = self._running()
        status = program.wait(timeout)
        text = ""
        try:
            while piece := program.read(timeout=-1):
                text += piece
        except NoSuccess:  # nothing is left
            pass
        if status is None and program.exit_signal is None:
            return None, text
        self._program = None
        return (128 + program.exit_signal if program.exit_signal else status), text

    def set_prompt(self, new_prompt: str) -> None:
        """Do nothing: there is no prompt."""

    def write_to_remote(self, src: str | bytes, tgt: str) -> None:
        """Write to a file on the shell's host; raises what `Channel.write_file` does."""
        data = src.encode("utf-8", "surrogateescape") if isinstance(src, str) else src
        self.channel.write_file(tgt, data)

    def read_from_remote(self, src: str) -> str:
        """Return a file of the shell's host as text; raises what `Channel.read_file` does."""
        return _text(self.channel.read_file(src))

    def stage_to_remote(self, src: str, tgt: str, cp_flags: str = "") -> list[str]:
        """Copy files of this host to the shell's host.

        Args:
            src: A file, or a pattern.
            tgt: A file, or a directory.
            cp_flags: Accepted; it changes nothing.

        Returns:
            The files that were copied, as they are called here.

        Raises:
            DoesNotExist: nothing matches.
            NoSuccess: a file could not be copied.
        """
        del cp_flags
        files = [src] if os.path.exists(src) else sorted(glob.glob(src))
        if not files:
            raise DoesNotExist(f"`{src}` is not there")
        into = self.channel.run(f"[ -d {quoting.quote(tgt)} ]").status == 0
        for path in files:
            name = os.path.join(tgt, os.path.basename(path)) if into else tgt
            with open(path, "rb") as file:
                self.channel.write_file(name, file)
        return files

    def stage_from_remote(self, src: str, tgt: str, cp_flags: str = "") -> list[str]:
        """Copy one file of the shell's host to this host.

        Args:
            src: The file there.
            tgt: A file, or a directory, here.
            cp_flags: Accepted; it changes nothing.

        Returns:
            The file that was copied, as it is called there.

        Raises:
            DoesNotExist: it is not there.
            NoSuccess: it could not be read.
        """
        del cp_flags
        word = quoting.quote(src)
        if self.channel.run(f"[ -f {word} ]").status:
            raise DoesNotExist(f"there is no file `{src}` on {self.channel.name}")
        path = os.path.join(tgt, os.path.basename(src)) if os.path.isdir(tgt) else tgt
        stream = self.channel.stream(f"cat <{word}")
        _save(stream, path)
        status, _, errors = stream.result()
        if status:
            raise NoSuccess(f"`{src}` on {self.channel.name} was not read: {_text(errors).strip()}")
        return [src]

    def finalize(self, kill_pty: bool = False) -> None:
        """End the shell.

        Args:
            kill_pty: End the connection too, which other shells of the session may be using.
        """
        if self._program is not None:
            self._program.finalize()
            self._program = None
        self.channel.close()
        if kill_pty and self._master is not None:
            self._master.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finalize()

    def _running(self) -> PTYProcess:
        if self._program is None:
            raise IncorrectState("no program is running", hint="start one with `run_async`")
        return self._program


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _save(stream: Stream, path: str) -> None:
    with open(path, "wb") as file:
        file.writelines(stream)
