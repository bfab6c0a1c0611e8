import errno
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import threading

import pytest
from processes import ENVIRONMENT, PATIENCE_S, ends, run_alone

from juncture.errors import JunctureError
from juncture.runtime import app_handlers, process
from juncture.runtime.app_handlers import CallbackError, RegexCallback, RegexHandler
from juncture.runtime.log_levels import STDERR, STDOUT
from juncture.runtime.process import LoggingSubprocess, ManagedProcess
from juncture.runtime.start_errors import (
    ProgramNotFoundError,
    ProgramPermissionError,
    StartError,
)
from juncture.runtime.stream_logger import MAX_PIECE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX is what is implemented")


class Log(logging.Handler):
    """Keeps lines of output, in bulk."""

    def __init__(self):
        super().__init__(STDOUT)
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelno, record.getMessage()))

    def write_lines(self, level, lines):
        self.lines += [(level, line) for line in lines]

    def texts(self, level=STDOUT):
        return [text for number, text in self.lines if number == level]


@pytest.fixture
def log():
    handler = Log()
    logger = logging.getLogger("juncture.runtime.process")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def on(pattern, callback, **options):
    return RegexHandler([RegexCallback([re.compile(pattern)], callback, **options)])


class Said:
    """An event for a line, with the match."""

    def __init__(self, pattern):
        self.match = None
        self._event = threading.Event()
        self.handler = on(pattern, self._set)

    def _set(self, match):
        self.match = match
        self._event.set()

    def wait(self):
        assert self._event.wait(PATIENCE_S)
        return self.match


def shell(script, **options):
    return LoggingSubprocess(args=["sh", "-c", script], **options)


THOUSAND_RUNS = """
import logging, threading
from processes import children_of_this_process, open_files
from juncture.runtime.process import LoggingSubprocess

class Log(logging.Handler):
    texts = []
    def emit(self, record):
        self.texts.append(record.getMessage())

logging.getLogger("juncture.runtime.process").addHandler(Log())
LoggingSubprocess(args=["true"]).wait()  # what is made once is made now
threads, files = set(threading.enumerate()), open_files()
for number in range(1000):
    assert LoggingSubprocess(args=["/bin/echo", str(number)]).wait() == 0
    assert Log.texts[number:] == [str(number)], Log.texts[number:]
assert set(threading.enumerate()) == threads, threading.enumerate()
assert open_files() == files, f"{open_files()} files are open, and were {files}"
assert not children_of_this_process()
"""


class TestOutput:
    def test_streams_have_their_levels_and_order(self, log):
        assert shell("echo a; echo b >&2; echo c; printf last").wait() == 0
        assert log.texts() == ["a", "c", "last"]
        assert log.texts(STDERR) == ["b"]

    def test_only_newlines_split_and_bad_bytes_are_escaped(self, log):
        shell(r"printf 'a\rb\r\n\013\014\034\302\205\342\200\250\n\307\n'").wait()
        assert log.texts() == ["a\rb", "\x0b\x0c\x1c\x85\u2028", "\\xc7"]

    def test_encoding(self, log):
        LoggingSubprocess(args=["printf", r"\351\n"], encoding="latin-1").wait()
        assert log.texts() == ["é"]

    def test_unknown_encoding_starts_nothing(self):
        with pytest.raises(LookupError):
            LoggingSubprocess(args=["true"], encoding="klingon")

    def test_one_handler_may_serve_both_streams(self):
        seen = []
        handler = on("", lambda match: seen.append(match.string))
        shell("echo a; echo b >&2", stdout_handler=handler, stderr_handler=handler).wait()
        assert sorted(seen) == ["a", "b"]

    def test_handlers_see_lines_the_log_does_not_want(self):
        seen = []
        handler = on("", lambda match: seen.append(match.string))
        logger = logging.getLogger("test.silent")
        logger.setLevel(logging.CRITICAL)
        shell("echo a", logger=logger, stdout_handler=handler).wait()
        assert seen == ["a"]

    def test_all_of_many_lines_in_order(self, log):
        count = 50_000
        hits = []
        handler = on("0000$", lambda match: hits.append(match.string))
        assert LoggingSubprocess(args=["seq", str(count)], stdout_handler=handler).wait() == 0
        assert log.texts() == [str(number) for number in range(1, count + 1)]
        assert hits == [str(number) for number in range(10_000, count + 1, 10_000)]

    def test_huge_line_comes_in_pieces_in_bounded_memory(self):
        script = (
            "import logging, resource, sys\n"
            "from juncture.runtime.process import LoggingSubprocess\n"
            "class Sum(logging.Handler):\n"
            "    sizes = []\n"
            "    def emit(self, record): self.sizes.append(len(record.getMessage()))\n"
            "logger = logging.getLogger('sum'); logger.addHandler(Sum())\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "args = ['head', '-c', '200000000', '/dev/zero']\n"
            "LoggingSubprocess(args=args, logger=logger).wait()\n"
            "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
            "print(sum(Sum.sizes), max(Sum.sizes), grown)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        )
        total, longest, grown_kib = map(int, done.stdout.split())
        assert (total, longest) == (200_000_000, MAX_PIECE)
        assert grown_kib < 32 * 1024

    @pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
    def test_thousand_short_runs_lose_and_leak_nothing(self):
        run_alone(THOUSAND_RUNS)


class TestEnd:
    @pytest.mark.parametrize(("script", "status"), [("exit 42", 42), ("kill -SEGV $$", -11)])
    def test_status(self, script, status):
        child = shell(script)
        assert child.wait() == status
        assert child.returncode == status
        assert not child.is_running
        assert child.wait() == status

    def test_is_running_ends_after_the_last_line_was_matched(self):
        for _ in range(50):
            seen = []
            child = shell(
                "echo one; printf two", stdout_handler=on("", lambda m, s=seen: s.append(m.string))
            )
            assert child._reader.caught_up.wait(PATIENCE_S)
            assert (child.is_running, child.returncode, seen) == (False, 0, ["one", "two"])

    def test_standard_input_stays_open_until_wait(self):
        said = Said("^ready$")
        child = shell("echo ready; cat", stdout_handler=said.handler)
        said.wait()
        assert not child._child.wait(0.05)
        assert child.is_running
        assert child.wait() == 0

    def test_wait_gives_up_after_its_timeout(self):
        child = shell("sleep 1000")
        with pytest.raises(TimeoutError):
            child.wait(0.05)
        assert child.is_running
        child.terminate(0)

    def test_wait_includes_what_the_child_left_behind_with_its_output(self, log):
        child = shell("exec 3<&0; echo early; (cat <&3; echo late) &")
        assert child._child.wait(PATIENCE_S)
        assert child.wait() == 0
        assert log.texts() == ["early", "late"]

    def test_context_manager_waits(self, log):
        with shell("echo a") as child:
            pass
        assert child.returncode == 0
        assert log.texts() == ["a"]

    def test_error_in_the_body_is_not_replaced(self):
        handler = on("", lambda match: 1 / 0)
        with pytest.raises(KeyError), shell("echo a", stdout_handler=handler) as child:
            raise KeyError
        assert child.returncode == 0
        assert child.callback_error is not None

    def test_environment_of_the_moment_is_inherited(self, log, monkeypatch, tmp_path):
        monkeypatch.setenv("JUNCTURE_TEST", "now")
        shell("echo $JUNCTURE_TEST; pwd", startup_directory=str(tmp_path)).wait()
        assert log.texts() == ["now", str(tmp_path)]


class TestCallbackThatRaises:
    def test_reading_goes_on_and_wait_raises_the_first(self, log):
        def fail(match):
            raise ValueError(match.string)

        child = LoggingSubprocess(args=["seq", "20000"], stdout_handler=on("00$", fail))
        with pytest.raises(CallbackError, match=r"fail.*ValueError: 100 ") as caught:
            child.wait()
        assert isinstance(caught.value.__cause__, ValueError)
        assert child.returncode == 0
        assert child.callback_error is caught.value
        assert len(log.texts()) == 20_000

    def test_who_only_looks_at_is_running_is_told(self, monkeypatch):
        told = threading.Event()
        monkeypatch.setattr(app_handlers, "on_callback_error", [lambda error: told.set()])
        child = shell("echo a; read line", stdout_handler=on("a", lambda match: 1 / 0))
        assert told.wait(PATIENCE_S)
        assert child.is_running
        child.terminate(0)
        assert child.returncode == -signal.SIGKILL

    def test_exit_in_a_callback_does_not_end_the_reader(self, log):
        child = shell("echo a; echo b", stdout_handler=on("a", lambda match: sys.exit(3)))
        with pytest.raises(CallbackError, match="SystemExit: 3"):
            child.wait()
        assert log.texts() == ["a", "b"]

    def test_wait_in_a_callback_is_refused(self):
        ready = threading.Event()
        made = []

        def wait(match):
            assert ready.wait(PATIENCE_S)
            made[0].wait()

        made.append(shell("echo a", stdout_handler=on("a", wait)))
        ready.set()
        with pytest.raises(CallbackError, match="RuntimeError"):
            made[0].wait()


def python(program):
    """Return the words of a shell that run a program, which gets every signal from its start on.

    A shell loses one that comes while what it has forked is not executed yet.
    """
    return shlex.join([sys.executable, "-c", program])


class TestTerminate:
    @pytest.mark.parametrize("grace_time_s", [0, 60])
    def test_whole_group_ends(self, grace_time_s):
        said = Said(r"^(\d+)$")
        child = shell("sleep 1000 & echo $!; wait", stdout_handler=said.handler)
        grandchild = int(said.wait()[1])
        child.terminate(grace_time_s)
        assert child.returncode == (-signal.SIGKILL if grace_time_s == 0 else -signal.SIGTERM)
        assert not child.is_running
        assert ends(grandchild)
        child.terminate()

    def test_last_words_after_sigterm_are_read(self, log):
        program = (
            "import signal, sys\n"
            "def end(*_):\n    print(*range(10_000), sep='\\n'); sys.exit(7)\n"
            "signal.signal(signal.SIGTERM, end)\n"
            "print('ready', flush=True)\n"
            "signal.pause()"
        )
        said = Said("ready")
        child = shell(f"exec {python(program)}", stdout_handler=said.handler)
        said.wait()
        child.terminate()
        assert child.returncode == 7
        assert len(log.texts()) == 10_001

    def test_who_ignores_sigterm_is_killed_after_the_grace_time(self):
        said = Said("ready")
        child = shell("trap '' TERM; echo ready; read line", stdout_handler=said.handler)
        said.wait()
        child.terminate(0.05)
        assert child.returncode == -signal.SIGKILL

    def test_grandchild_that_ignores_sigterm_is_killed_too(self):
        said = Said(r"^(\d+)$")
        child = shell(
            "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); sleep 1000) & wait",
            stdout_handler=said.handler,
        )
        grandchild = int(said.wait()[1])
        child.terminate(0.05)
        assert child.returncode == -signal.SIGTERM
        assert ends(grandchild)

    def test_grandchild_has_the_grace_time_too(self, tmp_path):
        program = (
            "import os, signal\n"
            "def save(*_):\n    open('saved', 'w').write('saved'); os._exit(0)\n"
            "signal.signal(signal.SIGTERM, save)\n"
            "print('ready', flush=True)\n"
            "os.closerange(1, 3)\n"
            "signal.pause()"
        )
        said = Said("ready")
        child = shell(
            f"{python(program)} & wait",
            stdout_handler=said.handler,
            startup_directory=str(tmp_path),
        )
        said.wait()
        child.terminate()
        assert child.returncode == -signal.SIGTERM
        assert (tmp_path / "saved").read_text() == "saved"

    def test_where_there_is_no_pidfd(self, monkeypatch):
        def refuse(pid):
            raise OSError(errno.ENOSYS, "Function not implemented")

        said = Said(r"^(\d+)$")
        with monkeypatch.context() as patch:
            patch.setattr(os, "pidfd_open", refuse)
            child = shell("sleep 1000 & echo $!; wait", stdout_handler=said.handler)
            grandchild = int(said.wait()[1])
            child.terminate()
        assert child.returncode == -signal.SIGTERM
        assert ends(grandchild)

    def test_child_has_ended_and_left_a_process_behind(self):
        said = Said(r"^(\d+)$")
        child = shell("sleep 1000 & echo $!", stdout_handler=said.handler)
        grandchild = int(said.wait()[1])
        assert child._child.wait(PATIENCE_S)
        child.terminate()
        assert ends(grandchild)
        assert child.wait() == 0

    def test_process_that_escaped_with_the_pipes_is_not_waited_for(self):
        said = Said(r"^(\d+)$")
        child = shell(
            "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000", stdout_handler=said.handler
        )
        escaped = int(said.wait()[1])
        try:
            child.terminate()
            assert child.returncode == -signal.SIGTERM
            assert child.wait(0) == -signal.SIGTERM
        finally:
            os.kill(escaped, signal.SIGKILL)
        assert ends(escaped)

    def test_inside_a_callback(self):
        ready = threading.Event()
        made = []

        def terminate(match):
            assert ready.wait(PATIENCE_S)
            made[0].terminate()

        made.append(shell("echo a; sleep 1000", stdout_handler=on("a", terminate)))
        ready.set()
        assert made[0].wait() == -signal.SIGTERM

    def test_callback_that_hangs_does_not_keep_it(self, monkeypatch, caplog):
        monkeypatch.setattr(process, "_CALLBACK_WAIT_S", 0.05)
        entered, leave = threading.Event(), threading.Event()

        def hang(match):
            entered.set()
            leave.wait(PATIENCE_S)

        child = shell("echo a; sleep 1000", stdout_handler=on("a", hang))
        assert entered.wait(PATIENCE_S)
        child.terminate(0)
        assert child.returncode == -signal.SIGKILL
        assert "hangs" in caplog.text
        leave.set()
        child.wait()


class TestStartErrors:
    def error(self, *args, **options):
        with pytest.raises(StartError) as caught:
            LoggingSubprocess(args=args, **options)
        assert isinstance(caught.value, JunctureError)
        assert isinstance(caught.value.__cause__, OSError)
        return caught.value

    def test_no_such_program(self, monkeypatch):
        monkeypatch.setenv("PATH", "/here:/there")
        error = self.error("no-such-program", "--secret")
        assert isinstance(error, FileNotFoundError)
        assert "`no-such-program`" in str(error)
        assert "/here:/there" in error.hint
        assert (error.errno, error.filename) == (errno.ENOENT, "no-such-program")

    def test_no_such_file(self, tmp_path):
        error = self.error(str(tmp_path / "tool"))
        assert isinstance(error, ProgramNotFoundError)
        assert str(tmp_path / "tool") in str(error)

    def test_no_such_directory(self, tmp_path):
        error = self.error("true", startup_directory=str(tmp_path / "gone"))
        assert isinstance(error, FileNotFoundError)
        assert str(tmp_path / "gone") in str(error)

    def test_script_without_its_interpreter(self, tmp_path):
        script = tmp_path / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        error = self.error(str(script))
        assert isinstance(error, FileNotFoundError)
        assert "interpreter" in str(error)

    def test_not_executable(self, tmp_path):
        file = tmp_path / "file"
        file.write_text("")
        error = self.error(str(file))
        assert isinstance(error, ProgramPermissionError)
        assert isinstance(error, PermissionError)
        assert str(file) in str(error)

    def test_arguments_too_long(self):
        error = self.error("true", "x" * 10_000_000)
        assert error.errno == errno.E2BIG

    def test_no_arguments_at_all(self):
        with pytest.raises(ValueError, match="empty"):
            LoggingSubprocess(args=[])


class Command(ManagedProcess):
    def get_executable(self):
        return "sh"

    def get_arguments(self):
        return ["-c", self.run_data["script"]]


class TestManagedProcess:
    @pytest.mark.parametrize(("script", "status"), [("exit 42", 42), ("kill -SEGV $$", -11)])
    def test_run_returns_the_status(self, script, status):
        command = Command({"script": script})
        assert command.run() == status
        assert command.process is not None
        assert command.process.returncode == status

    def test_handlers_and_directory(self, tmp_path):
        class Here(Command):
            def get_startup_directory(self):
                return str(tmp_path)

        seen = []
        handler = on("", lambda match: seen.append(match.string))
        assert Here({"script": "pwd"}, stdout_handler=handler).run() == 0
        assert seen == [str(tmp_path)]

    def test_only_the_executable_is_required(self):
        class Plain(ManagedProcess):
            def get_executable(self):
                return "true"

        assert Plain({}).run() == 0
        with pytest.raises(TypeError):
            ManagedProcess({})

    def test_terminate_from_another_thread_ends_run(self):
        said = Said("ready")
        command = Command({"script": "echo ready; sleep 1000"}, stdout_handler=said.handler)
        statuses = []
        thread = threading.Thread(target=lambda: statuses.append(command.run()))
        thread.start()
        said.wait()
        command.terminate()
        thread.join()
        assert statuses == [-signal.SIGTERM]

    def test_terminate_before_run_starts_nothing(self):
        command = Command({"script": "exit 42"})
        command.terminate()
        assert command.run() == -signal.SIGTERM
        assert command.process is None


@pytest.mark.parametrize("short", ["thread", "descriptor"])
def test_a_child_whose_output_nobody_can_read_is_ended(monkeypatch, short):
    started, start, begin = [], process._start, threading.Thread.start

    def no_pipe():
        raise OSError(errno.EMFILE, "Too many open files")

    def no_thread(thread):
        if thread.name.startswith("juncture-output"):
            raise RuntimeError("can't start new thread")
        begin(thread)

    def run_short(*arguments):
        started.append(start(*arguments))
        if short == "thread":
            monkeypatch.setattr(threading.Thread, "start", no_thread)
        else:
            monkeypatch.setattr(os, "pipe", no_pipe)
        return started[0]

    monkeypatch.setattr(process, "_start", run_short)
    with pytest.raises(RuntimeError if short == "thread" else OSError):
        LoggingSubprocess(args=["sleep", "1000"])
    (child,) = started
    assert child.wait(PATIENCE_S)
    assert child.returncode == -signal.SIGKILL
    assert all(stream.closed for stream in child.streams)
