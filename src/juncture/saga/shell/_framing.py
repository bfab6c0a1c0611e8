"""What a shell is told, and how its output is taken apart again; nothing here does I/O.

The shell marks the end of each command on both of its streams: the byte SOH, a random token, a word
and a newline. The token is known to nobody else, and SOH never stands before it in anything that is
sent (`printf` makes it on the far side), so neither echoed input nor `set -x` nor binary data can
be taken for a mark. A mark is one small `write`, which the kernel keeps in one piece (write(2),
PIPE_BUF), so a background process can put an event into the middle of another's output and it is
cut out of there to the byte. Nothing guesses at prompts.

The words: ` STATUS` ends a command on stdout and `.` on stderr; ` ready PID`, on both, opens the
channel and ` bye STATUS`, on both, closes it; an event is `!TEXT`, on stderr.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter
from juncture.saga.shell import quoting

MARK_BYTE = b"\x01"
END_OF_ERRORS = b"."
EVENT = b"!"
READY = b" ready "
BYE = b" bye "

# The empty lines are for a `read` in a start-up file. zsh is one that such a file has started.
_SETUP = """



[ -z "${{ZSH_VERSION-}}" ] || emulate sh
_jt={token}
_j() {{ printf '\\001%s.\\n' "$_jt" >&4; printf '\\001%s %d\\n' "$_jt" "$1" >&3; }}
juncture_event() {{ printf '\\001%s!%s\\n' "$_jt" "$*" >&4; }}
_jb() {{ printf '\\001%s bye %d\\n' "$_jt" $_jx; }}
_jq() {{ _jx=$?; exec 3>&1 4>&2; _j $_jx; _jb >&4; _jb; }}
trap _jq 0
exec 3>&1 4>&2
printf '\\001%s ready %d\\n' "$_jt" $$ >&4; printf '\\001%s ready %d\\n' "$_jt" $$
"""
# A shell runs what it has of its last line when its input ends: half a command, if whoever sends it
# is killed. Half a brace group is a syntax error, and nothing of it is run. The empty line is for
# bash, which after a syntax error in an `eval` within one takes the next brace for an argument.
_BLOCK = "\n{{ {text}\n}}\n"
# `command` takes from `eval` what makes a shell end at an error in a special built-in utility
# (POSIX XCU 2.8.1), so a syntax error is just a failed command.
_RUN = "command eval {text} </dev/null >&3 2>&{errors} 3>&- 4>&-;_j $?"
_RUN_INPUT = "{source}|{{ command eval {text} >&3 2>&{errors} 3>&- 4>&-;}};_j $?"
_ISOLATED = "({text}\n)"


class Splitter:
    """Takes one stream apart into data and marks.

    Args:
        token: What the marks of this stream carry.
    """

    __slots__ = ("_held", "_mark")

    def __init__(self, token: bytes) -> None:
        self._mark = MARK_BYTE + token
        self._held = b""

    def feed(self, data: bytes) -> list[tuple[bool, bytes]]:
        """Return what has become certain: `(False, data)` and `(True, word of a mark)`."""
        if self._held:
            data = self._held + data
        found: list[tuple[bool, bytes]] = []
        mark, start = self._mark, 0
        while (at := data.find(mark, start)) >= 0 and (end := data.find(b"\n", at)) >= 0:
            if at > start:
                found.append((False, data[start:at]))
            found.append((True, data[at + len(mark) : end]))
            start = end + 1
        keep = at if at >= 0 else self._possible_mark(data, start)
        if keep > start:
            found.append((False, data[start:keep]))
        self._held = data[keep:]
        return found

    def rest(self) -> bytes:
        """Return what looked like the beginning of a mark when the stream ended."""
        held, self._held = self._held, b""
        return held

    def _possible_mark(self, data: bytes, start: int) -> int:
        """Return where a mark may begin that has not arrived whole, or the end of the data."""
        at = data.find(MARK_BYTE, max(start, len(data) - len(self._mark) + 1))
        while at >= 0 and not self._mark.startswith(data[at:]):
            at = data.find(MARK_BYTE, at + 1)
        return at if at >= 0 else len(data)


def setup(token: str) -> bytes:
    """Return the text that makes a `sh` serve a channel."""
    return _SETUP.format(token=token).encode("ascii")


def block(text: str) -> bytes:
    """Return complete shell text so that it is run whole or, when its end does not arrive, not.

    Raises:
        BadParameter: the text holds a NUL.
    """
    if "\0" in text:
        raise BadParameter("a NUL character cannot be part of a command", hint="remove it")
    return _BLOCK.format(text=text).encode("utf-8", "surrogateescape")


def framed(text: str, *, stdin: str = "", isolated: bool = False, merged: bool = False) -> bytes:
    """Return the text that runs a command and marks its end.

    Args:
        text: The command.
        stdin: A command whose output the command reads; empty for no input.
        isolated: Run it in a subshell, so that it changes nothing in the shell.
        merged: Send its standard error where its output goes.

    Raises:
        BadParameter: the command holds a NUL.
    """
    word = quoting.quote(_ISOLATED.format(text=text) if isolated else text)
    form = _RUN_INPUT if stdin else _RUN
    line = form.format(source=stdin, text=word, errors=3 if merged else 4)
    return block(line)
