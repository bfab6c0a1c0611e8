import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.errors import UsageError
from juncture.runtime import commandline
from juncture.runtime.commandline import COMMANDS, FLAG, PID, SECONDS

PUBLIC = [command for command, (text, _) in COMMANDS.items() if text]
NAMES = sorted({option[0] for _, options in COMMANDS.values() for option in options})
VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "1", "-1", "1.5", "1e3", "nan", "inf", "1e9", "-", "--", "--x", "x=y", " 5", "5 "]
    ),
    st.text(max_size=6),
    st.integers(-5, 10**10).map(str),
)


def argparse_reads(arguments):
    """Return what the full parser makes of a line: an invocation, or an exit status."""
    out = io.StringIO()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        try:
            return commandline.full_parse(arguments, "test")
        except SystemExit as error:
            return error.code
        except UsageError as error:
            return error.exit_status


@st.composite
def lines(draw):
    command = draw(st.sampled_from(PUBLIC))
    known = [option[0] for option in COMMANDS[command][1]]
    words = list(command)
    for name in draw(st.lists(st.sampled_from(known * 3 + NAMES), max_size=5)):
        words.append(name)
        words += draw(st.lists(VALUES, max_size=1))
    return words


@given(lines())
def test_what_is_read_quickly_is_what_argparse_reads(arguments):
    quick = commandline.quick_parse(arguments)
    if quick is not None:
        full = argparse_reads(arguments)
        assert not isinstance(full, int), (arguments, quick.options)
        assert (quick.command, quick.options) == (full.command, full.options)


@given(st.lists(st.one_of(st.sampled_from([*NAMES, "daemon", "run", "start"]), VALUES), max_size=6))
def test_no_line_is_a_traceback(arguments):
    out = io.StringIO()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        try:
            call = commandline.parse(list(arguments), "test")
        except SystemExit as error:
            assert error.code == 0  # noqa: PT017
        except UsageError as error:
            assert str(error)  # noqa: PT017
            assert error.hint  # noqa: PT017
        else:
            assert call.command in COMMANDS


@pytest.mark.parametrize("command", PUBLIC)
def test_ordinary_line_of_every_command_is_read_without_argparse(command):
    arguments = list(command)
    for name, kind, *_ in COMMANDS[command][1]:
        arguments += [name] if kind == FLAG else [name, "1.5" if kind == SECONDS else "3"]
    call = commandline.quick_parse(arguments)
    assert call is not None
    assert call.command == command
    assert set(call.options) == {option[0] for option in COMMANDS[command][1]}
    for name, kind, *_ in COMMANDS[command][1]:
        if kind in (SECONDS, PID):
            assert call.number(name) == (1.5 if kind == SECONDS else 3)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["daemon", "run", "--timeout", "soon"], "number of seconds"),
        (["daemon", "run", "--timeout", "nan"], "number of seconds"),
        (["daemon", "run", "--timeout=-1"], "number of seconds"),
        (["daemon", "start", "--owner-pid", "1.5"], "process id"),
        (["daemon", "fly"], "fly"),
        (["is-compatible"], "--openjd-adaptor-cli-version"),
        ([], "no command was given"),
    ],
)
def test_line_that_is_wrong_is_explained(arguments, reason):
    with pytest.raises(UsageError, match=reason) as raised:
        commandline.parse(arguments, "test")
    assert "--help" in raised.value.hint


@pytest.mark.parametrize(
    "arguments",
    [
        ["daemon", "run", "--conn", "x"],
        ["daemon", "run", "--connection-file=x"],
        ["daemon", "run", "--connection-file", "-x"],
        ["daemon", "run", "--help"],
        ["daemon", "run", "surplus"],
    ],
)
def test_line_that_is_not_ordinary_is_left_to_argparse(arguments):
    assert commandline.quick_parse(arguments) is None


def test_internal_command_is_in_no_help(capsys):
    with pytest.raises(SystemExit) as raised:
        commandline.parse(["daemon", "--help"], "test")
    assert raised.value.code == 0
    text = capsys.readouterr().out
    assert "_serve" not in text
    for _, name in (command for command in PUBLIC if len(command) == 2):
        assert name in text
