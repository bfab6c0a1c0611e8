import logging
import os
import re
import sys
import threading
import time

from openjd.adaptor_runtime._utils import secure_open
from openjd.adaptor_runtime._version import version as runtime_version
from openjd.adaptor_runtime.adaptors import Adaptor, AdaptorDataValidators, SemanticVersion
from openjd.adaptor_runtime.adaptors.configuration import AdaptorConfiguration
from openjd.adaptor_runtime.app_handlers import RegexCallback, RegexHandler
from openjd.adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from openjd.adaptor_runtime.process import LoggingSubprocess
from openjd.adaptor_runtime_client import Action

from old_style._version import version

_logger = logging.getLogger(__name__)

_INIT_ACTIONS = ["scene", "version"]


def _timer(timeout):
    end = time.time() + timeout
    return lambda: time.time() < end


class OldStyleAdaptor(Adaptor[AdaptorConfiguration]):
    """Keeps an application open; polls flags that callbacks set, as programs of its kind do."""

    _server = None
    _server_thread = None
    _app = None
    _queue = ActionsQueue()
    _is_rendering = False
    _exc_info = None
    _performing_cleanup = False

    @property
    def integration_data_interface_version(self):
        return SemanticVersion(major=0, minor=1)

    @property
    def _has_exception(self):
        if self._exc_info and not self._performing_cleanup:
            raise self._exc_info
        return False

    @property
    def _app_is_running(self):
        return self._app is not None and self._app.is_running

    def _serve(self):
        self._server = AdaptorServer(self._queue, self)
        self._server.serve_forever()

    def _start_server(self):
        self._server_thread = threading.Thread(target=self._serve, name="OldStyleServerThread")
        self._server_thread.start()
        in_time = _timer(30)
        while (self._server is None or self._server.server_path is None) and in_time():
            time.sleep(0.01)
        os.environ["OLD_STYLE_SERVER_PATH"] = self._server.server_path

    def _callbacks(self):
        return [
            RegexCallback([re.compile("App: Finished Frame [0-9]+")], self._handle_complete),
            RegexCallback([re.compile(r"^App: Sample (\d+)/(\d+)$")], self._handle_progress),
            RegexCallback([re.compile("^Error: .*")], self._handle_error),
        ]

    def _handle_complete(self, match):
        if not self._has_exception:
            self._is_rendering = False
            self.update_status(progress=100)

    def _handle_progress(self, match):
        done, total = map(int, match.groups())
        self.update_status(progress=done / total * 100, status_message=f"sample {done}")

    def _handle_error(self, match):
        self._exc_info = RuntimeError(f"App Encountered an Error: {match.group(0)}")

    def _start_app(self):
        import openjd.adaptor_runtime_client

        client = openjd.adaptor_runtime_client.__file__
        addition = os.path.dirname(os.path.dirname(client))
        if "PYTHONPATH" in os.environ:
            addition = f"{os.environ['PYTHONPATH']}{os.pathsep}{addition}"
        os.environ["PYTHONPATH"] = addition
        handler = RegexHandler(self._callbacks())
        self._app = LoggingSubprocess(
            # -S: the application's Python has neither juncture nor another runtime installed
            args=[sys.executable, "-S", os.path.join(os.path.dirname(__file__), "application.py")],
            stdout_handler=handler,
            stderr_handler=handler,
        )

    def _validators(self):
        return AdaptorDataValidators.for_adaptor(os.path.join(os.path.dirname(__file__), "schemas"))

    def on_start(self):
        self._validators().init_data.validate(self.init_data)
        self.update_status(progress=0, status_message="Initializing")
        rules = len(self.path_mapping_rules)
        _logger.info("adaptor %s, runtime %s, %d rules", version, runtime_version, rules)
        with secure_open(os.path.join(os.getcwd(), "scene.txt"), "w") as file:
            file.write(self.map_path(self.init_data["scene"]))
        self._start_server()
        for name in _INIT_ACTIONS:
            if name in self.init_data:
                self._queue.enqueue_action(Action(name, {name: self.init_data[name]}))
        self._start_app()
        in_time = _timer(60)
        while (
            self._app_is_running and not self._has_exception and len(self._queue) > 0 and in_time()
        ):
            time.sleep(0.1)
        if len(self._queue) > 0:
            raise RuntimeError("the application was not able to complete initialization actions")

    def on_run(self, run_data):
        if not self._app_is_running:
            raise RuntimeError("Cannot render because the application is not running.")
        self._validators().run_data.validate(run_data)
        self._is_rendering = True
        self._queue.enqueue_action(Action("render", run_data))
        while self._app_is_running and self._is_rendering and not self._has_exception:
            time.sleep(0.1)
        if not self._app_is_running and self._app:
            raise RuntimeError(f"the application exited early. Exit code {self._app.returncode}")

    def on_cleanup(self):
        self._performing_cleanup = True
        self._queue.enqueue_action(Action("close"), front=True)
        in_time = _timer(10)
        while self._app_is_running and in_time():
            time.sleep(0.1)
        if self._app_is_running:
            _logger.error("the application failed to shut down gracefully. Terminating.")
            self._app.terminate()
        if self._server:
            self._server.shutdown()
        if self._server_thread and self._server_thread.is_alive():
            self._server_thread.join(timeout=10)
            if self._server_thread.is_alive():
                _logger.error("Failed to shut down the server.")
        self._performing_cleanup = False

    def on_cancel(self):
        _logger.info("CANCEL REQUESTED")
        if not self._app_is_running:
            _logger.info("Nothing to cancel because the application is not running")
            return
        self._app.terminate(grace_time_s=0)
