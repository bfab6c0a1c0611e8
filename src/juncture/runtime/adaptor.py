"""What the author of an application adaptor derives from.

`Adaptor` has a callback for every stage of the lifecycle; `CommandAdaptor` runs one command line
per task. Constructors only store; callbacks are called by `juncture.runtime.lifecycle`, one at a
time, in the main thread, except `on_cancel`, which comes from another thread while `on_start` or
`on_run` is executing.

This module stands on the start-up path and imports what it needs where it needs it.
"""

from __future__ import annotations

import abc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic

    from typing_extensions import TypeVar

    from juncture.runtime.configuration import AdaptorConfiguration, ConfigurationManager
    from juncture.runtime.path_mapping import PathMappingRule
    from juncture.runtime.process import ManagedProcess
    from juncture.runtime.semantic_version import SemanticVersion

    _T = TypeVar("_T", bound=AdaptorConfiguration, default=AdaptorConfiguration)
else:
    _T = None

    class Generic:
        """Lets `Adaptor[MyConfiguration]` be `Adaptor`, without the cost of `typing`."""

        def __class_getitem__(cls, item: object) -> type:
            return cls


class AdaptorConfigurationOptions:
    """Where an adaptor's configuration comes from, when not from the usual places.

    Args:
        config_cls: Class of `adaptor.config`; None means `AdaptorConfiguration`.
        config_path: File of the defaults; None means `<ClassName>.json` beside the module.
        schema_path: JSON schema file or files; None means `<ClassName>.schema.json` beside it.
    """

    __slots__ = ("config_cls", "config_path", "schema_path")

    def __init__(
        self,
        config_cls: type[AdaptorConfiguration] | None = None,
        config_path: str | None = None,
        schema_path: str | list[str] | None = None,
    ) -> None:
        self.config_cls = config_cls
        self.config_path = config_path
        self.schema_path = schema_path


class BaseAdaptor(abc.ABC, Generic[_T]):
    """What every application adaptor has.

    Args:
        init_data: The document given when the adaptor was started.
        config_opts: Where the configuration comes from; None means the usual places.
        path_mapping_data: The path mapping document: `{"path_mapping_rules": [...]}`.

    Attributes:
        init_data: As given.
    """

    def __init__(
        self,
        init_data: dict[str, Any],
        *,
        config_opts: AdaptorConfigurationOptions | None = None,
        path_mapping_data: dict[str, Any] | None = None,
    ) -> None:
        self.init_data = init_data
        self._config_opts = config_opts
        self._config_manager: ConfigurationManager[_T] | None = None
        self._config: _T | None = None
        self._path_mapping_rules: list[PathMappingRule] = []
        self._cancel_requested = False
        if path_mapping_data:
            from juncture.runtime.path_mapping import parse_rules

            self._path_mapping_rules = parse_rules(path_mapping_data)

    @property
    @abc.abstractmethod
    def integration_data_interface_version(self) -> SemanticVersion:
        """Version of the init data and run data that this adaptor understands."""

    @property
    def config_manager(self) -> ConfigurationManager[_T]:
        """Finds and merges the layers of the configuration."""
        manager = self._config_manager
        if manager is None:
            from juncture.runtime.configuration import config_manager_for

            found: Any = config_manager_for(type(self), self._config_opts)
            manager = self._config_manager = found
        return manager

    @property
    def config(self) -> _T:
        """The adaptor's configuration, read when it is first asked for."""
        if self._config is None:
            self._config = self.config_manager.build_config()
        return self._config

    @property
    def path_mapping_rules(self) -> list[PathMappingRule]:
        """The rules in the order in which they apply; a copy."""
        return list(self._path_mapping_rules)

    @property
    def cancel_requested(self) -> bool:
        """Whether the callback that is executing was told to end.

        For loops that look between steps. It is set before `on_cancel` is called and cleared before
        the next callback begins, so that no cancel is missed, however early it comes.
        """
        return self._cancel_requested

    def map_path(self, path: str) -> str:
        """Return the path on this host: by the first rule that matches, else unchanged."""
        if not self._path_mapping_rules:
            return path
        from juncture.runtime.path_mapping import map_path

        return map_path(self._path_mapping_rules, path)

    @classmethod
    def update_status(
        cls, *, progress: float | None = None, status_message: str | None = None
    ) -> None:
        """Say how far the task is.

        Args:
            progress: Percent, 0 to 100.
            status_message: One line of text.
        """
        from juncture.runtime import progress as reports

        reports.update(progress, status_message)

    def cancel(self) -> None:
        """Tell the adaptor to end what it is doing."""
        self.on_cancel()

    def on_cancel(self) -> None:
        """End `on_start` or `on_run` soon; called from another thread. Override it."""

    @abc.abstractmethod
    def _start(self) -> None: ...
    @abc.abstractmethod
    def _run(self, run_data: dict[str, Any]) -> Any: ...
    @abc.abstractmethod
    def _stop(self) -> None: ...
    @abc.abstractmethod
    def _cleanup(self) -> None: ...


class Adaptor(BaseAdaptor[_T]):
    """An adaptor with a callback for every stage of the lifecycle."""

    def on_start(self) -> None:
        """Start what every task needs: load the application."""

    @abc.abstractmethod
    def on_run(self, run_data: dict[str, Any]) -> Any:
        """Run one task; a result that JSON can hold is delivered to whoever asked for the task."""

    def on_stop(self) -> None:
        """Undo what `on_start` did."""

    def on_cleanup(self) -> None:
        """End and remove whatever may be left; called last, whatever happened before."""

    def _start(self) -> None:
        self.on_start()

    def _run(self, run_data: dict[str, Any]) -> Any:
        return self.on_run(run_data)

    def _stop(self) -> None:
        self.on_stop()

    def _cleanup(self) -> None:
        self.on_cleanup()


class CommandAdaptor(BaseAdaptor[_T]):
    """An adaptor that runs one command line for each task.

    The exit status of the command is that of the task: see `juncture.runtime.outcome`. A cancel
    ends the command and its children.
    """

    _process: ManagedProcess | None = None

    @abc.abstractmethod
    def get_managed_process(self, run_data: dict[str, Any]) -> ManagedProcess:
        """Return the process to run for this task."""

    def on_prerun(self) -> None:
        """Prepare; called before the process starts."""

    def on_postrun(self) -> None:
        """Finish; called after the process has ended, however it ended."""

    def cancel(self) -> None:
        """End the process, after `on_cancel`."""
        try:
            self.on_cancel()
        finally:
            process = self._process
            if process is not None:
                process.terminate()

    def _start(self) -> None:
        return

    def _run(self, run_data: dict[str, Any]) -> Any:
        from juncture.runtime.outcome import OutcomeError, of_child

        process = self.get_managed_process(run_data)
        self.on_prerun()
        self._process = process
        try:
            returncode = 0 if self._cancel_requested else process.run()
        finally:
            self._process = None
            self.on_postrun()
        ended = of_child(returncode, process.get_executable())
        if not ended.ok:
            raise OutcomeError(ended)

    def _stop(self) -> None:
        return

    def _cleanup(self) -> None:
        return
