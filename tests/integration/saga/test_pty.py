"""Programs on terminals, and shells as adaptors have always known them."""

import os
import sys
import threading
from pathlib import Path

import pytest
from processes import PATIENCE_S, run_alone

import juncture.saga as rs
from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectState, NoSuccess
from juncture.saga.shell import PTYProcess, PTYShell, quoting
from juncture.saga.shell.pty_shell import IGNORE, MERGED, SEPARATE, STDERR, STDOUT
from juncture.saga.shell.ssh_config import CONFIG_VARIABLE

ASK = """
import getpass, sys
name = input("name? ")
word = getpass.getpass("word: ")
print("hello", name, len(word), sys.stdin.isatty())
sys.exit(4)
"""


@pytest.fixture
def start():
    processes = []

    def started(*command):
        processes.append(PTYProcess(command))
        return processes[-1]

    yield started
    for process in processes:
        process.finalize()


def test_a_dialogue(start, caplog):
    caplog.set_level("DEBUG")
    process = start(sys.executable, "-c", ASK)
    assert process.find([r"nothing", r"name\? $"], PATIENCE_S) == (1, "name? ")
    process.write("bob\n")
    assert process.find(["word: $"], PATIENCE_S)[0] == 0
    process.write("hidden secret\n", nolog=True)
    assert process.find([r"hello.*?\n"], PATIENCE_S)[1].strip() == "hello bob 13 True"
    assert process.wait(PATIENCE_S) == process.exit_code == 4
    assert not process.alive()
    assert "hidden secret" not in caplog.text


def test_the_status_comes_after_the_end_of_the_terminal(start):
    leaves = "trap '' HUP; read x; exec <&- >&- 2>&-; sleep 0.3; exit 3"
    process = start("sh", "-c", leaves)
    process.write("\n")
    with pytest.raises(NoSuccess, match="`sh` has ended; exit code 3"):
        process.find(["never"], timeout=PATIENCE_S)


def test_reading(start):
    process = start("sh", "-c", "printf abc; read x; printf 'd\\r\\né'; read x")
    assert process.read(size=2) == "ab"
    assert process.read(timeout=PATIENCE_S) == "c"
    assert process.read(timeout=-1) == ""
    assert process.read(timeout=0.01) == ""
    process.write("\n")
    assert process.read(size=4, timeout=PATIENCE_S) == "d\né"
    assert process.find(["never"], timeout=0.01) == (None, "")
    process.write("\n")
    with pytest.raises(NoSuccess, match="`sh` has ended; exit code 0"):
        process.read()


def test_bytes_that_are_no_text_and_those_cut_in_two(start):
    process = start("sh", "-c", "printf '\\303'; read x; printf '\\251\\377'; read x")
    process.write("\n")
    assert process.read(size=2, timeout=PATIENCE_S) == "é\udcff"


def test_colours_are_taken_out_to_match(start):
    process = start("sh", "-c", "printf 'a\\033[1;31mb\\033[0mc'; read x")
    assert process.find(["abc"], PATIENCE_S) == (0, "abc")


def test_much_goes_both_ways(start):
    process = start("cat")
    line = "x" * 4000 + "\n"
    process.write(line * 100)
    got = process.read(size=len(line) * 100, timeout=PATIENCE_S)
    assert got == line * 100


def test_a_line_that_the_terminal_would_cut_is_refused(start):
    process = start("cat")
    with pytest.raises(BadParameter, match="4095"):
        process.write("x" * 5000 + "\n")
    raw = start("sh", "-c", "stty raw; echo ready; head -c 100001 | tr -d '\\n' | wc -c")
    raw.find(["ready"], PATIENCE_S)
    raw.write("x" * 100_000 + "\n")
    assert raw.find([r"\d+\s"], PATIENCE_S)[1].split() == ["100000"]


def test_flush_drops_what_there_is(start):
    process = start("sh", "-c", "echo one; read x; echo two; read x")
    process.find(["o"], PATIENCE_S)
    process.flush()
    process.write("\n")
    assert process.find(["two"], PATIENCE_S)[0] == 0


def test_signals_missing_programs_and_restarts(start):
    process = start("sh", "-c", "kill -9 $$")
    assert process.wait(PATIENCE_S) is None
    assert (process.exit_code, process.exit_signal) == (None, 9)
    assert start("no-such-program-at-all").wait(PATIENCE_S) in (126, 127)  # not there, or not ours
    with pytest.raises(BadParameter):
        PTYProcess([])
    again = start("sh", "-c", "read x; exit 3")
    for _ in range(3):
        again.write("\n")
        again.wait(PATIENCE_S)
        assert not again.alive()
        assert again.alive(recover=True)
    again.write("\n")
    again.wait(PATIENCE_S)
    assert not again.alive(recover=True)


def test_waiting_does_not_stop_a_program_that_writes(start):
    process = start("sh", "-c", "yes | head -c 1000000; exit 5")
    assert process.wait(0.0001) is None
    assert process.wait(PATIENCE_S) == 5
    assert len(process.read(timeout=-1)) == 1_000_000


def test_what_stays_in_the_background_does_not_keep_a_program_alive(start):
    process = start("sh", "-c", "trap '' HUP; sleep 1000 & echo $!; exit 3")
    text = process.find([r"\d+\n"], PATIENCE_S)[1]
    try:
        assert process.wait(PATIENCE_S) == 3
        with pytest.raises(NoSuccess):
            process.read()
    finally:
        os.kill(int(text), 9)


NOTHING_LEFT = """
from processes import ends, open_files
from juncture.saga.shell import PTYProcess

before = open_files()
with PTYProcess("cat") as process:
    pid = process._process.pid
assert ends(pid)
assert open_files() == before, f"{open_files()} files are open, and were {before}"
"""


def test_nothing_is_left_open():
    run_alone(NOTHING_LEFT)


@pytest.fixture(params=["local", "ssh"])
def place(request, monkeypatch):
    """The URL of a shell, and the key for it."""
    if request.param == "local":
        return "fork://localhost/", None
    testbed = request.getfixturevalue("testbed")
    monkeypatch.setenv(CONFIG_VARIABLE, testbed.config())
    user = testbed.users["tcsh" if "tcsh" in testbed.users else "bash"]
    return f"ssh://{user.name}@h0/", testbed.key


@pytest.fixture
def shell(place):
    url, key = place
    session = None
    if key:
        session = rs.Session(default=False)
        session.contexts.append(rs.Context("ssh", user_key=str(key)))
    opened = PTYShell(url, session)
    yield opened
    opened.finalize(kill_pty=True)


def test_iomodes(shell):
    command = "echo out; echo err >&2; (exit 3)"
    assert shell.run_sync(command) == (3, "out\nerr\n", None)
    assert shell.run_sync(command, MERGED) == (3, "out\nerr\n", None)
    assert shell.run_sync(command, iomode=IGNORE) == (3, None, None)
    assert shell.run_sync(command, SEPARATE) == (3, "out\n", "err\n")
    assert shell.run_sync(command, STDOUT) == (3, "out\n", None)
    assert shell.run_sync(command, STDERR) == (3, None, "err\n")
    with pytest.raises(BadParameter):
        shell.run_sync("true", 9)
    with pytest.raises(BadParameter, match="background"):
        shell.run_sync("sleep 1 & ")
    assert shell.run_sync("true && true")[0] == 0


def test_prompts_do_not_matter(shell):
    shell.set_prompt("x")
    text = "PROMPT-0->\n$ \n# \n>>> \nPassword: "
    assert shell.run_sync(f"printf %s '{text}'", new_prompt="y") == (0, text, None)
    long = "y" * 20_000
    assert shell.run_sync(f"echo {long}")[1] == long + "\n"
    assert shell.run_sync("printf '\\377'")[1].encode("utf-8", "surrogateescape") == b"\xff"


def test_a_program_to_talk_to(shell):
    shell.run_sync("cd /usr")
    shell.run_async(
        "pwd; test -t 0 && echo terminal; printf 'name? '; read x; echo \"hi $x\"; exit 6"
    )
    with pytest.raises(IncorrectState):
        shell.run_async("true")
    assert shell.find([r"name\? $"], PATIENCE_S)[1].split() == ["/usr", "terminal", "name?"]
    assert shell.find_prompt(0.01)[0] is None
    assert shell.run_sync("echo meanwhile")[1] == "meanwhile\n"
    shell.send("it's é\n")
    status, text = shell.find_prompt(PATIENCE_S)
    assert (status, text.strip()) == (6, "hi it's é")
    with pytest.raises(IncorrectState):
        shell.find_prompt()


def test_files(shell, tmp_path):
    place = shell.run_sync("mktemp -d")[1].strip()
    try:
        shell.write_to_remote("text é\n", f"{place}/a b")
        assert shell.read_from_remote(f"{place}/a b") == "text é\n"
        data = bytes(range(256)) * 5000
        for name in ("one.bin", "two.bin"):
            (tmp_path / name).write_bytes(data)
        copied = shell.stage_to_remote(str(tmp_path / "*.bin"), place)
        assert copied == [str(tmp_path / "one.bin"), str(tmp_path / "two.bin")]
        assert shell.stage_from_remote(f"{place}/two.bin", str(tmp_path / "back")) == [
            f"{place}/two.bin"
        ]
        assert Path(tmp_path / "back").read_bytes() == data
        with pytest.raises(DoesNotExist):
            shell.stage_from_remote(f"{place}/none", str(tmp_path))
        with pytest.raises(DoesNotExist):
            shell.stage_to_remote(str(tmp_path / "none*"), place)
    finally:
        shell.run_sync(f"rm -rf {place}")


def test_what_is_typed_is_the_programs(shell):
    shell.run_sync("cd /usr")
    shell.run_async("stty size; pwd; cat")
    assert shell.find([r"/usr\n"], PATIENCE_S) == (0, "24 80\n/usr\n")
    for line in ("~?\n", "~.\n"):
        shell.send(line)
        assert shell.find([r"~.\n"], PATIENCE_S) == (0, line)
    shell.send("\x04")
    assert shell.find_prompt(PATIENCE_S) == (0, "")
    with pytest.raises(IncorrectState):
        shell.find(["x"])


def test_ctrl_c_is_for_the_program(shell):
    # What is caught ends a `read` of some shells.
    program = "trap 'echo caught' INT; echo ready; until read x; do :; done; echo left; exit 7"
    shell.run_async(f"sh -c {quoting.quote(program)}")
    shell.find(["ready\n"], PATIENCE_S)
    shell.send("\x03")
    assert shell.find(["caught\n"], PATIENCE_S)[0] == 0
    shell.send("\n")
    status, text = shell.find_prompt(PATIENCE_S)
    assert (status, text.split()[-1]) == (7, "left")
    shell.run_async("sh -c 'echo ready; exec sleep 1000'; echo not reached")
    shell.find(["ready\n"], PATIENCE_S)
    shell.send("\x03")
    status, text = shell.find_prompt(PATIENCE_S)
    assert status not in (0, None)
    assert "not reached" not in text


def test_what_is_typed_waits_for_a_program_that_makes_its_terminal_raw(tmp_path):
    late = 'echo ready; until [ -e "$1" ]; do sleep 0.05; done; stty raw; head -c 1 | od -c; exit 5'
    go = tmp_path / "go"
    process = PTYProcess(["sh", "-c", late, "sh", str(go)], goes_raw=True)
    assert process.find(["ready\n"], PATIENCE_S) == (0, "ready\n")
    typing = threading.Thread(target=process.write, args=["\x03"])
    typing.start()
    typing.join(0.2)  # time enough to type too early
    go.touch()
    typing.join(PATIENCE_S)
    assert process.find([r"003"], PATIENCE_S)[0] == 0
    with pytest.raises(NoSuccess, match="exit code 5"):
        process.write("it has ended\n" * 100000)
    with pytest.raises(NoSuccess, match="`false` has ended; exit code 1"):
        PTYProcess(["false"], goes_raw=True).write("x")


def test_a_secret_that_is_typed_is_not_logged(shell, caplog):
    caplog.set_level("DEBUG")
    shell.run_async("read x; echo ${#x}")
    shell.send("hidden secret\n", nolog=True)
    assert shell.find([r"\d+\n"], PATIENCE_S) == (0, "13\n")
    assert "hidden" not in caplog.text
    shell.find_prompt(PATIENCE_S)


TEN_THOUSAND = """
import sys
from pathlib import Path
from processes import open_files
import juncture.saga as rs
from juncture.saga.shell import PTYShell
from juncture.saga.shell.pty_shell import IGNORE

def resident_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

url, *keys = sys.argv[1:]
session = rs.Session(default=False) if keys else None
for key in keys:
    session.contexts.append(rs.Context("ssh", user_key=key))
shell = PTYShell(url, session)
shell.run_sync("true")
before, resident = open_files(), resident_kib()
for _ in range(10_000):
    assert shell.run_sync("true", IGNORE)[0] == 0
assert open_files() == before, f"{open_files()} files are open, and were {before}"
assert resident_kib() < resident + 4096
shell.finalize(kill_pty=True)
"""


def test_ten_thousand_commands_in_a_row(place):
    url, key = place
    run_alone(TEN_THOUSAND, url, *([key] if key else []))


def test_a_lost_shell_is_opened_again_on_request(shell):
    assert shell.alive()
    shell.run_sync("exit 2")
    with pytest.raises(NoSuccess):
        shell.run_sync("true")
    assert not shell.alive()
    assert shell.alive(recover=True)
    assert shell.run_sync("echo on")[1] == "on\n"


def test_the_old_names():
    assert rs.utils.pty_process.PTYProcess is PTYProcess
    assert rs.utils.pty_shell.PTYShell is PTYShell
    assert rs.utils.pty_shell.MERGED == MERGED
