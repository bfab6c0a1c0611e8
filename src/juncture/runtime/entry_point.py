"""The entry point of an adaptor's program: `EntryPoint("package.module:Class").start()`.

It reads the command line and calls the module that knows the command, which is imported then and
not before. `run`, `daemon start` and the daemon itself need the adaptor's class; commands that talk
to a daemon do not, and never import it when it is given as text.
"""

from __future__ import annotations

import sys

from juncture.errors import JunctureError, UsageError
from juncture.runtime import commandline, console

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor
    from juncture.runtime.commandline import Invocation


class EntryPoint:
    """The command line of one adaptor.

    Args:
        adaptor_class: The class, or `"package.module:Class"`, which keeps `daemon run` fast: the
            module is then imported only by commands that need it.

    Attributes:
        on_bootstrap_complete: Called in the daemon once commands can connect to it.
    """

    def __init__(self, adaptor_class: type[BaseAdaptor[Any]] | str) -> None:
        self._adaptor = adaptor_class
        self.on_bootstrap_complete: set[Callable[[], object]] = set()

    @property
    def name(self) -> str:
        """Class name of the adaptor."""
        if isinstance(self._adaptor, str):
            return self._adaptor.rpartition(":")[2]
        return self._adaptor.__name__

    def start(
        self,
        reentry_exe: os.PathLike[str] | str | None = None,
        timeout_in_seconds: float | None = None,
    ) -> None:
        """Run the command in `sys.argv`; return when it succeeded.

        Args:
            reentry_exe: Program that runs this adaptor, for making the daemon; None means what
                this process was started with.
            timeout_in_seconds: Accepted and not needed: nothing here waits for a silent peer.

        Raises:
            SystemExit: with the exit status of what went wrong, which has been said on stderr.
        """
        del timeout_in_seconds
        status = self._run(sys.argv[1:], None if reentry_exe is None else str(reentry_exe))
        if status:
            raise SystemExit(status)

    def adaptor_class(self) -> type[BaseAdaptor[Any]]:
        """Return the class, importing its module if it was given as text.

        Raises:
            JunctureError: the module has no such class.
        """
        if not isinstance(self._adaptor, str):
            return self._adaptor
        module_name, _, class_name = self._adaptor.partition(":")
        module = __import__(module_name, fromlist=(class_name,))
        found: type[BaseAdaptor[Any]] | None = getattr(module, class_name, None)
        if found is None:
            raise JunctureError(
                f"module `{module_name}` has no class `{class_name}`",
                hint='EntryPoint expects a class or "package.module:Class"',
            )
        return found

    def _run(self, arguments: list[str], reentry_exe: str | None) -> int:
        debug = "--debug" in arguments
        try:
            call = commandline.parse(arguments, self.name)
            return self._dispatch(call, reentry_exe)
        except JunctureError as error:
            if debug:
                raise
            console.complain(str(error), error.hint)
            return error.exit_status
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            return 1

    def _dispatch(self, call: Invocation, reentry_exe: str | None) -> int:
        if call.command == ("daemon", "start"):
            from juncture.runtime import daemon_launch

            return daemon_launch.start(call, self._launcher(reentry_exe))
        if call.command == ("daemon", "_serve"):
            return self._serve(call)
        if call.command == ("run",):
            from juncture.runtime import run_command

            return run_command.run(call, self.name, self._load)
        if call.command[0] == "daemon":
            from juncture.runtime import daemon_commands

            return daemon_commands.COMMANDS[call.command[1]](call)
        from juncture.runtime import info_commands

        return info_commands.COMMANDS[call.command[0]](self.adaptor_class(), call)

    def _serve(self, call: Invocation) -> int:
        from juncture.runtime import daemon_main

        fd = call.number("--bootstrap-fd")
        if fd is None:
            raise UsageError("`daemon _serve` is internal", hint="use `daemon start`")
        return daemon_main.serve(
            name=self.name,
            bootstrap_fd=int(fd),
            load=self._load,
            on_listening=self._complete_bootstrap,
        )

    def _complete_bootstrap(self) -> None:
        for call in list(self.on_bootstrap_complete):
            call()

    def _load(self, init_data: str, rules: str) -> BaseAdaptor[Any]:
        """Make the adaptor, and give the log the level of the configuration."""
        from juncture.runtime.loading import load

        return load(self.adaptor_class(), init_data, rules)

    def _launcher(self, reentry_exe: str | None) -> list[str]:
        """Return what runs this adaptor: as this process was started, if that can be told."""
        if reentry_exe is not None:
            return [reentry_exe]
        count = len(sys.argv) - 1
        if sys.orig_argv[len(sys.orig_argv) - count :] == sys.argv[1:]:
            return [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - count]]
        module = self.adaptor_class().__module__.rpartition(".")[0]
        if not module:
            raise JunctureError(
                f"cannot tell how to start {self.name} again for the daemon",
                hint="put the adaptor into a package with a __main__.py, or give reentry_exe",
            )
        return [sys.executable, "-m", module]
